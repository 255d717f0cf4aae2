"""The mention-satisfaction index: of those who voice an opinion about a brand, how many are satisfied, 0–100.

The formulas and their sources are in docs/index.md. This module turns tallies into rows; correcting is in
`store.quantification`, summing in `store.cells` and `store.tallies`.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from store import intervals, quantification
from store.db import Store, utc_text
from store.errors import UsageError
from store.quantification import Estimate, Estimator
from store.tallies import CALENDAR, By, Corrections, Tally, TallyKey, Window, read_tallies

State = Literal["published", "grey", "hidden", "uncorrected"]

HIDDEN_BELOW = 10.0
GREY_BELOW = 30.0
# From this share of uncorrected weight on, a row is marked so.
_UNCORRECTED_FROM = 0.1
# Of the gauge of today; calendar rows never fade.
HALF_LIFE_DAYS = 30.0
SHRINKAGE = 7.0
_TRAILING_DAYS = 90


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of the index, as `arvio index --json` shows it.

    `positive`, `neutral`, `negative` and `unscored` count clusters; `n_effective` is (Σw)²/Σw² of the
    opinions; `raw_share` is 0–1, `index`, `low`, `high` 0–100, `net` = 100·(2q − 1) is −100–100. Hidden rows
    have no index, no interval. `brand` is None in the row of a whole group. `method` is "acc" (corrected),
    "observed" (stars and labels only), "uncorrected", "acc+uncorrected", or "" without opinions.
    """

    brand: str | None
    group: str | None
    period: str
    by: By
    key: str
    mentions: int
    clusters: int
    positive: int
    neutral: int
    negative: int
    unscored: int
    n_effective: float
    raw_share: float | None
    index: float | None
    low: float | None
    high: float | None
    net: float | None
    method: str
    state: State


@dataclass(frozen=True, slots=True)
class Measured:
    """A row with what it was computed from: the estimate's draws (shares 0–1), and the degree, −1..1."""

    row: IndexRow
    estimate: Estimate | None
    degree: float | None


def index_rows(
    store: Store,
    *,
    by: By = "total",
    brand: str | None = None,
    group: str | None = None,
    since: str | None = None,
    until: str | None = None,
    now: datetime | str,
) -> list[IndexRow]:
    """The index by brand and period or key. Days `since` and `until` are included; nothing after `now` is
    counted.

    With `group`, a last row for each period or key stands for the group as a whole (its `brand` is None). A
    brand without mentions still has its row where `by` is "total".
    """
    window = Window(as_text(now), since, until)
    return [each.row for each in measure(store, by, window, brand=brand, group=group)]


def as_json(rows: Iterable[IndexRow], *, now: datetime | str, model: str | None) -> dict[str, object]:
    """The document that `arvio index --json` prints."""
    return {"now": as_text(now), "model": model, "rows": [asdict(row) for row in rows]}


def current_model(store: Store) -> str | None:
    """The name of the model whose readings are preferred; None before the first score."""
    with store.reading() as database:
        row = database.execute("SELECT name FROM models WHERE current").fetchone()
    return None if row is None else str(row[0])


def as_text(now: datetime | str) -> str:
    """`now` as the store writes times."""
    return utc_text(now) if isinstance(now, datetime) else now


def measure(
    store: Store,
    by: By,
    window: Window,
    *,
    brand: str | None = None,
    group: str | None = None,
    half_life: float | None = None,
    salt: str = "",
    corrections: Corrections | None = None,
) -> list[Measured]:
    """As `index_rows`, with the draws; `half_life` (days) lets old mentions fade; `salt` as in `measured`.

    Who measures much of one moment gives the `corrections`, which are read from the store otherwise.
    """
    groups = brands_of(store, brand=brand, group=group)
    with store.reading() as database:
        tallies = read_tallies(database, by, window, brands=groups, half_life=half_life)
        corrections = corrections or Corrections(database)
    if by == "total":
        tallies = {(name, "", ""): tallies.get((name, "", ""), Tally()) for name in sorted(groups)}
    found = [
        measured(tally, corrections, key, groups[key[0]], by, window, salt)
        for key, tally in sorted(tallies.items())
    ]
    if group is not None and brand is None:
        for (period, which), tally in sorted(_together(tallies).items()):
            found.append(measured(tally, corrections, ("", period, which), group, by, window, salt))
    return found


def measured(
    tally: Tally,
    corrections: Corrections,
    key: TallyKey,
    group: str | None,
    by: By,
    window: Window,
    salt: str = "",
    *,
    estimate: Estimator = quantification.estimate,
) -> Measured:
    """One row from its tally; deterministic for the same tally, corrections, brand and `salt`.

    Two rows of one brand whose difference is taken need different salts, else their draws move together.
    """
    brand, period, which = key
    opinions = tally.opinions
    size = tally.effective_opinions
    raw = tally.weight_of("positive") / opinions if opinions > 0 else None
    found = None
    if raw is not None and size >= HIDDEN_BELOW:
        found = estimate(corrections.parts(tally, period), f"{brand or group}/{salt}")
    share, low, high = _published(found, raw, size)
    row = IndexRow(
        brand=brand or None,
        group=group,
        period=period if by in CALENDAR else _span(window),
        by=by,
        key=which,
        mentions=tally.mentions,
        clusters=sum(tally.clusters_in(state) for state in ("negative", "neutral", "positive", "unscored")),
        positive=tally.clusters_in("positive"),
        neutral=tally.clusters_in("neutral"),
        negative=tally.clusters_in("negative"),
        unscored=tally.clusters_in("unscored"),
        n_effective=round(size, 4),
        raw_share=_rounded(raw, 1),
        index=_rounded(share, 100),
        low=_rounded(low, 100),
        high=_rounded(high, 100),
        net=None if raw is None else round(100 * (2 * raw - 1), 4),
        method=_method(found, raw, tally),
        state=_state(found, size),
    )
    return Measured(row, found, tally.degree)


def brands_of(store: Store, *, brand: str | None = None, group: str | None = None) -> dict[str, str | None]:
    """The brands asked for, with their groups; UsageError for a brand or group that the store does not
    know.
    """
    with store.reading() as database:
        known: dict[str, str | None] = dict(
            database.execute("SELECT name, group_name FROM brands ORDER BY name").fetchall()
        )
    if brand is not None and brand not in known:
        raise UsageError(f"brand {brand!r} is not in the store; known: {', '.join(sorted(known)) or 'none'}")
    if group is not None and group not in known.values():
        names = sorted({each for each in known.values() if each})
        raise UsageError(f"group {group!r} is not in the store; known: {', '.join(names) or 'none'}")
    return {
        name: its_group
        for name, its_group in known.items()
        if (brand is None or name == brand) and (group is None or its_group == group)
    }


def shrunk(measured: Measured, prior: float | None) -> float | None:
    """π̃ = (n_eff·π̂ + k·μ₀) / (n_eff + k), k = 7, 0–100: for ranking and alerts, never shown as the
    index.
    """
    row = measured.row
    share = row.raw_share if measured.estimate is None else measured.estimate.share
    if share is None:
        return None if prior is None else 100 * prior
    if prior is None:
        return 100 * share
    return 100 * (row.n_effective * share + SHRINKAGE * prior) / (row.n_effective + SHRINKAGE)


def trailing_share(store: Store, brand: str, *, now: datetime | str) -> float | None:
    """μ₀: the brand's corrected share over the last 90 days, else its group's; None where both are too
    few.
    """
    today = date.fromisoformat(as_text(now)[:10])
    window = Window(as_text(now), (today - timedelta(days=_TRAILING_DAYS - 1)).isoformat())
    (own,) = measure(store, "total", window, brand=brand)
    if own.estimate is not None:
        return own.estimate.share
    if own.row.group is None:
        return None
    whole = measure(store, "total", window, group=own.row.group)[-1]
    return None if whole.estimate is None else whole.estimate.share


def is_rankable(row: IndexRow) -> bool:
    """Whether a brand may be ranked: published, and within ±15 points."""
    return (
        row.state == "published" and row.low is not None and row.high is not None and row.high - row.low <= 30
    )


def _together(tallies: dict[TallyKey, Tally]) -> dict[tuple[str, str], Tally]:
    whole: dict[tuple[str, str], Tally] = {}
    for (_, period, which), tally in tallies.items():
        whole.setdefault((period, which), Tally()).merge(tally)
    return whole


def _published(
    estimate: Estimate | None, raw: float | None, size: float
) -> tuple[float | None, float | None, float | None]:
    """Share and interval: Wilson's where nothing was corrected, else the draws'."""
    if estimate is None or raw is None:
        return None, None, None
    if estimate.corrected == 0:
        return (raw, *intervals.wilson(raw, size))
    return estimate.share, estimate.low, estimate.high


def _method(estimate: Estimate | None, raw: float | None, tally: Tally) -> str:
    if raw is None:
        return ""
    if estimate is None:
        return "uncorrected" if any(key[3] == "model" for key in tally.strata) else "observed"
    if estimate.corrected > 0:
        return "acc" if estimate.uncorrected < _UNCORRECTED_FROM else "acc+uncorrected"
    return "uncorrected" if estimate.uncorrected >= _UNCORRECTED_FROM else "observed"


def _state(estimate: Estimate | None, size: float) -> State:
    if estimate is None or size < HIDDEN_BELOW:
        return "hidden"
    if estimate.uncorrected >= _UNCORRECTED_FROM:
        return "uncorrected"
    return "grey" if size < GREY_BELOW else "published"


def _span(window: Window) -> str:
    if window.since is None and window.until is None:
        return "all"
    return f"{(window.since or '')[:10]}/{(window.until or '')[:10]}"


def _rounded(value: float | None, factor: float) -> float | None:
    return None if value is None else round(factor * value, 4 if factor > 1 else 6)
