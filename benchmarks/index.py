"""The index at size: from scratch, a night's increment and a trend, beside one plain SQL aggregation.

    python -m benchmarks.index [--mentions 1000000] [--brands 50] [--night 10000] [--db PATH]

The yardstick is the same sums (state and weight of each cluster, added up by brand, day, source and language)
as a single statement over the same tables. Rows go in by bare inserts; how fast documents are added is
another question.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from store import cells
from store.db import Store
from store.published import update_index
from store.trend import trend

NOW = "2026-11-22T12:00:00Z"
FIRST = date(2025, 11, 22)
LANGUAGES = ("fi", "fi", "hy", "hy", "ru", "en")
AUTHORS = 20_000
CONFUSION = [[320, 40, 40], [60, 280, 60], [40, 40, 320]]
WORDS = [
    "Nokia",
    "liittymä",
    "toimii",
    "hinta",
    "nousi",
    "palvelu",
    "oli",
    "hyvä",
    "eilen",
    "kaupassa",
    "jonotin",
    "toimitus",
    "myöhästyi",
    "taas",
    "viikon",
]

_DOCUMENTS = (
    "documents (id, source_id, canonical_id, url, kind, title, text, author, published_at, date_precision, "
    "content_hash, first_seen, last_seen)"
)
_MENTIONS = (
    "mentions (id, document_id, brand_id, cluster_id, revision, passage, normal, spans, alias, rule, "
    "compound, "
    "relevance, lookalike, language, language_confidence, signature, first_seen)"
)

YARDSTICK = """
    WITH cluster AS (
        SELECT m.cluster_id, m.brand_id, min(d.published_at) AS at, d.source_id, m.language, d.author,
            sum(max(s.negative, s.neutral, s.positive) * s.negative) AS negative,
            sum(max(s.negative, s.neutral, s.positive) * s.neutral) AS neutral,
            sum(max(s.negative, s.neutral, s.positive) * s.positive) AS positive,
            max(l.label) AS label, max(d.rating) AS rating
        FROM mentions m JOIN documents d ON d.id = m.document_id
        JOIN scores s ON s.mention_id = m.id AND s.model_id = 1 LEFT JOIN labels l ON l.mention_id = m.id
        WHERE m.current GROUP BY m.cluster_id),
    stated AS (
        SELECT brand_id, substr(at, 1, 10) AS day, source_id, language,
            CASE WHEN label IS NOT NULL THEN label WHEN rating >= 4 THEN 'positive' WHEN rating <= 2 THEN
            'negative'
                WHEN rating IS NOT NULL THEN 'neutral' WHEN positive > neutral AND positive > negative THEN
                'positive' WHEN negative > neutral THEN 'negative' ELSE 'neutral' END AS state,
            1 / sqrt(count(*) OVER (PARTITION BY brand_id, author, substr(at, 1, 7))) AS weight
        FROM cluster)
    SELECT brand_id, day, source_id, language, state, count(*), sum(weight), sum(weight * weight)
    FROM stated GROUP BY 1, 2, 3, 4, 5"""


def fill(
    store: Store, first: int, count: int, brands: int, day: Callable[[random.Random], date], seed: int
) -> None:
    """Adds `count` mentions with ids from `first`; every tenth is a copy of the one before it."""
    with store.reading() as database:
        database.execute("BEGIN")
        for table, rows in (
            (_DOCUMENTS, _documents(first, count, day, seed)),
            ("clusters (id, brand_id)", _clusters(first, count, brands)),
            (_MENTIONS, _mentions(first, count, brands)),
            (
                "scores (mention_id, model_id, negative, neutral, positive, scored_at)",
                _scores(first, count, seed),
            ),
        ):
            places = table.count(",") + 1
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * places)})", rows)
        database.execute("COMMIT")


def fill_store(path: Path, mentions: int, brands: int = 50) -> None:
    """A new store at `path` with so many mentions of a year, scored and summed up, for other benchmarks."""
    with Store.open(path) as store:
        _prepare(store, brands)
        fill(store, 1, mentions, brands, _any_day, 1)
        _rebuild(store)


def measure(work: Callable[[], object]) -> float:
    """Seconds of processor time that `work` takes, with the system's on its behalf: neighbours do not
    count.
    """
    start = time.process_time()
    work()
    return time.process_time() - start


def run(path: Path, mentions: int, brands: int, night: int) -> dict[str, float]:
    """Fills a new store at `path` and measures; seconds, and the peak of memory in MiB."""
    found: dict[str, float] = {}
    with Store.open(path) as store:
        _prepare(store, brands)
        found["fill"] = measure(lambda: fill(store, 1, mentions, brands, _any_day, 1))
        found["plain_sql"] = min(measure(lambda: _plain(store)) for _ in range(2))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found["scratch_sums"] = measure(lambda: _rebuild(store))
        found["scratch_rows"] = measure(lambda: update_index(store, now=NOW, everything=True))
        found["scratch"] = found["scratch_sums"] + found["scratch_rows"]
        found["memory_before_mib"] = before
        found["memory_peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        fill(store, mentions + 1, night, brands, lambda random: date(2026, 11, 22), 2)
        found["night_sums"] = measure(lambda: _refresh(store))
        found["night_rows"] = measure(lambda: update_index(store, now=NOW))
        found["night"] = found["night_sums"] + found["night_rows"]
        found["trend"] = measure(lambda: trend(store, "brand7", now=NOW))
    found["scratch_by_plain_sql"] = found["scratch"] / found["plain_sql"]
    found["night_by_scratch"] = found["night"] / found["scratch"]
    return {name: round(value, 4) for name, value in found.items()}


def _prepare(store: Store, brands: int) -> None:
    with store.transaction() as database:
        database.executemany(
            "INSERT INTO brands (id, name, group_name) VALUES (?, ?, ?)",
            [(at, f"brand{at}", f"group{at % 5}") for at in range(1, brands + 1)],
        )
        database.executemany(
            "INSERT INTO sources (id, name) VALUES (?, ?)", [(at, f"s{at}") for at in range(1, 11)]
        )
        card = json.dumps(
            {"languages": {each: {"all": CONFUSION} for each in set(LANGUAGES)}}, sort_keys=True
        )
        database.execute("INSERT INTO models VALUES (1, 'bench', 'x', ?, ?, 1)", (card, NOW))
        database.execute("INSERT INTO runs (id, command, pid, started_at) VALUES (1, 'bench', 0, ?)", (NOW,))


def _any_day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randrange(364))


def _is_copy(at: int) -> bool:
    return at % 10 == 0


def _documents(
    first: int, count: int, day: Callable[[random.Random], date], seed: int
) -> Iterator[tuple[object, ...]]:
    chance = random.Random(seed)
    for at in range(first, first + count):
        text = " ".join(chance.choices(WORDS, k=30))
        author = f"{min(AUTHORS, int(chance.paretovariate(0.5))):032x}" if chance.random() < 0.7 else None
        published = f"{day(chance)}T{at % 24:02d}:00:00Z"
        yield (
            at,
            at % 10 + 1,
            str(at),
            f"https://s.example/{at}",
            "comment",
            "",
            text,
            author,
            published,
            "second",
            b"x",
            NOW,
            NOW,
        )


def _clusters(first: int, count: int, brands: int) -> Iterator[tuple[int, int]]:
    return (
        (at, at // 10 % brands + 1) for at in range(first, first + count) if not _is_copy(at) or at == first
    )


def _mentions(first: int, count: int, brands: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(first)
    for at in range(first, first + count):
        cluster = at if not _is_copy(at) or at == first else at - 1
        text = " ".join(chance.choices(WORDS, k=15))
        yield (
            at,
            at,
            cluster // 10 % brands + 1,
            cluster,
            1,
            text,
            text,
            "[[0, 5]]",
            "Nokia",
            "exact",
            0,
            1.0,
            0,
            LANGUAGES[at % len(LANGUAGES)],
            0.99,
            b"",
            NOW,
        )


def _scores(first: int, count: int, seed: int) -> Iterator[tuple[int, int, float, float, float, str]]:
    chance = random.Random(seed + 1)
    for at in range(first, first + count):
        a, b, c = chance.random() ** 2, chance.random() ** 3, chance.random()
        yield at, 1, a / (a + b + c), b / (a + b + c), c / (a + b + c), NOW


def _plain(store: Store) -> None:
    with store.reading() as database:
        for _ in database.execute(YARDSTICK):
            pass


def _rebuild(store: Store) -> None:
    with store.transaction() as database:
        cells.rebuild(database)


def _refresh(store: Store) -> None:
    with store.transaction():
        pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--night", type=int, default=10_000)
    parser.add_argument("--db", type=Path, help="where to put the store; a temporary folder otherwise")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.db or Path(folder) / "bench.db"
        print(json.dumps(run(path, chosen.mentions, chosen.brands, chosen.night), indent=1))


if __name__ == "__main__":
    main()
