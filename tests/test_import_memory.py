"""An import takes no more memory for a large file than for a small one."""

import csv
import json
import multiprocessing
import resource
from pathlib import Path
from typing import Any

import pytest

from crawler.config import parse_config
from crawler.run import import_file
from store.db import Store

CONFIG = parse_config(b'[[brand]]\nname = "Nokia"\n', "arvio.toml", Path())
FEW, MANY = 600, 6_000
NOTES = 8_000
"""Characters of each row that nobody asked for: the large file holds some 50 MB of them."""
GROWTH = 24
"""MiB: what caches may take between the two. The whole file in memory takes over 100."""


def write(path: Path, count: int) -> None:
    rows = [
        (f"{'Nokia' if at % 20 == 0 else 'Joku'} toimii {at}", chr(97 + at % 26) * NOTES)
        for at in range(count)
    ]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "notes"), *rows])
    elif path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text, "notes": notes}) + "\n" for text, notes in rows)
    elif path.suffix == ".xlsx":
        xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")
        pytest.importorskip("openpyxl", reason="openpyxl is not installed")
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate([("text", "notes"), *rows]):
                sheet.write_row(at, 0, row)
    else:
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
        import pyarrow

        table = pyarrow.table({"text": [row[0] for row in rows], "notes": [row[1] for row in rows]})
        parquet.write_table(table, path, row_group_size=FEW)


def peaks(files: list[Path], db: Path, answer: Any) -> None:
    """The peak of memory in MiB, and the mentions, after each import."""
    found = []
    with Store.open(db) as store:
        for file in files:
            (report,) = import_file(file, CONFIG, store).sources
            found.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, report.mentions))
    answer.put(found)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_file_ten_times_as_large_takes_no_more_memory(tmp_path: Path, ending: str) -> None:
    files = [tmp_path / f"few.{ending}", tmp_path / f"many.{ending}"]
    for file, count in zip(files, (FEW, MANY), strict=True):
        write(file, count)
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=peaks, args=(files, tmp_path / "arvio.db", answer))
    process.start()
    process.join()
    assert process.exitcode == 0
    (small, few), (large, many) = answer.get()
    assert (few, many) == (FEW // 20, MANY // 20)
    assert large - small < GROWTH
