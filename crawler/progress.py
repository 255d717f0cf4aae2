"""What the crawl has found so far, on standard error; no percentage, as nobody knows how much there is."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from crawler.run import Snapshot

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
    """The state of every source as a table."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    shown.add_column("source")
    for heading in ("pages", "found", "new mentions", "errors"):
        shown.add_column(heading, justify="right")
    for each in snapshots:
        numbers = (each.pages, each.documents, each.mentions, each.errors)
        style = "" if each.running else "dim"
        shown.add_row(Text(each.source), *map(str, numbers), style=style)
    return shown
