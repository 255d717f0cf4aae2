"""Text as the model reads it: one form for training and for use."""

import re
import unicodedata

from store.armenian import from_russian_letters, reformed, to_armenian
from store.language import SCHWA_FIRST

_URL = re.compile(r"(?:https?://|www\.)\S+")
_USER = re.compile(rf"(?!{SCHWA_FIRST.pattern})(?<!\w)@\w+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_LONG_RUN = re.compile(r"([^★☆⭐])\1{3,}")
_BACKTICK = re.compile("(?<=[ա-և])`")
_LIGATURES = {0xFB13: "մն", 0xFB14: "մե", 0xFB15: "մի", 0xFB16: "վն", 0xFB17: "մխ"}
_DROPPED = dict.fromkeys(
    [0xAD, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_CONTROLS = dict.fromkeys(code for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace())
_TABLE: dict[int, str | None] = {**_DROPPED, **_LIGATURES, **_CONTROLS}


def prepare(text: str) -> str:
    """Clean one text: NFC, no invisible characters, one space, links as `http`, users as `@user`.

    Runs of four or more equal characters are cut to three ("hyväääää" and "hyvääääääääää" read the same).
    Links and users as in TweetEval (Barbieri et al., 2020). An @ that stands for ը (@ntaniq) begins no user. Lone
    surrogates become U+FFFD. The ligature և stands for եւ too, as today's spelling has it; a
    backtick behind an Armenian letter is typed for ՝.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = unicodedata.normalize("NFC", text.translate(_TABLE))
    text = _BACKTICK.sub("՝", text.replace("եւ", "և").replace("Եւ", "Եվ"))
    text = _USER.sub("@user", _URL.sub("http", text))
    return _LONG_RUN.sub(r"\1\1\1", _SPACE.sub(" ", text)).strip()


def respell(text: str, language: str) -> str:
    """Armenian typed in Latin or Russian letters, in Armenian script; Armenian in today's spelling; else as it is."""
    if language == "hy-Latn":
        return to_armenian(text)
    if language == "hy-Cyrl":
        return from_russian_letters(text)
    return reformed(text) if language == "hy" else text
