"""Is the true share inside the interval? Random mixes of labelled text through the real commands.

    python -m benchmarks.mixes --data DIR --language fi [--mixes 200] [--size 200]

Each mix is an invented brand: `size` held-out texts, drawn with a true positive share between 10 and 90 % and a
random share of neutral ones. They go through `arvio import` (without labels), `arvio score` and `arvio index --json` in
real processes; printed is how often the true share of the mix's population lies between low and high, and the mean
absolute error of the index and of the raw share, in points.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.training.evaluate import HELD_OUT, read_held_out

Pools = dict[int, list[str]]


def pools(data: Path, language: str) -> Pools:
    """Held-out texts of one language by class, each once."""
    found: Pools = {0: [], 1: [], 2: []}
    for held in HELD_OUT:
        if held.language == language:
            texts, labels = read_held_out(data, held)
            for text, label in zip(texts, labels, strict=True):
                found[int(label)].append(" ".join(text.split()))
    return {label: sorted(set(texts)) for label, texts in found.items()}


def write_mixes(folder: Path, found: Pools, mixes: int, size: int, language: str) -> dict[str, float]:
    """Write configuration and CSV; returns the true share (0–1) of each brand's population."""
    rng = np.random.default_rng(11)
    truth = {}
    blocks = ["[[brand]]\nname = {}\n".format(json.dumps(f"Seos{number:03d}")) for number in range(mixes)]
    (folder / "arvio.toml").write_text("\n".join(blocks), "utf-8")
    with (folder / "mixes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "brand", "author", "language", "published_at"))
        for number in range(mixes):
            brand = f"Seos{number:03d}"
            share, neutral = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.5)
            truth[brand] = share
            counts = rng.multinomial(size, [(1 - neutral) * (1 - share), neutral, (1 - neutral) * share])
            for label, count in enumerate(counts):
                for place in rng.permutation(len(found[label]))[:count]:
                    author = f"{brand}-{label}-{place}"
                    writer.writerow((found[label][place], brand, author, language, "2026-11-01"))
    return truth


def arvio(folder: Path, *arguments: str) -> Any:
    """Run one command; its JSON document."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--config", str(folder / "arvio.toml"), "--json"],
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--language", choices=("fi", "hy"), required=True)
    parser.add_argument("--mixes", type=int, default=200)
    parser.add_argument("--size", type=int, default=200)
    options = parser.parse_args()
    found = pools(options.data, options.language)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = write_mixes(folder, found, options.mixes, options.size, options.language)
        arvio(folder, "import", str(folder / "mixes.csv"))
        arvio(folder, "score")
        rows = arvio(folder, "index", "--now", "2026-11-22T00:00:00Z")["rows"]
    shown = [row for row in rows if row["index"] is not None]
    inside = [row["low"] <= 100 * truth[row["brand"]] <= row["high"] for row in shown]
    error = [abs(row["index"] - 100 * truth[row["brand"]]) for row in shown]
    raw = [abs(100 * row["raw_share"] - 100 * truth[row["brand"]]) for row in shown]
    width = [row["high"] - row["low"] for row in shown]
    print(
        json.dumps(
            {
                "language": options.language,
                "mixes": len(shown),
                "size": options.size,
                "inside": round(float(np.mean(inside)), 4),
                "mean_absolute_error": round(float(np.mean(error)), 2),
                "mean_absolute_error_raw": round(float(np.mean(raw)), 2),
                "mean_width": round(float(np.mean(width)), 1),
                "methods": sorted({row["method"] for row in shown}),
            }
        )
    )


if __name__ == "__main__":
    main()
