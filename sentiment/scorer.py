"""From text to calibrated probabilities: each text read as it stands and, word by word, in English."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from sentiment.folder import SHIPPED, Calibration, ModelFolder, open_folder
from sentiment.gloss import READ, gloss
from sentiment.preparation import prepare, respell
from store.language import UNDETERMINED, identify, likeliest
from store.records import LABELS, Label

if TYPE_CHECKING:
    from sentiment.backend import Backend

T = TypeVar("T")
CHUNK = 4096
"""Texts held at once: memory stays flat however many are scored."""
TYPICAL_LENGTH = 12
GATE_CONFIDENCE = 0.9
"""Below this the identified language is too doubtful to refuse a text for it."""


def calibrated(
    evidence: NDArray[np.float64], lengths: NDArray[np.float64], parameters: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probabilities, shape (texts, 3), of `Scorer.evidence`, `relative_lengths` and each text's `Calibration`.

    `parameters` holds the numbers of the calibrations in their order, shape (texts, 7).
    """
    polarity_scale, polarity_bias, neutral_scale, neutral_bias, ngrams, gloss, length = parameters.T
    weights = np.stack([np.ones_like(ngrams), ngrams, gloss], axis=1)
    negative, neutral, positive = (evidence * weights[:, :, None]).sum(1).T
    happy = _sigmoid((positive - negative) * polarity_scale * lengths**-length + polarity_bias)
    calm = _sigmoid((neutral - np.logaddexp(negative, positive)) * neutral_scale + neutral_bias)
    return np.stack([(1 - calm) * (1 - happy), calm, (1 - calm) * happy], axis=1)


def relative_lengths(texts: Sequence[str]) -> NDArray[np.float64]:
    """(words + 1) / 12 of each text: 1 is a sentence of eleven words."""
    return np.array([(len(text.split()) + 1) / TYPICAL_LENGTH for text in texts])


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


OWN_LETTERS = ("fi", "sv", "en", "ru")
"""Measured languages that are read as they are written; Armenian in other letters is respelt first."""


_EMOTICON = re.compile(r"[:;=]['-]?[()\[\]/\\|*]")


def has_emoji(text: str) -> bool:
    """Whether `text` holds a pictograph or a face of signs, :-(: a reaction of these alone is an opinion too."""
    return any(unicodedata.category(char) == "So" for char in text) or _EMOTICON.search(text) is not None


def _language(text: str, known: str | None) -> tuple[str, float]:
    """Code and confidence; a known `hy` may turn out to be typed in Latin or Russian letters."""
    if known is not None and known != "hy":
        return known, 1.0
    found = identify(text, known)
    if known is None or found.code.startswith("hy"):
        return found.code, found.confidence
    return known, 1.0


def _nearest(text: str, language: str) -> str:
    """The language whose calibration fits: of an undetermined text the likeliest of those in their own letters."""
    return (likeliest(text, OWN_LETTERS) or language) if language == UNDETERMINED else language


def _glossed(language: str) -> str | None:
    """The language as `gloss` calls it, None if it has none: `hy-Latn` is read in Armenian letters."""
    code = language.partition("-")[0]
    return code if code in READ else None


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model reads in one text. The probabilities add up to 1; `language` is as identified or given.

    `gate` says why the label must not be used (the language is none that the model was measured on, or there is
    no text), else None. `truncated`: the text was longer than the model's windows reach.
    """

    negative: float
    neutral: float
    positive: float
    language: str
    truncated: bool = False
    gate: str | None = None

    @property
    def label_index(self) -> int:
        """The most probable class, as an index of `LABELS`."""
        return int(np.argmax((self.negative, self.neutral, self.positive)))

    @property
    def label(self) -> Label:
        """The most probable class."""
        return LABELS[self.label_index]


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    language: str
    gate: str | None


class Scorer:
    """Reads texts with one model. Make it with `Scorer.load`; it keeps no state between calls."""

    def __init__(self, folder: ModelFolder, backend: "Backend", english: "Backend | None") -> None:
        self.folder = folder
        self._backend = backend
        self._english = english

    @classmethod
    def load(cls, path: Path = SHIPPED, *, exact: bool = False) -> "Scorer":
        """The model in `path`, checked; `exact` does without 8-bit integers.

        Raises ModelError (exit 66) if it is absent or refused.
        """
        from sentiment.backend import Backend

        folder = open_folder(path)
        english = Backend.load(folder.english, exact=exact) if folder.english else None
        return cls(folder, Backend.load(folder, exact=exact), english)

    def read(
        self,
        texts: Iterable[str],
        languages: Iterable[str | None] | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> Iterator[Reading]:
        """Readings in the order of `texts`. `languages` are those known (`hy` in any letters), None where unknown.

        A text reads the same alone and in any company (to 0.01). Identical texts are read once a chunk.
        """
        declared: Iterable[str | None] = repeat(None) if languages is None else languages
        for chunk in _chunks(zip(texts, declared, strict=False), CHUNK):
            prepared = [self._prepare(text, language) for text, language in chunk]
            yield from self._read_chunk(prepared)
            if on_progress is not None:
                on_progress(len(chunk))

    def evidence(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """What calibration weighs in texts of one language, shape (texts, 3, 3): three sources, three classes.

        The sources: the network's logits, the scores of word pieces, the English reader's logits of the gloss.
        """
        read = [self._prepare(text, language).text for text in texts]
        return self._evidence(read, [_glossed(language)] * len(read))[0]

    def _prepare(self, text: str, known: str | None) -> _Prepared:
        clean = prepare(text)
        language, confidence = _language(clean, known)
        measured = self.folder.card.languages
        gate = None
        if not any(char.isalnum() for char in clean) and not has_emoji(clean):
            gate = "no text"
        elif measured and language not in measured and confidence >= GATE_CONFIDENCE:
            gate = f"language {language}"
        return _Prepared(respell(clean, language), language, gate)

    def _read_chunk(self, prepared: Sequence[_Prepared]) -> Iterator[Reading]:
        distinct = {(item.text, item.language): 0 for item in prepared}
        for row, key in enumerate(distinct):
            distinct[key] = row
        nearest = [_nearest(*key) for key in distinct]
        calibrations = [self._calibration(language) for language in nearest]
        glossed = [
            _glossed(language) if each.gloss else None
            for language, each in zip(nearest, calibrations, strict=True)
        ]
        evidence, truncated = self._evidence([text for text, _ in distinct], glossed)
        parameters = np.array([astuple(each) for each in calibrations])
        lengths = relative_lengths([text for text, _ in distinct])
        probabilities = calibrated(evidence.astype(np.float64), lengths, parameters)
        for item in prepared:
            row = distinct[item.text, item.language]
            negative, neutral, positive = (float(value) for value in probabilities[row])
            yield Reading(negative, neutral, positive, item.language, bool(truncated[row]), item.gate)

    def _evidence(
        self, texts: Sequence[str], glossed: Sequence[str | None]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """`evidence` with the glosses of the languages given, zeros where there is none, and which texts were cut."""
        evidence = np.zeros((len(texts), 3, 3), np.float32)
        evidence[:, 0], truncated = self._backend.logits(texts)
        evidence[:, 1] = self._backend.ngram_scores(texts)
        if self._english:
            pairs = enumerate(zip(texts, glossed, strict=True))
            english = {row: gloss(text, language) for row, (text, language) in pairs if language}
            if english:
                evidence[list(english), 2] = self._english.logits(list(english.values()))[0]
        return evidence, truncated

    def _calibration(self, language: str) -> Calibration:
        table = self.folder.card.calibration
        return table.get(language) or table.get("default", Calibration())
