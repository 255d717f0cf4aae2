"""Ids made of content: no name can be tried on the store without its key, and older stores and exports are known."""

import contextlib
import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import parse_config
from crawler.run import import_file
from store import connection, schema
from store.db import Store
from store.errors import StoreError
from store.export import export
from tests.crawl_server import BRANDS, CrawlServer, config_text, crawl_in_process, page, rows, source

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CONFIG = parse_config(BRANDS.encode(), "arvio.toml", Path())
# (text, author, day, address); spellings of one name have one keyed hash, and copies are numbered.
OPINIONS = [
    ("Pohjanetti on hyvä", "Aino Virtanen", "2026-11-01", ""),
    ("Pohjanetti on hyvä", "aino  virtanen", "2026-11-01", ""),
    ("Pohjanetti on hyvä", "Aino Virtanen", "2026-11-01", ""),
    (
        "Pohjanetti ei toimi. Soitin. Odotin. Odotin taas.",
        "Eino",
        "2026-11-02",
        "https://a.example/sha256:1",
    ),
    ("Pohjanetti pätkii", "Veikko", "", ""),
    ("Pohjanetti pätkii", "", "2026-11-03", ""),
]


def named(title: str, text: str, name: str, day: str) -> str:
    """An id as the first stores had it, of the name itself."""
    return "sha256:" + hashlib.sha256(json.dumps([title, text, name, day]).encode()).hexdigest()[:40]


def opinions(folder: Path) -> Path:
    path = folder / "kysely.jsonl"
    keys = ("text", "author", "published_at", "url")
    path.write_text(
        "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in OPINIONS), "utf-8"
    )
    return path


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store as it was before ids were keyed, with the opinions in it."""
    path = tmp_path / "arvio.db"
    with monkeypatch.context() as patch:
        for each in (schema.migrate, schema.pending, schema.is_newer):
            patch.setattr(each, "__defaults__", (schema.MIGRATIONS[:3],))
        with Store.open(path, store_authors=True) as store:
            import_file(opinions(tmp_path), CONFIG, store, now=NOW)
            with store.transaction() as database:
                seen: dict[str, int] = {}
                for at, (text, name, day, address) in enumerate(OPINIONS, 1):
                    id = (f"{address}#" if address else "") + named("", text, name, day)
                    seen[id] = seen.get(id, 0) + 1
                    id += f"~{seen[id]}" if seen[id] > 1 else ""
                    database.execute("UPDATE documents SET canonical_id = ? WHERE id = ?", (id, at))
                database.execute(
                    "INSERT INTO seen_pages (source_id, url, fetched_at, content_hash) VALUES "
                    "(1, 'https://a.example/', '', 'digest:12'), (1, 'https://b.example/', '', 'failed on days 2')"
                )
    return path


def ids(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [str(id) for (id,) in database.execute("SELECT canonical_id FROM documents ORDER BY id")]


def test_an_older_store_gets_keyed_ids_and_the_next_import_brings_nothing_new(
    old: Path, tmp_path: Path
) -> None:
    before = ids(old)
    assert [id.rpartition(":")[0] for id in before] == [
        "sha256", "sha256", "sha256", "https://a.example/sha256:1#sha256", "sha256", "sha256"
    ]  # fmt: skip
    with Store.open(old, store_authors=True) as store:
        (report,) = import_file(opinions(tmp_path), CONFIG, store, now=NOW).sources
        assert (report.new, report.mentions) == (0, 0)
        assert store.check() == []
    after = ids(old)
    assert [id.partition("#")[2] or id for id in after] == [
        after[0], f"{after[0]}~2", f"{after[0]}~3", after[3].partition("#")[2], after[4], before[5]
    ]  # fmt: skip
    assert all("keyed:" in id for id in after[:5])
    assert not any(id[-40:].encode() in old.read_bytes() for id in before[:2] + before[3:5])
    assert rows(old, "SELECT content_hash FROM seen_pages ORDER BY url") == [(":12",), ("failed on days 2",)]
    assert [each.name for each in connection.backups(old)] == ["arvio.db.0003_sums_by_month.bak"]


def test_an_export_of_an_older_store_brings_no_name_back(old: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    with Store.open(old, store_authors=True) as store:
        export(store, path)
        after = ids(old)
    before = ids(connection.backups(old)[0])
    text = path.read_text("utf-8")
    for new, id in sorted(zip(after, before, strict=True), reverse=True):  # "…~2" before "…"
        text = text.replace(f'"{new}"', f'"{id}"')
    path.write_text(text, "utf-8")
    with Store.open(old, store_authors=True) as store:
        (report,) = import_file(path, CONFIG, store, now=NOW).sources
    # An export quotes: of the long text it does not hold the whole, which the id was made of.
    assert report.new == 1
    assert not any(id[-40:].encode() in old.read_bytes() for id in before[:2] + before[3:5])


def test_no_name_can_be_tried_on_a_store_without_its_key(tmp_path: Path) -> None:
    review = "<li><p>Pohjanetti on hyvä</p><b>Aino Virtanen</b></li>"
    db = tmp_path / "arvio.db"
    with CrawlServer({"/": page(f'<html lang="fi"><ul>{review}</ul></html>')}) as server:
        text = source("lista", "pages", server.url(), item="li", text="p::text", author="b::text")
        config = config_text(text, db, server)
        for new in (1, 0):
            (report,) = crawl_in_process(config, db, now=NOW).report.sources
            assert (report.outcome, report.new) == ("ok", new)
    plain = named("", "Pohjanetti on hyvä", "Aino Virtanen", "")
    items = json.dumps([(plain, "", "Pohjanetti on hyvä")])
    (id,) = ids(db)
    assert id.startswith("keyed:")
    for guess in (plain[-40:], hashlib.sha256(items.encode()).hexdigest()[:32]):
        assert guess.encode() not in db.read_bytes()


def test_an_import_without_the_key_is_refused_before_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path) as store:
        import_file(opinions(tmp_path), CONFIG, store, now=NOW)
    (tmp_path / "arvio.db.key").unlink()
    with Store.open(path) as store, pytest.raises(StoreError, match="put the file back") as caught:
        import_file(opinions(tmp_path), CONFIG, store, now=NOW)
    assert caught.value.exit_code == 74
    assert rows(path, "SELECT count(*) FROM runs") == [(1,)]
