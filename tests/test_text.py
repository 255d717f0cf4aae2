"""The normal form, its offsets, and look-alike letters (T19, T20)."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.text import find_lookalikes, fold_lookalikes, normal_form, normalise

TRICKY = st.sampled_from(
    "եւևԵՒﬓﬔﬕﬖﬗ՞՛՜՟։՝\u0301\u0308 \u00a0\n\t\u200b\u00ad\u202eİŉßΐ\u0345\u1100\u1161\u11a8aäA-–’՚"
)
TEXTS = st.text(alphabet=st.one_of(st.characters(), TRICKY), max_size=40)


@pytest.mark.parametrize("written", ["Երևան", "ԵՐԵՎԱՆ", "ԵՐԵՒԱՆ", "Երեւան", "Երե՞ւան", "Ե\u00adրևան"])
def test_t19_spellings_of_yev_are_one(written: str) -> None:
    assert normal_form(written) == "երեվան"


@pytest.mark.parametrize(
    ("ligature", "letters"), [("ﬓ", "մն"), ("ﬔ", "մե"), ("ﬕ", "մի"), ("ﬖ", "վն"), ("ﬗ", "մխ"), ("ﬔւ", "մեվ")]
)
def test_t19_presentation_ligatures_are_their_letters(ligature: str, letters: str) -> None:
    assert normal_form(ligature) == letters


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Nok\u00adia", "nokia"), ("N\u200bo\u200dkia\ufeff", "nokia"), ("Iso\u00a0Omena", "iso omena"),
        ("Nokia\u2011puhelin", "nokia-puhelin"), ("Nokia–puhelin", "nokia-puhelin"),
        ("Apple\u058aի", "apple-ի"), ("Renault’n", "renault'n"), ("ո՛չ", "ոչ"),
        ("Ի՞նչ", "ինչ"), ("\u202eabc\u202c", "abc"),
        ("Iso \n Omena", "iso omena"), ("Straße", "strasse"), ("Äly", "äly"),
    ],
)  # fmt: skip
def test_normal_form_folds_what_writers_vary(written: str, normal: str) -> None:
    assert normal_form(written) == normal


def test_t20_armenian_full_stop_still_separates_words() -> None:
    assert normal_form("այո։ոչ") == "այո։ոչ"


@settings(deadline=None)
@given(TEXTS)
def test_normalise_agrees_with_normal_form_and_is_idempotent(text: str) -> None:
    normal = normal_form(text)
    assert normalise(text).text == normal
    assert normal_form(normal) == normal


@settings(deadline=None)
@given(TEXTS)
def test_t19_composed_and_decomposed_are_one(text: str) -> None:
    assert normal_form(unicodedata.normalize("NFD", text)) == normal_form(unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(TEXTS)
def test_offsets_lead_back_into_the_original_in_order(text: str) -> None:
    normalised = normalise(text)
    assert len(normalised.offsets) == len(normalised.ends) == len(normalised.text)
    assert list(normalised.offsets) == sorted(normalised.offsets)
    for start, end in zip(normalised.offsets, normalised.ends, strict=True):
        assert 0 <= start < end <= len(text)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["Nokia", "երեվան", "äly"]), TEXTS)
def test_span_gives_back_the_word_that_was_put_in(before: str, word: str, after: str) -> None:
    text = f"{before} {word} {after}"
    normalised = normalise(text)
    place = (
        len(normal_form(f"{before} "))
        if not before.endswith("ե")
        else normalised.text.index(normal_form(word))
    )
    start, end = normalised.span(place, place + len(normal_form(word)))
    assert normal_form(text[start:end]) == normal_form(word)


def test_empty_span_is_empty() -> None:
    assert normalise("").span(0, 0) == (0, 0)
    assert normalise("ab").span(2, 2) == (2, 2)


def test_t20_lookalikes_are_found_with_their_reading() -> None:
    (found,) = find_lookalikes("kun Nоkia on")
    assert (found.start, found.end, found.word) == (4, 9, "Nоkia")
    assert "Nokia" in found.foldings


def test_t20_words_of_one_script_are_left_alone() -> None:
    assert find_lookalikes("Nokia Նոկիա Нокиа C3PO") == []
    assert fold_lookalikes("Nokia Նոկիա Нокиа") == []


@given(TEXTS)
def test_t20_readings_keep_the_length(text: str) -> None:
    assert all(len(reading) == len(text) for reading in fold_lookalikes(text))
