"""Sentences of Finnish, Armenian, Russian and English text, and the passage around a mention."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import Final, Protocol

PASSAGE_LIMIT: Final = 1200
"""Characters after which neighbouring mentions of one brand no longer grow one passage."""

_CLOSERS = "\"'»”’)\\]"
_ENDER = re.compile(rf"[.!?…։:]+[{_CLOSERS}]*|\n+")
_OPENER = re.compile(r"[\s\"'«„“”‘(\[–—•*-]*")
_TOKEN_BEFORE = re.compile(r"[^\s(«„“”\"\[]*$")
# One letter may be an abbreviation (e.Kr.); in Armenian it is the word that most sentences end with.
_SMALL_WORDS = re.compile(r"(?:[^\W\d_]+[-,])*(?:[^\W\d_]{2,}|է)")
# Armenian keyboards type it for the full stop.
_ONE_DOT_LEADER = "\u2024"
_ORDINARY_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBERS = re.compile(r"[\d.,]+")
_LIST_NUMBER = re.compile(r"\d{1,2}[.)]\s")
# Dates (5.6.) and initials (n.k., U.S.); a time (12.30) or an address (elisa.fi) may close a sentence.
_ABBREVIATED = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])|[^\W\d_]{1,2}(?:\.[^\W\d_]{1,2})+")
_LONGEST_TOKEN = 40

# What a full stop follows without ending the sentence, even before a capital.
_ABBREVIATION_LIST = """
    ao alk ap as ark em emt esim eli engl fil ed huom ip jaos joht k kk kko klo kpl ks kts lab leht lis lk
    lv maist mahd milj min mk mm mrd ml muk n nk no nro ns nyk o op os oto p pj po prof ps puh pvm pääsiht r
    rva s sek seur sh siht so st suom suht synt t tait tal tel tk toim ts tri tsto ts tuom v va vars vas vk
    vrt vs vt yl ylim ym y mr mrs ms dr inc ltd vol fig approx թ թթ դ հ հտ էջ պրոֆ տես օր ք փ խմբ մ կմ մմ սմ
    կգ հազ մլն մլրդ ռուբ դր նախ տ ակադ անգլ ռուս բն շ գ г гг ул д др им стр руб тыс млн млрд проф см напр т
    е п
"""
_ABBREVIATIONS: Final = frozenset(_ABBREVIATION_LIST.split())
# These stand at the end of a list as often as not: a capital after them does open a sentence.
_LIST_ENDS: Final = frozenset(("jne", "ym", "yms", "tms", "ymv", "jms", "inc", "ltd", "т.д", "т.п"))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open character offsets into the original text."""

    start: int
    end: int


class Mentioned(Protocol):
    """What `passages` needs of a hit."""

    @property
    def brand(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """What gets scored for one brand: its sentences and one on each side.

    `start` and `end` are offsets into the text; `spans` are the brand's hits, relative to `start`.
    """

    brand: str
    start: int
    end: int
    text: str
    spans: tuple[tuple[int, int], ...]


def sentences(text: str) -> list[Span]:
    """The sentences of `text`, in order, without the white space around them. Linear in time."""
    text = text.replace(_ONE_DOT_LEADER, ".")
    spans, start = [], 0
    for match in _ENDER.finditer(text):
        if _ends_sentence(text, match.start(), match.end()):
            spans.append(_trimmed(text, start, match.end()))
            start = match.end()
    spans.append(_trimmed(text, start, len(text)))
    return [span for span in spans if span.start < span.end]


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return Span(start + left, max(start + left, start + len(piece.rstrip())))


def _ends_sentence(text: str, start: int, end: int) -> bool:
    mark = text[start:end].rstrip(_CLOSERS + "\\]")
    if "\n" in mark or "։" in mark:
        return True
    opener = _OPENER.match(text, end, end + _LONGEST_TOKEN)
    next_letter = text[opener.end() : opener.end() + 1] if opener else ""
    spaced = end == len(text) or text[end].isspace()
    if not spaced and not _lacks_space(text, start, mark, next_letter):
        return False
    if mark == ":":
        return _armenian_colon(text, start, next_letter)
    if "!" in mark or "?" in mark:
        return True
    if len(mark) > 1 or mark == "…":
        return not next_letter.islower()
    return _full_stop(text, start, next_letter)


def _lacks_space(text: str, start: int, mark: str, next_letter: str) -> bool:
    """Whether a writer left out the space (kestä.En suosittele): small letters before, a capital behind.

    The names that hold a mark have a capital before it as well (Mail.Ru), or belong to an address. A colon
    behind another mark is that of a smiley (hyvä!:D).
    """
    if mark.endswith(":") and mark.strip(":"):
        return False
    token = _token_before(text, start)
    return next_letter.isupper() and token.islower() and _SMALL_WORDS.fullmatch(token) is not None


def _token_before(text: str, position: int) -> str:
    match = _TOKEN_BEFORE.search(text, max(0, position - _LONGEST_TOKEN), position)
    return match.group() if match else ""


def _armenian_colon(text: str, start: int, next_letter: str) -> bool:
    """Whether a colon is typed for ։, as Armenian keyboards tempt to: behind Armenian, before a new start."""
    before = text[max(0, start - 3) : start].rstrip('»”")0123456789')
    return bool(before) and _is_armenian(before[-1]) and not next_letter.islower()


def _is_armenian(character: str) -> bool:
    return "\u0531" <= character <= "\u0589"


def _full_stop(text: str, start: int, next_letter: str) -> bool:
    token = _token_before(text, start)
    word = token.rsplit(".", 1)[-1].casefold()
    if not next_letter:
        return True
    if next_letter.islower():
        return bool(_ORDINARY_WORD.fullmatch(token)) and word not in _ABBREVIATIONS | _LIST_ENDS
    if word in _LIST_ENDS or token in _LIST_ENDS:
        return True
    if word in _ABBREVIATIONS or (len(token) == 1 and token.isupper()) or _ABBREVIATED.fullmatch(token):
        return False
    if _NUMBERS.fullmatch(token):
        return not _opens_line(text, start - len(token)) and not next_letter.isdigit()
    return True


def _opens_line(text: str, position: int) -> bool:
    before = text[max(0, position - 2) : position].rstrip(" ")
    return not before or before[-1] in "\n.!?։"


class Sentences:
    """The sentences of one text, split when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._spans: list[Span] | None = None
        self._first_letters: dict[int, int] = {}

    @property
    def spans(self) -> list[Span]:
        if self._spans is None:
            self._spans = sentences(self.text)
        return self._spans

    def index(self, position: int) -> int:
        """The number of the sentence that holds or precedes `position`; 0 for a text without any."""
        return max(0, bisect_right(self.spans, position, key=lambda span: span.start) - 1)

    def opens(self, position: int) -> bool:
        """Whether the word at `position` opens its sentence (behind quotes, dashes, bullets and their numbers)."""
        if not self.spans:
            return True
        number = self.index(position)
        if number not in self._first_letters:
            start = self.spans[number].start
            numbered = _LIST_NUMBER.match(self.text, start)
            places = range(numbered.end() if numbered else start, len(self.text))
            self._first_letters[number] = next(
                (at for at in places if self.text[at].isalnum()), len(self.text)
            )
        return position <= self._first_letters[number]


# --- passages --------------------------------------------------------------------------------------------

_CONTRAST = (
    "mutta|vaan|kun taas|sen sijaan|toisin kuin|sitä vastoin|but|while|whereas|unlike|men|medan|"
    "բայց|իսկ|սակայն|մինչդեռ|այնինչ|ի տարբերություն|bayc|bayts|isk|sakayn|а|но|зато|однако"
)
# Those that contrast without a comma too.
_BARE_CONTRAST = (
    "mutta|kun taas|toisin kuin|but|while|whereas|men|medan|"
    "բայց|իսկ|սակայն|մինչդեռ|bayc|bayts|isk|sakayn|а|но|однако"
)
_CLAUSE = re.compile(
    rf"(?:[,;՝–—]|\s-)\s+(?P<joint>(?:{_CONTRAST})\b)?|\s(?P<bare>{_BARE_CONTRAST})\s", re.IGNORECASE
)
# Unequals: the Finnish word stands between equals as well (yhtä hyvä kuin), but not behind a comparative. What is
# compared with is the other brand, at the end of the searched part, not a number (more than 100 euros).
_COMPARED = re.compile(
    r"(?:m[mp][aäi]\w{0,9}(?:\s\w{1,30}){0,2}\s(?=ku(?:in|n)?\s)|\s(?=(?:than|än|քան|qan|чем)\s))"
    r"(?=\w{2,4}\s+(?:[^\s\d]\S{0,30}\s+){0,4}[^\w\s]*$)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_ENOUGH_WORDS = 2
# Characters looked through on each side of a comma for so many words: keeps a sentence of a megabyte linear.
_NEARBY = 500
# Hits looked through on each side for another brand's: keeps lists of hundreds of names linear.
_NEAR = 100
# Those of the same sentence that may share a clause.
_NEAR_IN_SENTENCE = 8


def passages(text: str, hits: Iterable[Mentioned], *, limit: int = PASSAGE_LIMIT) -> list[Passage]:
    """The passages to score, in the order of the text: one for each brand and neighbourhood.

    A passage is the sentence of a hit with one sentence on each side, cut where a clause about another brand
    begins, or a comparison with it: of "Elisa is better than Telia" the second brand keeps "than Telia".
    Hits of one brand whose passages touch share one, as long as it stays within `limit` characters.
    """
    ordered = sorted(hits, key=attrgetter("start", "end"))
    split = Sentences(text)
    found: list[Passage] = []
    for brand, own in groupby(sorted(ordered, key=attrgetter("brand")), key=attrgetter("brand")):
        found.extend(_brand_passages(split, brand, list(own), ordered, limit))
    return sorted(found, key=lambda passage: (passage.start, passage.end, passage.brand))


def _brand_passages(
    split: Sentences, brand: str, own: Sequence[Mentioned], everyone: Sequence[Mentioned], limit: int
) -> Iterator[Passage]:
    window: Span | None = None
    inside: list[Mentioned] = []
    for hit in own:
        around = _window(split, hit, everyone)
        if window is not None and _may_join(window, around, limit):
            window = Span(window.start, max(window.end, around.end))
            inside.append(hit)
            continue
        if window is not None and hit.end <= window.end:
            inside.append(hit)
            continue
        if window is not None:
            yield _passage(split.text, brand, window, inside)
            around = Span(max(around.start, min(window.end, hit.start)), around.end)
        window, inside = around, [hit]
    if window is not None:
        yield _passage(split.text, brand, window, inside)


def _may_join(window: Span, around: Span, limit: int) -> bool:
    return around.start <= window.end + 1 and around.end - window.start <= limit


def _passage(text: str, brand: str, window: Span, inside: Sequence[Mentioned]) -> Passage:
    span = _trimmed(text, window.start, window.end)
    spans = tuple((hit.start - span.start, hit.end - span.start) for hit in inside)
    return Passage(brand, span.start, span.end, text[span.start : span.end], spans)


def _window(split: Sentences, hit: Mentioned, everyone: Sequence[Mentioned]) -> Span:
    """The hit's sentence and its neighbours, cut at the nearest clause about another brand on either side."""
    spans, number = split.spans, split.index(hit.start)
    last = max(number, split.index(max(hit.start, hit.end - 1)))
    start, end = spans[max(0, number - 1)].start, spans[min(len(spans) - 1, last + 1)].end
    before, after = _neighbours(hit, everyone, start, end)
    if before is not None:
        farthest = min(_sharing(hit, everyone, spans[number].start, hit.start), default=before.end)
        start = _cut_before(split, start, (before.end, farthest), hit.start)
    if after is not None:
        farthest = max(_sharing(hit, everyone, hit.end, spans[last].end), default=after.start)
        end = _cut_after(split, hit.end, (after.start, farthest))
    return Span(start, end)


def _neighbours(
    hit: Mentioned, everyone: Sequence[Mentioned], start: int, end: int
) -> tuple[Mentioned | None, Mentioned | None]:
    """The nearest hits of other brands on each side of `hit` within `start`–`end`, none that overlaps it."""
    place = bisect_left(everyone, hit.start, key=attrgetter("start"))
    before = after = None
    for other in reversed(everyone[max(0, place - _NEAR) : place]):
        if other.start < start:
            break
        if other.brand != hit.brand and other.end <= hit.start:
            before = other
            break
    for other in everyone[place : place + _NEAR]:
        if other.end > end:
            break
        if other.brand != hit.brand and other.start >= hit.end:
            after = other
            break
    return before, after


def _sharing(hit: Mentioned, everyone: Sequence[Mentioned], start: int, end: int) -> Iterator[int]:
    """Where the hits of other brands near `hit` within `start`–`end`, a side of its sentence, face it."""
    place = bisect_left(everyone, hit.start, key=attrgetter("start"))
    for other in everyone[max(0, place - _NEAR_IN_SENTENCE) : place + _NEAR_IN_SENTENCE]:
        if other.brand != hit.brand and start < other.end and other.start < end:
            facing = other.end if other.end <= hit.start else other.start
            if start <= facing <= end and abs(facing - hit.start) < _NEARBY:
                yield facing


def _cut_before(split: Sentences, start: int, other_ends: tuple[int, int], hit_start: int) -> int:
    """Where the hit's passage begins when other brands, the nearest and the farthest, end before it.

    The nearest may share the clause: Elisa and Telia are good, but DNA …
    """
    other_end, farthest = other_ends
    if split.index(other_end - 1) == split.index(hit_start):
        own = split.spans[split.index(hit_start)].start
        cuts = _cuts_between(split, other_end, hit_start) or _cuts_between(split, farthest, hit_start)
        return cuts[-1] if cuts else own
    ends = split.spans[split.index(other_end - 1)].end
    cuts = [cut for cut in _clause_cuts(split, other_end, ends) if cut < ends]
    return cuts[0] if cuts else max(start, ends)


def _cut_after(split: Sentences, hit_end: int, other_starts: tuple[int, int]) -> int:
    """Where the hit's passage ends when other brands, the nearest and the farthest, begin after it."""
    other_start, farthest = other_starts
    if split.index(other_start) == split.index(hit_end - 1):
        own = split.spans[split.index(other_start)].end
        cuts = _cuts_between(split, hit_end, other_start) or _cuts_between(split, hit_end, farthest)
        return cuts[0] if cuts else own
    begins = split.spans[split.index(other_start)].start
    cuts = [cut for cut in _clause_cuts(split, begins, other_start) if cut > begins]
    return cuts[-1] if cuts else begins


def _cuts_between(split: Sentences, start: int, end: int) -> list[int]:
    """Where a sentence may be cut between two brands: at clauses, or before what the first is compared with."""
    clauses = list(_clause_cuts(split, start, end))
    compared = [match.end() for match in _COMPARED.finditer(split.text, start, end)]
    return compared[-1:] if compared and compared[-1] >= max(clauses, default=0) else clauses


def _clause_cuts(split: Sentences, start: int, end: int) -> Iterator[int]:
    """Clause boundaries between two offsets: a contrast, or a comma with words enough on both sides.

    The commas of a list (Elisa, Telia ja DNA) are none.
    """
    text = split.text
    sentence = split.spans[split.index(start)]
    matches = list(_CLAUSE.finditer(text, start, end))
    marks = [sentence.start, *(match.start() for match in matches), min(sentence.end, len(text))]
    for match, before, after in zip(matches, marks, marks[2:], strict=False):
        if match["joint"] or match["bare"]:
            yield match.start() + 1
        elif _says_something(text, max(before, match.start() - _NEARBY), match.start()) and _says_something(
            text, match.end(), min(after, match.end() + _NEARBY)
        ):
            yield match.end()


def _says_something(text: str, start: int, end: int) -> bool:
    words = islice(_WORDS.finditer(text, start, end), _ENOUGH_WORDS + 1)
    return sum(1 for _ in words) > _ENOUGH_WORDS
