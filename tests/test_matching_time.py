"""T16: nothing here takes more than linear time, and a brand list costs its building only."""

import time
from collections.abc import Callable

import pytest

from crawler.brands import Brand
from crawler.matching import Matcher
from crawler.passages import passages, sentences
from store.text import find_lookalikes, fold_lookalikes, has_mixed_words, normal_form, normalise
from tests.timing import assert_linear

MATCHER = Matcher(
    [
        Brand("Nokia", compounds=True),
        Brand("Iso Omena"),
        Brand("Elisa", case="exact", require_any=("liittymä",), exclude=("Elisa Kiiski",)),
    ]
)


def _find(text: str) -> object:
    return passages(text, MATCHER.find(text))


TEXTS = [
    "Nokian ja Elisan liittymä, mutta Nokia. ", "Elisa ", "Nokia", "Nоkia ", "Iso Omena Iso ",
    "Nokia, Iso Omena, ", "Nokias ", "Kävin Nokiast. ", "Нокиаум ",
    " \t", "a.b", ". ",
    "...", "((((", "՞", "e\u0301", "\u0301", "nokia-", "Nokia, Elisan ", "։", "\u200bN", "аa", "5.6. ",
    "aaaa" * 8 + ". ",
]  # fmt: skip


@pytest.mark.parametrize(
    "work", [normal_form, normalise, has_mixed_words, find_lookalikes, fold_lookalikes, sentences, _find]
)
@pytest.mark.parametrize("piece", TEXTS)
def test_t16_doubling_the_text_at_most_doubles_the_time(work: Callable[[str], object], piece: str) -> None:
    assert_linear(lambda length: work(piece * (length // len(piece) + 1)))


@pytest.mark.parametrize("filler", [", ei", ", ", "/", "Nokia, "])
def test_t16_a_sentence_of_commas_between_two_brands_takes_linear_time(filler: str) -> None:
    def work(length: int) -> object:
        half = length // 2
        listed = "Nokia, Iso Omena, " * (half // 18)
        return _find(f"Nokia{filler * (half // len(filler))} Iso Omena, {listed}")

    assert_linear(work)


def test_t16_what_stands_before_the_first_word_is_looked_through_once() -> None:
    assert_linear(lambda length: _find("(" * (length // 2) + "Elisan liittymä, " * (length // 34)))


def test_thousand_brands_build_in_seconds() -> None:
    start = time.process_time()
    middles = ("allu", "iita", "erkko", "oivu", "uhta", "aine", "yrsi", "ekki", "antti", "ilva")
    Matcher([Brand(f"{a}{b}{c}o") for a in "kmnprstvhl" for b in middles for c in "kltnrpsmvh"])
    assert time.process_time() - start < 10
