"""Swedish names: the genitive where the brand speaks Swedish, and only in Swedish sentences."""

import json
import sys
from subprocess import run

import pytest

from crawler.brands import Brand
from crawler.matching import Matcher


def _found(name: str, text: str, languages: tuple[str, ...] = ("fi", "sv")) -> list[str]:
    return [text[hit.start : hit.end] for hit in Matcher([Brand(name, languages=languages)]).find(text)]


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("Elisa", "Elisas kundtjänst svarar aldrig.", "Elisas"),
        ("Posti", "Jag är trött på Postis dåliga leveranser.", "Postis"),
        ("IKEA", "IKEAs möbler är bra men dyra.", "IKEAs"),
        ("IKEA", "IKEA:s möbler är bra men dyra.", "IKEA:s"),
        ("Lidl", "Vi köpte det på Lidls rea igår.", "Lidls"),
        ("Sokos", "Jag gillar Sokos öppettider.", "Sokos"),
    ],
)
def test_genitive_is_found_whole(name: str, text: str, form: str) -> None:
    assert _found(name, text) == [form]


@pytest.mark.parametrize(
    "text",
    [
        "The powers of the customer are great in this shop.",
        "Jag såg hans powersats och powerns knapp.",
        "We met both of the Powers at the station yesterday.",
    ],
)
def test_other_words_in_s_are_none(text: str) -> None:
    assert _found("Power", text) == []


def test_english_genitive_is_one_behind_its_mark() -> None:
    assert _found("Elisa", "Elisa's service is bad and slow.") == ["Elisa's"]


def test_genitive_does_not_count_without_swedish() -> None:
    assert _found("Elisa", "Elisas kundtjänst svarar aldrig.", ("fi", "hy")) == []


def test_match_takes_swedish() -> None:
    command = [sys.executable, "-m", "cli", "match", "--brand", "Elisa", "--language", "sv"]
    done = run(
        command, input="Elisas kundtjänst", capture_output=True, text=True, encoding="utf-8", check=True
    )
    (hit,) = json.loads(done.stdout)["hits"]
    assert (hit["start"], hit["end"]) == (0, 6)
