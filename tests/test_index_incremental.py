"""An incremental update leaves exactly what a computation from scratch would."""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import cells
from store.db import ModelInfo, Store
from store.index import index_rows
from store.labels import add_labels
from store.published import update_index
from store.records import LABELS, Label, Score
from store.tallies import By
from tests.store_samples import MODEL, SHARES, STORY, clock, document, mention, score_all

TABLES = {
    "clusters": "SELECT * FROM clusters ORDER BY id",
    "cluster_aspects": "SELECT * FROM cluster_aspects ORDER BY 1, 2",
    "index_cells": "SELECT * FROM index_cells ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    "audit_counts": "SELECT * FROM audit_counts ORDER BY 1, 2, 3, 4, 5, 6",
}
PUBLISHED = {
    "index_months": "SELECT * FROM index_months ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    "index_rates": "SELECT * FROM index_rates ORDER BY 1, 2, 3",
    "index": "SELECT * FROM satisfaction_index ORDER BY 1, 3, 4, 5",
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

MODELS = [MODEL, replace(MODEL, sha256="b" * 64), replace(MODEL, sha256="c" * 64)]

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
    st.tuples(st.just("reread"), st.sampled_from(MODELS), labels),
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


def reread(store: Store, model: ModelInfo, label: Label) -> None:
    """Two texts by another model, which becomes the current one."""
    store.add_scores(model, [Score(row[0], *SHARES[label]) for row in store.unscored(model, limit=2)])


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
    each.__name__: each for each in (add, score, rescore, reread, label, aspect, forget, update)
}


def run_steps(taken: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "arvio.db", clock=clock) as store:
        with store.reading() as database:
            database.execute("PRAGMA synchronous = OFF")
        for name, *arguments in taken:
            ACTIONS[str(name)](store, *arguments)
        incremental = tables(store, TABLES)
        update_index(store, now="2027-01-02T00:00:00Z")
        published = tables(store, PUBLISHED)
        with store.transaction() as database:
            cells.rebuild(database)
        assert tables(store, TABLES) == incremental
        update_index(store, now="2027-01-02T00:00:00Z", everything=True)
        assert tables(store, PUBLISHED) == published
        assert_same_as_asked(store, "2027-01-02T00:00:00Z")


def assert_same_as_asked(store: Store, now: str) -> None:
    """What is published from sums by month is what the cells themselves say to who asks."""
    for by in get_args(By):
        if by == "day":
            continue
        asked = [row for row in index_rows(store, by=by, now=now) if row.clusters]
        with store.reading() as database:
            rows = database.execute(
                "SELECT brand, period, key, mentions, clusters, positive, neutral, negative, method, state, "
                "n_effective FROM satisfaction_index WHERE by = ? ORDER BY 1, 2, 3",
                (by,),
            ).fetchall()
        assert [row[:-1] for row in rows] == [
            (
                row.brand,
                row.period,
                row.key,
                row.mentions,
                row.clusters,
                row.positive,
                row.neutral,
                row.negative,
                row.method,
                row.state,
            )
            for row in asked
        ]
        assert [row[-1] for row in rows] == pytest.approx([row.n_effective for row in asked], abs=2e-4)


def test_a_night_moves_only_the_months_it_adds_to_and_labels_those_they_correct(tmp_path: Path) -> None:
    def fill(start: int, month: str, brand: str, read: Sequence[Label] = LABELS, **other: str) -> None:
        texts = [
            document(
                start + at, f"{brand} {start + at}", brand, **other, published_at=f"{month}-10T09:00:00Z"
            )
            for at in range(100)
        ]
        store.add_documents(texts)
        store.add_scores(
            MODEL,
            [Score(row[0], *SHARES[read[at % len(read)]]) for at, row in enumerate(store.unscored(MODEL))],
        )

    def computed() -> int:
        """How many rows an update computes; that the others are right all the same is told above."""
        found = update_index(store, now="2026-11-22T00:00:00Z")
        before = tables(store, PUBLISHED)
        update_index(store, now="2026-11-22T00:00:00Z", everything=True)
        assert tables(store, PUBLISHED) == before
        return found

    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        for at, month in enumerate(("2026-08", "2026-09", "2026-10", "2026-11")):
            fill(1000 * at, month, "Nokia")
        fill(5000, "2026-10", "Elisa", language="hy")
        # Nokia: total, source, language, four months and weeks; Elisa: one of each.
        assert computed() == 3 + 8 + 5
        assert computed() == 0
        with store.reading() as database:
            read = database.execute("SELECT id FROM mentions WHERE language = 'fi' ORDER BY id").fetchall()
        add_labels(store, [(id, LABELS[at % 3]) for at, (id,) in enumerate(read[:180])])
        # All that is Finnish is corrected with other rates than before.
        assert computed() == 3 + 8
        fill(6000, "2026-11", "Nokia")
        # As much was read negative, neutral and positive as before: the rates are the same.
        assert computed() == 3 + 2
        fill(7000, "2026-10", "Telia")
        assert computed() == 5
        fill(8000, "2026-11", "Nokia", ["negative"])
        # A month without labels says nothing of what they were drawn from: Telia's rows stay. Of Nokia's August
        # nothing is left to correct.
        assert computed() == 3 + 6


def test_copies_are_read_again_in_one_batch(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        store.add_documents([document(at, STORY) for at in range(2)])
        for shares in (SHARES["negative"], SHARES["positive"]):
            store.add_scores(MODEL, [Score(id, *shares) for id in (1, 2)])
        (row,) = index_rows(store, now="2026-11-22T00:00:00Z")
        assert (row.positive, row.negative) == (1, 0)


def test_an_interrupted_change_of_model_leaves_what_a_rebuild_would() -> None:
    texts: list[tuple[object, ...]] = [("add", at, TEXTS[0], "Nokia", DAYS[0], None, None) for at in range(3)]
    first, second, third = MODELS
    # The third text is read by the first model, later by the second; then the first is chosen again, then the third.
    readings = [(first, "positive"), (first, "positive"), (second, "negative"), (second, "negative")]
    steps = [("reread", *each) for each in (*readings, (first, "positive"), (third, "neutral"))]
    run_steps([*texts, *steps])


def test_a_date_at_the_end_of_the_calendar_waits_for_its_day(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        add(store, 1, TEXTS[0], "Nokia", "9999-12-31", None, 5.0)
        assert update_index(store, now="2026-11-22T00:00:00Z") == 0
        add(store, 2, TEXTS[1], "Nokia", "2026-11-20", None, 1.0)
        # Total, source, language, month and week; the other text is in none of them.
        assert update_index(store, now="2026-11-22T00:00:00Z") == 5
        assert_same_as_asked(store, "2026-11-22T00:00:00Z")
        assert update_index(store, now="9999-12-31T00:00:00Z") == 5
        assert_same_as_asked(store, "9999-12-31T00:00:00Z")


def test_others_write_while_an_index_is_estimated_and_what_they_write_counts(tmp_path: Path) -> None:
    path, written = tmp_path / "arvio.db", list[bool]()

    def correct() -> None:
        """Labels everything as soon as the update has begun."""
        with Store.open(path, clock=clock) as other:
            while not tables(other, PUBLISHED)["index_months"]:
                time.sleep(0.002)
            add_labels(other, [(id, "negative") for id in range(1, 501)])
            written.append(not tables(other, PUBLISHED)["index"])

    with Store.open(path, clock=clock) as store:
        days = [date(2026, 11, 20) - timedelta(days=at) for at in range(1000)]
        store.add_documents(
            [document(at, f"Nokia {at}", published_at=f"{day}T09:00:00Z") for at, day in enumerate(days)]
        )
        score_all(store, LABELS)
        another = threading.Thread(target=correct)
        another.start()
        update_index(store, now="2026-11-22T00:00:00Z")
        another.join()
        assert written == [True]
        assert_same_as_asked(store, "2026-11-22T00:00:00Z")
        found = tables(store, PUBLISHED)
        update_index(store, now="2026-11-22T00:00:00Z", everything=True)
        assert tables(store, PUBLISHED) == found


def test_a_brand_changes_its_group_everywhere(tmp_path: Path) -> None:
    class Named:
        def __init__(self, group: str) -> None:
            self.name, self.group = "Nokia", group

    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        add(store, 1, TEXTS[0], "Nokia", DAYS[0], None, 5.0)
        for group in ("ruoka", "teknologia"):
            store.sync_config([Named(group)], [])
            update_index(store, now="2026-11-22T00:00:00Z")
        with store.reading() as database:
            assert database.execute("SELECT DISTINCT group_name FROM satisfaction_index").fetchall() == [
                ("teknologia",)
            ]


@given(st.lists(steps, min_size=1, max_size=14))
@settings(max_examples=25, deadline=None)
def test_incremental_equals_from_scratch(taken: list[tuple[object, ...]]) -> None:
    run_steps(taken)


@pytest.mark.soak
@given(st.lists(steps, min_size=5, max_size=40))
@settings(max_examples=1_000, deadline=None)
def test_incremental_equals_from_scratch_at_length(taken: list[tuple[object, ...]]) -> None:
    run_steps(taken)
