"""The report at size: seconds, and megabytes of the page.

    python -m benchmarks.report [--mentions 200000] [--brands 50] [--db PATH]

Goal: under 20 s for 200,000 mentions. A store at PATH is used as it is, and made there if there is none.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.index import NOW, fill_store
from store.db import Store
from store.report import write_report


def run(db: Path, folder: Path) -> dict[str, float]:
    """Seconds of processor time and of the clock, and the page's size."""
    with Store.open(db, read_only=True) as store:
        wall, processor = time.perf_counter(), time.process_time()
        written = write_report(store, folder / "report.html", now=NOW)
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        mentions = store.count_mentions()
    return {
        "mentions": mentions,
        "brands": written.brands,
        "seconds": round(processor, 2),
        "seconds_by_the_clock": round(wall, 2),
        "page_mb": round(written.size / 1e6, 2),
        "quotes": written.quotes,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mentions", type=int, default=200_000)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--db", type=Path)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        db = chosen.db or Path(folder, "bench.db")
        if not db.exists():
            fill_store(db, chosen.mentions, chosen.brands)
        print(json.dumps(run(db, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
