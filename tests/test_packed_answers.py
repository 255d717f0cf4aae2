"""Answers that are not packed as their header says: plain text is read, anything else is refused in a sentence."""

from pathlib import Path

from tests.crawl_server import RSS, Answer, CrawlServer, config_text, crawl_in_process, rows, source

FEED = (
    b'<rss version="2.0"><channel><title>x</title><item><title>Pohjanetti</title><guid>1</guid></item>'
    b"</channel></rss>"
)
ARTICLE = (
    '<html lang="fi"><head><title>Verkko</title></head><article><h1>Verkko</h1><p>Pohjanetti uusii verkkonsa koko '
    "maassa ensi vuonna, kertoo yhtiö torstaina julkaisemassaan tiedotteessa.</p></article></html>"
).encode()


def test_what_is_not_packed_as_it_says(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    listed = FEED.replace(b"<guid>1</guid>", b"<link>/juttu</link>")
    with CrawlServer() as server:
        for name in ("gzip", "deflate", "br", "zstd"):
            server.pages[f"/{name}"] = Answer(FEED, headers={"Content-Encoding": name}, content_type=RSS)
        server.pages["/follow"] = Answer(listed, content_type=RSS)
        server.pages["/juttu"] = Answer(ARTICLE, headers={"Content-Encoding": "gzip"})
        sources = "".join(
            source(name, "feed", server.url(f"/{name}")) for name in ("gzip", "deflate", "br", "zstd")
        )
        sources += source("follow", "feed", server.url("/follow"), follow=True)
        crawl = crawl_in_process(config_text(sources, db, server), db)
    assert crawl.error is None
    reports = {each.source: each for each in crawl.report.sources}
    assert (reports["gzip"].outcome, reports["gzip"].new) == ("ok", 1)
    assert (reports["follow"].outcome, reports["follow"].errors) == ("ok", 0)
    assert rows(db, "SELECT count(*) FROM documents WHERE text LIKE 'Pohjanetti uusii%'") == [(1,)]
    for name in ("deflate", "br", "zstd"):
        assert reports[name].outcome == "failed"
        assert reports[name].reason.endswith("the answer is not packed as its header says")
