"""Kind telegram: a channel's preview, back to its beginning."""

from tests.sources import check, crawled


def test_telegram_yields_the_expected_documents() -> None:
    check("telegram")


def test_telegram_asks_for_each_page_once() -> None:
    assert set(crawled().hits["telegram"].values()) == {1}
