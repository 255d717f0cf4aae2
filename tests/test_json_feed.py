"""JSON Feed as sites write it: lists where one word is expected, numbers for names."""

import json
from pathlib import Path

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

ITEMS = [
    {"id": 5, "url": "/5", "content_text": "Pohjanetti toimii.", "language": ["fi"], "authors": "Matti"},
    {"id": "6", "url": "/6", "content_text": "Pohjanetti pätkii.", "author": {"name": 7}, "language": 8},
    {"id": "7", "url": "/7", "content_text": "Pohjanetti maksaa.", "authors": [{"name": ["Maija"]}]},
]


def test_a_feed_with_odd_values_is_read_whole(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Netti", "items": ITEMS}
    with CrawlServer({"/feed.json": page(json.dumps(feed), "application/feed+json")}) as server:
        text = config_text(source("a", "feed", server.url("/feed.json"), language="fi"), db, server)
        (report,) = crawl_in_process(text, db).report.sources
    assert (report.outcome, report.new, report.errors) == ("ok", 3, 0)
    assert rows(db, "SELECT count(author) FROM documents") == [(3,)]
