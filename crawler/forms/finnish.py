"""Finnish case forms of a name, by rule.

After design/matching.md and the inflection types of the Kielitoimiston sanakirja (kotus.fi, taivutustyypit
1–49). Names are given in normal form. The rules are generous where two inflections compete (Googlen beside
Nesteen, Garrettin beside Marimekon): a stem that nobody writes costs nothing, a missing one costs mentions.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from crawler.forms.endings import Endings, Stem

LANGUAGE: Final = "fi"
VOWELS: Final = "aeiouyåäöáàâãéèêëíìîïóòôõúùûüýøæœ"
_MARKS = ":'-´`"

_LOCAL: Final = {"ssA": "ine", "stA": "ela", "llA": "ade", "ltA": "abl", "lle": "all", "ksi": "tra"}
# No abessive: names hardly ever take it, and -tta makes other names of names (Bri, Britta).
_WEAK: Final = _LOCAL | {"n": "gen", "t": "nom.pl"}
_PLURAL: Final = _LOCAL | {"nA": "ess", "neen": "com"}
_PLURAL_LONG: Final = _PLURAL | {"tA": "par", "den": "gen", "tten": "gen", "hin": "ill", "siin": "ill"}
_PLURAL_SHORT: Final = _PLURAL | {"A": "par", "en": "gen", "in": "ill"}
_PLURAL_J: Final = {"A": "par", "en": "gen"}
_POSSESSIVES: Final = ("ni", "si", "nsA", "mme", "nne")
# Spoken Finnish drops the last vowel of the long case endings (Prismasta as Prismast).
_SPOKEN: Final = {"ssA": "s", "stA": "st", "llA": "l", "ltA": "lt", "ksi": "ks"}
SPOKEN: Final = "+spoken"
"""Marks the cases of endings as they are spoken, which make forms of other words in other languages."""
_SIMPLE_CLITICS: Final = ("kin", "kaan", "kään", "ko", "kö", "han", "hän", "pa", "pä")
CLITICS: Final = (
    *_SIMPLE_CLITICS,
    "kos", "kös", "pas", "päs", "kohan", "köhän", "kinko", "kinkö", "kinhan", "kinhän",
    "kaanko", "käänkö", "kaanhan", "käänhän", "pahan", "pähän",
)  # fmt: skip

# Old nouns whose -i turns into -e- (types 7, 23–28, 31–33): a closed class that no new word joins. They end
# names of places, families and firms; listed by the noun, since nothing in its sound tells it from the
# newer -i nouns.
_OLD_I_NOUN_LIST = """
    arki hanki happi hapsi hauki helmi henki hetki hiili hiiri hiisi hiki hirsi hirvi huoli huuli impi
    joki jouhi jousi juoni juuri jälki järvi kaari kaikki kampi kanki kansi karsi kaski kieli
    kiiski kilpi kivi koipi korpi korsi koski kumpi kuori kurki kusi kuusi kylki kynsi käki kärki kärpi käsi
    köysi lahti lampi lapsi lehti lempi leski liemi lieri lohi louhi lovi lumi luomi länki länsi
    meri mieli moni mäki niemi niini nimi noki nummi nuoli nuori nurmi närhi oksi olki onki onni
    orsi ovi paasi parsi parvi peitsi pieli pieni pilvi polvi poski povi puoli pursi putki rauni reisi
    reki retki riihi ripsi rupi ruuhi saari saarni salmi sampi sappi sarvi savi sieni siipi sormi suksi
    suomi suoni susi suuri suvi sysi sänki säppi särki sääri sääski talvi tammi tiili tilhi toimi torvi
    tosi tuki tuli tuohi tuomi tuoni tuppi tuuli typpi tyvi tyyni tähti täysi uksi uni uuhi uusi varsi
    vaski veitsi veri vesi viiksi virsi vuohi vuori vuosi väki ääni ääri
"""
_OLD_I_NOUNS: Final = frozenset(_OLD_I_NOUN_LIST.split())
# Adjectives that take the case together with the noun they open a name with (Ison-Britannian, Uudessa
# Suomessa).
_AGREEING_LIST = """
    iso uusi vanha pieni suuri musta valkoinen punainen sininen vihreä keltainen kultainen hopeinen hyvä
    kaunis pohjoinen eteläinen itäinen läntinen keskinen alinen ylinen pitkä vähä lyhyt nuori rikas vapaa
    oma kylmä kuuma makea tumma vaalea suomalainen kotimainen
"""
_AGREEING: Final = frozenset(_AGREEING_LIST.split())
_CLOSED_AGREEING: Final = ("uusi", "iso", "vähä", "pitkä")
_SHORTEST_REST: Final = 3
_SHORTEST_DOUBLED: Final = 6
# On shorter names possessives and spoken endings make everyday words (Yle, yleensä; Me, meni, mest).
_SHORTEST_EXTENDED: Final = 4
# Words whose stem no rule of sound gives; names end in them.
_IRREGULAR_STEMS: Final = {
    "kevät": "kevää", "lämmin": "lämpimä", "morsian": "morsiame", "sydän": "sydäme", "veli": "velje",
    "paras": "parhaa",
}  # fmt: skip
_LONG = re.compile(rf"[{VOWELS}]{{2}}$")
_GROUP = re.compile(rf"[{VOWELS}]+")
_CONSONANTAL_Y = re.compile(rf"(?<=[{VOWELS}])y(?=[{VOWELS}])")


def stems(name: str, *, acronym: bool = False) -> Iterator[Stem]:
    """The stems of `name` (normal form); the last word takes the ending. `acronym`: written in capitals."""
    cut = max(name.rfind(" "), name.rfind("-")) + 1
    head, word = name[:cut], name[cut:]
    if not word:
        return
    if len(name) < _SHORTEST_EXTENDED:
        for stem in _stems(head, word, acronym=acronym):
            yield replace(stem, endings=_unextended(stem.endings))
    else:
        yield from _stems(head, word, acronym=acronym)


@lru_cache
def _unextended(endings: Endings) -> Endings:
    glued = {ending: case for ending, case in endings.glued.items() if not case.endswith(("+poss", SPOKEN))}
    attached = {ending: case for ending, case in endings.attached.items() if not case.endswith("+poss")}
    return replace(endings, glued=glued, attached=attached)


def _stems(head: str, word: str, *, acronym: bool) -> Iterator[Stem]:
    name = head + word
    full = _full_name(word)
    if acronym and len(name) == 2:
        # In small letters the endings make everyday words of so short a name (OP: opin, opit, opiksi).
        yield Stem(name, replace(full, glued={"": "nom"}), "fi")
        yield Stem(name, replace(full, attached={}, marks=""), "fi.acronym")
    else:
        yield Stem(name, full, "fi")
    if acronym and not _GROUP.search(word):
        yield Stem(name, _table(_WEAK | {"A": "par", "tA": "par", "nA": "ess"}), "fi.acronym")
    for text, endings, rule in _oblique(word):
        if text:
            yield Stem(head + text, endings, rule)
    yield from _agreement(head, word)


def _agreement(head: str, word: str) -> Iterator[Stem]:
    """Names that open with an adjective inflect twice: Ison-Britannian, Isossa Omenassa, Länsi-Uudenmaan."""
    if head[:-1] in _AGREEING:
        before, adjective, joint, noun = "", head[:-1], head[-1], word
    else:
        adjective = next((each for each in _CLOSED_AGREEING if word.startswith(each)), "")
        before, joint, noun = head, "", word.removeprefix(adjective)
        if not adjective or len(noun) < _SHORTEST_REST:
            return
    tails = [(noun, _full_name(noun)), *((text, endings) for text, endings, _ in _oblique(noun))]
    for form in sorted(_case_forms(adjective)):
        for text, endings in tails:
            yield Stem(before + form + joint + text, endings, "fi.agreement")


def _case_forms(word: str) -> set[str]:
    return {
        form for stem in stems(word) for form, rule in stem.forms() if "+" not in rule and ":" not in form
    }


def _full_name(word: str) -> Endings:
    last = word[-1]
    if last in VOWELS:
        return _vowel(_plain(last), bool(_LONG.search(word)))
    return _consonant(not last.isalpha(), _partitive_after_consonant(word))


def _plain(vowel: str) -> str:
    """The Finnish vowel that a foreign one is heard as (é as e), which the illative repeats."""
    return {"ø": "ö", "æ": "ä", "œ": "ö"}.get(vowel) or (
        vowel if vowel in "åäö" else unicodedata.normalize("NFD", vowel)[0]
    )


def _partitive_after_consonant(word: str) -> bool:
    return word[-1] in "sl" or (word[-1] in "nrt" and looks_native(word))


def looks_native(word: str) -> bool:
    """Whether `word` could be an inherited Finnish word: no foreign letter, one consonant to begin."""
    if any(letter in "bcfqwxzåšžéèáüñ" for letter in word) or "g" in word.replace("ng", ""):
        return False
    return len(_GROUP.findall(word)) >= 2 and not (word[0] not in VOWELS and word[1] not in VOWELS)


def _oblique(word: str) -> Iterator[tuple[str, Endings, str]]:
    """Stems other than the name itself."""
    last = word[-1]
    if len(word) < 3:
        return
    for noun, stem in _IRREGULAR_STEMS.items():
        if word.endswith(noun):
            oblique = word.removesuffix(noun) + stem
            yield oblique, _vowel(oblique[-1], bool(_LONG.search(oblique)), bare=False), "fi.irregular"
            yield oblique[:-1], _plural(("",)), "fi.irregular"
    if word.endswith("mies"):
        yield word[:-1] + "he", _vowel("e", False, bare=False), "fi.mies"
        yield word[:-1] + "h", _plural(("",)), "fi.mies"
    if last in VOWELS:
        yield from _vowel_final(word)
    elif last == "s":
        yield from _s_final(word)
        yield from _doubled(word)
    elif word.endswith("nen"):
        yield word[:-3] + "s", _nen(), "fi.nen"
    elif last == "t" and word[-2] in VOWELS:
        yield from _plural_name(word[:-1])
        if looks_native(word) and word[-2] in "uy":
            yield word[:-1] + "e", _vowel("e", False, bare=False), "fi.ut"
    elif looks_native(word):
        yield from _native_consonant(word)
    if last in "kpt":
        yield from _doubled(word)


def _doubled(word: str) -> Iterator[tuple[str, Endings, str]]:
    """Loans as they are spoken, and so written: Onnibus, Onnibussi; Citymarket, Citymarkettia."""
    if len(word) >= _SHORTEST_DOUBLED and word[-2] in VOWELS and word[-3] not in VOWELS:
        yield word + word[-1] + "i", _vowel("i", False), "fi.doubled"
        yield word + word[-1], _plural(("e",)), "fi.doubled"


def _vowel_final(word: str) -> Iterator[tuple[str, Endings, str]]:
    last, bases = word[-1], [word]
    # A nominative in -e is weak already; only a written geminate still has somewhere to go (Nukke, Nuken).
    for weak in weak_grades(word) if last != "e" or word[-3:-1] in ("kk", "pp", "tt") else ():
        yield weak, _weak(), "fi.weak"
        bases.append(weak)
    if last in "aäie":
        for base in bases:
            yield base[:-1], _plural(_plural_vowels(base)), "fi.plural"
    if last == "e" and looks_native(word):
        for strong in dict.fromkeys((word, *strong_grades(word))):
            yield strong + "e", _long("e"), "fi.e"
            yield strong, _plural(("i",)), "fi.e"
        yield word, _partitive("ttA"), "fi.e"
    if last == "i":
        yield from _old_i(word)


def _plural_vowels(base: str) -> tuple[str, ...]:
    """What the final vowel becomes before the plural -i-: koira–koiria, but kala–kaloja (VISK § 49)."""
    groups = _GROUP.findall(_CONSONANTAL_Y.sub("j", base))
    if base[-1] in "ie":
        return ("e", "i") if base[-1] == "e" else ("e",)
    rounded = "ö" if base[-1] == "ä" else "o"
    if base[-2] == "i":
        return (rounded,)
    if len(groups) == 2 and base[-1] == "a" and base[-2] not in VOWELS:
        return ("o",) if groups[0][0] in "aei" else ("",)
    return (rounded, "")


def _old_i(word: str) -> Iterator[tuple[str, Endings, str]]:
    if not any(word.endswith(noun) for noun in _OLD_I_NOUNS):
        return
    root = word[:-1]
    if word.endswith("si") and word[-3] not in "kp":
        before, pair = word[:-2], {"n": "nn", "r": "rr", "l": "ll"}
        yield (
            (before[:-1] + pair[before[-1]] if before[-1] in pair else before + "d") + "e",
            _weak(),
            "fi.old-i",
        )
        yield before + "te", _vowel("e", False, bare=False), "fi.old-i"
        yield before + "t", _partitive("tA", "A"), "fi.old-i"
    for grade in (root + "e", *weak_grades(root + "e")):
        yield grade, _vowel("e", False, bare=False), "fi.old-i"
    for grade in weak_grades(word):
        yield grade[:-1], _plural(("",)), "fi.old-i"
    yield root, _plural(("",)), "fi.old-i"
    yield (root[:-1] + "n" if root[-1] == "m" else root), _partitive("tA"), "fi.old-i"


def _s_final(word: str) -> Iterator[tuple[str, Endings, str]]:
    root = word[:-1]
    yield root + "ks", _kse(), "fi.s"
    if root[-1:] in VOWELS and root[-1] not in "ouyö":
        for strong in dict.fromkeys((root, *strong_grades(root))):
            yield strong + root[-1], _long(root[-1]), "fi.s-long"
            yield strong, _plural(("i",)), "fi.s-long"
    if root[-1:] in ("u", "y") and root[-2:-1] in tuple(VOWELS):
        yield root + "de", _weak(), "fi.us"
        yield root + "te", _vowel("e", False, bare=False), "fi.us"
        yield root + "t", _partitive("tA"), "fi.us"


def _plural_name(base: str) -> Iterator[tuple[str, Endings, str]]:
    """A name in the plural (Kärpät): the nominative is weak, so the strong grade is found backwards."""
    for grade in dict.fromkeys((base, *strong_grades(base), *weak_grades(base))):
        if base[-1] in "ouyö":
            yield grade, _plural(("",)), "fi.plural-name"
        elif _LONG.search(base):
            yield grade[:-1], _plural(("", "i")), "fi.plural-name"
            if base[-2] != base[-1]:
                yield grade[:-1], _plural(_plural_vowels(grade)), "fi.plural-name"
        else:
            yield grade[:-1], _plural(_plural_vowels(grade)), "fi.plural-name"
        if base[-1] in "aä":
            yield grade, _table_of(("in", "gen.pl")), "fi.plural-name"
        elif base[-1] == "i":
            yield grade, _table_of(("en", "gen.pl")), "fi.plural-name"
    if base[-1] == "e" and base[-2] in "lrns":
        yield base[:-1], _table_of(("ten", "gen.pl"), ("ia", "par.pl"), ("iä", "par.pl")), "fi.plural-name"
    if base.endswith(("kse", "pse")):
        yield base[:-3] + "s", _table_of(("ten", "gen.pl")), "fi.plural-name"


def _native_consonant(word: str) -> Iterator[tuple[str, Endings, str]]:
    last = word[-1]
    # Of nouns in -n only those in -en (joutsen); from the others this would make surnames (Simon, Simonen).
    if last in "lr" or word.endswith("en"):
        for grade in (word, *(strong + last for strong in strong_grades(word[:-1]))):
            yield grade + "e", _vowel("e", False, bare=False), "fi.consonant-e"
            yield grade + "ee", _long("e"), "fi.consonant-e"
    if last == "n" and word[-2] in "iuy":
        for strong in dict.fromkeys((word, *(grade + "n" for grade in strong_grades(word[:-1])))):
            yield strong[:-1] + "me", _vowel("e", False, bare=False), "fi.in"
            yield strong[:-1] + "m", _plural(("",)), "fi.in"


# --- consonant gradation ---------------------------------------------------------------------------------

_WEAK_CLUSTERS: Final = {
    "kk": ("k",), "pp": ("p",), "tt": ("t",), "nk": ("ng",), "nt": ("nn",), "lt": ("ll",), "rt": ("rr",),
    "mp": ("mm",), "ht": ("hd",), "hk": ("h",), "lk": ("l", "lj"), "rk": ("r", "rj"), "lp": ("lv",), "rp":
    ("rv",),
}  # fmt: skip
_STRONG_CLUSTERS: Final = {
    "ng": ("nk",), "nn": ("nt",), "ll": ("lt",), "rr": ("rt",), "mm": ("mp",), "hd": ("ht",), "lv": ("lp",),
    "rv": ("rp",), "k": ("kk",), "p": ("pp",), "t": ("tt",), "d": ("t",), "v": ("p",),
}  # fmt: skip
_BEFORE_FINAL_VOWEL = re.compile(r"(?<![^aeiouyåäö\W])([^aeiouyåäö\W]{0,6})([aeiouyåäö])$")


def weak_grades(word: str) -> tuple[str, ...]:
    """The weak grades of a vowel-final stem (Turku → Turu, Englanti → Englanni); often empty."""
    match = _BEFORE_FINAL_VOWEL.search(word)
    if match is None or not match[1] or match.start() == 0:
        return ()
    cluster, vowel, before = match[1], match[2], word[: match.start()]
    for strong, weak in _WEAK_CLUSTERS.items():
        if cluster.endswith(strong):
            kept = cluster[: -len(strong)]
            return tuple(before + kept + each + vowel for each in weak)
    if before[-1:] not in VOWELS:
        return ()
    if cluster == "k":
        if before[-1] == "i" and before[-2:-1] in tuple(VOWELS):
            return before[:-1] + "j" + vowel, before + vowel
        uku = before[-1] == vowel and vowel in "uy" and before[-2:-1] not in tuple(VOWELS)
        return (before + "v" + vowel,) if uku else (before + vowel, f"{before}'{vowel}")
    return {"p": (before + "v" + vowel,), "t": (before + "d" + vowel,)}.get(cluster, ())


def strong_grades(word: str) -> tuple[str, ...]:
    """The strong grades behind a weak vowel-final stem (tehda- → tehta-, kärpä- → kärppä-)."""
    match = _BEFORE_FINAL_VOWEL.search(word)
    if match is None or not match[1] or match.start() == 0:
        return ()
    cluster, vowel, before = match[1], match[2], word[: match.start()]
    for weak, strong in _STRONG_CLUSTERS.items():
        kept = cluster[: -len(weak)]
        if cluster.endswith(weak) and (not kept or kept in ("l", "n", "r", "m")):
            return tuple(before + kept + each + vowel for each in strong)
    return ()


# --- tables of endings -----------------------------------------------------------------------------------


def _harmony(ending: str) -> tuple[str, ...]:
    return (ending.replace("A", "a"), ending.replace("A", "ä")) if "A" in ending else (ending,)


def _extended(endings: Mapping[str, str]) -> dict[str, str]:
    """`endings` in both harmonies, each followed by every possessive that it can take, and as spoken."""
    table: dict[str, str] = {}
    for ending, case in endings.items():
        for form in _harmony(ending):
            table.setdefault(form, case)
    for form, case in list(table.items()):
        for possessed in _possessed(form, case):
            table.setdefault(possessed, f"{case}+poss")
    for ending, case in endings.items():
        for written, spoken in _SPOKEN.items():
            if ending.endswith(written):
                table.setdefault(ending.removesuffix(written) + spoken, case + SPOKEN)
    return table


def _possessed(form: str, case: str) -> Iterator[str]:
    kind = case.removesuffix(".pl")
    if kind == "gen" or case == "nom.pl":
        return
    base = form[:-1] if kind in ("ill", "com", "tra") else form
    if kind == "tra":
        base += "e"
    for possessive in _POSSESSIVES:
        for each in _harmony(possessive):
            yield base + each
    if kind not in ("nom", "ill", "com", "par") or (kind == "par" and form[-2:-1] == "t"):
        yield base + base[-1] + "n"


def _table(
    glued: Mapping[str, str], attached: bool = False, spoken_partitive: str = "", owned: str | None = None
) -> Endings:
    """`glued` with all that may follow; `spoken_partitive`: a vowel drawn long (Alkoo for Alkoa and Alkoon).

    `owned`: what follows the stem before the possessives of a nominative that is not the stem itself
    (Samsung|i|ni, Sokoks|e|mme); None where it is.
    """
    table = _extended(glued)
    for possessive in _POSSESSIVES if owned is not None else ():
        for form in _harmony(possessive):
            table.setdefault(f"{owned}{form}", "nom+poss")
    if spoken_partitive:
        table.setdefault(spoken_partitive, "par" + SPOKEN)
    return Endings(LANGUAGE, table, _attached() if attached else {}, _MARKS if attached else "", CLITICS)


@lru_cache
def _attached() -> Mapping[str, str]:
    """Endings after a colon or an apostrophe: DNA:n, VR:ää, EU:hun, Renault'n, Show'ssa."""
    endings = _WEAK | {"A": "par", "tA": "par", "nA": "ess", "seen": "ill", "iin": "ill", "iA": "par"}
    endings |= {vowel + "n": "ill" for vowel in VOWELS}
    endings |= {f"h{vowel}n": "ill" for vowel in VOWELS} | {vowel * 2 + "n": "ill" for vowel in VOWELS}
    endings |= {f"i{ending}": case for ending, case in _WEAK.items()}
    endings |= {
        f"{stem}{ending}": f"{case}.pl" for stem in ("i", "ei") for ending, case in _PLURAL_LONG.items()
    }
    endings |= {"ien": "gen.pl", "jA": "par.pl", "jen": "gen.pl", "ejA": "par.pl", "ejen": "gen.pl"}
    return _extended(endings) | {"aa": "par", "ää": "par"}


@lru_cache
def _vowel(vowel: str, long: bool, bare: bool = True) -> Endings:
    """A stem in a vowel: the name itself (`bare`), or an oblique stem that never stands alone."""
    endings = _WEAK | {"A": "par", "nA": "ess", f"{vowel}n": "ill", f"h{vowel}n": "ill"}
    if bare:
        endings[""] = "nom"
        if vowel == "y":  # heard as i in foreign names: Sydneyhin
            endings["hin"] = "ill"
    if long:
        endings |= {"tA": "par", "seen": "ill"}
    if vowel in "ouyöå":
        endings |= {f"i{ending}": f"{case}.pl" for ending, case in _PLURAL_LONG.items()}
        endings |= {f"j{ending}": f"{case}.pl" for ending, case in _PLURAL_J.items()}
    elif vowel == "i":
        endings["en"] = "gen.pl"
    return _table(endings, attached=bare, spoken_partitive=vowel if bare else "", owned=None if bare else "")


@lru_cache
def _weak() -> Endings:
    return _table(_WEAK)


@lru_cache
def _long(vowel: str) -> Endings:
    """A stem that ends in a long vowel (Nesteen, Tehtaaseen); its nominative is another stem."""
    return _table(_WEAK | {"nA": "ess", "seen": "ill", f"h{vowel}n": "ill"}, owned="")


@lru_cache
def _partitive(*endings: str) -> Endings:
    return _table(dict.fromkeys(endings, "par"))


@lru_cache
def _plural(vowels: tuple[str, ...]) -> Endings:
    """Plural endings behind what the stem vowel became: Wikipedi|oita, Nereid|ejä, Kärpp|ien."""
    endings: dict[str, str] = {}
    for vowel in vowels:
        if vowel == "i":
            endings |= {f"i{ending}": case for ending, case in (_PLURAL_LONG | _PLURAL_SHORT).items()}
        elif vowel:
            endings |= {f"{vowel}i{ending}": case for ending, case in _PLURAL_LONG.items()}
            endings |= {f"{vowel}j{ending}": case for ending, case in _PLURAL_J.items()}
        else:
            endings |= {f"i{ending}": case for ending, case in (_PLURAL_LONG | _PLURAL_SHORT).items()}
    return _table({ending: f"{case}.pl" for ending, case in endings.items()})


@lru_cache
def _table_of(*endings: tuple[str, str]) -> Endings:
    return _table(dict(endings))


@lru_cache
def _nen() -> Endings:
    """Saarioinen: Saariois|en, Saariois|ta, Saariois|ia."""
    singular = {
        f"e{ending}": case for ending, case in (_WEAK | {"nA": "ess", "en": "ill", "hen": "ill"}).items()
    }
    plural = {f"i{ending}": f"{case}.pl" for ending, case in _PLURAL_SHORT.items()}
    return _table(singular | plural | {"tA": "par", "ten": "gen.pl"}, owned="e")


@lru_cache
def _kse() -> Endings:
    """Sokos: Sokoks|en, Sokoks|iin."""
    singular = {
        f"e{ending}": case for ending, case in (_WEAK | {"A": "par", "nA": "ess", "en": "ill"}).items()
    }
    plural = {f"i{ending}": f"{case}.pl" for ending, case in _PLURAL_SHORT.items()}
    return _table(singular | plural, owned="e")


@lru_cache
def _consonant(bare: bool, partitive: bool) -> Endings:
    """A name in a consonant: i + case. `bare`: endings also without the i (PS5lla)."""
    case_endings = _WEAK | {"A": "par", "nA": "ess", "in": "ill", "hin": "ill"}
    endings = {"": "nom"} | {f"i{ending}": case for ending, case in case_endings.items()}
    endings |= {f"ei{ending}": f"{case}.pl" for ending, case in _PLURAL_LONG.items()}
    endings |= {f"ej{ending}": f"{case}.pl" for ending, case in _PLURAL_J.items()} | {"ien": "gen.pl"}
    if partitive:
        endings |= {"tA": "par", "ten": "gen.pl"}
    if bare:
        endings |= _WEAK | {"A": "par", "tA": "par", "nA": "ess"}
    return _table(endings, attached=True, spoken_partitive="ii", owned="i")
