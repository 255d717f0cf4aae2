"""A crawl of many pages takes no more memory than one of few."""

from pathlib import Path

import pytest

from tests.crawl_server import Answer, CrawlServer, Handler, config_text, crawl_in_process, rows, source

SITEMAPS = 4
EACH = 1_000
KIB_A_PAGE = 1.0
"""What a page may leave behind: its address, asked for once, and its mark as dealt with."""
PAGE = (
    '<html lang="fi"><head><title>Juttu {0}</title></head><body><article><h1>Juttu {0}</h1>'
    "<p>Kunnan {0}. valtuustokokous käsitteli talousarviota myöhään iltaan, eikä sopua syntynyt vielä.</p>"
    "<p>Puheenjohtajan mukaan kokousta {0} jatketaan viikon kuluttua, kun esitys on valmisteltu uudestaan."
    "{1}</p></article></body></html>"
)


class Endless(CrawlServer):
    """A sitemap index, its sitemaps and their articles, made when they are asked for."""

    def answer(self, handler: Handler) -> Answer:
        """Any page of the site."""
        _, kind, number = f"{handler.path}//".split("/")[:3]
        if kind == "sitemap":
            first = int(number) * EACH
            urls = "".join(f"<url><loc>{self.url(f'/a/{n}')}</loc></url>" for n in range(first, first + EACH))
            return Answer(f"<urlset>{urls}</urlset>".encode(), content_type="application/xml")
        if kind == "a":
            named = "" if int(number) % 20 else " Pohjanetti kertoi asiasta."
            return Answer(PAGE.format(number, named).encode())
        return super().answer(handler)


@pytest.mark.soak
def test_memory_stays_flat_over_many_pages(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    index = "".join(f"<sitemap><loc>{{0}}/sitemap/{n}</loc></sitemap>" for n in range(SITEMAPS))
    with Endless() as server:
        body = f"<sitemapindex>{index}</sitemapindex>".format(server.url("").rstrip("/"))
        server.pages["/index.xml"] = Answer(body.encode(), content_type="application/xml")
        text = config_text(source("a", "sitemap", server.url("/index.xml"), max_pages=200_000), db, server)
        crawl = crawl_in_process(text, db)
    assert crawl.report.lines == (
        f"a: ok: {SITEMAPS * EACH // 20:,} new mentions in {SITEMAPS * EACH:,} documents",
    )
    assert len(rows(db, "SELECT 1 FROM mentions")) == SITEMAPS * EACH // 20
    pages, early = next(each for each in crawl.memory if each[0] >= 2 * EACH)
    last, late = crawl.memory[-1]
    assert (late - early) / (last - pages) < KIB_A_PAGE
