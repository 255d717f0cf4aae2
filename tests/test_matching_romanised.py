"""Armenian typed in Latin or Russian letters: its endings count, and only in texts typed so throughout."""

import pytest

from crawler.brands import Brand
from crawler.forms import forms
from crawler.matching import Matcher, match_lines

FRAME = "barev dzez, {} hamar inch@ shat vat e ashxatum mer tan@"
FORMS = {
    "Արարկապ": "Ararkap Ararkapi Ararkapy Ararkap@ Ararkape Ararkapə Ararkapn Ararkapin Ararkapic Ararkapits "
    "Ararkapov Ararkapum Ararkapoum Ararkapner Ararkapneri Ararkapner@ Ararkapnerits Ararkap-oum",
    "Ararkap": "Ararkapi Ararkap@ Ararkapic Ararkapoum Ararkapneric",
    "Զեպպո": "Zeppo Zeppon Zeppoyi Zeppoi Zeppoyic Zeppoyits Zeppoyum",
    "Viva": "Viva Vivan Vivayi Vivayic Vivayum",
    "Ucom": "Ucom Ucomi Ucomic Ucomum Ucom@ Ucom-its",
    "Գյումրի": "Gyumru Gyumrin Gyumruc",
    "Խաչիկ": "Xachiki Kha4ik@ Khachikic Xa4ikn",
    "Ժամանց": "Jamanci Zhamantsum Jamancn",
    "Աղբյուր": "Aghbyuri Axbyuric Aghbyour@",
    "Շուշան": "Shushani 6u6an@ Shoushanic",
    "Երազանք": "Yerazanqi Erazanq@ Yerazankic",
    "Ընկերություն": "Ynkerutyan Enkerutyunic",
}


def _found(brand: Brand, text: str, language: str | None = None) -> list[str]:
    return [text[hit.start : hit.end] for hit in Matcher([brand]).find(text, language)]


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, row in FORMS.items() for form in row.split()]
)
def test_form_in_latin_letters_is_found_whole(name: str, form: str) -> None:
    text = FRAME.format(form)
    assert _found(Brand(name), text) == [form]
    assert _found(Brand(name, languages=("hy",)), text, "hy") == [form]


@pytest.mark.parametrize(
    "text",
    [
        "We bought Ararkapov and Ucomum in the shop yesterday.",
        "Eilen kävin ostamassa Ararkapic ja Ucomum sieltä kaupasta.",
        "Vchera ya kupil Ararkapum i Ucomoum v magazine na ulitse.",
        "Вчера я купил Ararkapov и Ucomum в магазине на улице.",
        "Igår köpte jag Ararkapov och Ucomum i affären.",
    ],
)
def test_endings_do_not_count_in_other_languages(text: str) -> None:
    assert [hit.rule for hit in Matcher([Brand("Արարկապ"), Brand("Ucom")]).find(text)] == []


def test_ending_that_is_spoken_finnish_too_counts_in_either_language() -> None:
    matcher = Matcher([Brand("Viva")])
    (armenian,) = matcher.find(FRAME.format("Vivas"))
    (finnish,) = matcher.find("Kuulin eilen et Vivas tapahtu taas kaikkee outoo ku menin sinne.")
    assert (armenian.rule, finnish.rule) == ("hy-Latn.nom+poss", "fi.ine+spoken")
    assert matcher.find("We bought both of the Vivas in the shop yesterday.") == []


@pytest.mark.parametrize("word", ["Vivaldi", "Vivaro", "vivat", "Vivamari"])
def test_longer_word_in_an_armenian_text_is_no_form(word: str) -> None:
    assert _found(Brand("Viva", languages=("hy",)), FRAME.format(word)) == []


def test_each_sentence_is_read_in_its_own_language() -> None:
    text = f"{FRAME.format('Ucomoum')}. We bought Ucomoum in the shop around the corner yesterday."
    (hit,) = Matcher([Brand("Ucom")]).find(text)
    assert (hit.rule, hit.start) == ("hy-Latn.loc", text.index("Ucomoum"))


def test_finnish_form_stays_finnish() -> None:
    (hit,) = Matcher([Brand("Nokia")]).find("Ostin Nokian uuden puhelimen eilen kaupasta.")
    assert hit.rule == "fi.gen"


def test_lines_declared_armenian_may_be_short_and_in_latin_letters() -> None:
    lines = ["Ararkapits", "Ararkapum lav e", "Arara", "Արարկապից"]
    assert [len(answer["hits"]) for answer in match_lines(Brand("Արարկապ"), "hy", lines)] == [1, 1, 0, 1]


def test_text_declared_armenian_in_latin_letters_takes_all_armenian_endings() -> None:
    assert _found(Brand("Ucom"), "Ucomits u Ucom-ic, Ucomից", "hy-Latn") == ["Ucomits", "Ucom-ic", "Ucomից"]


def test_schwa_sign_belongs_to_the_form_only_at_the_end_of_a_word() -> None:
    assert _found(Brand("Ucom"), FRAME.format("ucom@ucom.am")) == ["ucom", "ucom"]


def test_each_form_names_its_rule() -> None:
    rules = forms("Գյումրի", "hy-Latn")
    assert rules["gyumruc"] == rules["gyumruts"] == "hy-Latn.i.abl"
    assert rules["gyumri"] == "hy-Latn.nom"


def test_excluded_phrase_kills_the_hit() -> None:
    brand = Brand("Վիվա", exclude=("Վիվա Կենաց",))
    assert _found(brand, FRAME.format("Viva Kenaci ev Vivayi")) == ["Vivayi"]


RUSSIAN_FRAME = "барев дзез, {} шат ват э ашхатум мер танэ, инч анем"
IN_RUSSIAN_LETTERS = {
    "Ucom": "Юком Юкоми Юкомы Юкомэ Юкомъ Юкомин Юкомиц Юкомитс Юкомов Юкомум Юкомнери Юком-ум",
    "Վիվա": "Вива Виван Вивайи Виваи Вивайин Вивайиц Вивайов Вивайум",
    "Գյումրի": "Гюмрин Гюмрии Гюмриум",
    "Билайн": "Билайни Билайнум Билайниц",
}


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, row in IN_RUSSIAN_LETTERS.items() for form in row.split()]
)
def test_form_in_russian_letters_is_found_whole(name: str, form: str) -> None:
    assert _found(Brand(name, languages=("hy",)), RUSSIAN_FRAME.format(form)) == [form]


@pytest.mark.parametrize(
    "text",
    [
        "Вчера Юкоми и Билайнум опять не работали в магазине на улице.",
        "Мой класс и Юкомум, кто-нибудь знает, что это такое?",
        "Сегодня Вивайи очень плохо работает у всех моих друзей.",
    ],
)
def test_armenian_endings_do_not_count_in_russian(text: str) -> None:
    names = ("Ucom", "Билайн", "Վիվա", "Clas")
    assert Matcher([Brand(name, languages=("hy",)) for name in names]).find(text) == []


def test_form_in_russian_letters_names_its_rule() -> None:
    (hit,) = Matcher([Brand("Ucom")]).find(RUSSIAN_FRAME.format("Юкомум"))
    assert hit.rule == "hy-Cyrl.loc"
