"""The prevalence protocol's results as docs/index.md shows them: a table between two marks, and a plot."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.prevalence import Line

LANGUAGES = {"fi": "Finnish", "hy": "Armenian"}
RATES = {"own": "the same kind of text", "other": "other kinds of text"}
_WIDTH, _HEIGHT, _EDGE = 300, 260, 44
_COLOURS = {"raw": "#9a4a00", "own": "#00639a", "other": "#5b7f00"}


def write_docs(
    folder: Path, means: Mapping[str, Sequence[Mapping[str, object]]], lines: Mapping[str, Sequence["Line"]]
) -> None:
    """Renews the table in folder/index.md and writes folder/prevalence.svg."""
    page = folder / "index.md"
    table = f"<!-- prevalence -->\n{_table(means)}\n<!-- /prevalence -->"
    text, found = re.subn(
        r"<!-- prevalence -->.*<!-- /prevalence -->",
        lambda _: table,
        page.read_text("utf-8"),
        flags=re.DOTALL,
    )
    if not found:
        raise SystemExit(
            f"{page}: has no <!-- prevalence --> … <!-- /prevalence --> to put the table between"
        )
    page.write_text(text, "utf-8")
    (folder / "prevalence.svg").write_text(_plot(lines), "utf-8")


def _table(means: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    rows = [
        "| error rates from | language | texts | raw share: error | index: error | interval holds | its width |",
        "|---|---|---|---|---|---|---|",
    ]
    for rates, each in means.items():
        for mean in each:
            language = LANGUAGES[str(mean["language"])]
            rows.append(
                f"| {RATES[rates]} | {language} | {mean['n']:,} | {mean['raw_error']:.1f} | {mean['error']:.1f} "
                f"| {mean['coverage']:.0f}% | {mean['width']:.0f} |"
            )
    return "\n".join(rows)


def _plot(lines: Mapping[str, Sequence["Line"]]) -> str:
    """Mean absolute error by the true share, at the largest sample; one panel a language."""
    largest = max(line.n for each in lines.values() for line in each)
    top = 10 * (
        1 + int(max(max(line.raw_error, line.error) for each in lines.values() for line in each) / 10)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH} {_HEIGHT + 30}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * _WIDTH}" height="{_HEIGHT + 30}" fill="#fff"/>',
    ]
    for place, language in enumerate(LANGUAGES):
        parts.append(f'<g transform="translate({place * _WIDTH} 0)">')
        parts += _axes(LANGUAGES[language], top)
        for name, each in lines.items():
            shown = [line for line in each if (line.language, line.n) == (language, largest)]
            parts.append(_curve([(line.share, line.error) for line in shown], top, _COLOURS[name]))
            if name == "own":
                parts.append(_curve([(line.share, line.raw_error) for line in shown], top, _COLOURS["raw"]))
        parts.append("</g>")
    legend = {"raw": "raw share"} | {name: f"index, rates of {text}" for name, text in RATES.items()}
    for place, (name, text) in enumerate(legend.items()):
        at = 20 + place * 195
        parts.append(f'<circle cx="{at}" cy="{_HEIGHT + 15}" r="4" fill="{_COLOURS[name]}"/>')
        parts.append(f'<text x="{at + 9}" y="{_HEIGHT + 19}">{text}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axes(title: str, top: int) -> list[str]:
    left, bottom = _EDGE, _HEIGHT - _EDGE
    parts = [
        f'<text x="{left}" y="18" font-weight="bold">{title}</text>',
        f'<text x="{left}" y="{_HEIGHT - 8}">true share of positive, %</text>',
        '<text x="12" y="34">error, points</text>',
    ]
    for percent in range(10, 100, 20):
        x, _ = _at(percent / 100, 0, top)
        parts.append(f'<text x="{x}" y="{bottom + 15}" text-anchor="middle">{percent}</text>')
    for error in range(0, top + 1, 10):
        _, y = _at(0, error, top)
        parts.append(f'<line x1="{left}" x2="{_WIDTH - 12}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{error}</text>')
    return parts


def _curve(points: Sequence[tuple[float, float]], top: int, colour: str) -> str:
    path = " ".join("{},{}".format(*_at(share, error, top)) for share, error in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _at(share: float, error: float, top: int) -> tuple[float, float]:
    x = _EDGE + share * (_WIDTH - _EDGE - 12)
    return round(x, 1), round(_HEIGHT - _EDGE - error / top * (_HEIGHT - _EDGE - 44), 1)
