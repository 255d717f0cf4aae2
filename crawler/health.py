"""How a source fared: one outcome and one sentence, from what was counted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.runs import Outcome
from store.terminal import counted

if TYPE_CHECKING:
    from crawler.context import SourceState

DRIFT_PAGES = 200
"""Pages without an item after which a layout counts as changed."""
DRIFT_ARTICLES = 5
"""Articles without any text, and none with it, after which a layout counts as changed."""
NIGHTS = 3
"""Days on which a page must fail until it is no longer asked for."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How the crawl of one source ended.

    `known` are pages and items dealt with before, `refused` requests that the guard or robots.txt held back,
    `errors` requests and pages that came to nothing. `notes` are sentences on what to look at though all is well.
    """

    source: str
    outcome: Outcome
    reason: str
    pages: int
    documents: int
    new: int
    mentions: int
    known: int
    refused: int
    errors: int
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for people."""
        return f"{self.source}: {self.outcome}: {self.reason}"


def report(state: "SourceState", usual: float | None, *, interrupted: bool) -> SourceReport:
    """Judge one source; `usual` is the median number of items of its last good runs."""
    outcome, reason = _judge(state, usual, interrupted)
    return SourceReport(
        source=state.source.name,
        outcome=outcome,
        reason=reason,
        pages=state.pages,
        documents=state.documents,
        new=state.new,
        mentions=state.mentions,
        known=state.known,
        refused=sum(state.refusals.values()),
        errors=sum(state.errors.values()),
        seconds=state.seconds,
        notes=tuple(state.notes),
    )


def _judge(state: "SourceState", usual: float | None, interrupted: bool) -> tuple[Outcome, str]:
    met = state.documents + state.known
    wrong = sum(state.errors.values())
    if state.close_reason == "store error":
        return "failed", state.failure
    pages = counted(state.pages, "page")
    if interrupted and state.close_reason != "finished":
        return "interrupted", f"stopped on request after {pages}; the next crawl goes on from there"
    if state.failure:
        return "failed", state.failure
    if wrong and not met:
        return "failed", f"nothing was read: {_worst(state)}"
    if state.close_reason == "closespider_timeout":
        return "failed", f"the time limit ended it after {pages}; raise crawl.max_minutes"
    if state.empty_pages >= DRIFT_PAGES or (state.empty_pages and not met and (usual or 0) > 0):
        empty = counted(state.empty_pages, "page")
        return "drift", f"found no item on {empty}; the layout may have changed, look at its selectors"
    if state.textless >= DRIFT_ARTICLES and state.textless == state.articles:
        articles = counted(state.articles, "article")
        return "drift", f"found no text on the pages of {articles}; the layout may have changed"
    if not met and not state.unchanged_pages:
        if usual:
            return "silent", f"found nothing, usually about {usual:.0f}; look at the address"
        return "silent", "found nothing; look at the address and the selectors"
    return "ok", _good(state)


def _good(state: "SourceState") -> str:
    parts = [f"{counted(state.mentions, 'new mention')} in {counted(state.documents, 'document')}"]
    if state.unchanged_pages:
        parts.append(f"{counted(state.unchanged_pages, 'page')} unchanged")
    if state.known:
        parts.append(f"{state.known} known before")
    if state.errors:
        parts.append(f"{counted(sum(state.errors.values()), 'page')} failed ({_worst(state)})")
    if state.given_up:
        parts.append(f"{counted(state.given_up, 'page')} given up after {NIGHTS} nights")
    if state.passed_over:
        parts.append(f"{state.passed_over} passed over (archived redirects and errors)")
    if state.refusals:
        parts.append(f"{sum(state.refusals.values())} held back ({', '.join(sorted(state.refusals))})")
    if state.limited:
        parts.append(f"stopped at the page limit{_then(state)}")
    return ", ".join(parts)


def _then(state: "SourceState") -> str:
    """What becomes of that which lies behind the page limit."""
    if state.goes_on:
        return "; the next night goes on from there"
    if state.cut and state.relied:
        return ", and did not get to what earlier nights read: raise max_pages for a night"
    return ""


def _worst(state: "SourceState") -> str:
    (reason, number), *_ = state.errors.most_common(1)
    return reason if number == 1 else f"{reason}, {number} times"
