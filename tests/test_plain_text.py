"""HTML as its reader sees it: words whole, blocks on lines of their own, scripts and comments not at all."""

import json
from pathlib import Path

import pytest

from crawler.structured import plain_text
from tests.crawl_server import JSON, CrawlServer, config_text, crawl_in_process, page, rows, source

SEEN = {
    '<p><a href="/p">Prisma</a>n hinnat ovat <b>hyvät</b>.</p>': "Prisman hinnat ovat hyvät.",
    "«<strong>Արարկապ</strong>»-ը <em>լավն</em> է։": "«Արարկապ»-ը լավն է։",
    '<span class="h-card"><a href="/@p">@<span>pohja</span></a></span>, #<span>netti</span>': "@pohja, #netti",
    "Super<wbr>halpa<br/>netti<img src='x'>kauppa": "Superhalpa\nnetti kauppa",
    "<h2>Otsikko</h2>Leipä<table><tr><td>a</td><td>b</td></tr></table>": "Otsikko\nLeipä\na b",
    "<style>.p{color:red}</style>Hyvä<SCRIPT>var p = '<b>Pohjanetti</b>';</SCRIPT>": "Hyvä",
    "Hyvä<!-- <p>piilossa</p> --> netti": "Hyvä netti",
    "<!--[if !mso]><!-->Hyvä <!--<![endif]-->netti<!-->.": "Hyvä netti .",
    "<span>Matti</span><span><b>Prisma</b></span><a>#netti</a><a>#hinta</a>": "Matti Prisma #netti #hinta",
    '<span class="invisible">https://www.</span><span>a.fi/uuti</span><span>set</span>': "https://www.a.fi/uutiset",
    "Kirjoitin <script> ja <!-- tekstiin": "Kirjoitin ja <!-- tekstiin",
    "a < b ja <3": "a < b ja <3",
}


@pytest.mark.parametrize("html", SEEN)
def test_html_is_read_as_it_is_seen(html: str) -> None:
    assert plain_text(html) == SEEN[html]


def test_an_inflected_link_is_one_word_in_what_is_stored(tmp_path: Path) -> None:
    text = '<p><a href="/p">Pohjaneti</a>n hinta <b>nous</b>i.</p>'
    posts = [{"link": "https://a.example/1", "content": {"rendered": text}, "comment_status": "closed"}]
    item = f'<html lang="fi"><article><script>Pohjanetti()</script>{text}</article></html>'
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages |= {
            "/wp-json/wp/v2/posts?search=netti&per_page=50&page=1&orderby=modified&order=desc": page(
                json.dumps(posts), JSON
            ),
            "/lista": page(item),
        }
        sources = source("a", "wordpress", server.url("/"), search=["netti"]) + "".join(
            source(name, "pages", server.url("/lista"), item="article", **keys)
            for name, keys in {"b": {"text": "p"}, "c": {}}.items()
        )
        assert crawl_in_process(config_text(sources, db, server), db).error is None
    assert rows(db, "SELECT passage FROM mentions") == [("Pohjanetin hinta nousi.",)] * 3
