"""schema.org reviews, comments and forum posts in JSON-LD and microdata, as far as rel=next leads."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scrapy.http import Response

from crawler.extraction import page_language, parse_html
from crawler.items import Found, Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import Thing, number_of, structured_data, text_of, things
from crawler.urls import with_fragment
from store.records import Document, DocumentKind

if TYPE_CHECKING:
    from lxml.html import HtmlElement

KINDS: dict[str, DocumentKind] = {
    "Review": "review",
    "UserReview": "review",
    "CriticReview": "review",
    "EmployerReview": "review",
    "MediaReview": "review",
    "Comment": "comment",
    "Answer": "comment",
    "CorrectionComment": "comment",
    "DiscussionForumPosting": "post",
    "SocialMediaPosting": "post",
    "Question": "post",
}
_REVIEWED = ("itemReviewed", "about")


class ReviewsSpider(SourceSpider):
    """Takes every review, comment and post that the page marks as such, stars kept."""

    def begin(self) -> Output:
        yield from self.listing(self.source.url, self.parse_reviews)

    def parse_reviews(self, response: Response) -> Output:
        """The opinions of one page; the page after it, unless this one is as it was when all was done."""
        body = self.decoded(response)
        tree = parse_html(body.text)
        if tree is None:
            raise BadPage("the page is empty, or nests too many elements to be read")
        found = tuple(self._opinions(structured_data(tree), response, page_language(tree), doubt=body.doubt))
        if not found:
            self.no_items()
        same = self.listed(response, found)
        if found:
            yield Page(found)
        following = _next_page(tree)
        if following and not same:
            yield from self.listing(self.link(response, following), self.parse_reviews)

    def _opinions(
        self, data: list[object], response: Response, language: str | None, *, doubt: bool
    ) -> Iterator[Found]:
        ids: set[str] = set()
        for thing in things(data):
            kind = next((KINDS[name] for name in sorted(thing.types) if name in KINDS), None)
            if kind is None:
                continue
            document = self._document(thing, kind, response, language, doubt=doubt)
            # A page may carry the same review as JSON-LD and as microdata.
            if (document.text or document.rating is not None) and document.canonical_id not in ids:
                ids.add(document.canonical_id)
                yield self.found(document, _subject(thing))

    def _document(
        self, thing: Thing, kind: DocumentKind, response: Response, language: str | None, *, doubt: bool
    ) -> Document:
        data = thing.data
        text = next((found for key in ("reviewBody", "text", "articleBody", "description")
                     if (found := text_of(data.get(key)))), "")  # fmt: skip
        title = text_of(data.get("headline") or data.get("name"))
        written = text_of(data.get("datePublished") or data.get("dateCreated") or data.get("uploadDate"))
        own = text_of(data.get("inLanguage"))[:2].lower() or None
        stars = _stars(data.get("reviewRating"))
        address = _address(thing, response)
        return self.document(
            with_fragment(address) if address else "",
            address or response.url,
            kind,
            "" if title == text else title,
            text,
            author=text_of(data.get("author")) or None,
            published=self.date(written, "structured data", language or own) if written else None,
            language=own or language,
            rating=number_of(stars.get("ratingValue")) if kind == "review" else None,
            rating_best=number_of(stars.get("bestRating")) or 5.0,
            rating_worst=_worst(stars.get("worstRating")),
            encoding_doubt=doubt,
        )


def _address(thing: Thing, response: Response) -> str:
    """The review's own address, from its id or url, where that is more than the page's."""
    for key in ("@id", "url", "identifier"):
        written = thing.data.get(key)
        value = text_of(written) if isinstance(written, str) else ""
        if not value:
            continue
        try:
            url = response.urljoin(value)
        except ValueError:  # http://[x
            continue
        if url.startswith(("http://", "https://")) and url != response.url:
            return url
    return ""


def _stars(rating: Any) -> Mapping[str, Any]:
    """A schema.org Rating; a bare number is its value."""
    if isinstance(rating, list) and rating:
        rating = rating[0]
    return rating if isinstance(rating, Mapping) else {"ratingValue": rating}


def _worst(value: object) -> float:
    found = number_of(value)
    return 1.0 if found is None else found


def _subject(thing: Thing) -> str:
    """What a review is about: its itemReviewed, or the thing that carries it."""
    for key in _REVIEWED:
        name = text_of(thing.data.get(key))
        if name:
            return name
    owner = thing.owner
    while owner is not None and owner.types & KINDS.keys():
        owner = owner.owner
    return text_of(owner.data.get("name")) if owner is not None and "WebPage" not in owner.types else ""


def _next_page(tree: "HtmlElement") -> str:
    for path in (".//link[@rel]", ".//a[@rel]"):
        for element in tree.iterfind(path):
            if "next" in element.get("rel").lower().split() and element.get("href"):
                return str(element.get("href"))
    return ""
