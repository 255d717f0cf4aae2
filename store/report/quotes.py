"""Which mentions the report shows.

Every figure leads to mentions: the telling ones for and against, the newest, and for each period, aspect,
source and language one or two that stand for it. All are rows of the store, cut to a readable length around
the matched words.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from store.excerpt import Parts, excerpt
from store.report.charts import harmless
from store.tallies import period_of

_LONGEST_TITLE = 140
_NEWEST = 8
_TELLING = 4
# What all brands together may show; some 1.2 kB of page each.
_BUDGET = 1_000
_RECENT_DAYS = 180

_WEEK = "date(c.day, 'weekday 0', '-6 days')"
_PERIODS = {"day": "c.day", "week": _WEEK, "month": "substr(c.day, 1, 7)"}
# Sure, to the point, and long enough to say something.
_TELLS = """max(c.positive_ppm, c.negative_ppm) * m.relevance * min(1.0, length(m.passage) / 90.0)
    * CASE c.decided_by WHEN 'person' THEN 1.5 WHEN 'stars' THEN 1.2 ELSE 1.0 END"""


@dataclass(frozen=True, slots=True)
class Quote:
    """A mention as the page shows it. `title` and `parts` are (text, is a matched word); `url` is empty unless
    http or https."""

    mention_id: int
    brand: str
    title: Parts
    parts: Parts
    source: str
    url: str
    author: str
    day: str
    language: str
    label: str
    label_from: str
    confidence: float | None
    rating: float | None
    copies: int

    @property
    def anchor(self) -> str:
        """The name of its place in the page."""
        return f"m{self.mention_id}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The mentions chosen for one brand: by role, and by what they stand for, as (facet, key) → mention
    ids."""

    positive: tuple[int, ...]
    negative: tuple[int, ...]
    newest: tuple[int, ...]
    standing_for: dict[tuple[str, str], tuple[int, ...]]

    @property
    def all_ids(self) -> set[int]:
        """Every mention of the choice."""
        rest = {each for ids in self.standing_for.values() for each in ids}
        return {*self.positive, *self.negative, *self.newest} | rest


def safe_url(url: str) -> str:
    """`url` if it is a whole http or https address, else an empty text: nothing else becomes a link."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url if whole and url == harmless(url) and " " not in url else ""


def choose(
    database: sqlite3.Connection, brand_id: int, *, period: str, last_day: str, since: str, brands: int,
    figures: Collection[tuple[str, str]],
) -> Choice:  # fmt: skip
    """The mentions that stand for a brand up to `last_day`, and for each of `figures`, (facet, key), that the
    report shows of it; fewer of each kind where the report has many brands."""
    scarce = _BUDGET // max(1, brands) < 90
    values = {"brand": brand_id, "last": last_day, "since": since}
    newest = database.execute(
        "SELECT c.mention_id FROM clusters c WHERE c.brand_id = :brand AND c.day <= :last "
        f"ORDER BY c.day DESC, c.mention_id DESC LIMIT {3 if scarce else _NEWEST}",
        values,
    ).fetchall()
    return Choice(
        positive=_telling(database, "positive", values, scarce=scarce),
        negative=_telling(database, "negative", values, scarce=scarce),
        newest=tuple(row[0] for row in newest),
        standing_for=_standing_for(database, period, values, figures, scarce=scarce),
    )


def load(database: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Quote]:
    """The quotes of these mentions; one that has been erased meanwhile is left out."""
    rows = database.execute(
        "SELECT mention_id, brand, passage, spans, title, source, url, author_name, day, language, label, "
        "label_from, negative, neutral, positive, rating, cluster_size FROM scored_mentions "
        "WHERE mention_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(ids))),),
    )
    return {row[0]: _quote(row) for row in rows}


def period_name(period: str, at: str) -> str:
    """A period's name as in the index: the first day of a week becomes `2026-W47`."""
    return period_of(at, "week") if period == "week" else at


def recent(last_day: str) -> str:
    """The first day from which on a mention may be one of the telling ones."""
    last = date.fromisoformat(last_day).toordinal()
    return date.fromordinal(max(1, last - _RECENT_DAYS)).isoformat()


def _standing_for(
    database: sqlite3.Connection,
    period: str,
    values: dict[str, object],
    figures: Collection[tuple[str, str]],
    *,
    scarce: bool,
) -> dict[tuple[str, str], tuple[int, ...]]:
    """For each period, source, language and aspect of `figures` the most telling mention for and the one against,
    of any author."""
    rows = database.execute(
        f"SELECT c.mention_id, c.state, {_PERIODS[period]}, s.name, c.language, "
        "(SELECT json_group_array(t.aspect) FROM cluster_aspects t WHERE t.cluster_id = c.id) "
        "FROM clusters c JOIN mentions m ON m.id = c.mention_id JOIN sources s ON s.id = c.source_id "
        "WHERE c.brand_id = :brand AND c.day <= :last AND c.state IN ('positive', 'negative') "
        f"ORDER BY {_TELLS} DESC, m.id",
        values,
    )
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for mention_id, state, at, source, language, aspects in rows:
        found[period, at].setdefault(state, mention_id)
        found["source", source].setdefault(state, mention_id)
        found["language", language].setdefault(state, mention_id)
        for aspect in json.loads(aspects) if aspects != "[]" else ():
            found["aspect", aspect].setdefault(state, mention_id)
    named = {(facet, period_name(facet, key)): ids for (facet, key), ids in found.items()}
    return {
        figure: tuple(by_state.values())[: 1 if scarce else 2]
        for figure, by_state in named.items()
        if figure in figures
    }


def _telling(
    database: sqlite3.Connection, state: str, values: dict[str, object], *, scarce: bool
) -> tuple[int, ...]:
    """The most telling recent mentions of one state, one for each author."""
    rows = database.execute(
        "SELECT c.mention_id, c.author FROM clusters c JOIN mentions m ON m.id = c.mention_id "
        "WHERE c.brand_id = :brand AND c.day <= :last AND c.day >= :since AND c.state = :state "
        f"ORDER BY {_TELLS} * sqrt(c.members) DESC, m.id DESC LIMIT 40",
        values | {"state": state},
    ).fetchall()
    chosen: list[int] = []
    authors: set[str] = set()
    for mention_id, author in rows:
        if author is not None and author in authors:
            continue
        authors.add(author or "")
        chosen.append(mention_id)
    return tuple(chosen[: 2 if scarce else _TELLING])


def _titled(title: str, passage: str, spans: Sequence[tuple[int, int]]) -> tuple[Parts, Parts]:
    """Title and text apart, each with its matched words, where the passage begins with the title."""
    if not title or not passage.startswith(f"{title}\n"):
        return excerpt(title, (), _LONGEST_TITLE), excerpt(passage, spans)
    at = len(title) + 1
    below = [(start - at, end - at) for start, end in spans if start >= at]
    return excerpt(title, spans, _LONGEST_TITLE), excerpt(passage[at:], below)


def _quote(row: tuple[object, ...]) -> Quote:
    (id, brand, passage, spans, title, source, url, author, day, language, label, origin) = row[:12]
    negative, neutral, positive, rating, size = row[12:]
    shares = {"negative": negative, "neutral": neutral, "positive": positive}
    confidence = shares.get(str(label)) if origin == "model" else None
    heading, parts = _titled(
        str(title), str(passage), [(start, end) for start, end in json.loads(str(spans))]
    )
    return Quote(
        mention_id=int(str(id)),
        brand=str(brand),
        title=heading,
        parts=parts,
        source=str(source),
        url=safe_url(str(url)),
        author=str(author or ""),
        day=str(day),
        language=str(language),
        label=str(label),
        label_from=str(origin),
        confidence=confidence if isinstance(confidence, float) else None,
        rating=rating if isinstance(rating, float) else None,
        copies=int(str(size or 1)),
    )
