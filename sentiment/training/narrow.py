"""Cut the encoder's MLPs to the neurons that say most: a narrower network of the same kind, sooner done.

What a neuron adds to a layer's output is its activation times its row of weights. Where the activation hardly varies,
that is a constant: those neurons of the smallest variance · |weights|² go, and the bias takes over their mean
(fluctuation-based pruning with bias compensation, An et al., AAAI 2024, "FLAP").
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sentiment.network import SentimentModel

State = dict[str, Tensor]


@dataclass(frozen=True)
class Cut:
    """For each layer the neurons that stay, shape (layers, width), and the mean of all, shape (layers, neurons)."""

    kept: Tensor
    means: Tensor

    def apply(self, state: State) -> State:
        """The tensors of a `SentimentModel` with narrower MLPs, and biases that make up for what went.

        What is that narrow already comes back as it is.
        """
        if len(state[f"{_names(0)[0]}.bias"]) == self.kept.shape[1]:
            return state
        narrow = dict(state)
        for layer, (kept, mean) in enumerate(zip(self.kept, self.means, strict=True)):
            inner, outer = _names(layer)
            gone = torch.ones_like(mean, dtype=torch.bool).index_fill(0, kept, False)
            weight = state[f"{outer}.weight"]
            narrow[f"{inner}.weight"] = state[f"{inner}.weight"][kept]
            narrow[f"{inner}.bias"] = state[f"{inner}.bias"][kept]
            narrow[f"{outer}.weight"] = weight[:, kept].contiguous()
            narrow[f"{outer}.bias"] = state[f"{outer}.bias"] + weight[:, gone] @ mean[gone]
        return narrow


def _names(layer: int) -> tuple[str, str]:
    name = f"encoder.encoder.layer.{layer}"
    return f"{name}.intermediate.dense", f"{name}.output.dense"


def choose(model: SentimentModel, batches: Iterable[tuple[Tensor, Tensor]], width: int) -> Cut:
    """The `width` neurons of each layer to keep, by what they add over batches of (ids, mask)."""
    layers = range(model.encoder.config.num_hidden_layers)
    sums: list[Tensor] = [torch.zeros(2, model.encoder.config.intermediate_size).double() for _ in layers]
    count = 0
    masks: list[Tensor] = []

    def add(layer: int, value: Tensor) -> None:
        seen = value[masks[-1].bool()].double()
        sums[layer] += torch.stack([seen.sum(0), (seen**2).sum(0)])

    handles = [
        model.get_submodule(_names(layer)[1]).register_forward_pre_hook(
            lambda _, args, layer=layer: add(layer, args[0])
        )
        for layer in layers
    ]
    model.eval()
    with torch.inference_mode():
        for ids, mask in batches:
            masks.append(mask)
            count += int(mask.sum())
            model(ids, mask)
    for handle in handles:
        handle.remove()
    means = torch.stack([first / count for first, _ in sums])
    variances = torch.stack([second / count for _, second in sums]) - means**2
    weights = torch.stack([model.state_dict()[f"{_names(layer)[1]}.weight"] for layer in layers])
    strongest = (variances * weights.double().pow(2).sum(1)).topk(width).indices
    return Cut(strongest.sort().values, means.float())


def load_tensors(model: SentimentModel, state: State) -> None:
    """Load `state` into `model`, whose MLPs take the width that it has."""
    width = len(state[f"{_names(0)[0]}.bias"])
    if width != model.encoder.config.intermediate_size:
        hidden = model.encoder.config.hidden_size
        for layer in range(model.encoder.config.num_hidden_layers):
            inner, outer = _names(layer)
            model.set_submodule(inner, nn.Linear(hidden, width))
            model.set_submodule(outer, nn.Linear(width, hidden))
        model.encoder.config.intermediate_size = width
    model.load_state_dict(state)
