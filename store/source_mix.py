"""The source mix that a brand's headline is standardised to, so that a new source does not move it.

The mix of the first update with enough opinions is kept as the reference; docs/index.md has the formula.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from store.index import GREY_BELOW, IndexRow
from store.quantification import Estimator
from store.tallies import Corrections, Tally


@dataclass(frozen=True, slots=True)
class Standardised:
    """The index under the brand's reference mix of sources, 0–100, and how much of the headline is mix, in points."""

    index: float
    mix_effect: float


def keep_reference(
    database: sqlite3.Connection, brand: str, total: IndexRow, sources: Mapping[str, Tally], now: str
) -> None:
    """Saves the mix of the first update whose total row is more than grey; it never changes by itself afterwards."""
    (brand_id,) = database.execute("SELECT id FROM brands WHERE name = ?", (brand,)).fetchone()
    if (
        total.n_effective < GREY_BELOW
        or database.execute("SELECT 1 FROM reference_mix WHERE brand_id = ? LIMIT 1", (brand_id,)).fetchone()
    ):
        return
    weights = {name: tally.opinions for name, tally in sources.items()}
    whole = sum(weights.values())
    database.executemany(
        "INSERT INTO reference_mix SELECT ?, id, ?, ? FROM sources WHERE name = ?",
        [(brand_id, weight / whole, now, name) for name, weight in sorted(weights.items()) if weight > 0],
    )


def standardise(
    database: sqlite3.Connection,
    corrections: Corrections,
    brand: str,
    sources: Mapping[str, Tally],
    known: Mapping[str, float],
    estimate: Estimator,
) -> Standardised | None:
    """Over the reference sources that have opinions; the weights of silent ones are shared among the others.

    `known` are the sources' corrected shares, 0–1, as far as they are there already; others are computed.
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
        weight = tally.opinions
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
