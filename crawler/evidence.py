"""Whether a matched form is really the brand: its capital, the words around it, what speaks against it."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from crawler.brands import Brand
from crawler.forms import CYRILLIC, ROMANISED
from crawler.lexicon import Form
from crawler.passages import Sentences
from store.language import identify

Verdict = Literal["proven", "open", "refuted"]
_OPENING_QUOTES: Final = "«\"“„”'"
_CLOSING_QUOTES: Final = "»\"”“'"
_WEB_SIGN: Final = re.compile(r"https?:|www\.|@|\.com|\.(?:fi|am|ru)/")
_LONGEST_WEB_TOKEN: Final = 200
_TOKEN: Final = re.compile(r"\S+")
# What identification never exceeds in under five words; then the neighbouring sentences are asked too.
_UNSURE: Final = 0.6


class Draft(NamedTuple):
    """A form where it stands, before it is judged.

    `marked`: an ending behind a mark, or a part of a hyphenated word, which only names take.
    """

    form: Form
    start: int
    end: int
    compound: bool
    marked: bool
    lookalike: bool = False


class Source(Sentences):
    """A text with what judging needs of it, worked out when first asked for."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._shouted: dict[int, bool] = {}
        self._web = _WEB_SIGN.search(text) is not None

    def shouted(self, position: int) -> bool:
        """Whether the sentence at `position` is written in capitals throughout."""
        number = self.index(position)
        if number not in self._shouted:
            span = self.spans[number]
            self._shouted[number] = not any(map(str.islower, self.text[span.start : span.end]))
        return self._shouted[number]

    def capital_proves(self, draft: Draft) -> bool:
        """Whether the capital tells a name from a word: not at a sentence's start, not among capitals."""
        if self._quoted(draft):
            return True
        written = self.text[draft.start : draft.end]
        if self.shouted(draft.start):
            return False
        inner = any(map(str.isupper, written[1:])) and any(map(str.isupper, draft.form.alias.text[1:]))
        return inner or (len(written) > 1 and written.isupper()) or not self.opens(draft.start)

    def _quoted(self, draft: Draft) -> bool:
        before, after = self.text[max(0, draft.start - 1) : draft.start], self.text[draft.end : draft.end + 1]
        return bool(before and after) and before in _OPENING_QUOTES and after in _CLOSING_QUOTES

    def in_web_token(self, draft: Draft) -> bool:
        """Whether the form stands inside a web address, an e-mail address or a user name."""
        if not self._web:
            return False
        around = self.text[max(0, draft.start - _LONGEST_WEB_TOKEN) : draft.end + _LONGEST_WEB_TOKEN]
        place = min(draft.start, _LONGEST_WEB_TOKEN)
        return any(
            token.start() <= place < token.end() and _WEB_SIGN.search(token.group())
            for token in _TOKEN.finditer(around)
        )


class ContextWords:
    """The `require_any` words found in a text, by brand and sentence."""

    def __init__(self, source: Source, found: Iterable[tuple[int, int, int, str]]) -> None:
        """`found`: brand, start, end, word."""
        self._source = source
        self._by_sentence: dict[tuple[int, int], list[tuple[int, int, str]]] = defaultdict(list)
        for brand, start, end, word in found:
            self._by_sentence[brand, source.index(start)].append((start, end, word))

    def near(self, draft: Draft) -> tuple[str, int] | None:
        """The word that supports `draft` and its distance in sentences (0 or 1); None when there is none."""
        own = self._source.index(draft.start)
        for distance, number in ((0, own), (1, own - 1), (1, own + 1)):
            for start, end, word in self._by_sentence.get((draft.form.brand, number), ()):
                if not draft.start <= start <= end <= draft.end:
                    return word, distance
        return None


def judge(source: Source, brand: Brand, draft: Draft, context: tuple[str, int] | None) -> Verdict:
    """`open` means that nothing but the first capital of its sentence speaks for the form."""
    if brand.require_any and context is None:
        return "refuted"
    form = draft.form
    if form.letters and not _written_in(form, source.text[draft.start : draft.end]):
        return "refuted"
    if brand.case == "any" or not form.capital:
        return "proven"
    if not source.text[draft.start].isupper():
        return "refuted"
    if context is not None or draft.marked or source.capital_proves(draft):
        return "proven"
    return "open"


def _written_in(form: Form, written: str) -> bool:
    if form.letters == "small":
        return not written[0].isupper()
    return written[: len(form.alias.text)].isupper()


def relevance(source: Source, brand: Brand, draft: Draft, context: tuple[str, int] | None) -> float:
    """How sure it is that the brand is meant, 0–1: 1 less a share for each thing that speaks against it."""
    form = draft.form
    doubt = 0.1 * (draft.compound + draft.lookalike + (form.alias.origin == "script"))
    if form.capital and not source.text[draft.start].isupper():
        doubt += 0.3
    if source.in_web_token(draft):
        doubt += 0.3
    if brand.case == "exact" and not draft.marked and source.opens(draft.start):
        doubt += 0.1 if context else 0.3
    if context and context[1]:
        doubt += 0.1
    return round(max(0.05, 1 - doubt), 2) if doubt else 1.0


class Cover:
    """Intervals of each brand, asked whether they hold another one. Building and asking take n log n."""

    def __init__(self, intervals: Iterable[tuple[int, int, int]]) -> None:
        """`intervals`: brand, start, end."""
        by_brand: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for brand, start, end in intervals:
            by_brand[brand].append((start, end))
        self._starts: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}
        for brand, pairs in by_brand.items():
            pairs.sort()
            self._starts[brand] = [start for start, _ in pairs]
            self._ends[brand] = list(accumulate((end for _, end in pairs), max))

    def holds(self, brand: int, start: int, end: int) -> bool:
        """Whether one of the brand's intervals holds `start`–`end`."""
        if brand not in self._starts:
            return False
        index = bisect_right(self._starts[brand], start)
        return index > 0 and self._ends[brand][index - 1] >= end


def longest(drafts: Iterable[Draft], language: str | None) -> list[Draft]:
    """Per brand the longest drafts that do not overlap; of equals the given name in the text's language."""

    def rank(draft: Draft) -> tuple[int, bool, bool, bool]:
        return (
            draft.start - draft.end,
            draft.lookalike,
            draft.form.alias.origin != "given",
            draft.form.language != language,
        )

    kept: list[Draft] = []
    for cluster in _overlapping(drafts):
        chosen: list[Draft] = []
        for draft in sorted(cluster, key=rank):
            index = bisect_right(chosen, draft.start, key=attrgetter("start"))
            free_before = index == 0 or chosen[index - 1].end <= draft.start
            if free_before and (index == len(chosen) or draft.end <= chosen[index].start):
                chosen.insert(index, draft)
        kept += chosen
    return kept


def _overlapping(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Groups of drafts of one brand that overlap, directly or through one another."""
    cluster: list[Draft] = []
    reach = 0
    for draft in sorted(drafts, key=attrgetter("form.brand", "start")):
        if cluster and (draft.form.brand != cluster[0].form.brand or draft.start >= reach):
            yield cluster
            cluster, reach = [], 0
        cluster.append(draft)
        reach = max(reach, draft.end)
    if cluster:
        yield cluster


# --- the language of a sentence ---------------------------------------------------------------------------


def in_own_language(source: Source, drafts: list[Draft], language: str | None) -> list[Draft]:
    """`drafts` without those whose endings ask for another language than their sentence is in."""
    if language in (ROMANISED, CYRILLIC):
        return drafts
    unnamed = _without(source.text, drafts)
    answers: dict[tuple[int, tuple[str, ...]], bool] = {}
    kept = []
    for draft in drafts:
        if draft.form.proof:
            asked = source.index(draft.start), draft.form.proof
            if asked not in answers:
                answers[asked] = _is_in(draft.form.proof, source, asked[0], unnamed, language)
            if not answers[asked]:
                continue
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
