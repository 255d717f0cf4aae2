"""An incremental update leaves exactly what a computation from scratch would."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import cells
from store.db import Store
from store.labels import add_labels
from store.published import update_index
from store.records import LABELS, Label, Score
from tests.store_samples import MODEL, SHARES, STORY, clock, document, mention

TABLES = {
    "clusters": "SELECT * FROM clusters ORDER BY id",
    "cluster_aspects": "SELECT * FROM cluster_aspects ORDER BY 1, 2",
    "index_cells": "SELECT * FROM index_cells ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    "audit_counts": "SELECT * FROM audit_counts ORDER BY 1, 2, 3, 4, 5, 6",
}
TEXTS = [
    "Nokia on hyvä.",
    "Nokia pätkii.",
    STORY,
    STORY + " Lue lisää.",
    STORY.upper(),
    "Toimitus kesti, Nokia.",
]
DAYS = ["2026-09-30", "2026-10-01", "2026-11-20", "2026-11-21", "2027-01-01"]

labels = st.sampled_from(LABELS)
ids = st.integers(0, 11)
added = st.tuples(
    st.just("add"),
    ids,
    st.sampled_from(TEXTS),
    st.sampled_from(["Nokia", "Elisa"]),
    st.sampled_from(DAYS),
    st.sampled_from([None, "Aino", "Väinö"]),
    st.sampled_from([None, 1.0, 3.0, 5.0]),
)
steps = st.one_of(
    added,
    added,
    st.tuples(st.just("score"), labels),
    st.tuples(st.just("rescore"), ids, labels),
    st.tuples(st.just("label"), ids, labels),
    st.tuples(st.just("aspect"), ids, st.sampled_from(["price", "delivery"])),
    st.tuples(st.just("forget"), st.sampled_from(["Aino", "Väinö"])),
    st.tuples(st.just("update"), st.sampled_from(["2026-11-22T00:00:00Z", "2027-01-02T00:00:00Z"])),
)


def tables(store: Store, queries: dict[str, str]) -> dict[str, list[object]]:
    with store.reading() as database:
        return {name: database.execute(query).fetchall() for name, query in queries.items()}


def add(
    store: Store, id: int, text: str, brand: str, day: str, author: str | None, rating: float | None
) -> None:
    passage = (mention(text, brand),)
    store.add_documents(
        [document(id, text, mentions=passage, published_at=f"{day}T09:00:00Z", author=author, rating=rating)]
    )


def score(store: Store, label: Label) -> None:
    store.add_scores(MODEL, [Score(row[0], *SHARES[label]) for row in store.unscored(MODEL, limit=3)])


def present(store: Store, id: int) -> list[int]:
    with store.reading() as database:
        rows = database.execute("SELECT id FROM mentions WHERE current ORDER BY id LIMIT 1 OFFSET ?", (id,))
        return [int(row[0]) for row in rows]


def rescore(store: Store, id: int, label: Label) -> None:
    store.add_scores(MODEL, [Score(each, *SHARES[label]) for each in present(store, id)])


def label(store: Store, id: int, label: Label) -> None:
    add_labels(store, [(each, label) for each in present(store, id)])


def aspect(store: Store, id: int, aspect: str) -> None:
    with store.transaction() as database:
        for each in present(store, id):
            database.execute("DELETE FROM mention_aspects WHERE mention_id = ?", (each,))
            database.execute("INSERT INTO mention_aspects VALUES (?, ?)", (each, aspect))


def forget(store: Store, author: str) -> None:
    store.forget(author=author)


def update(store: Store, now: str) -> None:
    update_index(store, now=now)


ACTIONS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (add, score, rescore, label, aspect, forget, update)
}


def run_steps(taken: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "arvio.db", clock=clock) as store:
        with store.reading() as database:
            database.execute("PRAGMA synchronous = OFF")
        for name, *arguments in taken:
            ACTIONS[str(name)](store, *arguments)
        incremental = tables(store, TABLES)
        update_index(store, now="2027-01-02T00:00:00Z")
        published = tables(store, {"index": "SELECT * FROM satisfaction_index"})
        with store.transaction() as database:
            cells.rebuild(database)
        assert tables(store, TABLES) == incremental
        update_index(store, now="2027-01-02T00:00:00Z", everything=True)
        assert tables(store, {"index": "SELECT * FROM satisfaction_index"}) == published


@given(st.lists(steps, min_size=1, max_size=14))
@settings(max_examples=25, deadline=None)
def test_incremental_equals_from_scratch(taken: list[tuple[object, ...]]) -> None:
    run_steps(taken)


@pytest.mark.soak
@given(st.lists(steps, min_size=5, max_size=40))
@settings(max_examples=1_000, deadline=None)
def test_incremental_equals_from_scratch_at_length(taken: list[tuple[object, ...]]) -> None:
    run_steps(taken)
