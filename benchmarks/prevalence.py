"""The prevalence-shift protocol (docs/index.md): does the corrected index find the true share, and hold it in
its interval?

    python -m benchmarks.prevalence                       a simulated reader with known error rates
    python -m benchmarks.prevalence --pacc                counting labels (ACC) against mean posteriors (PACC)
    python -m benchmarks.prevalence --data DIR --docs docs     the shipped model on held-out text; renews docs/index.md

`DIR` is the data folder of `python -m sentiment.training`. Held-out text is drawn twice. With rates of its own kind:
all held-out texts of a language are the population, half as many drawn from it give the error rates, as a user's own
labels do, and the sample is drawn from it too (with replacement). With rates of other kinds: the sample is of one set,
the error rates are those that the other sets have, as for a user without labels. The true share is that of the
population drawn from, as the interval claims; with `--exact` each sample has exactly that share, and an interval that
carries sampling error covers it too often.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.prevalence_docs import write_docs
from store import error_rates, quantification
from store.error_rates import Confusion
from store.quantification import Part

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SIZES = (100, 300, 1000)
DRAWS = 200
# Read shares of each true class, as a small multilingual model does: 85 % of opinions right.
READER = np.array([[0.83, 0.10, 0.07], [0.14, 0.70, 0.16], [0.06, 0.11, 0.83]])

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# By name of a set: true classes and read classes of its texts.
Sets = dict[str, tuple[Ints, Ints]]


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
        part = Part((counts[0], counts[1], counts[2]), float(counts.sum()), confusion, is_read=True)
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


def of_its_own_kind(random: np.random.Generator, true: Ints, sets: Sets) -> tuple[Ints, Confusion]:
    """The texts of all sets are the population: half as many, drawn anew, give the error rates, others the sample."""
    labels, readings = (np.concatenate([each[which] for each in sets.values()]) for which in (0, 1))
    table, read = np.zeros((3, 3)), np.zeros(len(true), dtype=np.int64)
    for which in range(3):
        texts = readings[labels == which]
        table[which] = np.bincount(random.choice(texts, size=len(texts) // 2), minlength=3)
        wanted = true == which
        read[wanted] = random.choice(texts, size=int(wanted.sum()))
    return read, _confusion(table)


def of_another_kind(
    random: np.random.Generator, true: Ints, sets: Sets, language: str
) -> tuple[Ints, Confusion]:
    """A sample of one set, chosen at random; the error rates are those that the other sets have.

    A set without neutral texts (Facebook) gives opinions only.
    """
    names = [name for name, each in sets.items() if _can_be_drawn(each)]
    name = names[random.integers(len(names))]
    labels, readings = sets[name]
    read = [
        readings[random.choice(np.flatnonzero(labels == which), size=int((true == which).sum()))]
        for which in range(3)
        if (labels == which).any()
    ]
    rates = error_rates.held_out_confusion(card(language, sets, without=name), language)
    if rates is None:
        raise SystemExit(f"{language}: only one set; nothing to take the error rates from")
    return np.concatenate(read), rates


def card(language: str, sets: Sets, without: str | None = None) -> dict[str, object]:
    """The held-out counts as a model's card has them, less one set."""
    tables = {name: _counts(*each).tolist() for name, each in sets.items() if name != without}
    return {"languages": {language: tables}}


def _can_be_drawn(each: tuple[Ints, Ints]) -> bool:
    counts = np.bincount(each[0], minlength=3)
    return bool(min(counts[error_rates.NEGATIVE], counts[error_rates.POSITIVE]) >= 30)


def _counts(labels: Ints, readings: Ints) -> Ints:
    table = np.zeros((3, 3), dtype=np.int64)
    np.add.at(table, (labels, readings), 1)
    return table


def read_sets(data: Path, model: Path | None, kept: Path | None) -> dict[str, Sets]:
    """True and read classes of each held-out set, by language; kept in the file `kept`, and taken from there."""
    if kept is not None and kept.exists():
        document = json.loads(kept.read_text("utf-8"))
    else:
        document = _read(data, model)
        if kept is not None:
            kept.write_text(json.dumps(document), "utf-8")
    return {
        language: {name: (np.array(pair[0]), np.array(pair[1])) for name, pair in sets.items()}
        for language, sets in document.items()
    }


def _read(data: Path, model: Path | None) -> dict[str, dict[str, tuple[list[int], list[int]]]]:
    from sentiment.folder import SHIPPED
    from sentiment.scorer import Scorer
    from sentiment.training.evaluate import HELD_OUT, read_held_out

    scorer = Scorer.load(model or SHIPPED)
    found: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
    for held in HELD_OUT:
        texts, labels = read_held_out(data, held)
        if not texts:
            print(f"{held.name}: no texts in {data}; skipped", file=sys.stderr)
            continue
        print(f"{held.name}: {len(texts)} texts", file=sys.stderr)
        readings = [each.label_index for each in scorer.read(texts, [held.language] * len(texts))]
        found.setdefault(held.language, {})[held.name] = (labels.tolist(), readings)
    return found


def concentrations(languages: dict[str, Sets]) -> list[float]:
    """κ of each true class: the Dirichlet-multinomial's, by maximum likelihood over the sets of all languages.

    Each language has its own mean; only how far its sets lie from it is common to all.
    """
    return [
        max(np.exp(np.arange(0, 5.3, 0.1)).round(1).tolist(), key=lambda k: _likelihood(languages, true, k))
        for true in range(3)
    ]


def _likelihood(languages: dict[str, Sets], true: int, concentration: float) -> float:
    whole = 0.0
    for sets in languages.values():
        rows = [_counts(*each)[true].astype(float) for each in sets.values()]
        rows = [row for row in rows if row.sum()]
        weights = [1 / (row.sum() + concentration) for row in rows]
        mean = sum((weight * row for weight, row in zip(weights, rows, strict=True)), np.full(3, 1e-3))
        alpha = concentration * mean / mean.sum()
        for row in rows if len(rows) > 1 else []:
            whole += math.lgamma(concentration) - math.lgamma(concentration + row.sum())
            whole += sum(math.lgamma(a + n) - math.lgamma(a) for a, n in zip(alpha, row, strict=True))
    return whole


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


def run_on_data(
    languages: dict[str, Sets], sizes: Sequence[int], draws: int, *, exact: bool
) -> dict[str, list[Line]]:
    """Both protocols on labelled text, each language by itself: rates of the text's own kind, and of others."""
    found: dict[str, list[Line]] = {"own": [], "other": []}
    for language in ("fi", "hy"):
        sets = languages[language]
        neutral = float((np.concatenate([labels for labels, _ in sets.values()]) == 1).mean())
        samples = {
            "own": partial(of_its_own_kind, sets=sets),
            "other": partial(of_another_kind, sets=sets, language=language),
        }
        for name, sample in samples.items():
            found[name] += [
                draw_line(language, share, n, sample, neutral=neutral, draws=draws, exact=exact)
                for n in sizes
                for share in SHARES
            ]
    return found


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


def _confusion(table: NDArray[np.float64] | Ints, source: error_rates.Source = "audit") -> Confusion:
    rows = [(float(row[0]), float(row[1]), float(row[2])) for row in table]
    return Confusion((rows[0], rows[1], rows[2]), source)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one line a setting, then the means, as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", type=Path, help="another model folder than the shipped one")
    parser.add_argument("--readings", type=Path, help="a file that keeps what the model reads between runs")
    parser.add_argument("--docs", type=Path, help="the folder whose index.md and plots are to be renewed")
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
        _print(run_simulated(chosen.sizes, chosen.draws, neutral=chosen.neutral, exact=chosen.exact))
        return
    languages = read_sets(chosen.data, chosen.model, chosen.readings)
    found = run_on_data(languages, chosen.sizes, chosen.draws, exact=chosen.exact)
    for name, lines in found.items():
        print(json.dumps({"rates": name}))
        _print(lines)
    print(
        json.dumps({"concentration": concentrations(languages), "in use": error_rates.CONCENTRATION}),
        flush=True,
    )
    if chosen.docs is not None:
        write_docs(chosen.docs, {name: summary(lines) for name, lines in found.items()}, found)


def _print(lines: Sequence[Line]) -> None:
    for line in lines:
        print(json.dumps(asdict(line)))
    print(json.dumps(summary(lines), indent=1))


if __name__ == "__main__":
    main()
