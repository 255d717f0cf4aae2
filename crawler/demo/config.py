"""Writes the configuration that crawls the demo site."""

import json

from crawler.demo.site import BROKEN_FEED_PATH, FAILING_PATH, LISTINGS, NEWS, REVIEWS, Listing

CONTACT = "demo@example.org"

_BRANDS = """\
[[brand]]
name = "Kuiske"
aliases = ["Kuiskes"]            # the Swedish genitive
group = "telecom"
case = "exact"                   # kuiske is also a whisper
require_any = [
  "liittymä", "liittymän", "operaattori", "operaattorin", "netti", "netin", "laajakaista",
  "valokuitu", "kuitu", "verkko", "verkon", "puhelin", "puhelimen", "puhelu", "kuuluvuus",
  "kuuluvuuden", "kenttä", "data", "datan", "lasku", "laskun", "laskutus", "asiakaspalvelu",
  "myyjä", "5G", "4G", "SIM", "eSIM", "roaming", "modeemi", "reititin", "abonnemang",
  "abonnemanget", "kundtjänst", "faktura", "broadband", "customer service", "mobile", "prepaid",
  "liittymiä", "liittymät", "varaliittymä", "puhelinmyyjä", "mobile data",
]
exclude = ["metsän kuiske", "tuulen kuiske"]

[[brand]]
name = "Pohjanetti"
aliases = ["Pohjanettis"]        # the Swedish genitive
group = "telecom"

[[brand]]
name = "Արարկապ"
aliases = ["Ararkap", "Араркап"]
forms = ["Ararkapi", "Ararkapy", "Ararkapn", "Ararkapum", "Ararkapic"]   # Armenian endings in Latin letters
group = "telecom"
languages = ["hy", "ru"]

[[brand]]
name = "Lempikauppa"
group = "grocery"
exclude = [                      # lempikauppa is also anybody's favourite shop
  "oma lempikauppa", "minun lempikauppa", "mun lempikauppa", "sinun lempikauppa", "teidän lempikauppa",
]

[[brand]]
name = "Նաիրի Մարկետ"
aliases = ["Nairi Market", "Наири Маркет"]
forms = ["Nairi Marketi", "Nairi Markety", "Nairi Marketum", "Nairi Marketic"]
group = "grocery"
languages = ["hy", "ru"]

[[brand]]
name = "Այգեստան"
aliases = ["Aygestan", "Айгестан"]
forms = ["Aygestani", "Aygestany", "Aygestanum", "Aygestanic"]
group = "grocery"
languages = ["hy", "ru"]
# Այգեստան is also the name of villages and streets
require_any = [
  "խանութ", "խանութի", "խանութում", "սուպերմարկետ", "մարկետ", "ցանց", "մասնաճյուղ", "դրամ", "գին",
  "գնի", "գները", "վաճառող", "գանձապահ", "դրամարկղ", "առաքում", "առաքիչ", "զեղչ", "հերթ", "բաժին",
  "միս", "հաց", "պանիր", "կաթ", "միրգ", "բանջարեղեն", "xanut", "dram", "gin", "araqum", "zexch",
  "hert", "store", "shop", "supermarket", "магазин", "магазине", "драм", "доставка", "цены",
  "кассир", "butik", "պատվեր", "առաքման", "մսագործ", "դարակ", "սառնարան", "կանխիկ", "տոպրակ",
  "պիտակ",
]
exclude = ["Այգեստան գյուղ", "Այգեստան գյուղում", "Այգեստան թաղամաս", "Այգեստանի փողոց"]
"""


def demo_config(base_url: str, db_path: str, *, with_failures: bool = False) -> str:
    """The text of an arvio.toml for the demo site at ``base_url`` (``http://127.0.0.1:PORT``).

    The forbidden page and the page that answers 500 are links inside a feed, which a crawl survives. With
    ``with_failures`` the broken feed and the failing page are sources of their own as well, so that the run
    must report two failed sources.
    """
    host = base_url.removeprefix("http://").rstrip("/")
    head = (
        f"[store]\npath = {_quote(db_path)}\n\n"
        f"[crawl]\ncontact = {_quote(CONTACT)}\nmax_pages = 500\n"
        # Nobody else is served by this host, so the crawl need not spare it.
        f"delay = 0\nper_host = 4\nallow_hosts = [{_quote(host)}]\n\n"
    )
    return head + _BRANDS + "".join(_sources(base_url.rstrip("/"), with_failures=with_failures))


def _sources(base_url: str, *, with_failures: bool) -> list[str]:
    blocks = [
        _source(news.source, "feed", base_url + news.feed_path, language=news.language, follow=True)
        for news in NEWS
    ]
    blocks += [
        _source(site.source, "reviews", base_url + site.path, language=site.language) for site in REVIEWS
    ]
    blocks += [_listing_source(site, base_url) for site in LISTINGS]
    if with_failures:
        blocks += [
            _source("fi-rikki", "feed", base_url + BROKEN_FEED_PATH),
            _source("fi-vika", "pages", base_url + FAILING_PATH, item="article", text="p::text"),
        ]
    return blocks


def _listing_source(site: Listing, base_url: str) -> str:
    return _source(
        site.source,
        "pages",
        base_url + site.path,
        language=site.language,
        item=f"article.{site.item}",
        text=f".{site.text}::text",
        author=f".{site.author}::text",
        date=f".{site.date}::text",
        title=f".{site.title} a::text",
        link=f"a.{site.link}::attr(href)",
        next="a[rel=next]::attr(href)",
    )


def _source(name: str, kind: str, url: str, **keys: str | bool) -> str:
    values: dict[str, str | bool] = {"name": name, "kind": kind, "url": url, **keys}
    lines = [f"{key} = {_quote(value)}" for key, value in values.items()]
    return "\n[[source]]\n" + "\n".join(lines) + "\n"


def _quote(value: str | bool) -> str:
    # A JSON string or boolean is a TOML one too, except DEL, which stands in no path or selector of ours.
    return json.dumps(value, ensure_ascii=False)
