"""Adds the rows of a file to the store as documents: `arvio import`, and the engine of kind "file"."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from crawler.config import Config, SourceConfig
from crawler.exports import exported_documents
from crawler.health import SourceReport
from crawler.items import Found
from crawler.mentions import find_mentions, subjects, worth_storing
from crawler.tables import Fault, Faults, Row, Table, read_table
from crawler.urls import web_address
from store.dates import parse_date
from store.documents import AddResult
from store.encoding import REPLACEMENT
from store.errors import ArvioError
from store.identity import content_id
from store.records import Document, PersonLabel
from store.terminal import counted
from store.text import normal_form

if TYPE_CHECKING:
    from store.db import Store

BATCH = 500
INTERRUPTED = 130
SHOWN = 8
"""How many unused columns are named."""

_RATING = re.compile(r"(\d{1,20}(?:[.,]\d{1,20})?)(?:\s*/\s*(\d{1,20}(?:[.,]\d{1,20})?))?[^\d/%]{0,20}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImportReport(SourceReport):
    """How an import ended. `rows` is the sum of `new` rows, those `known` before, those of people or pages that
    were `forgotten`, those `without_brand`, and `errors`, those left out; `faults` are the first of these. An
    export has a row for each mention, so there `documents` are fewer.
    """

    rows: int = 0
    without_brand: int = 0
    forgotten: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Batch:
    documents: list[Document]
    labels: list[PersonLabel] = field(default_factory=list)
    rows: int = 0
    known: int = 0
    """Rows of documents that the store has, and that are not given to it again."""
    without_brand: int = 0


def import_rows(path: Path, config: Config, store: "Store", now: datetime | None = None) -> ImportReport:
    """Store the rows of `path` whose brand is given or named in the text; those of an export of ours as they
    stood. In batches, each whole or not at all: an import that was interrupted goes on when it is run again.

    Raises UsageError before the store is touched, StoreError.
    """
    faults = Faults()
    with read_table(path, faults) as table:
        run_id = store.start_run("import")
        unread = faults.count
        result, met, stored, known, without_brand = AddResult(), 0, 0, 0, 0
        try:
            store.sync_config(config.brand, config.source)
            for batch in _batches(path, table, config, store, now or datetime.now(UTC), faults):
                result += store.add_documents(batch.documents, run_id, labels=batch.labels)
                met += len(batch.documents)
                stored += batch.rows
                known += batch.known
                without_brand += batch.without_brand
        except (ArvioError, KeyboardInterrupt) as error:
            store.finish_run(run_id, error.exit_code if isinstance(error, ArvioError) else INTERRUPTED, {})
            raise
        notes = notes_on(faults, table)
        rows, mentions = len(table) + unread, result.mentions_new
        forgotten = result.mentions_erased if table.exported else result.erased
        again = result.changed + result.unchanged
        new, known = stored - forgotten - again, known + again
    store.finish_run(run_id, 0, {"rows": rows, "documents": met, "new": result.new, "mentions": mentions})
    reason = f"{counted(mentions, 'new mention')} in {counted(rows, 'row')}"
    if known:
        reason += f"; {known} known before"
    if without_brand:
        reason += f"; {without_brand} without a brand"
        notes.append(
            f"{_rows(without_brand, 'names', 'name')} no configured brand and {_were(without_brand)} not stored; "
            'where they are about one, give its name in a column "brand"'
        )
    if result.erased:
        reason += f"; {counted(result.erased, 'document')} left out: forgotten"
    if faults.count:
        reason += f"; {faults.count} left out ({faults.first})"
    return ImportReport(
        source=path.name, outcome="ok", reason=reason, pages=1, documents=met, new=new,
        mentions=mentions, known=known, refused=0, errors=faults.count,
        notes=tuple(notes), rows=rows, without_brand=without_brand, forgotten=forgotten,
        faults=tuple(faults.listed),
    )  # fmt: skip


def notes_on(faults: Faults, table: Table) -> list[str]:
    """What was not read of a table whose rows have all been read, a sentence each."""
    notes = []
    if faults.dates.count:
        rows = _rows(faults.dates.count, "has", "have")
        counts = "counts" if faults.dates.count == 1 else "count"
        notes.append(
            f"{rows} no readable date and {counts} as of today, the first in line {faults.dates.first}"
        )
    if faults.ratings.count:
        rated = f"{counted(faults.ratings.count, 'rating')} {'is' if faults.ratings.count == 1 else 'are'}"
        notes.append(
            f"{rated} not on 1-5 and {_were(faults.ratings.count)} ignored, the first in line {faults.ratings.first}; "
            "write another scale as 8/10"
        )
    if table.unused:
        more = len(table.unused) - SHOWN
        notes.append(
            f"columns not used: {', '.join(table.unused[:SHOWN])}" + (f" and {more} more" if more > 0 else "")
        )
    return notes


def _rows(number: int, verb: str, verbs: str) -> str:
    return f"{counted(number, 'row')} {verb if number == 1 else verbs}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _batches(
    path: Path, table: Table, config: Config, store: "Store", now: datetime, faults: Faults
) -> Iterator[_Batch]:
    known = subjects(config.brand)
    if table.exported:
        for batch in _batched(exported_documents(table, known, faults)):
            # What the store has is whole, an export quotes.
            news = [each for each in batch if not store.has_document(each[0].source, each[0].canonical_id)]
            rows = sum(len(document.mentions) for document, _ in news)
            yield _Batch(
                [document for document, _ in news],
                [label for _, labels in news for label in labels],
                rows=rows,
                known=sum(len(document.mentions) for document, _ in batch) - rows,
            )
        return
    from crawler.matching import Matcher

    matcher = Matcher(config.brand)
    source = SourceConfig(name=path.name, kind="file", path=str(path))
    for found in _batched(documents(table, source, known, store, now, faults)):
        read = [find_mentions(each.document, matcher, each.about, known) for each in found]
        stored = worth_storing(read, store)
        yield _Batch(stored, rows=len(stored), without_brand=len(read) - len(stored))


def _batched(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(itertools.islice(rest, BATCH)):
        yield batch


def documents(
    table: Table,
    source: SourceConfig,
    known: Mapping[str, str],
    store: "Store",
    now: datetime,
    faults: Faults,
) -> Iterator[Found]:
    """The rows as documents; one whose brand is not configured is left out and goes to `faults`."""
    for row in table.rows(faults):
        if row.brand and normal_form(row.brand) not in known:
            faults.add(row.line, f"brand {row.brand!r} is not configured")
            continue
        document = _document(row, source, store, now, doubt=table.doubt or REPLACEMENT in row.text)
        if document.published_at is None:
            faults.dates.add(row.line)
        if row.rating and document.rating is None:
            faults.ratings.add(row.line)
        if (time := table.times(document.canonical_id)) > 1:
            # «Hyvä!» twice, both nameless and undated, is two opinions; numbered, they are the same two when
            # the file is imported again.
            document = replace(document, canonical_id=f"{document.canonical_id}~{time}")
        yield Found(document, row.brand)


def _stars(text: str) -> tuple[float | None, float, float]:
    """A rating with the best and the worst of its scale: "4" and "4,5 stars" are on 1 to 5, "4/10" on 1 to 10, or
    from less where it is less; None for what is on no scale.
    """
    found = _RATING.fullmatch(text)
    value, best = (float(each.replace(",", ".")) for each in found.groups("5")) if found else (0.0, 5.0)
    worst = min(1.0, value) if "/" in text else 1.0
    return (value if found and worst <= value <= best and best > 1 else None), best, worst


def _document(row: Row, source: SourceConfig, store: "Store", now: datetime, *, doubt: bool) -> Document:
    language = (row.language or source.language or "").strip() or None
    date = None
    if row.published_at:
        date = parse_date(row.published_at, language, now, source.timezone or None, source.language)
    rating, best, worst = _stars(row.rating)
    name = row.source.strip() or source.name
    address = web_address(row.url)
    # Exports give many reviews one page's address, so the address alone names none of them.
    own = row.id
    if not own:
        author = store.author_hash(name, row.author) if row.author else None
        own = content_id(row.title, row.text, author, date.utc if date and not date.aged else None)
    return Document(
        source=name,
        canonical_id=f"{address}#{own}" if address else own,
        url=row.url,
        kind="review" if row.rating else "post",
        title=row.title,
        text=row.text,
        author=row.author or None,
        published_at=date.utc if date else None,
        date_source="file" if date else None,
        date_precision=date.precision if date else None,
        date_doubt=date.doubt if date else False,
        language=language,
        rating=rating,
        rating_best=best,
        rating_worst=worst,
        encoding_doubt=doubt,
    )
