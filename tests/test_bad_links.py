"""Links that are no web addresses: each is counted, and what stands beside and behind it is still read."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.feeds import parse_feed
from tests.crawl_server import JSON, RSS, CrawlServer, config_text, crawl_in_process, page, rows, source

BAD = [
    "mailto:toimitus@lehti.example",
    "tel:+358401234567",
    "javascript:void(0)",
    "http://[bad",
    "http://a:x/",
]
ARTICLE = page(
    '<html lang="fi"><head><title>Pohjanetti uusii verkon</title><link rel="canonical" href="http://[bad"></head>'
    "<article><h1>Pohjanetti uusii verkon</h1><p>Pohjanetti uusii verkkonsa koko maassa ensi vuonna, "
    "kertoo yhtiö torstaina julkaisemassaan tiedotteessa.</p></article></html>"
)


def listing(links: list[str], following: str = "") -> str:
    items = "".join(
        f'<article><p>Pohjanetti, viesti {at}.</p><a href="{link}">Lue</a></article>'
        for at, link in enumerate(links)
    )
    return f'<html lang="fi">{items}<a rel="next" href="{following}">2</a></html>'


@pytest.mark.parametrize("bad", BAD)
def test_a_listing_is_read_on_behind_a_bad_link(tmp_path: Path, bad: str) -> None:
    db = tmp_path / "arvio.db"
    keys = {
        "item": "article", "text": "p", "link": "a::attr(href)", "next": "a[rel=next]::attr(href)",
        "follow": True, "max_pages": 4,
    }  # fmt: skip
    with CrawlServer() as server:
        server.pages |= {
            "/1": page(listing([bad, "/a"], "/2"), ETag='"1"'),
            "/2": page(listing(["/b"], bad)),
            "/a": ARTICLE,
            "/b": ARTICLE,
        }
        text = config_text(source("a", "pages", server.url("/1"), **keys), db, server)
        crawl = crawl_in_process(text, db)
        crawl_in_process(text, db)
    assert crawl.error is None
    (report,) = crawl.report.sources
    assert (report.outcome, report.pages, report.new) == ("ok", 4, 2)
    assert "a link is no web address" in report.reason
    assert "page limit" not in report.reason
    assert rows(db, "SELECT count(*) FROM mentions") == [(2,)]
    # Asking again on the next night would not mend it: the listing counts as dealt with.
    assert [headers for _, target, headers in server.log if target == "/1"][1]["If-None-Match"] == '"1"'


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("kind", ["feed", "sitemap", "wordpress"])
def test_what_stands_behind_a_bad_link_is_read(tmp_path: Path, kind: str, bad: str) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        good = server.url("/a")
        entries = [{"id": each, "title": "Pohjanetti", "url": each} for each in (bad, good)]
        posts = [
            {"id": at, "link": each, "title": {"rendered": "Pohjanetti"}}
            for at, each in enumerate((bad, good))
        ]
        locations = "".join(f"<url><loc>{each}</loc></url>" for each in (bad, good))
        target, body, type = {
            "feed": ("/feed", json.dumps({"version": "1", "items": entries}), JSON),
            "sitemap": ("/sitemap.xml", f"<urlset>{locations}</urlset>", RSS),
            "wordpress": (
                "/wp-json/wp/v2/posts?search=Pohjanetti&per_page=50&page=1&orderby=modified&order=desc",
                json.dumps(posts),
                JSON,
            ),
        }[kind]  # fmt: skip
        server.pages |= {target: page(body, type), "/a": ARTICLE}
        of_kind: dict[str, dict[str, Any]] = {
            "feed": {"follow": True},
            "wordpress": {"search": ["Pohjanetti"]},
        }
        place = server.url("/" if kind == "wordpress" else target)
        crawl = crawl_in_process(
            config_text(source("a", kind, place, **of_kind.get(kind, {})), db, server), db
        )
    assert crawl.error is None
    assert not any("while reading a page" in each.reason for each in crawl.report.sources)
    assert (good,) in rows(db, "SELECT canonical_id FROM documents")


def test_posts_whose_links_are_scripts_are_each_a_document(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    keys = {"item": "article", "text": "p", "link": "a::attr(href)"}
    with CrawlServer({"/1": page(listing(["javascript:void(0)"] * 3))}) as server:
        crawl = crawl_in_process(config_text(source("a", "pages", server.url("/1"), **keys), db, server), db)
    assert crawl.error is None
    assert rows(db, "SELECT count(*) FROM documents") == [(3,)]


def test_a_json_feed_is_read_on_behind_a_bad_address() -> None:
    items = [{"id": "1", "title": "x", "url": "http://[bad"}, {"id": "2", "title": "y", "url": "/a"}]
    found = parse_feed(json.dumps({"version": "1", "items": items}).encode(), "https://lehti.example/feed")
    assert [each.url for each in found] == ["http://[bad", "https://lehti.example/a"]


def test_a_review_whose_address_is_none_is_named_by_its_content(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    reviews = [
        {"@type": "Review", "@id": each, "reviewBody": f"Pohjanetti {each}"} for each in ("http://[bad", "#2")
    ]
    body = f'<script type="application/ld+json">{json.dumps(reviews)}</script>'
    with CrawlServer({"/r": page(body)}) as server:
        crawl = crawl_in_process(config_text(source("a", "reviews", server.url("/r")), db, server), db)
    assert crawl.error is None
    assert rows(db, "SELECT substr(canonical_id, 1, 7) FROM documents ORDER BY 1") == [
        ("http://",),
        ("sha256:",),
    ]
