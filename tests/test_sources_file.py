"""Kind file and `import_file`: CSV and JSON Lines of other services."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import parse_config
from crawler.health import SourceReport
from crawler.imports import BATCH, ImportReport
from crawler.run import import_file
from crawler.tables import MAX_FIELD, MAX_LISTED, Fault, Faults, read_table
from store.db import Store
from store.errors import UsageError
from tests.crawl_server import BRANDS, config_text, crawl_in_process, rows, source

ROOT = Path(__file__).parent.parent
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


def test_a_file_of_the_configuration_says_what_an_import_says(tmp_path: Path) -> None:
    file = tmp_path / "arvostelut.csv"
    file.write_text("text,published_at,rating,tähdet\nPohjanetti on hyvä,joskus,9,5\n", encoding="utf-8")
    db = tmp_path / "arvio.db"
    config = tmp_path / "arvio.toml"
    config.write_text(config_text(source("kysely", "file", path=str(file)), db), encoding="utf-8")
    with Store.open(tmp_path / "other.db") as store:
        (imported,) = import_file(file, CONFIG, store, now=NOW).sources
    done = subprocess.run(
        [sys.executable, "-m", "cli", "crawl"],
        capture_output=True, encoding="utf-8", cwd=tmp_path, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(imported.notes) == 3
    assert [line for line in done.stderr.splitlines() if line.startswith("arvio: ")] == [
        f"arvio: kysely: {note}" for note in imported.notes
    ]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("header.csv", b"text,author\n", "has no rows"),
        ("wrong.csv", b"otsake,kirjoittaja\na,b\n", 'no column "text"'),
        ("array.json", b'[{"text": "a"}]', "is a JSON array; write one object a line"),
        ("array.jsonl", b'\n[\r\n {"text": "a"}\n]\n', "is a JSON array; write one object a line"),
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
    with read_table(path, Faults()) as table:
        found = [(row.text, row.author) for row in table.rows(Faults())]
        assert not table.doubt
    assert found == [("=Pohjanetti pätkii", "Väinö"), ("'Ei", "'-)")]


def test_t17_what_the_encoding_cannot_say_puts_its_own_row_in_doubt(tmp_path: Path) -> None:
    """The rest of a file too long to be looked at whole keeps its good name."""
    good = f"Pohjanetti pätkii aina,{'ä' * 2_000}\n".encode("cp1252") * 200
    (tmp_path / "latin.csv").write_bytes(b"text,notes\n" + good + b"Pohjanetti p\x81tkii,\n")
    db = tmp_path / "arvio.db"
    with Store.open(db) as store:
        import_file(tmp_path / "latin.csv", CONFIG, store, now=NOW)
    assert rows(db, "SELECT text, count(*) FROM documents WHERE encoding_doubt GROUP BY 1") == [
        ("Pohjanetti p\ufffdtkii", 1)
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1251", "armscii-8"])
def test_t17_a_long_file_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Արարկապը լավն է" if encoding == "armscii-8" else "Араркап мне очень нравится"
    path = tmp_path / "long.csv"
    path.write_bytes(("text,author\n" + f"ok,{'x' * 999}\n" * 300 + f"{text},y\n" * 3).encode(encoding))
    with read_table(path, Faults()) as table:
        assert [row.text for row in table.rows(Faults()) if row.author == "y"] == [text] * 3


def test_a_row_that_cannot_be_read_is_named_and_the_others_come_in(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "text,brand\n" + "x" * (MAX_FIELD + 1) + ",Pohjanetti\nHyvä,Pohjanetti\n,Pohjanetti\n",
        encoding="utf-8",
    )
    with Store.open(tmp_path / "arvio.db") as store:
        (report,) = import_file(tmp_path / "a.csv", CONFIG, store, now=NOW).sources
    assert (report.mentions, report.errors) == (1, 2)
    assert "line 2: cannot be read" in report.reason


def imported(tmp_path: Path, name: str, text: str) -> SourceReport:
    """The report of importing `text` as the file `name`."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    with Store.open(tmp_path / "arvio.db") as store:
        (report,) = import_file(tmp_path / name, CONFIG, store, now=NOW).sources
    return report


def test_a_row_with_more_cells_than_columns_is_left_out_whole(tmp_path: Path) -> None:
    text = (
        "text,rating\n\nPohjanetti on kallis, mutta silti loistava,5\nPohjanetti on hyvä,5,,\nPohjanetti ei\n"
    )
    report = imported(tmp_path, "a.csv", text)
    assert (report.mentions, report.errors) == (2, 1)
    assert (
        "line 3: has 3 cells where the header has 2; put quotes around a text that holds ','" in report.reason
    )
    stored = rows(tmp_path / "arvio.db", "SELECT text, rating FROM documents ORDER BY id")
    assert stored == [("Pohjanetti on hyvä", 5.0), ("Pohjanetti ei", None)]


@pytest.mark.parametrize(
    "last", ["Pohjanetti ei 8,y\n", '"Pohjanetti, ei 8",y\n', '"Pohjanetti, ei 8",y\nPohjanetti 9,z\n']
)
def test_a_quote_that_is_not_closed_swallows_no_row_without_a_word(tmp_path: Path, last: str) -> None:
    stray = "".join(f"Pohjanetti {at},x\n" for at in range(3, 8))
    text = f'text,author\n"Pohjanetti 1\non ""hyvä""\n",x\n"Pohjanetti 2,x\n{stray}{last}'
    report = imported(tmp_path, "a.csv", text)
    assert (report.mentions, report.errors) == (1 + last.count("9"), 7)
    assert "line 5: opens a quote that is not closed" in report.reason
    (first, *_) = rows(tmp_path / "arvio.db", "SELECT text FROM documents ORDER BY id")
    assert first == ('Pohjanetti 1\non "hyvä"',)


@pytest.mark.parametrize(
    ("text", "mentions", "errors"),
    [
        ('text\n"Pohjanetti huono" paikka\nPohjanetti "hyvä" paikka\n', 2, 0),
        ('text\nPohjanetti ei\n"Pohjanetti on', 1, 1),
        ('text\nPohjanetti ei\n"Pohjanetti on"', 2, 0),
    ],
)
def test_quotes_within_a_line_are_forgiven_unless_the_file_ends_in_them(
    tmp_path: Path, text: str, mentions: int, errors: int
) -> None:
    report = imported(tmp_path, "a.csv", text)
    assert (report.mentions, report.errors) == (mentions, errors)


def test_a_header_whose_quote_is_not_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2 opens a quote that is not closed"):
        imported(tmp_path, "a.csv", '\n"text,author\nPohjanetti on hyvä,x\n')


def test_rows_without_a_readable_date_and_unused_columns_are_said(tmp_path: Path) -> None:
    text = "Teksti,Pvm,,date\nPohjanetti on hyvä,1.10.2026,x,1.10.2026\nPohjanetti ei,2.10.2026,,eilinen\n"
    assert imported(tmp_path, "a.csv", text).notes == (
        "1 row has no readable date and counts as of today, the first in line 3",
        "columns not used: Pvm",
    )
    columns = ",".join(f"k{at}" for at in range(10))
    assert imported(tmp_path, "b.csv", f"text,{columns}\nPohjanetti ei\nPohjanetti on\n").notes == (
        "2 rows have no readable date and count as of today, the first in line 2",
        "columns not used: k0, k1, k2, k3, k4, k5, k6, k7 and 2 more",
    )
    assert imported(tmp_path, "c.jsonl", '{"text": "Pohjanetti ei", "date": "2026-10-01"}\n').notes == ()


def test_ratings_on_another_scale_are_rescaled_and_those_on_none_are_said(tmp_path: Path) -> None:
    given = ["4", "4,5", "5 tähteä", "4/5", "4 / 10", "10/10", "0/10", "50/100",
             "10", "0", "-3", "80 %", "11/10", "1/1", "4/5/2026", "hyvä", "", "4.333333333333333"]  # fmt: skip
    lines = [json.dumps({"text": f"Pohjanetti {at}", "rating": each}) for at, each in enumerate(given)]
    report = imported(tmp_path, "a.jsonl", "\n".join(lines))
    assert report.notes[-1] == (
        "8 ratings are not on 1-5 and were ignored, the first in line 9; write another scale as 8/10"
    )
    stored = [rating for (rating,) in rows(tmp_path / "arvio.db", "SELECT rating FROM documents ORDER BY id")]
    tens = [1 + 4 * (4 - 1) / 9, 5, 1, 1 + 4 * (50 - 1) / 99]
    assert stored == [pytest.approx(each) for each in [4, 4.5, 5, 4, *tens]] + [None] * 9 + [
        pytest.approx(4 + 1 / 3)
    ]


@pytest.mark.parametrize(
    ("name", "faults", "text"),
    [
        (
            "a.csv",
            [4, 5, 6],
            "text,brand\nPohjanetti ei,\nHyvä,\nHyvä,Muu\n,Pohjanetti\nPohjanetti, on,x\nHyvä,Pohjanetti\n",
        ),
        (
            "a.jsonl",
            [3, 4, 5],
            '{"text": "Pohjanetti ei"}\n{"text": "Hyvä"}\n{"text": "Hyvä", "brand": "Muu"}\n{"text": ""}\n'
            '{not JSON\n{"text": "Hyvä", "brand": "Pohjanetti"}\n',
        ),
    ],
)
def test_each_row_is_counted_once(tmp_path: Path, name: str, faults: list[int], text: str) -> None:
    for new, known, said in ((2, 0, ""), (0, 2, "; 2 known before")):
        report = imported(tmp_path, name, text)
        assert isinstance(report, ImportReport)
        assert (report.rows, report.new, report.known) == (6, new, known)
        assert (report.without_brand, report.errors) == (1, 3)
        assert report.reason.startswith(
            f"{new} new mentions in 6 rows{said}; 1 without a brand; 3 left out (line "
        )
        assert sorted(each.line for each in report.faults) == faults


def test_only_the_first_faults_are_listed(tmp_path: Path) -> None:
    report = imported(tmp_path, "a.jsonl", '{"text": "Pohjanetti ei"}\n' + "x\n" * 2 * MAX_LISTED)
    assert isinstance(report, ImportReport)
    assert (report.rows, report.errors) == (2 * MAX_LISTED + 1, 2 * MAX_LISTED)
    assert report.faults == tuple(Fault(at, "is no JSON object") for at in range(2, MAX_LISTED + 2))


@pytest.mark.parametrize("url", ["http://[bad", "https://elisa.fi]/", "http://\ud800/\ud800"])
def test_a_row_whose_address_is_none_comes_in_without_one(tmp_path: Path, url: str) -> None:
    row = {"text": "Pohjanetti on hyvä", "url": url}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + '\n{"text": "Pohjanetti ei"}\n', encoding="utf-8")
    db = tmp_path / "arvio.db"
    with Store.open(db) as store:
        for mentions in (2, 0):
            (report,) = import_file(tmp_path / "a.jsonl", CONFIG, store, now=NOW).sources
            assert (report.mentions, report.errors) == (mentions, 0)
    assert all(id.startswith("sha256:") for (id,) in rows(db, "SELECT canonical_id FROM documents"))


def test_what_comes_through_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "reviews"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("text,brand\nHyvä,Pohjanetti\n", "utf-8"))
    writer.start()
    with Store.open(tmp_path / "arvio.db") as store:
        (report,) = import_file(pipe, CONFIG, store, now=NOW).sources
    writer.join()
    assert report.mentions == 1


def test_t26_an_import_stopped_by_ctrl_c_goes_on_when_it_is_run_again(tmp_path: Path) -> None:
    count = 4 * BATCH
    lines = "".join(f"Hyvä {at},Pohjanetti\n" for at in range(count))
    (tmp_path / "many.csv").write_text(f"text,brand\n{lines}", encoding="utf-8")
    (tmp_path / "arvio.toml").write_text(BRANDS, encoding="utf-8")
    db = tmp_path / "arvio.db"
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "import", "many.csv"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        # A background job of a shell inherits that it ignores the interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        while process.poll() is None and not stored(db):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.startswith("arvio: interrupted; what was stored is kept")
    assert rows(db, "SELECT exit_code FROM runs") == [(130,)]
    before = stored(db)
    assert 0 < before < count and before % BATCH == 0
    with Store.open(db) as store:
        (report,) = import_file(tmp_path / "many.csv", CONFIG, store, now=NOW).sources
    assert report.mentions == count - before
    assert rows(db, "SELECT count(*), count(DISTINCT text) FROM documents") == [(count, count)]


def stored(db: Path) -> int:
    """How many mentions the store has; 0 before there is one."""
    try:
        return int(rows(db, "SELECT count(*) FROM mentions")[0][0])
    except sqlite3.OperationalError:
        return 0
