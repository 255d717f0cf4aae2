"""Kind json: lists in JSON by paths, as an interface gives them and as pages carry them."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.config import parse_config
from store.errors import ConfigError
from tests.crawl_server import JSON, CrawlServer, config_text, crawl_in_process, page, rows, source

PATHS = {
    "item": "data.reviews", "text": "body", "rating": "stars", "author": "user.name", "date": "created",
    "id": "id", "next": "links.next",
}  # fmt: skip


def reviews(*numbers: int, text: str = "toimii", following: str | None = None) -> dict[str, Any]:
    items = [
        {
            "id": each,
            "body": f"<p>Pohjanetti {text} {each}</p>",
            "stars": each,
            "user": {"name": "Aki"},
            "created": 0,
        }
        for each in numbers
    ]
    for item, created in zip(items, ("2026-11-20T10:00:00Z", 1795168800, 1795168800000), strict=False):
        item["created"] = created
    return {"data": {"reviews": [*items, None, "x"]}, "links": {"next": following}}


def test_an_interface_is_read_page_after_page_and_an_edit_is_known_again(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        text = config_text(source("a", "json", server.url("/api?p=1"), **PATHS), db, server)
        for written in ("toimii", "pätkii"):
            server.pages["/api?p=1"] = page(
                json.dumps(reviews(1, 2, 3, text=written, following="/api?p=2")), JSON
            )
            server.pages["/api?p=2"] = page(json.dumps(reviews(4)), JSON)
            crawl = crawl_in_process(text, db)
            assert crawl.error is None
            assert crawl.report.sources[0].outcome == "ok"
    found = rows(db, "SELECT text, rating_given, published_at, kind FROM documents ORDER BY text")
    at = "2026-11-20T10:00:00Z"
    assert found == [
        ("Pohjanetti pätkii 1", 1.0, at, "review"),
        ("Pohjanetti pätkii 2", 2.0, at, "review"),
        ("Pohjanetti pätkii 3", 3.0, at, "review"),
        ("Pohjanetti toimii 4", 4.0, at, "review"),
    ]


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{}</script>',
        "<script>window.__A__={{}};window.__INITIAL_STATE__ = {};(function(){{}})()</script>",
    ],
)
def test_what_a_page_carries_is_read(tmp_path: Path, script: str) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages["/"] = page(
            f"<!DOCTYPE html><html lang='fi'>{script.format(json.dumps(reviews(5)))}</html>"
        )
        crawl = crawl_in_process(config_text(source("a", "json", server.url("/"), **PATHS), db, server), db)
        assert crawl.error is None
    assert rows(db, "SELECT text, language FROM documents") == [("Pohjanetti toimii 5", "fi")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("<html></html>", "no list at 'data.reviews'"), ("{", "no valid JSON"), ("[]", "no list")],
)
def test_what_holds_no_such_list_fails_and_says_so(tmp_path: Path, answer: str, reason: str) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": page(answer)}) as server:
        crawl = crawl_in_process(config_text(source("a", "json", server.url("/"), **PATHS), db, server), db)
        assert crawl.error is None
    (report,) = crawl.report.sources
    assert report.outcome == "failed"
    assert reason in report.reason


def test_the_list_and_the_text_must_be_named() -> None:
    for name in ("item", "text"):
        paths = {key: path for key, path in PATHS.items() if key != name}
        with pytest.raises(ConfigError, match=rf"source\[0\]\.{name} is missing"):
            parse_config(source("a", "json", "https://a.example/", **paths).encode(), "arvio.toml", Path())
