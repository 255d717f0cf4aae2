"""What spiders hand to the pipeline."""

from dataclasses import dataclass

from store.records import Document
from store.runs import SeenPage


@dataclass(frozen=True, slots=True)
class Found:
    """A document, and the name of what it is about where the page says so (itemReviewed, an import's
    brand)."""

    document: Document
    about: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page: what was found on it, and the mark that it is done with, stored together or not at
    all.
    """

    url: str
    found: tuple[Found, ...]
    seen: SeenPage | None = None
