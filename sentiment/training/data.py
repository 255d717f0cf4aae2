"""Labelled rows and parallel pairs, read from the data folder and from our own corpus."""

import csv
import gzip
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sentiment.model import LABELS

CORPUS = Path(__file__).parent.parent / "corpus"


@dataclass(frozen=True)
class LabelledSet:
    """One training set: which file, which splits, how much a row counts.

    `two_class` masks the neutral logit in the loss: such rows teach polarity and say nothing of neutral.
    `limit` is a stable random sample; `repeat` copies the rows; `filters` maps a column to accepted values.
    """

    file: str
    splits: tuple[str, ...] = ("train",)
    weight: float = 1.0
    two_class: bool = False
    limit: int | None = None
    repeat: int = 1
    text: str = "text"
    filters: dict[str, list[str]] = field(default_factory=dict)
    augment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One training text; `label` indexes `LABELS`."""

    text: str
    label: int
    weight: float = 1.0
    two_class: bool = False


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a tab-separated file with a header, gzipped or plain, as dictionaries."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def stable_unit(text: str) -> float:
    """A number in [0, 1) fixed by the text alone: for splits and samples that never change."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56


HELD_OUT_PRODUCTS = 0.15


def is_held_out_product(product: str) -> bool:
    """Whether a shop product is set aside for measuring: a fifteenth percent of products never trains."""
    return stable_unit(f"product:{product}") < HELD_OUT_PRODUCTS


def _wanted(row: dict[str, str], wanted: LabelledSet) -> bool:
    if "split" in row and row["split"] not in wanted.splits:
        return False
    if "product" in row and is_held_out_product(row["product"]):
        return False
    if any(row.get(column) not in accepted for column, accepted in wanted.filters.items()):
        return False
    return bool(row[wanted.text] and row[wanted.text].strip()) and row["label"] in LABELS


def read_labelled(root: Path, wanted: LabelledSet) -> list[Row]:
    """The rows of one set, sampled and repeated as it asks."""
    path = CORPUS / wanted.file.removeprefix("corpus/") if wanted.file.startswith("corpus/") else root / wanted.file
    rows = [row for row in read_table(path) if _wanted(row, wanted)]
    if wanted.limit is not None:
        rows = sorted(rows, key=lambda row: stable_unit(row[wanted.text]))[: wanted.limit]
    chosen = [
        Row(row[wanted.text], LABELS.index(row["label"]), wanted.weight, wanted.two_class)
        for row in rows
        if not (wanted.two_class and row["label"] == "neutral")
    ]
    return chosen * wanted.repeat


def read_pairs(root: Path, files: list[str]) -> list[tuple[str, str]]:
    """(Armenian, other language) sentence pairs."""
    pairs = []
    for name in files:
        for row in read_table(root / name):
            other = row.get("en") or row.get("fi")
            if row["hy"] and other:
                pairs.append((row["hy"], other))
    return pairs


def shuffled_batches(lengths: list[int], tokens: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches of like length, each at most `tokens` after padding, in random order."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index] + rng.random() * 4)
    batches: list[list[int]] = []
    batch: list[int] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if batch and longest * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch, longest = [], lengths[index]
        batch.append(index)
    if batch:
        batches.append(batch)
    rng.shuffle(batches)
    return batches
