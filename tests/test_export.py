"""Exports: T37 formulas made harmless, exact on the way back, whole or not at all."""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db import Filters, Store
from store.errors import OutputError
from store.export import COLUMNS, export, guarded, restored
from tests.store_samples import clock, document, filled, mix

ROOT = Path(__file__).parents[1]
DANGEROUS = ["=1+1", "+358", "-5", "@SUM(A1)", "\tx", "\rx", "＝1+1", "'=1", "''@x", "\nx"]
SPLIT = [
    "hyvä;=1+cmd|' /C calc'!A0",
    'a;"=1"',
    'a,b;""@x',
    "a\n\n+1",
    "a\r\n-1",
    "a\t＝1",
    ";'=1",
    "ok;-)",
    "\n=1",
    "=a;=b",
]
HARMLESS = ["hyvä", "'lainaus'", "", "5 - 3", "Նոկիա"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        opened.add_documents(
            [document(at, text) for at, text in enumerate([*DANGEROUS, 'a,b\r\n"c"', "hyvä"])]
        )
        yield opened


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_t37_text_that_a_sheet_would_calculate_gets_an_apostrophe(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert export(store, path) == 12
    texts = [row["text"] for row in read(path)]
    assert texts[:10] == ["'" + text for text in DANGEROUS]
    assert [restored(text) for text in texts] == [
        row.passage for row in store.mentions(Filters(newest_first=False))
    ]
    export(store, path, raw=True)
    assert [row["text"] for row in read(path)][:10] == DANGEROUS


@pytest.mark.parametrize("separator", ",;\t")
def test_t37_no_separator_makes_a_cell_that_a_sheet_would_calculate(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "out.csv"
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        store.add_documents([document(at, text, author="=a;=b") for at, text in enumerate(SPLIT)])
        export(store, path)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=separator) for cell in row]
    assert [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))] == []
    if separator == ",":
        assert [restored(row["text"]) for row in read(path)] == SPLIT


@given(
    st.one_of(
        st.text(max_size=20),
        st.text("a'\"=-＝;,\t\r\n", max_size=9),
        st.sampled_from(DANGEROUS + SPLIT + HARMLESS),
    )
)
def test_t37_guarding_is_undone_exactly(text: str) -> None:
    shown = guarded(text)
    assert isinstance(shown, str)
    assert restored(shown) == text
    assert not shown.startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_t37_json_is_untouched_and_numbers_are_numbers(store: Store, tmp_path: Path) -> None:
    filled(store, mix(1, 0, 0), start=900, rating=-1.0, rating_worst=-2.0, rating_best=2.0)
    path = tmp_path / "out.jsonl"
    export(store, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert tuple(rows[0]) == COLUMNS
    assert [row["text"] for row in rows][:10] == DANGEROUS
    assert isinstance(rows[0]["mention_id"], int) and isinstance(rows[-1]["rating"], float)


def test_t37_a_workbook_holds_text_not_formulas(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")
    import zipfile

    path = tmp_path / "out.xlsx"
    assert export(store, path) == 12
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "&#39;=1+1" in sheet or "'=1+1" in sheet


def test_parquet_reads_back_exactly(store: Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = tmp_path / "out.parquet"
    assert export(store, path) == 12
    rows = parquet.read_table(path).to_pylist()
    assert [row["text"] for row in rows] == [
        row.passage for row in store.mentions(Filters(newest_first=False))
    ]


def test_filters_apply(store: Store, tmp_path: Path) -> None:
    assert export(store, tmp_path / "out.csv", Filters(search="hyvä")) == 1
    assert export(store, tmp_path / "out.csv", Filters(brand="Elisa")) == 0
    assert export(store, tmp_path / "out.csv", Filters(limit=2)) == 2


def test_a_failure_leaves_the_previous_export(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    export(store, path)
    before = path.read_bytes()

    def fail(*arguments: object) -> Iterator[object]:
        yield next(cells)
        raise OSError(28, "No space left on device")

    cells = store.mention_cells()
    monkeypatch.setattr(Store, "mention_cells", fail)
    with pytest.raises(
        OutputError, match=r"out\.csv: cannot be written \(No space left on device\)"
    ) as raised:
        export(store, path)
    assert raised.value.exit_code == 73
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


@pytest.mark.skipif(os.name == "nt", reason="links and permissions are POSIX's")
@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet"])
def test_an_export_goes_where_a_link_leads_and_stays_as_private_as_the_last(
    store: Store, tmp_path: Path, ending: str
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    link, target = tmp_path / f"latest.{ending}", shared / f"mentions.{ending}"
    link.symlink_to(Path("shared") / target.name)
    export(store, link)
    assert link.is_symlink()
    first = target.read_bytes()
    target.write_text("old")
    target.chmod(0o600)
    export(store, link)
    assert (target.stat().st_mode & 0o777, len(target.read_bytes())) == (0o600, len(first))
    assert list(shared.iterdir()) == [target]


@pytest.mark.parametrize(
    ("ending", "package", "rows"),
    [("xlsx", "xlsxwriter", 1), ("xlsx", "xlsxwriter", 300), ("parquet", "pyarrow", 1)],
    ids=["when it is closed", "among the rows", "Parquet"],
)
def test_t27_a_workbook_on_a_full_disk_is_one_line_and_leaves_the_previous_one(
    store: Store, tmp_path: Path, ending: str, package: str, rows: int
) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed")
    filled(store, mix(rows, 0, 0), brand="Elisa")
    path, temporary = tmp_path / f"out.{ending}", tmp_path / "temporary"
    path.write_bytes(b"the previous one")
    temporary.mkdir()
    limit = 4 * 1024
    done = subprocess.run(
        [sys.executable, "-m", "cli", "export", str(path), "--brand", "Elisa", "--db", str(store.path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        check=False,
    )
    message = f"arvio: {path}: cannot be written (File too large); give another path or free space\n"
    assert (done.returncode, done.stderr) == (73, message)
    assert path.read_bytes() == b"the previous one"
    assert list(temporary.iterdir()) == []
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


def test_a_workbook_needs_no_room_on_another_disk_than_its_own(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")
    filled(store, mix(3, 0, 0))
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    export(store, folder / "out.xlsx")
    assert [each.name for each in folder.iterdir()] == ["out.xlsx"]


def test_unwritable_and_unknown_paths_are_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        export(store, tmp_path / "none" / "out.csv")
    with pytest.raises(OutputError, match=r"end the name with \.csv"):
        export(store, tmp_path / "out.doc")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        export(store, tmp_path / "folder.csv")


@pytest.mark.parametrize(("ending", "module"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow")])
def test_a_missing_extra_is_said_without_the_name_of_a_temporary_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # how Python itself remembers what cannot be imported
    with pytest.raises(OutputError, match=rf"install arvio\[{ending}\]") as refusal:
        export(store, tmp_path / f"out.{ending}")
    assert ".part" not in str(refusal.value)
