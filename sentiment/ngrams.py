"""A linear model over word pieces beside the network: it knows rare words that the network smooths away.

Each run of one to three pieces of the lower-cased text falls into one of 2¹⁹ buckets by its hash (Weinberger et al.,
ICML 2009); a bucket has a score for each class. The scores are added to the network's logits with a weight of each
language's calibration.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

BITS = 19
LONGEST = 3
_STEP = np.uint64(1_000_003)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def buckets(ids: Sequence[int]) -> NDArray[np.int64]:
    """The distinct buckets, sorted, of all runs of one to `LONGEST` ids."""
    tokens = np.array(ids, np.uint64) + np.uint64(1)
    found = []
    for length in range(1, min(LONGEST, len(tokens)) + 1):
        runs = np.zeros(len(tokens) - length + 1, np.uint64)
        for offset in range(length):
            runs = (runs * _STEP) ^ tokens[offset : offset + len(runs)]
        found.append((runs * _SPREAD + np.uint64(length)) >> np.uint64(64 - BITS))
    return np.unique(np.concatenate(found)).astype(np.int64)


def text_buckets(tokenizer: Tokenizer, texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """The buckets of each text, lower-cased; its beginning and end count as pieces."""
    return [
        buckets(encoding.ids) for encoding in tokenizer.encode_batch_fast([text.lower() for text in texts])
    ]


class NgramTable:
    """Scores of buckets, shape (2¹⁹, 3), classes as in `LABELS`."""

    def __init__(self, scores: NDArray[np.float32], tokenizer: Tokenizer) -> None:
        self._scores = scores
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path, tokenizer: Tokenizer) -> "NgramTable":
        """Raises ValueError if the file's table has another shape or holds what is no finite number."""
        scores = load_file(path)["scores"].astype(np.float32)
        if scores.shape != (2**BITS, 3) or not np.isfinite(scores).all():
            raise ValueError(f"{path.name} holds no table of {2**BITS:,} × 3 numbers")
        return cls(scores, tokenizer)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Scores, shape (texts, 3): the sum over a text's n buckets, divided by √n."""
        found = np.zeros((len(texts), 3), np.float32)
        for row, each in enumerate(text_buckets(self._tokenizer, texts)):
            found[row] = self._scores[each].sum(0) / np.sqrt(len(each))
        return found
