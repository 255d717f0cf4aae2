"""Items that stand on one page, told apart by the fragment of their addresses."""

from pathlib import Path

import pytest

from tests.crawl_server import RSS, CrawlServer, config_text, crawl_in_process, page, rows, source

TEXTS = {"comment-5": "Pohjanetti toimii taas.", "comment-6": "Vaihdoin Pohjanettiin."}
SELECTORS = {"item": "article", "text": "p", "link": "a::attr(href)"}
FEED = page(
    '<rss version="2.0"><channel><title>Kommentit</title>'
    + "".join(
        f"<item><title>Kommentti</title><link>/juttu?utm_source=rss#{name}</link>"
        f"<description>{text}</description></item>"
        for name, text in TEXTS.items()
    )
    + "</channel></rss>",
    RSS,
)


def listing(*links: str) -> str:
    texts = TEXTS.values()
    return '<html lang="fi">' + "".join(
        f'<article><p>{text}</p><a href="{link}">Viesti</a></article>'
        for link, text in zip(links, texts, strict=True)
    )


def two_nights(server: CrawlServer, text: str, db: Path) -> list[tuple[str]]:
    """The ids after two nights, of which the second may bring nothing."""
    first, second = (crawl_in_process(text, db) for _ in range(2))
    assert (first.error, second.error) == (None, None)
    assert [each.mentions for each in first.report.sources] == [2]
    assert [(each.mentions, each.new) for each in second.report.sources] == [(0, 0)]
    assert rows(db, "SELECT count(*), sum(current) FROM mentions") == [(2, 2)]
    assert rows(db, "SELECT count(*) FROM document_revisions") == [(0,)]
    return rows(db, "SELECT replace(canonical_id, 'http://', '') FROM documents ORDER BY 1")


def test_comments_of_a_feed_that_link_to_one_page_are_each_a_document(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/feed": FEED}) as server:
        ids = two_nights(server, config_text(source("a", "feed", server.url("/feed")), db, server), db)
    assert ids == [(f"{server.place}/juttu#{name}",) for name in TEXTS]


@pytest.mark.parametrize("follow", [False, True])
def test_posts_whose_links_lead_to_the_listing_itself_are_each_a_document(
    tmp_path: Path, follow: bool
) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/ketju": page(listing(*(f"/ketju#{name}" for name in TEXTS)))}) as server:
        keys = {**SELECTORS, "follow": follow}
        ids = two_nights(
            server, config_text(source("a", "pages", server.url("/ketju"), **keys), db, server), db
        )
    assert ids == [(f"{server.place}/ketju#{name}",) for name in TEXTS]
    assert server.hits["/ketju"] == 2


def test_posts_whose_links_say_nothing_are_named_by_their_content(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/ketju": page(listing("#", "/ketju"))}) as server:
        ids = two_nights(
            server, config_text(source("a", "pages", server.url("/ketju"), **SELECTORS), db, server), db
        )
    assert all(name.startswith("sha256:") for (name,) in ids)


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("guid", ["<guid isPermaLink='false'>jakso-{}</guid>", ""])
def test_episodes_that_all_link_to_the_front_page_are_each_a_document(
    tmp_path: Path, follow: bool, guid: str
) -> None:
    db = tmp_path / "arvio.db"
    items = "".join(
        f"<item><title>Jakso {at}</title><link>/podcast</link>{guid.format(at)}<description>{text}</description></item>"
        for at, text in enumerate(TEXTS.values())
    )
    feed = page(f'<rss version="2.0"><channel><title>Podcast</title>{items}</channel></rss>', RSS)
    with CrawlServer({"/feed": feed}) as server:
        keys = {"follow": follow}
        ids = two_nights(
            server, config_text(source("a", "feed", server.url("/feed"), **keys), db, server), db
        )
    assert ids == [("jakso-0",), ("jakso-1",)] if guid else all(name.startswith("sha256:") for (name,) in ids)


def test_comments_are_read_where_their_page_is_asked_for(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/feed": FEED}) as server:
        text = config_text(source("a", "feed", server.url("/feed"), follow=True), db, server)
        ids = two_nights(server, text, db)
    assert ids == [(f"{server.place}/juttu#{name}",) for name in TEXTS]


@pytest.mark.parametrize("follow", [False, True])
def test_the_last_entry_of_a_page_keeps_its_name(tmp_path: Path, follow: bool) -> None:
    db = tmp_path / "arvio.db"
    items = [
        f"<item><title>Osa {at}</title><link>/suora</link><guid isPermaLink='false'>osa-{at}</guid>"
        f"<description>{text}</description></item>"
        for at, text in enumerate(TEXTS.values())
    ]
    feeds = [
        page(f'<rss version="2.0"><channel><title>x</title>{"".join(each)}</channel></rss>', RSS)
        for each in (items, items[1:])
    ]
    live = page(
        "<html lang='fi'><article><p>Pohjanetti uusii verkkonsa koko maassa ensi vuonna.</p></article></html>"
    )
    with CrawlServer({"/feed": feeds, "/suora": live}) as server:
        ids = two_nights(
            server, config_text(source("a", "feed", server.url("/feed"), follow=follow), db, server), db
        )
    assert ids == [("osa-0",), ("osa-1",)]
