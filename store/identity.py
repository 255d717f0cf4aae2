"""Authors and erased people as keyed hashes, and ids for documents that have none of their own.

The key lies in a file beside the store (`arvio.db.key`, readable by its owner only), not in a table: the
store is made to be shared with analysts, and whoever held store and key could find any name by trying names.
Without the key the hashes say only "the same author of the same source".
"""

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import unicodedata
from pathlib import Path

from store.errors import StoreError

_BYTES = 32
_NAMED = re.compile(r"((?:.*#)?)sha256:[0-9a-f]{40}((?:~\d+)?)", re.DOTALL)


def content_id(title: str, text: str, author: str | None, published_at: str | None) -> str:
    """A hash of the content and the day, so that the same thing found again is the same document.

    `author` is the keyed hash (`Identity.author`): the rest stands beside the id, so that whoever holds the store
    could try names on a hash of the name itself. `keyed:` or, without an author, `sha256:` and 40 digits.
    """
    parts = [title, text, author or "", (published_at or "")[:10]]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
    return f"{'keyed' if author else 'sha256'}:{digest}"


def keyed_id(id: str, title: str, text: str, author: str | None, published_at: str | None) -> tuple[str, str]:
    """`id`, and the `~2` of a further copy, made anew as `content_id` makes it where it was made of a name.

    The other values are those of the document's row. Any other id comes back as it is, with an empty text.
    """
    found = _NAMED.fullmatch(id) if author else None
    return (found[1] + content_id(title, text, author, published_at), found[2]) if found else (id, "")


class Identity:
    """Hashes names for the store at `path`; the key is read, or made, by `load` or when the first name comes."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._store = path
        self._file = path.with_name(path.name + ".key")
        self._connection = connection
        self._key: bytes | None = None

    def author(self, source: str, name: str) -> str:
        """The author `name` of `source`, as 32 hexadecimal digits; the same name elsewhere is another
        author.
        """
        return self._digest("author", source, _folded(name)).hex()

    def erased_author(self, name: str) -> bytes:
        """What a tombstone keeps of an author, for all sources."""
        return self._digest("erased author", _folded(name))

    def erased_document(self, source: str, canonical_id: str) -> bytes:
        """What a tombstone keeps of a document whose author was erased."""
        return self._digest("erased document", source, canonical_id)

    def erased_url(self, url: str) -> bytes:
        """What a tombstone keeps of an address."""
        return self._digest("erased url", url.strip())

    def load(self) -> bytes:
        """The key, checked against the store's fingerprint of it. Runs inside the caller's transaction; raises
        StoreError where the key is missing, cannot be read or is another store's.
        """
        if self._key is None:
            self._key = self._checked()
        return self._key

    def check(self) -> None:
        """Raises StoreError as `load` does; of a store that has no key yet there is nothing to check."""
        if self._fingerprint() is not None:
            self.load()

    def _digest(self, *parts: str) -> bytes:
        message = "\x00".join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self.load(), message, "sha256")[:16]

    def _fingerprint(self) -> str | None:
        row = self._connection.execute("SELECT value FROM settings WHERE name = 'author_key'").fetchone()
        return None if row is None else str(row[0])

    def _checked(self) -> bytes:
        known = self._fingerprint()
        if known is not None and not self._file.exists():
            raise StoreError(
                f"{self._file}: the key of the store's author hashes is missing; put the file back"
            )
        key = self._read() if self._file.exists() else self._make()
        fingerprint = hashlib.sha256(b"arvio author key" + key).hexdigest()
        if known is None:
            self._connection.execute("INSERT INTO settings VALUES ('author_key', ?)", (fingerprint,))
        elif known != fingerprint:
            raise StoreError(f"{self._file}: is the key of another store; put the right file back")
        return key

    def _read(self) -> bytes:
        try:
            key = self._file.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{self._file}: cannot be read ({error.strerror}); check its permissions"
            ) from None
        if len(key) != _BYTES:
            raise StoreError(f"{self._file}: is not a key of {_BYTES} bytes; put the right file back")
        return key

    def _make(self) -> bytes:
        """A new key, whole on the disk before it has its name; of two makers the first wins."""
        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        key = secrets.token_bytes(_BYTES)
        try:
            _write_new(partial, key)
            try:
                os.link(partial, self._file)
            except FileExistsError:
                pass
            except OSError:  # exFAT and some network mounts know no hard links
                with contextlib.suppress(FileExistsError):
                    _write_new(self._file, key)
        except OSError as error:
            raise StoreError(
                f"{self._file}: cannot be written ({error.strerror}); check its folder"
            ) from None
        finally:
            partial.unlink(missing_ok=True)
        return self._read()


def _write_new(path: Path, content: bytes) -> None:
    """Writes a file that is not there yet, readable by its owner only; whole or not at all. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())
