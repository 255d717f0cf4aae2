"""Parts of the experience: which mentions speak of quality, service, price, delivery, support or the app.

A passage has an aspect when one of its words, or that word's lemma (simplemma), is in the aspect's list for
its language. For Armenian, where the lemmatiser knows few words, a listed stem also counts with any ending of
noun or verb. The configuration adds words and aspects: `[aspects.price] fi = ["kallis"]`.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from store.db import Store
from store.index import IndexRow, as_text, measure
from store.tallies import Window
from store.text import normal_form

if TYPE_CHECKING:
    from simplemma import Lemmatizer

Words = Mapping[str, Mapping[str, tuple[str, ...]]]

_ARMENIAN_ENDING = re.compile(
    r"(?:(?:եր|ներ)?(?:ի|ու|յի|ից|յից|ուց|ով|յով|ում|յում|ան|ական|ային)?(?:ն|ը|ս|դ)?"
    r"|եց(?:ի|իր|ին|ինք|իք)?|ած|ում|ելու|եք|ենք|են|եմ|ես)"
)
_SHORTEST_STEM = 3
_BATCH = 2_000
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


def word_lists() -> dict[str, dict[str, str]]:
    """The lists that come with Arvio: aspect → language → words with spaces between (`aspects.toml`)."""
    return tomllib.loads(Path(__file__).with_name("aspects.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Driver:
    """How one aspect pulls the index: `effect` = share × (aspect's index − overall), in points.

    `share` is the aspect's part of the brand's opinions, 0–1; None where there are too few.
    """

    aspect: str
    row: IndexRow
    share: float
    effect: float | None


class Tagger:
    """Finds aspects in passages; `extra` is the configuration's `aspects` table (aspect → language →
    words).
    """

    def __init__(self, extra: Words | None = None) -> None:
        merged: dict[str, dict[str, set[str]]] = {
            aspect: {
                language: {normal_form(word) for word in words.split()} for language, words in lists.items()
            }
            for aspect, lists in word_lists().items()
        }
        for aspect, lists in (extra or {}).items():
            for language, words in lists.items():
                merged.setdefault(aspect, {}).setdefault(language, set()).update(map(normal_form, words))
        self._by_word: dict[str, dict[str, set[str]]] = {}
        for aspect, languages in merged.items():
            for language, listed in languages.items():
                for word in listed:
                    self._by_word.setdefault(language, {}).setdefault(word, set()).add(aspect)
        content = json.dumps(
            {name: {code: sorted(words) for code, words in lists.items()} for name, lists in merged.items()},
            sort_keys=True,
        )
        self.version = hashlib.sha256(content.encode()).hexdigest()[:16]

    def aspects(self, passage: str, language: str) -> list[str]:
        """The aspects that `passage` speaks of, in alphabetical order."""
        words = self._by_word.get(language)
        if not words:
            return []
        found: set[str] = set()
        for token in _WORD.findall(normal_form(passage)):
            for form in _forms(token, language):
                found |= words.get(form, set())
            if language == "hy":
                for end in range(_SHORTEST_STEM, len(token)):
                    if token[:end] in words and _ARMENIAN_ENDING.fullmatch(token, end):
                        found |= words[token[:end]]
        return sorted(found)


def tag(store: Store, extra: Words | None = None) -> int:
    """Tags the mentions that these word lists have not seen, in batches; returns how many. Safe to
    interrupt.
    """
    tagger = Tagger(extra)
    done = last = 0
    while True:
        with store.transaction() as database:
            rows = database.execute(
                "SELECT id, passage, language FROM mentions WHERE id > ? AND current AND aspects_of != ? "
                "ORDER BY id LIMIT ?",
                (last, tagger.version, _BATCH),
            ).fetchall()
            for id, passage, language in rows:
                new = tagger.aspects(passage, language)
                old = [each for (each,) in database.execute(_TAGS, (id,))]
                if old != new:
                    database.execute("DELETE FROM mention_aspects WHERE mention_id = ?", (id,))
                    database.executemany(
                        "INSERT INTO mention_aspects VALUES (?, ?)", [(id, each) for each in new]
                    )
            database.executemany(
                "UPDATE mentions SET aspects_of = ? WHERE id = ?", [(tagger.version, row[0]) for row in rows]
            )
        done += len(rows)
        if len(rows) < _BATCH:
            return done
        last = rows[-1][0]


def driver_table(
    store: Store, brand: str, *, now: datetime | str, since: str | None = None, until: str | None = None
) -> list[Driver]:
    """The brand's aspects, the strongest pull first."""
    window = Window(as_text(now), since, until)
    (overall,) = measure(store, "total", window, brand=brand)
    return drivers(overall.row, (each.row for each in measure(store, "aspect", window, brand=brand)))


def drivers(overall: IndexRow, aspects: Iterable[IndexRow]) -> list[Driver]:
    """A brand's rows by aspect beside its `overall` row, the strongest pull first."""
    opinions = overall.positive + overall.negative
    found = []
    for row in aspects:
        share = (row.positive + row.negative) / opinions if opinions else 0.0
        effect = None
        if row.index is not None and overall.index is not None:
            effect = round(share * (row.index - overall.index), 4)
        found.append(Driver(row.key, row, round(share, 4), effect))
    return sorted(found, key=lambda driver: (-abs(driver.effect or 0.0), driver.aspect))


_TAGS = "SELECT aspect FROM mention_aspects WHERE mention_id = ? ORDER BY aspect"


@lru_cache(maxsize=1 << 16)
def _forms(token: str, language: str) -> tuple[str, ...]:
    """The word, its lemma, and for a compound with a hyphen its last part and that part's lemma."""
    words = [token, *([token.rpartition("-")[2]] if "-" in token else [])]
    lemmas = [normal_form(_lemmatizer().lemmatize(word, lang=language)) for word in words]
    return (*words, *lemmas)


@cache
def _lemmatizer() -> "Lemmatizer":
    from simplemma import Lemmatizer
    from simplemma.strategies import DefaultStrategy
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    # Reads its dictionaries as they are packed: half the time to load, and most of a night's words are known.
    return Lemmatizer(
        lemmatization_strategy=DefaultStrategy(dictionary_factory=LOW_MEMORY_DICTIONARY_FACTORY)
    )
