"""Rows of CSV, JSON Lines, XLSX and Parquet files: other services' exports, and our own."""

import csv
import functools
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from store.encoding import decode
from store.errors import UsageError
from store.export import COLUMNS, is_bare, restored

MAX_FIELD = 1_000_000
_ALIASES = {
    "text": (
        "text", "passage", "body", "content", "review", "comment", "message",
        "teksti", "arvostelu", "kommentti",
    ),
    "url": ("url", "link", "permalink", "address", "osoite"),
    "published_at": (
        "published_at", "date", "created_at", "time", "timestamp", "published", "päivämäärä", "aika",
    ),
    "author": ("author", "user", "username", "name", "kirjoittaja", "nimimerkki"),
    "brand": ("brand", "brändi"),
    "rating": ("rating", "stars", "score", "arvosana", "tähdet"),
    "language": ("language", "lang", "kieli"),
    "source": ("source", "lähde"),
    "title": ("title", "headline", "subject", "otsikko"),
    "id": ("id", "review_id", "comment_id"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as written; `line` is its number in the file. Absent columns are empty."""

    line: int
    text: str
    title: str = ""
    url: str = ""
    published_at: str = ""
    author: str = ""
    brand: str = ""
    rating: str = ""
    language: str = ""
    source: str = ""
    id: str = ""


Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows and whether its encoding is in doubt; `bad` names the lines that could not be read.

    `exported` holds the same lines whole, as (line, values by column), where `arvio export` wrote the file.
    """

    rows: tuple[Row, ...]
    doubt: bool
    bad: tuple[str, ...] = ()
    exported: tuple[tuple[int, Record], ...] = ()


def read_table(path: Path) -> Table:
    """Read `path`: XLSX, Parquet and JSON Lines by its ending (JSON Lines also by its first character),
    otherwise CSV with comma, semicolon or tab.

    Raises UsageError for a file that is missing, empty or without a column of text, in one sentence.
    """
    if path.suffix.lower() in _SHEETS and path.is_file():
        records, doubt = _SHEETS[path.suffix.lower()](path), False
        bad: list[str] = []
    else:
        records, doubt, bad = _from_text(path)
    if not records and not bad:
        raise UsageError(f"{path}: has no rows; nothing was imported")
    whole = bool(records) and set(COLUMNS) <= records[0][1].keys()
    rows = []
    for line, values in records:
        row = _row(line, {key: values[name] for key, name in _known(tuple(values)).items()})
        if row.text:
            rows.append(row)
        else:
            bad.append(f"line {line} has no text")
    return Table(tuple(rows), doubt, tuple(bad), tuple(records) if whole else ())


def _from_text(path: Path) -> tuple[list[tuple[int, Record]], bool, list[str]]:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; give the path of a CSV or JSON Lines file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a file that can") from None
    decoded = decode(body)
    if not decoded.text.strip():
        raise UsageError(f"{path}: is empty; nothing was imported")
    json_lines = path.suffix.lower() in (".jsonl", ".ndjson") or decoded.text.lstrip().startswith("{")
    records, bad = (_json_lines if json_lines else _csv)(decoded.text, path)
    return records, decoded.doubt, bad


def _csv(text: str, path: Path) -> tuple[list[tuple[int, Record]], list[str]]:
    csv.field_size_limit(MAX_FIELD)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    _require_text(reader.fieldnames or (), path)
    records: list[tuple[int, Record]] = []
    bad = []
    try:
        for values in reader:
            cells: Record = {name: cell or "" for name, cell in values.items() if name is not None}
            records.append((reader.line_num, cells))
    except csv.Error as error:
        bad.append(f"line {reader.line_num} cannot be read ({error})")
    return _unguarded(records), bad


def _unguarded(records: list[tuple[int, Record]]) -> list[tuple[int, Record]]:
    """The records without the apostrophes of a spreadsheet-safe file. One in which a cell would be calculated
    was not made safe, so its apostrophes are its own.
    """
    if any(is_bare(cell) for _, values in records for cell in values.values()):
        return records
    return [
        (line, {name: restored(cell) if isinstance(cell, str) else cell for name, cell in values.items()})
        for line, values in records
    ]


def _json_lines(text: str, path: Path) -> tuple[list[tuple[int, Record]], list[str]]:
    records, bad = [], []
    for number, values in _objects(text):
        if values is None:
            bad.append(f"line {number} is no JSON object")
        else:
            records.append((number, values))
    if not any("text" in _known(tuple(values)) for _, values in records):
        raise UsageError(f'{path}: no line has a "text"; name the column with the opinions "text"')
    return records, bad


def _objects(text: str) -> Iterator[tuple[int, Record | None]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield number, value if isinstance(value, dict) else None


# A sheet writes characters that XML cannot hold as _x000D_ (ECMA-376 part 1, 22.9.2.19).
_SHEET_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def _sheet(path: Path) -> list[tuple[int, Record]]:
    """The first sheet of a workbook; its first row names the columns."""
    try:
        import openpyxl
    except ImportError:
        raise UsageError(f"{path}: .xlsx needs openpyxl; install arvio[xlsx], or save it as .csv") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except (OSError, ValueError, KeyError, IndexError, SyntaxError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{path}: is no workbook that can be read ({error}); save it again, or as .csv"
        ) from None
    names = ["" if cell is None else str(cell) for cell in (rows[0] if rows else ())]
    _require_text(names, path)
    cells = ((line, map(_from_sheet, row)) for line, row in enumerate(rows[1:], start=2))
    return _unguarded([(line, dict(zip(names, row, strict=True))) for line, row in cells])


def _from_sheet(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    return _SHEET_ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)


def _parquet(path: Path) -> list[tuple[int, Record]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(f"{path}: .parquet needs pyarrow; install arvio[parquet], or give .csv") from None
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise UsageError(f"{path}: is no Parquet file that can be read ({error}); write it again") from None
    _require_text(table.column_names, path)
    return list(enumerate(table.to_pylist(), start=1))


_SHEETS: dict[str, Callable[[Path], list[tuple[int, Record]]]] = {".xlsx": _sheet, ".parquet": _parquet}


def _require_text(header: Iterable[str | None], path: Path) -> None:
    names = [name for name in header if name]
    if "text" not in _known(tuple(names)):
        shown = ", ".join(map(repr, names[:8])) or "none"
        raise UsageError(
            f'{path}: has no column "text" (its columns: {shown}); name the one with the opinions "text"'
        )


@functools.lru_cache(maxsize=64)
def _known(names: tuple[str, ...]) -> dict[str, str]:
    """What we read of columns called `names`: our name for each, and theirs."""
    folded = {name.strip().lower().replace(" ", "_"): name for name in names}
    return {
        key: folded[found]
        for key, aliases in _ALIASES.items()
        if (found := next((alias for alias in aliases if alias in folded), None)) is not None
    }


def _row(line: int, values: dict[str, object]) -> Row:
    texts = {key: "" if value is None else str(value).strip() for key, value in values.items()}
    return Row(line=line, text=texts.pop("text", ""), **texts)
