"""Sitemaps: indexes, plain ones and news sitemaps, packed or not; each address is taken as an article."""

from urllib.parse import unquote

from scrapy.http import Response

from crawler.feeds import BadXml, Location, parse_sitemap
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.urls import canonical_url
from store.records import Document


class SitemapSpider(SourceSpider):
    """Takes the articles that a sitemap names, the newest first, as far as the budget reaches; half of it, at most,
    goes to the sitemaps of an index, the last changed first.

    `search` narrows the addresses to those that contain one of its words.
    """

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_sitemap, depth=0)

    def parse_sitemap(self, response: Response, depth: int) -> Output:
        """The articles of a sitemap, or the sitemaps of an index."""
        try:
            sitemaps, locations = parse_sitemap(response.body)
        except BadXml as error:
            raise BadPage(str(error)) from None
        self.listed(response, ())
        if not (sitemaps or locations):
            self.no_items()
        if sitemaps and depth >= (limit := self.run.config.crawl.max_depth):
            raise BadPage(f"more than {limit} indexes lead to one another; raise crawl.max_depth if need be")
        # An index may name more sitemaps than there is budget: the rest of it is for the pages of the newest.
        reach = max(1, self.budget // 2)
        self.state.limited = self.state.limited or len(sitemaps) > reach
        for at, url in enumerate(sitemaps[:reach]):
            yield from self.listing(
                self.link(response, url), self.parse_sitemap, priority=-at, depth=depth + 1
            )
        wanted = [each for each in locations if self._wanted(each.url)]
        for location in sorted(wanted, key=lambda each: each.published or each.modified, reverse=True):
            modified = self.date(location.modified, "sitemap") if location.modified else None
            yield from self.article(
                self.link(response, location.url), modified=modified, fallback=self._document(location)
            )

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
