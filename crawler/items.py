"""What spiders hand to the pipeline."""

from dataclasses import dataclass

from store.records import Document
from store.runs import SeenPage


@dataclass(frozen=True, slots=True)
class Found:
    """A document, and what it is about where the page or the row says so (itemReviewed, a brand)."""

    document: Document
    about: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What was found on a page and the mark that it is done with, stored together or not at all."""

    found: tuple[Found, ...]
    seen: SeenPage | None = None
