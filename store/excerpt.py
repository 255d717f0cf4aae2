"""A passage cut to a readable length around its matched words."""

from collections.abc import Sequence

LONGEST = 420

Parts = tuple[tuple[str, bool], ...]


def excerpt(passage: str, spans: Sequence[tuple[int, int]], longest: int = LONGEST) -> Parts:
    """The passage in parts, matched words marked, cut to about `longest` characters around the first of
    them.

    `spans` are character offsets into `passage`; those that do not fit it are left out.
    """
    fitting = sorted((start, end) for start, end in spans if 0 <= start < end <= len(passage))
    start, end = _window(passage, fitting, longest)
    parts: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for first, last in fitting:
        if first < at or last > end:
            continue
        parts += [(passage[at:first], False), (passage[first:last], True)]
        at = last
    parts.append((passage[at:end], False))
    if end < len(passage):
        parts.append((" …", False))
    return tuple((text, marked) for text, marked in parts if text)


def _window(passage: str, spans: Sequence[tuple[int, int]], longest: int) -> tuple[int, int]:
    if len(passage) <= longest:
        return 0, len(passage)
    centre = spans[0][0] if spans else 0
    start = max(0, min(centre - longest // 3, len(passage) - longest))
    end = min(len(passage), start + longest)
    if start:
        start = _next_space(passage, start, max(start, min(centre, start + 30)))
    if end < len(passage):
        end = max(passage.rfind(" ", end - 30, end), end - 30) if " " in passage[end - 30 : end] else end
    return start, max(end, start)


def _next_space(passage: str, start: int, latest: int) -> int:
    at = passage.find(" ", start, latest)
    return start if at < 0 else at + 1
