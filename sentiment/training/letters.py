"""Make store/armenian.bin: word costs and character n-gram costs of Armenian, and common foreign words.

``python -m sentiment.training.letters --data DIR`` reads the Armenian texts under DIR/hy (headlines,
sentences, comments, parallel texts) and the English and Finnish texts whose licences allow training. Only
counts of words and of character n-grams are kept, no text.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from store import armenian

ARMENIAN = (
    ("hy/headlines_unlabelled.tsv.gz", "text", 1),
    ("hy/sentences_unlabelled.tsv.gz", "text", 1),
    ("hy/comments_unlabelled.tsv.gz", "text", 3),
    ("hy/parallel_hy_en.tsv.gz", "hy", 1),
    ("hy/parallel_hy_fi.tsv.gz", "hy", 1),
)
FOREIGN = (
    ("en/xed_en.tsv.gz", 6000),
    ("en/scandisent_mt_fi2en.tsv.gz", 5000),
    ("en/umsab_english.tsv.gz", 2000),
    ("fi/finnsentiment.tsv.gz", 5000),
    ("fi/oppari_product_reviews.tsv.gz", 3000),
)
MARKS = re.compile(r"[՛՜՞]")
WORD = re.compile(r"[ա-ֆև]+")
LATIN = re.compile(r"[a-zåäö']+")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a gzipped tab-separated file with a header."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def held_out(text: str) -> bool:
    """Whether a text belongs to the twentieth that measures, by a stable hash."""
    return hashlib.sha256(text.encode()).digest()[0] < 13


def words_of(text: str) -> list[str]:
    """Armenian words of a text in lower case, without stress marks."""
    return WORD.findall(MARKS.sub("", armenian.normalise(text).lower()))


def count_words(data: Path, extra: Path | None, hold_out: bool) -> Counter[str]:
    """Word counts of the Armenian texts; ``extra`` holds lines of word and count to add."""
    counts: Counter[str] = Counter()
    for name, column, weight in ARMENIAN:
        for row in rows(data / name):
            text = row[column] or ""
            if hold_out and held_out(text):
                continue
            for word in words_of(text):
                counts[word] += weight
    if extra is not None:
        for line in extra.read_text(encoding="utf-8").splitlines():
            word, _, count = line.partition("\t")
            counts[word] += int(count or 1)
    return counts


def ngram_costs(counts: Counter[str], order: int, fewest: int) -> dict[str, float]:
    """Costs (−ln relative frequency) of n-grams up to ``order`` inside words, from damped word counts."""
    grams: Counter[str] = Counter()
    contexts: Counter[str] = Counter()
    for word, count in counts.items():
        weight = 1.0 + math.log(count)
        padded = f"^{word}$"
        for end in range(2, len(padded) + 1):
            for size in range(1, min(order, end) + 1):
                gram = padded[end - size : end]
                grams[gram] += weight  # type: ignore[assignment]
                contexts[gram[:-1]] += weight  # type: ignore[assignment]
    return {
        gram: -math.log(weight / contexts[gram[:-1]])
        for gram, weight in grams.items()
        if len(gram) <= 3 or weight >= fewest
    }


def foreign_costs(data: Path) -> dict[str, float]:
    """Costs of the commonest English and Finnish words."""
    best: dict[str, float] = {}
    for name, most in FOREIGN:
        counts = Counter(word for row in rows(data / name) for word in LATIN.findall(row["text"].lower()))
        total = sum(counts.values())
        for word, count in counts.most_common(most):
            if count >= 4:
                best[word] = min(best.get(word, 99.0), -math.log(count / total))
    return best


def build(data: Path, extra: Path | None, hold_out: bool, fewest: int) -> armenian.Statistics:
    """Statistics of the texts under ``data``; see :class:`store.armenian.Statistics`."""
    counts = count_words(data, extra, hold_out)
    total = sum(counts.values())
    words = {word: -math.log(count / total) for word, count in counts.items()}
    return armenian.Statistics(words, ngram_costs(counts, armenian.ORDER, fewest), foreign_costs(data))


def round_trip(texts: Iterable[str], seed: int) -> dict[str, float]:
    """Accuracies of to_armenian(to_latin(x)) over ``texts``, a new habit for each.

    Returns the shares of words and of characters that come back, and texts a second for each direction.
    """
    generator = random.Random(seed)
    texts = list(texts)
    start = time.perf_counter()
    latin = [armenian.to_latin(text, generator) for text in texts]
    middle = time.perf_counter()
    back = [armenian.to_armenian(text) for text in latin]
    end = time.perf_counter()
    right = words = right_chars = chars = 0
    for text, again in zip(texts, back, strict=True):
        truth, found = words_of(text), words_of(again)
        words += len(truth)
        chars += sum(map(len, truth))
        if len(truth) == len(found):
            for a, b in zip(truth, found, strict=True):
                right += a == b
                right_chars += sum(x == y for x, y in zip(a, b, strict=False))
        else:
            right += sum((Counter(truth) & Counter(found)).values())
            right_chars += sum(map(len, (Counter(truth) & Counter(found)).elements()))
    return {
        "words": right / words,
        "characters": right_chars / chars,
        "to_latin per second": len(texts) / (middle - start),
        "to_armenian per second": len(texts) / (end - middle),
    }


def held_out_texts(data: Path) -> list[str]:
    """The Armenian texts that a build with ``--hold-out`` has not seen."""
    return [
        row[column]
        for name, column, _ in ARMENIAN
        for row in rows(data / name)
        if row[column] and held_out(row[column]) and WORD.search(row[column].lower())
    ]


def main() -> None:
    """Write the statistics, or with ``--hold-out`` measure on the twentieth left out."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=armenian.STATISTICS)
    parser.add_argument("--extra", type=Path, default=Path(__file__).with_name("colloquial.tsv"))
    parser.add_argument("--fewest", type=int, default=3)
    parser.add_argument("--hold-out", action="store_true")
    parser.add_argument("--measure", type=int, default=0, metavar="TEXTS")
    arguments = parser.parse_args()
    extra = arguments.extra if arguments.extra.exists() else None
    statistics = build(arguments.data, extra, arguments.hold_out, arguments.fewest)
    body = armenian.pack(statistics)
    arguments.out.write_bytes(body)
    print(
        f"{arguments.out}: {len(body)} bytes, {len(statistics.words)} words, {len(statistics.ngrams)} grams"
    )
    if arguments.measure:
        armenian.STATISTICS = arguments.out
        armenian.statistics.cache_clear()
        texts = held_out_texts(arguments.data)
        random.Random(1).shuffle(texts)
        for name, value in round_trip(texts[: arguments.measure], 7).items():
            print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    main()
