"""T37: `arvio import` reads back what `arvio export` wrote, in every format, exactly."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest

from crawler.config import parse_config
from crawler.imports import ImportReport
from crawler.run import import_file
from crawler.tables import Faults, read_table
from store.db import Filters, MentionRow, Store
from store.errors import UsageError
from store.export import export
from store.labels import add_labels
from tests.store_samples import clock, document, mention, mix, score_all

CONFIG = parse_config(b'[[brand]]\nname = "Nokia"\n[[brand]]\nname = "Elisa"\n', "arvio.toml", Path())
ENDINGS = [".csv", ".jsonl", ".xlsx", ".parquet"]
TEXTS = [
    "=1+1 Nokia",
    "'=Nokia",
    '+358 Nokia\r\nja "Elisa",\tsitten\rlopuksi;\'=1;"-2\n\n- ;-)',
    "  Nokia välilyönnein  ",
    "_x000D_ Nokia _x005F_",
    "\x07Nokia kilisee\x0b",
    "Nokia 👩\u200d🔧 Ի՞նչ և՛ սա՜ﬓ",
    "@Nokia",
    "－Nokia",
    "12",
]
# What is the receiving store's own: its numbers for rows, and what it has computed or configured itself.
OWN = {
    "mention_id",
    "cluster_id",
    "last_seen",
    "brand_group",
    "source_kind",
    "aspects",
    "cluster_size",
    "weight",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        opened.add_documents(
            [
                document(
                    at,
                    text,
                    author=f"Nimi {at % 3}",
                    title=f"=Otsikko {at}",
                    published_at=None if at % 4 == 0 else f"2026-0{1 + at % 9}-01T00:00:00Z",
                    date_precision="month",
                    rating=4.5 if at % 5 == 1 else None,
                    source=f"=lähde {at % 2}",
                    mentions=(
                        mention(
                            text, "Nokia", spans=((0, 2),), alias="Nokia Oyj", relevance=0.75, context="-x"
                        ),
                        mention(text, "Elisa", spans=(), language="hy-Latn", lookalike=True),
                    ),
                )
                for at, text in enumerate(TEXTS)
            ]
        )
        score_all(opened, mix(8, 4, 8))
        add_labels(opened, [(1, "neutral")])
        yield opened


def comparable(store: Store, *, but: set[str]) -> list[tuple[object, ...]]:
    names = [each.name for each in fields(MentionRow) if each.name not in but]
    rows = [tuple(getattr(row, name) for name in names) for row in store.mentions()]
    return sorted(rows, key=repr)


def needs_package(ending: str) -> None:
    for name in {".xlsx": ("xlsxwriter", "openpyxl"), ".parquet": ("pyarrow",)}.get(ending, ()):
        pytest.importorskip(name, reason=f"{name} is not installed")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("raw", [False, True])
def test_t37_a_new_store_gets_the_same_mentions(store: Store, tmp_path: Path, ending: str, raw: bool) -> None:
    needs_package(ending)
    path = tmp_path / f"out{ending}"
    assert export(store, path, raw=raw) == 2 * len(TEXTS)
    with Store.open(tmp_path / "other.db") as other:
        report = import_file(path, CONFIG, other)
        assert [each.mentions for each in report.sources] == [2 * len(TEXTS)]
        assert report.sources[0].errors == 0
        score_all(other, mix(8, 4, 8))
        unread = {"negative", "neutral", "positive", "label", "label_from"}
        assert comparable(other, but=OWN | unread) == comparable(store, but=OWN | unread)
        labelled = [row for row in other.mentions() if row.label_from == "person"]
        assert [(row.passage, row.brand, row.label) for row in labelled] == [(TEXTS[0], "Nokia", "neutral")]


@pytest.mark.parametrize("ending", ENDINGS)
def test_t37_the_store_that_wrote_it_gets_nothing_new(store: Store, tmp_path: Path, ending: str) -> None:
    needs_package(ending)
    path = tmp_path / f"out{ending}"
    export(store, path, Filters(brand="Elisa"))
    before = list(store.mentions())
    assert [each.mentions for each in import_file(path, CONFIG, store).sources] == [0]
    assert list(store.mentions()) == before


def test_t33_an_old_export_does_not_bring_a_forgotten_author_back(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    export(store, path)
    assert store.forget(author="Nimi 1").documents == 3
    report = import_file(path, CONFIG, store)
    assert [each.mentions for each in report.sources] == [0]
    assert "3 documents left out: forgotten" in report.lines[0]
    (counted,) = report.sources
    assert isinstance(counted, ImportReport)
    counts = (counted.rows, counted.new, counted.known, counted.forgotten, counted.errors)
    assert counts == (2 * len(TEXTS), 0, 2 * len(TEXTS) - 6, 6, 0)


def test_rows_that_were_made_impossible_are_left_out_and_named(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(store, path)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('"spans": [[0, 2]]', '"spans": [[0, 2000]]', 1).replace(
            '"brand": "Elisa"', '"brand": "X"', 1
        ),
        encoding="utf-8",
    )
    with Store.open(tmp_path / "other.db") as other:
        (report,) = import_file(path, CONFIG, other).sources
    assert report.mentions == 2 * len(TEXTS) - 2
    assert report.errors == 2
    assert "line 1: spans lie outside the text" in report.reason


@pytest.mark.parametrize("ending", [".xlsx", ".parquet"])
def test_a_file_that_only_claims_to_be_a_table_is_refused(tmp_path: Path, ending: str) -> None:
    needs_package(ending)
    path = tmp_path / f"fake{ending}"
    for body in (b"", b"text\nNokia\n", b"PK\x03\x04rubbish", b"PAR1PAR1"):
        path.write_bytes(body)
        with (
            pytest.raises(UsageError, match=f"fake{ending}: is no") as caught,
            Store.open(tmp_path / "a.db") as db,
        ):
            import_file(path, CONFIG, db)
        assert "\n" not in str(caught.value)


def test_a_damaged_workbook_is_refused_in_one_line(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
        sheet = book.getinfo("xl/worksheets/sheet1.xml")
    data = sheet.header_offset + 30 + len(sheet.filename)
    entry = whole.index(b"PK\x01\x02", whole.rindex(sheet.filename.encode()) - 60)
    broken = {
        "zlib.error": whole[:data] + b"\xff" * sheet.compress_size + whole[data + sheet.compress_size :],
        "encrypted": whole[: entry + 8] + b"\x01" + whole[entry + 9 :],
        "a method that is not known": whole[: entry + 10] + b"\x63" + whole[entry + 11 :],
    }
    members["docProps/core.xml"] = re.sub(rb"\d{4}-", b"soon-", members["docProps/core.xml"])
    with zipfile.ZipFile(path, "w") as book:
        for name, content in members.items():
            book.writestr(name, content)
    broken["several lines"] = path.read_bytes()
    for content in broken.values():
        path.write_bytes(content)
        with pytest.raises(
            UsageError, match=r"a\.xlsx: is no workbook that can be read \(.+\); save"
        ) as caught:
            read_table(path, Faults())
        assert "\n" not in str(caught.value)


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["Nokia"])
    book.save(path)
    with zipfile.ZipFile(path) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, content in members.items():
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"Nokia", b"Nokia".ljust(100_000_000, b"a"))
            bomb.writestr(name, content)
    with pytest.raises(UsageError, match=r"a\.xlsx: .+ unpacks from \d+,\d+ bytes to 100,\d+,\d+\); save"):
        read_table(path, Faults())


def test_a_parquet_time_that_python_cannot_hold_is_refused_in_one_line(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    import pyarrow

    far = pyarrow.array([2**62], pyarrow.timestamp("us"))
    parquet.write_table(pyarrow.table({"text": ["Nokia"], "date": far}), tmp_path / "far.parquet")
    with pytest.raises(UsageError, match=r"far\.parquet: is no Parquet file that can be read"):
        read_table(tmp_path / "far.parquet", Faults())


def test_a_workbook_of_another_program_is_read(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.Workbook()
    for row in (
        ("Arvostelu", "Tähdet", None),
        ("Nokia toimii", 4, "x"),
        (None, None, None),
        ("Elisa ei", 1.5, 2),
    ):
        book.active.append(row)
    book.active["A1"] = "review"
    book.save(tmp_path / "arvostelut.xlsx")
    with Store.open(tmp_path / "a.db") as db:
        (report,) = import_file(tmp_path / "arvostelut.xlsx", CONFIG, db).sources
        assert sorted((row.brand, row.rating) for row in db.mentions()) == [("Elisa", 1.5), ("Nokia", 4.0)]
    assert report.errors == 1


@pytest.mark.parametrize("shown", ["yyyy-mm-dd", "d.m.yyyy", "yyyy-mm-dd hh:mm:ss"])
def test_a_date_in_a_workbook_keeps_its_calendar_day(tmp_path: Path, shown: str) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.Workbook()
    book.active.append(("text", "date", "language"))
    for language in ("fi", "hy"):
        book.active.append((f"Nokia {language}", datetime(2025, 6, 1), language))
        book.active.append((f"Nokia {language} illalla", datetime(2025, 6, 1, 22, 30), language))
    for row in book.active.iter_rows(min_row=2):
        row[1].number_format = shown
    book.save(tmp_path / "dates.xlsx")
    with Store.open(tmp_path / "a.db") as db:
        import_file(tmp_path / "dates.xlsx", CONFIG, db)
        found = {row.passage: (row.published_at, row.date_precision) for row in db.mentions()}
    assert found == {
        "Nokia fi": ("2025-06-01T00:00:00Z", "day"),
        "Nokia hy": ("2025-06-01T00:00:00Z", "day"),
        "Nokia fi illalla": ("2025-06-01T19:30:00Z", "second"),
        "Nokia hy illalla": ("2025-06-01T18:30:00Z", "second"),
    }
