"""What changed enough to wake somebody: drops of the index and bursts of negative mentions, each once, with
evidence.

Level: P(Δ < −5 points) > 0.95, the last 7 days against the 28 before, from both windows' draws, the 28 weighed to the
7 days' mix of sources: where a critical one comes or a friendly one goes, nobody has changed their mind. Volume: the
day's negative clusters against the median of the same weekday over 8 weeks, negative-binomial tail p < 0.001, at
least 5; days are taken to vary as that weekday does, or the middle one of all weekdays. Both pass Benjamini–Hochberg
across brands (J. R. Statist. Soc. B 1995).
"""

import json
import math
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from store import intervals, quantification
from store.db import Store
from store.excerpt import excerpt
from store.index import Measured, as_text, brands_of, measured
from store.tallies import Corrections, Tally, Window, read_tallies

Kind = Literal["level", "volume"]

DROP = 0.05
LEVEL_RATE = 0.05
VOLUME_RATE = 0.001
FEWEST = 5
_RECENT_DAYS, _BASELINE_DAYS = 7, 28
_WEEKS, _FEWEST_WEEKS = 8, 4
# While the old days are still part of the baseline, a second alert would tell of the same fall.
_QUIET_DAYS: dict[Kind, int] = {"level": _BASELINE_DAYS, "volume": _RECENT_DAYS}
_QUOTES = 5
_QUOTE_LENGTH = 300
# `arvio import` names a source after its file where the rows name none; next week's file has another name.
_FILES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".xlsx", ".parquet")

_STORED = """
    SELECT a.id, a.kind, b.name, a.day, a.n, a.value, a.baseline, a.low, a.high, a.p, a.evidence
    FROM alerts a JOIN brands b ON b.id = a.brand_id"""


# Texts without a date stand on the day on which they were met. That tells nothing of those that a source had when it
# was first read whole, or that came in a file: they may be of any day.
_IS_OF_NO_DAY = """(d.published_at IS NULL
    AND coalesce((SELECT min(r.finished_at) FROM source_runs r
        WHERE r.source_id = d.source_id AND r.outcome = 'ok'), '9999') >= c.day)"""
_OF_NO_DAY = f"""
    SELECT b.name, c.day, count(*) FROM brands b CROSS JOIN clusters c ON c.brand_id = b.id
    JOIN mentions m ON m.id = c.mention_id JOIN documents d ON d.id = m.document_id
    WHERE c.state = 'negative' AND c.coarse = 'day' AND c.day BETWEEN ? AND ? AND {_IS_OF_NO_DAY}
    GROUP BY 1, 2"""

# Nobody knows what is usual in a source that had not begun a week before: it begins with its oldest text, or with the
# first night that read it.
_IS_OF_NEW_SOURCE = """(d.published_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM source_runs r WHERE r.source_id = d.source_id AND r.outcome = 'ok'
        AND substr(r.finished_at, 1, 10) <= date(c.day, '-7 days'))
    AND NOT EXISTS (SELECT 1 FROM documents o WHERE o.source_id = d.source_id
        AND substr(coalesce(o.published_at, o.first_seen), 1, 10) <= date(c.day, '-7 days')))"""
_OF_NEW_SOURCES = f"""
    SELECT count(*) FROM brands b CROSS JOIN clusters c ON c.brand_id = b.id
    JOIN mentions m ON m.id = c.mention_id JOIN documents d ON d.id = m.document_id
    WHERE b.name = ? AND c.day = ? AND c.state = 'negative' AND c.coarse = 'day' AND {_IS_OF_NEW_SOURCE}"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A mention behind an alert; `quote` is its passage, cut around the matched words where it is long."""

    mention_id: int
    quote: str
    url: str
    published_at: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident of one brand, dated by its `day`.

    Level: `value` and `baseline` are indices, 0–100, under one mix of sources; `low` and `high` are the 95%
    interval of the difference value − baseline, in points, and not of the value; `n` is the recent clusters with
    an opinion. Volume: `value` and `n` are the day's negative clusters, `baseline` the median, `low` and `high`
    the counts between which 95% of such days lie. `p` is the probability of a false alarm.
    """

    kind: Kind
    brand: str
    day: str
    n: int
    value: float
    baseline: float
    low: float
    high: float
    p: float
    evidence: tuple[Evidence, ...]

    @property
    def sentence(self) -> str:
        """What happened, in one plain sentence."""
        if self.kind == "level":
            return (
                f"{self.brand}: the index fell from {self.baseline:.0f} to {self.value:.0f} in the "
                f"{_RECENT_DAYS} days to {self.day} (a difference of {_signed(self.low)} to "
                f"{_signed(self.high)} points, n = {self.n})."
            )
        return (
            f"{self.brand}: {self.n} negative mentions on {self.day}, where {self.baseline:g} are usual on that "
            f"weekday (95% of such days: {self.low:.0f}–{self.high:.0f})."
        )


def _signed(points: float) -> str:
    return f"{points:+.0f}".replace("-", "−")


def find_alerts(store: Store, *, now: datetime | str) -> list[Alert]:
    """Looks at the last week, keeps what is new in `alerts` and returns it.

    A week, as a night may have failed, or a source have come back with texts of days before.
    """
    today = date.fromisoformat(as_text(now)[:10])
    days = [today - timedelta(days=back) for back in reversed(range(_QUIET_DAYS["volume"]))]
    counts, first = _negative_counts(store, days[0], today)
    bursts = [alert for day in days for alert in _bursts(store, day, counts, first)]
    found = [*_level_drops(store, today), *bursts]
    with store.transaction() as database:
        return [alert for alert in found if _keep(database, alert, store.now)]


def list_alerts(store: Store, *, brand: str | None = None, since: str | None = None) -> list[Alert]:
    """The alerts that were raised, newest first."""
    with store.reading() as database:
        rows = database.execute(
            f"{_STORED} WHERE (:brand IS NULL OR b.name = :brand) AND (:since IS NULL OR a.day >= :since) "
            "ORDER BY a.day DESC, a.id DESC",
            {"brand": brand, "since": since},
        ).fetchall()
    return [_stored(row) for row in rows]


def alerts_to_deliver(store: Store, address: str, *, since: str) -> list[tuple[int, Alert]]:
    """The alerts raised from the moment `since` on that have not reached `address`, oldest first, with their
    ids.
    """
    with store.reading() as database:
        rows = database.execute(
            f"{_STORED} WHERE a.raised_at >= ? AND NOT EXISTS "
            "(SELECT 1 FROM alert_deliveries d WHERE d.alert_id = a.id AND d.address = ?) ORDER BY a.id",
            (since, address),
        ).fetchall()
    return [(int(row[0]), _stored(row)) for row in rows]


def mark_delivered(store: Store, ids: Sequence[int], address: str) -> None:
    """Notes that these alerts have reached `address`; `alerts.delivered_at` is the first arrival anywhere."""
    with store.transaction() as database:
        database.executemany(
            "INSERT OR IGNORE INTO alert_deliveries VALUES (?, ?, ?)",
            [(id, address, store.now) for id in ids],
        )
        database.executemany(
            "UPDATE alerts SET delivered_at = coalesce(delivered_at, ?) WHERE id = ?",
            [(store.now, id) for id in ids],
        )


def _stored(row: tuple[Any, ...]) -> Alert:
    evidence = tuple(Evidence(**each) for each in json.loads(row[-1]))
    facts: tuple[Any, ...] = (*row[1:-1], evidence)
    return Alert(*facts)


def discoveries(p_values: Sequence[float], rate: float) -> list[int]:
    """Indices that pass Benjamini–Hochberg at a false discovery rate of `rate`."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    passed = [rank for rank, index in enumerate(order, 1) if p_values[index] <= rate * rank / len(p_values)]
    return sorted(order[: max(passed, default=0)])


def burst_probability(count: int, history: Sequence[int], dispersion: float = 1.0) -> float:
    """P(a day like those of `history` has `count` or more): negative binomial, Poisson where nothing varies
    more.

    The mean is the history's median, at least ½, so that a single mention after silence is no burst. The variance is
    at least `dispersion` times the mean.
    """
    mean, scatter = _scatter(history)
    variance = mean * max(scatter, dispersion)
    below = math.fsum(math.exp(_log_probability(k, mean, variance)) for k in range(count))
    return max(0.0, 1.0 - below)


def _scatter(history: Sequence[int]) -> tuple[float, float]:
    """The mean that a history stands for, and its variance about it in means (1 for Poisson)."""
    mean = max(0.5, statistics.median(history))
    return mean, statistics.pvariance(history, mean) / mean if len(history) > 1 else 1.0


def _dispersion(histories: Sequence[Sequence[int]]) -> float:
    """How many times the mean the variance is: as the middle one of the weekdays shows, since eight numbers alone often
    lie close together by chance, and with the error of a median as the mean (π/2 · σ²/n).
    """
    usual = statistics.median(_scatter(history)[1] for history in histories)
    return max(1.0, usual) * (1 + math.pi / 2 / max(map(len, histories)))


def _log_probability(k: int, mean: float, variance: float) -> float:
    if variance <= mean * 1.001:
        return k * math.log(mean) - mean - math.lgamma(k + 1)
    size = mean * mean / (variance - mean)
    chance = size / (size + mean)
    spread = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
    return spread + size * math.log(chance) + k * math.log1p(-chance)


def _level_drops(store: Store, today: date) -> list[Alert]:
    recent = _window(today, _RECENT_DAYS)
    before = _window(today - timedelta(days=_RECENT_DAYS), _BASELINE_DAYS)
    tested: list[tuple[Measured, Measured, set[str]]] = []
    with store.reading() as database:
        corrections = Corrections(database)
        now_by_brand, then_by_brand = (_by_source(database, window) for window in (recent, before))
    for brand in sorted(now_by_brand.keys() & then_by_brand.keys()):
        *tallies, sources = _of_one_mix(now_by_brand[brand], then_by_brand[brand])
        new, old = (
            measured(tally, corrections, (brand, "", ""), None, "total", window, salt)
            for tally, window, salt in zip(tallies, (recent, before), ("recent", "before"), strict=True)
        )
        if new.estimate is not None and old.estimate is not None:
            tested.append((new, old, sources))
    chances = [_chance_of_no_drop(new, old) for new, old, _ in tested]
    return [
        _level_alert(store, *tested[index], chances[index], recent, today)
        for index in discoveries(chances, LEVEL_RATE)
        if chances[index] < LEVEL_RATE
    ]


def _by_source(database: sqlite3.Connection, window: Window) -> dict[str, dict[str, Tally]]:
    found: dict[str, dict[str, Tally]] = {}
    for (brand, _, source), tally in read_tallies(database, "source", window).items():
        if tally.opinions > 0:
            found.setdefault(brand, {}).setdefault(_channel(source), Tally()).merge(tally)
    return found


def _channel(source: str) -> str:
    """The source's name; empty for all imported files, which are one."""
    return "" if source.lower().endswith(_FILES) else source


def _of_one_mix(new: Mapping[str, Tally], old: Mapping[str, Tally]) -> tuple[Tally, Tally, set[str]]:
    """Both windows of a brand under the new one's mix of sources, of the sources that both have, and which they are.

    Without those that have grown so much that their few old opinions would have to stand for too many: the difference
    is best known without them.
    """
    grown = sorted(
        (new[source].opinions / old[source].opinions, source) for source in new.keys() & old.keys()
    )
    kept, least = 0, math.inf
    recent, before = Tally(), Tally()
    for at, (times, source) in enumerate(grown, 1):
        recent.merge(new[source])
        before.merge(old[source], times)
        error = 1 / recent.effective_opinions + 1 / before.effective_opinions
        if error < least:
            kept, least = at, error
    recent, before = Tally(), Tally()
    for times, source in grown[:kept]:
        recent.merge(new[source])
        before.merge(old[source], times)
    return recent, before, {source for _, source in grown[:kept]}


def _chance_of_no_drop(new: Measured, old: Measured) -> float:
    """1 − P(Δ < −5 points) by the draws; where all of them agree, by the tail of a normal distribution like theirs.

    Some hundred draws alone tell of no chance below 1/100: among many brands no fall could pass, however deep.
    """
    assert new.estimate is not None and old.estimate is not None
    draws = quantification.differences(new.estimate, old.estimate)
    against = int((draws >= -DROP).sum())
    by_count = (against + 1) / (len(draws) + 1)
    if against:
        return by_count
    away = (-DROP - float(draws.mean())) / max(float(draws.std()), 1e-9)
    return min(by_count, math.erfc(away / math.sqrt(2)) / 2)


def _level_alert(
    store: Store,
    new: Measured,
    old: Measured,
    sources: set[str],
    chance: float,
    window: Window,
    today: date,
) -> Alert:
    assert new.estimate is not None and old.estimate is not None and new.row.brand is not None
    low, high = intervals.percentiles(quantification.differences(new.estimate, old.estimate))
    shares = (new.estimate.share, old.estimate.share, low, high)
    rounded = [round(100 * share, 4) for share in shares]
    evidence = _evidence(store, new.row.brand, window, sources)
    opinions = new.row.positive + new.row.negative
    return Alert(
        "level",
        new.row.brand,
        today.isoformat(),
        opinions,
        rounded[0],
        rounded[1],
        rounded[2],
        rounded[3],
        round(chance, 6),
        evidence,
    )


def _bursts(
    store: Store, day: date, counts: dict[tuple[str, str], int], first: dict[str, str]
) -> list[Alert]:
    brands = list(brands_of(store))
    tested: list[tuple[str, int, list[int], float, float]] = []
    for brand in brands:
        # Of the day's own weekday first, then of the six that follow it.
        histories = [
            [
                counts.get((brand, at.isoformat()), 0)
                for at in (
                    day + timedelta(days=ahead) - timedelta(weeks=week) for week in range(1, _WEEKS + 1)
                )
                if first.get(brand, "9999") <= at.isoformat()
            ]
            for ahead in range(7)
        ]
        history, count = histories[0], counts.get((brand, day.isoformat()), 0)
        if len(history) >= _FEWEST_WEEKS:
            dispersion = _dispersion(histories)
            chance = burst_probability(count, history, dispersion)
            if count >= FEWEST and chance < VOLUME_RATE:
                count -= _of_new_sources(store, brand, day)
                chance = burst_probability(count, history, dispersion)
            tested.append((brand, count, history, dispersion, chance))
    passed = discoveries([each[-1] for each in tested], VOLUME_RATE)
    return [
        _burst_alert(store, *tested[index], day)
        for index in passed
        if tested[index][1] >= FEWEST and tested[index][-1] < VOLUME_RATE
    ]


def _burst_alert(
    store: Store, brand: str, count: int, history: list[int], dispersion: float, chance: float, day: date
) -> Alert:
    def more_than(k: int) -> float:
        return burst_probability(k + 1, history, dispersion)

    baseline = float(statistics.median(history))
    low = next(k for k in range(count + 1) if k == count or 1 - more_than(k) >= 0.025)
    high = next(k for k in range(count + 1) if k == count or more_than(k) <= 0.025)
    evidence = _evidence(store, brand, _window(day, 1), but=f"({_IS_OF_NO_DAY} OR {_IS_OF_NEW_SOURCE})")
    return Alert(
        "volume",
        brand,
        day.isoformat(),
        count,
        float(count),
        baseline,
        float(low),
        float(high),
        chance,
        evidence,
    )


def _negative_counts(
    store: Store, since: date, until: date
) -> tuple[dict[tuple[str, str], int], dict[str, str]]:
    """Negative clusters by (brand, day) for the days from `since` to `until` and the weeks before them, and each
    brand's first day.
    """
    span = ((since - timedelta(weeks=_WEEKS)).isoformat(), until.isoformat())
    with store.reading() as database:
        counts = {
            (name, at): int(clusters)
            for name, at, clusters in database.execute(
                "SELECT b.name, c.day, sum(c.clusters) FROM index_cells c JOIN brands b ON b.id = c.brand_id "
                "WHERE c.aspect = '' AND c.state = 'negative' AND c.coarse = 'day' AND c.day BETWEEN ? AND ? "
                "GROUP BY 1, 2",
                span,
            )
        }
        for name, at, clusters in database.execute(_OF_NO_DAY, span):
            counts[name, at] = counts.get((name, at), 0) - clusters
        first = dict(
            database.execute(
                "SELECT b.name, (SELECT min(c.day) FROM index_cells c WHERE c.brand_id = b.id AND c.aspect "
                "= '') "
                "FROM brands b"
            ).fetchall()
        )
    return counts, {name: at for name, at in first.items() if at is not None}


def _of_new_sources(store: Store, brand: str, day: date) -> int:
    """How many of the brand's negative clusters of `day` are of sources that had not begun a week before."""
    with store.reading() as database:
        row = database.execute(_OF_NEW_SOURCES, (brand, day.isoformat())).fetchone()
    return int(row[0])


def _evidence(
    store: Store, brand: str, window: Window, sources: set[str] | None = None, *, but: str = "0"
) -> tuple[Evidence, ...]:
    """The clearest negative mentions of the window, one for each cluster, of the `sources` that the alert counts (by
    default of all), without those of the SQL condition `but`.
    """
    with store.reading() as database:
        counted = [
            id
            for id, name in database.execute("SELECT id, name FROM sources")
            if sources is None or _channel(name) in sources
        ]
        rows = database.execute(
            "SELECT m.id, m.passage, m.spans, d.url, coalesce(d.published_at, d.first_seen) FROM clusters c "
            "JOIN brands b ON b.id = c.brand_id JOIN mentions m ON m.id = c.mention_id "
            "JOIN documents d ON d.id = m.document_id WHERE b.name = ? AND c.state = 'negative' "
            f"AND c.day BETWEEN ? AND ? AND c.source_id IN (SELECT value FROM json_each(?)) AND NOT {but} "
            "ORDER BY c.decided_by = 'model', c.negative_ppm DESC, m.id LIMIT ?",
            (brand, window.since, window.last, json.dumps(counted), _QUOTES),
        ).fetchall()
    return tuple(
        Evidence(id, _quote(passage, json.loads(spans)), url, at) for id, passage, spans, url, at in rows
    )


def _quote(passage: str, spans: Sequence[tuple[int, int]]) -> str:
    return "".join(text for text, _ in excerpt(passage, spans, _QUOTE_LENGTH))


def _keep(database: sqlite3.Connection, alert: Alert, now: str) -> bool:
    """Stores the alert unless it tells of an incident that was told already."""
    quiet_from = (date.fromisoformat(alert.day) - timedelta(days=_QUIET_DAYS[alert.kind])).isoformat()
    known = database.execute(
        "SELECT 1 FROM alerts a JOIN brands b ON b.id = a.brand_id WHERE a.kind = ? AND b.name = ? AND "
        "a.day > ?",
        (alert.kind, alert.brand, quiet_from),
    ).fetchone()
    if known is not None:
        return False
    evidence = json.dumps([asdict(each) for each in alert.evidence], ensure_ascii=False)
    database.execute(
        "INSERT INTO alerts (incident, kind, brand_id, day, n, value, baseline, low, high, p, evidence, "
        "raised_at) "
        "SELECT ?, ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM brands WHERE name = ?",
        (
            f"{alert.kind}/{alert.brand}/{alert.day}",
            alert.kind,
            alert.day,
            alert.n,
            alert.value,
            alert.baseline,
            alert.low,
            alert.high,
            alert.p,
            evidence,
            now,
            alert.brand,
        ),
    )
    return True


def _window(last: date, days: int) -> Window:
    return Window(last.isoformat(), (last - timedelta(days=days - 1)).isoformat(), last.isoformat())
