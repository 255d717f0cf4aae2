"""The answer key of the demo site: how a reader would label each text, and each brand's true share."""

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.demo.content import Entry, Label, Language, entries


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """The label that a reader gives one text for one brand; ``copy_of`` is the id of the first telling."""

    id: str
    brand: str
    language: Language
    label: Label
    night: int
    text: str
    copy_of: str = ""


def answer_key() -> list[KeyEntry]:
    """One key entry for each brand of each text, both nights, copies included."""
    return [
        KeyEntry(entry.id, brand, entry.language, label, entry.night, entry.text, entry.copy_of)
        for entry in entries()
        for brand, label in entry.labels
    ]


def true_shares(night: int = 2) -> dict[str, float]:
    """Each brand's positives / (positives + negatives) up to ``night``, copies counted once."""
    return _shares(item for item in answer_key() if item.night <= night)


def true_shares_of_night(night: int) -> dict[str, float]:
    """The same share among only the texts that first appear on ``night``."""
    return _shares(item for item in answer_key() if item.night == night)


def find_key_entry(text: str, brand: str, key: Iterable[KeyEntry] | None = None) -> KeyEntry | None:
    """The key entry that a stored mention of ``brand`` comes from, or None.

    The whole text of an entry stands verbatim on its page, so either the mention holds the entry's text (a
    title or a signature may stand around it) or, where a long article was cut into passages, the entry's text
    holds the mention. White space is not compared. Where several match, the longest wins.
    """
    wanted = _squeeze(text)
    candidates = [
        (item, _squeeze(item.text)) for item in (answer_key() if key is None else key) if item.brand == brand
    ]
    held = [(len(known), item) for item, known in candidates if known in wanted]
    if held:
        return max(held, key=lambda pair: pair[0])[1]
    if not wanted:
        return None
    holding = [(len(known), item) for item, known in candidates if wanted in known]
    return min(holding, key=lambda pair: pair[0])[1] if holding else None


def decoys() -> list[Entry]:
    """Texts where a brand's name is a common word or a place: none may become a mention."""
    return [entry for entry in entries() if not entry.labels]


def _shares(items: Iterable[KeyEntry]) -> dict[str, float]:
    counts: dict[str, list[int]] = {}
    for item in items:
        if item.copy_of or item.label == "neutral":
            continue
        pair = counts.setdefault(item.brand, [0, 0])
        pair[item.label == "negative"] += 1
    return {brand: positive / (positive + negative) for brand, (positive, negative) in counts.items()}


def _squeeze(text: str) -> str:
    return " ".join(text.split())
