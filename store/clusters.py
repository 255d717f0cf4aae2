"""Near-duplicate clusters: mentions of one brand that tell the same story count once.

Clusters are the connected components of "similar enough": whichever order the mentions come in, the same ones
end up together. Texts too short to have a signature are clusters of their own.
"""

import sqlite3
from collections.abc import Sequence

# Estimated Jaccard similarity of shingles from which two passages are one story.
SAME_STORY = 0.6

# One step in the key for each cluster, however many mentions it holds.
_CLUSTERS_OF_BAND = """WITH RECURSIVE found (id) AS (
    SELECT min(cluster_id) FROM near_duplicate_bands WHERE brand_id = :brand AND band = :band
    UNION ALL SELECT (SELECT min(b.cluster_id) FROM near_duplicate_bands b
        WHERE b.brand_id = :brand AND b.band = :band AND b.cluster_id > found.id) FROM found WHERE id IS NOT NULL)
    SELECT id FROM found WHERE id IS NOT NULL"""
# The newest first: stories that go on are most like what was said last.
_SIGNATURES = (
    "SELECT m.signature FROM near_duplicate_bands b CROSS JOIN mentions m ON m.id = b.mention_id "
    "WHERE b.brand_id = ? AND b.band = ? AND b.cluster_id = ? ORDER BY b.mention_id DESC"
)


def join(connection: sqlite3.Connection, mention_id: int, brand_id: int, signature: bytes) -> None:
    """Puts a new mention into the cluster of its story, merging clusters that it connects."""
    found = _similar_clusters(connection, brand_id, signature) if signature else []
    cluster_id = found[0] if found else _new_cluster(connection, brand_id)
    for other in found[1:]:
        members = connection.execute("SELECT id FROM mentions WHERE cluster_id = ?", (other,)).fetchall()
        _move(connection, [id for (id,) in members], cluster_id)
    connection.execute("UPDATE mentions SET cluster_id = ? WHERE id = ?", (cluster_id, mention_id))
    _remember(connection, mention_id, brand_id, cluster_id, signature)


def leave(connection: sqlite3.Connection, mention_ids: Sequence[int]) -> None:
    """Takes mentions out of their clusters, which fall apart where only these held them together."""
    touched = set()
    for mention_id in mention_ids:
        row = connection.execute("SELECT cluster_id FROM mentions WHERE id = ?", (mention_id,)).fetchone()
        if row is not None and row[0] is not None:
            touched.add(int(row[0]))
        connection.execute("DELETE FROM near_duplicate_bands WHERE mention_id = ?", (mention_id,))
        connection.execute("UPDATE mentions SET cluster_id = NULL WHERE id = ?", (mention_id,))
    for cluster_id in sorted(touched):
        _split(connection, cluster_id)


def _similar_clusters(connection: sqlite3.Connection, brand_id: int, signature: bytes) -> list[int]:
    """The clusters that hold a mention similar to `signature`, oldest first.

    One similar mention is enough: of a cluster of thousands that differ in a number one is compared, not all.
    """
    from store.near_duplicates import bands, similarity

    found: set[int] = set()
    compared: set[bytes] = set()
    for key in bands(signature):
        for (cluster_id,) in connection.execute(
            _CLUSTERS_OF_BAND, {"brand": brand_id, "band": key}
        ).fetchall():
            if cluster_id in found:
                continue
            for (other,) in connection.execute(_SIGNATURES, (brand_id, key, cluster_id)):
                if other not in compared and similarity(signature, other) >= SAME_STORY:
                    found.add(cluster_id)
                    break
                compared.add(other)
    return sorted(found)


def _move(connection: sqlite3.Connection, mention_ids: Sequence[int], cluster_id: int) -> None:
    for table, key in (("mentions", "id"), ("near_duplicate_bands", "mention_id")):
        connection.executemany(
            f"UPDATE {table} SET cluster_id = ? WHERE {key} = ?", [(cluster_id, id) for id in mention_ids]
        )


def _new_cluster(connection: sqlite3.Connection, brand_id: int) -> int:
    row = connection.execute(
        "INSERT INTO clusters (brand_id) VALUES (?) RETURNING id", (brand_id,)
    ).fetchone()
    return int(row[0])


def _remember(
    connection: sqlite3.Connection, mention_id: int, brand_id: int, cluster_id: int, signature: bytes
) -> None:
    if not signature:
        return
    from store.near_duplicates import bands

    connection.executemany(
        "INSERT OR IGNORE INTO near_duplicate_bands (brand_id, band, cluster_id, mention_id) VALUES (?, ?, ?, ?)",
        [(brand_id, band, cluster_id, mention_id) for band in bands(signature)],
    )


def _split(connection: sqlite3.Connection, cluster_id: int) -> None:
    members = connection.execute(
        "SELECT id, brand_id, signature FROM mentions WHERE cluster_id = ? ORDER BY id", (cluster_id,)
    ).fetchall()
    for component in _components([signature for _, _, signature in members])[1:]:
        fresh = _new_cluster(connection, members[0][1])
        _move(connection, [members[index][0] for index in component], fresh)


def _components(signatures: Sequence[bytes]) -> list[list[int]]:
    """Indices of `signatures` by connected component; equal signatures are compared once."""
    from store.near_duplicates import bands, similarity

    by_signature: dict[bytes, list[int]] = {}
    for index, signature in enumerate(signatures):
        by_signature.setdefault(signature, []).append(index)
    waiting = {signature: set(bands(signature)) for signature in by_signature}
    components = []
    while waiting:
        signature, keys = waiting.popitem()
        reached, border = [signature], [(signature, keys)]
        while border:
            one, its_keys = border.pop()
            near = [
                other
                for other, other_keys in waiting.items()
                if its_keys & other_keys and similarity(one, other) >= SAME_STORY
            ]
            border.extend((other, waiting.pop(other)) for other in near)
            reached.extend(near)
        components.append(sorted(index for each in reached for index in by_signature[each]))
    return sorted(components)
