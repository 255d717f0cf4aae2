"""Armenian in Latin and Russian letters: respelling, reading back, what stays as it is."""

from __future__ import annotations

import csv
import gzip
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.armenian import (
    from_russian_letters,
    normalise,
    reformed,
    to_armenian,
    to_latin,
    to_russian_letters,
)
from tests.timing import assert_linear

SAMPLES = Path(__file__).parent / "samples" / "language.tsv"
SHARED = Path(os.environ.get("ARVIO_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "sentiment"
WORD = re.compile(r"[ա-ֆև]+")


def armenian_samples() -> list[str]:
    with SAMPLES.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["text"] for row in rows if row["language"] == "hy"]


def words(text: str) -> list[str]:
    return WORD.findall(re.sub("[՛՜՞]", "", normalise(text).lower()))


def share_of_words(texts: list[str], back: list[str]) -> float:
    right = total = 0
    for text, again in zip(texts, back, strict=True):
        truth, found = words(text), words(again)
        total += len(truth)
        right += sum(a == b for a, b in zip(truth, found, strict=False))
    return right / total


def test_our_own_sentences_come_back_from_latin_letters_in_every_habit() -> None:
    texts = armenian_samples() * 5
    generator = random.Random(11)
    latin = [to_latin(text, generator) for text in texts]
    assert share_of_words(texts, [to_armenian(text) for text in latin]) >= 0.92


def test_our_own_sentences_come_back_from_russian_letters() -> None:
    texts = armenian_samples() * 3
    generator = random.Random(12)
    cyrillic = [to_russian_letters(text, generator) for text in texts]
    assert share_of_words(texts, [from_russian_letters(text) for text in cyrillic]) >= 0.88


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data beside the repo (set ARVIO_SHARED)")
def test_unseen_native_comments_come_back_from_latin_letters() -> None:
    with gzip.open(
        SHARED / "hy" / "native_facebook_dev.tsv.gz", "rt", encoding="utf-8", newline=""
    ) as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [row["text"] for row in rows if WORD.search(row["text"])]
    generator = random.Random(13)
    back = [to_armenian(to_latin(text, generator)) for text in texts]
    assert share_of_words(texts, back) >= 0.85


@pytest.mark.parametrize(
    ("latin", "armenian"),
    [
        ("shat lav e", "շատ լավ է"),
        ("6at lav e", "շատ լավ է"),
        ("šat lav e", "շատ լավ է"),
        ("lav a", "լավ ա"),
        ("lavna", "լավնա"),
        ("4em uzum", "չեմ ուզում"),
        ("chem ouzoum", "չեմ ուզում"),
        ("@ntaniqov", "ընտանիքով"),
        ("yntanikov", "ընտանիքով"),
        ("shnorhakalutyun", "շնորհակալություն"),
        ("shnorhakalutiun", "շնորհակալություն"),
        ("xanut", "խանութ"),
        ("khanut'", "խանութ"),
        ("p'ogh ch'ka", "փող չկա"),
        ("axjik", "աղջիկ"),
        ("aghjik", "աղջիկ"),
        ("Yerevan ev Gyumri", "Երևան և Գյումրի"),
        ("yerexa", "երեխա"),
        ("inch@", "ինչը"),
        ("2or, 300,000@", "2որ, 300,000ը"),
        ("3 or", "3 օր"),
        ("SHAT LAV", "ՇԱՏ ԼԱՎ"),
        ("shaaaaat lav", "շատ լավ"),
    ],
)
def test_the_usual_habits_are_read(latin: str, armenian: str) -> None:
    assert to_armenian(latin) == armenian


@pytest.mark.parametrize(
    ("latin", "armenian"),
    [
        ("es inch gner en", "էս ինչ գներ են"),
        ("Es xanut@ shat lavn e", "Էս խանութը շատ լավն է"),
        ("vat er, es xanutic chgneq", "վատ էր, էս խանութից չգնեք"),
        ("ba es inch er", "բա էս ինչ էր"),
        ("es inchu chi ashxatum?", "էս ինչու չի աշխատում?"),
        ("es shat goh em", "ես շատ գոհ եմ"),
        ("es ed xanutic chem gnum", "ես էդ խանութից չեմ գնում"),
        ("es inch em arel", "ես ինչ եմ արել"),
        ("es inchu petq e vcharem", "ես ինչու պետք է վճարեմ"),
        ("es erb gnaci pak er", "ես երբ գնացի փակ էր"),
        ("es arden vcharel er", "ես արդեն վճարել էր"),
        ("es xanut@ vaxuc gta", "ես խանութը վաղուց գտա"),
        ("du inch es uzum", "դու ինչ ես ուզում"),
    ],
)
def test_es_is_this_or_i_by_what_follows(latin: str, armenian: str) -> None:
    assert to_armenian(latin) == armenian


def test_colloquial_russian_letters_are_read() -> None:
    assert from_russian_letters("шат лав ханут э") == "շատ լավ խանութ է"


@pytest.mark.parametrize(
    "kept",
    [
        "https://example.am/shat/lav",
        "www.example.com",
        "@some_user",
        "@nvidia",
        "#shatlav",
        "info@bank.am",
        "wolt.com",
        "😍😂",
        "12 345",
        "Շատ լավ է։",
        "battery",
        "hyvää",
        "Привет",
        "",
    ],
)
def test_what_is_no_latin_armenian_stays(kept: str) -> None:
    assert to_armenian(kept) == kept
    assert to_armenian(f"shat lav {kept} e") == f"շատ լավ {kept} է"


def test_brand_names_given_stay() -> None:
    assert to_armenian("Wolt shat lavn e", keep={"wolt"}) == "Wolt շատ լավն է"


def test_one_habit_lasts_a_whole_text_and_equal_seeds_agree() -> None:
    text = "շուն շատ շուտ շաբաթ քաղաք քույր քար"
    for seed in range(30):
        latin = to_latin(text, random.Random(seed))
        assert latin == to_latin(text, random.Random(seed))
        assert latin.count("k") in (0, 3, 4) or "q" in latin
        assert sum(latin.count(sign) > 0 for sign in ("sh", "š", "6", "w")) <= 1


def test_habits_differ_between_writers() -> None:
    assert (
        len({to_latin("Շատ լավ խանութ է, ընկերս չի ուզում", random.Random(seed)) for seed in range(40)}) > 15
    )


def test_the_armenian_question_mark_ends_the_sentence() -> None:
    assert to_latin("Ինչո՞ւ եկար։ Գնա՛", random.Random(3)).count("?") == 1
    assert "?" in to_latin("Ինչո՞ւ", random.Random(3))


def test_t19_ligatures_and_both_spellings_of_yev_are_one() -> None:
    assert normalise("եւ") == "և"
    assert normalise("\ufb13\ufb14\ufb15\ufb16\ufb17") == "մնմեմիվնմխ"


def test_classical_spelling_becomes_today_s() -> None:
    classical = (
        "Շատ լաւ ծառայութիւն, սպասարկութեան համար շնորհակալութիւն։ Պատրաստուած ալիւր, անիւ, հիւանդ հիւր։"
    )
    today = (
        "Շատ լավ ծառայություն, սպասարկության համար շնորհակալություն։ Պատրաստված ալյուր, անիվ, հիվանդ հյուր։"
    )
    assert reformed(classical) == today
    assert reformed(today) == today


def test_today_s_spelling_stays_as_it_is() -> None:
    text = "Ինչո՞ւ, ո՜ւր, Ու։ Սաունա և Ռուանդա, Եւրոպա, Երևան, Ագուերո"
    assert reformed(text) == text
    assert all(reformed(each) == each for each in map(normalise, armenian_samples()))


@given(st.text(max_size=80))
def test_any_text_can_be_converted(text: str) -> None:
    assert isinstance(to_armenian(text), str)
    assert isinstance(from_russian_letters(text), str)
    assert isinstance(to_latin(text, random.Random(1)), str)
    assert isinstance(to_russian_letters(text, random.Random(1)), str)


@given(st.text(alphabet="աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցուփքօֆև՞՛։, ", max_size=60))
def test_respelling_leaves_no_armenian_letter(text: str) -> None:
    assert not re.search("[Ա-և]", to_latin(text, random.Random(text)))
    assert not re.search("[Ա-և]", to_russian_letters(text, random.Random(text)))


@pytest.mark.parametrize("piece", ["a", "a.", "@", "a@", "'", "k'", "1", "a-", "sh ", "www.", "es inch u "])
def test_t16_hostile_repetition_stays_linear(piece: str) -> None:
    assert_linear(lambda times: to_armenian(piece * times))
