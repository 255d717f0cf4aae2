"""Kind reviews: JSON-LD with a broken block and microdata, over two pages."""

from tests.sources import check, crawled


def test_reviews_yields_the_expected_documents() -> None:
    check("reviews")


def test_reviews_asks_for_each_page_once() -> None:
    assert set(crawled().hits["reviews"].values()) == {1}
