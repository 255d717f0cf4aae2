"""Armenian word by word in English: forms, phrases, endings, marks, names, and the table itself."""

import random
import re

import numpy as np
import pytest

from sentiment.gloss import LONGEST, TABLE, Glosses, gloss
from sentiment.scorer import Scorer

FORMS = {
    "լավ": "good",
    "խաղ": "game",
    "խաղից": "from the game",
    "սիրել": "to love",
    "սիրում": "loving",
    "սիրեց": "loved",
    "եմ": "I am",
    "է": "is",
    "չեմ": "I don't",
    "դուր": "liking",
    "դուր չեկավ": "didn't like",
    "ունեք": "you have",
    "գիրքը": "the book",
}


@pytest.fixture(scope="module")
def glosses() -> Glosses:
    return Glosses(FORMS)


@pytest.mark.parametrize(
    ("armenian", "english"),
    [
        ("խաղից դուր չեկավ", "from the game didn't like"),
        ("Դուր չեկավ", "Didn't like"),
        ("դուր, չեկավ", "liking, chekav"),
        ("խաղում", "game"),
        ("չսիրեց", "not loved"),
        ("կսիրեց", "will loved"),
        ("սիրելու", "to love"),
        ("գիրքս լավ", "the book good"),
    ],
)
def test_the_longest_phrase_then_the_form_then_its_kin(glosses: Glosses, armenian: str, english: str) -> None:
    assert glosses(armenian) == english


def test_to_be_comes_before_the_word_it_follows_in_armenian(glosses: Glosses) -> None:
    assert glosses("խաղը լավ է") == "game is good"
    assert glosses("սիրում եմ խաղը") == "I am loving game"
    assert glosses("է") == "is"
    assert glosses("iPhone է") == "is iPhone"


def test_marks_inside_a_word_go_to_its_end_or_away(glosses: Glosses) -> None:
    assert glosses("Ունե՞ք խա՜ղ։") == "You have? game."
    assert glosses("«խաղ»՝ լա՛վ") == '"game", good'


def test_endings_hung_on_foreign_names_fall_away(glosses: Glosses) -> None:
    assert glosses("iPhone-ից, «Wolt»-ը, Spotify-ի") == 'iPhone, "Wolt", Spotify'
    assert glosses("wi-fi") == "wi-fi"


def test_an_unknown_name_is_spelt_in_latin_letters_without_its_case(glosses: Glosses) -> None:
    assert glosses("Քուշինգը") == "Kushing"
    assert glosses("Ուլիխանյանից") == "Ulikhanyan"


def test_what_is_not_armenian_stays_as_it_is() -> None:
    text = "@user Todella hyvä! 👍 отлично http #tag"
    assert gloss(text) == text
    assert gloss("") == ""


def test_hostile_text_is_glossed_without_a_fault_and_without_armenian_letters() -> None:
    rng = random.Random(5)
    letters = "աբչկեիներըումովից և՞՛՜։՝« »-. \n\0aЖ🙂<"
    for _ in range(2000):
        found = gloss("".join(rng.choices(letters, k=rng.randrange(60))))
        assert not re.search("[ա-ևԱ-Ֆ]", found)


def test_each_line_of_the_table_is_a_form_or_phrase_and_its_english() -> None:
    lines = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()]
    assert all(len(line) == 2 for line in lines)
    armenian = [line[0] for line in lines]
    assert armenian == sorted(set(armenian))
    for form, english in lines:
        assert re.fullmatch(f"[ա-և]+(?: [ա-և]+){{0,{LONGEST - 1}}}", form), form
        assert re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", english), english
        assert len(english) <= 60, english


def test_the_shipped_table_carries_negation_and_attitude() -> None:
    assert "not" in gloss("Դուր չի գալիս") or "n't" in gloss("Դուր չի գալիս")
    assert "thank" in gloss("Շնորհակալություն").lower()
    assert gloss("վատ") == "bad"


def test_armenian_alone_gets_the_second_reading() -> None:
    scorer = Scorer.load()
    armenian = scorer.evidence(["Շատ լավ սրճարան է", "Վատ սպասարկում"], "hy")
    finnish = scorer.evidence(["Todella hyvä kahvila"], "fi")
    assert armenian.shape == (2, 3, 3)
    assert np.abs(armenian[:, 2]).min() > 0
    assert not finnish[:, 2].any()
    english = scorer.evidence([gloss("Շատ լավ սրճարան է"), gloss("Վատ սպասարկում")], "en")
    assert np.allclose(armenian[:, 2], english[:, 0], atol=1e-3)
