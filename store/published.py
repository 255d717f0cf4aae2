"""The table `satisfaction_index`, kept up to date; the source mix that headlines are standardised to; model
links.

An update computes the rows of the brands and months whose sums have changed since the last one; what it
leaves behind equals a computation of everything. When error rates change (new labels, a new model), every row
is due.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta

from store import intervals
from store.db import Store
from store.index import HIDDEN_BELOW, Measured, as_text, brands_of, measured
from store.quantification import Part, estimate
from store.tallies import By, Corrections, Tally, TallyKey, Window, period_of, read_tallies

_REFERENCE_FROM = 30.0


@dataclass(frozen=True, slots=True)
class Standardised:
    """The index under the brand's reference mix of sources, 0–100, and how much of the headline is mix, in
    points.
    """

    index: float
    mix_effect: float


@dataclass(frozen=True, slots=True)
class ModelLink:
    """The same clusters of a brand read by two models: both corrected indices, 0–100, and new − old."""

    brand: str
    old_model: str
    new_model: str
    clusters: int
    old_index: float | None
    new_index: float | None
    difference: float | None


def update_index(store: Store, *, now: datetime | str, everything: bool = False) -> int:
    """Brings `satisfaction_index` to `now`; returns how many rows were computed."""
    moment = as_text(now)
    groups = brands_of(store)
    with store.transaction() as database:
        corrections = Corrections(database)
        _note_passed_days(database, moment[:10], everything=everything)
        _sum_months(database, moment[:10])
        _note_new_rates(database, corrections)
        rows = [
            row
            for brand, months in _due(database)
            for row in _rows(database, corrections, groups[brand], brand, months, moment)
        ]
        _save(database, rows)
        database.execute(
            "UPDATE satisfaction_index SET group_name = b.group_name FROM brands b "
            "WHERE b.name = brand AND b.group_name IS NOT satisfaction_index.group_name"
        )
        database.execute("DELETE FROM stale_rows")
    return len(rows)


def standardised(
    store: Store, brand: str, *, now: datetime | str, since: str | None = None, until: str | None = None
) -> Standardised | None:
    """MSI_std = Σ ω_s π̂_s over the reference mix saved for the brand; None before there is one."""
    with store.reading() as database:
        corrections = Corrections(database)
        window = Window(as_text(now), since, until)
        tallies = read_tallies(database, "source", window, brands=[brand])
        return _standardise(
            database, corrections, brand, {key[2]: tally for key, tally in tallies.items()}, {}
        )


def link_models(store: Store, old_model: str, new_model: str) -> list[ModelLink]:
    """Links two models (by SHA-256) over the clusters that both have read, and keeps the links."""
    with store.transaction() as database:
        ids = [_model_id(database, sha256) for sha256 in (old_model, new_model)]
        corrections = Corrections(database)
        links = [_link(database, corrections, name, ids[0], ids[1]) for name in _brand_names(database)]
        found = [link for link in links if link.clusters]
        database.executemany(
            "INSERT OR REPLACE INTO model_links SELECT id, ?, ?, ?, ?, ?, ?, ? FROM brands WHERE name = ?",
            [(*ids, *astuple(link)[3:], store.now, link.brand) for link in found],
        )
    return found


# Which months of which brands are due stands in `stale_rows`: `store.cells` notes there what has changed, an update
# adds what time and new error rates have moved.


def _note_passed_days(database: sqlite3.Connection, today: str, *, everything: bool) -> None:
    """Adds the months with days that the last update did not count yet; where time has run back, all of them."""
    (last,) = database.execute("SELECT max(value) FROM settings WHERE name = 'index_now'").fetchone()
    database.execute("INSERT OR REPLACE INTO settings VALUES ('index_now', ?)", (today,))
    if everything or last is None or today < last:
        database.execute("DELETE FROM satisfaction_index")
        database.execute("DELETE FROM index_months")
        last = ""
    database.execute(
        "INSERT OR IGNORE INTO stale_rows SELECT DISTINCT b.id, substr(c.day, 1, 7) FROM brands b "
        "CROSS JOIN index_cells c ON c.brand_id = b.id AND c.aspect = '' AND c.day > ? AND c.day <= ?",
        (last, today),
    )


def _sum_months(database: sqlite3.Connection, today: str) -> None:
    """Brings the sums of the due months up to date."""
    database.execute(
        "DELETE FROM index_months WHERE (brand_id, substr(day, 1, 7)) IN (SELECT brand_id, month FROM stale_rows)"
    )
    # The aspects that a brand has, found one after the other in the key: to read them off the cells takes all cells.
    database.execute(
        "WITH RECURSIVE aspects (brand_id, aspect) AS (SELECT DISTINCT brand_id, '' FROM stale_rows UNION ALL "
        "SELECT a.brand_id, (SELECT min(c.aspect) FROM index_cells c WHERE c.brand_id = a.brand_id AND "
        "c.aspect > a.aspect) FROM aspects a WHERE a.aspect IS NOT NULL) "
        "INSERT INTO index_months SELECT c.brand_id, c.aspect, r.month || '-01', c.coarse, c.source_id, c.language, "
        "c.kind, c.model_id, c.decided_by, c.state, sum(c.clusters), sum(c.mentions), sum(c.weight_ppm), "
        "sum(c.weight2_ppm), sum(c.negative_ppm), sum(c.neutral_ppm), sum(c.positive_ppm) "
        "FROM stale_rows r CROSS JOIN aspects a ON a.brand_id = r.brand_id CROSS JOIN index_cells c "
        "ON c.brand_id = a.brand_id AND c.aspect = a.aspect "
        "AND c.day BETWEEN r.month || '-01' AND min(r.month || '-31', ?) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        (today,),
    )


def _note_new_rates(database: sqlite3.Connection, corrections: Corrections) -> None:
    """Adds the months with texts whose error rates are others than at the last update."""
    rates = {
        stratum: repr(corrections.of(*stratum))
        for stratum in database.execute(
            "SELECT DISTINCT language, kind, model_id FROM index_months WHERE aspect = '' AND decided_by = 'model'"
        ).fetchall()
    }
    known = {tuple(stratum): text for *stratum, text in database.execute("SELECT * FROM index_rates")}
    database.executemany(
        "INSERT OR IGNORE INTO stale_rows SELECT DISTINCT brand_id, substr(day, 1, 7) FROM index_months WHERE "
        "aspect = '' AND decided_by = 'model' AND language = ? AND kind = ? AND model_id = ?",
        [stratum for stratum, text in rates.items() if known.get(stratum) != text],
    )
    database.execute("DELETE FROM index_rates")
    database.executemany("INSERT INTO index_rates VALUES (?, ?, ?, ?)", [(*key, rates[key]) for key in rates])


def _due(database: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """The brands with rows to compute, and their due months in order."""
    due: dict[str, list[str]] = {}
    for brand, month in database.execute(
        "SELECT b.name, r.month FROM stale_rows r JOIN brands b ON b.id = r.brand_id ORDER BY 1, 2"
    ):
        due.setdefault(brand, []).append(month)
    return list(due.items())


def _rows(
    database: sqlite3.Connection,
    corrections: Corrections,
    group: str | None,
    brand: str,
    months: list[str],
    now: str,
) -> list[tuple[object, ...]]:
    """The brand's rows that are due, and the deletion of those that no cell supports any more."""
    tallies = _tallies(database, brand, months, now)
    sources = {key[2]: tally for key, tally in tallies["source"].items()}
    names = dict(database.execute("SELECT id, name FROM models").fetchall())
    shares: dict[str, float] = {}
    rows = []
    # The total comes last: its standardised index is made of the sources' shares.
    for by, found in sorted(tallies.items(), key=lambda each: each[0] == "total"):
        for key, tally in sorted(found.items()):
            row = measured(tally, corrections, key, group, by, Window(now))
            mix = None
            if by == "source" and row.estimate is not None:
                shares[key[2]] = row.estimate.share
            if by == "total":
                _keep_reference(database, brand, row, sources, now)
                mix = _standardise(database, corrections, brand, sources, shares)
            rows.append(_row(row, _models(names, tally), mix))
    return rows


def _tallies(
    database: sqlite3.Connection, brand: str, months: list[str], now: str
) -> dict[By, dict[TallyKey, Tally]]:
    """The tallies of the brand's due rows, by kind of row; the rows that stand there now are deleted."""
    always = Window(now)
    sources = read_tallies(database, "source", always, brands=[brand], table="index_months")
    whole = Tally()
    for tally in sources.values():
        whole.merge(tally)
    tallies: dict[By, dict[TallyKey, Tally]] = {
        "total": {(brand, "", ""): whole} if sources else {},
        "source": sources,
        "language": {(brand, "", language): tally for language, tally in whole.by_language().items()},
        "aspect": read_tallies(database, "aspect", always, brands=[brand], table="index_months"),
    }
    for by in tallies:
        _clear(database, brand, by, always)
    tallies |= {"month": {}, "week": {}}
    for window in _spans(now, months):
        tallies["month"] |= read_tallies(database, "month", window, brands=[brand], table="index_months")
        _clear(database, brand, "month", window)
        weeks = _whole_weeks(window)
        tallies["week"] |= read_tallies(database, "week", weeks, brands=[brand])
        _clear(database, brand, "week", weeks)
    return tallies


def _spans(now: str, months: list[str]) -> list[Window]:
    """The days of the months (in order), those that follow each other in one window."""
    spans: list[Window] = []
    for month in months:
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        since = first.isoformat()
        if spans and spans[-1].until == (first - timedelta(days=1)).isoformat():
            since = spans.pop().since or since
        spans.append(Window(now, since, last.isoformat()))
    return spans


def _whole_weeks(window: Window) -> Window:
    """The window, stretched to begin on a Monday and to end on a Sunday."""
    first, last = (date.fromisoformat(each or "") for each in (window.since, window.until))
    first -= timedelta(days=first.weekday())
    last += timedelta(days=6 - last.weekday())
    return Window(window.now, first.isoformat(), last.isoformat())


def _clear(database: sqlite3.Connection, brand: str, by: By, window: Window) -> None:
    if window.since is None or window.until is None:
        database.execute("DELETE FROM satisfaction_index WHERE brand = ? AND by = ?", (brand, by))
        return
    first, last = (period_of(each, by) for each in (window.since, window.until))
    database.execute(
        "DELETE FROM satisfaction_index WHERE brand = ? AND by = ? AND period BETWEEN ? AND ?",
        (brand, by, first, last),
    )


def _row(found: Measured, models: str, mix: Standardised | None) -> tuple[object, ...]:
    row = found.row
    return (
        row.brand,
        row.group,
        row.by,
        row.period,
        row.key,
        row.mentions,
        row.clusters,
        row.positive,
        row.neutral,
        row.negative,
        row.unscored,
        row.n_effective,
        row.raw_share,
        row.index,
        row.low,
        row.high,
        row.net,
        None if found.degree is None else round(found.degree, 6),
        row.method,
        row.state,
        models,
        None if mix is None else round(mix.index, 4),
        None if mix is None else round(mix.mix_effect, 4),
    )


def _save(database: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    database.executemany(f"INSERT OR REPLACE INTO satisfaction_index VALUES ({', '.join('?' * 23)})", rows)


def _models(names: dict[int, str], tally: Tally) -> str:
    """The names of the models behind the row: more than one says that it spans a change."""
    ids = sorted({key[2] for key in tally.strata if key[3] == "model"})
    return ", ".join(names.get(id, str(id)) for id in ids)


def _keep_reference(
    database: sqlite3.Connection, brand: str, found: Measured, sources: dict[str, Tally], now: str
) -> None:
    """Saves the mix of the first update that has enough opinions; it never changes by itself afterwards."""
    (brand_id,) = database.execute("SELECT id FROM brands WHERE name = ?", (brand,)).fetchone()
    if (
        found.row.n_effective < _REFERENCE_FROM
        or database.execute("SELECT 1 FROM reference_mix WHERE brand_id = ? LIMIT 1", (brand_id,)).fetchone()
    ):
        return
    weights = {
        name: tally.weight_of("positive") + tally.weight_of("negative") for name, tally in sources.items()
    }
    whole = sum(weights.values())
    database.executemany(
        "INSERT INTO reference_mix SELECT ?, id, ?, ? FROM sources WHERE name = ?",
        [(brand_id, weight / whole, now, name) for name, weight in sorted(weights.items()) if weight > 0],
    )


def _standardise(
    database: sqlite3.Connection,
    corrections: Corrections,
    brand: str,
    sources: dict[str, Tally],
    known: Mapping[str, float],
) -> Standardised | None:
    """Over the reference sources that have opinions; the weights of silent ones are shared among the others.

    `known` are the sources' corrected shares as far as they are there already; others are computed.

    `mix_effect` compares with the same sources' shares under the present mix, new sources included.
    """
    reference = dict(
        database.execute(
            "SELECT s.name, r.share FROM reference_mix r JOIN sources s ON s.id = r.source_id "
            "JOIN brands b ON b.id = r.brand_id WHERE b.name = ? ORDER BY 1",
            (brand,),
        ).fetchall()
    )
    shares: dict[str, tuple[float, float]] = {}
    for name, tally in sorted(sources.items()):
        weight = tally.weight_of("positive") + tally.weight_of("negative")
        share = known.get(name)
        if share is None:
            found = estimate(corrections.parts(tally), f"{brand}/")
            share = None if found is None else found.share
        if share is not None and weight > 0:
            shares[name] = (share, weight)
    present = {name: weight for name, weight in reference.items() if name in shares}
    if not present or sum(present.values()) <= 0:
        return None
    index = sum(weight * shares[name][0] for name, weight in present.items()) / sum(present.values())
    whole = sum(weight for _, weight in shares.values())
    headline = sum(share * weight for share, weight in shares.values()) / whole
    return Standardised(100 * index, 100 * (headline - index))


def _brand_names(database: sqlite3.Connection) -> list[str]:
    return [str(name) for (name,) in database.execute("SELECT name FROM brands ORDER BY name")]


def _model_id(database: sqlite3.Connection, sha256: str) -> int:
    from store.errors import ModelError

    row = database.execute("SELECT id FROM models WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise ModelError(f"model {sha256[:12]} has no scores in this store; score an overlap with it first")
    return int(row[0])


def _link(
    database: sqlite3.Connection, corrections: Corrections, brand: str, old: int, new: int
) -> ModelLink:
    readings: list[dict[tuple[str, str], list[float]]] = [{}, {}]
    clusters = 0
    for language, kind, *probabilities in database.execute(
        "SELECT c.language, c.kind, o.negative, o.neutral, o.positive, n.negative, n.neutral, n.positive "
        "FROM clusters c JOIN brands b ON b.id = c.brand_id "
        "JOIN scores o ON o.mention_id = c.mention_id AND o.model_id = ? AND o.positive IS NOT NULL "
        "JOIN scores n ON n.mention_id = c.mention_id AND n.model_id = ? AND n.positive IS NOT NULL WHERE "
        "b.name = ?",
        (old, new, brand),
    ):
        clusters += 1
        for which, shares in enumerate((probabilities[:3], probabilities[3:])):
            counts = readings[which].setdefault((language, kind), [0.0, 0.0, 0.0])
            counts[shares.index(max(shares))] += 1
    found = []
    for model_id, counts_by in zip((old, new), readings, strict=True):
        parts = [
            Part((each[0], each[1], each[2]), sum(each), corrections.of(*stratum, model_id), True)
            for stratum, each in sorted(counts_by.items())
        ]
        size = sum(intervals.effective_size(part.weight, part.squares) for part in parts)
        measured_by = estimate(parts, f"{brand}/") if size >= HIDDEN_BELOW else None
        found.append(None if measured_by is None else round(100 * measured_by.share, 4))
    difference = None if found[0] is None or found[1] is None else round(found[1] - found[0], 4)
    names = dict(database.execute("SELECT id, name FROM models").fetchall())
    return ModelLink(brand, names[old], names[new], clusters, found[0], found[1], difference)
