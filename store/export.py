"""Mentions as a file: CSV, JSON Lines, XLSX or Parquet, by the ending of its name.

Written beside its place and moved there when whole, so that a failure leaves the previous file as it was.
Columns are those of `scored_mentions`, with the passage as `text`; `arvio import` reads them back
(`crawler.exports`).
"""

import csv
import itertools
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TextIO

from store.db import Filters, MentionRow, Store
from store.errors import OutputError
from store.feed import NAMES
from store.files import replacing

COLUMNS: tuple[str, ...] = tuple("text" if name == "passage" else name for name in NAMES)

Cell = str | int | float | None
Row = tuple[Any, ...]
# What a spreadsheet takes for a formula, with the full-width forms that some fold to ASCII (OWASP, "CSV
# injection").
_SIGN = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_FORMULA = re.compile("'*" + _SIGN.pattern)
_FIRST = frozenset("'=+-@\t\r\n＝＋－＠")
# Where a cell begins inside a text when a program splits the file at semicolons, as Excel does in Finland, or at tabs:
# a quotation mark that does not follow the separator is one of the text's characters to it and holds nothing together.
_INNER = re.compile(r"""[;\t\r\n]"*(?='*[=+\-@＝＋－＠])""")
_GUARDED_INNER = re.compile(r"""([;\t\r\n]"*)'(?='*[=+\-@＝＋－＠])""")
_SHEET_ROWS = 1_048_575
_SHEET_CELL = 32_767
_BATCH = 5_000


def export(store: Store, path: Path | str, filters: Filters = Filters(), *, raw: bool = False) -> int:
    """Writes the mentions that pass `filters`, oldest first; returns how many.

    Text of CSV and XLSX that a spreadsheet would calculate gets an apostrophe in front (`guarded`) unless `raw`
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
            with replacing(path) as partial:
                written = write(partial, store.mention_cells(replace(filters, newest_first=False)), not raw)
                if filters.limit is None and written != expected:
                    raise OutputError(
                        f"{path}: {written} of {expected} rows were written; the old file is kept"
                    )
        finally:
            database.execute("COMMIT")
    return written


def guarded(cell: Cell) -> Cell:
    """The cell, with an apostrophe before text that a spreadsheet would calculate: at its beginning, and wherever
    splitting it at semicolons, tabs or line ends would make one.
    """
    if not isinstance(cell, str):
        return cell
    text = _INNER.sub(r"\g<0>'", cell)
    return f"'{text}" if _FORMULA.match(cell) else text


def _guarded_row(row: Row) -> list[Cell]:
    # Looking for single characters first, in place, takes a quarter of the time; nearly every cell ends there.
    return [
        guarded(cell)
        if isinstance(cell, str)
        and (cell[:1] in _FIRST or ";" in cell or "\n" in cell or "\t" in cell or "\r" in cell)
        else cell
        for cell in row
    ]


def is_bare(cell: object) -> bool:
    """Whether the cell is text that a spreadsheet would calculate: a guarded file has none.

    Its beginning alone tells: other programs, and our own earlier exports, guard nothing else.
    """
    return isinstance(cell, str) and cell[:1] in _FIRST and not cell.startswith("'")


def restored(cell: str) -> str:
    """The text that `guarded` was given."""
    text = _GUARDED_INNER.sub(r"\1", cell)
    return text[1:] if cell.startswith("'") and _FORMULA.match(cell) else text


def _write_csv(path: Path, rows: Iterator[Row], guard: bool) -> int:
    def write(file: TextIO) -> int:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        return _counted(rows, lambda row: writer.writerow(_guarded_row(row) if guard else row))

    return _in_text_file(path, write)


def _write_json_lines(path: Path, rows: Iterator[Row], guard: bool) -> int:
    spans = COLUMNS.index("spans")

    def write(file: TextIO) -> int:
        def write_row(row: Row) -> None:
            record = dict(zip(COLUMNS, row, strict=True))
            record["spans"] = json.loads(row[spans])
            file.write(json.dumps(record, ensure_ascii=False) + "\n")

        return _counted(rows, write_row)

    return _in_text_file(path, write)


def _counted(rows: Iterable[Row], write: Callable[[Row], object]) -> int:
    count = 0
    for row in rows:
        write(row)
        count += 1
    return count


def _in_text_file(path: Path, write: Callable[[TextIO], int]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        return write(file)


def _write_sheet(path: Path, rows: Iterator[Row], guard: bool) -> int:
    try:
        import xlsxwriter
    except ImportError:
        raise OutputError(".xlsx needs XlsxWriter; install arvio[xlsx]") from None
    count = 0
    # Not the book's own `with`, which after a failure writes on all the same and leaves its temporary files behind.
    # In the folder of the file, so that a full disk is the one that is named.
    with tempfile.TemporaryDirectory(prefix=".arvio-", dir=path.parent) as folder:
        options = {"constant_memory": True, "strings_to_urls": False, "tmpdir": folder}
        book = xlsxwriter.Workbook(str(path), options)
        sheet = book.add_worksheet("mentions")
        sheet.write_row(0, 0, COLUMNS)
        for count, row in enumerate(rows, 1):
            if count > _SHEET_ROWS:
                raise OutputError(f"a sheet holds {_SHEET_ROWS} rows; filter, or export .csv or .parquet")
            _write_sheet_row(sheet, count, row, guard)
        try:
            book.close()
        except xlsxwriter.exceptions.XlsxWriterException as error:
            # It wraps the OSError of a full disk in an error that is none.
            reason = error.args[0]
            raise OSError(None, getattr(reason, "strerror", reason)) from error
    return count


def _write_sheet_row(sheet: Any, at: int, row: Row, guard: bool) -> None:
    for column, shown in enumerate(_guarded_row(row) if guard else row):
        if shown is None:
            continue
        if not isinstance(shown, str):
            sheet.write_number(at, column, shown)
        elif len(shown) > _SHEET_CELL:
            raise OutputError(f"mention {row[0]} is longer than a sheet's cell can be; export .csv")
        else:
            sheet.write_string(at, column, shown)


def _write_parquet(path: Path, rows: Iterator[Row], guard: bool) -> int:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise OutputError(".parquet needs pyarrow; install arvio[parquet]") from None
    kinds: dict[object, Any] = {
        int: pyarrow.int64(),
        int | None: pyarrow.int64(),
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
            columns = zip(*batch, strict=True)
            arrays = [pyarrow.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


_WRITERS: dict[str, Callable[[Path, Iterator[Row], bool], int]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".xlsx": _write_sheet,
    ".parquet": _write_parquet,
}
