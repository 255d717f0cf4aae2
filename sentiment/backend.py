"""The network on this machine's processor: windows, length-sorted batches, the fastest exact-enough arithmetic."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.folder import ModelFolder
from sentiment.network import SentimentModel
from store.errors import ModelError

BATCH_TOKENS = 4096
"""Padded tokens in one forward pass: large enough to fill two cores, small enough to stay in cache."""


class Backend:
    """Tokenizer and network of one model folder."""

    def __init__(self, tokenizer: Tokenizer, network: SentimentModel, folder: ModelFolder) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._window = folder.card.window
        self._max_windows = folder.card.max_windows
        self._order = list(folder.order)
        self._pad = tokenizer.token_to_id("<pad>")
        self._dtype = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32

    @classmethod
    def load(cls, folder: ModelFolder) -> "Backend":
        """Raises ModelError (exit 66) if tokenizer or weights cannot be read, do not fit or are not finite."""
        try:
            tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
            network = SentimentModel.load(folder.path)
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"{folder.path}: cannot be loaded ({error}); copy the whole model folder again") from error
        if not all(torch.isfinite(value).all() for value in network.state_dict().values()):
            raise ModelError(f"{folder.path}: holds weights that are no finite numbers; copy the folder again")
        tokenizer.encode_special_tokens = True  # "</s>" in a mention is text like any other
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer, network, folder)

    def logits(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Logits, shape (texts, 3) in the order negative, neutral, positive, and which texts were cut.

        A text longer than a window is read in windows of equal length whose logits are averaged.
        """
        windows: list[list[int]] = []
        owner: list[int] = []
        truncated = np.zeros(len(texts), np.bool_)
        for index, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts))):
            pieces = list(self._split(encoding.ids))
            truncated[index] = len(pieces) > self._max_windows
            windows += pieces[: self._max_windows]
            owner += [index] * min(len(pieces), self._max_windows)
        result = np.zeros((len(texts), 3), np.float32)
        np.add.at(result, owner, self._forward(windows))
        count = np.bincount(owner, minlength=len(texts))
        return result / count[:, None], truncated

    def _split(self, ids: list[int]) -> Iterator[list[int]]:
        if len(ids) <= self._window:
            yield ids
            return
        start, body, end = ids[0], ids[1:-1], ids[-1]
        parts = -(-len(body) // (self._window - 2))
        size = -(-len(body) // parts)
        for at in range(0, len(body), size):
            yield [start, *body[at : at + size], end]

    def _forward(self, windows: list[list[int]]) -> NDArray[np.float32]:
        logits = np.empty((len(windows), 3), np.float32)
        for batch in _batches([len(window) for window in windows]):
            logits[batch] = self._batch([windows[index] for index in batch])
        return logits[:, self._order]

    def _batch(self, windows: list[list[int]]) -> NDArray[np.float32]:
        longest = max(map(len, windows))
        ids = torch.full((len(windows), longest), self._pad)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = torch.tensor(window)
        mask = (ids != self._pad).long()
        with torch.inference_mode(), torch.autocast("cpu", self._dtype, enabled=self._dtype is not torch.float32):
            return np.asarray(self._network(ids, mask).float().numpy(), np.float32)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices in batches of like length, each at most `BATCH_TOKENS` after padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[index] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
