"""People's labels: they win, they stay, they are drawn fairly, and their agreement with the model is
shown.
"""

import os
import pty
import sys
import termios
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db import Filters, Store
from store.errors import StoreError, UsageError
from store.labels import add_labels, agreement, audit_sample, import_labels
from tests.store_samples import BARE, clock, document, filled, mention, mix, score_all


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


def test_a_label_is_never_overwritten_by_rescoring_or_recrawling(store: Store) -> None:
    filled(store, mix(1, 0, 0))
    add_labels(store, [(1, "negative")])
    score_all(store, "positive", BARE)
    store.add_documents([document(0, "Nokia.")])
    (row,) = store.mentions()
    assert (row.label, row.label_from, row.positive) == ("negative", "person", 0.8)


def test_a_label_goes_on_with_a_text_that_a_newer_arvio_cuts_otherwise_but_not_with_an_edited_one(
    store: Store,
) -> None:
    text = "Nokia on hyvä.Suosittelen. Elisa ei."
    before = (mention(text), mention("Elisa ei.", "Elisa"))
    store.add_documents([document(1, text, mentions=before), document(2, "Nokia.")])
    add_labels(store, [(1, "negative")])
    add_labels(store, [(1, "positive"), (3, "neutral")], labelled_by="Aino")
    after = (mention("Nokia on hyvä."), mention("Elisa ei. ", "Elisa"))
    store.add_documents([document(1, text, mentions=after), document(2, "Nokia, ei.")])
    rows = [(row.brand, row.passage, row.label, row.label_from) for row in store.mentions()]
    assert sorted(rows) == [
        ("Elisa", "Elisa ei. ", "unscored", ""),
        ("Nokia", "Nokia on hyvä.", "positive", "person"),
        ("Nokia", "Nokia, ei.", "unscored", ""),
    ]
    parts = (mention("Nokia on hyvä"), mention("Suosittelen Nokiaa"))
    store.add_documents([document(1, text, mentions=parts)])
    assert {row.label for row in store.mentions()} == {"unscored"}


def test_the_latest_label_counts_and_the_first_is_kept(store: Store) -> None:
    filled(store, mix(1, 0, 0))
    add_labels(store, [(1, "negative")])
    add_labels(store, [(1, "neutral")])
    assert store.count_mentions(Filters(label="neutral")) == 1
    with store.reading() as database:
        assert database.execute("SELECT label FROM labels ORDER BY id").fetchall() == [
            ("negative",),
            ("neutral",),
        ]
    with pytest.raises(StoreError, match="append-only"), store.transaction() as database:
        database.execute("UPDATE labels SET label = 'positive'")


def test_the_sample_is_even_over_language_and_reading(store: Store) -> None:
    filled(store, mix(80, 5, 15))
    filled(store, mix(10, 40, 10), start=1000, language="hy")
    drawn = audit_sample(store, 60, seed=3)
    assert len({item.mention_id for item in drawn}) == 60
    labels = {row.mention_id: (row.language, row.label) for row in store.mentions()}
    counts = Counter(labels[item.mention_id] for item in drawn)
    assert counts[("fi", "neutral")] == 5
    assert min(counts.values()) == 5 and max(counts.values()) <= 12
    assert audit_sample(store, 60, seed=3) == drawn


def test_what_is_labelled_is_not_drawn_again(store: Store) -> None:
    filled(store, mix(3, 3, 3))
    add_labels(store, [(item.mention_id, "neutral") for item in audit_sample(store, 6)], origin="audit")
    assert len(audit_sample(store, 50)) == 3
    with pytest.raises(UsageError):
        audit_sample(store, 0)


def test_kappa_by_hand(store: Store) -> None:
    filled(store, mix(10, 0, 10))
    truths = mix(8, 0, 2) + mix(1, 0, 9)
    add_labels(store, list(enumerate(truths, 1)))
    found = agreement(store)
    # Observed 17/20; by chance (9·10 + 11·10) / 400 = ½.
    assert (found.n, found.observed) == (20, 0.85)
    assert found.kappa == pytest.approx(0.7)
    assert agreement(store, "Elisa").kappa is None


def test_labels_are_imported_all_or_none(store: Store, tmp_path: Path) -> None:
    filled(store, mix(3, 0, 0))
    good = tmp_path / "good.csv"
    good.write_text("mention_id,label\n1,negative\n2, Neutral\n", encoding="utf-8")
    assert import_labels(store, good) == 2
    lines = tmp_path / "good.jsonl"
    lines.write_text('{"mention_id": 3, "label": "negative"}\n', encoding="utf-8")
    assert import_labels(store, lines) == 1
    bad = tmp_path / "bad.csv"
    for text, message in (
        ("mention_id,label\n1,positive\n99,positive\n", "mention 99 is not in the store"),
        ("mention_id,label\n1,hyvä\n", "line 2: label 'hyvä' is none of"),
        ("mention_id,label\nx,positive\n", "line 2: mention_id 'x' is not a whole number"),
        ("id,label\n1,positive\n", "has no column 'mention_id'"),
        ("mention_id,label\n", "has no labels"),
    ):
        bad.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=message):
            import_labels(store, bad)
    assert [row.label for row in store.mentions(Filters(newest_first=False))] == [
        "negative",
        "neutral",
        "negative",
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bad.csv", '"mention_id,label\n1,positive\n', "line 2: is not CSV"),
        ("bad.csv", f"mention_id,label\n{10**20},positive\n", "mention 1000+ is not in the store"),
        ("bad.csv", "mention_id,label\n1_0,positive\n", "line 2: mention_id '1_0' is not a whole number"),
        ("bad.jsonl", '{"mention_id": ' + "9" * 5000 + "}", "line 1: is not JSON"),
        ("bad.jsonl", "[" * 100_000, "line 1: is not JSON"),
        ("bad.jsonl", '{"mention_id": 1, "label": "\\ud800"}', "line 1: is not JSON"),
    ],
)
def test_a_file_that_no_program_should_have_written_is_refused(
    store: Store, tmp_path: Path, name: str, text: str, message: str
) -> None:
    filled(store, mix(3, 0, 0))
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        import_labels(store, tmp_path / name)


def test_a_line_separator_inside_a_cell_ends_no_row(store: Store, tmp_path: Path) -> None:
    filled(store, mix(2, 0, 0))
    path = tmp_path / "labels.csv"
    path.write_text(
        "mention_id,text,label\n1,hyvä\u2028mutta,negative\n2,a\x85b\x0cc,neutral\n", encoding="utf-8"
    )
    assert import_labels(store, path) == 2
    assert [row.label for row in store.mentions(Filters(newest_first=False))] == ["negative", "neutral"]


def answer(fd: int, keys: str) -> str:
    """Types one key each time the terminal `fd` waits for one; returns all that was shown."""
    shown = b""
    for key in keys:
        prompts = shown.count(b"[q]uit: ")
        while shown.count(b"[q]uit: ") == prompts:
            shown += os.read(fd, 4096)
        # What is typed before the terminal listens for single keys is dropped.
        while termios.tcgetattr(fd)[3] & termios.ICANON:
            time.sleep(0.01)
        os.write(fd, key.encode())
    try:
        while more := os.read(fd, 4096):
            shown += more
    except OSError:  # Linux says so when the other end of a terminal is closed.
        pass
    return shown.decode()


def test_labelling_key_by_key_makes_no_store(tmp_path: Path) -> None:
    path = tmp_path / "arvoi.db"
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "cli", "label", "--db", str(path)])
    shown = answer(fd, "")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 78
    assert "there is no store yet" in shown and not path.exists()


def test_single_keys_label_a_sample_and_the_agreement_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path, clock=clock) as store:
        filled(store, mix(2, 0, 2))
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "cli", "label", "--by", "Aino", "--db", str(path)])
    shown = answer(fd, "pxnsq")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (
        "1/4" in shown and "4/4" in shown and "2 labelled; the model agrees on" in shown and "κ = " in shown
    )
    with Store.open(path, read_only=True) as store, store.reading() as database:
        kept = database.execute("SELECT label, origin, labelled_by FROM labels ORDER BY id").fetchall()
    assert kept == [("positive", "audit", "Aino"), ("negative", "audit", "Aino")]
