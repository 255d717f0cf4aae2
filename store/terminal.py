"""What a terminal shows: texts that cannot steer it, and tables whose cells are text, never markup."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """`text` without control characters, escape sequences' introducers and bidirectional overrides.

    Line feeds and tabs stay. A control character shows as U+FFFD, so that nothing disappears unseen; zero-width
    joiners, which emoji need, stay too.
    """
    return "".join(
        char if char in "\n\t\u200d" or unicodedata.category(char) not in _STEERING else "\ufffd"
        for char in text
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> "Table":
    """A table for rich; None is an empty cell, the columns `right` stand to the right."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable("" if cell is None else str(cell))) for cell in row))
    return shown


def number(value: float | None, digits: int = 0) -> str:
    """`value` rounded to `digits`, a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def counted(number: int, noun: str) -> str:
    """`1 mention`, `1,200 mentions`: `noun` in the singular, whose plural takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
