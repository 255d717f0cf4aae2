"""Kind wordpress: posts and their comments."""

from tests.sources import check, crawled


def test_wordpress_yields_the_expected_documents() -> None:
    check("wordpress")


def test_wordpress_asks_for_each_page_once() -> None:
    assert set(crawled().hits["wordpress"].values()) == {1}
