"""What a terminal shows: texts that cannot steer it, and tables whose cells are text, never markup."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.measure import Measurement
    from rich.table import Table

# Of a column of text, in characters.
_NARROWEST = 6
_ENDLESS = 10_000
_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")
# What JSON leaves as it is though a terminal obeys it: DEL, the C1 controls, line separators, bidirectional marks.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` without control characters, escape sequences' introducers and bidirectional overrides.

    Line feeds and tabs stay. A control character shows as U+FFFD, so that nothing disappears unseen; zero-width
    joiners, which emoji need, stay too.
    """
    return "".join(
        char if char in "\n\t\u200d" or unicodedata.category(char) not in _STEERING else "\ufffd"
        for char in text
    )


def one_line(text: str) -> str:
    """As `printable`, line feeds and tabs as spaces: a field of a line must not make others up."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def json_text(value: object) -> str:
    """`value` as JSON in one line; what would steer a terminal stands as an escape, and reads back the same."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> "Table":
    """A table for rich; None is an empty cell, the columns `right` stand to the right."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(one_line("" if cell is None else str(cell))) for cell in row))
    return shown


def fit(shown: "Table", console: "Console") -> None:
    """Makes `shown`, a `table`, fit `console`: headings break between words, texts fold.

    Figures stay whole, for -37 on two lines reads as -3. Where that takes more room than there is, `console` is
    widened instead: each row is one line, which the terminal breaks.
    """
    unbounded = console.options.update(width=_ENDLESS)

    def room(cell: "RenderableType") -> "Measurement":
        return console.measure(cell, options=unbounded)

    whole = room(shown).maximum
    if whole <= console.width:
        return
    figures = [column for column in shown.columns if column.justify == "right"]
    widths = [max(room(cell).minimum for cell in (column.header, *column.cells)) for column in figures]
    texts = len(shown.columns) - len(figures)
    if sum(widths) + texts * _NARROWEST + len(shown.columns) - 1 > console.width:
        console.width = whole
        return
    shown.padding = (0, 1, 0, 0)
    for column, width in zip(figures, widths, strict=True):
        column.width = width


def number(value: float | None, digits: int = 0) -> str:
    """`value` rounded to `digits`, a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def counted(number: int, noun: str) -> str:
    """`1 mention`, `1,200 mentions`: `noun` in the singular, whose plural takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
