"""Cut a tokenizer's vocabulary to what the languages need, and the embedding rows with it."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertModel

SCRIPTS = ("LATIN", "CYRILLIC", "ARMENIAN")
WORD, INSIDE = "▁", "##"
"""What marks a piece as the beginning of a word (Unigram) or as the inside of one (WordPiece)."""


def _is_armenian(piece: str) -> bool:
    return any("\u0530" <= char <= "\u058f" or "\ufb13" <= char <= "\ufb17" for char in piece)


def _is_needed_char(piece: str, joint: str) -> bool:
    """A single character of our scripts, a digit, a mark or a sign: without it text becomes unknown."""
    char = piece.removeprefix(joint)
    if len(char) != 1:
        return piece == WORD
    if unicodedata.category(char)[0] in "PSNZ":
        return True
    return unicodedata.name(char, "").startswith(SCRIPTS)


def pieces_of(layout: dict[str, Any]) -> list[str]:
    """The pieces of a tokenizer.json, a Unigram's or a WordPiece's, by their ids."""
    vocabulary = layout["model"]["vocab"]
    if isinstance(vocabulary, dict):
        return sorted(vocabulary, key=vocabulary.__getitem__)
    return [piece for piece, _ in vocabulary]


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


def choose_pieces(layout: dict[str, Any], counts: Counter[int], size: int) -> list[int]:
    """Ids to keep, in their old order: specials, Armenian, single characters, then the most used up to `size`."""
    specials = {token["content"] for token in layout["added_tokens"]}
    joint = INSIDE if isinstance(layout["model"]["vocab"], dict) else WORD
    keep = {
        index
        for index, piece in enumerate(pieces_of(layout))
        if piece in specials or _is_armenian(piece) or _is_needed_char(piece, joint)
    }
    by_use = sorted(counts.keys() - keep, key=lambda index: (-counts[index], index))
    keep.update(by_use[: max(0, size - len(keep))])
    return sorted(keep)


def cut_tokenizer(layout: dict[str, Any], keep: list[int]) -> dict[str, Any]:
    """The tokenizer.json with only the pieces `keep`, renumbered in their order."""
    result: dict[str, Any] = json.loads(json.dumps(layout))
    pieces = pieces_of(layout)
    position = {pieces[index]: new for new, index in enumerate(keep)}
    for token in result["added_tokens"]:
        token["id"] = position[token["content"]]
    for name, mark in result["post_processor"]["special_tokens"].items():
        mark["ids"] = [position[name]]
    vocabulary = result["model"]["vocab"]
    result["model"]["vocab"] = (
        position if isinstance(vocabulary, dict) else [vocabulary[index] for index in keep]
    )
    return result


def cut_embeddings(model: BertModel, keep: list[int]) -> None:
    """Keep the rows `keep` of the word embeddings, in place."""
    old = model.embeddings.word_embeddings
    new = torch.nn.Embedding(len(keep), old.embedding_dim, padding_idx=model.config.pad_token_id)
    with torch.no_grad():
        new.weight.copy_(old.weight[torch.tensor(keep)])
    model.embeddings.word_embeddings = new
    model.config.vocab_size = len(keep)
