"""The language of a short text: Finnish, Swedish, English, Russian, Estonian, or Armenian in three scripts.

Armenian script is told by its code points. Latin and Cyrillic texts are told by a linear model over the
character n-grams of each word, trained on the languages we take and on their neighbours (Norwegian, German,
Polish, Russian in Latin letters, …), whose probability goes to "und". The weights lie in ``language.bin``
beside this module (``python -m sentiment.training.language`` makes them) and are read at first use.
"""

from __future__ import annotations

import lzma
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

__all__ = ["CODES", "UNDETERMINED", "Language", "identify", "is_code"]

WEIGHTS = Path(__file__).with_name("language.bin")

UNDETERMINED = "und"
CODES = ("fi", "sv", "en", "ru", "et", "hy", "hy-Latn", "hy-Cyrl", UNDETERMINED)

# Under this many words the source's declared language decides, if the script allows it.
FEWEST_WORDS = 5
SHORT_CONFIDENCE = 0.6
# Nats: so much likelier each language is than one that is not ours, and Russian than Armenian in its letters. A few
# words alone cannot tell a language from its many neighbours; longer texts need no such help.
SHORT_PRIORS = {"fi": 3.0, "sv": 3.0, "en": 3.0, "hy-Latn": 3.0, "et": 2.0, "ru": 4.0}
LONGEST_GRAM = 5
LONGEST_WORD = 40
MOST_WORDS = 400

_CODE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?")
_LATIN = ("fi", "sv", "en", "et", "hy-Latn")
_CYRILLIC = ("ru", "hy-Cyrl")
_SCRIPT_OF = {"hy": "armenian", "ru": "cyrillic", "hy-Cyrl": "cyrillic"} | dict.fromkeys(_LATIN, "latin")

# Links, addresses, user names and hashtags say little of the language around them.
_ASIDE = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w[\w.-]*|(?<!\w)@[A-Za-z0-9]\w*|#\w+"
)
# @ntaniq is ընտանիք, no user name
SCHWA_FIRST = re.compile(r"(?<!\w)@(?=n[dtkgc]\w{2}|tenc|senc|st\b)", re.IGNORECASE)
# A word may hold the signs that Latin-letter Armenian uses as letters: @ for ը, 4 for չ, 6 for շ.
_WORD = re.compile(r"[^\W\d_]+(?:['’`@46][^\W\d_]+)*[@46]?|[@46][^\W\d_]+(?:['’`@46][^\W\d_]+)*")
_RUN = re.compile(r"(\w)\1{2,}")


def is_code(text: str) -> bool:
    """Whether `text` is written as the code of a language is, ours or not: `fi`, `hy-Latn`, `de`."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True)
class Language:
    """``code`` is one of :data:`CODES`; ``confidence`` is 0–1, at most 0.6 under five words."""

    code: str
    confidence: float


@dataclass(frozen=True)
class Model:
    """``classes``: names, ours or "x-…" for others, with the script as suffix; ``rows``: n-gram → weights."""

    classes: tuple[str, ...]
    rows: Mapping[str, bytes]
    bias: tuple[float, ...]
    scale: float
    temperature: float


def pack(model: Model) -> bytes:
    """A model as LZMA-compressed bytes."""
    keys = sorted(model.rows)
    width = len(model.classes)
    columns = bytearray()
    for column in range(width):
        columns += bytes(model.rows[key][column] for key in keys)
    head = "\n".join(
        (
            "\t".join(model.classes),
            "\t".join(f"{value:.4f}" for value in model.bias),
            f"{model.scale!r}\t{model.temperature!r}",
            "\t".join(keys),
        )
    ).encode()
    return lzma.compress(len(head).to_bytes(4, "little") + head + columns, preset=9 | lzma.PRESET_EXTREME)


def unpack(body: bytes) -> Model:
    """The inverse of :func:`pack`. Raises lzma.LZMAError on a damaged file."""
    raw = lzma.decompress(body)
    size = int.from_bytes(raw[:4], "little")
    classes, bias, scales, grams = raw[4 : 4 + size].decode().split("\n")
    keys = grams.split("\t")
    columns = raw[4 + size :]
    names = tuple(classes.split("\t"))
    count = len(keys)
    rows = {key: columns[at::count] for at, key in enumerate(keys)}
    scale, temperature = map(float, scales.split("\t"))
    return Model(names, rows, tuple(map(float, bias.split("\t"))), scale, temperature)


@cache
def _model() -> Model:
    return unpack(WEIGHTS.read_bytes())


def grams_of(word: str) -> list[str]:
    """Character n-grams of one lower-case word, sizes 1–5 with "^" before and "$" after, and the word."""
    padded = f"^{word}$"
    size = len(padded)
    grams = [padded[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(size - n + 1)]
    if size > LONGEST_GRAM:
        grams.append(padded)
    return grams


def words_of(text: str) -> list[str]:
    """Lower-case words of a text without links, user names and hashtags; runs of three letters cut to two."""
    text = unicodedata.normalize("NFC", text[: 40 * MOST_WORDS])
    text = _ASIDE.sub(" ", SCHWA_FIRST.sub("ə", text))
    words = _WORD.findall(text.lower().replace("i̇", "i"))
    return [_RUN.sub(r"\1\1", word) for word in words[:MOST_WORDS]]


@lru_cache(1 << 15)
def _word_scores(word: str) -> tuple[float, ...]:
    model = _model()
    found = [row for row in map(model.rows.get, grams_of(word[:LONGEST_WORD])) if row is not None]
    if not found:
        return (0.0,) * len(model.classes)
    middle = 128 * len(found)  # weights are stored as unsigned bytes
    return tuple((total - middle) * model.scale for total in map(sum, zip(*found, strict=True)))


def _script(words: Sequence[str]) -> str:
    counts: Counter[str] = Counter()
    for char in "".join(words):
        if "a" <= char <= "z" or "ß" <= char <= "ɏ" or "ḁ" <= char <= "ỿ":
            counts["latin"] += 1
        elif "ա" <= char <= "և":
            counts["armenian"] += 1
        elif "а" <= char <= "ԯ" or "Ѐ" <= char <= "ԯ":
            counts["cyrillic"] += 1
        elif char.isalpha():
            counts["other"] += 1
    # Armenian sentences are full of brand names in Latin letters: a third of the letters is enough.
    others = counts["latin"] + counts["cyrillic"]
    if counts["armenian"] * 2 >= others and counts["armenian"] > counts["other"]:
        return "armenian"
    return counts.most_common(1)[0][0] if counts else "none"


def _probabilities(words: Sequence[str], script: str, declared: str | None) -> dict[str, float]:
    model = _model()
    scores = [sum(column) for column in zip(*map(_word_scores, words), strict=True)]
    spread = 1.0 / (model.temperature * math.sqrt(max(1, len(words))))
    priors = SHORT_PRIORS if len(words) < FEWEST_WORDS else {}
    logits = {}
    for name, bias, score in zip(model.classes, model.bias, scores, strict=True):
        if (script == "cyrillic") != (name in _CYRILLIC or name.endswith("-cyrl")):
            continue
        logits[name] = score * spread + bias + priors.get(name, 0.0) + (1.0 if name == declared else 0.0)
    top = max(logits.values())
    weights = {name: math.exp(logit - top) for name, logit in logits.items()}
    total = sum(weights.values())
    out: Counter[str] = Counter()
    for name, weight in weights.items():
        out[UNDETERMINED if name.startswith("x-") else name] += weight / total  # type: ignore[assignment]
    return dict(out)


def _family(declared: str | None, script: str) -> str | None:
    """The declared language as it would be written in ``script``, or None if it would not."""
    if declared is None:
        return None
    base = declared.replace("_", "-").split("-")[0].lower()
    if base == "hy":
        return {"armenian": "hy", "latin": "hy-Latn", "cyrillic": "hy-Cyrl"}.get(script)
    return base if _SCRIPT_OF.get(base) == script else None


def identify(text: str, declared: str | None = None) -> Language:
    """The language of ``text``.

    ``declared`` is what the source says of itself ("fi", "hy"). Of a text without words it is the answer,
    at confidence 0; of one to four words too (0.6 at most) if the text's script can write it; of longer
    texts it only breaks near-ties, and of any in Russian letters where it is Armenian, whose speakers write
    Russian too. Without it short texts get the best guess, capped at 0.6. Languages that are not ours are "und".
    """
    words = words_of(text)
    script = _script(words)
    if script == "none":
        known = declared in CODES
        return Language(declared if known and declared else UNDETERMINED, 0.0)
    short = len(words) < FEWEST_WORDS
    expected = _family(declared, script)
    if script == "armenian":
        return Language("hy", 1.0 if len(words) > 1 or len(words[0]) > 1 else SHORT_CONFIDENCE)
    if script == "other":
        return Language(UNDETERMINED, 1.0)
    found = _probabilities(words, script, expected)
    if short and expected not in (None, "hy-Cyrl"):
        return Language(expected, min(SHORT_CONFIDENCE, max(found.get(expected, 0.0), 0.1)))
    code = max(found, key=found.__getitem__)
    return Language(code, min(SHORT_CONFIDENCE, found[code]) if short else found[code])


def likeliest(text: str, among: Sequence[str]) -> str | None:
    """Of the languages ``among``, in the script of ``text``, the likeliest, whatever else the text may be.

    None if the text has no words or none of the languages is written in its script.
    """
    words = words_of(text)
    script = _script(words)
    found = _probabilities(words, script, None) if script in ("latin", "cyrillic") else {}
    return max((each for each in among if each in found), key=found.__getitem__, default=None)
