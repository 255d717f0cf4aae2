"""Forums that write the visitor's session into every link: the next night is another session, and the same posts."""

from pathlib import Path

import pytest

from crawler.urls import canonical_url
from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

SELECTORS = {"item": "article", "text": "p", "link": "a::attr(href)", "next": "a.next::attr(href)"}


def thread(session: str) -> str:
    """A phpBB thread, as one sees it who sends no cookie back."""
    return (
        f'<html lang="fi"><article><p>Pohjanetti toimii taas.</p><a href="./viewtopic.php?p=5&amp;sid={session}#p5">#5'
        f'</a></article><a class="next" href="./viewtopic.php?t=1&amp;start=1&amp;sid={session}">2</a></html>'
    )


def test_another_session_is_no_new_post(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    first, second = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    with CrawlServer() as server:
        server.pages["/viewtopic.php?t=1"] = [page(thread(first)), page(thread(second))]
        for each in (first, second):
            server.pages[f"/viewtopic.php?t=1&start=1&sid={each}"] = page("<html></html>")
        text = config_text(source("a", "pages", server.url("/viewtopic.php?t=1"), **SELECTORS), db, server)
        nights = [crawl_in_process(text, db) for _ in range(2)]
    assert [night.report.sources[0].new for night in nights] == [1, 0]
    assert rows(db, "SELECT replace(canonical_id, 'http://', '') FROM documents") == [
        (f"{server.place}/viewtopic.php?p=5#p5",)
    ]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://f.example/a?PHPSESSID=8a7f&p=1", "https://f.example/a?p=1"),
        ("https://f.example/a;jsessionid=1A2B.node1?p=1", "https://f.example/a?p=1"),
        (f"https://f.example/showthread.php?s={'a1' * 16}&t=1", "https://f.example/showthread.php?t=1"),
        ("https://f.example/?s=pohjanetti", "https://f.example/?s=pohjanetti"),
        ("https://f.example/news?sid=4512", "https://f.example/news?sid=4512"),
    ],
)
def test_a_session_is_no_part_of_an_address(url: str, wanted: str) -> None:
    assert canonical_url(url) == wanted
