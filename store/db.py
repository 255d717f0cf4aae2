"""The store: one SQLite file, one writer at a time, every write in one immediate transaction.

`Store` opens and closes the file, keeps the transactions and the clock; what happens inside them is in the
modules that it calls (runs, documents, scores, feed, erase, cells).
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from store import cells, connection, erase, feed, runs, schema, scores
from store.documents import AddResult, Writer
from store.erase import ForgetResult
from store.errors import StoreBusyError, UsageError
from store.feed import Filters, MentionRow
from store.identity import Identity
from store.locks import NIGHT, Locks
from store.records import Document, PersonLabel, Score, Unscored
from store.runs import Outcome, SeenPage
from store.scores import ModelInfo
from store.text import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = [
    "AddResult",
    "Filters",
    "ForgetResult",
    "MentionRow",
    "ModelInfo",
    "Outcome",
    "SeenPage",
    "Store",
    "utc_text",
]


class BrandLike(Protocol):
    """What `Store.sync_config` needs of a brand."""

    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str | None: ...


class SourceLike(Protocol):
    """What `Store.sync_config` needs of a source."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def language(self) -> str | None: ...


def utc_text(moment: datetime) -> str:
    """`moment` as the store writes times: UTC, ISO 8601 to the second, `2026-11-22T10:00:00Z`."""
    # Not strftime, which writes the year 1 as 1.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


class Store:
    """An open store; use it as a context manager, from one thread.

    All methods raise StoreError (74) or StoreBusyError (75) with one sentence when the file fails or another
    process holds it; a write that fails leaves nothing behind.
    """

    def __init__(
        self, path: Path, database: sqlite3.Connection, *, clock: Callable[[], datetime], store_authors: bool
    ) -> None:
        self.path = path
        self._database = database
        self._clock = clock
        self._store_authors = store_authors
        self._identity = Identity(path, database)
        self._locks = Locks(path)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        store_authors: bool = False,
        clock: Callable[[], datetime] | None = None,
    ) -> Self:
        """The store at `path`, made or upgraded if need be; `read_only` never changes the file.

        `store_authors` keeps names beside the hashes; `clock` stands in for the present (with a time zone).
        """
        path = Path(path)
        database = connection.open_connection(path, read_only=read_only)
        return cls(path, database, clock=clock or (lambda: datetime.now(UTC)), store_authors=store_authors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; the last one out folds the write-ahead log into it."""
        self._locks.close()
        with connection.translated(self.path):
            self._database.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of the block or nothing, and the sums of the index brought up to date with
        it.

        Immediate from the start: one that began by reading would fail at its first write, whatever the
        timeout.
        """
        with connection.translated(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                cells.refresh(self._database)
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries; SQLite's errors come out as ours."""
        with connection.translated(self.path):
            yield self._database

    @property
    def database(self) -> "Database":
        """The open file as a `sqlite_utils.Database`, for scripts and notebooks:
        `store.database["scored_mentions"].rows_where("brand = ?", ["Nokia"])`, `.schema`, `["mentions"].search(…)`.

        For reading: what writes goes through this class, which begins immediate and keeps the index's sums.
        """
        return schema.wrapped(self._database)

    @property
    def now(self) -> str:
        """The present by the store's clock."""
        return utc_text(self._clock())

    def sync_config(self, brands: Iterable[BrandLike], sources: Iterable[SourceLike]) -> None:
        """Makes the tables `brands` and `sources` say what the configuration says; what is gone becomes
        inactive.
        """
        with self.transaction() as database:
            database.execute("UPDATE brands SET active = 0")
            database.executemany(
                "INSERT INTO brands (name, group_name) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET group_name = excluded.group_name, active = 1",
                [(brand.name, brand.group or None) for brand in brands],
            )
            database.execute("UPDATE sources SET active = 0")
            database.executemany(
                "INSERT INTO sources (name, kind, url, language) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO "
                "UPDATE SET "
                "kind = excluded.kind, url = excluded.url, language = excluded.language, active = 1",
                [(source.name, source.kind, source.url, source.language) for source in sources],
            )

    def start_run(self, command: str) -> int:
        """Records that `command` has begun and has the key of the authors' hashes; returns the run's id."""
        with self.transaction() as database:
            self._identity.load()
            return runs.start_run(database, command, self.now)

    def finish_run(self, run_id: int, exit_code: int, stats: Mapping[str, object]) -> None:
        """Records how a run ended."""
        with self.transaction() as database:
            runs.finish_run(database, run_id, exit_code, stats, self.now)

    def start_source_run(self, run_id: int, source_name: str) -> int:
        """Records that the crawl of a source has begun; StoreBusyError while another process crawls it."""
        with self.transaction() as database:
            source_id = runs.source_of(database, source_name)
            if not self._locks.take(source_id):
                raise StoreBusyError(
                    f"source {source_name!r} is being crawled by {runs.holder(database, source_id)}; "
                    "wait until it has finished"
                )
            return runs.start_source_run(database, run_id, source_id, self.now)

    def finish_source_run(self, id: int, outcome: Outcome, reason: str, counts: Mapping[str, int]) -> None:
        """Records how the crawl of a source ended (see `store.runs.finish_source_run`)."""
        with self.transaction() as database:
            source_id = runs.finish_source_run(database, id, outcome, reason, counts, self.now)
        self._locks.release(source_id)

    @contextlib.contextmanager
    def night(self) -> Iterator[None]:
        """Keeps other nightly jobs from the store; StoreBusyError while another process keeps this one."""
        if not self._locks.take(NIGHT):
            raise StoreBusyError(
                f"{self.path}: another `arvio run` is at work on the store; wait until it has finished"
            )
        try:
            yield
        finally:
            self._locks.release(NIGHT)

    def add_documents(
        self,
        documents: Iterable[Document],
        run_id: int | None = None,
        *,
        pages: Mapping[str, Iterable[SeenPage]] = {},
        labels: Iterable[PersonLabel] = (),
    ) -> AddResult:
        """Adds a batch, all of it or nothing; idempotent on (source, canonical id).

        `pages` (by source) are marked as seen in the same transaction, so that a page is never taken for done
        without its documents; `labels` are people's, of the documents' mentions.
        """
        with self.transaction() as database:
            writer = Writer(database, self._identity, run_id, self.now, keep_names=self._store_authors)
            result = writer.add_all(documents)
            writer.label(labels)
            for source, seen in pages.items():
                runs.mark_pages(database, source, seen)
            return result

    def author_hash(self, source: str, name: str) -> str:
        """The author `name` of `source` as `documents.author` keeps it; `start_run` has loaded the key for it."""
        with self.reading():
            return self._identity.author(source, name)

    def has_document(self, source: str, canonical_id: str) -> bool:
        """Whether the source's document is there."""
        with self.reading() as database:
            found = database.execute(
                "SELECT 1 FROM documents d JOIN sources s ON s.id = d.source_id "
                "WHERE s.name = ? AND d.canonical_id = ?",
                (storable(source), storable(canonical_id)),
            )
            return found.fetchone() is not None

    def is_forgotten(self, source: str, address: str) -> bool:
        """Whether the source's page at the canonical `address` was erased: what is there would not be stored."""
        with self.reading() as database:
            return erase.is_erased_page(database, self._identity, source, address)

    def seen_pages(self, source: str) -> dict[str, SeenPage]:
        """The pages of a source that were dealt with, by address."""
        with self.reading() as database:
            return runs.seen_pages(database, source)

    def mark_pages(self, source: str, pages: Iterable[SeenPage]) -> None:
        """Records pages as dealt with."""
        with self.transaction() as database:
            runs.mark_pages(database, source, pages)

    def usual_yield(self, source: str) -> float | None:
        """The median number of documents of the source's last ten good crawls; None before three of them."""
        with self.reading() as database:
            return runs.usual_yield(database, source)

    def use_model(self, model: ModelInfo) -> int:
        """The model's id; from now on its readings are preferred."""
        with self.transaction() as database:
            return scores.use_model(database, model, self.now)

    def unscored(
        self, model: ModelInfo | int | None, limit: int | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """(mention id, text for the model, language) of what `model` (or the model of that id) has not
        read.
        """
        model_id = self.use_model(model) if isinstance(model, ModelInfo) else model
        with self.reading() as database:
            yield from scores.unscored(database, model_id, limit)

    def count_unscored(self, model_id: int | None) -> int:
        """How many mentions the model of that id has not read; all of them for None."""
        with self.reading() as database:
            return scores.count_unscored(database, model_id)

    def add_scores(self, model: ModelInfo, readings: Iterable[Score]) -> None:
        """Keeps a batch of readings, all of it or nothing."""
        with self.transaction() as database:
            model_id = scores.use_model(database, model, self.now)
            scores.add_scores(database, model_id, readings, self.now)

    def add_unscored(self, model: ModelInfo, unread: Iterable[Unscored]) -> None:
        """Keeps why the model does not read these mentions."""
        with self.transaction() as database:
            model_id = scores.use_model(database, model, self.now)
            scores.add_unscored(database, model_id, unread, self.now)

    def mentions(self, filters: Filters = Filters()) -> Iterator[MentionRow]:
        """The mentions that pass the filters, streamed, newest first."""
        with self.reading() as database:
            yield from feed.mentions(database, filters)

    def mention_cells(self, filters: Filters = Filters()) -> Iterator[tuple[Any, ...]]:
        """The same as tuples, in the order of `store.feed.NAMES`."""
        with self.reading() as database:
            yield from feed.cells(database, filters)

    def count_mentions(self, filters: Filters = Filters()) -> int:
        """How many mentions pass the filters."""
        with self.reading() as database:
            return feed.count(database, filters)

    def forget(
        self, *, author: str | None = None, url: str | None = None, canonical: str = ""
    ) -> ForgetResult:
        """Erases an author's texts, or a page's, for good; the next crawl leaves them out. See
        `store.erase`.

        `canonical` is the page's address as crawls write it, where `url` may be spelled otherwise.
        """
        if (author is None) == (url is None) or not (author or url or "").strip():
            raise UsageError("forget takes either an author or a url; give one of the two")
        with self.transaction() as database:
            addresses = {each.strip() for each in (url or "", canonical)} - {""}
            result = erase.erase(database, self._identity, author=author, addresses=addresses, now=self.now)
        with self.reading() as database:
            backups = erase.wipe(database, self.path)
        return ForgetResult(result.documents, result.mentions, backups, result.still_quoted)

    def check_key(self) -> None:
        """StoreError where the key of the authors' hashes is missing, cannot be read or is another store's."""
        with self.reading():
            self._identity.check()

    def check(self) -> list[str]:
        """What SQLite's integrity check and the foreign keys say is wrong; empty when all is well."""
        with self.reading() as database:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(20)")]
            orphans = database.execute("PRAGMA foreign_key_check").fetchall()
        return [each for each in found if each != "ok"] + [
            f"{row[0]} {row[1]} has no {row[2]}" for row in orphans
        ]
