"""T16: doubling the input takes at most 2.6 times the time, of the processor, on a machine that may be busy."""

import time
from collections.abc import Callable

BOUND = 2.6
ATTEMPTS = 5
SHORTEST = 0.002
"""Seconds under which the clock measures itself."""


def assert_linear(run: Callable[[int], object], size: int = 10_000) -> None:
    """`run(size)` against `run(2 * size)`: work that grows faster fails in every attempt, a disturbed clock in some."""
    run(100)
    ratios = []
    for _ in range(ATTEMPTS):
        short, long = _seconds(run, size), _seconds(run, 2 * size)
        if long <= BOUND * short + SHORTEST:
            return
        ratios.append(round(long / short, 1))
    raise AssertionError(f"twice the input took {ratios} times the time")


def _seconds(run: Callable[[int], object], size: int) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run(size)
        best = min(best, time.process_time() - start)
    return best
