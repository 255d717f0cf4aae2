"""Sitemaps: indexes, plain ones and news sitemaps, packed or not; each address is taken as an article."""

from collections.abc import Sequence
from urllib.parse import unquote

from scrapy.http import Response

from crawler.feeds import BadXml, Location, parse_sitemap
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.urls import canonical_url
from store.records import Document


class SitemapSpider(SourceSpider):
    """Takes the articles that a sitemap names, the newest first, as far as the budget reaches. Of the sitemaps of an
    index, the last changed go first, at half of the budget at most; then the next ones at half of what is left.

    `search` narrows the addresses to those that contain one of its words.
    """

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_sitemap, depth=0)

    def parse_sitemap(self, response: Response, depth: int, rest: Sequence[str] = ()) -> Output:
        """The articles of a sitemap, or the sitemaps of an index; then the `rest` of the index that named it."""
        try:
            sitemaps, locations = parse_sitemap(response.body)
        except BadXml as error:
            yield from self._sitemaps(rest, depth)
            raise BadPage(str(error)) from None
        self.listed(response, ())
        if not (sitemaps or locations):
            self.no_items()
        if sitemaps and depth >= (limit := self.run.config.crawl.max_depth):
            raise BadPage(f"more than {limit} indexes lead to one another; raise crawl.max_depth if need be")
        yield from self._sitemaps([self.link(response, url) for url in sitemaps], depth + 1)
        wanted = [each for each in locations if self._wanted(each.url)]
        for location in sorted(wanted, key=lambda each: each.published or each.modified, reverse=True):
            modified = self.date(location.modified, "sitemap") if location.modified else None
            yield from self.article(
                self.link(response, location.url), modified=modified, fallback=self._document(location)
            )

        yield from self._sitemaps(rest, depth)

    def _sitemaps(self, urls: Sequence[str], depth: int) -> Output:
        """Ask for sitemaps at half of the budget, which leaves the pages of the newest as much; the last leads on."""
        reach = max(1, self.budget // 2)
        for at, url in enumerate(urls[:reach], 1):
            if at == reach and urls[reach:]:
                yield from self.part(url, self.parse_sitemap, priority=-at, depth=depth, rest=urls[reach:])
            else:
                yield from self.listing(url, self.parse_sitemap, priority=-at, depth=depth)

    def _wanted(self, url: str) -> bool:
        # Slugs in Armenian letters, or with ä, are written in percents; a word may be copied from either form.
        return not self.source.search or any(
            word in form for word in self.source.search for form in (url, unquote(url))
        )

    def _document(self, location: Location) -> Document:
        address = canonical_url(location.url)
        published = self.date(location.published, "sitemap") if location.published else None
        return self.document(
            address, address, "article", location.title, "", published=published, language=location.language
        )
