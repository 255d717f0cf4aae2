"""Cut a Unigram vocabulary to what the languages need, and the embedding rows with it."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertModel

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
SCRIPTS = ("LATIN", "CYRILLIC", "ARMENIAN")


def _is_armenian(piece: str) -> bool:
    return any("\u0530" <= char <= "\u058f" or "\ufb13" <= char <= "\ufb17" for char in piece)


def _is_needed_char(piece: str) -> bool:
    """A single character of our scripts, a digit, a mark or a sign: without it text becomes <unk>."""
    char = piece.removeprefix("▁")
    if len(char) != 1:
        return piece == "▁"
    if unicodedata.category(char)[0] in "PSNZ":
        return True
    return unicodedata.name(char, "").startswith(SCRIPTS)


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each piece id is used when `texts` are tokenised."""
    counts: Counter[int] = Counter()
    batch: list[str] = []

    def flush() -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            counts.update(encoding.ids)
        batch.clear()

    for text in texts:
        batch.append(text)
        if len(batch) == 4096:
            flush()
    flush()
    return counts


def choose_pieces(vocabulary: list[list[Any]], counts: Counter[int], size: int) -> list[int]:
    """Ids to keep, in their old order: specials, Armenian, single characters, then the most used up to `size`."""
    keep = set()
    for index, (piece, _) in enumerate(vocabulary):
        if piece in SPECIAL or piece == MASK or _is_armenian(piece) or _is_needed_char(piece):
            keep.add(index)
    by_use = sorted(
        (index for index in range(len(vocabulary)) if index not in keep and counts[index]),
        key=lambda index: (-counts[index], index),
    )
    keep.update(by_use[: max(0, size - len(keep))])
    return sorted(keep)


def cut_tokenizer(tokenizer_json: dict[str, Any], keep: list[int]) -> dict[str, Any]:
    """The tokenizer with only the pieces `keep`, renumbered; <mask> stays the last."""
    vocabulary = tokenizer_json["model"]["vocab"]
    kept = [vocabulary[index] for index in keep]
    position = {piece: index for index, (piece, _) in enumerate(kept)}
    added = [token | {"id": position[token["content"]]} for token in tokenizer_json["added_tokens"]]
    result: dict[str, Any] = json.loads(json.dumps({k: v for k, v in tokenizer_json.items() if k != "model"}))
    result["added_tokens"] = added
    result["model"] = tokenizer_json["model"] | {"vocab": kept}
    return result


def cut_embeddings(model: BertModel, keep: list[int]) -> None:
    """Keep the rows `keep` of the word embeddings, in place."""
    old = model.embeddings.word_embeddings
    new = torch.nn.Embedding(len(keep), old.embedding_dim, padding_idx=model.config.pad_token_id)
    with torch.no_grad():
        new.weight.copy_(old.weight[torch.tensor(keep)])
    model.embeddings.word_embeddings = new
    model.config.vocab_size = len(keep)
