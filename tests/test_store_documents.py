"""Documents on their way into the store: once each, with their history, near-duplicates together (T23, T24, T32)."""

import errno
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.clusters import SAME_STORY
from store.db import AddResult, Filters, SeenPage, Store
from store.documents import rescaled_rating
from store.errors import StoreError
from store.near_duplicates import bands, signature, similarity
from store.records import Document, PersonLabel, Score
from tests.store_samples import MODEL, STORY, clock, document, mention, score_all


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


def test_a_second_crawl_adds_nothing(store: Store) -> None:
    documents = [document(each) for each in range(3)]
    assert store.add_documents(documents) == AddResult(new=3, mentions_new=3)
    assert store.add_documents(documents) == AddResult(unchanged=3)
    assert store.count_mentions() == 3


def test_t32_an_edited_document_keeps_history_and_first_seen_and_its_score_goes_stale(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(1, "Nokia on hyvä."), document(2, "Nokia on ok.")])
        score_all(store, "positive")
    with Store.open(path, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC)) as store:
        assert store.add_documents([document(1, "Nokia on huono.")]) == AddResult(changed=1, mentions_new=1)
        assert [text for _, text, _ in store.unscored(MODEL)] == ["Nokia on huono."]
        (edited,) = store.mentions(Filters(search="huono"))
        assert (edited.label, edited.first_seen) == ("unscored", "2026-11-22T12:00:00Z")
        assert list(store.mentions(Filters(search="hyvä"))) == []
        with store.reading() as database:
            history = database.execute(
                "SELECT revision, text, replaced_at FROM document_revisions"
            ).fetchall()
            assert history == [(1, "Nokia on hyvä.", "2026-12-01T00:00:00Z")]
            assert database.execute("SELECT count(*) FROM mentions").fetchone() == (3,)
            (clusters,) = database.execute("SELECT sum(clusters) FROM index_cells").fetchone()
            assert clusters == 2


def test_t32_a_passage_that_reads_as_before_keeps_its_score_and_label(store: Store) -> None:
    kept, gone = mention("Nokia on hyvä."), mention("Nokia on halpa.")
    store.add_documents([document(1, "Nokia on hyvä. Nokia on halpa.", mentions=(kept, gone))])
    score_all(store, "positive")
    store.add_documents([document(1, "Nokia on hyvä. Lisäys.", mentions=(kept,))])
    assert [(each.mention_id, each.label) for each in store.mentions()] == [(1, "positive")]


def test_a_new_mention_or_label_does_not_read_the_brands_others(store: Store) -> None:
    store.add_documents([document(at, f"Nokia {at}") for at in range(3_000)])
    steps: list[None] = []
    with store.reading() as database:
        database.set_progress_handler(lambda: steps.append(None), 1_000)
    new = [document(f"uusi{at}", f"Nokia, uusi {at}") for at in range(30)]
    store.add_documents(new)
    # Thousands of SQLite's instructions: 21; 30 readings of 3,000 mentions take 470.
    assert len(steps) < 100
    steps.clear()
    store.add_documents(
        (),
        labels=[
            PersonLabel("foorumi", f"uusi{at}", "Nokia", each.text, "positive") for at, each in enumerate(new)
        ],
    )
    # 15; 30 readings take 650.
    assert len(steps) < 100
    assert store.count_mentions(Filters(label="positive")) == 30


def test_a_copy_is_not_compared_with_the_thousand_before_it(store: Store) -> None:
    def copies(count: int, start: int) -> list[Document]:
        return [document(start + at, STORY) for at in range(count)]

    store.add_documents(copies(1_000, 0))
    steps: list[None] = []
    with store.reading() as database:
        database.set_progress_handler(lambda: steps.append(None), 1_000)
    store.add_documents(copies(30, 1_000))
    # Thousands of SQLite's instructions: 87, most of them for the sums; 30 comparisons with all take 2,000 more.
    assert len(steps) < 300
    assert {row.cluster_size for row in store.mentions()} == {1_030}


def test_a_near_copy_is_not_compared_with_the_thousand_before_it(store: Store) -> None:
    chance = random.Random(3)

    def near_copies(count: int, start: int) -> list[Document]:
        ends = [" ".join(f"sana{chance.randrange(400)}" for _ in range(10)) for _ in range(count)]
        return [document(start + at, f"{STORY} {end}") for at, end in enumerate(ends)]

    store.add_documents(near_copies(1_000, 0))
    steps: list[None] = []
    with store.reading() as database:
        database.set_progress_handler(lambda: steps.append(None), 1_000)
    store.add_documents(near_copies(30, 1_000))
    # Thousands of SQLite's instructions: 110, most of them for the sums; 30 comparisons with all take 830 more.
    assert len(steps) < 300
    assert {row.cluster_size for row in store.mentions()} == {1_030}


def test_one_mention_for_each_brand_and_passage(store: Store) -> None:
    both = (mention("Nokia ja Elisa", "Nokia"), mention("Nokia ja Elisa", "Elisa"), mention("Nokia ja Elisa"))
    assert store.add_documents([document(1, mentions=both)]).mentions_new == 2


def test_a_passage_that_is_cut_otherwise_than_before_is_no_new_mention(store: Store) -> None:
    text = "Nokia hajosi. Takuu ei auttanut. Nokia ei vastaa."
    store.add_documents([document(1, text)])
    for passages, new in (
        ((("Nokia hajosi.", "Nokia"),), 0),
        ((("Nokia hajosi. Takuu ei auttanut.", "Nokia"), ("Nokia ei vastaa.", "Nokia")), 1),
        (((text, "Nokia"), ("Takuu ei auttanut.", "Elisa")), 1),
    ):
        again = document(1, text, mentions=tuple(mention(*each) for each in passages))
        assert store.add_documents([again]) == AddResult(unchanged=1, mentions_new=new)


def test_t23_one_story_on_twenty_hosts_is_one_cluster(store: Store) -> None:
    endings = ["", " Lue lisää.", " (STT)", " Lähde: STT", " Kuva: Lehtikuva"]
    store.add_documents(
        [
            document(at, STORY + endings[at % 5], source=f"lehti{at}", url=f"https://lehti{at}.example/juttu")
            for at in range(20)
        ]
    )
    rows = list(store.mentions())
    assert len({row.cluster_id for row in rows}) == 1
    assert {row.cluster_size for row in rows} == {20}


def test_t23_fifty_people_who_say_the_same_short_thing_are_fifty(store: Store) -> None:
    store.add_documents([document(at, "Hyvä!", author=f"Kirjoittaja {at}") for at in range(50)])
    assert len({row.cluster_id for row in store.mentions()}) == 50


def test_different_stories_and_different_brands_are_not_merged(store: Store) -> None:
    other = (
        "Ruokakauppa avasi eilen kolme uutta myymälää pohjoiseen, "
        "ja jono ulottui kadulle asti koko aamun ajan."
    )
    store.add_documents([document(1, STORY), document(2, other), document(3, STORY, brand="Elisa")])
    assert len({row.cluster_id for row in store.mentions()}) == 3


def test_clusters_do_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    words = STORY.split()
    chain = [document(at, " ".join(words[at : at + 16])) for at in range(0, 10, 1)]
    partitions = []
    for name, documents in (("a.db", chain), ("b.db", chain[::-1]), ("c.db", chain[::2] + chain[1::2])):
        with Store.open(tmp_path / name, clock=clock) as store:
            store.add_documents(documents)
            groups: dict[int, set[str]] = {}
            for row in store.mentions():
                groups.setdefault(row.cluster_id, set()).add(row.canonical_id)
            partitions.append({frozenset(each) for each in groups.values()})
    assert partitions[0] == partitions[1] == partitions[2]


def test_clusters_are_the_components_of_what_is_similar_whatever_came_and_went(store: Store) -> None:
    chance = random.Random(7)
    words = STORY.split()
    texts: dict[str, str] = {}
    for _ in range(12):
        batch = {}
        for _ in range(10):
            start, number = chance.randrange(8), chance.choice(("", str(chance.randrange(1_000))))
            passage = words[start : start + chance.randrange(9, 18)]
            batch[f"d{chance.randrange(60)}"] = " ".join([*passage, number]).strip()
        store.add_documents([document(id, text) for id, text in batch.items()])
        texts |= batch
        stored: dict[int, set[str]] = {}
        for row in store.mentions():
            stored.setdefault(row.cluster_id, set()).add(row.canonical_id)
        assert sorted(map(sorted, stored.values())) == components(texts)


def components(texts: dict[str, str]) -> list[list[str]]:
    """The ids of texts that similar ones connect, each pair compared."""
    sketches = {id: signature(text) for id, text in texts.items()}
    found: list[set[str]] = []
    for id, sketch in sketches.items():
        near = {
            other
            for other, its in sketches.items()
            if set(bands(sketch)) & set(bands(its)) and similarity(sketch, its) >= SAME_STORY
        }
        met = [each for each in found if each & near]
        found = [each for each in found if not each & near] + [{id}.union(*met)]
    return sorted(map(sorted, found))


def test_a_cluster_falls_apart_when_its_link_goes(store: Store) -> None:
    words = STORY.split()
    ends = [document(at, " ".join(words[start : start + 14])) for at, start in ((1, 0), (2, 8))]
    link = document(3, STORY)
    store.add_documents(ends)
    before = len({row.cluster_id for row in store.mentions()})
    store.add_documents([link])
    store.add_documents([replace(link, text="Muuta.", mentions=())])
    assert len({row.cluster_id for row in store.mentions()}) == before == 2


def test_t24_a_future_date_is_flagged_and_no_series_counts_it_yet(store: Store) -> None:
    from store.index import index_rows

    store.add_documents([document(1, published_at="2027-03-01T00:00:00Z"), document(2)])
    score_all(store, "positive")
    with store.reading() as database:
        assert database.execute("SELECT date_doubt FROM documents ORDER BY id").fetchall() == [(1,), (0,)]
    assert index_rows(store, now="2026-11-22T12:00:00Z")[0].clusters == 1
    assert index_rows(store, now="2027-03-02T00:00:00Z")[0].clusters == 2


def test_t24_a_date_that_an_edit_does_not_repeat_stays_in_doubt(store: Store) -> None:
    store.add_documents([document(1, published_at="2027-03-01T00:00:00Z")])
    store.add_documents([document(1, "Nokia on hyvä.", published_at=None)])
    with store.reading() as database:
        query = "SELECT revision, published_at, date_doubt FROM documents"
        assert database.execute(query).fetchall() == [(2, "2027-03-01T00:00:00Z", 1)]
        store.add_documents([document(1, "Nokia on huono.", published_at="2026-11-01T00:00:00Z")])
        assert database.execute(query).fetchall() == [(3, "2026-11-01T00:00:00Z", 0)]


@pytest.mark.parametrize(
    ("rating", "worst", "best", "expected"),
    [
        (5, 1, 5, 5),
        (1, 1, 5, 1),
        (10, 0, 10, 5),
        (7.5, 0, 10, 4),
        (50, 0, 100, 3),
        (6, 1, 5, None),
        (3, 5, 1, None),
    ],
)
def test_stars_are_rescaled_to_one_to_five(
    rating: float, worst: float, best: float, expected: float | None
) -> None:
    assert rescaled_rating(document(1, rating=rating, rating_worst=worst, rating_best=best)) == expected


def test_nul_and_lone_surrogates_are_stored_with_a_doubt(store: Store) -> None:
    store.add_documents([document(1, "Nokia\x00 on \ud800hyvä")])
    (row,) = store.mentions()
    assert row.passage == "Nokia\ufffd on \ufffdhyvä"
    with store.reading() as database:
        assert database.execute("SELECT encoding_doubt FROM documents").fetchone() == (1,)


@pytest.mark.parametrize(
    "name", ["source", "canonical_id", "url", "title", "author", "language", "date_source"]
)
def test_what_cannot_be_stored_is_replaced_in_every_field(store: Store, name: str) -> None:
    odd = document(1, **{name: "a\ud800b"})
    assert store.add_documents([odd, document(2)]).new == 2
    assert store.add_documents([odd]) == AddResult(unchanged=1)
    assert store.has_document(odd.source, odd.canonical_id)
    with store.reading() as database:
        doubts = database.execute("SELECT encoding_doubt FROM documents ORDER BY id").fetchall()
    assert doubts == [(1,), (0,)]


def test_a_label_finds_a_passage_whose_characters_were_replaced(store: Store) -> None:
    odd = document(1, "Nokia on \ud800hyvä")
    label = PersonLabel(odd.source, odd.canonical_id, "Nokia", odd.text, "positive")
    store.add_documents([odd], labels=[label])
    assert [row.label for row in store.mentions()] == ["positive"]


def test_authors_are_keyed_hashes_and_the_key_is_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(1, author="Aino Virtanen"), document(2, author=" aino  virtanen")])
        hashes = {row.author for row in store.mentions()}
    assert len(hashes) == 1
    assert b"Aino" not in path.read_bytes()
    assert (tmp_path / "arvio.db.key").stat().st_mode & 0o777 == 0o600
    with Store.open(tmp_path / "named.db", store_authors=True) as store:
        store.add_documents([document(1, author="Aino Virtanen")])
        assert [row.author_name for row in store.mentions()] == ["Aino Virtanen"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_hard_links_can_hold_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def no_links(*paths: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", no_links)
    for _ in range(2):
        with Store.open(tmp_path / "arvio.db", clock=clock) as store:
            assert store.add_documents([document(1, author="Maija")]).new in (0, 1)
    key = tmp_path / "arvio.db.key"
    assert (key.stat().st_size, key.stat().st_mode & 0o777) == (32, 0o600)
    assert [each.name for each in tmp_path.glob("*.key*")] == [key.name]


def test_a_lost_key_is_said_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "arvio.db"
    with Store.open(path) as store:
        store.add_documents([document(1, author="Aino Virtanen")])
    (tmp_path / "arvio.db.key").unlink()
    with Store.open(path) as store, pytest.raises(StoreError, match="put the file back"):
        store.add_documents([document(2, author="Aino Virtanen")])


def test_pages_are_marked_with_their_documents_or_not_at_all(store: Store) -> None:
    page = SeenPage("https://foorumi.example/1", "2026-11-22T12:00:00Z", 200, '"abc"')
    store.add_documents([document(1)], pages={"foorumi": [page]})
    assert store.seen_pages("foorumi") == {page.url: page}
    broken = document(2, mentions=(mention("x", relevance=object()),))
    with pytest.raises((StoreError, Exception)):
        store.add_documents([broken], pages={"foorumi": [SeenPage("https://foorumi.example/2", "now")]})
    assert list(store.seen_pages("foorumi")) == [page.url]


def test_a_score_that_is_no_probability_is_refused(store: Store) -> None:
    store.add_documents([document(1)])
    with pytest.raises(StoreError, match="no probabilities"):
        store.add_scores(MODEL, [Score(1, 0.9, 0.9, float("nan"))])


def test_usual_yield_is_the_median_of_the_last_good_crawls(store: Store) -> None:
    run = store.start_run("crawl")
    for count in (10, 30, 20):
        assert store.usual_yield("foorumi") is None
        store.finish_source_run(store.start_source_run(run, "foorumi"), "ok", "", {"documents": count})
    store.finish_source_run(store.start_source_run(run, "foorumi"), "failed", "503", {})
    assert store.usual_yield("foorumi") == 20
