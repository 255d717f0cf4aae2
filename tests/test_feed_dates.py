"""Dates of feeds: a time without a zone is the source's own, a day is a day, and a moment is what it says."""

from pathlib import Path

from tests.crawl_server import RSS, CrawlServer, config_text, crawl_in_process, page, rows, source

DATES = {
    "2026-11-23 10:00:00": ("2026-11-23T08:00:00Z", "second"),
    "2026-11-23T10:00:00.000": ("2026-11-23T08:00:00Z", "second"),
    "Mon, 23 Nov 2026 10:00:00": ("2026-11-23T08:00:00Z", "second"),
    "Mon, 23 Nov 2026 10:00:00 EET": ("2026-11-23T08:00:00Z", "second"),
    "Wed, 22 Jul 2026 10:00:00 EEST": ("2026-07-22T07:00:00Z", "second"),
    "2026-11-23": ("2026-11-23T00:00:00Z", "day"),
    "23.11.2026 klo 10.00": ("2026-11-23T08:00:00Z", "minute"),
    "Mon, 23 Nov 2026 10:00:00 GMT": ("2026-11-23T10:00:00Z", "second"),
    "Mon, 23 Nov 2026 10:00:00 -0000": ("2026-11-23T10:00:00Z", "second"),
    "Mon, 23 Nov 2026 10:00:00 +04:00": ("2026-11-23T06:00:00Z", "second"),
    "2026-11-23T10:00:00Z": ("2026-11-23T10:00:00Z", "second"),
    "Mon, 23 Nov 2026 10:00:00 EST": ("2026-11-23T15:00:00Z", "second"),
}


def test_a_feed_without_time_zones_is_in_that_of_its_source(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    items = "".join(
        f"<item><title>Pohjanetti {at}</title><guid>g{at:02}</guid><pubDate>{date}</pubDate></item>"
        for at, date in enumerate(DATES)
    )
    with CrawlServer() as server:
        server.pages["/rss"] = page(
            f'<rss version="2.0"><channel><title>Uutiset</title>{items}</channel></rss>', RSS
        )
        text = config_text(source("a", "feed", server.url("/rss"), language="fi"), db, server)
        assert crawl_in_process(text, db).error is None
    found = rows(db, "SELECT published_at, date_precision FROM documents ORDER BY canonical_id")
    assert dict(zip(DATES, found, strict=True)) == DATES
