"""robots.txt that fails closed (RFC 9309 §2.3.1): what cannot be read forbids everything."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.guards import Refused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

USER_AGENT = "arvio"
MAX_BYTES = 500 * 1024
"""RFC 9309 §2.5 asks for at least 500 KiB to be read."""


class Forbidden(IgnoreRequest):
    """robots.txt forbids the page."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be read, so nothing of the host may be fetched."""


@dataclass(frozen=True)
class Rules:
    """What one origin's robots.txt says.

    `parser` is None where the file does not exist; `unreachable` is why it could not be read, or empty;
    `refused` is the reason of the guard that refused the request, or empty.
    """

    parser: Any = None
    unreachable: str = ""
    refused: str = ""

    def check(self, url: str) -> None:
        """Raises Refused, Forbidden or RobotsUnreachable where `url` may not be fetched."""
        if self.refused:
            raise Refused(self.refused, url)
        if self.unreachable:
            raise RobotsUnreachable(
                f"robots.txt {self.unreachable}, so nothing of {urlsplit(url).netloc} is fetched"
            )
        if self.parser is not None and not self.parser.can_fetch(url, USER_AGENT):
            raise Forbidden(f"robots.txt of {urlsplit(url).netloc} forbids {url}")

    @property
    def crawl_delay(self) -> float | None:
        """Seconds of the `Crawl-delay` that concerns us, or None."""
        return self.parser.crawl_delay(USER_AGENT) if self.parser is not None else None

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of the sitemaps that the file names."""
        return tuple(self.parser.sitemaps) if self.parser is not None else ()


def rules_from(status: int, body: bytes) -> Rules:
    """The rules that an answer to /robots.txt stands for (RFC 9309 §2.3.1.2–2.3.1.4)."""
    from protego import Protego

    if 200 <= status < 300:
        return Rules(Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", "replace")))
    if 400 <= status < 500 and status != 429:
        return Rules()
    return Rules(unreachable=f"answered {status}")


class RobotsCache:
    """The rules of each origin for one run, asked for once whatever the number of sources."""

    def __init__(self) -> None:
        self._known: dict[str, asyncio.Future[Rules]] = {}

    async def rules(self, url: str, crawler: "Crawler") -> Rules:
        """The rules for the origin of `url`; the first who asks fetches them, through its own guards."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._known:
            future = self._known[origin] = asyncio.get_running_loop().create_future()
            rules = Rules(unreachable="could not be fetched")
            try:
                rules = await _fetch(f"{origin}/robots.txt", crawler)
            finally:
                future.set_result(rules)
            if rules.crawl_delay:
                crawler.spider.run.pacer.slow_down(url, rules.crawl_delay)  # type: ignore[union-attr]
        return await self._known[origin]


async def _fetch(url: str, crawler: "Crawler") -> Rules:
    request = Request(url, priority=1000, callback=NO_CALLBACK, meta={"arvio_robots": True})
    crawler.stats.inc_value("arvio/robots_requests")
    try:
        response = await crawler.engine.download_async(request)
        return rules_from(response.status, response.body)
    except Refused as error:
        return Rules(refused=error.reason)
    except Exception as error:  # whatever went wrong, the answer is the same: fetch nothing
        return Rules(unreachable=f"could not be fetched ({describe(error)})")


def describe(error: BaseException) -> str:
    """A short cause for people: the sentence of our own exceptions, or what kind of failure it was."""
    from scrapy import exceptions

    known: tuple[tuple[type[BaseException], str], ...] = (
        (exceptions.DownloadTimeoutError, "it took too long"),
        (exceptions.CannotResolveHostError, "the host's name does not resolve"),
        (exceptions.DownloadConnectionRefusedError, "the connection was refused"),
        (exceptions.ResponseDataLossError, "the answer was cut short"),
        (exceptions.DownloadCancelledError, "the answer is larger than the limit"),
        (exceptions.UnsupportedURLSchemeError, "the scheme is not http or https"),
    )
    if isinstance(error, HttpError):
        return f"answered {error.response.status}"
    if "certificate" in str(error).lower():
        return "its TLS certificate cannot be verified; verify_tls = false opts this source out"
    if "exceeded DOWNLOAD_MAXSIZE" in str(error):
        return "the answer is larger than the limit when unpacked"
    for kind, sentence in known:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, exceptions.DownloadFailedError):
        return "the connection was lost"
    return str(error) or type(error).__name__


class RobotsMiddleware:
    """Downloader middleware: asks the rules of each host that a request, or a redirect, leads to."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        spider: Any = crawler.spider
        self._cache: RobotsCache = spider.run.robots
        self._ignore: bool = spider.source.ignore_robots

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if self._ignore or request.meta.get("arvio_robots"):
            return
        try:
            (await self._cache.rules(request.url, self._crawler)).check(request.url)
        except IgnoreRequest:
            self._crawler.stats.inc_value("arvio/robots_forbidden")
            raise
