"""Alerts: what changed enough, once, with its evidence; and silence where nothing did."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from store.alerts import burst_probability, discoveries, find_alerts, list_alerts
from store.db import ModelInfo, Store
from tests.store_samples import BARE, MODEL, NOW, clock, document, filled, mention, mix, score_all

TODAY = date(2026, 11, 22)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


def write(
    store: Store,
    days_ago: int,
    positive: int,
    negative: int,
    brand: str = "Nokia",
    model: ModelInfo = BARE,
) -> None:
    day = (TODAY - timedelta(days=days_ago)).isoformat()
    start = 10_000 * (days_ago + 1)
    labels = mix(positive, 0, negative)
    filled(
        store,
        labels,
        model,
        start=start,
        brand=brand,
        published_at=f"{day}T10:00:00Z",
        text=f"{brand}, {day}.",
    )


def test_a_drop_of_the_level_is_told_once_with_evidence(store: Store) -> None:
    for days_ago in range(8, 35, 2):
        write(store, days_ago, 12, 4)
    for days_ago in range(0, 6, 2):
        write(store, days_ago, 3, 13)
    found = [alert for alert in find_alerts(store, now=NOW) if alert.kind == "level"]
    (alert,) = found
    assert alert.brand == "Nokia"
    assert alert.value < 30 < 70 < alert.baseline
    assert alert.high < -5
    assert alert.n == 48
    assert len(alert.evidence) == 5
    assert all(each.url.startswith("https://") and "Nokia" in each.quote for each in alert.evidence)
    assert [each.kind for each in find_alerts(store, now=NOW)] == []
    assert [each.kind for each in find_alerts(store, now="2026-11-23T12:00:00Z")] == []
    assert alert in list_alerts(store, brand="Nokia")


def test_one_brands_fall_is_told_among_many_brands(store: Store) -> None:
    for at in range(40):
        for days_ago in (1, 10):
            write(store, days_ago, 6, 6, f"Merkki {at}", MODEL)
    write(store, 10, 190, 10, model=MODEL)
    write(store, 1, 10, 190, model=MODEL)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "level"]
    assert alert.brand == "Nokia"
    assert alert.p < 0.001


@pytest.mark.parametrize(
    ("friendly", "critical"), [((0, 35), (0, 7)), ((7, 35), (0, 35)), ((0, 35), (0, 12))]
)
def test_a_critical_source_that_comes_or_a_friendly_one_that_goes_is_no_fall(
    store: Store, friendly: tuple[int, int], critical: tuple[int, int]
) -> None:
    def read(source: str, days: tuple[int, int], positive: int, negative: int) -> None:
        for days_ago in range(*days):
            day = (TODAY - timedelta(days=days_ago)).isoformat()
            written = {
                "source": source,
                "text": f"Nokia, {source} {day}.",
                "published_at": f"{day}T10:00:00Z",
            }
            start = 1000 * days_ago + 100 * len(source)
            filled(store, mix(positive, 0, negative), BARE, start=start, **written)

    read("arvostelut", friendly, 4, 1)
    read("valitukset", critical, 2, 6)
    assert [each for each in find_alerts(store, now=NOW) if each.kind == "level"] == []
    read("arvostelut2", (7, 35), 9, 1)
    read("arvostelut2", (0, 7), 1, 9)  # nor do they hide one
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "level"]
    assert alert.value < alert.baseline - 5


def test_a_fall_is_shown_by_the_sources_that_it_is_of(store: Store) -> None:
    for days_ago in range(35):
        write(store, days_ago, *((1, 9) if days_ago < 7 else (9, 1)))
    new = {"source": "valitukset", "text": "Nokia, uusi palsta.", "published_at": "2026-11-20T10:00:00Z"}
    filled(store, mix(0, 0, 20), BARE, start=5_000, rating=1.0, **new)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "level"]
    assert alert.n == 70
    assert alert.evidence and not any("uusi" in each.quote for each in alert.evidence)


def test_a_fall_is_told_where_each_week_is_imported_from_a_file_of_its_own(store: Store) -> None:
    for days_ago in range(35):
        day = (TODAY - timedelta(days=days_ago)).isoformat()
        written = {"source": f"viikko{days_ago // 7}.csv", "published_at": f"{day}T10:00:00Z"}
        filled(store, mix(*((1, 0, 9) if days_ago < 7 else (9, 0, 1))), BARE, start=100 * days_ago, **written)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "level"]
    assert (round(alert.value), round(alert.baseline), alert.n) == (10, 90, 70)
    assert len(alert.evidence) == 5


def test_a_burst_of_negative_mentions_is_told_once(store: Store) -> None:
    for days_ago in range(1, 60):
        write(store, days_ago, 3, 1)
    write(store, 0, 0, 14)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert (alert.n, alert.value, alert.baseline, alert.day) == (14, 14, 1, "2026-11-22")
    assert alert.p < 0.001
    assert alert.low <= 1 <= alert.high < 14
    assert find_alerts(store, now=NOW) == []


def test_a_day_like_others_of_these_weeks_is_no_burst_though_its_weekday_was_steady(store: Store) -> None:
    """Eight Sundays alike say little of how Sundays vary; the other days say more."""
    weeks = (0, 11, 3, 1, 5, 2, 8, 3)
    for days_ago in range(1, 63):
        is_sunday, week = days_ago % 7 == 0, days_ago // 7
        write(store, days_ago, 3, 3 if is_sunday or week == 0 else weeks[(week + days_ago) % 8])
    write(store, 0, 3, 11)
    assert [each for each in find_alerts(store, now=NOW) if each.kind == "volume"] == []
    filled(store, mix(0, 0, 30), BARE, start=90_000, text="Nokia!", published_at="2026-11-22T11:00:00Z")
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert (alert.n, alert.baseline) == (41, 3)


def test_a_burst_that_no_night_saw_is_told_by_the_next_and_is_one_incident(store: Store) -> None:
    for days_ago in range(60):
        write(store, days_ago, *((0, 14) if days_ago in (3, 4) else (3, 1)))
    found = [(each.day, each.n) for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert found == [("2026-11-18", 14)]
    assert find_alerts(store, now="2026-11-23T12:00:00Z") == []


def test_what_a_new_source_has_without_a_date_is_no_burst_of_its_first_night(store: Store) -> None:
    for days_ago in range(60):
        write(store, days_ago, 3, 1)
    old = {"published_at": None, "date_source": None, "date_precision": None}
    filled(store, mix(0, 0, 40), BARE, start=90_000, text="Nokia, vanhaa.", source="uusi", **old)
    first = store.start_source_run(store.start_run("crawl"), "uusi")
    store.finish_source_run(first, "ok", "", {"documents": 40})
    assert [each for each in find_alerts(store, now=NOW) if each.kind == "volume"] == []
    with store.transaction() as database:  # as if the source had been read for weeks
        database.execute("UPDATE source_runs SET finished_at = '2026-11-01T03:00:00Z'")
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert alert.n == 41


def test_a_burst_is_shown_by_what_it_counts(store: Store) -> None:
    for days_ago in range(1, 60):
        write(store, days_ago, 3, 1)
    old = {"published_at": None, "date_source": None, "date_precision": None}
    filled(store, mix(0, 0, 40), BARE, start=80_000, text="Nokia, vanhaa.", source="uusi", **old)
    write(store, 0, 0, 14)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert alert.n == 14
    assert alert.evidence and not any("vanhaa" in each.quote for each in alert.evidence)


def test_a_new_source_of_recent_texts_is_no_burst_in_its_first_weeks_and_hides_none(store: Store) -> None:
    for days_ago in (0, 1, 2, 4, 7, 8, 9):
        day = (TODAY - timedelta(days=days_ago)).isoformat()
        new = {"source": "uusi", "text": f"Nokia, {day}, uutta.", "published_at": f"{day}T10:00:00Z"}
        filled(store, mix(0, 0, 12), BARE, start=900_000 + 100 * days_ago, **new)
    for days_ago in range(60):
        write(store, days_ago, *((0, 15) if days_ago == 4 else (3, 1)))
    for now in ("2026-11-15T12:00:00Z", "2026-11-19T12:00:00Z", NOW):
        found = [(each.day, each.n) for each in find_alerts(store, now=now) if each.kind == "volume"]
        assert found == ([("2026-11-18", 15)] if now.startswith("2026-11-19") else [])
    with store.transaction() as database:  # the second week alone
        database.execute("DELETE FROM alerts")
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    assert alert.day == "2026-11-18"
    assert alert.evidence and not any("uutta" in each.quote for each in alert.evidence)


def test_a_steady_brand_is_left_in_peace(store: Store) -> None:
    for days_ago in range(60):
        write(store, days_ago, 6, 3)
        write(store, days_ago, 3, 2 + days_ago % 3, brand="Elisa")
    assert find_alerts(store, now=NOW) == []


def test_a_long_mention_is_quoted_around_the_brand_and_says_that_it_is_cut(store: Store) -> None:
    for days_ago in range(1, 60):
        write(store, days_ago, 3, 1)
    before, after = "Odotin eilen tunnin. " * 40, " En suosittele enää kenellekään." * 40
    text, at = f"{before}Sitten Nokia sammui taas.{after}", len(before) + len("Sitten ")
    # As near-duplicates they would be one complaint.
    complaint = mention(text, spans=((at, at + 5),), signature=b"")
    store.add_documents(
        [document(f"long {each}", text, published_at=NOW, mentions=(complaint,)) for each in range(14)]
    )
    score_all(store, "negative", BARE)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    for each in alert.evidence:
        assert re.fullmatch(r"… \w.* Sitten Nokia sammui taas\..*[\w.] …", each.quote)
        assert len(each.quote) <= 300 + len("…  …")


def test_forgetting_takes_the_quotes_out_of_the_alerts(store: Store) -> None:
    for days_ago in range(1, 60):
        write(store, days_ago, 3, 1)
    write(store, 0, 0, 14)
    (alert,) = [each for each in find_alerts(store, now=NOW) if each.kind == "volume"]
    store.forget(url=alert.evidence[0].url)
    (kept,) = [each for each in list_alerts(store) if each.kind == "volume"]
    assert kept.evidence == alert.evidence[1:]
    assert kept.n == alert.n


def test_the_tail_by_hand() -> None:
    # Poisson with mean 2: P(X >= 3) = 1 - 5 e^-2
    assert burst_probability(3, [2, 2, 2, 2]) == pytest.approx(1 - 5 * 2.718281828459045**-2)
    # Variance 4 at mean 2 is a negative binomial of size 2, chance ½: P(X >= 3) = 1 - (1/4 + 1/4 + 3/16)
    assert burst_probability(3, [0, 2, 2, 4, 0, 2, 2, 4, 0, 4]) == pytest.approx(1 - 11 / 16, abs=0.02)
    assert burst_probability(0, [1, 1]) == 1.0
    assert burst_probability(14, [5, 30, 2, 9]) > 0.001


def test_benjamini_hochberg_by_hand() -> None:
    assert discoveries([0.01, 0.04, 0.03, 0.5], 0.05) == [0]
    assert discoveries([0.01, 0.02, 0.03, 0.04], 0.05) == [0, 1, 2, 3]
    assert discoveries([0.9, 0.8], 0.05) == []
    assert discoveries([], 0.05) == []
