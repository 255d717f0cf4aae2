"""English put into Armenian word by word: what English labels teach then reaches Armenian words.

Code-switched training text brings the languages of a multilingual encoder nearer to each other (Qin et al., IJCAI
2020, "CoSDA-ML"). The renderings in glossary.tsv are our own; the result is no translation and is never shown.
"""

import random
import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("glossary.tsv")
LONGEST = 5
"""Words of the longest phrase looked up."""
NAME_SHARE = 0.8
DROPPED = frozenset(("a", "an", "the", "of", "from"))
"""Words for which Armenian has endings or nothing at all."""
_PAIRS = (
    "sch sh ch th ph ck kh zh oo ee ea ou qu ce ci cy x u w",
    "շ շ չ թ ֆ կ խ ժ ու ի ի ու ք սե սի սի քս ու ու",
)
_LETTERS = "abcdefghijklmnopqrstvyz", "աբկդեֆգհիջկլմնոպքրստվիզ"
_SOUNDS = dict(zip(*map(str.split, _PAIRS), strict=True)) | dict(zip(*_LETTERS, strict=True))
_SOUND = re.compile("|".join(_SOUNDS))
_INITIALS = {"ե": "է", "ր": "ռ"}
_PART = re.compile(r"https?\S*|[@#]\w+|[A-Za-z]+(?:['’][A-Za-z]+)?|[^A-Za-z@#]+|.", re.DOTALL)


@cache
def _renderings() -> dict[str, tuple[str, ...]]:
    lines = TABLE.read_text("utf-8").splitlines()[1:]
    return {english: tuple(armenian.split("|")) for english, armenian in (line.split("\t") for line in lines)}


def switch(text: str, rng: random.Random) -> str:
    """English `text` with most of its words and set phrases in Armenian; users, tags and links stay."""
    share = rng.uniform(0.75, 1.0)
    parts = _PART.findall(text)
    found: list[str] = []
    at = 0
    while at < len(parts):
        taken, armenian = _rendered(parts, at, rng)
        if armenian and rng.random() < share:
            found.append(armenian[0].upper() + armenian[1:] if parts[at][0].isupper() else armenian)
            at += taken
        elif parts[at].lower() in DROPPED:
            at += 2
        else:
            name = not armenian and _is_name(parts[at]) and rng.random() < NAME_SHARE
            found.append(_name(parts[at]) if name else parts[at])
            at += 1
    return "".join(found)


def _is_name(part: str) -> bool:
    return part[0].isupper() and not part.isupper()


def _name(word: str) -> str:
    """An English name roughly as it sounds, in Armenian letters, with the ending of a possessive."""
    stem, _, ending = word.lower().replace("’", "'").partition("'")
    name = _SOUND.sub(lambda found: _SOUNDS[found[0]], stem)
    name = _INITIALS.get(name[:1], name[:1]) + name[1:]
    return name[:1].upper() + name[1:] + ("ի" if ending == "s" else "")


def _rendered(parts: list[str], at: int, rng: random.Random) -> tuple[int, str]:
    """How many parts the longest entry at `at` takes, and one of its renderings; "" if there is none."""
    for words in range(LONGEST, 0, -1):
        taken = parts[at : at + 2 * words - 1]
        if all(gap == " " for gap in taken[1::2]):
            armenian = _renderings().get("".join(taken).lower().replace("’", "'"))
            if armenian:
                return len(taken), _choose(armenian, rng)
    return 1, ""


def _choose(renderings: tuple[str, ...], rng: random.Random) -> str:
    """The first most often: they stand in the order of their use."""
    return rng.choices(renderings, [1 / rank for rank in range(1, len(renderings) + 1)])[0]
