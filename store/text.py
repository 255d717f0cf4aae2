"""The normal form of a text: what matching, search and near-duplicate checks compare.

Texts are stored as they came. The normal form folds away what writers and keyboards vary: composition, case,
invisible characters, kinds of hyphen and apostrophe, the Armenian ligature and the Armenian marks that stand
inside words. `normal_form` gives the form alone, `normalise` also the way back to the original.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufeff"
)
_ARMENIAN_MARKS_INSIDE_WORDS = "\u055b\u055c\u055e\u055f"
_HYPHENS = "\u058a\u2010\u2011\u2012\u2013\u2212"
_APOSTROPHES = "\u2019\u02bc\u2032\u055a"
# Casefolding U+0149 yields U+02BC, which the table would otherwise meet only on a second pass.
_TABLE: Final[dict[str, str]] = (
    dict.fromkeys(_INVISIBLE + _ARMENIAN_MARKS_INSIDE_WORDS, "")
    | dict.fromkeys(_HYPHENS, "-")
    | dict.fromkeys(_APOSTROPHES, "'")
    | {"\u00a0": " ", "\u0149": "'n"}
)
# A third of the time of str.translate, which looks up every character that is not ASCII.
_REPLACED = re.compile(f"[{''.join(_TABLE)}]")
_ODD_SPACE = re.compile(r"[^\S ]")
_SPACES = re.compile(r"\s+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def normal_form(text: str) -> str:
    """`text` in normal form: NFC, invisible characters out, one hyphen, one apostrophe, casefold, և → եվ.

    Runs of white space become one space, so that a name broken over two lines stays one name. Idempotent, and
    equal to `normalise(text).text`.
    """
    folded = text.lower() if text.isascii() else _fold(_replace(text))
    if "  " in folded or _ODD_SPACE.search(folded):
        folded = _SPACES.sub(" ", folded)
    return folded.replace("եւ", "եվ")


def storable(text: str) -> str:
    """`text` as SQLite can hold it: lone surrogates, and NUL, at which its functions stop, become U+FFFD.

    One character for one, so that the spans of mentions still fit.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def _replace(text: str) -> str:
    return _REPLACED.sub(lambda match: _TABLE[match.group()], text)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normal form and its way back.

    `offsets[i]` is where, in the original, the character `text[i]` comes from; `ends[i]` is where that
    piece of the original ends. Both have the length of `text`; several characters of the normal form may
    share one piece (և gives եվ), and one may stand for several (a letter and its accent).
    """

    text: str
    offsets: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's span for `text[start:end]`; an empty span gives an empty span."""
        if start >= end:
            position = (
                self.offsets[start] if start < len(self.offsets) else (self.ends[-1] if self.ends else 0)
            )
            return position, position
        return self.offsets[start], self.ends[end - 1]


def normalise(text: str, normal: str | None = None) -> Normalised:
    """The normal form of `text` with offsets into the untouched original.

    `normal` spares its computing where the caller has the normal form already.
    """
    if normal is None:
        normal = normal_form(text)
    if is_in_place(normal, text):
        return _in_place(normal)
    ligatures = text.count("և")
    if len(normal) == len(text) + ligatures and _keeps_places(text.replace("և", "ե")):
        return _place_by_place(text, normal) if ligatures else _in_place(normal)
    pieces: list[str] = []
    offsets: list[int] = []
    ends: list[int] = []
    after_space = False
    for start, end, cluster in _clusters(text):
        for character in _fold_cluster(cluster):
            if after_space and character.isspace():
                ends[-1] = end
                continue
            after_space = character.isspace()
            pieces.append(" " if after_space else character)
            offsets.append(start)
            ends.append(end)
    return Normalised("".join(pieces).replace("եւ", "եվ"), tuple(offsets), tuple(ends))


def is_in_place(normal: str, text: str) -> bool:
    """Whether offsets into `normal`, the normal form of `text`, are surely those into `text` too."""
    return len(normal) == len(text) and normal == text.lower()


def _in_place(normal: str) -> Normalised:
    return Normalised(normal, range(len(normal)), range(1, len(normal) + 1))


def _place_by_place(text: str, normal: str) -> Normalised:
    """Offsets where only և takes two places: the common case of Armenian text."""
    offsets: list[int] = []
    ends: list[int] = []
    position = 0
    for piece in text.split("և"):
        ligature = position + len(piece)
        offsets += [*range(position, ligature), ligature, ligature]
        position = ligature + 1
        ends += [*range(position - len(piece), position), position, position]
    return Normalised(normal, offsets[:-2], ends[:-2])


def _keeps_places(text: str) -> bool:
    """Whether every character of `text` becomes one, white space aside: no step may change the length."""
    if text.isascii():
        return True
    translated = _replace(text)
    return (
        len(translated) == len(text)
        and "\u0149" not in text
        and unicodedata.is_normalized("NFC", translated)
        and len(translated.casefold()) == len(text)
    )


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    return _fold(cluster)


def _clusters(text: str) -> Iterator[tuple[int, int, str]]:
    """Spans that normalise on their own: a character and the marks upon it, replaced by the table."""
    start = end = 0
    cluster = ""
    for index, character in enumerate(text):
        kept = _TABLE.get(character, character)
        if not kept:
            continue
        if cluster and joins_previous(kept):
            cluster += kept
        else:
            if cluster:
                yield start, end, cluster
            start, cluster = index, kept
        end = index + 1
    if cluster:
        yield start, end, cluster


@lru_cache(maxsize=4096)
def joins_previous(character: str) -> bool:
    """Whether NFC may join `character` to the one before: a mark, or a later part of a Hangul syllable."""
    if character < "\u0300":
        return False
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character[0])[0] == "M"


Script = Literal["latin", "cyrillic", "armenian", "greek"]

# Pairs drawn alike in common fonts, after Unicode's confusables.txt (UTS 39), read letter by letter: only
# those that a reader of these scripts does not notice.
_TO_LATIN: Final[dict[Script, dict[str, str]]] = {
    "cyrillic": dict(zip("АВЕКМНОРСТУХІЈЅаеорсухіјѕһԁԛԝк", "ABEKMHOPCTYXIJSaeopcyxijshdqwk", strict=True)),
    "armenian": dict(zip("ՕՍՏԼօսհոցյզ", "OUSLouhngjq", strict=True)),
    "greek": dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανικρυ", "ABEZHIKMNOPTYXoavikpu", strict=True)),
}
_FROM_LATIN: Final[dict[Script, dict[str, str]]] = {
    script: {latin: letter for letter, latin in pairs.items()} for script, pairs in _TO_LATIN.items()
}
_TO_ARMENIAN = _FROM_LATIN["armenian"] | dict(zip("ОоһЅ", "ՕօհՏ", strict=True))
_TO_CYRILLIC = _FROM_LATIN["cyrillic"] | dict(zip("Օօհ", "Ооһ", strict=True))
_LETTERS: Final[dict[Script, str]] = {
    "latin": "A-Za-z\u00c0-\u024f",
    "cyrillic": "\u0400-\u052f",
    "armenian": "\u0531-\u0587",
    "greek": "\u0370-\u03ff",
}
_MIXED = re.compile(
    "|".join(
        f"[{letters}][{''.join(other for name, other in _LETTERS.items() if name != script)}]"
        for script, letters in _LETTERS.items()
    )
)
_NOT_LATIN = re.compile("[\u0370-\u0587]")
_WORD = re.compile(f"[^\\W_]+(?:[{_INVISIBLE}{_ARMENIAN_MARKS_INSIDE_WORDS}]+[^\\W_]+)*")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A word whose letters come from several scripts, with what it may be meant as.

    `foldings` have the word's own length: the word drawn in one script, whole or but for an ending that is
    written in another one on purpose (Ucomում).
    """

    start: int
    end: int
    word: str
    foldings: tuple[str, ...]


def has_mixed_words(normal: str) -> bool:
    """Whether letters of two scripts touch in a normal form: the cheap test before `find_lookalikes`."""
    # Two searches for single characters spare most texts the slow one for pairs.
    if normal.isascii() or not _NOT_LATIN.search(normal):
        return False
    return _MIXED.search(normal) is not None


def find_lookalikes(text: str) -> list[Lookalike]:
    """The words of `text` that mix scripts and can be read as a word of one script; offsets into `text`."""
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii() or len({script for script in map(_script, word) if script}) < 2:
            continue
        foldings = tuple(dict.fromkeys(folding for folding in _foldings(word) if folding != word))
        if foldings:
            found.append(Lookalike(match.start(), match.end(), word, foldings))
    return found


def fold_lookalikes(text: str) -> list[str]:
    """Readings of `text`, each of its length, with every mixed word drawn in one script; maybe none."""
    found = find_lookalikes(text)
    readings = []
    for choice in range(max((len(each.foldings) for each in found), default=0)):
        pieces, last = [], 0
        for each in found:
            pieces += [text[last : each.start], each.foldings[min(choice, len(each.foldings) - 1)]]
            last = each.end
        readings.append("".join(pieces) + text[last:])
    return readings


@lru_cache(maxsize=4096)
def _script(character: str) -> Script | None:
    for script, letters in _RANGES:
        if any(first <= character <= last for first, last in letters):
            return script if character.isalpha() else None
    return None


_RANGES: Final[tuple[tuple[Script, tuple[tuple[str, str], ...]], ...]] = (
    ("latin", (("A", "Z"), ("a", "z"), ("\u00c0", "\u024f"))),
    ("cyrillic", (("\u0400", "\u052f"),)),
    ("armenian", (("\u0531", "\u0587"),)),
    ("greek", (("\u0370", "\u03ff"),)),
)


def _foldings(word: str) -> Iterator[str]:
    scripts = [_script(character) for character in word]
    if "latin" in scripts:
        stem = len(scripts) - scripts[::-1].index("latin")
        yield _map(word, _ALL_TO_LATIN)
        yield _map(word[:stem], _ALL_TO_LATIN) + word[stem:]
    if "armenian" in scripts:
        yield _map(word, _TO_ARMENIAN)
    if "cyrillic" in scripts:
        yield _map(word, _TO_CYRILLIC)


_ALL_TO_LATIN: Final[dict[str, str]] = {
    letter: latin for pairs in _TO_LATIN.values() for letter, latin in pairs.items()
}


def _map(word: str, pairs: dict[str, str]) -> str:
    return "".join(pairs.get(character, character) for character in word)
