"""Memory of scoring stays flat, however many texts come."""

import subprocess
import sys

import pytest

from sentiment.training.data import CORPUS, read_table

MOST = 1_171_875
"""KiB: 1.2 GB."""
GROWTH = 300_000
"""KiB: what allocators and caches may still take; kernels kept for each size took more than 700,000."""


def lines(count: int) -> bytes:
    """`count` different short texts: the first words of corpus texts, numbered."""
    starts = [
        " ".join(row["text"].split()[:4])
        for path in sorted(CORPUS.glob("fi*.tsv"))
        for row in read_table(path)
    ]
    return "".join(f"{starts[number % len(starts)]} {number}\n" for number in range(count)).encode()


def peak(count: int) -> int:
    """Largest resident size in KiB of `arvio predict` over `count` lines, and every line answered."""
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'cli', 'predict', '--language', 'fi'],"
        " stdin=sys.stdin, capture_output=True, check=True)\n"
        "print(done.stdout.count(b'\\n'), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=lines(count), capture_output=True, check=True, timeout=3000
    )
    answered, size = done.stdout.split()
    assert int(answered) == count
    return int(size)


@pytest.mark.soak
def test_a_hundred_thousand_texts_take_no_more_memory_than_ten_thousand() -> None:
    small, large = peak(10_000), peak(100_000)
    assert large < MOST
    assert large - small < GROWTH
