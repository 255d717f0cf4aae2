"""Sentences, and the passage that is scored for a mention."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.brands import Brand
from crawler.matching import Matcher
from crawler.passages import passages, sentences


def _split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    "pieces",
    [
        ["Hyvä.", "Huono!", "Miksi?!", "Ei tiedä."],
        ["Esim. Nokia ja mm. Elisa nousivat.", "Muut laskivat."],
        ["Se alkoi 5.6. Helsingissä klo 12.30.", "Kaikki tulivat."],
        ["Hän (s. 1950) on prof. Aho.", "Kaarle XII. kuoli."],
        ["Hinta on 2.000 euroa tai 3.5 %.", "Kallis."],
        ["Katso www.elisa.fi tai elisa.fi.", "Siellä lukee."],
        ["Odotin... ja odotin.", "Loppu…", "Uusi alku."],
        ["Hän asuu 5. kerroksessa.", "Hissi on rikki."],
        ["Vuosi oli 2015.", "Nokia kasvoi."],
        ["T. A. Virtanen tuli.", "Hän lähti."],
        ["Ostin leipää, maitoa ym.", "Sitten lähdin."],
        ["kaikki meni hyvin.", "sitten ei mennyt."],
        ["Բարև։", "Ի՞նչ կա։", "Լա՜վ է։"],
        ["Բարև:", "Ես եմ:", "Ժամը 5:30 է:"],
        ["Նա ասաց՝ «գնա»:", "Գնացի։"],
        ["Լևոն Հ. Սարգսյանը եկավ 2015 թ. Երևան։", "Լավ էր։"],
        ["Otsikko", "Toinen rivi"],
        ["Привет, г. Ереван и т.д.", "Хорошо."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(pieces: list[str]) -> None:
    joiner = "\n" if pieces[0] == "Otsikko" else " "
    assert _split(joiner.join(pieces)) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "Hyvä hinta.En suosittele!Miksi en...Siksi",
            ["Hyvä hinta.", "En suosittele!", "Miksi en...", "Siksi"],
        ),
        ("Շատ թանկ է:Չեմ գնի:", ["Շատ թանկ է:", "Չեմ գնի:"]),
        (
            "Լավ էր․ Ա․ Մելիքյանը գնաց 2015 թ․ Երևան․ Վերջ",
            ["Լավ էր․", "Ա․ Մելիքյանը գնաց 2015 թ․ Երևան․", "Վերջ"],
        ),
        ("Jes, toimii!:D Ja hinta..:DD Osta pois.", ["Jes, toimii!:D Ja hinta..:DD Osta pois."]),
        ("Это плохо.Никому не советую.", ["Это плохо.", "Никому не советую."]),
        ("Katso Elisa.Fi, Mail.Ru ja www.osta.Nyt", ["Katso Elisa.Fi, Mail.Ru ja www.osta.Nyt"]),
        ("Mm.Nokia ja klo 12.30.Elisa nousivat.", ["Mm.Nokia ja klo 12.30.Elisa nousivat."]),
    ],
)
def test_sentences_end_where_the_space_is_left_out(text: str, pieces: list[str]) -> None:
    assert _split(text) == pieces


def _passages(text: str, *names: str, limit: int = 1200) -> list[tuple[str, str]]:
    hits = Matcher([Brand(name) for name in names]).find(text)
    return [(passage.brand, passage.text) for passage in passages(text, hits, limit=limit)]


def test_passage_is_the_sentence_with_one_on_each_side() -> None:
    text = "Eka. Toka tässä. Nokia on hyvä. Kolmas tässä. Viides."
    assert _passages(text, "Nokia") == [("Nokia", "Toka tässä. Nokia on hyvä. Kolmas tässä.")]


def test_passage_is_cut_at_another_brands_clause() -> None:
    text = "Elisa on kallis, mutta Telia toimii hyvin. Jatkan niin."
    assert _passages(text, "Elisa", "Telia") == [
        ("Elisa", "Elisa on kallis,"),
        ("Telia", "mutta Telia toimii hyvin. Jatkan niin."),
    ]


def test_passage_is_cut_at_another_brands_clause_in_armenian() -> None:
    text = "Ucom-ը թանկ է, իսկ Վիվան լավ է աշխատում։"
    assert _passages(text, "Ucom", "Վիվա") == [
        ("Ucom", "Ucom-ը թանկ է,"),
        ("Վիվա", "իսկ Վիվան լավ է աշխատում։"),
    ]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("Elisa toimii hyvin -", "Telia taas pätkii koko ajan."),
        ("Elisa pätkii", "kun taas Telia toimii."),
        ("Elisa är bra", "men Telia är dålig."),
        ("Elisa works", "while Telia does not."),
        ("Элиса хорошая", "а Телиа плохая."),
        ("Elisan lavn e", "bayc Telian vatn e."),
        ("Elisa on parempi", "kuin Telia."),
        ("Elisalla on paremmat hinnat", "kuin Telialla."),
        ("Elisa on halvempi mutta hitaampi", "kuin Telia."),
        ("Elisa on halvempi kuin ennen,", "mutta Telia pätkii."),
        ("Elisa is much better", "than Telia."),
        ("Elisa-ն ավելի լավն է,", "քան Telia-ն։"),
        ("Elisa är bättre", "än Telia."),
        ("Элиса лучше,", "чем Телиа."),
    ],
)
def test_passage_is_cut_at_contrasts_without_a_comma_and_at_comparisons(own: str, other: str) -> None:
    brands = [Brand(name, languages=("fi", "hy", "ru")) for name in ("Elisa", "Telia")]
    text = f"{own} {other}"
    found = passages(text, Matcher(brands).find(text))
    assert [(passage.brand, passage.text) for passage in found] == [("Elisa", own), ("Telia", other)]


@pytest.mark.parametrize(
    "text",
    ["Elisa on yhtä hyvä kuin Telia.", "Niin Elisa kuin Telia ovat kalliita.", "Elisa-ի և Telia-ի գները։"],
)
def test_brands_that_are_likened_share_the_sentence(text: str) -> None:
    assert _passages(text, "Elisa", "Telia") == [("Elisa", text), ("Telia", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Elisa took more than 100 euros and Telia was even worse.",
        "Elisa laskutti enemmän kuin sopimuksessa luki vaikka myyjä lupasi muuta kuten Telia teki.",
    ],
)
def test_what_is_compared_with_a_number_or_long_before_a_brand_is_no_comparison_with_it(text: str) -> None:
    assert _passages(text, "Elisa", "Telia") == [("Elisa", text), ("Telia", text)]


def test_brands_of_one_list_share_the_sentence() -> None:
    text = "Elisa, Telia ja DNA ovat kalliita."
    assert _passages(text, "Elisa", "Telia", "DNA") == [(name, text) for name in ("DNA", "Elisa", "Telia")]


def test_brands_that_share_a_clause_share_its_ends() -> None:
    text = "Sekä Elisa että Telia ovat hyviä, mutta DNA on surkea."
    shared = "Sekä Elisa että Telia ovat hyviä,"
    assert dict(_passages(text, "Elisa", "Telia", "DNA")) == {
        "Elisa": shared,
        "Telia": shared,
        "DNA": "mutta DNA on surkea.",
    }
    text = "DNA on surkea, mutta sekä Elisa että Telia ovat hyviä."
    assert dict(_passages(text, "Elisa", "Telia", "DNA")) == {
        "DNA": "DNA on surkea,",
        "Elisa": "mutta sekä Elisa että Telia ovat hyviä.",
        "Telia": "mutta sekä Elisa että Telia ovat hyviä.",
    }


def test_neighbour_sentence_about_another_brand_is_left_out() -> None:
    text = "Elisa petti. Telia ei pettänyt. Elisa taas petti."
    assert _passages(text, "Elisa", "Telia") == [
        ("Elisa", "Elisa petti."),
        ("Telia", "Telia ei pettänyt."),
        ("Elisa", "Elisa taas petti."),
    ]


def test_adjacent_hits_of_one_brand_share_a_passage() -> None:
    text = "Nokia on hyvä. Nokian akku kestää. Samoin muu."
    (passage,) = passages(text, Matcher([Brand("Nokia")]).find(text))
    assert [passage.text[start:end] for start, end in passage.spans] == ["Nokia", "Nokian"]


def test_distant_hits_of_one_brand_stay_apart() -> None:
    text = "Nokia on hyvä. A tässä. B tässä. C tässä. Nokia on halpa."
    assert len(_passages(text, "Nokia")) == 2


def test_merging_stops_at_the_limit_and_loses_no_hit() -> None:
    text = "Nokia on hyvä puhelin. " * 50
    hits = Matcher([Brand("Nokia")]).find(text)
    found = passages(text, hits, limit=200)
    assert sum(len(passage.spans) for passage in found) == 50
    assert all(len(passage.text) <= 200 for passage in found)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Nokia", "Elisan", "on", "hyvä", ",", "mutta", ".", " ", " ", "!", "\n", "։", "5.", "esim."]
        ),
        max_size=40,
    ).map("".join)
)
def test_every_hit_stands_in_one_passage_at_its_offsets(text: str) -> None:
    hits = Matcher([Brand("Nokia"), Brand("Elisa")]).find(text)
    found = passages(text, hits)
    for passage in found:
        assert text[passage.start : passage.end] == passage.text
    placed = sorted((p.brand, p.start + start, p.start + end) for p in found for start, end in p.spans)
    assert placed == sorted((hit.brand, hit.start, hit.end) for hit in hits)
