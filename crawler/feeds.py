"""Feeds and sitemaps read safely: RSS, Atom and RDF by feedparser, JSON Feed and sitemaps by ourselves.

XML is scanned by expat first, without building anything: a document that declares entities (billion laughs,
external files), nests without end or breaks off in the middle is refused before any other parser sees it.
"""

import json
import re
import zlib
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from crawler.settings import MAX_BYTES
from crawler.structured import plain_text, text_of
from crawler.urls import joined
from store.encoding import Decoded, decode
from store.errors import ArvioError

MAX_XML_DEPTH = 64

_CLOSED = re.compile(
    rb"</(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex)\s*>\s*(?:<!--.{0,500}?-->\s*)*$", re.I | re.S
)


_DECLARED = re.compile(
    rb"\s*<\?xml[^>]{0,100}?encoding\s{0,3}=\s{0,3}[\"'](?P<encoding>[A-Za-z0-9_.:-]{1,40})"
)
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]{0,200}\?>")
# A day, or a time without a zone or with one that feedparser takes for UTC (EET, MSK).
_LOCAL = re.compile(
    r"^\d{4}(?:-\d\d){0,2}$|[T ]\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?: (?!GMT|UTC|[ECMP][SD]T)[A-Z]{3,5})?$"
)


# What Reddit's feeds write below each post: the author's name in the text.
_REDDITS = re.compile(
    r"\s{0,3}submitted by\s{1,3}/u/\S{1,40}(?:\s{1,3}to\s{1,3}r/\S{1,40})?\s{1,3}\[link\]\s{1,3}\[comments\]$"
)


class BadXml(ArvioError):
    """A feed or sitemap that is refused or cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed. Dates are as written; `text` has no HTML."""

    id: str
    url: str
    title: str
    text: str
    author: str | None
    published: str
    updated: str
    language: str | None
    encoding_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """One address of a sitemap; `title` and `published` come from news sitemaps."""

    url: str
    modified: str
    published: str = ""
    title: str = ""
    language: str | None = None


class _Refused(Exception):
    pass


def check_xml(body: bytes) -> str:
    """Scan `body`: "" where it is well-formed, else where it is not. Raises BadXml for a hostile one."""
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    depth = 0

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_XML_DEPTH:
            raise _Refused(f"nests more than {MAX_XML_DEPTH} elements")

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise _Refused("declares entities")

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(body, True)
    except _Refused as error:
        raise BadXml(f"the document {error}, which no feed needs; it was not read") from None
    except expat.ExpatError as error:
        return f"is not well-formed XML (line {error.lineno})"
    except ValueError as error:  # an encoding that expat does not know
        return f"cannot be scanned ({error})"
    return ""


def checked_xml(body: bytes) -> bytes:
    """`body`, mended if need be. Raises BadXml for a hostile document and for one that breaks off."""
    if len(body) > MAX_BYTES:
        raise BadXml("the document is larger than 8 MiB")
    fault = check_xml(body)
    if not fault:
        return body
    if not _CLOSED.search(body[-2000:]):
        raise BadXml(f"the document {fault} and breaks off before its end")
    mended = _mended(body)
    if not mended or check_xml(mended):
        raise BadXml(f"the document {fault}")
    return mended


def _mended(body: bytes) -> bytes:
    """What libxml2 can save of a document with a stray `&` or the like.

    feedparser's own loose mode takes 46 s for a million stray entities.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    root = etree.fromstring(body, parser)
    return b"" if root is None else bytes(etree.tostring(root, encoding="utf-8"))


def parse_feed(body: bytes, url: str, content_type: str = "") -> list[Entry]:
    """The entries of a feed. Raises BadXml for what is no feed, in one sentence without the address."""
    if "json" in content_type or body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return list(_json_feed(body, url))
    decoded = _decoded(body, content_type)
    body = checked_xml(decoded.text.encode("utf-8", "replace"))
    import feedparser

    # We make plain text of the entries, so there is nothing to sanitise; feedparser's way is quadratic.
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    parsed = feedparser.parse(
        body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.version:
        raise BadXml("the document is no RSS, Atom or JSON feed")
    declared = parsed.feed.get("language")
    return [_entry(each, url, declared, doubt=decoded.doubt) for each in parsed.entries]


def _decoded(body: bytes, content_type: str) -> Decoded:
    """A feed as text that declares no encoding, so that no parser believes a wrong one."""
    declared = _DECLARED.match(body[:200])
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip("\"' ")
    found = decode(body, charset or None, declared["encoding"].decode("ascii") if declared else None)
    return replace(found, text=_DECLARATION.sub("", found.text, count=1))


def _entry(entry: Any, url: str, declared: str | None, *, doubt: bool) -> Entry:
    contents = [each.get("value", "") for each in entry.get("content", ())]
    text = max([*contents, entry.get("summary", "")], key=len)
    media = entry.get("media_description") or ""
    # RSS writes an author as `matti@example.org (Matti)`: the name alone says whose the text is.
    author = (entry.get("author_detail") or {}).get("name") or entry.get("author", "")
    return Entry(
        id=entry.get("id") or entry.get("link") or "",
        url=joined(url, entry["link"]) if entry.get("link") else "",
        title=plain_text(entry.get("title", "")),
        text=_REDDITS.sub("", plain_text(text or media)),
        author=plain_text(author) or None,
        published=_date(entry, "published") or _date(entry, "created") or _date(entry, "updated"),
        updated=_date(entry, "updated"),
        language=(entry.get("title_detail") or {}).get("language") or declared,
        encoding_doubt=doubt,
    )


def _date(entry: Any, name: str) -> str:
    """ISO in UTC where feedparser could read a moment, else as written: the source knows its own time zone."""
    written, parsed = str(entry.get(name, "")).strip(), entry.get(f"{name}_parsed")
    if parsed and not _LOCAL.search(written):
        try:
            return datetime.fromtimestamp(timegm(parsed), UTC).isoformat()
        except (ValueError, OverflowError, OSError):
            pass
    return written


def _json_feed(body: bytes, url: str) -> Iterator[Entry]:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        raise BadXml("the document is no valid JSON") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise BadXml("the document is no JSON Feed")
    for item in items:
        if isinstance(item, dict):
            link = str(item.get("url") or item.get("external_url") or "")
            yield Entry(
                id=str(item.get("id") or link),
                url=joined(url, link) if link else "",
                title=plain_text(str(item.get("title") or "")),
                text=plain_text(
                    str(item.get("content_text") or item.get("content_html") or item.get("summary") or "")
                ),
                author=text_of(item.get("authors") or item.get("author")) or None,
                published=str(item.get("date_published") or item.get("date_modified") or ""),
                updated=str(item.get("date_modified") or ""),
                language=text_of(item.get("language") or feed.get("language")) or None,
            )


def parse_sitemap(body: bytes) -> tuple[list[str], list[Location]]:
    """The sitemaps that an index names, the last changed first, and the pages that a sitemap names.

    Raises BadXml as `parse_feed`.
    """
    if body[:2] == b"\x1f\x8b":
        body = gunzip(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"http"):
        lines = body.decode("utf-8", "replace").split()
        return [], [Location(line.strip("\ufeff"), "") for line in lines if "://" in line]
    body = checked_xml(body)
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    root = etree.fromstring(body, parser)
    if root is None or _local(root) not in ("urlset", "sitemapindex"):
        raise BadXml("the document is no sitemap")
    rows = [_cells(row) for row in root if isinstance(row.tag, str)]
    if _local(root) == "sitemapindex":
        rows.sort(key=lambda row: _cell(row, "lastmod"), reverse=True)
        return [_cell(row, "loc") for row in rows if _cell(row, "loc")], []
    return [], [_location(row) for row in rows if _cell(row, "loc")]


def _cells(row: Any) -> dict[str, Any]:
    """The cells of a row and of its news; its images and videos have addresses and titles of their own."""
    news = (cell for part in row if _local(part) == "news" for cell in part.iter())
    return {_local(cell): cell for cell in (*news, *row)}


def _location(row: dict[str, Any]) -> Location:
    return Location(
        url=_cell(row, "loc"),
        modified=_cell(row, "lastmod"),
        published=_cell(row, "publication_date"),
        title=_cell(row, "title") if "news" in row else "",
        language=_cell(row, "language") or None,
    )


def _cell(row: dict[str, Any], name: str) -> str:
    return " ".join((row[name].text or "").split()) if name in row else ""


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def gunzip(body: bytes, limit: int = MAX_BYTES) -> bytes:
    """`body` unpacked. Raises BadXml where that is more than `limit` bytes, or no gzip."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise BadXml("the document is no readable gzip file") from None
    if len(data) > limit:
        raise BadXml("the document unpacks to more than 8 MiB")
    return data
