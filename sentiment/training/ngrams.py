"""Fit the table of word-piece scores: multinomial logistic regression on labelled rows."""

import random
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from sentiment.ngrams import BITS, text_buckets
from sentiment.training.data import Row, read_labelled
from sentiment.training.recipe import Recipe
from sentiment.training.train import label_loss

INVERSE_PENALTY = 8.0
"""C of the L2 penalty |w|² / 2C beside the summed loss; 4 and 16 read the development sets no better."""
STEPS = 80


def fit_table(rows: list[Row], tokenizer: Tokenizer) -> Tensor:
    """Scores of each bucket, shape (2¹⁹, 3), by L-BFGS over all rows at once."""
    found = text_buckets(tokenizer, [row.text for row in rows])
    indices = torch.from_numpy(np.concatenate(found))
    sizes = torch.tensor([len(each) for each in found])
    offsets = sizes.cumsum(0) - sizes
    weights = (1 / sizes.sqrt()).repeat_interleave(sizes)
    scores = torch.zeros(2**BITS, 3, requires_grad=True)
    total = sum(row.weight for row in rows)
    optimiser = torch.optim.LBFGS([scores], max_iter=STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        logits = functional.embedding_bag(indices, scores, offsets, mode="sum", per_sample_weights=weights)
        loss = label_loss(logits, rows) + (scores**2).sum() / (2 * INVERSE_PENALTY * total)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return scores.detach()


def write_table(recipe: Recipe, tokenizer: Path, data: Path, path: Path) -> None:
    """Fit on the recipe's sets and write `path` in fp16."""
    rng = random.Random(recipe.seed)
    rows = [row for each in recipe.ngram_sets for row in read_labelled(data, each, rng)]
    reader = Tokenizer.from_file(str(tokenizer))
    reader.encode_special_tokens = True
    save_file({"scores": fit_table(rows, reader).half().contiguous()}, path)
