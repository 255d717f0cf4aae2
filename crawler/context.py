"""What the spiders and middlewares of one run share, and what is counted for each source."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.config import Config, SourceConfig
from crawler.urls import without_secrets
from store.runs import SeenPage

if TYPE_CHECKING:
    from crawler.mentions import Finder
    from crawler.politeness import Pacer
    from crawler.robots import RobotsCache
    from store.db import Store


@dataclass
class SourceState:
    """The account of one source in one run."""

    source: SourceConfig
    seen: dict[str, SeenPage] = field(default_factory=dict)
    listings: list[SeenPage] = field(default_factory=list)
    """Listing pages, marked as done only when all that they led to is stored."""
    cut: list[SeenPage] = field(default_factory=list)
    """Those of lists that go back in time, as they are marked when the page limit cuts them off."""
    relied: bool = False
    """Whether a listing page was known from an earlier night: behind what is new since, there may be a gap."""
    reach: int = 0
    """The page limit that cut off the earlier night which was relied on, if one did."""
    goes_on: bool = False
    """Whether the mark of the page at which the page limit ended a list is among `listings`."""
    pages: int = 0
    documents: int = 0
    new: int = 0
    changed: int = 0
    mentions: int = 0
    known: int = 0
    unchanged_pages: int = 0
    limited: bool = False
    empty_pages: int = 0
    """Pages on which nothing was found."""
    articles: int = 0
    textless: int = 0
    """Articles of whose pages no text could be taken, whatever the feed tells of them."""
    errors: Counter[str] = field(default_factory=Counter)
    last_errors: int = 0
    """How many of the errors were a page's last: it has failed on so many nights that it is given up, or has
    an address that cannot be asked for.
    """
    given_up: int = 0
    """Pages that are not asked for any more, those of tonight among them."""
    passed_over: int = 0
    """Archived answers that were no pages: redirects and errors."""
    refusals: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    """Sentences on what to look at though all is well."""
    failure: str = ""
    """Why the source as a whole failed, in one sentence; the first cause stands."""
    close_reason: str = ""
    seconds: float = 0.0
    """How long the crawl of the source took."""
    keep: object = None
    """Holds the receiver of a signal, which Scrapy refers to weakly."""

    def fail(self, reason: str) -> None:
        self.failure = self.failure or without_secrets(reason)

    @property
    def complete(self) -> bool:
        """Whether everything that the source led to was dealt with, or given up."""
        return self._finished and not self.limited

    @property
    def _finished(self) -> bool:
        unfinished = self.errors.total() > self.last_errors or self.failure
        return self.close_reason == "finished" and not unfinished

    @property
    def dealt_with(self) -> list[SeenPage]:
        """The listing pages that can be marked as done: all, or those as far as `max_pages` reach, where no night can
        get any deeper, or the next one goes on from there.
        """
        if self.complete or (self._finished and self.goes_on):
            return self.cut if self.reach else self.listings
        return self.cut if self._finished and not self.relied else []


@dataclass
class RunContext:
    """Shared by all sources of a run; `now` is fixed where the caller fixes it."""

    config: Config
    store: "Store"
    run_id: int
    matcher: "Finder"
    subjects: Mapping[str, str]
    pacer: "Pacer"
    robots: "RobotsCache"
    fixed_now: datetime | None = None
    store_error: Exception | None = None

    @property
    def now(self) -> datetime:
        return self.fixed_now or datetime.now(UTC)

    def stamp(self) -> str:
        """`2026-11-22T10:00:00Z`."""
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
