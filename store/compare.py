"""Brands beside each other: differences with their intervals, the probability that A is above B, share of
voice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from store import intervals, quantification
from store.db import Store
from store.errors import UsageError
from store.index import (
    IndexRow,
    Measured,
    as_text,
    brands_of,
    is_rankable,
    measure,
    shrunk,
    trailing_share,
)
from store.tallies import Window


@dataclass(frozen=True, slots=True)
class Difference:
    """A's index less B's, in points, with its 95% interval; `p_above` is P(A is above B), 0–1.

    All None where one of the two has too few opinions.
    """

    a: str
    b: str
    difference: float | None
    low: float | None
    high: float | None
    p_above: float | None


@dataclass(frozen=True, slots=True)
class Voice:
    """A brand's share of voice: its clusters by those of its group, 0–1."""

    brand: str
    group: str | None
    clusters: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Brands in the order of their index shrunk to their last 90 days, those that may not be ranked last; each
    pair; each brand's voice.
    """

    rows: list[IndexRow]
    differences: list[Difference]
    voices: list[Voice]


def compare(
    store: Store,
    brands: Sequence[str],
    *,
    now: datetime | str,
    since: str | None = None,
    until: str | None = None,
) -> Comparison:
    """Compares two or more brands over the same days. UsageError for fewer, or for one that is unknown."""
    names = list(dict.fromkeys(brands))
    if len(names) < 2:
        raise UsageError("a comparison takes two brands or more")
    window = Window(as_text(now), since, until)
    found = [measure(store, "total", window, brand=name)[0] for name in names]
    ranks = [
        shrunk(each, trailing_share(store, name, now=now)) for name, each in zip(names, found, strict=True)
    ]
    order = sorted(
        range(len(found)),
        key=lambda at: (not is_rankable(found[at].row), found[at].row.index is None, -(ranks[at] or 0.0)),
    )
    ordered = [found[at] for at in order]
    return Comparison(
        [each.row for each in ordered],
        [difference(a, b) for a, b in combinations(ordered, 2)],
        [voice for voice in share_of_voice(store, now=now, since=since, until=until) if voice.brand in names],
    )


def difference(a: Measured, b: Measured) -> Difference:
    """From the draws of both; they share the draws of the error rates, so errors common to both cancel."""
    names = (a.row.brand or "", b.row.brand or "")
    if a.estimate is None or b.estimate is None:
        return Difference(*names, None, None, None, None)
    draws = quantification.differences(a.estimate, b.estimate)
    low, high = intervals.percentiles(draws)
    point = a.estimate.share - b.estimate.share
    above = float((draws > 0).mean() + 0.5 * (draws == 0).mean())
    shown = [round(100 * each, 4) for each in (point, min(low, point), max(high, point))]
    return Difference(*names, shown[0], shown[1], shown[2], round(above, 4))


def share_of_voice(
    store: Store,
    *,
    now: datetime | str,
    group: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[Voice]:
    """Every brand's clusters as a share of its group's; brands without a group have no share."""
    window = Window(as_text(now), since, until)
    groups = brands_of(store, group=group)
    counts = dict.fromkeys(groups, 0)
    with store.reading() as database:
        for name, clusters in database.execute(
            "SELECT b.name, sum(c.clusters) FROM index_cells c JOIN brands b ON b.id = c.brand_id "
            "WHERE c.aspect = '' AND c.day <= ? AND c.day >= ? GROUP BY 1",
            (window.last, (since or "")[:10]),
        ):
            if name in counts:
                counts[name] = clusters
    totals: dict[str | None, int] = {}
    for name, its_group in groups.items():
        totals[its_group] = totals.get(its_group, 0) + counts[name]
    return [
        Voice(
            name,
            its_group,
            counts[name],
            counts[name] / totals[its_group] if its_group and totals[its_group] else None,
        )
        for name, its_group in groups.items()
    ]
