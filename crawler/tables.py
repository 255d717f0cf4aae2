"""Rows of CSV and JSON Lines files: other services' exports, and our own."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from store.encoding import decode
from store.errors import UsageError
from store.export import restored

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


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows and whether its encoding is in doubt; `bad` names the lines that could not be read."""

    rows: tuple[Row, ...]
    doubt: bool
    bad: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """Read `path`, JSON Lines by its ending or its first character, otherwise CSV (comma, semicolon or tab).

    Raises UsageError for a file that is missing, empty or without a column of text, in one sentence.
    """
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
    rows, bad = (_json_lines if json_lines else _csv)(decoded.text, path)
    if not rows and not bad:
        raise UsageError(f"{path}: has no rows; nothing was imported")
    return Table(tuple(rows), decoded.doubt, tuple(bad))


def _csv(text: str, path: Path) -> tuple[list[Row], list[str]]:
    csv.field_size_limit(MAX_FIELD)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = _named(reader.fieldnames or (), path)
    rows, bad = [], []
    try:
        for values in reader:
            row = _row(
                reader.line_num, {key: restored(values.get(name) or "") for key, name in names.items()}
            )
            if row.text:
                rows.append(row)
            else:
                bad.append(f"line {row.line} has no text")
    except csv.Error as error:
        bad.append(f"line {reader.line_num} cannot be read ({error})")
    return rows, bad


def _json_lines(text: str, path: Path) -> tuple[list[Row], list[str]]:
    rows, bad = [], []
    seen_text = False
    for number, values in _objects(text):
        if values is None:
            bad.append(f"line {number} is no JSON object")
            continue
        names = {key: name for key in _ALIASES if (name := _find(key, values)) is not None}
        seen_text = seen_text or "text" in names
        row = _row(number, {key: values[name] for key, name in names.items()})
        if row.text:
            rows.append(row)
        else:
            bad.append(f"line {number} has no text")
    if not seen_text:
        raise UsageError(f'{path}: no line has a "text"; name the column with the opinions "text"')
    return rows, bad


def _objects(text: str) -> Iterator[tuple[int, dict[str, object] | None]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield number, value if isinstance(value, dict) else None


def _named(header: Iterable[str | None], path: Path) -> dict[str, str]:
    names = [name for name in header if name]
    found = {key: name for key in _ALIASES if (name := _find(key, names)) is not None}
    if "text" not in found:
        shown = ", ".join(map(repr, names[:8])) or "none"
        raise UsageError(
            f'{path}: has no column "text" (its columns: {shown}); name the one with the opinions "text"'
        )
    return found


def _find(key: str, names: Iterable[str]) -> str | None:
    folded = {name.strip().lower().replace(" ", "_"): name for name in names}
    return next((folded[alias] for alias in _ALIASES[key] if alias in folded), None)


def _row(line: int, values: dict[str, object]) -> Row:
    texts = {key: "" if value is None else str(value).strip() for key, value in values.items()}
    return Row(line=line, text=texts.pop("text", ""), **texts)
