"""Kind warc: archived pages replayed."""

import gzip
from pathlib import Path

from tests.crawl_server import config_text, crawl_in_process, rows, source

SAMPLE = Path(__file__).parent / "samples" / "sitemap" / "linja.html"


def _record(url: str, kind: str, body: bytes, status: str = "200 OK") -> bytes:
    """One response record of a WARC 1.0 file."""
    answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-20T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:0e1c9a6e-0000-4000-8000-000000000000>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"


def test_archived_pages_become_documents(tmp_path: Path) -> None:
    db, path = tmp_path / "arvio.db", tmp_path / "pages.warc.gz"
    html = _record("https://lori.example/a/linja", "text/html; charset=utf-8", SAMPLE.read_bytes())
    path.write_bytes(gzip.compress(html) + gzip.compress(_record("https://a.example/x", "image/png", b"PNG")))
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


def test_archived_errors_and_redirects_are_no_articles(tmp_path: Path) -> None:
    db, path = tmp_path / "arvio.db", tmp_path / "pages.warc"
    url, html = "https://lori.example/a/linja", SAMPLE.read_bytes()
    answers = ("404 Not Found", "500 Internal Server Error", "301 Moved Permanently", "200 OK")
    gone = _record("https://lori.example/a/poissa", "text/html", html, "410 Gone")
    path.write_bytes(
        gone + b"".join(_record(url, "text/html; charset=utf-8", html, each) for each in answers)
    )
    crawl = crawl_in_process(config_text(source("arkisto", "warc", path=str(path), language="hy"), db), db)
    assert crawl.error is None
    (report,) = crawl.report.sources
    assert (report.outcome, report.pages, report.new) == ("ok", 1, 1)
    assert "4 passed over (archived redirects and errors)" in report.reason
    assert rows(db, "SELECT canonical_id FROM documents") == [(url,)]


def test_a_fault_while_an_archive_is_read_fails_its_source(tmp_path: Path) -> None:
    db, path = tmp_path / "arvio.db", tmp_path / "pages.warc"
    whole = _record("https://lori.example/a/linja", "text/html; charset=utf-8", SAMPLE.read_bytes())
    nowhere = whole.replace(b"WARC-Target-URI: https://lori.example/a/linja\r\n", b"")
    path.write_bytes(whole + nowhere)
    crawl = crawl_in_process(config_text(source("arkisto", "warc", path=str(path), language="hy"), db), db)
    assert crawl.error is None
    (report,) = crawl.report.sources
    assert (report.outcome, report.new) == ("failed", 1)
    assert report.reason.startswith(f"{path}: could not be read whole (")
