"""The recipe: every choice that makes the shipped weights, read from one TOML file."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment.training.data import LabelledSet

SHIPPED = Path(__file__).with_name("recipe.toml")
"""The multilingual reader's."""
ENGLISH_READER = Path(__file__).with_name("english.toml")


@dataclass(frozen=True)
class Stage:
    """One pass of training over some sets.

    `tokens` is the size of a padded batch; texts are cut to `longest` tokens. `seed` stands for the recipe's. `keep`
    maps earlier stages to the share that the weights they ended with have in those that this one leaves: such means
    read texts unlike the stage's better (Wortsman et al., CVPR 2022); "prepared" stands for the weights before the
    first.
    `neurons` cuts each layer's MLP to so many before the stage begins. Embeddings learn with `embeddings`; with
    `pieces_rate` those of pieces with Armenian letters do, at that rate.
    """

    name: str
    rate: float
    sets: tuple[LabelledSet, ...]
    tokens: int = 2400
    longest: int = 72
    seed: int | None = None
    keep: dict[str, float] = field(default_factory=dict)
    neurons: int | None = None
    embeddings: bool = False
    pieces_rate: float | None = None


@dataclass(frozen=True)
class Recipe:
    """Name of the model, its vocabulary and its stages in order.

    The `vocabulary` most used pieces stay, counted in the data's `core_folders` and our own corpus or, where none are
    named, in the rows of the stages. A recipe with `ngram_sets` makes a whole model folder, one without a reader of
    English for it.
    """

    name: str
    stages: tuple[Stage, ...]
    seed: int = 7
    vocabulary: int = 35_000
    core_folders: tuple[str, ...] = ("fi", "hy", "ru", "sv")
    warm_up: float = 0.06
    window: int = 256
    max_windows: int = 16
    ngram_sets: tuple[LabelledSet, ...] = ()


def read_recipe(path: Path = SHIPPED) -> Recipe:
    """The recipe in `path`. Raises TypeError naming an unknown key."""
    table = tomllib.loads(path.read_text("utf-8"))
    stages = tuple(_stage(stage) for stage in table.pop("stage"))
    return Recipe(
        stages=stages,
        ngram_sets=_sets(table.pop("ngram_set", [])),
        **{key: _frozen(value) for key, value in table.items()},
    )


def _sets(tables: list[dict[str, Any]]) -> tuple[LabelledSet, ...]:
    return tuple(LabelledSet(**{key: _frozen(value) for key, value in each.items()}) for each in tables)


def _stage(table: dict[str, Any]) -> Stage:
    return Stage(sets=_sets(table.pop("set")), **{key: _frozen(value) for key, value in table.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
