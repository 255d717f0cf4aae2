"""What people say of mentions: labels that override stars and model, samples to audit, agreement with the
model.

Labels are append-only: a new one of the same mention takes the old one's place in every number, past ones
too, and no rescoring touches it. They also feed the correction (`store.tallies.Corrections`).
"""

import csv
import io
import json
import random
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store.db import Store
from store.errors import UsageError
from store.records import LABELS, Label

Origin = Literal["audit", "import", "correction"]
_WHOLE = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class AuditItem:
    """A mention to be labelled. What the model said is left out: it would lead the reader."""

    mention_id: int
    brand: str
    language: str
    passage: str
    spans: tuple[tuple[int, int], ...]
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Labels beside the model's readings: `observed` is the share of equal ones, `kappa` Cohen's κ.

    `table` counts true × read in the order negative, neutral, positive. κ is None where chance alone explains
    all.
    """

    n: int
    observed: float | None
    kappa: float | None
    table: tuple[tuple[int, int, int], ...]


def add_labels(
    store: Store, labels: Iterable[tuple[int, Label]], *, origin: Origin = "correction", labelled_by: str = ""
) -> int:
    """Adds labels of mentions, all or none; returns how many. UsageError names a mention that is not
    there.
    """
    with store.transaction() as database:
        count = 0
        for mention_id, label in labels:
            if label not in LABELS:
                raise UsageError(f"mention {mention_id}: label {label!r} is none of {', '.join(LABELS)}")
            if not _is_there(database, mention_id):
                raise UsageError(
                    f"mention {mention_id} is not in the store; take ids from `arvio mentions --json`"
                )
            database.execute(
                "INSERT INTO labels (mention_id, label, origin, labelled_by, labelled_at) VALUES (?, ?, ?, "
                "?, ?)",
                (mention_id, label, origin, labelled_by, store.now),
            )
            count += 1
    return count


def audit_sample(store: Store, n: int, brand: str | None = None, seed: int = 0) -> list[AuditItem]:
    """Draws `n` clusters that nobody has labelled, spread evenly over language × kind × what the model said.

    Even over readings, not over texts: error rates need as many of each class as can be had, the sure ones
    too. The same `seed` draws the same from the same store.
    """
    if n < 1:
        raise UsageError(f"a sample of {n} is no sample; give 1 or more")
    with store.reading() as database:
        rows = database.execute(
            "SELECT c.language, c.kind, c.predicted, c.mention_id FROM clusters c JOIN brands b ON b.id = "
            "c.brand_id "
            "WHERE c.decided_by = 'model' AND (:brand IS NULL OR b.name = :brand) ORDER BY 1, 2, 3, 4",
            {"brand": brand},
        ).fetchall()
        strata: dict[tuple[str, str, str], list[int]] = {}
        for language, kind, predicted, mention_id in rows:
            strata.setdefault((language, kind, predicted), []).append(mention_id)
        drawn = _draw(strata, n, random.Random(seed))
        items = [_item(database.execute(_ITEM, (id,)).fetchone()) for id in drawn]
    random.Random(seed + 1).shuffle(items)
    return items


def agreement(store: Store, brand: str | None = None) -> Agreement:
    """How the labels agree with the model, over clusters that have both (Cohen 1960)."""
    table = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    with store.reading() as database:
        for truth, predicted, count in database.execute(
            "SELECT c.state, c.predicted, count(*) FROM clusters c JOIN brands b ON b.id = c.brand_id "
            "WHERE c.decided_by = 'person' AND c.predicted IS NOT NULL AND (:brand IS NULL OR b.name = :brand) "
            "GROUP BY 1, 2",
            {"brand": brand},
        ):
            table[LABELS.index(truth)][LABELS.index(predicted)] = count
    n = sum(map(sum, table))
    shown = tuple((row[0], row[1], row[2]) for row in table)
    if n == 0:
        return Agreement(0, None, None, shown)
    observed = sum(table[each][each] for each in range(3)) / n
    expected = sum(sum(table[each]) * sum(row[each] for row in table) for each in range(3)) / n**2
    kappa = None if expected == 1 else (observed - expected) / (1 - expected)
    return Agreement(n, observed, kappa, shown)


def import_labels(store: Store, path: Path | str, *, labelled_by: str = "") -> int:
    """Labels from CSV or JSON Lines with `mention_id` and `label`; all or none. UsageError names the line."""
    path = Path(path)
    labels = [_checked(path, line, row) for line, row in read_rows(path, ("mention_id", "label"))]
    if not labels:
        raise UsageError(f"{path}: has no labels; give lines with mention_id and label")
    return add_labels(store, labels, origin="import", labelled_by=labelled_by)


def read_rows(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV or JSON Lines file that has `columns`; UsageError where it is something
    else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; give the path of a .csv or .jsonl file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give another file") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; save it as UTF-8") from None
    if path.suffix.lower() == ".jsonl":
        yield from _json_rows(path, text, columns)
    else:
        yield from _csv_rows(path, text, columns)


def whole_number(text: str) -> int:
    """The number that `text` writes in plain digits; ValueError for anything else (Python also reads 1_0 as 10)."""
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError(text)
    return int(text)


def _is_there(database: sqlite3.Connection, mention_id: int) -> bool:
    if abs(mention_id) >= 2**63:  # more than a number of SQLite's holds
        return False
    found = database.execute("SELECT 1 FROM mentions WHERE id = ? AND current", (mention_id,))
    return found.fetchone() is not None


_ITEM = (
    "SELECT m.id, b.name, m.language, m.passage, m.spans, d.title, d.url FROM mentions m "
    "JOIN brands b ON b.id = m.brand_id JOIN documents d ON d.id = m.document_id WHERE m.id = ?"
)


def _item(row: tuple[int, str, str, str, str, str, str]) -> AuditItem:
    spans = tuple((start, end) for start, end in json.loads(row[4]))
    return AuditItem(*row[:4], spans, *row[5:])


def _draw(strata: dict[tuple[str, str, str], list[int]], n: int, chance: random.Random) -> list[int]:
    """Evenly: what a small stratum cannot give is asked of the others."""
    left, drawn = n, []
    by_size = sorted(strata.items(), key=lambda each: (len(each[1]), each[0]))
    for at, (_, ids) in enumerate(by_size):
        wanted = min(len(ids), -(-left // (len(by_size) - at)), left)
        drawn += sorted(chance.sample(ids, wanted))
        left -= wanted
    return drawn


def _checked(path: Path, line: int, row: dict[str, str]) -> tuple[int, Label]:
    try:
        mention_id = whole_number(row["mention_id"])
    except ValueError:
        raise UsageError(
            f"{path}: line {line}: mention_id {row['mention_id']!r} is not a whole number"
        ) from None
    label = row["label"].strip().lower()
    for each in LABELS:
        if label == each:
            return mention_id, each
    raise UsageError(f"{path}: line {line}: label {row['label']!r} is none of {', '.join(LABELS)}")


def _csv_rows(path: Path, text: str, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    # Not splitlines, which ends a line at U+2028 too.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        have = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if missing := [column for column in columns if column not in have]:
            raise UsageError(
                f"{path}: has no column {missing[0]!r}; its columns are {', '.join(have) or 'none'}"
            )
        reader.fieldnames = have
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise UsageError(f"{path}: line {reader.reader.line_num}: is not CSV ({error})") from None


def _json_rows(path: Path, text: str, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    wanted = list(columns)
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:  # too many digits are no JSONDecodeError
            reason = getattr(error, "msg", error)
            raise UsageError(f"{path}: line {line}: is not JSON ({reason})") from None
        if not isinstance(row, dict) or (missing := [column for column in wanted if column not in row]):
            raise UsageError(
                f"{path}: line {line}: has no {(missing if isinstance(row, dict) else wanted)[0]!r}"
            )
        yield line, {str(name): "" if value is None else str(value) for name, value in row.items()}
