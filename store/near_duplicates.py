"""Near-duplicate sketches: MinHash over character shingles of the normal form.

Broder, "On the resemblance and containment of documents" (1997): the share of equal minima estimates the Jaccard
similarity of the shingle sets. Bands of minima (Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", ch. 3)
find the candidates: with 8 bands of 4 a pair of similarity 0.7 shares one with probability 0.89, 0.8 with 0.99,
0.3 with 0.06.
"""

import hashlib
import operator
import zlib
from functools import cache
from typing import TYPE_CHECKING

from store.text import normal_form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHINGLE = 5
# "Hyvä!" from fifty people is fifty opinions; from about eight words on, equal texts are copies.
SHORTEST = 48
MINIMA = 64
BANDS = 8
ROWS = 4
_SEED = 20261122


def signature(text: str) -> bytes:
    """The sketch of `text`: 64 minima of 16 bits, or nothing for a text too short to tell copies from agreement."""
    import numpy as np

    letters = "".join(character if character.isalnum() else " " for character in normal_form(text))
    normal = " ".join(letters.split())
    if len(normal) < SHORTEST:
        return b""
    shingles = {normal[start : start + SHINGLE] for start in range(len(normal) - SHINGLE + 1)}
    hashes = np.fromiter((zlib.crc32(each.encode("utf-8", "surrogatepass")) for each in shingles), np.uint64)
    multipliers, offsets = _permutations()
    # Multiply-shift hashing in 64-bit arithmetic; the upper half is the well mixed one.
    values = (hashes[:, None] * multipliers + offsets) >> np.uint64(32)
    minima: NDArray[np.uint64] = values.min(axis=0) & np.uint64(0xFFFF)
    return minima.astype("<u2").tobytes()


def bands(signature: bytes) -> list[int]:
    """The sketch's bands as 63-bit numbers; similar texts share at least one. Empty for an empty sketch."""
    width = 2 * ROWS
    return [
        int.from_bytes(
            hashlib.blake2b(
                signature[at * width : (at + 1) * width], digest_size=8, salt=bytes([at])
            ).digest()
        )
        >> 1
        for at in range(BANDS if signature else 0)
    ]


def similarity(a: bytes, b: bytes) -> float:
    """The estimated Jaccard similarity of two sketches, 0–1; 0 where either is empty."""
    if not a or len(a) != len(b):
        return 0.0
    if a == b:
        return 1.0
    # As numbers of 16 bits: slices of the bytes take three times as long.
    ours, theirs = memoryview(a).cast("H"), memoryview(b).cast("H")
    equal: int = sum(map(operator.eq, ours, theirs))
    return equal / len(ours)


@cache
def _permutations() -> "tuple[NDArray[np.uint64], NDArray[np.uint64]]":
    import numpy as np

    random = np.random.Generator(np.random.PCG64(_SEED))
    drawn = random.integers(0, 2**63, size=(2, MINIMA), dtype=np.uint64)
    return drawn[0] * np.uint64(2) + np.uint64(1), drawn[1]
