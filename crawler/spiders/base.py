"""What all spiders share: requests within the budget, articles, the table of seen pages, errors."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from parsel import Selector
from scrapy import Spider, signals
from scrapy.http import Request, Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.config import SourceConfig
from crawler.context import RunContext, SourceState
from crawler.extraction import Article, extract_article
from crawler.guards import Refused
from crawler.health import NIGHTS
from crawler.items import Found, Page
from crawler.politeness import HostResting, Stopping
from crawler.robots import Forbidden, RobotsUnreachable, describe
from crawler.urls import (
    base_of,
    canonical_url,
    is_front,
    is_wall,
    joined,
    trusted_canonical,
    without_secrets_of,
)
from store.dates import ParsedDate, named, parse_date
from store.encoding import Decoded, decode
from store.errors import ArvioError
from store.identity import content_id
from store.records import Document, DocumentKind
from store.runs import SeenPage
from store.text import normal_form

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)

# A host that is overloaded, or asks for a pause: nothing is wrong with the page itself.
_NOT_NOW = (429, 503)
_FAILED = "failed on days "
_END = " end"
_CUT = " up to "
_MORE = " and more"
_UNSCALED = (
    "ratings above 5 that do not name the best were left out with those beside them; let the selector `rating` take in "
    "the scale, as in 8/10"
)
_WALLED = "articles lead to a page to log in or to consent at; only what the list tells of them was read"

Output = Iterator[Request | Page]
Callback = Callable[..., Output]


class BadPage(ArvioError):
    """A page that is not what its source promises; the message has no address."""


class SourceSpider(Spider):
    """Crawls one source. Subclasses give `begin` and the callbacks; `article` serves for pages of text.

    `crawl` is called with `source`, `run` and `state`.
    """

    name = "source"
    source: SourceConfig
    run: RunContext
    state: SourceState
    backwards: ClassVar[bool] = False
    """Whether the lists go back in time and hold all there is: a night that reaches the page limit has all that any
    night can have, and the next need not go there again.
    """
    pages: int
    """How many pages may be asked for."""
    budget: int
    """How many of them are left."""
    asked: set[str]
    """The canonical addresses of those that were."""
    resumed: set[str]
    """Those of them that go on where the page limit ended an earlier night."""
    previous: dict[str, str]
    """The page of a list that led to each further one."""
    wanted: str
    """The beginning of the pages' marks: a digest of the settings that decide what is found on them."""

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, name=kwargs["source"].name, **kwargs)
        spider.pages = spider.budget = spider.source.max_pages or spider.run.config.crawl.max_pages
        spider.asked, spider.resumed, spider.previous = set(), set(), {}
        spider.wanted = _digest((spider.run.config.brand, replace(spider.source, max_pages=None)))[:8]
        crawler.signals.connect(spider._on_failure, signals.spider_error)
        crawler.signals.connect(spider._on_failure, signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        # Not Scrapy's own start(): its requests carry dont_filter, which their redirects and retries inherit.
        try:
            for each in self.begin():
                yield each
        except ArvioError as error:
            self.state.fail(str(error))
        except Exception as error:
            # Scrapy would only log it, and a source that was not read look silent.
            place = self.source.url or self.source.path
            self.state.fail(f"{place}: could not be read whole ({type(error).__name__}); report it, please")

    def begin(self) -> Output:
        """The first requests, or pages."""
        raise NotImplementedError

    # --- requests -------------------------------------------------------------------------------------------

    def listing(self, url: str, callback: Callback, *, priority: int = 0, **arguments: Any) -> Output:
        """Ask for a page that leads to others, conditionally if it was dealt with whole, by the present settings.

        Yields one request, or none when it was asked for before or the budget is spent. What has a lower
        `priority` waits.
        """
        yield from self._request(url, callback, self._mark_of(url), arguments, priority=priority)

    def single(
        self, url: str, callback: Callback, modified: ParsedDate | None = None, **arguments: Any
    ) -> Output:
        """Ask for a page that stands for itself, unless it was dealt with and not `modified` since, or forgotten.

        A page that failed is asked for again on the next nights, and given up after NIGHTS of them.
        """
        key = canonical_url(url)
        if self.run.store.is_forgotten(self.source.name, key):
            self.state.known += 1
            return
        seen = self.state.seen.get(key)
        if seen is not None and (modified is None or _latest(modified) <= seen.fetched_at):
            failed = _failed_days(seen)
            if not failed:
                self.state.known += max(1, _items_of(seen))
                return
            if failed >= NIGHTS:
                self.state.given_up += 1
                return
        yield from self._request(url, callback, seen, arguments, single=True)

    def article(self, url: str, modified: ParsedDate | None = None, **arguments: Any) -> Output:
        """As `single`, for an article."""
        yield from self.single(url, self.parse_article, modified, **arguments)

    def part(self, url: str, callback: Callback, *, priority: int = 0, **arguments: Any) -> Output:
        """Ask for a further part of a page, whole: an answer «not modified» would end what follows it."""
        yield from self._request(url, callback, None, arguments, priority=priority)

    def _request(
        self,
        url: str,
        callback: Callback,
        seen: SeenPage | None,
        arguments: dict[str, Any],
        *,
        single: bool = False,
        priority: int = 0,
    ) -> Output:
        key = canonical_url(url)
        if key in self.asked:
            return
        if self.budget <= 0:
            self.state.limited = True
            return
        self.asked.add(key)
        headers: dict[str, str] = {}
        if seen is not None and seen.etag:
            headers["If-None-Match"] = seen.etag
        if seen is not None and seen.last_modified:
            headers["If-Modified-Since"] = seen.last_modified
        try:
            request = Request(
                url.partition("#")[0],
                callback=self._answered,
                errback=self.failed,
                headers=headers,
                priority=priority,
                cb_kwargs={"then": callback, "key": key, "single": single, "arguments": arguments},
                meta={"handle_httpstatus_list": [304]},
            )
        except ValueError:  # mailto:, javascript:, http://[x
            self.state.errors["a link is no web address"] += 1
            self.state.last_errors += 1
            return
        self.budget -= 1
        yield request

    def _answered(
        self, response: Response, then: Callback, key: str, single: bool, arguments: dict[str, Any]
    ) -> Output:
        self.state.pages += 1
        response.meta["arvio_key"] = key
        if response.status == 304:
            yield from self._unchanged(response, single=single)
            if not single:
                yield from self.where_it_ended(then, key)
            return
        try:
            yield from then(response, **arguments)
        except BadPage as error:
            yield from self._error(str(error), response.request)

    def _unchanged(self, response: Response, *, single: bool) -> Output:
        seen = self.state.seen.get(response.meta["arvio_key"])
        self.state.unchanged_pages += 1
        if seen is None:
            yield from self._error("answered 304 to a plain request", response.request)
            return
        self.state.known += _items_of(seen)
        if single:
            yield Page((), replace(seen, fetched_at=self.run.stamp()))

    # --- answers --------------------------------------------------------------------------------------------

    def decoded(self, response: Response) -> Decoded:
        """The body as text, with a doubt about its encoding where there is one."""
        meta = META_CHARSET.search(response.body[:4096])
        return decode(response.body, _charset(response), meta.group(1).decode("ascii") if meta else None)

    def json(self, response: Response) -> Any:
        """The body as JSON. Raises BadPage."""
        try:
            return json.loads(response.body)
        except (ValueError, RecursionError):
            raise BadPage("the answer is no valid JSON; the site may not offer this kind of source") from None

    def link(self, response: Response, url: str) -> str:
        """`url` made absolute, by the page's `<base href>` if it has one; as it stands where it is no web address."""
        return joined(base_of(response), url)

    def select(self, where: Selector, css: str) -> list[Selector]:
        """What `css` matches. Raises BadPage for a selector that cannot be read."""
        try:
            return list(where.css(css))
        except ValueError as error:  # cssselect's SelectorError among them
            raise BadPage(f"the selector {css!r} cannot be read ({error})") from None

    def first(self, where: Selector, css: str) -> str:
        """The first of what `css` matches, as HTML or as the text that `::text` or `::attr()` asks for."""
        found = self.select(where, css) if css else []
        return (found[0].get() or "").strip() if found else ""

    def address(self, where: Selector, css: str) -> str:
        """The address that `css` matches; of an element its link, which is what naming the element alone means."""
        if "::" in css or not css:
            return self.first(where, css)
        found = self.select(where, css)
        return (found[0].xpath("descendant-or-self::*/@href").get() or "").strip() if found else ""

    def date(self, text: str, where: str, language: str | None = None) -> ParsedDate | None:
        """`text`, found in `where`, read as a date in `language`, or else in that of the source."""
        source = self.source
        return named(
            parse_date(text, language, self.run.now, source.timezone or None, source.language), where
        )

    def parse_article(self, response: Response, fallback: Document | None = None) -> Output:
        """The article of a page; what the page does not tell is taken from `fallback`.

        Of what is no text (a PDF, a recording), or stands behind a login, `fallback` is all there is. Raises BadPage
        where there is none, and where the page is gone and its address leads to the site's front page.
        """
        asked = response.request.cb_kwargs.get("key", "") if response.request else ""
        if is_front(response.url) and asked and not is_front(asked):
            raise BadPage("it leads to the site's front page; the page itself may be gone")
        walled = asked and is_wall(asked, response.url)
        if walled or not isinstance(response, TextResponse):
            told = (self.found(fallback),) if fallback and (fallback.title or fallback.text) else ()
            if walled and not told:
                raise BadPage("it leads to a page to log in or to consent at, which Arvio cannot")
            if walled and _WALLED not in self.state.notes:
                self.state.notes.append(_WALLED)
            yield Page(told, self.seen_page(response, told))
            return
        body = self.decoded(response)
        article = extract_article(
            body.text, response.url, self.run.now, self.source.language, self.source.timezone or None
        )
        document = self._article_document(response, article, fallback, doubt=body.doubt)
        found = (self.found(document),) if document.text or document.title else ()
        self.state.articles += 1
        if not article.text:
            self.state.textless += 1
        if not document.text:
            self.no_items()
        yield Page(found, self.seen_page(response, found))

    def _article_document(
        self, response: Response, article: Article, fallback: Document | None, *, doubt: bool
    ) -> Document:
        url = trusted_canonical(response.url, self.link(response, article.canonical or response.url))
        document = self.document(
            url, url, "article", article.title, article.text, author=article.author,
            published=article.published, language=article.language, encoding_doubt=doubt,
        )  # fmt: skip
        if fallback is None:
            return document
        if article.published is None or (article.published.precision == "day" and fallback.published_at):
            document = replace(
                document,
                published_at=fallback.published_at,
                date_source=fallback.date_source,
                date_precision=fallback.date_precision,
                date_doubt=fallback.date_doubt,
            )
        return replace(
            document,
            title=document.title or fallback.title,
            text=document.text or fallback.text,
            author=document.author or fallback.author,
        )

    def found(self, document: Document, about: str = "") -> Found:
        """`document`, about what the page says where that is a configured brand, else what the source does.

        Pages write more than the brand's name: an app's whole title, a product. The document's address shows no
        secret of the source's.
        """
        name, url = (
            without_secrets_of(self.source.url, each) for each in (document.canonical_id, document.url)
        )
        document = replace(document, canonical_id=name, url=url)
        known = normal_form(about) in self.run.subjects
        return Found(document, about if known else self.source.about or about)

    def document(
        self,
        canonical_id: str,
        url: str,
        kind: DocumentKind,
        title: str,
        text: str,
        *,
        published: ParsedDate | None = None,
        language: str | None = None,
        **rest: Any,
    ) -> Document:
        """A document of this source; without a `canonical_id` it is named by its content."""
        if not canonical_id:
            name = rest.get("author")
            author = self.run.store.author_hash(self.source.name, name) if name else None
            dated = published.utc if published and not published.aged else None
            canonical_id = content_id(title, text, author, dated)
        return Document(
            source=self.source.name,
            canonical_id=canonical_id,
            url=url,
            kind=kind,
            title=title,
            text=text,
            published_at=published.utc if published else None,
            date_source=published.source if published else None,
            date_precision=published.precision if published else None,
            date_doubt=published.doubt if published else False,
            language=language or self.source.language,
            **rest,
        )

    def on_one_scale(self, documents: Sequence[Document]) -> list[Document]:
        """The documents of a page, without their stars where some are above a best that the page does not name: a 4
        beside an 8 is no praise.
        """
        if not any(each.rating is not None and each.rating > each.rating_best for each in documents):
            return list(documents)
        if _UNSCALED not in self.state.notes:
            self.state.notes.append(_UNSCALED)
        return [replace(each, rating=None) if each.rating_best == 5 else each for each in documents]

    # --- what was dealt with --------------------------------------------------------------------------------

    def seen_page(self, response: Response, found: Iterable[Found]) -> SeenPage:
        """The mark that this page is done."""
        items = [(each.document.canonical_id, each.document.title, each.document.text) for each in found]
        return SeenPage(
            url=response.meta["arvio_key"],
            fetched_at=self.run.stamp(),
            status=response.status,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            content_hash=f"{self.wanted}{_digest(items)[:24]}:{len(items)}",
        )

    def listed(self, response: Response, found: Iterable[Found]) -> bool:
        """Remember a listing page, to be marked when all it led to is stored; True if it is as it was then."""
        mark = self.seen_page(response, found)
        self.state.listings.append(mark)
        before = self._mark_of(mark.url)
        if self.backwards:
            reach = self.state.reach or self.pages
            self.state.cut.append(replace(mark, content_hash=f"{mark.content_hash}{_CUT}{reach}"))
        return before is not None and _content(before) == mark.content_hash

    def _mark_of(self, url: str) -> SeenPage | None:
        """The mark of a listing page that was dealt with, by the present settings and as deep as tonight would."""
        seen = self.state.seen.get(canonical_url(url))
        if seen is None or not _content(seen).startswith(self.wanted):
            return None
        reach = int((seen.content_hash or "").partition(_CUT)[2] or 0)
        if 0 < reach < self.pages:
            return None
        self.state.relied, self.state.reach = True, max(reach, self.state.reach)
        return seen

    def page_of_list(self, url: str, callback: Callback, *, priority: int = 0) -> Output:
        """As `listing`, for lists that `go_on` follows; whole where it is not known with which page the list ended or
        was cut: an answer «not modified» would end it there.
        """
        ask = self.listing if self._end() or self.left_off() else self.part
        yield from ask(url, callback, priority=priority)

    def items_of_list(
        self, response: Response, found: tuple[Found, ...], following: str, callback: Callback
    ) -> Output:
        """What was `found` on a page of a list, then the page `following`. One without items, or with those of a page
        before it, is behind the end.
        """
        if not found:
            self.no_items()
        same = self.listed(response, found)
        behind = not found or self.repeated()
        if found:
            yield Page(found)
        yield from self.go_on(response, following, callback, same, behind)

    def go_on(
        self, response: Response, following: str, callback: Callback, same: bool, behind: bool
    ) -> Output:
        """Ask for the page `following` the one that was `listed`; where that is the `same` as when all was done, for
        the one with which the list ended then. `behind`: it stands behind the list's last page.

        Where the page limit ends the list, the next night goes on from there.
        """
        key, url = response.meta["arvio_key"], self.link(response, following) if following else ""
        # The page with which the list ended may be full, and as it was, and have another behind it now.
        on = bool(url) and not behind and not (same and self._goal(key) not in ("", key))
        name, requests = canonical_url(url) if on else "", []
        if on:
            if name not in self.asked:
                self.previous[name] = key
                self.resumed |= {name} if key in self.resumed else set()
            # By turns with what goes on where an earlier night ended: each has half of the pages.
            depth = int(response.meta.get("depth", 0))
            requests = list(self.page_of_list(url, callback, priority=-depth))
            yield from requests
        # What leads to no web address, or back, leads no further.
        ends = not url or (on and not requests and name not in self.resumed)
        if self.state.limited and (self.source.follow or (on and name not in self.asked)):
            self.end_for_tonight(key, self.source.url)
        elif (behind and key != self._end()) or (ends and not behind):
            # Where the list ended once and no longer does, posts were deleted: the next night reads on from its first.
            self._mark_anew(self.previous.get(key, key) if behind else key, _END)
        if same and not on:
            yield from self.where_it_ended(callback, key)

    def where_it_stopped(self, callback: Callback) -> Output:
        """Ask for the page at which the page limit ended an earlier night, if it did: the rest is read from there."""
        for place in self.left_off():
            self.resumed.add(place)
            yield from self.listing(place, callback)

    def where_it_ended(self, callback: Callback, key: str) -> Output:
        """Ask for the page with which the list ended when all was done, behind the page `key`, which is as it was then:
        threads grow there, their first pages stay.
        """
        if goal := self._goal(key):
            yield from self.listing(goal, callback)

    def end_for_tonight(self, key: str, first: str) -> None:
        """Mark the page `key` of the list that begins at `first` as the one to go on from: not all that it leads to was
        asked for.

        While the rest of a list is still read, the beginning waits: its pages are as they were not looked at.
        """
        if key not in self.resumed and self.resumed:
            self.state.listings = [each for each in self.state.listings if each.url in self.resumed]
        elif key != canonical_url(first):
            self._mark_anew(key, _MORE)
        else:
            self.state.listings = [each for each in self.state.listings if each.url != key]
            return
        self.state.goes_on = True

    def _mark_anew(self, key: str, sign: str) -> None:
        """Add what a listing page tells of its list to its mark; one to go on from is as not read."""
        for at, page in enumerate(self.state.listings):
            if page.url == key and sign == _MORE:
                self.state.listings[at] = SeenPage(key, page.fetched_at, content_hash=f"{self.wanted}{_MORE}")
            elif page.url == key:
                self.state.listings[at] = replace(page, content_hash=f"{_content(page)}{sign}")

    def left_off(self) -> list[str]:
        """The pages at which the page limit ended earlier nights."""
        return [each.url for each in self.state.seen.values() if each.content_hash == f"{self.wanted}{_MORE}"]

    def _end(self) -> str:
        marks = [each for each in self.state.seen.values() if (each.content_hash or "").endswith(_END)]
        return max(marks, key=lambda each: each.fetched_at).url if marks else ""

    def _goal(self, key: str) -> str:
        """Where the list goes on behind the page `key`, if that is as it was."""
        places = self.left_off() if key not in self.resumed else []
        return places[0] if places else self._end()

    def repeated(self) -> bool:
        """Whether the page that was `listed` last holds what one before it did: behind the last page of a list many
        sites show it again, under new numbers without end.
        """
        *before, last = self.state.listings
        return _items_of(last) > 0 and any(_content(each) == _content(last) for each in before)

    def dealt_with(self, first: str, found: Sequence[Found]) -> bool:
        """Whether nothing new stands behind a page of `found`, in a listing that goes back in time from `first`."""
        return self.all_before(first, [each.document.published_at for each in found])

    def all_before(self, first: str, moments: Sequence[str | None]) -> bool:
        """Whether all `moments` are earlier than the last crawl that met `first` and dealt with everything."""
        before = self._mark_of(first)
        return (
            before is not None
            and bool(moments)
            and all(each is not None and each < before.fetched_at for each in moments)
        )

    def no_items(self) -> None:
        """A page on which there was nothing to find."""
        self.state.empty_pages += 1

    # --- errors ---------------------------------------------------------------------------------------------

    def failed(self, failure: Any) -> Output:
        """Count a request that came to nothing."""
        error, request = failure.value, failure.request
        if isinstance(error, Refused):
            self.state.refusals[error.reason] += 1
            self._first_failed(str(error), request)
        elif isinstance(error, Forbidden):
            self.state.refusals["robots.txt"] += 1
            self._first_failed(str(error), request)
        elif isinstance(error, Stopping):
            self.state.limited = True
        else:
            later = isinstance(error, HttpError) and error.response.status in _NOT_NOW
            passing = later or isinstance(error, (HostResting, RobotsUnreachable))
            yield from self._error(describe(error), request, passing=passing)

    def _error(self, reason: str, request: Request | None, *, passing: bool = False) -> Output:
        """Count an error; a page that stands for itself is marked, unless the failure will pass."""
        self.state.errors[reason] += 1
        self._first_failed(f"{request.url if request else self.source.url}: {reason}", request)
        if request is not None and request.cb_kwargs.get("single") and not passing:
            yield Page((), self._failed_again(request.cb_kwargs["key"]))
        elif request is not None and not passing:
            key = request.cb_kwargs.get("key")
            if key and key in (self._end(), *self.left_off()):
                # Posts were deleted, and the last page with them: the next night reads on from the first.
                yield Page((), SeenPage(key, self.run.stamp()))

    def _failed_again(self, key: str) -> SeenPage:
        """The mark of a page that failed tonight: on how many days it has, and no validators."""
        before, now = self.state.seen.get(key), self.run.stamp()
        days = _failed_days(before) if before else 0
        # A second crawl on the same day is no second night.
        if before is None or not days or before.fetched_at[:10] != now[:10]:
            days += 1
        if days >= NIGHTS:
            self.state.last_errors += 1
            self.state.given_up += 1
        return SeenPage(key, now, content_hash=f"{_FAILED}{days}")

    def _first_failed(self, reason: str, request: Request | None) -> None:
        if request is None or request.meta.get("is_start_request"):
            self.state.fail(reason)

    def _on_failure(self, failure: Any, **_: Any) -> None:
        """An exception in a callback or the pipeline: a fault of ours, counted under its name."""
        self.state.errors[f"{type(failure.value).__name__} while reading a page"] += 1


def _latest(modified: ParsedDate) -> str:
    """The last moment that `modified` may mean: a page can change once more on the day that it was read on."""
    if modified.precision != "day":
        return modified.utc
    day = date.fromisoformat(modified.utc[:10])
    return f"{day + timedelta(days=1)}T00:00:00Z" if day < date.max else modified.utc


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1")[:500] if value else None


def _charset(response: Response) -> str | None:
    content_type = _header(response, "Content-Type") or ""
    _, found, charset = content_type.lower().partition("charset=")
    return charset.split(";")[0].strip("\"' ") or None if found else None


def _content(seen: SeenPage) -> str:
    """The page's mark without what it tells of the list."""
    return (seen.content_hash or "").partition(" ")[0]


def _items_of(seen: SeenPage) -> int:
    """How many items the page had when it was dealt with."""
    count = _content(seen).rpartition(":")[2]
    return int(count) if count.isdigit() else 0


def _failed_days(seen: SeenPage) -> int:
    """On how many days the page has failed in a row; 0 where it was dealt with."""
    _, failed, days = (seen.content_hash or "").partition(_FAILED)
    return int(days) if failed else 0
