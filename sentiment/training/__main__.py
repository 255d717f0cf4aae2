"""`python -m sentiment.training …`: from the public bases and the data folder to the model that ships."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from sentiment.folder import SHIPPED as SHIPPED_MODEL
from sentiment.scorer import Scorer
from sentiment.training.evaluate import as_markdown, evaluate_all
from sentiment.training.recipe import ENGLISH_READER, SHIPPED, read_recipe

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Data = Annotated[Path, typer.Option("--data", help="Folder of the labelled sets (one folder a language).")]
RecipePath = Annotated[
    Path, typer.Option("--recipe", help="The recipe; by default the multilingual reader's.")
]
Out = Annotated[Path, typer.Option("--out", help="Where results go.")]
Base = Annotated[
    str,
    typer.Option("--base", help="e5-small-q4.bin, or a folder or hub id of an encoder or a packaged model."),
]
TokenizerPath = Annotated[Path, typer.Option("--tokenizer", help="tokenizer.json of the base.")]
Prepared = Annotated[Path, typer.Option("--prepared", help="Folder that `prepare` wrote.")]


@app.command()
def prepare(base: Base, tokenizer: TokenizerPath, data: Data, out: Out, recipe: RecipePath = SHIPPED) -> None:
    """Convert the base and cut its vocabulary."""
    from sentiment.training.prepare import prepare_base

    prepare_base(read_recipe(recipe), base, tokenizer, data, out)


@app.command()
def train(
    prepared: Prepared,
    data: Data,
    out: Out,
    recipe: RecipePath = SHIPPED,
    first: Annotated[
        str | None,
        typer.Option(help="Begin with this stage; --prepared is then a model that ended the one before."),
    ] = None,
    stages: Annotated[int | None, typer.Option(help="Stop after this many stages of the recipe.")] = None,
) -> None:
    """Run the recipe's stages; goes on where an earlier run in the same folder stopped."""
    from sentiment.training.train import train

    train(read_recipe(recipe), prepared, data, out, first=first, until=stages)


@app.command()
def package(
    prepared: Prepared,
    data: Data,
    trained: Annotated[Path, typer.Option("--trained", help="Folder that `train` wrote.")],
    out: Out = SHIPPED_MODEL,
    recipe: RecipePath = SHIPPED,
) -> None:
    """Write the model folder, calibrated on the development sets; by english.toml the English reader's folder alone."""
    from safetensors.torch import load_file

    from sentiment.network import SentimentModel
    from sentiment.training.calibrate import package
    from sentiment.training.narrow import load_weights

    model = SentimentModel.load(prepared)
    load_weights(model, load_file(trained / "weights.safetensors"))
    package(read_recipe(recipe), model.eval(), prepared, data, out)


@app.command()
def calibrate(
    data: Data,
    model: Annotated[
        Path, typer.Option("--model", help="A packaged folder, whose card is renewed.")
    ] = SHIPPED_MODEL,
    recipe: RecipePath = SHIPPED,
    ngrams: Annotated[bool, typer.Option("--ngrams", help="Fit the word pieces' scores anew first.")] = False,
    activations: Annotated[
        bool, typer.Option("--activations", help="Measure both readers' activations anew first, for 8 bits.")
    ] = False,
) -> None:
    """Fit the calibration of a packaged model anew and count its confusion."""
    from sentiment.training.calibrate import calibrate, fit_ngrams, measure_activations

    if activations:
        measure_activations(read_recipe(recipe), read_recipe(ENGLISH_READER), data, model)
    if ngrams:
        fit_ngrams(read_recipe(recipe), data, model)
    calibrate(read_recipe(recipe), data, model)


@app.command()
def evaluate(
    data: Data,
    model: Annotated[Path, typer.Option("--model", help="A model folder.")] = SHIPPED_MODEL,
    exact: Annotated[bool, typer.Option("--exact", help="Without 8-bit integers, to compare.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Figures on every held-out set, as the table of docs/model.md or as JSON."""
    scorer = Scorer.load(model, exact=exact)

    def probabilities(texts: list[str]) -> np.ndarray:
        return np.array([(each.negative, each.neutral, each.positive) for each in scorer.read(texts)])

    figures = list(evaluate_all(data, probabilities))
    if as_json:
        typer.echo(
            json.dumps({held.name: asdict(figure) for held, figure in figures}, ensure_ascii=False, indent=1)
        )
    else:
        typer.echo(as_markdown(figures))


if __name__ == "__main__":
    app()
