"""Train the network by a recipe: stages in order, resumable, every run's figures logged."""

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from sentiment.network import SentimentModel
from sentiment.training.data import Row, has_armenian_letters, read_labelled, shuffled_batches
from sentiment.training.narrow import load_weights, narrow
from sentiment.training.recipe import Recipe, Stage

PREPARED = "prepared"
"""The name, in a recipe's `keep`, of the weights before the first stage."""
PAD = 1
"""Fills sequences up, behind the mask: any piece would do."""
CHECKPOINT_STEPS = 200
REPORT_STEPS = 25
CUT_TOKENS = 120_000
"""Tokens on which MLPs are cut, as many from each set of the stage: else small languages would count for little."""
MASKED = -30.0
"""Logit that stands for "this class cannot be" in rows of two-class sets."""


def half_precision() -> torch.autocast:
    """bf16 autocast where the processor multiplies in it; elsewhere bf16 is emulated and many times slower."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())


@dataclass
class Progress:
    """Where a run stands: enough to go on after a kill."""

    stage: int = 0
    step: int = 0

    def save(self, folder: Path, model: SentimentModel, optimiser: torch.optim.Optimizer) -> None:
        """Write weights, optimiser and position; the position last, so that it never runs ahead."""
        save_file(
            {key: value.contiguous() for key, value in model.state_dict().items()}, folder / "weights.tmp"
        )
        save_file(_optimiser_tensors(optimiser), folder / "optimiser.tmp")
        (folder / "weights.tmp").replace(folder / "weights.safetensors")
        (folder / "optimiser.tmp").replace(folder / "optimiser.safetensors")
        (folder / "progress.json").write_text(json.dumps({"stage": self.stage, "step": self.step}))

    @classmethod
    def read(cls, folder: Path) -> "Progress | None":
        """The saved position, None if nothing is saved."""
        path = folder / "progress.json"
        return cls(**json.loads(path.read_text())) if path.exists() else None


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimiser.state_dict()["state"]
    return {
        f"{index}.{name}": value.clone().contiguous()
        for index, values in state.items()
        for name, value in values.items()
    }


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})


def pad(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Token ids and mask, each of shape (sequences, longest)."""
    ids = torch.full((len(sequences), max(map(len, sequences))), PAD)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    return ids, mask


def encode(tokenizer: Tokenizer, texts: list[str], longest: int) -> list[list[int]]:
    """Token ids of each text, cut to `longest` with the end mark kept."""
    return [
        ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]
        for ids in (encoding.ids for encoding in tokenizer.encode_batch_fast(texts))
    ]


def label_loss(logits: Tensor, rows: list[Row]) -> Tensor:
    """Weighted cross-entropy; rows of two-class sets say nothing of neutral."""
    two_class = torch.tensor([row.two_class for row in rows])
    neutral = logits[:, 1].masked_fill(two_class, MASKED)
    logits = torch.stack([logits[:, 0], neutral, logits[:, 2]], dim=1)
    weight = torch.tensor([row.weight for row in rows])
    each = functional.cross_entropy(logits, torch.tensor([row.label for row in rows]), reduction="none")
    return (each * weight).sum() / weight.sum()


def batch_loss(model: SentimentModel, rows: list[Row], ids: list[list[int]]) -> Tensor:
    """What the labels of a batch cost."""
    with half_precision():
        logits = model(*pad(ids)).float()
    return label_loss(logits, rows)


def train_stage(
    model: SentimentModel,
    tokenizer: Tokenizer,
    recipe: Recipe,
    number: int,
    data: Path,
    out: Path,
    start: int,
) -> None:
    """Run one stage from step `start`, in place. AdamW, linear warm-up and decay, clip 1.0."""
    stage = recipe.stages[number]
    seed = recipe.seed if stage.seed is None else stage.seed
    rng = random.Random(f"{seed}:{stage.name}")
    torch.manual_seed(seed)
    sets = [read_labelled(data, each, rng) for each in stage.sets]
    rows = [row for each in sets for row in each]
    ids = encode(tokenizer, [row.text for row in rows], stage.longest)
    print(
        f"{stage.name}: {len(rows):,} rows, {sum(map(len, ids)) / len(ids):.1f} tokens on average", flush=True
    )
    lengths = [len(each) for each in ids]
    batches = shuffled_batches(lengths, stage.tokens, rng)

    model.eval()  # one or two passes do not overfit, and dropout slows them down
    if stage.neurons and not start:
        ends = accumulate(map(len, sets))
        _narrow(model, [ids[end - len(each) : end] for each, end in zip(sets, ends, strict=True)], stage)

    model.encoder.embeddings.requires_grad_(stage.embeddings)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [{"params": parameters, "weight_decay": 0.01}]
    peaks = [stage.rate]
    if stage.pieces_rate is not None:
        groups.append({"params": [_armenian_pieces(model, tokenizer)], "weight_decay": 0.0})
        peaks.append(stage.pieces_rate)
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, fused=True)
    if start:
        _restore(optimiser, load_file(out / "optimiser.safetensors"))
    mean, begun, seen = 0.0, time.monotonic(), 0
    for step, batch in enumerate(batches):
        if step < start:
            continue
        warm = (step + 1) / (recipe.warm_up * len(batches))
        share = min(1.0, warm, (len(batches) - step) / (len(batches) * (1 - recipe.warm_up)))
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * share
        loss = batch_loss(model, [rows[index] for index in batch], [ids[index] for index in batch])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        seen += len(batch)
        mean = loss.item() if step == start else 0.98 * mean + 0.02 * loss.item()
        if (step + 1) % REPORT_STEPS == 0:
            rate = seen / (time.monotonic() - begun)
            left = (len(batches) - step - 1) * seen / (step + 1 - start) / rate / 60
            print(
                f"{stage.name} {step + 1}/{len(batches)} loss {mean:.4f}, {rate:.0f} texts/s, {left:.0f} min left",
                flush=True,
            )
        if (step + 1) % CHECKPOINT_STEPS == 0:
            Progress(number, step + 1).save(out, model, optimiser)
    _mix(model, stage.keep, out)
    _save_end(model, stage.name, recipe, out)
    Progress(number + 1, 0).save(out, model, optimiser)


def sample_evenly(sets: list[list[list[int]]], tokens: int, rng: random.Random) -> list[list[int]]:
    """Random sequences of each set, of at most `tokens` / sets tokens each."""
    sample = []
    for sequences in sets:
        mixed = rng.sample(sequences, len(sequences))
        ends = accumulate(map(len, mixed))
        sample += [each for each, end in zip(mixed, ends, strict=True) if end <= tokens / len(sets)]
    return sample


def _narrow(model: SentimentModel, sets: list[list[list[int]]], stage: Stage) -> None:
    assert stage.neurons
    rng = random.Random(0)
    sample = sample_evenly(sets, CUT_TOKENS, rng)
    batches = shuffled_batches([len(each) for each in sample], stage.tokens, rng)
    lost = narrow(model, (pad([sample[index] for index in batch]) for batch in batches), stage.neurons)
    print(f"{stage.name}: MLPs cut to {stage.neurons:,} neurons, which leave", end=" ", flush=True)
    print(" ".join(f"{share:.2%}" for share in lost), "of the layers' variance unexplained", flush=True)


def _armenian_pieces(model: SentimentModel, tokenizer: Tokenizer) -> Tensor:
    """The embeddings, of which the rows of pieces with Armenian letters learn."""
    weight = model.encoder.embeddings.word_embeddings.weight
    pieces = (tokenizer.id_to_token(index) or "" for index in range(len(weight)))
    learns = torch.tensor([[has_armenian_letters(piece)] for piece in pieces])
    weight.requires_grad_(True)
    weight.register_hook(lambda gradient: gradient * learns)  # type: ignore[no-untyped-call]
    return weight


def _save_end(model: SentimentModel, stage: str, recipe: Recipe, out: Path) -> None:
    if any(stage in other.keep for other in recipe.stages):
        save_file({name: value.clone() for name, value in model.state_dict().items()}, out / f"{stage}.end")


def _mix(model: SentimentModel, keep: Mapping[str, float], out: Path) -> None:
    own = 1 - sum(keep.values())
    mean = {name: own * value for name, value in model.state_dict().items()}
    for stage, share in keep.items():
        for name, value in load_file(out / f"{stage}.end").items():
            mean[name] += share * value
    model.load_state_dict(mean)


def train(
    recipe: Recipe, base: Path, data: Path, out: Path, *, first: str | None = None, until: int | None = None
) -> SentimentModel:
    """Stages of the recipe from the weights in `base`, all or from the one called `first`.

    Goes on where an earlier run in `out` stopped. Raises ValueError if no stage is called `first`.
    """
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    model = SentimentModel.load(base)
    progress = Progress.read(out)
    if progress:
        load_weights(model, load_file(out / "weights.safetensors"))
    else:
        names = [stage.name for stage in recipe.stages]
        progress = Progress(names.index(first) if first else 0)
        _save_end(model, names[progress.stage - 1] if progress.stage else PREPARED, recipe, out)
    # The fused kernel's backward pass takes longer than all the rest of a step on short texts.
    with sdpa_kernel(SDPBackend.MATH):
        for number in range(progress.stage, until or len(recipe.stages)):
            start = progress.step if number == progress.stage else 0
            train_stage(model, tokenizer, recipe, number, data, out, start)
    return model
