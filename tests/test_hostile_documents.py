"""T15 and T16: documents made to exhaust a parser, and regular expressions that must stay linear."""

import contextlib
import gzip
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.extraction import extract_article
from crawler.feeds import BadXml, parse_feed, parse_sitemap
from crawler.structured import number_of, plain_text
from crawler.urls import canonical_url
from store.dates import parse_date
from tests.timing import assert_linear

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTITIES = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{ENTITIES}]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'
EXTERNAL = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY % b SYSTEM "http://127.0.0.1:9/x"> %b;]>'
)


def _rss(inside: str) -> str:
    return f'<rss version="2.0"><channel><title>x</title><item><title>{inside}</title></item></channel></rss>'


def _atom(inside: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{inside}</title></entry></feed>'


def _sitemap(inside: str) -> str:
    return f"<urlset><url><loc>{inside}</loc></url></urlset>"


NESTED = "<a>" * 200_000 + "</a>" * 200_000
HOSTILE = {
    "laughs": lambda shape: LAUGHS + shape("&j;"),
    "laughs in UTF-16": lambda shape: LAUGHS.replace('"1.0"', '"1.0" encoding="utf-16"') + shape("&j;"),
    "quadratic": lambda shape: QUADRATIC + shape("&a;" * 50_000),
    "external": lambda shape: EXTERNAL + shape("&a;"),
    "nested": lambda shape: shape(NESTED),
    "nested and broken": lambda shape: shape("&" + NESTED),
    "nested and open": lambda shape: shape("<a>" * 200_000),
    "stray entities": lambda shape: shape("&x;" * 500_000),
}


def _read(body: bytes, shape: Callable[[str], str]) -> None:
    if shape is _sitemap:
        parse_sitemap(body)
    else:
        parse_feed(body, "https://news.example/feed", "application/xml")


@pytest.mark.parametrize("shape", [_rss, _atom, _sitemap])
@pytest.mark.parametrize("kind", HOSTILE)
def test_t15_hostile_xml_is_reported_bad_in_no_time(shape: Callable[[str], str], kind: str) -> None:
    text = HOSTILE[kind](shape)
    body = text.encode("utf-16" if "UTF-16" in kind else "utf-8")
    if shape is _sitemap:
        body = gzip.compress(body)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(BadXml):
        _read(body, shape)
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 2
    assert peak < 200 * 2**20


def test_t15_a_packed_bomb_of_a_sitemap_is_refused() -> None:
    with pytest.raises(BadXml):
        parse_sitemap(gzip.compress(b"<urlset>" + b" " * (32 * 2**20) + b"</urlset>"))


def test_a_stray_ampersand_does_not_lose_the_feed() -> None:
    body = _rss("Kahvi & pulla").encode()
    assert [entry.title for entry in parse_feed(body, "https://a.example/")] == ["Kahvi pulla"]


def test_hostile_html_is_survived() -> None:
    for html in ("<div>" * 100_000, "<p>" + "&amp;" * 200_000, "\x00" * 1000, "", "<" * 100_000):
        began = time.process_time()
        article = extract_article(html, "https://a.example/", NOW)
        assert article.published is None
        assert time.process_time() - began < 4


GROWING: dict[str, Callable[[int], object]] = {
    "tags": lambda n: plain_text("<p " * n),
    "open tag": lambda n: plain_text("<" + "a" * n),
    "breaks": lambda n: plain_text("<br " * n),
    "scripts": lambda n: plain_text("<script>" * n + "</style>" * n),
    "marks": lambda n: plain_text("<!--" * n),
    "number": lambda n: number_of("1" * n),
    "url": lambda n: canonical_url("https://a.example/?" + "utm_source=x&" * n),
    "closing": lambda n: _bad(b"<rss>&" + b"</rss>" * n),
    "comments": lambda n: _bad(b"<rss>&</rss>" + b"<!-- -->" * n),
    "spaces": lambda n: _bad(b"<rss>&</rss>" + b" " * n + b"x"),
    "meta": lambda n: _charset(b"<meta " * n),
}


def _bad(body: bytes) -> None:
    with contextlib.suppress(BadXml):
        parse_feed(body, "https://a.example/", "")


def _charset(body: bytes) -> object:
    from crawler.spiders.base import META_CHARSET

    return META_CHARSET.search(body[:4096])


@pytest.mark.parametrize("kind", GROWING)
def test_t16_twice_the_input_takes_at_most_twice_the_time(kind: str) -> None:
    assert_linear(GROWING[kind])


@pytest.mark.parametrize("unit", ["1", "1.", "18.11.", "2026 ", "նոյեմբեր ", "marraskuu ", "12:", " ", "-"])
def test_t16_dates_stay_linear_and_short(unit: str) -> None:
    began = time.process_time()
    for language in ("fi", "hy"):
        parse_date((unit * 200)[:120], language, NOW)
        parse_date(unit * 100_000, language, NOW)
    assert time.process_time() - began < 1
