"""The store's numbers and mentions as they look in a terminal, for rich to print."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from store.terminal import number, one_line, table

if TYPE_CHECKING:
    from store.alerts import Alert
    from store.aspects import Driver
    from store.compare import Difference, Voice
    from store.feed import MentionRow
    from store.health import SourceHealth
    from store.index import IndexRow
    from store.model_links import ModelLink
    from store.surveys import SurveyMeasure

_COLOURS = {"negative": "red", "positive": "green"}
_UNITS = {
    "csat": "% satisfied (4–5)",
    "nps": "promoters − detractors",
    "resolution": "mean hours to resolve",
}
_QUOTES = 3


def index_table(rows: Sequence["IndexRow"], truth: Mapping[str, float] | None = None) -> Table:
    """The index; `truth` adds each brand's true share (0–1) where it is known."""
    dated = any(row.by != "total" for row in rows)
    heads = ["brand", "group", *(["period"] if dated else []), "index", "95% interval", "raw", "net"]
    heads += ["opinions", "mentions", "unscored", "state", *(["true"] if truth else [])]
    body = []
    for row in rows:
        cells: list[object] = [row.brand or f"all {row.group}", row.group]
        if dated:
            cells.append(" ".join(part for part in (row.period, row.key) if part not in ("", "all")))
        cells += [
            number(row.index),
            _interval(row.low, row.high),
            _percent(row.raw_share),
            number(row.net),
            row.positive + row.negative,
            row.mentions,
            row.unscored,
            row.state,
        ]
        if truth:
            cells.append(_percent(truth.get(row.brand or "")))
        body.append(cells)
    first = 3 if dated else 2
    return table(heads, body, right=[*range(first, first + 7), *([first + 8] if truth else [])])


def difference_table(differences: Iterable["Difference"]) -> Table:
    """Each pair of brands: how far apart, and how sure it is which is above."""
    rows = [
        (
            f"{each.a} – {each.b}",
            number(each.difference, 1),
            "–" if each.low is None else f"{number(each.low, 1)} … {number(each.high, 1)}",
            _percent(each.p_above),
        )
        for each in differences
    ]
    return table(("difference", "points", "95% interval", "P(above) %"), rows, right=(1, 2, 3))


def link_table(links: Iterable["ModelLink"]) -> Table:
    """A change of model: each brand's index of the same texts by the old one and by the new one."""
    rows = [
        (
            each.brand,
            each.clusters,
            number(each.old_index),
            number(each.new_index),
            number(each.difference, 1),
        )
        for each in links
    ]
    return table(("same texts", "stories", "old model", "new model", "points"), rows, right=(1, 2, 3, 4))


def voice_table(voices: Iterable["Voice"]) -> Table:
    """Each brand's share of its group's stories."""
    rows = [(each.brand, each.group, each.clusters, _percent(each.share)) for each in voices]
    return table(("brand", "group", "stories", "share of voice %"), rows, right=(2, 3))


def driver_table(drivers: Iterable["Driver"]) -> Table:
    """What each aspect adds to a brand's index or takes from it."""
    rows = [
        (each.aspect, number(each.row.index), _percent(each.share), number(each.effect, 1))
        for each in drivers
    ]
    return table(("aspect", "index", "share of mentions %", "pull in points"), rows, right=(1, 2, 3))


def survey_table(measures: Iterable["SurveyMeasure"]) -> Table:
    """CSAT, NPS and time to resolve, each in its own unit."""
    rows = [
        (
            each.brand,
            each.kind,
            number(each.value, 1),
            _UNITS[each.kind],
            _interval(each.low, each.high, 1),
            number(each.mean, 2),
            number(each.median, 1),
            each.n,
            number(each.target),
        )
        for each in measures
    ]
    heads = ("brand", "kind", "value", "unit", "95% interval", "mean", "median", "n", "target")
    return table(heads, rows, right=(2, 5, 6, 7, 8))


def health_table(sources: Iterable["SourceHealth"]) -> Table:
    """Each source's last crawl."""
    rows = [
        (each.source, each.kind, each.finished_at, each.outcome, number(each.usual_yield)) for each in sources
    ]
    return table(("source", "kind", "last crawl", "outcome", "usual yield"), rows, right=(4,))


def alert_text(alert: "Alert") -> Text:
    """What happened, in a sentence, with its first quotes and links."""
    quotes = [f"  “{' '.join(each.quote.split())}” {each.url}".rstrip() for each in alert.evidence[:_QUOTES]]
    return Text("\n".join(map(one_line, [alert.sentence, *quotes])))


def mention_text(row: "MentionRow") -> Text:
    """One mention of the feed, the matched words marked."""
    day = (row.published_at or row.first_seen)[:10]
    head = Text(f"{day}  {one_line(row.brand)}  ")
    head.append(row.label, style=_COLOURS.get(row.label, "bright_black"))
    by = f" ({row.label_from})" if row.label_from else ""
    head.append(one_line(f"{by}  {row.language}  {row.source}  #{row.mention_id}"))
    link = [Text(f"  {one_line(row.url)}")] if row.url else []
    return Text("\n").join([head, Text("  ") + _marked(row), *link, Text()])


def _marked(row: "MentionRow") -> Text:
    # One space for each line break: a piece may begin or end with one.
    shown, at = Text(), 0
    for start, end in sorted(row.spans):
        shown.append(one_line(row.passage[at:start]))
        shown.append(one_line(row.passage[start:end]), style="bold underline")
        at = end
    return shown.append(one_line(row.passage[at:]))


def _interval(low: float | None, high: float | None, digits: int = 0) -> str:
    if low is None:
        return "–"
    between = " … " if low < 0 else "–"
    return f"{number(low, digits)}{between}{number(high, digits)}"


def _percent(share: float | None) -> str:
    return number(None if share is None else 100 * share)
