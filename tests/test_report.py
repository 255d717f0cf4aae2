"""The report says what the index says, leads to its evidence, and lets no text of the web act (T38)."""

import json
import re
import shlex
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path

import pytest

import cli
from store.db import ModelInfo, Store
from store.errors import OutputError, UsageError
from store.excerpt import excerpt
from store.index import index_rows, is_rankable
from store.labels import add_labels
from store.records import Unscored
from store.report import charts, render, write_report
from store.report.charts import harmless
from store.report.facts import gather
from store.report.quotes import safe_url
from store.report.words import ReportLanguage, load_words
from tests.browser import content_widths, needs_browser, open_page, picture, spans
from tests.store_samples import BARE, CLOCK, MODEL, NOW, clock, document, filled, mention, mix, score_all

LANGUAGES: tuple[ReportLanguage, ...] = ("en", "fi", "hy")
MARK = "document.documentElement.dataset.owned=1;alert(1);fetch('http://127.0.0.1:9/hit')"
ATTACKS = [
    f"<script>{MARK}</script>",
    f'<img src="http://127.0.0.1:9/x.png" onerror="{MARK}">',
    f"</style></script></title><script>{MARK}</script>",
    f'"><svg onload="{MARK}">',
    f"' onmouseover='{MARK}' autofocus onfocus='{MARK}",
    "{{ 7*191 }} {% raw %} ${7*191}",
    "\u202egnp.exe\u2066\u200f\u061c",
    "\x1b]8;;http://127.0.0.1:9/\x07click\x1b[31m",
    f"]]><![CDATA[<script>{MARK}</script>",
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/gone">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><base href="http://127.0.0.1:9/">',
]
BAD_URLS = [
    f"javascript:{MARK}",
    "JaVaScRiPt:alert(1)//https://a.example",
    "data:text/html,<script>alert(1)</script>",
    'https://a.example/" onclick="alert(1)',
    "file:///etc/passwd",
    "//127.0.0.1:9/x",
    "https://[bad",
    " https://a.example",
    "vbscript:x",
    "http:\\\\127.0.0.1:9",
    "",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock, store_authors=True) as opened:
        yield opened


class Page(HTMLParser):
    """Elements of a page: names with attributes, ids, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    @property
    def links(self) -> list[str]:
        return [str(attributes.get("href")) for tag, attributes in self.elements if tag == "a"]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def fill(store: Store, count: int = 120) -> None:
    """Two groups, two languages, several sources, weeks and aspects; one alert and one survey."""
    documents = []
    for at in range(count):
        day = f"2026-{8 + at % 4:02d}-{1 + at % 20:02d}T08:00:00Z"
        brand, language = (("Nokia", "fi"), ("Elisa", "fi"), ("Ucom", "hy"))[at % 3]
        text = f"{brand} toimii. Kerta {at}." if language == "fi" else f"{brand} լավ է աշխատում {at}։"
        documents.append(
            document(
                at,
                text,
                brand,
                language=language,
                published_at=day,
                author=f"Kirjoittaja {at}",
                source=f"lähde {at % 4}",
                mentions=(mention(text, brand, language, spans=((0, len(brand)),)),),
            )
        )
    store.add_documents(documents)
    score_all(store, mix(3, 1, 2))
    with store.transaction() as database:
        database.execute("UPDATE brands SET group_name = 'operators' WHERE name IN ('Nokia', 'Elisa')")
        database.execute("INSERT INTO mention_aspects SELECT id, 'price' FROM mentions WHERE id % 2")
        database.execute("INSERT INTO surveys VALUES (1, 'csat', 'a.csv', 'x', ?)", (NOW,))
        database.executemany(
            "INSERT INTO survey_responses (survey_id, brand, kind, value) VALUES (1, 'Nokia', ?, ?)",
            [("csat", 5.0), ("csat", 2.0), ("nps", 10.0), ("nps", 3.0), ("nps", 9.0), ("resolution", 7.0)],
        )
        (evidence,) = database.execute("SELECT min(id) FROM mentions").fetchone()
        shown = [{"mention_id": evidence, "quote": "x", "url": "https://a.example", "published_at": NOW}]
        database.execute(
            "INSERT INTO alerts VALUES (1, 'i', 'level', (SELECT id FROM brands WHERE name = 'Nokia'), "
            "'2026-11-20', 40, 51, 72, -30, -9, 0.004, ?, ?, NULL)",
            (json.dumps(shown), NOW),
        )


def attack(store: Store) -> None:
    """Attacks in text, title, author, source name, URL and canonical id, with spans that do not fit."""
    documents = []
    for at, evil in enumerate(ATTACKS * 3):
        url = BAD_URLS[at % len(BAD_URLS)]
        documents.append(
            document(
                f"{at} {evil}",
                f"Nokia {evil} {at}",
                title=evil,
                author=evil,
                source=evil,
                url=url,
                mentions=(mention(f"Nokia {evil} {at}", f"Nokia{ATTACKS[0]}", spans=((0, 5), (900, 999))),),
            )
        )
    store.add_documents(documents)
    score_all(store, mix(2, 1, 2))
    with store.transaction() as database:
        database.execute("UPDATE brands SET group_name = ?", (ATTACKS[3],))
        database.execute("INSERT INTO mention_aspects SELECT id, ? FROM mentions", (ATTACKS[1],))


def written(store: Store, path: Path, language: ReportLanguage = "en") -> Page:
    write_report(store, path, language=language, now=CLOCK)
    return Page(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_inside_the_page_leads_somewhere(
    store: Store, tmp_path: Path, language: ReportLanguage
) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html", language)
    assert len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert sum(each.startswith("m") for each in inside) > 9


def test_the_numbers_are_those_of_the_index(store: Store, tmp_path: Path) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html")
    for row in index_rows(store, now=CLOCK):
        assert row.index is not None and row.low is not None and row.high is not None
        assert f"{row.brand} {row.index:.0f}" in page.text
        assert f"{row.low:.0f}–{row.high:.0f}" in page.text
    assert "50% answers of 4–5 · mean 3.5 · n = 2" in page.text
    assert "Loyalty (NPS) +33" in page.text
    assert "Mean time to resolve 7.0 h" in page.text
    assert "72 → 51" in page.text and "−21.0 (−30.0 … −9.0)" in page.text


def test_a_figure_leads_to_its_mentions_with_the_matched_word_marked(store: Store, tmp_path: Path) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html")
    assert sum(tag == "mark" for tag, _ in page.elements) > 20
    slots = [link for link in page.links if link.startswith("#m")]
    assert "m1" in {link[1:] for link in slots} | set(page.ids)
    assert [link for link in page.links if link.startswith("https://foorumi.example/")]


@pytest.mark.parametrize(
    ("opinions", "model", "said"), [(60, BARE, "uncorrected"), (12, MODEL, "few opinions")]
)
def test_every_row_with_an_index_says_its_interval_and_what_it_rests_on(
    store: Store, tmp_path: Path, opinions: int, model: ModelInfo, said: str
) -> None:
    filled(store, mix(opinions - 4, 0, 4), model)
    with store.transaction() as database:
        database.execute("INSERT INTO mention_aspects SELECT id, 'price' FROM mentions")
    (row,) = index_rows(store, now=CLOCK)
    page = written(store, tmp_path / "report.html")
    for name in ("Price 100%", "foorumi 100%", "Finnish 100%"):
        assert re.search(rf"{name} [^%–]*\b{row.index:.0f} \(\d+–\d+\) {said}", page.text)
    assert re.search(rf"2026 {row.index:.0f} \d+–\d+ {said}", page.text)


def test_a_mention_behind_two_alerts_has_one_place_in_the_page(store: Store, tmp_path: Path) -> None:
    fill(store)
    brands = [brand for group in gather(store, now=NOW).groups for brand in group.brands]
    placed = {id for brand in brands for id in brand.choice.all_ids}
    spare = next(id for id in range(1, 120) if id not in placed)
    shown = [{"mention_id": spare, "quote": "x", "url": "https://a.example", "published_at": NOW}]
    with store.transaction() as database:
        database.execute("UPDATE alerts SET evidence = ?", (json.dumps(shown),))
        database.execute(
            "INSERT INTO alerts SELECT 2, 'j', 'volume', brand_id, day, n, value, baseline, low, high, p, evidence, "
            "raised_at, delivered_at FROM alerts"
        )
    page = written(store, tmp_path / "report.html")
    assert page.ids.count(f"m{spare}") == 1


def test_what_changed_is_of_the_last_months_and_says_what_it_would_tell_and_what_it_leaves_out(
    store: Store, tmp_path: Path
) -> None:
    fill(store)
    assert "arvio alerts" not in written(store, tmp_path / "report.html").text
    with store.transaction() as database:
        database.execute(
            "INSERT INTO alerts SELECT 2, 'old', kind, brand_id, '2026-08-24', n, value, baseline, low, high, p, "
            "evidence, raised_at, delivered_at FROM alerts"
        )
    page = written(store, tmp_path / "report.html")
    assert "20 Nov 2026 Index, 28 days before" in page.text
    assert "24 Aug 2026 Index, 28 days before" not in page.text
    assert "The others (1), in the terminal: arvio alerts" in page.text
    with store.transaction() as database:
        database.execute("DELETE FROM alerts")
    nothing = (
        "In the last 90 days no fall of an index and no burst of negative mentions was found",
        "Viimeisten 90 päivän aikana ei ole havaittu indeksin laskua",
        "Վերջին 90 օրում ինդեքսի այնպիսի անկում",
    )
    for language, said in zip(LANGUAGES, nothing, strict=True):
        assert said in written(store, tmp_path / "report.html", language).text


def test_every_number_of_a_brand_is_a_link_to_mentions(store: Store, tmp_path: Path) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    for row in index_rows(store, now=CLOCK):
        assert re.search(rf'<a class="strong" href="#q-b\d+">{row.index:.0f}</a>', html)
        assert re.search(rf'<a href="#n-b\d+">{row.mentions}</a>', html)
    targets = [each[1:] for each in page.links if each.startswith(("#q-", "#n-"))]
    assert targets and set(targets) <= set(page.ids)
    assert "arvio mentions --brand Nokia" in page.text


def test_every_chart_has_words_for_who_cannot_see_it(store: Store, tmp_path: Path) -> None:
    """A label of its own, or hidden beside the number that it draws."""
    fill(store)
    page = written(store, tmp_path / "report.html", "fi")
    charts_shown = [a for tag, a in page.elements if tag == "svg" and "chart" in (a.get("class") or "")]
    assert all(each.get("aria-label") or each.get("aria-hidden") == "true" for each in charts_shown)
    labels = [each["aria-label"] or "" for each in charts_shown if each.get("role") in ("img", "group")]
    assert any(re.fullmatch(r"Kielteinen \d+ · Neutraali \d+ · Myönteinen \d+", each) for each in labels)
    assert any(each.startswith("Brändin Nokia indeksi") for each in labels)


def test_a_title_is_shown_once_with_its_matched_word_marked(store: Store, tmp_path: Path) -> None:
    text = "Nokia nousi\nKertoo Nokia itse."
    found = mention(text, "Nokia", spans=((0, 5), (19, 24)))
    store.add_documents([document(1, text, title="Nokia nousi", mentions=(found,))])
    score_all(store, "positive")
    written(store, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (
        '<bdi class="title"><mark>Nokia</mark> nousi</bdi><bdi>Kertoo <mark>Nokia</mark> itse.</bdi>' in html
    )


def test_why_a_text_was_not_read_is_said_in_the_language_of_the_page(store: Store, tmp_path: Path) -> None:
    store.add_documents([document(at, f"Nokia {at}.", language="et") for at in range(3)])
    one, two, _ = (row[0] for row in store.unscored(MODEL))
    store.add_unscored(MODEL, [Unscored(one, "language et"), Unscored(two, "no text")])
    page = written(store, tmp_path / "report.html", "fi")
    for said in ("viro", "viro (ei tekstiä)", "viro (vielä luokittelematta)"):
        assert f"Malli ei luokitellut: {said} 1" in page.text
    assert "erillisiä 3" in page.text


def test_an_armenian_label_stands_before_its_value_with_a_bowt_and_no_colon(
    store: Store, tmp_path: Path
) -> None:
    fill(store)
    store.add_documents([document("foreign", "Nokia siin.", language="et")])
    page = written(store, tmp_path / "report.html", "hy")
    assert "Կարծիքներ՝ 1" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Մոդելը չի գնահատել՝ էստոներեն" in page.text
    # A colon looks like the language's full stop.
    assert not re.search(r"[ա-ֆ]: ", page.text)


def test_the_empty_page_names_its_command_in_the_quotation_marks_of_its_language(
    store: Store, tmp_path: Path
) -> None:
    for language, quoted in zip(LANGUAGES, ("“arvio run”", "”arvio run”", "«arvio run»"), strict=True):
        assert quoted in written(store, tmp_path / "report.html", language).text


def test_brands_without_a_group_have_a_tone_and_no_share_of_a_group(store: Store, tmp_path: Path) -> None:
    store.add_documents([document(1)])
    alone = written(store, tmp_path / "report.html").text
    assert "Share of voice" not in alone and "Tone Brand Tone Nokia" in alone
    with store.transaction() as database:
        database.execute("UPDATE brands SET group_name = 'operators'")
    assert "Share of voice" in written(store, tmp_path / "report.html").text


@pytest.mark.parametrize(("newest", "shown"), [("2026-08-24", True), ("2026-08-23", False)])
def test_a_brand_that_has_long_been_silent_has_no_present_figure(
    store: Store, tmp_path: Path, newest: str, shown: bool
) -> None:
    filled(store, mix(30, 0, 10), published_at=f"{newest}T08:00:00Z")
    filled(store, mix(0, 20, 0), start=100, published_at="2026-11-20T08:00:00Z")
    page = written(store, tmp_path / "report.html")
    assert ("newest weigh most, the last of 24 Aug 2026" in page.text) is shown
    assert ("newest weigh most" in page.text) is shown


def test_surveys_stand_beside_with_their_target(store: Store, tmp_path: Path) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html")
    assert "50% answers of 4–5 · mean 3.5 · n = 2 · target 80%" in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_texts_are_in_the_language(store: Store, tmp_path: Path, language: ReportLanguage) -> None:
    fill(store)
    page = written(store, tmp_path / "report.html", language)
    heading = {"en": "What people say", "fi": "Mitä brändeistä sanotaan", "hy": "Ինչ են ասում մարդիկ"}
    assert heading[language] in page.text
    for other in LANGUAGES:
        if other != language:
            assert load_words(other)["how_correct"] not in page.text
    assert dict(page.elements[0][1])["lang"] == language


def test_the_three_languages_have_the_same_texts_and_fields() -> None:
    english, *others = (load_words(language) for language in LANGUAGES)
    for other in others:
        assert other.texts.keys() == english.texts.keys()
        assert len(other.months) == 12
        for key, text in english.texts.items():
            assert re.findall(r"{\d}", text) == re.findall(r"{\d}", other.texts[key]), key
            assert other.texts[key].strip()


def test_numbers_are_written_as_each_language_writes_them() -> None:
    english, finnish, armenian = (load_words(language) for language in LANGUAGES)
    assert english.number(12345.6, 1) == "12,345.6"
    assert finnish.number(12345.6, 1) == "12\u00a0345,6" == armenian.number(12345.6, 1)
    assert (
        finnish.percent(0.5) == "50\u00a0%" and english.percent(0.004) == "<1%" and english.percent(0) == "0%"
    )
    assert english.points(-0.04) == "0.0" and english.points(-1.25) == "−1.2" and english.points(2) == "+2.0"
    assert english.chance(1.0) == ">99%" and english.chance(0.0) == "<1%"
    assert (english.date("2026-11-02"), finnish.date("2026-11-02"), armenian.date("2026-11-02")) == (
        "2\u00a0Nov\u00a02026", "2.11.2026", "02.11.2026",
    )  # fmt: skip
    assert finnish.period("2026-W07") == "vk\u00a07/2026" and english.period("2026-03") == "Mar\u00a02026"
    assert armenian.period("2026-W01") == "2026-ի\u00a01-ին\u00a0շաբաթ"
    assert finnish.hours(7) == "7,0\u00a0t" and armenian.hours(72) == "3,0\u00a0օր"
    assert english.date("soon") == "soon"
    days, moment = ("2026-09-01", "2026-11-02"), "2026-11-02T03:05:00Z"
    assert english.days(*days) == "1\u00a0Sep\u00a02026 – 2\u00a0Nov\u00a02026"
    assert finnish.days(*days) == "1.9.2026–2.11.2026" and armenian.days(*days) == "01.09.2026–02.11.2026"
    assert finnish.days(days[1], days[1]) == "2.11.2026"
    assert (
        finnish.time(moment) == "2.11.2026 klo 3.05 UTC" and armenian.time(moment) == "02.11.2026 03:05 UTC"
    )


def test_t38_hostile_texts_become_text(store: Store, tmp_path: Path) -> None:
    attack(store)
    path = tmp_path / "report.html"
    page = written(store, path)
    html = path.read_text(encoding="utf-8")
    assert "script" not in {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    skeleton = {"html", "head", "meta", "link", "style", "body"}
    assert {tag for tag, _ in page.elements} & {"img", "iframe", "object", "base", "form", "embed"} == set()
    assert sum(tag in skeleton for tag, _ in page.elements) == 11
    assert all(link.startswith(("#", "https://", "http://")) for link in page.links)
    assert "<script>" in page.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\x00-\x09\x0b-\x1f\x7f-\x9f]", html)
    assert "1337" not in page.text


@needs_browser
def test_t38_a_browser_runs_nothing_and_asks_for_nothing(store: Store, tmp_path: Path) -> None:
    attack(store)
    path = tmp_path / "report.html"
    written(store, path)
    opened = open_page(path)
    assert "data-owned" not in opened.dom
    assert opened.requests == []
    assert opened.console == []


@needs_browser
def test_t38_the_browser_check_would_notice(tmp_path: Path) -> None:
    path = tmp_path / "control.html"
    quiet = MARK.replace("alert(1);", "")  # a dialog would hold the browser until its time is up
    path.write_text(f"<!doctype html><body><script>{quiet};console.error(1)</script>", encoding="utf-8")
    opened = open_page(path)
    assert "data-owned" in opened.dom
    assert opened.requests == ["http://127.0.0.1:9/hit"]
    assert opened.console


@needs_browser
@pytest.mark.parametrize("width", [1280, 500])
def test_the_page_can_be_looked_at(store: Store, tmp_path: Path, width: int) -> None:
    fill(store)
    written(store, tmp_path / "report.html", "hy")
    picture(tmp_path / "report.html", tmp_path / "page.png", width, 900)
    head = (tmp_path / "page.png").read_bytes()[:24]
    assert struct.unpack(">II", head[16:24]) == (width, 900)
    assert (tmp_path / "page.png").stat().st_size > 20_000


def test_the_command_under_a_brand_shows_all_of_its_mentions(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, 180)
    page = written(store, tmp_path / "report.html")
    (command,) = re.findall(
        r"All 60, in the terminal: arvio (mentions --brand Ucom\b(?: -\S+ \S+)*)", page.text
    )
    with pytest.raises(SystemExit):
        cli.main([*shlex.split(command), "--db", str(store.path)])
    assert capsys.readouterr().err == "60 of 60 mentions\n"


def test_paper_gets_tables_and_not_the_layout_of_a_phone() -> None:
    style = (Path(charts.__file__).parent / "style.css").read_text(encoding="utf-8")
    (phone,) = re.findall(
        r"@media ([^{]+)\{(?:[^{}]+\{[^{}]*\})*?\s*table\.rows[^{]*\{ display: block", style
    )
    assert phone.strip().startswith("screen and ")


@needs_browser
def test_long_names_do_not_widen_the_page(store: Store, tmp_path: Path) -> None:
    for at, name in enumerate(("Nokia", "Ä" * 200, "Verkko" * 30)):
        filled(store, mix(15, 5, 15), start=100 * at, brand=name, text=f"{name}.", source=f"lähde{'-' * at}")
    with store.transaction() as database:
        database.execute("UPDATE brands SET group_name = 'operators'")
    written(store, tmp_path / "report.html", "fi")
    widths = [320, 360, 768, 1400]
    assert content_widths(tmp_path / "report.html", widths) == widths


def test_texts_stand_out_from_what_is_behind_them() -> None:
    """Contrast of 4.5 and more (WCAG 2.2, success criterion 1.4.3), also of the small figures of charts."""
    grounds = {
        "paper": ("ink", "soft", "faint", "accent", "goal"),
        "ground": ("ink", "soft", "accent"),
        "chip": ("ink", "soft", "accent"),
        "mark": ("mark-ink",),
    }
    for colours in _palettes():
        for behind, texts in grounds.items():
            for text in texts:
                assert _contrast(colours[text], colours[behind]) >= 4.5, (text, behind, colours[text])


@needs_browser
def test_the_dates_below_a_trend_stand_apart_on_a_phone_too(store: Store, tmp_path: Path) -> None:
    for day in range(1, 70, 7):
        at = (CLOCK - timedelta(days=day)).isoformat()
        filled(store, mix(14, 0, 6), start=100 * day, published_at=at.replace("+00:00", "Z"))
    written(store, tmp_path / "report.html", "hy")
    labels = ".trend .start, .trend .middle, .trend .end"
    narrow, wide = spans(tmp_path / "report.html", (360, 1200), labels)
    assert (len(narrow), len(wide)) == (2, 3)
    assert all(before[1] + 8 < after[0] for shown in (narrow, wide) for before, after in pairwise(shown))


def test_praise_and_complaint_differ_without_their_hue_too() -> None:
    """To who sees no red and green, and on grey paper, only their lightness tells them apart."""
    for colours in _palettes():
        shown = [colours[name] for name in ("negative", "neutral", "positive")]
        assert all(_contrast(one, other) >= 1.9 for one, other in combinations(shown, 2)), shown
        for ground in ("paper", "ground"):
            assert all(_contrast(each, colours[ground]) >= 3 for each in (shown[0], shown[2])), shown


def _palettes() -> tuple[dict[str, str], ...]:
    """The page's colours by name: light, dark, printed."""
    style = (Path(charts.__file__).parent / "style.css").read_text(encoding="utf-8")
    light, dark, printed = (
        dict(re.findall(r"--([a-z-]+): (#(?:[0-9a-f]{3}){1,2});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    )
    return light, light | dark, light | printed


def _contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, #rgb or #rrggbb."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_quote_says_its_language(store: Store, tmp_path: Path) -> None:
    for at, language in enumerate(("fi", "hy-Latn", "und")):
        store.add_documents([document(at, f"Nokia {at}.", language=language)])
    page = written(store, tmp_path / "report.html", "fi")
    said = {attributes.get("lang") for tag, attributes in page.elements if tag == "blockquote"}
    assert said == {"fi", "hy-Latn", "und"}


def test_t38_only_whole_web_addresses_become_links() -> None:
    assert safe_url("https://a.example/x?y=1#z") and safe_url("http://127.0.0.1:8000/")
    for url in BAD_URLS:
        assert safe_url(url) == "" or '"' in url, url
    assert safe_url("https://a.example/\u202e") == ""


def test_t38_control_characters_and_overrides_go_and_joiners_stay() -> None:
    assert harmless("a\u202eb\x1b[1mc\u2066d\u200f\x00") == "ab [1mcd "
    assert harmless("👩\u200d🔧 ՞ä") == "👩\u200d🔧 ՞ä"


def test_an_excerpt_keeps_the_matched_word_and_says_that_it_is_cut() -> None:
    text = "sana " * 200 + "Nokia" + " sana" * 200
    parts = excerpt(text, [(1000, 1005)])
    assert ("Nokia", True) in parts
    whole = "".join(part for part, _ in parts)
    assert len(whole) < 450 and whole.startswith("… ") and whole.endswith(" …")
    assert excerpt("Nokia", [(0, 5)]) == (("Nokia", True),)
    assert excerpt("Nokia", [(3, 99), (-1, 2), (4, 4)]) == (("Nokia", False),)
    assert excerpt("ab", [(0, 2), (1, 2)]) == (("ab", True),)


@pytest.mark.parametrize("length", [0, 1, 419, 420, 421, 460, 5000])
def test_an_excerpt_without_spaces_is_cut_too(length: int) -> None:
    whole = "".join(part for part, _ in excerpt("x" * length, [(length - 1, length)] if length else []))
    assert len(whole) <= 430


def test_an_empty_store_gives_a_page_that_says_so(store: Store, tmp_path: Path) -> None:
    page = written(store, tmp_path / "report.html")
    assert "The store has no brand yet." in page.text


def test_where_nothing_is_left_out_the_page_says_nothing(store: Store, tmp_path: Path) -> None:
    for language, said in zip(
        LANGUAGES, ("left out nothing", "puuttuu ei mitään", "ներառված ոչինչ"), strict=True
    ):
        assert said in written(store, tmp_path / "report.html", language).text


def test_what_was_left_out_is_in_no_number_and_what_went_in_is_in_all(store: Store, tmp_path: Path) -> None:
    store.add_documents(
        [
            document("dated"),
            document("undated", "Nokia kestää hyvin pakkasta.", published_at=None),
            document("starred", "Nokia sobib mulle hästi.", language="et", rating=5.0),
            document("labelled", "Nokia oli kallis ost.", language="et"),
            document("unread", "Nokia müüdi maha eile.", language="et"),
            document("later", "Nokia esittelee huomenna puhelimen.", published_at="2027-01-01T00:00:00Z"),
        ]
    )
    unread = [Unscored(row[0], "language et") for row in store.unscored(MODEL) if row[2] == "et"]
    store.add_unscored(MODEL, unread)
    score_all(store, "positive")
    add_labels(store, [(unread[1].mention_id, "negative")], origin="correction")
    page = written(store, tmp_path / "report.html")
    went_in, left_out = page.text.split("What went in ")[1].split(" What was left out ")
    assert went_in.startswith("Documents 5 Mentions 5 Distinct mentions (copies counted once) 5 ")
    assert went_in.endswith("Without a date (the day it was first seen counts) 1")
    assert left_out.startswith("Not read by the model: Estonian 1 Dated in the future 1 The same numbers")
    (row,) = index_rows(store, now=NOW)
    assert row.mentions == 5 and row.unscored == 1


def test_a_count_leads_above_its_mentions_and_without_any_no_empty_table_stands(
    store: Store, tmp_path: Path
) -> None:
    store.add_documents([document(1)])
    score_all(store, "positive")
    with store.transaction() as database:
        database.execute("INSERT INTO brands (name) VALUES ('Elisa')")
    page = written(store, tmp_path / "report.html")
    assert page.text.count("Where it is said") == 1
    assert "#n-b2" in page.links and page.ids.index("n-b2") < page.ids.index("m1")


def test_a_brand_without_opinions_shows_no_index(store: Store, tmp_path: Path) -> None:
    store.add_documents([document(1)])
    page = written(store, tmp_path / "report.html")
    assert "not enough opinions yet" in page.text
    assert "No period has enough opinions yet." in page.text


def test_what_is_dated_after_now_is_not_shown(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.add_documents([document("later", "Nokia huomenna.", published_at="2027-01-01T00:00:00Z")])
    page = written(store, tmp_path / "report.html")
    assert "huomenna" not in page.text
    assert "Dated in the future 1" in page.text


def test_one_absurdly_old_date_empties_no_trend(store: Store, tmp_path: Path) -> None:
    store.add_documents([document("old", published_at="0001-01-01T00:00:00Z")])
    assert "No period has enough opinions yet." in written(store, tmp_path / "report.html").text
    fill(store)
    for group in gather(store, now=NOW).groups:
        for brand in group.brands:
            assert [point.period for point in brand.trend] == ["2026-08", "2026-09", "2026-10", "2026-11"]


def test_a_brand_that_fell_silent_ends_when_the_others_do(store: Store, tmp_path: Path) -> None:
    for brand, months in (("Nokia", range(2, 12)), ("Elisa", range(2, 6)), ("Telia", range(9, 12))):
        for month in months:
            day = f"2026-{month:02d}-10T08:00:00Z"
            text = f"{brand} toimii."
            filled(store, mix(10, 0, 5), start=100 * month, brand=brand, text=text, published_at=day)
    (group,) = gather(store, now=NOW).groups
    trends = {brand.name: [point.period for point in brand.trend] for brand in group.brands}
    assert trends["Nokia"] == trends["Elisa"] and trends["Elisa"][-1] == "2026-11"
    assert trends["Telia"] == ["2026-09", "2026-10", "2026-11"]
    written(store, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    sparks = dict(re.findall(r'href="#b\d">(\w+)</a></th>(.*?)</tr>', html, re.DOTALL))
    begins = {
        brand: re.search(r'<polyline class="line" points="([\d.]+),', sparks[brand]) for brand in trends
    }
    assert {brand: found and found[1] for brand, found in begins.items()} == {
        "Nokia": "0.00",
        "Elisa": "0.00",
        "Telia": "77.78",
    }


def test_one_old_document_makes_no_months_of_weeks(store: Store) -> None:
    def add(days: Sequence[str]) -> None:
        store.add_documents(
            [
                document(f"{day} {at}", f"Nokia {at} {day}", rating=5, kind="review", published_at=day)
                for day in days
                for at in range(1 if day < "2026" else 20)
            ]
        )

    def shown() -> tuple[str, list[str], str]:
        facts = gather(store, now=NOW)
        ((brand,),) = (group.brands for group in facts.groups)
        return facts.period, [point.period for point in brand.trend], facts.method.first_day

    add(["2026-11-03T00:00:00Z", "2026-11-10T00:00:00Z", "2026-11-17T00:00:00Z"])
    weeks = ["2026-W45", "2026-W46", "2026-W47"]
    assert shown() == ("week", weeks, "2026-11-03")
    add(["2019-05-06T00:00:00Z"])
    assert shown() == ("week", weeks, "2019-05-06")


def test_the_same_store_and_time_give_the_same_bytes(store: Store, tmp_path: Path) -> None:
    fill(store)
    for name in ("one.html", "two.html"):
        write_report(store, tmp_path / name, now=CLOCK)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_many_brands_stay_under_three_megabytes(store: Store, tmp_path: Path) -> None:
    long = "Pitkä arvostelu ä ö. " * 200
    store.add_documents(
        [
            document(at, f"B{at % 40} {long}{at}", f"B{at % 40}", source=f"s{at % 9}", author=f"{at}",
                     published_at=f"2026-{1 + at % 11:02d}-03T00:00:00Z")
            for at in range(1_600)
        ]
    )  # fmt: skip
    score_all(store, mix(2, 1, 2))
    summary = write_report(store, tmp_path / "report.html", now=CLOCK)
    assert summary.brands == 40
    assert summary.size == (tmp_path / "report.html").stat().st_size < 3_000_000


def test_mentions_are_shown_for_the_figures_of_the_page_and_for_no_others(store: Store) -> None:
    """Twelve sources and sixty periods are shown, however many there are."""
    store.add_documents(
        [
            document(at, f"Nokia {at} {at * 7}", source=f"s{at % 100}", author=f"{at}",
                     published_at=f"{2016 + at % 10}-{1 + at // 10 % 12:02d}-03T00:00:00Z")
            for at in range(600)
        ]
    )  # fmt: skip
    score_all(store, mix(1, 1, 1))
    facts = gather(store, now=NOW)
    ((brand,),) = (group.brands for group in facts.groups)
    shown = {("month", point.period) for point in brand.trend}
    shown |= {("source", row.key) for row in brand.sources} | {("language", "fi")}
    assert len(brand.trend) == 60 and brand.choice.standing_for.keys() <= shown
    assert {facet for facet, _ in brand.choice.standing_for} == {"month", "source", "language"}


def test_a_page_that_cannot_be_written_is_an_output_error(store: Store, tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    for path in (tmp_path / "none" / "report.html", tmp_path / "folder.html", tmp_path / "report.txt"):
        with pytest.raises(OutputError) as caught:
            write_report(store, path, now=CLOCK)
        assert caught.value.exit_code == 73
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_failure_leaves_the_old_page(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr("store.report.render", lambda *_, **__: "\ud800")
    with pytest.raises(UnicodeEncodeError):
        write_report(store, path, now=CLOCK)
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_report_reads_a_store_that_is_open_for_reading_only(store: Store, tmp_path: Path) -> None:
    fill(store)
    with Store.open(store.path, read_only=True) as reader:
        assert write_report(reader, tmp_path / "report.html", now=CLOCK).brands == 3


def test_unknown_languages_and_targets_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--lang"):
        write_report(store, tmp_path / "x.html", language="sv", now=CLOCK)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--target"):
        write_report(store, tmp_path / "x.html", target=101, now=CLOCK)
    assert not (tmp_path / "x.html").exists()


def test_the_leader_is_named_only_where_the_intervals_allow(store: Store) -> None:
    fill(store)
    facts = gather(store, now=NOW)
    (group,) = (each for each in facts.groups if each.name)
    first, second = (brand.name for brand in group.brands)
    close = replace(group, above={(first, second): 0.6, (second, first): 0.4})
    clear = replace(group, above={(first, second): 0.99, (second, first): 0.01})
    rankable = [replace(brand, row=replace(brand.row, state="published", index=70.0, low=60.0, high=80.0))
                for brand in group.brands]  # fmt: skip
    words = load_words("en")

    def page(changed: object) -> str:
        return render(replace(facts, groups=(changed,)), words)  # type: ignore[arg-type]

    assert "too close to say" in page(replace(close, brands=tuple(rankable)))
    assert f"{first} leads with 70 (60–80)" in page(replace(clear, brands=tuple(rankable)))
    grey = [replace(brand, row=replace(brand.row, state="grey")) for brand in rankable]
    assert "still too wide to rank the brands" in page(replace(clear, brands=tuple(grey)))


def test_a_brand_that_may_not_be_ranked_can_stand_in_the_leaders_way(store: Store, tmp_path: Path) -> None:
    def add(brand: str, positive: int, negative: int) -> None:
        store.add_documents(
            [
                document(
                    f"{brand} {at}", f"{brand} {at}", brand, rating=5 if at < positive else 1, kind="review"
                )
                for at in range(positive + negative)
            ]
        )
        with store.transaction() as database:
            database.execute("UPDATE brands SET group_name = 'operators'")

    def lead() -> str:
        (group,) = gather(store, now=NOW).groups
        ranked = [brand.name for brand in group.brands if is_rankable(brand.row)]
        assert ranked == ["Nokia"]
        return written(store, tmp_path / "report.html").text

    add("Nokia", 60, 40)
    add("Elisa", 3, 17)
    assert "Nokia leads with 60" in lead()
    add("Telia", 25, 0)
    assert "Telia may be ahead of Nokia, but its index is still too uncertain to rank." in lead()
    add("Ucom", 2, 0)
    assert "still too wide to rank the brands" in lead()


def test_who_is_ahead_of_many_has_the_whole_width_and_can_be_scrolled_by_key(
    store: Store, tmp_path: Path
) -> None:
    """Half a page holds five brands; a part of a page that scrolls must take the focus (WCAG 2.1.1)."""

    def shown(brands: int) -> tuple[int, str | None]:
        for at in range(brands):
            filled(store, mix(8, 0, 8), start=100 * at, brand=f"Merkki{at}")
        with store.transaction() as database:
            database.execute("UPDATE brands SET group_name = 'operators'")
        elements = written(store, tmp_path / "report.html").elements
        classes = [attributes.get("class") for _, attributes in elements]
        return classes.count("pair"), elements[classes.index("matrix") - 1][1].get("tabindex")

    # The cards on method are the other pair.
    assert shown(5) == (2, "0")
    assert shown(6) == (1, "0")


def test_only_long_words_are_broken() -> None:
    assert charts.breakable("Vakuutusosakeyhtiö & Lempikauppa") == "Vakuutusosakeyhtiö &amp; Lempikauppa"
    assert charts.breakable("Lentokonesuihkuturbiinimoottori") == "Lentokonesuihkut<wbr>urbiinimoottori"
    assert charts.breakable("<b>\u202e" + "x" * 30) == "&lt;b&gt;" + "x" * 13 + "<wbr>" + "x" * 17


def test_charts_escape_what_they_are_given() -> None:
    point = charts.Point('<script>"', 50.0, 40.0, 60.0, True, "</title><script>", '#"><script>')
    svg = charts.trend([point, replace(point, index=None)], target=80, label='"><script>')
    assert "<script>" not in svg
    assert charts.trend([], target=80, label="")
    assert "100.00%" in charts.scale_row(100, 99, 130, is_firm=True, target=80)
