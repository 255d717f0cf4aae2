"""The forms in which a name may stand in a text: inflected by rule, respelled, and in the other scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crawler.forms import armenian, finnish, russian, swedish
from crawler.forms.armenian import CYRILLIC, ROMANISED
from crawler.forms.endings import Endings, Stem
from crawler.forms.finnish import SPOKEN
from crawler.forms.scripts import script_variants, spelling_variants
from crawler.forms.swedish import GLUED_S
from store.text import normal_form

__all__ = [
    "CYRILLIC",
    "GLUED_S",
    "ROMANISED",
    "SPOKEN",
    "Alias",
    "Endings",
    "Stem",
    "aliases",
    "forms",
    "stems",
]

Origin = Literal["given", "spelling", "script"]


@dataclass(frozen=True, slots=True)
class Alias:
    """A name to look for; `origin` says whether the configuration gave it or a rule made it."""

    text: str
    origin: Origin


def aliases(names: tuple[str, ...], languages: tuple[str, ...]) -> list[Alias]:
    """`names` and what the rules make of them, given ones first, each normal form once."""
    seen: set[str] = set()
    found: list[Alias] = []
    for alias in _all_aliases(names, languages):
        key = normal_form(alias.text).strip()
        if key and key not in seen:
            seen.add(key)
            found.append(alias)
    return found


def _all_aliases(names: tuple[str, ...], languages: tuple[str, ...]) -> Iterator[Alias]:
    for name in names:
        yield Alias(name, "given")
    for name in names:
        for variant in spelling_variants(name):
            yield Alias(variant, "spelling")
    for name in names:
        for variant in script_variants(name, languages):
            yield Alias(variant, "script")
            for spelled in spelling_variants(variant):
                yield Alias(spelled, "script")


def stems(name: str, language: str) -> list[Stem]:
    """The stems, in normal form, of `name` as written; a language without rules gets the bare name."""
    normal = normal_form(name).strip()
    if not normal:
        return []
    if language == "fi":
        return list(finnish.stems(normal, acronym=name.isupper()))
    if language == "hy":
        return list(armenian.stems(normal))
    if language == ROMANISED:
        return list(armenian.romanised_stems(normal))
    if language == CYRILLIC:
        return list(armenian.cyrillic_stems(normal))
    if language == "ru":
        return list(russian.stems(normal))
    if language == "sv":
        return list(swedish.stems(normal))
    return [Stem(normal, Endings(language, {"": "nom"}), language)]


def forms(name: str, language: str) -> dict[str, str]:
    """Every whole form of `name` in normal form, without clitics, with the id of the rule that makes it."""
    table: dict[str, str] = {}
    for stem in stems(name, language):
        for form, rule in stem.forms():
            table.setdefault(form, rule)
    return table
