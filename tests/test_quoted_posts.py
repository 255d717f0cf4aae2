"""What a post quotes is another's: it is not said by who quotes it."""

import json
from pathlib import Path

import pytest

from tests.crawl_server import JSON, CrawlServer, config_text, crawl_in_process, page, rows, source

OLD, OWN = "Pohjanetti on surkea.", "Minusta Pohjanetti on hyvä."
POSTS = {
    "phpbb": f'<div class="content"><blockquote><div><cite>Matti kirjoitti:</cite>{OLD}</div></blockquote>{OWN}</div>',
    "xenforo": f'<div class="content"><blockquote class="bbCodeBlock"><div>{OLD}</div></blockquote><p>{OWN}</p></div>',
    "vbulletin": f'<blockquote class="content"><div><div class="bbcode_quote">{OLD}</div></div>'
    f"{OWN}</blockquote>",
}


@pytest.mark.parametrize("name", POSTS)
def test_a_forums_quotes_are_left_out(tmp_path: Path, name: str) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/t": page(f'<html lang="fi"><article>{POSTS[name]}</article></html>')}) as server:
        keys = {"item": "article", "text": ".content"}
        text = config_text(source("a", "pages", server.url("/t"), **keys), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT text FROM documents") == [(OWN,)]


def test_discourses_quotes_and_previews_are_left_out(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    cooked = (
        f'<aside class="quote"><div class="title">matti:</div><blockquote><p>{OLD}</p></blockquote>'
        f'</aside>\n<p>{OWN}</p><aside class="onebox"><article><h3>Pohjanetti</h3><p>{OLD}</p></article></aside>'
    )
    topic = {"id": 1, "last_posted_at": "2026-11-01T10:00:00Z"}
    post = {"id": 2, "post_number": 2, "topic_id": 1, "cooked": cooked}
    with CrawlServer() as server:
        server.pages |= {
            "/latest.json?page=0": page(json.dumps({"topic_list": {"topics": [topic]}}), JSON),
            "/t/1.json": page(
                json.dumps({"id": 1, "title": "Netti", "post_stream": {"posts": [post]}}), JSON
            ),
        }
        text = config_text(source("a", "discourse", server.url("/")), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT text FROM documents") == [(OWN,)]


def test_a_post_that_is_nothing_but_a_quote_is_kept(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    html = (
        f'<html lang="fi"><article><div class="content"><blockquote>{OLD}</blockquote></div></article></html>'
    )
    with CrawlServer({"/t": page(html)}) as server:
        keys = {"item": "article", "text": ".content"}
        text = config_text(source("a", "pages", server.url("/t"), **keys), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT text FROM documents") == [(OLD,)]


def test_odd_characters_beside_a_quote_cost_no_page(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    post = f'<div class="content"><blockquote>{OLD}</blockquote>{OWN}\x0b</div>'
    cooked = f'<aside class="quote">{OLD}</aside><p>{OWN}\x0b \ud83d</p>'  # half an emoji
    posts = [{"id": 2, "post_number": 2, "topic_id": 1, "cooked": cooked}]
    with CrawlServer({"/k": page(f'<html lang="fi"><article>{post}</article></html>')}) as server:
        server.pages |= {
            "/latest.json?page=0": page(json.dumps({"topic_list": {"topics": [{"id": 1}]}}), JSON),
            "/t/1.json": page(json.dumps({"id": 1, "title": "x", "post_stream": {"posts": posts}}), JSON),
        }
        sources = source("a", "pages", server.url("/k"), item="article", text=".content") + source(
            "b", "discourse", server.url("/")
        )
        crawl = crawl_in_process(config_text(sources, db, server), db)
    assert [(each.outcome, each.errors) for each in crawl.report.sources] == [("ok", 0)] * 2
    assert rows(db, "SELECT text FROM documents ORDER BY source_id") == [(OWN,), (f"{OWN} \ufffd",)]


def test_a_review_that_its_shop_sets_in_quotes_is_the_reviewers(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    review = f'<b class="stars">5</b><div class="content"><h4>Netti</h4><blockquote>{OWN}</blockquote></div>'
    with CrawlServer({"/k": page(f'<html lang="fi"><article>{review}</article></html>')}) as server:
        keys = {"item": "article", "text": ".content", "rating": ".stars"}
        text = config_text(source("a", "pages", server.url("/k"), **keys), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT text FROM documents") == [(f"Netti\n{OWN}",)]
