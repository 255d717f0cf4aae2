"""Addresses as people copy them: a Telegram channel without its preview, a part of a Discourse forum."""

from pathlib import Path

import pytest

from crawler.config import parse_config
from store.errors import ConfigError
from tests.crawl_server import BRANDS, RSS, CrawlServer, config_text, crawl_in_process, page, rows, source

CHANNEL = (
    '<div class="tgme_widget_message" data-post="netti/{0}"><div class="tgme_widget_message_text">'
    'Pohjanetti toimii, {0}.</div><a class="tgme_widget_message_date"><time datetime="2026-11-0{0}T10:00:00+00:00">'
    "</time></a></div>"
)


@pytest.mark.parametrize("address", ["/netti", "/netti/", "/netti/2?single", "/s/netti"])
def test_a_telegram_channel_is_read_by_its_preview(tmp_path: Path, address: str) -> None:
    db = tmp_path / "arvio.db"
    older = '<a class="tme_messages_more" data-before="2" href="/s/netti?before=2"></a>'
    with CrawlServer({"/s/netti": page(f"<html>{older}{CHANNEL.format(2)}</html>")}) as server:
        server.pages["/s/netti?before=2"] = page(f"<html>{CHANNEL.format(1)}</html>")
        text = config_text(source("a", "telegram", server.url(address)), db, server)
        first, second = (crawl_in_process(text, db).report.sources[0] for _ in range(2))
    assert [(each.outcome, each.new) for each in (first, second)] == [("ok", 2), ("ok", 0)]


@pytest.mark.parametrize(
    ("kind", "address", "advice"),
    [
        ("telegram", "https://t.me/+AbCd", "names no public channel; write https://t.me/s/CHANNEL"),
        ("telegram", "https://t.me/c/12/3", "names no public channel; write https://t.me/s/CHANNEL"),
        ("telegram", "https://t.me/s/", "names no public channel; write https://t.me/s/CHANNEL"),
        ("discourse", "https://a.example/latest.json?page=0", "write 'https://a.example'"),
        ("discourse", "https://a.example/f/c/netti/5/l/latest.json", "'https://a.example/f/c/netti/5.rss'"),
        ("discourse", "https://a.example/c/netti/5", "'https://a.example/c/netti/5.rss' for this part alone"),
        ("discourse", "https://a.example/t/netti/12/3?u=a", "'https://a.example/t/netti/12.rss'"),
        ("discourse", "https://a.example/t/12/3", "'https://a.example/t/12.rss'"),
    ],
)
def test_an_address_that_would_stay_silent_is_refused(kind: str, address: str, advice: str) -> None:
    with pytest.raises(ConfigError, match=r"^arvio.toml: source\[0\].url 'https://") as refused:
        parse_config((BRANDS + source("a", kind, address)).encode(), "arvio.toml", Path())
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    "address", ["https://a.example/", "https://a.example/foorumi", "https://c.example/t"]
)
def test_a_forum_is_taken_wherever_it_is(address: str) -> None:
    parse_config((BRANDS + source("a", "discourse", address)).encode(), "arvio.toml", Path())


def test_the_token_of_a_private_feed_is_in_no_message_and_no_address_of_a_text(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    item = "<item><title>Pohjanetti toimii</title><guid isPermaLink='false'>g1</guid></item>"
    feed = page(f'<rss version="2.0"><channel><title>Uutiset</title>{item}</channel></rss>', RSS)
    paths = {"a": "/rss?a=1&token=salaisuus", "b": "/b?api_key=salaisuus"}
    with CrawlServer({paths["a"]: feed, paths["b"]: page("", status=403)}) as server:
        sources = "".join(source(name, "feed", server.url(path)) for name, path in paths.items())
        lines = crawl_in_process(config_text(sources, db, server), db).report.lines
        shown = {name: server.url(path).replace("salaisuus", "…") for name, path in paths.items()}
    assert server.hits[paths["a"]] == 1
    assert rows(db, "SELECT url FROM documents") == [(shown["a"],)]
    assert shown["b"] in lines[1]
    assert "salaisuus" not in str([*lines, *rows(db, "SELECT reason, stats FROM source_runs, runs")])


def test_the_token_of_a_page_is_in_no_address_of_a_text_and_what_a_site_calls_a_key_is(
    tmp_path: Path,
) -> None:
    db = tmp_path / "arvio.db"
    review = '<div itemscope itemtype="https://schema.org/Review" {}><p itemprop="reviewBody">Pohjanetti {}</p></div>'
    posts = "".join(f'<div class="viesti">Pohjanetti {n}<a href="/v?key=juttu-{n}"></a></div>' for n in "ab")
    with CrawlServer() as server:
        server.pages["/arviot?feed_token=sal%2Bais"] = page(
            review.format('itemid="#r1"', "toimii") + review.format("", "pätkii")
        )
        server.pages["/viestit?feed_token=salaisuus"] = page(posts)
        sources = source("a", "reviews", server.url("/arviot?feed_token=sal%2Bais"))
        sources += source("b", "pages", server.url("/viestit?feed_token=salaisuus"), item=".viesti", link="a")
        assert crawl_in_process(config_text(sources, db, server), db).error is None
        place = server.url("")
    found = rows(db, "SELECT canonical_id, url FROM documents ORDER BY source_id, id")
    assert "sal" not in str(found)
    masked = f"{place}/arviot?feed_token=…"
    assert [url for _, url in found] == [f"{masked}#r1", masked, *(f"{place}/v?key=juttu-{n}" for n in "ab")]
