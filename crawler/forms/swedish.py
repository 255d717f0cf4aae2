"""Swedish forms of a name: the genitive is the only case that is written (Elisas, IKEA:s)."""

from collections.abc import Iterator
from typing import Final

from crawler.forms.endings import Endings, Stem

LANGUAGE: Final = "sv"
GLUED_S: Final = "+s"
"""Marks a genitive without a mark before its s, which in other languages makes plurals (powers) and words."""
_MARKS: Final = ":'"
_ATTACHED: Final = {"s": "gen"}
_HISSING: Final = ("s", "x", "z")


def stems(name: str) -> Iterator[Stem]:
    """The stem of `name` (normal form); a name in s, x or z has the same form in the genitive (Sokos)."""
    glued = {"": "nom"} if name.endswith(_HISSING) else {"": "nom", "s": f"gen{GLUED_S}"}
    yield Stem(name, Endings(LANGUAGE, glued, _ATTACHED, _MARKS), LANGUAGE)
