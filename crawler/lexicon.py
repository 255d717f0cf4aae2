"""What the matcher looks for: the stems of all names, and what a stem and the letters behind it are a form of."""

import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from crawler.brands import Brand
from crawler.forms import CYRILLIC, GLUED_S, ROMANISED, SPOKEN, Alias, Stem, aliases, stems
from store.errors import ConfigError
from store.text import normal_form

LONGEST_ENDING: Final = 24
"""Characters of the longest ending that is looked up, with clitics."""
SCHWA: Final = "@"
"""How ը is typed in Latin letters."""
Letters = Literal["", "small", "capitals"]

_ACCEPTED: Final = {
    "hy": ("hy", ROMANISED, CYRILLIC, ""),
    ROMANISED: (ROMANISED, "hy", ""),
    CYRILLIC: (CYRILLIC, "hy", ""),
}
# Endings that make words of other languages, by the languages that the sentence must then be in. Estonian
# writes what Finnish says.
_PROOFS: Final = {ROMANISED: (ROMANISED,), CYRILLIC: (CYRILLIC,), SPOKEN: ("fi", "et"), GLUED_S: ("sv",)}
# A closed compound leaves a word of this length behind the name; derivations (nokialainen, googlettaa) are
# none.
_SHORTEST_PART: Final = 4
_DERIVATIONS: Final = (
    "lais", "läis", "lain", "läin", "main", "mäin", "mais", "mäis", "tta", "ttä", "tte", "tet", "tel",
    "itt", "isti", "ismi", "ցի", "եցի", "ացի", "ական", "յան", "ուհի", "ություն",
)  # fmt: skip
_SHORTEST_CONTEXT_STEM: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What a word can be: a form of a brand's `alias`, or, where `excluding`, of a phrase that is not it.

    `brand` is its place in the list; `rule` names the rule behind the form, `language` that of its ending.
    `letters`: how the form must be written to count; `capital`: the alias opens with one. `proof`: of which
    languages the sentence must be, by its other words; empty: of any.
    """

    brand: int
    alias: Alias
    rule: str
    language: str
    letters: Letters
    capital: bool
    compound: bool
    excluding: bool
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One meaning of a stem: of a brand's alias, or of a phrase that excludes the brand.

    `full`: the stem is the alias itself, which may stand alone, before a mark or in a closed compound.
    """

    brand: int
    alias: Alias
    stem: Stem
    full: bool
    excluding: bool = False
    compounds: bool = False

    def form(self, case: str, *, compound: bool = False) -> Form:
        """The form that the stem and an ending of `case` make."""
        name, rule = self.alias.text, sys.intern(f"{self.stem.rule}.{case}")
        letters: Letters = ""
        if rule.endswith("hy.adj") and "\u0531" <= name[-1] <= "\u0587":
            # An adjective made from a name is written small; with a capital it is another name (Ազատ, Ազատական).
            letters = "small"
        elif rule.startswith("fi.acronym"):
            # Without capitals, VR and an ending make the abbreviation vrt.
            letters = "capitals"
        language = self.stem.endings.language
        mark = next((mark for mark in (SPOKEN, GLUED_S) if mark in case), language)
        proof = _PROOFS.get(mark, ())
        return Form(
            self.brand,
            self.alias,
            rule,
            language,
            letters,
            name[:1].isupper(),
            compound,
            self.excluding,
            proof,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A stem in the automaton, with all its meanings; `opens` and `closes`: in a letter or digit."""

    length: int
    entries: tuple[Entry, ...]
    opens: bool
    closes: bool


def name_keys(brands: Sequence[Brand]) -> dict[str, Key]:
    """The stems of all names of `brands`, by their text. Raises ConfigError for a brand without a name."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for number, brand in enumerate(brands):
        if not normal_form(brand.name).strip():
            raise ConfigError(f"brand[{number}].name is empty; give each brand a name")
        for entry in _entries(number, brand):
            found[entry.stem.text].append(entry)
    return {
        text: Key(len(text), tuple(entries), in_word(text[0]), in_word(text[-1]))
        for text, entries in found.items()
    }


def context_keys(brands: Sequence[Brand]) -> dict[str, tuple[str, list[tuple[int, str]]]]:
    """The stems of all `require_any` words, each with itself and the numbers and words of the brands."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, brand in enumerate(brands):
        for text, word in _context_stems(brand):
            found[text].append((number, word))
    return {text: (text, words) for text, words in found.items()}


def _entries(number: int, brand: Brand) -> Iterator[Entry]:
    languages = brand.languages or ("",)
    typed = (*languages, ROMANISED, CYRILLIC) if "hy" in languages else languages
    for alias in aliases((brand.name, *brand.aliases), languages):
        normal = normal_form(alias.text).strip()
        for language in typed:
            if language == ROMANISED and alias.origin == "script":
                continue
            for stem in stems(alias.text, language):
                full = stem.text == normal and language not in (ROMANISED, CYRILLIC)
                yield Entry(number, alias, stem, full, compounds=brand.compounds and full)
    for form in brand.forms:
        for stem in stems(form, ""):
            yield Entry(number, Alias(form, "given"), replace(stem, rule="form"), True)
    for phrase in brand.exclude:
        for language in typed:
            for stem in stems(phrase, language):
                yield Entry(number, Alias(phrase, "given"), stem, False, excluding=True)


def _context_stems(brand: Brand) -> Iterator[tuple[str, str]]:
    for word in brand.require_any:
        keys = {stem.text for language in brand.languages or ("",) for stem in stems(word, language)}
        own = normal_form(word).strip()
        for key in keys:
            if key == own or len(key) >= _SHORTEST_CONTEXT_STEM:
                yield key, word


def in_word(character: str) -> bool:
    """Whether `character` is a letter, a digit or a mark upon one."""
    return character.isalnum() or (character >= "\u0300" and unicodedata.combining(character) > 0)


def accepts(language: str | None, stem: Stem) -> bool:
    """Whether the endings of `stem` count in a text of `language`; None for a text of any."""
    own = stem.endings.language
    return language is None or own in _ACCEPTED.get(language, (language, ""))


def forms_of(key: Key, tail: str, language: str | None) -> tuple[Form, ...]:
    """What `key` with the ending `tail` is: for each brand one name, and the phrases that exclude it.

    Of names that their sentence must prove there is one for each proof, as only one of them may hold.
    """
    best: dict[tuple[int, tuple[str, ...]], Form] = {}
    excluding: list[Form] = []
    for entry in key.entries:
        form = form_of(entry, tail, language)
        if form is None:
            continue
        place = form.brand, form.proof
        if form.excluding:
            excluding.append(form)
        elif place not in best or _rank(form, language) < _rank(best[place], language):
            best[place] = form
    names = (form for form in best.values() if not form.proof or (form.brand, ()) not in best)
    return (*names, *excluding)


def form_of(entry: Entry, tail: str, language: str | None) -> Form | None:
    """`entry` with the ending `tail`. A name as it stands is one in any language."""
    accepted = accepts(language, entry.stem)
    if not accepted and not entry.full:
        return None
    if len(tail) <= LONGEST_ENDING and (accepted or not tail):
        case = entry.stem.endings.glued_case(tail)
        # Adjectives of transliterated names are other words (Tesla, տեսլական).
        if case is not None and (case != "adj" or entry.alias.origin != "script"):
            return entry.form(case)
    if entry.compounds and _closes_compound(entry.stem.endings.language, tail):
        return entry.form("closed-compound", compound=True)
    return None


def _rank(form: Form, language: str | None) -> tuple[bool, bool]:
    """What names a form first: the given name, the language."""
    return form.alias.origin != "given", form.language != language


def _closes_compound(language: str, tail: str) -> bool:
    """Whether `tail`, glued to a name, is a word of its own and no derivation (Nokiapuhelin)."""
    part = tail.removeprefix("n") if language == "fi" else tail
    return (
        len(part) >= _SHORTEST_PART
        and part[-1] != SCHWA
        and not tail.startswith(_DERIVATIONS)
        and not part.startswith(_DERIVATIONS)
    )
