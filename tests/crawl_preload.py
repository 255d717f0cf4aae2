"""Loaded once by the process that the test crawls are forked from; no reactor is installed here."""

import logging
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dateparser
import extruct.w3cmicrodata
import feedparser
import scrapy.core.downloader.handlers.http11
import scrapy.crawler
import trafilatura

import crawler.pipeline
import crawler.politeness
import crawler.robots
import crawler.run
import crawler.spiders.feed
import crawler.spiders.pages
import crawler.spiders.reviews
import store.db
from tests.crawl_server import Crawl

PRELOADED = (dateparser, extruct, feedparser, scrapy, trafilatura, crawler, store)
assert "twisted.internet.reactor" not in sys.modules


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def run(text: str, db: str, end: Any, arguments: dict[str, Any]) -> None:
    """Crawl and send a `Crawl` through the pipe `end`."""
    from crawler.config import parse_config

    kept = _Kept()
    logging.getLogger().addHandler(kept)
    names = bool(arguments.pop("names", False))
    patches = arguments.pop("patches", None)
    if patches is not None:
        patches()
    result = Crawl()
    ports: set[int] = set()

    memory: list[tuple[int, int]] = []

    def progress(found: Sequence[Any]) -> None:
        ports.update(listening())
        memory.append((sum(each.pages for each in found), resident_kib()))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        config = parse_config(text.encode(), "arvio.toml", Path(db).parent)
        with store.db.Store.open(db, store_authors=names) as opened:
            result.report = crawler.run.crawl(config, opened, progress=progress, **arguments)
    except BaseException as error:
        result.error = error
    result.listening = tuple(sorted(ports))
    result.peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    result.memory = tuple(memory)
    result.messages = tuple(kept.messages)
    end.send(result)
    end.close()


def resident_kib() -> int:
    """The memory that this process holds, from /proc."""
    statm = Path("/proc/self/statm").read_text().split()
    return int(statm[1]) * resource.getpagesize() // 1024


def listening() -> set[int]:
    """Ports that this process listens on, from /proc."""
    own = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            own.add(str(link.readlink()))
        except OSError:
            continue
    found = set()
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        path = Path(table)
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in own:
                found.add(int(cells[1].rpartition(":")[2], 16))
    return found


def look(url: str, allow_hosts: tuple[str, ...], end: Any) -> None:
    """Probe `url` and send the report, or what was raised, through the pipe `end`."""
    from crawler.config import CrawlOptions
    from crawler.probe import probe

    try:
        end.send(probe(url, CrawlOptions(delay=0.0, per_host=4, allow_hosts=allow_hosts)))
    except Exception as error:
        end.send(error)
    end.close()
