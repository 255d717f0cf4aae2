"""What flows through Arvio: documents and their mentions on the way into the store, scores on the way back."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

DocumentKind = Literal["article", "review", "comment", "post"]
DatePrecision = Literal["second", "minute", "day", "month", "year"]
Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Mention:
    """One brand in one passage of a document.

    `passage` is the original text that a person reads; `scored_text` what the model reads (Armenian typed in
    Latin letters is converted there). `spans` are character offsets of the matched words in `passage`.
    `signature` is the near-duplicate sketch of the passage (store.near_duplicates), empty for texts too short
    to merge.
    """

    brand: str
    passage: str
    scored_text: str
    spans: tuple[tuple[int, int], ...]
    alias: str
    rule: str
    compound: bool
    relevance: float
    context: str | None
    lookalike: bool
    language: str
    language_confidence: float
    signature: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that somebody published: an article, a review, a comment, a post.

    `source` is the source's name and `canonical_id` names the document within it (canonical URL, feed id, review
    id, or a hash of the content): together they are the idempotency key. Times are UTC ISO 8601
    (`2026-11-22T10:00:00Z`). `rating` is rescaled by the store to 1–5 from `rating_worst`..`rating_best`.
    `author` is the plain name; the store keeps a keyed hash unless told otherwise. `author_hash` is that hash
    where an export gives it, `first_seen` the time when the document was first met where it was not now.
    """

    source: str
    canonical_id: str
    url: str
    kind: DocumentKind
    title: str
    text: str
    author: str | None = None
    author_hash: str | None = None
    first_seen: str | None = None
    published_at: str | None = None
    date_source: str | None = None
    date_precision: DatePrecision | None = None
    date_doubt: bool = False
    language: str | None = None
    rating: float | None = None
    rating_best: float = 5.0
    rating_worst: float = 1.0
    encoding_doubt: bool = False
    mentions: tuple[Mention, ...] = ()


class PersonLabel(NamedTuple):
    """A label that a person gave, of a mention known by what stays the same in every store."""

    source: str
    canonical_id: str
    brand: str
    passage: str
    label: Label


@dataclass(frozen=True, slots=True)
class Score:
    """The model's reading of one mention: calibrated probabilities that add up to 1."""

    mention_id: int
    negative: float
    neutral: float
    positive: float
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Unscored:
    """A mention that the model will not read (its language is not one it was measured on, or it has no text)."""

    mention_id: int
    reason: str
