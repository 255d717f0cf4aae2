"""Addresses of a feed that lead to no article: a PDF, a recording, the front page for a page that is gone."""

from pathlib import Path

from crawler.urls import is_wall
from tests.crawl_server import (
    RSS,
    Answer,
    CrawlServer,
    config_text,
    crawl_in_process,
    page,
    redirect,
    rows,
    source,
)

BINARY = bytes(range(256)) * 40
ARTICLE = (
    '<html lang="fi"><head><title>{}</title></head><article><h1>{}</h1><p>Pohjanetti uusii verkkonsa koko maassa ensi '
    "vuonna, kertoo yhtiö torstaina julkaisemassaan tiedotteessa.</p></article></html>"
)


def feed(*names: str) -> Answer:
    items = "".join(
        f"<item><title>{name}</title><link>/{name}</link><description>Pohjanetti tiedottaa.</description></item>"
        for name in names
    )
    return page(f'<rss version="2.0"><channel><title>Uutiset</title>{items}</channel></rss>', RSS)


def test_what_is_no_text_is_told_by_the_feed(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("tiedote.pdf", "jakso.mp3", "juttu"),
            "/tiedote.pdf": Answer(b"%PDF-1.7 Pohjanetti " + BINARY, content_type="application/pdf"),
            "/jakso.mp3": Answer(b"ID3" + BINARY, content_type="audio/mpeg"),
            "/juttu": page(ARTICLE.format("Juttu", "Juttu"), "application/octet-stream"),
        }
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        nights = [crawl_in_process(text, db).report.sources[0] for _ in range(2)]
        hits = dict(server.hits)
    assert [(night.outcome, night.new, night.errors) for night in nights] == [("ok", 3, 0), ("ok", 0, 0)]
    texts = dict(rows(db, "SELECT title, text FROM documents"))
    assert "Pohjanetti uusii" in texts.pop("Juttu")
    assert texts == {"tiedote.pdf": "Pohjanetti tiedottaa.", "jakso.mp3": "Pohjanetti tiedottaa."}
    assert hits["/tiedote.pdf"] == 1


def test_the_front_page_is_no_article_that_is_gone(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("poistettu", "juttu"),
            "/poistettu": redirect("/"),
            "/": page(ARTICLE.format("Etusivu", "Etusivu")),
            "/juttu": page(ARTICLE.format("Juttu", "Juttu")),
        }
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        (report,) = crawl_in_process(text, db).report.sources
    assert (report.outcome, report.new, report.errors) == ("ok", 1, 1)
    assert "front page" in report.reason
    assert rows(db, "SELECT title FROM documents") == [("Juttu",)]


def test_articles_at_parameters_of_the_front_page_are_each_a_document(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    template = ARTICLE.replace("<head>", '<head><link rel="canonical" href="/">')
    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("?p=1", "?p=2"),
            "/?p=1": page(template.format("Eka", "Eka")),
            "/?p=2": page(template.format("Toka", "Toka")),
        }
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        assert crawl_in_process(text, db).report.sources[0].new == 2
    assert rows(db, "SELECT title FROM documents ORDER BY title") == [("Eka",), ("Toka",)]


def test_a_login_in_place_of_an_article_is_told_and_the_feeds_own_words_are_kept(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    wall = page(ARTICLE.format("Kirjaudu sisään", "Kirjaudu sisään").replace("Pohjanetti", "Lehti"))
    sitemap = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc></url></urlset>'
    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("a/1", "a/2", "a/3", "a/4", "a/5"),
            "/a/1": redirect("/tili?paluu=%2Fa%2F1"),
            "/tili?paluu=%2Fa%2F1": wall,
            "/a/2": redirect("/consent"),
            "/a/3": redirect("/consent"),
            "/a/5": redirect("/Login/"),
            "/consent": wall,
            "/Login/": wall,
            "/a/4": redirect("/uutiset/kirjaudu-pian?ref=etusivu"),
            "/uutiset/kirjaudu-pian?ref=etusivu": page(ARTICLE.format("Pian", "Pian")),
            "/map": page(sitemap.format(server.url("/a/1")), "application/xml"),
        }
        sources = source("a", "feed", server.url("/feed"), language="fi", follow=True)
        sources += source("b", "sitemap", server.url("/map"))
        crawl = crawl_in_process(config_text(sources, db, server), db)
        assert crawl.error is None
        titles = [title for (title,) in rows(db, "SELECT title FROM documents ORDER BY title")]
        assert titles == ["Pian", "a/1", "a/2", "a/3", "a/5"]
        feeds, maps = crawl.report.sources
        assert (feeds.outcome, feeds.notes) == (
            "ok",
            (
                "articles lead to a page to log in or to consent at; only what the list tells of them was read",
            ),
        )
        assert (maps.outcome, "log in" in maps.reason) == ("failed", True)


def test_an_article_at_another_address_is_no_wall_and_a_wall_is_known_by_finnish_names_too(
    tmp_path: Path,
) -> None:
    db = tmp_path / "arvio.db"
    wall = page(ARTICLE.format("Kirjaudu sisään", "Kirjaudu sisään").replace("Pohjanetti", "Lehti"))
    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("auth/johdanto", "a/1", "hyvä/juttu", "maksullinen"),
            "/auth/johdanto": redirect("/auth/johdanto/"),
            "/auth/johdanto/": page(ARTICLE.format("Johdanto", "Johdanto")),
            "/a/1": redirect("/a/1-otsikko?from=/a/1"),
            "/a/1-otsikko?from=/a/1": page(ARTICLE.format("Otsikko", "Otsikko")),
            "/hyv%C3%A4/juttu": redirect("/tili?paluu=%2Fhyv%C3%A4%2Fjuttu"),
            "/tili?paluu=%2Fhyv%C3%A4%2Fjuttu": wall,
            "/maksullinen": redirect("/kirjautuminen"),
            "/kirjautuminen": wall,
        }
        text = config_text(source("a", "feed", server.url("/feed"), language="fi", follow=True), db, server)
        assert crawl_in_process(text, db).error is None
    titles = [title for (title,) in rows(db, "SELECT title FROM documents ORDER BY title")]
    assert titles == ["Johdanto", "Otsikko", "hyvä/juttu", "maksullinen"]


def test_a_site_whose_own_name_is_that_of_a_wall_has_articles() -> None:
    assert not is_wall("https://lyhyt.example/abc", "https://consent.example/uutinen")
    assert is_wall("https://lehti.example/abc", "https://consent.lehti.example/")
