"""Hostile and broken answers: bombs, slow and truncated bodies, redirects, headers, TLS, ports (T3–T10)."""

import gzip
import ssl
import subprocess
import threading
import time
import zlib
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import pytest

from tests.crawl_server import (
    Answer,
    CrawlServer,
    Handler,
    config_text,
    crawl_in_process,
    page,
    redirect,
    rows,
    source,
)

ARTICLE = page('<html lang="fi"><article class="v"><p>Pohjanetti toimii taas hyvin.</p></article></html>')
SELECTORS = {"item": "article.v", "text": "p::text"}
LIMIT = 8 * 1024 * 1024


def bomb() -> dict[str, Answer]:
    """Bodies that unpack to 64 MiB and more."""
    from backports import zstd

    plain = b"<p>Pohjanetti</p>" * (4 * 1024 * 1024)
    packed = {
        "gzip": gzip.compress(plain, 1),
        "deflate": zlib.compress(plain, 1),
        "br": brotli.compress(plain, quality=1),
        "zstd": zstd.compress(plain),
    }
    packed["gzip, gzip"] = gzip.compress(packed["gzip"])
    return {
        f"/bomb/{number}": Answer(body, headers={"Content-Encoding": encoding})
        for number, (encoding, body) in enumerate(packed.items())
    }


def endless(handler: Handler) -> None:
    """Chunks for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    chunk = b"<p>Pohjanetti</p>" * 4096
    try:
        while True:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    except OSError:
        return


def trickle(handler: Handler) -> None:
    """A byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        for _ in range(60):
            handler.wfile.write(b"P")
            handler.wfile.flush()
            time.sleep(0.2)
    except OSError:
        return


def truncated(handler: Handler) -> None:
    """Less than was promised."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'<html><article class="v"><p>Pohjanetti toimii')


def linger(handler: Handler) -> None:
    """Answer after a while."""
    time.sleep(0.6)
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nhei")


def feed_of(paths: Any, server: CrawlServer) -> Answer:
    """A feed with an entry for each path."""
    items = "".join(f"<item><title>Otsikko {p}</title><link>{server.url(p)}</link></item>" for p in paths)
    return page(f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>', "application/rss+xml")


GOOD = page(
    '<html lang="fi"><head><title>Pohjanetti palasi</title></head><body><article><h1>Pohjanetti palasi</h1>'
    "<p>Pohjanetin verkko toimii taas koko maakunnassa, kertoo yhtiö tiedotteessaan perjantaina.</p>"
    "<p>Asiakkaat ovat tyytyväisiä siihen, että vika löytyi alle tunnissa.</p></article></body></html>"
)


def test_t04_t05_bombs_and_broken_bodies_are_cut_and_the_other_pages_stored(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    broken = {
        "/endless": Answer(send=endless),
        "/trickle": Answer(send=trickle),
        "/cut": Answer(send=truncated),
    }
    bombs = bomb()
    with CrawlServer({**broken, **bombs, "/good": GOOD}) as server:
        server.pages["/feed"] = feed_of([*bombs, *broken, "/good"], server)
        text = config_text(
            source("a", "feed", server.url("/feed"), follow=True), db, server, crawl="timeout = 2.0"
        )
        crawl = crawl_in_process(text, db)
        server.pages["/feed"] = feed_of(["/good"], server)
        plain = crawl_in_process(text, tmp_path / "plain.db")
    assert crawl.error is None
    (report,) = crawl.report.sources
    assert (report.outcome, report.errors) == ("ok", len(bombs) + len(broken))
    assert rows(db, "SELECT title FROM documents") == [("Pohjanetti palasi",)]
    assert crawl.peak_kib - plain.peak_kib < 3 * LIMIT / 1024
    warnings = [message for message in crawl.messages if "during decompression" in message]
    assert len(warnings) == len(bombs)


def test_t06_t07_t08_redirects_end_where_they_may_and_carry_no_secrets(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    refresh = '<html><meta http-equiv="refresh" content="0; url={}"><p>Odota</p></html>'
    with CrawlServer({"/target": GOOD}) as other, CrawlServer() as server:
        chain = {f"/chain/{n}": redirect(f"/chain/{n + 1}") for n in range(9)}
        server.pages |= chain | {
            "/loop": redirect("/loop"),
            "/file": redirect("file:///etc/passwd"),
            "/data": redirect("data:text/html,<p>Pohjanetti</p>"),
            "/evil": redirect("//127.0.0.9:1/"),
            "/refresh": page(refresh.format(other.url("/never"))),
            "/policy": Answer(GOOD.body, headers={"Referrer-Policy": "os.system", "Set-Cookie": "a=b"}),
            "/other": Answer(b"", 302, {"Location": other.url("/target"), "Set-Cookie": "secret=1"}),
        }
        paths = ["/chain/0", "/loop", "/file", "/data", "/evil", "/refresh", "/policy", "/other"]
        server.pages["/feed"] = feed_of(paths, server)
        crawl = crawl_in_process(
            config_text(source("a", "feed", server.url("/feed"), follow=True), db, server, other), db
        )
    assert crawl.error is None
    assert max(number for number in range(10) if server.hits[f"/chain/{number}"]) <= 5
    assert server.hits["/loop"] == 1 or server.hits["/loop"] <= 6
    assert (other.hits["/never"], other.hits["/target"]) == (0, 1)
    sent = [headers for _, _, headers in (*server.log, *other.log)]
    assert not any({"Cookie", "Authorization", "Referer"} & headers.keys() for headers in sent)
    assert all(headers["User-Agent"].startswith("Arvio/") for headers in sent)
    (report,) = crawl.report.sources
    assert (report.refused, report.errors) == (1, 4)


@pytest.mark.parametrize(
    "place", ["/b", "http://a.example/b", "http://b.example/b", "https://a.example:444/b"]
)
def test_t07_what_one_host_was_asked_with_is_not_sent_to_another(place: str) -> None:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

    from crawler.config import CrawlOptions
    from crawler.politeness import SafeRedirectMiddleware
    from crawler.settings import scrapy_settings
    from crawler.spiders import spider_for

    headers = {"Authorization": "x", "Cookie": "a=b", "If-None-Match": '"1"', "If-Modified-Since": "x"}
    crawler = Crawler(spider_for("pages"), scrapy_settings(CrawlOptions()))
    middleware = SafeRedirectMiddleware.from_crawler(crawler)
    result = middleware.process_response(
        Request("http://a.example/", headers=headers),
        Response("http://a.example/", status=302, headers={"Location": place}),
    )
    sent = {name for name in headers if name in result.headers}
    assert sent == (set() if place in ("http://b.example/b", "https://a.example:444/b") else set(headers))


def test_t10_the_process_listens_on_no_port(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    slow = {"/": Answer(send=linger)}
    with CrawlServer(slow) as server:
        crawl = crawl_in_process(config_text(source("a", "pages", server.url(), **SELECTORS), db, server), db)
    assert crawl.error is None
    assert crawl.listening == ()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody trusts."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    done = subprocess.run(
        [*command, "-keyout", str(path), "-out", str(path.with_suffix(".crt"))], capture_output=True
    )
    if done.returncode:
        pytest.skip("openssl is not there to make a certificate")
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_t09_bad_tls_is_said_and_opting_out_is_per_source(tmp_path: Path, certificate: Path) -> None:
    class Plain(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.send_header("Content-Length", str(len(ARTICLE.body)))
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ARTICLE.body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    db = tmp_path / "arvio.db"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Plain)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        place = f"127.0.0.1:{server.server_port}"
        fake: Any = SimpleNamespace(place=place)
        text = config_text(source("strict", "pages", f"https://{place}/", **SELECTORS), db, fake)
        strict = crawl_in_process(text, db)
        lax = crawl_in_process(text.replace("strict", "lax") + "verify_tls = false\n", db)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    (report,) = strict.report.sources
    assert report.outcome == "failed"
    assert "certificate" in report.reason
    assert "verify_tls" in report.reason
    assert [each.line for each in lax.report.sources] == ["lax: ok: 1 new mention in 1 document"]


# --- Retry-After -------------------------------------------------------------------------------------------


def test_t03_retry_after_is_read_as_seconds_or_date() -> None:
    from crawler.politeness import retry_after

    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert retry_after(b"30", now) == 30
    assert retry_after(b"Sun, 22 Nov 2026 10:02:00 GMT", now) == 120
    assert retry_after(b"Sun, 22 Nov 2026 09:00:00 GMT", now) == 0
    assert retry_after(b"soon", now) is None
    assert retry_after(b"-5", now) is None
    assert retry_after(None, now) is None


def test_t03_a_host_that_asks_for_rest_gets_it() -> None:
    import asyncio

    from scrapy import Request

    from crawler.politeness import MAX_WAIT, HostResting, Pacer

    clock = SimpleNamespace(now=100.0)

    async def sleep(seconds: float) -> None:
        clock.now += seconds

    async def check() -> list[float]:
        pacer = Pacer(2.0, clock=lambda: clock.now, sleep=sleep)
        starts = []
        for number in range(4):
            request = Request(f"http://news.example/{number}")
            await pacer.enter(request, lambda: False)
            starts.append(clock.now)
            pacer.leave(request)
            if number == 1:
                pacer.rest(request.url, 30.0)
        pacer.rest("http://news.example/", MAX_WAIT + 1)
        with pytest.raises(HostResting):
            await pacer.enter(Request("http://news.example/last"), lambda: False)
        await pacer.enter(Request("http://other.example/"), lambda: False)
        return starts

    first, second, third, fourth = asyncio.run(check())
    assert 2.0 <= second - first < 2.5
    assert 30.0 <= third - second < 30.5
    assert 2.0 <= fourth - third < 2.5


def test_t03_retries_wait_as_asked_and_end(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    busy = page("slow down", status=429, Retry_After="1")
    with (
        CrawlServer({"/": busy}) as one,
        CrawlServer({"/": page("x", status=503, Retry_After="9999")}) as two,
    ):
        text = config_text(
            source("one", "pages", one.url(), **SELECTORS) + source("two", "pages", two.url(), **SELECTORS),
            db, one, two,
        )  # fmt: skip
        crawl = crawl_in_process(text, db)
    moments = [moment for moment, target, _ in one.log if target == "/"]
    assert len(moments) == 3
    assert all(later - earlier >= 0.95 for earlier, later in pairwise(moments))
    assert two.hits["/"] == 1
    assert [each.outcome for each in crawl.report.sources] == ["failed", "failed"]
