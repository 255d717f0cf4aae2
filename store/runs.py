"""Runs, the crawl of each source within them, and the pages that a source has shown before."""

import json
import os
import socket
import sqlite3
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "silent", "failed", "drift", "interrupted"]

_USUAL_OVER = 10
_USUAL_FROM = 3


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was fetched and dealt with; what the next crawl needs to ask for it only if it has
    changed.
    """

    url: str
    fetched_at: str
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None


def start_run(connection: sqlite3.Connection, command: str, now: str) -> int:
    """A new row of `runs`; returns its id."""
    row = connection.execute(
        "INSERT INTO runs (command, pid, started_at) VALUES (?, ?, ?) RETURNING id",
        (command, os.getpid(), now),
    ).fetchone()
    return int(row[0])


def finish_run(
    connection: sqlite3.Connection, run_id: int, exit_code: int, stats: Mapping[str, object], now: str
) -> None:
    """Closes a run; `stats` is kept as JSON."""
    connection.execute(
        "UPDATE runs SET finished_at = ?, exit_code = ?, stats = ? WHERE id = ?",
        (now, exit_code, json.dumps(stats, ensure_ascii=False, sort_keys=True, default=str), run_id),
    )


def start_source_run(connection: sqlite3.Connection, run_id: int, source_id: int, now: str) -> int:
    """A new row of `source_runs`, for who holds the source's lock: what is still open is closed as interrupted."""
    open_runs = connection.execute(
        "SELECT id FROM source_runs WHERE source_id = ? AND finished_at IS NULL", (source_id,)
    ).fetchall()
    for (open_id,) in open_runs:
        finish_source_run(
            connection, open_id, "interrupted", "the process ended before the crawl did", {}, now
        )
    row = connection.execute(
        "INSERT INTO source_runs (run_id, source_id, pid, process, started_at) VALUES (?, ?, ?, ?, ?) "
        "RETURNING id",
        (run_id, source_id, os.getpid(), socket.gethostname(), now),
    ).fetchone()
    return int(row[0])


def holder(connection: sqlite3.Connection, source_id: int) -> str:
    """The process that crawls a source whose lock another has, as far as the store knows it yet."""
    row = connection.execute(
        "SELECT pid, process FROM source_runs WHERE source_id = ? AND finished_at IS NULL ORDER BY id DESC",
        (source_id,),
    ).fetchone()
    if row is None:
        return "another process"
    pid, host = row
    return f"process {pid}" if host == socket.gethostname() else f"process {pid} on {host}"


def finish_source_run(
    connection: sqlite3.Connection,
    id: int,
    outcome: Outcome,
    reason: str,
    counts: Mapping[str, int],
    now: str,
) -> int:
    """Closes the crawl of a source and returns the source's id; `pages`, `documents` and `mentions` of `counts` get
    columns, all of it is kept.
    """
    row = connection.execute(
        "UPDATE source_runs SET finished_at = ?, outcome = ?, reason = ?, pages = ?, documents = ?, "
        "mentions = ?, "
        "counts = ? WHERE id = ? RETURNING source_id",
        (
            now,
            outcome,
            reason,
            counts.get("pages", 0),
            counts.get("documents", 0),
            counts.get("mentions", 0),
            json.dumps(dict(counts), sort_keys=True),
            id,
        ),
    ).fetchone()
    return int(row[0])


def usual_yield(connection: sqlite3.Connection, source: str) -> float | None:
    """The median number of documents that the source's last ten good crawls met; None before three of
    them.

    Good crawls that met none were told that nothing had changed: they say nothing of the yield.
    """
    rows = connection.execute(
        "SELECT r.documents FROM source_runs r JOIN sources s ON s.id = r.source_id "
        "WHERE s.name = ? AND r.outcome = 'ok' AND r.documents > 0 ORDER BY r.id DESC LIMIT ?",
        (source, _USUAL_OVER),
    ).fetchall()
    if len(rows) < _USUAL_FROM:
        return None
    return float(statistics.median(row[0] for row in rows))


def seen_pages(connection: sqlite3.Connection, source: str) -> dict[str, SeenPage]:
    """The source's pages by address."""
    rows = connection.execute(
        "SELECT url, fetched_at, status, etag, last_modified, content_hash FROM seen_pages "
        "WHERE source_id = (SELECT id FROM sources WHERE name = ?)",
        (source,),
    )
    return {row[0]: SeenPage(*row) for row in rows}


def mark_pages(connection: sqlite3.Connection, source: str, pages: Iterable[SeenPage]) -> None:
    """Adds or replaces the source's pages."""
    source_id = source_of(connection, source)
    connection.executemany(
        "INSERT INTO seen_pages (source_id, url, fetched_at, status, etag, last_modified, content_hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at, "
        "status = excluded.status, etag = excluded.etag, last_modified = excluded.last_modified, "
        "content_hash = excluded.content_hash",
        (
            (
                source_id,
                page.url,
                page.fetched_at,
                page.status,
                page.etag,
                page.last_modified,
                page.content_hash,
            )
            for page in pages
        ),
    )


def source_of(connection: sqlite3.Connection, name: str) -> int:
    """The id of a source, added if the store does not know it yet."""
    row = connection.execute("SELECT id FROM sources WHERE name = ?", (name,)).fetchone()
    if row is None:
        row = connection.execute("INSERT INTO sources (name) VALUES (?) RETURNING id", (name,)).fetchone()
    return int(row[0])


def brand_of(connection: sqlite3.Connection, name: str) -> int:
    """The id of a brand, added if the store does not know it yet."""
    row = connection.execute("SELECT id FROM brands WHERE name = ?", (name,)).fetchone()
    if row is None:
        row = connection.execute("INSERT INTO brands (name) VALUES (?) RETURNING id", (name,)).fetchone()
    return int(row[0])
