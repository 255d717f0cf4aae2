"""Russian case forms of a name in Cyrillic letters, by rule: what Armenian readers write Russian texts with.

Only the declensions that brand names fall into; names in -о, -е, -и, -у, -ю, -э stay as they are in the
standard, and the endings that people give those in -о are accepted too.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from crawler.forms.endings import Endings, Stem

LANGUAGE: Final = "ru"
_MARKS = "-'"
_PLURAL: Final = {
    "ов": "gen.pl",
    "ам": "dat.pl",
    "ами": "ins.pl",
    "ах": "loc.pl",
    "ы": "nom.pl",
    "и": "nom.pl",
}
_CONSONANT: Final = {"а": "gen", "у": "dat", "ом": "ins", "ем": "ins", "е": "loc"}
_A: Final = {
    "а": "nom",
    "ы": "gen",
    "и": "gen",
    "е": "dat",
    "у": "acc",
    "ой": "ins",
    "ою": "ins",
    "ей": "ins",
}
_SOFT: Final = {
    "я": "gen",
    "ю": "dat",
    "ем": "ins",
    "е": "loc",
    "и": "gen",
    "ью": "ins",
    "ей": "gen.pl",
    "ев": "gen.pl",
}
_YA: Final = {"я": "nom", "и": "gen", "е": "dat", "ю": "acc", "ей": "ins", "ею": "ins", "й": "gen.pl"}
_ADJECTIVE: Final = {
    "ого": "gen",
    "его": "gen",
    "ому": "dat",
    "ему": "dat",
    "ым": "ins",
    "им": "ins",
    "ом": "loc",
    "ем": "loc",
}
_ADJECTIVE_A: Final = {"ой": "gen", "ей": "gen", "ую": "acc", "юю": "acc", "ою": "ins"}
_SHORTEST_FLEETING: Final = 6
_ATTACHED: Final = {**_PLURAL, **_SOFT, **_YA, **_A, **_CONSONANT}


@lru_cache
def _endings(glued: tuple[tuple[str, str], ...], full: bool) -> Endings:
    attached: Mapping[str, str] = _ATTACHED if full else {}
    return Endings(LANGUAGE, dict(glued), attached, _MARKS if full else "")


def stems(name: str) -> Iterator[Stem]:
    """The stems of `name` (normal form); a name in other letters takes endings behind a mark only."""
    last, bare = name[-1], (("", "nom"),)
    if len(name) > 4 and name.endswith(("ой", "ый", "ий", "ое")):
        yield Stem(name[:-2], _endings(tuple(_ADJECTIVE.items()), False), "ru.adj")
    elif len(name) > 4 and name.endswith(("ая", "яя")):
        yield Stem(name[:-2], _endings(tuple(_ADJECTIVE_A.items()), False), "ru.adj")
    elif len(name) >= _SHORTEST_FLEETING and name.endswith(("ок", "ек", "ец")):
        fallen = name[:-2] + last
        yield Stem(fallen, _endings(tuple({**_PLURAL, **_CONSONANT}.items()), False), "ru.fleeting")
    if not "а" <= last <= "я" or len(name) < 3:
        yield Stem(name, _endings(bare, True), "ru")
    elif last in "ая":
        yield Stem(name, _endings(bare, True), "ru")
        yield Stem(
            name[:-1], _endings(tuple(({**_PLURAL, **_A} if last == "а" else _YA).items()), False), "ru"
        )
    elif last in "ьй":
        yield Stem(name, _endings(bare, True), "ru")
        yield Stem(name[:-1], _endings(tuple(_SOFT.items()), False), "ru.soft")
    elif last == "о":
        yield Stem(name, _endings(bare, True), "ru")
        yield Stem(name[:-1], _endings(tuple(_CONSONANT.items()), False), "ru.o")
    elif last in "еиуюэёы":
        yield Stem(name, _endings(bare, True), "ru")
    else:
        yield Stem(name, _endings((*bare, *{**_PLURAL, **_CONSONANT}.items()), True), "ru")
