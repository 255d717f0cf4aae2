"""From mentions to countable facts: each cluster's state and weight, and sums of them by day, source and
language.

`refresh` brings what changed up to date, `rebuild` everything; both end in the same bytes, because every sum
is of whole numbers. Writers call `refresh` in their own transaction, so readers never see numbers that lag
behind the texts.

State (docs/index.md): a person's label overrides the stars, stars override the model; a cluster's
probabilities are the confidence-weighted mean of its members'. A cluster stands where its earliest member
stands (day, source, language, kind, author); its copies are reach.

Weight: 1 / sqrt(clusters by that author about that brand in that calendar month). The month, whatever period
is asked for, so that days add up to weeks, months and totals, and later months never move earlier ones.
"""

import itertools
import operator
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PPM = 1_000_000

# Precisions that calendar rows must tell from a whole date: a date known to the month belongs to no day.
_COARSE = {"month": "month", "year": "year"}

_MEMBERS = """
    SELECT m.cluster_id, m.id, m.brand_id, m.language, coalesce(d.published_at, d.first_seen) AS at,
        d.date_precision, d.source_id, d.kind, d.author, d.rating, l.id, l.label,
        s.model_id, coalesce(o.current, 0), s.negative, s.neutral, s.positive
    FROM stale_clusters z
    JOIN mentions m ON m.cluster_id = z.id AND m.current
    JOIN documents d ON d.id = m.document_id
    LEFT JOIN labels l ON l.id = (SELECT max(k.id) FROM labels k WHERE k.mention_id = m.id)
    LEFT JOIN scores s ON s.mention_id = m.id
    LEFT JOIN models o ON o.id = s.model_id
    ORDER BY z.id, m.id"""

_POSTERIORS = ("negative_ppm", "neutral_ppm", "positive_ppm")
_FACTS = (
    "brand_id",
    "mention_id",
    "members",
    "day",
    "month",
    "coarse",
    "source_id",
    "language",
    "kind",
    "author",
    "state",
    "decided_by",
    "predicted",
    "model_id",
    *_POSTERIORS,
)
_CELL_KEY = "brand_id, aspect, day, coarse, source_id, language, kind, model_id, decided_by, state"
_CELL_SUMS = ("clusters", "mentions", "weight_ppm", "weight2_ppm", *_POSTERIORS)
_AUDIT_KEY = "language, kind, model_id, decided_by, truth, predicted"
_AUDIT_SUMS = ("clusters", *_POSTERIORS)

_TEMPORARY = (
    f"CREATE TEMP TABLE IF NOT EXISTS fresh (id INTEGER PRIMARY KEY, {', '.join(_FACTS)})",
    "CREATE TEMP TABLE IF NOT EXISTS affected (id INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS authors (brand_id, author, month, PRIMARY KEY (brand_id, author, month)) "
    "WITHOUT ROWID",
    "DELETE FROM fresh",
    "DELETE FROM affected",
    "DELETE FROM authors",
)


class Member(NamedTuple):
    """A mention of a cluster with the score of one model, as `_MEMBERS` gives them; shares 0–1, None without score."""

    cluster_id: int
    mention_id: int
    brand_id: int
    language: str
    at: str
    precision: str | None
    source_id: int
    kind: str
    author: str | None
    stars: float | None
    label_id: int | None
    label: str | None
    model_id: int | None
    is_current_model: int
    negative: float | None
    neutral: float | None
    positive: float | None

    @property
    def probabilities(self) -> tuple[int, int, int] | None:
        """In parts per million; None where the model has not read it."""
        if self.negative is None or self.neutral is None or self.positive is None:
            return None
        return round(PPM * self.negative), round(PPM * self.neutral), round(PPM * self.positive)


class Reading(NamedTuple):
    """What is said of a cluster, and by whom; probabilities in parts per million, None where there is no score."""

    state: str
    decided_by: str
    predicted: str | None
    model_id: int | None
    probabilities: tuple[int, int, int] | None


def refresh(connection: sqlite3.Connection) -> int:
    """Brings the clusters that changed, and every sum that they are part of, up to date; returns how many did.

    Runs inside the caller's transaction.
    """
    return _refresh(connection, anew=False)


def _refresh(connection: sqlite3.Connection, *, anew: bool) -> int:
    """`anew`: the sums are empty; else they hold the clusters as they stand, which are taken out first."""
    (stale,) = connection.execute("SELECT count(*) FROM stale_clusters").fetchone()
    if not stale:
        return 0
    _clear_temporary(connection)
    _compute_facts(connection)
    _find_affected(connection, anew=anew)
    _note_due_months(connection)
    if not anew:
        _count(connection, -1)
        _count_audits(connection, -1)
    _apply_facts(connection)
    _weigh(connection)
    _count(connection, +1)
    _count_audits(connection, +1)
    connection.execute("DELETE FROM index_cells WHERE clusters = 0")
    connection.execute("DELETE FROM audit_counts WHERE clusters = 0")
    _clear_temporary(connection)
    connection.execute("DELETE FROM stale_clusters")
    return int(stale)


def rebuild(connection: sqlite3.Connection) -> None:
    """Computes all clusters and sums from the mentions, as if none had been computed before."""
    connection.execute("DELETE FROM index_cells")
    connection.execute("DELETE FROM audit_counts")
    connection.execute("DELETE FROM cluster_aspects")
    connection.execute("INSERT OR IGNORE INTO stale_clusters SELECT id FROM clusters")
    _refresh(connection, anew=True)


def cut(negative: float, neutral: float, positive: float) -> str:
    """The state that three probabilities stand for; of two that lead together neutral, else negative."""
    if positive > neutral and positive > negative:
        return "positive"
    return "negative" if negative > neutral else "neutral"


def state_of_stars(rating: float) -> str:
    """4 and more of 5 stars are positive, 2 and fewer negative."""
    return "positive" if rating >= 4 else "negative" if rating <= 2 else "neutral"


def _clear_temporary(connection: sqlite3.Connection) -> None:
    for statement in _TEMPORARY:
        connection.execute(statement)


def _compute_facts(connection: sqlite3.Connection) -> None:
    marks = ", ".join("?" * (len(_FACTS) + 1))
    members = map(Member._make, connection.execute(_MEMBERS))
    connection.executemany(f"INSERT INTO fresh VALUES ({marks})", _facts(members))


def _facts(rows: Iterable[Member]) -> Iterator[tuple[object, ...]]:
    """One row of `fresh` for each cluster."""
    for cluster_id, group in itertools.groupby(rows, key=operator.itemgetter(0)):
        members = list(group)
        if len(members) == 1:
            # Nine clusters of ten have one member and one score: read so, they take half of the time.
            first, copies, reading = members[0], 1, _read_one(members[0])
        else:
            first = min(members, key=operator.attrgetter("at", "mention_id"))
            copies, reading = len({each.mention_id for each in members}), _read(members)
        yield (
            cluster_id,
            first.brand_id,
            first.mention_id,
            copies,
            first.at[:10],
            first.at[:7],
            _COARSE.get(first.precision or "", "day"),
            first.source_id,
            first.language,
            first.kind,
            first.author,
            reading.state,
            reading.decided_by,
            reading.predicted,
            reading.model_id,
            *(reading.probabilities or (None, None, None)),
        )


def _read_one(member: Member) -> Reading:
    """As `_read`, for a cluster of one member with at most one score."""
    probabilities = member.probabilities
    if probabilities is None:
        return _read([member])
    predicted = cut(*probabilities)
    if member.label is not None:
        return Reading(member.label, "person", predicted, member.model_id, probabilities)
    if member.stars is not None:
        return Reading(state_of_stars(member.stars), "stars", predicted, member.model_id, probabilities)
    return Reading(predicted, "model", predicted, member.model_id, probabilities)


def _read(members: list[Member]) -> Reading:
    model_id, probabilities = _model_reading(members)
    predicted = None if probabilities is None else cut(*probabilities)
    labels = [(each.label_id, each.label) for each in members if each.label is not None]
    if labels:
        return Reading(str(max(labels)[1]), "person", predicted, model_id, probabilities)
    stars = {each.mention_id: each.stars for each in members if each.stars is not None}
    if stars:
        state = state_of_stars(sum(stars.values()) / len(stars))
        return Reading(state, "stars", predicted, model_id, probabilities)
    if predicted is None:
        return Reading("unscored", "", None, None, None)
    return Reading(predicted, "model", predicted, model_id, probabilities)


def _model_reading(members: list[Member]) -> tuple[int | None, tuple[int, int, int] | None]:
    """The preferred model (the current one, else the newest) and its confidence-weighted mean probabilities."""
    _, model_id = max((each.is_current_model, each.model_id or 0) for each in members)
    read = [each.probabilities for each in members if each.model_id == model_id]
    scored = [each for each in read if each is not None]
    if not scored:
        return None, None
    if len(scored) == 1:
        return model_id, scored[0]
    confidence = sum(max(each) for each in scored)
    mean = [sum(max(each) * each[which] for each in scored) // confidence for which in range(3)]
    return model_id, (mean[0], mean[1], mean[2])


# In all that follows CROSS JOIN fixes the order of the tables, which is SQLite's own for it: the few that changed come
# first. Left to itself, it knows nothing of temporary tables' sizes and reads all clusters of the store.


def _find_affected(connection: sqlite3.Connection, *, anew: bool) -> None:
    """The stale clusters, and those of authors who wrote more or less of a brand in a month than before: their weight
    moves. With `anew`, no weight is taken for known.
    """
    moved = "1" if anew else "(f.brand_id, f.author, f.month) IS NOT (c.brand_id, c.author, c.month)"
    changed = (
        "FROM stale_clusters z CROSS JOIN clusters c ON c.id = z.id "
        f"LEFT JOIN fresh f ON f.id = z.id WHERE {moved}"
    )
    connection.execute(
        f"INSERT OR IGNORE INTO authors SELECT f.brand_id, f.author, f.month {changed} AND f.author IS NOT NULL "
        f"UNION SELECT c.brand_id, c.author, c.month {changed} AND c.author IS NOT NULL"
    )
    connection.execute("INSERT INTO affected SELECT id FROM stale_clusters")
    connection.execute(
        "INSERT OR IGNORE INTO affected SELECT c.id FROM authors a CROSS JOIN clusters c "
        "ON c.brand_id = a.brand_id AND c.author = a.author AND c.month = a.month"
    )


def _note_due_months(connection: sqlite3.Connection) -> None:
    """Notes for `store.published` in which months of which brands the affected clusters stand or have stood."""
    connection.execute(
        "INSERT OR IGNORE INTO stale_rows SELECT brand_id, month FROM authors "
        "UNION SELECT brand_id, month FROM fresh "
        "UNION SELECT c.brand_id, c.month FROM stale_clusters z CROSS JOIN clusters c ON c.id = z.id "
        "WHERE c.month IS NOT NULL"
    )


def _count(connection: sqlite3.Connection, sign: int) -> None:
    """Adds what the affected clusters contribute as they now stand, times `sign`, to the sums."""
    # Only the model's readings need a correction that depends on the model.
    key = (
        "c.day, c.coarse, c.source_id, c.language, c.kind, "
        "CASE c.decided_by WHEN 'model' THEN c.model_id ELSE 0 END, c.decided_by, c.state"
    )
    posteriors = [f"c.weight_ppm * coalesce(c.{name}, 0) / {PPM}" for name in _POSTERIORS]
    parts = ["c.members", "c.weight_ppm", f"c.weight_ppm * c.weight_ppm / {PPM}", *posteriors]
    sums = f"{sign} * count(*), " + ", ".join(f"{sign} * sum({each})" for each in parts)
    for aspect, tables in (
        ("''", "affected a CROSS JOIN clusters c ON c.id = a.id"),
        (
            "t.aspect",
            "affected a CROSS JOIN cluster_aspects t ON t.cluster_id = a.id CROSS JOIN clusters c ON c.id = a.id",
        ),
    ):
        rows = (
            f"SELECT c.brand_id, {aspect}, {key}, {sums} FROM {tables} WHERE c.day IS NOT NULL "
            "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
        )
        _add(connection, "index_cells", _CELL_KEY, _CELL_SUMS, rows)


def _count_audits(connection: sqlite3.Connection, sign: int) -> None:
    """As `_count`, for the texts whose answer is known beside the model's reading; a weight moves nothing there."""
    sums = ", ".join(f"{sign} * sum(c.{name})" for name in _POSTERIORS)
    rows = (
        f"SELECT c.language, c.kind, c.model_id, c.decided_by, c.state, c.predicted, {sign} * count(*), {sums} "
        "FROM stale_clusters z CROSS JOIN clusters c ON c.id = z.id "
        "WHERE c.decided_by IN ('person', 'stars') AND c.predicted IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6"
    )
    _add(connection, "audit_counts", _AUDIT_KEY, _AUDIT_SUMS, rows)


def _add(connection: sqlite3.Connection, table: str, key: str, sums: tuple[str, ...], rows: str) -> None:
    """Adds the sums that the query `rows` gives, one row a key, to those of `table`."""
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums)
    connection.execute(
        f"INSERT INTO {table} ({key}, {', '.join(sums)}) {rows} ON CONFLICT ({key}) DO UPDATE SET {added}"
    )


def _apply_facts(connection: sqlite3.Connection) -> None:
    """Writes what is new of the stale clusters; those that no mention is left of go. Weights follow in `_weigh`."""
    connection.execute(
        "DELETE FROM clusters WHERE id IN (SELECT id FROM stale_clusters EXCEPT SELECT id FROM fresh)"
    )
    names = ", ".join(_FACTS)
    assignments = ", ".join(f"{name} = excluded.{name}" for name in _FACTS)
    connection.execute(
        f"INSERT INTO clusters (id, {names}) SELECT id, {names} FROM fresh WHERE true ON CONFLICT (id) DO UPDATE "
        f"SET {assignments}, weight_ppm = CASE WHEN excluded.author IS NULL THEN {PPM} ELSE weight_ppm END"
    )
    connection.execute("DELETE FROM cluster_aspects WHERE cluster_id IN (SELECT id FROM fresh)")
    connection.execute(
        "INSERT INTO cluster_aspects SELECT f.id, t.aspect FROM fresh f CROSS JOIN mention_aspects t "
        "ON t.mention_id = f.mention_id"
    )


def _weigh(connection: sqlite3.Connection) -> None:
    """Weighs all clusters of the authors whose weights move."""
    connection.execute(
        f"UPDATE clusters SET weight_ppm = CAST(round({PPM} / sqrt(n.clusters)) AS INTEGER) FROM ("
        "SELECT a.brand_id, a.author, a.month, count(*) AS clusters FROM authors a CROSS JOIN clusters c "
        "ON c.brand_id = a.brand_id AND c.author = a.author AND c.month = a.month GROUP BY 1, 2, 3) n "
        "WHERE clusters.brand_id = n.brand_id AND clusters.author = n.author AND clusters.month = n.month"
    )
