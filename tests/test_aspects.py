"""Aspects: found in inflected text of five languages, extendable, and which of them pulls the index."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import aspects
from store.aspects import Tagger, driver_table, tag, word_lists
from store.db import Store
from store.index import index_rows
from tests.store_samples import NOW, clock, document, filled, mix


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize(
    ("language", "passage", "expected"),
    [
        ("fi", "Toimituksessa meni viikko, mutta hinnat ovat halpoja.", ["delivery", "price"]),
        ("fi", "Asiakaspalvelusta vastattiin heti.", ["customer service"]),
        ("fi", "Takuuseen vaihdettiin uusi.", ["after-sales support"]),
        ("fi", "Uusi sovellus kaatuilee.", ["web and app"]),
        ("fi", "Nokia julkisti tuloksensa.", []),
        ("hy", "Առաքումն ուշացավ երկու օր։", ["delivery"]),
        ("hy", "Գները շատ թանկ են։", ["price"]),
        ("hy", "Սպասարկումից գոհ եմ, հավելվածն էլ լավն է։", ["customer service", "web and app"]),
        ("hy", "Որակը վատն է։", ["quality"]),
        ("ru", "Доставку ждали неделю, цены высокие.", ["delivery", "price"]),
        ("sv", "Leveransen var sen och kundtjänsten otrevlig.", ["customer service", "delivery"]),
        ("en", "They refused the refund.", ["after-sales support"]),
    ],
)
def test_aspects_are_found_in_inflected_text(
    tagger: Tagger, language: str, passage: str, expected: list[str]
) -> None:
    assert tagger.aspects(passage, language) == expected


def test_every_list_speaks_five_languages_and_six_aspects() -> None:
    lists = word_lists()
    assert len(lists) == 6
    assert all(set(words) == {"fi", "hy", "ru", "sv", "en"} for words in lists.values())
    assert all(len(words.split()) >= 10 for languages in lists.values() for words in languages.values())


def test_the_configuration_adds_words_and_aspects() -> None:
    tagger = Tagger({"price": {"fi": ("ryöstö",)}, "parking": {"fi": ("pysäköinti",)}})
    assert tagger.aspects("Täyttä ryöstöä, pysäköinnistä puhumattakaan.", "fi") == ["parking", "price"]


def test_mentions_are_tagged_once_and_again_when_the_lists_change(store: Store) -> None:
    store.add_documents([document(1, "Hinta nousi."), document(2, "Toimitus kesti."), document(3, "Nokia.")])
    assert tag(store) == 3
    assert tag(store) == 0
    assert sorted(str(row.aspects) for row in store.mentions()) == ["None", "delivery", "price"]
    assert tag(store, {"price": {"fi": ("nokia",)}}) == 3
    assert {row.key: row.clusters for row in index_rows(store, by="aspect", now=NOW)} == {
        "delivery": 1,
        "price": 2,
    }


def test_no_batch_reads_the_mentions_of_the_batches_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_documents([document(at, f"Nokia {at}") for at in range(1_500)])
    monkeypatch.setattr(aspects, "_BATCH", 50)
    steps: list[None] = []
    with store.reading() as database:
        database.set_progress_handler(lambda: steps.append(None), 1_000)
    assert tag(store) == 1_500
    # Thousands of SQLite's instructions: 90; with each mention read again for every batch 206.
    assert len(steps) < 130


def test_the_driver_table_says_what_pulls_the_index(store: Store) -> None:
    filled(store, mix(10, 0, 50), text="Toimitus myöhästyi.")
    filled(store, mix(100, 0, 40), start=500, text="Nokian hinta.")
    tag(store)
    # Two aspects that share all texts out between them pull alike, but for the draws.
    found = driver_table(store, "Nokia", now=NOW)
    effects = [each.effect or 0.0 for each in found]
    assert sorted(effects, key=abs, reverse=True) == effects
    delivery, price = sorted(found, key=lambda each: each.aspect)
    assert (delivery.aspect, price.aspect) == ("delivery", "price")
    assert delivery.effect is not None and price.effect is not None
    assert delivery.effect < -5 < 0 < price.effect
    assert delivery.share == pytest.approx(60 / 200)
