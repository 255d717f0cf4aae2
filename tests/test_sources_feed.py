"""Kind feed: RSS, Atom and JSON Feed."""

from tests.sources import check, crawled


def test_feed_yields_the_expected_documents() -> None:
    check("feed")


def test_feed_asks_for_each_page_once() -> None:
    assert set(crawled().hits["feed"].values()) == {1}
