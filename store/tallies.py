"""Sums of the index's cells for any row: read from the store, grouped by period and key, with their
corrections.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from store import error_rates, intervals
from store.cells import PPM
from store.error_rates import Confusion, Counts
from store.errors import UsageError
from store.quantification import Part

By = Literal["total", "day", "week", "month", "language", "source", "aspect"]
CellTable = Literal["index_cells", "index_months"]
StratumKey = tuple[str, str, int, str, str]
CALENDAR = ("day", "week", "month")
STATES = ("negative", "neutral", "positive", "unscored")

# Which precisions of a date a row may count: a date known to the month belongs to no day and no week.
_PRECISIONS = {"day": ("day",), "week": ("day",), "month": ("day", "month")}
_PERIOD = {
    "day": "c.day",
    "week": "date(c.day, 'weekday 0', '-6 days')",
    "month": "substr(c.day, 1, 7)",
}
_KEY = {"language": "c.language", "source": "s.name", "aspect": "c.aspect"}


@dataclass(frozen=True, slots=True)
class Window:
    """Which cells count: days `since`..`until` (both included), never after the day of `now`."""

    now: str
    since: str | None = None
    until: str | None = None

    @property
    def last(self) -> str:
        """The last day that counts."""
        today = self.now[:10]
        return today if self.until is None else min(self.until[:10], today)


@dataclass(slots=True)
class Stratum:
    """Weights of one language, kind, model and evidence: by state, squared, and the mean posteriors' sums."""

    mentions: int = 0
    clusters: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    weights: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    squares: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    posteriors: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


@dataclass(slots=True)
class Tally:
    """All that one row of the index is computed from; strata by (language, kind, model id, decided by, brand)."""

    strata: dict[StratumKey, Stratum] = field(default_factory=dict)

    def add(self, key: StratumKey, state: str, sums: Sequence[float]) -> None:
        """Adds one group of cells: clusters, mentions, weight, squares, three posteriors."""
        clusters, mentions, weight, squares, *posteriors = sums
        stratum = self.strata.get(key)
        if stratum is None:
            stratum = self.strata[key] = Stratum()
        at = STATES.index(state)
        stratum.mentions += int(mentions)
        stratum.clusters[at] += int(clusters)
        stratum.weights[at] += weight / PPM
        stratum.squares[at] += squares / PPM
        for which, posterior in enumerate(posteriors):
            stratum.posteriors[which] += posterior / PPM

    def merge(self, other: "Tally", times: float = 1.0) -> None:
        """Adds another tally's sums to this one, its texts weighing so many times as much."""
        for key, theirs in other.strata.items():
            ours = self.strata.setdefault(key, Stratum())
            ours.mentions += theirs.mentions
            for at in range(4):
                ours.clusters[at] += theirs.clusters[at]
                ours.weights[at] += times * theirs.weights[at]
                ours.squares[at] += times * times * theirs.squares[at]
            for which in range(3):
                ours.posteriors[which] += times * theirs.posteriors[which]

    def by_language(self) -> "dict[str, Tally]":
        """The same sums, apart for each language."""
        found: dict[str, Tally] = {}
        for key, stratum in self.strata.items():
            found.setdefault(key[0], Tally()).strata[key] = stratum
        return found

    @property
    def mentions(self) -> int:
        """How many mentions there are, copies included."""
        return sum(stratum.mentions for stratum in self.strata.values())

    def clusters_in(self, state: str) -> int:
        """How many clusters are in a state."""
        return sum(stratum.clusters[STATES.index(state)] for stratum in self.strata.values())

    def weight_of(self, state: str) -> float:
        """The summed weight of a state."""
        return sum(stratum.weights[STATES.index(state)] for stratum in self.strata.values())

    @property
    def opinions(self) -> float:
        """Σw over positive and negative clusters."""
        return self.weight_of("positive") + self.weight_of("negative")

    @property
    def opinion_squares(self) -> float:
        """Σw² over positive and negative clusters."""
        return sum(stratum.squares[0] + stratum.squares[2] for stratum in self.strata.values())

    @property
    def effective_opinions(self) -> float:
        """Kish's effective number of opinions, (Σw)² / Σw²."""
        return intervals.effective_size(self.opinions, self.opinion_squares)

    @property
    def degree(self) -> float | None:
        """Σw(2p − 1) / Σw with 2p − 1 = P(positive) − P(negative), over what a model has read; −1..1."""
        read = [each for each in self.strata.values() if sum(each.posteriors) > 0]
        weight = sum(sum(each.posteriors) for each in read)
        return sum(each.posteriors[2] - each.posteriors[0] for each in read) / weight if weight else None


TallyKey = tuple[str, str, str]


def read_tallies(
    connection: sqlite3.Connection,
    by: By,
    window: Window,
    *,
    brands: Iterable[str] | None = None,
    half_life: float | None = None,
    table: CellTable = "index_cells",
) -> dict[TallyKey, Tally]:
    """Tallies by (brand, period, key), in that order; `half_life` in days makes old weights fade (the "now"
    gauge).

    `table`: "index_months" holds the sums by month, as of the last update; for windows of whole months it is read
    some 15 times as fast.
    """
    if by not in ("total", *CALENDAR, *_KEY):
        raise UsageError(f"by {by!r} is unknown; choose day, week, month, language, source or aspect")
    period, key = _PERIOD.get(by, "''"), _KEY.get(by, "''")
    columns = ["b.name", period, key, "c.language", "c.kind", "c.model_id", "c.decided_by", "c.state"]
    # A constant column tells no groups apart, yet sorting by it takes as long as by any other.
    groups = ", ".join(str(at) for at, column in enumerate(columns, start=1) if column != "''")
    where, parameters = _where(by, window, brands)
    joins = "JOIN sources s ON s.id = c.source_id " if by == "source" else ""
    faded_by = faded = twice = ""
    if half_life is not None:
        # Materialized, else the JSON would be read again for each cell.
        faded_by = "WITH f AS MATERIALIZED (SELECT key AS day, value AS factor FROM json_each(?)) "
        joins += "JOIN f ON f.day = c.day "
        faded, twice = " * f.factor", " * f.factor * f.factor"
        parameters.insert(0, json.dumps(_decays(connection, window.now, half_life)))
    rows = connection.execute(
        f"{faded_by}SELECT {', '.join(columns)}, sum(c.clusters), sum(c.mentions), sum(c.weight_ppm{faded}), "
        f"sum(c.weight2_ppm{twice}), sum(c.negative_ppm{faded}), sum(c.neutral_ppm{faded}), "
        f"sum(c.positive_ppm{faded}) FROM brands b CROSS JOIN {table} c ON c.brand_id = b.id "
        f"{joins}WHERE {where} GROUP BY {groups} ORDER BY {groups}",
        parameters,
    )
    tallies: defaultdict[TallyKey, Tally] = defaultdict(Tally)
    for brand, at, which, language, kind, model_id, decided_by, state, *sums in rows:
        tallies[brand, period_of(at, by), which].add(
            (language, kind, model_id, decided_by, brand), state, sums
        )
    return dict(tallies)


def _where(by: By, window: Window, brands: Iterable[str] | None) -> tuple[str, list[object]]:
    conditions = ["c.day <= ?", "c.aspect > ''" if by == "aspect" else "c.aspect = ''"]
    parameters: list[object] = [window.last]
    if window.since is not None:
        conditions.append("c.day >= ?")
        parameters.append(window.since[:10])
    if by in _PRECISIONS:
        precisions = _PRECISIONS[by]
        conditions.append(f"c.coarse IN ({', '.join('?' * len(precisions))})")
        parameters += precisions
    if brands is not None:
        names = list(brands)
        conditions.append(f"b.name IN ({', '.join('?' * len(names))})")
        parameters += names
    return " AND ".join(conditions), parameters


def period_of(day: str, by: By) -> str:
    """The name of the day's period: 2026-11-22, 2026-W47, 2026-11; empty where rows have no period."""
    if by == "week":
        year, week, _ = date.fromisoformat(day).isocalendar()
        return f"{year:04d}-W{week:02d}"
    return {"day": day, "month": day[:7]}.get(by, "")


def _month_of(period: str) -> str:
    """The month of a period's first day; empty where the row has no period."""
    if "W" in period:
        return date.fromisocalendar(int(period[:4]), int(period[6:]), 1).isoformat()[:7]
    return period[:7]


def _decays(connection: sqlite3.Connection, now: str, half_life: float) -> dict[str, float]:
    """What a weight of each day is worth today."""
    today = date.fromisoformat(now[:10])
    days = connection.execute("SELECT DISTINCT day FROM index_cells")
    return {
        day: float(2.0 ** (-max(0, (today - date.fromisoformat(day)).days) / half_life)) for (day,) in days
    }


class Corrections:
    """The error rates of each stratum (language, kind of text, model), read once from the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cards: dict[int, Mapping[str, object]] = {
            model_id: json.loads(card) for model_id, card in connection.execute("SELECT id, card FROM models")
        }
        self._audits: dict[_Rated, _Audit] = {}
        self._known: dict[tuple[_Rated, str, str], Confusion | None] = {}
        self._load(connection)

    def of(
        self, language: str, kind: str, model_id: int, brand: str = "", month: str = ""
    ) -> Confusion | None:
        """The audit's error rates where they pass the gate, else the model's own for the language, else
        None.

        Those of the `brand`'s texts that nobody has labelled, or of those of a `month`; without a brand, of all texts.
        """
        stratum = (language, kind, model_id)
        audit = self._audits.get(stratum)
        months = None if audit is None else audit.labelled.get(brand)
        if months is None or (month and month not in months):
            brand = month = ""
        if (stratum, brand, month) not in self._known:
            audited = None if audit is None else audit.confusion(brand, month)
            held_out = error_rates.held_out_confusion(self._cards.get(model_id, {}), language, kind)
            self._known[stratum, brand, month] = error_rates.choose(audited, held_out)
        return self._known[stratum, brand, month]

    def parts(self, tally: Tally, period: str = "") -> tuple[Part, ...]:
        """The row's strata, those with the same error rates put together, in a fixed order; `period` as in its key."""
        month = _month_of(period)
        merged: dict[tuple[bool, Confusion | None], tuple[list[float], float]] = {}
        for (language, kind, model_id, decided_by, brand), stratum in sorted(tally.strata.items()):
            if decided_by == "":
                continue
            is_read = decided_by == "model"
            confusion = self.of(language, kind, model_id, brand, month) if is_read else None
            weights, squares = merged.get((is_read, confusion), ([0.0, 0.0, 0.0], 0.0))
            summed = [ours + theirs for ours, theirs in zip(weights, stratum.weights[:3], strict=True)]
            merged[is_read, confusion] = (summed, squares + sum(stratum.squares[:3]))
        return tuple(
            Part(_counts(weights), squares, confusion, is_read, name=str(at))
            for at, ((is_read, confusion), (weights, squares)) in enumerate(merged.items())
        )

    def _load(self, connection: sqlite3.Connection) -> None:
        for language, kind, model_id, decided_by, truth, predicted, clusters in connection.execute(
            "SELECT language, kind, model_id, decided_by, truth, predicted, clusters FROM audit_counts "
            "ORDER BY 1, 2, 3"
        ):
            audit = self._audits.setdefault((language, kind, model_id), _Audit())
            counts = audit.by_person if decided_by == "person" else audit.by_stars
            counts[STATES.index(truth), STATES.index(predicted)] = float(clusters)
        if not self._audits:
            return
        for brand, month, language, kind, model_id, predicted, clusters in connection.execute(
            "SELECT b.name, c.month, c.language, c.kind, c.model_id, c.predicted, count(*) "
            "FROM clusters c JOIN brands b ON b.id = c.brand_id "
            "WHERE c.decided_by = 'person' AND c.predicted IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6"
        ):
            labelled = self._audits[language, kind, model_id].labelled
            labelled[brand][month][STATES.index(predicted)] += clusters
        for brand, month, language, kind, model_id, state, clusters, earlier in connection.execute(
            "WITH t AS (SELECT m.brand_id, substr(max(l.labelled_at), 1, 10) AS day FROM labels l "
            "JOIN mentions m ON m.id = l.mention_id GROUP BY 1) "
            "SELECT b.name, substr(c.day, 1, 7), c.language, c.kind, c.model_id, c.state, sum(c.clusters), "
            "sum(iif(c.day <= t.day, c.clusters, 0)) "
            "FROM t CROSS JOIN brands b ON b.id = t.brand_id CROSS JOIN index_cells c ON c.brand_id = b.id "
            "WHERE c.aspect = '' AND c.decided_by = 'model' GROUP BY 1, 2, 3, 4, 5, 6"
        ):
            rated = self._audits.get((language, kind, model_id))
            if rated is not None and brand in rated.labelled:
                rated.unlabelled[brand][month][STATES.index(state)] += clusters
                rated.passed_over[brand][month][STATES.index(state)] += earlier


_Rated = tuple[str, str, int]
_ByMonth = defaultdict[str, list[float]]


def _by_brand() -> defaultdict[str, _ByMonth]:
    return defaultdict(lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))


@dataclass
class _Audit:
    """The texts of a stratum whose answer is known, by (true class, read class), and for each brand with labels how
    many of its texts of each month have one and have none, by read class; of the latter those too that are no later
    than the brand's last label, which passed them over.
    """

    by_person: dict[tuple[int, int], float] = field(default_factory=dict)
    by_stars: dict[tuple[int, int], float] = field(default_factory=dict)
    labelled: defaultdict[str, _ByMonth] = field(default_factory=_by_brand)
    unlabelled: defaultdict[str, _ByMonth] = field(default_factory=_by_brand)
    passed_over: defaultdict[str, _ByMonth] = field(default_factory=_by_brand)

    def confusion(self, brand: str, month: str) -> Confusion:
        """Error rates in the texts without a label of the brand's month; without a month, in those of the brand, and
        without a brand, in all.
        """
        left = self._left(brand, month) if brand else error_rates.ALL_LEFT
        return error_rates.audited_confusion(self.by_person, self.by_stars, self._read, left)

    @cached_property
    def _read(self) -> list[float]:
        drawn, texts = [], []
        for brand, months in self.labelled.items():
            for month, labelled in months.items():
                drawn.append(labelled)
                texts.append(error_rates.added(labelled, self.passed_over[brand][month]))
        return _per_mille(error_rates.drawn_from(drawn, texts))

    def _left(self, brand: str, month: str) -> Counts:
        """Labelling takes more of one reading than of another out of what is to be corrected."""
        labelled, without = (
            error_rates.added(*(counts for at, counts in texts[brand].items() if month in ("", at)))
            for texts in (self.labelled, self.unlabelled)
        )
        shares = [
            left / (left + taken) if left + taken else 1.0
            for left, taken in zip(without, labelled, strict=True)
        ]
        most = max(shares)
        return _counts([max(_two_digits(share / most), 0.001) if most else 1.0 for share in shares])


def _per_mille(counts: Sequence[float]) -> list[float]:
    whole = sum(counts)
    return [_two_digits(1000 * count / whole) if whole else 0.0 for count in counts]


def _two_digits(share: float) -> float:
    """A night that brings what other nights brought then moves no error rates, and no old rows."""
    return float(f"{share:.2g}")


def _counts(weights: Sequence[float]) -> Counts:
    return weights[0], weights[1], weights[2]
