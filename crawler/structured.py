"""schema.org data of a page: JSON-LD and microdata as plain dictionaries, and every thing nested in them."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.text import storable

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_BLOCK = 2 * 1024 * 1024
MAX_THINGS = 20_000
_MAX_DEPTH = 60

# What stands before the data where it is hidden from parsers of old: <!--, /* <![CDATA[ */, //<![CDATA[.
_OPENING = re.compile(r"^[\s\ufeff/*]*(?:<!(?:--|\[CDATA\[)[\s/*]*)?")
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
# A hyphen inside a word is no sign: «rating-4».
_NUMBER = re.compile(r"(?:(?<!\w)[-+])?\d{1,9}(?:[.,]\d{1,9})?")
_SCALE = re.compile(r"\d\s{0,3}(?:/|out of|av|из)\s{0,3}(\d{1,4})(?!\d)")
# The scale comes first: «5-ից 4», «5 tähdestä 4».
_OUT_OF = re.compile(
    r"(?<![\d.,])(?P<best>\d{1,3})(?:-ից|\stähdestä|\sաստղից)\s(?P<value>\d{1,3}(?:[.,]\d)?)(?!\d)"
)
_STARS = re.compile(r"(?P<full>[★⭐\ufe0f]*)(?P<half>[½⯨⯪]?)(?P<empty>☆*)")
_WIDTH = re.compile(r"(?<![a-z-])width\s?:\s?(\d{1,3}(?:\.\d{1,9})?\s?%)", re.IGNORECASE)
_LABELS = ("aria-label", "title", "alt", "data-rating", "data-score", "content")
_PERCENT = re.compile(rf"[^\d%]*{_NUMBER.pattern}\s?%")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]{0,30})")
_UNSEEN = re.compile(
    r"(?P<comment><!--(?:-?>)?|-->)|<(?P<end>/?)(?P<name>script|style)\b[^<>]{0,2000}>", re.IGNORECASE
)
# Where an element ends and another begins without a space, as in markup that a program writes: a name, a post.
_ADJOINING = re.compile(
    r"(?P<before>\w(?:</[a-zA-Z][a-zA-Z0-9-]{0,30}>){1,5})(?=(?:<[a-zA-Z][^<>]{0,500}>){1,5}(?P<next>[\w#@]))"
)
_BLOCKS = frozenset(
    {
        "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre",
        "section", "table", "tr", "ul",
    }
)  # fmt: skip
# These stand in the middle of words: a link on a name, whose case ending follows it.
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
        "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
        "sup", "tg-emoji", "tg-spoiler", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """One schema.org node: its types without prefix, its properties, and the thing whose property it is."""

    types: frozenset[str]
    data: Mapping[str, Any]
    owner: "Thing | None"


def structured_data(tree: "HtmlElement") -> list[Any]:
    """The page's JSON-LD blocks, then its microdata items; a broken block does no harm to the rest."""
    return [*_json_ld(tree), *_microdata(tree)]


def things(data: list[Any]) -> Iterator[Thing]:
    """Every typed node of `data`, owners before what they own, `@graph` opened, references by `@id` followed."""
    known = _by_id(data)
    stack: list[tuple[Any, Thing | None, int]] = [(each, None, 0) for each in reversed(data)]
    visited = 0
    while stack and visited < MAX_THINGS:
        node, owner, depth = stack.pop()
        visited += 1
        if depth > _MAX_DEPTH:
            continue
        if isinstance(node, list):
            stack.extend((each, owner, depth + 1) for each in reversed(node))
        elif isinstance(node, dict):
            types = types_of(node)
            thing = Thing(types, _Resolved(node, known), owner) if types else owner
            if types and thing:
                yield thing
            stack.extend(
                (value, thing, depth + 1)
                for value in reversed(list(node.values()))
                if isinstance(value, (dict, list))
            )


def types_of(node: Mapping[str, Any]) -> frozenset[str]:
    """`@type` (or microdata's `type`) without `https://schema.org/`."""
    raw = node.get("@type", ())
    names = raw if isinstance(raw, list) else [raw] if raw else []
    return frozenset(re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str))


def text_of(value: Any) -> str:
    """A property as text: of a list the first, of a thing its name or value; HTML is taken out."""
    if isinstance(value, list):
        return next((found for found in map(text_of, value) if found), "")
    if isinstance(value, Mapping):
        return next((text_of(value[key]) for key in ("name", "@value", "text", "@id") if value.get(key)), "")
    if isinstance(value, bool) or value is None:
        return ""
    return plain_text(str(value))


def plain_text(value: str) -> str:
    """`value` without HTML tags, scripts and entities, its lines and blocks on lines of their own, blanks single."""
    if "<" in value:
        value = _TAG.sub(_gap, _ADJOINING.sub(_parted, _seen(value)))
    value = html.unescape(value).replace("\u00a0", " ")
    lines = (" ".join(line.split()) for line in value.split("\n"))
    return "\n".join(line for line in lines if line)


def own_words(value: str, quotes: str) -> str:
    """The HTML element `value` as `plain_text`, without the elements in it that the CSS `quotes` matches.

    They are other people's words, and would count as the writer's. An element that holds nothing else is kept.
    """
    from parsel import Selector

    if "<" not in value:
        return plain_text(value)
    page = Selector(text=storable(value), type="html")
    for quote in page.css("body > *").css(quotes):
        if quote.root.getparent() is not None and quote.root.getparent().tag != "body":
            # Emptied, not taken out: lxml would write the text behind it anew, and refuses control characters.
            quote.root.clear(keep_tail=True)
    return plain_text(page.get() or "") or plain_text(value)


def _parted(end: re.Match[str]) -> str:
    """The end of an element with a space, where the next begins with a capital or a sign: styles set them apart."""
    return f"{end['before']} " if not end["next"].isalnum() or end["next"].isupper() else end["before"]


def _gap(tag: re.Match[str]) -> str:
    """What a reader sees in place of a tag."""
    name = _TAG_NAME.match(tag.group())
    kind = name.group(1).lower() if name else ""
    return "\n" if kind in _BLOCKS else "" if kind in _INLINE else " "


def _seen(value: str) -> str:
    """`value` without comments, scripts and styles; what is opened and never closed is left."""
    kept, start, opened = [], 0, ""
    for mark in _UNSEEN.finditer(value):
        name = "comment" if mark["comment"] else mark["name"].lower()
        closes = (mark["comment"] or "").endswith(">") or mark["end"] == "/"
        if not opened and not closes:
            kept.append(value[start : mark.start()])
            start, opened = mark.start(), name
        elif closes and name == opened:
            start, opened = mark.end(), ""
    return "".join((*kept, value[start:]))


def number_of(value: Any) -> float | None:
    """A rating as number: 4, "4", "4,5", "4.5 / 5" (its first number)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e9 else None
    match = _NUMBER.search(text_of(value)[:40])
    return float(match.group().replace(",", ".")) if match else None


def rating_of(value: Any) -> tuple[float | None, float]:
    """A rating with the best of its scale: 4, "4,5 tähteä", "★★★★☆", "4 (95 % suosittelee)" and "80 %" are on one to 5,
    "9/10" and "9 out of 10" on one to 10. Of "10 %", which is half a star, it is one, the least that can be given.
    """
    text = text_of(value)[:40]
    if found := _OUT_OF.search(text):
        return number_of(found["value"]), float(found["best"])
    number = number_of(value)
    if number is None:
        return _drawn(text), 5.0
    if number and _PERCENT.match(text):
        return max(number / 20, 1.0), 5.0
    scale = _SCALE.search(text)
    return number, float(scale[1]) if scale else 5.0


def rating_shown(html: str) -> tuple[float | None, float]:
    """As `rating_of`, of an HTML element: by what it says, by its label, or by the width that its stars are cut to."""
    from parsel import Selector

    text = plain_text(html)
    if any(letter.isdigit() for letter in text) or "<" not in html:
        return rating_of(text)
    page = Selector(text=storable(html), type="html")
    labels = [set(page.xpath(f"//body//@{name}").getall()) for name in _LABELS]
    widths = {width for style in page.xpath("//@style").getall() for width in _WIDTH.findall(style)}
    # Of several nobody knows which one counts: five stars, each with its own.
    for written in (*labels, widths):
        if len(written) == 1 and (found := rating_of(*written))[0] is not None:
            return found
    return rating_of(text)


def _drawn(text: str) -> float | None:
    """How many of five stars are full; None where there are others, or none is drawn."""
    found = _STARS.fullmatch("".join(text.split()))
    if found is None or not text.strip():
        return None
    full = sum(
        star != "\ufe0f" for star in found["full"]
    )  # which asks for the coloured form of the sign before it
    number = full + (0.5 if found["half"] else 0)
    whole = full + len(found["half"]) + len(found["empty"])
    return number if 1 <= number <= 5 and (whole == 5 or not found["empty"]) else None


class _Resolved(Mapping[str, Any]):
    """A node whose values that are bare references (`{"@id": …}`) read as what they refer to."""

    def __init__(self, node: dict[str, Any], known: dict[str, dict[str, Any]]) -> None:
        self._node, self._known = node, known

    def __getitem__(self, key: str) -> Any:
        value = self._node[key]
        if isinstance(value, dict) and set(value) == {"@id"} and isinstance(value["@id"], str):
            return self._known.get(value["@id"], value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._node)

    def __len__(self) -> int:
        return len(self._node)


def _by_id(data: list[Any]) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    stack: list[Any] = list(data)
    visited = 0
    while stack and visited < MAX_THINGS:
        node = stack.pop()
        visited += 1
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            name = node.get("@id")
            if isinstance(name, str) and len(node) > 1 and len(node) > len(known.get(name, ())):
                known[name] = node
            stack.extend(value for value in node.values() if isinstance(value, (dict, list)))
    return known


def _json_ld(tree: "HtmlElement") -> Iterator[Any]:
    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        text = _OPENING.sub("", script.text_content())
        if not text.strip() or len(text) > MAX_BLOCK:
            continue
        for attempt in (text, _TRAILING_COMMA.sub("", text)):
            try:
                # The end of a comment, or a semicolon, may follow.
                yield json.JSONDecoder(strict=False).raw_decode(attempt)[0]
                break
            except (ValueError, RecursionError):
                continue


def _microdata(tree: "HtmlElement") -> list[Any]:
    if tree.find(".//*[@itemscope]") is None:
        return []
    from extruct.w3cmicrodata import MicrodataExtractor

    try:
        items = MicrodataExtractor().extract_items(tree, base_url=None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # broken markup
        return []
    return [_from_microdata(item) for item in items]


def _from_microdata(item: Any, depth: int = 0) -> Any:
    """extruct's `{"type", "properties"}` in the shape of JSON-LD."""
    if isinstance(item, list):
        return [_from_microdata(each, depth) for each in item]
    if not isinstance(item, dict) or depth > _MAX_DEPTH:
        return item if not isinstance(item, dict) else None
    node = {key: _from_microdata(value, depth + 1) for key, value in item.get("properties", {}).items()}
    node["@type"] = item.get("type", [])
    if item.get("id"):
        node["@id"] = item["id"]
    return node
