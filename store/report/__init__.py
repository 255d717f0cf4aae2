"""The report: one self-contained page about every brand, made from rows of the store and nothing else.

The page loads nothing and runs no script; a content security policy in it says so to the browser. Texts
from the web reach it through Jinja2's autoescaping only, and only http and https addresses become links.
"""

import base64
import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from store.alerts import Alert
from store.aspects import Driver
from store.db import Store
from store.errors import OutputError, UsageError
from store.files import replacing
from store.index import IndexRow, as_text, is_rankable
from store.report import charts
from store.report.facts import ALERT_DAYS, BrandFacts, Facts, GroupFacts, evidence_of, gather
from store.report.words import ReportLanguage, Words, load_words
from store.trend import Point

__all__ = ["ReportLanguage", "ReportSummary", "render", "write_report"]

LANGUAGES = ("en", "fi", "hy")


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What was written: the file's size in bytes, and how many groups, brands, alerts and mentions it
    shows."""

    path: Path
    size: int
    groups: int
    brands: int
    alerts: int
    quotes: int


def write_report(
    store: Store,
    path: Path | str,
    *,
    language: ReportLanguage = "en",
    now: datetime | str,
    target: float = 80,
) -> ReportSummary:
    """Writes the report as one HTML file; the file that was there stays until the new one is whole.

    `target` (0–100) is the line that the index is held against. Raises OutputError where the file cannot be
    written, UsageError for an unknown language or target.
    """
    path = Path(path)
    if language not in LANGUAGES:
        raise UsageError(
            f"--lang {language!r} is no language of the report; choose one of {', '.join(LANGUAGES)}"
        )
    if not 0 <= target <= 100:
        raise UsageError(f"--target {target:g} is outside the index; give a number from 0 to 100")
    if path.suffix.lower() != ".html":
        raise OutputError(f"{path}: the report is a page; end its name with .html")
    with replacing(path) as partial:
        facts = gather(store, now=as_text(now))
        page = render(facts, load_words(language), target=target).encode("utf-8")
        partial.write_bytes(page)
    brands = sum(len(group.brands) for group in facts.groups)
    return ReportSummary(path, len(page), len(facts.groups), brands, len(facts.alerts), len(facts.quotes))


def render(facts: Facts, w: Words, *, target: float = 80) -> str:
    """The page as HTML text."""
    from jinja2 import Environment, StrictUndefined

    here = Path(__file__).parent
    style = (here / "style.css").read_text(encoding="utf-8").strip()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = charts.breakable
    template = environment.from_string((here / "template.html").read_text(encoding="utf-8"))
    view = _view(facts, w, target)
    return template.render(
        w=w, facts=view, style=Markup(style), policy=_policy(style), **_common(facts, w, target)
    )


def _finalize(value: object) -> object:
    """What every value passes before it is escaped into the page."""
    return charts.harmless(value) if isinstance(value, str) else value


def _policy(style: str) -> str:
    """Nothing may be loaded, run, embedded or sent; the one style sheet is named by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; script-src 'none'; "
        "frame-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _common(facts: Facts, w: Words, target: float) -> dict[str, Any]:
    method = facts.method
    rows = [
        row for group in facts.groups for brand in group.brands for row in (*brand.sources, *brand.languages)
    ]
    return {
        "axis": charts.scale_axis(target),
        "alert_days": ALERT_DAYS,
        "tones": {row: _tone(row, w) for row in rows},
        "went_in": [
            ("documents", method.documents),
            ("mentions", method.mentions),
            ("clusters", method.clusters),
            ("by_model", method.decided.get("model", 0)),
            ("by_stars", method.decided.get("stars", 0)),
            ("by_person", method.decided.get("person", 0)),
            ("audited", method.audited),
            ("undated", method.undated),
        ],
        "left_out": _left_out(facts, w),
    }


def _left_out(facts: Facts, w: Words) -> list[tuple[str, int]]:
    method = facts.method
    found = [
        (_why_unread(key, w), count)
        for key, count in sorted(method.unscored.items(), key=lambda item: -item[1])
    ]
    found += [
        (w[key], count)
        for key, count in (
            ("future", method.future),
            ("replaced", method.replaced),
            ("erased", method.erased),
        )
    ]
    return [(label, count) for label, count in found if count]


def _why_unread(key: str, w: Words) -> str:
    reason, _, language = key.partition("|")
    # Any other reason is the language itself.
    why = {"": w["not_yet"], "no text": w["no_text"]}.get(reason)
    return f"{w['not_read']}{w['colon']} {w.language_name(language)}{f' ({why})' if why else ''}"


def _view(facts: Facts, w: Words, target: float) -> SimpleNamespace:
    """`facts` with the drawn charts beside the numbers, for the template."""
    placed = {id for group in facts.groups for brand in group.brands for id in brand.choice.all_ids}
    return SimpleNamespace(
        **{name: getattr(facts, name) for name in ("now", "period", "more_alerts", "method", "quotes")},
        alerts=[_alert(each, facts, placed) for each in facts.alerts],
        groups=[_group(each, facts, w, target) for each in facts.groups],
    )


def _alert(alert: Alert, facts: Facts, placed: set[int]) -> SimpleNamespace:
    """An alert with its mentions, each with whether this is its place in the page; adds those to `placed`."""
    evidence = [(id, id not in placed) for id in evidence_of(alert) if id in facts.quotes]
    placed.update(id for id, _ in evidence)
    anchors = [each.anchor for group in facts.groups for each in group.brands if each.name == alert.brand]
    fields = {name: getattr(alert, name) for name in alert.__slots__ if name != "evidence"}
    return SimpleNamespace(**fields, brand_anchor=anchors[0] if anchors else "", evidence=evidence)


def _group(group: GroupFacts, facts: Facts, w: Words, target: float) -> SimpleNamespace:
    brands = [_brand(each, facts, w, target) for each in group.brands]
    compared = {name for pair in group.above for name in pair}
    return SimpleNamespace(
        name=group.name,
        anchor=group.anchor,
        brands=brands,
        voices=sorted(brands, key=lambda brand: (-brand.row.clusters, brand.name)),
        whole=group.whole,
        scale=None if group.whole is None else _scale(group.whole, target),
        above=group.above,
        compared=[brand for brand in brands if brand.name in compared],
        lead=_lead(group, w),
    )


def _lead(group: GroupFacts, w: Words) -> str:
    """Who is ahead, in a sentence that claims no more than the intervals allow."""
    if len(group.brands) < 2:
        return ""
    ranked = [brand for brand in group.brands if is_rankable(brand.row)]
    if not ranked:
        return w["lead_none"]
    first = ranked[0]
    others = [brand for brand in group.brands if brand is not first]
    known = [brand for brand in others if (first.name, brand.name) in group.above]
    if len(ranked) == 1 and len(known) < len(others):
        return w["lead_none"]
    # One that may not be ranked can be ahead all the same.
    nearest = min(known, key=lambda brand: group.above[first.name, brand.name])
    if group.above[first.name, nearest.name] < 0.95:
        if is_rankable(nearest.row):
            return w["lead_unsure"].format(first.name, nearest.name)
        return w["lead_maybe"].format(nearest.name, first.name)
    row = first.row
    return w["lead_one"].format(
        first.name, w.number(row.index or 0), f"{w.number(row.low or 0)}–{w.number(row.high or 0)}"
    )


def _brand(brand: BrandFacts, facts: Facts, w: Words, target: float) -> SimpleNamespace:
    points = [_point(brand, each, facts, w) for each in brand.trend]
    largest = max((abs(each.effect) for each in brand.aspects if each.effect is not None), default=0.0)
    fields = {name: getattr(brand, name) for name in brand.__slots__ if name != "aspects"}
    label = w["trend_label"].format(brand.name, w["by_" + facts.period])
    return SimpleNamespace(
        **fields,
        aspects=[_aspect(each, largest, target) for each in brand.aspects],
        scale=_scale(brand.row, target),
        spark=charts.sparkline(points, periods=_longest_trend(facts)),
        has_trend=any(point.index is not None for point in points),
        chart=charts.trend(points, target=target, label=label) if points else "",
        voice_bar="" if brand.voice is None else charts.share_bar(brand.voice),
        tone=_tone(brand.row, w),
        csat_scale=_csat_scale(brand),
        quoted=shlex.quote(brand.name),
        shown=_shown(brand, facts),
    )


def _longest_trend(facts: Facts) -> int:
    return max(len(brand.trend) for group in facts.groups for brand in group.brands)


def _aspect(driver: Driver, largest: float, target: float) -> SimpleNamespace:
    bar = "" if driver.effect is None else charts.driver_bar(driver.effect, largest)
    fields = {name: getattr(driver, name) for name in driver.__slots__}
    return SimpleNamespace(**fields, scale=_scale(driver.row, target), bar=bar)


def _tone(row: IndexRow, w: Words) -> Markup:
    counts = ((key, getattr(row, key)) for key in ("negative", "neutral", "positive"))
    label = " · ".join(f"{w[key]} {w.number(count)}" for key, count in counts)
    return charts.opinion_bar(row.negative, row.neutral, row.positive, label=label)


def _csat_scale(brand: BrandFacts) -> Markup:
    csat = brand.surveys.get("csat")
    if csat is None or csat.target is None:
        return Markup("")
    return charts.scale_row(csat.value, csat.low, csat.high, is_firm=True, target=csat.target)


def _scale(row: IndexRow, target: float) -> Markup:
    return charts.scale_row(row.index, row.low, row.high, is_firm=row.state == "published", target=target)


def _point(brand: BrandFacts, point: Point, facts: Facts, w: Words) -> charts.Point:
    """A period's point; it leads to the first of the period's mentions that the page shows."""
    ids = [id for id in brand.choice.standing_for.get((facts.period, point.period), ()) if id in facts.quotes]
    href = f"#m{ids[0]}" if ids else ""
    name, row = w.period(point.period), point.row
    opinions = f"{w['opinions']}{w['colon']} {0 if row is None else w.number(row.positive + row.negative)}"
    if row is None or row.index is None or row.low is None or row.high is None:
        return charts.Point(name, None, None, None, False, f"{name} · {w['few']} · {opinions}", href)
    tip = f"{name} · {w.number(row.index)} ({w.number(row.low)}–{w.number(row.high)}) · {opinions}"
    return charts.Point(name, row.index, row.low, row.high, row.state == "published", tip, href)


def _shown(brand: BrandFacts, facts: Facts) -> Mapping[str, list[int]]:
    """Where each mention of a brand stands in the page: once, so that its anchor is its own."""
    known = facts.quotes
    positive = [id for id in brand.choice.positive if id in known]
    negative = [id for id in brand.choice.negative if id in known]
    rest = [id for id in brand.choice.all_ids if id in known and id not in {*positive, *negative}]
    rest.sort(key=lambda id: (known[id].day, id), reverse=True)
    return {"positive": positive, "negative": negative, "rest": rest}
