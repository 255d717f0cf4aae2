"""How well labels and probabilities agree with what people said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.records import LABELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOOTSTRAP_DRAWS = 1000
ECE_BINS = 10


def confusion(true: Ints, predicted: Ints, classes: int = 3) -> Ints:
    """Counts, shape (classes, classes): rows are the true class, columns the predicted one."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (true, predicted), 1)
    return table


def f1_scores(table: Ints) -> Floats:
    """F1 of each class from its confusion table; a class that never occurs nor is predicted scores 0."""
    hits = np.diag(table)
    total = table.sum(0) + table.sum(1)
    return np.asarray(np.divide(2 * hits, total, out=np.zeros(len(table)), where=total > 0))


def macro_f1(true: Ints, predicted: Ints, classes: Sequence[int]) -> float:
    """Mean F1 over `classes`."""
    return float(f1_scores(confusion(true, predicted))[list(classes)].mean())


def auc(positive: NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve: P(a positive scores above a negative), ties count half (Mann–Whitney U).

    nan if either class is empty.
    """
    wins = int(positive.sum())
    losses = len(positive) - wins
    if not wins or not losses:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    return float((rank[inverse][positive].sum() - wins * (wins + 1) / 2) / (wins * losses))


def expected_calibration_error(
    positive: NDArray[np.bool_], probability: Floats, bins: int = ECE_BINS
) -> float:
    """Σ over equal-width bins of |mean probability − observed share| · share of rows (Guo et al., ICML 2017)."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    gap = np.bincount(index, probability - positive, bins)
    return float(np.abs(gap).sum() / len(probability))


def chance_calibration_error(probability: Floats, rng: np.random.Generator, draws: int = 500) -> float:
    """The expected calibration error that chance alone gives: were the probabilities true, what few rows would show.

    The mean over labels drawn by the probabilities: consistency resampling (Bröcker & Smith, Weather and
    Forecasting 22, 2007).
    """
    drawn = (rng.random(len(probability)) < probability for _ in range(draws))
    return float(np.mean([expected_calibration_error(positive, probability) for positive in drawn]))


@dataclass(frozen=True)
class Evaluation:
    """Figures of one labelled set. The interval is a 95 % bootstrap of the macro-F1 over the classes present.

    `ece_by_chance` is what a perfectly calibrated reader's `ece` would be on as many rows. Figures are nan where the
    set has no rows for them: opinions, or for the AUC both kinds of them. `unscored` counts texts in a language that
    the model was not measured on; the figures take them as they were read.
    """

    n: int
    accuracy: float
    macro_f1: float
    macro_f1_low: float
    macro_f1_high: float
    opinions: int
    opinion_macro_f1: float
    auc: float
    ece: float
    ece_by_chance: float
    confusion: list[list[int]]
    unscored: int = 0


def evaluate(true: Ints, probabilities: Floats, seed: int = 7) -> Evaluation:
    """Compare true classes, shape (n,), with probabilities, shape (n, 3) in the order of `LABELS`.

    Two-class figures (opinions, AUC, calibration errors) take the rows labelled negative or positive and the
    probability positive / (positive + negative).
    """
    present = sorted(set(true.tolist()))
    shown = probabilities if 1 in present else probabilities * np.array([1, 0, 1])
    predicted = shown.argmax(1)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(true), (BOOTSTRAP_DRAWS, len(true)))
    spread = [macro_f1(true[draw], predicted[draw], present) for draw in draws]
    opinion = true != LABELS.index("neutral")
    opinions = [each for each in present if each != LABELS.index("neutral")]
    positive = true[opinion] == LABELS.index("positive")
    share = probabilities[opinion][:, 2] / np.maximum(probabilities[opinion][:, [0, 2]].sum(1), 1e-9)
    two_class = np.where(share >= 0.5, 2, 0)
    return Evaluation(
        n=len(true),
        accuracy=float((true == predicted).mean()),
        macro_f1=macro_f1(true, predicted, present),
        macro_f1_low=float(np.quantile(spread, 0.025)),
        macro_f1_high=float(np.quantile(spread, 0.975)),
        opinions=int(opinion.sum()),
        opinion_macro_f1=macro_f1(true[opinion], two_class, opinions) if opinions else float("nan"),
        auc=auc(positive, share),
        ece=expected_calibration_error(positive, share) if opinions else float("nan"),
        ece_by_chance=chance_calibration_error(share, rng) if opinions else float("nan"),
        confusion=confusion(true, predicted).tolist(),
    )
