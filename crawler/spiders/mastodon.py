"""Mastodon: the public timeline of a tag on one server."""

from typing import Any
from urllib.parse import quote, urlencode

from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import text_of
from store.records import Document

LIMIT = 40


class MastodonSpider(SourceSpider):
    """Reads the tags in `search`, or those of the brands' names, on the server at `url`."""

    backwards = True

    def begin(self) -> Output:
        for tag in self.source.search or [brand.name for brand in self.run.config.brand]:
            name = "".join(letter for letter in tag if letter.isalnum() or letter == "_")
            yield from self.listing(self._route(name), self.parse_statuses, tag=name)

    def _route(self, tag: str, **query: object) -> str:
        root = self.source.url.rstrip("/")
        return f"{root}/api/v1/timelines/tag/{quote(tag)}?{urlencode({'limit': LIMIT, **query})}"

    def parse_statuses(self, response: Response, tag: str) -> Output:
        """One page of statuses, the older ones by `max_id`."""
        statuses = self.json(response)
        if not isinstance(statuses, list):
            raise BadPage("the answer is not Mastodon's; the server may ask for a login")
        statuses = [each for each in statuses if isinstance(each, dict) and each.get("id")]
        found = tuple(self.found(self._document(each)) for each in statuses if text_of(each.get("content")))
        same = self.listed(response, found)
        if found:
            yield Page(found)
        if statuses and not same and not self.dealt_with(self._route(tag), found):
            yield from self.listing(self._route(tag, max_id=statuses[-1]["id"]), self.parse_statuses, tag=tag)

    def _document(self, status: dict[str, Any]) -> Document:
        account = status.get("account")
        return self.document(
            str(status.get("uri") or status["id"]),
            str(status.get("url") or status.get("uri") or ""),
            "post",
            text_of(status.get("spoiler_text")),
            text_of(status.get("content")),
            author=text_of(account.get("acct")) or None if isinstance(account, dict) else None,
            published=self.date(str(status.get("created_at") or ""), "api"),
            language=text_of(status.get("language"))[:2] or None,
        )
