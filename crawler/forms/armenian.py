"""Eastern Armenian case forms of a name, by rule (design/matching.md). Western Armenian is off.

Names are given in normal form (եվ for և). An Armenian-script name takes the endings that its last sound asks for;
a name in other letters is heard rather than read (Apple ends in a consonant), so it takes them all.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from crawler.forms.endings import Endings, Stem

LANGUAGE: Final = "hy"
VOWELS: Final = "աեէըիոօ"
_MARKS = "-'"

# Case endings after a consonant; possessive -ս -դ and the article -ն may follow each.
_CASES: Final = {"ի": "gen", "ից": "abl", "ով": "ins", "ում": "loc"}
_DEFINITE: Final = {"ին": "dat.def", "ինը": "gen.subst", "ինն": "gen.subst", "ինի": "gen.subst", "ինից": "gen.subst"}
_PLURALS: Final = ("եր", "ներ")
# The same suffixes as people type them in Latin letters behind a hyphen: Ucom-i, Ucom-um.
_LATIN_SUFFIXES: Final = {
    "i": "gen", "in": "dat.def", "ic": "abl", "its": "abl", "ov": "ins", "um": "loc", "y": "def", "n": "def",
    "ner": "nom.pl", "neri": "gen.pl", "nery": "def.pl",
}  # fmt: skip


def _articles(ending: str) -> dict[str, str]:
    return {ending + article: label for article, label in (("", ""), ("ս", "+poss"), ("դ", "+poss"), ("ն", "+def"))}


@lru_cache
def _oblique(glide: str = "") -> Mapping[str, str]:
    table = {glide + ending: case for ending, case in _DEFINITE.items()}
    for ending, case in _CASES.items():
        table |= {glide + form: case + label for form, label in _articles(ending).items() if glide + form not in table}
    return table


@lru_cache
def _plural() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for plural in _PLURALS:
        table[plural] = "nom.pl"
        table |= {plural + article: "def.pl" for article in ("ը", "ն")}
        table |= {plural + article: "nom.pl+poss" for article in ("ս", "դ")}
        table |= {plural + ending: f"{case}.pl" for ending, case in _oblique().items()}
    return table


def _adjective(suffix: str) -> dict[str, str]:
    table = {suffix: "adj"}
    table |= {suffix + ending: "adj" for ending in (*_oblique(), "ը", "ն", *_plural())}
    return table


_CONSONANT: Final = {"": "nom", "ը": "def", "ն": "def", "ս": "nom+poss", "դ": "nom+poss"}
_VOWEL: Final = {"": "nom", "ն": "def", "ս": "nom+poss", "դ": "nom+poss"}


@lru_cache
def _attached() -> Mapping[str, str]:
    """Behind a hyphen or a closing quotation mark every suffix is clear: Apple-ի, «Զեփյուռ»-ի, ՎՏԲ-ում."""
    u_noun = {"ու": "gen", "ուն": "dat.def", "ուց": "abl"}
    table = {**_oblique("յ"), **u_noun, **_adjective("ական"), **_plural(), **_oblique(), **_CONSONANT, **_LATIN_SUFFIXES}
    del table[""]
    return table


def _table(glued: Mapping[str, str], full: bool) -> Endings:
    return Endings(LANGUAGE, glued, _attached() if full else {}, _MARKS if full else "")


@lru_cache
def _after_consonant() -> Endings:
    return _table({**_adjective("ական"), **_plural(), **_oblique(), **_CONSONANT}, True)


@lru_cache
def _after_open_vowel() -> Endings:
    """After ա, ո, օ: the glide յ (Նոկիայի); the adjective swallows ա (Նոկիական)."""
    return _table({**_adjective("կան"), **_plural(), **_oblique("յ"), **_VOWEL}, True)


@lru_cache
def _after_other_vowel() -> Endings:
    """After ե, է, ի, ու: with and without the glide (Օրջոնիկիձեի, Բաքուի)."""
    return _table({**_adjective("ական"), **_plural(), **_oblique("յ"), **_oblique(), **_VOWEL}, True)


@lru_cache
def _any_sound() -> Endings:
    """A name in other letters: all of them (Ucomը, Appleի, Nokiaյի)."""
    glued = {**_adjective("ական"), **_adjective("կան"), **_plural(), **_oblique("յ"), **_oblique(), **_CONSONANT}
    return _table(glued, True)


@lru_cache
def _i_noun() -> Endings:
    """Գյումրի → Գյումրու, Գյումրուց, Գյումրով; the stem has lost its ի."""
    table: dict[str, str] = {}
    for ending, case in (("ու", "gen"), ("ուց", "abl"), ("ով", "ins")):
        table |= {form: case + label for form, label in _articles(ending).items()}
    return _table(table, False)


@lru_cache
def _case_only() -> Endings:
    """For stems that only the cases show: Բաքվ|ի, Էջմիածն|ի."""
    return _table({**{f"եր{ending}": f"{case}.pl" for ending, case in _oblique().items()}, "եր": "nom.pl", **_oblique()}, False)


@lru_cache
def _abstract_noun() -> Endings:
    """Nouns in -ություն: -ության, -ությանը, -ությամբ."""
    table = {"յան": "gen", "յանը": "dat.def", "յանն": "dat.def", "յամբ": "ins", "յանս": "gen+poss", "յանդ": "gen+poss"}
    return _table(table, False)


def stems(name: str) -> Iterator[Stem]:
    """The stems of `name` (normal form); the last word takes the ending."""
    last = name[-1]
    if not "ա" <= last <= "ֆ":
        yield Stem(name, _any_sound(), "hy")
        return
    if name.endswith("ու"):
        yield Stem(name, _after_other_vowel(), "hy")
        yield Stem(name[:-2] + "վ", _case_only(), "hy.u")
    elif last in "աոօ":
        yield Stem(name, _after_open_vowel(), "hy")
    elif last in VOWELS:
        yield Stem(name, _after_other_vowel(), "hy")
        if last == "ի" and len(name) > 2:
            yield Stem(name[:-1], _i_noun(), "hy.i")
    else:
        yield Stem(name, _after_consonant(), "hy")
        if name.endswith("ություն"):
            yield Stem(name[:-3], _abstract_noun(), "hy.abstract")
        reduced = reduced_stem(name)
        if reduced:
            yield Stem(reduced, _case_only(), "hy.reduced")


def reduced_stem(name: str) -> str:
    """`name` without the ի or ու of its last syllable, which falls when a vowel follows: Փրկիչ → Փրկչ-ի.

    Empty when the name ends otherwise, or when too little would be left to tell it from another word.
    """
    word = name[max(name.rfind(" "), name.rfind("-")) + 1 :]
    body, last = word[:-1], word[-1]
    if last in VOWELS or last in "ւյ":
        return ""
    for vowel in ("ու", "ի"):
        before = body.removesuffix(vowel)
        if before != body and len(before) >= 3 and before[-1] not in VOWELS + "ւ":
            return name[: len(name) - len(word)] + before + last
    return ""
