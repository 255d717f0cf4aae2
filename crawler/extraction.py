"""The article of a page: title, date, author and body, from structured data, meta tags and the text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.structured import Thing, structured_data, text_of, things
from store.dates import ParsedDate, named, parse_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_DEPTH = 400
"""Elements nested in each other; real pages stay under a hundred."""
MAX_TEXT = 1_000_000
MAX_HEADING = 300
"""Characters: a title with its byline."""

_ARTICLES = frozenset(
    {
        "Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
        "BackgroundNewsArticle", "ReviewNewsArticle", "BlogPosting", "LiveBlogPosting", "TechArticle",
        "ScholarlyArticle", "Report", "AdvertiserContentArticle",
    }
)  # fmt: skip
_META_DATES = (
    "article:published_time", "og:published_time", "datepublished", "date", "dc.date.issued", "dc.date",
    "dcterms.issued", "dcterms.created", "pubdate", "publishdate", "publish-date", "publication_date",
    "parsely-pub-date", "sailthru.date", "article.published", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
)  # fmt: skip
_DATED = re.compile(r"date|time|published|byline|meta|aika|pvm|julkaistu|entry-info|amsativ", re.IGNORECASE)
# The clock of a site, its weather, rates and calendar tell of today.
_CLOCK = re.compile(r"today|current|clock|weather|calendar|(?<![a-z])now(?![a-z])", re.IGNORECASE)
_WIDGET = re.compile(
    r"(?:today|current|now)[-_]?(?:date|time)|(?:date|time)[-_]?(?:today|current|now)(?![a-z])|clock|weather|forecast"
    r"|currenc(?:y|ies)|exchange|valuut",
    re.IGNORECASE,
)
# Drupal's.
_RDFA_DATES = frozenset({"dc:date", "dc:created", "schema:datePublished", "schema:dateCreated"})
_BODY = re.compile(r"(?<![a-z])article[-_]{0,2}body(?![a-z])", re.IGNORECASE)
_SEPARATED = re.compile(r"\s[|–—-]\s")


@dataclass(frozen=True, slots=True)
class Article:
    """What a reader gets from a page; empty or None where the page does not tell."""

    title: str
    text: str
    author: str | None
    published: ParsedDate | None
    language: str | None
    canonical: str | None


def parse_html(html: str) -> "HtmlElement | None":
    """The page as a tree; None for an empty page or one nested too deep to be walked safely."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    try:
        # NUL ends the text for libxml2, which reads C strings; without huge_tree it also bounds the depth.
        tree = document_fromstring(
            html.replace("\x00", ""), parser=HTMLParser(encoding=None, remove_comments=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return tree if _depth_within(tree) else None


def _depth_within(tree: "HtmlElement") -> bool:
    from lxml import etree

    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            return False
    return True


def extract_article(
    html: str, url: str, now: datetime, language: str | None = None, timezone: str | None = None
) -> Article:
    """Title, body, author and date of the article at `url`.

    `language` is what the source says of itself; the page's own `lang` goes before it, and dates that cannot be
    read in that are read in the source's. `now` is the base of relative dates.
    """
    tree = parse_html(html)
    if tree is None:
        return Article("", "", None, None, language, None)
    code = page_language(tree) or language
    nodes = list(things(structured_data(tree)))
    article = _main(nodes)
    published = _published(tree, article, lambda text: parse_date(text, code, now, timezone, language))
    author = _author(tree, article)
    title = _title(tree, article)
    canonical = _first_attribute(tree, ".//link[@rel='canonical']", "href")
    text = _body(tree, url, article)
    if title and text.startswith(title):
        text = text[len(title) :].lstrip()
    return Article(title, text[:MAX_TEXT], author, published, code, canonical)


def page_language(tree: "HtmlElement") -> str | None:
    """The two-letter code of `<html lang>`, or None."""
    return language_code(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")


def language_code(declared: str) -> str | None:
    """The two-letter code of `fi-FI` or `hy_AM`, or None for what begins with none (`arm`)."""
    code = re.split(r"[-_]", declared.strip().lower())[0]
    return code if len(code) == 2 and code.isalpha() else None


def _main(nodes: list[Thing]) -> Thing | None:
    """The page's article: the one with the longest body, or the first (teasers of others come later)."""
    found = [node for node in nodes if node.types & _ARTICLES]
    return max(found, key=lambda node: len(text_of(node.data.get("articleBody"))), default=None)


def _title(tree: "HtmlElement", article: Thing | None) -> str:
    metas = _metas(tree)
    headline = text_of(article.data.get("headline") or article.data.get("name")) if article else ""
    # What a page gives for sharing is the title that people quote; of og:title papers test variants.
    shared = metas.get("twitter:title") or metas.get("og:title") or ""
    site = metas.get("og:site_name")
    if site and _SEPARATED.split(shared)[-1] == site:
        shared = shared[: -len(site)].rstrip(" |–—-")
    title = shared or headline or _text(tree.find(".//h1"))
    return title or _SEPARATED.split(_text(tree.find(".//title")))[0].strip()


def _author(tree: "HtmlElement", article: Thing | None) -> str | None:
    name = text_of(article.data.get("author")) if article else ""
    name = name or _metas(tree).get("author", "")
    return name if name and not name.startswith("http") else None


def _published(
    tree: "HtmlElement", article: Thing | None, parse: Callable[[str], ParsedDate | None]
) -> ParsedDate | None:
    for where, text in _dates(tree, article):
        found = named(parse(text), where)
        if found:
            return found
    return None


def _dates(tree: "HtmlElement", article: Thing | None) -> Iterator[tuple[str, str]]:
    if article:
        for key in ("datePublished", "dateCreated", "uploadDate"):
            yield "json-ld", text_of(article.data.get(key))
    metas = _metas(tree)
    for name in _META_DATES:
        yield "meta", metas.get(name, "")
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield "microdata", element.get("datetime") or element.get("content") or _text(element)
    for element in tree.iterfind(".//*[@property]"):
        if element.get("content") and _RDFA_DATES.intersection(element.get("property").split()):
            yield "rdfa", element.get("content")
    changed: list[tuple[str, str]] = []
    for scope in (".//article//time", ".//main//time", ".//time"):
        for element in tree.iterfind(scope):
            if not _stands_beside(element):
                found = "time", element.get("datetime") or _text(element)
                if _is_change(element):
                    changed.append(found)
                else:
                    yield found
    for element in tree.iterfind(".//*[@class]"):
        names = element.get("class")
        if _DATED.search(names) and len(element) < 8 and not _stands_beside(element):
            yield "text", _text(element)
    yield from changed


def _is_change(element: "HtmlElement") -> bool:
    """Whether a <time> tells when the page was changed, and not also when it was published."""
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    return ("updated" in names or "modified" in names) and "publish" not in names


def _stands_beside(element: "HtmlElement") -> bool:
    """Whether `element` belongs to what is on every page: the site's header with today's date, lists of others, a
    clock or the weather.
    """
    if _CLOCK.search(_names(element)):
        return True
    for ancestor in element.iterancestors():
        if ancestor.tag in ("article", "main", "body"):
            return False
        if _WIDGET.search(_names(ancestor)):
            return True
        if ancestor.tag in ("nav", "aside", "footer") or (
            ancestor.tag == "header" and ancestor.find(".//h1") is None
        ):
            return True
    return False


def _names(element: "HtmlElement") -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _body(tree: "HtmlElement", url: str, article: Thing | None) -> str:
    marked = _marked_paragraphs(tree)
    text = _by_trafilatura(tree, url)
    written = text_of(article.data.get("articleBody")) if article else ""
    if len("".join(marked)) > 1.2 * len(text):
        text = _with_lead(marked, text)
    elif marked and _only_adds_heading(text, marked):
        text = "\n".join(marked)
    return written if len(written) > 1.2 * len(text) else text


def _by_trafilatura(tree: "HtmlElement", url: str) -> str:
    from trafilatura import bare_extraction

    try:
        found: Any = bare_extraction(
            tree, url=url, include_comments=False, include_tables=False, with_metadata=False, fast=True
        )
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):  # broken trees
        return ""
    return str(found.text or "") if found else ""


def _marked_paragraphs(tree: "HtmlElement") -> list[str]:
    """Paragraphs of the elements that call themselves the article's body; a page may hold several."""
    found: dict[str, None] = {}
    for element in tree.iter("p", "h2", "h3", "li", "blockquote"):
        for ancestor in element.iterancestors():
            if ancestor.tag in ("aside", "nav", "footer", "figure", "form"):
                break
            if ancestor.get("itemprop") == "articleBody" or _BODY.search(ancestor.get("class") or ""):
                found.setdefault(_text(element))
                break
    return [text for text in found if text]


def _only_adds_heading(text: str, marked: list[str]) -> bool:
    """Whether `text` is no more than the marked paragraphs behind a title and a byline.

    Of pages with a few sentences trafilatura takes all there is, on one line.
    """
    plain, body = " ".join(text.split()), " ".join(marked)
    return plain.endswith(body) and len(plain) - len(body) < MAX_HEADING


def _with_lead(marked: list[str], text: str) -> str:
    """The marked paragraphs, after those lines of `text` that stand before them on the page."""
    known = set(marked)
    lead: list[str] = []
    for line in text.split("\n"):
        if " ".join(line.split()) in known:
            return "\n".join([*lead, *marked])
        lead.append(line)
    return "\n".join(marked)


def _metas(tree: "HtmlElement") -> dict[str, str]:
    """Meta tags by name or property in small letters; the first of a name stands."""
    metas: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
        if name and element.get("content"):
            metas.setdefault(name, element.get("content").strip())
    return metas


def _first_attribute(tree: "HtmlElement", path: str, name: str) -> str | None:
    element = tree.find(path)
    return element.get(name) if element is not None else None


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
