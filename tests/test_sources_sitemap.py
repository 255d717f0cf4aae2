"""Kind sitemap: a sitemap index, a packed news sitemap and an empty one."""

from tests.sources import check, crawled


def test_sitemap_yields_the_expected_documents() -> None:
    check("sitemap")


def test_sitemap_asks_for_each_page_once() -> None:
    assert set(crawled().hits["sitemap"].values()) == {1}
