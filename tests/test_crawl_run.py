"""Whole crawls: incremental, resumable after SIGKILL, stopped by SIGINT, honest on each source (T25, T26, T32, T41)."""

import json
import os
import random
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.config import demo_config
from crawler.demo.server import DemoSite
from store.db import Store
from tests.crawl_server import (
    JSON,
    Answer,
    CrawlServer,
    Handler,
    config_text,
    crawl_in_process,
    page,
    rows,
    source,
    start_crawl,
)
from tests.store_samples import with_one_key

SELECTORS = {"item": "article.v", "text": "p::text"}
LISTING = page(
    '<html lang="fi"><article class="v"><p>Pohjanetti toimii taas hyvin.</p></article>'
    '<article class="v"><p>Vaihdoin Pohjanettiin, enkä ole katunut.</p></article></html>'
)
CONTENT = (
    "SELECT s.name, d.canonical_id, d.title, d.text, d.published_at, d.rating, m.passage, m.alias, m.language "
    "FROM documents d JOIN sources s ON s.id = d.source_id LEFT JOIN mentions m ON m.document_id = d.id "
    "ORDER BY 1, 2, 7, 8"
)


def test_t25_killed_halfway_and_run_again_ends_in_the_same_store(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    with_one_key(whole, killed)
    with DemoSite() as site:
        text = demo_config(site.base_url, "arvio.db")
        undisturbed = crawl_in_process(text, whole)
        assert undisturbed.error is None
        assert undisturbed.report.exit_code == 0
        for _ in range(3):
            before = site.hits.total()
            process, end = start_crawl(text, killed)
            while site.hits.total() < before + 30 and process.is_alive():
                time.sleep(0.002)
            assert process.pid is not None
            assert process.is_alive()
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            end.close()
        again = crawl_in_process(text, killed)
        assert again.report.exit_code == 0
        assert rows(killed, CONTENT) == rows(whole, CONTENT)
        assert rows(killed, "PRAGMA integrity_check") == [("ok",)]

        site.hits.clear()
        second = crawl_in_process(text, whole)
        assert [each.mentions for each in second.report.sources] == [0] * len(second.report.sources)
        assert second.report.exit_code == 0
        assert rows(whole, CONTENT) == rows(killed, CONTENT)
        articles = [target for target in site.hits if "/2026/" in target and "vika" not in target]
        assert articles == []


@pytest.mark.soak
def test_t25_killed_at_a_hundred_random_moments_each_time_ends_in_the_same_store(tmp_path: Path) -> None:
    moments = random.Random(25)
    whole = tmp_path / "whole.db"
    with_one_key(whole)
    with DemoSite() as site:
        text = demo_config(site.base_url, "arvio.db")
        began = time.monotonic()
        assert crawl_in_process(text, whole).report.exit_code == 0
        length = time.monotonic() - began
        wanted = rows(whole, CONTENT)
        for number in range(25):
            killed = tmp_path / f"killed-{number}.db"
            with_one_key(killed)
            stored: set[tuple[Any, ...]] = set()
            for _ in range(4):
                process, end = start_crawl(text, killed)
                time.sleep(moments.uniform(0.0, 0.7 * length))
                process.kill()
                process.join()
                end.close()
                if not killed.exists():
                    continue
                assert rows(killed, "PRAGMA integrity_check") == [("ok",)]
                kept = set(rows(killed, CONTENT))
                assert stored <= kept <= set(wanted)
                stored = kept
            assert crawl_in_process(text, killed).report.exit_code == 0
            assert rows(killed, CONTENT) == wanted


def slow_pages(server: CrawlServer, count: int = 60, pause: float = 0.15) -> None:
    """A chain of pages that takes its time."""

    def send(number: int) -> Answer:
        def slowly(handler: Handler) -> None:
            time.sleep(pause)
            body = (
                f'<html lang="fi"><article class="v"><p>Pohjanetti toimii jo {number}. päivää.</p></article>'
                f'<a rel="next" href="/{number + 1}">2</a></html>'
            ).encode()
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html; charset=utf-8")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return Answer(send=slowly)

    server.pages |= {f"/{number}": send(number) for number in range(count)}


@pytest.mark.parametrize("times", [1, 2])
def test_t26_sigint_once_is_graceful_and_twice_is_at_once(tmp_path: Path, times: int) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        slow_pages(server)
        next_page = {**SELECTORS, "next": "a[rel=next]::attr(href)"}
        text = config_text(source("a", "pages", server.url("/0"), **next_page), db, server)
        process, end = start_crawl(text, db)
        deadline = time.monotonic() + 60
        while server.pages_hit < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.pid is not None
        for _ in range(times):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.05)
        crawl = end.recv()
        process.join(30)
        end.close()
        stopped_after = server.pages_hit
        assert crawl.error is None
        assert crawl.report.exit_code == 130
        assert [each.outcome for each in crawl.report.sources] == ["interrupted"]
        assert stopped_after < 30
        if times == 1:
            assert len(rows(db, "SELECT 1 FROM mentions")) >= 3
        slow_pages(server, pause=0.0)
        again = crawl_in_process(text, db)
    assert again.report.exit_code == 0
    assert len(rows(db, "SELECT 1 FROM mentions")) == 60


def test_t26_the_second_sigint_waits_for_no_page_that_is_under_way(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        slow_pages(server, count=1, pause=8.0)
        text = config_text(source("a", "pages", server.url("/0"), **SELECTORS), db, server)
        process, end = start_crawl(text, db)
        while server.pages_hit < 1 and process.is_alive():
            time.sleep(0.02)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        assert not end.poll(0.3)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        assert end.recv().report.exit_code == 130
        assert time.monotonic() - began < 4
        end.close()
        process.join(30)


def test_t41_every_way_to_fail_has_its_line_and_exit_3(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    layout = page('<html lang="fi"><section class="uusi"><p>Pohjanetti toimii.</p></section></html>')
    with CrawlServer() as server:
        server.pages |= {
            "/fails": page("broken", status=500),
            "/good": LISTING,
            "/gone": LISTING,
            "/empty-feed": page(
                '<rss version="2.0"><channel><title>x</title></channel></rss>', "application/rss+xml"
            ),
            "/no-feed": page("<html><p>Kirjaudu sisään</p></html>"),
            "/api/wp-json/wp/v2/posts?search=Pohjanetti&per_page=50&page=1&orderby=modified&order=desc": page(
                "[{", "x/y"
            ),
        }
        sources = [
            source("fails", "pages", server.url("/fails"), **SELECTORS),
            source("good", "pages", server.url("/good"), **SELECTORS),
            source("gone", "pages", server.url("/gone"), **SELECTORS),
            source("feed", "feed", server.url("/empty-feed")),
            source("no-feed", "feed", server.url("/no-feed")),
            source("json", "wordpress", server.url("/api"), search=["Pohjanetti"]),
        ]
        text = config_text("".join(sources), db, server)
        for _ in range(3):
            first = crawl_in_process(text, db, sources=["good", "gone"])
            assert first.error is None, repr(first.error)
            assert first.report.exit_code == 0
        server.pages["/gone"] = layout
        crawl = crawl_in_process(text, db)
    assert crawl.error is None
    assert crawl.report.exit_code == 3
    outcomes = {each.source: each.outcome for each in crawl.report.sources}
    assert outcomes == {
        "fails": "failed", "good": "ok", "gone": "drift", "feed": "silent", "no-feed": "failed",
        "json": "failed",
    }  # fmt: skip
    assert len(crawl.report.lines) == 6
    assert all("\n" not in line for line in crawl.report.lines)
    stored = dict(rows(db, "SELECT s.name, r.outcome FROM source_runs r JOIN sources s ON s.id = r.source_id "
                           "WHERE r.run_id = (SELECT max(id) FROM runs)"))  # fmt: skip
    assert stored == outcomes


def break_matcher() -> None:
    """In the crawl's process: every page raises."""
    from crawler.matching import Matcher

    def find(self: Any, text: str, language: str | None = None) -> Any:
        raise ZeroDivisionError(text)

    Matcher.find = find  # type: ignore[method-assign]


def break_store() -> None:
    """In the crawl's process: the disk is full."""
    from store.db import Store
    from store.errors import StoreError

    def add(self: Any, *arguments: Any, **more: Any) -> Any:
        raise StoreError("arvio.db: the disk is full (0 bytes free); make room and run again")

    Store.add_documents = add  # type: ignore[method-assign]


def test_t41_an_exception_on_every_page_is_a_failure(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": LISTING}) as server:
        text = config_text(source("a", "pages", server.url(), **SELECTORS), db, server)
        crawl = crawl_in_process(text, db, patches=break_matcher)
        assert crawl.report.exit_code == 3
        assert "ZeroDivisionError" in crawl.report.lines[0]
        again = crawl_in_process(text, db)
    assert again.report.exit_code == 0
    assert len(rows(db, "SELECT 1 FROM mentions")) == 2


def test_a_store_error_ends_the_crawl_and_loses_nothing(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": LISTING}) as server:
        text = config_text(source("a", "pages", server.url(), **SELECTORS), db, server)
        crawl = crawl_in_process(text, db, patches=break_store)
        assert getattr(crawl.error, "exit_code", None) == 74
        again = crawl_in_process(text, db)
    assert len(rows(db, "SELECT 1 FROM mentions")) == 2
    assert again.report.exit_code == 0


def break_batch() -> None:
    """In the crawl's process: storing meets a fault of ours."""
    from store.db import Store

    def add(self: Any, *arguments: Any, **more: Any) -> Any:
        raise ZeroDivisionError

    Store.add_documents = add  # type: ignore[method-assign]


def test_a_fault_while_storing_fails_the_source_and_loses_nothing(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": LISTING}) as server:
        text = config_text(source("a", "pages", server.url(), **SELECTORS), db, server)
        crawl = crawl_in_process(text, db, patches=break_batch)
        assert crawl.report.exit_code == 3
        assert crawl.report.lines == (
            "a: failed: 2 documents were not stored (ZeroDivisionError); the next crawl asks for them again",
        )
        again = crawl_in_process(text, db)
    assert again.report.exit_code == 0
    assert len(rows(db, "SELECT 1 FROM mentions")) == 2


def test_a_lone_surrogate_in_a_language_does_not_lose_the_batch(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    items = [
        {"id": language, "content_text": f"Pohjanetti on hyvä {at}.", "language": language}
        for at, language in enumerate(("\ud800x", "fi"))
    ]
    with CrawlServer({"/feed": page(json.dumps({"version": "1", "items": items}), JSON)}) as server:
        text = config_text(source("a", "feed", server.url("/feed")), db, server)
        crawl = crawl_in_process(text, db)
    assert [(each.outcome, each.mentions) for each in crawl.report.sources] == [("ok", 2)]


def test_max_pages_limits_each_source_and_the_next_crawl_goes_on(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        slow_pages(server, count=12, pause=0.0)
        next_page = {**SELECTORS, "next": "a[rel=next]::attr(href)"}
        text = config_text(source("a", "pages", server.url("/0"), **next_page), db, server)
        crawl = crawl_in_process(text, db, max_pages=3)
        assert server.pages_hit == 3
        assert crawl.report.exit_code == 0
        assert "page limit" in crawl.report.lines[0]
        crawl_in_process(text, db)
    assert len(rows(db, "SELECT 1 FROM mentions")) == 12


def test_a_changed_article_is_fetched_again_and_an_unchanged_one_asked_conditionally(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"

    def feed(updated: str) -> Answer:
        return page(
            '<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title><entry><id>1</id>'
            f'<title>Pohjanetti</title><link href="{server.url("/juttu?utm_source=rss")}"/>'
            f"<updated>{updated}</updated></entry></feed>",
            "application/atom+xml",
        )

    def article(word: str) -> Answer:
        return page(
            f'<html lang="fi"><title>Pohjanetti {word}</title><article><h1>Pohjanetti {word}</h1>'
            f"<p>Pohjanetin asiakkaat ovat {word}, selviää torstaina julkaistusta kyselystä.</p>"
            "</article></html>",
            ETag=f'"{len(word)}"',
        )

    with CrawlServer() as server:
        target = "/juttu?utm_source=rss"
        server.pages |= {"/feed": feed("2026-11-01T00:00:00Z"), target: article("tyytyväisiä")}
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        crawl_in_process(text, db)
        crawl_in_process(text, db)
        assert server.hits[target] == 1
        server.pages |= {"/feed": feed("2099-01-01T00:00:00Z"), target: article("pettyneitä")}
        crawl_in_process(text, db)
        server.pages[target] = Answer(status=304)
        crawl_in_process(text, db)
    assert server.log[-1][2].get("If-None-Match") == '"10"'
    assert rows(db, "SELECT canonical_id, title FROM documents") == [
        (server.url("/juttu"), "Pohjanetti pettyneitä")
    ]


def test_a_page_that_was_forgotten_is_not_asked_for_again(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    entry = "<item><title>Pohjanetti</title><link>{}</link></item>"
    article = (
        '<html lang="fi"><meta name="author" content="{}"><title>Pohjanetti</title><article><h1>Pohjanetti</h1>'
        "<p>Pohjanetin asiakkaat ovat tyytyväisiä, selviää torstaina julkaistusta kyselystä.</p></article></html>"
    )
    with CrawlServer() as server:
        places = ["/poistettu", "/kirjoittajan", "/muu"]
        items = "".join(entry.format(server.url(f"{place}?utm_source=rss")) for place in places)
        server.pages["/feed"] = page(
            f"<rss version='2.0'><channel>{items}</channel></rss>", "application/rss+xml"
        )
        for place, author in zip(places, ("Maija Muu", "Matti Meikäläinen", "Maija Muu"), strict=True):
            server.pages[f"{place}?utm_source=rss"] = page(article.format(author))
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        assert crawl_in_process(text, db).report.sources[0].new == 3
        with Store.open(db) as store:
            assert store.forget(url=server.url("/poistettu")).documents == 1
            assert store.forget(author="Matti Meikäläinen").documents == 1
        (again,) = crawl_in_process(text, db).report.sources
        assert (again.outcome, again.known) == ("ok", 3)
        assert [server.hits[f"{place}?utm_source=rss"] for place in places] == [1, 1, 1]
        seen = rows(db, "SELECT url FROM seen_pages ORDER BY url")
        assert seen == [(server.url("/feed"),), (server.url("/muu"),)]


def test_the_second_night_adds_what_is_new_and_nothing_else(tmp_path: Path) -> None:
    nightly, fresh = tmp_path / "nightly.db", tmp_path / "fresh.db"
    with_one_key(nightly, fresh)
    with DemoSite() as site:
        text = demo_config(site.base_url, "arvio.db")
        first = crawl_in_process(text, nightly)
        site.night = 2
        second = crawl_in_process(text, nightly)
        whole = crawl_in_process(text, fresh)
    assert first.report.exit_code == second.report.exit_code == whole.report.exit_code == 0
    assert rows(nightly, CONTENT) == rows(fresh, CONTENT)
    brought = sum(each.mentions for each in second.report.sources)
    assert (
        0
        < brought
        == len(rows(nightly, "SELECT 1 FROM mentions")) - sum(each.mentions for each in first.report.sources)
    )


def test_t32_an_edited_text_that_no_longer_names_the_brand_loses_its_mention(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"

    def pages(word: str, server: CrawlServer) -> dict[str, Answer]:
        review = {"@type": "Review", "@id": "/r#1", "reviewBody": f"{word} on hyvä.", "name": "Arvio"}
        return {
            "/list": page(
                f'<html lang="fi"><article class="v"><a href="/v/1">Viesti</a><p>{word} on hyvä.</p></article>'
                '<article class="v"><a href="/v/2">Viesti</a><p>Tässä ei nimetä ketään.</p></article></html>'
            ),
            "/reviews": page(f'<script type="application/ld+json">{json.dumps(review)}</script>'),
            "/feed": page(
                '<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title><entry><id>1</id>'
                f'<title>Kysely</title><link href="{server.url("/juttu?utm_source=rss")}"/>'
                f"<updated>20{26 + 10 * (word != 'Pohjanetti')}-01-01T00:00:00Z</updated></entry></feed>",
                "application/atom+xml",
            ),
            "/juttu?utm_source=rss": page(
                f'<html lang="fi"><title>Kysely</title><body><article><h1>Kysely</h1><p>{word} on hyvä, kertovat '
                "asiakkaat torstaina julkaistussa kyselyssä.</p><p>Kyselyyn vastasi tuhat suomalaista eri puolilta "
                "maata, ja heistä joka kolmas oli vaihtanut palvelua vuoden aikana.</p></article></body></html>"
            ),
        }

    with CrawlServer() as server:
        text = config_text(
            source("list", "pages", server.url("/list"), link="a::attr(href)", **SELECTORS)
            + source("reviews", "reviews", server.url("/reviews"))
            + source("feed", "feed", server.url("/feed"), follow=True),
            db,
            server,
        )
        for word, mentions in (("Pohjanetti", 3), ("Naapurin netti", 0)):
            server.pages |= pages(word, server)
            assert crawl_in_process(text, db).error is None
            assert len(rows(db, "SELECT 1 FROM mentions WHERE current")) == mentions
    assert rows(db, "SELECT count(*), sum(text LIKE 'Naapurin%') FROM documents") == [(3, 3)]
    assert rows(db, "SELECT count(*) FROM document_revisions") == [(3,)]


def test_a_page_that_fails_on_three_nights_is_given_up_until_it_changes(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"

    def feed(updated: str) -> Answer:
        entries = "".join(
            f'<entry><id>{path}</id><title>Pohjanetti</title><link href="{server.url(path)}"/>'
            f"<updated>{moment}</updated></entry>"
            for path, moment in (("/hyva", "2026-11-01T00:00:00Z"), ("/vika", updated))
        )
        return page(
            f'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title>{entries}</feed>',
            "application/atom+xml",
            ETag=f'"{updated}"',
        )

    def night(day: int) -> str:
        moment = datetime(2026, 11, day, 3, tzinfo=UTC)
        (line,) = crawl_in_process(text, db, now=moment).report.lines
        return str(line)

    def conditional() -> bool:
        return "If-None-Match" in [headers for _, target, headers in server.log if target == "/feed"][-1]

    with CrawlServer() as server:
        server.pages |= {
            "/feed": feed("2026-11-01T00:00:00Z"),
            "/hyva": LISTING,
            "/vika": page("gone", status=404),
        }
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        for day, asked in ((2, 1), (2, 2), (3, 3), (4, 4)):
            line = night(day)
            assert (server.hits["/vika"], conditional()) == (asked, False)
            assert ("1 page given up after 3 nights" in line) == (day == 4)
        line = night(5)
        assert (server.hits["/vika"], conditional()) == (4, True)
        assert "given up" in line
        server.pages |= {"/feed": feed("2026-11-05T12:00:00Z"), "/vika": LISTING}
        line = night(6)
    assert server.hits["/vika"] == 5
    assert "given up" not in line
    assert len(rows(db, "SELECT 1 FROM documents")) == 2


def test_a_topic_is_done_only_with_its_last_posts(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    topic = {"id": 7, "last_posted_at": "2026-11-09T11:00:00Z"}
    topics = {"topic_list": {"topics": [topic], "more_topics_url": "/latest?page=1"}}

    def posts(*numbers: int) -> dict[str, Any]:
        return {
            "posts": [
                {"id": each, "post_number": each, "topic_id": 7, "cooked": f"Pohjanetti {each}"}
                for each in numbers
            ],
            "stream": list(range(1, 46)),
        }

    def chunk(first: int) -> str:
        ids = range(first, min(first + 20, 46))
        return "/t/7/posts.json?" + "&".join(f"post_ids%5B%5D={each}" for each in ids)

    with CrawlServer() as server:
        server.pages |= {
            "/latest.json?page=0": page(json.dumps(topics), JSON),
            "/latest.json?page=1": page(json.dumps({"topic_list": {"topics": [topic]}}), JSON),
            "/t/7.json": page(json.dumps({"id": 7, "title": "x", "post_stream": posts(*range(1, 6))}), JSON),
            chunk(6): page(json.dumps({"post_stream": posts(*range(6, 26))}), JSON),
            chunk(26): page("down", status=500),
        }
        text = config_text(source("a", "discourse", server.url("/")), db, server)
        crawl_in_process(text, db)
        assert len(rows(db, "SELECT 1 FROM mentions")) == 25
        server.pages[chunk(26)] = page(json.dumps({"post_stream": posts(*range(26, 46))}), JSON)
        crawl_in_process(text, db)
        crawl_in_process(text, db)
    assert len(rows(db, "SELECT 1 FROM mentions")) == 45
    assert (server.hits["/t/7.json"], server.hits["/latest.json?page=1"]) == (2, 2)
