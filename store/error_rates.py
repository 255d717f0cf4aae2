"""How a model errs, counted: a confusion table for each kind of text, from audited texts or from the model's card.

A confusion table has true classes as rows, read as columns; classes stand in the order negative, neutral, positive.

Error rates counted in one kind of text hold for that kind. In another they differ, by far more than the counts'
own error: `CONCENTRATION` says how far, so that borrowed rates are never taken for known ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from store import intervals

Counts = tuple[float, float, float]
Table = tuple[Counts, Counts, Counts]

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
# The gate of docs/index.md: what an error rate must rest on before a count is corrected with it.
ENOUGH_AUDITED = 50
SMALLEST_GAP = 0.30
# How many texts of a true class (negative, neutral, positive) the rates of other kinds of text are worth: the
# concentration of the Dirichlet distribution that a model's rates follow from kind to kind. About half of what
# `python -m benchmarks.prevalence --data DIR` estimates over the held-out sets: so few sets say little of the next.
CONCENTRATION: Counts = (9.0, 7.0, 7.0)
_ROUNDS = 20

Source = Literal["audit", "held-out"]
ALL_LEFT: Counts = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How a model reads one kind of text: counts, true × read. `source` is where they were counted.

    A row of zeros is a class that nobody has measured; texts are then taken never to be of that class.
    `seen` is how many texts of each class were looked at, where the table's counts are weighted. `left`: what share of
    each reading no label has taken out of what is to be corrected, relative to the largest. `by_reading`: what is read
    alike is shared out as the table's texts of that reading, and nothing is solved. Two kinds of text that borrow the
    same counts have rates of their own all the same: `kind` tells them apart.
    """

    table: Table
    source: Source
    seen: Counts | None = None
    left: Counts = ALL_LEFT
    by_reading: bool = False
    kind: str = ""

    @property
    def rest(self) -> Table:
        """The table of the texts that are left to correct."""
        return as_table(
            [[cell * left for cell, left in zip(row, self.left, strict=True)] for row in self.table]
        )

    @property
    def sizes(self) -> Counts:
        """How many texts of each true class were measured."""
        negative, neutral, positive = self.table
        return sum(negative), sum(neutral), sum(positive)

    @property
    def gap(self) -> float:
        """t − f: how much more often what is positive than what is negative is read as positive, of what is left."""
        negative, _, positive = self.rest
        if not sum(negative) or not sum(positive):
            return 0.0
        return positive[POSITIVE] / sum(positive) - negative[POSITIVE] / sum(negative)

    @property
    def is_usable(self) -> bool:
        """Whether it passes the gate."""
        sizes = self.seen or self.sizes
        return min(sizes[NEGATIVE], sizes[POSITIVE]) >= ENOUGH_AUDITED and self.gap >= SMALLEST_GAP


def audited_confusion(
    labelled: Mapping[tuple[int, int], float],
    starred: Mapping[tuple[int, int], float],
    read: Sequence[float],
    left: Counts = ALL_LEFT,
) -> Confusion:
    """Error rates from audited texts: counts by (true class, read class).

    Labelled texts may be drawn more from one read class than from another; each read class is weighted back
    to its size (post-stratification), and each true class counts as many texts as its weights are worth
    (Kish). `read`: of a thousand texts that were drawn from, how many are read as each class (see `drawn_from`); fewer
    than one count as one. `left` as in `Confusion`.
    """
    ours, stars = (
        [[counts.get((true, seen), 0.0) for seen in range(3)] for true in range(3)]
        for counts in (labelled, starred)
    )
    drawn = [sum(column) for column in zip(*ours, strict=True)]
    weights = [max(share, 1.0) / n if n else 0.0 for share, n in zip(read, drawn, strict=True)]
    rows = [added(_weighted(counts, weights), known) for counts, known in zip(ours, stars, strict=True)]
    whole = [added(counts, known) for counts, known in zip(ours, stars, strict=True)]
    audited = (sum(whole[0]), sum(whole[1]), sum(whole[2]))
    found = Confusion(as_table(rows), "audit", audited)
    rest = replace(found, left=left)
    if rest.gap < SMALLEST_GAP <= found.gap:
        # Labelling has emptied one reading; what is left is all read alike, and no equation tells it apart.
        return replace(found, table=as_table(whole), by_reading=True)
    return rest


def drawn_from(labelled: Sequence[Sequence[float]], texts: Sequence[Sequence[float]]) -> Counts:
    """How many texts of each reading the labels were drawn from, relative to each other: a brand's texts of a month
    count by how many of them were labelled.

    `labelled` and `texts` are counts by brand and month × reading. The share drawn is taken for a product, one factor
    for the brand's month and one for the reading, fitted by iterative proportional fitting (Deming & Stephan 1940).
    Brands and months differ in what is read of them; weighted back to the texts of all brands, or to those that came
    after the labels, labels would tell of error rates that no text has.
    """
    sums = [sum(drawn[read] for drawn in labelled) for read in range(3)]
    by_reading = [1.0, 1.0, 1.0]
    found = [0.0, 0.0, 0.0]
    for _ in range(_ROUNDS):
        found = [0.0, 0.0, 0.0]
        for drawn, there in zip(labelled, texts, strict=True):
            expected = sum(factor * count for factor, count in zip(by_reading, there, strict=True))
            by_month = sum(drawn) / expected if expected else 0.0
            found = [whole + by_month * count for whole, count in zip(found, there, strict=True)]
        by_reading = [drawn / there if there else 0.0 for drawn, there in zip(sums, found, strict=True)]
    return found[0], found[1], found[2]


def _weighted(counts: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The counts by their weights, as many in all as the weights leave them worth."""
    weighted = [count * weight for count, weight in zip(counts, weights, strict=True)]
    whole = sum(weighted)
    squares = sum(each * weight for each, weight in zip(weighted, weights, strict=True))
    scale = intervals.effective_size(whole, squares) / whole if whole else 0.0
    return [scale * each for each in weighted]


def held_out_confusion(card: Mapping[str, object], language: str, kind: str = "") -> Confusion | None:
    """What the model's held-out texts of a language say of a `kind` of text that was not among them.

    `card["languages"][language]` has a table for each kind (a held-out set, say), and perhaps one of "all". Each is an
    observation of how rates may be: a row is the kinds' mean, each weighted by how well it is known (random effects,
    weights n / (n + κ)), and is worth the texts that such a mean of few kinds says of another one. One kind more is
    imagined, in which the model errs the other way round: few kinds do not show which side it favours in the next.
    """
    languages = card.get("languages")
    tables = languages.get(language) if isinstance(languages, Mapping) else None
    if not isinstance(tables, Mapping):
        return None
    kinds = _kinds({str(kind): rows for kind, value in tables.items() if (rows := _rows_of(value))})
    if not kinds:
        return None
    rows = [_expected([kind[true] for kind in kinds], CONCENTRATION[true]) for true in range(3)]
    rows = _evened(rows, 1 / (len(kinds) + 1))
    seen = [sum(sum(kind[true]) for kind in kinds) for true in range(3)]
    return Confusion(as_table(rows), "held-out", (seen[0], seen[1], seen[2]), kind=kind)


def _kinds(tables: Mapping[str, list[list[float]]]) -> list[list[list[float]]]:
    """The tables of single kinds, and what "all" counts beyond them."""
    kinds = [rows for kind, rows in sorted(tables.items()) if kind != "all"]
    if "all" in tables:
        rest = [
            [max(0.0, cell - sum(rows[true][read] for rows in kinds)) for read, cell in enumerate(row)]
            for true, row in enumerate(tables["all"])
        ]
        kinds.append(rest)
    return [rows for rows in kinds if any(map(sum, rows))]


def _expected(rows: Sequence[Sequence[float]], concentration: float) -> list[float]:
    """One class's counts to expect of another kind: `rows` are the class's counts in each kind known."""
    sums = [sum(row) for row in rows]
    weights = [1 / (size + concentration) if size else 0.0 for size in sums]
    known = sum(weight * size for weight, size in zip(weights, sums, strict=True))
    # The mean's own variance and that from kind to kind: 1 / worth = 1 / κ + 1 / (κ · Σ weights).
    return [
        concentration
        / (1 + known)
        * sum(weight * row[read] for weight, row in zip(weights, rows, strict=True))
        for read in range(3)
    ]


def _evened(rows: Sequence[Sequence[float]], share: float) -> list[list[float]]:
    """The rows with that share of their rates taken from their mirror image, positive for negative."""
    mirrored = [[cell / max(sum(row), 1e-12) for cell in reversed(row)] for row in reversed(rows)]
    return [
        [(1 - share) * cell + share * sum(row) * other for cell, other in zip(row, image, strict=True)]
        for row, image in zip(rows, mirrored, strict=True)
    ]


def choose(audited: Confusion | None, held_out: Confusion | None) -> Confusion | None:
    """The audit's error rates where they pass the gate, else the model's own, else None ("uncorrected").

    What an audit too small for the gate has counted is added to the model's own: those are worth a few texts, so
    the first labels move them already. A neutral class that the audit has hardly met is filled up alike.
    """
    if audited is not None and audited.is_usable:
        if audited.sizes[NEUTRAL] < ENOUGH_AUDITED and held_out is not None:
            filled = added(audited.table[NEUTRAL], held_out.table[NEUTRAL])
            return replace(audited, table=as_table([audited.table[0], filled, audited.table[2]]))
        return audited
    if held_out is None or not held_out.is_usable:
        return None
    if audited is None:
        return held_out
    summed = as_table([*map(added, audited.table, held_out.table)])
    return replace(held_out, table=summed, left=audited.left, by_reading=audited.by_reading)


def added(*counts: Sequence[float]) -> list[float]:
    """The sums of counts by class or reading; zeros of nothing."""
    return [sum(each[at] for each in counts) for at in range(3)]


def as_table(rows: Sequence[Sequence[float]]) -> Table:
    """3 × 3 numbers as a table."""
    first, second, third = ((float(row[0]), float(row[1]), float(row[2])) for row in rows)
    return first, second, third


def _rows_of(value: object) -> list[list[float]] | None:
    if not isinstance(value, Sequence) or len(value) != 3:
        return None
    rows = [[float(cell) for cell in row] for row in value if isinstance(row, Sequence) and len(row) == 3]
    return rows if len(rows) == 3 else None
