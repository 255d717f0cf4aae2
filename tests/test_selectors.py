"""Kind pages: what its selectors mean, on pages as shops and forums write them, and where a list ends."""

import json
from pathlib import Path

import pytest

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

REVIEWS = (
    '<div class="arvio"><span class="aika"> <i></i> 20.11.2026 <b>klo 14.05</b></span>'
    '<span class="tähdet"> <b>Arvosana</b> 4,5/5</span><p>Pohjanetti toimii.</p></div>'
    '<div class="arvio"><span class="aika">Kirjoitettu <time datetime="2026-11-20T14:05+02:00">eilen</time></span>'
    '<span class="tähdet">9/10</span><p>Pohjanetti pätkii.</p></div>'
    '<div class="arvio"><abbr class="aika" title="20.11.2026 klo 14.05">viikko sitten</abbr>'
    '<span class="tähdet"><i style="width: 40%">40 %</i></span><p>Pohjanetti hidastelee.</p></div>'
)


@pytest.mark.parametrize("plain", [True, False])
def test_dates_ratings_and_the_next_page_are_found_in_the_element(tmp_path: Path, plain: bool) -> None:
    db = tmp_path / "arvio.db"
    text, href = ("", "") if plain else ("::text", "::attr(href)")
    keys = {
        "item": ".arvio",
        "date": f".aika{text}",
        "rating": f".tähdet{text}",
        "text": "p",
        "next": f".lisää{href}",
    }
    with CrawlServer() as server:
        server.pages["/1"] = page(
            f'<html lang="fi"><body>{REVIEWS}<p class="lisää"><a href="/2">Lisää</a></p></body>'
        )
        if not plain:
            server.pages["/1"] = page(
                f'<html lang="fi"><body>{REVIEWS}<a class="lisää" href="/2">Lisää</a></body>'
            )
        server.pages["/2"] = page(
            '<html lang="fi"><body><div class="arvio"><p>Pohjanetti maksaa.</p></div></body>'
        )
        crawl = crawl_in_process(config_text(source("a", "pages", server.url("/1"), **keys), db, server), db)
        assert crawl.error is None
        assert not crawl.report.sources[0].errors
    at = "2026-11-20T12:05:00Z"
    found = rows(db, "SELECT published_at, rating_given, rating_best FROM documents ORDER BY id")
    assert found == [(at, 4.5, 5.0), (at, 9.0, 10.0), (at, 2.0, 5.0), (None, None, None)]


def test_a_rating_in_structured_data_says_its_own_scale(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    ratings: list[dict[str, object]] = [
        {"ratingValue": "9/10"},
        {"ratingValue": "80 %"},
        {"ratingValue": "4,5 / 5"},
    ]
    ratings += [{"ratingValue": value} for value in ("4,5 (95 % suosittelee)", "10 %", "8 out of 10")]
    ratings += [{"ratingValue": "90", "bestRating": "100"}, {"ratingValue": "9/10", "bestRating": 10}]
    reviews = [
        {"@type": "Review", "reviewBody": f"Pohjanetti {at}", "reviewRating": each}
        for at, each in enumerate(ratings)
    ]
    with CrawlServer() as server:
        server.pages["/"] = page(f'<script type="application/ld+json">{json.dumps(reviews)}</script>')
        crawl = crawl_in_process(config_text(source("a", "reviews", server.url("/")), db, server), db)
        assert crawl.error is None
    found = rows(db, "SELECT rating_given, rating_best FROM documents ORDER BY text")
    own = [(9.0, 10.0), (4.0, 5.0), (4.5, 5.0), (4.5, 5.0), (1.0, 5.0), (8.0, 10.0)]
    assert found == [*own, (90.0, 100.0), (9.0, 10.0)]


DRAWN = {
    "★★★★☆": 4.0,
    "<b>★★★★★</b> <b></b>": 5.0,
    "⭐️⭐️⭐️": 3.0,
    "★★½☆☆": 2.5,
    "☆☆☆☆☆": None,
    "4 tähteä": 4.0,
    "5 աստղ": 5.0,
    "Arvosana: 4": 4.0,
    "5-ից 4": 4.0,
    "9 out of 10": 9.0,
    '<span style="width:80%">★★★★★</span>': 4.0,
    '☆☆☆☆☆<i style="max-width: 90px; width: 60.0%">★★★★★</i>': 3.0,
    '<i aria-label="4.0 out of 5"></i>': 4.0,
    '<img src="4.png" alt="4 / 5">': 4.0,
    '<i title="1"></i><i title="2"></i>': None,
    "hyvä": None,
}


@pytest.mark.parametrize("plain", ["", "::text"])
def test_stars_are_read_as_they_are_drawn(tmp_path: Path, plain: str) -> None:
    db = tmp_path / "arvio.db"
    items = "".join(
        f'<div class="arvio"><span class="tähdet">{drawn}</span><p>Pohjanetti {at:02}</p></div>'
        for at, drawn in enumerate(DRAWN)
    )
    keys = {"item": ".arvio", "rating": f".tähdet{plain}", "text": "p"}
    with CrawlServer({"/": page(f"<html><body>{items}</body></html>")}) as server:
        crawl = crawl_in_process(config_text(source("a", "pages", server.url("/"), **keys), db, server), db)
        assert crawl.error is None
    found = rows(db, "SELECT rating_given FROM documents ORDER BY text")
    assert [each for (each,) in found] == list(DRAWN.values())


@pytest.mark.parametrize("kind", ["pages", "reviews"])
def test_stars_beside_some_above_a_scale_that_is_not_named_are_left_out(tmp_path: Path, kind: str) -> None:
    db = tmp_path / "arvio.db"
    item = (
        '<div class="arvio" itemscope itemtype="https://schema.org/Review"><p itemprop="reviewBody">Pohjanetti {0}</p>'
        '<b itemprop="reviewRating">{0}</b></div>'
    )
    keys = {"item": ".arvio", "rating": "b", "text": "p"} if kind == "pages" else {}
    with CrawlServer() as server:
        server.pages["/"] = page(f"<html>{''.join(item.format(each) for each in ('8', '4', '9/10'))}</html>")
        crawl = crawl_in_process(config_text(source("a", kind, server.url("/"), **keys), db, server), db)
        assert crawl.error is None
    assert rows(db, "SELECT rating_given FROM documents ORDER BY text") == [(None,), (None,), (9.0,)]
    assert any("8/10" in each for each in crawl.report.sources[0].notes)


ITEMS = {
    "pages": '<div class="viesti">Pohjanetti {}</div>',
    "reviews": '<div itemscope itemtype="https://schema.org/Review"><p itemprop="reviewBody">Pohjanetti {}</p></div>',
}


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize(("behind", "hits"), [("nothing", 2), ("the last page again", 3)])
def test_a_list_ends_where_its_pages_have_nothing_more(
    tmp_path: Path, kind: str, behind: str, hits: int
) -> None:
    db = tmp_path / "arvio.db"
    last = "" if behind == "nothing" else ITEMS[kind].format(2)
    with CrawlServer() as server:
        for at in range(1, 9):
            link = f'<a rel="next" class="lisää" href="/?sivu={at + 1}">Lisää</a>'
            item = ITEMS[kind].format(1) if at == 1 else last
            server.pages[f"/?sivu={at}"] = page(f"<html><body>{item}{link}</body></html>")
        keys = {"item": ".viesti", "next": "a.lisää"} if kind == "pages" else {}
        crawl = crawl_in_process(
            config_text(source("a", kind, server.url("/?sivu=1"), **keys), db, server), db
        )
        assert crawl.error is None
        assert server.pages_hit == hits


def test_reviews_go_on_by_a_selector_where_the_page_has_no_rel_next(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    review = (
        '<div itemscope itemtype="https://schema.org/Review"><p itemprop="reviewBody">Pohjanetti {}</p></div>'
    )
    with CrawlServer() as server:
        server.pages["/1"] = page(
            f'{review.format(1)}<button class="lisää" data-url="/2">Näytä lisää</button>'
        )
        server.pages["/2"] = page(review.format(2))
        keys = {"next": ".lisää::attr(data-url)"}
        crawl = crawl_in_process(
            config_text(source("a", "reviews", server.url("/1"), **keys), db, server), db
        )
        assert crawl.error is None
    assert rows(db, "SELECT text FROM documents ORDER BY id") == [("Pohjanetti 1",), ("Pohjanetti 2",)]
