"""Crawls the configured sources, all in one process and one event loop, and says how each fared.

Scrapy is imported when a crawl begins, so that importing this module costs nothing.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.config import Config, SourceConfig
from crawler.health import SourceReport, report
from store.errors import ArvioError, ConfigError, UsageError

if TYPE_CHECKING:
    from crawler.context import RunContext, SourceState
    from store.db import Store

PROGRESS_SECONDS = 0.25

Progress = Callable[[Sequence["Snapshot"]], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one source has come to so far."""

    source: str
    pages: int
    documents: int
    mentions: int
    errors: int
    running: bool


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How a crawl went, source by source in the order of the configuration."""

    sources: tuple[SourceReport, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0, 3 where a source failed, went silent or drifted, 130 where the crawl was interrupted."""
        if self.interrupted:
            return 130
        return 0 if all(each.outcome == "ok" for each in self.sources) else 3

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a source."""
        return tuple(each.line for each in self.sources)


def crawl(
    config: Config,
    store: "Store",
    *,
    sources: Iterable[str] | None = None,
    max_pages: int | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> CrawlReport:
    """Crawl `sources` (all by default) into `store`; at most `max_pages` of each.

    `progress` is called a few times a second. `now` fixes the clock of dates. The first SIGINT or SIGTERM
    ends the crawl in order, the second at once. Once a process: the event loop cannot be started again.
    Raises UsageError for an unknown source, ConfigError where there is none, StoreBusyError where another
    process crawls one, StoreError.
    """
    chosen = _chosen(config.source, sources, max_pages)
    return _run(config, store, chosen, "crawl", progress, now)


def import_file(path: Path, config: Config, store: "Store", *, now: datetime | None = None) -> CrawlReport:
    """Add the mentions of a CSV, JSON Lines, XLSX or Parquet file (see `crawler.tables`).

    Raises UsageError for an unusable file, StoreError.
    """
    from crawler.imports import import_rows

    return CrawlReport((import_rows(path, config, store, now),))


def _chosen(
    configured: Sequence[SourceConfig], names: Iterable[str] | None, max_pages: int | None
) -> list[SourceConfig]:
    known = {source.name: source for source in configured}
    wanted = list(dict.fromkeys(names)) if names else list(known)
    for name in wanted:
        if name not in known:
            raise UsageError(f"no source is called {name!r}; configured are {', '.join(known) or 'none'}")
    if not wanted:
        raise ConfigError("no source is configured; add a [[source]], `arvio probe URL` writes one")
    chosen = [known[name] for name in wanted]
    if max_pages is None:
        return chosen
    return [replace(each, max_pages=min(max_pages, each.max_pages or max_pages)) for each in chosen]


def _run(
    config: Config,
    store: "Store",
    chosen: Sequence[SourceConfig],
    command: str,
    progress: Progress | None,
    now: datetime | None,
) -> CrawlReport:
    run_id = store.start_run(command)
    try:
        store.sync_config(config.brand, config.source)
        ids = [store.start_source_run(run_id, source.name) for source in chosen]
        run, states = _context(config, store, run_id, chosen, now)
        interrupted = _Process(run, states, progress).start()
        if run.store_error is not None:
            raise run.store_error
        result = _finish(store, states, ids, interrupted)
    except ArvioError as error:
        _give_up(store, run_id, error.exit_code)
        raise
    store.finish_run(run_id, result.exit_code, {each.source: asdict(each) for each in result.sources})
    return result


def _give_up(store: "Store", run_id: int, exit_code: int) -> None:
    try:
        store.finish_run(run_id, exit_code, {})
    except ArvioError:
        return  # the store itself is what failed; the first error is the one to tell


def _context(
    config: Config, store: "Store", run_id: int, chosen: Sequence[SourceConfig], now: datetime | None
) -> "tuple[RunContext, list[SourceState]]":
    from crawler.context import RunContext, SourceState
    from crawler.matching import Matcher
    from crawler.mentions import subjects
    from crawler.politeness import Pacer
    from crawler.robots import RobotsCache

    run = RunContext(
        config=config,
        store=store,
        run_id=run_id,
        matcher=Matcher(config.brand),
        subjects=subjects(config.brand),
        pacer=Pacer(config.crawl.delay, config.crawl.per_host),
        robots=RobotsCache(),
        fixed_now=now,
    )
    return run, [SourceState(source, seen=store.seen_pages(source.name)) for source in chosen]


def _finish(
    store: "Store", states: "Sequence[SourceState]", ids: Sequence[int], interrupted: bool
) -> CrawlReport:
    reports = []
    for state, source_run in zip(states, ids, strict=True):
        name = state.source.name
        each = report(state, store.usual_yield(name), interrupted=interrupted)
        # A list on which nothing was found is asked for whole again: «not modified» would pass for well.
        if each.outcome == "ok" and state.dealt_with:
            store.mark_pages(name, state.dealt_with)
        counts = {
            "pages": each.pages,
            "documents": each.documents + each.known,
            "mentions": each.mentions,
            "new": each.new,
            "known": each.known,
            "refused": each.refused,
            "errors": each.errors,
        }
        store.finish_source_run(source_run, each.outcome, each.reason, counts)
        reports.append(each)
    return CrawlReport(tuple(reports), interrupted)


class _Process:
    """One AsyncCrawlerProcess with a crawler for each source."""

    def __init__(self, run: "RunContext", states: "Sequence[SourceState]", progress: Progress | None) -> None:
        self._run, self._states, self._progress = run, states, progress
        self._running: set[str] = set()
        self._interrupted = False

    def start(self) -> bool:
        """Crawl until all sources are done; returns whether a signal ended it."""
        from scrapy.crawler import AsyncCrawlerProcess, Crawler
        from scrapy.settings import Settings

        from crawler.settings import scrapy_settings
        from crawler.spiders import spider_for

        if _reactor_has_run():
            raise ArvioError("one process can crawl once only; start another process for the next crawl")
        outer = self

        class Process(AsyncCrawlerProcess):
            def _signal_shutdown(self, signum: int, frame: Any) -> None:
                outer._interrupted = True
                super()._signal_shutdown(signum, frame)

        options = self._run.config.crawl
        process = Process(scrapy_settings(options))
        for state in self._states:
            # The process's settings go over a crawler's of equal priority.
            settings = Settings()
            settings.setdict(scrapy_settings(options, verify_tls=state.source.verify_tls), priority="cmdline")
            crawler = Crawler(spider_for(state.source.kind), settings)
            self._watch(crawler, state)
            process.crawl(crawler, source=state.source, run=self._run, state=state)
        ticker = self._tick() if self._progress else None
        with _signals_restored():
            process.start()
        if ticker is not None:
            ticker.cancel()
            self._show()
        return self._interrupted

    def _watch(self, crawler: Any, state: "SourceState") -> None:
        from scrapy import signals

        self._running.add(state.source.name)
        began = time.monotonic()

        def closed(reason: str) -> None:
            state.close_reason, state.seconds = reason, time.monotonic() - began
            self._running.discard(state.source.name)

        # Scrapy keeps weak references to receivers.
        state.keep = closed
        crawler.signals.connect(closed, signal=signals.spider_closed)

    def _tick(self) -> Any:
        import asyncio

        async def show() -> None:
            while True:
                self._show()
                await asyncio.sleep(PROGRESS_SECONDS)

        return asyncio.get_event_loop().create_task(show())

    def _show(self) -> None:
        if self._progress is not None:
            self._progress([self._snapshot(state) for state in self._states])

    def _snapshot(self, state: "SourceState") -> Snapshot:
        name = state.source.name
        wrong = sum(state.errors.values())
        return Snapshot(name, state.pages, state.documents, state.mentions, wrong, name in self._running)


@contextmanager
def _signals_restored() -> Iterator[None]:
    """Put back the handlers that Scrapy leaves replaced: what follows a crawl must stop on Ctrl-C."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _reactor_has_run() -> bool:
    reactor = sys.modules.get("twisted.internet.reactor")
    return bool(getattr(reactor, "_started", False) or getattr(reactor, "_startedBefore", False))
