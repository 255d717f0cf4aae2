"""Mentions as a file: CSV, JSON Lines, XLSX or Parquet, by the ending of its name.

Written beside its place and moved there when whole, so that a failure leaves the previous file as it was.
Columns are those of `scored_mentions`, with the passage as `text`, as `arvio import` reads it.
"""

import contextlib
import csv
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TextIO

from store.db import Filters, MentionRow, Store
from store.errors import OutputError

COLUMNS: tuple[str, ...] = tuple(
    "text" if each.name == "passage" else each.name for each in fields(MentionRow)
)

Cell = str | int | float | None
# What a spreadsheet takes for a formula, with the full-width forms that some fold to ASCII (OWASP, "CSV
# injection").
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_SHEET_ROWS = 1_048_575
_SHEET_CELL = 32_767
_BATCH = 5_000


def export(store: Store, path: Path | str, filters: Filters = Filters(), *, raw: bool = False) -> int:
    """Writes the mentions that pass `filters`, oldest first; returns how many.

    Text cells of CSV and XLSX that a spreadsheet would calculate get a leading apostrophe unless `raw`
    (`restored` takes it off again); JSON Lines and Parquet hold the text as it is. Raises OutputError where
    the file cannot be written, or its ending or the package behind it is missing.
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise OutputError(f"{path}: no such kind of export; end the name with {', '.join(_WRITERS)}")
    with store.reading() as database:
        database.execute("BEGIN")
        try:
            expected = store.count_mentions(filters)
            with _replacing(path) as partial:
                written = write(partial, store.mentions(replace(filters, newest_first=False)), not raw)
                if filters.limit is None and written != expected:
                    raise OutputError(
                        f"{path}: {written} of {expected} rows were written; the old file is kept"
                    )
        finally:
            database.execute("COMMIT")
    return written


def guarded(cell: Cell) -> Cell:
    """The cell, with an apostrophe before text that a spreadsheet would calculate."""
    return "'" + cell if isinstance(cell, str) and _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _cells(row: MentionRow) -> dict[str, Cell]:
    values = (getattr(row, each.name) for each in fields(MentionRow))
    cells = dict(zip(COLUMNS, values, strict=True))
    cells["spans"] = json.dumps(row.spans)
    return cells


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}); give another path or free space"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _write_csv(path: Path, rows: Iterator[MentionRow], guard: bool) -> int:
    def write(file: TextIO) -> int:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        count = 0
        for row in rows:
            cells = _cells(row).values()
            writer.writerow([guarded(cell) for cell in cells] if guard else cells)
            count += 1
        return count

    return _in_text_file(path, write)


def _write_json_lines(path: Path, rows: Iterator[MentionRow], guard: bool) -> int:
    def write(file: TextIO) -> int:
        count = 0
        for row in rows:
            record: dict[str, object] = {**_cells(row), "spans": row.spans}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
        return count

    return _in_text_file(path, write)


def _in_text_file(path: Path, write: Callable[[TextIO], int]) -> int:
    with path.open("x", encoding="utf-8", newline="") as file:
        return write(file)


def _write_sheet(path: Path, rows: Iterator[MentionRow], guard: bool) -> int:
    try:
        import xlsxwriter
    except ImportError:
        raise OutputError(f"{path}: .xlsx needs XlsxWriter; install arvio[xlsx]") from None
    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("mentions")
        sheet.write_row(0, 0, COLUMNS)
        for count, row in enumerate(rows, 1):
            if count > _SHEET_ROWS:
                raise OutputError(
                    f"{path}: a sheet holds {_SHEET_ROWS} rows; filter, or export .csv or .parquet"
                )
            _write_sheet_row(sheet, count, row, guard)
    return count


def _write_sheet_row(sheet: Any, at: int, row: MentionRow, guard: bool) -> None:
    for column, value in enumerate(_cells(row).values()):
        shown = guarded(value) if guard else value
        if not isinstance(shown, str):
            sheet.write(at, column, shown)
        elif len(shown) > _SHEET_CELL:
            raise OutputError(f"mention {row.mention_id} is longer than a sheet's cell can be; export .csv")
        else:
            sheet.write_string(at, column, shown)


def _write_parquet(path: Path, rows: Iterator[MentionRow], guard: bool) -> int:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise OutputError(f"{path}: .parquet needs pyarrow; install arvio[parquet]") from None
    kinds: dict[object, Any] = {
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        float | None: pyarrow.float64(),
    }
    schema = pyarrow.schema(
        [
            (column, kinds.get(each.type, pyarrow.string()))
            for column, each in zip(COLUMNS, fields(MentionRow), strict=True)
        ]
    )
    count = 0
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        while batch := list(itertools.islice(rows, _BATCH)):
            writer.write_table(pyarrow.Table.from_pylist([_cells(row) for row in batch], schema=schema))
            count += len(batch)
    return count


_WRITERS: dict[str, Callable[[Path, Iterator[MentionRow], bool], int]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".xlsx": _write_sheet,
    ".parquet": _write_parquet,
}
