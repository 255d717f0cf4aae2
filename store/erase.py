"""Erasure: a person's or a page's texts leave the store, its search index and its side files, and stay out.

What it takes for no byte to remain was measured: the full-text delete, the row delete, the full-text
`optimize`, and a truncating checkpoint, with secure_delete on. Leaving out any one keeps the words in the
file.
"""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from store import clusters, connection
from store.errors import StoreBusyError
from store.identity import Identity
from store.text import normal_form


@dataclass(frozen=True, slots=True)
class ForgetResult:
    """What went: documents, mentions, and backups of the store that held them.

    `still_quoted` counts documents by others in whose text the author's name stands; those are theirs and
    remain.
    """

    documents: int
    mentions: int
    backups: int
    still_quoted: int = 0


def erase(
    database: sqlite3.Connection, identity: Identity, *, author: str | None, url: str | None, now: str
) -> ForgetResult:
    """Deletes the rows and leaves tombstones, inside the caller's transaction; `wipe` must follow its
    commit.
    """
    documents = (
        _documents_by(database, identity, author)
        if author is not None
        else _documents_at(database, url or "")
    )
    urls = [row[1] for row in documents]
    mention_ids = _mentions_in(database, [row[0] for row in documents])
    clusters.leave(database, mention_ids)
    database.executemany(
        "INSERT INTO mentions_fts (mentions_fts, rowid, normal) SELECT 'delete', id, normal FROM mentions "
        "WHERE id = ?",
        [(id,) for id in mention_ids],
    )
    database.executemany("DELETE FROM mentions WHERE id = ?", [(id,) for id in mention_ids])
    database.executemany("DELETE FROM documents WHERE id = ?", [(row[0],) for row in documents])
    # By source, which the key begins with: an address alone would be looked for in all pages.
    database.executemany(
        "DELETE FROM seen_pages WHERE source_id IN (SELECT id FROM sources) AND url = ?",
        [(each,) for each in {*urls, url} if each],
    )
    # Other people's texts stand on an author's pages too.
    pages = set() if url is None else {*urls, url} - {""}
    _erase_evidence(database, set(mention_ids), pages)
    if author is not None:
        # The hashes too: an earlier export, imported again, knows the author by them.
        names = {author, *_hashes(database, identity, author)}
        digests = [("author", identity.erased_author(each)) for each in sorted(names)]
    else:
        addresses = {url or "", *_addresses(documents)} - {""}
        digests = [("url", identity.erased_url(each)) for each in sorted(addresses)]
    database.executemany(
        "INSERT OR IGNORE INTO tombstones (kind, digest, created_at) VALUES (?, ?, ?)",
        [(kind, digest, now) for kind, digest in digests],
    )
    database.execute("INSERT INTO mentions_fts (mentions_fts) VALUES ('optimize')")
    quoted = _still_quoted(database, author) if author is not None else 0
    return ForgetResult(len(documents), len(mention_ids), 0, quoted)


def wipe(database: sqlite3.Connection, path: Path) -> int:
    """Moves the deletion into the file itself and empties the write-ahead log; returns the backups removed.

    Raises StoreBusyError while another process reads: the rows are gone, but their bytes are not.
    """
    removed = 0
    for backup in connection.backups(path):
        backup.unlink(missing_ok=True)
        removed += 1
    (busy, _, _) = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreBusyError(
            f"{path}: forgotten, but another process is reading and keeps old bytes in the file; close it "
            f"and run again"
        )
    return removed


def _documents_by(
    database: sqlite3.Connection, identity: Identity, author: str
) -> list[tuple[int, str, str]]:
    """By name in any source, or by the keyed hash that exports show."""
    found: list[tuple[int, str, str]] = []
    for each in sorted({*_hashes(database, identity, author), author}):
        found += database.execute("SELECT id, url, canonical_id FROM documents WHERE author = ?", (each,))
    return found


def _hashes(database: sqlite3.Connection, identity: Identity, author: str) -> set[str]:
    sources = database.execute("SELECT name FROM sources").fetchall()
    return {identity.author(source, author) for (source,) in sources}


def _documents_at(database: sqlite3.Connection, url: str) -> list[tuple[int, str, str]]:
    """Those at the address, and where it is a page's those that stand on the page (`page#r1`)."""
    pages = ", ".join(f"substr({each}, 1, instr({each}, '#') - 1)" for each in ("url", "canonical_id"))
    return database.execute(
        f"SELECT id, url, canonical_id FROM documents WHERE ?1 IN (url, canonical_id, {pages})",
        (url.strip(),),
    ).fetchall()


def _addresses(documents: list[tuple[int, str, str]]) -> set[str]:
    return {address for _, url, canonical_id in documents for address in (url, canonical_id)}


def _mentions_in(database: sqlite3.Connection, document_ids: list[int]) -> list[int]:
    ids: list[int] = []
    for document_id in document_ids:
        rows = database.execute("SELECT id FROM mentions WHERE document_id = ?", (document_id,))
        ids += [int(row[0]) for row in rows]
    return ids


def _erase_evidence(database: sqlite3.Connection, mention_ids: set[int], urls: set[str]) -> None:
    """Alerts keep their figures and lose the quotes."""
    for alert_id, evidence in database.execute("SELECT id, evidence FROM alerts").fetchall():
        quotes = json.loads(evidence)
        kept = [each for each in quotes if each["mention_id"] not in mention_ids and each["url"] not in urls]
        if len(kept) < len(quotes):
            text = json.dumps(kept, ensure_ascii=False)
            database.execute("UPDATE alerts SET evidence = ? WHERE id = ?", (text, alert_id))


def _still_quoted(database: sqlite3.Connection, author: str) -> int:
    pattern = author.strip()
    if len(normal_form(pattern)) < 3:
        return 0
    (found,) = database.execute(
        "SELECT count(*) FROM documents WHERE instr(text, ?1) OR instr(title, ?1)", (pattern,)
    ).fetchone()
    return int(found)
