"""Opening the SQLite file safely, and every way in which that can fail said in one sentence.

A file that is refused is read only, so its bytes stay as they were. Settings follow the reliability baseline:
WAL, synchronous=FULL, a busy timeout, foreign keys, secure_delete, no trust in the file's own schema.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from store import schema
from store.errors import ArvioError, StoreBusyError, StoreError

BUSY_SECONDS = 10.0
_MAGIC = b"SQLite format 3\x00"
# `PRAGMA quick_check` reads the whole file; up to here it takes less than a tenth of a second.
_CHECKED_WHOLE = 16 * 1024 * 1024


def open_connection(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection to the store at `path`, migrated to the present schema; a new file is made unless
    `read_only`.

    Raises StoreError or StoreBusyError with one sentence; a refused file is not changed.
    """
    try:
        _refuse_wrong_file(path, read_only=read_only)
    except OSError as error:  # of looking, in a folder that may not be searched
        raise StoreError(
            f"{path}: cannot be opened ({error.strerror}); check its folder's permissions"
        ) from None
    with translated(path):
        names = _inspect(path) if _has_content(path) else []
        if read_only:
            return _open_for_reading(path, names)
        return _open_for_writing(path, names)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns SQLite's errors inside the block into StoreError or StoreBusyError."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> ArvioError:
    """The sentence for one of SQLite's errors (its primary result code, https://sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(
            f"{path}: another process is writing to the store; try again when it has finished"
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and free_bytes(path) < 1 << 20):
        return StoreError(
            f"{path}: the disk is full ({free_bytes(path)} bytes free); free some space and run again"
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{path}: the file is damaged ({error}); restore a backup of it")
    if code == sqlite3.SQLITE_NOTADB:
        return StoreError(f"{path}: is not an SQLite database; give another path")
    if code == sqlite3.SQLITE_READONLY:
        return StoreError(f"{path}: is read-only; change its permissions or give another path")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreError(f"{path}: cannot be opened; check the permissions of the file and of its folder")
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"{path}: the disk failed ({error}); check the device")
    return StoreError(f"{path}: the store refused ({error})")


def free_bytes(path: Path) -> int:
    """Free space, in bytes, of the file system that holds `path`."""
    folder = path if path.is_dir() else path.absolute().parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _refuse_wrong_file(path: Path, *, read_only: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path}: is a directory; give the store a file name")
    if not path.exists():
        if read_only:
            raise StoreError(f"{path}: there is no store here yet; `arvio crawl` or `arvio import` makes one")
        if not path.absolute().parent.is_dir():
            raise StoreError(f"{path}: its folder does not exist; make the folder first")
        return
    if not path.is_file():
        raise StoreError(f"{path}: is not a regular file; give another path")
    _refuse_wrong_content(path)
    if not read_only and not os.access(path, os.W_OK):
        raise StoreError(f"{path}: is read-only; change its permissions or give another path")


def _refuse_wrong_content(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if head and head != _MAGIC:
        raise StoreError(f"{path}: is not an SQLite database; give another path")


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _inspect(path: Path) -> list[str]:
    """The migrations that the file has; refuses another program's, a newer Arvio's and a damaged file."""
    connection = _connect_read_only(path)
    try:
        names = schema.applied(connection)
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if tables and application != schema.APPLICATION_ID:
            raise StoreError(f"{path}: is the SQLite database of another program; give another path")
        if schema.is_newer(names):
            raise StoreError(f"{path}: was made by a newer Arvio (schema {names[-1]}); upgrade Arvio")
        if path.stat().st_size <= _CHECKED_WHOLE:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                first = str(found).splitlines()[-1]
                raise StoreError(f"{path}: the file is damaged ({first}); restore a backup of it")
    finally:
        connection.close()
    return names


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """Without a write-ahead log beside it the file is taken as it is, so that no side file is left behind."""
    log = path.with_name(path.name + "-wal")
    options = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{_uri(path)}?{options}", uri=True, timeout=BUSY_SECONDS)
    connection.isolation_level = None
    return connection


def _uri(path: Path) -> str:
    """`path` as SQLite takes it, by the bytes of its name, whatever the locale makes of them."""
    return f"file:{quote(os.fsencode(path.absolute()))}"


def _open_for_reading(path: Path, names: list[str]) -> sqlite3.Connection:
    if not names:
        raise StoreError(f"{path}: the store is empty; `arvio crawl` or `arvio import` fills it")
    if missing := schema.pending(names):
        raise StoreError(
            f"{path}: was made by an older Arvio (lacks {missing[0].name}); `arvio run` or `arvio score` upgrades it"
        )
    connection = sqlite3.connect(f"{_uri(path)}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    connection.isolation_level = None
    try:
        schema.applied(connection)
    except sqlite3.OperationalError:
        # In a folder that cannot be written SQLite has no place for its shared memory file.
        connection.close()
        connection = _connect_read_only(path)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _open_for_writing(path: Path, names: list[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _settle(connection)
        if not names or schema.pending(names):
            _upgrade(connection, path, names)
    except BaseException:
        connection.close()
        raise
    return connection


def _settle(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cache_size = -65536")


def _upgrade(connection: sqlite3.Connection, path: Path, names: list[str]) -> None:
    if names:
        _back_up(connection, path, names[-1])
    connection.execute("BEGIN IMMEDIATE")
    try:
        schema.migrate(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, path: Path, last: str) -> None:
    """A whole copy beside the store, under its final name only when it is complete."""
    final, partial = _backup_names(path, last)
    partial.unlink(missing_ok=True)
    connection.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(partial),))
    shutil.copymode(path, partial)
    partial.replace(final)


def backups(path: Path) -> list[Path]:
    """The copies that migrations have left beside the store at `path`, those not finished too; no file of the
    user's.
    """
    names = [name for each in schema.MIGRATIONS for name in _backup_names(path, each.name)]
    return [name for name in names if name.exists()]


def _backup_names(path: Path, last: str) -> tuple[Path, Path]:
    """Of the copy made where `last` was the newest migration: the whole one, and the one that is being written."""
    return path.with_name(f"{path.name}.{last}.bak"), path.with_name(f"{path.name}.{last}.bak.part")
