"""Large sites: an index of more sitemaps and pages than a night may ask for is read from its newest end."""

import re
from pathlib import Path
from urllib.parse import quote

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, source

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XML = "application/xml"
ARTICLE = (
    '<html lang="fi"><head><title>Pohjanetti uusii verkon</title></head><article><h1>Pohjanetti uusii verkon</h1>'
    "<p>Pohjanetti uusii verkkonsa koko maassa ensi vuonna, kertoo yhtiö torstaina julkaisemassaan tiedotteessa.</p>"
    "</article></html>"
)


def site(server: CrawlServer, months: int) -> None:
    rows = ""
    for month in range(1, months + 1):
        when, name = f"20{month // 12 + 10}-{month % 12 + 1:02}", f"{month:02}"
        rows += f"<sitemap><loc>{server.url(f'/s{name}')}</loc><lastmod>{when}-20</lastmod></sitemap>"
        locations = "".join(
            f"<url><loc>{server.url(f'/a{name}-{at}')}</loc><lastmod>{when}-1{at}</lastmod></url>"
            for at in range(4)
        )
        server.pages[f"/s{name}"] = page(f"<urlset {NAMESPACE}>{locations}</urlset>", XML)
        server.pages |= {f"/a{name}-{at}": page(ARTICLE) for at in range(4)}
    server.pages["/sitemap.xml"] = page(f"<sitemapindex {NAMESPACE}>{rows}</sitemapindex>", XML)


def test_the_newest_sitemaps_of_an_index_go_first(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        site(server, 30)
        text = config_text(source("a", "sitemap", server.url("/sitemap.xml"), max_pages=13), db, server)
        text = re.sub("per_host = .", "per_host = 1", text)
        nights = []
        for _ in range(2):
            server.hits.clear()
            crawl = crawl_in_process(text, db)
            assert crawl.error is None
            assert "stopped at the page limit" in crawl.report.sources[0].reason
            nights.append(sorted(target for target in server.hits if target.startswith("/a")))
    assert nights[0] == [
        f"/a{name}-{at}" for name, at in ((29, 2), (29, 3), (30, 0), (30, 1), (30, 2), (30, 3))
    ]
    assert nights[1] == [
        f"/a{name}-{at}" for name, at in ((28, 0), (28, 1), (28, 2), (28, 3), (29, 0), (29, 1))
    ]


def test_the_older_sitemaps_of_an_index_have_their_turn(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        site(server, 4)
        server.pages["/s02"] = page("no sitemap", XML)
        text = config_text(source("a", "sitemap", server.url("/sitemap.xml"), max_pages=8), db, server)
        text = re.sub("per_host = .", "per_host = 1", text)
        nights = []
        for _ in range(3):
            server.hits.clear()
            assert crawl_in_process(text, db).error is None
            nights.append(sorted(target[:4] for target in server.hits if target.startswith("/a")))
    assert nights == [["/a04"] * 4, ["/a03"] * 4, ["/a01"] * 3]


def test_a_word_of_search_is_found_in_a_percent_encoded_address(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    slugs = {
        "uutiset/": "/uutiset/a",
        "Արարկապ": f"/{quote('Արարկապ-ը-լռում-է')}",
        "%C3%A4": "/%C3%A4",
        "x": "/muu",
    }
    with CrawlServer() as server:
        locations = "".join(f"<url><loc>{server.url(slug)}</loc></url>" for slug in slugs.values())
        server.pages["/sitemap.xml"] = page(f"<urlset {NAMESPACE}>{locations}</urlset>", XML)
        server.pages |= {slug: page(ARTICLE) for slug in slugs.values()}
        words = [word for word in slugs if word != "x"]
        text = config_text(source("a", "sitemap", server.url("/sitemap.xml"), search=words), db, server)
        assert crawl_in_process(text, db).error is None
    assert set(server.hits) == {"/robots.txt", "/sitemap.xml", *(slugs[word] for word in words)}
