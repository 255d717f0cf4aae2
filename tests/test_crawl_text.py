"""Old and wrong encodings, mojibake, odd characters: T17, T18, T21, T23 as a crawl meets them."""

from pathlib import Path

from crawler.brands import Brand
from crawler.matching import Matcher
from crawler.mentions import find_mentions, subjects
from store.near_duplicates import bands, signature, similarity
from store.records import Document
from tests.crawl_server import Answer, CrawlServer, config_text, crawl_in_process, rows, source

BRANDS = (Brand("Pohjanetti"), Brand("Արարկապ"))
MATCHER = Matcher(BRANDS)
SELECTORS = {"item": "article.v", "text": "p::text"}


def document(text: str, **more: object) -> Document:
    """A post with this text."""
    return Document("s", "1", "https://a.example/", "post", "", text, **more)  # type: ignore[arg-type]


def test_t17_pages_are_read_in_the_encoding_they_are_in(tmp_path: Path) -> None:
    item = '{{}}<article class="v"><p>{}</p></article></html>'
    finnish = '<html lang="fi">' + item.format("Pohjanetin hinta nousi 5 €, närästää – ei hyvä.")
    armenian = '<html lang="hy">' + item.format("Արարկապը երեկ նորից անջատվեց, ոչ ոք չի պատասխանում։")
    plain, euro = finnish.format(""), "iso-8859-15"
    pages = {
        "/meta": (finnish.format('<meta charset="iso-8859-15">').replace("–", "-").encode(euro), "text/html"),
        "/header": (plain.replace("–", "-").encode(euro), f"text/html; charset={euro}"),
        "/cp1252": (plain.encode("cp1252"), "text/html; charset=iso-8859-1"),
        "/lies": (plain.encode(), "text/html; charset=iso-8859-1"),
        "/utf16": (plain.encode("utf-16"), "text/html"),
        "/armscii": (armenian.format('<meta charset="armscii-8">').encode("armscii-8"), "text/html"),
    }
    db = tmp_path / "arvio.db"
    with CrawlServer(
        {path: Answer(body, content_type=kind) for path, (body, kind) in pages.items()}
    ) as server:
        sources = "".join(source(path[1:], "pages", server.url(path), **SELECTORS) for path in pages)
        crawl = crawl_in_process(config_text(sources, db, server), db)
    assert crawl.error is None
    found = dict(rows(db, "SELECT s.name, d.text FROM documents d JOIN sources s ON s.id = d.source_id"))
    assert set(found) == {path[1:] for path in pages}
    assert found.pop("armscii") == "Արարկապը երեկ նորից անջատվեց, ոչ ոք չի պատասխանում։"
    assert {text.replace("–", "-") for text in found.values()} == {
        "Pohjanetin hinta nousi 5 €, närästää - ei hyvä."
    }


def test_t18_mojibake_is_mended_in_the_mention_and_kept_in_the_document() -> None:
    spoilt = "Pohjanetti on hyvä ja ääni kuuluu".encode().decode("cp1252")
    found = find_mentions(document(spoilt), MATCHER)
    assert found.text == spoilt
    assert found.encoding_doubt
    assert [mention.passage for mention in found.mentions] == ["Pohjanetti on hyvä ja ääni kuuluu"]


def test_t18_text_that_only_looks_odd_is_left_alone() -> None:
    for text in ("Pohjanetti – Â ja Ã ovat kirjaimia", "«Արարկապ» ™ ընկերություն"):
        found = find_mentions(document(text), MATCHER)
        assert not found.encoding_doubt
        assert found.mentions[0].passage == text


def test_t21_odd_texts_do_not_break_the_crawl() -> None:
    for text in (
        "Pohjanetti toimii. " * 5_000,
        "😀" * 500 + " Pohjanetti",
        "Pohja\x00netti Pohjanetti",
        "Pohjanetti \ud800 x",
    ):
        found = find_mentions(document(text), MATCHER)
        assert found.mentions


def test_t23_one_story_is_one_and_short_replies_stay_many() -> None:
    story = (
        "Pohjanetin laajakaista ja mobiiliverkko lakkasivat toimimasta keskiviikkoiltana kello 21:n jälkeen "
        "noin 86 000 taloudessa. Vika on yhtiön mukaan runkoverkon reitittimessä, eikä korjaukselle "
        "luvata aikaa."
    )
    copies = [
        story,
        story.replace("keskiviikkoiltana", "keskiviikkona"),
        f"{story} (STT)",
        story.replace("noin ", ""),
    ]
    sketches = [signature(text) for text in copies]
    for each in sketches[1:]:
        assert similarity(sketches[0], each) > 0.6
        assert set(bands(sketches[0])) & set(bands(each))
    other = signature(
        "Pohjanetti avaa uuden myymälän Seinäjoen keskustaan, ja sinne palkataan neljä myyjää ensi kuussa."
    )
    assert similarity(sketches[0], other) < 0.3
    assert {signature("Hyvä!") for _ in range(50)} == {b""}
    assert not bands(b"")


def test_a_review_is_one_passage_and_its_subject_needs_no_name_in_the_text() -> None:
    known = subjects(BRANDS)
    text = "Asentaja tuli ajallaan. Hinta oli sovittu. Pohjanetti saa viisi tähteä, Արարկապ ei."
    review = Document("s", "1", "https://a.example/", "review", "Hyvä", text, rating=5.0)
    found = find_mentions(review, MATCHER, "Pohjanetti", known)
    assert [(each.brand, each.passage) for each in found.mentions] == [("Pohjanetti", f"Hyvä\n{text}")]
    nameless = Document("s", "2", "https://a.example/", "review", "", "Ripeä asennus.", rating=4.0)
    (mention,) = find_mentions(nameless, MATCHER, "pohjanetti", known).mentions
    assert (mention.brand, mention.rule, mention.spans) == ("Pohjanetti", "subject", ())
    assert find_mentions(nameless, MATCHER, "Joku muu", known).mentions == ()
