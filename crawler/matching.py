"""Finding brands in inflected text: all of them in one pass, each hit with the reason why it is one.

The automaton holds the stems of all names, and an ending checker looks at what follows a stem. Whole
generated forms were the alternative: a thousand of them for a Finnish name, against one to six stems
(measured in benchmarks/matching.py).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import ahocorasick

from crawler.brands import Brand
from crawler.evidence import ContextWords, Cover, Draft, Source, judge, longest, relevance
from crawler.forms import Alias, Stem, aliases, stems
from store.errors import ConfigError
from store.text import Normalised, fold_lookalikes, has_mixed_words, normal_form, normalise

__all__ = ["Brand", "Hit", "Matcher", "match_lines"]

_TAIL = re.compile(r"(?:[^\W_]|[\u0300-\u036f])*")
_CLOSING_QUOTES: Final = '»"”“'
_LONGEST_ENDING: Final = 24
# A closed compound leaves a word of this length behind the name; derivations (nokialainen, googlettaa) are
# none.
_SHORTEST_PART: Final = 4
_DERIVATIONS: Final = (
    "lais", "läis", "lain", "läin", "main", "mäin", "mais", "mäis", "tta", "ttä", "tte", "tet", "tel",
    "itt", "isti", "ismi", "ցի", "եցի", "ացի", "ական", "յան", "ուհի", "ություն",
)  # fmt: skip
_SHORTEST_CONTEXT_STEM: Final = 3
_SHORTEST_CONTEXT_INSIDE: Final = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a brand is named.

    `start` and `end` are offsets into the original text. `alias` is the name that matched, as configured or
    as derived from it; `rule` names the rule behind the form (fi.weak.gen: the Finnish weak grade in the
    genitive). `compound`: part of a longer word (Nokia-puhelin). `relevance` is 0–1. `context` is the
    `require_any` word that supports the hit. `lookalike`: letters of another script stand in for the name's
    own.
    """

    brand: str
    start: int
    end: int
    alias: str
    rule: str
    compound: bool
    relevance: float
    context: str | None
    lookalike: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """One meaning of a key: a stem of a brand's alias, or of a phrase that excludes it.

    `full`: the stem is the alias itself, which may stand alone, before a mark or in a closed compound.
    """

    brand: int
    alias: Alias
    stem: Stem
    full: bool
    excluding: bool = False
    compounds: bool = False


@dataclass(frozen=True, slots=True)
class _Match:
    """A stem with a valid ending, in offsets of the normal form."""

    entry: _Entry
    start: int
    end: int
    rule: str
    compound: bool = False
    marked: bool = False


class Matcher:
    """Finds all of `brands` in a text in one pass.

    `languages` limits the endings to those languages'; by default each brand's own are used. Building takes
    about a millisecond for each name. Raises ConfigError for a brand without a name. Threads may share an
    instance.
    """

    def __init__(self, brands: Sequence[Brand], languages: Iterable[str] | None = None) -> None:
        self._brands = tuple(brands)
        allowed = None if languages is None else set(languages)
        names: dict[str, list[_Entry]] = defaultdict(list)
        contexts: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, brand in enumerate(self._brands):
            if not normal_form(brand.name).strip():
                raise ConfigError(f"brand[{number}].name is empty; give each brand a name")
            spoken = tuple(code for code in brand.languages if allowed is None or code in allowed)
            for entry in _entries(number, brand, spoken or ("",)):
                names[entry.stem.text].append(entry)
            for key, word in _context_keys(brand, spoken or ("",)):
                contexts[key].append((number, word))
        self._names = _automaton(names)
        self._contexts = _automaton(contexts)

    def find(self, text: str, language: str | None = None) -> list[Hit]:
        """The hits in `text`, by start. With `language` only that language's endings count.

        Hits of one brand never overlap (the longest stays); hits of different brands may, and one that lies
        inside another brand's longer name loses half its relevance.
        """
        normal = normal_form(text)
        mixed = has_mixed_words(normal)
        matches = self._scan(normal, language)
        if not matches and not mixed:
            return []
        drafts = list(_drafts(matches, normalise(text), lookalike=False))
        if mixed:
            drafts += self._lookalikes(text, language)
        return self._prove(Source(text), longest(drafts, language)) if drafts else []

    def _scan(self, normal: str, language: str | None) -> list[_Match]:
        matches = []
        for last, (key, entries) in self._names.iter(normal):
            end = last + 1
            start = end - len(key)
            if start and _in_word(normal[start - 1]) and _in_word(normal[start]):
                continue
            tail_end = _tail_end(normal, end) if _in_word(normal[last]) else end
            for entry in entries:
                match = _match(entry, normal, (start, end, tail_end), language)
                if match is not None:
                    matches.append(match)
        return matches

    def _lookalikes(self, text: str, language: str | None) -> Iterator[Draft]:
        """What is found only when the words that mix scripts are read in one script."""
        for reading in fold_lookalikes(text):
            matches = self._scan(normal_form(reading), language)
            for draft in _drafts(matches, normalise(reading), lookalike=True) if matches else ():
                if reading[draft.start : draft.end] != text[draft.start : draft.end]:
                    yield draft

    def _prove(self, source: Source, drafts: list[Draft]) -> list[Hit]:
        """The drafts that case and context bear out; one certain hit carries its brand's uncertain ones."""
        contexts = self._context_words(source, drafts)
        judged = []
        for draft in drafts:
            brand = self._brands[draft.brand]
            context = contexts.near(draft) if brand.require_any else None
            judged.append((draft, context, judge(source, brand, draft, context)))
        certain = {draft.brand for draft, _, verdict in judged if verdict == "proven"}
        hits = [
            self._hit(source, draft, context)
            for draft, context, verdict in judged
            if verdict == "proven" or (verdict == "open" and draft.brand in certain)
        ]
        return _discount_shadowed(hits)

    def _context_words(self, source: Source, drafts: list[Draft]) -> ContextWords:
        wanted = {draft.brand for draft in drafts if self._brands[draft.brand].require_any}
        if not wanted or not self._contexts:
            return ContextWords(source, ())
        normalised = normalise(source.text)
        found = []
        for last, (key, words) in self._contexts.iter(normalised.text):
            start = last + 1 - len(key)
            if len(key) < _SHORTEST_CONTEXT_INSIDE and start and _in_word(normalised.text[start - 1]):
                continue
            span = normalised.span(start, last + 1)
            found += [(number, *span, word) for number, word in words if number in wanted]
        return ContextWords(source, found)

    def _hit(self, source: Source, draft: Draft, context: tuple[str, int] | None) -> Hit:
        brand = self._brands[draft.brand]
        return Hit(
            brand=brand.name,
            start=draft.start,
            end=draft.end,
            alias=draft.alias.text,
            rule=draft.rule,
            compound=draft.compound,
            relevance=relevance(source, brand, draft, context),
            context=context[0] if context else None,
            lookalike=draft.lookalike,
        )


def match_lines(brand: Brand, language: str | None, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """`arvio match`: for each line, from 1, `{"line": n, "hits": [{"start", "end", "alias", "rule"}]}`.

    Offsets count characters of the line without its line break; a line without a hit yields an empty list.
    """
    languages = brand.languages if language is None else (language,)
    matcher = Matcher([replace(brand, languages=languages)])
    for number, line in enumerate(lines, 1):
        hits = matcher.find(line.rstrip("\r\n"), language)
        yield {
            "line": number,
            "hits": [
                {"start": hit.start, "end": hit.end, "alias": hit.alias, "rule": hit.rule} for hit in hits
            ],
        }


# --- building --------------------------------------------------------------------------------------------


def _entries(number: int, brand: Brand, languages: tuple[str, ...]) -> Iterator[_Entry]:
    for alias in aliases((brand.name, *brand.aliases), languages):
        normal = normal_form(alias.text).strip()
        for language in languages:
            for stem in stems(alias.text, language):
                full = stem.text == normal
                yield _Entry(number, alias, stem, full, compounds=brand.compounds and full)
    for form in brand.forms:
        for stem in stems(form, ""):
            yield _Entry(number, Alias(form, "given"), replace(stem, rule="form"), True)
    for phrase in brand.exclude:
        for language in languages:
            for stem in stems(phrase, language):
                yield _Entry(number, Alias(phrase, "given"), stem, False, excluding=True)


def _context_keys(brand: Brand, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in brand.require_any:
        keys = {stem.text for language in languages for stem in stems(word, language)}
        own = normal_form(word).strip()
        for key in keys:
            if key == own or len(key) >= _SHORTEST_CONTEXT_STEM:
                yield key, word


def _automaton(keys: Mapping[str, Sequence[Any]]) -> Any:
    """An automaton whose values hold the key; None without keys, which the package refuses to search."""
    automaton = ahocorasick.Automaton()
    for key, values in keys.items():
        automaton.add_word(key, (key, tuple(values)))
    automaton.make_automaton()
    return automaton if keys else None


# --- matching one stem -----------------------------------------------------------------------------------


def _in_word(character: str) -> bool:
    return character.isalnum() or (character >= "\u0300" and unicodedata.combining(character) > 0)


def _match(entry: _Entry, normal: str, place: tuple[int, int, int], language: str | None) -> _Match | None:
    """The match of `entry` at `place`: start and end of the stem, end of the word."""
    start, end, tail_end = place
    endings = entry.stem.endings
    foreign = language is not None and endings.language not in (language, "")
    if foreign and not entry.full:
        return None
    tail = normal[end:tail_end]
    rule = entry.stem.rule
    if not tail and not foreign:
        attached_end, case = _attached(entry.stem, normal, end)
        if case is not None:
            return _Match(entry, start, attached_end, f"{rule}.{case}", marked=True)
    case = endings.glued_case(tail) if len(tail) <= _LONGEST_ENDING and not (foreign and tail) else None
    if case is None:
        return _closed_compound(entry, start, end, tail) if entry.compounds else None
    compound = _hyphenated(normal, start, tail_end)
    return _Match(entry, start, tail_end, f"{rule}.{case}", compound, compound)


def _tail_end(normal: str, position: int) -> int:
    found = _TAIL.match(normal, position)
    return found.end() if found else position


def _attached(stem: Stem, normal: str, end: int) -> tuple[int, str | None]:
    """The end and case of an ending behind a mark (DNA:n, Apple-ի) or a closing quotation mark («Ucom»-ի)."""
    mark = normal[end : end + 1]
    if not mark or not stem.endings.marks:
        return end, None
    position = end
    if mark in _CLOSING_QUOTES and stem.endings.language == "hy":
        position += 1
        position += normal.startswith(" -", position)
        position += normal.startswith("-", position)
    elif mark in stem.endings.marks:
        position += 1
    else:
        return end, None
    tail_end = _tail_end(normal, position)
    tail = normal[position:tail_end]
    return tail_end, stem.endings.attached_case(tail) if len(tail) <= _LONGEST_ENDING else None


def _hyphenated(normal: str, start: int, end: int) -> bool:
    """Whether a hyphen joins the form to another word or leaves it open for one (Nokia- ja …)."""
    return normal.startswith("-", end) or (
        start > 1 and normal[start - 1] == "-" and _in_word(normal[start - 2])
    )


def _closed_compound(entry: _Entry, start: int, end: int, tail: str) -> _Match | None:
    part = tail.removeprefix("n") if entry.stem.endings.language == "fi" else tail
    if len(part) < _SHORTEST_PART or tail.startswith(_DERIVATIONS) or part.startswith(_DERIVATIONS):
        return None
    return _Match(entry, start, end, f"{entry.stem.rule}.closed-compound", True, True)


def _drafts(matches: Iterable[_Match], normalised: Normalised, *, lookalike: bool) -> Iterator[Draft]:
    """`matches` in offsets of the original, without those inside a phrase that excludes them."""
    spans = [(match, *normalised.span(match.start, match.end)) for match in matches]
    excluded = Cover((match.entry.brand, start, end) for match, start, end in spans if match.entry.excluding)
    for match, start, end in spans:
        entry = match.entry
        if not entry.excluding and not excluded.holds(entry.brand, start, end):
            yield Draft(
                entry.brand, start, end, entry.alias, match.rule, entry.stem.endings.language,
                match.compound, match.marked, lookalike,
            )  # fmt: skip


def _discount_shadowed(hits: list[Hit]) -> list[Hit]:
    """`hits` by start; one inside a longer hit of another brand (Nokia in Nokian Renkaat) counts half."""
    result: list[Hit] = []
    cover: Hit | None = None
    for hit in sorted(hits, key=lambda each: (each.start, -each.end, each.brand)):
        if cover is not None and hit.end <= cover.end and hit.end - hit.start < cover.end - cover.start:
            result.append(replace(hit, relevance=round(hit.relevance / 2, 2)))
            continue
        result.append(hit)
        if cover is None or hit.end > cover.end:
            cover = hit
    return result
