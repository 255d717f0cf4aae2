"""Kind mastodon: a tag's timeline."""

from tests.sources import check, crawled


def test_mastodon_yields_the_expected_documents() -> None:
    check("mastodon")


def test_mastodon_asks_for_each_page_once() -> None:
    assert set(crawled().hits["mastodon"].values()) == {1}
