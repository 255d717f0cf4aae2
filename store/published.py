"""The table `satisfaction_index`, kept up to date.

An update computes the rows of the brands and months whose sums, or error rates, have changed since the last one; what
it leaves behind equals a computation of everything. Rows of all time are made of sums by month (`index_months`).
"""

import sqlite3
from calendar import monthrange
from dataclasses import astuple
from datetime import date, datetime, timedelta
from functools import cache

from store import quantification
from store.db import Store
from store.index import as_text, brands_of, measured
from store.quantification import Estimator
from store.source_mix import keep_reference, standardise
from store.tallies import By, CellTable, Corrections, Tally, TallyKey, Window, period_of, read_tallies

# In the order of `store.index.IndexRow`, then what is only here.
_COLUMNS = (
    "brand, group_name, period, by, key, mentions, clusters, positive, neutral, negative, unscored, n_effective, "
    'raw_share, "index", low, high, net, method, state, degree, model, standardised, source_mix_effect'
)


def update_index(store: Store, *, now: datetime | str, everything: bool = False) -> int:
    """Brings `satisfaction_index` to `now`, all of it or nothing; returns how many rows were computed.

    Estimates take nearly all of the time, half a minute where labels have moved every row. They are made before the
    transaction that writes the rows, so that others can write meanwhile; it makes anew what those have changed.
    """
    moment = as_text(now)
    estimate = cache(quantification.estimate)
    with store.transaction() as database:
        corrections, anew = _note_due(database, moment[:10], everything=everything)
        noted = _version(database)
    with store.reading() as database:
        _estimate_due(database, corrections, moment, estimate)
    with store.transaction() as database:
        if _version(database) != noted:
            corrections, anew = _note_due(database, moment[:10], everything=everything)
        if anew:
            database.execute("DELETE FROM satisfaction_index")
        database.execute("INSERT OR REPLACE INTO settings VALUES ('index_now', ?)", (moment[:10],))
        groups = brands_of(store)
        rows = [
            row
            for brand, months in _due(database, moment[:7])
            for row in _rows(database, corrections, groups[brand], brand, months, moment, estimate)
        ]
        database.executemany(
            f"INSERT OR REPLACE INTO satisfaction_index ({_COLUMNS}) VALUES ({', '.join('?' * 23)})", rows
        )
        database.execute(
            "UPDATE satisfaction_index SET group_name = b.group_name FROM brands b "
            "WHERE b.name = brand AND b.group_name IS NOT satisfaction_index.group_name"
        )
        database.execute("DELETE FROM stale_rows")
    return len(rows)


# Which months of which brands are due stands in `stale_rows`: `store.cells` notes there what has changed, an update
# adds what time and new error rates have moved.


def _note_due(database: sqlite3.Connection, today: str, *, everything: bool) -> tuple[Corrections, bool]:
    """Notes what is due besides what has changed, and brings the sums of the due months up to date; returns the
    error rates, and whether no row that is there counts any more.
    """
    corrections = Corrections(database)
    anew = _note_passed_days(database, today, everything=everything)
    _sum_months(database, today)
    _note_new_rates(database, corrections)
    return corrections, anew


def _version(database: sqlite3.Connection) -> int:
    """Another number when another connection has written (https://sqlite.org/pragma.html#pragma_data_version)."""
    (found,) = database.execute("PRAGMA data_version").fetchone()
    return int(found)


def _note_passed_days(database: sqlite3.Connection, today: str, *, everything: bool) -> bool:
    """Adds the months with days that the last update did not count yet; where time has run back, or no update has
    ended since, all of them, and returns True.
    """
    (last,) = database.execute("SELECT max(value) FROM settings WHERE name = 'index_now'").fetchone()
    anew = everything or last is None or today < last
    if anew:
        database.execute("DELETE FROM settings WHERE name = 'index_now'")
        database.execute("DELETE FROM index_months")
        last = ""
    database.execute(
        "INSERT OR IGNORE INTO stale_rows SELECT DISTINCT b.id, substr(c.day, 1, 7) FROM brands b "
        "CROSS JOIN index_cells c ON c.brand_id = b.id AND c.aspect = '' AND c.day > ? AND c.day <= ?",
        (last, today),
    )
    return anew


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
        # Those of all its rows, and those of months without a label.
        stratum: repr((corrections.of(*stratum), corrections.of(*stratum[:3])))
        for stratum in database.execute(
            "SELECT DISTINCT m.language, m.kind, m.model_id, b.name FROM index_months m "
            "JOIN brands b ON b.id = m.brand_id WHERE m.aspect = '' AND m.decided_by = 'model'"
        ).fetchall()
    }
    known = {tuple(stratum): text for *stratum, text in database.execute("SELECT * FROM index_rates")}
    database.executemany(
        "INSERT OR IGNORE INTO stale_rows SELECT DISTINCT m.brand_id, substr(m.day, 1, 7) FROM brands b "
        "CROSS JOIN index_months m ON m.brand_id = b.id AND m.aspect = '' AND m.decided_by = 'model' "
        "AND m.language = ? AND m.kind = ? AND m.model_id = ? WHERE b.name = ?",
        [stratum for stratum, text in rates.items() if known.get(stratum) != text],
    )
    database.execute("DELETE FROM index_rates")
    database.executemany(
        "INSERT INTO index_rates VALUES (?, ?, ?, ?, ?)", [(*key, rates[key]) for key in rates]
    )


def _due(database: sqlite3.Connection, this_month: str) -> list[tuple[str, list[str]]]:
    """The brands with rows to compute, and their due months in order; later ones than `this_month` are due when
    their days come.
    """
    due: dict[str, list[str]] = {}
    for brand, month in database.execute(
        "SELECT b.name, r.month FROM stale_rows r JOIN brands b ON b.id = r.brand_id WHERE r.month <= ? "
        "ORDER BY 1, 2",
        (this_month,),
    ):
        due.setdefault(brand, []).append(month)
    return list(due.items())


def _estimate_due(
    database: sqlite3.Connection, corrections: Corrections, now: str, estimate: Estimator
) -> None:
    """Has `estimate` know what the rows that are due will ask of it."""
    for brand, months in _due(database, now[:7]):
        for by, found in _tallies(database, brand, _spans(now, months), now).items():
            for key, tally in found.items():
                measured(tally, corrections, key, None, by, Window(now), estimate=estimate)
                if by == "source":  # those too small for an index of their own are part of the mix
                    estimate(corrections.parts(tally), f"{brand}/")


def _rows(
    database: sqlite3.Connection,
    corrections: Corrections,
    group: str | None,
    brand: str,
    months: list[str],
    now: str,
    estimate: Estimator,
) -> list[tuple[object, ...]]:
    """The brand's rows that are due, those of all time among them; they stand no longer in the table."""
    spans = _spans(now, months)
    _delete_due(database, brand, spans)
    tallies = _tallies(database, brand, spans, now)
    sources = {key[2]: tally for key, tally in tallies["source"].items()}
    names = dict(database.execute("SELECT id, name FROM models").fetchall())
    shares: dict[str, float] = {}
    rows = []
    # The total comes last: its standardised index is made of the sources' shares.
    for by, found in sorted(tallies.items(), key=lambda each: each[0] == "total"):
        for key, tally in sorted(found.items()):
            row = measured(tally, corrections, key, group, by, Window(now), estimate=estimate)
            mix = None
            if by == "source" and row.estimate is not None:
                shares[key[2]] = row.estimate.share
            if by == "total":
                keep_reference(database, brand, row.row, sources, now)
                mix = standardise(database, corrections, brand, sources, shares, estimate)
            degree = None if row.degree is None else round(row.degree, 6)
            mixed = (None, None) if mix is None else (round(mix.index, 4), round(mix.mix_effect, 4))
            rows.append((*astuple(row.row), degree, _models(names, tally), *mixed))
    return rows


def _delete_due(database: sqlite3.Connection, brand: str, spans: list[Window]) -> None:
    """Deletes the brand's rows that are due: no cell may support them any more."""
    database.execute(
        "DELETE FROM satisfaction_index WHERE brand = ? AND by NOT IN ('month', 'week')", (brand,)
    )
    for span in spans:
        windows: dict[By, Window] = {"month": span, "week": _whole_weeks(span)}
        database.executemany(
            "DELETE FROM satisfaction_index WHERE brand = ? AND by = ? AND period BETWEEN ? AND ?",
            [
                (brand, by, period_of(str(window.since), by), period_of(str(window.until), by))
                for by, window in windows.items()
            ],
        )


def _tallies(
    database: sqlite3.Connection, brand: str, spans: list[Window], now: str
) -> dict[By, dict[TallyKey, Tally]]:
    """The tallies of the brand's due rows, by kind of row."""

    def read(by: By, window: Window) -> dict[TallyKey, Tally]:
        # A week is no part of a month.
        table: CellTable = "index_cells" if by == "week" else "index_months"
        return read_tallies(database, by, window, brands=[brand], table=table)

    sources = read("source", Window(now))
    whole = Tally()
    for tally in sources.values():
        whole.merge(tally)
    tallies: dict[By, dict[TallyKey, Tally]] = {
        "total": {(brand, "", ""): whole} if sources else {},
        "source": sources,
        "language": {(brand, "", language): tally for language, tally in whole.by_language().items()},
        "aspect": read("aspect", Window(now)),
        "month": {},
        "week": {},
    }
    for span in spans:
        tallies["month"] |= read("month", span)
        tallies["week"] |= read("week", _whole_weeks(span))
    return tallies


def _spans(now: str, months: list[str]) -> list[Window]:
    """The days of the months (in order), those that follow each other in one window."""
    spans: list[Window] = []
    for month in months:
        first = date.fromisoformat(f"{month}-01")
        last = first.replace(day=monthrange(first.year, first.month)[1])
        since = first.isoformat()
        if spans and spans[-1].until == (first - timedelta(days=1)).isoformat():
            since = spans.pop().since or since
        spans.append(Window(now, since, last.isoformat()))
    return spans


def _whole_weeks(window: Window) -> Window:
    """The window, stretched to begin on a Monday and to end on a Sunday."""
    first, last = (date.fromisoformat(each or "") for each in (window.since, window.until))
    first -= timedelta(days=first.weekday())
    last += min(timedelta(days=6 - last.weekday()), date.max - last)
    return Window(window.now, first.isoformat(), last.isoformat())


def _models(names: dict[int, str], tally: Tally) -> str:
    """The names of the models behind the row: more than one says that it spans a change."""
    ids = sorted({key[2] for key in tally.strata if key[3] == "model"})
    return ", ".join(names.get(id, str(id)) for id in ids)
