"""Language of short passages: floors per language, neighbours kept out, the rule for very short texts."""

from __future__ import annotations

import csv
import gzip
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.language import CODES, SHORT_CONFIDENCE, UNDETERMINED, Language, identify, likeliest
from tests.timing import assert_linear

SAMPLES = Path(__file__).parent / "samples" / "language.tsv"
SHARED = Path(os.environ.get("ARVIO_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "sentiment"

# A floor may only go up.
FLOORS = {
    "fi": 0.97,
    "sv": 0.97,
    "en": 0.97,
    "et": 0.97,
    "ru": 0.95,
    "hy": 1.0,
    "hy-Latn": 0.97,
    "hy-Cyrl": 0.95,
    "und": 0.95,
}
SHARED_FLOORS = {
    "fi": 0.97,
    "sv": 0.97,
    "en": 0.97,
    "et": 0.93,
    "ru": 0.93,
    "hy": 0.97,
    "hy-Latn": 0.97,
    "und": 0.95,
}


def samples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with SAMPLES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            found[row["language"]].append(row["text"])
    return found


def accuracy(texts: list[str], code: str) -> float:
    return sum(identify(text).code == code for text in texts) / len(texts)


@pytest.mark.parametrize("code", CODES)
def test_each_language_keeps_its_floor(code: str) -> None:
    texts = samples()[code]
    assert len(texts) >= 40
    assert accuracy(texts, code) >= FLOORS[code]


def test_neighbours_are_not_taken_for_ours_with_confidence() -> None:
    taken = [
        text
        for text in samples()[UNDETERMINED]
        if (found := identify(text)).code != UNDETERMINED and found.confidence > 0.9
    ]
    assert taken == []


def passages(texts: list[str], seed: int) -> list[str]:
    generator = random.Random(seed)
    found = []
    for text in texts:
        words = text.replace("[PERSON]", "").split()
        if len(words) >= 5:
            size = generator.randint(5, 15)
            start = generator.randint(0, max(0, len(words) - size))
            found.append(" ".join(words[start : start + size]))
    generator.shuffle(found)
    return found[:300]


def shared_texts(name: str, splits: tuple[str, ...] = ("dev",), script: str | None = None) -> Iterator[str]:
    with gzip.open(SHARED / name, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row.get("split", "dev") in splits and (script is None or row["script"] == script):
                yield row["text"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data beside the repo (set ARVIO_SHARED)")
@pytest.mark.parametrize(
    ("code", "name", "splits"),
    [
        ("fi", "fi/finnsentiment.tsv.gz", ("dev",)),
        ("fi", "fi/oppari_product_reviews.tsv.gz", ("dev",)),
        ("sv", "sv/swe_emoji_tweets.tsv.gz", ("dev",)),
        ("en", "en/scandisent_mt_sv2en.tsv.gz", ("test",)),
        ("et", "et/estonian_valence.tsv.gz", ("dev", "test")),
        ("ru", "ru/rusentiment.tsv.gz", ("test",)),
        ("hy", "hy/native_facebook_dev.tsv.gz", ("dev",)),
        ("hy-Latn", "hy/comments_unverified_dev.tsv.gz", ("dev",)),
        ("und", "no/norec_sentence.tsv.gz", ("dev",)),
        ("und", "multi/umsab_german.tsv.gz", ("dev",)),
        ("und", "multi/umsab_spanish.tsv.gz", ("dev",)),
    ],
)
def test_passages_of_5_to_15_real_words(code: str, name: str, splits: tuple[str, ...]) -> None:
    texts = passages(list(shared_texts(name, splits, "latn" if code == "hy-Latn" else None)), 5)
    assert accuracy(texts, code) >= SHARED_FLOORS[code]


def test_under_five_words_the_declared_language_decides() -> None:
    assert identify("Samsung Galaxy", "fi").code == "fi"
    assert identify("shat lavn er", "hy").code == "hy-Latn"
    assert identify("ok", "sv") == Language("sv", identify("ok", "sv").confidence)
    assert identify("ok", "sv").confidence <= SHORT_CONFIDENCE


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("fi", "Huijarit|Ihan ok|Mahtava palvelu|Liian kallis|Sopiva|Paras|Turha|Moi|Vau"),
        ("sv", "Bedragare|Dyrt|Gott|Kall mat|Trevlig personal|Undvik|Nöjd"),
        ("en", "Bad|Terrible service|Amazing|Total scam|Avoid this|Never again|Friendly staff|Nice"),
        ("ru", "Мошенники|Супер!|Отлично|Обман|Хорошо|Вкусно|Класс|Дорого|Воры|Цена?|Лучший магазин"),
        ("hy-Latn", "lavn a|lav er|vat er|arden ka?|merci jan|sut e|sar er|ayo|arag ein|dandagh"),
        ("hy-Cyrl", "шат лав|шат ват эр|инч аржи|сирун э|амот э|хабум ен|чи ашхатум"),
    ],
)
def test_a_few_words_are_ours_rather_than_one_of_many_neighbours(code: str, texts: str) -> None:
    assert [text for text in texts.split("|") if identify(text).code != code] == []


@pytest.mark.parametrize("declared", ["hy", "fi", None])
def test_a_few_words_in_russian_letters_are_russian_unless_they_look_armenian(declared: str | None) -> None:
    russian = ["Мошенники", "Отлично!", "Не рекомендую", "Супер", "Верните деньги"]
    assert {identify(text, declared).code for text in russian} == {"ru"}
    assert {identify(text, declared).code for text in ("шат лав", "инч аржи", "чи ашхатум")} == {"hy-Cyrl"}


def test_the_script_outranks_what_is_declared() -> None:
    assert identify("Շատ լավն է", "fi").code == "hy"
    assert identify("Очень хорошо", "fi").code == "ru"


def test_short_texts_without_a_declared_language_get_a_low_confidence() -> None:
    found = identify("Todella hyvä kahvila")
    assert found.code == "fi"
    assert found.confidence <= SHORT_CONFIDENCE


@pytest.mark.parametrize("text", ["", "😀😀", "!!! 100 %", "https://example.am/shat-lav", "@someone"])
def test_text_without_words_is_undetermined_or_as_declared(text: str) -> None:
    assert identify(text) == Language(UNDETERMINED, 0.0)
    assert identify(text, "hy") == Language("hy", 0.0)


def test_an_unknown_declared_language_is_no_answer() -> None:
    assert identify("😀", "tlh") == Language(UNDETERMINED, 0.0)


def test_longer_texts_are_not_overruled_by_what_is_declared() -> None:
    assert identify("The waiter was rude and our coffee came cold", "fi").code == "en"
    assert identify("Es khanuty shat lavn e bayc gnery tank en", "fi").code == "hy-Latn"


def test_latin_brand_names_do_not_hide_armenian_script() -> None:
    assert identify("Samsung Galaxy Ultra-ն շատ լավն է").code == "hy"


def test_user_names_links_and_hashtags_say_nothing() -> None:
    text = "@everyone @thebestuser #greatday https://example.com/this-is Kiitos kaikille, oli todella kivaa"
    assert identify(text).code == "fi"


def test_at_sign_as_schwa_is_armenian() -> None:
    assert identify("@ntaniqov gnacinq, ashxatox@ kopit er, hama@ lavn er").code == "hy-Latn"


@given(st.text(max_size=200), st.sampled_from([None, *CODES, "xx", ""]))
def test_any_text_gets_a_known_code_and_a_probability(text: str, declared: str | None) -> None:
    found = identify(text, declared)
    assert found.code in CODES
    assert 0.0 <= found.confidence <= 1.0


@pytest.mark.parametrize("piece", ["a", "a.", "@", "a@", "ա", "ж", "#a ", "a-", "www."])
def test_t16_hostile_repetition_stays_linear(piece: str) -> None:
    assert_linear(lambda times: identify(piece * times))


def test_import_is_light() -> None:
    code = "import sys, store.language, store.armenian, store.encoding; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "scrapy", "transformers"} & set(done.stdout.split())


def test_the_likeliest_of_some_languages_is_one_in_the_text_s_script() -> None:
    mine = ("fi", "en", "ru")
    assert likeliest("Das Essen war kalt and the waiter was rude", mine) == "en"
    assert likeliest("Дуже смачно", mine) == "ru"
    assert likeliest("Շատ համեղ էր", mine) is None
    assert likeliest("👍 123", mine) is None
