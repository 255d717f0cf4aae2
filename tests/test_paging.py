"""Listings that go back in time: a night reads as far as what an earlier one dealt with, and loses nothing."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.crawl_server import (
    HTML,
    JSON,
    Answer,
    CrawlServer,
    config_text,
    crawl_in_process,
    page,
    rows,
    source,
)

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
PER_PAGE = 3


def moment(number: int) -> datetime:
    """When the post of that number is published: one a day."""
    return FIRST + timedelta(days=number)


def chunks(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[at : at + PER_PAGE] for at in range(0, len(numbers), PER_PAGE)]


def mastodon(numbers: Sequence[int]) -> dict[str, Answer]:
    target, pages = "/api/v1/timelines/tag/netti?limit=40", {}
    for chunk in chunks(numbers):
        statuses = [
            {"id": str(each), "content": f"Pohjanetti {each}", "created_at": moment(each).isoformat()}
            for each in chunk
        ]
        pages[target] = page(json.dumps(statuses), JSON)
        target = f"/api/v1/timelines/tag/netti?limit=40&max_id={chunk[-1]}"
    return {**pages, target: page("[]", JSON)}


def telegram(numbers: Sequence[int]) -> dict[str, Answer]:
    target, pages = "/s/netti", {}
    for chunk in chunks(numbers):
        messages = "".join(
            f'<div class="tgme_widget_message" data-post="netti/{each}">'
            f'<div class="tgme_widget_message_text">Pohjanetti {each}</div>'
            f'<a class="tgme_widget_message_date"><time datetime="{moment(each).isoformat()}"></time></a></div>'
            for each in reversed(chunk)
        )
        following = f"/s/netti?before={chunk[-1]}"
        link = f'<link rel="prev" href="{following}">' if chunk[-1] else ""
        pages[target] = page(f"<html><head>{link}</head><body>{messages}</body></html>")
        target = following
    return pages


def hackernews(numbers: Sequence[int]) -> dict[str, Answer]:
    place = "/api/v1/search_by_date?query=%22netti%22&tags=%28story%2Ccomment%29&hitsPerPage=100&page="
    parts = chunks(numbers)

    def hits(chunk: Sequence[int]) -> list[dict[str, Any]]:
        return [
            {
                "objectID": str(each),
                "comment_text": f"Pohjanetti {each}",
                "created_at": moment(each).isoformat(),
            }
            for each in chunk
        ]

    return {
        f"{place}{at}": page(json.dumps({"hits": hits(chunk), "nbPages": len(parts)}), JSON)
        for at, chunk in enumerate(parts)
    }


def wordpress(numbers: Sequence[int], changed: dict[int, datetime] | None = None) -> dict[str, Answer]:
    """Posts of which those in `changed` were edited at that time, in the order of their last change."""
    target = "/wp-json/wp/v2/posts?search=netti&per_page=50&page={}&orderby=modified&order=desc"
    edits = changed or {}
    order = sorted(numbers, key=lambda each: edits.get(each, moment(each)), reverse=True)
    parts = chunks(order)

    def post(number: int) -> dict[str, Any]:
        text = f"Pohjanetti {number}{' muuttui' if number in edits else ''}"
        return {
            "id": number,
            "link": f"https://blogi.example/{number}",
            "content": {"rendered": f"<p>{text}</p>"},
            "date_gmt": f"{moment(number):%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{edits.get(number, moment(number)):%Y-%m-%dT%H:%M:%S}",
            "comment_status": "closed",
        }

    return {
        target.format(at): page(
            json.dumps([post(each) for each in chunk]), JSON, X_WP_TotalPages=str(len(parts))
        )
        for at, chunk in enumerate(parts, 1)
    }


SITES = pytest.mark.parametrize(
    ("site", "address", "keys"),
    [
        (mastodon, "/", {"search": ["netti"]}),
        (telegram, "/s/netti", {}),
        (hackernews, "/api/v1/search_by_date", {"search": ["netti"]}),
        (wordpress, "/", {"search": ["netti"]}),
    ],
)


@SITES
def test_one_new_post_is_not_worth_all_the_pages(
    tmp_path: Path, site: Callable[[Sequence[int]], dict[str, Answer]], address: str, keys: dict[str, Any]
) -> None:
    db = tmp_path / "arvio.db"

    def night(newest: int, **arguments: Any) -> tuple[int, int]:
        """How many pages were asked for, and how many posts were new, when `newest` was the newest post."""
        server.hits.clear()
        server.pages = dict(site(range(newest, -1, -1)))
        crawl = crawl_in_process(text, db, now=moment(newest) + timedelta(hours=1), **arguments)
        assert crawl.error is None
        (report,) = crawl.report.sources
        assert report.outcome == "ok"
        return server.pages_hit, report.new

    with CrawlServer() as server:
        text = config_text(source("a", site.__name__, server.url(address), **keys), db, server)
        pages, new = night(11)
        assert (pages >= 4, new) == (True, 12)
        assert night(12) == (2, 1)
        # A night that ends too early leaves a gap, which the next one closes.
        assert night(20, max_pages=1) == (1, 3)
        assert night(21) == (4, 6)
    assert rows(db, "SELECT count(*) FROM documents") == [(22,)]


def test_an_edit_of_an_old_wordpress_post_is_seen(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        text = config_text(source("a", "wordpress", server.url("/"), search=["netti"]), db, server)
        for newest, changed in ((11, {}), (12, {0: moment(12)})):
            server.hits.clear()
            server.pages = dict(wordpress(range(newest, -1, -1), changed))
            crawl = crawl_in_process(text, db, now=moment(newest) + timedelta(hours=1))
            assert crawl.error is None
    assert server.pages_hit == 2
    edited = rows(db, "SELECT canonical_id, text FROM documents WHERE text LIKE '%muuttui'")
    assert edited == [("https://blogi.example/0", "Pohjanetti 0 muuttui")]


@pytest.mark.parametrize(
    ("site", "address", "keys"),
    [
        (mastodon, "/", {"search": ["netti"]}),
        (telegram, "/s/netti", {}),
        (hackernews, "/api/v1/search_by_date", {"search": ["netti"]}),
    ],
)
def test_what_lies_deeper_than_the_page_limit_is_not_approached_every_night(
    tmp_path: Path, site: Callable[[Sequence[int]], dict[str, Answer]], address: str, keys: dict[str, Any]
) -> None:
    db = tmp_path / "arvio.db"

    def night(newest: int, max_pages: int) -> tuple[int, int]:
        server.hits.clear()
        server.pages = dict(site(range(newest, -1, -1)))
        each = source("a", site.__name__, server.url(address), max_pages=max_pages, **keys)
        crawl = crawl_in_process(config_text(each, db, server), db, now=moment(newest) + timedelta(hours=1))
        assert crawl.error is None
        (report,) = crawl.report.sources
        assert ("raise max_pages" in report.line) is (newest == 47)
        return server.pages_hit, report.new

    with CrawlServer() as server:
        assert night(29, 4) == (4, 12)
        assert night(30, 4) == (2, 1)
        assert night(31, 4) == (2, 1)
        # More than the limit at once: the night after closes what it can of the gap.
        assert night(47, 4) == (4, 12)
        assert night(48, 6) == (6, 5)
        pages, new = night(49, 30)
        assert (pages >= 17, new) == (True, 19)
        assert night(50, 30) == (2, 1)
    assert rows(db, "SELECT count(*) FROM documents") == [(51,)]


@SITES
def test_a_new_brand_is_looked_for_on_all_pages(
    tmp_path: Path, site: Callable[[Sequence[int]], dict[str, Answer]], address: str, keys: dict[str, Any]
) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer(site(range(11, -1, -1))) as server:
        for brand in ("Arktis", "Pohjanetti"):
            text = config_text(
                source("a", site.__name__, server.url(address), **keys),
                db,
                server,
                brands=f'[[brand]]\nname = "{brand}"\n',
            )
            assert crawl_in_process(text, db, now=moment(12)).error is None
    assert rows(db, "SELECT count(*) FROM documents") == [(12,)]


COMMENT = 'itemscope itemtype="https://schema.org/Comment"'
MESSAGE = f'<div class="viesti" {COMMENT}><p itemprop="text">Pohjanetti {{}}</p></div>'


@pytest.mark.parametrize("unchanged", [False, True])
@pytest.mark.parametrize("kind", ["pages", "reviews"])
def test_new_posts_at_the_end_of_a_thread_are_found(tmp_path: Path, kind: str, unchanged: bool) -> None:
    db = tmp_path / "arvio.db"
    keys = {"item": ".viesti", "next": ".seuraava"} if kind == "pages" else {}

    def night(day: int, posts: int) -> tuple[int, int]:
        """How many pages were asked for, and how many posts were new, of a thread of so many."""
        server.hits.clear()
        parts = chunks(range(posts))
        for at, chunk in enumerate(parts, 1):
            more = f'<a class="seuraava" rel="next" href="/t?sivu={at + 1}"></a>' if at < len(parts) else ""
            messages = "".join(MESSAGE.format(each) for each in chunk)
            server.pages[f"/t?sivu={at}"] = page(
                f"<html>{messages}{more}</html>", ETag=f'"{len(chunk)}{more}"'
            )
        if unchanged and day > 1:
            server.pages["/t?sivu=1"] = page("", status=304)
        crawl = crawl_in_process(text, db, now=FIRST + timedelta(days=day))
        assert crawl.error is None
        (report,) = crawl.report.sources
        assert (report.outcome, report.errors) == ("ok", 0)
        return server.pages_hit, report.new

    with CrawlServer() as server:
        text = config_text(source("a", kind, server.url("/t?sivu=1"), **keys), db, server)
        assert night(1, 10) == (4, 10)
        assert night(2, 11) == (2, 1)
        assert night(3, 11) == (2, 0)
        assert night(4, 14) == (3, 3)
        assert night(5, 17) == (3, 3)


@pytest.mark.parametrize(
    ("behind", "unchanged"),
    [("gone", False), ("gone", True), ("empty", False), ("empty", True), ("first", False)],
)
def test_a_thread_whose_last_page_is_gone_is_read_on_from_its_first(
    tmp_path: Path, behind: str, unchanged: bool
) -> None:
    db = tmp_path / "arvio.db"

    def unless_known(answer: Answer) -> Answer:
        tag = f'"{hash(answer.body)}"'

        def send(handler: Any) -> None:
            known = unchanged and handler.headers["If-None-Match"] == tag
            handler.send_response(304 if known else 200)
            body = b"" if known else answer.body
            for name, value in (("ETag", tag), ("Content-Type", HTML), ("Content-Length", str(len(body)))):
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        return Answer(send=send)

    def night(day: int, *posts: int) -> int:
        server.pages.clear()
        parts = chunks(posts)
        for at, chunk in enumerate(parts, 1):
            more = f'<a rel="next" href="/t?sivu={at + 1}"></a>' if at < len(parts) else ""
            messages = "".join(MESSAGE.format(each) for each in chunk)
            server.pages[f"/t?sivu={at}"] = unless_known(page(f"<html>{messages}{more}</html>"))
        if behind != "gone":
            empty = page("<html><p>Ei viestejä</p></html>")
            last = server.pages["/t?sivu=1"] if behind == "first" else empty
            server.pages[f"/t?sivu={len(parts) + 1}"] = last
        crawl = crawl_in_process(text, db, now=FIRST + timedelta(days=day))
        assert crawl.error is None
        return int(crawl.report.sources[0].new)

    with CrawlServer() as server:
        text = config_text(source("a", "reviews", server.url("/t?sivu=1")), db, server)
        nights = [
            night(1, *range(7)),
            night(2, 0, 1, 2, 4, 8),
            night(3, 0, 1, 2, 4, 8),
            night(4, 0, 1, 2, 4, 8, 9),
        ]
    assert nights == [7, 0, 1, 1]


@pytest.mark.parametrize("kind", ["pages", "reviews"])
def test_a_thread_longer_than_the_page_limit_is_read_to_its_end_night_by_night(
    tmp_path: Path, kind: str
) -> None:
    db = tmp_path / "arvio.db"
    keys = {"item": ".viesti", "next": ".seuraava"} if kind == "pages" else {}

    def night(day: int, posts: range) -> tuple[int, int]:
        server.hits.clear()
        parts = chunks(posts)
        for at, chunk in enumerate(parts, 1):
            more = f'<a class="seuraava" rel="next" href="/t?sivu={at + 1}"></a>' if at < len(parts) else ""
            messages = "".join(MESSAGE.format(each) for each in chunk)
            server.pages[f"/t?sivu={at}"] = page(f"<html>{messages}{more}</html>")
        crawl = crawl_in_process(text, db, now=FIRST + timedelta(days=day))
        assert crawl.error is None
        (report,) = crawl.report.sources
        assert (report.outcome, report.errors) == ("ok", 0)
        assert ("the next night goes on" in report.line) is (day in (1, 2, 6, 7))
        return server.pages_hit, report.new

    with CrawlServer() as server:
        each = source("a", kind, server.url("/t?sivu=1"), max_pages=10, **keys)
        text = config_text(each, db, server)
        assert night(1, range(75)) == (10, 30)
        # The first page, the one at which the night before ended, and those behind it.
        assert night(2, range(75)) == (10, 24)
        assert night(3, range(75)) == (9, 21)
        assert night(4, range(77)) == (3, 2)
        assert night(5, range(77)) == (2, 0)
        # A post at the beginning was deleted, and every page is another.
        assert [night(day, range(1, 78)) for day in (6, 7, 8)] == [(10, 0), (10, 0), (10, 1)]
        assert night(9, range(1, 79)) == (2, 1)
    assert rows(db, "SELECT count(*), count(DISTINCT canonical_id) FROM documents") == [(79, 79)]


def test_more_wordpress_posts_than_the_page_limit_are_read_night_by_night_with_their_comments(
    tmp_path: Path,
) -> None:
    db = tmp_path / "arvio.db"
    route = "/wp-json/wp/v2"

    def night(newest: int) -> tuple[int, int]:
        """Of posts, one a day, each with a comment, one of every four behind a password."""
        server.hits.clear()
        parts = chunks(range(newest, -1, -1))
        for at, chunk in enumerate(parts, 1):
            posts = [
                {
                    "id": each,
                    "link": f"https://blogi.example/{each}",
                    "date_gmt": moment(each).isoformat()[:19],
                    "modified_gmt": moment(each).isoformat()[:19],
                    "content": {"rendered": f"Pohjanetti {each}", "protected": each % 4 == 0},
                }
                for each in chunk
            ]
            answers = [
                {"id": each, "content": {"rendered": f"Netti {each}: Pohjanetti"}}
                for each in chunk
                if each % 4
            ]
            query = f"posts?search=netti&per_page=50&page={at}&orderby=modified&order=desc"
            server.pages[f"{route}/{query}"] = page(json.dumps(posts), JSON, X_WP_TotalPages=str(len(parts)))
            ids = "%2C".join(str(each) for each in chunk if each % 4)
            server.pages[f"{route}/comments?post={ids}&per_page=100&page=1"] = page(json.dumps(answers), JSON)
        crawl = crawl_in_process(text, db, now=moment(newest) + timedelta(hours=1))
        assert crawl.error is None
        (report,) = crawl.report.sources
        assert (report.outcome, report.errors) == ("ok", 0)
        return server.pages_hit, report.new

    with CrawlServer() as server:
        each = source("a", "wordpress", server.url("/"), max_pages=10, search=["netti"])
        text = config_text(each, db, server)
        nights = [night(newest) for newest in range(35, 43)]
    assert max(pages for pages, _ in nights) == 10
    assert [pages < 10 for pages, _ in nights][-2:] == [True, True]
    assert sum(new for _, new in nights) == 43 + 32
    assert rows(db, "SELECT count(*) FROM documents") == [(75,)]
