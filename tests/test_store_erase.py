"""T33: what is forgotten leaves the file, the index and the search, and does not come back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.alerts import list_alerts
from store.db import AddResult, Filters, SeenPage, Store
from store.errors import UsageError
from store.index import index_rows
from tests.crawl_server import RSS, CrawlServer, config_text, crawl_in_process, page, source
from tests.store_samples import NOW, STORY, clock, document, mix, score_all

NAME = "Zaphod Beeblebrox"
WORD = "pangalaktinen"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "arvio.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, clock=clock, store_authors=True) as opened:
        opened.add_documents(
            [document(f"own{at}", f"Nokia on {WORD} {at}. " + STORY, author=NAME) for at in range(30)]
            + [document(f"else{at}", f"Nokia on hyvä {at}", author=f"Muu {at}") for at in range(30)],
            pages={
                "foorumi": [SeenPage(f"https://foorumi.example/own{at}", NOW, 200) for at in range(30)]
                + [SeenPage("https://foorumi.example/else0", NOW, 200)]
            },
        )
        score_all(opened, mix(0, 0, 30) + mix(30, 0, 0))
        yield opened


def bytes_of(path: Path) -> bytes:
    return b"".join(
        each.read_bytes() for each in sorted(path.parent.iterdir()) if each.name.startswith(path.name)
    )


def test_t33_no_byte_of_a_forgotten_author_remains(store: Store, path: Path) -> None:
    assert NAME.encode() in bytes_of(path)
    result = store.forget(author=NAME)
    assert (result.documents, result.mentions) == (30, 30)
    left = bytes_of(path)
    for needle in (NAME, WORD, f"{WORD} 7", "own7", "beeblebrox"):
        assert needle.encode() not in left
    assert "hyvä 7".encode() in left
    assert store.check() == []


def test_forgetting_does_not_read_all_pages_for_each_document(store: Store) -> None:
    store.mark_pages("foorumi", [SeenPage(f"https://foorumi.example/{at}", NOW) for at in range(20_000)])
    steps: list[None] = []
    with store.reading() as database:
        database.set_progress_handler(lambda: steps.append(None), 1_000)
    assert store.forget(author=NAME).documents == 30
    # Thousands of SQLite's instructions: 17; 30 readings of 20,000 pages take 1,800.
    assert len(steps) < 200


def test_t33_search_clusters_pages_and_index_forget_too(store: Store) -> None:
    assert index_rows(store, now=NOW)[0].clusters == 31
    store.forget(author=NAME)
    assert store.count_mentions(Filters(search=WORD)) == 0
    assert list(store.seen_pages("foorumi")) == ["https://foorumi.example/else0"]
    (row,) = index_rows(store, now=NOW)
    assert (row.clusters, row.mentions, row.negative) == (30, 30, 0)


def test_t33_the_next_crawl_leaves_the_author_out_everywhere(store: Store) -> None:
    store.forget(author=NAME)
    again = [document("own1", author=NAME), document("new", author=NAME.upper(), source="lehti")]
    assert store.add_documents([*again, document("else99", author="Muu 99")]).erased == 2
    assert store.count_mentions() == 31


def test_t33_a_text_that_its_site_keeps_under_another_name_does_not_come_back(store: Store) -> None:
    store.forget(author=NAME)
    nameless = document("own1", f"Nokia on {WORD} 1. " + STORY, author="[poistettu]")
    elsewhere = document("own1", author="Muu", source="lehti")
    assert store.add_documents([nameless, elsewhere]) == AddResult(
        new=1, mentions_new=1, erased=1, mentions_erased=1
    )


def test_t33_what_an_author_wrote_goes_from_under_a_later_edit_by_another(store: Store, path: Path) -> None:
    store.add_documents([document("own7", "Nokia, poistettu.", author="[poistettu]")])
    assert f"{WORD} 7. ".encode() in bytes_of(path)
    assert store.forget(author=NAME).documents == 30
    assert WORD.encode() not in bytes_of(path)
    assert store.check() == []


def test_t33_a_page_is_forgotten_by_its_address(store: Store) -> None:
    url = "https://foorumi.example/else3"
    assert store.forget(url=url).documents == 1
    assert store.add_documents([document("else3", author="Muu 3")]).erased == 1
    with store.reading() as database:
        assert all(url not in str(row) for row in database.execute("SELECT * FROM tombstones"))


def test_t33_a_page_takes_with_it_what_stands_on_it_and_nothing_else(store: Store) -> None:
    page = "https://foorumi.example/arviot"
    on_page = [document(f"{page}#r{at}", url=f"{page}#r{at}") for at in range(2)]
    elsewhere = [document(each, url=each) for each in (f"{page}-2#r1", f"{page}/2", page.removesuffix("t"))]
    # By its id alone, as an imported row whose address carries a tracker.
    by_id = document(f"{page}#sha256:0", url=f"{page}?utm_source=x")
    store.add_documents([*on_page, *elsewhere, by_id])
    assert store.forget(url=page).documents == 3
    later = [document(f"{page}#r9", url=f"{page}#r9"), document("sha256:1", url=f"{page}#r8"), by_id]
    assert store.add_documents([*on_page, *later, *elsewhere]) == AddResult(
        unchanged=3, erased=5, mentions_erased=5
    )


def test_t33_an_address_is_known_however_it_is_spelled(store: Store) -> None:
    forget = {
        "url": "https://foorumi.example/else4?utm_source=x",
        "canonical": "https://foorumi.example/else4",
    }
    assert store.forget(**forget).documents == 1
    assert store.add_documents([document("else4", author="Muu 4")]).erased == 1


def test_t33_one_review_is_forgotten_without_its_page(store: Store) -> None:
    page = "https://foorumi.example/arviot"
    reviews = [document(f"{page}#r{at}", url=f"{page}#r{at}") for at in range(2)]
    store.add_documents(reviews)
    assert store.forget(url=f"{page}#r1").documents == 1
    assert store.add_documents(reviews) == AddResult(unchanged=1, erased=1, mentions_erased=1)


def test_t33_forgetting_a_text_without_an_address_keeps_no_other_one_out(store: Store) -> None:
    store.add_documents([document("sha256:1", url="")])
    assert store.forget(url="sha256:1").documents == 1
    assert store.add_documents([document("sha256:1", url=""), document("sha256:2", url="")]) == AddResult(
        new=1, mentions_new=1, erased=1, mentions_erased=1
    )


def test_t33_a_hash_from_an_export_will_do_and_quotes_by_others_are_counted(path: Path) -> None:
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(1, author=NAME), document(2, f"{NAME} sanoi: Nokia", author="Muu")])
        (first,) = (row.author for row in store.mentions(Filters(search="toimii")))
        assert store.forget(author=first).documents == 1
        assert store.forget(author=NAME).still_quoted == 1


def test_alerts_lose_the_quotes_of_an_author_or_of_a_page_and_no_others(store: Store) -> None:
    page = "https://foorumi.example/ketju"
    store.add_documents(
        [
            document("a", author=NAME, url=page),
            document("b", author="Muu", url=page),
            document("c", author="Muu", url="https://foorumi.example/toinen"),
        ]
    )
    quotes = [
        {"mention_id": row.mention_id, "quote": row.passage, "url": row.url, "published_at": NOW}
        for row in store.mentions(Filters(search="toimii", newest_first=False))
    ]
    with store.transaction() as database:
        database.execute(
            "INSERT INTO alerts VALUES (1, 'i', 'volume', 1, '2026-11-20', 9, 9, 1, 0, 2, 0.0001, ?, ?, NULL)",
            (json.dumps(quotes), NOW),
        )

    def kept() -> list[str]:
        (alert,) = list_alerts(store)
        return [Path(each.url).name for each in alert.evidence]

    assert kept() == ["ketju", "ketju", "toinen"]
    store.forget(author=NAME)
    assert kept() == ["ketju", "toinen"]
    store.forget(url=page)
    assert kept() == ["toinen"]


def test_backups_that_upgrades_left_go_and_copies_of_the_users_stay(store: Store, path: Path) -> None:
    left, cut, own = (
        path.with_name(f"arvio.db.{name}")
        for name in ("0001_first_store.bak", "0002_alert_deliveries.bak.part", "ennen-muuttoa.bak")
    )
    for copy in (left, cut, own):
        copy.write_bytes(path.read_bytes())
    assert store.forget(author=NAME).backups == 2
    assert (left.exists(), cut.exists(), own.exists()) == (False, False, True)
    assert store.forget(author=NAME).backups == 0


def test_forgetting_nothing_is_a_usage_error(store: Store) -> None:
    with pytest.raises(UsageError):
        store.forget()
    with pytest.raises(UsageError):
        store.forget(author="  ")


def test_t33_the_author_of_a_feed_is_known_by_name_whatever_mail_address_stands_beside(
    tmp_path: Path,
) -> None:
    entries = ("<author>zaphod@example.org (Zaphod Beeblebrox)</author>", f"<dc:creator>{NAME}</dc:creator>")
    items = "".join(
        f"<item><title>Pohjanetti {at}</title><guid>g{at}</guid>{author}</item>"
        for at, author in enumerate((*entries, "<author>muu@example.org</author>"))
    )
    head = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Uutiset</title>'
    path = tmp_path / "arvio.db"
    with CrawlServer({"/rss": page(f"{head}{items}</channel></rss>", RSS)}) as server:
        text = config_text(source("a", "feed", server.url("/rss")), path, server)
        assert crawl_in_process(text, path).error is None
    with Store.open(path) as store:
        assert store.forget(author=NAME).documents == 2
        assert store.count_mentions() == 1
