"""The shipped model as a reader for `benchmarks.prevalence`, and the held-out sets as its files.

python -m benchmarks.shipped --data DIR --out FOLDER     writes FOLDER/fi.tsv and FOLDER/hy.tsv
python -m benchmarks.prevalence --data FOLDER --read benchmarks.shipped:read
"""

import argparse
from collections.abc import Sequence
from functools import cache
from itertools import repeat
from pathlib import Path

from benchmarks.mixes import pools
from sentiment.scorer import Scorer
from store.records import LABELS


@cache
def _scorer() -> Scorer:
    return Scorer.load()


def read(texts: Sequence[str], language: str) -> list[tuple[float, float, float]]:
    """(negative, neutral, positive) of each text."""
    found = _scorer().read(texts, repeat(language))
    return [(each.negative, each.neutral, each.positive) for each in found]


def main() -> None:
    """Write the held-out texts of both languages, a line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for language in ("fi", "hy"):
        rows = [
            f"{text}\t{LABELS[label]}"
            for label, texts in pools(options.data, language).items()
            for text in texts
        ]
        (options.out / f"{language}.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
