"""Is the true share inside the interval? Random mixes of labelled text through the real commands.

    python -m benchmarks.mixes --data DIR --language fi [--mixes 200] [--size 200]

Each mix is an invented brand: `size` texts of one held-out set, drawn with a true positive share between 10 and 90%
and a random share of neutral ones (of all sets with `--together`). They go through `arvio import` (without labels),
`arvio score` and `arvio index --json` in real processes, with a copy of the model whose card knows nothing of the set
that is drawn from: the error rates come from other kinds of text, as they do for a user. Printed is how often the true
share of the mix lies between low and high, and the mean absolute error of the index and of the raw share,
in points. `--readings` is the file that `benchmarks.prevalence --readings` keeps.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.prevalence import Sets, card, read_sets
from sentiment.folder import CARD, SHIPPED
from sentiment.training.evaluate import HELD_OUT, read_held_out

Pools = dict[int, list[str]]
FEWEST = 30
"""Texts of each opinion that a set must have to be drawn from."""


def pools(data: Path, language: str) -> dict[str, Pools]:
    """Held-out texts of one language by set and class, each once."""
    found: dict[str, Pools] = {}
    for held in HELD_OUT:
        if held.language == language:
            pool: Pools = {0: [], 1: [], 2: []}
            texts, labels = read_held_out(data, held)
            for text, label in zip(texts, labels, strict=True):
                pool[int(label)].append(" ".join(text.split()))
            found[held.name] = {label: sorted(set(each)) for label, each in pool.items()}
    return {name: pool for name, pool in found.items() if min(len(pool[0]), len(pool[2])) >= FEWEST}


def model_without(folder: Path, language: str, sets: Sets, name: str) -> Path:
    """A copy of the shipped model whose held-out counts are those of the language's other sets."""
    copy = Path(shutil.copytree(SHIPPED, folder / "model"))
    document = json.loads((copy / CARD).read_text("utf-8"))
    document["confusion"] |= card(language, sets, without=name)["languages"]
    (copy / CARD).write_text(json.dumps(document), "utf-8")
    return copy


def write_mixes(folder: Path, found: Pools, mixes: int, size: int, language: str) -> dict[str, float]:
    """Write configuration and CSV; returns each brand's true share of positive among opinions, 0–1."""
    rng = np.random.default_rng(11)
    truth = {}
    blocks = ["[[brand]]\nname = {}\n".format(json.dumps(f"Seos{number:03d}")) for number in range(mixes)]
    (folder / "arvio.toml").write_text("\n".join(blocks), "utf-8")
    with (folder / "mixes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "brand", "author", "language", "published_at"))
        for number in range(mixes):
            brand = f"Seos{number:03d}"
            share, neutral = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.5) if found[1] else 0.0
            counts = rng.multinomial(size, [(1 - neutral) * (1 - share), neutral, (1 - neutral) * share])
            drawn = {
                label: rng.permutation(len(texts))[: counts[label]].tolist() for label, texts in found.items()
            }
            truth[brand] = len(drawn[2]) / (len(drawn[0]) + len(drawn[2]))
            for label, places in drawn.items():
                for place in places:
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
    parser.add_argument("--readings", type=Path, help="as of benchmarks.prevalence")
    parser.add_argument("--together", action="store_true", help="mix all sets, with the model's own card")
    options = parser.parse_args()
    found = pools(options.data, options.language)
    if options.together:
        found = {"": {label: [text for pool in found.values() for text in pool[label]] for label in range(3)}}
        sets: Sets = {}
    else:
        sets = read_sets(options.data, None, options.readings)[options.language]
    rows: list[dict[str, Any]] = []
    truth: dict[str, float] = {}
    for place, (name, pool) in enumerate(found.items()):
        share = options.mixes // len(found) + (place < options.mixes % len(found))
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            true = write_mixes(folder, pool, share, options.size, options.language)
            model = (
                []
                if options.together
                else ["--model", str(model_without(folder, options.language, sets, name))]
            )
            arvio(folder, "import", str(folder / "mixes.csv"))
            arvio(folder, "score", *model)
            found_rows = arvio(folder, "index", "--now", "2026-11-22T00:00:00Z")["rows"]
        rows += [row | {"brand": f"{name}/{row['brand']}"} for row in found_rows]
        truth |= {f"{name}/{brand}": value for brand, value in true.items()}
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
                "sets": list(found),
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
