"""The store's tables: ordered, named migrations, each applied once and recorded, all in one transaction.

They are sqlite-utils' migrations (its table `_sqlite_migrations`), written as plain SQL statements: triggers,
WITHOUT ROWID tables and partial indexes have no methods there, and one style is easier to read than two. What a
file has is read without the library, whose import (with numpy) would cost every command 0.2 s.
A migration that has been released is never edited; a change is a new one at the end of `MIGRATIONS`.
Integer columns that end in `_ppm` are parts per million: sums of whole numbers do not depend on their order,
so an incremental update gives the same bytes as a computation from scratch.
"""

import re
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.identity import keyed_id

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x41525649  # "ARVI", read by `file` and by our own refusal of other programs' databases
SET = "arvio"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its name, as recorded in the table `_sqlite_migrations`, and its statements in order."""

    name: str
    statements: tuple[str, ...]


_CONFIGURED = (
    """CREATE TABLE brands (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, group_name TEXT, active INTEGER NOT NULL DEFAULT
        1)""",
    """CREATE TABLE sources (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL DEFAULT 'file',
        url TEXT NOT NULL DEFAULT '', language TEXT, active INTEGER NOT NULL DEFAULT 1)""",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_RUNS = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY, command TEXT NOT NULL, pid INTEGER NOT NULL, started_at TEXT NOT NULL,
        finished_at TEXT, exit_code INTEGER, stats TEXT NOT NULL DEFAULT '{}')""",
    """CREATE TABLE source_runs (
        id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, source_id INTEGER NOT NULL REFERENCES
        sources, pid INTEGER NOT NULL, process TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
        outcome TEXT CHECK (outcome IN ('ok', 'silent', 'failed', 'drift', 'interrupted')),
        reason TEXT NOT NULL DEFAULT '', pages INTEGER NOT NULL DEFAULT 0, documents INTEGER NOT NULL DEFAULT
        0, mentions INTEGER NOT NULL DEFAULT 0, counts TEXT NOT NULL DEFAULT '{}')""",
    "CREATE INDEX source_runs_by_source ON source_runs (source_id, finished_at)",
    """CREATE TABLE seen_pages (
        source_id INTEGER NOT NULL REFERENCES sources, url TEXT NOT NULL, fetched_at TEXT NOT NULL, status
        INTEGER, etag TEXT, last_modified TEXT, content_hash TEXT, PRIMARY KEY (source_id, url)) WITHOUT
        ROWID""",
)

# The full-text index is kept by code, not by triggers: with trusted_schema off SQLite before 3.41 refuses
# FTS5 there.
_TEXTS = (
    """CREATE TABLE documents (
        id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL REFERENCES sources, canonical_id TEXT NOT NULL,
        url TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, author TEXT,
        author_name TEXT, published_at TEXT, date_source TEXT, date_precision TEXT, date_doubt INTEGER NOT
        NULL DEFAULT 0, language TEXT, rating REAL, rating_given REAL, rating_best REAL, rating_worst REAL,
        encoding_doubt INTEGER NOT NULL DEFAULT 0, content_hash BLOB NOT NULL, revision INTEGER NOT NULL
        DEFAULT 1, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, first_run INTEGER REFERENCES runs,
        last_run INTEGER REFERENCES runs, UNIQUE (source_id, canonical_id))""",
    "CREATE INDEX documents_by_author ON documents (author) WHERE author IS NOT NULL",
    "CREATE INDEX documents_by_url ON documents (url)",
    """CREATE TABLE document_revisions (
        document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, revision INTEGER NOT NULL,
        title TEXT NOT NULL, text TEXT NOT NULL, rating REAL, published_at TEXT, replaced_at TEXT NOT NULL,
        PRIMARY KEY (document_id, revision))""",
    """CREATE TABLE mentions (
        id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        brand_id INTEGER NOT NULL REFERENCES brands, cluster_id INTEGER REFERENCES clusters,
        current INTEGER NOT NULL DEFAULT 1, revision INTEGER NOT NULL, passage TEXT NOT NULL, scored_text
        TEXT, normal TEXT NOT NULL, spans TEXT NOT NULL, alias TEXT NOT NULL, rule TEXT NOT NULL, compound
        INTEGER NOT NULL, relevance REAL NOT NULL, context TEXT, lookalike INTEGER NOT NULL, language TEXT NOT
        NULL, language_confidence REAL NOT NULL, signature BLOB NOT NULL, first_seen TEXT NOT NULL,
        replaced_at TEXT, aspects_of TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX mentions_by_document ON mentions (document_id)",
    "CREATE INDEX mentions_by_cluster ON mentions (cluster_id)",
    "CREATE INDEX mentions_by_brand ON mentions (brand_id)",
    """CREATE VIRTUAL TABLE mentions_fts USING fts5(
        normal, content="mentions", content_rowid='id', tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TABLE near_duplicate_bands (
        brand_id INTEGER NOT NULL, band INTEGER NOT NULL,
        mention_id INTEGER NOT NULL REFERENCES mentions ON DELETE CASCADE,
        PRIMARY KEY (brand_id, band, mention_id)) WITHOUT ROWID""",
    "CREATE INDEX near_duplicate_bands_by_mention ON near_duplicate_bands (mention_id)",
    """CREATE TABLE mention_aspects (
        mention_id INTEGER NOT NULL REFERENCES mentions ON DELETE CASCADE, aspect TEXT NOT NULL,
        PRIMARY KEY (mention_id, aspect)) WITHOUT ROWID""",
    """CREATE TABLE tombstones (
        digest BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('author', 'url')), created_at TEXT NOT
        NULL) WITHOUT ROWID""",
)

_READINGS = (
    """CREATE TABLE models (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, card TEXT NOT NULL DEFAULT
        '{}', added_at TEXT NOT NULL, current INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE scores (
        mention_id INTEGER NOT NULL REFERENCES mentions ON DELETE CASCADE, model_id INTEGER NOT NULL
        REFERENCES models, negative REAL, neutral REAL, positive REAL, truncated INTEGER NOT NULL DEFAULT 0,
        reason TEXT, scored_at TEXT NOT NULL, PRIMARY KEY (mention_id, model_id),
        CHECK ((reason IS NULL) = (positive IS NOT NULL))) WITHOUT ROWID""",
    """CREATE TABLE labels (
        id INTEGER PRIMARY KEY, mention_id INTEGER NOT NULL REFERENCES mentions ON DELETE CASCADE,
        label TEXT NOT NULL CHECK (label IN ('negative', 'neutral', 'positive')), origin TEXT NOT NULL,
        labelled_by TEXT NOT NULL DEFAULT '', labelled_at TEXT NOT NULL)""",
    "CREATE INDEX labels_by_mention ON labels (mention_id)",
    """CREATE TABLE audit_draws (
        id INTEGER PRIMARY KEY, mention_id INTEGER NOT NULL REFERENCES mentions ON DELETE CASCADE,
        stratum TEXT NOT NULL, weight REAL NOT NULL, drawn_at TEXT NOT NULL)""",
    """CREATE TABLE model_links (
        brand_id INTEGER NOT NULL REFERENCES brands, old_model INTEGER NOT NULL REFERENCES models,
        new_model INTEGER NOT NULL REFERENCES models, clusters INTEGER NOT NULL, old_index REAL, new_index
        REAL, difference REAL, linked_at TEXT NOT NULL, PRIMARY KEY (brand_id, old_model, new_model))""",
)

_NUMBERS = (
    """CREATE TABLE clusters (
        id INTEGER PRIMARY KEY, brand_id INTEGER NOT NULL REFERENCES brands, mention_id INTEGER, members
        INTEGER, day TEXT, month TEXT, coarse TEXT, source_id INTEGER, language TEXT, kind TEXT, author TEXT,
        state TEXT CHECK (state IN ('negative', 'neutral', 'positive', 'unscored')), decided_by TEXT,
        predicted TEXT, model_id INTEGER, negative_ppm INTEGER, neutral_ppm INTEGER, positive_ppm INTEGER,
        weight_ppm INTEGER NOT NULL DEFAULT 1000000)""",
    "CREATE INDEX clusters_by_author ON clusters (brand_id, author, month) WHERE author IS NOT NULL",
    "CREATE INDEX clusters_by_day ON clusters (brand_id, day)",
    """CREATE TABLE cluster_aspects (
        cluster_id INTEGER NOT NULL REFERENCES clusters ON DELETE CASCADE, aspect TEXT NOT NULL,
        PRIMARY KEY (cluster_id, aspect)) WITHOUT ROWID""",
    """CREATE TABLE index_cells (
        brand_id INTEGER NOT NULL, aspect TEXT NOT NULL, day TEXT NOT NULL, coarse TEXT NOT NULL,
        source_id INTEGER NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, model_id INTEGER NOT NULL,
        decided_by TEXT NOT NULL, state TEXT NOT NULL, clusters INTEGER NOT NULL, mentions INTEGER NOT NULL,
        weight_ppm INTEGER NOT NULL, weight2_ppm INTEGER NOT NULL, negative_ppm INTEGER NOT NULL,
        neutral_ppm INTEGER NOT NULL, positive_ppm INTEGER NOT NULL,
        PRIMARY KEY (brand_id, aspect, day, coarse, source_id, language, kind, model_id, decided_by, state))
        WITHOUT ROWID""",
    """CREATE TABLE audit_counts (
        language TEXT NOT NULL, kind TEXT NOT NULL, model_id INTEGER NOT NULL, decided_by TEXT NOT NULL,
        truth TEXT NOT NULL, predicted TEXT NOT NULL, clusters INTEGER NOT NULL, negative_ppm INTEGER NOT
        NULL, neutral_ppm INTEGER NOT NULL, positive_ppm INTEGER NOT NULL,
        PRIMARY KEY (language, kind, model_id, decided_by, truth, predicted)) WITHOUT ROWID""",
    "CREATE TABLE stale_clusters (id INTEGER PRIMARY KEY)",
    "CREATE TABLE stale_rows (brand_id INTEGER NOT NULL, month TEXT NOT NULL, PRIMARY KEY (brand_id, month))",
    """CREATE TABLE satisfaction_index (
        brand TEXT NOT NULL, group_name TEXT, by TEXT NOT NULL, period TEXT NOT NULL, key TEXT NOT NULL,
        mentions INTEGER NOT NULL, clusters INTEGER NOT NULL, positive INTEGER NOT NULL, neutral INTEGER NOT
        NULL, negative INTEGER NOT NULL, unscored INTEGER NOT NULL, n_effective REAL NOT NULL, raw_share REAL,
        "index" REAL, low REAL, high REAL, net REAL, degree REAL, method TEXT NOT NULL, state TEXT NOT NULL,
        model TEXT NOT NULL, standardised REAL, source_mix_effect REAL,
        PRIMARY KEY (brand, by, period, key)) WITHOUT ROWID""",
    """CREATE TABLE reference_mix (
        brand_id INTEGER NOT NULL REFERENCES brands, source_id INTEGER NOT NULL REFERENCES sources,
        share REAL NOT NULL, saved_at TEXT NOT NULL, PRIMARY KEY (brand_id, source_id)) WITHOUT ROWID""",
    """CREATE TABLE alerts (
        id INTEGER PRIMARY KEY, incident TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, brand_id INTEGER NOT NULL
        REFERENCES brands, day TEXT NOT NULL, n INTEGER NOT NULL, value REAL, baseline REAL, low REAL, high
        REAL, p REAL NOT NULL, evidence TEXT NOT NULL, raised_at TEXT NOT NULL)""",
    """CREATE TABLE surveys (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('csat', 'nps', 'resolution')),
        file TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, imported_at TEXT NOT NULL)""",
    """CREATE TABLE survey_responses (
        id INTEGER PRIMARY KEY, survey_id INTEGER NOT NULL REFERENCES surveys ON DELETE CASCADE, brand TEXT
        NOT NULL, kind TEXT NOT NULL, value REAL NOT NULL, answered_at TEXT)""",
    "CREATE INDEX survey_responses_by_brand ON survey_responses (brand, kind)",
)

_STALE = (
    """CREATE TRIGGER stale_after_mention AFTER INSERT ON mentions WHEN new.cluster_id IS NOT NULL BEGIN
        INSERT OR IGNORE INTO stale_clusters VALUES (new.cluster_id); END""",
    """CREATE TRIGGER stale_after_move AFTER UPDATE OF cluster_id, current, language ON mentions BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT old.cluster_id WHERE old.cluster_id IS NOT NULL;
        INSERT OR IGNORE INTO stale_clusters SELECT new.cluster_id WHERE new.cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER stale_after_erasure AFTER DELETE ON mentions WHEN old.cluster_id IS NOT NULL BEGIN
        INSERT OR IGNORE INTO stale_clusters VALUES (old.cluster_id); END""",
    """CREATE TRIGGER stale_after_document AFTER UPDATE OF
        published_at, date_precision, rating, author, kind, source_id, first_seen ON documents BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE document_id = new.id AND current AND cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER stale_after_score AFTER INSERT ON scores BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE id = new.mention_id AND current AND cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER stale_after_rescore AFTER UPDATE ON scores BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE id = new.mention_id AND current AND cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER stale_after_label AFTER INSERT ON labels BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE id = new.mention_id AND current AND cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER labels_are_kept BEFORE UPDATE ON labels BEGIN
        SELECT RAISE(ABORT, 'labels are append-only; add a new one'); END""",
    """CREATE TRIGGER stale_after_aspect AFTER INSERT ON mention_aspects BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE id = new.mention_id AND current AND cluster_id IS NOT NULL; END""",
    """CREATE TRIGGER stale_after_untagging AFTER DELETE ON mention_aspects BEGIN
        INSERT OR IGNORE INTO stale_clusters SELECT cluster_id FROM mentions
        WHERE id = old.mention_id AND current AND cluster_id IS NOT NULL; END""",
)

_VIEW = """CREATE VIEW scored_mentions AS
    SELECT m.id AS mention_id, b.name AS brand, b.group_name AS brand_group, s.name AS source, s.kind AS
    source_kind,
        d.kind AS document_kind, d.url, d.title, m.passage, coalesce(m.scored_text, m.passage) AS scored_text,
        m.language, m.language_confidence, d.published_at, d.date_source, d.date_precision, d.date_doubt,
        substr(coalesce(d.published_at, d.first_seen), 1, 10) AS day, d.author, d.author_name, d.rating,
        coalesce(l.label,
            CASE WHEN d.rating >= 4 THEN 'positive' WHEN d.rating <= 2 THEN 'negative'
                WHEN d.rating IS NOT NULL THEN 'neutral' END,
            CASE WHEN r.positive IS NULL THEN 'unscored'
                WHEN r.positive > r.neutral AND r.positive > r.negative THEN 'positive'
                WHEN r.negative > r.neutral AND r.negative >= r.positive THEN 'negative' ELSE 'neutral' END)
                AS label,
        CASE WHEN l.label IS NOT NULL THEN 'person' WHEN d.rating IS NOT NULL THEN 'stars'
            WHEN r.positive IS NOT NULL THEN 'model' ELSE '' END AS label_from,
        r.negative, r.neutral, r.positive, o.name AS model, r.truncated,
        CASE WHEN r.mention_id IS NULL THEN 'not scored yet' ELSE r.reason END AS unscored_reason,
        m.cluster_id, c.members AS cluster_size, c.weight_ppm / 1e6 / c.members AS weight,
        m.alias, m.rule, m.compound, m.relevance, m.context, m.lookalike, m.spans, d.encoding_doubt,
        m.revision, d.first_seen, d.last_seen, d.canonical_id,
        (SELECT group_concat(a.aspect, ' ') FROM mention_aspects a WHERE a.mention_id = m.id) AS aspects
    FROM mentions m
    JOIN documents d ON d.id = m.document_id
    JOIN brands b ON b.id = m.brand_id
    JOIN sources s ON s.id = d.source_id
    LEFT JOIN clusters c ON c.id = m.cluster_id
    LEFT JOIN scores r ON r.mention_id = m.id AND r.model_id = (
        SELECT x.model_id FROM scores x JOIN models y ON y.id = x.model_id WHERE x.mention_id = m.id
        ORDER BY y.current DESC, x.model_id DESC LIMIT 1)
    LEFT JOIN models o ON o.id = r.model_id
    LEFT JOIN labels l ON l.id = (SELECT max(k.id) FROM labels k WHERE k.mention_id = m.id)
    WHERE m.current"""

# `address` is the digest of an address, which may hold a password.
_DELIVERIES = (
    "ALTER TABLE alerts ADD COLUMN delivered_at TEXT",
    """CREATE TABLE alert_deliveries (
        alert_id INTEGER NOT NULL REFERENCES alerts ON DELETE CASCADE, address TEXT NOT NULL,
        delivered_at TEXT NOT NULL, PRIMARY KEY (alert_id, address)) WITHOUT ROWID""",
)

# What the rows of the last update were made of: sums by month, whose `day` is the first of it, and error rates.
# The next update fills both, since it no longer knows of an earlier one.
_MONTHS = (
    """CREATE TABLE index_months (
        brand_id INTEGER NOT NULL, aspect TEXT NOT NULL, day TEXT NOT NULL, coarse TEXT NOT NULL,
        source_id INTEGER NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, model_id INTEGER NOT NULL,
        decided_by TEXT NOT NULL, state TEXT NOT NULL, clusters INTEGER NOT NULL, mentions INTEGER NOT NULL,
        weight_ppm INTEGER NOT NULL, weight2_ppm INTEGER NOT NULL, negative_ppm INTEGER NOT NULL,
        neutral_ppm INTEGER NOT NULL, positive_ppm INTEGER NOT NULL,
        PRIMARY KEY (brand_id, aspect, day, coarse, source_id, language, kind, model_id, decided_by, state))
        WITHOUT ROWID""",
    """CREATE TABLE index_rates (
        language TEXT NOT NULL, kind TEXT NOT NULL, model_id INTEGER NOT NULL, rates TEXT NOT NULL,
        PRIMARY KEY (language, kind, model_id)) WITHOUT ROWID""",
    "CREATE INDEX index_cells_empty ON index_cells (clusters) WHERE clusters = 0",
    "DELETE FROM settings WHERE name IN ('index_now', 'index_rates')",
)

# Ids that were hashes of author names (see `store.identity.content_id`), and the marks of pages, hashes of such ids:
# of those the number of items stays. Copies are numbered anew, since spellings of a name have one keyed hash.
_KEYED_IDS = (
    """UPDATE documents SET canonical_id = renamed.name FROM (
        SELECT id, keyed || CASE place WHEN 1 THEN '' ELSE '~' || place END AS name FROM (
            SELECT id, keyed, row_number() OVER (PARTITION BY source_id, keyed ORDER BY id) AS place FROM (
                SELECT id, source_id, canonical_id, keyed_id(canonical_id, title, text, author, published_at) AS keyed
                FROM documents WHERE author IS NOT NULL)
            WHERE keyed <> canonical_id)) AS renamed
        WHERE documents.id = renamed.id""",
    "UPDATE seen_pages SET content_hash = substr(content_hash, instr(content_hash, ':')) WHERE content_hash LIKE '%:%'",
)

# References said no column, which is the key to SQLite, but an error to Datasette and others that read them. No content
# depends on it, so the text is changed in place (https://sqlite.org/lang_altertable.html, section 7): by the other way
# each table that refers would be written anew. Nothing read what `audit_draws` kept.
_NAMED_KEYS = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = named_keys(sql) WHERE type = 'table' AND sql <> named_keys(sql)",
    "PRAGMA writable_schema = RESET",
    "DROP TABLE audit_draws",
)
_REFERENCE = re.compile(
    r"\bREFERENCES\s+(?:alerts|brands|clusters|documents|mentions|models|runs|sources|surveys)\b(?!\s*\()"
)

# Error rates depend on the brand that was labelled. The next update fills `index_rates`, and finds all rows due.
_RATES_BY_BRAND = (
    "CREATE INDEX clusters_by_person ON clusters (brand_id, language, kind, model_id, predicted) "
    "WHERE decided_by = 'person'",
    "DROP TABLE index_rates",
    """CREATE TABLE index_rates (
        language TEXT NOT NULL, kind TEXT NOT NULL, model_id INTEGER NOT NULL, brand TEXT NOT NULL, rates TEXT
        NOT NULL, PRIMARY KEY (language, kind, model_id, brand)) WITHOUT ROWID""",
)

# Whose an edited text was before: sites put another name, or none, over the text of who has left.
_REVISED_AUTHORS = (
    "ALTER TABLE document_revisions ADD COLUMN author TEXT",
    "CREATE INDEX document_revisions_by_author ON document_revisions (author) WHERE author IS NOT NULL",
)

# By cluster, so that of a cluster that holds thousands of near copies one is enough to compare with.
_BANDS_BY_CLUSTER = (
    """CREATE TABLE bands_by_cluster (
        brand_id INTEGER NOT NULL, band INTEGER NOT NULL, cluster_id INTEGER NOT NULL,
        mention_id INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
        PRIMARY KEY (brand_id, band, cluster_id, mention_id)) WITHOUT ROWID""",
    "INSERT INTO bands_by_cluster SELECT b.brand_id, b.band, m.cluster_id, b.mention_id FROM near_duplicate_bands b "
    "JOIN mentions m ON m.id = b.mention_id WHERE m.cluster_id IS NOT NULL ORDER BY 1, 2, 3, 4",
    "DROP TABLE near_duplicate_bands",
    "ALTER TABLE bands_by_cluster RENAME TO near_duplicate_bands",
    "CREATE INDEX near_duplicate_bands_by_mention ON near_duplicate_bands (mention_id)",
)

MIGRATIONS: tuple[Migration, ...] = (
    Migration("0001_first_store", (*_CONFIGURED, *_RUNS, *_TEXTS, *_READINGS, *_NUMBERS, *_STALE, _VIEW)),
    Migration("0002_alert_deliveries", _DELIVERIES),
    Migration("0003_sums_by_month", _MONTHS),
    Migration("0004_keyed_ids", _KEYED_IDS),
    Migration("0005_named_keys", _NAMED_KEYS),
    Migration("0006_rates_by_brand", _RATES_BY_BRAND),
    Migration("0007_revised_authors", _REVISED_AUTHORS),
    Migration("0008_bands_by_cluster", _BANDS_BY_CLUSTER),
)


def applied(connection: sqlite3.Connection) -> list[str]:
    """The names of the migrations that the store has, in order; empty for a new file."""
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlite_migrations'"
    if connection.execute(found).fetchone() is None:
        return []
    recorded = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id"
    return [str(name) for (name,) in connection.execute(recorded, (SET,))]


def pending(names: Sequence[str], migrations: Sequence[Migration] = MIGRATIONS) -> list[Migration]:
    """The migrations that a store with `names` still lacks."""
    have = set(names)
    return [each for each in migrations if each.name not in have]


def is_newer(names: Sequence[str], migrations: Sequence[Migration] = MIGRATIONS) -> bool:
    """Whether a store with `names` was made by a later Arvio than this one."""
    return not set(names) <= {each.name for each in migrations}


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Apply what is missing, inside the caller's transaction; returns the names applied.

    Which are missing is read inside that transaction, so that two processes never apply one twice; the
    library's own transactions, which begin deferred, become savepoints in it.
    """
    from sqlite_utils import Migrations

    steps = Migrations(SET)
    for each in migrations:
        steps(name=each.name)(_Step(each))
    connection.create_function("keyed_id", 5, lambda *row: keyed_id(*row)[0], deterministic=True)
    connection.create_function(
        "named_keys", 1, lambda sql: _REFERENCE.sub(r"\g<0> (id)", sql), deterministic=True
    )
    if sys.version_info >= (3, 12):  # Apple's SQLite does not let the schema be written by default
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)
    database = wrapped(connection)
    missing = [each.name for each in steps.pending(database)]
    steps.apply(database)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    return missing


def wrapped(connection: sqlite3.Connection) -> "Database":
    """The connection as sqlite-utils knows it, its settings left alone and no plugins let in."""
    from sqlite_utils import Database

    return Database(connection, recursive_triggers=False, execute_plugins=False)


class _Step:
    """A migration as sqlite-utils calls it."""

    def __init__(self, migration: Migration) -> None:
        self.__name__ = migration.name
        self._statements = migration.statements

    def __call__(self, database: "Database", /) -> None:
        for statement in self._statements:
            database.execute(statement)
