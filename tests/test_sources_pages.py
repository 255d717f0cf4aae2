"""Kind pages: a listing of two pages read by selectors."""

from tests.sources import check, crawled


def test_pages_yields_the_expected_documents() -> None:
    check("pages")


def test_pages_asks_for_each_page_once() -> None:
    assert set(crawled().hits["pages"].values()) == {1}
