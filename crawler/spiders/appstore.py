"""Customer reviews of an app in Apple's store: the feed's XML form, which carries the stars."""

from typing import Any

from scrapy.http import Response

from crawler.feeds import BadXml, checked_xml
from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import number_of, plain_text
from store.records import Document

_ATOM = "{http://www.w3.org/2005/Atom}"
_APPLE = "{http://itunes.apple.com/rss}"


class AppstoreSpider(SourceSpider):
    """Takes the reviews of `…/rss/customerreviews/…/xml`; `about` names the brand whose app it is."""

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_reviews)

    def parse_reviews(self, response: Response) -> Output:
        """One page of reviews; the last page's rel=next leads to itself."""
        from lxml import etree

        try:
            body = checked_xml(response.body)
        except BadXml as error:
            raise BadPage(str(error)) from None
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
        if root is None or root.tag != f"{_ATOM}feed":
            raise BadPage("the document is no feed of customer reviews")
        name = _text(root.find(f".//{_APPLE}name"))
        entries = [
            each for each in root.iterfind(f"{_ATOM}entry") if each.find(f"{_APPLE}rating") is not None
        ]
        found = tuple(self.found(self._document(each), name) for each in entries)
        if not found:
            self.no_items()
        same = self.listed(response, found)
        if found:
            yield Page(found)
        links = {each.get("rel"): each.get("href") for each in root.iterfind(f"{_ATOM}link")}
        if links.get("next") and links["next"] != links.get("self") and found and not same:
            yield from self.listing(self.link(response, links["next"]), self.parse_reviews)

    def _document(self, entry: Any) -> Document:
        contents = [each for each in entry.iterfind(f"{_ATOM}content") if each.get("type", "text") == "text"]
        return self.document(
            f"appstore:{_text(entry.find(f'{_ATOM}id'))}",
            self.source.url,
            "review",
            plain_text(_text(entry.find(f"{_ATOM}title"))),
            plain_text(_text(contents[0])) if contents else "",
            author=_text(entry.find(f"{_ATOM}author/{_ATOM}name")) or None,
            published=self.date(_text(entry.find(f"{_ATOM}updated")), "feed"),
            rating=number_of(_text(entry.find(f"{_APPLE}rating"))),
        )


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""
