"""The health of sources: what is usual is remembered, and no failure becomes usual by lasting."""

from pathlib import Path

from crawler.brands import Brand
from crawler.config import SourceConfig
from crawler.health import SourceReport
from store.db import Store
from store.health import source_health
from tests.crawl_server import (
    BRANDS,
    Answer,
    CrawlServer,
    Handler,
    config_text,
    crawl_in_process,
    opened,
    page,
    source,
)

SHELL = '<html lang="fi"><head><title>Juttu {}</title></head><body><div id="app"></div></body></html>'


def _night(store: Store, outcome: str, documents: int) -> None:
    run = store.start_run("crawl")
    source_run = store.start_source_run(run, "a")
    store.finish_source_run(source_run, outcome, "x", {"documents": documents})  # type: ignore[arg-type]
    store.finish_run(run, 0, {})


def test_what_is_usual_is_known_from_the_third_good_night_and_bad_ones_do_not_change_it(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "arvio.db") as store:
        store.sync_config([Brand("Pohjanetti")], [SourceConfig("a", "feed", "https://a.example/")])
        usual = []
        for documents in (18, 22, 20):
            _night(store, "ok", documents)
            usual.append(store.usual_yield("a"))
        assert usual == [None, None, 20]
        _night(store, "ok", 0)  # nothing had changed
        for outcome in ("drift", "silent", "failed", "interrupted") * 5:
            _night(store, outcome, 0)
        assert store.usual_yield("a") == 20
        (health,) = source_health(store)
    assert (health.source, health.outcome, health.usual_yield) == ("a", "interrupted", 20)


def test_articles_that_have_lost_their_text_are_a_drift_though_their_titles_are_there(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        items = "".join(
            f"<item><title>Juttu {n}</title><description>Pohjanetti.</description>"
            f"<link>{server.url(f'/{n}')}</link></item>"
            for n in range(6)
        )
        server.pages |= {f"/{n}": page(SHELL.format(n)) for n in range(6)}
        server.pages["/rss"] = page(f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>')
        crawl = crawl_in_process(
            config_text(source("a", "feed", server.url("/rss"), follow=True), db, server), db
        )
    assert crawl.report.exit_code == 3
    assert crawl.report.lines == (
        "a: drift: found no text on the pages of 6 articles; the layout may have changed",
    )


def _kept(html: str) -> Answer:
    """A page that is told to be unchanged whoever knows it."""

    def send(handler: Handler) -> None:
        known = handler.headers.get("If-None-Match") == '"1"'
        handler.send_response(304 if known else 200)
        handler.send_header("ETag", '"1"')
        handler.send_header("Content-Length", "0" if known else str(len(html.encode())))
        handler.end_headers()
        handler.wfile.write(b"" if known else html.encode())

    return Answer(send=send)


FORUM = '<html lang="fi"><div class="v">Pohjanetti pätkii.</div><div class="v">Kuiske toimii.</div></html>'


def test_a_list_on_which_nothing_was_found_is_no_good_source_the_night_after(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": _kept(FORUM)}) as server:

        def night(item: str) -> SourceReport:
            text = config_text(source("a", "pages", server.url("/"), item=item), db, server)
            (report,) = crawl_in_process(text, db).report.sources
            assert isinstance(report, SourceReport)
            return report

        assert [night(".viesti").outcome for _ in range(2)] == ["silent", "silent"]
        mended = night(".v")
        assert (mended.outcome, mended.mentions) == ("ok", 1)
        again = night(".v")
        assert (again.outcome, again.mentions, again.reason) == (
            "ok",
            0,
            "0 new mentions in 0 documents, 1 page unchanged, 2 known before",
        )


def test_what_a_list_still_holds_is_looked_through_for_a_new_brand(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": _kept(FORUM)}) as server:
        forum = source("a", "pages", server.url("/"), item=".v")
        brought = [
            crawl_in_process(config_text(forum, db, server, brands=brands), db).report.sources[0].mentions
            for brands in (BRANDS, BRANDS, BRANDS + '[[brand]]\nname = "Kuiske"\n')
        ]
    assert brought == [1, 0, 1]


def test_a_brand_that_is_taken_out_keeps_what_its_sources_still_list(tmp_path: Path) -> None:
    db, both = tmp_path / "arvio.db", BRANDS + '[[brand]]\nname = "Kuiske"\n'
    with CrawlServer({"/": page(FORUM)}) as server:
        forum = source("a", "pages", server.url("/"), item=".v")
        brought = [
            crawl_in_process(config_text(forum, db, server, brands=brands), db).report.sources[0].mentions
            for brands in (both, BRANDS, both)
        ]
    assert brought == [2, 0, 0]
    with opened(db) as database:
        assert database.execute("SELECT count(*) FROM mentions WHERE current").fetchone() == (2,)
