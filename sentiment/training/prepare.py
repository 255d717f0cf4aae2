"""The prepared base: encoder and tokenizer with the vocabulary cut to what a reader's texts need."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer

from sentiment.folder import POOLING
from sentiment.network import SentimentModel
from sentiment.training.base import load_base
from sentiment.training.data import CORPUS, read_labelled, read_table
from sentiment.training.recipe import Recipe
from sentiment.training.vocabulary import (
    choose_pieces,
    count_pieces,
    cut_embeddings,
    cut_tokenizer,
    pieces_of,
)

TEXT_COLUMNS = ("text", "hy", "en", "fi")


def _texts(recipe: Recipe, data: Path) -> Iterator[str]:
    """Texts that decide which pieces stay: no development file, no development split.

    All of the recipe's folders and our own corpus, or, where it names no folders, the rows of its stages.
    """
    if not recipe.core_folders:
        rng = random.Random(recipe.seed)
        for stage in recipe.stages:
            for each in stage.sets:
                yield from (row.text for row in read_labelled(data, each, rng))
        return
    for path in sorted(data.glob("*/*.gz")):
        if path.parent.name in recipe.core_folders and not path.name.endswith("_dev.tsv.gz"):
            for row in read_table(path):
                if row.get("split") != "dev":
                    yield from (row[column] for column in TEXT_COLUMNS if row.get(column))
    for path in sorted(CORPUS.glob("*.tsv")):
        yield from (row["text"] for row in read_table(path) if "text" in row)


def _load(base: str) -> SentimentModel:
    """A packaged model with its head, or a pretrained encoder with a new one."""
    config = Path(base) / "config.json"
    if config.is_file() and json.loads(config.read_text("utf-8")).get("pooling") == POOLING:
        return SentimentModel.load(Path(base))
    return SentimentModel(load_base(base))


def prepare_base(recipe: Recipe, base: str, tokenizer_path: Path, data: Path, out: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json of the model to train to `out`."""
    full = Tokenizer.from_file(str(tokenizer_path))
    full.no_truncation()
    full.no_padding()
    layout = json.loads(tokenizer_path.read_text("utf-8")) | {"truncation": None, "padding": None}
    counts = count_pieces(full, _texts(recipe, data))
    keep = choose_pieces(layout, counts, recipe.vocabulary)
    torch.manual_seed(recipe.seed)
    model = _load(base)
    cut_embeddings(model.encoder, keep)
    model.save(out)
    (out / "tokenizer.json").write_text(json.dumps(cut_tokenizer(layout, keep), ensure_ascii=False), "utf-8")
    cut = counts.keys() - set(keep)
    share = sum(counts[piece] for piece in cut) / counts.total()
    print(f"{len(keep):,} of {len(pieces_of(layout)):,} pieces; {share:.2%} of uses are cut")
