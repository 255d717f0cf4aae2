"""The report's charts: plain SVG, drawn here.

Why no charting library: a static Vega chart carries fixed colours, so it cannot follow the reader's dark
mode or a printer; its text shrinks with the picture on a phone; an interactive one needs a script of some
800 kB and a content security policy that allows `eval`. The few shapes of a report are drawn as SVG whose
horizontal positions are percentages: they stretch with the page while text, dots and lines keep their size,
take their colours from the page's style sheet, and can carry links. Positions are numbers and texts are
escaped by `markupsafe`; no text reaches an attribute unescaped.

Shares are 0–1, index values 0–100. Each chart is decoration beside a table with the same numbers, or
carries a label.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markupsafe import Markup, escape

_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_HARMFUL = str.maketrans(_CONTROLS | _BIDI | {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})

_LONG_WORD = re.compile(r"\S{16}(?=\S{4})")
TICKS = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend; `index` is None where there are too few opinions. `href` is an anchor, or
    empty."""

    label: str
    index: float | None
    low: float | None
    high: float | None
    is_firm: bool
    tip: str
    href: str = ""


_NOTHING = Point("", None, None, None, is_firm=False, tip="")


def harmless(text: str) -> str:
    """`text` in which no control character and no bidirectional override is left to steer what is shown."""
    return text if isinstance(text, Markup) else text.translate(_HARMFUL)


def breakable(text: str) -> Markup:
    """`text` with places to break its long words at: a name in a table must not widen the page."""
    text = harmless(text)
    ends = [0, *(match.end() for match in _LONG_WORD.finditer(text)), len(text)]
    return Markup("<wbr>").join(text[start:end] for start, end in pairwise(ends))


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """One SVG element; children and attribute values are escaped unless they are Markup already.

    An underscore in an attribute's name stands for a hyphen; a trailing one is dropped (`class_`).
    """
    # A page has thousands of elements: plain strings, each part escaped, take a tenth of Markup.format's time.
    named = "".join(f' {_attribute(key)}="{escape(_text(value))}"' for key, value in attributes.items())
    inner = "".join(escape(harmless(child)) for child in children)
    return Markup(f"<{name}{named}>{inner}</{name}>")


@cache
def _attribute(key: str) -> str:
    name = key.rstrip("_").replace("_", "-")
    return {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}.get(name, name)


def scale_row(
    index: float | None, low: float | None, high: float | None, *, is_firm: bool, target: float
) -> Markup:
    """One brand's index on the 0–100 scale: the interval as a bar, the index as a dot (hollow unless
    `is_firm`)."""
    parts = [element("line", class_="grid", x1=_percent(at), x2=_percent(at), y1=0, y2=28) for at in TICKS]
    parts.append(element("line", class_="target", x1=_percent(target), x2=_percent(target), y1=0, y2=28))
    if index is not None and low is not None and high is not None:
        kind = "firm" if is_firm else "soft"
        parts.append(
            element(
                "rect",
                class_=f"range {kind}",
                x=_percent(low),
                width=_percent(max(high - low, 0.5)),
                y=10,
                height=8,
                rx=4,
            )
        )
        parts.append(element("circle", class_=f"dot {kind}", cx=_percent(index), cy=14, r=5.5))
    return _svg("scale", 28, parts)


def scale_axis(target: float) -> Markup:
    """The numbers above a column of `scale_row`, with the target's among them."""
    shown = [at for at in TICKS if abs(at - target) > 6]
    parts = [
        element("text", str(at), class_="tick", x=_percent(at), y=12, text_anchor="middle") for at in shown
    ]
    parts.append(
        element("text", f"{target:g}", class_="tick goal", x=_percent(target), y=12, text_anchor="middle")
    )
    return _svg("scale", 16, parts)


def share_bar(share: float, kind: str = "share") -> Markup:
    """A share of a whole as one bar."""
    parts = [
        element("rect", class_="track", x=0, width="100%", y=3, height=8, rx=4),
        element("rect", class_=kind, x=0, width=_percent(100 * share), y=3, height=8, rx=4),
    ]
    return _svg("bar", 14, parts)


def opinion_bar(negative: int, neutral: int, positive: int, *, label: str) -> Markup:
    """Negative, neutral and positive as one divided bar; `label` says the three in words."""
    whole = negative + neutral + positive
    parts, at = [], 0.0
    for kind, count in (("negative", negative), ("neutral", neutral), ("positive", positive)):
        width = 100 * count / whole if whole else 0.0
        if width:
            parts.append(element("rect", class_=kind, x=_percent(at), width=_percent(width), y=1, height=12))
        at += width
    return _svg("bar", 14, [element("title", label), *parts], label=label, role="img")


def driver_bar(points: float, largest: float) -> Markup:
    """What an aspect adds to the index or takes from it, in points, from a middle line outwards."""
    half = 50 * min(1.0, abs(points) / largest) if largest > 0 else 0.0
    start = 50.0 if points >= 0 else 50.0 - half
    parts = [
        element("line", class_="grid", x1="50%", x2="50%", y1=0, y2=14),
        element(
            "rect",
            class_="positive" if points >= 0 else "negative",
            x=_percent(start),
            width=_percent(half),
            y=2,
            height=10,
            rx=2,
        ),
    ]
    return _svg("bar", 14, parts)


def sparkline(points: Sequence[Point], *, periods: int) -> Markup:
    """A trend in the size of a word: band and line, no axis. It is the end of `periods` periods, so that those of a
    column stand above each other."""
    points = [_NOTHING] * (periods - len(points)) + list(points)
    return _svg("spark", 28, [_area(points, 28), *_dots(points, 28, radius=3)[-1:]])


def trend(points: Sequence[Point], *, target: float, label: str) -> Markup:
    """The index by period: interval as a band, gaps where opinions were too few, each period a link to its
    mentions."""
    height = 190
    parts: list[Markup] = []
    for at in (0, 20, 40, 60, 80, 100):
        parts.append(
            element("line", class_="grid", x1="0", x2="100%", y1=_down(at, height), y2=_down(at, height))
        )
        parts.append(
            element("text", str(at), class_="tick", x=-8, y=_down(at, height) + 4, text_anchor="end")
        )
    level = _down(target, height)
    parts.append(element("line", class_="target", x1="0", x2="100%", y1=level, y2=level))
    parts.append(_area(points, height))
    parts += _dots(points, height, radius=4)
    parts += _dates(points, height)
    parts += _slots(points, height)
    return _svg("trend", height + 24, parts, label=label)


def _area(points: Sequence[Point], height: int) -> Markup:
    """Bands and lines in a picture of its own that stretches in both directions."""
    parts: list[Markup] = []
    for run in _runs(points):
        upper = [f"{_across(at, points):.2f},{_down(points[at].high or 0, height):.2f}" for at in run]
        lower = [
            f"{_across(at, points):.2f},{_down(points[at].low or 0, height):.2f}" for at in reversed(run)
        ]
        line = [f"{_across(at, points):.2f},{_down(points[at].index or 0, height):.2f}" for at in run]
        if len(run) > 1:
            parts.append(element("polygon", class_="band", points=" ".join(upper + lower)))
            parts.append(element("polyline", class_="line", points=" ".join(line)))
    return element(
        "svg",
        *parts,
        x=0,
        y=0,
        width="100%",
        height=height,
        viewbox=f"0 0 100 {height}",
        preserveaspectratio="none",
    )


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """Positions of neighbouring periods that have an index."""
    runs: list[list[int]] = [[]]
    for at, point in enumerate(points):
        if point.index is None:
            runs.append([])
        else:
            runs[-1].append(at)
    return [run for run in runs if run]


def _dots(points: Sequence[Point], height: int, *, radius: float) -> list[Markup]:
    """A dot for each period, and its interval where no neighbour lets a band show it."""
    alone = {run[0] for run in _runs(points) if len(run) == 1}
    parts = []
    for at, point in enumerate(points):
        if point.index is None:
            continue
        x = _percent(_across(at, points))
        if at in alone and point.low is not None and point.high is not None:
            top, bottom = _down(point.high, height), _down(point.low, height)
            parts.append(element("line", class_="whisker", x1=x, x2=x, y1=top, y2=bottom))
        kind = "firm" if point.is_firm else "soft"
        parts.append(element("circle", class_=f"dot {kind}", cx=x, cy=_down(point.index, height), r=radius))
    return parts


def _dates(points: Sequence[Point], height: int) -> list[Markup]:
    """The first, the middle and the last period's names below."""
    if not points:
        return []
    last = len(points) - 1
    wanted = {0: "start", last: "end"} if last > 0 else {0: "middle"}
    if last >= 4 or last == 2:
        wanted[last // 2] = "middle"
    return [
        element(
            "text",
            points[at].label,
            class_=f"tick {anchor}",
            x=_percent(_across(at, points)),
            y=height + 18,
            text_anchor=anchor,
        )
        for at, anchor in sorted(wanted.items())
    ]


def _slots(points: Sequence[Point], height: int) -> list[Markup]:
    """An area for each period that shows its numbers when pointed at, and leads to its mentions."""
    step = 100 / max(1, len(points) - 1) if len(points) > 1 else 100.0
    parts = []
    for at, point in enumerate(points):
        left = max(0.0, _across(at, points) - step / 2)
        right = min(100.0, _across(at, points) + step / 2)
        box = element(
            "rect",
            element("title", point.tip),
            class_="slot",
            x=_percent(left),
            width=_percent(right - left),
            y=0,
            height=height,
        )
        parts.append(element("a", box, href=point.href, aria_label=point.tip) if point.href else box)
    return parts


def _svg(kind: str, height: int, parts: Sequence[Markup], *, label: str = "", role: str = "group") -> Markup:
    named: dict[str, str] = {"role": role, "aria_label": label} if label else {"aria_hidden": "true"}
    return element("svg", *parts, class_=f"chart {kind}", width="100%", height=height, **named)


def _across(at: int, points: Sequence[Point]) -> float:
    return 50.0 if len(points) < 2 else 100.0 * at / (len(points) - 1)


def _down(index: float, height: int) -> float:
    return round(height * (1 - index / 100), 2)


def _percent(value: float) -> str:
    return f"{min(100.0, max(0.0, value)):.2f}%"


def _text(value: str | float) -> str:
    return harmless(value) if isinstance(value, str) else f"{value:g}"
