"""The network on this machine's processor: windows, length-sorted batches, the fastest arithmetic it has."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from sentiment.folder import ACTIVATIONS, NGRAMS, POOLING, WEIGHTS, ModelFolder
from sentiment.int8 import Int8Network, weight_levels
from sentiment.ngrams import NgramTable
from store.errors import ModelError, is_out_of_memory

BATCH_TOKENS = 4096
"""Tokens in one forward pass: enough to fill the cores, few enough to stay in their caches."""

TRIAL = "a " * 1024
"""A text of several windows, which another's model reads once at loading, so that it fails there or nowhere."""


class Network(Protocol):
    """Token sequences, those of equal length together, to logits of shape (sequences, 3)."""

    def __call__(self, sequences: Sequence[Sequence[int]]) -> Tensor: ...


class PaddedNetwork:
    """A module of transformers' kind, on padded batches, in bf16 where the processor has it."""

    def __init__(self, module: Any, pad: int) -> None:
        self._module = module.eval()
        self._pad = pad
        self._dtype = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32

    def __call__(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        ids = torch.full((len(sequences), max(map(len, sequences))), self._pad)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        with torch.autocast("cpu", self._dtype, enabled=self._dtype is not torch.float32):
            found = self._module(input_ids=ids, attention_mask=mask)
        logits: Tensor = found if isinstance(found, Tensor) else found.logits
        return logits.float()


class Backend:
    """Tokenizer and network of one model folder."""

    def __init__(
        self, tokenizer: Tokenizer, network: Network, ngrams: NgramTable | None, folder: ModelFolder
    ) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._ngrams = ngrams
        # RoBERTa's kind keep two positions for themselves.
        positions = folder.config.get("max_position_embeddings") or folder.card.window + 2
        self._window = min(folder.card.window, positions - 2)
        self._max_windows = folder.card.max_windows
        self._order = list(folder.order)

    @classmethod
    def load(cls, folder: ModelFolder, *, exact: bool = False) -> "Backend":
        """Raises ModelError (exit 66) if tokenizer or weights cannot be read, do not fit or are not finite.

        `exact` does without 8-bit integers: what calibration and comparison need.
        """
        try:
            tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
            tensors = load_file(folder.path / WEIGHTS)
        except Exception as error:  # tokenizers raises bare Exception
            if is_out_of_memory(error):
                raise
            raise ModelError(
                f"{folder.path}: cannot be loaded ({error}); copy the whole model folder again"
            ) from error
        if not all(torch.isfinite(value).all() for value in tensors.values()):
            raise ModelError(
                f"{folder.path}: holds weights that are no finite numbers; copy the folder again"
            )
        tokenizer.encode_special_tokens = True  # "</s>" in a mention is text like any other
        tokenizer.no_truncation()
        tokenizer.no_padding()
        try:
            _check_pieces(tokenizer, folder.config)
            network = _network(folder, tensors, tokenizer, exact=exact)
            table = folder.path / NGRAMS
            ngrams = NgramTable.load(table, tokenizer) if table.is_file() else None
            backend = cls(tokenizer, network, ngrams, folder)
            if (
                folder.config.get("pooling") != POOLING
                and not np.isfinite(backend.logits(["", TRIAL])[0]).all()
            ):
                raise ValueError("what it reads in a text is no finite number")
        except Exception as error:  # transformers', by the kind of model: ImportError, TypeError, …
            if is_out_of_memory(error):
                raise
            line = (str(error).strip() or type(error).__name__).splitlines()[0].strip(" .:")
            raise ModelError(
                f"{folder.path}: its weights do not fit its configuration ({line}); give another with --model"
            ) from error
        return backend

    def logits(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Logits, shape (texts, 3) in the order negative, neutral, positive, and which texts were cut.

        A text longer than a window is read in windows of equal length whose logits are averaged; at most
        `max_windows` of them.
        """
        windows: list[list[int]] = []
        owner: list[int] = []
        truncated = np.zeros(len(texts), np.bool_)
        for index, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts))):
            pieces = list(self._split(encoding.ids))
            truncated[index] = len(pieces) > self._max_windows
            windows += pieces[: self._max_windows]
            owner += [index] * min(len(pieces), self._max_windows)
        total = np.zeros((len(texts), 3), np.float32)
        np.add.at(total, owner, self._read(windows))
        count = np.bincount(owner, minlength=len(texts)).astype(np.float32)
        return np.asarray(total / count[:, None], np.float32), truncated

    def ngram_scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Scores of the texts' word pieces, shape (texts, 3); zeros where the folder has no table of them."""
        if self._ngrams is None:
            return np.zeros((len(texts), 3), np.float32)
        return self._ngrams(texts)

    def _split(self, ids: list[int]) -> Iterator[list[int]]:
        if len(ids) <= self._window:
            yield ids
            return
        start, body, end = ids[0], ids[1:-1], ids[-1]
        parts = -(-len(body) // (self._window - 2))
        size = -(-len(body) // parts)
        for at in range(0, len(body), size):
            yield [start, *body[at : at + size], end]

    def _read(self, windows: Sequence[list[int]]) -> NDArray[np.float32]:
        logits = np.empty((len(windows), 3), np.float32)
        with torch.inference_mode():
            for batch in _batches([len(window) for window in windows]):
                logits[batch] = self._network([windows[index] for index in batch]).numpy()
        return logits[:, self._order]


def _check_pieces(tokenizer: Tokenizer, config: Mapping[str, Any]) -> None:
    """Raises ValueError if the tokenizer has a piece that the network has no row for."""
    last, rows = max(tokenizer.get_vocab().values(), default=0), config.get("vocab_size")
    if rows is not None and last >= rows:
        raise ValueError(f"tokenizer.json has pieces up to {last:,}, the vocabulary ends before {rows:,}")


def _network(
    folder: ModelFolder, tensors: Mapping[str, Tensor], tokenizer: Tokenizer, *, exact: bool
) -> Network:
    """8-bit integers for our own model where the processor has them, else transformers' modules."""
    pad = tokenizer.token_to_id(folder.config.get("pad_token", "<pad>")) or int(
        folder.config.get("pad_token_id") or 0
    )
    if folder.config.get("pooling") != POOLING:
        from transformers import AutoModelForSequenceClassification
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # Its report of what is missing is the ValueError below.
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        module, report = AutoModelForSequenceClassification.from_pretrained(
            folder.path,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        if missing := sorted(report["missing_keys"]):
            raise ValueError(f"{missing[0]} is missing")  # it would be drawn at random, anew each time
        return PaddedNetwork(module, pad)
    levels = weight_levels()
    if not exact and levels and (folder.path / ACTIVATIONS).is_file():
        return Int8Network(tensors, load_file(folder.path / ACTIVATIONS), folder.config, levels)
    from sentiment.network import SentimentModel

    return PaddedNetwork(SentimentModel.load(folder.path), pad)


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
