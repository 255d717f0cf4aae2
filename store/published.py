"""The table `satisfaction_index`, kept up to date; the source mix that headlines are standardised to; model
links.

An update computes the rows of the brands and months whose sums have changed since the last one; what it
leaves behind equals a computation of everything. When error rates change (new labels, a new model), every row
is due.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta

from store import intervals
from store.db import Store
from store.index import HIDDEN_BELOW, Measured, as_text, brands_of, measured
from store.quantification import Part, estimate
from store.tallies import By, Corrections, Tally, TallyKey, Window, period_of, read_tallies

_CALENDAR: tuple[By, ...] = ("month", "week")
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
        due = _due(database, moment, _fingerprint(database), everything=everything)
        rows = [
            row
            for brand, months in sorted(due.items())
            for row in _rows(database, corrections, groups, brand, months, moment)
        ]
        _save(database, rows)
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


def _due(
    database: sqlite3.Connection, now: str, fingerprint: str, *, everything: bool
) -> dict[str, set[str] | None]:
    """Brands to compute, with their changed months (None: all), and notes what this computation rests on."""
    settings = dict(
        database.execute("SELECT name, value FROM settings WHERE name IN ('index_now', 'index_rates')")
    )
    database.executemany(
        "INSERT OR REPLACE INTO settings VALUES (?, ?)",
        [("index_now", now[:10]), ("index_rates", fingerprint)],
    )
    known = settings.get("index_now", now[:10])
    if (
        everything
        or "index_now" not in settings
        or settings.get("index_rates") != fingerprint
        or now[:10] < known
    ):
        database.execute("DELETE FROM satisfaction_index")
        return dict.fromkeys(_brand_names(database))
    due: dict[str, set[str] | None] = {}
    for brand, month in database.execute(
        "SELECT b.name, r.month FROM stale_rows r JOIN brands b ON b.id = r.brand_id "
        "UNION SELECT b.name, substr(c.day, 1, 7) FROM index_cells c JOIN brands b ON b.id = c.brand_id "
        "WHERE c.aspect = '' AND c.day > ? AND c.day <= ?",
        (known, now[:10]),
    ):
        months = due.setdefault(brand, set())
        if months is not None:
            months.add(month)
    return due


def _rows(
    database: sqlite3.Connection,
    corrections: Corrections,
    groups: dict[str, str | None],
    brand: str,
    months: set[str] | None,
    now: str,
) -> list[tuple[object, ...]]:
    """The brand's rows that are due, and the deletion of those that no cell supports any more."""
    everything = Window(now)
    sources = read_tallies(database, "source", everything, brands=[brand])
    whole = Tally()
    for tally in sources.values():
        whole.merge(tally)
    tallies: dict[By, dict[TallyKey, Tally]] = {
        "total": {(brand, "", ""): whole} if sources else {},
        "source": sources,
        "language": {(brand, "", language): tally for language, tally in whole.by_language().items()},
        "aspect": read_tallies(database, "aspect", everything, brands=[brand]),
    }
    for by in tallies:
        _clear(database, brand, by, everything)
    for by in _CALENDAR:
        tallies[by] = {}
        for window in [everything] if months is None else _spans(now, months, by):
            tallies[by] |= read_tallies(database, by, window, brands=[brand])
            _clear(database, brand, by, window)
    rows = []
    names = dict(database.execute("SELECT id, name FROM models").fetchall())
    by_source = {key[2]: tally for key, tally in sources.items()}
    shares: dict[str, float] = {}
    # The total comes last: its standardised index is made of the sources' shares.
    for by, found in sorted(tallies.items(), key=lambda each: each[0] == "total"):
        for key, tally in sorted(found.items()):
            row = measured(tally, corrections, key, groups.get(brand), by, everything)
            mix = None
            if by == "source" and row.estimate is not None:
                shares[key[2]] = row.estimate.share
            if by == "total":
                _keep_reference(database, brand, row, by_source, now)
                mix = _standardise(database, corrections, brand, by_source, shares)
            rows.append(_row(row, _models(names, tally), mix))
    return rows


def _spans(now: str, months: set[str], by: By) -> list[Window]:
    """The months, stretched to whole weeks for weekly rows."""
    spans = []
    for month in sorted(months):
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if by == "week":
            first -= timedelta(days=first.weekday())
            last += timedelta(days=6 - last.weekday())
        spans.append(Window(now, first.isoformat(), last.isoformat()))
    return spans


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


def _fingerprint(database: sqlite3.Connection) -> str:
    """Changes whenever any error rate may: audit counts, what was read in audited strata, the models'
    cards.
    """
    digest = hashlib.sha256()
    for query in (
        "SELECT language, kind, model_id, decided_by, truth, predicted, clusters FROM audit_counts ORDER BY "
        "1, 2, 3, 4, 5, 6",
        "SELECT id, card, current FROM models ORDER BY id",
        # The first condition spares a store without labels the reading of all its cells.
        "SELECT language, kind, model_id, state, sum(clusters) FROM index_cells "
        "WHERE EXISTS (SELECT 1 FROM audit_counts WHERE decided_by = 'person') "
        "AND aspect = '' AND decided_by = 'model' AND (language, kind, model_id) IN "
        "(SELECT language, kind, model_id FROM audit_counts WHERE decided_by = 'person') GROUP BY 1, 2, 3, 4",
    ):
        for row in database.execute(query):
            digest.update(repr(row).encode())
    return digest.hexdigest()


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
