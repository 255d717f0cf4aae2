"""Kind warc: archived pages replayed."""

from io import BytesIO
from pathlib import Path

from tests.crawl_server import config_text, crawl_in_process, rows, source

SAMPLE = Path(__file__).parent / "samples" / "sitemap" / "linja.html"


def test_archived_pages_become_documents(tmp_path: Path) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    db, path = tmp_path / "arvio.db", tmp_path / "pages.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, kind in (
            ("https://lori.example/a/linja", "text/html; charset=utf-8"),
            ("https://a.example/x", "image/png"),
        ):
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            body = BytesIO(SAMPLE.read_bytes())
            writer.write_record(
                writer.create_warc_record(url, "response", payload=body, http_headers=headers)
            )
    broken = tmp_path / "broken.warc"
    broken.write_bytes(b"this is no archive\n" * 10)
    text = config_text(
        source("arkisto", "warc", path=str(path), language="hy")
        + source("rikki", "warc", path=str(broken))
        + source("poissa", "warc", path="missing.warc"),
        db,
    )
    crawl = crawl_in_process(text, db)
    assert crawl.error is None
    assert [each.outcome for each in crawl.report.sources] == ["ok", "failed", "failed"]
    assert rows(db, "SELECT canonical_id, title, published_at FROM documents") == [
        ("https://lori.example/a/linja", "«Արարկապի» թեժ գիծը լռում է", None)
    ]
