"""What the crawl has found so far, on standard error, and what it came to in the end.

There is no percentage: nobody knows how much there is.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from crawler.health import SourceReport
from crawler.run import Snapshot
from store import terminal

if TYPE_CHECKING:
    from rich.table import Table


class CrawlProgress:
    """A live table on standard error, to be passed to `crawler.run.crawl` as `progress`.

    Shows nothing where standard error is no terminal.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        self._live = (
            Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, snapshots: Sequence[Snapshot]) -> None:
        if self._live is not None:
            self._live.update(table(snapshots))


def table(snapshots: Sequence[Snapshot]) -> "Table":
    """The state of every source; those that are done are dim."""
    rows = [(each.source, each.pages, each.documents, each.mentions, each.errors) for each in snapshots]
    heads = ("source", "pages", "found", "new mentions", "errors")
    shown = terminal.table(heads, rows, right=(1, 2, 3, 4))
    for row, each in zip(shown.rows, snapshots, strict=True):
        row.style = "" if each.running else "dim"
    return shown


def source_table(reports: Sequence[SourceReport]) -> "Table":
    """How each source fared."""
    rows = [
        (
            each.source,
            each.outcome,
            each.pages,
            each.documents,
            each.new,
            each.mentions,
            each.known,
            each.errors,
            each.reason,
        )
        for each in reports
    ]
    heads = ("source", "outcome", "pages", "documents", "new", "mentions", "known", "errors", "why")
    return terminal.table(heads, rows, right=(2, 3, 4, 5, 6, 7))
