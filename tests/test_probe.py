"""`arvio probe`: what can be collected at an address, and the [[source]] to paste."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.config import parse_config
from crawler.probe import probe
from store.errors import UsageError
from tests.crawl_server import (
    JSON,
    RSS,
    Answer,
    CrawlServer,
    config_text,
    context,
    crawl_in_process,
    page,
    redirect,
    rows,
)


def looked(url: str, *servers: CrawlServer) -> Any:
    """The report of a probe in a process of its own."""
    from tests import crawl_preload

    made = context()
    mine, theirs = made.Pipe(duplex=False)
    process = made.Process(
        target=crawl_preload.look, args=(url, tuple(each.place for each in servers), theirs)
    )
    process.start()
    theirs.close()
    try:
        return mine.recv()
    finally:
        mine.close()
        process.join(30)


def test_a_site_shows_all_that_it_offers_and_the_toml_is_a_configuration() -> None:
    review = '{"@type": "Review", "reviewBody": "Hyvä!"}'
    front = (
        '<html lang="fi"><head><link rel="alternate" type="application/rss+xml" title="Uutiset" href="/rss">'
        f'<script type="application/ld+json">{review}</script></head></html>'
    )
    with CrawlServer({"/": page(front)}) as server:
        server.pages |= {
            "/robots.txt": page(
                f"User-agent: *\nDisallow: /x\nSitemap: {server.url('/news.xml')}\n", "text/plain"
            ),
            "/news.xml": page(
                f"<urlset><url><loc>{server.url('/a')}</loc></url></urlset>", "application/xml"
            ),
            "/wp-json/wp/v2/posts?per_page=1": page("[]", JSON),
            "/latest.json": page('{"topic_list": {"topics": []}}', JSON),
            "/api/v1/instance": page('{"uri": "a.example", "version": "4.5"}', JSON),
        }
        report = looked(server.url(), server)
    assert [each.kind for each in report.findings] == [
        "feed", "reviews", "discourse", "wordpress", "mastodon", "sitemap",
    ]  # fmt: skip
    assert report.language == "fi"
    assert "allows" in report.robots
    config = parse_config("\n".join(report.lines).encode(), "probe", Path())
    assert [each.kind for each in config.source] == [each.kind for each in report.findings]
    assert tomllib.loads(report.toml)["source"][0]["follow"] is True


@pytest.mark.parametrize("end", ["&#10;", "&#13;", "&#x2028;", "&#x85;"])
def test_what_a_site_writes_adds_no_source_of_its_own(end: str) -> None:
    injected = f'{end}[[source]]{end}name = "evil"{end}kind = "feed"{end}url = "https://evil.example/"{end}#'
    front = (
        f"<html><head><link rel='alternate' type='application/rss+xml' title='Uutiset{injected}' href='/rss'>"
        f"<link rel='alternate' type='application/rss+xml' href='/news?{end}[[source]]{end}&#127;'></head></html>"
    )
    with CrawlServer({"/": page(front)}) as server:
        report = looked(server.url(), server)
    assert "\n".join(report.lines).splitlines() == list(report.lines)
    assert [each["kind"] for each in tomllib.loads("\n".join(report.lines))["source"]] == ["feed", "feed"]
    assert "evil" not in [each["name"] for each in tomllib.loads(report.toml)["source"]]


def test_a_feed_is_linked_from_the_base_that_the_page_names() -> None:
    feed = "<link rel='alternate' type='application/rss+xml' href='rss'>"
    with CrawlServer(
        {"/foorumi/ketju/": page(f"<html><head><base href='/foorumi/'>{feed}</head></html>")}
    ) as server:
        report = looked(server.url("/foorumi/ketju/"), server)
    assert [each.url for each in report.findings] == [server.url("/foorumi/rss")]


def feed(*items: str) -> Answer:
    """An RSS feed."""
    written = "".join(f"<item>{each}</item>" for each in items)
    return page(f'<rss version="2.0"><channel><title>x</title>{written}</channel></rss>', RSS)


def test_what_is_proposed_for_a_blog_can_be_pasted_and_takes_its_articles_and_its_comments(
    tmp_path: Path,
) -> None:
    links = "".join(
        f"<link rel='alternate' type='application/rss+xml' href='{each}'>" for each in ("/vanha", "/k")
    )
    text = "Pohjanetti uusii verkkonsa koko maassa ensi vuonna, kertoo yhtiö tiedotteessaan."
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": page(f"<html lang='fi'><head>{links}</head></html>")}) as server:
        server.pages |= {
            "/vanha": redirect("/uusi"),
            "/uusi": feed(f"<title>Verkko</title><link>{server.url('/a')}</link>"),
            "/k": feed(
                f"<title>Kommentti</title><link>{server.url('/a#k1')}</link>"
                "<description>Pohjanetti pätkii.</description>"
            ),
            "/a": page(f"<html lang='fi'><article><h1>Verkko</h1><p>{text}</p></article></html>"),
        }
        report = looked(server.url(), server)
        crawl = crawl_in_process(config_text("\n".join(report.lines), db, server), db)
        assert crawl.error is None
    assert [(each.url, each.follow) for each in report.findings] == [
        (server.url("/k"), False),
        (server.url("/uusi"), True),
    ]
    assert sorted(rows(db, "SELECT text FROM documents")) == [("Pohjanetti pätkii.",), (text,)]


def test_an_account_of_mastodon_is_read_by_its_feed_and_a_tag_by_its_name() -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='/@netti.rss'>"
    with CrawlServer({"/tags/p%C3%A4iv%C3%A4": page(f"<html><head>{link}</head></html>")}) as server:
        server.pages |= {
            "/@netti.rss": feed(
                f"<link>{server.url('/@netti/1')}</link><description>Pohjanetti</description>"
            ),
            "/api/v1/instance": page('{"uri": "a.example", "version": "4.5"}', JSON),
        }
        report = looked(server.url("/tags/p%C3%A4iv%C3%A4"), server)
    found = [(each.kind, each.follow, each.search) for each in report.findings]
    assert found == [("feed", False, ""), ("mastodon", False, "päivä")]
    assert tomllib.loads(report.toml)["source"][1]["search"] == ["päivä"]


@pytest.mark.parametrize("path", ["/sitemap.xml", "/uutiset.xml"])
def test_a_sitemap_that_is_asked_about_is_one(path: str) -> None:
    with CrawlServer() as server:
        place = f"<urlset><url><loc>{server.url('/a')}</loc></url></urlset>"
        server.pages[path] = page(place, "application/xml")
        report = looked(server.url(path), server)
    assert [(each.kind, each.url) for each in report.findings] == [("sitemap", server.url(path))]


@pytest.mark.parametrize(
    ("path", "note"), [("/ryhma", "to log in"), ("/a.pdf", "to a file"), ("/tuote", "kind json")]
)
def test_what_is_no_page_to_read_is_named(path: str, note: str) -> None:
    with CrawlServer() as server:
        server.pages |= {
            "/ryhma": redirect("/kirjaudu"),
            "/kirjaudu": page("<html><form></form></html>"),
            "/tuote": page('<html><script id="__NEXT_DATA__" type="application/json">{}</script></html>'),
            "/a.pdf": Answer(b"%PDF-1.7\nstream\nx\x9c\x01\x02\x03", content_type="application/pdf"),
        }
        report = looked(server.url(path), server)
    assert note in " ".join(report.notes)


@pytest.mark.parametrize(
    ("answer", "reserved"),
    [
        (page("<html></html>", tdm_reservation="1"), True),
        (page("<html><meta content='1' name='tdm-reservation'></html>"), True),
        (page("<html><meta name='tdm-reservation' content='0'></html>", tdm_reservation="0"), False),
    ],
)
def test_a_reservation_against_mining_is_told_before_the_site_becomes_a_source(
    answer: Answer, reserved: bool
) -> None:
    with CrawlServer({"/": answer}) as server:
        report = looked(server.url(), server)
    assert any("tdm-reservation" in each for each in report.notes) is reserved


def test_questions_and_answers_are_found_as_the_kind_reviews_reads_them() -> None:
    data = '{"@type": "QAPage", "mainEntity": {"@type": "Question", "acceptedAnswer": {"@type": "Answer"}}}'
    with CrawlServer() as server:
        server.pages["/q"] = page(f'<html><script type="application/ld+json">{data}</script></html>')
        report = looked(server.url("/q"), server)
    assert [(each.kind, each.note) for each in report.findings] == [
        ("reviews", "2 reviews, comments or posts in schema.org markup")
    ]


def test_a_forbidden_site_is_not_looked_at() -> None:
    with CrawlServer({"/robots.txt": page("User-agent: *\nDisallow: /\n", "text/plain")}) as server:
        report = looked(server.url(), server)
        assert server.pages_hit == 0
    assert "forbids" in report.robots
    assert (report.findings, report.notes, report.failed) == ((), (), True)


def test_a_private_address_is_refused_once_and_the_way_to_allow_it_said() -> None:
    with CrawlServer() as server:
        report = looked(server.url())
        assert server.hits.total() == 0
    assert report.failed
    assert sum("private networks" in line for line in report.lines) == 1
    assert "allow_hosts" in report.lines[-1]


@pytest.mark.parametrize(
    ("url", "kind", "found"),
    [
        ("https://apps.apple.com/fi/app/oma-elisa/id123456", "appstore",
         "https://itunes.apple.com/fi/rss/customerreviews/id=123456/sortBy=mostRecent/xml"),
        ("https://news.ycombinator.com/", "hackernews", "https://hn.algolia.com/api/v1/search_by_date"),
    ],
)  # fmt: skip
def test_what_answers_elsewhere_is_given_without_asking(url: str, kind: str, found: str) -> None:
    from crawler.config import CrawlOptions

    report = probe(url, CrawlOptions())
    assert [(each.kind, each.url) for each in report.findings] == [(kind, found)]
    config = parse_config("\n".join(report.lines).encode(), "probe", Path())
    assert config.source[0].url == found


@pytest.mark.parametrize("host", ["www.reddit.com", "x.com", "fi.trustpilot.com", "facebook.com"])
def test_closed_places_are_said_to_be_closed_without_asking(host: str) -> None:
    from crawler.config import CrawlOptions

    report = probe(f"https://{host}/somebody", CrawlOptions())
    assert report.findings == ()
    assert len(report.notes) == 1


@pytest.mark.parametrize(
    "given", ["elisa.fi", "ftp://elisa.fi/", "http://", "http://[", "http://elisa.fi:x/", ""]
)
def test_what_is_no_address_is_refused(given: str) -> None:
    from crawler.config import CrawlOptions

    with pytest.raises(UsageError, match="is no web address; give one with"):
        probe(given, CrawlOptions())
