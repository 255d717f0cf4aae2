"""The prevalence-shift protocol (docs/index.md): does the corrected index find the true share, and hold it in
its interval?

    python -m benchmarks.prevalence                       a simulated reader with known error rates
    python -m benchmarks.prevalence --pacc                counting labels (ACC) against mean posteriors (PACC)
    python -m benchmarks.prevalence --data DIR --read package.module:function

`DIR` holds `fi.tsv` and `hy.tsv` (or `.tsv.gz`; columns `text`, `label`). `function(texts, language)` returns
one (negative, neutral, positive) a text. Each draw splits the texts anew: one half, by class, gives the error
rates, the other is drawn from with replacement. The true share is that of the population drawn from, as the
interval claims; with `--exact` each sample has exactly that share, and an interval that carries sampling
error covers it too often.
"""

import argparse
import csv
import gzip
import importlib
import io
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store import quantification
from store.quantification import Confusion, Part
from store.records import LABELS

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SIZES = (100, 300, 1000)
DRAWS = 200
# Read shares of each true class, as a small multilingual model does: 85 % of opinions right.
READER = np.array([[0.83, 0.10, 0.07], [0.14, 0.70, 0.16], [0.06, 0.11, 0.83]])

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Reader = Callable[[Sequence[str], str], Sequence[Sequence[float]]]


@dataclass(frozen=True)
class Line:
    """One line of the result: mean absolute errors in points, coverage and mean width of the interval."""

    language: str
    n: int
    share: float
    raw_error: float
    error: float
    coverage: float
    width: float


def draw_line(
    language: str,
    share: float,
    n: int,
    sample: Callable[[np.random.Generator, Ints], tuple[Ints, Confusion]],
    *,
    neutral: float,
    draws: int,
    exact: bool,
) -> Line:
    """Repeats one setting; `sample(random, true)` gives the read classes of texts that are `true`, and error
    rates.
    """
    random = np.random.default_rng([round(100 * share), n])
    prevalence = np.array([(1 - neutral) * (1 - share), neutral, (1 - neutral) * share])
    errors, raw_errors, hits, widths = [], [], 0, []
    for draw in range(draws):
        true = np.repeat(np.arange(3), _composition(prevalence, n, random, exact=exact))
        read, confusion = sample(random, true)
        counts = np.bincount(read, minlength=3).astype(float)
        raw_errors.append(abs(counts[2] / max(counts[0] + counts[2], 1) - share))
        part = Part((counts[0], counts[1], counts[2]), float(n), confusion, is_read=True)
        found = quantification.estimate([part], f"{language}{draw}")
        if found is None:
            raise SystemExit(f"{language}: a sample of {n} had no opinion")
        errors.append(abs(found.share - share))
        hits += found.low <= share <= found.high
        widths.append(found.high - found.low)
    return Line(
        language,
        n,
        share,
        *(
            round(100 * float(value), 2)
            for value in (np.mean(raw_errors), np.mean(errors), hits / draws, np.mean(widths))
        ),
    )


def simulated(
    random: np.random.Generator, true: Ints, rates: Floats, audited: int | None
) -> tuple[Ints, Confusion]:
    """A reader with known rates; the error rates are counted on `audited` texts of each class, or known if
    None.
    """
    bounds = rates.cumsum(axis=1)[true]
    read = (random.random(len(true))[:, None] > bounds).sum(axis=1).clip(0, 2)
    if audited is None:
        return read, _confusion(rates * 1e9)
    return read, _confusion(np.stack([random.multinomial(audited, row) for row in rates]))


def from_data(
    random: np.random.Generator, true: Ints, labels: Ints, readings: Ints
) -> tuple[Ints, Confusion]:
    """Half of the texts of each class for the error rates, the other half to draw the sample from."""
    table, read = np.zeros((3, 3)), np.zeros(len(true), dtype=np.int64)
    for which in range(3):
        places = random.permutation(np.flatnonzero(labels == which))
        half = len(places) // 2
        table[which] = np.bincount(readings[places[:half]], minlength=3)
        wanted = true == which
        if wanted.any():
            read[wanted] = readings[random.choice(places[half:], size=int(wanted.sum()))]
    return read, _confusion(table)


def load(path: Path) -> tuple[list[str], Ints]:
    """Texts and their classes, from a table with the columns `text` and `label`."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with io.StringIO(content.decode("utf-8")) as file:
        rows = [
            row
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if row["label"] in LABELS
        ]
    return [row["text"] for row in rows], np.array([LABELS.index(row["label"]) for row in rows])


def run_simulated(
    sizes: Sequence[int], draws: int, *, neutral: float, exact: bool, audited: int = 300
) -> list[Line]:
    """The protocol on the simulated reader."""
    return [
        draw_line(
            "simulated",
            share,
            n,
            partial(simulated, rates=READER, audited=audited),
            neutral=neutral,
            draws=draws,
            exact=exact,
        )
        for n in sizes
        for share in SHARES
    ]


def run_on_data(folder: Path, reader: Reader, sizes: Sequence[int], draws: int, *, exact: bool) -> list[Line]:
    """The protocol on labelled text, each language by itself; neutral texts keep the share that the file
    has.
    """
    lines = []
    for language in ("fi", "hy"):
        path = next((each for each in sorted(folder.glob(f"{language}.tsv*"))), None)
        if path is None:
            print(f"{folder}: no {language}.tsv; skipped", file=sys.stderr)
            continue
        texts, labels = load(path)
        readings = np.array([np.argmax(each) for each in reader(texts, language)])
        neutral = float((labels == 1).mean())
        for n in sizes:
            for share in SHARES:
                lines.append(
                    draw_line(
                        language,
                        share,
                        n,
                        partial(from_data, labels=labels, readings=readings),
                        neutral=neutral,
                        draws=draws,
                        exact=exact,
                    )
                )
    return lines


def run_pacc(
    sizes: Sequence[int], draws: int, *, neutral: float, audited: int = 300
) -> list[dict[str, float]]:
    """Mean absolute errors, in points, of the raw share, ACC and PACC, by sample size.

    The reader sees true class k as a point around the k-th axis and says the exact posteriors of equally frequent
    classes: PACC's best case. Separation 2 makes 87 of 100 labels right.
    """
    found = []
    for n in sizes:
        random = np.random.default_rng(n)
        errors = [_pacc_errors(random, n, share, neutral, audited) for share in SHARES for _ in range(draws)]
        means = np.mean(errors, axis=0)
        found.append(
            {"n": n, **{name: round(100 * float(at), 2) for name, at in zip(_METHODS, means, strict=True)}}
        )
    return found


_METHODS = ("raw_error", "acc_error", "pacc_error")


def _pacc_errors(
    random: np.random.Generator, n: int, share: float, neutral: float, audited: int
) -> list[float]:
    known = np.repeat(np.arange(3), audited)
    texts = np.repeat(
        np.arange(3), random.multinomial(n, [(1 - neutral) * (1 - share), neutral, (1 - neutral) * share])
    )
    audit, sample = _posteriors(random, known), _posteriors(random, texts)
    labels, read = np.eye(3)[audit.argmax(axis=1)], np.eye(3)[sample.argmax(axis=1)]
    counted, acc, pacc = (
        read.mean(axis=0),
        quantification.solve(_means(labels, known), read.mean(axis=0)),
        quantification.solve(_means(audit, known), sample.mean(axis=0)),
    )
    return [abs(found[2] / max(found[0] + found[2], 1e-9) - share) for found in (counted, acc, pacc)]


def _posteriors(random: np.random.Generator, true: Ints, separation: float = 2.0) -> Floats:
    points = random.standard_normal((len(true), 3)) + separation * np.eye(3)[true]
    odds = np.exp(separation * points)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _means(rows: Floats, true: Ints) -> list[list[float]]:
    return [list(rows[true == which].mean(axis=0)) for which in range(3)]


def summary(lines: Sequence[Line]) -> list[dict[str, object]]:
    """Means over the true shares, by language and sample size."""
    found = []
    for language, n in sorted({(line.language, line.n) for line in lines}):
        these = [line for line in lines if (line.language, line.n) == (language, n)]
        means = {
            name: round(float(np.mean([getattr(line, name) for line in these])), 2)
            for name in ("raw_error", "error", "coverage", "width")
        }
        found.append({"language": language, "n": n, **means})
    return found


def _composition(prevalence: Floats, n: int, random: np.random.Generator, *, exact: bool) -> Ints:
    if not exact:
        return random.multinomial(n, prevalence)
    counts = np.floor(prevalence * n).astype(np.int64)
    counts[np.argsort(counts - prevalence * n)[: n - int(counts.sum())]] += 1
    return counts


def _confusion(table: NDArray[np.float64] | Ints) -> Confusion:
    rows = [(float(row[0]), float(row[1]), float(row[2])) for row in table]
    return Confusion((rows[0], rows[1], rows[2]), "held-out")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one line a setting, then the means, as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--read", help="package.module:function")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument(
        "--neutral", type=float, default=0.3, help="share of neutral texts (simulated reader)"
    )
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--pacc", action="store_true", help="compare ACC with PACC instead")
    chosen = parser.parse_args(arguments)
    if chosen.pacc:
        print(json.dumps(run_pacc(chosen.sizes, chosen.draws, neutral=chosen.neutral), indent=1))
        return
    if chosen.data is None:
        lines = run_simulated(chosen.sizes, chosen.draws, neutral=chosen.neutral, exact=chosen.exact)
    else:
        if not chosen.read:
            parser.error("--data needs --read package.module:function")
        module, _, name = chosen.read.partition(":")
        reader = getattr(importlib.import_module(module), name)
        lines = run_on_data(chosen.data, reader, chosen.sizes, chosen.draws, exact=chosen.exact)
    for line in lines:
        print(json.dumps(asdict(line)))
    print(json.dumps(summary(lines), indent=1))


if __name__ == "__main__":
    main()
