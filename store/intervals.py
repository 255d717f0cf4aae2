"""Intervals for shares, and draws of what a share may be. Pure functions of numbers; numpy is imported when
drawn.
"""

import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]
else:
    Floats = Mask = object

DRAWS = 2_000
Z = 1.96
SEED = 20_261_122
# Jeffreys' prior for a share: half a success and half a failure.
PRIOR = 0.5


def effective_size(weight: float, squares: float) -> float:
    """Kish's effective sample size (Σw)² / Σw²; 0 without weight."""
    return weight * weight / squares if squares > 0 else 0.0


def wilson(share: float, n: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval for `share` of `n` (may be fractional), clipped to 0–1 (Wilson, JASA 1927)."""
    if n <= 0:
        return 0.0, 1.0
    denominator = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / denominator
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def generator(*names: str) -> "np.random.Generator":
    """A generator that depends on nothing but `names`: the same row gives the same draws on every day."""
    import numpy as np

    return np.random.Generator(np.random.PCG64([SEED, zlib.crc32("\x00".join(names).encode())]))


def dirichlet(counts: Sequence[float], random: "np.random.Generator", draws: int = DRAWS) -> Floats:
    """len(counts) × `draws` shares from Dirichlet(counts); with two counts this is the Beta distribution."""
    import numpy as np

    # One call a class: with a single shape numpy need not broadcast, which takes half of its time.
    gammas = np.stack([random.standard_gamma(max(count, 1e-9), size=draws) for count in counts])
    total = gammas.sum(axis=0)
    return np.asarray(gammas / np.where(total > 0, total, 1.0))


def percentiles(draws: Floats) -> tuple[float, float]:
    """The 2.5th and 97.5th percentiles, interpolated linearly."""
    import numpy as np

    last = len(draws) - 1
    places = [0.025 * last, 0.975 * last]
    ordered = np.partition(
        draws, sorted({each for at in places for each in (int(at), min(int(at) + 1, last))})
    )
    low, high = (
        ordered[int(at)] + (at - int(at)) * (ordered[min(int(at) + 1, last)] - ordered[int(at)])
        for at in places
    )
    return float(low), float(high)
