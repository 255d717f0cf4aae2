"""schema.org reviews, comments and forum posts in JSON-LD and microdata, as far as rel=next or `next` leads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parsel import Selector
from scrapy.http import Response

from crawler.extraction import page_language, parse_html
from crawler.items import Found
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import Thing, number_of, rating_of, structured_data, text_of, things, types_of
from crawler.urls import joined, with_fragment
from store.records import Document, DocumentKind
from store.text import normal_form

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
        yield from self.page_of_list(self.source.url, self.parse_reviews)
        yield from self.where_it_stopped(self.parse_reviews)

    def parse_reviews(self, response: Response) -> Output:
        """The opinions of one page; then the page after it, as in kind pages."""
        body = self.decoded(response)
        tree = parse_html(body.text)
        if tree is None:
            raise BadPage("the page is empty, or nests too many elements to be read")
        data, language = structured_data(tree), page_language(tree)
        pages = {response.url, self.link(response, _canonical(tree) or response.url)}
        opinions = tuple(self._opinions(data, response, pages, language, doubt=body.doubt))
        scaled = self.on_one_scale([each.document for each in opinions])
        found = tuple(replace(each, document=own) for each, own in zip(opinions, scaled, strict=True))
        following = self.address(Selector(root=tree), self.source.next) or _next_page(tree)
        yield from self.items_of_list(response, found, following, self.parse_reviews)

    def _opinions(
        self, data: list[object], response: Response, pages: set[str], language: str | None, *, doubt: bool
    ) -> Iterator[Found]:
        """Each opinion once; `pages` are the addresses of the page itself."""
        opinions = [
            (thing, kind, *_name(thing, response, pages))
            for thing in things(data)
            if (kind := _kind(thing)) and not self._answers_for_the_reviewed(thing, kind)
        ]
        shared = _shared((name, _text(thing)) for thing, _, name, _ in opinions)
        ids: set[str] = set()
        for thing, kind, name, address in opinions:
            if name in shared:
                name, address = "", response.url
            document = self._document(thing, kind, name, address, language, doubt=doubt)
            # A page may carry the same review as JSON-LD and as microdata.
            if (document.text or document.rating is not None) and document.canonical_id not in ids:
                ids.add(document.canonical_id)
                yield self.found(document, _subject(thing))

    def _answers_for_the_reviewed(self, thing: Thing, kind: DocumentKind) -> bool:
        """Whether `thing` is what a shop answers under a review: by an organisation, or in the name of what is
        reviewed, or of a brand. A person may be called as another brand is (Elisa).
        """
        owner = thing.owner
        while owner is not None and _kind(owner) != "review":
            owner = owner.owner
        if kind != "comment" or owner is None:
            return False
        author = thing.data.get("author")
        types = types_of(author) if isinstance(author, Mapping) else frozenset()
        brands = self.run.subjects
        name, about = normal_form(text_of(author)), normal_form(_subject(owner))
        brand, reviewed = brands.get(name), brands.get(about) or brands.get(normal_form(self.source.about))
        other_person = "Person" in types and reviewed is not None and brand != reviewed
        return bool(types - {"Person", "Thing"}) or name == about or (brand is not None and not other_person)

    def _document(
        self, thing: Thing, kind: DocumentKind, name: str, address: str, language: str | None, *, doubt: bool
    ) -> Document:
        data = thing.data
        text = _text(thing)
        title = text_of(data.get("headline") or data.get("name"))
        written = text_of(data.get("datePublished") or data.get("dateCreated") or data.get("uploadDate"))
        own = text_of(data.get("inLanguage"))[:2].lower() or None
        stars = _stars(data.get("reviewRating"))
        rating, best = rating_of(stars.get("ratingValue"))
        if declared := number_of(stars.get("bestRating")):
            rating, best = number_of(stars.get("ratingValue")), declared
        return self.document(
            with_fragment(name) if name else "",
            address,
            kind,
            "" if title == text else title,
            text,
            author=text_of(data.get("author")) or None,
            published=self.date(written, "structured data", language or own) if written else None,
            language=own or language,
            rating=rating if kind == "review" else None,
            rating_best=best,
            rating_worst=_worst(stars.get("worstRating")),
            encoding_doubt=doubt,
        )


def _kind(thing: Thing) -> DocumentKind | None:
    return next((KINDS[name] for name in sorted(thing.types) if name in KINDS), None)


def _text(thing: Thing) -> str:
    keys = ("reviewBody", "text", "articleBody", "description")
    return next((found for key in keys if (found := text_of(thing.data.get(key)))), "")


def _name(thing: Thing, response: Response, pages: set[str]) -> tuple[str, str]:
    """The address that names an opinion, where that is more than its page's, and the one where a reader finds it."""
    others = {*pages, *_addresses_of_subject(thing, response.url)}
    for key in ("@id", "url", "identifier"):
        written = thing.data.get(key)
        value = text_of(written) if isinstance(written, str) else ""
        if not value or value.startswith("_:"):  # a blank node, numbered anew on every page
            continue
        try:
            url = response.urljoin(value)
        except ValueError:  # http://[x
            continue
        if url.startswith(("http://", "https://")) and url not in others:
            leads_there = key != "identifier" or value.startswith(("http://", "https://"))
            return url, url if leads_there else response.url
    return "", response.url


def _addresses_of_subject(thing: Thing, page: str) -> Iterator[str]:
    """The addresses of what `thing` is about or stands in: reviews give their product's as their own."""
    owner, abouts = thing.owner, [thing.data.get(key) for key in _REVIEWED]
    while owner is not None:
        abouts.append(owner.data)
        owner = owner.owner
    for about in abouts:
        for node in about if isinstance(about, list) else [about]:
            for written in (node.get("@id"), node.get("url")) if isinstance(node, Mapping) else ():
                if written and isinstance(written, str):
                    yield joined(page, written)


def _shared(named: Iterable[tuple[str, str]]) -> set[str]:
    """The names of (name, text) pairs that stand beside different texts: the product's, or the thread's."""
    texts: dict[str, set[str]] = {}
    for name, text in named:
        if text:
            texts.setdefault(name, set()).add(" ".join(text.split()))
    return {name for name, different in texts.items() if len(different) > 1}


def _stars(rating: Any) -> Mapping[str, Any]:
    """A schema.org Rating; a bare number is its value."""
    if isinstance(rating, list) and rating:
        rating = rating[0]
    return rating if isinstance(rating, Mapping) else {"ratingValue": rating}


def _worst(value: object) -> float:
    found = number_of(value)
    return 1.0 if found is None else found


def _subject(thing: Thing) -> str:
    """What a review is about: its itemReviewed, or the nearest thing with a name that carries it."""
    for key in _REVIEWED:
        name = text_of(thing.data.get(key))
        if name:
            return name
    owner = thing.owner
    while owner is not None and (owner.types & KINDS.keys() or not text_of(owner.data.get("name"))):
        owner = owner.owner
    return text_of(owner.data.get("name")) if owner is not None and "WebPage" not in owner.types else ""


def _canonical(tree: "HtmlElement") -> str:
    link = tree.find(".//link[@rel='canonical']")
    return str(link.get("href") or "") if link is not None else ""


def _next_page(tree: "HtmlElement") -> str:
    for path in (".//link[@rel]", ".//a[@rel]"):
        for element in tree.iterfind(path):
            if "next" in element.get("rel").lower().split() and element.get("href"):
                return str(element.get("href"))
    return ""
