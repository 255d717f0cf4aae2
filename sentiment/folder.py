"""A model folder: what it must hold, and every reason to refuse it before anything in it runs."""

import hashlib
import json
import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment.hub import fetch, split_id
from store.errors import ModelError
from store.records import LABELS

SHIPPED = Path(__file__).with_name("model")
CARD = "arvio.json"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
WEIGHTS = "model.safetensors"
ACTIVATIONS = "activations.safetensors"
NGRAMS = "ngrams.safetensors"
ENGLISH = "english"
"""Folder of the reader of English within a model folder."""
REQUIRED = (CONFIG, TOKENIZER, WEIGHTS)
OPTIONAL = (CARD, ACTIVATIONS, NGRAMS, *(f"{ENGLISH}/{name}" for name in (*REQUIRED, ACTIVATIONS)))
"""With `REQUIRED` all that is read of a model folder."""
POOLING = "mean"
"""What config.json says of a reader of our own."""
SHORTEST_WINDOW = 3
"""A word piece between the two that begin and end a window."""
MAX_HEADER = 16 * 2**20
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True)
class Calibration:
    """Two scales, since a model may be sure of the mood and unsure whether there is one.

    With logits n, u, p of negative, neutral, positive (the network's, `ngrams` times the word pieces' scores
    where the folder has them, and `gloss` times the English reader's of the text put into English word by
    word): P(positive | opinion) = σ((p − n) · s + `polarity_bias`), s = `polarity_scale` · ((w + 1) / 12)^−`length` of
    a text of w words, and P(neutral) = σ((u − log(eⁿ + eᵖ)) · `neutral_scale` + `neutral_bias`) (Platt 1999, twice).
    """

    polarity_scale: float = 1.0
    polarity_bias: float = 0.0
    neutral_scale: float = 1.0
    neutral_bias: float = 0.0
    ngrams: float = 0.0
    gloss: float = 0.0
    length: float = 0.0


@dataclass(frozen=True)
class Card:
    """arvio.json beside the weights: what the index and the scorer must know of the model.

    `languages` are those it was measured on and reached its floor; `confusion[language][set]` is a 3 × 3
    table of counts, true class by predicted class, on one held-out set.
    """

    name: str
    languages: tuple[str, ...] = ()
    calibration: dict[str, Calibration] = field(default_factory=dict)
    confusion: dict[str, dict[str, list[list[int]]]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    window: int = 256
    max_windows: int = 16


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder; `sha256` is of all that decides a score, the same wherever the files lie.

    `english` is the reader of English within it, None if there is none.
    """

    path: Path
    card: Card
    config: dict[str, Any]
    order: tuple[int, int, int]
    sha256: str
    english: "ModelFolder | None" = None

    @property
    def identity(self) -> str:
        """Name and checksum: the id that every score carries."""
        return f"{self.card.name}@{self.sha256[:12]}"


def open_folder(path: Path = SHIPPED) -> ModelFolder:
    """Check the folder `path` without loading its weights.

    Where no such folder is, `path` may be `OWNER/NAME@COMMIT` on the Hugging Face hub, whose files are fetched once.
    Raises ModelError (exit 66) if they cannot be, or if a file is absent, half-copied, pickled, of other labels, asks
    for code of its own (`auto_map`), does not match the checksum that the folder states, or cannot be read.
    """
    try:
        pinned = None if path.is_dir() else split_id(path.as_posix())
        if pinned is None:
            return _checked(path, path.name)
        name, commit = pinned
        return _checked(fetch(name, commit, REQUIRED, OPTIONAL), name)
    except OSError as error:
        raise ModelError(
            f"{error.filename or path}: cannot be read ({error.strerror}); check its permissions or give another "
            "with --model"
        ) from None


def _checked(path: Path, name: str) -> ModelFolder:
    """The folder `path`, called `name` where it has no card."""
    if not path.is_dir():
        raise ModelError(
            f"{path}: no model folder is there; reinstall arvio or give another with --model, one of the Hugging "
            "Face hub as OWNER/NAME@COMMIT"
        )
    config = _read_json(path / CONFIG)
    if "auto_map" in config:
        raise ModelError(f"{path}: config.json asks for code of its own (auto_map); such models are refused")
    if any("/" in str(value) for key, value in config.items() if key.endswith("attn_implementation")):
        raise ModelError(
            f"{path}: config.json asks for code of the hub (attn_implementation); such models are refused"
        )
    weights = path / WEIGHTS
    if not weights.is_file():
        pickled = sorted(file.name for file in path.iterdir() if file.suffix in PICKLES)
        why = f"{pickled[0]} is a pickle, which is refused" if pickled else f"{WEIGHTS} is missing"
        raise ModelError(f"{path}: {why}; the model must be stored as {WEIGHTS}")
    _check_header(weights)
    if not (path / TOKENIZER).is_file():
        raise ModelError(f"{path}: tokenizer.json is missing; copy the whole model folder again")
    card = _read_card(path, name)
    digest = _sha256(weights)
    for each, expected in card.sha256.items():
        file = path / each
        if not file.is_file() or (digest if each == WEIGHTS else _sha256(file)) != expected:
            raise ModelError(f"{file}: does not match its checksum; copy the whole model folder again")
    # What the card holds no checksum of decides a score no less than the weights do, the card itself before all.
    others = (path / each for each in (CARD, CONFIG, TOKENIZER, *OPTIONAL[1:]) if each not in card.sha256)
    digest = hashlib.sha256(
        "".join([digest, *map(_sha256, filter(Path.is_file, others))]).encode()
    ).hexdigest()
    english = open_folder(path / ENGLISH) if (path / ENGLISH).is_dir() else None
    if english is None and any(each.gloss for each in card.calibration.values()):
        raise ModelError(
            f"{path / ENGLISH}: the reader of English is missing; copy the whole model folder again"
        )
    return ModelFolder(path, card, config, _label_order(path, config), digest, english)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: is missing; copy the whole model folder again") from None
    except (OSError, ValueError, RecursionError):
        raise ModelError(f"{path}: cannot be read as JSON; copy the whole model folder again") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path}: is no JSON object; copy the whole model folder again")
    return value


def _read_card(path: Path, name: str) -> Card:
    if not (path / CARD).is_file():
        return Card(name=name)
    raw = _read_json(path / CARD)
    try:
        calibration = {
            language: Calibration(**{name: _finite(value) for name, value in entry.items()})
            for language, entry in raw.get("calibration", {}).items()
        }
        return Card(
            name=_text(raw["name"]),
            languages=_texts(raw.get("languages", [])),
            calibration=calibration,
            confusion={
                language: {each: _counts(table) for each, table in sets.items()}
                for language, sets in raw.get("confusion", {}).items()
            },
            sha256=dict(raw.get("sha256", {})),
            window=_whole(raw.get("window", Card.window), SHORTEST_WINDOW),
            max_windows=_whole(raw.get("max_windows", Card.max_windows), 1),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise ModelError(
            f"{path / CARD}: is not a model card of arvio; copy the whole model folder again"
        ) from None


def _finite(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):  # of a text each letter would be one
        raise ValueError(value)
    return tuple(map(_text, value))


def _whole(value: object, least: int) -> int:
    if not isinstance(value, int) or value < least:
        raise ValueError(value)
    return value


def _counts(table: Any) -> list[list[int]]:
    """A table of three rows of three counts."""
    if [len(row) for row in table] != [3, 3, 3]:
        raise ValueError(table)
    return [[_whole(count, 0) for count in row] for row in table]


def _check_header(weights: Path) -> None:
    """Refuse what is no safetensors file before any library maps it."""
    size = weights.stat().st_size
    with weights.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 2 <= length <= min(MAX_HEADER, size - 8):
            raise ModelError(
                f"{weights}: is no safetensors file or only half of one; copy the model folder again"
            )
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError):
            raise ModelError(f"{weights}: its header is not JSON; copy the model folder again") from None
    try:
        spans = sorted(entry["data_offsets"] for name, entry in header.items() if name != "__metadata__")
        end = 0
        for start, stop in spans:
            if start != end or stop < start:
                raise ModelError(f"{weights}: its tensors overlap or leave gaps; the file is refused")
            end = stop
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ModelError(f"{weights}: its header lists no tensors; copy the model folder again") from None
    if 8 + length + end != size:
        raise ModelError(f"{weights}: is {size:,} bytes, its header says {8 + length + end:,}; copy it again")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _label_order(path: Path, config: dict[str, Any]) -> tuple[int, int, int]:
    """Which output is negative, neutral and positive, by `id2label`."""
    try:
        names = {str(label).casefold(): int(index) for index, label in config.get("id2label", {}).items()}
    except (AttributeError, ValueError):
        names = {}  # no table, or one that does not number the outputs
    if sorted(names) != sorted(LABELS) or sorted(names.values()) != [0, 1, 2]:
        shown = ", ".join(sorted(names)) or "none"
        raise ModelError(f"{path}: its labels are {shown}; a model must have negative, neutral and positive")
    return names["negative"], names["neutral"], names["positive"]
