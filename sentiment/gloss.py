"""Armenian put into English word by word: an encoder that knows English better reads the text a second time.

The table maps forms and set phrases to English; an unknown form falls back on one that differs in its ending alone,
an unknown name is spelt in Latin letters. The result is a crib for the network, no translation, and is never shown.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("glosses.tsv")
LONGEST = 4
"""Words of the longest phrase looked up."""
_CACHE = 1 << 16
_SHORTEST_STEM = 3
_LETTERS = "ա-ևԱ-Ֆ"
_WORD = re.compile(rf"[{_LETTERS}]+")
_PART = re.compile(rf"[{_LETTERS}]+| |[^{_LETTERS} ]+")
_MARKED = re.compile(rf"[{_LETTERS}՛՞՜]+")
_HUNG_ENDING = re.compile(
    r"(?<=\w)-(?:ն|ը|ի|ին|ից|ով|ում|ներ(?:ը|ի|ին|ից|ով|ում)?)(?!\w)|(?<=»)-[ա-ֆ]{1,4}(?!\w)"
)
_MARKS = str.maketrans({"։": ".", "՝": ",", "՛": "", "՜": "", "՞": "", "«": '"', "»": '"'})
_SENTENCE_ENDS = frozenset(".!?:…")
_TO_BE = frozenset(_WORD.findall("եմ ես է ա ենք եք են էի էիր էր էինք էիք էին"))
_NOT, _WILL = "չ", "կ"
_CASES = ("ներից", "ներով", "ներին", "ները", "ներ", "ից", "ով", "ում", "ին", "ը", "ի", "ն")
_NOUN_ENDINGS = """
    ը ն ի ին ից ով ում ու ուն ուց ոջ ոջը եր ներ երը երն ներն երին ներին երից ներից երով ներով երում ներում երի ների
    ս դ իս իդ ինս ինդ երս ներս երդ ներդ երիս ներիս ներիդ վա վան այի ային
    ություն ությունը ությունն ության ությամբ ություններ ությունները բար որեն ական ագույն"""
_VERB_ENDINGS = """
    ել ելը ելու ելուց ելով ելիս ալ ալը ալու ալուց ալով ալիս ում ած ածը ածի ածին ող ողը ողի ողներ ողները ողների
    եց եցի եցիր եցինք եցիք եցին եցան ացի ացավ ացան աց եմ ենք եք են ես ա ան անք եի եին եիր իր ար ացե եցե եցու
    վել վեց վում վի վեն վող վելու վելը վեցի վեցին ացնել ացնում ացրեց ացրել"""
_ENDINGS = frozenset(_WORD.findall(_NOUN_ENDINGS + _VERB_ENDINGS))
_LONGEST_ENDING = max(map(len, _ENDINGS))
_SPELLING = (
    "ա=a բ=b գ=g դ=d ե=e զ=z է=e ը=y թ=t ժ=zh ի=i լ=l խ=kh ծ=ts կ=k հ=h ձ=dz ղ=gh ճ=ch մ=m յ=y ն=n շ=sh ո=o"
)
_SPELLING += " չ=ch պ=p ջ=j ռ=r ս=s վ=v տ=t ր=r ց=ts ւ=v փ=p ք=k օ=o ֆ=f և=ev"
_LATIN = dict(re.findall(r"(\w)=(\w+)", _SPELLING))


def gloss(text: str) -> str:
    """Armenian `text` in English, word by word, by our own table; other words stay as they are."""
    return _shipped()(text)


@cache
def _shipped() -> "Glosses":
    return Glosses.load(TABLE)


def _stems(word: str) -> Iterator[str]:
    """`word` without each ending that it may have, the shortest ending first."""
    for length in range(1, min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM) + 1):
        if word[-length:] in _ENDINGS:
            yield word[:-length]


class Glosses:
    """English for Armenian forms and phrases, both in small letters."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table
        self._kin: dict[str, str] = {}
        for form in sorted(table, key=len, reverse=True):
            if " " not in form:
                self._kin.update(dict.fromkeys(_stems(form), form))
        self._known = lru_cache(_CACHE)(self._look_up)

    @classmethod
    def load(cls, path: Path) -> "Glosses":
        """Raises ValueError if a line of the file is no pair of an Armenian form and its English."""
        lines = path.read_text("utf-8").splitlines()
        return cls(dict(line.split("\t", 1) for line in lines))

    def __call__(self, text: str) -> str:
        """`text` with its Armenian words in English, in their order but for "is", which comes before its word."""
        parts = _PART.findall(_HUNG_ENDING.sub("", _MARKED.sub(_move_mark, text)).translate(_MARKS))
        found: list[str] = []
        at = 0
        while at < len(parts):
            taken, english = self._phrase(parts, at)
            if (
                taken == 1
                and parts[at] in _TO_BE
                and at > 1
                and parts[at - 1] == " "
                and parts[at - 2].isalpha()
            ):
                found[-2:] = [english, " ", found[-2]]
            else:
                found.append(english)
            at += taken
        return "".join(found)

    def _phrase(self, parts: list[str], at: int) -> tuple[int, str]:
        """How many parts the longest entry at `at` takes, and their English."""
        for words in range(LONGEST, 1, -1):
            taken = parts[at : at + 2 * words - 1]
            if len(taken) == 2 * words - 1 and all(gap == " " for gap in taken[1::2]):
                english = self._table.get(_key("".join(taken)))
                if english:
                    return len(taken), _cased(english, parts[at])
        word = parts[at]
        if word[0].lower() not in _LATIN:
            return 1, word
        inside = at > 1 and parts[at - 1] == " " and parts[at - 2][-1] not in _SENTENCE_ENDS
        named = inside and word.istitle()
        english = self._named(_key(word)) if named else self._known(_key(word))
        return 1, _cased(english or _spelt(_key(word)), word)

    def _named(self, word: str) -> str:
        """A word with a capital inside a sentence: kinship would make words of names."""
        return self._table.get(word) or self._table.get(_nominative(word), "")

    def _look_up(self, word: str) -> str:
        """English of a form, "" if neither it nor any of its kin is known."""
        return (
            self._table.get(word)
            or self._prefixed(word, _NOT, "not ")
            or self._prefixed(word, _WILL, "will ")
            or self._akin(word)
        )

    def _prefixed(self, word: str, prefix: str, english: str) -> str:
        rest = word.removeprefix(prefix)
        if rest == word or len(rest) <= _SHORTEST_STEM:
            return ""
        known = self._table.get(rest) or self._akin(rest)
        return english + known if known else ""

    def _akin(self, word: str) -> str:
        for stem in _stems(word):
            if stem in self._table:
                return self._table[stem]
        for stem in (word, *_stems(word)):
            if stem in self._kin:
                return self._table[self._kin[stem]]
        return ""


def _move_mark(found: re.Match[str]) -> str:
    """Armenian puts the question mark on the vowel."""
    return found[0].replace("՞", "") + "?" if "՞" in found[0] else found[0]


def _cased(english: str, like: str) -> str:
    return english[0].upper() + english[1:] if like[0].isupper() else english


def _key(text: str) -> str:
    """As the table has it: small letters, and և for եւ and եվ."""
    return text.lower().replace("եւ", "և").replace("եվ", "և")


def _nominative(word: str) -> str:
    """A name without the ending of a case."""
    endings = (each for each in _CASES if word.endswith(each) and len(word) - len(each) >= _SHORTEST_STEM)
    return word.removesuffix(next(endings, ""))


def _spelt(word: str) -> str:
    """A name in Latin letters, roughly as it sounds, without the ending of a case."""
    return "".join(_LATIN.get(letter, letter) for letter in _nominative(word).replace("ու", "u"))
