"""Serves the demo site on loopback, from memory, for as long as a ``with`` block lasts."""

from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from crawler.demo.site import Page, build_site


class DemoSite:
    """The demo site on 127.0.0.1 at a free port.

    Set ``night`` to 2 to let the second night's entries appear. ``hits`` counts the requests for each target
    (path with query) as it was asked for, whatever the answer; it is the witness that a forbidden page was
    never fetched.

    Raises:
        ValueError: ``night`` is neither 1 nor 2.
    """

    def __init__(self, night: int = 1) -> None:
        self.hits: Counter[str] = Counter()
        self._lock = Lock()
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="demo-site")
        self._pages = {which: build_site(self.base_url, which) for which in (1, 2)}
        self.night = night

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def night(self) -> int:
        """Which night's pages are served: 1 or 2."""
        return self._night

    @night.setter
    def night(self, value: int) -> None:
        if value not in self._pages:
            raise ValueError(f"night is {value}; the demo site has nights 1 and 2")
        self._night = value

    @property
    def targets(self) -> list[str]:
        """Every target that the site answers on the present night, with whatever status."""
        return sorted(self._pages[self._night])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, target: str) -> Page | None:
        """Count a hit on ``target`` and return its page of the present night, or None."""
        with self._lock:
            self.hits[target] += 1
        return self._pages[self._night].get(target)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: DemoSite) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    timeout = 10  # an idle keep-alive connection must not hold its thread for ever

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the demo prints its own progress."""

    def _answer(self, *, with_body: bool) -> None:
        page = self.server.site.page(self.path)
        if page is None:
            page = Page(b"Not found\n", "text/plain; charset=utf-8", datetime.now(UTC), HTTPStatus.NOT_FOUND)
        status = page.status
        if status == HTTPStatus.OK and self._is_fresh(page):
            status = HTTPStatus.NOT_MODIFIED
        self.send_response(status)
        if page.status == HTTPStatus.OK:
            self.send_header("ETag", page.etag)
            self.send_header("Last-Modified", format_datetime(page.modified, usegmt=True))
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if with_body and status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(page.body)

    def _is_fresh(self, page: Page) -> bool:
        """Whether the client's copy is good (RFC 9110 section 13.2.2: If-None-Match goes first)."""
        if tags := self.headers.get("If-None-Match"):
            known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
            return "*" in known or page.etag in known
        if since := self.headers.get("If-Modified-Since"):
            try:
                return page.modified <= parsedate_to_datetime(since)
            except (TypeError, ValueError):  # no date, or one without a zone: as if the header were absent
                return False
        return False
