"""Make the model folder that ships: weights, calibration per language, held-out confusion, checksums."""

import hashlib
import json
import random
from collections import defaultdict
from pathlib import Path
from shutil import copyfile

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from sentiment.folder import CARD, SCALES, WEIGHTS, Calibration
from sentiment.metrics import Ints, confusion
from sentiment.network import SentimentModel
from sentiment.scorer import Scorer
from sentiment.training.data import read_labelled, shuffled_batches
from sentiment.training.evaluate import HELD_OUT, read_held_out
from sentiment.training.recipe import Recipe
from sentiment.training.scales import measure
from sentiment.training.train import encode, pad

Floats32 = NDArray[np.float32]

BIAS_PENALTY = 20.0
"""L2 on the bias, divided by the number of rows: small sets must not move it, and no set has the user's priors."""
SAMPLE = 60
"""Texts of each training set on which activations are measured."""
MEASURED = ("fi", "hy", "hy-Latn", "hy-Cyrl", "ru", "sv", "en")


def fit(sets: list[tuple[Floats32, Ints]]) -> Calibration:
    """Temperature and bias that minimise the mean over sets of the negative log-likelihood (Guo et al., 2017).

    A set without neutral rows is judged on its two classes alone.
    """
    scale = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([scale, bias], max_iter=200, line_search_fn="strong_wolfe")

    rows = sum(len(true) for _, true in sets)

    def loss() -> Tensor:
        total = BIAS_PENALTY / rows * (bias**2).sum()
        for logits, true in sets:
            shown = torch.from_numpy(logits).double() * scale.exp() + bias
            if not (true == 1).any():
                shown = torch.stack([shown[:, 0], shown[:, 1] - 30, shown[:, 2]], 1)
            total = total + torch.nn.functional.cross_entropy(shown, torch.from_numpy(true)) / len(sets)
        return total

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    negative, neutral, positive = (round(float(value), 4) for value in bias.detach() - bias.detach().mean())
    return Calibration(round(float(torch.exp(-scale.detach())), 4), (negative, neutral, positive))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_card(out: Path, recipe: Recipe, **card: object) -> None:
    files = ("config.json", "tokenizer.json", WEIGHTS, SCALES)
    document = {
        "name": recipe.name,
        "window": recipe.window,
        "max_windows": recipe.max_windows,
        **card,
        "sha256": {name: _sha256(out / name) for name in files},
    }
    (out / CARD).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def package(recipe: Recipe, model: SentimentModel, base: Path, data: Path, out: Path) -> None:
    """Write the folder `out`: weights in bf16, tokenizer, arvio.json with calibration and confusion tables."""
    model.save(out)
    copyfile(base / "tokenizer.json", out / "tokenizer.json")
    (out / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "pad_token": "<pad>"}
        )
        + "\n"
    )
    _write_scales(recipe, base, data, out)
    for file in out.iterdir():
        file.chmod(0o644)
    _write_card(out, recipe)
    scorer = Scorer.load(out)
    sets = defaultdict(list)
    for held in HELD_OUT:
        if held.calibrates:
            texts, true = read_held_out(data, held)
            sets[held.language].append((scorer.logits(texts, held.language), true))
    calibration = {language: fit(each) for language, each in sets.items()}
    calibration["hy-Cyrl"] = calibration["hy"]
    calibration["default"] = fit([pair for language in ("fi", "hy") for pair in sets[language]])
    table = {name: {"temperature": each.temperature, "bias": each.bias} for name, each in calibration.items()}
    _write_card(out, recipe, languages=MEASURED, calibration=table)
    _write_card(
        out, recipe, languages=MEASURED, calibration=table, confusion=_confusions(Scorer.load(out), data)
    )


def _write_scales(recipe: Recipe, base: Path, data: Path, out: Path) -> None:
    """Measure activations on a sample of the last stage's training texts."""
    rng = random.Random(recipe.seed)
    rows = [
        row for each in recipe.stages[-1].sets for row in rng.sample(read_labelled(data, each, rng), SAMPLE)
    ]
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    ids = encode(tokenizer, [row.text for row in rows], recipe.window)
    batches = shuffled_batches([len(each) for each in ids], 4096, rng)
    scales = measure(SentimentModel.load(out), (pad([ids[index] for index in batch]) for batch in batches))
    save_file({name: value.contiguous() for name, value in scales.items()}, out / SCALES)


def _confusions(scorer: Scorer, data: Path) -> dict[str, dict[str, list[list[int]]]]:
    tables: dict[str, dict[str, Ints]] = defaultdict(dict)
    for held in HELD_OUT:
        texts, true = read_held_out(data, held)
        found = np.array(
            [reading.label_index for reading in scorer.read(texts, [held.language] * len(texts))]
        )
        counts = confusion(true, found)
        kinds = tables[held.language]
        for kind in {held.kind, "all"}:
            kinds[kind] = kinds.get(kind, np.zeros((3, 3), np.int64)) + counts
    tables["hy-Cyrl"] = tables["hy-Latn"]  # too little text of its own; both are read through respelling
    return {
        language: {kind: kinds[kind].tolist() for kind in sorted(kinds)} for language, kinds in tables.items()
    }
