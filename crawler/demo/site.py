"""Builds the pages of the demo site: feeds, articles, reviews, listings, a sitemap and the awkward ones.

Everything stands on one host, so one robots.txt rules it; each "site" is a folder. Pages are built once for a
night and kept in memory as bytes.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http import HTTPStatus

from crawler.demo.content import Entry, entries

FORBIDDEN_PATH = "/fi/uutiset/tilaajille/2026/11/hinnat/"
"""Linked from a feed and a listing, disallowed by robots.txt: it must never be fetched."""
FORBIDDEN_TITLE = "Tilaajille: näin hinnat ovat nousseet"
FAILING_PATH = "/fi/uutiset/2026/11/vika/"
"""Linked from the same feed; always answers 500."""
BROKEN_FEED_PATH = "/fi/rikki/rss.xml"
"""A feed that is no well-formed XML, cut in the middle of a tag."""
SITEMAP_PATH = "/sitemap-news.xml"

REVIEWS_ON_PAGE = 10
POSTS_ON_PAGE = 15

HTML = "text/html; charset=utf-8"
_MONTHS_HY = (
    "հունվարի", "փետրվարի", "մարտի", "ապրիլի", "մայիսի", "հունիսի",
    "հուլիսի", "օգոստոսի", "սեպտեմբերի", "հոկտեմբերի", "նոյեմբերի", "դեկտեմբերի",
)  # fmt: skip
_STYLE = (
    "body{font:16px/1.5 Georgia,serif;max-width:44rem;margin:0 auto;padding:0 1rem;color:#222}"
    "header{border-bottom:2px solid #354;padding:.6rem 0}header a,nav a{color:#354;margin-right:.8rem}"
    "h1{line-height:1.2}aside{font-size:.85rem;border-left:3px solid #cdc;padding-left:.8rem;margin:1.5rem 0}"
    ".meta{color:#666;font-size:.85rem}.card{border-bottom:1px solid #ddd;padding:.6rem 0}"
    "footer{color:#666;font-size:.8rem;border-top:1px solid #ddd;margin-top:2rem;padding:.6rem 0}"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the server: ``modified`` is aware and whole to the second."""

    body: bytes
    content_type: str
    modified: datetime
    status: HTTPStatus = HTTPStatus.OK

    @property
    def etag(self) -> str:
        """A strong validator: the quoted hash of the body."""
        return f'"{sha256(self.body).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class News:
    """A newspaper: a feed, a front page and an article page for each entry of ``source``."""

    source: str
    path: str
    name: str
    language: str
    feed: str
    most_read: str
    sections: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def feed_path(self) -> str:
        """Path of the paper's RSS 2.0 or Atom feed."""
        return f"{self.path}{self.feed}.xml"

    def article_path(self, entry: Entry) -> str:
        """Path of the page of ``entry``."""
        return f"{self.path}{entry.date:%Y/%m}/{entry.id}/"


@dataclass(frozen=True, slots=True)
class Reviews:
    """The review pages of one brand: ``markup`` is "json-ld" or "microdata"."""

    source: str
    path: str
    name: str
    language: str
    brand: str
    markup: str
    page_query: str
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A paginated listing of posts or comments, marked with the CSS classes of its own software."""

    source: str
    path: str
    name: str
    language: str
    page_query: str
    item: str
    title: str
    link: str
    author: str
    date: str
    text: str
    newer: str
    older: str
    write_date: Callable[[datetime], str]


def finnish_date(moment: datetime) -> str:
    """``18.11.2026 klo 14.05``."""
    return f"{moment.day}.{moment.month}.{moment.year} klo {moment:%H.%M}"


def armenian_date(moment: datetime) -> str:
    """``2026 թ. նոյեմբերի 18``."""
    return f"{moment.year} թ. {_MONTHS_HY[moment.month - 1]} {moment.day}"


def armenian_date_and_time(moment: datetime) -> str:
    """``2026 թ. նոյեմբերի 18, 14:05``."""
    return f"{armenian_date(moment)}, {moment:%H:%M}"


NEWS = (
    News("fi-uutiset", "/fi/uutiset/", "Lakeuden Päivälehti", "fi", "rss", "Luetuimmat",
         ("Etusivu", "Kotimaa", "Talous", "Mielipide")),
    News("fi-rannikko", "/fi/rannikko/", "Rannikkoseudun Viikko", "fi", "atom", "Luetuimmat",
         ("Etusivu", "Seutu", "Yrittäjät"), encoding="iso-8859-15"),
    News("fi-koonti", "/fi/koonti/", "Uutiskoonti", "fi", "rss", "Suosituimmat", ("Tuoreimmat", "Aiheet")),
    News("hy-lurer", "/hy/lurer/", "Կամրջի լուրեր", "hy", "atom", "Ամենաընթերցված",
         ("Գլխավոր", "Հասարակություն", "Տնտեսություն")),
    News("hy-tntes", "/hy/tntes/", "Տնտեսական օրագիր", "hy", "rss", "Ընթերցողների ընտրություն",
         ("Գլխավոր", "Շուկա", "Սպառող")),
)  # fmt: skip


def _finnish_reviews(slug: str, brand: str) -> Reviews:
    return Reviews(
        f"fi-arvostelut-{slug}", f"/fi/arvostelut/{slug}/", "Kuluttajan kokemukset", "fi", brand, "json-ld",
        "sivu", "Uudemmat", "Vanhemmat",
    )  # fmt: skip


def _armenian_reviews(slug: str, brand: str) -> Reviews:
    return Reviews(
        f"hy-kartsiqner-{slug}", f"/hy/kartsiqner/{slug}/", "Ազնիվ կարծիք", "hy", brand, "microdata",
        "ej", "Նորերը", "Հները",
    )  # fmt: skip


REVIEWS = (
    _finnish_reviews("kuiske", "Kuiske"),
    _finnish_reviews("pohjanetti", "Pohjanetti"),
    _finnish_reviews("lempikauppa", "Lempikauppa"),
    _armenian_reviews("ararkap", "Արարկապ"),
    _armenian_reviews("nairi", "Նաիրի Մարկետ"),
    _armenian_reviews("aygestan", "Այգեստան"),
)

LISTINGS = (
    Listing("fi-foorumi", "/fi/foorumi/", "Kahvipöytä", "fi", "sivu", "viesti", "viesti__otsikko",
            "viesti__linkki", "viesti__nimimerkki", "viesti__aika", "viesti__teksti",
            "Uudemmat viestit", "Vanhemmat viestit", finnish_date),
    Listing("fi-kommentit", "/fi/uutiset/kommentit/", "Lakeuden Päivälehti: kommentit", "fi", "sivu",
            "kommentti", "kommentti-juttu", "kommentti-linkki", "kommentti-nimi", "kommentti-pvm",
            "kommentti-teksti", "Uudemmat", "Vanhemmat", finnish_date),
    Listing("hy-forum", "/hy/forum/", "Մեր բակը", "hy", "page", "post", "post-title", "post-link",
            "post-user", "post-date", "post-body", "Նոր գրառումներ", "Հին գրառումներ", armenian_date),
    Listing("hy-meknabanutyunner", "/hy/lurer/meknabanutyunner/", "Կամրջի լուրեր. մեկնաբանություններ", "hy",
            "page", "comment", "comment-topic", "comment-link", "comment-name", "comment-when",
            "comment-text", "Նորերը", "Հները", armenian_date_and_time),
)  # fmt: skip


def build_site(base_url: str, night: int) -> dict[str, Page]:
    """All pages of ``night`` (1, or 2 which holds both nights) by request target (path with query)."""
    by_source: dict[str, list[Entry]] = {}
    for entry in sorted(entries(), key=lambda item: item.date, reverse=True):
        if entry.night <= night:
            by_source.setdefault(entry.source, []).append(entry)
    newest = max(items[0].date for items in by_source.values())
    pages: dict[str, Page] = {}
    for news in NEWS:
        pages |= _news_pages(news, by_source.get(news.source, []), base_url, newest)
    for reviews in REVIEWS:
        pages |= _review_pages(reviews, by_source.get(reviews.source, []), base_url, newest)
    for listing in LISTINGS:
        pages |= _listing_pages(listing, by_source.get(listing.source, []), newest)
    pages["/"] = _front_page(newest)
    pages["/robots.txt"] = _text_page(_robots(base_url), "text/plain; charset=utf-8", newest)
    pages[SITEMAP_PATH] = _text_page(_news_sitemap(by_source, base_url), "application/xml", newest)
    return pages | _awkward_pages(newest)


def _text_page(text: str, content_type: str, modified: datetime) -> Page:
    return Page(text.encode(), content_type, modified.astimezone(UTC).replace(microsecond=0))


def _html(
    *, title: str, language: str, site: str, body: str, head: str = "", nav: str = "", charset: str = "utf-8"
) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="{charset}">\n'
        f'<title>{escape(title)}</title>\n<meta name="viewport" content="width=device-width">\n'
        f"{head}<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><a href="/">{escape(site)}</a>{nav}</header>\n{body}\n'
        f"<footer>{escape(site)} 2026</footer>\n</body>\n</html>\n"
    )


def _json_ld(data: object) -> str:
    # "</" would end the script element early.
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{text}\n</script>\n'


def _robots(base_url: str) -> str:
    folder = FORBIDDEN_PATH[: FORBIDDEN_PATH.index("tilaajille/") + len("tilaajille/")]
    return f"User-agent: *\nDisallow: {folder}\nAllow: /\n\nSitemap: {base_url}{SITEMAP_PATH}\n"


def _front_page(modified: datetime) -> Page:
    sites: Sequence[News | Reviews | Listing] = (*NEWS, *REVIEWS, *LISTINGS)
    items = "\n".join(
        f'<li lang="{site.language}"><a href="{site.path}">{escape(site.name)}</a> '
        f'<span class="meta">{escape(site.source)}</span></li>'
        for site in sites
    )
    body = f"<main><h1>Demo site</h1><p>Invented brands, invented people.</p><ul>\n{items}\n</ul></main>"
    return _text_page(_html(title="Demo site", language="en", site="Demo", body=body), HTML, modified)


# --- news -----------------------------------------------------------------------------------------


def _news_pages(news: News, items: list[Entry], base_url: str, newest: datetime) -> dict[str, Page]:
    write_feed = _rss if news.feed == "rss" else _atom
    kind = "application/rss+xml" if news.feed == "rss" else "application/atom+xml"
    pages = {news.feed_path: _text_page(write_feed(news, items, base_url), f"{kind}; charset=utf-8", newest)}
    for entry in items:
        pages[news.article_path(entry)] = _article_page(news, entry, items, base_url)
    links = "\n".join(
        f'<li class="card"><a href="{news.article_path(entry)}">{escape(entry.title)}</a></li>'
        for entry in items
    )
    head = f'<link rel="alternate" type="{kind}" href="{news.feed_path}">\n'
    body = f"<main><h1>{escape(news.name)}</h1><ul>\n{links}\n</ul></main>"
    front = _html(title=news.name, language=news.language, site=news.name, body=body, head=head)
    return pages | {news.path: _text_page(front, HTML, newest)}


def _lead(entry: Entry) -> str:
    """The beginning of the text, cut at a word, as a feed shows it."""
    text = entry.paragraphs[0]
    return text if len(text) <= 120 else text[:120].rpartition(" ")[0] + " …"


def _rss(news: News, items: list[Entry], base_url: str) -> str:
    parts = [
        _rss_item(base_url + news.article_path(entry), entry.title, entry.date, entry.author, _lead(entry))
        for entry in items
    ]
    if news.source == "fi-uutiset":
        date = min(entry.date for entry in items)
        parts += [
            _rss_item(base_url + FORBIDDEN_PATH, FORBIDDEN_TITLE, date, "Toimitus", ""),
            _rss_item(base_url + FAILING_PATH, "Lukijoiden kuvat viikon varrelta", date, "Toimitus", ""),
        ]
    body = "\n".join(parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>{escape(news.name)}</title>\n<link>{base_url}{news.path}</link>\n"
        f"<description>{escape(news.name)}</description>\n<language>{news.language}</language>\n"
        f"{body}\n</channel>\n</rss>\n"
    )


def _rss_item(url: str, title: str, date: datetime, author: str, lead: str) -> str:
    return (
        f"<item>\n<title>{escape(title)}</title>\n<link>{url}</link>\n"
        f'<guid isPermaLink="true">{url}</guid>\n<pubDate>{format_datetime(date)}</pubDate>\n'
        f"<dc:creator>{escape(author)}</dc:creator>\n<description>{escape(lead)}</description>\n</item>"
    )


def _atom(news: News, items: list[Entry], base_url: str) -> str:
    updated = items[0].date.isoformat() if items else "2026-09-01T00:00:00+00:00"
    body = "\n".join(
        f"<entry>\n<title>{escape(entry.title)}</title>\n"
        f'<link rel="alternate" type="text/html" href="{base_url}{news.article_path(entry)}"/>\n'
        f"<id>{base_url}{news.article_path(entry)}</id>\n"
        f"<published>{entry.date.isoformat()}</published>\n<updated>{entry.date.isoformat()}</updated>\n"
        f"<author><name>{escape(entry.author)}</name></author>\n"
        f"<summary>{escape(_lead(entry))}</summary>\n</entry>"
        for entry in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{news.language}">\n'
        f"<title>{escape(news.name)}</title>\n<id>{base_url}{news.path}</id>\n"
        f'<link href="{base_url}{news.path}"/>\n<link rel="self" href="{base_url}{news.feed_path}"/>\n'
        f"<updated>{updated}</updated>\n{body}\n</feed>\n"
    )


def _article_page(news: News, entry: Entry, items: list[Entry], base_url: str) -> Page:
    number = int(entry.id.rpartition("-")[2])
    url = f"{base_url}{news.article_path(entry)}"
    shown = finnish_date(entry.date) if news.language == "fi" else armenian_date(entry.date)
    # Four ways that papers tell title and date: JSON-LD, meta tags alone, <time> alone, JSON-LD in a graph.
    variant = number % 4
    head = f'<link rel="canonical" href="{url}">\n'
    byline = f"{escape(entry.author)}, {shown}"
    if variant in (0, 3):
        head += _json_ld(_news_article(news, entry, url, in_graph=variant == 3))
    if variant == 1:
        head += (
            f'<meta property="og:type" content="article">\n<meta property="og:title" '
            f'content="{escape(entry.title)}">\n<meta property="article:published_time" '
            f'content="{entry.date.isoformat()}">\n<meta name="author" content="{escape(entry.author)}">\n'
        )
    if variant in (2, 3):
        byline = f'{escape(entry.author)}, <time datetime="{entry.date.isoformat()}">{shown}</time>'
    text = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in entry.paragraphs)
    others = "\n".join(
        f'<li><a href="{news.article_path(other)}">{escape(other.title)}</a></li>'
        for other in [item for item in items if item.id != entry.id][:3]
    )
    sections = " ".join(f'<a href="{news.path}">{escape(section)}</a>' for section in news.sections)
    body = (
        f"<main><article>\n<h1>{escape(entry.title)}</h1>\n"
        f'<p class="meta">{byline}</p>\n<div class="article-body">\n{text}\n</div>\n</article></main>\n'
        f"<aside><h2>{escape(news.most_read)}</h2>\n<ul>\n{others}\n</ul></aside>"
    )
    page = _html(
        title=f"{entry.title} | {news.name}", language=entry.language, site=news.name, body=body, head=head,
        nav=f"<nav>{sections}</nav>", charset=news.encoding,
    )  # fmt: skip
    # The old paper's server names the encoding for every other page only; the rest rely on <meta charset>.
    named = news.encoding == "utf-8" or number % 2 == 0
    content_type = f"text/html; charset={news.encoding}" if named else "text/html"
    return Page(page.encode(news.encoding, "xmlcharrefreplace"), content_type, entry.date.astimezone(UTC))


def _news_article(news: News, entry: Entry, url: str, *, in_graph: bool) -> dict[str, object]:
    article: dict[str, object] = {
        "@type": "NewsArticle",
        "headline": entry.title,
        "datePublished": entry.date.isoformat(),
        "inLanguage": entry.language,
        "mainEntityOfPage": url,
        "author": {"@type": "Person", "name": entry.author},
        "publisher": {"@type": "NewsMediaOrganization", "name": news.name},
    }
    context: dict[str, object] = {"@context": "https://schema.org"}
    if not in_graph:
        return context | article
    site: dict[str, object] = {"@type": "WebSite", "name": news.name, "inLanguage": news.language}
    return context | {"@graph": [site, article]}


def _news_sitemap(by_source: dict[str, list[Entry]], base_url: str) -> str:
    body = "\n".join(
        f"<url>\n<loc>{base_url}{news.article_path(entry)}</loc>\n<news:news>\n<news:publication>"
        f"<news:name>{escape(news.name)}</news:name><news:language>{news.language}</news:language>"
        f"</news:publication>\n<news:publication_date>{entry.date.isoformat()}</news:publication_date>\n"
        f"<news:title>{escape(entry.title)}</news:title>\n</news:news>\n</url>"
        for news in NEWS
        for entry in by_source.get(news.source, [])
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
        f"{body}\n</urlset>\n"
    )


# --- reviews --------------------------------------------------------------------------------------


def _chunks(items: list[Entry], size: int) -> list[list[Entry]]:
    return [items[start : start + size] for start in range(0, len(items), size)] or [[]]


def _target(path: str, query: str, number: int) -> str:
    return path if number == 1 else f"{path}?{query}={number}"


def _pager(query: str, number: int, last: int, newer: str, older: str) -> tuple[str, str]:
    """The ``<link>`` elements of the head and the navigation of the body, both with relative links."""
    head, links = "", []
    if number > 1:
        back = "./" if number == 2 else f"?{query}={number - 1}"
        links.append(f'<a rel="prev" href="{back}">{escape(newer)}</a>')
    if number < last:
        head = f'<link rel="next" href="?{query}={number + 1}">\n'
        links.append(f'<a rel="next" class="next" href="?{query}={number + 1}">{escape(older)}</a>')
    return head, f'<nav class="pager">{" ".join(links)}</nav>'


def _review_pages(site: Reviews, items: list[Entry], base_url: str, newest: datetime) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    chunks = _chunks(items, REVIEWS_ON_PAGE)
    for number, chunk in enumerate(chunks, start=1):
        head, pager = _pager(site.page_query, number, len(chunks), site.newer, site.older)
        if site.markup == "json-ld":
            head += _json_ld(_review_graph(site, chunk, number, base_url))
            main = _plain_reviews(site, chunk)
        else:
            main = _microdata_reviews(site, chunk, number)
        title = f"{site.brand} | {site.name}"
        page = _html(title=title, language=site.language, site=site.name, body=main + pager, head=head)
        pages[_target(site.path, site.page_query, number)] = _text_page(page, HTML, newest)
    return pages


def _rating(entry: Entry) -> dict[str, object]:
    """A schema.org Rating as sites write it: a number, a string with a decimal comma, or another scale."""
    value, _, best = entry.rating.partition("/")
    written: object = int(value) if value.isdecimal() and not best else value
    return {"@type": "Rating", "ratingValue": written, "bestRating": best or "5", "worstRating": 1}


def _review_graph(site: Reviews, items: Iterable[Entry], number: int, base_url: str) -> dict[str, object]:
    address = f"{base_url}{site.path}#brand"
    brand: dict[str, object] = {"@type": "Organization", "@id": address, "name": site.brand}
    reviews = [_json_review(site, entry, base_url) for entry in items]
    graph: list[dict[str, object]] = [{"@type": "WebPage", "name": f"{site.brand} | {site.name}"}]
    if number % 2:  # odd pages hang the reviews on the brand, even ones repeat the brand inside each review
        graph.append(brand | {"review": reviews})
    else:
        graph += [review | {"itemReviewed": brand} for review in reviews]
    return {"@context": "https://schema.org", "@graph": graph}


def _json_review(site: Reviews, entry: Entry, base_url: str) -> dict[str, object]:
    number = int(entry.id.rpartition("-")[2])
    author: object = entry.author if number % 5 == 0 else {"@type": "Person", "name": entry.author}
    date = f"{entry.date:%Y-%m-%d}" if number % 2 else entry.date.isoformat()
    review: dict[str, object] = {"@type": "Review", "author": author, "datePublished": date}
    if number % 3:  # every third review has no address of its own
        review["@id"] = f"{base_url}{site.path}#{entry.id}"
        review["url"] = f"{base_url}{site.path}#{entry.id}"
    if entry.title:
        review["name"] = entry.title
    if entry.rating:
        review["reviewRating"] = _rating(entry)
    return review | {"reviewBody": entry.text, "inLanguage": entry.language}


def _plain_reviews(site: Reviews, items: Iterable[Entry]) -> str:
    cards = "\n".join(
        f'<section class="card" id="{entry.id}" lang="{entry.language}">'
        f'<p class="meta">{escape(entry.author)}, {entry.date.day}.{entry.date.month}.{entry.date.year}'
        f"{', ' + escape(_shown_rating(entry)) if entry.rating else ''}</p>"
        f"{'<h3>' + escape(entry.title) + '</h3>' if entry.title else ''}"
        f"<p>{escape(entry.text)}</p></section>"
        for entry in items
    )
    return f"<main><h1>{escape(site.brand)}</h1>\n{cards}\n</main>\n"


def _shown_rating(entry: Entry) -> str:
    return entry.rating if "/" in entry.rating else f"{entry.rating}/5"


def _microdata_reviews(site: Reviews, items: Iterable[Entry], number: int) -> str:
    kind = "MobilePhoneStore" if site.brand == "Արարկապ" else "GroceryStore"
    nested = bool(number % 2)  # odd pages nest the reviews in the brand's item, even ones name it in each
    cards = "\n".join(_microdata_review(entry, "" if nested else site.brand, kind) for entry in items)
    name = escape(site.brand)
    if nested:
        opening = f'<main itemscope itemtype="https://schema.org/{kind}"><h1 itemprop="name">{name}</h1>'
    else:
        opening = f"<main><h1>{name}</h1>"
    return f"{opening}\n{cards}\n</main>\n"


def _microdata_review(entry: Entry, brand: str, kind: str) -> str:
    prop = "" if brand else 'itemprop="review" '
    reviewed = (
        f'<div itemprop="itemReviewed" itemscope itemtype="https://schema.org/{kind}">'
        f'<meta itemprop="name" content="{escape(brand)}"></div>\n'
        if brand
        else ""
    )
    rating = ""
    if entry.rating:
        value, _, best = entry.rating.partition("/")
        rating = (
            '<span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating">'
            f'<span itemprop="ratingValue">{escape(value)}</span>/'
            f'<span itemprop="bestRating">{best or 5}</span><meta itemprop="worstRating" content="1"></span>'
        )
    title = f'<h3 itemprop="name">{escape(entry.title)}</h3>\n' if entry.title else ""
    return (
        f'<section class="card" {prop}itemscope itemtype="https://schema.org/Review" '
        f'id="{entry.id}" lang="{entry.language}">\n{reviewed}{title}'
        f'<p class="meta"><span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        f'<span itemprop="name">{escape(entry.author)}</span></span>, '
        f'<time itemprop="datePublished" datetime="{entry.date.isoformat()}">{armenian_date(entry.date)}'
        f'</time> {rating}</p>\n<p itemprop="reviewBody">{escape(entry.text)}</p>\n</section>'
    )


# --- listings -------------------------------------------------------------------------------------


def _listing_pages(site: Listing, items: list[Entry], newest: datetime) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    chunks = _chunks(items, POSTS_ON_PAGE)
    for number, chunk in enumerate(chunks, start=1):
        head, pager = _pager(site.page_query, number, len(chunks), site.newer, site.older)
        cards = "\n".join(_post(site, entry, f"{entry.id}/") for entry in chunk)
        body = f"<main><h1>{escape(site.name)}</h1>\n{cards}\n</main>\n{pager}"
        if site.source == "fi-foorumi":
            body += f'\n<aside><a href="{FORBIDDEN_PATH}">{FORBIDDEN_TITLE}</a></aside>'
        page = _html(title=site.name, language=site.language, site=site.name, body=body, head=head)
        pages[_target(site.path, site.page_query, number)] = _text_page(page, HTML, newest)
    for entry in items:
        body = f"<main>\n{_post(site, entry, './')}\n</main>"
        page = _html(title=entry.title or site.name, language=entry.language, site=site.name, body=body)
        pages[f"{site.path}{entry.id}/"] = _text_page(page, HTML, entry.date)
    return pages


def _post(site: Listing, entry: Entry, link: str) -> str:
    return (
        f'<article class="{site.item} card" id="{entry.id}" lang="{entry.language}">\n'
        f'<h2 class="{site.title}"><a class="{site.link}" href="{link}">{escape(entry.title)}</a></h2>\n'
        f'<p class="meta"><span class="{site.author}">{escape(entry.author)}</span> '
        f'<span class="{site.date}">{site.write_date(entry.date)}</span></p>\n'
        f'<div class="{site.text}">{escape(entry.text)}</div>\n</article>'
    )


# --- the awkward ones -----------------------------------------------------------------------------


def _awkward_pages(modified: datetime) -> dict[str, Page]:
    def page(title: str, text: str) -> str:
        body = f"<main><article><h1>{title}</h1><p>{text}</p></article></main>"
        return _html(title=title, language="fi", site="Lakeuden Päivälehti", body=body)

    forbidden = page(FORBIDDEN_TITLE, "Tämä juttu on vain tilaajille: Pohjanetti, Kuiske.")
    failing = page("Virhe 500", "Palvelimella tapahtui virhe. Yritä hetken kuluttua uudelleen.")
    broken = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Rikki & poikki</title>\n'
        "<item><title>Pohjanetti uudistaa <b>laskunsa</title><link>/fi/rikki/1\n<desc"
    )
    return {
        FORBIDDEN_PATH: _text_page(forbidden, HTML, modified),
        FAILING_PATH: Page(failing.encode(), HTML, modified, HTTPStatus.INTERNAL_SERVER_ERROR),
        BROKEN_FEED_PATH: _text_page(broken, "application/rss+xml; charset=utf-8", modified),
    }
