"""Correcting counts for the reader's errors ("quantification", or prevalence estimation).

Counting a classifier's labels is biased, and the bias moves with the truth. Adjusted counting (ACC) undoes it with
the classifier's own error rates (`store.error_rates`): Forman, "Quantifying counts and costs via classification"
(DMKD 2008), for two classes the same as Rogan & Gladen (Am. J. Epidemiology 1978); PACC, the same on mean posteriors,
is Bella et al. (ICDM 2010).

Arrays have the classes (negative, neutral, positive) in the first axis and the draws in the last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from store import intervals
from store.error_rates import NEGATIVE, NEUTRAL, POSITIVE, Confusion, Counts, Table, as_table

if TYPE_CHECKING:
    from store.intervals import Floats, Mask
else:
    Floats = Mask = object

# With fewer draws of 2,000 under which the counts could have come about, so many that come nearest are kept.
_FEWEST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Part:
    """The texts of one stratum: their weights by the state read, and the weights' squares.

    `confusion` is None where the states need no correction (a person's labels, stars) or have none;
    `is_read` says which: True for a model's reading.
    """

    weights: Counts
    squares: float
    confusion: Confusion | None
    is_read: bool
    name: str = ""

    @property
    def weight(self) -> float:
        """The sum of the weights."""
        return sum(self.weights)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A corrected share of positive among opinions, 0–1, and its 95% interval.

    `corrected`, `observed` and `uncorrected` say which shares of the weight were treated how; they add up to 1.
    `parts` and `name` are what it was made of, and all that its draws depend on.
    """

    share: float
    low: float
    high: float
    corrected: float
    observed: float
    uncorrected: float
    parts: tuple[Part, ...]
    name: str


def solve(table: Sequence[Sequence[float]], shares: Sequence[float]) -> Counts:
    """The prevalences π on the simplex that minimise ‖Mπ − q‖, M the read shares of each true class.

    `table` is true × read (counts or shares); a row of zeros is left out of π.
    """
    import numpy as np

    found, _ = _point_rates(as_table(table)).solve(
        np.array(shares, dtype=np.float64)[:, None], everywhere=True
    )
    return float(found[0, 0]), float(found[1, 0]), float(found[2, 0])


Estimator = Callable[[tuple[Part, ...], str], Estimate | None]
"""`estimate`, or what remembers its answers."""


def estimate(parts: Sequence[Part], name: str) -> Estimate | None:
    """The share of positive among opinions over all parts, None without any opinion.

    Each of 2,000 draws takes the error rates and the read shares from their posteriors (Dirichlet, which is
    Beta for two classes, with Jeffreys' half counts) and corrects again: the interval carries the sampling
    error of what was read, by the effective size, and that of the error rates. Frequentist intervals of the
    corrected share cover too little (BMC Public Health 2020, s12889-020-09177-4). Error rates are drawn alike
    for all rows that share them, and a draw under which nobody could have read what was read is left out, as is one
    in which nobody has an opinion. Near 0 and 1 the draws that fit may all end there: the interval is never narrower
    than Wilson's of as many opinions, known without error, would be.

    With audited rates the share is the adjusted count. Borrowed rates are too uncertain for one solution to
    stand for all: there it is the mean of the draws.
    """
    import numpy as np

    parts = tuple(part for part in parts if part.weight > 0)
    if not parts:
        return None
    reads = _draw_reads(parts, name)
    draws, missed = _correct(parts, reads, everywhere=False)
    kept: Mask = missed == 0
    if np.count_nonzero(kept) < _FEWEST_KEPT:
        draws, missed = _correct(parts, reads, everywhere=True)
        kept = _nearest(missed)
    fitting = [each[:, kept] for each in draws]
    point = np.zeros(3)
    for part, each in zip(parts, fitting, strict=True):
        point += part.weight * _point(part, each)
    if point[POSITIVE] + point[NEGATIVE] <= 1e-12:
        return None
    share = float(_ratio(point))
    low, high = intervals.percentiles(_ratio(_summed(parts, fitting)))
    whole = sum(part.weight for part in parts)
    if any(part.confusion is not None and not part.confusion.by_reading for part in parts):
        size = intervals.effective_size(whole, sum(part.squares for part in parts))
        least = intervals.wilson(share, size * float(point[POSITIVE] + point[NEGATIVE]) / whole)
        low, high = min(low, least[0]), max(high, least[1])
    corrected = sum(part.weight for part in parts if part.is_read and part.confusion is not None) / whole
    observed = sum(part.weight for part in parts if not part.is_read) / whole
    uncorrected = max(0.0, 1 - corrected - observed)
    return Estimate(share, min(low, share), max(high, share), corrected, observed, uncorrected, parts, name)


def differences(a: Estimate, b: Estimate) -> Floats:
    """Draws of a's share less b's, of the draws that fit both best; errors common to both cancel."""
    (ours, ours_missed), (theirs, theirs_missed) = _every_draw(a), _every_draw(b)
    kept = _nearest(ours_missed + theirs_missed)
    return ours[kept] - theirs[kept]


def _every_draw(found: Estimate) -> tuple[Floats, Floats]:
    """The share of positive among opinions in each draw, DRAWS, and how far it is from what was read, squared."""
    draws, missed = _correct(found.parts, _draw_reads(found.parts, found.name), everywhere=True)
    return _ratio(_summed(found.parts, draws)), missed


def _draw_reads(parts: Sequence[Part], name: str) -> list[Floats]:
    """Draws of what share of each part is read as which class, 3 × DRAWS.

    The prior's half counts are shared among the parts, so that many small ones do not add up to a strong opinion.
    """
    whole = sum(part.weight for part in parts)
    reads = []
    for part in parts:
        size = intervals.effective_size(part.weight, part.squares)
        prior = intervals.PRIOR * part.weight / whole
        counts = [size * weight / part.weight + prior for weight in part.weights]
        reads.append(intervals.dirichlet(counts, intervals.generator("read", name, part.name)))
    return reads


def _correct(
    parts: Sequence[Part], reads: Sequence[Floats], *, everywhere: bool
) -> tuple[list[Floats], Floats]:
    """Each part's true shares, 3 × DRAWS, in worlds that the parts share: draw d has the d-th error rates everywhere.

    Beside them how far, squared, what was read lies from anything that a draw's error rates can show: 0 where it could
    have come about, infinitely where the draw leaves no opinions, and so no share of them. Only with `everywhere` are
    the other draws solved too; else they are infinitely far.
    """
    import numpy as np

    found, missed = [], np.zeros(intervals.DRAWS)
    for part, read in zip(parts, reads, strict=True):
        if part.confusion is None:
            found.append(read)
        elif part.confusion.by_reading:
            found.append(_shared_out(part.confusion.table, read))
        else:
            rates = _draw_rates(part.confusion.table, part.confusion.left, part.confusion.kind)
            true, distance = rates.solve(read, everywhere=everywhere)
            found.append(true)
            missed += distance
    summed = _summed(parts, found)
    return found, np.where(summed[POSITIVE] + summed[NEGATIVE] > 1e-12, missed, np.inf)


def _nearest(missed: Floats) -> Mask:
    """Which draws are kept where few fit, by how far what was read lies from what their error rates can show."""
    import numpy as np

    possible: Mask = np.isfinite(missed)
    if 0 < np.count_nonzero(possible) < _FEWEST_KEPT:
        return possible
    return np.asarray(missed <= np.partition(missed, _FEWEST_KEPT - 1)[_FEWEST_KEPT - 1])


def _summed(parts: Sequence[Part], draws: Sequence[Floats]) -> Floats:
    """The prevalences of all parts together in each draw, times their weight."""
    import numpy as np

    summed = np.zeros_like(draws[0])
    for part, each in zip(parts, draws, strict=True):
        summed += part.weight * each
    return summed


def _ratio(prevalences: Floats) -> Floats:
    """Positive among opinions, 0 where there are none."""
    import numpy as np

    return np.asarray(
        prevalences[POSITIVE] / np.maximum(prevalences[POSITIVE] + prevalences[NEGATIVE], 1e-12)
    )


def _point(part: Part, draws: Floats) -> Floats:
    import numpy as np

    if part.confusion is not None and part.confusion.source == "held-out":
        return np.asarray(draws.mean(axis=1))
    shares = [weight / part.weight for weight in part.weights]
    if part.confusion is None:
        return np.array(shares)
    if part.confusion.by_reading:
        table = np.array(part.confusion.table)
        return np.asarray(table / np.maximum(table.sum(axis=0), 1e-12) @ shares)
    return np.array(solve(part.confusion.rest, shares))


@lru_cache(maxsize=64)
def _point_rates(table: Table) -> "_Rates":
    import numpy as np

    rows = np.array(table, dtype=np.float64)
    sizes = rows.sum(axis=1)
    return _Rates((rows / np.where(sizes > 0, sizes, 1.0)[:, None])[..., None], tuple(map(bool, sizes > 0)))


def _shared_out(table: Table, read: Floats) -> Floats:
    """Σ over readings of the share read so × the true classes of the texts known that were read so."""
    import numpy as np

    random = intervals.generator("readings", _named(table))
    columns = [
        intervals.dirichlet([row[seen] + intervals.PRIOR for row in table], random) for seen in range(3)
    ]
    return np.asarray((np.stack(columns) * read[:, None]).sum(axis=0))


@lru_cache(maxsize=64)
def _draw_rates(table: Table, left: Counts, kind: str) -> "_Rates":
    """DRAWS tables of error rates; one draw is one world, the same for every row of that `kind` that uses this table,
    whatever its labels have `left`.
    """
    import numpy as np

    random = intervals.generator("rates", _named(table), kind)
    rows = [intervals.dirichlet([count + intervals.PRIOR for count in row], random) for row in table]
    rates = np.stack(rows) * np.array(left)[:, None]
    return _Rates(rates / rates.sum(axis=1, keepdims=True), tuple(sum(row) > 0 for row in table))


def _named(table: Table) -> str:
    """The table to nine digits: Python 3.12 adds up floats otherwise than 3.11, and the last digits differ."""
    return repr([[float(f"{cell:.9g}") for cell in row] for row in table])


class _Rates:
    """D tables of read shares (true × read × D), and what solving with them takes; `used` says which true
    classes were measured.

    Draws stand last: sums over three classes are then sums of whole rows, several times as fast.
    """

    def __init__(self, rates: Floats, used: tuple[bool, ...]) -> None:
        import numpy as np

        self.rates, self.used = rates, used
        tables = np.moveaxis(rates, -1, 0)
        singular = np.abs(np.linalg.det(tables)) < 1e-12
        inverse = np.linalg.inv(np.where(singular[:, None, None], np.eye(3), tables))
        inverse[singular] = np.nan
        self.inverse: Floats = np.ascontiguousarray(np.moveaxis(inverse, 0, -1))
        # A reader that takes the dissatisfied for satisfied more often than the satisfied is none.
        self.sensible: Mask = rates[POSITIVE, POSITIVE] > rates[NEGATIVE, POSITIVE]

    @cached_property
    def edges(self) -> "list[_Edge]":
        """The edges of the simplex between true classes that were measured."""
        edges = ((NEGATIVE, POSITIVE), (NEGATIVE, NEUTRAL), (NEUTRAL, POSITIVE))
        return [_Edge(self.rates, *edge) for edge in edges if all(self.used[each] for each in edge)]

    def solve(self, shares: Floats, *, everywhere: bool) -> tuple[Floats, Floats]:
        """For read shares (3 × D): the least-squares prevalences on the simplex, 3 × D, and the squared distance
        that remains, infinite where the rates are those of no reader.

        Inside the simplex the equations hold exactly; else the minimum lies on one of its edges, and is looked for
        only with `everywhere`: without, such draws are infinitely far, and their prevalences mean nothing.
        """
        import numpy as np

        if not all(self.used):
            return self._on_edges(shares)
        found: Floats = (shares[:, None] * self.inverse).sum(axis=0)
        # NaN, where a table is singular, is not inside either.
        inside = found.min(axis=0) >= 0
        missed = np.where(inside, 0.0, np.inf)
        if everywhere and not inside.all():
            nearest, distance = self._on_edges(shares)
            found, missed = np.where(inside, found, nearest), np.where(inside, 0.0, distance)
        return found, np.where(self.sensible, missed, np.inf)

    def _on_edges(self, shares: Floats) -> tuple[Floats, Floats]:
        """The nearest point of the three edges, each in closed form, and its squared distance."""
        import numpy as np

        best, residual = np.zeros_like(shares), np.full(shares.shape[1], np.inf)
        for edge in self.edges:
            along, missed = edge.nearest(shares)
            better = missed < residual
            residual = np.where(better, missed, residual)
            best *= ~better
            best[edge.one] += better * along
            best[edge.other] += better * (1 - along)
        return best, residual


class _Edge:
    """The mixtures of two true classes, as seen in what is read: D lines, from `other` to `one`."""

    def __init__(self, rates: Floats, one: int, other: int) -> None:
        import numpy as np

        self.one, self.other = one, other
        self.start: Floats = np.ascontiguousarray(rates[other])
        self.direction: Floats = rates[one] - rates[other]
        self.scaled: Floats = self.direction / np.maximum((self.direction**2).sum(axis=0), 1e-300)

    def nearest(self, shares: Floats) -> tuple[Floats, Floats]:
        """How far along each line (0–1) its point nearest to `shares` lies, and its squared distance."""
        import numpy as np

        offset = shares - self.start
        along = np.clip((offset * self.scaled).sum(axis=0), 0.0, 1.0)
        missed = offset - along * self.direction
        return along, (missed * missed).sum(axis=0)
