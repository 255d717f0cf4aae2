"""The bundled demo site serves what its answer key says, in the shapes that real sites have."""

import http.client
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest

from crawler.config import parse_config
from crawler.demo.config import demo_config
from crawler.demo.content import COLUMNS, ContentError, Entry, _parse, entries
from crawler.demo.key import (
    answer_key,
    decoys,
    find_key_entry,
    true_shares,
    true_shares_of_night,
)
from crawler.demo.server import DemoSite
from crawler.demo.site import (
    BROKEN_FEED_PATH,
    FAILING_PATH,
    FORBIDDEN_PATH,
    LISTINGS,
    NEWS,
    REVIEWS,
    SITEMAP_PATH,
    Listing,
    News,
    Reviews,
    armenian_date,
    finnish_date,
)

BRANDS = {"Kuiske", "Pohjanetti", "Արարկապ", "Lempikauppa", "Նաիրի Մարկետ", "Այգեստան"}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def get(
    site: DemoSite, target: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(site.base_url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
    finally:
        connection.close()


def text_of(site: DemoSite, target: str) -> str:
    status, headers, body = get(site, target)
    assert status == 200, target
    declared = re.search(r"charset=([\w-]+)", headers["content-type"])
    if declared is None:
        declared = re.search(r'charset="([\w-]+)"', body[:300].decode("ascii", "replace"))
    assert declared is not None, target
    return body.decode(declared[1])


def words(text: str) -> str:
    """The page as its reader sees it: no tags, no entities, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def article_of(entry: Entry) -> str:
    return next(news.article_path(entry) for news in NEWS if news.source == entry.source)


def json_ld(page: str) -> list[dict[str, object]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(block) for block in blocks]


# --- content and key ---------------------------------------------------------------------


def test_there_are_enough_mentions_of_each_brand() -> None:
    key = answer_key()
    counts = Counter(item.brand for item in key)
    assert set(counts) == BRANDS
    assert min(counts.values()) >= 45
    assert len(entries()) >= 280


def test_finnish_and_armenian_stand_in_equal_measure_beside_the_other_languages() -> None:
    counts = Counter(entry.language for entry in entries())
    armenian = counts["hy"] + counts["hy-Latn"]
    assert 0.8 <= counts["fi"] / armenian <= 1.25
    assert min(counts[language] for language in ("ru", "sv", "en", "hy-Latn")) >= 5


def test_every_text_is_unique_and_every_id_too() -> None:
    assert max(Counter(" ".join(entry.text.split()) for entry in entries()).values()) == 1
    assert max(Counter(entry.id for entry in entries()).values()) == 1


def test_every_source_of_the_content_is_a_site() -> None:
    served = {site.source for site in (*NEWS, *REVIEWS, *LISTINGS)}
    assert {entry.source for entry in entries()} == served


def test_every_brand_text_names_its_brand() -> None:
    stems = {
        "Kuiske": "Kuiske",
        "Pohjanetti": "(?i)pohjanet",
        "Արարկապ": "(?i)արարկապ|ararkap|араркап",
        "Lempikauppa": "Lempikau(pp|p)a",
        "Նաիրի Մարկետ": "(?i)նաիրի մարկետ|nairi market|наири маркет",
        "Այգեստան": "(?i)այգեստան|aygestan|айгестан",
    }
    unnamed = [item.id for item in answer_key() if not re.search(stems[item.brand], item.text)]
    assert unnamed == []


def test_one_story_stands_on_five_pages_and_counts_once() -> None:
    copies = Counter(entry.copy_of for entry in entries() if entry.copy_of)
    by_id = {entry.id: entry for entry in entries()}
    original, count = copies.most_common(1)[0]
    assert count == 4
    assert all(by_id[source].brands == entry.brands for entry in entries() if (source := entry.copy_of))
    assert by_id[original].labels[0][0] == "Pohjanetti"


def test_brands_differ_and_pohjanetti_falls_on_the_second_night() -> None:
    shares = true_shares()
    assert set(shares) == BRANDS
    assert max(shares.values()) - min(shares.values()) > 0.4
    first, second = true_shares_of_night(1)["Pohjanetti"], true_shares_of_night(2)["Pohjanetti"]
    assert first - second > 0.4
    assert true_shares(night=1)["Pohjanetti"] == first


def test_some_stars_disagree_with_the_text() -> None:
    odd = [
        entry.id
        for entry in entries()
        if (entry.rating, entry.labels[0][1] if entry.labels else "")
        in {("1", "positive"), ("2", "positive"), ("4", "negative"), ("5", "negative")}
    ]
    assert len(odd) >= 4


def test_nights_keep_their_dates() -> None:
    for entry in entries():
        day = entry.date.date().isoformat()
        assert (
            "2026-09-01" <= day <= "2026-11-18" if entry.night == 1 else day in {"2026-11-18", "2026-11-19"}
        )


def test_a_stored_mention_finds_its_key_entry() -> None:
    for item in answer_key():
        assert find_key_entry(f"{item.text}\n", item.brand) == item
    article = next(entry for entry in entries() if len(entry.paragraphs) > 1 and not entry.copy_of)
    brand = article.brands[0]
    around = find_key_entry(f"{article.title}\n\n{article.text}", brand)
    passage = find_key_entry(article.paragraphs[0], brand)
    assert around is not None and around.id == article.id
    assert passage is not None and article.paragraphs[0] in passage.text
    assert find_key_entry("Tätä ei ole kukaan kirjoittanut.", brand) is None
    assert find_key_entry("", brand) is None


def test_decoys_name_no_brand() -> None:
    assert len(decoys()) >= 4
    assert not {entry.id for entry in decoys()} & {item.id for item in answer_key()}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (1, "3", "night is '3'"),
        (2, "se-x", "source is 'se'"),
        (6, "good", "labels is 'good'"),
        (6, "", "1 brands but 0 labels"),
        (8, "18.11.2026", "date is '18.11.2026'"),
    ],
)
def test_a_bad_content_line_is_named(column: int, value: str, message: str) -> None:
    row = [
        "x-1",
        "1",
        "fi-foorumi",
        "post",
        "Kuiske",
        "fi",
        "positive",
        "a",
        "2026-09-01T10:00",
        "",
        "t",
        "",
        "b",
    ]
    row[column] = value
    text = "\t".join(COLUMNS) + "\n" + "\t".join(row) + "\n"
    with pytest.raises(ContentError, match=f"x.tsv.*{re.escape(message)}"):
        list(_parse("x.tsv", text))


# --- server ------------------------------------------------------------------------------


@pytest.mark.parametrize("night", [1, 2])
def test_every_text_stands_verbatim_on_a_page(night: int) -> None:
    with DemoSite(night) as site:
        shown = " ".join(
            words(text_of(site, target))
            for target in site.targets
            if target not in {FAILING_PATH, BROKEN_FEED_PATH} and not target.endswith((".xml", ".txt"))
        )
    for entry in entries():
        assert (" ".join(entry.text.split()) in shown) == (entry.night <= night), entry.id


def test_every_link_of_a_page_leads_to_a_page(site: DemoSite) -> None:
    site.night = 2
    for target in site.targets:
        _, headers, body = get(site, target)
        if not headers["content-type"].startswith("text/html"):
            continue
        for link in re.findall(rb'<a [^>]*href="([^"]+)"', body):
            assert urljoin(target, link.decode()) in site.targets, (target, link)


def test_robots_forbids_one_linked_page_and_hits_are_counted(site: DemoSite) -> None:
    _, _, body = get(site, "/robots.txt")
    robots = RobotFileParser()
    robots.parse(body.decode().splitlines())
    assert not robots.can_fetch("arvio", site.base_url + FORBIDDEN_PATH)
    assert robots.can_fetch("arvio", f"{site.base_url}/fi/uutiset/rss.xml")
    assert FORBIDDEN_PATH in text_of(site, "/fi/foorumi/")
    assert FORBIDDEN_PATH.encode() in get(site, "/fi/uutiset/rss.xml")[2]
    assert site.hits[FORBIDDEN_PATH] == 0
    get(site, FORBIDDEN_PATH)
    assert site.hits[FORBIDDEN_PATH] == 1
    assert site.hits["/robots.txt"] == 1


def test_conditional_requests_get_304_until_the_page_changes(site: DemoSite) -> None:
    target = "/fi/uutiset/rss.xml"
    status, headers, body = get(site, target)
    assert status == 200 and body
    for condition in (
        {"If-None-Match": headers["etag"]},
        {"If-None-Match": f'"other", W/{headers["etag"]}'},
        {"If-Modified-Since": headers["last-modified"]},
    ):
        assert get(site, target, condition)[::2] == (304, b"")
    assert (
        get(site, target, {"If-None-Match": '"other"', "If-Modified-Since": headers["last-modified"]})[0]
        == 200
    )
    assert get(site, target, {"If-Modified-Since": "yesterday"})[0] == 200
    site.night = 2
    assert get(site, target, {"If-None-Match": headers["etag"]})[0] == 200
    assert get(site, target, {"If-Modified-Since": headers["last-modified"]})[0] == 200


def test_head_answers_without_a_body(site: DemoSite) -> None:
    status, headers, body = get(site, "/", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_failures_answer_as_failures(site: DemoSite) -> None:
    assert get(site, FAILING_PATH)[0] == 500
    assert get(site, "/fi/ei-ole/")[0] == 404
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(get(site, BROKEN_FEED_PATH)[2])


def test_night_must_be_1_or_2(site: DemoSite) -> None:
    with pytest.raises(ValueError, match="night is 3"):
        site.night = 3


def test_the_old_paper_sends_iso_8859_15() -> None:
    with DemoSite(2) as second:
        old = [entry for entry in entries() if entry.source == "fi-rannikko"]
        declared = set()
        for entry in old:
            status, headers, body = get(second, article_of(entry))
            assert status == 200
            declared.add(headers["content-type"])
            assert b'charset="iso-8859-15"' in body
            assert " ".join(entry.text.split()) in words(body.decode("iso-8859-15"))
        assert declared == {"text/html", "text/html; charset=iso-8859-15"}
        euro = next(entry for entry in old if "€" in entry.text and "Š" in entry.text)
        body = get(second, article_of(euro))[2]
        assert b"\xa4" in body and b"\xa6" in body
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")


# --- feeds, structured data, listings ----------------------------------------------------


@pytest.mark.parametrize("news", NEWS, ids=lambda news: news.source)
def test_feeds_parse_with_the_newest_entry_first(news: News, site: DemoSite) -> None:
    site.night = 2
    root = ElementTree.fromstring(get(site, news.feed_path)[2])
    expected = sorted(
        (entry for entry in entries() if entry.source == news.source),
        key=lambda item: item.date,
        reverse=True,
    )
    if news.feed == "rss":
        titles = [node.findtext("title") for node in root.iter("item")]
        dates = [parsedate_to_datetime(node.findtext("pubDate") or "") for node in root.iter("item")]
    else:
        titles = [node.findtext(f"{ATOM}title") for node in root.iter(f"{ATOM}entry")]
        dates = [entry.date for entry in expected]
        assert [node.findtext(f"{ATOM}published") for node in root.iter(f"{ATOM}entry")] == [
            entry.date.isoformat() for entry in expected
        ]
    assert titles[: len(expected)] == [entry.title for entry in expected]
    assert dates[: len(expected)] == [entry.date for entry in expected]


def test_the_news_sitemap_lists_every_article(site: DemoSite) -> None:
    site.night = 2
    root = ElementTree.fromstring(get(site, SITEMAP_PATH)[2])
    found = [node.text for node in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    wanted = {site.base_url + article_of(entry) for entry in entries() if entry.kind == "article"}
    assert set(found) == wanted and len(found) == len(wanted)


def test_articles_tell_their_date_in_several_ways(site: DemoSite) -> None:
    site.night = 2
    ways: Counter[str] = Counter()
    for entry in entries():
        if entry.kind != "article":
            continue
        page = text_of(site, article_of(entry))
        blocks = json_ld(page)
        for block in blocks:
            graph = block.get("@graph", [block])
            assert isinstance(graph, list)
            article = next(node for node in graph if node["@type"] == "NewsArticle")
            assert (article["headline"], article["datePublished"]) == (entry.title, entry.date.isoformat())
        ways["json-ld"] += bool(blocks)
        ways["meta"] += "article:published_time" in page
        ways["time"] += "<time" in page and not blocks
    assert min(ways[way] for way in ("json-ld", "meta", "time")) >= 5


@pytest.mark.parametrize(
    "reviews", [item for item in REVIEWS if item.markup == "json-ld"], ids=lambda r: r.source
)
def test_json_ld_reviews_hold_every_review_and_its_brand(reviews: Reviews, site: DemoSite) -> None:
    site.night = 2
    found: dict[str, tuple[object, object]] = {}
    target: str | None = reviews.path
    pages = 0
    while target:
        page = text_of(site, target)
        pages += 1
        [block] = json_ld(page)
        graph = block["@graph"]
        assert isinstance(graph, list)
        for node in graph:
            inner = node.get("review", []) if node["@type"] == "Organization" else [node]
            for review in inner:
                if review["@type"] != "Review":
                    continue
                brand = review.get("itemReviewed", node)["name"]
                found[review["reviewBody"]] = (brand, review.get("reviewRating"))
        link = re.search(r'<a rel="next"[^>]*href="([^"]+)"', page)
        target = reviews.path + link[1] if link else None
    wanted = {entry.text for entry in entries() if entry.source == reviews.source}
    assert pages > 1
    assert set(found) == wanted
    assert {brand for brand, _ in found.values()} == {reviews.brand}


def test_ratings_come_as_number_as_decimal_comma_and_on_a_scale_of_ten() -> None:
    ratings = {entry.rating for entry in entries() if entry.kind == "review"}
    assert "" in ratings and "4,5" in ratings and "5" in ratings
    assert any(rating.endswith("/10") for rating in ratings)


def test_microdata_reviews_are_all_marked(site: DemoSite) -> None:
    site.night = 2
    for reviews in REVIEWS:
        if reviews.markup != "microdata":
            continue
        targets = [target for target in site.targets if target.startswith(reviews.path)]
        pages = [text_of(site, target) for target in targets]
        bodies = [
            unescape(body) for page in pages for body in re.findall(r'itemprop="reviewBody">([^<]*)<', page)
        ]
        assert sorted(bodies) == sorted(entry.text for entry in entries() if entry.source == reviews.source)
        assert any('itemprop="itemReviewed"' in page for page in pages)
        assert any('itemprop="review"' in page for page in pages)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.source)
def test_listings_paginate_with_relative_links_and_local_dates(listing: Listing, site: DemoSite) -> None:
    site.night = 2
    seen: list[str] = []
    target: str | None = listing.path
    while target:
        page = text_of(site, target)
        seen += re.findall(rf'<article class="{listing.item} card" id="([^"]+)"', page)
        link = re.search(r'<a rel="next"[^>]*href="(\?[^"]+)"', page)
        target = listing.path + link[1] if link else None
    wanted = [entry for entry in entries() if entry.source == listing.source]
    assert sorted(seen) == sorted(entry.id for entry in wanted)
    assert len(seen) > 15
    assert listing.write_date(max(entry.date for entry in wanted)) in text_of(site, listing.path)


def test_dates_are_written_as_the_country_writes_them() -> None:
    entry = next(entry for entry in entries() if entry.source == "fi-foorumi")
    moment = entry.date.replace(month=11, day=18, hour=14, minute=5)
    assert finnish_date(moment) == "18.11.2026 klo 14.05"
    assert armenian_date(moment) == "2026 թ. նոյեմբերի 18"


# --- configuration -----------------------------------------------------------------------


def test_the_configuration_is_toml_and_every_source_is_served(site: DemoSite) -> None:
    config = tomllib.loads(demo_config(site.base_url, '/tmp/a "b"/arvio.db'))
    assert config["store"]["path"] == '/tmp/a "b"/arvio.db'
    assert config["crawl"]["allow_hosts"] == [site.base_url.removeprefix("http://")]
    assert {brand["name"] for brand in config["brand"]} == BRANDS
    assert {brand["group"] for brand in config["brand"]} == {"telecom", "grocery"}
    assert {source["kind"] for source in config["source"]} == {"feed", "reviews", "pages"}
    checked = parse_config(demo_config(site.base_url, "a.db").encode(), "arvio.toml", Path())
    assert len(checked.source) == len(config["source"]) == len(NEWS) + len(REVIEWS) + len(LISTINGS)
    for source in config["source"]:
        assert get(site, source["url"].removeprefix(site.base_url))[0] == 200


def test_failing_sources_stand_only_in_the_second_variant(site: DemoSite) -> None:
    plain = tomllib.loads(demo_config(site.base_url, "a.db"))["source"]
    failing = tomllib.loads(demo_config(site.base_url, "a.db", with_failures=True))["source"]
    extra = {source["url"] for source in failing} - {source["url"] for source in plain}
    assert extra == {site.base_url + BROKEN_FEED_PATH, site.base_url + FAILING_PATH}
