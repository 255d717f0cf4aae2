"""A text put into English word by word, for the reader that knows English best.

A table for each language maps forms and set phrases to English; an unknown form falls back on the known one that begins
alike the longest. Pictographs become their names, ratings what they say. The result is a crib for the reader, no
translation, and is never shown.
"""

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path

from store.armenian import LATIN_LETTERS

TABLES = Path(__file__).with_name("glosses")
ENGLISH = "en"
LONGEST = 4
"""Words of the longest phrase looked up."""
KINSHIP = 0.6
"""Share of an unknown form that a known one must begin with to stand for it."""
SHORTEST_PART = 4
"""Letters that either part of a compound has at least."""
_CACHE = 1 << 16
_SENTENCE_ENDS = frozenset(".!?:…")


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Grammar:
    """What a language asks of word-by-word English.

    `letters` is a regular expression's class of the letters of words; `shortest_kin` are the letters that a known form
    must share to stand for an unknown one. `prepare` alters a text before it is cut into words, `key` puts words as
    the table has them, `nominative` takes the ending of its case from a name, `spell` writes what the table lacks. A
    form may be a known one after one of `prefixes`, which maps them to English, or, with `compounds`, two known ones in
    one word. Words of `enclitics` come in English before the word that they follow. `bare` has the letters that people
    type in place of others (a for ä).
    """

    letters: str
    shortest_kin: int
    prepare: Callable[[str], str] = _as_it_is
    key: Callable[[str], str] = str.lower
    nominative: Callable[[str], str] = _as_it_is
    spell: Callable[[str], str] = _as_it_is
    prefixes: Mapping[str, str] = field(default_factory=dict)
    enclitics: frozenset[str] = frozenset()
    bare: Mapping[int, int] = field(default_factory=dict)
    compounds: bool = False


class Glosses:
    """English for the forms and phrases of one language, which `table` holds in small letters."""

    def __init__(self, table: Mapping[str, str], grammar: Grammar) -> None:
        self._table = table
        self._grammar = grammar
        self._forms = sorted(form for form in table if " " not in form)
        self._meanings = {form.translate(grammar.bare): english for form, english in table.items()} | dict(
            table
        )
        self._part = re.compile(f"[{grammar.letters}]+| |[^{grammar.letters} ]+")
        self._is_word = re.compile(f"[{grammar.letters}]").match
        self._cached = lru_cache(_CACHE)(self._known)

    @classmethod
    def load(cls, path: Path, grammar: Grammar) -> "Glosses":
        """Raises ValueError if a line of the file is no pair of a form and its English."""
        lines = path.read_text("utf-8").splitlines()
        return cls(dict(line.split("\t", 1) for line in lines), grammar)

    def __call__(self, text: str) -> str:
        """`text` with its words in English."""
        parts = self._part.findall(self._grammar.prepare(text))
        found: list[str] = []
        at = 0
        while at < len(parts):
            taken, english = self._longest(parts, at)
            follows = at > 1 and parts[at - 1] == " " and parts[at - 2].isalpha()
            if taken == 1 and follows and parts[at] in self._grammar.enclitics:
                found[-2:] = [english, " ", found[-2]]
            else:
                found.append(english)
            at += taken
        return "".join(found)

    def _longest(self, parts: list[str], at: int) -> tuple[int, str]:
        """How many parts the longest entry at `at` takes, and their English."""
        for words in range(LONGEST, 1, -1):
            taken = parts[at : at + 2 * words - 1]
            if len(taken) == 2 * words - 1 and all(gap == " " for gap in taken[1::2]):
                english = self._meanings.get(self._grammar.key("".join(taken)))
                if english:
                    return len(taken), _cased(english, parts[at])
        word = parts[at]
        if not self._is_word(word):
            return 1, word
        inside = at > 1 and parts[at - 1] == " " and parts[at - 2][-1] not in _SENTENCE_ENDS
        # Kinship would make common words of the names inside a sentence.
        look_up = self._named if inside and word.istitle() else self._cached
        key = self._grammar.key(word)
        return 1, _cased(look_up(key) or self._grammar.spell(key), word)

    def _named(self, word: str) -> str:
        return self._table.get(word) or self._table.get(self._grammar.nominative(word), "")

    def _known(self, word: str) -> str:
        """English of a form, "" if neither it nor any of its kin is known."""
        if word in self._meanings:
            return self._meanings[word]
        for prefix, english in self._grammar.prefixes.items():
            rest = word.removeprefix(prefix)
            known = rest != word and (self._table.get(rest) or self._akin(rest))
            if known:
                return english + known
        return (self._compound(word) if self._grammar.compounds else "") or self._akin(word)

    def _compound(self, word: str) -> str:
        for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            first, last = self._meanings.get(word[:at]), self._meanings.get(word[at:])
            if first and last:
                return f"{first} {last}"
        return ""

    def _akin(self, word: str) -> str:
        at = bisect(self._forms, word)
        alike = [(_shared(form, word), -len(form), form) for form in self._forms[max(at - 2, 0) : at + 2]]
        length, _, form = max(alike, default=(0, 0, ""))
        return self._table[form] if length >= max(self._grammar.shortest_kin, KINSHIP * len(word)) else ""


def _shared(one: str, other: str) -> int:
    """Letters that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cased(english: str, like: str) -> str:
    return english[0].upper() + english[1:] if like[0].isupper() else english


_ARMENIAN = "ա-ևԱ-Ֆ"
_MARKED = re.compile(rf"[{_ARMENIAN}՛՞՜]+")
_HUNG_ENDING = re.compile(
    r"(?<=\w)-(?:ն|ը|ի|ին|ից|ով|ում|ներ(?:ը|ի|ին|ից|ով|ում)?)(?!\w)|(?<=»)-[ա-ֆ]{1,4}(?!\w)"
)
_MARKS = str.maketrans({"։": ".", "՝": ",", "՛": "", "՜": "", "՞": "", "«": '"', "»": '"'})
_CASES = ("ներից", "ներով", "ներին", "ները", "ներ", "ից", "ով", "ում", "ին", "ը", "ի", "ն")
_SHORTEST_NAME = 3


def _prepare_armenian(text: str) -> str:
    """Marks at the end of the word whose vowel carries them, as in Latin script; no ending on a foreign name."""
    return _HUNG_ENDING.sub("", _MARKED.sub(_move_mark, text)).translate(_MARKS)


def _move_mark(found: re.Match[str]) -> str:
    return found[0].replace("՞", "") + "?" if "՞" in found[0] else found[0]


def _armenian_key(text: str) -> str:
    """Small letters, and և for եւ and եվ."""
    return text.lower().replace("եւ", "և").replace("եվ", "և")


def _armenian_nominative(word: str) -> str:
    endings = (each for each in _CASES if word.endswith(each) and len(word) - len(each) >= _SHORTEST_NAME)
    return word.removesuffix(next(endings, ""))


def _in_latin_letters(word: str) -> str:
    """A name roughly as it sounds, without the ending of its case."""
    spelt = _armenian_nominative(word).replace("և", "եվ").replace("ու", LATIN_LETTERS["ու"])
    return "".join(LATIN_LETTERS.get(letter, letter) for letter in spelt)


def _russian_key(text: str) -> str:
    """Small letters, and е for ё, as most people type it."""
    return text.lower().replace("ё", "е")


_PICTOGRAPH = re.compile("[\u2600-\u27bf\u2b50\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*")


@cache
def _named_in_words(pictograph: str) -> str:
    return f" {unicodedata.name(pictograph[0], pictograph[0]).lower()} "


_DEGREES = ("very bad, terrible", "bad", "okay", "good", "excellent")
"""What a rating says, by the fifth of its scale: the reader knows words of praise, and hardly figures."""
_STARS = re.compile("[★⭐]+☆+|☆{2,}|[★⭐]{3,}")
# At the end of a sentence or clause: 5/10 in its midst is a date or a share, 5 star a kind of hotel.
_RATING = re.compile(
    r"(?<![\w/.,-])(?:(10|\d)/(5|10)|([0-5]) stars?)(?=\s*(?:[^\w\s/\d.,-]|[.,](?!\d)|$))", re.I
)


def _degree(rating: int, best: int) -> str:
    return _DEGREES[max(0, -(-5 * rating // best) - 1)]


def _starred(found: re.Match[str]) -> str:
    empty = found[0].count("☆")
    rating = len(found[0]) - empty
    best = rating + empty if empty else 5
    return f" {_degree(rating, best)} " if rating <= best else found[0]


def _rated(found: re.Match[str]) -> str:
    rating, best = int(found[1] or found[3]), int(found[2] or 5)
    return _degree(rating, best) if rating <= best else found[0]


_BARE = str.maketrans("åäöšžé", "aaosze")
GRAMMARS = {
    "fi": Grammar(letters="A-Za-zÅÄÖŠŽåäöšžé", shortest_kin=4, bare=_BARE, compounds=True),
    "hy": Grammar(
        letters=_ARMENIAN,
        shortest_kin=3,
        prepare=_prepare_armenian,
        key=_armenian_key,
        nominative=_armenian_nominative,
        spell=_in_latin_letters,
        prefixes={"չ": "not ", "կ": "will "},
        enclitics=frozenset("եմ ես է ա ենք եք են էի էիր էր էինք էիք էին".split()),  # noqa: SIM905 - one line a verb
    ),
    "ru": Grammar(letters="А-Яа-яЁё", shortest_kin=4, key=_russian_key),
    "sv": Grammar(letters="A-Za-zÅÄÖÉåäöé", shortest_kin=4, bare=_BARE, compounds=True),
}


READ = frozenset({ENGLISH, *GRAMMARS})
"""Languages that can be read in English."""


@cache
def _glosses(language: str) -> Glosses:
    return Glosses.load(TABLES / f"{language}.tsv", GRAMMARS[language])


def gloss(text: str, language: str) -> str:
    """`text` in English word by word; what the language's table lacks stays, in Latin letters. English stays, but
    for ratings (5/5, 1 star, ★☆☆☆☆), which become words such as "excellent".

    Raises KeyError if there are no glosses of `language`, one of `READ`.
    """
    english = text if language == ENGLISH else _glosses(language)(text)
    english = _RATING.sub(_rated, _STARS.sub(_starred, english))
    return _PICTOGRAPH.sub(lambda found: _named_in_words(found[0]), english)
