"""Cut the encoder's MLPs to the neurons that the others can least replace: a narrower network, sooner done.

Neurons go one by one, always the one whose loss changes the layer's output least once the remaining weights have
made up for it: the Optimal Brain Surgeon (Hassibi & Stork, NIPS 1992) on each layer's least squares, whole neurons at
a time (Kurtić et al., NeurIPS 2023, "ZipLM"). A layer is cut on what the layers cut before it give.
"""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from sentiment.network import SentimentModel

INNER, OUTER = "intermediate.dense", "output.dense"
DAMPING = 1e-3
"""Share of its variance that is added to each neuron's: keeps the inverse steady where neurons say the same."""


def narrow(model: SentimentModel, batches: Iterable[tuple[Tensor, Tensor]], width: int) -> list[float]:
    """Cut each layer's MLP in place to `width` neurons, fitted on batches of (ids, mask), each (sequences, tokens).

    Returns for each layer the share of its MLP's variance that the neurons left do not explain.
    """
    lost = []
    with torch.no_grad():
        seen = list(batches)
        hidden = [model.encoder.embeddings(input_ids=ids) for ids, _ in seen]
        masks = [mask for _, mask in seen]
        for layer in model.encoder.encoder.layer:
            inner, outer = mlp(layer)
            means, covariance = _activations(layer, hidden, masks)
            weights = outer.weight.double()
            kept, fitted = choose(weights, covariance, width)
            change = fitted - weights
            lost.append(float(_variance(change, covariance) / _variance(weights, covariance)))
            layer.set_submodule(INNER, linear(inner.weight[kept], inner.bias[kept]))
            layer.set_submodule(OUTER, linear(fitted[:, kept], outer.bias - change @ means))
            hidden = [_run(layer, each, mask) for each, mask in zip(hidden, masks, strict=True)]
    model.encoder.config.intermediate_size = width
    return lost


def choose(weights: Tensor, covariance: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """The neurons to keep, ascending, shape (width,), and the weights fitted anew, shape (outputs, neurons).

    `weights` is of that shape, `covariance` of shape (neurons, neurons). Weights of neurons that went are zero.
    """
    variances = covariance.diagonal()
    damping = DAMPING * variances + DAMPING**2 * variances.mean()
    inverse = torch.linalg.inv(covariance + damping.diag())
    weights = weights.clone()
    stays = torch.ones(len(covariance), dtype=torch.bool)
    for _ in range(len(covariance) - width):
        cost = (weights**2).sum(0) / inverse.diagonal()
        gone = int(cost.masked_fill(~stays, torch.inf).argmin())
        share = inverse[gone] / inverse[gone, gone]
        weights -= torch.outer(weights[:, gone], share)
        inverse -= torch.outer(inverse[:, gone], share)
        stays[gone] = False
        weights[:, gone] = 0
        inverse[gone] = inverse[:, gone] = 0
        inverse[gone, gone] = 1
    return stays.nonzero()[:, 0], weights


def load_weights(model: SentimentModel, state: Mapping[str, Tensor]) -> None:
    """Load `state` into `model`, whose MLPs become as narrow as it has them."""
    width = len(state["encoder.encoder.layer.0.intermediate.dense.bias"])
    if model.encoder.config.intermediate_size != width:
        for layer in model.encoder.encoder.layer:
            hidden = mlp(layer)[1].out_features
            layer.set_submodule(INNER, nn.Linear(hidden, width))
            layer.set_submodule(OUTER, nn.Linear(width, hidden))
        model.encoder.config.intermediate_size = width
    model.load_state_dict(state)


def mlp(layer: nn.Module) -> tuple[nn.Linear, nn.Linear]:
    """The linear layers before and after the neurons of one encoder layer."""
    inner, outer = layer.get_submodule(INNER), layer.get_submodule(OUTER)
    assert isinstance(inner, nn.Linear)
    assert isinstance(outer, nn.Linear)
    return inner, outer


@torch.no_grad()
def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A layer of these weights, shape (outputs, inputs), and biases, shape (outputs,)."""
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.copy_(weight)
    made.bias.copy_(bias)
    return made


def _run(layer: nn.Module, hidden: Tensor, mask: Tensor) -> Tensor:
    output: Tensor = layer(hidden, attention_mask=mask[:, None, None, :].bool())
    return output


def _activations(
    layer: nn.Module, hidden: Sequence[Tensor], masks: Sequence[Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean over tokens, shape (neurons,), and covariance of what the MLP's neurons give."""
    taken: list[Tensor] = []
    handle = mlp(layer)[1].register_forward_pre_hook(lambda _, args: taken.append(args[0]))
    sums = products = torch.zeros(1, dtype=torch.double)
    tokens = 0
    for each, mask in zip(hidden, masks, strict=True):
        _run(layer, each, mask)
        found = taken.pop()[mask.bool()].double()
        sums = sums + found.sum(0)
        products = products + found.T @ found
        tokens += len(found)
    handle.remove()
    means = sums / tokens
    return means, products / tokens - torch.outer(means, means)


def _variance(weights: Tensor, covariance: Tensor) -> Tensor:
    """Variance of the outputs, summed over them."""
    return ((weights @ covariance) * weights).sum()
