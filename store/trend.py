"""The index over time: one point a day, week or month, gaps included, and a chart of it in plain
characters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from store.db import Store
from store.index import IndexRow, as_text, index_rows
from store.tallies import period_of

Step = Literal["day", "week", "month"]
# Columns between two points of a chart that has room.
_WIDEST = 8
# What lies before a longer silence is most likely a date that was read wrong, and can be two thousand years old.
_LONGEST_GAP = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series; `row` is None where nothing was written."""

    period: str
    row: IndexRow | None


def trend(
    store: Store,
    brand: str,
    *,
    by: Step = "week",
    now: datetime | str,
    since: str | None = None,
    until: str | None = None,
) -> list[Point]:
    """The brand's series, as `series` says; empty without mentions."""
    return series(index_rows(store, by=by, brand=brand, now=as_text(now), since=since, until=until), by)


def series(rows: Iterable[IndexRow], by: Step, until: str = "") -> list[Point]:
    """One brand's rows by period, gaps included, to the last period, or to the period `until` where that is later, from
    the first that follows no gap of more than ten years.
    """
    found = {row.period: row for row in rows}
    if not found:
        return []
    known = sorted(found)
    if until > known[-1]:
        known.append(until)
    first = known[0]
    for before, after in pairwise(known):
        if _start(after, by) - _start(before, by) > _LONGEST_GAP:
            first = after
    return [Point(period, found.get(period)) for period in _periods(first, known[-1], by)]


def chart(points: Sequence[Point], *, width: int = 72, height: int = 11) -> list[str]:
    """Lines of text: ● the index, │ its interval, 0–100 upwards; the latest `width` points, few ones further
    apart. Hidden ones stay blank.
    """
    shown = points[-max(1, width) :]
    apart = max(1, min(_WIDEST, width // max(1, len(shown))))
    grid = [[" "] * (apart * len(shown)) for _ in range(height)]
    for column, point in zip(range(apart // 2, apart * len(shown), apart), shown, strict=True):
        row = point.row
        if row is None or row.index is None or row.low is None or row.high is None:
            continue
        for level in range(_level(row.low, height), _level(row.high, height) + 1):
            grid[level][column] = "│"
        grid[_level(row.index, height)][column] = "●" if row.state == "published" else "○"
    lines = [
        f"{100 * level / (height - 1):5.0f} ┤{''.join(grid[level]).rstrip()}"
        for level in reversed(range(height))
    ]
    if not shown:
        return lines
    first, last = shown[0].period, shown[-1].period
    gap = max(1, apart * len(shown) - len(first) - len(last))
    return [
        *lines,
        f"      └{'─' * (apart * len(shown))}",
        f"       {first}{' ' * gap}{last if last != first else ''}",
    ]


def _level(value: float, height: int) -> int:
    return min(height - 1, max(0, round(value * (height - 1) / 100)))


def _periods(first: str, last: str, by: Step) -> list[str]:
    at, found = _start(first, by), [first]
    while found[-1] < last:
        at = _next(at, by)
        found.append(period_of(at.isoformat(), by))
    return found


def _start(period: str, by: Step) -> date:
    if by == "week":
        year, _, week = period.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(period if by == "day" else f"{period}-01")


def _next(at: date, by: Step) -> date:
    if by == "month":
        return (at.replace(day=1) + timedelta(days=32)).replace(day=1)
    return at + timedelta(days=1 if by == "day" else 7)
