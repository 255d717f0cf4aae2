"""Adds the rows of a file to the store as documents: `arvio import`, and the engine of kind "file"."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.config import Config, SourceConfig
from crawler.dates import parse_date
from crawler.health import SourceReport
from crawler.identifiers import content_id
from crawler.items import Found
from crawler.mentions import find_mentions, subjects, worth_storing
from crawler.structured import number_of
from crawler.tables import Row, read_table
from crawler.urls import canonical_url
from store.errors import ArvioError
from store.records import Document
from store.text import normal_form

if TYPE_CHECKING:
    from store.db import Store

BATCH = 500


def import_rows(path: Path, config: Config, store: "Store", now: datetime | None = None) -> SourceReport:
    """Store the rows of `path` whose brand is given or named in the text. Raises UsageError, StoreError."""
    from crawler.matching import Matcher

    moment = now or datetime.now(UTC)
    table = read_table(path)
    source = SourceConfig(name=path.name, kind="file", path=str(path))
    known = subjects(config.brand)
    faults = Counter(table.bad)
    found = list(documents(table.rows, source, known, moment, faults, doubt=table.doubt))
    matcher = Matcher(config.brand)
    run_id = store.start_run("import")
    try:
        store.sync_config(config.brand, config.source)
        new = mentions = 0
        matched = [find_mentions(each.document, matcher, each.about, known) for each in found]
        kept = worth_storing(matched, store)
        for start in range(0, len(kept), BATCH):
            result = store.add_documents(kept[start : start + BATCH], run_id)
            new, mentions = new + result.new, mentions + result.mentions_new
    except ArvioError as error:
        store.finish_run(run_id, error.exit_code, {})
        raise
    store.finish_run(
        run_id, 0, {"rows": len(table.rows), "documents": len(kept), "new": new, "mentions": mentions}
    )
    reason = f"{mentions} new mentions in {len(kept)} of {len(table.rows)} rows"
    if faults:
        (first, _), *_ = faults.most_common(1)
        reason += f"; {sum(faults.values())} left out ({first})"
    return SourceReport(
        source=path.name, outcome="ok", reason=reason, pages=1, documents=len(found), new=new,
        mentions=mentions, known=len(kept) - new, refused=0, errors=sum(faults.values()),
    )  # fmt: skip


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
