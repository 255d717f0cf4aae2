"""Rows of the index: states, weights, floors, corrections, people's labels, and what must not move them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from store.compare import compare, share_of_voice
from store.db import ModelInfo, Store
from store.errors import UsageError
from store.index import HALF_LIFE_DAYS, IndexRow, as_json, index_rows, measure, shrunk, trailing_share
from store.labels import add_labels, audit_sample
from store.model_links import link_latest, link_models
from store.published import update_index
from store.records import Label, Score, Unscored
from store.tallies import By, Window
from store.trend import Step, chart, trend
from tests.store_samples import BARE, MODEL, NOW, SHARES, STORY, clock, document, filled, mix, score_all


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


def only(rows: list[IndexRow]) -> IndexRow:
    (row,) = rows
    return row


def test_a_hand_worked_row(store: Store) -> None:
    filled(store, mix(24, 10, 16), BARE)
    row = only(index_rows(store, now=NOW))
    assert (row.mentions, row.clusters, row.positive, row.neutral, row.negative, row.unscored) == (
        50,
        50,
        24,
        10,
        16,
        0,
    )
    assert (row.n_effective, row.raw_share, row.index, row.net) == (40, 0.6, 60, 20)
    # Wilson for 24 of 40.
    assert row.low == pytest.approx(44.6, abs=0.05)
    assert row.high == pytest.approx(73.65, abs=0.05)
    assert (row.method, row.state) == ("uncorrected", "uncorrected")


def test_the_held_out_rates_correct_what_was_read(store: Store) -> None:
    # True 40 negative, 0 neutral, 160 positive, read with the held-out rates of the sample model.
    filled(store, mix(4 + 128, 4 + 16, 32 + 16))
    row = only(index_rows(store, now=NOW))
    assert row.raw_share == pytest.approx(132 / 180, abs=1e-6)
    # Corrected, but not all the way: the rates were counted in other kinds of text.
    assert row.index == pytest.approx(80.0, abs=3)
    assert row.low is not None and row.high is not None
    assert row.low < 70 and row.high > 90
    assert (row.method, row.state) == ("acc", "published")


@pytest.mark.parametrize(
    ("opinions", "state"), [(9, "hidden"), (10, "grey"), (29, "grey"), (30, "published")]
)
def test_the_floors(store: Store, opinions: int, state: str) -> None:
    store.add_documents([document(at, "Nokia.", rating=5, kind="review") for at in range(opinions)])
    store.add_documents([document(f"n{at}", "Nokia.", rating=3, kind="review") for at in range(40)])
    row = only(index_rows(store, now=NOW))
    assert row.state == state
    assert (row.index is None) == (row.low is None) == (state == "hidden")


def test_stars_override_the_model_and_a_person_overrides_both(store: Store) -> None:
    store.add_documents(
        [document(at, rating=stars, kind="review") for at, stars in enumerate((5, 4, 3, 2, 1))]
    )
    score_all(store, "negative")
    assert [row.label for row in store.mentions()] == [
        "negative",
        "negative",
        "neutral",
        "positive",
        "positive",
    ]
    add_labels(store, [(1, "neutral")])
    row = only(index_rows(store, now=NOW))
    assert (row.positive, row.neutral, row.negative) == (1, 2, 2)
    score_all(store, "negative", BARE)
    assert only(index_rows(store, now=NOW)) == row


def test_stars_alone_need_no_correction(store: Store) -> None:
    store.add_documents(
        [document(at, f"Nokia {at}", rating=5 if at % 4 else 1, kind="review") for at in range(40)]
    )
    row = only(index_rows(store, now=NOW))
    assert (row.method, row.state, row.index) == ("observed", "published", 75)


def test_a_cluster_counts_once_and_its_state_is_the_weighted_mean(store: Store) -> None:
    store.add_documents([document(at, STORY, source=f"s{at}") for at in range(3)])
    # Confidences 0.9, 0.5, 0.5: the sure positive outweighs two doubtful negatives.
    shares = [(0.05, 0.05, 0.9), (0.5, 0.1, 0.4), (0.5, 0.1, 0.4)]
    store.add_scores(BARE, [Score(at + 1, *each) for at, each in enumerate(shares)])
    row = only(index_rows(store, now=NOW))
    assert (row.mentions, row.clusters, row.positive, row.negative) == (3, 1, 1, 0)
    by_source = index_rows(store, by="source", now=NOW)
    assert [(each.key, each.mentions, each.clusters) for each in by_source] == [("s0", 3, 1)]


def test_an_author_weighs_with_the_root_of_what_they_wrote_in_the_month(store: Store) -> None:
    filled(store, mix(16, 0, 0), BARE, author="Sama")
    filled(store, mix(0, 0, 12), BARE, start=100)
    row = only(index_rows(store, now=NOW))
    # 16 at 1/4 each against 12 at 1; Kish: 16² / (16 · 1/16 + 12)
    assert row.raw_share == pytest.approx(4 / 16)
    assert row.n_effective == pytest.approx(256 / 13, abs=1e-4)
    filled(store, mix(16, 0, 0), BARE, start=200, author="Sama", published_at="2026-10-05T00:00:00Z")
    assert only(index_rows(store, now=NOW, since="2026-11-01")).raw_share == row.raw_share


def test_days_weeks_and_months_add_up_and_coarse_dates_stay_out_of_days(store: Store) -> None:
    for at, (day, precision) in enumerate(
        [("2026-11-01", "second"), ("2026-11-02", "day"), ("2026-11-01", "month"), ("2026-01-01", "year")]
    ):
        filled(store, mix(1, 0, 0), BARE, start=at, published_at=f"{day}T00:00:00Z", date_precision=precision)
    clusters = {
        by: [(row.period, row.clusters) for row in index_rows(store, by=by, now=NOW)]
        for by in ("total", "day", "week", "month")
    }
    assert clusters["total"] == [("all", 4)]
    assert clusters["day"] == [("2026-11-01", 1), ("2026-11-02", 1)]
    assert clusters["week"] == [("2026-W44", 1), ("2026-W45", 1)]
    assert clusters["month"] == [("2026-11", 3)]


def test_unscored_languages_are_counted_and_said(store: Store) -> None:
    store.add_documents([document(1), document(2, language="sv")])
    store.add_scores(MODEL, [Score(1, *SHARES["positive"])])
    store.add_unscored(MODEL, [Unscored(2, "the model was not measured on sv")])
    assert list(store.unscored(MODEL)) == []
    rows = {row.key: row for row in index_rows(store, by="language", now=NOW)}
    assert (rows["sv"].unscored, rows["sv"].method) == (1, "")
    (unscored,) = [row for row in store.mentions() if row.label == "unscored"]
    assert unscored.unscored_reason == "the model was not measured on sv"


def test_a_language_without_error_rates_marks_the_row(store: Store) -> None:
    filled(store, mix(30, 0, 30))
    filled(store, mix(20, 0, 20), start=100, language="sv")
    total = only(index_rows(store, now=NOW))
    assert (total.method, total.state) == ("acc+uncorrected", "uncorrected")
    states = {row.key: row.state for row in index_rows(store, by="language", now=NOW)}
    assert states == {"fi": "published", "sv": "uncorrected"}


def test_groups_have_a_row_of_their_own(store: Store) -> None:
    class Named:
        def __init__(self, name: str, group: str) -> None:
            self.name, self.group = name, group

    store.sync_config([Named("Nokia", "teknologia"), Named("Elisa", "teknologia"), Named("Muu", "ruoka")], [])
    filled(store, mix(20, 0, 10))
    filled(store, mix(10, 0, 20), brand="Elisa")
    rows = index_rows(store, group="teknologia", now=NOW)
    assert [(row.brand, row.clusters) for row in rows] == [("Elisa", 30), ("Nokia", 30), (None, 60)]
    assert [row.brand for row in index_rows(store, now=NOW)] == ["Elisa", "Muu", "Nokia"]
    voices = {voice.brand: voice.share for voice in share_of_voice(store, now=NOW)}
    assert voices == {"Elisa": 0.5, "Nokia": 0.5, "Muu": None}


def test_unknown_names_are_usage_errors(store: Store) -> None:
    with pytest.raises(UsageError, match="brand 'Nokla' is not in the store"):
        index_rows(store, brand="Nokla", now=NOW)
    with pytest.raises(UsageError, match="group 'x' is not in the store"):
        index_rows(store, group="x", now=NOW)


def test_audit_labels_move_the_index_of_a_brand_that_the_model_reads_wrong(store: Store) -> None:
    """Irony: half of the 200 negative texts are read as positive; 100 of the 400 are drawn and labelled."""
    store.add_documents([document(at, f"Nokia {at}", kind="post") for at in range(400)])
    read = mix(100, 0, 100) + mix(180, 0, 20)
    store.add_scores(MODEL, [Score(at + 1, *SHARES[label]) for at, label in enumerate(read)])
    before = only(index_rows(store, now=NOW))
    # The held-out rates know nothing of the irony.
    assert before.index is not None and before.index > 70
    assert before.low is not None and before.high is not None

    def audit(n: int) -> IndexRow:
        drawn = audit_sample(store, n, seed=7)
        add_labels(
            store, [(item.mention_id, "negative" if item.mention_id <= 200 else "positive") for item in drawn]
        )
        return only(index_rows(store, now=NOW))

    after = audit(100)
    assert after.index is not None and after.low is not None and after.high is not None
    assert abs(after.index - 50) < 0.5 * abs(before.index - 50)
    assert after.low <= 50 <= after.high
    assert after.high - after.low < 0.8 * (before.high - before.low)
    # What is drawn evenly over readings changes the mix of what is left: the rates must be those of the rest.
    later = audit(150)
    assert later.index is not None and later.low is not None and later.high is not None
    assert abs(later.index - 50) < 4
    assert later.high - later.low < 0.5 * (after.high - after.low)


def test_labels_of_one_brand_tell_how_the_model_errs_and_not_how_that_brand_is_read(store: Store) -> None:
    """One reader, right in 80 of 100, of two brands; all labels are of the praised one."""
    truths: list[Label] = []
    for brand, counts in (("Nokia", (180, 720)), ("Elisa", (630, 270))):
        for is_positive, count in zip((False, True), counts, strict=True):
            right, wrong = 8 * count // 10, count // 10
            read = mix(right, wrong, wrong) if is_positive else mix(wrong, wrong, right)
            filled(store, read, start=len(truths), brand=brand, text=f"{brand}.")
            truths += mix(count, 0, 0) if is_positive else mix(0, 0, count)
    drawn = audit_sample(store, 400, brand="Nokia")
    add_labels(store, [(item.mention_id, truths[item.mention_id - 1]) for item in drawn])
    elisa, nokia = index_rows(store, now=NOW)
    for row, true in ((elisa, 30), (nokia, 80)):
        assert row.index is not None and row.low is not None and row.high is not None
        assert row.low <= true <= row.high and abs(row.index - true) < 6, row


@pytest.mark.parametrize(("by", "first", "then"), [
    ("month", "2026-08-10", "2026-10-10"),
    ("week", "2026-11-10", "2026-11-25"),
])  # fmt: skip
def test_what_comes_after_the_labels_says_nothing_of_the_error_rates(
    store: Store, by: By, first: str, then: str
) -> None:
    """One reader, right in 80 of 100; 80 of 100 are satisfied when labels are drawn, and then 20."""
    truths: list[Label] = []

    def fill(day: str, dissatisfied: int, satisfied: int) -> None:
        for is_positive, count in ((False, dissatisfied), (True, satisfied)):
            right, wrong = 8 * count // 10, count // 10
            read = mix(right, wrong, wrong) if is_positive else mix(wrong, wrong, right)
            filled(store, read, start=len(truths), published_at=f"{day}T08:00:00Z")
            truths.extend(mix(count, 0, 0) if is_positive else mix(0, 0, count))

    fill(first, 180, 720)
    add_labels(store, [(item.mention_id, truths[item.mention_id - 1]) for item in audit_sample(store, 400)])
    fill(then, 1600, 400)
    good, bad = (row for row in index_rows(store, by=by, now="2026-11-30T00:00:00Z") if row.clusters)
    for row, true in ((good, 80), (bad, 20)) if by == "month" else ((bad, 20),):
        assert row.index is not None and row.low is not None and row.high is not None
        assert row.low <= true <= row.high and abs(row.index - true) < 6, row


def test_audit_labels_that_agree_with_the_model_do_not_widen_the_interval(store: Store) -> None:
    filled(store, mix(130, 10, 60))
    before = only(index_rows(store, now=NOW))
    right = [(row.mention_id, row.label) for row in store.mentions()][:60]
    add_labels(store, right)  # type: ignore[arg-type]
    after = only(index_rows(store, now=NOW))
    assert before.low is not None and before.high is not None
    assert after.low is not None and after.high is not None
    assert after.high - after.low < before.high - before.low


def headline(store: Store) -> tuple[float, float]:
    """The brand's index under its reference mix of sources, and the effect of the present one, in points."""
    update_index(store, now=NOW)
    with store.reading() as database:
        found: tuple[float, float] = database.execute(
            "SELECT standardised, source_mix_effect FROM satisfaction_index WHERE by = 'total'"
        ).fetchone()
    return found


def test_adding_a_source_does_not_move_the_standardised_headline(store: Store) -> None:
    filled(store, mix(60, 0, 40))
    first, no_effect = headline(store)
    assert no_effect == pytest.approx(0.0)
    filled(store, mix(5, 0, 95), start=1000, source="uusi")
    second, effect = headline(store)
    assert second == pytest.approx(first)
    assert effect < -20


def test_a_new_model_is_linked_over_the_overlap(store: Store) -> None:
    newer = ModelInfo("newer", "c" * 64, MODEL.card)
    filled(store, mix(30, 10, 20))
    score_all(store, mix(36, 10, 14), newer)
    (link,) = link_models(store, MODEL.sha256, newer.sha256)
    assert (link.old_model, link.new_model, link.clusters) == ("small", "newer", 60)
    assert link.difference is not None and link.difference > 5
    store.use_model(MODEL)
    assert only(index_rows(store, now=NOW)).positive == 30
    store.use_model(newer)
    assert only(index_rows(store, now=NOW)).positive == 36


def test_a_third_model_is_linked_to_the_second_alone(store: Store) -> None:
    filled(store, mix(30, 10, 20))
    for number, name in enumerate(("second", "third")):
        score_all(store, mix(36, 10, 14), ModelInfo(name, f"{number}" * 64, MODEL.card))
        assert [link.new_model for link in link_latest(store)] == [name]
        assert link_latest(store) == []
    with store.reading() as database:
        links = database.execute(
            "SELECT o.name, n.name FROM model_links l JOIN models o ON o.id = l.old_model "
            "JOIN models n ON n.id = l.new_model ORDER BY n.id"
        ).fetchall()
    assert links == [("small", "second"), ("second", "third")]


def test_rows_that_span_two_models_say_so(store: Store) -> None:
    filled(store, mix(20, 0, 20))
    newer = ModelInfo("newer", "c" * 64, MODEL.card)
    some = list(store.unscored(newer))[:10]
    store.add_scores(newer, [Score(row[0], *SHARES["positive"]) for row in some])
    update_index(store, now=NOW)
    with store.reading() as database:
        (models,) = database.execute("SELECT model FROM satisfaction_index WHERE by = 'total'").fetchone()
    assert models == "small, newer"


def test_the_now_gauge_forgets(store: Store) -> None:
    filled(store, mix(0, 0, 40), BARE, published_at="2026-05-01T00:00:00Z")
    filled(store, mix(40, 0, 0), BARE, start=100)
    assert only(index_rows(store, now=NOW)).index == 50
    (gauge,) = (each.row for each in measure(store, "total", Window(NOW), half_life=HALF_LIFE_DAYS))
    assert gauge.index is not None and gauge.index > 97


def test_shrinkage_by_hand(store: Store) -> None:
    filled(store, mix(12, 0, 2), BARE)
    (found,) = measure(store, "total", Window(NOW))
    # (14 · 12/14 + 7 · 0.5) / 21
    assert shrunk(found, 0.5) == pytest.approx(100 * 15.5 / 21)
    assert trailing_share(store, "Nokia", now=NOW) == pytest.approx(12 / 14)


def test_degree_by_hand(store: Store) -> None:
    filled(store, mix(3, 0, 1), BARE)
    (found,) = measure(store, "total", Window(NOW))
    assert found.degree == pytest.approx((3 * 0.7 - 0.7) / 4, abs=1e-6)


def test_two_brands_are_compared(store: Store) -> None:
    filled(store, mix(80, 0, 20))
    filled(store, mix(40, 0, 60), brand="Elisa")
    found = compare(store, ["Elisa", "Nokia"], now=NOW)
    assert [row.brand for row in found.rows] == ["Nokia", "Elisa"]
    (pair,) = found.differences
    assert pair.difference is not None and pair.low is not None and pair.p_above is not None
    assert pair.difference > 30 and pair.low > 0 and pair.p_above > 0.95
    with pytest.raises(UsageError, match="two brands"):
        compare(store, ["Nokia", "Nokia"], now=NOW)


@pytest.mark.parametrize(("kind", "is_known"), [("post", True), ("article", False)])
def test_brands_in_other_kinds_of_text_do_not_share_what_is_unknown_of_the_rates(
    store: Store, kind: str, is_known: bool
) -> None:
    filled(store, mix(180, 0, 120), kind="post")
    filled(store, mix(135, 0, 165), brand="Elisa", kind=kind)
    (pair,) = compare(store, ["Nokia", "Elisa"], now=NOW).differences
    assert pair.p_above is not None
    # By one reader the difference is plain; the borrowed rates of two kinds may lie farther apart than it.
    assert (pair.p_above >= 0.95) == is_known, pair


def test_the_trend_shows_gaps_and_draws(store: Store) -> None:
    for at, day in enumerate(("2026-10-05", "2026-10-19", "2026-10-26")):
        filled(store, mix(30, 0, 10), start=100 * at, published_at=f"{day}T10:00:00Z")
    points = trend(store, "Nokia", now=NOW)
    assert [(point.period, point.row is None) for point in points] == [
        ("2026-W41", False),
        ("2026-W42", True),
        ("2026-W43", False),
        ("2026-W44", False),
    ]
    drawn = chart(points)
    assert sum(line.count("●") for line in drawn) == 3
    assert [line.split()[0] for line in drawn[:11]] == [str(level) for level in range(100, -1, -10)]
    (line,) = (line for line in drawn if "●" in line)
    assert [at for at, sign in enumerate(line) if sign == "●"] == [11, 27, 35]
    assert trend(store, "Nokia", now="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("by", "oldest", "shown"),
    [
        ("day", "0001-01-03", ["2026-10-05", "2026-10-06", "2026-10-07"]),
        ("week", "0001-W01", ["2026-W41"]),
        ("month", "0001-01", ["2026-10"]),
    ],
)
def test_one_absurdly_old_date_hides_no_period_and_makes_no_long_series(
    store: Store, by: Step, oldest: str, shown: list[str]
) -> None:
    for at, day in enumerate(("0001-01-03", "2026-10-05", "2026-10-07")):
        filled(store, mix(1, 0, 0), BARE, start=at, published_at=f"{day}T10:00:00Z")
    assert index_rows(store, by=by, now=NOW)[0].period == oldest
    assert [point.period for point in trend(store, "Nokia", by=by, now=NOW)] == shown
    (alone,) = trend(store, "Nokia", by=by, now=NOW, until="2000-01-01")
    assert alone.period == oldest and alone.row is not None
    # Weeks of such years are due, and deleted, in the order of their names.
    update_index(store, now=NOW)
    with store.reading() as database:
        weeks = database.execute(
            "SELECT period FROM satisfaction_index WHERE by = 'week' ORDER BY 1"
        ).fetchall()
    assert weeks == [("0001-W01",), ("2026-W41",)]


def test_a_fixed_now_gives_the_same_bytes(store: Store) -> None:
    start = date(2026, 9, 1)
    for at in range(40):
        day = (start + timedelta(days=at * 2)).isoformat()
        filled(store, mix(2, 1, 1), start=10 * at, published_at=f"{day}T10:00:00Z", author=f"a{at % 7}")
    for by in ("total", "day", "week", "month", "language", "source", "aspect"):
        first = repr(as_json(index_rows(store, by=by, now=NOW), now=NOW, model="small"))
        assert repr(as_json(index_rows(store, by=by, now=NOW), now=NOW, model="small")) == first


def test_brands_are_ranked_by_what_few_opinions_are_worth(store: Store) -> None:
    """90 of 100 this month after a bad one: seven opinions of the last 90 days pull it below a steady 89 %."""

    def stars(brand: str, good: int, bad: int, day: str) -> None:
        store.add_documents(
            [
                document(
                    f"{brand}{day}{at}",
                    f"{brand} {at}",
                    brand,
                    rating=rating,
                    kind="review",
                    published_at=f"{day}T08:00:00Z",
                )
                for at, rating in enumerate([5] * good + [1] * bad)
            ]
        )

    stars("Nokia", 100, 100, "2026-10-10")
    stars("Nokia", 90, 10, "2026-11-10")
    stars("Elisa", 178, 22, "2026-11-10")
    found = compare(store, ["Nokia", "Elisa"], now=NOW, since="2026-11-01")
    assert [(row.brand, row.index) for row in found.rows] == [("Elisa", 89.0), ("Nokia", 90.0)]
