"""robots.txt: what cannot be read forbids everything, and every host's own is asked (T1, T2)."""

import socket
import struct
import time
from pathlib import Path

import pytest

from crawler.robots import Rules, rules_from
from tests.crawl_server import (
    Answer,
    CrawlServer,
    Handler,
    config_text,
    crawl_in_process,
    page,
    redirect,
    source,
)

ARTICLE = page('<html lang="fi"><article class="v"><p>Pohjanetti toimii taas hyvin.</p></article></html>')
SELECTORS = {"item": "article.v", "text": "p::text"}


def reset(handler: Handler) -> None:
    """Break the connection off with RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def silent(handler: Handler) -> None:
    """Never answer."""
    time.sleep(8)


def robots(answer: Answer) -> CrawlServer:
    """A server with one page and this robots.txt."""
    return CrawlServer({"/robots.txt": answer, "/": ARTICLE})


def test_t01_robots_that_cannot_be_read_fetches_nothing_and_404_allows(tmp_path: Path) -> None:
    cases = {
        "503": robots(page("busy", status=503)),
        "timeout": robots(Answer(send=silent)),
        "reset": robots(Answer(send=reset)),
        "429": robots(page("slow down", status=429)),
        "404": robots(page("none", status=404)),
    }
    db = tmp_path / "arvio.db"
    try:
        for server in cases.values():
            server.__enter__()
        text = config_text(
            "".join(source(name, "pages", each.url(), **SELECTORS) for name, each in cases.items()),
            db, *cases.values(), crawl="timeout = 1.0",
        )  # fmt: skip
        crawl = crawl_in_process(text, db)
    finally:
        for server in cases.values():
            server.__exit__(None, None, None)
    assert crawl.error is None
    outcomes = {each.source: each.outcome for each in crawl.report.sources}
    assert outcomes == {"503": "failed", "timeout": "failed", "reset": "failed", "429": "failed", "404": "ok"}
    assert {name: server.pages_hit for name, server in cases.items()} == {
        "503": 0, "timeout": 0, "reset": 0, "429": 0, "404": 1,
    }  # fmt: skip
    assert crawl.report.exit_code == 3
    assert all("robots.txt" in each.reason for each in crawl.report.sources if each.outcome == "failed")


def test_t02_a_redirect_asks_the_robots_of_the_host_it_leads_to(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    forbids = page("User-agent: arvio\nDisallow: /\n", "text/plain")
    with (
        CrawlServer({"/there": ARTICLE}) as open_host,
        CrawlServer({"/robots.txt": forbids, "/there": ARTICLE}) as closed_host,
        CrawlServer(
            {"/a": redirect(open_host.url("/there")), "/b": redirect(closed_host.url("/there"))}
        ) as first,
    ):
        text = config_text(
            source("open", "pages", first.url("/a"), **SELECTORS)
            + source("closed", "pages", first.url("/b"), **SELECTORS),
            db, first, open_host, closed_host,
        )  # fmt: skip
        crawl = crawl_in_process(text, db)
    assert [each.outcome for each in crawl.report.sources] == ["ok", "failed"]
    assert (open_host.hits["/robots.txt"], open_host.hits["/there"]) == (1, 1)
    assert (closed_host.hits["/robots.txt"], closed_host.hits["/there"]) == (1, 0)
    assert first.hits["/robots.txt"] == 1


def test_a_forbidden_page_is_never_fetched_and_the_others_are(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    feed = (
        '<rss version="2.0"><channel><title>x</title>'
        "<item><title>Salainen</title><link>{0}/secret/1</link></item>"
        "<item><title>Julkinen</title><link>{0}/open/1</link></item></channel></rss>"
    )
    rules = page("User-agent: *\nDisallow: /secret/\nCrawl-delay: 0.1\n", "text/plain")
    with CrawlServer({"/robots.txt": rules, "/open/1": ARTICLE, "/secret/1": ARTICLE}) as server:
        server.pages["/feed"] = page(feed.format(server.url("").rstrip("/")), "application/rss+xml")
        crawl = crawl_in_process(
            config_text(source("a", "feed", server.url("/feed"), follow=True), db, server), db
        )
    assert server.hits["/secret/1"] == 0
    assert server.hits["/open/1"] == 1
    (report,) = crawl.report.sources
    assert (report.outcome, report.refused) == ("ok", 1)


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"", True),
        (200, b"User-agent: *\nDisallow: /", False),
        (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /", False),
        (200, b"User-agent: arvio\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        (200, b"\xff\xfe\x00garbage", True),
        (401, b"", True),
        (404, b"", True),
        (410, b"", True),
        (301, b"", False),
        (429, b"", False),
        (500, b"", False),
        (503, b"User-agent: *\nAllow: /", False),
    ],
)
def test_what_an_answer_to_robots_means(status: int, body: bytes, allowed: bool) -> None:
    rules = rules_from(status, body)
    assert isinstance(rules, Rules)
    try:
        rules.check("https://news.example/page")
        permitted = True
    except Exception:
        permitted = False
    assert permitted is allowed
