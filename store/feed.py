"""The feed: mentions with everything that an analyst needs, filtered; every filter is a bound parameter."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from store.errors import UsageError
from store.language import CODES
from store.text import normal_form

_LABELS = ("negative", "neutral", "positive", "unscored")
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show; None is no restriction. `since` and `until` are days or times, both included.

    `search` is words that must all occur, the last one as a beginning.
    """

    brand: str | None = None
    group: str | None = None
    label: str | None = None
    language: str | None = None
    source: str | None = None
    since: str | None = None
    until: str | None = None
    search: str | None = None
    limit: int | None = None
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class MentionRow:
    """One mention: every column of `scored_mentions`, in its order (docs/guide-analyst.md explains each).

    `spans` are character offsets of the matched words in `passage`. `label` is negative, neutral, positive or
    unscored; `label_from` person, stars, model or empty. `rating` is on the scale 1–5. `author` is a keyed
    hash, `author_name` the name where names are kept. `compound`, `lookalike`, `truncated`, `date_doubt` and
    `encoding_doubt` are 0 or 1.
    """

    mention_id: int
    brand: str
    brand_group: str | None
    source: str
    source_kind: str
    document_kind: str
    url: str
    title: str
    passage: str
    scored_text: str
    language: str
    language_confidence: float
    published_at: str | None
    date_source: str | None
    date_precision: str | None
    date_doubt: int
    day: str
    author: str | None
    author_name: str | None
    rating: float | None
    label: str
    label_from: str
    negative: float | None
    neutral: float | None
    positive: float | None
    model: str | None
    truncated: int | None
    unscored_reason: str | None
    cluster_id: int
    cluster_size: int
    weight: float
    alias: str
    rule: str
    compound: int
    relevance: float
    context: str | None
    lookalike: int
    spans: tuple[tuple[int, int], ...]
    encoding_doubt: int
    revision: int
    first_seen: str
    last_seen: str
    canonical_id: str
    aspects: str | None


NAMES = tuple(each.name for each in fields(MentionRow))


def mentions(connection: sqlite3.Connection, filters: Filters) -> Iterator[MentionRow]:
    """The mentions that pass `filters`, newest first (or oldest), streamed."""
    for row in cells(connection, filters):
        values = dict(zip(NAMES, row, strict=True))
        values["spans"] = tuple((start, end) for start, end in json.loads(values["spans"]))
        yield MentionRow(**values)


def cells(connection: sqlite3.Connection, filters: Filters) -> Iterator[tuple[Any, ...]]:
    """The same as plain tuples in the order of `NAMES`, as the store holds them (`spans` is JSON)."""
    conditions, parameters = _conditions(filters)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    direction = "DESC" if filters.newest_first else "ASC"
    # Only the numbers are sorted: whole rows of a large store would be sorted on disk, for however few of them.
    ordered = connection.execute(
        f"SELECT mention_id FROM scored_mentions {where} "
        f"ORDER BY coalesce(published_at, first_seen) {direction}, mention_id {direction} LIMIT ?",
        (*parameters, -1 if filters.limit is None else filters.limit),
    )
    while page := [mention_id for (mention_id,) in ordered.fetchmany(_PAGE)]:
        rows = connection.execute(
            f"SELECT {', '.join(NAMES)} FROM scored_mentions WHERE mention_id IN (SELECT value FROM json_each(?))",
            (json.dumps(page),),
        )
        found = {row[0]: row for row in rows}
        # One that was erased meanwhile, where the caller reads without a transaction, is not there any more.
        yield from (found[mention_id] for mention_id in page if mention_id in found)


def count(connection: sqlite3.Connection, filters: Filters) -> int:
    """How many mentions pass `filters`."""
    conditions, parameters = _conditions(filters)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    (found,) = connection.execute(f"SELECT count(*) FROM scored_mentions {where}", parameters).fetchone()
    return int(found)


def check_known(connection: sqlite3.Connection, filters: Filters) -> None:
    """Raises UsageError for a source that the store does not know, and for a language that is no code of Arvio's
    and that no mention is in: a slip would look like silence.
    """
    if filters.source is not None:
        sources = [name for (name,) in connection.execute("SELECT name FROM sources ORDER BY name")]
        if filters.source not in sources:
            raise UsageError(
                f"source {filters.source!r} is not in the store; known: {', '.join(sources) or 'none'}"
            )
    if filters.language is not None and filters.language not in CODES:
        found = connection.execute("SELECT 1 FROM mentions WHERE language = ? LIMIT 1", (filters.language,))
        if not found.fetchone():
            raise UsageError(f"language {filters.language!r} is unknown; choose one of {', '.join(CODES)}")


def search_expression(words: str) -> str:
    """An FTS5 query that matches `words` literally, the last one as a beginning.

    FTS5 takes anything between double quotes as text (https://sqlite.org/fts5.html#fts5_strings), so no
    operator, column filter or bracket of the user's reaches it.
    """
    terms = normal_form(words).replace("\x00", " ").replace('"', " ").split()
    searchable = [term for term in terms if any(character.isalnum() for character in term)]
    return " ".join(f'"{term}"' for term in searchable) + ("*" if searchable else "")


def _conditions(filters: Filters) -> tuple[list[str], list[object]]:
    if filters.label is not None and filters.label not in _LABELS:
        raise UsageError(f"label {filters.label!r} is unknown; choose one of {', '.join(_LABELS)}")
    conditions: list[str] = []
    parameters: list[object] = []
    for column, value in (
        ("brand", filters.brand),
        ("brand_group", filters.group),
        ("label", filters.label),
        ("language", filters.language),
        ("source", filters.source),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    if filters.since is not None:
        conditions.append("coalesce(published_at, first_seen) >= ?")
        parameters.append(filters.since)
    if filters.until is not None:
        conditions.append("substr(coalesce(published_at, first_seen), 1, length(?)) <= ?")
        parameters += [filters.until, filters.until]
    if filters.search is not None:
        expression = search_expression(filters.search)
        if not expression:
            conditions.append("0")
        else:
            conditions.append("mention_id IN (SELECT rowid FROM mentions_fts WHERE mentions_fts MATCH ?)")
            parameters.append(expression)
    return conditions, parameters
