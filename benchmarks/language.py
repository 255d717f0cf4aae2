"""Accuracy of language identification on passages of 5–15 words, language by language.

Run: python -m benchmarks.language [--data DIR]

Without `--data` the hand-written passages of tests/samples/language.tsv; with the folder of shared texts also
windows of 5–15 words from those parts of it that the identifier was not trained on.
"""

import argparse
import csv
import gzip
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from store.language import identify

SAMPLES = Path(__file__).parents[1] / "tests" / "samples" / "language.tsv"
SHARED = (
    ("fi", "fi/finnsentiment.tsv.gz", ("dev",)),
    ("fi", "fi/oppari_product_reviews.tsv.gz", ("dev",)),
    ("hy", "hy/native_facebook_dev.tsv.gz", ("dev",)),
    ("hy-Latn", "hy/comments_unverified_dev.tsv.gz", ("dev",)),
    ("ru", "ru/rusentiment.tsv.gz", ("test",)),
    ("sv", "sv/swe_emoji_tweets.tsv.gz", ("dev",)),
    ("et", "et/estonian_valence.tsv.gz", ("dev", "test")),
    ("en", "en/scandisent_mt_sv2en.tsv.gz", ("test",)),
)


def rows(path: Path) -> Iterable[dict[str, str]]:
    """The rows of a table of texts."""
    body = path.read_bytes()
    text = (gzip.decompress(body) if path.suffix == ".gz" else body).decode()
    return csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def windows(texts: list[str]) -> list[str]:
    """5–15 words of each text that has as many, at most 1,000 of them."""
    chance = random.Random(5)
    found = []
    for text in texts:
        words = text.replace("[PERSON]", "").split()
        size = chance.randint(5, 15)
        if len(words) >= 5:
            start = chance.randint(0, max(0, len(words) - size))
            found.append(" ".join(words[start : start + size]))
    return chance.sample(found, min(1000, len(found)))


def show(where: str, code: str, texts: list[str]) -> None:
    """One line: the accuracy, and what was taken for what."""
    wrong = Counter(found for found in (identify(text).code for text in texts) if found != code)
    right = len(texts) - wrong.total()
    print(f"{where:42} {code:8} {right / len(texts):.3f} of {len(texts):4}  {dict(wrong) or ''}")


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path)
    data = options.parse_args().data
    written: dict[str, list[str]] = defaultdict(list)
    for row in rows(SAMPLES):
        written[row["language"]].append(row["text"])
    for code, texts in written.items():
        show("tests/samples/language.tsv", code, texts)
    for code, name, splits in SHARED if data else ():
        texts = [
            row["text"]
            for row in rows(data / name)
            if row.get("split", "dev") in splits and (code != "hy-Latn" or row["script"] == "latn")
        ]
        show(name, code, windows(texts))


if __name__ == "__main__":
    main()
