"""Near-duplicates: precision and recall over the demo's texts, their copies and edited versions."""

import random
from itertools import combinations

from crawler.demo.content import entries
from store.near_duplicates import bands, signature, similarity

SAME_STORY = 0.6
WORDS = ("myös", "vielä", "նաև", "noin", "ehkä")


def _edited(text: str, chance: random.Random) -> str:
    """One word in twenty-five replaced."""
    words = text.split()
    for _ in range(max(1, len(words) // 25)):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def _merged(one: bytes, other: bytes) -> bool:
    return bool(set(bands(one)) & set(bands(other))) and similarity(one, other) >= SAME_STORY


def test_t23_copies_meet_and_different_texts_do_not() -> None:
    chance = random.Random(7)
    texts = [entry for entry in entries() if len(entry.text) >= 90]
    sketches = {entry.id: signature(entry.text) for entry in texts}
    story = {entry.id: entry.copy_of or entry.id for entry in texts}
    pairs = list(combinations(sketches, 2))
    copies = [_merged(sketches[a], sketches[b]) for a, b in pairs if story[a] == story[b]]
    copies += [_merged(sketches[entry.id], signature(_edited(entry.text, chance))) for entry in texts]
    others = [_merged(sketches[a], sketches[b]) for a, b in pairs if story[a] != story[b]]
    assert len(copies) > 200 and len(others) > 20_000
    assert sum(copies) / len(copies) >= 0.95
    assert sum(copies) / (sum(copies) + sum(others)) >= 0.98
