"""Listing pages read by the CSS selectors of the configuration: forums, comments, front pages."""

from parsel import Selector
from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import number_of, own_words, plain_text
from crawler.urls import canonical_url, with_fragment
from store.encoding import Decoded
from store.records import Document

# What a post quotes: phpBB, XenForo, Invision, MyBB, SMF; vBulletin.
_QUOTES = "blockquote, .bbcode_quote"


class PagesSpider(SourceSpider):
    """Takes every `item` of a page, or with `follow` the page behind its `link`, then goes on to `next`."""

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_page)

    def parse_page(self, response: Response) -> Output:
        """The items of one page. A page that is as it was when all was done has nothing new behind it."""
        body = self.decoded(response)
        page = self.selector(body)
        language = (page.xpath("/html/@lang").get() or "")[:2].lower() or self.source.language
        documents = [
            self._document(item, response, language, doubt=body.doubt)
            for item in self.select(page, self.source.item)
        ]
        found = tuple(self.found(each) for each in documents if each.text or each.title)
        if not found:
            self.no_items()
        same = self.listed(response, found)
        if self.source.follow:
            for each in documents:
                if canonical_url(each.url) == canonical_url(response.url):
                    yield Page((self.found(each),))
                else:
                    yield from self.article(each.url, fallback=each)
        elif found:
            yield Page(found)
        following = self._first(page, self.source.next)
        if following and not same:
            yield from self.listing(self.link(response, following), self.parse_page)

    def _document(
        self, item: Selector, response: Response, page_language: str | None, *, doubt: bool
    ) -> Document:
        source = self.source
        link = self._first(item, source.link or "a::attr(href)") if source.link or source.follow else ""
        url = self.link(response, link) if link else response.url
        language = (item.attrib.get("lang") or "").partition("-")[0].lower() or page_language
        title = self._text(item, source.title)
        # Shops set reviews in quotes, which are the reviewer's own words.
        quotes = "" if source.rating else _QUOTES
        text = self._text(item, source.text, quotes) if source.text else plain_text(item.get() or "")
        rating = number_of(self._first(item, source.rating)) if source.rating else None
        written = self._first(item, source.date)
        return self.document(
            _name(url, response.url),
            url,
            "article" if source.follow else "review" if source.rating else "post",
            title,
            text,
            author=self._text(item, source.author) or None,
            # The page's own dates are in its language, whatever the writer's.
            published=self.date(written, "selector", page_language or language) if written else None,
            language=language,
            rating=rating,
            encoding_doubt=doubt,
        )

    def selector(self, body: Decoded) -> Selector:
        """The page for selecting; NUL would end it for libxml2."""
        return Selector(text=body.text.replace("\x00", "") or "<html/>", type="html")

    def select(self, where: Selector, css: str) -> list[Selector]:
        """What `css` matches. Raises BadPage for a selector that cannot be read."""
        try:
            return list(where.css(css))
        except ValueError as error:  # cssselect's SelectorError among them
            raise BadPage(f"the selector {css!r} cannot be read ({error})") from None

    def _first(self, where: Selector, css: str) -> str:
        found = self.select(where, css) if css else []
        return (found[0].get() or "").strip() if found else ""

    def _text(self, where: Selector, css: str, quotes: str = "") -> str:
        """The whole text of the first element that `css` matches, which is what `::text` is taken to mean.

        What `quotes` matches in it is left out.
        """
        if not css:
            return ""
        element = css.removesuffix("::text") if css.endswith("::text") else css
        if "::" in element:
            return plain_text(" ".join(each.get() for each in self.select(where, element)))
        found = self.select(where, element)
        html = (found[0].get() or "") if found else ""
        return own_words(html, quotes) if quotes else plain_text(html)


def _name(url: str, page: str) -> str:
    """The id of an item at `url` on the listing `page`; empty where the address says no more than that."""
    name = with_fragment(url)
    return name if name.startswith(("http://", "https://")) and name != canonical_url(page) else ""
