"""Precision and recall of near-duplicate detection over pairs of passages.

Run: python -m benchmarks.near_duplicates [--pages DIR]

The passages are the demo's texts and, with `--pages` (a folder of NAME_DATE.html.gz), windows of three
sentences from real news pages. Pairs that are one story: each passage beside what another site makes of it
(a word in twenty-five replaced, an agency's name behind it, capitals and quotation marks changed, its first
words gone), and the demo's own copies. Pairs that are not: every two passages of different texts.
"""

import argparse
import gzip
import random
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from crawler.demo.content import entries
from crawler.extraction import extract_article
from crawler.passages import sentences
from store.clusters import SAME_STORY
from store.near_duplicates import SHORTEST, bands, signature, similarity

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FEW = 90
"""Characters: in a shorter passage a changed word is a changed message."""
WORDS = ("myös", "vielä", "նաև", "noin", "ehkä", "også", "även")


def retold(text: str, chance: random.Random) -> list[str]:
    """What other sites make of a passage."""
    words = text.split()
    for _ in range(max(1, len(words) // 25)):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    replaced = " ".join(words)
    behind = f"{text} (STT)"
    typed = text.replace("”", '"').replace("«", '"').replace("»", '"').replace("–", "-").upper()
    shortened = text.split(" ", max(1, len(text.split()) // 20))[-1]
    return [replaced, behind, typed, shortened]


def passages(folder: Path | None) -> list[tuple[str, str]]:
    """(story, passage) of the demo and of the pages in `folder`."""
    found = [(each.copy_of or each.id, each.text) for each in entries() if len(each.text) >= FEW]
    for path in sorted(folder.glob("*.html.gz")) if folder else ():
        text = extract_article(gzip.decompress(path.read_bytes()).decode(), "https://news.example/", NOW).text
        spans = sentences(text)
        for at in range(0, len(spans) - 2, 3):
            passage = text[spans[at].start : spans[at + 2].end]
            if len(passage) >= FEW:
                found.append((f"{path.name} {at}", passage))
    return found


def merged(one: bytes, other: bytes) -> bool:
    """Whether the store would put the two into one cluster."""
    return bool(set(bands(one)) & set(bands(other))) and similarity(one, other) >= SAME_STORY


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--pages", type=Path)
    texts = passages(options.parse_args().pages)
    chance = random.Random(7)
    sketched = [(story, signature(text)) for story, text in texts]
    same = [merged(sketch, signature(other))
            for (_, text), (_, sketch) in zip(texts, sketched, strict=True)
            for other in retold(text, chance)]  # fmt: skip
    pairs = list(combinations(sketched, 2))
    same += [merged(a, b) for (story, a), (other, b) in pairs if story == other]
    apart = [merged(a, b) for (story, a), (other, b) in pairs if story != other]
    right, wrong = sum(same), sum(apart)
    print(f"{len(texts)} passages of {SHORTEST} characters and more, {len(same)} pairs of one story, "
          f"{len(apart)} of two: precision {right / (right + wrong):.4f}, recall {right / len(same):.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
