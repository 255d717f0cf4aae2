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
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import ahocorasick

from crawler.brands import Brand
from crawler.evidence import ContextWords, Cover, Draft, Source, Verdict, judge, longest, relevance
from crawler.forms import ROMANISED, Alias, Stem, aliases, stems
from crawler.passages import Sentences
from store.errors import ConfigError
from store.language import identify
from store.text import Normalised, fold_lookalikes, has_mixed_words, normal_form, normalise

__all__ = ["Brand", "Hit", "Matcher", "match_lines"]

_TAIL = re.compile(r"(?:[^\W_]|[\u0300-\u036f])*")
_CLOSING_QUOTES: Final = '»"”“'
_SCHWA: Final = "@"
# Texts use few of the endings that names could take: nearly all words of a night are met again.
_CACHED_WORDS: Final = 1 << 14
# What identification never exceeds in under five words; then the neighbouring sentences are asked too.
_UNSURE: Final = 0.6
_ACCEPTED: Final = {"hy": ("hy", ROMANISED, ""), ROMANISED: (ROMANISED, "hy", "")}
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


class Hit(NamedTuple):
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


@dataclass(frozen=True, slots=True, eq=False)
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


class _Reading(NamedTuple):
    """What a stem and the letters behind it are a form of."""

    entry: _Entry
    rule: str
    compound: bool = False


class _Match(NamedTuple):
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
        self._entries = {key: tuple(entries) for key, entries in names.items()}
        marks = {entry.stem.endings.marks for entries in names.values() for entry in entries}
        self._marks = frozenset(_CLOSING_QUOTES).union(*marks)
        self._readings = lru_cache(_CACHED_WORDS)(self._read)

    def find(self, text: str, language: str | None = None) -> list[Hit]:
        """The hits in `text`, by start. With `language` only that language's endings count.

        Armenian endings typed in Latin letters count where the text is Armenian in Latin letters. Hits of one
        brand never overlap (the longest stays); hits of different brands may, and one that lies inside
        another brand's longer name loses half its relevance.
        """
        normal = normal_form(text)
        mixed = has_mixed_words(normal)
        matches = self._scan(normal, language)
        if not matches and not mixed:
            return []
        source = Source(text)
        drafts = _drafts(matches, normalise(text, normal), lookalike=False)
        if mixed:
            drafts += self._lookalikes(text, language)
        drafts = _in_own_language(source, drafts, language)
        if len(drafts) > 1:
            drafts = longest(drafts, language)
        return self._prove(source, drafts) if drafts else []

    def _scan(self, normal: str, language: str | None) -> list[_Match]:
        matches: list[_Match] = []
        for last, (key, entries) in self._names.iter(normal):
            end = last + 1
            start = end - len(key)
            if start and normal[start - 1] != " " and _in_word(normal[start - 1]) and _in_word(normal[start]):
                continue
            tail_end = _tail_end(normal, end) if _in_word(normal[last]) else end
            following = normal[tail_end : tail_end + 1]
            if tail_end == end and following in self._marks:
                matches += _at_mark(entries, normal, (start, end), language)
                continue
            matches += self._glued(key, normal, (start, end, tail_end), language)
            if following == _SCHWA and not _in_word(normal[tail_end + 1 : tail_end + 2]):
                matches += self._glued(key, normal, (start, end, tail_end + 1), language)
        return matches

    def _glued(
        self, key: str, normal: str, place: tuple[int, int, int], language: str | None
    ) -> Sequence[_Match]:
        """The forms at `place`: start and end of the stem, end of the word."""
        start, end, word_end = place
        read = self._readings if word_end - end <= _LONGEST_ENDING else self._read
        readings = read(key, normal[end:word_end], language)
        if not readings:
            return ()
        hyphenated = _hyphenated(normal, start, word_end)
        return [
            _Match(entry, start, word_end, rule, compound or hyphenated, compound or hyphenated)
            for entry, rule, compound in readings
        ]

    def _read(self, key: str, tail: str, language: str | None) -> tuple[_Reading, ...]:
        """What `key` with the ending `tail` is: for each brand one name, and the phrases that exclude it."""
        best: dict[int, _Reading] = {}
        excluding: list[_Reading] = []
        for entry in self._entries[key]:
            reading = _read_entry(entry, tail, language)
            if reading is None:
                continue
            if entry.excluding:
                excluding.append(reading)
            elif entry.brand not in best or _rank(entry, language) < _rank(best[entry.brand].entry, language):
                best[entry.brand] = reading
        return (*best.values(), *excluding)

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
        judged: list[tuple[Draft, tuple[str, int] | None, Verdict]] = []
        for draft in drafts:
            brand = self._brands[draft.brand]
            context = contexts.near(draft) if contexts and brand.require_any else None
            judged.append((draft, context, judge(source, brand, draft, context)))
        certain = {draft.brand for draft, _, verdict in judged if verdict == "proven"}
        hits = [
            self._hit(source, draft, context)
            for draft, context, verdict in judged
            if verdict == "proven" or (verdict == "open" and draft.brand in certain)
        ]
        return _discount_shadowed(hits)

    def _context_words(self, source: Source, drafts: list[Draft]) -> ContextWords | None:
        """None where no brand of `drafts` needs any."""
        if not self._contexts:
            return None
        wanted = {draft.brand for draft in drafts if self._brands[draft.brand].require_any}
        if not wanted:
            return None
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
    typed = (*languages, ROMANISED) if "hy" in languages else languages
    for alias in aliases((brand.name, *brand.aliases), languages):
        normal = normal_form(alias.text).strip()
        for language in languages if alias.origin == "script" else typed:
            for stem in stems(alias.text, language):
                full = stem.text == normal and language != ROMANISED
                yield _Entry(number, alias, stem, full, compounds=brand.compounds and full)
    for form in brand.forms:
        for stem in stems(form, ""):
            yield _Entry(number, Alias(form, "given"), replace(stem, rule="form"), True)
    for phrase in brand.exclude:
        for language in typed:
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


def _accepts(language: str | None, stem: Stem) -> bool:
    own = stem.endings.language
    return language is None or own in _ACCEPTED.get(language, (language, ""))


def _read_entry(entry: _Entry, tail: str, language: str | None) -> _Reading | None:
    """`entry` with the ending `tail`. A name as it stands is one in any language."""
    accepted = _accepts(language, entry.stem)
    if not accepted and not entry.full:
        return None
    if len(tail) <= _LONGEST_ENDING and (accepted or not tail):
        case = entry.stem.endings.glued_case(tail)
        if case is not None:
            return _Reading(entry, f"{entry.stem.rule}.{case}")
    if entry.compounds and _closes_compound(entry.stem.endings.language, tail):
        return _Reading(entry, f"{entry.stem.rule}.closed-compound", True)
    return None


def _rank(entry: _Entry, language: str | None) -> tuple[bool, bool, bool]:
    """What names a form first: not an ending that a second look must prove, the given name, the language."""
    own = entry.stem.endings.language
    return own == ROMANISED, entry.alias.origin != "given", own != language


def _at_mark(
    entries: Iterable[_Entry], normal: str, place: tuple[int, int], language: str | None
) -> Iterator[_Match]:
    """The matches of a stem before a mark, with the ending behind it or alone."""
    start, end = place
    joined = _hyphenated(normal, start, end)
    for entry in entries:
        rule = entry.stem.rule
        if _accepts(language, entry.stem):
            attached_end, case = _attached(entry.stem, normal, end)
            if case is not None:
                yield _Match(entry, start, attached_end, f"{rule}.{case}", marked=True)
                continue
        reading = _read_entry(entry, "", language)
        if reading is not None:
            yield _Match(entry, start, end, reading.rule, joined, joined)


def _tail_end(normal: str, position: int) -> int:
    found = _TAIL.match(normal, position)
    return found.end() if found else position


def _attached(stem: Stem, normal: str, end: int) -> tuple[int, str | None]:
    """The end and case of an ending behind a mark (DNA:n, Apple-ի) or a closing quotation mark («Ucom»-ի)."""
    mark = normal[end : end + 1]
    if not mark or not stem.endings.marks:
        return end, None
    position = end
    if mark in _CLOSING_QUOTES and stem.endings.language in ("hy", ROMANISED):
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


def _closes_compound(language: str, tail: str) -> bool:
    """Whether `tail`, glued to a name, is a word of its own and no derivation (Nokiapuhelin)."""
    part = tail.removeprefix("n") if language == "fi" else tail
    return (
        len(part) >= _SHORTEST_PART
        and part[-1] != _SCHWA
        and not tail.startswith(_DERIVATIONS)
        and not part.startswith(_DERIVATIONS)
    )


def _drafts(matches: Iterable[_Match], normalised: Normalised, *, lookalike: bool) -> list[Draft]:
    """`matches` in offsets of the original, without those inside a phrase that excludes them."""
    drafts: list[Draft] = []
    excluding: list[tuple[int, int, int]] = []
    for entry, first, last, rule, compound, marked in matches:
        start, end = normalised.offsets[first], normalised.ends[last - 1]
        if entry.excluding:
            excluding.append((entry.brand, start, end))
            continue
        language = entry.stem.endings.language
        drafts.append(
            Draft(entry.brand, start, end, entry.alias, rule, language, compound, marked, lookalike)
        )
    if not excluding:
        return drafts
    excluded = Cover(excluding)
    return [draft for draft in drafts if not excluded.holds(draft.brand, draft.start, draft.end)]


def _in_own_language(source: Source, drafts: list[Draft], language: str | None) -> list[Draft]:
    """`drafts` without Latin-letter Armenian endings in sentences of another language."""
    if language == ROMANISED or all(draft.language != ROMANISED for draft in drafts):
        return drafts
    unnamed = _without(source.text, drafts)
    own: dict[int, bool] = {}
    kept = []
    for draft in drafts:
        if draft.language == ROMANISED:
            number = source.sentences.index(draft.start)
            if number not in own:
                own[number] = _is_romanised(source.sentences, number, unnamed, language)
            if not own[number]:
                continue
        kept.append(draft)
    return kept


def _without(text: str, drafts: Iterable[Draft]) -> str:
    """`text` with blanks for the names: they are Armenian in any language."""
    pieces, last = [], 0
    for draft in sorted(drafts, key=attrgetter("start")):
        if draft.end > last:
            start = max(last, draft.start)
            pieces += [text[last:start], " " * (draft.end - start)]
            last = draft.end
    return "".join(pieces) + text[last:]


def _is_romanised(sentences: Sentences, number: int, text: str, declared: str | None) -> bool:
    """Whether a sentence, or when it is short its neighbourhood, is Armenian in Latin letters.

    One that holds nothing but names is what the caller says.
    """
    spans = sentences.spans
    if not spans:
        return False
    found = identify(text[spans[number].start : spans[number].end], declared)
    if found.confidence <= _UNSURE and not (declared and found.code == ROMANISED):
        start, end = spans[max(0, number - 1)].start, spans[min(len(spans) - 1, number + 1)].end
        found = identify(text[start:end], declared)
    return found.code == ROMANISED or (declared == "hy" and found.confidence == 0)


def _discount_shadowed(hits: list[Hit]) -> list[Hit]:
    """`hits` by start; one inside a longer hit of another brand (Nokia in Nokian Renkaat) counts half."""
    if len(hits) < 2:
        return hits
    result: list[Hit] = []
    cover: Hit | None = None
    for hit in sorted(hits, key=lambda each: (each.start, -each.end, each.brand)):
        if cover is not None and hit.end <= cover.end and hit.end - hit.start < cover.end - cover.start:
            result.append(hit._replace(relevance=round(hit.relevance / 2, 2)))
            continue
        result.append(hit)
        if cover is None or hit.end > cover.end:
            cover = hit
    return result
