"""Pages a second of a crawl into the store, against a bare Scrapy spider on the same loopback site.

Run: python -m benchmarks.crawl [--pages 400] [--rounds 3]

Both read the same sitemap, fetch the same article pages, eight at a time, without delay, and extract title,
text and date with the same function. The bare spider yields dictionaries and has Scrapy's own defaults; Arvio
adds robots.txt, the guards, the pace of each host, the decoding of text, brand matching, language,
near-duplicate sketches and the store. Each crawl is a process of its own, timed by the server from its first
article to its last; beside that stands its processor time, which other work on the machine hardly moves.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WORKERS = 8
# About one mention a page, which is many: most pages of a newspaper name no brand that anybody watches.
BRANDS = '[[brand]]\nname = "Pohjanetti"\n'


def build(pages: int) -> dict[str, bytes]:
    """The site: a sitemap and `pages` articles made of the demo's texts."""
    from crawler.demo.content import entries

    texts = [entry for entry in entries() if entry.language in ("fi", "hy")]
    site = {}
    for number in range(pages):
        parts = [texts[(number * 7 + step * 13) % len(texts)] for step in range(5)]
        title = f"{parts[0].title or parts[0].author} {number}"
        body = "".join(f"<p>{part.text}</p>\n" for part in parts)
        links = "".join(
            f'<li><a href="/a/{(number + step) % pages}">Juttu {step}</a></li>' for step in range(20)
        )
        site[f"/a/{number}"] = (
            f'<!DOCTYPE html><html lang="{parts[0].language}"><head><meta charset="utf-8">'
            f"<title>{title}</title>"
            f'<meta property="article:published_time" content="2026-11-{1 + number % 20:02}T08:00:00+02:00">'
            f"</head><body><nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>{body}</article></main>"
            "</body></html>"
        ).encode()
    return site


class Site(ThreadingHTTPServer):
    """Serves the pages and keeps the time of the first and the last."""

    daemon_threads = True
    request_queue_size = 128
    pages: dict[str, bytes]
    first: float = 0.0
    last: float = 0.0
    served: int = 0


class Handler(BaseHTTPRequestHandler):
    """Answers from memory."""

    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One page."""
        if self.path == "/stats":
            body = f"{self.server.served} {self.server.last - self.server.first}".encode()
            self.server.served, self.server.first = 0, 0.0
        else:
            body = self.server.pages.get(self.path, b"")
            if self.path.startswith("/a/"):
                self.server.first = self.server.first or time.monotonic()
                self.server.last = time.monotonic()
                self.server.served += 1
        self.send_response(200 if body else 404)
        self.send_header(
            "Content-Type", "application/xml" if "xml" in self.path else "text/html; charset=utf-8"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def serve(pages: int, end: Any) -> None:
    """Run the site in a process of its own."""
    server = Site(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    server.pages = build(pages)
    urls = "".join(f"<url><loc>{base}{path}</loc></url>" for path in server.pages)
    server.pages["/sitemap.xml"] = f"<urlset>{urls}</urlset>".encode()
    end.send(base)
    server.serve_forever()


def arvio(base: str, pages: int) -> None:
    """Our crawl, whole."""
    from crawler.config import parse_config
    from crawler.run import crawl
    from store.db import Store

    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "arvio.db"
        text = (
            f"[crawl]\ndelay = 0\nper_host = {WORKERS}\nmax_pages = {pages + 10}\n"
            f'allow_hosts = ["{base[7:]}"]\n'
            + BRANDS
            + f'[[source]]\nname = "site"\nkind = "sitemap"\nurl = "{base}/sitemap.xml"\n'
        )
        with Store.open(db) as store:
            report = crawl(parse_config(text.encode(), "benchmark", Path(folder)), store)
            assert report.sources[0].documents == pages, report.lines


def bare(base: str, pages: int) -> None:
    """A plain spider with the same extraction and nothing of ours around it."""
    from datetime import UTC, datetime

    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.extraction import extract_article
    from crawler.feeds import parse_sitemap

    yielded = []

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[Any]:
            yield scrapy.Request(f"{base}/sitemap.xml", callback=self.parse_sitemap)

        def parse_sitemap(self, response: Any) -> Any:
            for each in parse_sitemap(response.body)[1]:
                yield scrapy.Request(each.url)

        def parse(self, response: Any) -> Any:
            article = extract_article(response.text, response.url, datetime.now(UTC))
            item = {
                "url": response.url,
                "title": article.title,
                "text": article.text,
                "date": article.published,
            }
            yielded.append(item["url"])
            yield item

    settings = {
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": WORKERS,
        "LOG_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(Bare)
    process.start()
    assert len(yielded) == pages, len(yielded)


def timed(run: Any, base: str, pages: int, end: Any) -> None:
    """In the crawl's process: run it, and send its processor time less that of the imports."""
    import scrapy.crawler
    import trafilatura

    import crawler.run
    import crawler.spiders.sitemap

    loaded = (scrapy, trafilatura, crawler)
    began = time.process_time()
    run(base, pages)
    end.send(time.process_time() - began if loaded else 0.0)


def measure(base: str, pages: int, run: Any) -> tuple[float, float]:
    """Pages a second of one crawl, by the clock and by the processor."""
    from urllib.request import urlopen

    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=timed, args=(run, base, pages, theirs))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{run.__name__} ended with {process.exitcode}")
    with urlopen(f"{base}/stats") as answer:
        served, seconds = answer.read().split()
    return int(served) / float(seconds), pages / float(mine.recv())


def main() -> None:
    """Print the rates and their ratio."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--pages", type=int, default=400)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(chosen.pages, theirs), daemon=True)
    server.start()
    base = mine.recv()
    rates: dict[str, list[tuple[float, float]]] = {"bare": [], "arvio": []}
    # In turn, so that a busy machine burdens both alike.
    for _ in range(chosen.rounds):
        for run in (bare, arvio):
            rates[run.__name__].append(measure(base, chosen.pages, run))
    server.terminate()
    server.join()
    for name, which in (("clock", 0), ("processor", 1)):
        ours, plain = (statistics.median(each[which] for each in rates[who]) for who in ("arvio", "bare"))
        print(
            f"by the {name}: bare Scrapy {plain:.1f} pages/s, Arvio {ours:.1f} pages/s, "
            f"ratio {ours / plain:.2f}"
        )
    print({who: [tuple(round(rate, 1) for rate in each) for each in found] for who, found in rates.items()})


if __name__ == "__main__":
    main()
