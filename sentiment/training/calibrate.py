"""Make the model folder that ships: weights, calibration per language, held-out confusion, checksums."""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from shutil import copyfile

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from sentiment.folder import ACTIVATIONS, CARD, ENGLISH, NGRAMS, WEIGHTS, Calibration
from sentiment.gloss import GRAMMARS, TABLES
from sentiment.metrics import Ints, confusion
from sentiment.network import SentimentModel
from sentiment.scorer import Scorer, relative_lengths
from sentiment.training.activations import measure
from sentiment.training.data import read_labelled, shuffled_batches
from sentiment.training.evaluate import HELD_OUT, read_held_out
from sentiment.training.ngrams import write_table
from sentiment.training.recipe import Recipe
from sentiment.training.train import encode, pad
from sentiment.training.vocabulary import pieces_of

Floats32 = NDArray[np.float32]
Evidence = tuple[Floats32, NDArray[np.float64], Ints]

_loss = functional.binary_cross_entropy_with_logits

PENALTY = 10.0
"""L2 on the biases, on the shares' distance from `EVEN_SHARES` and on the length's exponent, divided by the number of
rows: small sets must not move them, and no set has the user's priors."""
CONTRADICTING = {"hy": 200.0}
"""The biases' and shares' penalty where the sets' priors contradict each other: of the Armenian opinions three quarters
are positive in one set and an eighth in another, and a bias between them fits neither."""
EVEN_SHARES = 0.2, 0.8
"""Of the word pieces and of the English reader beside the network's reading of the text itself."""
SAMPLE = 60
"""Texts of each training set on which activations are measured."""
MEASURED = ("fi", "hy", "hy-Latn", "hy-Cyrl", "ru", "sv", "en")


def fit(sets: Sequence[Evidence], weight: float = PENALTY, own: Sequence[Evidence] = ()) -> Calibration:
    """The calibration that minimises the negative log-likelihood, the mean over sets, and `weight` × the penalty.

    A set is `Scorer.evidence`, shape (rows, 3, 3), `relative_lengths` and true classes, shape (rows,). Polarity is
    judged on the rows with an opinion, neutrality on the sets that have neutral rows and on `own`: our own Finnish and
    Armenian rows are nearest to mentions in how much is neutral, but one hand wrote what trained and what measures.
    """
    parameters = torch.tensor(
        [1.0, 0.0, 1.0, 0.0, *EVEN_SHARES, 0.0], dtype=torch.float64, requires_grad=True
    )
    even = torch.tensor(EVEN_SHARES, dtype=torch.float64)
    optimiser = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")
    tensors = [tuple(torch.from_numpy(part) for part in each) for each in (*sets, *own)]
    rows = sum(len(true) for *_, true in sets)

    def closure() -> Tensor:
        optimiser.zero_grad()
        scale, bias, neutral_scale, neutral_bias = parameters[:4]
        shares = torch.cat([torch.ones(1, dtype=torch.float64), parameters[4:6]])
        polarity, neutrality = [], []
        for at, (evidence, lengths, truth) in enumerate(tensors):
            negative, neutral, positive = torch.einsum("rsc,s->cr", evidence.double(), shares)
            opinion = truth != 1
            if at < len(sets):
                mood = (positive - negative) * scale * lengths ** -parameters[6] + bias
                polarity.append(_loss(mood[opinion], (truth == 2)[opinion].double()))
            if not opinion.all():
                calm = (neutral - torch.logaddexp(negative, positive)) * neutral_scale + neutral_bias
                neutrality.append(_loss(calm, (~opinion).double()))
        penalty = bias**2 + neutral_bias**2 + ((parameters[4:6] - even) ** 2).sum()
        loss: Tensor = (weight * penalty + PENALTY * parameters[6] ** 2) / rows + torch.stack(polarity).mean()
        if neutrality:
            loss = loss + torch.stack(neutrality).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found = Calibration(*(round(float(value), 4) for value in parameters.detach()))
    return found if any(evidence[:, 2].any() for evidence, *_ in sets) else replace(found, gloss=0.0)


def _unglossed(evidence: Evidence) -> Evidence:
    sources, lengths, true = evidence
    return np.concatenate([sources[:, :2], np.zeros_like(sources[:, 2:])], axis=1), lengths, true


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_card(out: Path, recipe: Recipe, **card: object) -> None:
    network = ("config.json", "tokenizer.json", WEIGHTS, ACTIVATIONS)
    files = (*network, NGRAMS, *(f"{ENGLISH}/{name}" for name in network))
    document = {
        "name": recipe.name,
        "window": recipe.window,
        "max_windows": recipe.max_windows,
        **card,
        "sha256": {name: _sha256(out / name) for name in files},
    }
    (out / CARD).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def package(recipe: Recipe, model: SentimentModel, base: Path, data: Path, out: Path) -> None:
    """Write a reader to the folder `out`: weights in bf16, tokenizer, activation ranges.

    A recipe with word pieces makes a model folder: their scores and the card of `calibrate` too. The reader of English
    lies in it already.
    """
    model.save(out)
    copyfile(base / "tokenizer.json", out / "tokenizer.json")
    pieces = pieces_of(json.loads((out / "tokenizer.json").read_text("utf-8")))
    pad_token = pieces[model.encoder.config.pad_token_id or 0]
    (out / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "pad_token": pad_token}
        )
        + "\n"
    )
    _measure_activations(recipe, data, out)
    if recipe.ngram_sets:
        fit_ngrams(recipe, data, out)
        calibrate(recipe, data, out)
    for file in out.iterdir():
        if file.is_file():
            file.chmod(0o644)


def fit_ngrams(recipe: Recipe, data: Path, out: Path) -> None:
    """Write the scores of word pieces of the folder `out`, and a card that waits for `calibrate`."""
    write_table(recipe, out / "tokenizer.json", data, out / NGRAMS)
    _write_card(out, recipe)


def measure_activations(recipe: Recipe, english: Recipe, data: Path, out: Path) -> None:
    """Write the ranges of activations of both readers in `out`, and a card that waits for `calibrate`."""
    _measure_activations(recipe, data, out)
    _measure_activations(english, data, out / ENGLISH)
    _write_card(out, recipe)


def calibrate(recipe: Recipe, data: Path, out: Path) -> None:
    """Write arvio.json of the folder `out`: checksums, and calibration and confusion tables of the held-out sets."""
    scorer = Scorer.load(out)
    sets: dict[str, list[Evidence]] = defaultdict(list)
    own: dict[str, list[Evidence]] = defaultdict(list)
    for held in HELD_OUT:
        texts, true = read_held_out(data, held)
        (sets if held.calibrates else own)[held.language].append(
            (scorer.evidence(texts, held.language), relative_lengths(texts), true)
        )
    sets["hy-Latn"] += sets["hy"]  # sixty comments alone would make it far too sure of itself
    calibration = {
        language: fit(each, CONTRADICTING.get(language, PENALTY), own[language])
        for language, each in sets.items()
    }
    calibration["hy-Cyrl"] = calibration["hy"]
    calibration["default"] = fit([_unglossed(each) for language in ("fi", "hy") for each in sets[language]])
    card: dict[str, object] = {
        "languages": MEASURED,
        "calibration": {name: asdict(each) for name, each in calibration.items()},
        "glosses": {language: _sha256(TABLES / f"{language}.tsv") for language in GRAMMARS},
    }
    _write_card(out, recipe, **card)
    _write_card(out, recipe, **card, confusion=_confusions(Scorer.load(out), data))


def _measure_activations(recipe: Recipe, data: Path, out: Path) -> None:
    """Measure activations on a sample of the last stage's training texts."""
    rng = random.Random(recipe.seed)
    rows = [
        row for each in recipe.stages[-1].sets for row in rng.sample(read_labelled(data, each, rng), SAMPLE)
    ]
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    ids = encode(tokenizer, [row.text for row in rows], recipe.window)
    batches = shuffled_batches([len(each) for each in ids], 4096, rng)
    ranges = measure(SentimentModel.load(out), (pad([ids[index] for index in batch]) for batch in batches))
    save_file({name: value.half().contiguous() for name, value in ranges.items()}, out / ACTIVATIONS)


def _confusions(scorer: Scorer, data: Path) -> dict[str, dict[str, list[list[int]]]]:
    """For each language the counts, true class by read class, of each held-out set."""
    tables: dict[str, dict[str, Ints]] = defaultdict(dict)
    for held in HELD_OUT:
        texts, true = read_held_out(data, held)
        found = np.array(
            [reading.label_index for reading in scorer.read(texts, [held.language] * len(texts))]
        )
        tables[held.language][held.name] = confusion(true, found)
    tables["hy-Latn"] = tables["hy-Cyrl"] = tables["hy"] | tables["hy-Latn"]
    return {
        language: {name: table.tolist() for name, table in sets.items()} for language, sets in tables.items()
    }
