"""Politeness towards hosts: one pace for each host, whatever the number of sources; Retry-After; redirects."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.response import response_status_message

from crawler.urls import host_of

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

MAX_WAIT = 120.0
"""Seconds: a host that asks for a longer pause is left alone until the next run."""
MAX_CRAWL_DELAY = 30.0
_TICK = 0.25
_GZIP = b"\x1f\x8b"


class HostResting(IgnoreRequest):
    """The host asked for a pause that is longer than the run will wait."""


class Stopping(IgnoreRequest):
    """The crawl is being stopped; the request waits for the next one."""


@dataclass
class _Host:
    gate: asyncio.Semaphore
    last_start: float = -1e9
    not_before: float = -1e9
    delay: float = 0.0
    running: "WeakSet[Request]" = field(default_factory=WeakSet)


class Pacer:
    """Lets requests out to each host `delay` seconds apart, `per_host` at a time, after the pause it asks for.

    One pacer serves all sources of a run. `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        delay: float,
        per_host: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._delay, self._per_host, self._clock, self._sleep = delay, per_host, clock, sleep
        self._hosts: dict[str, _Host] = {}

    async def enter(self, request: "Request", stopped: Callable[[], bool]) -> None:
        """Wait for this request's turn. Raises HostResting before a long pause, Stopping on a stop."""
        host = self._host(host_of(request.url))
        await host.gate.acquire()
        try:
            await self._wait(host, request, stopped)
        except BaseException:
            host.gate.release()
            raise
        host.last_start = self._clock()
        host.running.add(request)

    async def _wait(self, host: _Host, request: "Request", stopped: Callable[[], bool]) -> None:
        while True:
            if stopped():
                raise Stopping("the crawl is stopping")
            now = self._clock()
            if host.not_before - now > MAX_WAIT:
                raise HostResting(
                    f"{host_of(request.url)} asked to be left alone for longer than this run waits"
                )
            wait = max(host.not_before, host.last_start + max(self._delay, host.delay)) - now
            if wait <= 0:
                return
            await self._sleep(min(wait, _TICK))

    def leave(self, request: "Request") -> None:
        """The request is over; does nothing for one that never entered."""
        host = self._host(host_of(request.url))
        if request in host.running:
            host.running.discard(request)
            host.gate.release()

    def rest(self, url: str, seconds: float) -> None:
        """Send nothing to the host of `url` for so many seconds."""
        host = self._host(host_of(url))
        host.not_before = max(host.not_before, self._clock() + seconds)

    def slow_down(self, url: str, delay: float) -> None:
        """Heed a robots.txt `Crawl-delay`, up to MAX_CRAWL_DELAY seconds."""
        self._host(host_of(url)).delay = min(delay, MAX_CRAWL_DELAY)

    def _host(self, name: str) -> _Host:
        if name not in self._hosts:
            self._hosts[name] = _Host(asyncio.Semaphore(self._per_host))
        return self._hosts[name]


class PaceMiddleware:
    """Downloader middleware just before the network: each request takes its host's turn."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._pacer: Pacer = crawler.spider.run.pacer  # type: ignore[union-attr]

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def process_request(self, request: "Request") -> None:
        await self._pacer.enter(request, self._stopped)

    def process_response(self, request: "Request", response: "Response") -> "Response":
        self._pacer.leave(request)
        return response

    def process_exception(self, request: "Request", exception: Exception) -> None:
        self._pacer.leave(request)

    def _stopped(self) -> bool:
        return not self._crawler.crawling


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 §10.2.3: seconds or a date), or None."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class RetryAfterMiddleware(RetryMiddleware):
    """Scrapy's bounded retries, with the pause that the host asks for, or one that doubles."""

    def process_response(
        self, request: "Request", response: "Response", spider: "Spider | None" = None
    ) -> "Request | Response":
        if response.status not in self.retry_http_codes or request.meta.get("dont_retry"):
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        run = self.crawler.spider.run  # type: ignore[union-attr]
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        run.pacer.rest(
            request.url, delay * 2 ** request.meta.get("retry_times", 0) if asked is None else asked
        )
        if asked is not None:
            self.crawler.stats.inc_value("arvio/retry_after")
            if asked > MAX_WAIT:
                return response
        return self._retry(request, response_status_message(response.status)) or response


class BoundedCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression up to DOWNLOAD_MAXSIZE, without keeping what was unpacked of a bomb.

    Scrapy's exception holds the frame with the 8 MiB already unpacked, in a cycle that waits for the
    collector: five bombs in a row took 52 MiB instead of 13.
    """

    def process_response(
        self, request: "Request", response: "Response", spider: "Spider | None" = None
    ) -> "Request | Response":
        if response.headers.get("Content-Encoding") in (b"gzip", b"x-gzip") and response.body[:2] != _GZIP:
            # Said to be packed and is not, which browsers read too.
            del response.headers["Content-Encoding"]
            return response
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            refusal = str(error)
        except Exception:  # zlib, brotli and zstd have an error each
            raise IgnoreRequest("the answer is not packed as its header says") from None
        self.stats.inc_value("arvio/bombs")  # type: ignore[union-attr]
        raise IgnoreRequest(refusal)


class SafeRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects, without a Referer, and without one origin's credentials on another."""

    def _engine_started(self) -> None:
        """Nothing to look up: there is no Referer to handle."""

    def handle_referer(self, request: "Request", response: "Response") -> None:
        request.headers.pop("Referer", None)

    def process_response(
        self, request: "Request", response: "Response", spider: "Spider | None" = None
    ) -> "Request | Response":
        result = super().process_response(request, response)
        if result is response:
            if 300 <= response.status < 400 and response.status != 304:
                self.crawler.stats.inc_value("arvio/redirect_discarded")
            return response
        if result.url in (request.url, *request.meta.get("redirect_urls", ())):
            raise IgnoreRequest("its redirects lead in a circle")
        if host_of(result.url) != host_of(request.url):
            for header in ("Authorization", "Cookie", "If-None-Match", "If-Modified-Since"):
                result.headers.pop(header, None)
        # Several addresses may lead to one; Scrapy drops all but the first, and tells nobody.
        result.dont_filter = True  # type: ignore[union-attr]
        # The slot of the first host would pace the second one by the wrong name.
        result.meta.pop("download_slot", None)
        return result
