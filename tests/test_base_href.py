"""Pages that name the address their links start from, as XenForo, vBulletin and Joomla do."""

from pathlib import Path

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

SELECTORS = {"item": "article", "text": "p", "link": "a::attr(href)", "next": "a.next::attr(href)"}
BODY = (
    "Pohjanetti uusii verkkonsa koko maassa ensi vuonna, kertoo yhtiö torstaina julkaisemassaan tiedotteessa."
)


def forum(base: str, post: int, following: str = "") -> str:
    return (
        f'<html lang="fi"><head><base href="{base}"></head><article><p>Pohjanetti toimii, viesti {post}.</p>'
        f'<a href="posts/{post}/">#{post}</a></article><a class="next" href="{following}">Seuraava</a></html>'
    )


def test_links_start_from_the_base_that_a_page_names(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        base = server.url("/foorumi/")
        server.pages |= {
            "/foorumi/threads/netti.1/": page(forum(base, 1, "threads/netti.1/page-2")),
            "/foorumi/threads/netti.1/page-2": page(forum("http://[x", 2)),
            "/uutiset/1": page(
                f'<html lang="fi"><head><title>Pohjanetti uusii verkon</title><base href="{server.url("/")}">'
                f'<link rel="canonical" href="uutiset/verkko"></head><article><p>{BODY}</p></article></html>'
            ),
            "/lista": page(
                '<html lang="fi"><article><p>Verkko</p><a href="/uutiset/1">Lue</a></article></html>'
            ),
        }
        sources = source("a", "pages", server.url("/foorumi/threads/netti.1/"), **SELECTORS) + source(
            "b", "pages", server.url("/lista"), **SELECTORS, follow=True
        )
        crawl = crawl_in_process(config_text(sources, db, server), db)
    assert crawl.error is None
    assert [(each.outcome, each.errors) for each in crawl.report.sources] == [("ok", 0)] * 2
    assert rows(db, "SELECT replace(canonical_id, 'http://', '') FROM documents ORDER BY canonical_id") == [
        (f"{server.place}{path}",)
        for path in ("/foorumi/posts/1/", "/foorumi/threads/netti.1/posts/2/", "/uutiset/verkko")
    ]
