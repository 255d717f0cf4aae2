"""One spider for each kind of source; imported only when a crawl begins."""

from importlib import import_module
from typing import TYPE_CHECKING

from crawler.config import SourceKind

if TYPE_CHECKING:
    from crawler.spiders.base import SourceSpider

_CLASSES: dict[SourceKind, str] = {
    "feed": "FeedSpider",
    "sitemap": "SitemapSpider",
    "pages": "PagesSpider",
    "reviews": "ReviewsSpider",
    "json": "JsonSpider",
    "wordpress": "WordpressSpider",
    "discourse": "DiscourseSpider",
    "telegram": "TelegramSpider",
    "mastodon": "MastodonSpider",
    "hackernews": "HackernewsSpider",
    "appstore": "AppstoreSpider",
    "file": "FileSpider",
    "warc": "WarcSpider",
}


def spider_for(kind: SourceKind) -> "type[SourceSpider]":
    """The spider class of a kind of source."""
    found: type[SourceSpider] = getattr(import_module(f"crawler.spiders.{kind}"), _CLASSES[kind])
    return found
