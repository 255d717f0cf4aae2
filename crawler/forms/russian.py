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
_VELARS, _HUSHING = "кгх", "жшчщ"
_SHORTEST_FLEETING: Final = 6
_ATTACHED: Final = {**_PLURAL, **_SOFT, **_YA, **_A, **_CONSONANT}


@lru_cache
def _endings(glued: tuple[tuple[str, str], ...], full: bool) -> Endings:
    attached: Mapping[str, str] = _ATTACHED if full else {}
    return Endings(LANGUAGE, dict(glued), attached, _MARKS if full else "")


def _adjective(name: str) -> tuple[tuple[str, str], ...]:
    """The endings of an adjective, () for what is none; nouns (Гений, геном) and verbs (чистим) are near."""
    before, ending = name[-3], name[-2:]
    if ending in ("ый", "ой", "ое") or (ending == "ий" and before in _VELARS):
        instrumental = "им" if before in _VELARS + _HUSHING else "ым"
        return (("ого", "gen"), ("ому", "dat"), (instrumental, "ins"), ("ом", "loc"))
    if ending == "ий" and before in f"н{_HUSHING}":
        return (("его", "gen"), ("ему", "dat"), ("им", "ins"), ("ем", "loc"))
    if ending == "ая":
        hushing = (("ей", "gen"),) if before in _HUSHING else ()
        return (("ой", "gen"), ("ую", "acc"), ("ою", "ins"), *hushing)
    return (("ей", "gen"), ("юю", "acc"), ("ею", "ins")) if ending == "яя" else ()


def stems(name: str) -> Iterator[Stem]:
    """The stems of `name` (normal form); a name in other letters takes endings behind a mark only."""
    last, bare = name[-1], (("", "nom"),)
    if adjective := _adjective(name) if len(name) > 4 else ():
        yield Stem(name[:-2], _endings(adjective, False), "ru.adj")
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
