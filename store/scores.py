"""Models, what they have not read yet, and their readings."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from store.errors import StoreError
from store.records import Score, Unscored

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as the store knows it; `card` is kept as JSON and may hold its held-out confusion matrices.

    `card["languages"][language][set]` is a 3×3 table of counts on a held-out set, true × predicted, in the order
    negative, neutral, positive.
    """

    name: str
    sha256: str
    card: Mapping[str, object] = field(default_factory=dict)


def use_model(connection: sqlite3.Connection, model: ModelInfo, now: str) -> int:
    """The model's id; it becomes the current one, whose readings are preferred to any other's."""
    card = json.dumps(model.card, ensure_ascii=False, sort_keys=True)
    row = connection.execute(
        "SELECT id, current, card FROM models WHERE sha256 = ?", (model.sha256,)
    ).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO models (name, sha256, card, added_at) VALUES (?, ?, ?, ?) RETURNING id, current, "
            "card",
            (model.name, model.sha256, card, now),
        ).fetchone()
    model_id, current, known_card = row
    if known_card != card and model.card:
        connection.execute("UPDATE models SET card = ? WHERE id = ?", (card, model_id))
    if not current:
        (before,) = connection.execute("SELECT max(id) FROM models WHERE current").fetchone()
        connection.execute("UPDATE models SET current = (id = ?)", (model_id,))
        # What a newer model than the one before has read is now that one's, where this one has not read it.
        connection.execute(
            "INSERT OR IGNORE INTO stale_clusters SELECT m.cluster_id FROM scores s JOIN mentions m "
            "ON m.id = s.mention_id WHERE (s.model_id = ? OR s.model_id > ?) AND m.current "
            "AND m.cluster_id IS NOT NULL",
            (model_id, before),
        )
    return int(model_id)


def unscored(
    connection: sqlite3.Connection, model_id: int | None, limit: int | None = None
) -> Iterator[tuple[int, str, str]]:
    """(mention id, text for the model, language) of each current mention without a reading by `model_id`; of
    all for None.

    In the order of ids, a thousand at a time: readings may be written in between.
    """
    last, left = 0, limit
    while left is None or left > 0:
        rows = connection.execute(
            "SELECT m.id, coalesce(m.scored_text, m.passage), m.language FROM mentions m WHERE m.id > ? AND "
            "m.current "
            "AND NOT EXISTS (SELECT 1 FROM scores s WHERE s.mention_id = m.id AND s.model_id = ?) ORDER BY "
            "m.id LIMIT ?",
            (last, model_id, _PAGE if left is None else min(_PAGE, left)),
        ).fetchall()
        if not rows:
            return
        yield from rows
        last = rows[-1][0]
        left = None if left is None else left - len(rows)


def count_unscored(connection: sqlite3.Connection, model_id: int | None) -> int:
    """How many current mentions `model_id` has not read; all of them for None."""
    row = connection.execute(
        "SELECT count(*) FROM mentions m WHERE m.current AND NOT EXISTS "
        "(SELECT 1 FROM scores s WHERE s.mention_id = m.id AND s.model_id = ?)",
        (model_id,),
    ).fetchone()
    return int(row[0])


def add_scores(connection: sqlite3.Connection, model_id: int, scores: Iterable[Score], now: str) -> None:
    """Keeps readings; a second one of the same mention by the same model replaces the first."""
    _keep(connection, model_id, ((_checked(each), each.truncated, None) for each in scores), now)


def add_unscored(connection: sqlite3.Connection, model_id: int, unread: Iterable[Unscored], now: str) -> None:
    """Keeps why the model does not read these mentions."""
    none = (None, None, None)
    _keep(connection, model_id, (((each.mention_id, *none), False, each.reason) for each in unread), now)


def _keep(
    connection: sqlite3.Connection,
    model_id: int,
    rows: Iterable[tuple[tuple[int, float | None, float | None, float | None], bool, str | None]],
    now: str,
) -> None:
    """A mention that was erased while the model read it is left out without a word."""
    # Not an upsert: its triggers would take over its way of meeting a conflict, and fail at the second reading of a
    # cluster (https://sqlite.org/lang_createtrigger.html).
    connection.executemany(
        "INSERT OR REPLACE INTO scores (mention_id, model_id, negative, neutral, positive, truncated, reason, "
        "scored_at) "
        "SELECT id, ?, ?, ?, ?, ?, ?, ? FROM mentions WHERE id = ?",
        (
            (model_id, negative, neutral, positive, int(truncated), reason, now, id)
            for (id, negative, neutral, positive), truncated, reason in rows
        ),
    )


def _checked(score: Score) -> tuple[int, float, float, float]:
    shares = (score.negative, score.neutral, score.positive)
    # The sum's tolerance is that of three half-precision probabilities.
    if not all(0.0 <= share <= 1.0 for share in shares) or abs(sum(shares) - 1.0) > 5e-3:
        raise StoreError(f"mention {score.mention_id}: {shares} are no probabilities; the model is broken")
    return (score.mention_id, *shares)
