"""Export at size: rows a second and peak memory for each format, beside the tools that one would otherwise take.

    python -m benchmarks.export [--mentions 1000000] [--beside 100000] [--format csv]… [--db PATH]

Each export runs in a process of its own, which measures its peak memory, once whole and once with a tenth of the
rows: memory that does not grow with the rows is streamed. The yardsticks write the same view of the same store,
`--beside` rows of it: sqlite-utils for CSV and JSON Lines, pandas for XLSX and Parquet (left out where it is not
installed). A store at PATH is used as it is, and made there if there is none.
"""

import argparse
import importlib.util
import json
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.index import fill_store
from store.db import Filters, Store
from store.export import export

FORMATS = ("csv", "jsonl", "xlsx", "parquet")


def arvio(db: Path, to: Path, rows: int) -> None:
    """Our own export of the oldest `rows` mentions."""
    with Store.open(db, read_only=True) as store:
        export(store, to, Filters(limit=rows))


def yardstick(db: Path, to: Path, rows: int) -> None:
    """What one would write without Arvio."""
    if to.suffix in (".csv", ".jsonl"):
        from sqlite_utils.cli import cli

        kind = "--csv" if to.suffix == ".csv" else "--nl"
        with to.open("w", encoding="utf-8") as sys.stdout:
            cli.main(["rows", str(db), "scored_mentions", kind, "--limit", str(rows)], standalone_mode=False)
        return
    import pandas

    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    frame = pandas.read_sql_query(f"SELECT * FROM scored_mentions LIMIT {rows}", connection)
    connection.close()
    if to.suffix == ".xlsx":
        frame.to_excel(to, index=False, engine="xlsxwriter")
    else:
        frame.to_parquet(to)


def _measured(work: Callable[[Path, Path, int], None], db: Path, to: Path, rows: int, answer: Any) -> None:
    started = time.process_time()
    work(db, to, rows)
    seconds = time.process_time() - started
    answer.put(
        {
            "rows": rows,
            "rows_a_second": round(rows / seconds),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "file_mib": round(to.stat().st_size / 2**20, 1),
        }
    )


def measure(work: Callable[[Path, Path, int], None], db: Path, ending: str, rows: int) -> dict[str, float]:
    """One export in a process of its own; speed is of processor time, so that neighbours do not count."""
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        process = context.Process(
            target=_measured, args=(work, db, Path(folder, f"out.{ending}"), rows, answer)
        )
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"the export of .{ending} ended with {process.exitcode}")
        found: dict[str, float] = answer.get()
    return found


def run(db: Path, formats: Sequence[str], rows: int, beside: int) -> dict[str, dict[str, Any]]:
    """The figures of each format."""
    found: dict[str, dict[str, Any]] = {}
    for ending in formats:
        whole, tenth = measure(arvio, db, ending, rows), measure(arvio, db, ending, rows // 10)
        figures: dict[str, Any] = {"arvio": whole, "a_tenth": tenth}
        figures["memory_whole_by_tenth"] = round(whole["peak_mib"] / tenth["peak_mib"], 2)
        if ending in ("csv", "jsonl") or importlib.util.find_spec("pandas"):
            other = measure(yardstick, db, ending, beside)
            figures["sqlite_utils" if ending in ("csv", "jsonl") else "pandas"] = other
            figures["speed_by_yardstick"] = round(whole["rows_a_second"] / other["rows_a_second"], 2)
        found[ending] = figures
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--beside", type=int, default=100_000)
    parser.add_argument("--format", action="append", choices=FORMATS)
    parser.add_argument("--db", type=Path)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        db = chosen.db or Path(folder, "bench.db")
        if not db.exists():
            fill_store(db, chosen.mentions)
        with Store.open(db, read_only=True) as store:
            rows = min(chosen.mentions, store.count_mentions())
        print(json.dumps(run(db, chosen.format or FORMATS, rows, min(rows, chosen.beside)), indent=1))


if __name__ == "__main__":
    main()
