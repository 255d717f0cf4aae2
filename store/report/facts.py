"""What the report says, read from the store in one go: the index's own rows, and the mentions that stand
for them."""

import sqlite3
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import dropwhile

from store import index
from store.alerts import Alert, list_alerts
from store.aspects import Driver, drivers
from store.compare import difference, share_of_voice
from store.db import Store
from store.index import IndexRow, Measured
from store.report import quotes
from store.report.quotes import Choice, Quote
from store.surveys import Kind, SurveyMeasure, survey_measures
from store.tallies import By, Corrections, Window, period_of
from store.trend import Point, Step, series

# A period is fine enough when a usual brand still has this many opinions in it.
_OPINIONS_IN_A_PERIOD = 15
_MOST_PERIODS = 60
# A page of years ago turns up in most first crawls, and would make months of every other's weeks.
_OLDEST = 0.02
_DATED = "WHERE day <= ? AND coarse = 'day'"
_ALERTS = 20
# What is older has been told, and is no longer what changed.
ALERT_DAYS = 90
# Three half-lives: what has an eighth of its weight left, and nothing newer beside it, says nothing of the present.
GAUGE_DAYS = 90
_EVIDENCE = 4
_SOURCES = 12


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """All about one brand; `anchor` is its place in the page, `voice` its share (0–1) of its group's
    clusters.

    `voice` is None for a brand without a group, `today` for one about which nobody has voiced an opinion in the last
    GAUGE_DAYS; `newest` is the day of the newest opinion, empty where there is none.
    """

    name: str
    anchor: str
    row: IndexRow
    today: IndexRow | None
    newest: str
    voice: float | None
    trend: tuple[Point, ...]
    aspects: tuple[Driver, ...]
    sources: tuple[IndexRow, ...]
    more_sources: int
    languages: tuple[IndexRow, ...]
    surveys: Mapping[Kind, SurveyMeasure]
    choice: Choice


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group's brands, best index first, those without one last; `above[a, b]` is P(index of a > index of
    b)."""

    name: str
    anchor: str
    brands: tuple[BrandFacts, ...]
    whole: IndexRow | None
    above: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Method:
    """How the numbers were made: counts of what went in and what was left out, and which readings were
    used."""

    documents: int
    mentions: int
    clusters: int
    authors: int
    first_day: str
    last_day: str
    model: str
    models: int
    decided: Mapping[str, int]
    unscored: Mapping[str, int]
    future: int
    undated: int
    replaced: int
    audited: int
    erased: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole report; `alerts` are the newest of the last `ALERT_DAYS` days, `more_alerts` how many more were raised
    by then.
    """

    now: str
    period: Step
    groups: tuple[GroupFacts, ...]
    alerts: tuple[Alert, ...]
    more_alerts: int
    method: Method
    quotes: Mapping[int, Quote] = field(default_factory=dict)


def gather(store: Store, *, now: str) -> Facts:
    """Everything that the report shows, up to `now`, as of one moment of the store."""
    with store.reading() as database:
        database.execute("BEGIN")
        try:
            return _gather(store, database, now)
        finally:
            database.execute("ROLLBACK")


def _gather(store: Store, database: sqlite3.Connection, now: str) -> Facts:
    window = Window(now)
    brands = _shown_brands(database)
    corrections = Corrections(database)
    totals = {
        each.row.brand or "": each for each in index.measure(store, "total", window, corrections=corrections)
    }
    method = _method(database, now)
    start = _start(database, now)
    period = _period(totals.values(), start, method.last_day)
    read = _Reader(store, database, window, corrections, period, start, method, len(brands))
    by_group: dict[str | None, list[BrandFacts]] = {}
    for at, (brand_id, name, group) in enumerate(brands, 1):
        by_group.setdefault(group, []).append(read.brand(brand_id, name, f"b{at}", totals[name].row))
    groups = []
    for at, called in enumerate(sorted(by_group, key=lambda each: (each is None, each or "")), 1):
        whole = None
        if called is not None and len(by_group[called]) > 1:
            whole = index.measure(store, "total", window, group=called, corrections=corrections)[-1].row
        groups.append(_group(called, f"g{at}", by_group[called], totals, whole))
    raised = [each for each in list_alerts(store) if each.day <= now[:10]]
    since = (date.fromisoformat(now[:10]) - timedelta(days=ALERT_DAYS)).isoformat()
    alerts = tuple(each for each in raised[:_ALERTS] if each.day > since)
    wanted = {id for group in groups for brand in group.brands for id in brand.choice.all_ids}
    shown = quotes.load(database, wanted | {id for alert in alerts for id in evidence_of(alert)})
    return Facts(now, period, tuple(groups), alerts, len(raised) - len(alerts), method, shown)


class _Reader:
    """Reads what there is of all brands once, then hands out each brand's part."""

    def __init__(
        self,
        store: Store,
        database: sqlite3.Connection,
        window: Window,
        corrections: Corrections,
        period: Step,
        start: str,
        method: Method,
        brands: int,
    ) -> None:
        def rows(by: By, half_life: float | None = None) -> dict[str, list[IndexRow]]:
            found: dict[str, list[IndexRow]] = {}
            for each in index.measure(store, by, window, half_life=half_life, corrections=corrections):
                found.setdefault(each.row.brand or "", []).append(each.row)
            return found

        self._database, self._brands, self._period = database, brands, period
        self._start = period_of(start, period) if start else ""
        self._last_day = window.last
        self._end = period_of(method.last_day, period) if method.last_day else ""
        self._since = quotes.recent(method.last_day) if method.last_day else ""
        self._trends, self._aspects = rows(period), rows("aspect")
        self._sources, self._languages = rows("source"), rows("language")
        self._todays = rows("total", half_life=index.HALF_LIFE_DAYS)
        self._gauged_since = (date.fromisoformat(window.now[:10]) - timedelta(days=GAUGE_DAYS)).isoformat()
        self._newest: dict[int, str] = dict(
            database.execute(
                "SELECT brand_id, max(day) FROM clusters WHERE day <= ? AND state IN ('negative', 'positive') "
                "GROUP BY brand_id",
                (window.now[:10],),
            ).fetchall()
        )
        self._voices = {each.brand: each.share for each in share_of_voice(store, now=window.now)}
        self._surveys: dict[str, dict[Kind, SurveyMeasure]] = {}
        for each in survey_measures(store, now=window.now):
            self._surveys.setdefault(each.brand, {})[each.kind] = each

    def brand(self, brand_id: int, name: str, anchor: str, row: IndexRow) -> BrandFacts:
        """All facts of one brand."""
        newest = self._newest.get(brand_id, "")
        sources = _largest_first(self._sources.get(name, []))
        languages = _largest_first(self._languages.get(name, []))
        aspects = drivers(row, self._aspects.get(name, []))
        trend = self._trend(self._trends.get(name, []))
        figures: set[tuple[str, str]] = {(self._period, point.period) for point in trend}
        figures |= {("source", each.key) for each in sources[:_SOURCES]}
        figures |= {("language", each.key) for each in languages}
        figures |= {("aspect", each.row.key) for each in aspects}
        choice = quotes.choose(
            self._database, brand_id, period=self._period, last_day=self._last_day, since=self._since,
            brands=self._brands, figures=figures,
        )  # fmt: skip
        return BrandFacts(
            name=name,
            anchor=anchor,
            row=row,
            today=self._todays[name][0] if newest >= self._gauged_since else None,
            newest=newest,
            voice=self._voices.get(name),
            trend=trend,
            aspects=tuple(aspects),
            sources=tuple(sources[:_SOURCES]),
            more_sources=max(0, len(sources) - _SOURCES),
            languages=tuple(languages),
            surveys=self._surveys.get(name, {}),
            choice=choice,
        )

    def _trend(self, rows: Sequence[IndexRow]) -> tuple[Point, ...]:
        """The latest periods up to the page's last, without old ones at the beginning that have too few opinions to
        show.
        """
        points = dropwhile(
            lambda point: point.period < self._start and (point.row is None or point.row.index is None),
            series(rows, self._period, self._end),
        )
        return tuple(points)[-_MOST_PERIODS:]


def _shown_brands(database: sqlite3.Connection) -> list[tuple[int, str, str | None]]:
    """Brands that are configured, and those that no longer are but have mentions."""
    return database.execute(
        "SELECT id, name, group_name FROM brands b WHERE active OR EXISTS "
        "(SELECT 1 FROM mentions m WHERE m.brand_id = b.id AND m.current) ORDER BY name"
    ).fetchall()


def _largest_first(rows: Sequence[IndexRow]) -> list[IndexRow]:
    return sorted(rows, key=lambda each: (-each.clusters, each.key))


def _group(
    name: str | None, anchor: str, brands: Sequence[BrandFacts], totals: Mapping[str, Measured],
    whole: IndexRow | None,
) -> GroupFacts:  # fmt: skip
    ordered = sorted(
        brands,
        key=lambda each: (each.row.index is None, -(each.row.index or 0.0), -each.row.clusters, each.name),
    )
    return GroupFacts(
        name or "", anchor, tuple(ordered), whole, _above([totals[each.name] for each in ordered])
    )


def _above(measured: Sequence[Measured]) -> dict[tuple[str, str], float]:
    found = {}
    for one in measured:
        for other in measured:
            if one is not other and (p_above := difference(one, other).p_above) is not None:
                found[one.row.brand or "", other.row.brand or ""] = p_above
    return found


def _start(database: sqlite3.Connection, now: str) -> str:
    """The day from which on all but the oldest of the distinct mentions are; empty without any."""
    (dated,) = database.execute(f"SELECT count(*) FROM clusters {_DATED}", (now[:10],)).fetchone()
    found = database.execute(
        f"SELECT day FROM clusters {_DATED} ORDER BY day LIMIT 1 OFFSET ?", (now[:10], int(_OLDEST * dated))
    ).fetchone()
    return found[0] if found else ""


def _period(totals: Iterable[Measured], first_day: str, last_day: str) -> Step:
    """The finest period in which a usual brand has enough opinions and which does not make too many
    points."""
    if not first_day:
        return "month"
    opinions = [each.row.positive + each.row.negative for each in totals]
    usual = statistics.median([count for count in opinions if count] or [0])
    days = (date.fromisoformat(last_day) - date.fromisoformat(first_day)).days + 1
    fine: tuple[tuple[Step, int], ...] = (("day", 1), ("week", 7))
    for period, length in fine:
        if days / length <= _MOST_PERIODS and usual * length / days >= _OPINIONS_IN_A_PERIOD:
            return period
    return "month"


def evidence_of(alert: Alert) -> tuple[int, ...]:
    """The mentions that the page shows under an alert."""
    return tuple(each.mention_id for each in alert.evidence[:_EVIDENCE])


def _method(database: sqlite3.Connection, now: str) -> Method:
    def number(query: str, *values: object) -> int:
        (found,) = database.execute(query, values).fetchone()
        return int(found or 0)

    today = now[:10]
    first, last = database.execute(f"SELECT min(day), max(day) FROM clusters {_DATED}", (today,)).fetchone()
    model = database.execute("SELECT name FROM models WHERE current").fetchone()
    decided = database.execute(
        "SELECT decided_by, count(*) FROM clusters WHERE day <= ? AND state != 'unscored' GROUP BY 1",
        (today,),
    ).fetchall()
    documents, undated, mentions = database.execute(
        "SELECT count(DISTINCT d.id), count(DISTINCT iif(d.published_at IS NULL, d.id, NULL)), count(*) "
        "FROM mentions m JOIN clusters c ON c.id = m.cluster_id JOIN documents d ON d.id = m.document_id "
        "WHERE m.current AND c.day <= ?",
        (today,),
    ).fetchone()
    return Method(
        documents=documents,
        mentions=mentions,
        clusters=number("SELECT count(*) FROM clusters WHERE day <= ?", today),
        authors=number("SELECT count(DISTINCT author) FROM documents"),
        first_day=first or "",
        last_day=last or "",
        model="" if model is None else str(model[0]),
        models=number("SELECT count(*) FROM models"),
        decided=dict(decided),
        unscored=_unscored(database),
        future=number("SELECT count(*) FROM clusters WHERE day > ?", today),
        undated=undated,
        replaced=number("SELECT count(*) FROM mentions WHERE NOT current"),
        audited=number(
            "SELECT count(DISTINCT m.id) FROM labels l JOIN mentions m ON m.id = l.mention_id WHERE m.current"
        ),
        erased=number("SELECT count(*) FROM tombstones"),
    )


def _unscored(database: sqlite3.Connection) -> dict[str, int]:
    """Mentions that nobody and nothing decided, by the reason that the model has; empty means that it has not come to
    them yet.
    """
    counts: Counter[str] = Counter()
    for reason, language, mentions in database.execute(
        "SELECT coalesce(s.reason, ''), m.language, count(*) FROM mentions m JOIN documents d ON d.id = m.document_id "
        "LEFT JOIN scores s ON s.mention_id = m.id AND s.model_id = (SELECT id FROM models WHERE current) "
        "WHERE m.current AND s.positive IS NULL AND d.rating IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.mention_id = m.id) GROUP BY 1, 2"
    ):
        counts[f"{reason}|{language}"] += mentions
    return dict(counts)
