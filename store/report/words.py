"""The report's texts in English, Finnish and Armenian, and how each language writes numbers, dates and
times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

ReportLanguage = Literal["en", "fi", "hy"]

_NARROW = "\u202f"
_FIXED = "\u00a0"

# Each row: the key, then English, Finnish, Armenian. Fields in braces are filled in by the template.
_TEXTS: tuple[tuple[str, str, str, str], ...] = (
    ("title", "What people say", "Mitä brändeistä sanotaan", "Ինչ են ասում մարդիկ"),
    (
        "subtitle",
        "Mention-satisfaction report",
        "Mainintojen tyytyväisyysraportti",
        "Հիշատակումների գոհունակության հաշվետվություն",
    ),
    (
        "lede",
        "The index answers one question: of the people who voice an opinion about a brand, how many out of a hundred "
        "are satisfied? The bar around each number is its margin of error: the true value lies inside it 95 times "
        "out of 100.",
        "Indeksi vastaa yhteen kysymykseen: kun sata ihmistä kertoo mielipiteensä brändistä, kuinka moni heistä on "
        "tyytyväinen? Luvun ympärillä oleva palkki on sen virhemarginaali: todellinen arvo on sen sisällä "
        "95 kertaa sadasta.",
        "Ինդեքսը պատասխանում է մեկ հարցի՝ բրենդի մասին կարծիք հայտնող հարյուր մարդուց քանի՞սն է գոհ։ Թվի շուրջը "
        "գծված շերտը սխալի սահմանն է․ իրական արժեքը 100 դեպքից 95-ում դրա ներսում է։",
    ),
    ("period", "Mentions from", "Maininnat ajalta", "Ժամանակահատվածը"),
    ("made_at", "Made at", "Laadittu", "Կազմվել է"),
    ("model", "Model", "Malli", "Մոդել"),
    ("mentions", "Mentions", "Mainintoja", "Հիշատակումներ"),
    ("clusters_of", "{0} distinct", "{0} erillistä", "{0} տարբեր"),
    ("opinions", "Opinions", "Mielipiteitä", "Կարծիքներ"),
    ("sources", "Sources", "Lähteet", "Աղբյուրներ"),
    ("contents", "Contents", "Sisällys", "Բովանդակություն"),
    ("skip", "Skip to the content", "Siirry sisältöön", "Անցնել բովանդակությանը"),
    ("no_group", "Brands without a group", "Ryhmittelemättömät brändit", "Խմբից դուրս բրենդներ"),
    ("group", "Group", "Ryhmä", "Խումբ"),
    ("brand", "Brand", "Brändi", "Բրենդ"),
    ("index", "Index", "Indeksi", "Ինդեքս"),
    ("interval", "95 % interval", "95 %:n väli", "95% միջակայք"),
    ("trend", "Trend", "Kehitys", "Դինամիկա"),
    ("target", "target {0}", "tavoite {0}", "նպատակը՝ {0}"),
    ("effective", "Effective opinions", "Painotettuja mielipiteitä", "Կշռված կարծիքներ"),
    ("whole_group", "Whole group", "Koko ryhmä", "Ամբողջ խումբը"),
    ("today", "Now", "Nyt", "Այժմ"),
    (
        "today_hint",
        "The same index with the newest mentions weighing most: a mention's weight halves every 30 days.",
        "Sama indeksi niin, että uusimmat maininnat painavat eniten: maininnan paino puolittuu 30 päivässä.",
        "Նույն ինդեքսը, որտեղ ամենամեծ կշիռն ունեն նորագույն հիշատակումները․ կշիռը կիսվում է յուրաքանչյուր 30 օրը մեկ։",
    ),
    ("today_note", "newest weigh most", "uusimmat painavat eniten", "նորերը՝ ավելի մեծ կշռով"),
    ("satisfaction", "Satisfaction", "Tyytyväisyys", "Գոհունակություն"),
    (
        "satisfaction_hint",
        "Dot: the index. Bar: its 95 % interval. Dashed line: the target. A hollow dot rests on few opinions or on "
        "readings whose error rate is not known.",
        "Piste: indeksi. Palkki: sen 95 %:n väli. Katkoviiva: tavoite. Ontto piste perustuu vähiin mielipiteisiin tai "
        "tulkintoihin, joiden virheosuutta ei tunneta.",
        "Կետը ինդեքսն է, շերտը՝ դրա 95% միջակայքը, կետագիծը՝ նպատակը։ Սնամեջ կետը հիմնված է սակավ կարծիքների կամ "
        "այնպիսի գնահատումների վրա, որոնց սխալի չափը հայտնի չէ։",
    ),
    ("voice", "Share of voice", "Osuus keskustelusta", "Մասնաբաժինը քննարկումներում"),
    (
        "voice_hint",
        "How much of the group's conversation is about each brand, and in what tone. Copies of one story count once.",
        "Kuinka suuri osa ryhmän keskustelusta koskee kutakin brändiä ja mihin sävyyn. Saman jutun kopiot lasketaan "
        "kerran.",
        "Խմբի քննարկումների ո՞ր մասն է վերաբերում յուրաքանչյուր բրենդին և ի՞նչ տրամադրությամբ։ Նույն նյութի "
        "կրկնօրինակները հաշվվում են մեկ անգամ։",
    ),
    ("tone", "Tone", "Sävy", "Տրամադրություն"),
    ("share", "Share", "Osuus", "Բաժին"),
    ("positive", "Positive", "Myönteinen", "Դրական"),
    ("neutral", "Neutral", "Neutraali", "Չեզոք"),
    ("negative", "Negative", "Kielteinen", "Բացասական"),
    ("unscored", "Not read", "Arvioimatta", "Չգնահատված"),
    ("above", "Who is ahead", "Kuka on edellä", "Ո՞վ է առջևում"),
    (
        "above_hint",
        "How likely it is that the index of the brand in the row is above that of the brand in the column. "
        "Near 50 % nobody can tell.",
        "Kuinka todennäköisesti rivin brändin indeksi on suurempi kuin sarakkeen brändin. Lähellä 50 prosenttia "
        "eroa ei voi todeta.",
        "Որքան հավանական է, որ տողի բրենդի ինդեքսն ավելի բարձր է, քան սյունակի բրենդինը։ 50 տոկոսի մոտ "
        "տարբերություն պնդել հնարավոր չէ։",
    ),
    (
        "lead_one",
        "{0} leads with {1} ({2}).",
        "Kärjessä on {0}, indeksi {1} ({2}).",
        "Առաջատարն է {0} բրենդը՝ {1} ({2})։",
    ),
    (
        "lead_none",
        "No brand of this group has enough opinions yet to be ranked.",
        "Yhdelläkään ryhmän brändillä ei ole vielä tarpeeksi mielipiteitä järjestykseen asettamiseksi.",
        "Խմբի ոչ մի բրենդ դեռ բավարար կարծիքներ չունի դասակարգման համար։",
    ),
    (
        "lead_unsure",
        "{0} and {1} are too close to say which is ahead.",
        "{0} ja {1} ovat niin lähellä toisiaan, ettei edellä olevaa voi sanoa.",
        "{0} և {1} բրենդներն այնքան մոտ են իրար, որ առաջատարին նշել հնարավոր չէ։",
    ),
    ("few", "not enough opinions yet", "liian vähän mielipiteitä", "կարծիքները դեռ քիչ են"),
    ("state_grey", "few opinions", "vähän mielipiteitä", "քիչ կարծիքներ"),
    ("state_uncorrected", "uncorrected", "korjaamaton", "չճշգրտված"),
    ("aspects", "What it is about", "Mistä puhutaan", "Ինչի մասին է խոսքը"),
    (
        "aspects_hint",
        "The same index for each part of the experience. “Effect” says how many points that part lifts the "
        "index (right) or pulls it down (left).",
        "Sama indeksi kokemuksen kullekin osalle. Vaikutus kertoo, montako pistettä osa nostaa indeksiä "
        "(oikealle) tai laskee sitä (vasemmalle).",
        "Նույն ինդեքսը՝ փորձառության յուրաքանչյուր մասի համար։ Ազդեցությունը ցույց է տալիս, թե քանի միավորով է այդ "
        "մասը բարձրացնում ինդեքսը (աջ) կամ իջեցնում այն (ձախ)։",
    ),
    ("aspect", "Aspect", "Osa-alue", "Կողմ"),
    ("driver", "Effect", "Vaikutus", "Ազդեցություն"),
    ("driver_points", "Effect, points", "Vaikutus, pistettä", "Ազդեցություն, միավոր"),
    ("points", "points", "pistettä", "միավոր"),
    (
        "aspects_none",
        "No aspect was found in the mentions so far.",
        "Maininnoista ei ole toistaiseksi löytynyt osa-alueita.",
        "Հիշատակումներում առայժմ կողմեր չեն գտնվել։",
    ),
    ("where", "Where it is said", "Missä puhutaan", "Որտեղ են խոսում"),
    ("source", "Source", "Lähde", "Աղբյուր"),
    ("language", "Language", "Kieli", "Լեզու"),
    ("more_sources", "and {0} more sources", "ja {0} muuta lähdettä", "և ևս {0} աղբյուր"),
    ("quotes_positive", "Satisfied voices", "Tyytyväisiä ääniä", "Գոհ ձայներ"),
    ("quotes_negative", "Dissatisfied voices", "Tyytymättömiä ääniä", "Դժգոհ ձայներ"),
    ("quotes_newest", "Newest, and those that the figures lead to", "Uusimmat sekä ne, joihin luvut viittaavat", "Նորագույնները և նրանք, որոնց հղում են թվերը"),
    ("quotes_none", "None yet.", "Ei vielä yhtään.", "Դեռ չկա։"),
    ("evidence", "Examples", "Esimerkit", "Օրինակներ"),
    ("to_mention", "To the mention", "Mainintaan", "Դեպի հիշատակումը"),
    ("as_table", "As a table", "Taulukkona", "Աղյուսակի տեսքով"),
    ("when", "Period", "Jakso", "Ժամանակաշրջան"),
    ("trend_label", "Index of {0} by {1}", "Brändin {0} indeksi, {1}", "{0} բրենդի ինդեքսը՝ {1}"),
    ("by_day", "day", "päivittäin", "ըստ օրերի"),
    ("by_week", "week", "viikoittain", "ըստ շաբաթների"),
    ("by_month", "month", "kuukausittain", "ըստ ամիսների"),
    (
        "trend_none",
        "No period has enough opinions yet.",
        "Millään jaksolla ei ole vielä tarpeeksi mielipiteitä.",
        "Դեռ ոչ մի ժամանակաշրջան բավարար կարծիքներ չունի։",
    ),
    ("csat", "Customer satisfaction (CSAT)", "Asiakastyytyväisyys (CSAT)", "Հաճախորդների գոհունակություն (CSAT)"),
    ("csat_detail", "answers of 4–5 · mean {0} · n = {1}", "vastauksia 4–5 · keskiarvo {0} · n = {1}", "4–5 պատասխաններ · միջինը՝ {0} · n = {1}"),
    ("nps", "Loyalty (NPS)", "Suositteluhalukkuus (NPS)", "Հավատարմություն (NPS)"),
    ("resolution", "Mean time to resolve", "Ratkaisuaika keskimäärin", "Լուծման միջին ժամանակը"),
    ("median", "median", "mediaani", "մեդիան"),
    ("alerts", "What changed", "Mikä muuttui", "Ինչ է փոխվել"),
    (
        "alerts_hint",
        "Raised only when chance is an unlikely explanation. Each leads to its evidence.",
        "Ilmoitetaan vain, kun sattuma on epätodennäköinen selitys. Jokaisesta pääsee todisteisiin.",
        "Հայտնվում են միայն այն դեպքում, երբ պատահականությունը քիչ հավանական բացատրություն է։ Յուրաքանչյուրը տանում է "
        "դեպի իր հիմքերը։",
    ),
    ("alerts_none", "Nothing out of the ordinary.", "Ei mitään tavallisesta poikkeavaa.", "Արտասովոր ոչինչ չկա։"),
    ("alert_level", "The index has fallen", "Indeksi on laskenut", "Ինդեքսն իջել է"),
    ("alert_volume", "Unusually many negative mentions", "Poikkeuksellisen paljon kielteisiä mainintoja", "Անսովոր շատ բացասական հիշատակումներ"),
    ("before_after", "Index, 28 days before and last 7", "Indeksi, 28 edellistä ja 7 viime päivää", "Ինդեքսը՝ նախորդ 28 և վերջին 7 օրերին"),
    ("difference", "Difference", "Ero", "Տարբերություն"),
    ("that_day", "Negative that day", "Kielteisiä tuona päivänä", "Բացասական այդ օրը"),
    ("usually", "Usually on that weekday", "Tavallisesti samana viikonpäivänä", "Սովորաբար շաբաթվա այդ օրը"),
    ("chance", "Probability of a false alarm", "Väärän hälytyksen todennäköisyys", "Կեղծ ահազանգի հավանականությունը"),
    ("how", "How the numbers were made", "Miten luvut on tehty", "Ինչպես են ստացվել թվերը"),
    (
        "how_unit",
        "Near-identical mentions count as one opinion; the copies are shown as reach and never enter the index. An "
        "author who writes about a brand n times in a month weighs 1/√n each time.",
        "Lähes samanlaiset maininnat lasketaan yhdeksi mielipiteeksi; kopiot näytetään levikkinä eivätkä ne vaikuta "
        "indeksiin. Kun sama kirjoittaja mainitsee brändin n kertaa kuukaudessa, jokaisen paino on 1/√n.",
        "Գրեթե նույնական հիշատակումները հաշվվում են որպես մեկ կարծիք․ կրկնօրինակները ցույց են տրվում որպես տարածում և "
        "ինդեքսի վրա չեն ազդում։ Եթե նույն հեղինակը մեկ ամսում բրենդի մասին գրում է n անգամ, ապա յուրաքանչյուրի կշիռը "
        "1/√n է։",
    ),
    (
        "how_label",
        "Who decides whether a mention is positive: a person's label first, then the stars that its author gave "
        "(4 and up positive, 2 and below negative, on a scale of 5), then the model.",
        "Maininnan sävyn ratkaisee ensisijaisesti ihmisen antama merkintä, sitten kirjoittajan antamat tähdet "
        "(viidestä 4 tai enemmän on myönteinen, 2 tai vähemmän kielteinen) ja viimeisenä malli.",
        "Հիշատակման տրամադրությունը որոշում է նախ մարդու դրած պիտակը, ապա հեղինակի տված աստղերը (5-ից 4 և ավելին՝ "
        "դրական, 2 և պակաս՝ բացասական), ապա մոդելը։",
    ),
    (
        "how_correct",
        "The model errs, and more to one side than to the other. Where its error rates are known, the share is "
        "corrected with them (adjusted counting), and the interval carries both the sampling error and that of the "
        "error rates. Where they are not known the row is marked “uncorrected”.",
        "Malli erehtyy, ja toiseen suuntaan enemmän kuin toiseen. Kun sen virheosuudet tunnetaan, osuus korjataan "
        "niillä (adjusted count), ja väli sisältää sekä otannan että virheosuuksien epävarmuuden. Kun niitä ei tunneta, "
        "rivillä lukee ”korjaamaton”.",
        "Մոդելը սխալվում է, ընդ որում՝ մի կողմում ավելի, քան մյուսում։ Եթե դրա սխալների չափը հայտնի է, բաժինը "
        "ճշգրտվում է դրանցով (adjusted count), և միջակայքը ներառում է ինչպես ընտրանքի, այնպես էլ սխալների չափի "
        "անորոշությունը։ Եթե հայտնի չէ, տողը նշվում է «չճշգրտված»։",
    ),
    (
        "how_floor",
        "Fewer than 10 effective opinions: no index is shown. 10 to 29: shown hollow. 30 or more: published.",
        "Alle 10 painotettua mielipidettä: indeksiä ei näytetä. 10–29: ontto piste. 30 tai enemmän: julkaistaan.",
        "10-ից քիչ կշռված կարծիք՝ ինդեքս չի ցուցադրվում։ 10-ից 29՝ սնամեջ կետով։ 30 և ավելի՝ հրապարակվում է։",
    ),
    ("went_in", "What went in", "Mitä luvuissa on", "Ինչ է ներառված"),
    ("left_out", "What was left out", "Mitä luvuista puuttuu", "Ինչ չի ներառված"),
    ("documents", "Documents", "Dokumentteja", "Փաստաթղթեր"),
    ("clusters", "Distinct mentions (copies counted once)", "Erillisiä mainintoja (kopiot kerran)", "Տարբեր հիշատակումներ (առանց կրկնօրինակների)"),
    ("by_model", "Read by the model", "Mallin lukemia", "Կարդացել է մոդելը"),
    ("by_stars", "Decided by stars", "Tähtien ratkaisemia", "Որոշվել է աստղերով"),
    ("by_person", "Labelled by a person", "Ihmisen merkitsemiä", "Պիտակել է մարդը"),
    ("audited", "Labels given by people", "Ihmisten tekemiä merkintöjä", "Մարդկանց պիտակած հիշատակումներ"),
    ("not_yet", "not read yet", "vielä lukematta", "դեռ չի կարդացվել"),
    ("not_read", "Not read by the model", "Mallilta lukematta", "Մոդելը չի կարդացել"),
    ("future", "Dated in the future", "Päivätty tulevaisuuteen", "Ապագա ամսաթվով"),
    ("undated", "Without a date (the day it was first seen counts)", "Ilman päivämäärää (käytetty ensihavainnon päivää)", "Առանց ամսաթվի (հաշվվում է առաջին անգամ տեսնելու օրը)"),
    ("replaced", "Edited since, older wording", "Sittemmin muokattu, vanha sanamuoto", "Հետո խմբագրված՝ հին տարբերակը"),
    ("erased", "Authors and pages erased on request", "Pyynnöstä poistettuja kirjoittajia ja sivuja", "Պահանջով ջնջված հեղինակներ և էջեր"),
    ("repeat", "The same numbers again", "Samat luvut uudelleen", "Նույն թվերը կրկին"),
    ("stars", "{0} of 5 stars", "{0}/5 tähteä", "{0}՝ 5 աստղից"),
    ("copies", "{0} copies", "{0} kopiota", "{0} կրկնօրինակ"),
    ("from_model", "model {0}", "malli {0}", "մոդել՝ {0}"),
    ("from_stars", "by its stars", "tähtien mukaan", "ըստ աստղերի"),
    ("from_person", "labelled by a person", "ihmisen merkitsemä", "մարդու պիտակած"),
    ("hours", "{0} h", "{0} t", "{0} ժ"),
    ("days", "{0} days", "{0} vrk", "{0} օր"),
    ("none", "none", "ei yhtään", "չկա"),
    (
        "empty",
        "The store has no brand yet. Name one in arvio.toml, then run `arvio run`.",
        "Tietokannassa ei ole vielä yhtään brändiä. Lisää brändi tiedostoon arvio.toml ja aja `arvio run`.",
        "Պահոցում դեռ բրենդ չկա։ Ավելացրեք այն arvio.toml ֆայլում և գործարկեք `arvio run` հրամանը։",
    ),
    (
        "footer",
        "Every sentence in quotation marks was written by somebody and is stored with its address; this page "
        "invents nothing and loads nothing from the network.",
        "Jokainen lainaus on jonkun kirjoittama, ja se on tallessa osoitteineen; sivu ei keksi mitään eikä lataa "
        "mitään verkosta.",
        "Յուրաքանչյուր մեջբերում գրել է որևէ մեկը և պահվում է իր հասցեով․ այս էջը ոչինչ չի հորինում և ցանցից ոչինչ "
        "չի բեռնում։",
    ),
)  # fmt: skip

_LANGUAGES: Mapping[str, tuple[str, str, str]] = {
    "fi": ("Finnish", "suomi", "ֆիններեն"),
    "hy": ("Armenian", "armenia", "հայերեն"),
    "hy-Latn": ("Armenian, Latin letters", "armenia, latinalaisin kirjaimin", "հայերեն՝ լատինատառ"),
    "ru": ("Russian", "venäjä", "ռուսերեն"),
    "sv": ("Swedish", "ruotsi", "շվեդերեն"),
    "en": ("English", "englanti", "անգլերեն"),
    "et": ("Estonian", "viro", "էստոներեն"),
    "und": ("unknown", "tuntematon", "անհայտ"),
    "": ("unknown", "tuntematon", "անհայտ"),
}

_ASPECTS: Mapping[str, tuple[str, str, str]] = {
    "quality": ("Quality", "Laatu", "Որակ"),
    "customer service": ("Customer service", "Asiakaspalvelu", "Սպասարկում"),
    "price": ("Price", "Hinta", "Գին"),
    "delivery": ("Delivery", "Toimitus", "Առաքում"),
    "after-sales support": ("After-sales support", "Jälkihoito", "Հետվաճառքային սպասարկում"),
    "web and app": ("Web and app", "Verkkopalvelu ja sovellus", "Կայք և հավելված"),
}

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fi": (
        "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu",
    ),
    "hy": ("հնվ", "փտվ", "մրտ", "ապր", "մյս", "հնս", "հլս", "օգս", "սեպ", "հոկ", "նոյ", "դեկ"),
}  # fmt: skip

_ORDER: tuple[ReportLanguage, ...] = ("en", "fi", "hy")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `words["key"]` is a text, unknown keys raise KeyError."""

    language: ReportLanguage
    texts: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.texts[key]

    def number(self, value: float, decimals: int = 0) -> str:
        """`value` rounded half to even, with the language's decimal sign and thousands; a real minus sign."""
        text = f"{value:,.{decimals}f}"
        if text.startswith("-"):
            text = "−" + text[1:] if text.strip("-0.,") else text[1:]
        if self.language == "en":
            return text
        return text.replace(",", _FIXED).replace(".", ",")

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share (0–1) as a percentage; a share that rounds to nothing is said to be less than 1 %."""
        if 0 < share < 0.005 and not decimals:
            return "<" + self._sign("1")
        return self._sign(self.number(100 * share, decimals))

    def points(self, value: float) -> str:
        """A difference with its sign, to one decimal."""
        text = self.number(value, 1)
        return text if text.startswith("−") or value == 0 else "+" + text

    def signed(self, value: float) -> str:
        """A score that may be below nothing, as a whole number with its sign."""
        text = self.number(value)
        return text if text == "0" or text.startswith("−") else "+" + text

    def chance(self, p: float) -> str:
        """A probability; never said to be certain."""
        if p > 0.99:
            return ">" + self._sign("99")
        return "<" + self._sign("1") if p < 0.01 else self.percent(p)

    def hours(self, value: float) -> str:
        """A time span: hours, from two days on in days."""
        if value < 48:
            return self["hours"].format(self.number(value, 1))
        return self["days"].format(self.number(value / 24, 1))

    def date(self, day: str) -> str:
        """A day (`2026-11-22`, or the start of a longer time) as the language writes it."""
        try:
            moment = date.fromisoformat(day[:10])
        except ValueError:
            return day
        if self.language == "en":
            return f"{moment.day}{_FIXED}{_MONTHS['en'][moment.month - 1]}{_FIXED}{moment.year}"
        if self.language == "fi":
            return f"{moment.day}.{moment.month}.{moment.year}"
        return f"{moment.day:02d}.{moment.month:02d}.{moment.year}"

    def period(self, name: str) -> str:
        """A period of the index: a day, `2026-W47` or `2026-11`."""
        if "W" in name:
            year, week = name.split("-W")
            weeks = {
                "en": f"week {int(week)}/{year}",
                "fi": f"vk {int(week)}/{year}",
                "hy": f"{int(week)}-րդ շբթ {year}",
            }
            return weeks[self.language].replace(" ", _FIXED)
        if len(name) == 7:
            month = _MONTHS[self.language][int(name[5:]) - 1]
            return f"{month}{_FIXED}{name[:4]}"
        return self.date(name)

    def language_name(self, code: str) -> str:
        """A language's name, or its code."""
        names = _LANGUAGES.get(code)
        return code if names is None else names[_ORDER.index(self.language)]

    def aspect_name(self, key: str) -> str:
        """An aspect's name; one of the user's own is shown as it was configured."""
        names = _ASPECTS.get(key)
        return key if names is None else names[_ORDER.index(self.language)]

    def _sign(self, number: str) -> str:
        return f"{number}{_FIXED}%" if self.language == "fi" else f"{number}%"


def words(language: ReportLanguage) -> Words:
    """The texts of `language`."""
    at = 1 + _ORDER.index(language)
    return Words(language, {row[0]: row[at] for row in _TEXTS})
