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

Found = tuple[int, str, str, str]
"""A document's id, address, canonical id and source."""


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
    database: sqlite3.Connection, identity: Identity, *, author: str | None, addresses: set[str], now: str
) -> ForgetResult:
    """Deletes the rows and leaves tombstones, inside the caller's transaction; `wipe` must follow its
    commit.

    `addresses` are spellings of one page's address, where no `author` is given.
    """
    documents = (
        _documents_by(database, identity, author)
        if author is not None
        else _documents_at(database, addresses)
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
        [(each,) for each in {*urls, *addresses} if each],
    )
    # Other people's texts stand on an author's pages too.
    pages = set() if author is not None else {*urls, *addresses} - {""}
    _erase_evidence(database, set(mention_ids), pages)
    if author is not None:
        # The hashes too: an earlier export, imported again, knows the author by them. The documents, because a site
        # that takes a name away leaves the text.
        names = {author, *_hashes(database, identity, author)}
        digests = [("author", identity.erased_author(each)) for each in sorted(names)]
        digests += [("author", identity.erased_document(source, id)) for _, _, id, source in documents]
    else:
        erased = {*addresses, *_addresses(documents)} - {""}
        digests = [("url", identity.erased_url(each)) for each in sorted(erased)]
    database.executemany(
        "INSERT OR IGNORE INTO tombstones (kind, digest, created_at) VALUES (?, ?, ?)",
        [(kind, digest, now) for kind, digest in digests],
    )
    database.execute("INSERT INTO mentions_fts (mentions_fts) VALUES ('optimize')")
    quoted = _still_quoted(database, author) if author is not None else 0
    return ForgetResult(len(documents), len(mention_ids), 0, quoted)


def is_erased_page(database: sqlite3.Connection, identity: Identity, source: str, address: str) -> bool:
    """Whether the page at `address` was erased, or was a document of the source by an author who was."""
    digests = (identity.erased_url(address), identity.erased_document(source, address))
    found = database.execute("SELECT 1 FROM tombstones WHERE digest IN (?, ?)", digests)
    return found.fetchone() is not None


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


def _documents_by(database: sqlite3.Connection, identity: Identity, author: str) -> list[Found]:
    """By name in any source, or by the keyed hash that exports show; those too that somebody else has edited
    since.
    """
    found: set[Found] = set()
    for each in {*_hashes(database, identity, author), author}:
        found |= _found(
            database,
            "d.author = :value OR d.id IN (SELECT document_id FROM document_revisions WHERE author = :value)",
            each,
        )
    return sorted(found)


def _hashes(database: sqlite3.Connection, identity: Identity, author: str) -> set[str]:
    sources = database.execute("SELECT name FROM sources").fetchall()
    return {identity.author(source, author) for (source,) in sources}


def _documents_at(database: sqlite3.Connection, addresses: set[str]) -> list[Found]:
    """Those at the address, and where it is a page's those that stand on the page (`page#r1`)."""
    pages = ", ".join(f"substr({each}, 1, instr({each}, '#') - 1)" for each in ("d.url", "d.canonical_id"))
    found: set[Found] = set()
    for each in addresses:
        found |= _found(database, f":value IN (d.url, d.canonical_id, {pages})", each)
    return sorted(found)


def _found(database: sqlite3.Connection, where: str, value: str) -> set[Found]:
    rows = database.execute(
        "SELECT d.id, d.url, d.canonical_id, s.name FROM documents d JOIN sources s ON s.id = d.source_id "
        f"WHERE {where}",
        {"value": value},
    )
    return {tuple(row) for row in rows}


def _addresses(documents: list[Found]) -> set[str]:
    return {address for _, url, canonical_id, _ in documents for address in (url, canonical_id)}


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
        "SELECT count(*) FROM documents WHERE instr(text, ?) OR instr(title, ?)", (pattern, pattern)
    ).fetchone()
    return int(found)
