"""Crawls every kind of source from the pages in tests/samples, for the tests of each kind.

Once as they are; and for what goes wrong: with nothing on them, in a changed layout, forbidden by robots.txt.
"""

import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.crawl_server import JSON, Answer, CrawlServer, config_text, crawl_in_process, page, rows, source

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_FIELDS = (
    "canonical_id", "kind", "title", "text", "published_at", "date_precision", "rating", "language",
    "author_name",
)  # fmt: skip
_WP = "/wp-json/wp/v2"
_HN = "/api/v1/search_by_date?query=%22Pohjanetti%22&tags=%28story%2Ccomment%29&hitsPerPage=100"


@dataclass(frozen=True)
class Crawled:
    """What came of the crawl: reports and documents by source, hits by kind."""

    reports: dict[str, Any]
    documents: dict[str, list[dict[str, Any]]]
    hits: dict[str, dict[str, int]]
    bases: dict[str, str]


def expected(kind: str, base: str) -> dict[str, Any]:
    """The expected documents of a kind."""
    found: dict[str, Any] = json.loads(_sample(kind, "expected.json", base))
    return found


def _sample(kind: str, name: str, base: str) -> str:
    return (SAMPLES / kind / name).read_text(encoding="utf-8").replace("{base}", base)


_SITES: dict[str, dict[str, str]] = {
    "feed": {"/rss": "rss.xml", "/atom": "atom.xml", "/json": "json-feed.json"},
    "sitemap": {
        "/sitemap.xml": "index.xml",
        "/news.xml.gz": "news.xml",
        "/old.xml": "old.xml",
        "/a/linja": "linja.html",
    },
    "reviews": {"/r": "json-ld.html", "/r?s=2": "microdata.html"},
    "pages": {"/1": "1.html", "/2": "2.html"},
    "wordpress": {
        f"{_WP}/posts?search=Pohjanetti&per_page=50&page=1&orderby=modified&order=desc": "posts.json",
        f"{_WP}/posts?search=Pohjanetti&per_page=50&page=2&orderby=modified&order=desc": "posts-2.json",
        f"{_WP}/comments?post=41&per_page=100&page=1": "comments.json",
    },
    "discourse": {
        "/latest.json?page=0": "latest-0.json",
        "/latest.json?page=1": "latest-1.json",
        "/t/7.json": "topic-7.json",
        "/t/7/posts.json?post_ids%5B%5D=72": "posts-72.json",
    },
    "telegram": {"/s/yerevankap": "s.html", "/s/yerevankap?before=11": "s-before-11.html"},
    "mastodon": {"/api/v1/timelines/tag/pohjanetti?limit=40": "tag.json"},
    "hackernews": {
        f"{_HN}&page=0": "hits.json",
        f"{_HN}&page=1": "hits-1.json",
    },
    "appstore": {"/p1/xml": "1.xml", "/p2/xml": "2.xml"},
}
_TYPES = {".xml": "application/xml", ".json": JSON, ".html": "text/html; charset=utf-8"}


def _serve(kind: str) -> CrawlServer:
    server = CrawlServer()
    for target, name in _SITES[kind].items():
        answer = page(_sample(kind, name, server.url("")), _TYPES[Path(name).suffix])
        if target.endswith(".gz"):
            answer = Answer(gzip.compress(answer.body), content_type="application/gzip")
        if f"{_WP}/posts" in target:
            answer = replace(answer, headers={"X-WP-TotalPages": "2"})
        server.pages[target] = answer
    if kind == "mastodon":
        server.pages["/api/v1/timelines/tag/pohjanetti?limit=40&max_id=115"] = page("[]", JSON)
    return server


def _sources(at: dict[str, CrawlServer]) -> str:
    selectors = {
        "item": "article.viesti", "title": ".linkki::text", "text": ".teksti::text", "author": ".nimi::text",
        "date": ".aika::text", "link": ".linkki::attr(href)", "next": "a.seuraava::attr(href)",
    }  # fmt: skip
    return "".join(
        [
            source("feed-rss", "feed", at["feed"].url("/rss"), language="fi"),
            source("feed-atom", "feed", at["feed"].url("/atom"), language="hy"),
            source("feed-json", "feed", at["feed"].url("/json"), language="fi"),
            source("sitemap", "sitemap", at["sitemap"].url("/sitemap.xml"), language="hy"),
            source("reviews", "reviews", at["reviews"].url("/r")),
            source("pages", "pages", at["pages"].url("/1"), language="fi", **selectors),
            source("wordpress", "wordpress", at["wordpress"].url("/"), language="fi", search=["Pohjanetti"]),
            source("discourse", "discourse", at["discourse"].url("/"), language="hy"),
            source("telegram", "telegram", at["telegram"].url("/s/yerevankap"), language="hy"),
            source("mastodon", "mastodon", at["mastodon"].url("/"), search=["pohjanetti"]),
            source(
                "hackernews",
                "hackernews",
                at["hackernews"].url("/api/v1/search_by_date"),
                search=["Pohjanetti"],
            ),
            source("appstore", "appstore", at["appstore"].url("/p1/xml"), language="fi", about="Pohjanetti"),
        ]
    )


@cache
def crawled() -> Crawled:
    """Crawl all kinds, once for the whole run of tests."""
    with _served() as servers, tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "arvio.db"
        crawl = crawl_in_process(
            config_text(_sources(servers), db, *servers.values()), db, now=NOW, names=True
        )
        if crawl.error is not None:
            raise crawl.error
        documents = _documents(db)
    return Crawled(
        {each.source: each for each in crawl.report.sources},
        documents,
        {kind: dict(server.hits) for kind, server in servers.items()},
        {kind: server.url("") for kind, server in servers.items()},
    )


# --- what goes wrong ---------------------------------------------------------------------------------------

_LOGIN = (
    '<html lang="fi"><head><title>Kirjaudu</title></head><body><form><input name="q"></form></body></html>'
)
_RSS = '<rss version="2.0"><channel><title>x</title></channel></rss>'
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title></feed>'
_SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
EMPTY: dict[str, str] = {
    "feed": _RSS, "sitemap": _SITEMAP, "reviews": _LOGIN, "pages": _LOGIN, "wordpress": "[]",
    "discourse": '{"topic_list": {"topics": []}}', "telegram": _LOGIN, "mastodon": "[]",
    "hackernews": '{"hits": [], "nbPages": 0}', "appstore": _ATOM,
}  # fmt: skip
CHANGED: dict[str, str] = EMPTY | {
    "feed": _LOGIN, "sitemap": _LOGIN, "wordpress": '{"code": "rest_disabled"}', "discourse": _LOGIN,
    "mastodon": '{"error": "This method requires an authenticated user"}', "hackernews": '{"message": "x"}',
    "appstore": _LOGIN,
}  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """The reports by source of a night that went wrong, and how many pages each kind's server was asked for."""

    reports: dict[str, Any]
    pages_hit: dict[str, int]

    def of(self, kind: str) -> list[Any]:
        """The reports of a kind's sources."""
        return [each for name, each in self.reports.items() if name.partition("-")[0] == kind]


@contextmanager
def _served() -> Iterator[dict[str, CrawlServer]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(_serve(kind)) for kind in _SITES}


def _night(servers: dict[str, CrawlServer], db: Path, day: int) -> Trouble:
    for server in servers.values():
        server.hits.clear()
    moment = datetime(2026, 11, day, 3, tzinfo=UTC)
    crawl = crawl_in_process(config_text(_sources(servers), db, *servers.values()), db, now=moment)
    if crawl.error is not None:
        raise crawl.error
    return Trouble(
        {each.source: each for each in crawl.report.sources},
        {kind: server.pages_hit for kind, server in servers.items()},
    )


def _answer_all(server: CrawlServer, body: str) -> None:
    kind = JSON if body[:1] in "[{" else "text/html; charset=utf-8" if "<html" in body else "application/xml"
    server.pages |= dict.fromkeys(server.pages, page(body, kind))


@cache
def empty() -> Trouble:
    """A first night on which every page is what its kind promises, and holds nothing."""
    with _served() as servers, tempfile.TemporaryDirectory() as folder:
        for kind, server in servers.items():
            _answer_all(server, EMPTY[kind])
        return _night(servers, Path(folder) / "arvio.db", 22)


@cache
def changed() -> Trouble:
    """The night after three good ones, on which every page has another layout."""
    with _served() as servers, tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "arvio.db"
        for day in (22, 23, 24):
            good = _night(servers, db, day)
            assert {each.outcome for each in good.reports.values()} == {"ok"}, good.reports
        for kind, server in servers.items():
            _answer_all(server, CHANGED[kind])
        return _night(servers, db, 25)


@cache
def denied() -> Trouble:
    """A night on which robots.txt forbids everything."""
    with _served() as servers, tempfile.TemporaryDirectory() as folder:
        for server in servers.values():
            server.pages["/robots.txt"] = page("User-agent: *\nDisallow: /\n", "text/plain")
        return _night(servers, Path(folder) / "arvio.db", 22)


def _documents(db: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    fields = ", ".join(f"d.{name}" for name in _FIELDS)
    query = (
        f"SELECT s.name, d.id, {fields} FROM documents d JOIN sources s ON s.id = d.source_id ORDER BY d.id"
    )
    for name, number, *values in rows(db, query):
        document = dict(zip(_FIELDS, values, strict=True))
        document["author"] = document.pop("author_name")
        brands = rows(
            db,
            "SELECT DISTINCT b.name FROM mentions m JOIN brands b ON b.id = m.brand_id "
            f"WHERE m.document_id = {number}",
        )
        document["brands"] = sorted(name for (name,) in brands)
        found.setdefault(name, []).append(document)
    return found


def check(kind: str) -> None:
    """The documents of each of a kind's sources are the expected ones; ids that are hashes are left out."""
    result = crawled()
    for name, wanted in expected(kind, result.bases[kind]).items():
        # Pages are asked for side by side, so documents come in no fixed order.
        got = sorted(result.documents.get(name, []), key=_named)
        wanted = sorted(wanted, key=_named)
        assert result.reports[name].outcome == "ok", result.reports[name].line
        assert [_shown(each, like) for each, like in zip(got, wanted, strict=True)] == wanted


def _named(document: dict[str, Any]) -> tuple[str, str, str]:
    return str(document["text"]), str(document["title"]), str(document["author"])


def _shown(document: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    shown = {key: document[key] for key in like}
    if like["canonical_id"] is None and str(document["canonical_id"]).startswith(("keyed:", "sha256:")):
        shown["canonical_id"] = None
    return shown
