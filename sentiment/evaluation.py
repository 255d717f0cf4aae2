"""`arvio model evaluate`: a labelled file against the model's reading of it."""

import csv
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import numpy as np

from sentiment.metrics import Evaluation, evaluate
from sentiment.scorer import Scorer
from store.errors import UsageError
from store.records import LABELS


def read_labelled_file(path: Path) -> tuple[list[str], list[int]]:
    """Texts and classes (indices of `LABELS`) of a tab-separated file, gzipped or plain, with columns text and label.

    Raises UsageError naming the file and line of what cannot be taken.
    """
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig") as stream:
            lines = stream.read().split("\n")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise UsageError(f"{path}: is no whole gzip file; unpack it, or give it another name") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a tab-separated file") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; save it as UTF-8") from None
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not {"text", "label"} <= set(rows.fieldnames or ()):
        raise UsageError(f"{path}: needs a header line with the tab-separated columns text and label")
    texts, labels = [], []
    for row in rows:
        if row["label"] not in LABELS:
            raise UsageError(
                f"{path}: line {rows.line_num}: label {row['label'] or ''!r} is none of {', '.join(LABELS)}"
            )
        texts.append(row["text"])
        labels.append(LABELS.index(row["label"]))
    if not texts:
        raise UsageError(f"{path}: holds no rows; give one text a line")
    return texts, labels


def evaluate_file(
    scorer: Scorer,
    path: Path,
    language: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Figures of the model on a labelled file. Raises UsageError where the file cannot be taken."""
    texts, labels = read_labelled_file(path)
    known = None if language is None else repeat(language)
    probabilities, unscored = [], 0
    for reading in scorer.read(texts, known):
        probabilities.append((reading.negative, reading.neutral, reading.positive))
        unscored += reading.gate is not None
        if on_progress is not None:
            on_progress(len(probabilities), len(texts))
    return replace(evaluate(np.array(labels), np.array(probabilities)), unscored=unscored)
