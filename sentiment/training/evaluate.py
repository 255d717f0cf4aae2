"""Held-out sets, each with its language and kind of text, and what the model reads in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.metrics import Evaluation, Floats, Ints, evaluate
from sentiment.training.data import CORPUS, corpus_split, is_held_out_product, read_table, stable_unit
from store.records import LABELS


@dataclass(frozen=True)
class HeldOut:
    """One set that never trained: `keep` chooses its rows.

    Our own Finnish and Armenian calibrate neutrality alone: one hand wrote their training and their test part.
    """

    name: str
    file: str
    language: str
    keep: Callable[[dict[str, str]], bool]
    calibrates: bool = True

    @property
    def is_own(self) -> bool:
        """Whether the repository holds it."""
        return self.file.startswith("corpus/")


def _dev(row: dict[str, str]) -> bool:
    return row.get("split", "dev") == "dev"


def _all(_: dict[str, str]) -> bool:
    return True


def _untrained_tweet(row: dict[str, str]) -> bool:
    """The set has no split of its own: samples for training take the lowest hashes, these are the highest."""
    return stable_unit(row["text"]) > 0.94


def _own_test(row: dict[str, str]) -> bool:
    return corpus_split(row["text"]) == "test"


HELD_OUT = (
    HeldOut("finnsentiment", "fi/finnsentiment.tsv.gz", "fi", _dev),
    HeldOut(
        "shop reviews, unseen products",
        "fi/oppari_product_reviews.tsv.gz",
        "fi",
        lambda row: is_held_out_product(row["product"]),
    ),
    HeldOut("native Facebook", "hy/native_facebook_dev.tsv.gz", "hy", _dev),
    HeldOut("translated tweets", "hy/semeval_translated_dev.tsv.gz", "hy", _dev),
    HeldOut("comments", "hy/comments_unverified_dev.tsv.gz", "hy", _dev),
    HeldOut(
        "comments in Latin letters",
        "hy/comments_unverified_dev.tsv.gz",
        "hy-Latn",
        lambda row: row["script"] == "latn",
    ),
    HeldOut("own corpus, Finnish", "corpus/fi*.tsv", "fi", _own_test, calibrates=False),
    HeldOut(
        "own corpus, Armenian",
        "corpus/hy_*.tsv",
        "hy",
        lambda row: _own_test(row) and row["script"] != "latn",
        calibrates=False,
    ),
    HeldOut(
        "own corpus, Latin letters",
        "corpus/hy_*.tsv",
        "hy-Latn",
        lambda row: _own_test(row) and row["script"] == "latn",
        calibrates=False,
    ),
    HeldOut(
        "Russian brand tweets",
        "ru/sentirueval_brand_tweets.tsv.gz",
        "ru",
        _untrained_tweet,
    ),
    HeldOut("English tweets", "en/tweeteval_devtest.tsv.gz", "en", _dev),
    HeldOut("own corpus, Russian", "corpus/ru.tsv", "ru", _all),
    HeldOut("own corpus, Swedish", "corpus/sv.tsv", "sv", _all),
    HeldOut("own corpus, Swedish customers", "corpus/sv_customers.tsv", "sv", _all),
    HeldOut("own corpus, English", "corpus/en.tsv", "en", _all),
)


def read_held_out(data: Path, held: HeldOut) -> tuple[list[str], Ints]:
    """Texts and true classes, shape (rows,), of one set."""
    folder, pattern = (CORPUS, held.file.removeprefix("corpus/")) if held.is_own else (data, held.file)
    tables = [read_table(path) for path in sorted(folder.glob(pattern))]
    rows = [row for table in tables for row in table if (row["text"] or "").strip() and held.keep(row)]
    return [row["text"] for row in rows], np.array([LABELS.index(row["label"]) for row in rows], np.int64)


def evaluate_all(
    data: Path, probabilities: Callable[[list[str]], Floats]
) -> Iterator[tuple[HeldOut, Evaluation]]:
    """Each held-out set with its figures; `probabilities` maps texts to an array of shape (texts, 3)."""
    for held in HELD_OUT:
        texts, true = read_held_out(data, held)
        if len(texts):
            yield held, evaluate(true, probabilities(texts))


def as_markdown(figures: list[tuple[HeldOut, Evaluation]]) -> str:
    """The table of docs/model.md."""
    lines = [
        "| held-out set | language | n | three classes: macro-F1 · accuracy | opinions: macro-F1 · AUC "
        "| ECE · by chance |",
        "|---|---|---|---|---|---|",
    ]
    for held, figure in figures:
        three = f"{figure.macro_f1:.3f} · {figure.accuracy:.3f}" if figure.opinions < figure.n else "–"
        two = f"{figure.opinion_macro_f1:.3f} · {figure.auc:.3f}"
        error = f"{figure.ece:.3f} · {figure.ece_by_chance:.3f}"
        lines.append(f"| {held.name} | {held.language} | {figure.n:,} | {three} | {two} | {error} |")
    return "\n".join(lines)
