"""From a document to its mentions: one for each brand and passage, ready to be scored."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from crawler.brands import Brand
from crawler.matching import Hit
from crawler.passages import Passage, passages
from store.armenian import from_russian_letters, to_armenian
from store.encoding import repair_mojibake
from store.language import identify
from store.near_duplicates import signature
from store.records import Document, Mention
from store.text import normal_form

if TYPE_CHECKING:
    from store.db import Store

SUBJECT_RULE = "subject"
"""The rule of a mention that rests on what the page says it is about, not on a word of the text."""


class Finder(Protocol):
    """What is needed of crawler.matching.Matcher."""

    def find(self, text: str, language: str | None = None) -> list[Hit]: ...


def subjects(brands: Iterable[Brand]) -> dict[str, str]:
    """Brand by the normal form of each of its names, for `about`."""
    return {normal_form(name): brand.name for brand in brands for name in (*brand.aliases, brand.name)}


def find_mentions(
    document: Document, matcher: Finder, about: str = "", known: Mapping[str, str] | None = None
) -> Document:
    """`document` with its mentions, in the order of the text.

    Title and text are searched together. A review is one passage for each brand, whole; other kinds have one
    for each brand and neighbourhood. `about` names what a review or an imported row is about: where `known`
    (`subjects`) has it, that brand is mentioned even if the text does not name it, and as the stars are its
    own, other brands that the text compares it with get no mention of a rated document. Text that was decoded
    wrongly before it was published is mended in the mentions; the document keeps it as it stands, its
    encoding in doubt.
    """
    original = _whole(document)
    mended = repair_mojibake(original)
    text = original if mended is None else mended
    subject = (known or {}).get(normal_form(about)) if about else None
    hits = matcher.find(text)
    if subject and document.rating is not None:
        hits = [hit for hit in hits if hit.brand == subject]
    if document.kind == "review" or subject:
        found = _whole_passages(text, hits, subject)
    else:
        found = passages(text, hits)
    mentions = tuple(_mention(document, passage, hits, about) for passage in found if passage.text.strip())
    return replace(document, mentions=mentions, encoding_doubt=document.encoding_doubt or mended is not None)


def worth_storing(documents: Iterable[Document], store: "Store") -> list[Document]:
    """Those with a mention, and those that the store knows: an edited text may have lost its last one."""
    return [each for each in documents if each.mentions or store.has_document(each.source, each.canonical_id)]


def _whole(document: Document) -> str:
    title = document.title.strip()
    if not title or document.text.startswith(title):
        return document.text
    return f"{title}\n{document.text}" if document.text else title


def _whole_passages(text: str, hits: list[Hit], subject: str | None) -> list[Passage]:
    brands = dict.fromkeys([*([subject] if subject else []), *(hit.brand for hit in hits)])
    return [
        Passage(brand, 0, len(text), text, tuple((hit.start, hit.end) for hit in hits if hit.brand == brand))
        for brand in brands
    ]


def _mention(document: Document, passage: Passage, hits: list[Hit], about: str) -> Mention:
    first = bisect_left(hits, passage.start, key=lambda hit: hit.start)
    last = bisect_left(hits, passage.end, key=lambda hit: hit.start)
    inside = [hit for hit in hits[first:last] if hit.brand == passage.brand and hit.end <= passage.end]
    language = identify(passage.text, document.language)
    best = max(inside, key=lambda hit: hit.relevance, default=None)
    names = {passage.text[start:end].lower() for start, end in passage.spans}
    return Mention(
        brand=passage.brand,
        passage=passage.text,
        scored_text=_scored(passage.text, language.code, names),
        spans=passage.spans,
        alias=best.alias if best else about,
        rule=best.rule if best else SUBJECT_RULE,
        compound=best.compound if best else False,
        relevance=best.relevance if best else 1.0,
        context=best.context if best else None,
        lookalike=any(hit.lookalike for hit in inside),
        language=language.code,
        language_confidence=language.confidence,
        signature=signature(passage.text),
    )


def _scored(text: str, language: str, names: set[str]) -> str:
    if language == "hy-Latn":
        return to_armenian(text, names)
    if language == "hy-Cyrl":
        return from_russian_letters(text, names)
    return text
