"""Kind appstore: customer reviews of two pages, the last leading to itself."""

from tests.sources import check, crawled


def test_appstore_yields_the_expected_documents() -> None:
    check("appstore")


def test_appstore_asks_for_each_page_once() -> None:
    assert set(crawled().hits["appstore"].values()) == {1}
