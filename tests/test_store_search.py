"""T31: no filter of the feed can reach past the rows that it filters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.db import Filters, Store
from store.errors import UsageError
from store.feed import search_expression
from tests.store_samples import clock, document, score_all

ATTACKS = [
    "'; DROP TABLE mentions; --",
    "x' OR '1'='1",
    '" OR "1"="1',
    "1) UNION SELECT name, sql FROM sqlite_master --",
    '* OR normal:"nokia"',
    'nokia" OR rowid:"1',
    "NEAR(nokia elisa)",
    "nokia AND NOT elisa",
    "{normal} : nokia",
    "^nokia",
    "\x00nokia",
    "%",
    "_",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        opened.add_documents(
            [
                document(1, "Nokian puhelin on hyvä."),
                document(2, "Elisan verkko pätkii.", brand="Elisa"),
                document(3, "Ուքոմի ինտերնետը լավն է Երևանում։", brand="Ucom", language="hy", source="լուր"),
            ]
        )
        score_all(opened, ["positive", "negative", "positive"])
        yield opened


def filters_with(name: str, value: str) -> Filters:
    values: dict[str, Any] = {name: value}
    return Filters(**values)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", ["brand", "group", "language", "source", "search"])
def test_t31_an_attack_through_a_filter_finds_nothing(store: Store, name: str, attack: str) -> None:
    with store.reading() as database:
        before = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    rows = list(store.mentions(filters_with(name, attack)))
    assert [row.brand for row in rows] == (
        ["Nokia"] if name == "search" and attack in ("^nokia", "\x00nokia") else []
    )
    with store.reading() as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == before
    assert store.count_mentions() == 3


@pytest.mark.parametrize("attack", ATTACKS)
def test_t31_an_attack_through_a_date_or_a_label(store: Store, attack: str) -> None:
    store.count_mentions(Filters(since=attack, until=attack))
    with pytest.raises(UsageError, match="choose one of"):
        store.count_mentions(Filters(label=attack))
    assert store.count_mentions() == 3


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_t31_any_text_can_be_searched(store: Store, words: str) -> None:
    assert store.count_mentions(Filters(search=words.encode("utf-8", "replace").decode())) <= 3


def test_search_is_in_the_normal_form_and_by_beginnings(store: Store) -> None:
    def found(words: str) -> list[str]:
        return [row.brand for row in store.mentions(Filters(search=words))]

    assert found("NOKIAN") == found("puh") == found("hyvä nokia") == ["Nokia"]
    assert found("hyva") == []
    assert found("երեվանում") == found("ԵՐԵՎԱՆ") == ["Ucom"]
    assert search_expression("   ") == search_expression("***") == ""


def test_filters_are_combined(store: Store) -> None:
    assert [row.brand for row in store.mentions(Filters(label="positive", language="hy"))] == ["Ucom"]
    assert [row.brand for row in store.mentions(Filters(brand="Elisa", label="negative"))] == ["Elisa"]
    assert store.count_mentions(Filters(since="2026-11-20", until="2026-11-20")) == 3
    assert store.count_mentions(Filters(until="2026-11-19")) == 0
    assert len(list(store.mentions(Filters(limit=2)))) == 2
