"""Measure the activation scales that the 8-bit network needs."""

from collections.abc import Iterable

import torch
from torch import Tensor

from sentiment.network import SentimentModel

PARTS = {
    "attention": "attention.self.query",
    "context": "attention.output.dense",
    "feed": "intermediate.dense",
    "middle": "output.dense",
}
"""Where activations are quantised in a layer, and the linear layer that takes them."""


def measure(model: SentimentModel, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Largest magnitudes at each point of each layer over batches of (ids, mask), by "LAYER.POINT".

    Per channel: shape (hidden,) before the linear layers, (intermediate,) inside the MLP.
    """
    found: dict[str, Tensor] = {}
    masks: list[Tensor] = []

    def keep(name: str, value: Tensor) -> None:
        largest = value[masks[-1].bool()].abs().float().amax(0)
        found[name] = torch.maximum(found[name], largest) if name in found else largest

    handles = []
    for number in range(model.encoder.config.num_hidden_layers):
        for point, part in PARTS.items():
            module = model.encoder.get_submodule(f"encoder.layer.{number}.{part}")
            name = f"{number}.{point}"
            handles.append(module.register_forward_pre_hook(lambda _, args, name=name: keep(name, args[0])))
    with torch.inference_mode():
        for ids, mask in batches:
            masks.append(mask)
            model(ids, mask)
    for handle in handles:
        handle.remove()
    return found
