"""The hand-written entries of the demo site, read from the tab-separated files in ``content/``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

Label = Literal["positive", "neutral", "negative"]
Kind = Literal["article", "review", "comment", "post"]
Language = Literal["fi", "hy", "hy-Latn", "ru", "sv", "en"]

COLUMNS = (
    "id", "night", "source", "kind", "brands", "language", "labels",
    "author", "date", "rating", "title", "copy_of", "text",
)  # fmt: skip

PARAGRAPH = "¶"
"""Stands between the paragraphs of an article in the content files."""

# Finland leaves summer time on the last Sunday of October (2026-10-25 04:00 EEST); Armenia has none.
_FINNISH_WINTER_TIME = datetime(2026, 10, 25, 4)
_YEREVAN = timezone(timedelta(hours=4))
_EEST = timezone(timedelta(hours=3))
_EET = timezone(timedelta(hours=2))


class ContentError(ValueError):
    """A line of a content file is malformed; the message names the file, the line and the column."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of the demo site as it stands on its page.

    ``labels`` pairs each brand that the text names with the label a reader would give; it is empty for a
    text that only uses a brand's name as a common word or a place. ``date`` is the local time of the page's
    country, with its offset. ``rating`` is written as on the page ("4", "4,5", "8/10") or empty. ``copy_of``
    is the id of the entry that this one repeats, or empty.
    """

    id: str
    night: int
    source: str
    kind: Kind
    labels: tuple[tuple[str, Label], ...]
    language: Language
    author: str
    date: datetime
    rating: str
    title: str
    copy_of: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The text in paragraphs, none empty."""
        return self.text.split("\n")

    @property
    def brands(self) -> tuple[str, ...]:
        """The brands that the text is about."""
        return tuple(brand for brand, _ in self.labels)


def local_time(naive: datetime, country: str) -> datetime:
    """Give a local time of ``country`` ("fi" or "hy") its UTC offset."""
    if country == "hy":
        return naive.replace(tzinfo=_YEREVAN)
    return naive.replace(tzinfo=_EEST if naive < _FINNISH_WINTER_TIME else _EET)


@cache
def entries() -> tuple[Entry, ...]:
    """All entries of both nights, in the order of the files.

    Raises:
        ContentError: a line has a wrong number of columns or a value outside its column's set.
    """
    folder = files(__package__) / "content"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".tsv"))
    return tuple(entry for name in names for entry in _parse(name, (folder / name).read_text("utf-8")))


def _parse(name: str, text: str) -> Iterator[Entry]:
    # Not splitlines(): it would also cut at U+2028 or U+0085 inside a text.
    header, *lines = text.rstrip("\n").split("\n")
    if tuple(header.split("\t")) != COLUMNS:
        raise ContentError(f"{name}: the header must be {', '.join(COLUMNS)}")
    for number, line in enumerate(lines, start=2):
        values = line.split("\t")
        if len(values) != len(COLUMNS):
            raise ContentError(f"{name}:{number} has {len(values)} columns; it needs {len(COLUMNS)}")
        yield _entry(f"{name}:{number}", dict(zip(COLUMNS, values, strict=True)))


def _entry(where: str, row: dict[str, str]) -> Entry:
    brands = row["brands"].split(",") if row["brands"] else []
    labels = row["labels"].split(",") if row["labels"] else []
    if len(brands) != len(labels):
        raise ContentError(f"{where}: {len(brands)} brands but {len(labels)} labels; give one label a brand")
    for label in labels:
        _check(where, "labels", label, get_args(Label))
    _check(where, "night", row["night"], ("1", "2"))
    _check(where, "kind", row["kind"], get_args(Kind))
    _check(where, "language", row["language"], get_args(Language))
    country = row["source"].partition("-")[0]
    _check(where, "source", country, ("fi", "hy"))
    try:
        date = datetime.fromisoformat(row["date"])
    except ValueError:
        raise ContentError(f"{where}: date is {row['date']!r}; write YYYY-MM-DDTHH:MM") from None
    return Entry(
        id=row["id"],
        night=int(row["night"]),
        source=row["source"],
        kind=cast(Kind, row["kind"]),
        labels=tuple(zip(brands, cast(list[Label], labels), strict=True)),
        language=cast(Language, row["language"]),
        author=row["author"],
        date=local_time(date, country),
        rating=row["rating"],
        title=row["title"],
        copy_of=row["copy_of"],
        text="\n".join(part.strip() for part in row["text"].split(PARAGRAPH)),
    )


def _check(where: str, column: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ContentError(f"{where}: {column} is {value!r}; use one of {', '.join(allowed)}")
