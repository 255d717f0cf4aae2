"""Records laid down on disk, to be read again in another order: a private temporary database of SQLite's, which
takes little memory however much is put into it, and is gone when it is closed or the process ends.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator

from store.errors import StoreError

Record = dict[str, object]
"""A row's values by column: text, numbers and lists of them as they came, anything else as text."""

_TABLES = """
    PRAGMA journal_mode = OFF;
    CREATE TABLE records (line INTEGER NOT NULL, source TEXT, id TEXT, record TEXT NOT NULL);
    CREATE INDEX records_of_a_document ON records (source, id) WHERE id IS NOT NULL;
    CREATE TABLE keys (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
    BEGIN"""


class Spool:
    """Records with their line numbers, and perhaps with the (source, id) of the document they belong to.

    Raises StoreError where the disk has no room.
    """

    def __init__(self) -> None:
        self.size = 0
        # An empty name is a database in a temporary file (https://sqlite.org/inmemorydb.html#temp_db).
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Gives the disk back."""
        self._database.close()

    def add(self, line: int, record: Record, document: tuple[object, object] | None = None) -> None:
        """One more record."""
        source, id = (None, None) if document is None else map(_text, document)
        with _translated():
            self._database.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?)", (line, source, id, json.dumps(record, default=str))
            )
        self.size += 1

    def records(self) -> Iterator[tuple[int, Record]]:
        """All of them, as they came."""
        with _translated():
            for line, record in self._database.execute("SELECT line, record FROM records ORDER BY rowid"):
                yield line, json.loads(record)

    def groups(self) -> Iterator[list[tuple[int, Record]]]:
        """Those of one document together, documents in the order of their first records."""
        with _translated():
            documents = self._database.execute(
                "SELECT source, id FROM records WHERE id IS NOT NULL GROUP BY 1, 2 ORDER BY min(rowid)"
            )
            for document in documents:
                rows = self._database.execute(
                    "SELECT line, record FROM records WHERE source = ? AND id = ? ORDER BY rowid", document
                )
                yield [(line, json.loads(record)) for line, record in rows]

    def times(self, key: str) -> int:
        """How often `key` has been asked about, this time included."""
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with _translated():
            (times,) = self._database.execute(
                "INSERT INTO keys VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
                (digest,),
            ).fetchone()
        return int(times)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"the folder of temporary files has no room for the file's rows ({error})"
        ) from error


def _text(value: object) -> str:
    # A lone surrogate cannot be held, and need not: the key only tells documents apart.
    return str("" if value is None else value).encode("utf-8", "backslashreplace").decode()
