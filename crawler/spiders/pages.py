"""Listing pages read by the CSS selectors of the configuration: forums, comments, front pages."""

from parsel import Selector
from scrapy.http import Response

from crawler.extraction import language_code
from crawler.items import Page
from crawler.spiders.base import Output, SourceSpider
from crawler.structured import own_words, plain_text, rating_of, rating_shown
from crawler.urls import canonical_url, with_fragment
from store.dates import ParsedDate
from store.encoding import Decoded
from store.records import Document

# What a post quotes: phpBB, XenForo, Invision, MyBB, SMF; vBulletin.
_QUOTES = "blockquote, .bbcode_quote"


class PagesSpider(SourceSpider):
    """Takes every `item` of a page, or with `follow` the page behind its `link`, then goes on to `next`."""

    def begin(self) -> Output:
        yield from self.page_of_list(self.source.url, self.parse_page)
        yield from self.where_it_stopped(self.parse_page)

    def parse_page(self, response: Response) -> Output:
        """The items of one page.

        Behind a page that is as it was when all was done, what is new stands where the list ended then. One without
        items, or with those of a page before it, is behind the end.
        """
        body = self.decoded(response)
        page = self.selector(body)
        language = language_code(page.xpath("/html/@lang").get() or "") or self.source.language
        documents = [
            self._document(item, response, language, doubt=body.doubt)
            for item in self.select(page, self.source.item)
        ]
        documents = self.on_one_scale(documents)
        found = tuple(self.found(each) for each in documents if each.text or each.title)
        if not found:
            self.no_items()
        same = self.listed(response, found)
        behind = not documents or self.repeated()
        if self.source.follow:
            for each in documents:
                if canonical_url(each.url) == canonical_url(response.url):
                    yield Page((self.found(each),))
                else:
                    yield from self.article(each.url, fallback=each)
        elif found:
            yield Page(found)
        yield from self.go_on(response, self.address(page, self.source.next), self.parse_page, same, behind)

    def _document(
        self, item: Selector, response: Response, page_language: str | None, *, doubt: bool
    ) -> Document:
        source = self.source
        link = self.address(item, source.link or "a::attr(href)") if source.link or source.follow else ""
        url = self.link(response, link) if link else response.url
        language = language_code(item.attrib.get("lang") or "") or page_language
        title = self._text(item, source.title)
        # Shops set reviews in quotes, which are the reviewer's own words.
        quotes = "" if source.rating else _QUOTES
        text = self._text(item, source.text, quotes) if source.text else plain_text(item.get() or "")
        rating, best = self._rating(item)
        return self.document(
            name_of(url, response.url),
            url,
            "article" if source.follow else "review" if source.rating else "post",
            title,
            text,
            author=self._text(item, source.author) or None,
            # The page's own dates are in its language, whatever the writer's.
            published=self._published(item, page_language or language),
            language=language,
            rating=rating,
            rating_best=best,
            encoding_doubt=doubt,
        )

    def _rating(self, item: Selector) -> tuple[float | None, float]:
        css = self.source.rating
        element = css.removesuffix("::text")
        if not css or "::" in element:
            return rating_of(self._text(item, css))
        found = self.select(item, element)
        return rating_shown(found[0].get() or "") if found else (None, 5.0)

    def _published(self, item: Selector, language: str | None) -> ParsedDate | None:
        """The date of an item; that of the element's `datetime` or `title` goes before what is written for readers."""
        css = self.source.date
        element = css.removesuffix("::text")
        if "::" in element:
            written = [self.first(item, css)]
        else:
            found = self.select(item, element)[:1] if css else []
            hidden = [each.xpath(f".//@{name}").get("") for each in found for name in ("datetime", "title")]
            written = [*hidden, self._text(item, css), self.first(item, css)]
        for each in written:
            if each and (date := self.date(each, "selector", language)):
                return date
        return None

    def selector(self, body: Decoded) -> Selector:
        """The page for selecting; NUL would end it for libxml2."""
        return Selector(text=body.text.replace("\x00", "") or "<html/>", type="html")

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


def name_of(url: str, page: str) -> str:
    """The id of an item at `url` on the listing `page`; empty where the address says no more than that."""
    name = with_fragment(url)
    return name if name.startswith(("http://", "https://")) and name != canonical_url(page) else ""
