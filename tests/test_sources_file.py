"""Kind file and `import_file`: CSV and JSON Lines of other services."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import parse_config
from crawler.run import import_file
from crawler.tables import read_table
from store.db import Store
from store.errors import UsageError
from tests.crawl_server import BRANDS, config_text, crawl_in_process, rows, source

SAMPLES = Path(__file__).parent / "samples" / "file"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CONFIG = parse_config(BRANDS.encode(), "arvio.toml", Path())


def test_an_import_keeps_each_opinion_and_is_idempotent(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with Store.open(db) as store:
        first = import_file(SAMPLES / "arvostelut.csv", CONFIG, store, now=NOW)
        second = import_file(SAMPLES / "arvostelut.csv", CONFIG, store, now=NOW)
    assert [each.mentions for each in first.sources] == [5]
    assert [each.mentions for each in second.sources] == [0]
    assert first.exit_code == second.exit_code == 0
    assert "brand 'Tuntematon Oy' is not configured" in first.lines[0]
    stored = rows(
        db,
        "SELECT s.name, d.text, d.rating, d.published_at, d.url FROM documents d "
        "JOIN sources s ON s.id = d.source_id ORDER BY d.id",
    )  # fmt: skip
    assert stored == [
        ("kysely", "Hyvä!", 5.0, "2026-11-01T00:00:00Z", ""),
        ("kysely", "Hyvä!", 5.0, "2026-11-01T00:00:00Z", ""),
        ("kysely", "Hyvä!", 4.5, None, ""),
        ("kysely", "Hyvä!", 4.5, None, ""),
        ("facebook", 'Pohjanetin "nopea" netti, hah; maksan 40 € tyhjästä', None, "2026-11-03T10:30:00Z",
         "https://fb.example/p/1?fbclid=abc"),
    ]  # fmt: skip
    assert rows(db, "SELECT count(DISTINCT cluster_id), count(*) FROM mentions") == [(5, 5)]


def test_json_lines_and_the_file_kind_of_source(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    text = config_text(source("kirje", "file", path=str(SAMPLES / "karciqner.jsonl"), about="Արարկապ"), db)
    crawl = crawl_in_process(text, db, now=NOW)
    assert crawl.report.exit_code == 0
    assert rows(db, "SELECT text, published_at, rating FROM documents ORDER BY id") == [
        ("Արարկապի սպասարկումը գերազանց էր։", "2026-11-04T06:00:00Z", 5.0),
        ("Ararkapic goh chem", None, None),
    ]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("header.csv", b"text,author\n", "has no rows"),
        ("wrong.csv", b"otsake,kirjoittaja\na,b\n", 'no column "text"'),
        ("wrong.jsonl", b'{"otsake": "a"}\n', 'no line has a "text"'),
    ],
)
def test_an_unusable_file_is_refused_in_one_line(
    tmp_path: Path, name: str, body: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(UsageError, match=said) as caught, Store.open(tmp_path / "arvio.db") as store:
        import_file(path, CONFIG, store)
    assert "\n" not in str(caught.value)


def test_t17_encodings_and_a_spreadsheet_safe_export_are_read(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("text;author\n'=Pohjanetti pätkii;Väinö\n'Ei;''-)\n".encode("iso-8859-15"))
    table = read_table(path)
    assert [(row.text, row.author) for row in table.rows] == [("=Pohjanetti pätkii", "Väinö"), ("'Ei", "'-)")]
