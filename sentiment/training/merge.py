"""The mean of networks that come from one: it reads better than each (Wortsman et al., ICML 2022, "Model soups").

Networks that were cut apart kept other neurons of the first one's. A neuron is known by its weights, which training
hardly turns; one that some networks lack counts in the mean as what it adds to their output, which is nothing.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

State = Mapping[str, Tensor]

ALIKE = 0.5
"""Mean cosine of neurons and what they come from; in a stage of training it fell to 0.8 in the last layer at most."""
INNER, OUTER = "intermediate.dense.", ".output.dense.weight"


def mean(states: Sequence[State], shares: Sequence[float], first: State) -> dict[str, Tensor]:
    """The weighted mean of `states`, with MLPs as wide as those of `first`, from which all of them come.

    `shares` add up to 1. Neurons that no state has are zero.
    """
    whole = [_widened(state, first) for state in states]
    found = {
        name: sum((share * state[name] for share, state in zip(shares, whole, strict=True)), torch.zeros(()))
        for name in first
    }
    for name in found:
        if INNER in name:
            present = torch.stack([(state[name.replace("bias", "weight")] != 0).any(1) for state in whole])
            counted = (torch.tensor(shares)[:, None] * present).sum(0).clamp(min=1e-6)
            found[name] = found[name] / (counted[:, None] if found[name].dim() == 2 else counted)
    return found


def _widened(state: State, first: State) -> dict[str, Tensor]:
    """`state` with its neurons where `first` has them, zeros where it lacks one."""
    wide = {name: value.float() for name, value in state.items()}
    for name in first:
        if not name.endswith(INNER + "weight"):
            continue
        places = _places(wide[name], first[name].float())
        outer = name.replace("." + INNER + "weight", OUTER)
        for each, axis in ((name, 0), (name.replace("weight", "bias"), 0), (outer, 1)):
            empty = torch.zeros_like(first[each], dtype=torch.float32)
            wide[each] = empty.index_copy_(axis, places, wide[each])
    return wide


def _places(neurons: Tensor, first: Tensor) -> Tensor:
    """Which row of `first`, shape (all, hidden), each row of `neurons`, shape (kept, hidden), comes from.

    Cutting keeps the order: of all ascending places those that are most alike in sum, by dynamic programming. Raises
    ValueError if they are not alike: the networks have no common origin.
    """
    likeness = functional.normalize(neurons, dim=1) @ functional.normalize(first, dim=1).T
    spare = len(first) - len(neurons)
    # Row i has its place in i ... i + spare: the likeness of each, then the best sum of the rows up to it.
    steps = torch.stack([row[at : at + spare + 1] for at, row in enumerate(likeness)])
    best = steps[0]
    choices = []
    for step in steps[1:]:
        highest, where = best.cummax(0)
        choices.append(where)
        best = step + highest
    places = [int(best.argmax())]
    for where in reversed(choices):
        places.append(int(where[places[-1]]))
    found = torch.tensor(places[::-1]) + torch.arange(len(neurons))
    if likeness[torch.arange(len(neurons)), found].mean() < ALIKE:
        raise ValueError("these networks do not come from one: their neurons are not alike")
    return found
