"""Real feeds and article pages, where they are at hand: titles, dates and bodies agree with what a reader
gets."""

import gzip
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.extraction import extract_article
from crawler.feeds import parse_feed
from store.dates import parse_date

SHARED = Path(os.environ.get("ARVIO_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "pages"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the real pages are not at hand ({SHARED}); set ARVIO_SHARED to their folder"
)


def _pages() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for answers in sorted((SHARED / "articles").glob("*.json")):
        pages = sorted(SHARED.glob(f"articles/{answers.stem}_*.html.gz"))
        found += list(zip(pages, json.loads(answers.read_text()).values(), strict=True))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def test_each_feed_yields_its_entries_with_titles_and_dates() -> None:
    feeds = sorted(SHARED.glob("feeds/*.xml"))
    assert feeds
    for path in feeds:
        body = path.read_bytes()
        entries = parse_feed(body, "https://www.youtube.com/feeds/videos.xml")
        assert len(entries) == body.count(b"<entry>"), path.name
        for entry in entries:
            date = parse_date(entry.published, "hy", NOW)
            assert entry.title.strip(), path.name
            assert date is not None and date.precision == "second" and not date.doubt, path.name
            written = re.search(rb"<published>(" + date.utc[:19].encode() + rb")\+00:00", body)
            assert written, f"{path.name}: {date.utc}"


def test_each_article_yields_title_date_and_body() -> None:
    titles, dates, bodies = [], [], []
    for path, answer in _pages():
        article = extract_article(gzip.decompress(path.read_bytes()).decode(), "https://news.example/a", NOW)
        titles.append(article.title == answer["title"])
        written = datetime.fromisoformat(answer["publishing_date"])
        day = (written.astimezone(UTC) if written.tzinfo else written).date().isoformat()
        dates.append(article.published is not None and article.published.utc[:10] == day)
        sections = answer["body"]["sections"]
        paragraphs = [text for section in sections for text in (*section["headline"], *section["paragraphs"])]
        words = _words(" ".join([*answer["body"]["summary"], *paragraphs]))
        have = set(_words(article.text))
        bodies.append(sum(word in have for word in words) / len(words) >= 0.8)
    assert all(dates)
    assert sum(titles) >= 0.9 * len(titles)
    assert sum(bodies) >= 0.9 * len(bodies)
