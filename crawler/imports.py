"""Adds the rows of a file to the store as documents: `arvio import`, and the engine of kind "file"."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.config import Config, SourceConfig
from crawler.dates import parse_date
from crawler.exports import PersonLabel, exported_documents
from crawler.health import SourceReport
from crawler.identifiers import content_id
from crawler.items import Found
from crawler.mentions import find_mentions, subjects, worth_storing
from crawler.structured import number_of
from crawler.tables import Row, Table, read_table
from crawler.urls import canonical_url
from store.documents import AddResult
from store.errors import ArvioError
from store.labels import restore_labels
from store.records import Document
from store.text import normal_form

if TYPE_CHECKING:
    from store.db import Store

BATCH = 500


def import_rows(path: Path, config: Config, store: "Store", now: datetime | None = None) -> SourceReport:
    """Store the rows of `path` whose brand is given or named in the text; those of an export of ours as they
    stood. Raises UsageError, StoreError.
    """
    table = read_table(path)
    faults = Counter(table.bad)
    known = subjects(config.brand)
    run_id = store.start_run("import")
    try:
        store.sync_config(config.brand, config.source)
        if table.exported:
            found, labels = _exported(table, known, store, faults)
        else:
            found, labels = _matched(path, table, config, store, now or datetime.now(UTC), faults), []
        result = AddResult()
        for start in range(0, len(found), BATCH):
            result += store.add_documents(found[start : start + BATCH], run_id)
        restore_labels(store, labels)
    except ArvioError as error:
        store.finish_run(run_id, error.exit_code, {})
        raise
    new, mentions = result.new, result.mentions_new
    store.finish_run(
        run_id, 0, {"rows": len(table.rows), "documents": len(found), "new": new, "mentions": mentions}
    )
    reason = f"{mentions} new mentions in {len(table.rows)} rows"
    if result.erased:
        reason += f"; {result.erased} documents left out: forgotten"
    if faults:
        (first, _), *_ = faults.most_common(1)
        reason += f"; {sum(faults.values())} left out ({first})"
    return SourceReport(
        source=path.name, outcome="ok", reason=reason, pages=1, documents=len(found), new=new,
        mentions=mentions, known=len(found) - new, refused=0, errors=sum(faults.values()),
    )  # fmt: skip


def _matched(
    path: Path, table: Table, config: Config, store: "Store", now: datetime, faults: Counter[str]
) -> list[Document]:
    from crawler.matching import Matcher

    source = SourceConfig(name=path.name, kind="file", path=str(path))
    known = subjects(config.brand)
    matcher = Matcher(config.brand)
    found = documents(table.rows, source, known, now, faults, doubt=table.doubt)
    return worth_storing([find_mentions(each.document, matcher, each.about, known) for each in found], store)


def _exported(
    table: Table, known: Mapping[str, str], store: "Store", faults: Counter[str]
) -> tuple[list[Document], list[PersonLabel]]:
    """Those documents of an export that the store does not have: what it has is whole, an export quotes."""
    found: list[Document] = []
    labels: list[PersonLabel] = []
    for document, given in exported_documents(table.exported, known, faults):
        if not store.has_document(document.source, document.canonical_id):
            found.append(document)
            labels += given
    return found, labels


def documents(
    rows: tuple[Row, ...],
    source: SourceConfig,
    known: Mapping[str, str],
    now: datetime,
    faults: Counter[str],
    *,
    doubt: bool = False,
) -> Iterator[Found]:
    """The rows as documents; one whose brand is not configured is left out and counted in `faults`."""
    times: Counter[str] = Counter()
    for row in rows:
        if row.brand and normal_form(row.brand) not in known:
            faults[f"line {row.line}: brand {row.brand!r} is not configured"] += 1
            continue
        document = _document(row, source, now, doubt=doubt)
        times[document.canonical_id] += 1
        if (time := times[document.canonical_id]) > 1:
            # «Hyvä!» twice, both nameless and undated, is two opinions; numbered, they are the same two when
            # the file is imported again.
            document = replace(document, canonical_id=f"{document.canonical_id}~{time}")
        yield Found(document, row.brand)


def _document(row: Row, source: SourceConfig, now: datetime, *, doubt: bool) -> Document:
    language = (row.language or source.language or "").strip() or None
    date = parse_date(row.published_at, language, now, source.timezone or None) if row.published_at else None
    rating = number_of(row.rating) if row.rating else None
    name = row.source.strip() or source.name
    address = canonical_url(row.url) if row.url.startswith(("http://", "https://")) else ""
    # Exports give many reviews one page's address, so the address alone names none of them.
    own = row.id or content_id(row.title, row.text, row.author or None, date.utc if date else None)
    return Document(
        source=name,
        canonical_id=f"{address}#{own}" if address else own,
        url=row.url,
        kind="review" if rating is not None else "post",
        title=row.title,
        text=row.text,
        author=row.author or None,
        published_at=date.utc if date else None,
        date_source="file" if date else None,
        date_precision=date.precision if date else None,
        date_doubt=date.doubt if date else False,
        language=language,
        rating=rating,
        encoding_doubt=doubt,
    )
