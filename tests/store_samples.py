"""Documents, scores and stores for tests, in one line each."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from store.db import ModelInfo, Store
from store.near_duplicates import signature
from store.records import Document, Label, Mention, Score

NOW = "2026-11-22T12:00:00Z"
CLOCK = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Read right 80 % of the time; 400 texts of each class.
HELD_OUT = [[320, 40, 40], [60, 280, 60], [40, 40, 320]]
MODEL = ModelInfo("small", "a" * 64, {"languages": {"fi": {"all": HELD_OUT}, "hy": {"all": HELD_OUT}}})
BARE = ModelInfo("bare", "b" * 64, {})
SHARES: dict[Label, tuple[float, float, float]] = {
    "negative": (0.8, 0.1, 0.1),
    "neutral": (0.1, 0.8, 0.1),
    "positive": (0.1, 0.1, 0.8),
}
STORY = (
    "Teleyhtiö kertoi tiistaina, että sen verkko uusitaan koko maassa ensi vuoden aikana. "
    "Asiakkaat saavat uuden liittymän ilman lisämaksua, ja vanhat laitteet kerätään kierrätykseen."
)


def clock() -> datetime:
    """A present that does not move."""
    return CLOCK


def mention(text: str, brand: str = "Nokia", language: str = "fi", **other: Any) -> Mention:
    values: dict[str, Any] = {
        "brand": brand,
        "passage": text,
        "scored_text": text,
        "spans": ((0, 1),),
        "alias": brand,
        "rule": "exact",
        "compound": False,
        "relevance": 1.0,
        "context": None,
        "lookalike": False,
        "language": language,
        "language_confidence": 0.99,
        "signature": signature(text),
    }
    return Mention(**(values | other))


def document(
    id: str | int, text: str = "Nokia toimii hyvin.", brand: str = "Nokia", **other: Any
) -> Document:
    language = other.pop("language", "fi")
    values: dict[str, Any] = {
        "source": "foorumi",
        "canonical_id": str(id),
        "url": f"https://foorumi.example/{id}",
        "kind": "comment",
        "title": "Otsikko",
        "text": text,
        "published_at": "2026-11-20T08:00:00Z",
        "date_source": "feed",
        "date_precision": "second",
        "mentions": (mention(text, brand, language),),
    }
    return Document(**(values | other))


def score_all(store: Store, labels: Sequence[Label] | Label, model: ModelInfo = MODEL) -> None:
    """Scores what has no score from `model`, in the order of ids, with `labels` in turn."""
    wanted = [labels] if isinstance(labels, str) else list(labels)
    unscored = list(store.unscored(model))
    store.add_scores(
        model, [Score(row[0], *SHARES[wanted[at % len(wanted)]]) for at, row in enumerate(unscored)]
    )


def filled(
    store: Store, labels: Iterable[Label], model: ModelInfo = MODEL, start: int = 0, **other: Any
) -> None:
    """One document for each label, scored as it says."""
    wanted = list(labels)
    other.setdefault("text", "Nokia.")
    store.add_documents(
        [document(f"{other.get('brand', '')}{start + at}", **other) for at in range(len(wanted))]
    )
    score_all(store, wanted, model)


def mix(positive: int, neutral: int, negative: int) -> list[Label]:
    """So many labels of each class."""
    counts: dict[Label, int] = {"positive": positive, "neutral": neutral, "negative": negative}
    return [label for label, count in counts.items() for _ in range(count)]


def with_one_key(*stores: Path) -> None:
    """Lets stores that are yet to be made name the same content by the same ids."""
    for each in stores:
        each.with_name(f"{each.name}.key").write_bytes(bytes(32))
