"""Kind hackernews: Algolia's search."""

from tests.sources import check, crawled


def test_hackernews_yields_the_expected_documents() -> None:
    check("hackernews")


def test_hackernews_asks_for_each_page_once() -> None:
    assert set(crawled().hits["hackernews"].values()) == {1}
