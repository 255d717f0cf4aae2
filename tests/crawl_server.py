"""A real HTTP server on loopback with scripted answers, and crawls in real processes of their own.

`CrawlServer` answers each target from a list of `Answer`s, the last one for ever. `crawl_in_process` runs a
whole crawl in a child process: Scrapy's reactor can run once in a process, and signals need one of their own.
"""

import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
JSON = "application/json"
ALLOW_ALL = "User-agent: *\nAllow: /\n"


@dataclass(frozen=True)
class Answer:
    """One scripted answer. `send` takes the handler over for what no answer in order can do."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = HTML
    send: Callable[["Handler"], None] | None = None


def page(text: str, content_type: str = HTML, status: int = 200, **headers: str) -> Answer:
    """An answer with a text; header names are written with `_` for `-`."""
    return Answer(text.encode(), status, {k.replace("_", "-"): v for k, v in headers.items()}, content_type)


def redirect(location: str, status: int = 302) -> Answer:
    """An answer that leads elsewhere."""
    return Answer(b"", status, {"Location": location})


class Handler(BaseHTTPRequestHandler):
    """Serves the script of its `CrawlServer`."""

    server: "_Server"
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        """Answer the next of the target's script."""
        answer = self.server.owner.answer(self)
        if answer.send is not None:
            answer.send(self)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, owner: "CrawlServer", host: str) -> None:
        self.owner = owner
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the tests."""


class CrawlServer:
    """Scripted pages on loopback; a target without a script is 404, except /robots.txt, which allows all.

    `hits` counts requests by target; `log` has (seconds, target, headers) of each in order.
    """

    def __init__(
        self, pages: Mapping[str, Answer | list[Answer]] | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.pages: dict[str, Answer | list[Answer]] = dict(pages or {})
        self.hits: Counter[str] = Counter()
        self.log: list[tuple[float, str, dict[str, str]]] = []
        self.host = host
        self._lock = threading.Lock()
        self._server = _Server(self, host)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port that the system gave."""
        return int(self._server.server_port)

    @property
    def place(self) -> str:
        """`host:port`, as in allow_hosts."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, path: str = "/") -> str:
        """The address of a target."""
        return f"http://{self.place}{path}"

    def answer(self, handler: Handler) -> Answer:
        """Count the request and take the next answer of the target's script."""
        target = handler.path
        with self._lock:
            self.hits[target] += 1
            self.log.append((time.monotonic(), target, dict(handler.headers)))
            script = self.pages.get(target)
            if isinstance(script, list):
                script = script.pop(0) if len(script) > 1 else script[0]
        if script is not None:
            return script
        return page(ALLOW_ALL, "text/plain") if target == "/robots.txt" else page("not here", status=404)

    @property
    def pages_hit(self) -> int:
        """Requests for anything but robots.txt."""
        return sum(count for target, count in self.hits.items() if target != "/robots.txt")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


# --- crawls ------------------------------------------------------------------------------------------------


def context() -> ForkServerContext:
    """Processes forked from one that has Scrapy loaded, so that each crawl starts at once."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.crawl_preload"])
    return made


@dataclass
class Crawl:
    """A crawl in a process: its report when it ended, or what it raised, and which ports it listened on."""

    report: Any = None
    error: BaseException | None = None
    listening: tuple[int, ...] = ()
    peak_kib: int = 0
    memory: tuple[tuple[int, int], ...] = ()
    """(pages, KiB resident) from time to time."""
    messages: tuple[str, ...] = ()


def config_text(sources: str, db: Path, *servers: CrawlServer, crawl: str = "", brands: str = "") -> str:
    """An arvio.toml for tests: no delay, the servers' hosts allowed, the brands Kuiske and Արարկապ."""
    hosts = ", ".join(f'"{server.place}"' for server in servers)
    return (
        f'[store]\npath = "{db}"\n[crawl]\ncontact = "test@example.org"\ndelay = 0\nper_host = 4\n'
        f"allow_hosts = [{hosts}]\n{crawl or 'timeout = 10'}\n" + (brands or BRANDS) + sources
    )


BRANDS = '[[brand]]\nname = "Pohjanetti"\n[[brand]]\nname = "Արարկապ"\naliases = ["Ararkap"]\n'


def source(name: str, kind: str, url: str = "", **keys: object) -> str:
    """One [[source]]."""
    import json

    values = {"name": name, "kind": kind, **({"url": url} if url else {}), **keys}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "[[source]]\n" + "\n".join(lines) + "\n"


def start_crawl(text: str, db: Path, **arguments: object) -> tuple[BaseProcess, Any]:
    """Start a crawl; returns its process and the end of a pipe that will hold a `Crawl`."""
    from tests import crawl_preload

    made = context()
    mine, theirs = made.Pipe(duplex=False)
    process = made.Process(target=crawl_preload.run, args=(text, str(db), theirs, arguments))
    process.start()
    theirs.close()
    return process, mine


def crawl_in_process(text: str, db: Path, **arguments: object) -> Crawl:
    """Crawl to the end and return what came of it."""
    process, end = start_crawl(text, db, **arguments)
    try:
        result: Crawl = end.recv()
    except EOFError:
        result = Crawl(error=RuntimeError(f"the process ended with {process.exitcode}"))
    finally:
        end.close()
        process.join(60)
    return result


@contextmanager
def opened(db: Path) -> Iterator[Any]:
    """The store, for looking."""
    from store.db import Store

    with Store.open(db) as store, store.reading() as database:
        yield database


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with opened(db) as database:
        return [tuple(row) for row in database.execute(query)]
