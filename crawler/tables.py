"""Rows of CSV, JSON Lines, XLSX and Parquet files: other services' exports, and our own.

A file is read once, piece by piece, into a table on disk (`crawler.spool`): it may be larger than memory, and
is known to be good before the store is touched.
"""

import contextlib
import csv
import functools
import itertools
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TextIO

from crawler.spool import Record, Spool
from store.encoding import encoding_of, reader
from store.errors import UsageError
from store.export import COLUMNS, is_bare, restored

MAX_FIELD = 1_000_000
MAX_LISTED = 100
_LONGEST_LINE = 10 * MAX_FIELD
_BATCH = 1_000
# Real sheets pack to a tenth to a fiftieth; what is one letter a million times, to a thousandth. A cell is read whole.
_MOST_PACKED = 200
_UNPACKED = 64 * 1024 * 1024
HEADINGS = {
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

_ARRAY = re.compile(r"\s*\[\s*(?:\{|$)")

Records = Iterator[tuple[int, Record]]


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


@dataclass(slots=True)
class Ignored:
    """Cells that were not used though their rows were: how many, and the line of the first."""

    count: int = 0
    first: int = 0

    def add(self, line: int) -> None:
        """One more cell."""
        self.count += 1
        self.first = self.first or line


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was left out; of rows that there is no telling apart `line` is the first."""

    line: int
    reason: str


@dataclass(slots=True)
class Faults:
    """Rows that were left out: how many, and why the first `MAX_LISTED` of them were; and of the others the
    ignored cells.
    """

    count: int = 0
    listed: list[Fault] = field(default_factory=list)
    dates: Ignored = field(default_factory=Ignored)
    ratings: Ignored = field(default_factory=Ignored)

    @property
    def first(self) -> str:
        """The first of them in words; empty without one."""
        return next((f"line {each.line}: {each.reason}" for each in self.listed), "")

    def add(self, line: int, reason: str, rows: int = 1) -> None:
        """One more row, or as many as there is no telling apart."""
        self.count += rows
        if len(self.listed) < MAX_LISTED:
            self.listed.append(Fault(line, reason))


class Table:
    """A file's rows; use it as a context manager. `exported` says that `arvio export` wrote the file, `doubt` that
    its encoding is uncertain, `unused` which columns of its first row nothing is read of.
    """

    def __init__(
        self, spool: Spool, *, exported: bool, doubt: bool, guarded: bool, unused: tuple[str, ...]
    ) -> None:
        self._spool = spool
        self.unused = unused
        self._guarded = guarded
        self.exported = exported
        self.doubt = doubt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._spool.close()

    def __len__(self) -> int:
        return self._spool.size

    def rows(self, faults: Faults) -> Iterator[Row]:
        """The rows in the order of the file; those without a text go to `faults`."""
        for line, values in self._spool.records():
            row = _row(line, {key: self._plain(values[name]) for key, name in _known(tuple(values)).items()})
            if row.text:
                yield row
            else:
                faults.add(line, "has no text")

    def documents(self) -> Iterator[list[tuple[int, Record]]]:
        """The rows of an export, whole, those of one document together."""
        for rows in self._spool.groups():
            yield [
                (line, {name: self._plain(cell) for name, cell in values.items()}) for line, values in rows
            ]

    def times(self, key: str) -> int:
        """How often `key` has been asked about, this time included."""
        return self._spool.times(key)

    def _plain(self, cell: object) -> object:
        return restored(cell) if self._guarded and isinstance(cell, str) else cell


def read_table(path: Path, faults: Faults) -> Table:
    """Read `path`: XLSX, Parquet and JSON Lines by its ending (JSON Lines also by its first character),
    otherwise CSV with comma, semicolon or tab. Lines that cannot be read go to `faults`.

    Raises UsageError for a file that is missing, empty or without a column of text, in one sentence, and
    StoreError where the disk has no room for its rows.
    """
    spool = Spool()
    try:
        return _spooled(path, spool, faults)
    except BaseException:
        spool.close()
        raise


def _spooled(path: Path, spool: Spool, faults: Faults) -> Table:
    exported = doubt = has_text = False
    unused: tuple[str, ...] = ()
    with contextlib.ExitStack() as stack:
        if path.suffix.lower() in _SHEETS and path.is_file():
            read, is_sheet = _SHEETS[path.suffix.lower()]
            records = read(path)
        else:
            file, doubt = stack.enter_context(_opened(path))
            records, is_sheet = _text_records(path, file, faults)
        # One cell that would be calculated says that the file was not made safe, so its apostrophes are its own.
        guarded = is_sheet
        for line, values in records:
            if not spool.size:
                exported = set(COLUMNS) <= values.keys()
                used = values.keys() if exported else set(_known(tuple(values)).values())
                unused = tuple(name for name in values if name.strip() and name not in used)
            has_text = has_text or "text" in _known(tuple(values))
            guarded = guarded and not any(map(is_bare, values.values()))
            spool.add(line, values, (values["source"], values["canonical_id"]) if exported else None)
    if not spool.size and not faults.count:
        raise UsageError(f"{path}: has no rows; nothing was imported")
    if not has_text:
        raise UsageError(f'{path}: no line has a "text"; name the column with the opinions "text"')
    return Table(spool, exported=exported, doubt=doubt, guarded=guarded, unused=unused)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIO, bool]]:
    """The file as text, and whether its encoding is in doubt."""
    with contextlib.ExitStack() as stack:
        try:
            file: BinaryIO = stack.enter_context(path.open("rb"))
            if not file.seekable():
                file = stack.enter_context(_copied(file))
            encoding, doubt = encoding_of(file)
            file.seek(0)
            yield stack.enter_context(reader(file, encoding)), doubt
        except FileNotFoundError:
            raise UsageError(f"{path}: no such file; give the path of a CSV or JSON Lines file") from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror}); give a file that can") from None


@contextlib.contextmanager
def _copied(pipe: BinaryIO) -> Iterator[BinaryIO]:
    """What comes through a pipe, which cannot be read twice, as a temporary file."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(pipe, file)
        file.seek(0)
        yield file


def _text_records(path: Path, file: TextIO, faults: Faults) -> tuple[Records, bool]:
    """The records, and whether they are a sheet's."""
    lines = _lines(path, file)
    skipped, first = next(((at, line) for at, line in enumerate(lines) if line.strip()), (0, ""))
    if not first:
        raise UsageError(f"{path}: is empty; nothing was imported")
    if _ARRAY.match(first):
        raise UsageError(
            f"{path}: is a JSON array; write one object a line (JSON Lines), without the brackets"
        )
    lines = itertools.chain((first,), lines)
    if path.suffix.lower() in (".jsonl", ".ndjson") or first.lstrip().startswith("{"):
        return _json_lines(lines, skipped, faults), False
    return _csv(path, lines, first, skipped, faults), True


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    for number in itertools.count(1):
        line = file.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise UsageError(
                f"{path}: line {number} is longer than any row; is this a CSV or JSON Lines file?"
            )
        if not line:
            return
        yield line


def _csv(path: Path, lines: Iterable[str], first: str, skipped: int, faults: Faults) -> Records:
    csv.field_size_limit(MAX_FIELD)
    delimiter = max(",;\t", key=first.count)
    row: list[str] = []  # the lines of the row that is being read

    def remembered() -> Iterator[str]:
        for line in lines:
            row.append(line)
            yield line
        row.append("")  # a reader that asks beyond the end is inside quotes

    rows = csv.reader(remembered(), delimiter=delimiter)
    try:
        names = next(rows)
    except csv.Error as error:
        raise UsageError(f"{path}: its first line names no columns ({error}); is this a CSV file?") from None
    if _is_torn(row, delimiter):
        raise UsageError(f"{path}: line {skipped + 1} opens a quote that is not closed; close it")
    _require_text(names, path)
    line = skipped + 1
    while True:
        line += len(row)
        row.clear()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(line, f"cannot be read ({error})")
            continue
        if _is_torn(row, delimiter):
            faults.add(
                line,
                "opens a quote that is not closed; close it, or write it twice if it is the text's own",
                rows=sum(bool(each.strip()) for each in row),
            )
        elif any(cells[len(names) :]):
            faults.add(
                line,
                f"has {len(cells)} cells where the header has {len(names)}; "
                f"put quotes around a text that holds {delimiter!r}",
            )
        elif cells:
            values: Record = dict.fromkeys(names, "")
            values.update(zip(names, cells, strict=False))
            yield line, values


def _is_torn(lines: list[str], delimiter: str) -> bool:
    """Whether a row of several lines holds them together by a stray quote: one that closes only amid a text, or
    never. Within a line the reader forgives it.
    """
    if len(lines) < 2:
        return False
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    return False


def _json_lines(lines: Iterable[str], skipped: int, faults: Faults) -> Records:
    for number, line in enumerate(lines, start=skipped + 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield number, value
        else:
            faults.add(number, "is no JSON object")


# A sheet writes characters that XML cannot hold as _x000D_ (ECMA-376 part 1, 22.9.2.19).
_SHEET_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def _sheet(path: Path) -> Records:
    """The first sheet of a workbook; its first row names the columns."""
    try:
        import openpyxl
    except ImportError:
        raise UsageError(f"{path}: .xlsx needs openpyxl; install arvio[xlsx], or save it as .csv") from None
    try:
        _refuse_bomb(path)
        with contextlib.closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            names = ["" if cell is None else str(cell) for cell in next(rows, ())]
            _require_text(names, path)
            for line, row in enumerate(rows, start=2):
                yield line, dict(zip(names, map(_from_sheet, row), strict=False))
    except UsageError:
        raise
    except Exception as error:  # damage comes out as any error of zipfile, zlib and openpyxl
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UsageError(
            f"{path}: is no workbook that can be read ({reason}); save it again, or as .csv"
        ) from None


def _refuse_bomb(path: Path) -> None:
    """Raises UsageError for a workbook of which a part grows beyond measure when it is unpacked, before it does."""
    with zipfile.ZipFile(path) as book:
        for part in book.infolist():
            if part.file_size > max(_UNPACKED, _MOST_PACKED * part.compress_size):
                raise UsageError(
                    f"{path}: is no workbook of people's texts (its {part.filename} unpacks from "
                    f"{part.compress_size:,} bytes to {part.file_size:,}); save it again, or as .csv"
                )


def _from_sheet(cell: object) -> object:
    # A date alone is stored as its midnight, and programs show it with 00:00:00 as often as without.
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    if not isinstance(cell, str):
        return cell
    return _SHEET_ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)


def _parquet(path: Path) -> Records:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(f"{path}: .parquet needs pyarrow; install arvio[parquet], or give .csv") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _require_text(file.schema_arrow.names, path)
            batches = file.iter_batches(batch_size=_BATCH)
            yield from enumerate((values for batch in batches for values in batch.to_pylist()), start=1)
    except (OSError, ValueError, OverflowError, pyarrow.ArrowException) as error:
        raise UsageError(f"{path}: is no Parquet file that can be read ({error}); write it again") from None


# How each is read, and whether its cells may have been made safe for a spreadsheet.
_SHEETS: dict[str, tuple[Callable[[Path], Records], bool]] = {
    ".xlsx": (_sheet, True),
    ".parquet": (_parquet, False),
}


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
        for key, aliases in HEADINGS.items()
        if (found := next((alias for alias in aliases if alias in folded), None)) is not None
    }


def _row(line: int, values: dict[str, object]) -> Row:
    texts = {key: "" if value is None else str(value).strip() for key, value in values.items()}
    return Row(line=line, text=texts.pop("text", ""), **texts)
