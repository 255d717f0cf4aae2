"""Read what the store holds and the model has not read yet."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sentiment.scorer import Scorer
from store.db import Store
from store.model_links import ModelLink, link_latest
from store.records import Score, Unscored
from store.scores import ModelInfo

BATCH = 2048
"""Mentions a transaction: what a kill can lose."""


@dataclass(frozen=True)
class ScoreReport:
    """How many mentions were read, and how many the model must not read (their language is not measured).

    `links`: each brand's index by the model before and by this one, of the same texts, where the model is a new one.
    """

    model: str
    scored: int
    unscored: int
    links: list[ModelLink]


def model_info(scorer: Scorer) -> ModelInfo:
    """The scorer's model as the store keeps it, with its held-out confusion for the index."""
    folder = scorer.folder
    return ModelInfo(folder.identity, folder.sha256, {"languages": folder.card.confusion})


def score_store(
    store: Store,
    scorer: Scorer,
    *,
    rescore: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ScoreReport:
    """Score every current mention without a reading by this model; with `rescore` every one.

    `on_progress` gets (done, total). Each batch is stored before the next is read, so that an interrupted run
    goes on where it stopped.
    """
    info = model_info(scorer)
    unread_by = store.use_model(info)
    total = store.count_unscored(None if rescore else unread_by)
    rows = store.unscored(None if rescore else unread_by)
    scored = unscored = 0
    if on_progress is not None:
        on_progress(0, total)
    while batch := list(islice(rows, BATCH)):
        scores, unread = _read(scorer, batch)
        store.add_scores(info, scores)
        store.add_unscored(info, unread)
        scored, unscored = scored + len(scores), unscored + len(unread)
        if on_progress is not None:
            on_progress(scored + unscored, total)
    return ScoreReport(info.name, scored, unscored, link_latest(store))


def _read(scorer: Scorer, batch: Sequence[tuple[int, str, str]]) -> tuple[list[Score], list[Unscored]]:
    scores: list[Score] = []
    unread: list[Unscored] = []
    for mention_id, reading in _readings(scorer, batch):
        if isinstance(reading, str):
            unread.append(Unscored(mention_id, reading))
        else:
            scores.append(Score(mention_id, *reading))
    return scores, unread


def _readings(
    scorer: Scorer, batch: Sequence[tuple[int, str, str]]
) -> Iterator[tuple[int, str | tuple[float, float, float, bool]]]:
    texts = [text for _, text, _ in batch]
    languages = [language for _, _, language in batch]
    for (mention_id, _, _), reading in zip(batch, scorer.read(texts, languages), strict=True):
        if reading.gate is not None:
            yield mention_id, reading.gate
        else:
            yield mention_id, (reading.negative, reading.neutral, reading.positive, reading.truncated)
