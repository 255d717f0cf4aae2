"""Reads back what `arvio export` wrote: documents with their mentions as they stood, not found anew."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from crawler.spool import Record
from crawler.tables import Faults, Table
from store.identity import keyed_id
from store.near_duplicates import signature
from store.records import LABELS, DatePrecision, Document, DocumentKind, Label, Mention, PersonLabel
from store.text import normal_form

_HASH = re.compile("[0-9a-f]{32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

_KINDS: dict[str, DocumentKind] = {each: each for each in get_args(DocumentKind)}
_PRECISIONS: dict[str, DatePrecision] = {each: each for each in get_args(DatePrecision)}
_LABELS: dict[str, Label] = {each: each for each in LABELS}


class BadRow(ValueError):
    """A row that cannot have been exported so."""


def exported_documents(
    table: Table, known: Mapping[str, str], faults: Faults
) -> Iterator[tuple[Document, list[PersonLabel]]]:
    """The documents of an export, each with all its mentions, and the labels that people gave to those.

    An export has one row for each mention, so a document's text is what its mentions quote of it. Rows whose
    brand is not configured, or that were changed into something impossible, are left out and go to `faults`.
    """
    for rows in table.documents():
        found: list[tuple[Record, Mention]] = []
        for line, record in rows:
            try:
                found.append((record, _mention(record, known)))
            except BadRow as error:
                faults.add(line, str(error))
        if found:
            document = _document(found[0][0], tuple(mention for _, mention in found))
            yield (
                document,
                [
                    PersonLabel(document.source, document.canonical_id, mention.brand, mention.passage, label)
                    for record, mention in found
                    if _text(record, "label_from") == "person"
                    and (label := _LABELS.get(_text(record, "label")))
                ],
            )


def _document(record: Record, mentions: tuple[Mention, ...]) -> Document:
    title = _text(record, "title")
    passages = dict.fromkeys(mention.passage.removeprefix(f"{title}\n") for mention in mentions)
    text, published_at = "\n".join(passages), _time(record, "published_at")
    author = _text(record, "author")
    author_hash = author if _HASH.fullmatch(author) else None
    # Exports made before ids were keyed have them of names.
    id = "".join(keyed_id(_text(record, "canonical_id"), title, text, author_hash, published_at))
    return Document(
        source=_text(record, "source"),
        canonical_id=id,
        url=_text(record, "url"),
        kind=_KINDS.get(_text(record, "document_kind"), "post"),
        title=title,
        text=text,
        author=_text(record, "author_name") or None,
        author_hash=author_hash,
        first_seen=_time(record, "first_seen"),
        published_at=published_at,
        date_source=_text(record, "date_source") or None,
        date_precision=_PRECISIONS.get(_text(record, "date_precision")),
        date_doubt=_number(record, "date_doubt") == 1,
        rating=_number(record, "rating"),
        encoding_doubt=_number(record, "encoding_doubt") == 1,
        mentions=mentions,
    )


def _mention(record: Record, known: Mapping[str, str]) -> Mention:
    named = _text(record, "brand")
    brand = known.get(normal_form(named))
    if brand is None:
        raise BadRow(f"brand {named!r} is not configured")
    for name in ("source", "canonical_id"):
        _needed(record, name)
    passage = _needed(record, "text")
    return Mention(
        brand=brand,
        passage=passage,
        scored_text=_text(record, "scored_text") or passage,
        spans=_spans(record.get("spans"), len(passage)),
        alias=_text(record, "alias"),
        rule=_text(record, "rule"),
        compound=_number(record, "compound") == 1,
        relevance=min(1.0, max(0.0, _or(_number(record, "relevance"), 1.0))),
        context=_text(record, "context") or None,
        lookalike=_number(record, "lookalike") == 1,
        language=_text(record, "language"),
        language_confidence=min(1.0, max(0.0, _or(_number(record, "language_confidence"), 0.0))),
        signature=signature(passage),
    )


def _spans(value: object, length: int) -> tuple[tuple[int, int], ...]:
    try:
        pairs = json.loads(value) if isinstance(value, str) else value
        spans = tuple((int(start), int(end)) for start, end in pairs)  # type: ignore[union-attr]
    except (TypeError, ValueError, RecursionError):
        raise BadRow("spans are no list of [start, end]") from None
    if not all(0 <= start < end <= length for start, end in spans):
        raise BadRow("spans lie outside the text; was it edited?")
    return spans


def _needed(record: Record, name: str) -> str:
    if not (text := _text(record, name)):
        raise BadRow(f"{name} is empty")
    return text


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)


def _time(record: Record, name: str) -> str | None:
    text = _text(record, name)
    return text if _TIME.fullmatch(text) else None


def _number(record: Record, name: str) -> float | None:
    try:
        number = float(_text(record, name))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _or(number: float | None, otherwise: float) -> float:
    return otherwise if number is None else number
