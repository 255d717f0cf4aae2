"""The prepared base: encoder and tokenizer with the vocabulary cut to what the languages need."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer

from sentiment.network import SentimentModel
from sentiment.training.base import load_base
from sentiment.training.data import CORPUS, read_table
from sentiment.training.recipe import Recipe
from sentiment.training.vocabulary import choose_pieces, count_pieces, cut_embeddings, cut_tokenizer

CORE_WEIGHT = 4
"""A piece seen in our own languages counts as much as one seen four times in the others."""
TEXT_COLUMNS = ("text", "hy", "en", "fi")


def _texts(data: Path, folders: tuple[str, ...], core: bool) -> Iterator[str]:
    """Texts that may inform the vocabulary: no development file, no development split."""
    for path in sorted(data.glob("*/*.gz")):
        if path.name.endswith("_dev.tsv.gz") or (path.parent.name in folders) != core:
            continue
        for row in read_table(path):
            if row.get("split") != "dev":
                yield from (row[column] for column in TEXT_COLUMNS if row.get(column))
    if core:
        for path in sorted(CORPUS.glob("*.tsv")):
            yield from (row["text"] for row in read_table(path) if "text" in row)


def prepare_base(recipe: Recipe, base: str, tokenizer_path: Path, data: Path, out: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json of the untrained model to `out`."""
    full = Tokenizer.from_file(str(tokenizer_path))
    layout = json.loads(tokenizer_path.read_text("utf-8"))
    core = count_pieces(full, _texts(data, recipe.core_folders, core=True))
    rest = count_pieces(full, _texts(data, recipe.core_folders, core=False))
    counts = Counter({piece: CORE_WEIGHT * core[piece] + rest[piece] for piece in core | rest})
    keep = choose_pieces(layout["model"]["vocab"], counts, recipe.vocabulary)
    encoder = load_base(base)
    cut_embeddings(encoder, keep)
    torch.manual_seed(recipe.seed)
    SentimentModel(encoder).save(out)
    (out / "tokenizer.json").write_text(json.dumps(cut_tokenizer(layout, keep), ensure_ascii=False), "utf-8")
    unseen = sum(count for piece, count in counts.items() if piece not in set(keep))
    print(
        f"{len(keep):,} of {len(layout['model']['vocab']):,} pieces; {unseen / counts.total():.2%} of uses are cut"
    )
