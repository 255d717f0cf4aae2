"""A sitemap that names only days: a page that changed later on the day it was read on is read again, once."""

from datetime import UTC, datetime
from pathlib import Path

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc><lastmod>2026-11-20</lastmod>'
    "</url></urlset>"
)
ARTICLE = (
    '<html lang="fi"><head><title>Pohjanetti uusii verkon</title></head><article><h1>Pohjanetti uusii verkon</h1>'
    "<p>Pohjanetti uusii verkkonsa koko maassa {}, kertoo yhtiö julkaisemassaan tiedotteessa.</p></article></html>"
)


def test_a_page_is_read_again_after_the_day_it_was_read_on(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages |= {
            "/sitemap.xml": page(SITEMAP.format(server.url("/juttu")), "application/xml"),
            "/juttu": [page(ARTICLE.format(when)) for when in ("ensi vuonna", "jo tänä vuonna")],
        }
        text = config_text(source("a", "sitemap", server.url("/sitemap.xml")), db, server)
        for day in (20, 21, 22):
            crawl = crawl_in_process(text, db, now=datetime(2026, 11, day, 3, tzinfo=UTC))
            assert crawl.report.sources[0].outcome == "ok"
    assert server.hits["/juttu"] == 2
    assert [("jo tänä vuonna" in text) for (text,) in rows(db, "SELECT text FROM documents")] == [True]
