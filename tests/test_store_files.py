"""The file itself: what is refused, that a refusal changes nothing, and that nothing is half-done."""

import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest

from store import connection, schema
from store.db import Store
from store.errors import StoreBusyError, StoreError
from store.published import update_index
from store.schema import Migration
from tests.store_samples import BARE, NOW, STORY, clock, document, score_all

ROOT = Path(__file__).parent.parent


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with something in it."""
    path = tmp_path / "arvio.db"
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(each, f"Nokia {each} " + "sana " * 60) for each in range(200)])
    return path


def test_t34_a_writer_has_the_safe_settings(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db") as store, store.reading() as database:
        found = {
            name: database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "synchronous",
                "journal_mode",
                "busy_timeout",
                "foreign_keys",
                "secure_delete",
                "trusted_schema",
            )
        }
    assert found == {
        "synchronous": 2,
        "journal_mode": "wal",
        "busy_timeout": 10_000,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
    }


def test_t29_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a directory"):
        Store.open(tmp_path)


def test_t29_a_missing_folder_and_a_missing_store_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder does not exist"):
        Store.open(tmp_path / "none" / "arvio.db")
    with pytest.raises(StoreError, match="no store here yet"):
        Store.open(tmp_path / "arvio.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [False, True])
def test_t29_what_is_not_a_database_is_refused_unchanged(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Ostoslista: maitoa, leipää\n" * 40, encoding="utf-8")
    before = digest(path)
    with pytest.raises(StoreError, match="not an SQLite database"):
        Store.open(path, read_only=read_only)
    assert digest(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_t29_another_programs_database_is_refused_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (id)")
    other.close()
    before = digest(path)
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert digest(path) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_t29_a_damaged_page_is_refused_unchanged(path: Path, read_only: bool) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4096 // 2 * 4096)
        file.write(random.Random(1).randbytes(4096))
    before = digest(path)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path, read_only=read_only)
    assert digest(path) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_t29_t30_a_newer_schema_is_refused_unchanged(path: Path, read_only: bool) -> None:
    with sqlite3.connect(path) as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES "
            "('arvio', '9999_from_the_future', '')"
        )
    database.close()
    before = digest(path)
    with pytest.raises(StoreError, match=r"newer Arvio .*9999_from_the_future"):
        Store.open(path, read_only=read_only)
    assert digest(path) == before


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can run a test as somebody else"
)
def test_t29_a_read_only_file_is_refused_for_writing_and_readable(path: Path) -> None:
    path.chmod(0o444)
    for folder in [path.parent, *path.parents]:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    before = digest(path)
    with pytest.raises(StoreError, match="read-only"):
        os.seteuid(65534)
        try:
            Store.open(path)
        finally:
            os.seteuid(0)
    os.seteuid(65534)
    try:
        with Store.open(path, read_only=True) as store:
            assert store.count_mentions() == 200
    finally:
        os.seteuid(0)
    assert digest(path) == before


def test_a_read_only_store_cannot_be_written(path: Path) -> None:
    before = digest(path)
    with Store.open(path, read_only=True) as store, pytest.raises(StoreError, match="read-only"):
        store.start_run("crawl")
    assert digest(path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_folder_whose_name_is_no_text_holds_a_store_like_any_other(tmp_path: Path) -> None:
    # As a locale without UTF-8 sees the folder päivät, and any locale one that was named in Latin-1.
    folder = tmp_path / os.fsdecode(b"p\xe4iv\xe4t 100%?")
    folder.mkdir()
    path = folder / "arvio.db"
    for number in (1, 2):
        with Store.open(path, clock=clock) as store, store.reading() as database:
            store.add_documents([document(number, "Nokia on hyvä")])
            connection._back_up(database, path, schema.MIGRATIONS[0].name)
    (backup,) = connection.backups(path)
    for each in (path, backup):
        with Store.open(each, read_only=True) as store:
            assert store.count_mentions() == 2


def test_t30_a_backup_is_made_first_and_a_killed_migration_leaves_the_old_schema(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Migration("0002_more", ("CREATE TABLE more (id)", "INSERT INTO more VALUES (1)", "nonsense"))
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, second))
    monkeypatch.setattr(schema.migrate, "__defaults__", (schema.MIGRATIONS,))
    monkeypatch.setattr(schema.pending, "__defaults__", (schema.MIGRATIONS,))
    monkeypatch.setattr(schema.is_newer, "__defaults__", (schema.MIGRATIONS,))
    with pytest.raises(StoreError):
        Store.open(path)
    monkeypatch.undo()
    with Store.open(path) as store, store.reading() as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
        assert store.count_mentions() == 200
    (backup,) = connection.backups(path)
    with Store.open(backup, read_only=True) as store:
        assert store.count_mentions() == 200


def test_t30_a_migration_killed_midway_is_as_if_it_had_never_begun(path: Path) -> None:
    code = """
        import os, signal, sys
        from store import connection, schema
        from store.schema import Migration
        more = (*schema.MIGRATIONS, Migration("0002_more", ("CREATE TABLE more (id)", "SELECT die()")))
        for each in (schema.migrate, schema.pending, schema.is_newer):
            each.__defaults__ = (more,)
        settle = connection._settle
        def deadly(database):
            settle(database)
            database.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        connection._settle = deadly
        connection.open_connection(__import__("pathlib").Path(sys.argv[1]), read_only=False)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with Store.open(path) as store, store.reading() as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
        assert store.check() == []
        assert store.count_mentions() == 200


def test_t30_a_store_without_sums_by_month_is_upgraded_and_computed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(path: Path) -> None:
        with Store.open(path, clock=clock) as store:
            store.add_documents([document(each, f"Nokia {each}") for each in range(60)])
            score_all(store, ["positive", "negative", "neutral"])

    def rows(path: Path) -> list[object]:
        with Store.open(path, clock=clock) as store:
            update_index(store, now=NOW)
            with store.reading() as database:
                return database.execute("SELECT * FROM satisfaction_index").fetchall()

    old, new = tmp_path / "old.db", tmp_path / "new.db"
    for each in (schema.migrate, schema.pending, schema.is_newer):
        monkeypatch.setattr(each, "__defaults__", (schema.MIGRATIONS[:2],))
    fill(old)
    with Store.open(old) as store, store.transaction() as database:
        # As the last update of that version left it: nothing is due.
        database.execute("INSERT INTO settings VALUES ('index_now', '2026-11-22'), ('index_rates', 'digest')")
        database.execute("DELETE FROM stale_rows")
    monkeypatch.undo()
    fill(new)
    found = rows(old)
    assert found == rows(new)
    assert len(found) == 5
    assert [each.name for each in connection.backups(old)] == ["old.db.0002_alert_deliveries.bak"]


def test_t30_references_of_an_older_store_name_their_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "arvio.db"
    references = 'SELECT t.name, k."table", k."to" FROM sqlite_master t, pragma_foreign_key_list(t.name) k'
    with monkeypatch.context() as past:
        for each in (schema.migrate, schema.pending, schema.is_newer):
            past.setattr(each, "__defaults__", (schema.MIGRATIONS[:4],))
        with Store.open(path, clock=clock) as store:
            store.add_documents([document(each, f"Nokia {each}") for each in range(20)])
            score_all(store, ["positive", "negative"])
            with store.transaction() as database:
                database.execute("CREATE TABLE mine (id INTEGER PRIMARY KEY, of INTEGER REFERENCES mine)")
            rows = list(store.mentions())
    reader = sqlite3.connect(path)
    assert {to for _, _, to in reader.execute(references)} == {None}
    with closing(reader), Store.open(path, clock=clock) as store:
        with store.reading() as database:
            found = database.execute(references).fetchall()
            assert len(found) == 26
            assert {name for name, _, to in found if to != "id"} == {"mine"}
            assert database.execute("PRAGMA writable_schema").fetchone() == (0,)
        assert store.check() == []
        assert list(store.mentions()) == rows
        with pytest.raises(StoreError, match="FOREIGN KEY"), store.transaction() as database:
            database.execute("DELETE FROM documents WHERE id = 1")
            database.execute("DELETE FROM brands")
        # A process that had the store open reads the new text too.
        assert sorted(reader.execute(references)) == sorted(found)
    assert [each.name for each in connection.backups(path)] == ["arvio.db.0004_keyed_ids.bak"]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3")
def test_a_backup_is_made_every_night_whole_private_and_for_two_weeks(path: Path) -> None:
    folder = path.parent / "backups"
    with Store.open(path, clock=clock) as store:
        for count in (201, 202):  # the second time on the same day, too
            store.add_documents([document(count, author="Maija")])
            subprocess.run([ROOT / "examples" / "backup"], cwd=path.parent, check=True, timeout=30)
            made = sorted(folder.glob("*.db*"))
            assert [each.suffix for each in made] == [".db", ".key"]
            with Store.open(made[0]) as copy:
                assert (copy.count_mentions(), copy.check()) == (count, [])
                copy.check_key()
    assert {each.stat().st_mode & 0o777 for each in made} == {0o600}
    for each in made:
        os.utime(each.rename(folder / each.name.replace(each.name[:10], "2026-01-01")), (0, 0))
    subprocess.run([ROOT / "examples" / "backup"], cwd=path.parent, check=True, timeout=30)
    assert not list(folder.glob("2026-01-01*")) and len(list(folder.glob("*.db*"))) == 2


def test_t30_an_older_store_knows_its_near_copies_by_their_cluster(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(each, f"{STORY} Nokia {each}") for each in range(20)])
    bands = "SELECT brand_id, band, cluster_id, mention_id FROM near_duplicate_bands ORDER BY 1, 2, 3, 4"
    with closing(sqlite3.connect(path)) as database:
        known = database.execute(bands).fetchall()
        # As it was before: the same without the clusters.
        database.executescript(
            "CREATE TABLE old AS SELECT brand_id, band, mention_id FROM near_duplicate_bands; "
            "DROP TABLE near_duplicate_bands; CREATE TABLE near_duplicate_bands (brand_id INTEGER NOT NULL, "
            "band INTEGER NOT NULL, mention_id INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE, "
            "PRIMARY KEY (brand_id, band, mention_id)) WITHOUT ROWID; "
            "CREATE INDEX near_duplicate_bands_by_mention ON near_duplicate_bands (mention_id); "
            "INSERT INTO near_duplicate_bands SELECT * FROM old; DROP TABLE old; "
            "DELETE FROM _sqlite_migrations WHERE name = '0008_bands_by_cluster'"
        )
    with Store.open(path, clock=clock) as store:
        with store.reading() as database:
            assert database.execute(bands).fetchall() == known
        store.add_documents([document("new", f"{STORY} Nokia 99")])
        assert {row.cluster_size for row in store.mentions()} == {21}
        assert store.check() == []
    assert [each.name for each in connection.backups(path)] == ["arvio.db.0007_revised_authors.bak"]


def test_t27_a_full_disk_is_one_line_and_earlier_batches_stay(path: Path) -> None:
    with Store.open(path, clock=clock) as store:
        with store.reading() as database:
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            database.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreError, match=r"arvio\.db: the disk is full \(\d+ bytes free\)") as raised:
            store.add_documents([document(f"more{each}", "Nokia " + "sana " * 500) for each in range(100)])
        assert raised.value.exit_code == 74
        assert store.count_mentions() == 200
        assert store.check() == []


def test_t28_a_second_crawl_of_a_source_is_refused_with_the_holders_pid(path: Path) -> None:
    code = """
        import sys
        from store.db import Store
        with Store.open(sys.argv[1]) as store:
            store.start_source_run(store.start_run("crawl"), "foorumi")
            print("crawling", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "crawling\n"
        with Store.open(path) as store:
            run = store.start_run("crawl")
            with pytest.raises(StoreBusyError, match=f"process {process.pid};") as raised:
                store.start_source_run(run, "foorumi")
            assert raised.value.exit_code == 75
            store.start_source_run(run, "lehti")
            process.kill()
            process.wait()
            store.start_source_run(run, "foorumi")
            with store.reading() as database:
                outcomes = database.execute("SELECT outcome FROM source_runs ORDER BY id").fetchall()
            assert outcomes == [("interrupted",), (None,), (None,)]


def test_t28_a_crawl_that_died_in_another_container_keeps_no_source_busy(path: Path) -> None:
    with Store.open(path) as store:
        store.start_source_run(store.start_run("crawl"), "foorumi")
        with store.transaction() as database:
            database.execute("UPDATE source_runs SET pid = 1, process = 'another:1'")
    with Store.open(path) as store:
        store.start_source_run(store.start_run("crawl"), "foorumi")
        with store.reading() as database:
            outcomes = database.execute("SELECT outcome FROM source_runs ORDER BY id").fetchall()
    assert outcomes == [("interrupted",), (None,)]


def test_t28_a_writer_that_waits_too_long_says_that_the_store_is_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    with Store.open(path) as first, Store.open(path) as second, first.transaction():
        with pytest.raises(StoreBusyError, match="another process is writing") as raised:
            second.start_run("score")
        assert raised.value.exit_code == 75


WRITER = """
    import sys
    from store.db import Store
    from tests.store_samples import document, score_all, BARE, clock
    path, source, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with Store.open(path, clock=clock) as store:
        for start in range(first, last, 10):
            batch = range(start, start + 10)
            store.add_documents([document(each, f"Nokia {each}", source=source) for each in batch])
            print(start + 10, flush=True)
            score_all(store, ["positive", "negative", "neutral"], BARE)
"""


def start_writer(path: Path, source: str, first: int, last: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path), source, str(first), str(last)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def state(path: Path) -> list[object]:
    """What matters of a store, without ids that depend on the order of arrival."""
    with Store.open(path, read_only=True) as store, store.reading() as database:
        assert store.check() == []
        return [
            database.execute(query).fetchall()
            for query in (
                "SELECT source, canonical_id, passage, first_seen FROM scored_mentions ORDER BY 1, 2, 3",
                "SELECT b.name, c.day, sum(c.clusters), sum(c.mentions) FROM index_cells c "
                "JOIN brands b ON b.id = c.brand_id GROUP BY 1, 2",
                "SELECT count(*) FROM scores",
                "SELECT count(*) FROM mentions_fts",
            )
        ]


def write_together(path: Path, documents: int) -> None:
    """Three crawls, each scoring what it finds, on one store."""
    Store.open(path).close()
    writers = [start_writer(path, source, 0, documents) for source in ("yksi", "kaksi", "kolme")]
    for writer in writers:
        writer.communicate(timeout=300)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with Store.open(path) as store:
        assert store.count_mentions() == 3 * documents
        assert list(store.unscored(BARE)) == []
        assert store.check() == []


def test_t28_writers_at_the_same_time_lose_and_double_nothing(tmp_path: Path) -> None:
    write_together(tmp_path / "arvio.db", 60)


@pytest.mark.soak
def test_t28_for_a_minute(tmp_path: Path) -> None:
    start, rounds = time.monotonic(), 0
    while time.monotonic() - start < 60:
        write_together(tmp_path / f"arvio{rounds}.db", 400)
        rounds += 1


def kill_and_rerun(tmp_path: Path, kills: int, seed: int) -> None:
    """Kills a writer at random moments; checks that what it acknowledged is there, then lets it finish."""
    path, calm = tmp_path / "arvio.db", tmp_path / "calm.db"
    start_writer(calm, "foorumi", 0, 100).communicate(timeout=120)
    chance = random.Random(seed)
    for _ in range(kills):
        writer = start_writer(path, "foorumi", 0, 100)
        assert writer.stdout is not None
        acknowledged = 0
        for _ in range(chance.randint(0, 4)):
            acknowledged = int(writer.stdout.readline() or acknowledged)
        time.sleep(chance.random() * 0.05)
        writer.kill()
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
        writer.stdout.close()
        writer.wait()
        if path.exists() and path.stat().st_size:
            with Store.open(path) as store:
                assert store.count_mentions() >= acknowledged
                assert store.check() == []
    last = start_writer(path, "foorumi", 0, 100)
    last.communicate(timeout=120)
    assert state(path) == state(calm)


def test_t25_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_and_rerun(tmp_path, kills=3, seed=20261122)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_t25_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    kill_and_rerun(tmp_path, kills=10, seed=seed)


def test_opening_a_finished_store_does_not_load_the_library(path: Path) -> None:
    code = "import sys; from store.db import Store; Store.open(sys.argv[1]); print('sqlite_utils' in sys.modules)"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_scripts_get_the_store_as_a_sqlite_utils_database(path: Path) -> None:
    with Store.open(path, read_only=True) as store:
        rows = list(store.database["scored_mentions"].rows_where("brand = ?", ["Nokia"], limit=3))
        assert [row["brand"] for row in rows] == ["Nokia"] * 3
        assert store.database.table("mentions").detect_fts() == "mentions_fts"
        assert len(list(store.database.table("mentions").search("nokia 7"))) == 1
        assert store.database.conn.execute("PRAGMA recursive_triggers").fetchone() == (0,)


def test_migrations_are_recorded_where_sqlite_utils_looks(path: Path) -> None:
    with Store.open(path) as store, store.reading() as database:
        assert schema.applied(database) == [each.name for each in schema.MIGRATIONS]
        recorded = store.database.table("_sqlite_migrations").rows
        assert [row["migration_set"] for row in recorded] == ["arvio"] * len(schema.MIGRATIONS)


def test_no_statement_numbers_its_placeholders() -> None:
    # CPython 3.12.0–3.12.3 takes `?1` for a name and warns of a sequence (https://github.com/python/cpython/issues/117995).
    for each in (ROOT / "store").rglob("*.py"):
        assert not re.search(r"[\s(,=]\?\d", each.read_text("utf-8")), each


def test_importing_the_store_is_light() -> None:
    code = (
        "import sys, store.db; "
        "print([name for name in ('numpy', 'pandas', 'sqlite_utils', 'torch', 'scrapy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_store_can_be_rescored_while_it_is_read(path: Path) -> None:
    with Store.open(path) as store, Store.open(path, read_only=True) as reader:
        rows = reader.mentions()
        next(rows)
        score_all(store, "positive")
        assert len(list(rows)) == 199
