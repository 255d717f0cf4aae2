"""T11–T14: no way into private networks: every spelling, every detour, one counted refusal each."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.guards import GuardResolver, Policy, is_special
from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, redirect, source

ARTICLE = page('<html lang="fi"><article class="v"><p>Pohjanetti toimii taas hyvin.</p></article></html>')
SELECTORS = {"item": "article.v", "text": "p::text"}

SPECIAL = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "91.198.174.192",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]

SPELLINGS = [
    "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
    "http://0177.0.0.1/", "http://017700000001/", "http://0/", "http://0x0/", "http://127.0.0.1./",
    "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[fe80::1%25eth0]/", "http://[64:ff9b::127.0.0.1]/", "http://localhost/", "http://LOCALHOST./",
    "http://foo.localhost/", "http://printer.local/", "http://metadata.google.internal/", "http://intranet/",
    "http://127。0。0。1/", "http://①②⑦.0.0.1/", "http://１２７.0.0.1/", "http://127.0.0.1%2f@public.example/",
    "http://public.example@127.0.0.1/", "http://user:pass@public.example/", "http://127%2e0.0.1/",
    "http://public.example\\@127.0.0.1/", "http://127.0.0.1:99999/", "http:///etc/passwd", "http://",
    "//127.0.0.1/",
    "file:///etc/passwd", "ftp://public.example/", "data:text/html,hi", "javascript:alert(1)",
    "gopher://a.example/",
    "http://00000000127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::]/",
]  # fmt: skip


@pytest.mark.parametrize("address", SPECIAL)
def test_t11_special_addresses_are_known(address: str) -> None:
    assert is_special(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert not is_special(address)


@pytest.mark.parametrize("url", SPELLINGS)
def test_t11_every_spelling_is_refused_as_written(url: str) -> None:
    assert Policy().refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://yle.fi/a?b=c#d",
        "http://news.am:8080/",
        "https://հայ.հայ/",
        "https://1.fi/",
        "http://8.8.8.8/",
    ],
)
def test_public_addresses_are_not_refused(url: str) -> None:
    assert Policy().refusal(url) is None


def test_allow_hosts_opens_one_host_and_port_only() -> None:
    policy = Policy(["127.0.0.1:8080", "[::1]:9090", "forum.intra:80"])
    assert policy.refusal("http://127.0.0.1:8080/x") is None
    assert policy.refusal("http://[::1]:9090/x") is None
    assert policy.refusal("http://forum.intra/x") is None
    assert policy.refusal("http://127.0.0.1:8081/x")
    assert policy.refusal("http://127.0.0.2:8080/x")
    assert policy.refusal("file://127.0.0.1:8080/x")
    assert not policy.address_refused("forum.intra", 80, "10.0.0.5")
    assert policy.address_refused("forum.intra", 8080, "10.0.0.5")


class _Names:
    """A resolver for tests: names to addresses, the next of the list at each question."""

    names: dict[str, list[str]] = {}
    real = staticmethod(socket.getaddrinfo)

    @staticmethod
    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name[:1].isdigit():
            return _Names.real(host, port, *rest, **more)
        addresses = _Names.names.get(name)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))]


def fake_names() -> None:
    """In the crawl's process: names resolve as the tests need them."""
    from twisted.internet import _resolver

    _Names.names = {
        "evil.example": ["127.0.0.1"],
        "meta.example": ["169.254.169.254"],
        # Public when it is asked first, private ever after.
        "rebind.example": ["203.0.113.9", "127.0.0.1"],
    }
    _resolver.getaddrinfo = _Names.getaddrinfo  # type: ignore[attr-defined]
    _resolver.GAIResolver.__init__.__defaults__ = (None, _Names.getaddrinfo)


@pytest.fixture
def target() -> Iterator[CrawlServer]:
    """A server that nobody may reach."""
    with CrawlServer(
        {"/": ARTICLE, "/robots.txt": page("User-agent: *\nAllow: /\n", "text/plain")}
    ) as server:
        yield server


def test_t11_t12_t13_t14_no_way_leads_into_the_private_network(tmp_path: Path, target: CrawlServer) -> None:
    db = tmp_path / "arvio.db"
    port = target.port
    item = f"<item><title>a</title><link>{target.url('/')}</link></item>"
    feed = f'<rss version="2.0"><channel>{item}</channel></rss>'
    sitemap = f"<urlset><url><loc>{target.url('/')}</loc></url></urlset>"
    with CrawlServer() as first:
        first.pages |= {
            "/redirect": redirect(target.url("/")),
            "/credentials": redirect(f"http://user:secret@{first.place}/next"),
            "/retry": [page("busy", status=503), redirect(target.url("/"))],
            "/feed": page(feed, "application/rss+xml"),
            "/sitemap.xml": page(sitemap, "application/xml"),
            "/next": page(
                f'<html><article class="v"><p>Pohjanetti</p></article><a rel="next" href="{target.url()}">'
            ),
        }
        next_page = {**SELECTORS, "next": "a[rel=next]::attr(href)"}
        sources = [
            source("direct", "pages", target.url("/"), **SELECTORS),
            source("credentials", "pages", first.url("/credentials"), **SELECTORS),
            source("decimal", "pages", f"http://2130706433:{port}/", **SELECTORS),
            source("redirect", "pages", first.url("/redirect"), **SELECTORS),
            source("retry", "pages", first.url("/retry"), **SELECTORS),
            source("resolves", "pages", f"http://evil.example:{port}/", **SELECTORS),
            source("metadata", "pages", "http://meta.example/", **SELECTORS),
            source("rebinds", "pages", f"http://rebind.example:{port}/", **SELECTORS),
            source("feed", "feed", first.url("/feed"), follow=True),
            source("sitemap", "sitemap", first.url("/sitemap.xml")),
            source("next", "pages", first.url("/next"), **next_page),
        ]
        crawl = crawl_in_process(config_text("".join(sources), db, first), db, patches=fake_names)
    assert crawl.error is None
    assert sum(target.hits.values()) == 0
    reports = {each.source: each for each in crawl.report.sources}
    assert {name: each.refused for name, each in reports.items()} == dict.fromkeys(reports, 1)
    failed = {name for name, each in reports.items() if each.outcome == "failed"}
    assert failed == {
        "direct",
        "credentials",
        "decimal",
        "redirect",
        "retry",
        "resolves",
        "metadata",
        "rebinds",
    }
    assert crawl.report.exit_code == 3


def trust_names() -> None:
    """In the crawl's process: the second layer lets every address through."""
    from crawler.guards import _Filter

    fake_names()
    _Filter.addressResolved = lambda self, address: self._inner.addressResolved(address)  # type: ignore[method-assign]


def test_t13_the_address_that_answered_is_checked_too(tmp_path: Path, target: CrawlServer) -> None:
    db = tmp_path / "arvio.db"
    text = config_text(source("a", "pages", f"http://evil.example:{target.port}/", **SELECTORS), db)
    (report,) = crawl_in_process(text, db, patches=trust_names).report.sources
    assert (report.outcome, report.refused) == ("failed", 1)
    assert target.pages_hit == 0


class _Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []

    def resolutionBegan(self, resolution: object) -> None:
        """Nothing to keep."""

    def addressResolved(self, address: Any) -> None:
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:
        """Nothing to do."""


class _Answers:
    """The inner resolver: a public address first, a private one ever after."""

    def __init__(self) -> None:
        self.answers = [["91.198.174.192"], ["127.0.0.1", "91.198.174.192"], ["10.0.0.1"]]

    def resolveHostName(self, receiver: Any, name: str, *_: object) -> None:
        from twisted.internet.address import IPv4Address

        receiver.resolutionBegan(None)
        for each in self.answers.pop(0):
            receiver.addressResolved(IPv4Address("TCP", each, 80))
        receiver.resolutionComplete()


def test_t13_each_connection_gets_only_addresses_that_were_checked() -> None:
    class Reactor:
        nameResolver = _Answers()

    resolver = GuardResolver(Reactor(), Policy())
    met = []
    for _ in range(3):
        receiver = _Receiver()
        resolver.resolveHostName(receiver, "rebind.example", 80)
        met.append(receiver.addresses)
    assert met == [["91.198.174.192"], ["91.198.174.192"], []]
    assert resolver.refused == {"rebind.example"}


def test_t14_robots_txt_itself_passes_the_guard(tmp_path: Path, target: CrawlServer) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": ARTICLE, "/robots.txt": redirect(target.url("/robots.txt"))}) as first:
        crawl = crawl_in_process(config_text(source("a", "pages", first.url(), **SELECTORS), db, first), db)
    assert sum(target.hits.values()) == 0
    assert first.pages_hit == 0
    assert [each.outcome for each in crawl.report.sources] == ["failed"]
