"""Finding brands in inflected text: all of them in one pass, each hit with the reason why it is one.

The automaton holds the stems of all names, and an ending checker looks at what follows a stem. Whole
generated forms were the alternative: a thousand of them for a Finnish name, against one to six stems
(measured in benchmarks/matching.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import ahocorasick

from crawler.brands import Brand
from crawler.evidence import (
    ContextWords,
    Cover,
    Draft,
    Source,
    in_own_language,
    judge,
    longest,
    relevance,
)
from crawler.forms import ROMANISED, Stem
from crawler.lexicon import (
    LONGEST_ENDING,
    SCHWA,
    Entry,
    accepts,
    context_keys,
    form_of,
    forms_of,
    in_word,
    name_keys,
)
from store.errors import ConfigError
from store.text import fold_lookalikes, has_mixed_words, is_in_place, normal_form, normalise

__all__ = ["Brand", "Hit", "Matcher", "match_lines"]

_TAIL = re.compile(r"[^\W_]*(?:[\u0300-\u036f]+[^\W_]*)*")
_CLOSING_QUOTES: Final = '»"”“'
# Texts use few of the endings that names could take: nearly all words of a night are met again.
_CACHED_WORDS: Final = 1 << 14
_PROOF = attrgetter("form.proof")
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


class Matcher:
    """Finds all of `brands` in a text in one pass.

    Building takes about a millisecond for each name. Raises ConfigError for a brand without a name, and where
    there is no brand. Threads may share an instance.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        if not brands:
            raise ConfigError("no brand is configured; add a [[brand]] with the name to look for")
        self._brands = tuple(brands)
        keys = name_keys(self._brands)
        self._names = _automaton(keys)
        self._contexts = _automaton(context_keys(self._brands))
        marks = {entry.stem.endings.marks for key in keys.values() for entry in key.entries}
        self._marks = frozenset(_CLOSING_QUOTES).union(*marks)
        self._excluding = any(brand.exclude for brand in self._brands)
        self._forms = lru_cache(_CACHED_WORDS)(forms_of)

    def find(self, text: str, language: str | None = None) -> list[Hit]:
        """The hits in `text`, by start. With `language` only that language's endings count.

        Armenian endings in Latin or Russian letters count in sentences that are Armenian in those letters,
        spoken Finnish ones in Finnish sentences. Hits of one brand never overlap (the longest stays); hits of
        different brands may, and one that lies inside another brand's longer name loses half its relevance.
        """
        normal = normal_form(text)
        mixed = has_mixed_words(normal)
        drafts = self._scan(normal, language)
        if not drafts and not mixed:
            return []
        if drafts and not is_in_place(normal, text):
            drafts = _located(drafts, text, normal)
        if mixed:
            drafts += self._lookalikes(text, language)
        source = Source(text)
        if any(map(_PROOF, drafts)):
            drafts = in_own_language(source, drafts, language)
        if len(drafts) > 1:
            drafts = longest(drafts, language)
        return self._prove(source, drafts) if drafts else []

    def _scan(self, normal: str, language: str | None) -> list[Draft]:
        """The forms in `normal`, as drafts with offsets into it, but those inside an excluding phrase."""
        drafts: list[Draft] = []
        word_end = 0
        for last, key in self._names.iter(normal):
            end = last + 1
            start = end - key.length
            before = normal[start - 1] if start else " "
            if before != " " and key.opens and in_word(before):
                continue
            if word_end < end:
                word_end = _word_end(normal, end) if key.closes else end
            following = normal[word_end : word_end + 1]
            if word_end == end and following in self._marks:
                drafts += _at_mark(key.entries, normal, (start, end), language)
                continue
            read = self._forms if word_end - end <= LONGEST_ENDING else forms_of
            for form in read(key, normal[end:word_end], language):
                joined = form.compound or _hyphenated(normal, start, word_end)
                drafts.append(Draft(form, start, word_end, joined, joined))
            if following == SCHWA and not in_word(normal[word_end + 1 : word_end + 2]):
                for form in read(key, normal[end : word_end + 1], language):
                    joined = form.compound or _hyphenated(normal, start, word_end + 1)
                    drafts.append(Draft(form, start, word_end + 1, joined, joined))
        return _without_excluded(drafts) if self._excluding else drafts

    def _lookalikes(self, text: str, language: str | None) -> Iterator[Draft]:
        """What is found only when the words that mix scripts are read in one script."""
        for reading in fold_lookalikes(text):
            normal = normal_form(reading)
            for draft in _located(self._scan(normal, language), reading, normal):
                if reading[draft.start : draft.end] != text[draft.start : draft.end]:
                    yield draft._replace(lookalike=True)

    def _prove(self, source: Source, drafts: list[Draft]) -> list[Hit]:
        """The drafts that case and context bear out; one certain hit carries its brand's uncertain ones."""
        contexts = self._context_words(source, drafts) if self._contexts else None
        hits: list[Hit] = []
        uncertain: list[Draft] = []
        for draft in drafts:
            brand = self._brands[draft.form.brand]
            context = contexts.near(draft) if contexts and brand.require_any else None
            verdict = judge(source, brand, draft, context)
            if verdict == "proven":
                hits.append(_hit(source, brand, draft, context))
            elif verdict == "open":
                uncertain.append(draft)
        if uncertain:
            certain = {hit.brand for hit in hits}
            for draft in uncertain:
                brand = self._brands[draft.form.brand]
                if brand.name in certain:
                    hits.append(_hit(source, brand, draft, None))
        return _discount_shadowed(hits) if len(hits) > 1 else hits

    def _context_words(self, source: Source, drafts: list[Draft]) -> ContextWords | None:
        """None where no brand of `drafts` needs any."""
        wanted = {draft.form.brand for draft in drafts if self._brands[draft.form.brand].require_any}
        if not wanted:
            return None
        normalised = normalise(source.text)
        found = []
        for last, (key, words) in self._contexts.iter(normalised.text):
            start = last + 1 - len(key)
            if len(key) < _SHORTEST_CONTEXT_INSIDE and start and in_word(normalised.text[start - 1]):
                continue
            span = normalised.span(start, last + 1)
            found += [(number, *span, word) for number, word in words if number in wanted]
        return ContextWords(source, found)


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


def _automaton(values: Mapping[str, object]) -> Any:
    """An automaton of `values` by key; None without keys, which the package refuses to search."""
    automaton = ahocorasick.Automaton()
    for key, value in values.items():
        automaton.add_word(key, value)
    automaton.make_automaton()
    return automaton if values else None


def _at_mark(
    entries: Iterable[Entry], normal: str, place: tuple[int, int], language: str | None
) -> Iterator[Draft]:
    """The forms of a stem before a mark, with the ending behind it or alone."""
    start, end = place
    joined = _hyphenated(normal, start, end)
    for entry in entries:
        if accepts(language, entry.stem):
            attached_end, case = _attached(entry.stem, normal, end)
            if case is not None:
                yield Draft(entry.form(case), start, attached_end, False, True)
                continue
        form = form_of(entry, "", language)
        if form is not None:
            yield Draft(form, start, end, joined, joined)


def _word_end(normal: str, position: int) -> int:
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
    word_end = _word_end(normal, position)
    tail = normal[position:word_end]
    return word_end, stem.endings.attached_case(tail) if len(tail) <= LONGEST_ENDING else None


def _hyphenated(normal: str, start: int, end: int) -> bool:
    """Whether a hyphen joins the form to another word or leaves it open for one (Nokia- ja …)."""
    return normal.startswith("-", end) or (
        start > 1 and normal[start - 1] == "-" and in_word(normal[start - 2])
    )


def _without_excluded(drafts: list[Draft]) -> list[Draft]:
    """`drafts` but the excluding phrases and what they hold."""
    excluding = [(draft.form.brand, draft.start, draft.end) for draft in drafts if draft.form.excluding]
    excluded = Cover(excluding)
    return [draft for draft in drafts if not excluded.holds(draft.form.brand, draft.start, draft.end)]


def _located(drafts: list[Draft], text: str, normal: str) -> list[Draft]:
    """`drafts` of `normal`, the normal form of `text`, with offsets into `text`."""
    places = normalise(text, normal)
    return [
        draft._replace(start=places.offsets[draft.start], end=places.ends[draft.end - 1]) for draft in drafts
    ]


def _hit(source: Source, brand: Brand, draft: Draft, context: tuple[str, int] | None) -> Hit:
    form, sure = draft.form, relevance(source, brand, draft, context)
    word = context[0] if context else None
    return Hit(
        brand.name, draft.start, draft.end, form.alias.text, form.rule, draft.compound, sure, word,
        draft.lookalike,
    )  # fmt: skip


def _discount_shadowed(hits: list[Hit]) -> list[Hit]:
    """`hits` by start; one inside a longer hit of another brand (Nokia in Nokian Renkaat) counts half."""
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
