"""Dates of items on pages: in a language that the template does not name, and told by their age."""

from datetime import UTC, datetime
from pathlib import Path

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source

SELECTORS = {"item": ".arvio", "date": ".aika::text", "text": ".teksti::text"}


def test_a_template_that_declares_another_language_hides_no_date(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    html = (
        '<html lang="en"><body><div class="arvio"><span class="aika">20 նոյեմբերի, 2026 | 14:05</span>'
        '<p class="teksti">Արարկապը լավ է աշխատում։</p></div></body></html>'
    )
    article = (
        '<html lang="en"><body><article><h1>Արարկապ</h1><span class="date">20 նոյեմբերի, 2026 | 14:05</span>'
        "<p>Արարկապը բարելավել է սպասարկումը բոլոր մարզերում, հայտնում է ընկերությունը։</p></article></body></html>"
    )
    with CrawlServer() as server:
        server.pages["/arvio"], server.pages["/uutinen"] = page(html), page(article)
        server.pages["/map.xml"] = page(
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>'
            f"{server.url('/uutinen')}</loc></url></urlset>",
            "application/xml",
        )
        sources = source("a", "pages", server.url("/arvio"), language="hy", **SELECTORS)
        sources += source("b", "sitemap", server.url("/map.xml"), language="hy")
        assert crawl_in_process(config_text(sources, db, server), db).error is None
    assert rows(db, "SELECT published_at FROM documents") == [("2026-11-20T10:05:00Z",)] * 2


def test_a_review_that_is_dated_by_its_age_is_one_whatever_the_night(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    review = '<div class="arvio"><b class="aika">{}</b><p class="teksti">Pohjanetti toimii.</p></div>'
    nights = {20: "juuri nyt", 21: "21 tuntia sitten", 27: "viikko sitten", 28: "viikko sitten"}
    with CrawlServer() as server:
        text = config_text(source("a", "pages", server.url("/r"), language="fi", **SELECTORS), db, server)
        for day, age in nights.items():
            server.pages["/r"] = page(f'<html lang="fi"><body>{review.format(age)}</body></html>')
            crawl = crawl_in_process(text, db, now=datetime(2026, 11, day, 3, tzinfo=UTC))
            assert crawl.error is None
    assert rows(db, "SELECT published_at FROM documents") == [("2026-11-20T03:00:00Z",)]
