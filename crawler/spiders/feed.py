"""RSS, Atom and JSON Feed, with or without the page behind each entry."""

from collections.abc import Callable, Iterable

from scrapy.http import Response

from crawler.feeds import BadXml, Entry, parse_feed
from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.urls import canonical_url, with_fragment
from store.records import Document


class FeedSpider(SourceSpider):
    """Takes each entry of the feed, or with `follow` the page it leads to."""

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_feed)

    def parse_feed(self, response: Response) -> Output:
        """The entries; pages dealt with before are asked for only when the feed says that they changed."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            entries = parse_feed(response.body, response.url, content_type)
        except BadXml as error:
            raise BadPage(str(error)) from None
        entries = [entry for entry in entries if entry.title or entry.text]
        named, pages = _shared(entries, with_fragment), _shared(entries, canonical_url)
        owning = [with_fragment(entry.url) not in named and not self._has_a_name(entry) for entry in entries]
        documents = [self._document(entry, own=own) for entry, own in zip(entries, owning, strict=True)]
        found = tuple(self.found(document) for document in documents)
        self.listed(response, found)
        if not found:
            self.no_items()
        if not self.source.follow:
            yield Page(found)
            return
        for entry, own, document in zip(entries, owning, documents, strict=True):
            if not entry.url or not own or canonical_url(entry.url) in pages:
                yield Page((self.found(document),))
                continue
            updated = self.date(entry.updated, "feed") if entry.updated else None
            yield from self.article(entry.url, modified=updated, fallback=document)

    def _has_a_name(self, entry: Entry) -> bool:
        """Whether the entry is stored by its id: others led to its address too, and have left the feed since."""
        return entry.id != entry.url and self.run.store.has_document(self.source.name, entry.id)

    def _document(self, entry: Entry, *, own: bool) -> Document:
        """The entry's document, named by its address where that is its `own`."""
        address = with_fragment(entry.url) if entry.url and own else ""
        name = entry.id if entry.id != entry.url else ""
        return self.document(
            address or name,
            entry.url or self.source.url,
            "article",
            entry.title,
            entry.text,
            author=entry.author,
            published=self.date(entry.published, "feed"),
            language=(entry.language or "")[:2].lower() or None,
            encoding_doubt=entry.encoding_doubt,
        )


def _shared(entries: Iterable[Entry], name: Callable[[str], str]) -> set[str]:
    """The names of addresses that several entries lead to, as all of a podcast's may lead to its front page."""
    at: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        if entry.url:
            at.setdefault(name(entry.url), set()).add((entry.id, entry.title))
    return {address for address, different in at.items() if len(different) > 1}
