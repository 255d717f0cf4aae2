"""Documents and their mentions on their way into the store: idempotent, with history, erased people kept
out.
"""

import hashlib
import json
import math
import operator
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from store import clusters
from store.identity import Identity
from store.records import Document, Mention, PersonLabel
from store.runs import brand_of, source_of
from store.text import normal_form, storable

Cleaned = TypeVar("Cleaned", Document, Mention)


@dataclass(frozen=True, slots=True)
class AddResult:
    """What a batch brought: documents new, changed and unchanged, new mentions, documents refused as
    erased and the mentions in those.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    mentions_new: int = 0
    erased: int = 0
    mentions_erased: int = 0

    def __add__(self, other: "AddResult") -> "AddResult":
        return AddResult(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.mentions_new + other.mentions_new,
            self.erased + other.erased,
            self.mentions_erased + other.mentions_erased,
        )


class Writer:
    """Adds the documents of one batch; lives inside one transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        run_id: int | None,
        now: str,
        *,
        keep_names: bool,
    ) -> None:
        self._connection = connection
        self._identity = identity
        self._run_id = run_id
        self._now = now
        self._keep_names = keep_names
        self._has_tombstones = connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is not None
        self._inactive = {id for (id,) in connection.execute("SELECT id FROM brands WHERE NOT active")}
        self._brands: dict[str, int] = {}
        self._sources: dict[str, int] = {}

    def add_all(self, documents: Iterable[Document]) -> AddResult:
        """Adds each document; what is there already only has its `last_seen` moved."""
        result = AddResult()
        for document in documents:
            result += self._add(_storable(document))
        return result

    def label(self, labels: Iterable[PersonLabel]) -> None:
        """Adds labels that people gave elsewhere; those of mentions that are not there are left out."""
        # CROSS JOIN fixes the order: SQLite would look through all mentions of the brand for each label.
        self._connection.executemany(
            "INSERT INTO labels (mention_id, label, origin, labelled_at) SELECT m.id, ?, 'import', ? "
            "FROM sources s CROSS JOIN documents d ON d.source_id = s.id CROSS JOIN mentions m ON m.document_id = d.id "
            "CROSS JOIN brands b ON b.id = m.brand_id WHERE m.current AND s.name = ? AND d.canonical_id = ? "
            "AND b.name = ? AND m.passage = ?",
            ((each.label, self._now, *map(storable, each[:4])) for each in labels),
        )

    def _add(self, document: Document) -> AddResult:
        if self._has_tombstones and self._is_erased(document):
            return AddResult(erased=1, mentions_erased=len(document.mentions))
        source_id = self._source(document.source)
        row = self._connection.execute(
            "SELECT id, content_hash FROM documents WHERE source_id = ? AND canonical_id = ?",
            (source_id, document.canonical_id),
        ).fetchone()
        if row is None:
            document_id = self._insert(document, source_id)
            return AddResult(new=1, mentions_new=self._sync_mentions(document_id, document))
        document_id, known = row
        if known == _content_hash(document):
            self._touch(document_id, document)
            return AddResult(unchanged=1, mentions_new=self._sync_mentions(document_id, document))
        self._revise(document_id, document)
        return AddResult(changed=1, mentions_new=self._sync_mentions(document_id, document, edited=True))

    def _is_erased(self, document: Document) -> bool:
        own = (document.url, document.canonical_id)
        # A page that was erased takes with it what stands on it (`page#r1`).
        addresses = {*own, *(each.partition("#")[0] for each in own)} - {""}
        digests = [self._identity.erased_url(each) for each in addresses]
        digests.append(self._identity.erased_document(document.source, document.canonical_id))
        if document.author:
            digests.append(self._identity.erased_author(document.author))
        if author := self._author(document):
            digests.append(self._identity.erased_author(author))
        marks = ",".join("?" * len(digests))
        found = self._connection.execute(
            f"SELECT 1 FROM tombstones WHERE digest IN ({marks}) LIMIT 1", digests
        )
        return found.fetchone() is not None

    def _insert(self, document: Document, source_id: int) -> int:
        row = self._connection.execute(
            "INSERT INTO documents (source_id, canonical_id, url, kind, title, text, author, author_name, "
            "published_at, date_source, date_precision, date_doubt, language, rating, rating_given, rating_best, "
            "rating_worst, encoding_doubt, content_hash, first_seen, last_seen, first_run, last_run) "
            "VALUES (:source_id, :canonical_id, :url, :kind, :title, :text, :author, :author_name, "
            ":published_at, :date_source, :date_precision, :date_doubt, :language, :rating, :rating_given, "
            ":rating_best, :rating_worst, :encoding_doubt, :content_hash, :first_seen, :now, :run_id, :run_id) "
            "RETURNING id",
            {
                "source_id": source_id,
                "canonical_id": document.canonical_id,
                "first_seen": document.first_seen or self._now,
                **self._described(document),
            },
        ).fetchone()
        return int(row[0])

    def _touch(self, document_id: int, document: Document) -> None:
        """Seen again unchanged; a date that was missing is filled in, one that is known never moves."""
        self._connection.execute(
            "UPDATE documents SET last_seen = ?, last_run = coalesce(?, last_run) WHERE id = ?",
            (self._now, self._run_id, document_id),
        )
        if document.published_at is not None:
            self._connection.execute(
                "UPDATE documents SET published_at = ?, date_source = ?, date_precision = ?, date_doubt = ? "
                "WHERE id = ? AND published_at IS NULL",
                (
                    document.published_at,
                    document.date_source,
                    document.date_precision,
                    self._is_doubtful(document),
                    document_id,
                ),
            )

    def _revise(self, document_id: int, document: Document) -> None:
        """The edited text takes the place of the old one, which moves to `document_revisions`."""
        self._connection.execute(
            "INSERT INTO document_revisions (document_id, revision, title, text, author, rating, published_at, "
            "replaced_at) "
            "SELECT id, revision, title, text, author, rating, published_at, ? FROM documents WHERE id = ?",
            (self._now, document_id),
        )
        # A date that stays because there is no new one stays doubtful.
        self._connection.execute(
            "UPDATE documents SET url = :url, kind = :kind, title = :title, text = :text, author = :author, "
            "author_name = :author_name, published_at = coalesce(:published_at, published_at), "
            "date_source = coalesce(:date_source, date_source), "
            "date_precision = coalesce(:date_precision, date_precision), "
            "date_doubt = iif(:published_at IS NULL, max(date_doubt, :date_doubt), :date_doubt), "
            "language = :language, rating = :rating, rating_given = :rating_given, rating_best = :rating_best, "
            "rating_worst = :rating_worst, encoding_doubt = :encoding_doubt, content_hash = :content_hash, "
            "revision = revision + 1, last_seen = :now, last_run = coalesce(:run_id, last_run) WHERE id = :id",
            {"id": document_id, **self._described(document)},
        )

    def _described(self, document: Document) -> dict[str, object]:
        """By column; `now` and `run_id` are of the batch."""
        rating = rescaled_rating(document)
        return {
            "url": document.url,
            "kind": document.kind,
            "title": document.title,
            "text": document.text,
            "author": self._author(document),
            "author_name": document.author if self._keep_names else None,
            "published_at": document.published_at,
            "date_source": document.date_source,
            "date_precision": document.date_precision,
            "date_doubt": self._is_doubtful(document),
            "language": document.language,
            "rating": rating,
            "rating_given": document.rating if rating is not None else None,
            "rating_best": document.rating_best if rating is not None else None,
            "rating_worst": document.rating_worst if rating is not None else None,
            "encoding_doubt": int(document.encoding_doubt),
            "content_hash": _content_hash(document),
            "now": self._now,
            "run_id": self._run_id,
        }

    def _author(self, document: Document) -> str | None:
        """The author's keyed hash; where an export gives hash and name, the name, as keys differ by store."""
        if document.author:
            return self._identity.author(document.source, document.author)
        return document.author_hash

    def _is_doubtful(self, document: Document) -> int:
        """A date in the future is kept and flagged; no series counts it before its day has come."""
        in_future = document.published_at is not None and document.published_at > self._now
        return int(document.date_doubt or in_future)

    def _sync_mentions(self, document_id: int, document: Document, *, edited: bool = False) -> int:
        """Makes the document's current mentions those of `document`; returns how many are new: of a text that was not
        `edited`, without those that take the place of others of their brand.

        A passage that reads as before keeps its row, its score and its labels; any other is a new revision
        without a score, and the old one is kept out of the index. Where the text was not `edited`, but is cut or
        transliterated otherwise than before, people's labels go on to the new revision. Mentions of a brand that is
        not configured any more stay as they are: nobody has looked for it.
        """
        rows = self._connection.execute(
            "SELECT id, brand_id, passage, coalesce(scored_text, passage) FROM mentions "
            "WHERE document_id = ? AND current",
            (document_id,),
        )
        kept = {(brand_id, passage, scored): id for id, brand_id, passage, scored in rows}
        current: set[tuple[int, str, str]] = set(kept)
        new: dict[int, list[int]] = {}
        for mention in document.mentions:
            key = (self._brand(mention.brand), mention.passage, mention.scored_text)
            kept.pop(key, None)
            if key not in current:
                new.setdefault(key[0], []).append(self._insert_mention(document_id, key[0], mention))
                current.add(key)
        gone = {key: id for key, id in kept.items() if key[0] not in self._inactive}
        if not edited:
            self._hand_on_labels(gone, new)
        self._retire(list(gone.values()))
        replaced = Counter(() if edited else (brand_id for brand_id, _, _ in gone))
        return sum(max(0, len(come) - replaced[brand_id]) for brand_id, come in new.items())

    def _hand_on_labels(self, old: Mapping[tuple[int, str, str], int], new: Mapping[int, list[int]]) -> None:
        """Copies the labels of a brand's one old mention to the one that takes its place.

        Among several nobody knows which of them a label would be about.
        """
        before: dict[int, list[int]] = {}
        for (brand_id, _, _), id in old.items():
            before.setdefault(brand_id, []).append(id)
        self._connection.executemany(
            "INSERT INTO labels (mention_id, label, origin, labelled_by, labelled_at) SELECT ?, label, origin, "
            "labelled_by, labelled_at FROM labels WHERE mention_id = ? ORDER BY id",
            [
                (*come, *before[brand_id])
                for brand_id, come in new.items()
                if len(come) == len(before.get(brand_id, ())) == 1
            ],
        )

    def _retire(self, mention_ids: list[int]) -> None:
        clusters.leave(self._connection, mention_ids)
        self._connection.executemany(
            "UPDATE mentions SET current = 0, replaced_at = ? WHERE id = ?",
            [(self._now, id) for id in mention_ids],
        )

    def _insert_mention(self, document_id: int, brand_id: int, mention: Mention) -> int:
        normal = normal_form(mention.passage)
        row = self._connection.execute(
            "INSERT INTO mentions (document_id, brand_id, revision, passage, scored_text, normal, spans, "
            "alias, rule, "
            "compound, relevance, context, lookalike, language, language_confidence, signature, first_seen) "
            "VALUES (?, ?, (SELECT revision FROM documents WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?) "
            "RETURNING id",
            (
                document_id,
                brand_id,
                document_id,
                mention.passage,
                mention.scored_text if mention.scored_text != mention.passage else None,
                normal,
                json.dumps(mention.spans),
                mention.alias,
                mention.rule,
                int(mention.compound),
                mention.relevance,
                mention.context,
                int(mention.lookalike),
                mention.language,
                mention.language_confidence,
                mention.signature,
                self._now,
            ),
        ).fetchone()
        self._connection.execute("INSERT INTO mentions_fts (rowid, normal) VALUES (?, ?)", (row[0], normal))
        clusters.join(self._connection, int(row[0]), brand_id, mention.signature)
        return int(row[0])

    def _brand(self, name: str) -> int:
        if name not in self._brands:
            self._brands[name] = brand_of(self._connection, name)
        return self._brands[name]

    def _source(self, name: str) -> int:
        if name not in self._sources:
            self._sources[name] = source_of(self._connection, name)
        return self._sources[name]


def rescaled_rating(document: Document) -> float | None:
    """The stars on the scale 1–5; None without stars, or where they do not lie on their own scale."""
    if document.rating is None:
        return None
    numbers = (document.rating, document.rating_best, document.rating_worst)
    if not all(math.isfinite(number) for number in numbers) or document.rating_best <= document.rating_worst:
        return None
    if not document.rating_worst <= document.rating <= document.rating_best:
        return None
    share = (document.rating - document.rating_worst) / (document.rating_best - document.rating_worst)
    return 1.0 + 4.0 * share


def _content_hash(document: Document) -> bytes:
    content = json.dumps([document.title, document.text, rescaled_rating(document)], ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).digest()[:16]


def _storable(document: Document) -> Document:
    """The document in characters that SQLite can hold, and the doubt said where it was not so."""
    cleaned = _cleaned(document)
    mentions = tuple(map(_cleaned, document.mentions))
    if cleaned is document and all(map(operator.is_, mentions, document.mentions)):
        return document
    return replace(cleaned, mentions=mentions, encoding_doubt=True)


def _cleaned(record: Cleaned) -> Cleaned:
    """The record itself where there is nothing to clean."""
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    changed: dict[str, Any] = {
        name: clean
        for name, value in values.items()
        if isinstance(value, str) and (clean := storable(value)) != value
    }
    return replace(record, **changed) if changed else record
