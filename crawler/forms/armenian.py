"""Eastern Armenian case forms of a name, by rule (design/matching.md). Western Armenian is off.

Names are given in normal form (եվ for և). An Armenian-script name takes the endings that its last sound
asks for; a name in other letters is heard rather than read (Apple ends in a consonant), so it takes them
all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from crawler.forms.endings import Endings, Stem
from crawler.forms.scripts import name_romanisations, romanisations, russian_spellings

LANGUAGE: Final = "hy"
ROMANISED: Final = "hy-Latn"
"""The language of endings typed in Latin letters (Ararkapic): valid only in texts that are so throughout."""
CYRILLIC: Final = "hy-Cyrl"
"""The language of endings typed in Russian letters (Юкомум), valid in the same way."""
VOWELS: Final = "աեէըիոօ"
_MARKS = "-'"

# Case endings after a consonant; possessive -ս -դ and the article -ն may follow each.
_CASES: Final = {"ի": "gen", "ից": "abl", "ով": "ins", "ում": "loc"}
_DEFINITE: Final = {
    "ին": "dat.def",
    "ինը": "gen.subst",
    "ինն": "gen.subst",
    "ինի": "gen.subst",
    "ինից": "gen.subst",
}
_PLURALS: Final = ("եր", "ներ")
# The same suffixes as people type them in Latin letters behind a hyphen: Ucom-i, Ucom-um.
_LATIN_SUFFIXES: Final = {
    "i": "gen", "in": "dat.def", "ic": "abl", "its": "abl", "ov": "ins", "um": "loc", "y": "def", "n": "def",
    "ner": "nom.pl", "neri": "gen.pl", "nery": "def.pl",
}  # fmt: skip


def _articles(ending: str) -> dict[str, str]:
    return {
        ending + article: label
        for article, label in (("", ""), ("ս", "+poss"), ("դ", "+poss"), ("ն", "+def"))
    }


@lru_cache
def _oblique(glide: str = "") -> Mapping[str, str]:
    table = {glide + ending: case for ending, case in _DEFINITE.items()}
    for ending, case in _CASES.items():
        table |= {
            glide + form: case + label
            for form, label in _articles(ending).items()
            if glide + form not in table
        }
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
    table = {
        **_oblique("յ"),
        **u_noun,
        **_adjective("ական"),
        **_plural(),
        **_oblique(),
        **_CONSONANT,
        **_LATIN_SUFFIXES,
    }
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
    """After ե, է, ի, ու: with and without the glide (Պեպեի, Բաքուի)."""
    return _table({**_adjective("ական"), **_plural(), **_oblique("յ"), **_oblique(), **_VOWEL}, True)


@lru_cache
def _any_sound() -> Endings:
    """A name in other letters: all of them (Ucomը, Appleի, Nokiaյի)."""
    glued = {
        **_adjective("ական"),
        **_adjective("կան"),
        **_plural(),
        **_oblique("յ"),
        **_oblique(),
        **_CONSONANT,
    }
    return _table(glued, True)


@lru_cache
def _i_noun() -> Endings:
    """Գյումրի → Գյումրու, Գյումրուց, Գյումրով; the stem has lost its ի."""
    table: dict[str, str] = {}
    for ending, case in (("ու", "gen"), ("ուց", "abl"), ("ով", "ins")):
        table |= {form: case + label for form, label in _articles(ending).items()}
    return _table(table, False)


_LAST_SYLLABLE = re.compile(rf"(?<=[^{VOWELS}ւ\W])(ու|ի)([^{VOWELS}ւյ\W]{{1,2}})$")
_SHORTEST_REDUCED: Final = 3


@lru_cache
def _case_only() -> Endings:
    """For stems that only the cases show: Բաքվ|ի, Նկարչ|ի."""
    return _table(
        {
            **{f"եր{ending}": f"{case}.pl" for ending, case in _oblique().items()},
            "եր": "nom.pl",
            **_oblique(),
        },
        False,
    )


@lru_cache
def _without_article() -> Endings:
    """A name in -ը declines as the noun does; the noun alone is not the name."""
    return _table({**_oblique(), "ն": "def"}, False)


@lru_cache
def _abstract_noun(glide: str) -> Endings:
    """Nouns in -ություն and -ում: Միութ|յան, Շարժմ|ան, with -անը, -ամբ."""
    table = {
        "ան": "gen",
        "անը": "dat.def",
        "անն": "dat.def",
        "ամբ": "ins",
        "անս": "gen+poss",
        "անդ": "gen+poss",
    }
    return _table({glide + ending: case for ending, case in table.items()}, False)


@lru_cache
def _old_genitive() -> Endings:
    return _table({"": "gen.old"}, False)


@lru_cache
def _irregular() -> Endings:
    return _table(
        {"": "gen", "ը": "dat.def", "ն": "dat.def", "ից": "abl", "նից": "abl", "ով": "ins", "մբ": "ins"},
        False,
    )


# Nouns with a genitive of their own (closed classes: kin, time, -ուն nouns); a name may end with one of them.
_IRREGULAR_GENITIVES: Final = {
    "տուն": "տան", "շուն": "շան", "սյուն": "սյան", "ձյուն": "ձյան", "անուն": "անվան", "արյուն": "արյան",
    "գարուն": "գարնան", "աշուն": "աշնան", "ամառ": "ամռան", "ձմեռ": "ձմռան", "հայր": "հոր", "մայր": "մոր",
    "եղբայր": "եղբոր", "քույր": "քրոջ", "կին": "կնոջ", "ընկեր": "ընկերոջ", "տեր": "տիրոջ", "օր": "օրվա",
    "տարի": "տարվա", "ամիս": "ամսվա", "շաբաթ": "շաբաթվա", "սեր": "սիրո", "աղջիկ": "աղջկա",
    "գիշեր": "գիշերվա", "ժամ": "ժամվա", "ժամանակ": "ժամանակվա", "մահ": "մահվան", "դուռ": "դռան",
    "լեռ": "լեռան", "ձուկ": "ձկան", "թոռ": "թոռան", "մանուկ": "մանկան", "դուստր": "դստեր", "տիկին": "տիկնոջ",
    "ծնունդ": "ծննդյան", "հանգիստ": "հանգստյան", "աստված": "աստծո",
}  # fmt: skip
# Nouns not in -ի that decline with ու all the same, by the stem that takes it.
_U_NOUNS: Final = {"մարդ": "մարդ", "ձի": "ձի", "աստված": "աստծ"}


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
        elif last == "ը" and len(name) > 3:  # the article is a part of the name: «Իմ քայլը», «Իմ քայլի»
            yield Stem(name[:-1], _without_article(), "hy.article")
    else:
        yield Stem(name, _after_consonant(), "hy")
        if name.endswith("ություն"):
            yield Stem(name[:-4], _abstract_noun("յ"), "hy.abstract")
        elif name.endswith("ում") and len(name) > 4:
            yield Stem(name[:-3] + "մ", _abstract_noun(""), "hy.abstract")
        reduced = reduced_stem(name)
        if reduced:
            yield Stem(reduced, _case_only(), "hy.reduced")
    for genitive in old_genitives(name):
        yield Stem(genitive, _old_genitive(), "hy.old")
    for noun, genitive in _IRREGULAR_GENITIVES.items():
        if name.endswith(noun):  # also in compounds: Գրատուն, Գրատան
            before = name.removesuffix(noun)
            yield Stem(before + genitive, _irregular(), "hy.irregular")
            yield Stem(before + noun.replace("ու", ""), _case_only(), "hy.irregular")
    for noun, stem in _U_NOUNS.items():
        if name.endswith(noun):
            yield Stem(name.removesuffix(noun) + stem, _i_noun(), "hy.u")


def old_genitives(name: str) -> tuple[str, ...]:
    """Classical genitives that live on in place names: Տայք → Տայոց, Վան → Վանա."""
    if name.endswith("իք"):
        return name[:-2] + "յաց", name[:-2] + "եաց"
    if name.endswith("անք"):
        return (name[:-1] + "ից",)
    if name.endswith("այք"):
        return (name[:-1].removesuffix("յ") + "յոց",)
    # Not after ի or յ, where the same ending makes women's names (Դիանա) or follows surnames.
    if name.endswith("ան") and name[-3:-2] not in ("", "ի", "յ"):
        return (name + "ա",)
    return ()


def reduced_stem(name: str) -> str:
    """`name` without the ի or ու of its last syllable, which falls when a vowel follows: Նկարիչ → Նկարչ-ի.

    Empty when the name ends otherwise, or when too little would be left to tell it from another word.
    """
    match = _LAST_SYLLABLE.search(name)
    if match is None:
        return ""
    reduced = name[: match.start(1)] + match[2]
    return reduced if len(reduced) >= _SHORTEST_REDUCED else ""


# --- typed in Latin and Russian letters ----------------------------------------------------------------------

_SHORTEST_ROMANISED: Final = 3


def romanised_stems(name: str) -> Iterator[Stem]:
    """The stems of `name` (normal form) with endings in Latin letters; the name may be in either script."""
    last = name[-1]
    if "a" <= last <= "z":
        heard = _after_other_vowel() if last in "aiouy" else _any_sound()
        yield Stem(name, _romanised(heard, bare=False), ROMANISED)
    elif "ա" <= last <= "ֆ":
        for stem in stems(name):
            for spelled in name_romanisations(stem.text):
                if len(spelled) >= _SHORTEST_ROMANISED:
                    rule = ROMANISED + stem.rule.removeprefix(LANGUAGE)
                    yield Stem(spelled, _romanised(stem.endings, bare=True), rule)


@lru_cache
def _romanised(endings: Endings, *, bare: bool) -> Endings:
    """`endings` as typed in Latin letters; `bare`: also none, for a name that is itself only spelled so."""
    glued = _typed(endings.glued, romanisations)
    if not bare:
        glued.pop("", None)
    return Endings(ROMANISED, glued, _typed(endings.attached, romanisations), endings.marks)


def cyrillic_stems(name: str) -> Iterator[Stem]:
    """The stem of a `name` in Russian letters (normal form) with Armenian endings in the same letters."""
    last = name[-1]
    if last in "аоя":
        yield Stem(name, _cyrillic(_after_open_vowel()), CYRILLIC)
    elif last in "еёиуыэю":
        yield Stem(name, _cyrillic(_after_other_vowel()), CYRILLIC)
    elif "а" <= last <= "я":
        yield Stem(name, _cyrillic(_after_consonant()), CYRILLIC)


@lru_cache
def _cyrillic(endings: Endings) -> Endings:
    # Without -ս and -դ, which names hardly take and with which Russian words end (класс).
    glued, attached = (
        {
            spelled: case
            for spelled, case in _typed(table, russian_spellings).items()
            if spelled and not case.endswith("+poss")
        }
        for table in (endings.glued, endings.attached)
    )
    return Endings(CYRILLIC, glued, attached, endings.marks)


def _typed(endings: Mapping[str, str], spellings: Callable[[str], list[str]]) -> dict[str, str]:
    """`endings` in other letters, by every habit; without adjectives, which hardly anyone types so."""
    table: dict[str, str] = {}
    for ending, case in endings.items():
        if case == "adj":
            continue
        for spelled in spellings(ending):
            table.setdefault(spelled, case)
            if ending.startswith("յի"):  # a glide that is heard but not typed: Zeppoi, Виваи
                table.setdefault(spelled[1:], case)
    return table
