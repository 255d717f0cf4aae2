"""Two models linked over the texts that both have read, so that a change of model is never spliced in silence."""

import sqlite3
from collections import defaultdict
from dataclasses import astuple, dataclass

from store import intervals
from store.cells import cut
from store.db import Store
from store.errors import ModelError
from store.index import HIDDEN_BELOW
from store.quantification import Part, estimate
from store.tallies import STATES, Corrections

# The clusters that a model reads negative, neutral and positive, by language and kind of text.
_Readings = defaultdict[tuple[str, str], list[float]]


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


def link_latest(store: Store) -> list[ModelLink]:
    """Links the current model to the one that read before it; nothing where that is done, or there was none."""
    with store.reading() as database:
        pair = database.execute(
            "SELECT o.sha256, n.sha256 FROM models n JOIN models o ON o.id = ("
            "SELECT max(m.id) FROM models m WHERE m.id != n.id "
            "AND EXISTS (SELECT 1 FROM scores s WHERE s.model_id = m.id)) "
            "WHERE n.current AND EXISTS (SELECT 1 FROM scores s WHERE s.model_id = n.id) "
            "AND NOT EXISTS (SELECT 1 FROM model_links l WHERE l.new_model = n.id AND l.old_model = o.id)"
        ).fetchone()
    return [] if pair is None else link_models(store, *pair)


def link_models(store: Store, old_model: str, new_model: str) -> list[ModelLink]:
    """Links two models (by SHA-256) over the clusters that both have read, and keeps the links.

    Raises ModelError for a model that has read nothing here.
    """
    with store.transaction() as database:
        old, new = (_known_model(database, sha256) for sha256 in (old_model, new_model))
        corrections = Corrections(database)
        brands = database.execute("SELECT name FROM brands ORDER BY name").fetchall()
        links = [_link(database, corrections, brand, old, new) for (brand,) in brands]
        found = [link for link in links if link.clusters]
        database.executemany(
            "INSERT OR REPLACE INTO model_links SELECT id, ?, ?, ?, ?, ?, ?, ? FROM brands WHERE name = ?",
            [(old[0], new[0], *astuple(link)[3:], store.now, link.brand) for link in found],
        )
    return found


def _known_model(database: sqlite3.Connection, sha256: str) -> tuple[int, str]:
    """Its id and name."""
    row = database.execute("SELECT id, name FROM models WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise ModelError(f"model {sha256[:12]} has no scores in this store; score an overlap with it first")
    return int(row[0]), str(row[1])


def _link(
    database: sqlite3.Connection,
    corrections: Corrections,
    brand: str,
    old: tuple[int, str],
    new: tuple[int, str],
) -> ModelLink:
    clusters, *readings = _read_by_both(database, brand, old[0], new[0])
    before, after = (
        _index(corrections, brand, model[0], read) for model, read in zip((old, new), readings, strict=True)
    )
    difference = None if before is None or after is None else round(after - before, 4)
    return ModelLink(brand, old[1], new[1], clusters, before, after, difference)


def _read_by_both(
    database: sqlite3.Connection, brand: str, old: int, new: int
) -> tuple[int, _Readings, _Readings]:
    """How many of the brand's clusters both models have read, and how each has read them."""
    clusters = 0
    readings: tuple[_Readings, _Readings] = (defaultdict(lambda: [0.0] * 3), defaultdict(lambda: [0.0] * 3))
    for language, kind, *probabilities in database.execute(
        "SELECT c.language, c.kind, o.negative, o.neutral, o.positive, n.negative, n.neutral, n.positive "
        "FROM clusters c JOIN brands b ON b.id = c.brand_id "
        "JOIN scores o ON o.mention_id = c.mention_id AND o.model_id = ? AND o.positive IS NOT NULL "
        "JOIN scores n ON n.mention_id = c.mention_id AND n.model_id = ? AND n.positive IS NOT NULL "
        "WHERE b.name = ?",
        (old, new, brand),
    ):
        clusters += 1
        for read, shares in zip(readings, (probabilities[:3], probabilities[3:]), strict=True):
            read[language, kind][STATES.index(cut(*shares))] += 1
    return clusters, *readings


def _index(corrections: Corrections, brand: str, model_id: int, readings: _Readings) -> float | None:
    """The corrected index, 0–100; None where it would be hidden."""
    parts = [
        Part((read[0], read[1], read[2]), sum(read), corrections.of(*stratum, model_id), True, name=str(at))
        for at, (stratum, read) in enumerate(sorted(readings.items()))
    ]
    size = sum(intervals.effective_size(part.weight, part.squares) for part in parts)
    found = estimate(parts, f"{brand}/") if size >= HIDDEN_BELOW else None
    return None if found is None else round(100 * found.share, 4)
