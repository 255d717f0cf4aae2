"""T17: bytes come out right or in doubt, never with a silent U+FFFD.

T18: mojibake is repaired on an exact round trip or not at all.
"""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.encoding import ARMSCII8_TABLE, decode, repair_mojibake

FINNISH = "Tämä on hyvä kahvila, pulla maksoi 4 € ja Škoda mahtui pihaan. Ääkkösiä riittää."
ARMENIAN = "Հայաստանի Հանրապետությունում շատ լավ եղանակ է։ Խանութում գնեցինք հաց և պանիր։"
RUSSIAN = "Привет, как дела? Очень хороший магазин, всем советую."
WRONG = (None, "utf-8", "iso-8859-1", "windows-1252", "no-such-encoding")


@pytest.mark.parametrize("header", WRONG)
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FINNISH, "cp1252"),
        (FINNISH, "iso8859-15"),
        (FINNISH, "utf-8"),
        (FINNISH, "utf-8-sig"),
        (FINNISH, "utf-16"),
        (FINNISH, "utf-16-le"),
        (FINNISH, "utf-16-be"),
        (ARMENIAN, "armscii-8"),
        (ARMENIAN, "utf-8"),
        (ARMENIAN, "utf-16-le"),
        (ARMENIAN, "utf-32"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
    ],
)
def test_t17_the_text_is_right_whatever_the_header_says(text: str, encoding: str, header: str | None) -> None:
    found = decode(text.encode(encoding), header, None)
    assert found.text == text
    assert not found.doubt


@pytest.mark.parametrize("header", WRONG)
def test_t17_a_wrong_meta_beside_a_wrong_header(header: str | None) -> None:
    found = decode(ARMENIAN.encode("armscii-8"), header, "windows-1252")
    assert found.text == ARMENIAN or found.doubt


def test_t17_armscii_inside_markup() -> None:
    page = f'<html><head><meta charset="armscii-8"><title>{ARMENIAN}</title></head></html>'
    found = decode(page.encode("armscii-8"), "iso-8859-1", "armscii-8")
    assert found.text == page
    assert found.encoding == "armscii-8"


def test_t17_damaged_utf8_is_in_doubt() -> None:
    body = FINNISH.encode()
    for damaged in (body[:20] + b"\xff" + body[20:], (FINNISH + "ä").encode()[:-1]):
        found = decode(damaged, "utf-8", None)
        assert found.doubt
        assert "hyvä" in found.text


def test_t17_a_replacement_character_in_the_source_is_in_doubt() -> None:
    assert decode("hyv\ufffd".encode(), "utf-8", "utf-8").doubt


@given(
    st.binary(max_size=300),
    st.sampled_from([*WRONG, "utf-16", "shift_jis", "armscii-8", "rot13", "hex", "\0"]),
)
def test_t17_any_bytes_decode_and_never_hide_a_replacement_character(body: bytes, header: str | None) -> None:
    found = decode(body, header, None)
    assert found.doubt or "\ufffd" not in found.text


WORDS = [
    "hyvä",
    "ÄÄ",
    "Ä",
    "Öljy",
    "yö",
    "PÄÄTÖS",
    "päätös",
    "ok",
    "Åbo",
    "Žukov",
    "šakki",
    "café",
    "4€",
    "Ääni",
    "än",
    "ja",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(["cp1252", "iso8859-15"]))
def test_t17_declared_single_byte_text_is_right_or_in_doubt(words: list[str], encoding: str) -> None:
    text = " ".join(words)
    found = decode(text.encode(encoding), encoding, None)
    assert found.doubt or found.text == text or found.encoding.startswith("utf-8")


@given(st.text(alphabet=sorted(set(ARMSCII8_TABLE) - {"\ufffe"})))
def test_armscii8_round_trip(text: str) -> None:
    assert text.encode("armscii-8").decode("armscii-8") == text


@given(st.binary())
def test_armscii8_decodes_or_says_where_not(body: bytes) -> None:
    if b"\xa1" in body or b"\xff" in body:
        with pytest.raises(UnicodeDecodeError):
            body.decode("armscii-8")
        assert "\ufffd" in body.decode("armscii-8", "replace")
    else:
        assert len(body.decode("armscii-8")) == len(body)


def test_armscii8_is_a_full_codec() -> None:
    assert codecs.lookup("ARMSCII_8").name == "armscii-8"
    assert "Հայ".encode("ArmSCII-8") == b"\xd0\xb3\xdb"
    decoder = codecs.getincrementaldecoder("armscii-8")()
    assert decoder.decode(b"\xd0\xb3") + decoder.decode(b"\xdb", True) == "Հայ"
    with pytest.raises(UnicodeEncodeError):
        "日".encode("armscii-8")
    assert "(հաց), - .".encode("armscii-8").isascii() is False
    assert "(), - .".encode("armscii-8") == b"(), - ."


@pytest.mark.parametrize(
    ("spoilt", "right"),
    [
        ("hyvÃ¤", "hyvä"),
        ("Ô¼Õ¡Õ¾", "Լավ"),
        ("Ã„Ã¤kkÃ¶set", "Ääkköset"),
        ("itâ€™s", "it’s"),
        ("hyvÃƒÂ¤", "hyvä"),
    ],
)
def test_t18_mojibake_is_repaired(spoilt: str, right: str) -> None:
    assert repair_mojibake(spoilt) == right


@pytest.mark.parametrize(
    "text", ["hyvä", "Լավ", "abc", "", "Ã", "hyvÃ¤ Լավ", "hyvÃ¤ hyvä", "naïve café", "€ 10"]
)
def test_t18_what_does_not_round_trip_is_left_alone(text: str) -> None:
    assert repair_mojibake(text) is None


@given(st.text(alphabet="abcäöåՀայաստանիցջՁՍՐприветЯ ", min_size=1, max_size=60))
def test_t18_text_spoilt_once_comes_back(text: str) -> None:
    spoilt = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    repaired = repair_mojibake(spoilt)
    assert repaired == (None if text.isascii() else text)
