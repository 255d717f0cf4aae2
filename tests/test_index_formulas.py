"""The formulas of the index against tables worked by hand, and against QuaPy where it is installed."""

import numpy as np
import pytest

from store import error_rates, intervals, quantification
from store.error_rates import Confusion, Table
from store.quantification import Part

TABLE: Table = ((80.0, 10.0, 10.0), (20.0, 60.0, 20.0), (5.0, 15.0, 80.0))


def two_classes(q: float, t: float, f: float) -> float:
    """The share of positive where nothing is neutral."""
    table = ((1 - f, 0.0, f), (0.0, 0.0, 0.0), (1 - t, 0.0, t))
    return quantification.solve(table, (1 - q, 0.0, q))[2]


def test_wilson_by_hand() -> None:
    # 8 of 10: centre (0.8 + 0.19208) / 1.38416, half 1.96 * sqrt(0.016 + 0.009604) / 1.38416
    low, high = intervals.wilson(0.8, 10)
    assert low == pytest.approx(0.49016, abs=1e-5)
    assert high == pytest.approx(0.94332, abs=1e-5)
    assert intervals.wilson(0.5, 0) == (0.0, 1.0)
    assert intervals.wilson(1.0, 30)[1] == pytest.approx(1.0)


def test_effective_size_by_hand() -> None:
    assert intervals.effective_size(4.0, 4.0) == 4.0
    assert intervals.effective_size(1 + 0.5 + 0.5, 1 + 0.25 + 0.25) == pytest.approx(4 / 1.5)
    assert intervals.effective_size(0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("q", "t", "f", "expected"),
    [(0.55, 0.8, 0.1, 0.45 / 0.7), (0.05, 0.8, 0.1, 0.0), (0.95, 0.8, 0.1, 1.0), (0.35, 0.8, 0.3, 0.1)],
)
def test_two_classes_by_hand(q: float, t: float, f: float, expected: float) -> None:
    """clip((q − f) / (t − f), 0, 1), q the share read as positive, t and f that of the positive and the negative."""
    assert two_classes(q, t, f) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("true", [(0.2, 0.3, 0.5), (1.0, 0.0, 0.0), (0.0, 0.5, 0.5), (1 / 3, 1 / 3, 1 / 3)])
def test_three_classes_are_solved_exactly_inside_the_simplex(true: tuple[float, float, float]) -> None:
    rates = np.array(TABLE) / 100
    assert quantification.solve(TABLE, list(np.array(true) @ rates)) == pytest.approx(true, abs=1e-9)


def test_outside_the_simplex_no_grid_point_is_nearer() -> None:
    rates = np.array(TABLE) / 100
    grid = [(a / 60, b / 60, (60 - a - b) / 60) for a in range(61) for b in range(61 - a)]
    for shares in ((0.95, 0.03, 0.02), (0.02, 0.03, 0.95), (0.05, 0.9, 0.05), (0.5, 0.0, 0.5)):
        solved = np.array(quantification.solve(TABLE, shares))
        distance = np.linalg.norm(solved @ rates - shares)
        nearest = min(np.linalg.norm(np.array(point) @ rates - shares) for point in grid)
        assert solved.sum() == pytest.approx(1.0)
        assert solved.min() >= 0
        assert distance <= nearest + 1e-12


@pytest.mark.parametrize("q", [0.02, 0.15, 0.4, 0.55, 0.79, 0.95])
def test_two_classes_agree_with_quapy(q: float) -> None:
    functional = pytest.importorskip("quapy.functional", reason="needs QuaPy, the oracle: arvio[oracle]")
    oracle = float(functional.solve_adjustment_binary(q, tpr=0.8, fpr=0.1))
    assert two_classes(q, 0.8, 0.1) == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize(
    "rates",
    [TABLE, ((0.7, 0.2, 0.1), (0.25, 0.5, 0.25), (0.1, 0.2, 0.7))],
    ids=["acc: counts of labels", "pacc: mean posteriors"],
)
@pytest.mark.parametrize("true", [(0.3, 0.3, 0.4), (0.1, 0.1, 0.8), (0.6, 0.35, 0.05)])
def test_three_classes_agree_with_quapy(rates: Table, true: tuple[float, float, float]) -> None:
    aggregative = pytest.importorskip(
        "quapy.method.aggregative", reason="needs QuaPy, the oracle: arvio[oracle]"
    )
    conditional = (np.array(rates) / np.array(rates).sum(axis=1, keepdims=True)).T
    shares = conditional @ np.array(true)
    oracle = aggregative.ACC.solve_adjustment(conditional, shares, method="inversion", solver="exact-raise")
    assert quantification.solve(rates, list(shares)) == pytest.approx(tuple(oracle), abs=1e-9)


def test_the_gate_wants_fifty_of_a_class_and_a_gap() -> None:
    assert Confusion(TABLE, "audit").is_usable
    assert not Confusion(((40.0, 5.0, 4.0), TABLE[1], TABLE[2]), "audit").is_usable
    assert not Confusion(((50.0, 10.0, 40.0), TABLE[1], (30.0, 10.0, 60.0)), "audit").is_usable
    held_out = Confusion(TABLE, "held-out")
    few = Confusion(((10.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 10.0)), "audit")
    assert error_rates.choose(None, held_out) is held_out
    added = error_rates.choose(few, held_out)
    assert added is not None
    assert added.source == "held-out"
    assert added.table == ((90.0, 10.0, 10.0), TABLE[1], (5.0, 15.0, 90.0))
    assert error_rates.choose(few, None) is None
    two = Confusion(((60.0, 0.0, 10.0), (0.0, 0.0, 0.0), (10.0, 0.0, 60.0)), "audit")
    chosen = error_rates.choose(two, held_out)
    assert chosen is not None
    assert (chosen.source, chosen.table) == ("audit", (two.table[0], TABLE[1], two.table[2]))


def test_a_sample_drawn_by_what_was_read_is_weighted_back() -> None:
    # 900 texts read positive, 100 read negative, 100 labelled of each: 10 and 20 of them wrong.
    labelled = {(2, 2): 90.0, (0, 2): 10.0, (0, 0): 80.0, (2, 0): 20.0}
    found = error_rates.audited_confusion(labelled, {}, (100.0, 0.0, 900.0))
    negative, _, positive = found.table
    assert positive[2] / sum(positive) == pytest.approx(810 / 830)
    assert negative[2] / sum(negative) == pytest.approx(90 / 170)


def test_labels_stand_for_the_texts_that_they_were_drawn_from() -> None:
    praised, blamed = (100.0, 100.0, 800.0), (400.0, 50.0, 50.0)
    # One brand alone: its texts, however many the other has.
    only = error_rates.drawn_from([(50.0, 50.0, 50.0), (0.0, 0.0, 0.0)], [praised, blamed])
    assert [each / only[1] for each in only] == pytest.approx([1, 1, 8])
    # Evenly over readings from both: 100 of 500, 60 of 150, 85 of 850.
    shares = (0.2, 0.4, 0.1)
    drawn = [
        [share * count for share, count in zip(shares, texts, strict=True)] for texts in (praised, blamed)
    ]
    both = error_rates.drawn_from(drawn, [praised, blamed])
    assert [each / both[1] for each in both] == pytest.approx([500 / 150, 1, 850 / 150])
    # The same, and then as many labels of the second again: its texts count twice.
    drawn[1] = [2 * each for each in drawn[1]]
    twice = error_rates.drawn_from(drawn, [praised, blamed])
    assert [each / twice[1] for each in twice] == pytest.approx([900 / 200, 1, 900 / 200])
    assert error_rates.drawn_from([], []) == (0.0, 0.0, 0.0)


def test_rates_of_what_labels_have_left() -> None:
    labelled = {(0, 0): 80.0, (0, 2): 20.0, (2, 2): 60.0}
    # Half of what was read negative is labelled: of the negative texts that are left, fewer are read so.
    half = error_rates.audited_confusion(labelled, {}, (100, 0, 100), (0.5, 1, 1))
    assert [cell / sum(half.rest[0]) for cell in half.rest[0]] == pytest.approx([40 / 60, 0, 20 / 60])
    # Nine tenths, and the negative are read as the positive are: no equation tells them apart.
    most = error_rates.audited_confusion(labelled, {}, (100, 0, 100), (0.1, 1, 1))
    assert not half.by_reading and most.by_reading


def test_a_person_says_more_than_error_rates() -> None:
    known = Part((10.0, 0.0, 30.0), 40.0, None, is_read=False)
    found = quantification.estimate([known], "x")
    assert found is not None
    assert found.share == 0.75
    assert found.observed == 1.0
    assert found.low < 0.75 < found.high


def test_the_interval_widens_with_few_audits_and_few_texts() -> None:
    def width(audits: float, texts: float) -> float:
        rows = [(audits * a / 100, audits * b / 100, audits * c / 100) for a, b, c in TABLE]
        confusion = Confusion((rows[0], rows[1], rows[2]), "audit")
        part = Part((0.3 * texts, 0.3 * texts, 0.4 * texts), texts, confusion, is_read=True)
        found = quantification.estimate([part], "x")
        assert found is not None
        return found.high - found.low

    assert width(1000, 1000) < width(60, 1000) < width(60, 100)
    assert width(1000, 1000) < width(1000, 100)


@pytest.mark.parametrize(
    "counts", [(0.0, 0.0, 40.0), (400.0, 0.0, 0.0), (0.0, 200.0, 200.0), (1.0, 0.0, 399.0)]
)
def test_all_of_one_mind_leave_a_margin(counts: tuple[float, float, float]) -> None:
    card = {"languages": {"fi": {"all": TABLE}}}
    for confusion in (Confusion(TABLE, "audit"), error_rates.held_out_confusion(card, "fi")):
        found = quantification.estimate([Part(counts, sum(counts), confusion, is_read=True)], "x")
        assert found is not None
        low, high = intervals.wilson(found.share, sum(counts))
        assert found.low <= low < high <= found.high


def test_no_opinion_is_no_estimate() -> None:
    assert quantification.estimate([], "x") is None
    assert quantification.estimate([Part((0.0, 0.0, 0.0), 0.0, None, False)], "x") is None


def test_held_out_counts_of_other_kinds_are_worth_a_few_texts() -> None:
    # One kind of 100 negative texts: worth 1 / (1/κ + 1/κ · (100 + κ)/100) of κ = 9. Half of its rates are those of
    # the positive, mirrored: 0.8, 0.15, 0.05.
    card = {"languages": {"fi": {"all": TABLE}}}
    found = error_rates.held_out_confusion(card, "fi")
    assert found is not None
    assert found.seen == (100.0, 100.0, 100.0)
    assert found.table[0] == pytest.approx(
        tuple(share / (1 / 9 + 1 / 9 * 109 / 100) for share in (0.8, 0.125, 0.075))
    )
    assert found.is_usable
    assert error_rates.held_out_confusion(card, "sv") is None
    assert error_rates.held_out_confusion({"languages": {"fi": {"all": "x"}}}, "fi") is None


def test_kinds_count_alike_however_many_texts_they_have() -> None:
    few, many = [[80.0, 20.0, 0.0]] * 3, [[0.0, 1000.0, 9000.0]] * 3
    both = [[80.0, 1020.0, 9000.0]] * 3
    found = error_rates.held_out_confusion({"languages": {"fi": {"review": few, "all": both}}}, "fi")
    apart = error_rates.held_out_confusion({"languages": {"fi": {"review": few, "post": many}}}, "fi")
    assert found == apart
    assert found is not None
    negative = found.table[0]
    # Weights n / (n + 9): 0.9174 and 0.9991; a third is the mirror of the positive, n / (n + 7): 0.9346 and 0.9993.
    own = 0.8 * 0.917431 / (0.917431 + 0.999101)
    mirrored = 0.9 * 0.999300 / (0.934579 + 0.999300)
    assert negative[0] / sum(negative) == pytest.approx(2 / 3 * own + mirrored / 3, abs=1e-5)


def test_borrowed_rates_favour_a_side_less_than_the_kinds_they_come_from() -> None:
    gloomy = [[90.0, 10.0, 0.0], [30.0, 60.0, 10.0], [40.0, 20.0, 40.0]]
    found = error_rates.held_out_confusion({"languages": {"fi": {"post": gloomy, "review": gloomy}}}, "fi")
    assert found is not None
    (negative, neutral, positive) = ([cell / sum(row) for cell in row] for row in found.table)
    assert negative == pytest.approx([2 / 3 * 0.9 + 1 / 3 * 0.4, 2 / 3 * 0.1 + 1 / 3 * 0.2, 1 / 3 * 0.4])
    assert neutral == pytest.approx([2 / 3 * 0.3 + 1 / 3 * 0.1, 0.6, 2 / 3 * 0.1 + 1 / 3 * 0.3])
    assert positive == pytest.approx([2 / 3 * 0.4, 2 / 3 * 0.2 + 1 / 3 * 0.1, 2 / 3 * 0.4 + 1 / 3 * 0.9])


def test_a_draw_without_opinions_is_no_equality() -> None:
    rates = error_rates.held_out_confusion(
        {"languages": {"fi": {"all": [[320, 40, 40], [60, 280, 60], [40, 40, 320]]}}}, "fi"
    )
    high, low = (
        quantification.estimate([Part(counts, 200.0, rates, True)], name)
        for counts, name in (((10.0, 0.0, 190.0), "one"), ((190.0, 0.0, 10.0), "other"))
    )
    assert high is not None and low is not None
    # Among the draws that fit are worlds in which nobody had an opinion: of a difference they say nothing.
    assert quantification.differences(high, low).min() > 0.5


def test_draws_without_opinions_are_no_share_of_nought() -> None:
    rates = error_rates.held_out_confusion(
        {"languages": {"fi": {"all": [[320, 40, 40], [60, 280, 60], [40, 40, 320]]}}}, "fi"
    )
    # Few opinions among many neutral texts, all of which may be misread: most draws leave nobody with one.
    found = quantification.estimate([Part((6.0, 600.0, 6.0), 612.0, rates, True)], "x")
    assert found is not None
    assert 0.3 < found.share < 0.7 and found.low < 0.1 and found.high > 0.9
