"""Measure the ranges of activations that the 8-bit network needs."""

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
    """Lowest and highest activations at each point of each layer over batches of (ids, mask), by "LAYER.POINT".

    Per channel: shape (2, hidden) before the linear layers, (2, intermediate) inside the MLP.
    """
    found: dict[str, Tensor] = {}
    masks: list[Tensor] = []

    def keep(name: str, value: Tensor) -> None:
        seen = value[masks[-1].bool()].float()
        if name in found:
            seen = torch.cat([found[name], seen])
        found[name] = torch.stack(seen.aminmax(dim=0))

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
