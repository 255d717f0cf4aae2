"""What can be collected at an address: feeds, sitemaps, schema.org reviews, and the sites with a kind of
their own (WordPress, Discourse, Mastodon, Telegram, App Store, Hacker News).

A handful of requests through the same guards as a crawl, in an event loop of its own: once a process,
like a crawl.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from crawler.config import Config, CrawlOptions, SourceConfig, SourceKind
from crawler.urls import base_of, is_wall, joined
from store.errors import ArvioError, UsageError
from store.terminal import counted

if TYPE_CHECKING:
    from crawler.feeds import Entry

_CLOSED = {
    "reddit.com": "its .json needs a login; the .rss of a subreddit or search answers (kind feed)",
    "bsky.app": "search needs a login",
    "news.google.com": "its links do not lead to the articles",
    "trustpilot.com": "the pages stand behind a wall against crawlers; import its export with `arvio import`",
    "x.com": "nothing is readable without a login; import an export with `arvio import`",
    "twitter.com": "nothing is readable without a login; import an export with `arvio import`",
    "facebook.com": "nothing is readable without a login; import an export with `arvio import`",
    "instagram.com": "nothing is readable without a login; import an export with `arvio import`",
}
_HACKER_NEWS = "https://hn.algolia.com/api/v1/search_by_date"
_APP = re.compile(r"https?://(?:apps|itunes)\.apple\.com/([a-z]{2})/app/(?:[^/?#]+/)?id([0-9]+)")
_FEEDS = 3
"""How many of the feeds that the page links to are looked at."""
_WHOLE = 600
"""Characters: a feed with entries of such a length holds more than summaries."""
_RESERVED = re.compile(rb"<meta\b[^>]{0,200}\bname\s*=\s*[\"']?tdm-reservation\b[^>]{0,200}", re.IGNORECASE)
# The order in which findings are shown, best first.
_RANKING: tuple[SourceKind, ...] = (
    "feed", "reviews", "discourse", "wordpress", "mastodon", "telegram", "sitemap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that can be collected: the kind of source, its address, what was found, best first."""

    kind: SourceKind
    url: str
    note: str
    follow: bool = False
    search: str = ""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What `url` offers. `robots` says in words what robots.txt allows.

    `failed`: nothing was answered that could be looked at, so that finding nothing means nothing.
    """

    url: str
    robots: str
    findings: tuple[Finding, ...] = ()
    language: str | None = None
    notes: tuple[str, ...] = ()
    failed: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What was found, for people: comments, and TOML to paste."""
        return (*map(_comment, (self.robots, *self.notes)), *self.toml.splitlines())

    @property
    def toml(self) -> str:
        """The [[source]] of each finding, to paste into arvio.toml; each has a name of its own."""
        kinds = [each.kind for each in self.findings]
        return "\n".join(
            self._source(each, kinds[:at].count(each.kind) + 1) for at, each in enumerate(self.findings)
        )

    def _source(self, finding: Finding, number: int) -> str:
        name = (urlsplit(self.url).hostname or "source").removeprefix("www.").replace(".", "-")
        values: dict[str, object] = {
            "name": f"{name}-{finding.kind}" + (f"-{number}" if number > 1 else ""),
            "kind": finding.kind,
            "url": finding.url,
        }
        if self.language:
            values["language"] = self.language
        if finding.follow:
            values["follow"] = True
        if finding.search:
            values["search"] = [finding.search]
        lines = [f"{key} = {_value(value)}" for key, value in values.items()]
        return "\n".join((_comment(finding.note), "[[source]]", *lines, ""))


def _comment(text: str) -> str:
    """One line whatever the site has written: a second one would be configuration."""
    return f"# {' '.join(text.split())}"


def _value(value: object) -> str:
    """TOML's strings are JSON's, but for DEL and the line ends of Unicode, which must be escaped or may as well be."""
    written = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", written)


@dataclass
class _Answers:
    """What the spider brought home: responses and failures by the address that was asked for."""

    robots: str = "nothing was answered"
    sitemaps: tuple[str, ...] = ()
    bodies: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def probe(url: str, options: CrawlOptions) -> ProbeReport:
    """Look at `url`. Raises UsageError for what is no web address.

    Places that are known to be closed, or to have a route of their own elsewhere, are not asked.
    """
    host, path = _host_and_path(url)
    closed = _closed(host)
    if closed:
        return ProbeReport(url, "not asked", notes=(closed,))
    elsewhere = _elsewhere(url, host)
    if elsewhere:
        return ProbeReport(url, "not asked: the address below answers instead", (elsewhere,))
    if host == "t.me" and not path.startswith("/s/"):
        url = f"https://t.me/s{path}"
    return _report(url, _ask(url, options))


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            if "@" in parts.netloc:
                raise UsageError(
                    "the address holds a user name or a password, which Arvio does not send; give it without"
                )
            return parts.hostname, parts.path
    except ValueError:
        pass  # a bracket without its partner, a port that is no number
    raise UsageError(f"{url!r} is no web address; give one with http:// or https://")


def _elsewhere(url: str, host: str) -> Finding | None:
    """What is collected by another address than the page's own."""
    app = _APP.match(url)
    if app:
        country, number = app.groups()
        feed = f"https://itunes.apple.com/{country}/rss/customerreviews/id={number}/sortBy=mostRecent/xml"
        return Finding("appstore", feed, "an app's customer reviews; name the brand in about")
    if host in ("news.ycombinator.com", "hn.algolia.com"):
        return Finding("hackernews", _HACKER_NEWS, "Hacker News, searched for the brands")
    return None


def _closed(host: str) -> str:
    for name, sentence in _CLOSED.items():
        if host == name or host.endswith(f".{name}"):
            return f"{name}: {sentence}"
    return ""


def _ask(url: str, options: CrawlOptions) -> _Answers:
    from scrapy.crawler import AsyncCrawlerProcess, Crawler

    from crawler.context import RunContext, SourceState
    from crawler.politeness import Pacer
    from crawler.robots import RobotsCache
    from crawler.settings import scrapy_settings

    nothing: Any = None  # nothing is matched or stored
    run = RunContext(
        config=Config(crawl=options),
        store=nothing,
        run_id=0,
        matcher=nothing,
        subjects={},
        pacer=Pacer(min(options.delay, 1.0), per_host=2),
        robots=RobotsCache(),
    )
    source = SourceConfig("probe", "pages", url)
    settings = scrapy_settings(options) | {"ITEM_PIPELINES": {}}
    answers = _Answers()
    process = AsyncCrawlerProcess(settings)
    process.crawl(
        Crawler(_spider(), settings), source=source, run=run, state=SourceState(source), answers=answers
    )
    process.start()
    return answers


def _spider() -> Any:
    from scrapy import Request, Spider

    from crawler.robots import describe

    class ProbeSpider(Spider):
        name = "probe"

        async def start(self) -> AsyncIterator[Any]:
            given: Any = self
            url, answers = given.source.url, given.answers
            rules = await given.run.robots.rules(url, self.crawler)
            answers.sitemaps = rules.sitemaps
            answers.robots = _in_words(rules, url)
            root = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
            routes = (
                "/wp-json/wp/v2/posts?per_page=1", "/latest.json", "/api/v1/instance", "/sitemap.xml",
                "/feed/", "/rss.xml",
            )  # fmt: skip
            for each in dict.fromkeys([url, *(root + route for route in routes), *rules.sitemaps[:3]]):
                yield Request(each, callback=self.answered, errback=self.failed, cb_kwargs={"asked": each})

        def answered(self, response: Any, asked: str) -> Iterator[Any]:
            given: Any = self
            given.answers.bodies[asked] = response
            # What is told by the entries alone: whether there are any, and whether they hold the whole text.
            linked = _on_given_page(response)[1] if asked == given.source.url else []
            for each in [each.url for each in linked if each.kind == "feed" and each.url != response.url][
                :_FEEDS
            ]:
                yield Request(each, callback=self.answered, errback=self.failed, cb_kwargs={"asked": each})

        def failed(self, failure: Any) -> None:
            given: Any = self
            # Not the request's own address, which a redirect has changed.
            given.answers.failures[failure.request.cb_kwargs["asked"]] = describe(failure.value)

    return ProbeSpider


def _in_words(rules: Any, url: str) -> str:
    from scrapy.exceptions import IgnoreRequest

    try:
        rules.check(url)
    except IgnoreRequest as error:
        return str(error)
    if rules.parser is None:
        return "there is no robots.txt, so all is allowed"
    delay = f", one request in {rules.crawl_delay:g} s" if rules.crawl_delay else ""
    return f"robots.txt allows the page{delay}"


def _report(url: str, answers: _Answers) -> ProbeReport:
    language, findings = _on_given_page(answers.bodies.get(url))
    for asked, response in answers.bodies.items():
        if asked != url:
            findings += _as_route(asked, response, url)
    # A linked feed that was answered from another address has been found there.
    moved = {asked for asked, each in answers.bodies.items() if asked != each.url and _as_feed(each)}
    unique = {(each.kind, each.url): each for each in findings if each.url not in moved}
    return ProbeReport(
        url,
        answers.robots,
        tuple(sorted(unique.values(), key=lambda each: _RANKING.index(each.kind))),
        language,
        tuple(_notes(url, answers, found=bool(unique))),
        failed=not answers.bodies,
    )


def _on_given_page(page: Any) -> tuple[str | None, list[Finding]]:
    """The language of the page that was asked about, and what it is or links to; None for no page."""
    from crawler.extraction import page_language, parse_html
    from store.encoding import decode

    if page is None:
        return None, []
    tree = parse_html(decode(page.body).text)
    itself = _as_sitemap(page) or _as_feed(page)
    if tree is None:
        return None, itself
    return page_language(tree), [*_on_page(tree, page), *itself]


def _notes(url: str, answers: _Answers, *, found: bool) -> Iterator[str]:
    from scrapy.http import TextResponse

    reason = answers.failures.get(url, "")
    if reason and reason != answers.robots:
        yield _from(url, reason)
    if url in answers.bodies and is_wall(url, answers.bodies[url].url):
        yield "the page leads to one to log in or to consent at, which Arvio cannot"
    if url in answers.bodies and _reserved(answers.bodies[url]):
        yield "the site reserves text and data mining (tdm-reservation); docs/privacy.md says what that asks of you"
    if not found and url in answers.bodies and not isinstance(answers.bodies[url], TextResponse):
        yield "the address leads to no page but to a file, which Arvio does not read"
    elif not answers.bodies:
        if "private networks" in answers.robots:
            yield "name its host and port in crawl.allow_hosts if it is meant to be looked at"
    elif not found and b"__NEXT_DATA__" in getattr(answers.bodies.get(url), "body", b""):
        yield "the page carries its data as JSON (__NEXT_DATA__); kind json reads a list in it by paths"
    elif not found:
        yield "nothing was found to collect by itself; kind pages reads any listing by CSS selectors"


def _reserved(page: Any) -> bool:
    """Whether a page reserves text and data mining by the TDM Reservation Protocol: in its header, or in its head."""
    if (page.headers.get("tdm-reservation") or b"").strip() == b"1":
        return True
    found = _RESERVED.search(page.body[:100_000])
    return found is not None and re.search(rb"content\s*=\s*[\"']?1\b", found.group()) is not None


def _from(url: str, reason: str) -> str:
    return reason if url in reason else f"{url}: {reason}"


def _on_page(tree: Any, page: Any) -> list[Finding]:
    from crawler.spiders.reviews import KINDS
    from crawler.structured import structured_data, things

    found, url, base = [], page.url, base_of(page)
    for link in tree.iterfind(".//link[@href]"):
        if "alternate" in (link.get("rel") or "").lower() and re.search(
            r"rss|atom|feed\+json", link.get("type") or ""
        ):
            note = f"a feed: {link.get('title') or 'without a title'}"
            found.append(Finding("feed", joined(base, link.get("href")), note, follow=True))
    opinions = [each for each in things(structured_data(tree)) if each.types & KINDS.keys()]
    if opinions:
        found.append(
            Finding("reviews", url, f"{len(opinions)} reviews, comments or posts in schema.org markup")
        )
    if urlsplit(url).hostname == "t.me" and tree.find(".//*[@data-post]") is not None:
        found.append(Finding("telegram", url, "a public channel's messages"))
    return found


def _as_feed(response: Any) -> list[Finding]:
    from crawler.feeds import parse_feed

    try:
        entries = parse_feed(
            response.body, response.url, (response.headers.get("Content-Type") or b"").decode("latin-1")
        )
    except ArvioError:
        return []
    note = "a feed with 1 entry" if len(entries) == 1 else f"a feed with {len(entries)} entries"
    return [Finding("feed", response.url, note, follow=_only_tells(entries))] if entries else []


def _only_tells(entries: "list[Entry]") -> bool:
    """Whether the entries only tell of the pages behind them: not posts without a title, nor comments, of which each
    has a place on somebody's page, nor whole texts.
    """
    posts = all(not each.title for each in entries)
    comments = sum("#" in each.url for each in entries) > len(entries) / 2
    return not posts and not comments and median(len(each.text) for each in entries) < _WHOLE


def _as_route(asked: str, response: Any, url: str) -> list[Finding]:
    root = f"{urlsplit(response.url).scheme}://{urlsplit(response.url).netloc}"
    if "/wp-json/" in asked:
        return [Finding("wordpress", root, "WordPress's own interface")] if _is_list(response.body) else []
    if asked.endswith("/latest.json"):
        found = b'"topic_list"' in response.body[:200_000]
        return [Finding("discourse", root, "a Discourse forum")] if found else []
    if asked.endswith("/api/v1/instance"):
        path = urlsplit(url).path
        tag = unquote(path.removeprefix("/tags/").strip("/")) if path.startswith("/tags/") else ""
        found = b'"version"' in response.body and b'"uri"' in response.body and response.body[:1] == b"{"
        return (
            [Finding("mastodon", root, "a Mastodon server's tags; name them in search", search=tag)]
            if found
            else []
        )
    return _as_sitemap(response) or _as_feed(response)


def _as_sitemap(response: Any) -> list[Finding]:
    from crawler.feeds import parse_sitemap

    try:
        sitemaps, locations = parse_sitemap(response.body)
    except ArvioError:
        return []
    pages, maps = counted(len(locations), "page"), counted(len(sitemaps), "sitemap")
    note = f"a sitemap of {pages}" if locations else f"an index of {maps}"
    return [Finding("sitemap", response.url, note)] if sitemaps or locations else []


def _is_list(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), list)
    except (ValueError, RecursionError):
        return False
