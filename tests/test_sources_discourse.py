"""Kind discourse: topics, and posts beyond the first twenty."""

from tests.sources import check, crawled


def test_discourse_yields_the_expected_documents() -> None:
    check("discourse")


def test_discourse_asks_for_each_page_once() -> None:
    assert set(crawled().hits["discourse"].values()) == {1}
