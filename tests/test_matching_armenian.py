"""Armenian names in their cases, in three scripts."""

import pytest

from crawler.brands import Brand
from crawler.forms import forms
from crawler.matching import Matcher

FORMS = {
    "Նոկիա": "Նոկիա Նոկիան Նոկիայի Նոկիային Նոկիայից Նոկիայով Նոկիայում Նոկիաները Նոկիաս",
    "Զանգ": "Զանգ Զանգը Զանգն Զանգի Զանգին Զանգից Զանգով Զանգում Զանգեր Զանգերից",
    "Կենտրոն": "Կենտրոնը Կենտրոնն Կենտրոնի Կենտրոնում Կենտրոններ Կենտրոններից",
    "Ամերիաբանկ": "Ամերիաբանկի Ամերիաբանկը Ամերիաբանկում Ամերիաբանկից Ամերիաբանկն",
    "Գյումրի": "Գյումրու Գյումրին Գյումրուց Գյումրիում Գյումրիով",
    "Բաքու": "Բաքվի Բաքվում Բաքվից Բաքուն Բաքուի",
    "Կարսո": "Կարսոյի Կարսոն Կարսոյով",
    "Պեպե": "Պեպեի Պեպեն Պեպեից Պեպեյի",
    "Նկարիչ": "Նկարչի Նկարչից Նկարիչը Նկարիչի",
    "Խորհուրդ": "Խորհրդի Խորհրդում Խորհուրդը",
    "Միություն": "Միության Միությունը Միությունից Միությամբ Միությանը",
    "Շարժում": "Շարժման Շարժումը Շարժումից",
    "Տայք": "Տայքի Տայքում Տայոց",
    "Վան": "Վանի Վանում ՎԱՆԻ Վանա",
    "Արև": "Արևի ԱՐԵՎՈՒՄ Արեւից",
    "Գրքի Տուն": "Գրքի Տան|Գրքի Տունը|Գրքի Տնից|Գրքի Տնում",
    "Երևան Սիթի": "Երևան_Սիթի Երեւան_Սիթիում",
    "Գրատուն": "Գրատան Գրատանը Գրատունը Գրատնից",
    "Աստված": "Աստծո Աստծու Աստծուն Աստծուց Աստծով Աստվածը",
    "Սուրբ Ծնունդ": "Սուրբ Ծննդյան|Սուրբ Ծննդի|Սուրբ Ծնունդը",
    "Վեոլիա Ջուր": "Վեոլիա Ջրի|Վեոլիա Ջրից|Վեոլիա Ջուրը",
    "Իմ քայլը": "Իմ քայլը|Իմ քայլի|Իմ քայլն|Իմ քայլում",
    "Beeline": "Բիլայնը Բիլայնից Beeline-ի",
    "Google": "Գուգլում Գուգլի Google-ում",
    "Nike": "Նայքի Նայք",
    "Arpinet": "Արփինետի Արփինեթից Արպինետը",
    "Apple": "Apple-ի Appleի Apple-ը Apple-ում «Apple»-ի Apple-ից Apple-ները",
    "Facebook": "Facebook-ում Facebookում Facebook-ից Ֆեյսբուքում Ֆեյսբուկի",
    "Ucom": "Ucomը Ucom-ի Ucom-ից Ucomում Ucom–ի",
}


def _found(brand: Brand, text: str, language: str | None = "hy") -> list[str]:
    return [text[hit.start : hit.end] for hit in Matcher([brand]).find(text, language)]


def _listed() -> list[tuple[str, str]]:
    return [
        (name, form)
        for name, row in FORMS.items()
        for form in (row.split("|") if "|" in row else row.split())
    ]


@pytest.mark.parametrize(("name", "form"), _listed())
def test_case_form_is_found_whole(name: str, form: str) -> None:
    assert _found(Brand(name), f"Այսօր {form} էր։") == [form.removeprefix("«")]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Նոկիա", "Նոկիացի"), ("Նոկիա", "նոկիացիները"), ("Վիվա", "Վիվալդի"), ("Երևան", "երևանցի"),
        ("Ազատ", "Ազատական"), ("Պետրոս", "Պետրոսյան"), ("Արամ", "Արամազդ"), ("Գրանդ", "Գրանդիոզ"),
        ("Աննա", "Աննաման"), ("Ucom", "Ucomպանի"), ("Team", "թիմը"), ("Tesla", "տեսլական"), ("Իմ քայլը", "իմ քայլ"),
    ],
)  # fmt: skip
def test_derivations_and_other_names_are_rejected(name: str, word: str) -> None:
    assert _found(Brand(name), f"Այսօր {word} եկավ։") == []


def test_adjective_in_small_letters_counts() -> None:
    assert _found(Brand("Նոկիա"), "այդ նոկիական հեռախոսը") == ["նոկիական"]


def test_quoted_name_takes_its_suffix_behind_the_quotes() -> None:
    assert _found(Brand("Զեփյուռ"), "«ԶԵՓՅՈՒՌ»-ի գինին, «Զեփյուռ»ում") == ["ԶԵՓՅՈՒՌ»-ի", "Զեփյուռ»ում"]


def test_generic_noun_may_carry_the_case() -> None:
    assert _found(Brand("Ucom"), "«Ucom» ընկերության ծառայությունը") == ["Ucom"]


def test_hyphenated_word_is_a_compound_not_a_suffix() -> None:
    (hit,) = Matcher([Brand("Apple")]).find("Apple-տիպ սարք", "hy")
    assert hit.compound
    assert hit.end == 5


def test_marks_inside_the_word_do_not_hide_it() -> None:
    assert _found(Brand("Նոկիա"), "Նոկիայո՞ւմ, Նոկիա՛ն") == ["Նոկիայո՞ւմ", "Նոկիա՛ն"]


@pytest.mark.parametrize(
    ("name", "form"),
    [("Ucom", "Յուքոմի"), ("Ucom", "Юкома"), ("Վիվա", "Viva-ն"), ("Նոկիա", "Nokia-ի"), ("Нокиа", "Նոկիայի"),
     ("HayPost", "Հայփոստի"), ("Disney", "Դիսնեյը"), ("Red Bull", "Ռեդ Բուլի"), ("Ferrari", "Ֆեռարիի"),
     ("Ferrari", "Ֆերարիի"), ("Spayka", "Спайке"), ("Yerevan City", "Ереван-Сити"),
     ("MTS", "МТС"), ("YouTube", "Յութուբում"), ("YouTube", "Ютубе"), ("Viva-MTS", "Վիվա-ՄՏՍ-ի"),
     ("Երևան Սիթի", "ЕреванСити"), ("Yerevan City", "Երեվան_Սիթիի"), ("Toyota", "Тойоту"),
     ("Nokia", "Նոկիայում"), ("Երևան", "Yerevan-ում")],
)  # fmt: skip
def test_other_scripts_are_aliases(name: str, form: str) -> None:
    assert _found(Brand(name, languages=("hy", "ru")), f"լավ {form} չէ", None) == [form]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Юком", "Юкома"), ("Юком", "Юкому"), ("Юком", "Юкомом"), ("Юком", "Юкоме"), ("Связной", "Связного"),
        ("Горячая", "Горячую"), ("Перекрёсток", "Перекрёстка"), ("Перекрёсток", "Перекрестке"),
        ("Пятёрочка", "Пятерочке"), ("Чистый", "Чистым"), ("Большой", "Большим"), ("Свежий", "Свежем"),
        ("Русский", "Русском"), ("Горячая", "Горячей"), ("Синяя", "Синюю"),
    ],
)  # fmt: skip
def test_russian_endings_where_the_brand_speaks_russian(name: str, form: str) -> None:
    assert _found(Brand(name, languages=("hy", "ru")), f"у {form} связь", "ru") == [form]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Чистый", "чистим"),
        ("Простой", "простим"),
        ("Гений", "геном"),
        ("Калий", "калом"),
        ("Белая", "белей"),
    ],
)
def test_russian_adjectives_take_the_endings_of_their_own_kind(name: str, word: str) -> None:
    assert _found(Brand(name, languages=("ru",)), f"мы {word} всегда", "ru") == []


def test_each_form_names_its_rule() -> None:
    rules = forms("Գյումրի", "hy")
    assert rules["գյումրու"] == "hy.i.gen"
    assert rules["գյումրին"] == "hy.def"
