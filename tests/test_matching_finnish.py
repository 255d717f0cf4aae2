"""Finnish names in their cases: what counts as the name, and what is another word."""

import pytest

from crawler.brands import Brand
from crawler.forms import forms
from crawler.matching import Matcher

FORMS = {
    "Nokia": "Nokia Nokian Nokiaa Nokiassa Nokiasta Nokiaan Nokialla Nokialta Nokialle Nokiana Nokiaksi",
    "Marimekko": "Marimekon Marimekkoa Marimekossa Marimekosta Marimekkoon Marimekolla Marimekkojen",
    "Sokos": "Sokoksen Sokosta Sokoksessa Sokokselta Sokokseen Sokoksella Sokosten",
    "Saarioinen": "Saarioisen Saarioista Saarioisessa Saarioiselta Saarioiseen Saarioisia Saarioisten",
    "Neste": "Nesteen Nestettä Nesteessä Nesteeltä Nesteeseen Nesteelle Nesteitä",
    "Google": "Googlen Googlea Googlessa Googleen Googlelta Googlelle",
    "Nike": "Niken Nikeä Nikessä Nikeen Nikellä Nikejä",
    "Lidl": "Lidlin Lidliä Lidlissä Lidlistä Lidliin Lidlillä Lidleissä Lidlejä",
    "Facebook": "Facebookin Facebookissa Facebookia Facebookiin Facebookista",
    "Huawei": "Huawein Huaweita Huaweissa Huaweihin Huaweilla",
    "Espoo": "Espoon Espoota Espoossa Espooseen Espoosta",
    "Turku": "Turun Turkua Turussa Turkuun Turusta",
    "Lahti": "Lahden Lahtea Lahdessa Lahteen Lahdesta Lahdelle",
    "Helsinki": "Helsingin Helsinkiä Helsingissä Helsinkiin Helsingistä",
    "Tampere": "Tampereen Tamperetta Tampereella Tampereelle Tampereelta",
    "Suomi": "Suomen Suomea Suomessa Suomeen Suomesta",
    "Iisalmi": "Iisalmen Iisalmea Iisalmessa Iisalmeen",
    "Uusikaupunki": "Uudenkaupungin Uudessakaupungissa Uusikaupunki Uuteenkaupunkiin",
    "Salo": "Salon Saloa Salossa Saloon",
    "Outokumpu": "Outokummun Outokumpua Outokummussa Outokumpuun",
    "Sampo": "Sammon Sampoa Sammossa Sampoon",
    "Tieto": "Tiedon Tietoa Tiedossa Tietoon",
    "Kärpät": "Kärpät Kärppien Kärppiä Kärpissä Kärpille Kärppiin",
    "Yhdysvallat": "Yhdysvaltojen Yhdysvaltain Yhdysvalloissa Yhdysvaltoihin Yhdysvaltoja",
    "Helsingin Sanomat": "Helsingin Sanomien|Helsingin Sanomissa|Helsingin Sanomia|Helsingin Sanomiin",
    "Nokian Renkaat": "Nokian Renkaiden|Nokian Renkaita|Nokian Renkailla|Nokian Renkaisiin",
    "Aamulehti": "Aamulehden Aamulehteä Aamulehdessä Aamulehteen",
    "Metsähallitus": "Metsähallituksen Metsähallitusta Metsähallitukselle",
    "Osuustehdas": "Osuustehtaan Osuustehdasta Osuustehtaassa Osuustehtaaseen",
    "Vapaus": "Vapauden Vapautta Vapaudessa Vapauteen",
    "Teräsmies": "Teräsmiehen Teräsmiestä Teräsmiehellä",
    "Joutsen": "Joutsenen Joutsenta Joutsenella",
    "Myllyn Paras": "Myllyn Parasta|Myllyn Parhaan|Myllyn Parhaaseen|Myllyn Parhaita",
    "Toyota": "Toyotat Toyotoja Toyotoissa Toyotoiden Toyotojen Toyotien",
    "Onnibus": "Onnibussi Onnibussin Onnibussilla Onnibusseissa Onnibusin",
    "K-Citymarket": "K-Citymarketti K-Citymarkettia K-Citymarkettiin K-Citymarketteja K-Citymarketissa",
    "Olut": "Oluen Olutta Oluella",
    "Puhelin": "Puhelimen Puhelinta Puhelimella",
    "Veho": "Vehon Vehoa Veholla Vehoon",
    "Iso Omena": "Iso Omenan|Ison Omenan|Isossa Omenassa|Isoon Omenaan|Isosta Omenasta|Iso Omenassa",
    "DNA": "DNA:n DNAn DNA:lla DNA:ta DNA:han DNA:lle dna:n",
    "VR": "VR:n VR:ää VR:llä VR:ltä VRn VR:lle",
    "IKEA": "IKEAn Ikean Ikeassa IKEA:n Ikeasta Ikeaan",
    "OP": "OP op OP:n op:n OPin OPiin OP:lla",
    "H&M": "H&M:n|H&M:ltä|H&M:ssä|H & M",
    "MTV3": "MTV3:n MTV3:lla MTV3:een",
    "Renault": "Renault'n Renault’lla Renaultin Renaultilla",
    "Citroën": "Citroënin Citroenilla",
    "LähiTapiola": "LähiTapiolan Lähi-Tapiolan LÄHITAPIOLASSA Lähitapiolalla",
    "L'Oréal": "L'Oréalin L’Orealin LOréalin Lorealin",
    "Hobby Hall": "Hobby_Hall Hobby_Hallin hobby_hallista",
    "Coca-Cola": "Coca-Colan|Coca Colaa|CocaColalla",
    "Uusimaa": "Uudenmaan Uudellamaalla Uuttamaata Uudellemaalle",
    "Länsi-Uusimaa": "Länsi-Uudenmaan Länsi-Uudellamaalla",
    "Kristillisdemokraatit": "Kristillisdemokraattien Kristillisdemokraatteja Kristillisdemokraateille",
    "Jokerit": "Jokerien Jokereiden Jokereita",
    "Alpit": "Alppien Alpeilla Alppeja",
    "Pelastakaa Lapset": "Pelastakaa Lasten|Pelastakaa Lapsia",
    "Sydney": "Sydneyn Sydneyhin Sydneyssä",
    "Spotify": "Spotifyn Spotifyssa Spotifyhin",
    "Nummi": "Nummen Nummella Nummelle",
    "Kuningatar": "Kuningattaren Kuningatarta Kuningattarelle",
    "Manner": "Mantereen Mannerta Mantereelle",
    "Kevät": "Kevään Kevättä Keväällä Kevääseen Keväitä",
    "Verkkokauppa.com": "Verkkokauppa.comin Verkkokauppa.comista Verkkokauppa.com:sta",
}


def _found(brand: Brand, text: str, language: str | None = "fi") -> list[str]:
    return [text[hit.start : hit.end] for hit in Matcher([brand]).find(text, language)]


def _listed() -> list[tuple[str, str]]:
    return [
        (name, form)
        for name, row in FORMS.items()
        for form in (row.split("|") if "|" in row else row.split())
    ]


@pytest.mark.parametrize(("name", "form"), _listed())
def test_case_form_is_found_whole(name: str, form: str) -> None:
    assert _found(Brand(name), f"Eilen {form} oli.") == [form]


@pytest.mark.parametrize(
    "form", ["Nokiankin", "Nokiallakohan", "Nokiamme", "Nokiastaan", "Nokiaansa", "Nokiako"]
)
def test_possessives_and_clitics_belong_to_the_form(form: str) -> None:
    assert _found(Brand("Nokia"), f"Se {form} taas") == [form]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Samsung", "Samsungini"), ("Fazer", "Fazerimme"), ("Asus", "Asukseni"), ("Halonen", "Halosemme"),
        ("Puhelin", "Puhelimesikin"), ("Aamulehti", "Aamulehteni"), ("Nokia", "Nokiani"), ("Tehdas", "Tehtaanne"),
    ],
)  # fmt: skip
def test_possessives_follow_the_stem_that_a_nominative_hides(name: str, form: str) -> None:
    assert _found(Brand(name), f"Eilen {form} taas hajosi.") == [form]


SPOKEN = {
    "Prisma": "Prismas Prismast Prismal Prismalt Prismaks Prismaskin",
    "Lidl": "Lidlis Lidlist Lidlil Lidleist Lidlii",
    "Alko": "Alkoo Alkos Alkost",
    "Google": "Googlee Googles Googlest",
    "Marimekko": "Marimekos Marimekolt",
    "Helsinki": "Helsingis Helsingist",
    "Sokos": "Sokokses Sokoksest",
    "Saarioinen": "Saarioisest Saarioisil",
    "K-Market": "K-marketis K-Marketist",
    "DNA": "DNA:s DNA:lt DNA:ks",
    "Yle": "Yle:st",
}


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, row in SPOKEN.items() for form in row.split()]
)
def test_spoken_ending_is_found_whole_and_marked(name: str, form: str) -> None:
    text = f"Kuulin eilen et {form} tapahtu taas kaikkee outoo ku menin sinne."
    (hit,) = Matcher([Brand(name)]).find(text)
    assert text[hit.start : hit.end] == form
    assert "+spoken" in hit.rule


@pytest.mark.parametrize(
    "text",
    [
        "The artist met all the Elisas of the town in the shop yesterday.",
        "Artisten köpte två Elisas i affären igår kväll.",
    ],
)
def test_spoken_endings_do_not_count_in_other_languages(text: str) -> None:
    assert Matcher([Brand("Elisa"), Brand("Art")]).find(text) == []


@pytest.mark.parametrize("word", ["yles", "ylel", "mest"])
def test_short_names_take_spoken_endings_behind_a_mark_only(word: str) -> None:
    text = f"kuulin sen {word} ja katoin sitä telkkarii"
    assert Matcher([Brand("Yle"), Brand("Me")]).find(text) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Nokia", "nokialainen"), ("Nokia", "nokialaiset"), ("Google", "googlettaa"), ("Google", "googlata"),
        ("Google", "googletetaan"), ("Neste", "nestemäinen"), ("Neste", "nesteytys"), ("Elisa", "Elisabeth"),
        ("Kone", "koneisto"), ("VR", "vrt."), ("Alko", "alkoholi"), ("Kari", "Karita"), ("Bri", "Britta"),
        ("OP", "opin"), ("OP", "Opit"), ("OP", "opiksi"),
        ("Malla", "mallia"), ("Malla", "mallien"), ("Hake", "haen"), ("Lidl", "lidlaaja"),
        ("Veho", "vehosta1"), ("DNA", "DNAx"), ("Posti", "postittaa"), ("Ikea", "ikeamainen"),
        ("Rami", "ramen"), ("Simon", "Simonen"), ("Alan", "Alanen"), ("Yle", "yleensä"), ("Me", "meni"),
        ("Mikko", "Mikkola"), ("Toivo", "Toivonen"),
    ],
)  # fmt: skip
def test_other_words_and_derivations_are_rejected(name: str, word: str) -> None:
    assert _found(Brand(name), f"Tuo {word} siellä") == []


def test_hyphenated_compound_is_a_hit_flagged_compound() -> None:
    text = "Uusi Nokia-puhelin ja Suur-Nokia."
    hits = Matcher([Brand("Nokia")]).find(text, "fi")
    assert [(text[hit.start : hit.end], hit.compound) for hit in hits] == [("Nokia", True), ("Nokia", True)]


def test_closed_compounds_are_opt_in_and_never_derivations() -> None:
    text = "Nokiapuhelin, Nokianpuhelimet, nokialaisuus, nokiamainen"
    assert _found(Brand("Nokia"), text) == []
    assert len(_found(Brand("Nokia", compounds=True), text)) == 2


def test_configured_forms_match_as_they_stand() -> None:
    brand = Brand("Ykkösbonus", forms=("Ykkösellä",))
    assert _found(brand, "Maksoin Ykkösellä.") == ["Ykkösellä"]


def test_each_form_names_its_rule() -> None:
    rules = forms("Marimekko", "fi")
    assert rules["marimekon"] == "fi.weak.gen"
    assert rules["marimekkoa"] == "fi.par"
    assert rules["marimekostamme"] == "fi.weak.ela+poss"


def test_name_over_a_line_break_is_one_name() -> None:
    assert _found(Brand("Iso Omena"), "menin Isoon\n Omenaan") == ["Isoon\n Omenaan"]
