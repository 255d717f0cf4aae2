"""Hacker News by Algolia's search."""

from typing import Any
from urllib.parse import urlencode

from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import text_of
from store.records import Document


class HackernewsSpider(SourceSpider):
    """Searches stories and comments for `search`, or for the brands; `url` is the search_by_date route."""

    backwards = True

    def begin(self) -> Output:
        for word in self.source.search or [brand.name for brand in self.run.config.brand]:
            yield from self.listing(self._route(word, 0), self.parse_hits, word=word, page=0)

    def _route(self, word: str, page: int) -> str:
        query = {"query": f'"{word}"', "tags": "(story,comment)", "hitsPerPage": 100, "page": page}
        return f"{self.source.url.partition('?')[0]}?{urlencode(query)}"

    def parse_hits(self, response: Response, word: str, page: int) -> Output:
        """One page of hits."""
        value = self.json(response)
        hits = value.get("hits") if isinstance(value, dict) else None
        if not isinstance(hits, list):
            raise BadPage("the answer is not Algolia's")
        documents = [self._document(each) for each in hits if isinstance(each, dict) and each.get("objectID")]
        found = tuple(self.found(each) for each in documents if each.text or each.title)
        same = self.listed(response, found)
        if found:
            yield Page(found)
        pages = value.get("nbPages")
        more = isinstance(pages, int) and page + 1 < pages
        if more and not same and not self.dealt_with(self._route(word, 0), found):
            yield from self.listing(self._route(word, page + 1), self.parse_hits, word=word, page=page + 1)

    def _document(self, hit: dict[str, Any]) -> Document:
        comment = text_of(hit.get("comment_text"))
        return self.document(
            str(hit["objectID"]),
            f"https://news.ycombinator.com/item?id={hit['objectID']}",
            "comment" if comment else "post",
            "" if comment else text_of(hit.get("title")),
            comment or text_of(hit.get("story_text")),
            author=text_of(hit.get("author")) or None,
            published=self.date(str(hit.get("created_at") or ""), "api"),
            language="en",
        )
