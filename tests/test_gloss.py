"""Texts word by word in English: forms, phrases, kin, marks, names, and the tables themselves."""

import hashlib
import json
import random
import re

import numpy as np
import pytest

from sentiment.folder import CARD, SHIPPED
from sentiment.gloss import GRAMMARS, LONGEST, READ, TABLES, Glosses, gloss
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
    return Glosses(FORMS, GRAMMARS["hy"])


@pytest.mark.parametrize(
    ("armenian", "english"),
    [
        ("խաղից դուր չեկավ", "from the game didn't like"),
        ("Դուր չեկավ", "Didn't like"),
        ("դուր, չեկավ", "liking, chekav"),
        ("խաղեր", "game"),
        ("չսիրեց", "not loved"),
        ("կսիրեց", "will loved"),
        ("սիրելու", "to love"),
        ("գիրքս լավ", "the book good"),
        ("չսիրելով", "not to love"),
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


@pytest.mark.parametrize(
    ("finnish", "english"),
    [
        ("Palvelu oli ihan kamalaa.", "Service was really awful."),
        ("En suosittele", "I don't recommend"),
        ("en, suosittele", "I don't, recommending"),
        ("kahvilastanne", "from the cafe"),
        ("Kävin Kamalassa", "Kävin Kamalassa"),
        ("hm", "hm"),
    ],
)
def test_finnish_is_glossed_by_the_same_rules(finnish: str, english: str) -> None:
    forms = {
        "palvelu": "service",
        "oli": "was",
        "ihan": "really",
        "kamalaa": "awful",
        "en": "I don't",
        "suosittele": "recommending",
        "en suosittele": "I don't recommend",
        "kahvilasta": "from the cafe",
    }
    assert Glosses(forms, GRAMMARS["fi"])(finnish) == english


def test_finnish_and_swedish_typed_without_dots_are_known() -> None:
    forms = {"hyvä": "good", "vaara": "danger", "väärä": "wrong", "ei mitään": "nothing"}
    finnish = Glosses(forms, GRAMMARS["fi"])
    assert finnish("Hyva! Ei mitaan vaara") == "Good! Nothing danger"
    assert gloss("En ole tyytyvainen", "fi") == gloss("En ole tyytyväinen", "fi")
    assert gloss("Jag ar inte nojd", "sv") == gloss("Jag är inte nöjd", "sv")


def test_compounds_are_read_by_their_parts() -> None:
    assert gloss("Asiakaspalvelukatastrofi!", "fi") == "Customer service disaster!"
    assert gloss("Servicetekniker", "sv") == "Service technician"
    forms = {"kahvila": "cafe", "kahvilasta": "from the cafe", "nne": "your"}
    assert Glosses(forms, GRAMMARS["fi"])("kahvilastanne") == "from the cafe"


def test_what_is_in_another_script_stays_as_it_is() -> None:
    text = "@user Todella hyvä! отлично http #tag"
    assert gloss(text, "hy") == text
    assert gloss("Очень плохо, շատ վատ", "fi") == "Очень плохо, շատ վատ"
    assert gloss("It was great!", "en") == "It was great!"
    assert gloss("", "hy") == gloss("", "fi") == ""
    with pytest.raises(KeyError):
        gloss("text", "de")


def test_pictographs_become_their_names() -> None:
    assert gloss("Huono👎🏽", "fi").split() == ["Bad", "thumbs", "down", "sign"]
    assert gloss("❤️ it", "en").split() == ["heavy", "black", "heart", "it"]
    assert gloss("5 € – №1 → ok", "en") == "5 € – №1 → ok"


@pytest.mark.parametrize(
    ("language", "rating", "english"),
    [
        ("fi", "Palvelu 5/5!", "Service excellent!"),
        ("fi", "0/10", "very bad, terrible"),
        ("fi", "3 tähteä", "okay"),
        ("fi", "★☆☆☆☆", "very bad, terrible"),
        ("fi", "Ruoka ★★★★☆", "Food good"),
        ("hy", "5 աստղ", "excellent"),
        ("ru", "1 звезда.", "very bad, terrible."),
        ("sv", "2 stjärnor", "bad"),
        ("en", "8/10, would buy again", "good, would buy again"),
        ("en", "⭐⭐⭐⭐⭐", "excellent"),
    ],
)
def test_a_rating_says_in_words_what_it_means(language: str, rating: str, english: str) -> None:
    assert " ".join(gloss(rating, language).split()) == english


@pytest.mark.parametrize(
    "text", ["on 5/10 in Turku", "a 5 star hotel", "12/10", "7/5", "1.5/5", "3/5/2026", "24/7", "15 stars"]
)
def test_dates_shares_and_other_scales_are_no_ratings(text: str) -> None:
    assert gloss(text, "en") == text


@pytest.mark.parametrize("language", GRAMMARS)
def test_hostile_text_is_glossed_without_a_fault(language: str) -> None:
    rng = random.Random(5)
    letters = "աբչկեիներըումովից և՞՛՜։՝« »-. \n\0aeikästlÄЖ🙂<"
    armenian = re.compile("[ա-ևԱ-Ֆ]")
    for _ in range(2000):
        found = gloss("".join(rng.choices(letters, k=rng.randrange(60))), language)
        assert language != "hy" or not armenian.search(found)


@pytest.mark.parametrize("language", GRAMMARS)
def test_each_line_of_a_table_is_a_form_or_phrase_and_its_english(language: str) -> None:
    lines = [line.split("\t") for line in (TABLES / f"{language}.tsv").read_text("utf-8").splitlines()]
    assert all(len(line) == 2 for line in lines)
    forms = [line[0] for line in lines]
    assert forms == sorted(set(forms))
    word = f"[{GRAMMARS[language].letters}]+"
    for form, english in lines:
        assert re.fullmatch(f"{word}(?: {word}){{0,{LONGEST - 1}}}", form), form
        assert GRAMMARS[language].key(form) == form
        assert re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", english), english
        assert len(english) <= 60, english


def test_the_model_was_calibrated_with_the_tables_that_ship() -> None:
    card = json.loads((SHIPPED / CARD).read_text("utf-8"))
    found = {name: hashlib.sha256((TABLES / f"{name}.tsv").read_bytes()).hexdigest() for name in GRAMMARS}
    assert card["glosses"] == found


def test_the_shipped_tables_carry_negation_and_attitude() -> None:
    assert gloss("Դուր չի գալիս", "hy") == "Don't like"
    assert "thank" in gloss("Շնորհակալություն", "hy").lower()
    assert gloss("վատ", "hy") == "bad"
    assert "not" in gloss("Я не рекомендую", "ru").split()
    assert "not" in gloss("Jag rekommenderar inte", "sv").split()
    assert gloss("Ни разу не подвёл", "ru") == "Never once let down"
    assert gloss("Fungerar klanderfritt", "sv") == "Works flawlessly"
    assert gloss("Ei pelitä", "fi") == "Does not work"
    assert gloss("Գէշ էր", "hy") == "was Bad"
    assert gloss("Ещё раз", "ru") == gloss("Еще раз", "ru")
    assert (
        gloss("Huono palvelu, en suosittele kenellekään!", "fi")
        == "Bad service, I do not recommend to anyone!"
    )


def test_every_language_is_read_in_english_too() -> None:
    scorer = Scorer.load()
    texts = {
        "hy": ["Շատ լավ սրճարան է", "Վատ սպասարկում"],
        "fi": ["Todella hyvä kahvila", "Huono palvelu"],
        "ru": ["Отличное кафе", "Ужасное обслуживание"],
        "sv": ["Jättebra kafé", "Usel service"],
        "en": ["A lovely café", "Awful service"],
    }
    assert set(texts) == READ == set(scorer.folder.card.languages) - {"hy-Latn", "hy-Cyrl"}
    for language, each in texts.items():
        evidence = scorer.evidence(each, language)
        assert evidence.shape == (2, 3, 3)
        english = scorer.evidence([gloss(text, language) for text in each], "en")
        assert np.allclose(evidence[:, 2], english[:, 2], atol=1e-3)
        assert evidence[0, 2].argmax() == 2
        assert evidence[1, 2].argmax() == 0
