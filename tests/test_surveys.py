"""CSAT, NPS and resolution times: by hand, beside the index, with errors that name the line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db import Store
from store.errors import UsageError
from store.index import index_rows
from store.surveys import Kind, import_survey, survey_measures
from tests.store_samples import NOW, clock, document


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


def table(tmp_path: Path, text: str, name: str = "answers.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("column", ["answered_at", "date"])
def test_csat_by_hand(store: Store, tmp_path: Path, column: str) -> None:
    rows = ["5,2026-11-01", "4,", "3,", "2,2026-11-03T10:00:00+02:00"]
    path = table(tmp_path, f"brand,score,{column}\n" + "".join(f"Nokia,{row}\n" for row in rows))
    assert import_survey(store, path, "csat") == 4
    (measure,) = survey_measures(store)
    assert (measure.n, measure.value, measure.mean, measure.median, measure.target) == (4, 50, 3.5, 3.5, 80)
    assert measure.low is not None and measure.high is not None and measure.low < 50 < measure.high
    assert survey_measures(store, since="2026-11-02")[0].n == 1
    assert index_rows(store, now=NOW) == []


def test_nps_by_hand_and_semicolons(store: Store, tmp_path: Path) -> None:
    scores = [10, 9, 9, 8, 7, 6, 0]
    path = table(tmp_path, "\ufeffbrand;score\n" + "".join(f"Elisa;{score}\n" for score in scores))
    import_survey(store, path, "nps")
    (measure,) = survey_measures(store, brand="Elisa")
    assert measure.value == pytest.approx(100 * (3 - 2) / 7, abs=1e-4)
    assert measure.target is None


def test_answers_find_their_brand_however_it_is_written(store: Store, tmp_path: Path) -> None:
    import_survey(store, table(tmp_path, "brand,score\nNOKIA,5\nnokia,4\nNokia,1\nNokla,5\n"), "csat")
    store.add_documents([document(1)])
    assert [(each.brand, each.n) for each in survey_measures(store)] == [("Nokia", 3), ("Nokla", 1)]
    assert [each.n for each in survey_measures(store, brand="Nokia")] == [3]
    assert survey_measures(store, brand="nokia") == []


def test_resolution_by_hand(store: Store, tmp_path: Path) -> None:
    rows = [
        "2026-11-01T10:00:00Z,2026-11-01T12:00:00Z",
        "2026-11-01T10:00,2026-11-01T20:00",
        "2026-11-01,2026-11-02",
    ]
    import_survey(store, table(tmp_path, "opened,resolved\n" + "\n".join(rows)), "resolution", brand="Nokia")
    (measure,) = survey_measures(store)
    assert (measure.mean, measure.median, measure.value) == (12, 10, 12)


def test_dates_are_read_as_in_other_imports(store: Store, tmp_path: Path) -> None:
    rows = ["22.11.2026 10.30,22.11.2026 klo 12.30", "22/11/2026,2026/11/23", "2026-W47-7,20261123"]
    import_survey(store, table(tmp_path, "opened,resolved\n" + "\n".join(rows)), "resolution", brand="Nokia")
    with store.reading() as database:
        found = database.execute("SELECT value, answered_at FROM survey_responses ORDER BY id").fetchall()
    assert found == [(2, "2026-11-22T12:30:00Z"), (24, "2026-11-23T00:00:00Z"), (24, "2026-11-23T00:00:00Z")]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("csat", "brand,score\nNokia,6\n", r"line 2: score 6 is not on the scale 1–5"),
        ("nps", "brand,score\nNokia,10\nNokia,11\n", r"line 3: score 11 is not on the scale 0–10"),
        ("csat", "brand,score\nNokia,hyvä\n", r"line 2: score 'hyvä' is not a whole number"),
        ("nps", "brand,score\nNokia,1_0\n", r"line 2: score '1_0' is not a whole number"),
        ("csat", "brand,score\n,5\n", r"line 2: brand is empty"),
        ("csat", "name,score\nNokia,5\n", r"has no column 'brand'; its columns are name, score"),
        ("csat", "brand,score\n", r"has no answers"),
        ("csat", "", r"has no column 'brand'; its columns are none"),
        (
            "resolution",
            "brand,opened,resolved\nNokia,2026-11-02,2026-11-01\n",
            r"line 2: resolved lies before opened",
        ),
        (
            "resolution",
            "brand,opened,resolved\nNokia,eilen,2026-11-01\n",
            r"line 2: opened 'eilen' is no date",
        ),
        ("csat", "brand,score,date\nNokia,5,2026-11\n", r"line 2: date '2026-11' is no date"),
        (
            "resolution",
            "brand,opened,resolved\nNokia,0001-01-01T00:00+05:00,0001-01-01T00:00+05:00\n",
            r"line 2: opened '0001-01-01T00:00\+05:00' is no date",
        ),
    ],
)
def test_errors_name_the_line_and_nothing_is_added(
    store: Store, tmp_path: Path, kind: Kind, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        import_survey(store, table(tmp_path, text), kind)
    assert survey_measures(store) == []


def test_an_answer_of_an_early_year_is_before_all_others(store: Store, tmp_path: Path) -> None:
    import_survey(store, table(tmp_path, "score,date\n5,0001-01-02\n1,2026-11-01\n"), "csat", brand="Nokia")
    (measure,) = survey_measures(store, since="0002-01-01")
    assert (measure.n, measure.mean) == (1, 1)


def test_answers_count_from_their_day_on_or_without_one_from_that_of_their_import(
    store: Store, tmp_path: Path
) -> None:
    import_survey(
        store,
        table(tmp_path, "score,date\n5,2026-11-01\n4,2026-11-20\n3,\n1,2026-12-24\n"),
        "csat",
        brand="A",
    )
    counts = {"2026-10-31": 0, "2026-11-01": 1, "2026-11-20T08:00:00Z": 2, NOW: 3, "2026-12-24": 4}
    for now, n in counts.items():
        assert sum(each.n for each in survey_measures(store, now=now)) == n, now
    assert survey_measures(store)[0].n == 3


def test_a_file_is_imported_once(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, "brand,score\nNokia,5\n")
    import_survey(store, path, "csat")
    with pytest.raises(UsageError, match="was imported before"):
        import_survey(store, table(tmp_path, "brand,score\nNokia,5\n", "copy.csv"), "csat")
    with pytest.raises(UsageError, match="no such file"):
        import_survey(store, tmp_path / "none.csv", "csat")
    assert survey_measures(store)[0].n == 1
