"""Quality floors of the shipped model on the held-out fifth of our own corpus. They only ever go up."""

import numpy as np
import pytest

from sentiment.metrics import Evaluation, evaluate
from sentiment.scorer import Scorer
from sentiment.training.data import CORPUS
from sentiment.training.evaluate import HELD_OUT, HeldOut, read_held_out

OWN = {held.name: held for held in HELD_OUT if held.is_own}
FLOORS = {
    "own corpus, Finnish": 0.84,
    "own corpus, Armenian": 0.86,
    "own corpus, Latin letters": 0.865,
    "own corpus, Russian": 0.81,
    "own corpus, Swedish": 0.84,
    "own corpus, Swedish customers": 0.785,
    "own corpus, English": 0.84,
}
"""Three-class macro-F1."""


def figures(scorer: Scorer, held: HeldOut) -> Evaluation:
    texts, true = read_held_out(CORPUS, held)
    found = scorer.read(texts)
    return evaluate(true, np.array([(each.negative, each.neutral, each.positive) for each in found]))


def test_every_own_set_has_a_floor() -> None:
    assert set(FLOORS) == set(OWN)


@pytest.mark.parametrize("name", FLOORS)
def test_macro_f1_is_above_its_floor(scorer: Scorer, name: str) -> None:
    assert figures(scorer, OWN[name]).macro_f1 >= FLOORS[name]
