"""Labelled rows, read from the data folder and from our own corpus."""

import csv
import gzip
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sentiment.gloss import READ, gloss
from sentiment.network import LABELS
from sentiment.preparation import prepare, respell
from sentiment.training.glossary import switch
from store.armenian import to_armenian, to_latin

CORPUS = Path(__file__).parent.parent / "corpus"
OWN = "corpus/"
COMMENT_LABELS = "comment_labels.tsv"
HELD_OUT_PRODUCTS = 0.15
HELD_OUT_CORPUS = 0.2


@dataclass(frozen=True)
class LabelledSet:
    """One training set: which file, which splits, how much a row counts.

    A file under `corpus/` is our own, every other lies in the data folder; a pattern ("corpus/fi*.tsv") names several.
    `two_class` masks the neutral logit in the loss: such rows teach polarity and say nothing of neutral. `limit` is a
    stable random sample; `repeat` copies the rows, each copy altered by the next of `augment`: "plain", "noise" (as
    people type), "latin" (Armenian through Latin letters and back, as it is met at run time), "switched"
    (English word by word in Armenian), "glossed" (word by word in English), "returned" (English so put into Armenian
    and back). `filters` maps a column to the values accepted.
    """

    file: str
    splits: tuple[str, ...] = ("train",)
    weight: float = 1.0
    two_class: bool = False
    limit: int | None = None
    repeat: int = 1
    text: str = "text"
    filters: dict[str, list[str]] = field(default_factory=dict)
    augment: tuple[str, ...] = ("plain",)


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


def is_held_out_product(product: str) -> bool:
    """Whether a shop product is set aside for measuring: 15 % of the products never train."""
    return stable_unit(f"product:{product}") < HELD_OUT_PRODUCTS


def corpus_split(text: str) -> str:
    """ "test" for the fifth of our own corpus that is set aside, else "train"."""
    return "test" if stable_unit(f"corpus:{text}") < HELD_OUT_CORPUS else "train"


@cache
def _comment_labels() -> dict[str, tuple[str, str]]:
    return {row["sha256"]: (row["label"], row["confidence"]) for row in read_table(CORPUS / COMMENT_LABELS)}


def _annotated(row: dict[str, str]) -> dict[str, str]:
    """An unlabelled comment with our own annotation, which the corpus keeps by the text's hash."""
    digest = hashlib.sha256(row["text"].encode()).hexdigest()[:16]
    label, confidence = _comment_labels().get(digest, ("", ""))
    return row | {"label": label, "confidence": confidence}


def _rows(root: Path, wanted: LabelledSet) -> Iterator[dict[str, str]]:
    """Rows of the set's files, each with its `language`: the folder's, of our own corpus the beginning of the name."""
    own = wanted.file.startswith(OWN)
    folder, pattern = (CORPUS, wanted.file.removeprefix(OWN)) if own else (root, wanted.file)
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise FileNotFoundError(f"{folder / pattern}: no such file; the training sets are read from --data")
    for path in paths:
        language = path.name[:2] if own else path.parent.name
        for row in read_table(path):
            if own:
                row["split"] = corpus_split(row["text"])
            elif "label" not in row:
                row = _annotated(row)
            yield row | {"language": language}


def _is_wanted(row: dict[str, str], wanted: LabelledSet) -> bool:
    if row["label"] not in LABELS or (wanted.two_class and row["label"] == "neutral"):
        return False
    if "split" in row and row["split"] not in wanted.splits:
        return False
    if "product" in row and is_held_out_product(row["product"]):
        return False
    if any(row.get(column) not in accepted for column, accepted in wanted.filters.items()):
        return False
    return bool((row[wanted.text] or "").strip())


def read_labelled(root: Path, wanted: LabelledSet, rng: random.Random) -> list[Row]:
    """The rows of one set: sampled, repeated, altered, in the form the model reads."""
    rows = [row for row in _rows(root, wanted) if _is_wanted(row, wanted)]
    if wanted.limit is not None:
        rows = sorted(rows, key=lambda row: stable_unit(row[wanted.text]))[: wanted.limit]
    return [
        Row(
            alter(row, wanted.text, wanted.augment[copy % len(wanted.augment)], rng),
            LABELS.index(row["label"]),
            wanted.weight,
            wanted.two_class,
        )
        for copy in range(wanted.repeat)
        for row in rows
    ]


SCRIPT_LANGUAGES = {"latn": "hy-Latn", "cyrl": "hy-Cyrl"}
"""How Armenian in other letters is called."""


def has_armenian_letters(text: str) -> bool:
    """Whether any letter of `text` is Armenian."""
    return any("\u0531" <= char <= "\u0587" for char in text)


def alter(row: dict[str, str], column: str, how: str, rng: random.Random) -> str:
    """One variant of a row's text; "plain" is the text as the scorer gives it to the model."""
    clean = prepare(row[column])
    if how == "switched":
        return switch(clean, rng)
    if how == "returned":
        return gloss(switch(clean, rng), "hy")
    language = row["language"]
    text = respell(clean, SCRIPT_LANGUAGES.get(row.get("script", ""), "")) if language == "hy" else clean
    if how == "latin" and has_armenian_letters(clean):
        return to_armenian(to_latin(clean, rng))
    if how == "glossed":
        return gloss(text, language) if language in READ else text
    return noise(text, rng) if how == "noise" else text


def noise(text: str, rng: random.Random) -> str:
    """`text` as somebody hasty types it: some of lower case, lost marks, a doubled, lost or swapped letter."""
    if rng.random() < 0.4:
        text = text.lower()
    if rng.random() < 0.3:
        text = "".join(char for char in text if char not in "՛՞՜,.!՝")
    if rng.random() < 0.15:
        text = text.translate(str.maketrans("äöÄÖ", "aoAO"))
    if rng.random() < 0.2:
        text = text.replace("։", ":")
    letters = [index for index, char in enumerate(text) if char.isalpha()]
    for _ in range(len(letters) // 40 + (rng.random() < 0.5)):
        if letters:
            text = _slip(text, rng.choice(letters), rng)
            letters = [index for index, char in enumerate(text) if char.isalpha()]
    return text


def _slip(text: str, at: int, rng: random.Random) -> str:
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at] + text[at:]
    if kind == 1 or at + 1 >= len(text):
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


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
