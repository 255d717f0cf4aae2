"""Finding brands in inflected text: all of them in one pass, each hit with the reason why it is one.

The automaton holds the stems of all names, and an ending checker looks at what follows a stem. Whole
generated forms were the alternative: a thousand of them for a Finnish name, against one to six stems
(measured in benchmarks/matching.py).
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import ahocorasick

from crawler.brands import Brand
from crawler.evidence import ContextWords, Cover, Draft, Form, Letters, Source, judge, longest, relevance
from crawler.forms import CYRILLIC, ROMANISED, SPOKEN, Alias, Stem, aliases, stems
from crawler.passages import Sentences
from store.errors import ConfigError
from store.language import identify
from store.text import fold_lookalikes, has_mixed_words, is_in_place, normal_form, normalise

__all__ = ["Brand", "Hit", "Matcher", "match_lines"]

_TAIL = re.compile(r"[^\W_]*(?:[\u0300-\u036f]+[^\W_]*)*")
_CLOSING_QUOTES: Final = '»"”“'
_SCHWA: Final = "@"
# Texts use few of the endings that names could take: nearly all words of a night are met again.
_CACHED_WORDS: Final = 1 << 14
# What identification never exceeds in under five words; then the neighbouring sentences are asked too.
_UNSURE: Final = 0.6
_ACCEPTED: Final = {
    "hy": ("hy", ROMANISED, CYRILLIC, ""),
    ROMANISED: (ROMANISED, "hy", ""),
    CYRILLIC: (CYRILLIC, "hy", ""),
}
# Endings that make words of other languages, by the languages that the sentence must then be in. Estonian
# writes what Finnish says.
_PROOFS: Final = {ROMANISED: (ROMANISED,), CYRILLIC: (CYRILLIC,), SPOKEN: ("fi", "et")}
_LONGEST_ENDING: Final = 24
_PROOF = attrgetter("form.proof")
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
        proof = _PROOFS.get(SPOKEN if SPOKEN in case else language, ())
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
class _Key:
    """A stem in the automaton, with all its meanings; `opens` and `closes`: in a letter or digit."""

    length: int
    entries: tuple[_Entry, ...]
    opens: bool
    closes: bool


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
        self._names = _automaton(
            {
                text: _Key(len(text), tuple(entries), _in_word(text[0]), _in_word(text[-1]))
                for text, entries in names.items()
            }
        )
        self._contexts = _automaton({text: (text, tuple(words)) for text, words in contexts.items()})
        marks = {entry.stem.endings.marks for entries in names.values() for entry in entries}
        self._marks = frozenset(_CLOSING_QUOTES).union(*marks)
        self._excluding = any(brand.exclude for brand in self._brands)
        self._forms = lru_cache(_CACHED_WORDS)(_forms)

    def find(self, text: str, language: str | None = None) -> list[Hit]:
        """The hits in `text`, by start. With `language` only that language's endings count.

        Armenian endings typed in Latin letters count where the text is Armenian in Latin letters. Hits of one
        brand never overlap (the longest stays); hits of different brands may, and one that lies inside
        another brand's longer name loses half its relevance.
        """
        normal = normal_form(text)
        mixed = has_mixed_words(normal)
        drafts = self._scan(normal, language)
        if not drafts and not mixed:
            return []
        drafts = _located(drafts, text, normal)
        if mixed:
            drafts += self._lookalikes(text, language)
        source = Source(text)
        if any(map(_PROOF, drafts)):
            drafts = _in_own_language(source, drafts, language)
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
            if before != " " and key.opens and _in_word(before):
                continue
            if word_end < end:
                word_end = _word_end(normal, end) if key.closes else end
            following = normal[word_end : word_end + 1]
            if word_end == end and following in self._marks:
                drafts += _at_mark(key.entries, normal, (start, end), language)
                continue
            schwa = following == _SCHWA and not _in_word(normal[word_end + 1 : word_end + 2])
            read = self._forms if word_end - end <= _LONGEST_ENDING else _forms
            for stop in (word_end, word_end + 1) if schwa else (word_end,):
                for form in read(key, normal[end:stop], language):
                    joined = form.compound or _hyphenated(normal, start, stop)
                    drafts.append(Draft(form, start, stop, joined, joined))
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
            if len(key) < _SHORTEST_CONTEXT_INSIDE and start and _in_word(normalised.text[start - 1]):
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


# --- building --------------------------------------------------------------------------------------------


def _entries(number: int, brand: Brand, languages: tuple[str, ...]) -> Iterator[_Entry]:
    typed = (*languages, ROMANISED, CYRILLIC) if "hy" in languages else languages
    for alias in aliases((brand.name, *brand.aliases), languages):
        normal = normal_form(alias.text).strip()
        for language in typed:
            if language == ROMANISED and alias.origin == "script":
                continue
            for stem in stems(alias.text, language):
                full = stem.text == normal and language not in (ROMANISED, CYRILLIC)
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


def _automaton(values: Mapping[str, object]) -> Any:
    """An automaton of `values` by key; None without keys, which the package refuses to search."""
    automaton = ahocorasick.Automaton()
    for key, value in values.items():
        automaton.add_word(key, value)
    automaton.make_automaton()
    return automaton if values else None


# --- matching one stem -----------------------------------------------------------------------------------


def _in_word(character: str) -> bool:
    return character.isalnum() or (character >= "\u0300" and unicodedata.combining(character) > 0)


def _accepts(language: str | None, stem: Stem) -> bool:
    own = stem.endings.language
    return language is None or own in _ACCEPTED.get(language, (language, ""))


def _forms(key: _Key, tail: str, language: str | None) -> tuple[Form, ...]:
    """What `key` with the ending `tail` is: for each brand one name, and the phrases that exclude it."""
    best: dict[int, Form] = {}
    excluding: list[Form] = []
    for entry in key.entries:
        form = _form(entry, tail, language)
        if form is None:
            continue
        if form.excluding:
            excluding.append(form)
        elif form.brand not in best or _rank(form, language) < _rank(best[form.brand], language):
            best[form.brand] = form
    return (*best.values(), *excluding)


def _form(entry: _Entry, tail: str, language: str | None) -> Form | None:
    """`entry` with the ending `tail`. A name as it stands is one in any language."""
    accepted = _accepts(language, entry.stem)
    if not accepted and not entry.full:
        return None
    if len(tail) <= _LONGEST_ENDING and (accepted or not tail):
        case = entry.stem.endings.glued_case(tail)
        if case is not None:
            return entry.form(case)
    if entry.compounds and _closes_compound(entry.stem.endings.language, tail):
        return entry.form("closed-compound", compound=True)
    return None


def _rank(form: Form, language: str | None) -> tuple[bool, bool, bool]:
    """What names a form first: not an ending that a second look must prove, the given name, the language."""
    return bool(form.proof), form.alias.origin != "given", form.language != language


def _at_mark(
    entries: Iterable[_Entry], normal: str, place: tuple[int, int], language: str | None
) -> Iterator[Draft]:
    """The forms of a stem before a mark, with the ending behind it or alone."""
    start, end = place
    joined = _hyphenated(normal, start, end)
    for entry in entries:
        if _accepts(language, entry.stem):
            attached_end, case = _attached(entry.stem, normal, end)
            if case is not None:
                yield Draft(entry.form(case), start, attached_end, False, True)
                continue
        form = _form(entry, "", language)
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
    return word_end, stem.endings.attached_case(tail) if len(tail) <= _LONGEST_ENDING else None


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


def _without_excluded(drafts: list[Draft]) -> list[Draft]:
    """`drafts` but the excluding phrases and what they hold."""
    excluding = [(draft.form.brand, draft.start, draft.end) for draft in drafts if draft.form.excluding]
    excluded = Cover(excluding)
    return [draft for draft in drafts if not excluded.holds(draft.form.brand, draft.start, draft.end)]


def _located(drafts: list[Draft], text: str, normal: str) -> list[Draft]:
    """`drafts` of `normal`, the normal form of `text`, with offsets into `text`."""
    if not drafts or is_in_place(normal, text):
        return drafts
    places = normalise(text, normal)
    return [
        draft._replace(start=places.offsets[draft.start], end=places.ends[draft.end - 1]) for draft in drafts
    ]


def _in_own_language(source: Source, drafts: list[Draft], language: str | None) -> list[Draft]:
    """`drafts` without those whose endings ask for another language than their sentence is in."""
    if language in (ROMANISED, CYRILLIC):
        return drafts
    unnamed = _without(source.text, drafts)
    proven: dict[tuple[int, tuple[str, ...]], bool] = {(0, ()): True}
    kept = []
    for draft in drafts:
        proof = draft.form.proof
        asked = (source.index(draft.start) if proof else 0, proof)
        if asked not in proven:
            proven[asked] = _is_in(proof, source, asked[0], unnamed, language)
        if proven[asked]:
            kept.append(draft)
    return kept


def _without(text: str, drafts: Iterable[Draft]) -> str:
    """`text` with blanks for the names: they are the same in any language."""
    pieces, last = [], 0
    for draft in sorted(drafts, key=attrgetter("start")):
        if draft.end > last:
            start = max(last, draft.start)
            pieces += [text[last:start], " " * (draft.end - start)]
            last = draft.end
    return "".join(pieces) + text[last:]


def _is_in(
    languages: tuple[str, ...], sentences: Sentences, number: int, text: str, declared: str | None
) -> bool:
    """Whether a sentence, or when it is short its neighbourhood, is in one of `languages`.

    One that holds nothing but names is what the caller says.
    """
    spans = sentences.spans
    if not spans:
        return False
    found = identify(text[spans[number].start : spans[number].end], declared)
    if found.confidence <= _UNSURE and not (declared and found.code in languages):
        start, end = spans[max(0, number - 1)].start, spans[min(len(spans) - 1, number + 1)].end
        found = identify(text[start:end], declared)
    if found.confidence == 0 and declared:
        return any(code.startswith(declared) for code in languages)
    return found.code in languages


def _hit(source: Source, brand: Brand, draft: Draft, context: tuple[str, int] | None) -> Hit:
    return Hit(
        brand=brand.name,
        start=draft.start,
        end=draft.end,
        alias=draft.form.alias.text,
        rule=draft.form.rule,
        compound=draft.compound,
        relevance=relevance(source, brand, draft, context),
        context=context[0] if context else None,
        lookalike=draft.lookalike,
    )


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
