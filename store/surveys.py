"""The other three measures: CSAT, NPS and the time to resolve, imported from CSV and shown beside the index.

They are never mixed into it. CSAT: answers 1–5, the share of 4 and 5, and the mean; the service standard is
80%. NPS: answers 0–10, the share of 9–10 less the share of 0–6 (Reichheld, HBR 2003). Resolution: hours from
opened to resolved, mean and median.
"""

import hashlib
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from store import intervals
from store.dates import parse_date
from store.db import Store, utc_text
from store.errors import UsageError
from store.labels import read_rows, whole_number
from store.text import normal_form

Kind = Literal["csat", "nps", "resolution"]
KINDS: tuple[Kind, ...] = ("csat", "nps", "resolution")
TARGET = 80.0


@dataclass(frozen=True, slots=True)
class SurveyMeasure:
    """One measure of one brand over `n` answers.

    `value` is the share of 4–5 in % (csat), the score −100–100 (nps) or the mean in hours (resolution); `low`
    and `high` its 95% interval where there is one. `target` is 80 for csat, else None. `median` is in hours
    or points.
    """

    brand: str
    kind: Kind
    n: int
    value: float
    mean: float
    median: float
    low: float | None
    high: float | None
    target: float | None


def import_survey(store: Store, path: Path | str, kind: Kind, *, brand: str | None = None) -> int:
    """Adds the answers of a CSV file, all or none; returns how many.

    Columns: `brand` (unless given), `score` for csat and nps, with `answered_at` or `date` if known; `opened` and
    `resolved` for resolution. Dates are read as in other imports (see `store.dates`), in UTC where they name no zone.
    UsageError names the file, the line and what is wrong, and a file imported before.
    """
    path = Path(path)
    if kind not in KINDS:
        raise UsageError(f"kind {kind!r} is unknown; choose one of {', '.join(KINDS)}")
    columns = ["opened", "resolved"] if kind == "resolution" else ["score"]
    rows = list(read_rows(path, columns if brand else ["brand", *columns]))
    if not rows:
        raise UsageError(f"{path}: has no answers; give one line for each")
    now = datetime.fromisoformat(store.now)
    answers = [_answer(path, line, row, kind, brand, now) for line, row in rows]
    digest = hashlib.sha256(kind.encode() + path.read_bytes()).hexdigest()
    with store.transaction() as database:
        if database.execute("SELECT 1 FROM surveys WHERE sha256 = ?", (digest,)).fetchone():
            raise UsageError(f"{path}: was imported before as {kind}; nothing was added")
        (survey_id,) = database.execute(
            "INSERT INTO surveys (kind, file, sha256, imported_at) VALUES (?, ?, ?, ?) RETURNING id",
            (kind, path.name, digest, store.now),
        ).fetchone()
        database.executemany(
            "INSERT INTO survey_responses (survey_id, brand, kind, value, answered_at) VALUES (?, ?, ?, ?, "
            "?)",
            [(survey_id, name, kind, value, at) for name, value, at in answers],
        )
    return len(answers)


def survey_measures(
    store: Store,
    *,
    brand: str | None = None,
    since: str | None = None,
    until: str | None = None,
    now: str | None = None,
) -> list[SurveyMeasure]:
    """Each brand's measures up to the day of `now` (by default the store's), by brand and kind; a brand of the store by
    its name there, however its answers write it.

    Answers without a date count from the day of their import on, and only where no period is asked for.
    """
    with store.reading() as database:
        known = [name for (name,) in database.execute("SELECT name FROM brands ORDER BY active, name")]
        rows = database.execute(
            "SELECT r.brand, r.kind, r.value FROM survey_responses r JOIN surveys s ON s.id = r.survey_id "
            "WHERE (:since IS NULL OR r.answered_at >= :since) AND "
            "(:until IS NULL OR substr(r.answered_at, 1, 10) <= substr(:until, 1, 10)) AND "
            "substr(coalesce(r.answered_at, s.imported_at), 1, 10) <= substr(:now, 1, 10) ORDER BY r.id",
            {"since": since, "until": until, "now": now or store.now},
        ).fetchall()
    names = {normal_form(name): name for name in known} | {name: name for name in known}
    values: dict[tuple[str, Kind], list[float]] = {}
    for written, kind, value in rows:
        name = names.get(written) or names.get(normal_form(written), written)
        if brand is None or name == brand:
            values.setdefault((name, kind), []).append(value)
    return [_MEASURES[kind](name, each) for (name, kind), each in sorted(values.items())]


def _csat(brand: str, values: list[float]) -> SurveyMeasure:
    share = sum(value >= 4 for value in values) / len(values)
    low, high = intervals.wilson(share, len(values))
    return _measure(brand, "csat", values, 100 * share, (100 * low, 100 * high), TARGET)


def _nps(brand: str, values: list[float]) -> SurveyMeasure:
    """The interval is the normal one of a mean of −1, 0, 1 with half a promoter and half a detractor
    added.
    """
    points = [1 if value >= 9 else -1 if value <= 6 else 0 for value in values]
    score = sum(points) / len(points)
    centre = sum(points) / (len(points) + 1)
    spread = (sum(point * point for point in points) + 1) / (len(points) + 1) - centre * centre
    half = intervals.Z * (spread / (len(points) + 1)) ** 0.5
    bounds = (100 * max(-1.0, min(score, centre - half)), 100 * min(1.0, max(score, centre + half)))
    return _measure(brand, "nps", values, 100 * score, bounds, None)


def _resolution(brand: str, values: list[float]) -> SurveyMeasure:
    return _measure(brand, "resolution", values, statistics.fmean(values), None, None)


_MEASURES: dict[Kind, Callable[[str, list[float]], SurveyMeasure]] = {
    "csat": _csat,
    "nps": _nps,
    "resolution": _resolution,
}


def _measure(
    brand: str,
    kind: Kind,
    values: list[float],
    value: float,
    bounds: tuple[float, float] | None,
    target: float | None,
) -> SurveyMeasure:
    low, high = bounds if bounds is not None else (None, None)
    rounded = [None if each is None else round(each, 4) for each in (low, high)]
    mean, median = round(statistics.fmean(values), 4), round(statistics.median(values), 4)
    return SurveyMeasure(
        brand, kind, len(values), round(value, 4), mean, median, rounded[0], rounded[1], target
    )


def _answer(
    path: Path, line: int, row: dict[str, str], kind: Kind, brand: str | None, now: datetime
) -> tuple[str, float, str | None]:
    where = f"{path}: line {line}"
    name = brand or row["brand"].strip()
    if not name:
        raise UsageError(f"{where}: brand is empty; name the brand")
    if kind == "resolution":
        opened, resolved = (_moment(where, column, row[column], now) for column in ("opened", "resolved"))
        if resolved < opened:
            raise UsageError(f"{where}: resolved lies before opened; swap them or correct one")
        return name, (resolved - opened).total_seconds() / 3600, utc_text(resolved)
    column = next((each for each in ("answered_at", "date") if row.get(each, "").strip()), "")
    return (
        name,
        _score(where, row["score"], kind),
        utc_text(_moment(where, column, row[column], now)) if column else None,
    )


def _score(where: str, text: str, kind: Kind) -> float:
    lowest, highest = (1, 5) if kind == "csat" else (0, 10)
    try:
        score = whole_number(text)
    except ValueError:
        raise UsageError(f"{where}: score {text!r} is not a whole number") from None
    if not lowest <= score <= highest:
        raise UsageError(f"{where}: score {score} is not on the scale {lowest}–{highest} of {kind}")
    return float(score)


def _moment(where: str, column: str, text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())  # all of ISO 8601, with fractions of seconds and weeks
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # in UTC the first day's morning can lie before the calendar
        found = None
    except ValueError:
        found = parse_date(text, None, now)
    if found is None or found.precision in ("month", "year"):
        raise UsageError(f"{where}: {column} {text!r} is no date; write it as 2026-11-22T10:00:00Z")
    return datetime.fromisoformat(found.utc)
