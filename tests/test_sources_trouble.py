"""Every kind of source on a bad night: nothing there, another layout, forbidden. Each says so in its line."""

import pytest

from tests.sources import EMPTY, changed, denied, empty

KINDS = sorted(EMPTY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_night_without_an_item_is_silent(kind: str) -> None:
    for report in empty().of(kind):
        assert (report.outcome, report.documents, report.errors) == ("silent", 0, 0)
        assert "found nothing" in report.reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_layout_is_no_quiet_night(kind: str) -> None:
    for report in changed().of(kind):
        assert report.outcome in ("drift", "failed")
        assert report.new == 0
        assert report.reason


@pytest.mark.parametrize("kind", KINDS)
def test_what_robots_forbids_is_not_fetched(kind: str) -> None:
    assert denied().pages_hit[kind] == 0
    for report in denied().of(kind):
        assert (report.outcome, report.refused > 0) == ("failed", True)
        assert "robots.txt" in report.reason
