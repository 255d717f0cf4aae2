"""Other spellings of a name that need no configuring: spaces and hyphens, accents, and the other two scripts.

Letter values after the BGN/PCGN romanisation of Armenian and everyday practice (Armenian brands in Latin
letters follow no single standard, hence two readings of each name where letters are shared out
differently).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from store.armenian import LATIN_LETTERS

_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ])")
_SEPARATOR = re.compile(r"[ -]")
_ARMENIAN = re.compile(r"[\u0531-\u0587]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")


def spelling_variants(name: str) -> Iterator[str]:
    """`name` joined otherwise (LähiTapiola, Lähi-Tapiola, Lähi Tapiola, #lähi_tapiola) and without accents."""
    for spelled in dict.fromkeys((name, _without_accents(name))):
        yield spelled
        yield from _joined_otherwise(spelled)


def _joined_otherwise(name: str) -> Iterator[str]:
    parts = _SEPARATOR.split(name) if _SEPARATOR.search(name) else _CAMEL.split(name)
    if len(parts) > 1 and all(parts):
        yield " ".join(parts)
        yield "-".join(parts)
        yield "_".join(parts)
        if all(len(part) > 2 for part in parts):
            yield "".join(parts)
    if "&" in name:
        yield re.sub(r" ?& ?", " & ", name)
        yield re.sub(r" ?& ?", "&", name)
    if "'" in name or "’" in name:
        yield name.replace("'", "").replace("’", "")
    trimmed = name.rstrip("!?.")
    if trimmed != name and len(trimmed) > 2:
        yield trimmed


def _without_accents(name: str) -> str:
    """Accents that may be left out fall away (Citroën → Citroen, Пятёрочка → Пятерочка); å, ä and ö stay."""
    kept = []
    for letter in unicodedata.normalize("NFC", name):
        base = unicodedata.normalize("NFD", letter)[0]
        optional = base.isascii() and base.isalpha() and letter not in "åäöÅÄÖ"
        kept.append(base if optional or letter in "ёЁ" else letter)
    return "".join(kept)


def script_variants(name: str, languages: Iterable[str]) -> Iterator[str]:
    """`name` in the scripts that `languages` are written in (Armenian, Russian, Latin)."""
    wanted = set(languages)
    if sum(map(str.isalpha, name)) < 3:
        return
    if _ARMENIAN.search(name):
        latin = list(armenian_to_latin(name))
        yield from latin
        yield armenian_to_russian(name)
    elif _CYRILLIC.search(name):
        latin = list(russian_to_latin(name))
        yield from latin
        if "hy" in wanted:
            for each in latin:
                yield from latin_to_armenian(each)
    elif _LATIN.search(name):
        if "hy" in wanted:
            yield from latin_to_armenian(name)
        if wanted & {"hy", "ru"}:
            yield from latin_to_russian(name)


_HY_LATIN_INITIAL: Final = {"ե": "ye", "ո": "vo"}
# How people write the letters that keyboards and standards treat differently, commonest first. A capital is
# the letter at the start of a word.
_HY_LATIN_HABITS: Final = {
    "ու": ("u", "ou"), "Ե": ("ye", "e"), "Ո": ("vo", "o"), "խ": ("kh", "x"), "ղ": ("gh", "x"),
    "ք": ("k", "q"), "ց": ("ts", "c"), "ծ": ("ts", "c"), "ձ": ("dz", "z", "j"), "չ": ("ch", "4"),
    "ճ": ("ch", "tch", "j", "4"), "շ": ("sh", "6"), "ժ": ("zh", "j"), "ջ": ("j", "dj"),
    "ը": ("y", "e", "@", "ə"), "թ": ("t", "th"), "փ": ("p", "ph"), "ռ": ("r", "rr"), "յ": ("y", "i", "j"),
}  # fmt: skip
_HY_GROUP = re.compile("ու|.", re.DOTALL)
_HY_INITIAL = re.compile(r"\b(?:ե|ո(?!ւ))")
_MOST_SPELLINGS: Final = 64
_HY_RUSSIAN: Final = {
    "ու": "у", "յա": "я", "յու": "ю", "յո": "ё", "ա": "а", "բ": "б", "գ": "г", "դ": "д", "ե": "е", "զ": "з",
    "է": "э", "ը": "ы", "թ": "т", "ժ": "ж", "ի": "и", "լ": "л", "խ": "х", "ծ": "ц", "կ": "к", "հ": "х", "ձ":
    "дз", "ղ": "г", "ճ": "ч", "մ": "м", "յ": "й", "ն": "н", "շ": "ш", "ո": "о", "չ": "ч", "պ": "п", "ջ":
    "дж", "ռ": "р", "ս": "с", "վ": "в", "տ": "т", "ր": "р", "ց": "ц", "ւ": "в", "փ": "п", "ք": "к", "օ":
    "о", "ֆ": "ф",
}  # fmt: skip
_RUSSIAN_IN_LATIN: Final = "a b v g d e z i y k l m n o p r s t u f kh ts ch sh shch  y  e"
_RUSSIAN_LATIN: Final = dict(
    zip("абвгдезийклмнопрстуфхцчшщъыьэ", _RUSSIAN_IN_LATIN.split(" "), strict=True)
) | {"ж": "zh", "ю": "yu", "я": "ya", "ё": "yo"}  # fmt: skip
_LATIN_HY: Final = {
    "sch": "շ", "tch": "չ", "sh": "շ", "ch": "չ", "zh": "ժ", "kh": "խ", "gh": "ղ", "ts": "ց", "dz": "ձ",
    "th": "թ", "ph": "ֆ", "ck": "կ", "qu": "քվ", "oo": "ու", "ee": "ի", "ya": "յա", "yu": "յու", "yo": "յո",
    "ia": "իա", "a": "ա", "b": "բ", "c": "կ", "d": "դ", "e": "ե", "f": "ֆ", "g": "գ", "h": "հ", "i": "ի",
    "j": "ջ", "k": "կ", "l": "լ", "m": "մ", "n": "ն", "o": "ո", "p": "պ", "q": "ք", "r": "ր", "s": "ս", "t":
    "տ", "u": "ու", "v": "վ", "w": "վ", "x": "քս", "y": "ի", "z": "զ", "å": "օ", "ä": "ե", "ö": "յո",
    "A": "եյ", "I": "այ", "rr": "ռ", "yoo": "յու",
}  # fmt: skip
_LATIN_HY_INITIAL: Final = {"e": "է", "o": "օ", "u": "յու", "ye": "ե", "vo": "ո", "y": "յ", "r": "ռ"}
_ASPIRATED: Final = {"կ": "ք", "պ": "փ", "տ": "թ"}
_LATIN_RUSSIAN: Final = {
    "sch": "ш", "tch": "ч", "shch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "th": "т",
    "ph": "ф", "ck": "к", "qu": "кв", "oo": "у", "ee": "и", "ya": "я", "yu": "ю", "yo": "ё", "ia": "ия",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "дж",
    "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u":
    "у", "v": "в", "w": "в", "x": "кс", "y": "и", "z": "з", "å": "о", "ä": "э", "ö": "ё",
    "A": "ей", "I": "ай", "yoo": "ю",
}  # fmt: skip
_LATIN_RUSSIAN_INITIAL: Final = {"e": "э", "u": "ю", "ye": "е", "y": "й"}


_ACRONYM_PART = re.compile(r"\b[b-df-hj-np-tv-xz]+\b")


def _convert(word: str, table: Mapping[str, str], initial: dict[str, str]) -> str:
    """`word` letter group by letter group, the longest group first; what the table does not know stays.

    The letters of an acronym stand each for itself (MTS has no ts).
    """
    if _ACRONYM_PART.search(word) and not _ACRONYM_PART.fullmatch(word):
        return "".join(_convert(part, table, initial) for part in re.split(r"(\W+)", word))
    lengths = (1,) if _ACRONYM_PART.fullmatch(word) else (4, 3, 2, 1)
    out, index = [], 0
    while index < len(word):
        at_start = index == 0 or not word[index - 1].isalpha()
        for length in lengths:
            group = word[index : index + length]
            value = initial.get(group) if at_start else None
            value = table.get(group) if value is None else value
            if value is not None and len(group) == length:
                break
        else:
            value, length = word[index], 1
        out.append(value)
        index += length
    return "".join(out)


_SOFT_C = re.compile(r"c(?=[eiy])")
# English spelling as it is heard: a silent e lengthens the vowel before it. A and I stand for the diphthongs.
_SILENT_E: Final = r"([bcdfgklmnprstvz])e(?=$|[bcdfghklmnprstvwxz])"
_HEARD: Final = tuple(
    (re.compile(spelled), heard)
    for spelled, heard in (
        (r"(?<=[bcdfgkpstz])le$", "l"), ("ea", "ee"), ("ou", "oo"), (f"a{_SILENT_E}", r"A\1"),
        (f"[iy]{_SILENT_E}", r"I\1"), (f"o{_SILENT_E}", r"o\1"), (f"u{_SILENT_E}", r"oo\1"),
    )
)  # fmt: skip
# A shorter reading is a word of its own too often (Team, թիմ).
_SHORTEST_HEARD: Final = 4
# A y behind a vowel is a glide (HayPost, Disney, Toyota); before a, e and u the tables know it.
_GLIDE = re.compile(r"(?<=[aeou])y(?![aeu])")
_DOUBLED = re.compile(r"([bcdfghjklmnpqrstvwxz])\1")


def _like(name: str, converted: str) -> str:
    """`converted` with the capitals that `name` opens its words with."""
    return converted.title() if name[:1].isupper() else converted


def latin_to_armenian(name: str) -> Iterator[str]:
    """Readings of a Latin name in Armenian letters: each stop plain or aspirated, u- as in Ucom or as ու."""
    word = _SOFT_C.sub("s", _without_accents(name).lower())
    for spelled in _spellings(_GLIDE.sub("յ", word)):
        plain = _convert(spelled, _LATIN_HY, _LATIN_HY_INITIAL)
        native = _convert(spelled, _LATIN_HY | {"j": "յ", "ä": "է"}, {"e": "է", "o": "օ", "r": "ռ"})
        for form in dict.fromkeys((*_stops(plain), *_stops(native))):
            yield _like(name, form)


def _stops(form: str) -> Iterator[str]:
    """`form` with each kind of stop plain or aspirated throughout: no rule says how a name is heard."""
    kinds = [kind for kind in _ASPIRATED if kind in form]
    for heard in product(*((kind, _ASPIRATED[kind]) for kind in kinds)):
        yield form.translate(dict(zip(map(ord, kinds), heard, strict=True)))


def _spellings(word: str) -> list[str]:
    """`word`, with single letters for double ones, and as English would be heard, where that differs."""
    heard = word
    for spelled, sound in _HEARD:
        heard = spelled.sub(sound, heard)
    plain = [word, _DOUBLED.sub(r"\1", word)]
    sounds = sum(2 if sound in "AI" else 1 for sound in re.sub(r"([eo])\1", r"\1", heard))
    return list(dict.fromkeys([*plain, heard] if sounds >= _SHORTEST_HEARD else plain))


def latin_to_russian(name: str) -> Iterator[str]:
    """Readings of a Latin name in Russian letters."""
    word = _SOFT_C.sub("s", _without_accents(name).lower())
    for spelled in _spellings(_GLIDE.sub("й", word)):
        for initial in (_LATIN_RUSSIAN_INITIAL, {}):
            form = _convert(spelled, _LATIN_RUSSIAN, initial)
            yield _like(name, form)
            if form.endswith("ия"):
                yield _like(name, form[:-1] + "а")


def armenian_to_latin(name: str) -> Iterator[str]:
    """Readings of an Armenian name in Latin letters, with and without the initial glide (Yerevan, Erevan)."""
    word = name.lower().replace("և", "եվ")
    for initial in (_HY_LATIN_INITIAL, {}):
        yield _like(name, _convert(word, LATIN_LETTERS, initial))


def romanisations(word: str) -> list[str]:
    """Latin spellings of lower-case Armenian by people's habits: Խաչ as khach, kha4, xach, xa4.

    A writer keeps to one spelling of a letter throughout. At most 64 spellings: in a long word the later
    letters are spelled the commonest way only.
    """
    groups = _HY_GROUP.findall(word)
    choices: dict[str, tuple[str, ...]] = {}
    count = 1
    for letter in dict.fromkeys(groups):
        habits = _HY_LATIN_HABITS.get(letter, (LATIN_LETTERS.get(letter, letter),))
        choices[letter] = habits if count * len(habits) <= _MOST_SPELLINGS else habits[:1]
        count *= len(choices[letter])
    tables = (dict(zip(choices, chosen, strict=True)) for chosen in product(*choices.values()))
    return ["".join(table[group] for group in groups) for table in tables]


def name_romanisations(name: str) -> list[str]:
    """`romanisations` of whole words, whose initial ե and ո may carry a glide; none with @ for a letter."""
    marked = _HY_INITIAL.sub(lambda match: match.group().upper(), name)
    return [spelled for spelled in romanisations(marked) if "@" not in spelled]


def armenian_to_russian(name: str) -> str:
    """An Armenian name in Russian letters."""
    return _like(name, _convert(name.lower().replace("և", "եվ"), _HY_RUSSIAN, {}))


def russian_spellings(word: str) -> list[str]:
    """Spellings of lower-case Armenian in Russian letters: ը as ы, э or ъ, ց as ц or тс, յու as ю or йу."""
    spelled = _convert(word, _HY_RUSSIAN, {})
    return list(
        dict.fromkeys(
            glided.replace("ы", schwa).replace("ц", ts)
            for glided in (spelled, spelled.replace("ю", "йу").replace("ё", "йо"))
            for schwa in "ыэъ"
            for ts in ("ц", "тс")
        )
    )


def russian_to_latin(name: str) -> Iterator[str]:
    """A Russian name in Latin letters."""
    yield _like(name, _convert(name.lower(), _RUSSIAN_LATIN, {}))
