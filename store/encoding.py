"""Bytes to text: an ARMSCII-8 codec, encoding detection that says when it doubts, and mojibake repair.

Importing the module registers the codec, so that ``b"...".decode("armscii-8")`` works.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TextIO

__all__ = [
    "REPLACEMENT",
    "Decoded",
    "decode",
    "encoding_of",
    "reader",
    "register_armscii8",
    "repair_mojibake",
]

REPLACEMENT: Final = "\ufffd"
_UNMAPPED = "\ufffe"  # what codecs.charmap_decode takes for "no such character"

# ARMSCII-8 (AST 34.005:1997), as in glibc and libiconv: 0xA1 and 0xFF are left unmapped.
_SIGNS = "\xa0" + _UNMAPPED + "և։)(»«—.՝,-֊…՜՛՞"
_LETTERS = "".join(chr(0x531 + i) + chr(0x561 + i) for i in range(38))
ARMSCII8_TABLE: Final = "".join(map(chr, range(0xA0))) + _SIGNS + _LETTERS + "՚" + _UNMAPPED
# Punctuation stands twice in the table: the ASCII byte is the one to write.
_ARMSCII8_BYTES = {ord(ARMSCII8_TABLE[byte]): byte for byte in range(254, -1, -1) if byte != 0xA1}


class _Armscii8(codecs.Codec):
    def encode(self, input: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.charmap_encode(input, errors, _ARMSCII8_BYTES)

    def decode(self, input: bytes, errors: str = "strict") -> tuple[str, int]:
        return codecs.charmap_decode(input, errors, ARMSCII8_TABLE)


class _Armscii8Encoder(codecs.IncrementalEncoder):
    def encode(self, input: str, final: bool = False) -> bytes:
        return codecs.charmap_encode(input, self.errors, _ARMSCII8_BYTES)[0]


class _Armscii8Decoder(codecs.IncrementalDecoder):
    def decode(self, input: bytes, final: bool = False) -> str:  # type: ignore[override]
        return codecs.charmap_decode(input, self.errors, ARMSCII8_TABLE)[0]


class _Armscii8Writer(_Armscii8, codecs.StreamWriter):
    pass


class _Armscii8Reader(_Armscii8, codecs.StreamReader):
    pass


def _find_armscii8(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "").replace("-", "") != "armscii8":
        return None
    codec = _Armscii8()
    return codecs.CodecInfo(
        name="armscii-8",
        encode=codec.encode,
        decode=codec.decode,  # type: ignore[arg-type]
        incrementalencoder=_Armscii8Encoder,
        incrementaldecoder=_Armscii8Decoder,
        streamreader=_Armscii8Reader,
        streamwriter=_Armscii8Writer,
    )


def register_armscii8() -> None:
    """Make "armscii-8" known to :mod:`codecs`; calling it again changes nothing."""
    try:
        codecs.lookup("armscii-8")
    except LookupError:
        codecs.register(_find_armscii8)


register_armscii8()


@dataclass(frozen=True)
class Decoded:
    """``encoding`` is the codec's name; ``doubt`` says that the text may be wrong or holds U+FFFD."""

    text: str
    encoding: str
    doubt: bool


# WHATWG Encoding Standard §4.2: these labels mean windows-1252 on the web.
_LATIN1 = {"ascii", "iso8859-1", "cp1252"}
_NOT_ON_THE_WEB = {"idna", "punycode", "utf-7", "undefined", "unicode_escape", "raw_unicode_escape"}
_CANDIDATES = ("cp1252", "iso8859-15", "armscii-8", "cp1251", "koi8-r")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 200_000
_CLEAR = 0.9
_MARGIN = 0.1
_FEW = 5  # non-ASCII characters, too few to overrule what is declared without doubt
_TRUST = 0.35  # a declared encoding may look this much worse than another script's


def _known(label: str | None) -> str | None:
    """The codec name of an encoding label; None for an unknown one and for what is no text encoding."""
    if not label:
        return None
    try:
        info = codecs.lookup(label.strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in _NOT_ON_THE_WEB:
        return None
    return "cp1252" if info.name in _LATIN1 else info.name


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeError, ValueError):
        return None


def _finish(text: str, encoding: str, doubt: bool) -> Decoded:
    text = text.removeprefix("\ufeff")
    return Decoded(text, encoding, doubt or REPLACEMENT in text)


def _wide_guess(body: bytes) -> str | None:
    """utf-16-le or utf-16-be if one byte of each pair is nearly always a high byte of our scripts."""
    sample = body[: min(len(body), 4000) & ~1]
    if len(sample) < 4:
        return None
    high = b"\x00\x04\x05\x20"
    for encoding, start in (("utf-16-be", 0), ("utf-16-le", 1)):
        ours, others = sample[start::2], sample[1 - start :: 2]
        share = sum(ours.count(byte) for byte in high) / len(ours)
        if share >= 0.95 and sum(others.count(byte) for byte in b"\x00\x04\x05") / len(others) < 0.3:
            return encoding
    return None


_WORD = re.compile(r"[^\W\d_]+")
_LATIN_EXTRA = frozenset("äöåõüšžéèáàâçñøæœßëïíóôúêîÿ")
_NORTHERN = frozenset("abcdefghijklmnopqrstuvwxyzåäöõüšž")
_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ")
_ARMENIAN = frozenset(map(chr, range(0x561, 0x588)))
_SIGNS_EXPECTED = frozenset("«»„“”‘’‚–—…•·©®™°§€£±½¼¾²³×՝՛՞՜։֊՚№¡¿´¨\xa0\xad")


def _word_mark(word: str) -> float:
    """How well-formed a word with non-ASCII letters looks: 0 to 1."""
    lower = word.lower()
    letters = set(lower)
    if letters <= _ARMENIAN or letters <= _CYRILLIC:
        mark = 1.0
    elif all(char.isascii() or char in _LATIN_EXTRA for char in letters):
        accented = sum(not char.isascii() for char in lower)
        mark = 1.0 if accented <= max(1, len(word) * 0.5) or letters <= _NORTHERN else 0.2
    else:
        return 0.0
    if word in (lower, lower.capitalize()) or lower in ("և",):
        return mark
    return mark * (0.7 if word.isupper() else 0.1)


def _marks(text: str) -> Iterator[float]:
    for match in _WORD.finditer(text):
        if not match[0].isascii():
            yield _word_mark(match[0])
    for at, char in enumerate(text):
        if char.isascii() or char.isalpha():
            continue
        if "\x80" <= char <= "\x9f" or char == REPLACEMENT:
            yield 0.0
        elif char in "¦¨´¸¤":  # Š š Ž ž € of ISO-8859-15, hardly ever meant
            yield 0.2
        else:
            # a sign inside a word is no sign
            inside = 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()
            yield 0.3 if inside and char not in "’՛՞՜·" else 1.0 if char in _SIGNS_EXPECTED else 0.5


def _plausibility(text: str) -> float:
    marks = list(_marks(text))
    return sum(marks) / len(marks) if marks else 1.0


def _single_byte(body: bytes, declared: list[str]) -> Decoded:
    """The best single-byte reading; without doubt only if it is clearly well-formed and nothing rivals it."""
    sample = body[:_SAMPLE]
    readings: dict[str, tuple[float, str]] = {}
    for encoding in dict.fromkeys([*declared, *_CANDIDATES]):
        text = _strict(sample, encoding)
        if text is not None and not (encoding.startswith(("utf", "iso2022")) or len(text) < len(sample) / 4):
            readings[encoding] = (_plausibility(text), text)
    if not readings:
        return _finish(body.decode("cp1252", "replace"), "cp1252", True)
    order = sorted(readings, key=lambda name: -readings[name][0])
    best = order[0]
    for name in declared:
        alike = {name, best} <= {"cp1252", "iso8859-15"}
        if name in readings and readings[name][0] >= readings[best][0] - (_MARGIN / 2 if alike else _TRUST):
            best = name
            break
    mark, text = readings[best]
    rivals = [readings[name][0] for name in order if readings[name][1] != text]
    agreed = best in declared
    clear = mark >= (_CLEAR - 0.2 if agreed else _CLEAR)
    nearest = max(rivals, default=0.0)
    overruled = bool(declared) and not agreed
    few = sum(not char.isascii() for char in text) < _FEW
    doubt = not clear or (overruled and few) or nearest > (mark + _MARGIN if agreed else mark - _MARGIN)
    whole = _strict(body, best)
    return _finish(body.decode(best, "replace") if whole is None else whole, best, doubt or whole is None)


def _damaged_utf8(body: bytes) -> Decoded | None:
    """UTF-8 with a few bad bytes or a cut end: decoded with the damage marked, in doubt; else None."""
    text = body.decode("utf-8", "replace")
    bad = text.count(REPLACEMENT)
    good = sum(1 for char in text[:_SAMPLE] if not char.isascii() and char != REPLACEMENT)
    if good >= 4 * bad:
        return _finish(text, "utf-8", True)
    return None


def decode(body: bytes, header_charset: str | None = None, declared_meta: str | None = None) -> Decoded:
    """The text of ``body``, with what the HTTP header and the document say of its encoding.

    A byte order mark decides; then valid UTF-8, whatever is declared; then the declared encodings and the
    usual single-byte ones (windows-1252, ISO-8859-15, ARMSCII-8, windows-1251, KOI8-R), ranked by how
    well-formed the words come out. ``doubt`` is True where the evidence does not settle it and wherever
    the text holds U+FFFD. No exception is raised for any input.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            text = _strict(body, encoding)
            return _finish(body.decode(encoding, "replace") if text is None else text, encoding, text is None)
    declared = [name for name in dict.fromkeys(map(_known, (header_charset, declared_meta))) if name]
    wide = _wide_guess(body)
    for encoding in [wide] if wide else []:
        text = _strict(body, encoding)
        if text is not None and not any(unicodedata.category(char) in ("Cn", "Co") for char in text[:2000]):
            return _finish(text, encoding, False)
    text = _strict(body, "utf-8")
    if text is not None:
        return _finish(text, "utf-8", "\x00" in text)
    multibyte = [name for name in declared if _is_multibyte(name)]
    for encoding in multibyte:
        text = _strict(body, encoding)
        if text is not None:
            return _finish(text, encoding, _plausibility(text[:_SAMPLE]) < 0.4)
    return _damaged_utf8(body) or _single_byte(body, [name for name in declared if name not in multibyte])


def encoding_of(file: BinaryIO) -> tuple[str, bool]:
    """The encoding of a file of any size, read in pieces from where it stands, and whether it is in doubt.

    As `decode`, which sees the file's start and, where it is no UTF-8, as many of its non-ASCII lines as it
    looks at: the rest may still hold what the encoding has no character for.
    """
    start = file.tell()
    found = decode(file.read(_SAMPLE))
    if found.encoding.startswith(("utf-16", "utf-32", "utf-8-sig")):
        file.seek(start)
        return found.encoding, not _is_whole(file, found.encoding)
    file.seek(start)
    if _is_whole(file, "utf-8"):
        return "utf-8", False
    file.seek(start)
    sample = bytearray()
    for line in iter(lambda: file.readline(_SAMPLE), b""):
        if not line.isascii():
            sample += line
        if len(sample) >= _SAMPLE:
            break
    found = decode(bytes(sample))
    return found.encoding, found.doubt or found.encoding == "utf-8"


def reader(file: BinaryIO, encoding: str) -> TextIO:
    """The file as text, line ends as they are; what the encoding has no character for becomes U+FFFD."""
    return io.TextIOWrapper(file, encoding, errors="replace", newline="")


def _is_whole(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_SAMPLE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _is_multibyte(name: str) -> bool:
    return name.startswith(("utf", "gb", "big5", "euc", "shift", "iso2022", "cp932", "cp949", "hz", "johab"))


def _web_bytes(text: str) -> bytes | None:
    """Bytes that a browser shows as ``text`` under windows-1252, C1 controls included; None if none."""
    out = bytearray()
    for char in text:
        if char < "\x80" or "\xa0" <= char <= "\xff":
            out.append(ord(char))
            continue
        try:
            out += char.encode("cp1252")
        except UnicodeEncodeError:
            if not "\x80" <= char <= "\x9f":
                return None
            out.append(ord(char))
    return bytes(out)


def repair_mojibake(text: str) -> str | None:
    """UTF-8 that was read as windows-1252 (or Latin-1), read rightly; None if ``text`` is no such thing.

    Only an exact round trip counts: every character must be a windows-1252 byte, the bytes valid UTF-8, and
    reading the repaired text wrongly again must give ``text``. Text spoilt twice is repaired twice. The
    caller keeps the original.
    """
    repaired = None
    for _ in range(3):
        if text.isascii():
            break
        body = _web_bytes(text)
        right = None if body is None else _strict(body, "utf-8")
        if right is None or right == text or REPLACEMENT in right or _controls(right) > _controls(text):
            break
        repaired = text = right
    return repaired


def _controls(text: str) -> int:
    return sum(unicodedata.category(char) in ("Cc", "Cn") for char in text)
