"""Armenian written in Latin or Russian letters, to Armenian script and back.

Latin-letter Armenian has no standard: every writer has habits (sh, š or 6 for շ; q or k for ք; y, @ or e
for ը). Reading it back is a noisy-channel search: candidates for each piece of the Latin word, weighted by
how often the habit is met, ranked by a character n-gram model and a word list of Armenian. The statistics
lie in ``armenian.bin`` beside this module (``python -m sentiment.training.letters`` makes them) and are
read at first use, never at import.
"""

from __future__ import annotations

import lzma
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

__all__ = [
    "LATIN_LETTERS",
    "from_russian_letters",
    "normalise",
    "reformed",
    "to_armenian",
    "to_latin",
    "to_russian_letters",
]

STATISTICS = Path(__file__).with_name("armenian.bin")

ORDER = 6
BEAM = 10
WIDTH = 7.0  # nats above the best prefix
LONGEST_WORD = 40
_BACKOFF = 0.9162907318741551  # -ln 0.4: "stupid backoff", Brants et al., EMNLP 2007
_UNSEEN = 14.0
_NEVER = 1e9
_CACHE = 1 << 16

# P(Latin piece | Armenian letter) by place in the word. A second table under "^" replaces the first at the
# start of a word, one under "$" at its end. The figures are estimates, refined by sentiment.training.letters.
SPELLINGS: Mapping[str, Mapping[str, float]] = {
    "ա": {"a": 0.98},
    "բ": {"b": 0.98, "p": 0.01},
    "գ": {"g": 0.97, "q": 0.005, "k": 0.005},
    "դ": {"d": 0.98, "t": 0.01},
    "ե": {"e": 0.92, "ye": 0.03, "ie": 0.01, "je": 0.01, "é": 0.002, "i": 0.004, "y": 0.002},
    "^ե": {"e": 0.7, "ye": 0.25, "je": 0.01, "ie": 0.01, "y": 0.01},
    "զ": {"z": 0.98, "s": 0.004},
    "է": {"e": 0.95, "eh": 0.01, "é": 0.005, "y": 0.004},
    "ը": {"y": 0.35, "@": 0.28, "e": 0.25, "ə": 0.05, "'": 0.005, "u": 0.005, "i": 0.004, "a": 0.002},
    "թ": {"t": 0.8, "th": 0.12, "t'": 0.04, "d": 0.002},
    "ժ": {"j": 0.42, "zh": 0.42, "jh": 0.05, "ž": 0.04, "z": 0.02, "g": 0.01},
    "ի": {"i": 0.96, "y": 0.015, "ee": 0.004, "e": 0.003},
    "լ": {"l": 0.98},
    "խ": {"x": 0.6, "kh": 0.33, "h": 0.015, "q": 0.005, "gh": 0.005, "k": 0.002},
    "ծ": {"c": 0.45, "ts": 0.42, "tz": 0.04, "tc": 0.01, "dz": 0.01, "z": 0.005, "s": 0.003},
    "կ": {"k": 0.95, "q": 0.02, "g": 0.01, "c": 0.004},
    "հ": {"h": 0.98},
    "ձ": {"dz": 0.82, "z": 0.06, "j": 0.06, "ds": 0.01, "tz": 0.005, "ts": 0.005, "d": 0.002},
    "ղ": {"gh": 0.55, "x": 0.25, "q": 0.05, "g": 0.06, "ġ": 0.005, "ğ": 0.01, "kh": 0.02, "h": 0.003},
    "ճ": {"ch": 0.6, "j": 0.1, "tch": 0.06, "č": 0.06, "4": 0.06, "dj": 0.02, "ç": 0.005, "c": 0.02},
    "մ": {"m": 0.98},
    "յ": {"y": 0.82, "j": 0.06, "i": 0.08, "": 0.002},
    "ն": {"n": 0.98},
    "շ": {"sh": 0.82, "š": 0.04, "6": 0.05, "s": 0.03, "w": 0.01, "sch": 0.002, "ş": 0.005},
    "ո": {"o": 0.96, "vo": 0.02, "u": 0.002},
    "^ո": {"vo": 0.85, "o": 0.1, "wo": 0.01, "ve": 0.002},
    "չ": {"ch": 0.8, "4": 0.06, "č": 0.04, "c": 0.03, "tch": 0.01, "ç": 0.005},
    "պ": {"p": 0.98, "b": 0.005},
    "ջ": {"j": 0.82, "dj": 0.07, "jh": 0.02, "dzh": 0.02, "g": 0.005, "ch": 0.005},
    "ռ": {"r": 0.85, "rr": 0.12},
    "ս": {"s": 0.98, "c": 0.002},
    "վ": {"v": 0.95, "w": 0.03},
    "տ": {"t": 0.97, "d": 0.005, "th": 0.002},
    "ր": {"r": 0.98},
    "ց": {"c": 0.5, "ts": 0.4, "tc": 0.01, "tz": 0.01, "c'": 0.005, "ts'": 0.005, "z": 0.005, "s": 0.004},
    "ու": {"u": 0.88, "ou": 0.09, "oo": 0.003, "w": 0.002, "v": 0.003, "y": 0.002},
    "փ": {"p": 0.8, "ph": 0.12, "p'": 0.02, "f": 0.02},
    "ք": {"q": 0.62, "k": 0.3, "k'": 0.02, "kh": 0.02},
    "օ": {"o": 0.98},
    "ֆ": {"f": 0.98},
    "և": {"ev": 0.8, "yev": 0.05, "ew": 0.02, "eu": 0.005, "jev": 0.005, "iev": 0.005},
    "^և": {"ev": 0.55, "yev": 0.4, "ew": 0.02, "jev": 0.01, "u": 0.005, "&": 0.005},
    # a glide that is heard but not typed: erexai for երեխայի
    "յի": {"i": 0.05},
    "յու": {"u": 0.01},
    # a schwa that is typed but not written in Armenian: gyrgyranq for գրգռանք
    "": {"y": 0.012, "@": 0.02, "ə": 0.02, "e": 0.003, "'": 0.02},
}

# One habit is one column entry for each letter, drawn for a whole text; weights are shares of writers.
_HABITS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "շ": (("sh", 80), ("š", 4), ("6", 10), ("s", 3), ("w", 1)),
    "չ": (("ch", 82), ("4", 9), ("č", 4), ("c", 3)),
    "ճ": (("ch", 70), ("j", 10), ("tch", 8), ("4", 4), ("č", 4)),
    "խ": (("x", 62), ("kh", 38)),
    "ղ": (("gh", 62), ("x", 26), ("q", 6), ("g", 6)),
    "ք": (("q", 68), ("k", 30), ("k'", 2)),
    "ծ": (("c", 48), ("ts", 44), ("tz", 4)),
    "ց": (("c", 54), ("ts", 44), ("c'", 1)),
    "ձ": (("dz", 90), ("z", 5), ("j", 5)),
    "ժ": (("j", 46), ("zh", 44), ("jh", 5), ("ž", 4)),
    "ջ": (("j", 88), ("dj", 10), ("jh", 2)),
    "ը": (("y", 40), ("@", 30), ("e", 25), ("ə", 5)),
    "թ": (("t", 82), ("th", 14), ("t'", 3)),
    "փ": (("p", 84), ("ph", 14), ("p'", 2)),
    "ռ": (("r", 86), ("rr", 14)),
    "վ": (("v", 96), ("w", 4)),
    "յ": (("y", 88), ("j", 6), ("i", 6)),
    "ու": (("u", 90), ("ou", 10)),
    "^ե": (("e", 68), ("ye", 32)),
    "^ո": (("vo", 88), ("o", 12)),
    "^և": (("ev", 58), ("yev", 42)),
    "յի": (("yi", 88), ("i", 12)),
}
_PLAIN = {
    "ա": "a", "բ": "b", "գ": "g", "դ": "d", "ե": "e", "զ": "z", "է": "e", "ի": "i", "լ": "l", "կ": "k",
    "հ": "h", "մ": "m", "ն": "n", "ո": "o", "պ": "p", "ս": "s", "տ": "t", "ր": "r", "օ": "o", "ֆ": "f",
    "և": "ev", "ւ": "v",
}  # fmt: skip

LATIN_LETTERS: Mapping[str, str] = {
    "ու": "u", "եվ": "ev", "ա": "a", "բ": "b", "գ": "g", "դ": "d", "ե": "e", "զ": "z", "է": "e", "ը": "y",
    "թ": "t", "ժ": "zh", "ի": "i", "լ": "l", "խ": "kh", "ծ": "ts", "կ": "k", "հ": "h", "ձ": "dz", "ղ": "gh",
    "ճ": "ch", "մ": "m", "յ": "y", "ն": "n", "շ": "sh", "ո": "o", "չ": "ch", "պ": "p", "ջ": "j", "ռ": "r",
    "ս": "s", "վ": "v", "տ": "t", "ր": "r", "ց": "ts", "ւ": "v", "փ": "p", "ք": "k", "օ": "o", "ֆ": "f",
}  # fmt: skip
"""Armenian letters as names are usually romanised, one spelling each; և is spelt as եվ."""

_PLAIN_SIGNS = str.maketrans(dict(zip("։՝․«»՚֊", '.,.""\'-', strict=True)) | dict.fromkeys("՛՜՞", ""))

_RUSSIAN: Mapping[str, tuple[tuple[str, float], ...]] = {
    "ա": (("а", 1),), "բ": (("б", 1),), "գ": (("г", 1),), "դ": (("д", 1),), "ե": (("е", 1),),
    "զ": (("з", 1),), "է": (("э", 8), ("е", 2)), "ը": (("ы", 7), ("ъ", 1), ("э", 1), ("", 1)),
    "թ": (("т", 1),), "ժ": (("ж", 1),), "ի": (("и", 1),), "լ": (("л", 1),), "խ": (("х", 1),),
    "ծ": (("ц", 9), ("тс", 1)), "կ": (("к", 1),), "հ": (("h", 3), ("г", 2), ("х", 5)),
    "ձ": (("дз", 1),), "ղ": (("г", 4), ("х", 4), ("гх", 2)), "ճ": (("ч", 9), ("тч", 1)), "մ": (("м", 1),),
    "յ": (("й", 1),), "ն": (("н", 1),), "շ": (("ш", 1),), "ո": (("о", 1),), "^ո": (("во", 9), ("о", 1)),
    "չ": (("ч", 1),), "պ": (("п", 1),), "ջ": (("дж", 9), ("ж", 1)), "ռ": (("р", 9), ("рр", 1)),
    "ս": (("с", 1),), "վ": (("в", 1),), "տ": (("т", 1),), "ր": (("р", 1),), "ց": (("ц", 9), ("тс", 1)),
    "ու": (("у", 1),), "փ": (("п", 1),), "ք": (("к", 1),), "օ": (("о", 1),), "ֆ": (("ф", 1),),
    "և": (("ев", 1),), "^և": (("ев", 9), ("эв", 1)), "ւ": (("в", 1),),
    "յա": (("я", 1),), "յու": (("ю", 1),), "յո": (("йо", 8), ("ё", 2)), "յե": (("е", 1),),
    "յի": (("йи", 7), ("и", 3)),
}  # fmt: skip

_RUSSIAN_SPELLINGS: Mapping[str, Mapping[str, float]] = {
    "ա": {"а": 0.98}, "բ": {"б": 0.98}, "գ": {"г": 0.98}, "դ": {"д": 0.98},
    "ե": {"е": 0.95, "э": 0.02, "ье": 0.01}, "զ": {"з": 0.98}, "է": {"э": 0.8, "е": 0.18},
    "ը": {"ы": 0.7, "ъ": 0.1, "э": 0.1, "е": 0.03, "ə": 0.02, "и": 0.01}, "թ": {"т": 0.98}, "ժ": {"ж": 0.98},
    "ի": {"и": 0.98, "ы": 0.005}, "լ": {"л": 0.95, "ль": 0.03}, "խ": {"х": 0.98},
    "ծ": {"ц": 0.8, "тс": 0.15, "дз": 0.01}, "կ": {"к": 0.98},
    "հ": {"х": 0.45, "г": 0.25, "h": 0.25, "гь": 0.02},
    "ձ": {"дз": 0.95, "з": 0.02}, "ղ": {"г": 0.4, "х": 0.35, "гх": 0.15, "гъ": 0.03, "ғ": 0.02},
    "ճ": {"ч": 0.85, "тч": 0.1, "дж": 0.01}, "մ": {"м": 0.98}, "յ": {"й": 0.9, "ь": 0.02, "и": 0.04},
    "ն": {"н": 0.98, "нь": 0.005}, "շ": {"ш": 0.95, "щ": 0.02}, "ո": {"о": 0.97, "во": 0.01},
    "^ո": {"во": 0.85, "о": 0.13}, "չ": {"ч": 0.97}, "պ": {"п": 0.98},
    "ջ": {"дж": 0.9, "ж": 0.06, "джь": 0.01},
    "ռ": {"р": 0.9, "рр": 0.08}, "ս": {"с": 0.98}, "վ": {"в": 0.98}, "տ": {"т": 0.98}, "ր": {"р": 0.98},
    "ց": {"ц": 0.85, "тс": 0.12}, "ու": {"у": 0.97}, "փ": {"п": 0.95, "пх": 0.02, "ф": 0.01},
    "ք": {"к": 0.95, "кх": 0.03}, "օ": {"о": 0.97}, "ֆ": {"ф": 0.98}, "և": {"ев": 0.9, "эв": 0.02},
    "^և": {"ев": 0.85, "эв": 0.1}, "յա": {"я": 0.9, "ья": 0.05}, "յու": {"ю": 0.9, "ью": 0.05},
    "յո": {"ё": 0.2, "ьо": 0.1}, "յե": {"е": 0.3, "ье": 0.05}, "յի": {"и": 0.1},
    "": {"ы": 0.03, "ъ": 0.05, "ь": 0.03, "э": 0.003},
}  # fmt: skip


def normalise(text: str) -> str:
    """Text in NFC with the Armenian ligatures (U+FB13–FB17) opened and every եւ written as և."""
    text = unicodedata.normalize("NFC", text)
    if any("ﬓ" <= char <= "ﬗ" for char in text):
        text = "".join(unicodedata.normalize("NFKC", c) if "ﬓ" <= c <= "ﬗ" else c for c in text)
    return text.replace("եւ", "և").replace("Եւ", "Եվ")


# In today's spelling ւ stands in ու alone. In order: ծառայութեան, պատրաստուած, հիւանդ, հիւր, լաւ.
_REFORMS = tuple(
    (re.compile(old), new)
    for old, new in (
        ("(?<=ութ)ե(?=ա)", "յ"),
        (r"(?<=[^\W_])ու(?=ած)", "վ"),
        (r"իւ(?=[աեէիոօ]|\b)", "իվ"),
        ("իւ", "յու"),
        (r"(?<=[^\WոՈեԵ])ւ", "վ"),
    )
)


def reformed(text: str) -> str:
    """Armenian `text` with the classical spelling of ւ and of -ութեան as today's: լաւ, հիւր to լավ, հյուր."""
    for old, new in _REFORMS:
        text = old.sub(new, text)
    return text


# --- from Armenian script ---------------------------------------------------------------------------------

_ARMENIAN_WORD = re.compile(r"[Ա-Ֆա-և]+")
_SENTENCE_END = re.compile(r"([։:.!?\n])")


def _draw(habits: Mapping[str, tuple[tuple[str, float], ...]], habit: random.Random) -> dict[str, str]:
    drawn = {}
    for letter, choices in habits.items():
        point = habit.random() * sum(weight for _, weight in choices)
        drawn[letter] = choices[-1][0]
        for piece, weight in choices:
            point -= weight
            if point < 0:
                drawn[letter] = piece
                break
    return drawn


def _respell(word: str, table: Mapping[str, str]) -> str:
    lower = word.lower()
    out = []
    i = 0
    while i < len(lower):
        for size in (3, 2, 1):
            piece = lower[i : i + size]
            spelled = table.get("^" + piece) if i == 0 else None
            if spelled is None:
                spelled = table.get(piece)
            if spelled is not None:
                break
        else:
            spelled = ""
        out.append(spelled)
        i += len(piece)
    return _with_case("".join(out), word)


def _with_case(spelled: str, model: str) -> str:
    if model.islower() or not spelled:
        return spelled
    if len(model) > 1 and model.isupper():
        return spelled.replace("և", "եվ").upper()
    if model[0].isupper():
        if spelled[0] == "և":
            return "Եվ" + spelled[1:]
        return spelled[0].upper() + spelled[1:]
    return spelled


def _ask_at_the_end(text: str) -> str:
    """Text with "?" after each sentence that holds ՞, which stands on the word asked about."""
    parts = _SENTENCE_END.split(text)
    for at in range(0, len(parts), 2):
        if "՞" in parts[at]:
            end = parts[at + 1] if at + 1 < len(parts) else ""
            if end in "։:":
                parts[at + 1 : at + 2] = ["?"]
            elif end != "?":
                parts[at] = parts[at].rstrip() + "?"
    return "".join(parts)


def _rewrite(text: str, table: Mapping[str, str]) -> str:
    text = normalise(text)
    if "՞" in text:
        text = _ask_at_the_end(text)
    return _ARMENIAN_WORD.sub(lambda match: _respell(match[0], table), text.translate(_PLAIN_SIGNS))


def to_latin(text: str, habit: random.Random) -> str:
    """Respell the Armenian script of ``text`` in Latin letters, as one writer would.

    One personal habit (which of sh, š, 6 stands for շ, and so on) is drawn from ``habit`` for the whole text,
    so equal generator states give equal results. Other scripts stay; the Armenian question mark becomes a
    final "?", and other Armenian punctuation its plain counterpart.
    """
    return _rewrite(text, {**_PLAIN, **_draw(_HABITS, habit)})


def to_russian_letters(text: str, habit: random.Random) -> str:
    """Respell the Armenian script of ``text`` in Russian letters, with one habit drawn from ``habit``."""
    return _rewrite(text, _draw(_RUSSIAN, habit))


# --- to Armenian script -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statistics:
    """What is known of Armenian and its neighbours, all costs in nats.

    ``words``: Armenian word → cost; ``ngrams``: up to six characters ("^" opens, "$" ends a word) → cost of
    the last one; ``foreign``: English and Finnish words in lower case → cost.
    """

    words: Mapping[str, float]
    ngrams: Mapping[str, float]
    foreign: Mapping[str, float]


_QUANTUM = 16.0  # costs are stored in one byte, sixteenths of a nat


def pack(statistics: Statistics) -> bytes:
    """Statistics as LZMA-compressed bytes; costs are clipped to 0–15.9 nats."""
    parts = []
    for table in (statistics.words, statistics.ngrams, statistics.foreign):
        keys = sorted(table)
        costs = bytes(min(255, max(0, round(table[key] * _QUANTUM))) for key in keys)
        text = "\n".join(keys).encode()
        parts += [len(text).to_bytes(4, "little"), text, len(costs).to_bytes(4, "little"), costs]
    return lzma.compress(b"".join(parts), preset=9 | lzma.PRESET_EXTREME)


def unpack(body: bytes) -> Statistics:
    """The inverse of :func:`pack`. Raises lzma.LZMAError on a damaged file."""
    raw = lzma.decompress(body)
    at = 0

    def block() -> bytes:
        nonlocal at
        size = int.from_bytes(raw[at : at + 4], "little")
        at += 4 + size
        return raw[at - size : at]

    scale = [byte / _QUANTUM for byte in range(256)]
    tables = []
    for _ in range(3):
        keys = block().decode().split("\n")
        tables.append(dict(zip(keys, map(scale.__getitem__, block()), strict=True)))
    return Statistics(*tables)


Edges = dict[str, list[tuple[str, float]]]


def _edges(spellings: Mapping[str, Mapping[str, float]]) -> tuple[Edges, Edges]:
    """Latin piece → (Armenian, cost), for the start of a word and for the rest of it."""
    first: Edges = {}
    rest: Edges = {}
    for letter, pieces in spellings.items():
        places: Iterable[Edges]
        if letter.startswith("^"):
            places = (first,)
        elif not letter or "^" + letter in spellings:
            places = (rest,)
        else:
            places = (first, rest)
        for piece, share in pieces.items():
            if not piece:
                continue
            for edges in places:
                edges.setdefault(piece, []).append((letter.lstrip("^"), -math.log(share)))
    for edges in (first, rest):
        for piece in list(edges):
            if len(piece) == 1 and piece.isalpha():
                double = edges.setdefault(piece * 2, [])
                double += [(letter, cost + 4.0) for letter, cost in edges[piece] if cost < 1.0]
    return first, rest


class Reader:
    """Reads words of one foreign alphabet as Armenian."""

    def __init__(self, statistics: Statistics, spellings: Mapping[str, Mapping[str, float]]) -> None:
        self.statistics = statistics
        self._first, self._rest = _edges(spellings)
        self._longest = max(map(len, self._rest))
        self._costs: dict[str, float] = {}
        self.read = lru_cache(_CACHE)(self._read)

    def _cost(self, gram: str) -> float:
        """Cost of the last character of ``gram`` after the others, backing off to shorter contexts."""
        ngrams = self.statistics.ngrams
        backoff = 0.0
        key = gram
        while key not in ngrams:
            key = key[1:]
            backoff += _BACKOFF
            if not key:
                return _UNSEEN
        cost = backoff + ngrams[key]
        if len(self._costs) > 1 << 18:
            self._costs.clear()
        self._costs[gram] = cost
        return cost

    def candidates(self, word: str) -> list[tuple[float, str]]:
        """Readings of the lower-case ``word`` as (cost in nats, Armenian), best first; [] if none."""
        size = len(word)
        beams: list[dict[str, float]] = [{} for _ in range(size + 1)]
        beams[0]["^"] = 0.0
        known = self._costs
        context = 1 - ORDER
        for i in range(size):
            beam = beams[i]
            if not beam:
                continue
            limit = min(beam.values()) + WIDTH
            kept = [item for item in beam.items() if item[1] <= limit]
            if len(kept) > BEAM:
                kept = sorted(kept, key=_by_cost)[:BEAM]
            edges = self._rest if i else self._first
            for j in range(i + 1, min(i + self._longest, size) + 1):
                options = edges.get(word[i:j])
                if options is None:
                    continue
                target = beams[j]
                for prefix, cost in kept:
                    for letters, toll in options:
                        if not letters and j == size and word[i] != "'":
                            continue  # a schwa heard but not written stands inside words only
                        total = cost + toll
                        grown = prefix
                        for char in letters:
                            gram = grown[context:] + char
                            step = known.get(gram)
                            total += self._cost(gram) if step is None else step
                            grown += char
                        if total < target.get(grown, _NEVER):
                            target[grown] = total
        words = self.statistics.words
        out = []
        for prefix, cost in beams[size].items():
            reading = prefix[1:]
            if not reading:
                continue
            gram = prefix[context:] + "$"
            step = known.get(gram)
            spelling = cost + (self._cost(gram) if step is None else step)
            out.append((spelling, prefix))
        best = []
        for spelling, prefix in out:
            reading = prefix[1:]
            if reading in words:
                channel = spelling - self._characters(prefix)
                spelling = min(spelling, channel + words[reading])
            best.append((spelling, reading))
        best.sort()
        return best

    def _characters(self, prefix: str) -> float:
        total = 0.0
        for end in range(2, len(prefix) + 1):
            gram = prefix[max(0, end - ORDER) : end]
            total += self._costs.get(gram) or self._cost(gram)
        gram = prefix[1 - ORDER :] + "$"
        return total + (self._costs.get(gram) or self._cost(gram))

    def _read(self, word: str) -> tuple[str, float, bool] | None:
        """(reading, cost, whether it is a known word) of a lower-case word, or None."""
        if len(word) > LONGEST_WORD:
            return None
        short = _RUN.sub(r"\1", word)
        found = self.candidates(short)
        if not found:
            return None
        cost, reading = found[0]
        return reading, cost, reading in self.statistics.words


def _by_cost(item: tuple[str, float]) -> float:
    return item[1]


_RUN = re.compile(r"(\w)\1{2,}")
# Links, addresses, hashtags and user names stay as they are; the rest of the text is read word by word.
# The lengths are bounded to keep the search linear.
_KEPT = re.compile(
    r"(?:https?://|www\.)\S+|#\w+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.(?:am|com|ru|net|org|fi|info|eu)\b"
    r"|(?<![\w-])[\w-]{1,63}\.(?:am|com|ru|net|org|fi|info|eu)\b"
)
_LATIN_TOKEN = re.compile(r"@?[^\W\d_][\w@'’`ʼ&]*|(?<!\d)@?\d{1,4}[^\W\d_][\w@'’`ʼ]*")
_TRAILING = re.compile(r"['’`ʼ]+$")
_DIGITS = re.compile(r"^(\d+)(.+)$")
# ընտանիք, ընդունել, ընկեր: a user name hardly begins so
_SCHWA_FIRST = re.compile(r"@n[dtkgc]\w{3}")
_ARTICLE = re.compile(r"(?<=[\w-])@(?![\w@])")  # Wolt-@, 300,000@
_DAY = re.compile(r"(?<=\d )որ\b")  # "or" is որ (that) and օր (day): after a number it is the day
# "es" is ես (I) and էս (this): this where a clause begins with it, before a noun with its article or case or a word
# that often follows it, unless a verb of the first person comes behind.
_THIS = re.compile(
    r"(?:^|(?<=[.,!?:;։…՝] )|(?<=\bու )|(?<=\bև )|(?<=\bբա )|(?<=\bոր )|(?<=\bբայց ))ե"
    r"(?=ս (?!արդեն|միայն|նրան|իրեն|առաջին)"
    r"(?:\w{3,40}(?:[ըն]|ից|ով)|ինչ|ինչքան|ինչու|ով|որտեղ|անգամ|տարի|մարդիկ|տեսակ|շաբաթ|ամեն)\b)"
    r"(?![^.,!?:;։]{0,200}\b(?:չ?(?:եմ|էի|էինք|եկա|տեսա|գտա|տվի|առա|եղա|ընկա|մտա)"
    r"|\w{2,40}(?:եմ|ամ|եցի|ացի|եցա|ացա|եի|այի|ցրի|ցինք))\b)",
    re.IGNORECASE,
)
_CYRILLIC_TOKEN = re.compile(r"[А-Яа-яЁёh’'ьъəғ]*[А-Яа-яЁё][А-Яа-яЁёhH’'ьъəғ]*")


@cache
def statistics() -> Statistics:
    """The shipped statistics, read once. Raises FileNotFoundError if the installation lacks them."""
    return unpack(STATISTICS.read_bytes())


@cache
def _latin_reader() -> Reader:
    return Reader(statistics(), SPELLINGS)


@cache
def _russian_reader() -> Reader:
    return Reader(statistics(), _RUSSIAN_SPELLINGS)


_APOSTROPHES = str.maketrans("’`ʼ", "'''")


def _is_foreign(word: str, reader: Reader, reading: tuple[str, float, bool] | None) -> bool:
    """Whether the Latin reading of a word is likelier than the Armenian one."""
    if reading is None:
        return True
    foreign = reader.statistics.foreign.get(word)
    if foreign is None:
        return False
    _, cost, known = reading
    return foreign + 4.0 < cost if known else foreign < cost + 2.0


def _known(token: str, reader: Reader) -> bool:
    reading = reader.read(token.lower().translate(_APOSTROPHES))
    return reading is not None and reading[2]


def _convert(token: str, reader: Reader, keep: Collection[str]) -> str:
    tail = ""
    trimmed = _TRAILING.search(token)
    if trimmed:
        token, tail = token[: trimmed.start()], trimmed[0]
        if token[-1:].lower() in "ktpc" and _known(token + "'", reader):
            token, tail = token + "'", tail[1:]
    lower = token.lower().translate(_APOSTROPHES)
    if lower in keep or any("Ա" <= char <= "և" for char in token):
        return token + tail
    digits = _DIGITS.match(token)
    reading = reader.read(lower)
    if digits and not (reading and reading[2]):
        return digits[1] + _convert(digits[2], reader, keep) + tail
    if token.startswith("@") and not (reading and (reading[2] or _SCHWA_FIRST.match(lower))):
        return token + tail
    if reading is None or _is_foreign(lower, reader, reading):
        return token + tail
    return _with_case(reading[0], token.lstrip("@0123456789") if token[0] in "@4" else token) + tail


def _convert_all(text: str, pattern: re.Pattern[str], reader: Reader, keep: Collection[str]) -> str:
    out = []
    at = 0
    for start, end in [held.span() for held in _KEPT.finditer(text)] + [(len(text), len(text))]:
        piece = pattern.sub(lambda match: _convert(match[0], reader, keep), text[at:start])
        piece = _DAY.sub("օր", _ARTICLE.sub("ը", piece))
        out += [_THIS.sub(lambda found: "Է" if found[0] == "Ե" else "է", piece), text[start:end]]
        at = end
    return "".join(out)


def to_armenian(text: str, keep: Collection[str] = ()) -> str:
    """Latin-letter Armenian of ``text`` in Armenian script, in normal orthography as well as can be told.

    Links, addresses, hashtags, user names, emoji, numbers, text in other scripts and words likelier English
    or Finnish stay as they are, and so do the lower-case words in ``keep`` (brand names). Sentence case is
    kept loosely. Words over 40 characters are left alone.
    """
    return _convert_all(text, _LATIN_TOKEN, _latin_reader(), keep)


def from_russian_letters(text: str, keep: Collection[str] = ()) -> str:
    """Armenian typed in Russian letters, in Armenian script; ``keep`` as in :func:`to_armenian`."""
    return _convert_all(text, _CYRILLIC_TOKEN, _russian_reader(), keep)
