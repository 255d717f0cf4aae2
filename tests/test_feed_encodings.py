"""Feeds in old encodings and with wrong declarations: the right text, or a doubt; never a silent U+FFFD."""

from pathlib import Path

import store.encoding
from tests.crawl_server import Answer, CrawlServer, config_text, crawl_in_process, rows, source

FI, RU, HY = "Pohjanetin hinta nousi 5 €, närästää yhä", "Pohjanetti опять не работает", "Արարկապը անջատվեց"
# name: text, the encoding it is in, the one it declares, the header's
FEEDS = {
    "koi8": (RU, "koi8-r", "koi8-r", "application/rss+xml"),
    "cp1251-as-utf8": (RU, "cp1251", "windows-1251", "text/xml; charset=utf-8"),
    "utf8-as-cp1251": (RU, "utf-8", "windows-1251", "application/xml"),
    "latin9": (FI, "iso-8859-15", "iso-8859-15", "text/xml; charset=iso-8859-1"),
    "latin9-as-utf8": (FI, "iso-8859-15", "utf-8", "application/xml"),
    "utf8-as-utf16": (HY, "utf-8", "utf-16", "application/xml"),
    "utf16": (HY, "utf-16", "utf-16", "text/xml; charset=utf-8"),
    "armscii": (HY, "armscii-8", "armscii-8", "text/xml"),
}


def rss(text: str, encoding: str, declared: str) -> bytes:
    item = f"<item><title>x</title><guid>1</guid><description>{text}</description></item>"
    return (
        f'<?xml version="1.0" encoding="{declared}"?>'
        f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'
    ).encode(encoding)


def test_feeds_are_read_in_the_encoding_they_are_in(tmp_path: Path) -> None:
    store.encoding.register_armscii8()
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        for name, (text, encoding, declared, header) in FEEDS.items():
            server.pages[f"/{name}"] = Answer(rss(text, encoding, declared), content_type=header)
        damaged = rss(FI, "utf-8", "utf-8").replace("yhä".encode(), b"yh\xe4")
        server.pages["/damaged"] = Answer(damaged, content_type="application/xml")
        sources = "".join(source(name, "feed", server.url(f"/{name}")) for name in (*FEEDS, "damaged"))
        assert crawl_in_process(config_text(sources, db, server), db).error is None
    found = rows(
        db, "SELECT s.name, d.text, d.encoding_doubt FROM documents d JOIN sources s ON s.id = d.source_id"
    )
    assert {name: text for name, text, _ in found} == {
        **{name: text for name, (text, *_) in FEEDS.items()},
        "damaged": FI[:-1] + "\ufffd",
    }
    assert {name for name, _, doubt in found if doubt} >= {"damaged"}
