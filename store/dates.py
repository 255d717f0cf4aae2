"""When something was published: ISO first, then the forms of the language that the page is known to be in.

Never guesses across languages, but for English months, which templates leave untranslated. A date without a time
keeps its calendar day (midnight UTC, precision "day"), so that no time zone moves it to another day; a time without
a zone is local to `timezone`.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from store.records import DatePrecision

MAX_LENGTH = 120
"""Characters: what is longer is no date."""
EARLIEST_YEAR = 1995
"""Before the public web; 1970 is the epoch of a clock that was never set."""

_ZONES = {"fi": "Europe/Helsinki", "sv": "Europe/Helsinki", "et": "Europe/Tallinn", "hy": "Asia/Yerevan"}
_MONTHS_FI = (
    "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu",
)  # fmt: skip
_MONTHS_HY = (
    "հունվար", "փետրվար", "մարտ", "ապրիլ", "մայիս", "հունիս", "հուլիս", "օգոստոս", "սեպտեմբեր", "հոկտեմբեր",
    "նոյեմբեր", "դեկտեմբեր",
)  # fmt: skip
# CLDR's abbreviations; the full names are taken by their beginning.
_SHORT_HY = ("հնվ", "փտվ", "մրտ", "ապր", "մյս", "հնս", "հլս", "օգս", "սեպ", "հոկ", "նոյ", "դեկ")
_MONTHS_RU = (
    "январ", "феврал", "март", "апрел", "мая", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр",
)  # fmt: skip
_SHORT_RU = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTHS_SV = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
    "november", "december",
)  # fmt: skip
_MONTHS_EN = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTH = {
    "fi": {name: number for number, name in enumerate(_MONTHS_FI, 1)},
    "hy": {name: number for names in (_SHORT_HY, _MONTHS_HY) for number, name in enumerate(names, 1)},
    "ru": {name: number for names in (_SHORT_RU, _MONTHS_RU) for number, name in enumerate(names, 1)},
    "sv": {name: number for number, full in enumerate(_MONTHS_SV, 1) for name in (full, full[:3])},
    "en": {name: number for number, full in enumerate(_MONTHS_EN, 1) for name in (full, full[:3])},
}
_NAMED = {
    "fi": rf"(?P<month>{'|'.join(_MONTHS_FI)})(?:k\.|k\b|kuu\w{{0,4}})?",
    "hy": rf"(?P<month>{'|'.join((*_MONTHS_HY, *_SHORT_HY))})\w{{0,3}}\.?",
    "ru": rf"\b(?P<month>{'|'.join((*_MONTHS_RU, *_SHORT_RU))})(?:[аьяе]|(?<=ноя)б|(?<=сен)т)?\b\.?",
    "sv": rf"\b(?P<month>{'|'.join(_MONTH['sv'])})(?:(?<=sep)t)?\b\.?",
    "en": rf"\b(?P<month>{'|'.join(_MONTH['en'])})(?:(?<=sep)t)?\b\.?",
}
_NUMERIC = (
    re.compile(r"(?<![\d.])(?P<day>\d{1,2})[.](?P<month>\d{1,2})[.](?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<![\d/])(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<![\d.])(?P<day>\d{1,2})[.](?P<month>\d{1,2})[.](?P<short>\d{2})(?![\d.])"),
    re.compile(r"(?<![\d.:])(?P<day>\d{1,2})[.](?P<month>\d{1,2})[.](?!\d)"),
)
# 18-ին, 18-ը, 18th of, 18:e, 18-го.
_ORDINAL = "(?:-?(?:ին|ը)|(?:st|nd|rd|th)(?: of)?|:?[ae]|-?(?:го|е))?"
_WRITTEN = {
    language: tuple(
        re.compile(form.replace("MONTH", month))
        for form in (
            rf"(?<!\d)(?P<day>\d{{1,2}}){_ORDINAL}[.,]?\s{{0,3}}MONTH,?\s{{0,3}}(?P<year>\d{{4}})(?!\d)",
            r"(?<!\d)(?P<year>\d{4}),?\s{0,3}MONTH\s{0,3}(?P<day>\d{1,2})(?!\d)",
            rf"MONTH\s{{0,3}}(?P<day>\d{{1,2}}){_ORDINAL},?\s{{1,3}}(?P<year>\d{{4}})(?!\d)",
            r"(?<!\d)(?P<day>\d{1,2})[.]?\s{0,3}MONTH(?!\s{0,3}\d{4})",
            r"MONTH,?\s{0,3}(?P<day>\d{1,2})(?![\d:])",
            r"MONTH\s{0,3}(?P<year>\d{4})(?!\d)",
            r"(?<!\d)(?P<year>\d{4}),?\s{0,3}MONTH",
        )
        # «Jan 12 kommentarer», «May 5 replies»: names, and no dates, where no year stands beside them.
        if language in ("fi", "hy") or "<year>" in form
    )
    for language, month in _NAMED.items()
}
_TIME = re.compile(
    r"(?<![\d.:])(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?(?![\d.:]\d)"
    r"(?:\s?(?P<half>[ap])\.?m\b)?"
)
_HALF = re.compile(r"(?<=\d)\s?(?P<half>[ap])\.?m\b\.?", re.IGNORECASE)
_ISO = re.compile(
    r"^(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?"
    r"(?:[T ](?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_DAYS_BACK = {
    "fi": {"tänään": 0, "eilen": 1, "toissapäivänä": 2},
    "hy": {"այսօր": 0, "երեկ": 1, "նախանցյալ օրը": 2},
    "ru": {"сегодня": 0, "вчера": 1, "позавчера": 2},
    "sv": {"idag": 0, "i dag": 0, "igår": 1, "i går": 1, "i förrgår": 2},
    "en": {"today": 0, "yesterday": 1},
}
# Monday first. The short names need a time beside them: «to», «la» and «sun» mean other things, and շաբաթ is a week.
_WEEKDAYS = {
    "fi": (
        ("maanantai(?:na)?", "tiistai(?:na)?", "keskiviikko(?:na)?", "torstai(?:na)?", "perjantai(?:na)?",
         "lauantai(?:na)?", "sunnuntai(?:na)?"),
        ("ma", "ti", "ke", "to", "pe", "la", "su"),
    ),
    "hy": (
        ("երկուշաբթի(?: օրը)?", "երեքշաբթի(?: օրը)?", "չորեքշաբթի(?: օրը)?", "հինգշաբթի(?: օրը)?",
         "ուրբաթ(?: օրը)?", "շաբաթ օրը", "կիրակի(?: օրը)?"),
        ("երկ", "երք", "չրք", "հնգ", "ուր", "շաբաթ|շբթ", "կիր"),
    ),
    "ru": (
        ("понедельник", "вторник", "сред[ау]", "четверг", "пятниц[ау]", "суббот[ау]", "воскресенье"),
        ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    ),
    "sv": (
        ("måndag(?:s|en)?", "tisdag(?:s|en)?", "onsdag(?:s|en)?", "torsdag(?:s|en)?", "fredag(?:s|en)?",
         "lördag(?:s|en)?", "söndag(?:s|en)?"),
        ("mån", "tis?", "ons?", "tors?", "fre", "lör", "sön"),
    ),
    "en": (
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ("mon", "tues?", "wed", "thu(?:rs?)?", "fri", "sat", "sun"),
    ),
}  # fmt: skip
# What says that the day is past, and not today.
_LAST = {
    "fi": "(?P<last>viime)", "hy": "(?P<last>անցած|անցյալ|նախորդ)", "ru": "во? (?P<last>прошл(?:ый|ую|ое))|во?",
    "sv": "(?P<last>förra|i)", "en": "(?:on )?(?P<last>last)|on",
}  # fmt: skip
_CLOCK = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap]\.?m\.?)?"
_WEEKDAY = {
    code: tuple(
        re.compile(
            rf"(?:(?:{_LAST[code]})\s)?(?:(?:{full})(?:,?\s(?:at\s|в\s|kl\.?\s)?{_CLOCK})?"
            rf"|(?:{short})\.?,?\s(?:at\s|в\s|kl\.?\s)?{_CLOCK})\.?"
        )
        for full, short in zip(*names, strict=True)
    )
    for code, names in _WEEKDAYS.items()
}
# «klo 9»: the hour alone; «klo 9–17» are opening hours.
_HOUR = re.compile(
    r"\b(?P<word>klo|kello|kl|ժամը)\b\.?\s?(?P<hour>\d{1,2})(?:-ին)?(?!\d|[.:։]\d|\s?[-–]\s?\d)"
)
_UNITS = {
    "fi": r"(?P<second>sekun\w{0,4}|s)|(?P<minute>minuut\w{0,3}|min)|(?P<hour>tun\w{0,3}|t|h)"
          r"|(?P<day>päiv\w{0,3}|pv|vrk)|(?P<week>viik\w{0,3}|vk)|(?P<month>kuukau\w{0,4}|kk)|(?P<year>vuo\w{0,3}|v)",
    "hy": r"(?P<second>վայրկյան|վրկ)|(?P<minute>րոպե|ր)|(?P<hour>ժամ|ժ)|(?P<day>օր)"
          r"|(?P<week>շաբաթ|շբթ)|(?P<month>ամիս|ամս)|(?P<year>տարի)",
    "ru": r"(?P<second>сек\w{0,4})|(?P<minute>мин\w{0,3})|(?P<hour>час\w{0,2}|ч)|(?P<day>день|дня|дней|дн)"
          r"|(?P<week>нед\w{0,4})|(?P<month>мес\w{0,4})|(?P<year>год\w?|лет)",
    "sv": r"(?P<second>sek\w{0,5})|(?P<minute>min\w{0,4})|(?P<hour>tim\w{0,3}|h)|(?P<day>dag\w{0,2}|dygn)"
          r"|(?P<week>veck\w{1,2})|(?P<month>mån\w{0,4})|(?P<year>år)",
    "en": r"(?P<second>sec\w{0,4})|(?P<minute>min\w{0,4})|(?P<hour>h(?:ou)?rs?|h)|(?P<day>days?|d)"
          r"|(?P<week>weeks?|w)|(?P<month>mo(?:nths?)?)|(?P<year>y(?:ea)?rs?|y)",
}  # fmt: skip
# Small numbers as words; «a few» is three.
_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "kaksi pari երկու два две пару två par two couple",
            "kolme muutama muutamia երեք քանի три несколько tre några three few several",
            "neljä չորս четыре fyra four",
            "viisi հինգ пять fem five",
            "kuusi վեց шесть sex six",
            "seitsemän յոթ семь sju seven",
            "kahdeksan ութ восемь åtta eight",
            "yhdeksän ինը девять nio nine",
            "kymmenen տասը десять tio ten",
        ),
        2,
    )
    for name in names.split()
}
# Drupal adds a smaller unit: «2 viikkoa 3 päivää sitten».
_SMALLER = r"(?:,?\s(?:ja\s|և\s|и\s|och\s|and\s)?\d{1,4}\s?[^\W\d]{1,12}\.?)?"
_AGO = {
    code: re.compile(
        rf"(?:\b(?P<number>\d{{1,4}}|(?:{'|'.join(_NUMBERS)})\b)(?:\sof)?\s?)?"
        rf"(?<![^\W\d])(?:{_UNITS[code]})\.?{_SMALLER}\s{ago}\b"
    )
    for code, ago in {
        "fi": r"(?:aikaa\s)?sitten", "hy": "առաջ", "ru": "назад", "sv": "(?:sedan|sen)", "en": "ago"
    }.items()
}  # fmt: skip
_NOW = {
    "fi": ("juuri nyt", "hetki sitten"),
    "hy": ("հենց նոր", "քիչ առաջ"),
    "ru": ("только что",),
    "sv": ("just nu",),
    "en": ("just now",),
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """One date. `utc` is `2026-11-22T10:00:00Z`, right to `precision`.

    `source` tells where it was found, or which rule read it. `doubt` marks a date in the future or before the
    web, a local time that a clock change made ambiguous or impossible, and a day and month in unknown order.
    `aged` marks one that was told by its age («2 viikkoa sitten»), of which every night makes another day.
    """

    utc: str
    precision: DatePrecision
    source: str
    doubt: bool = False
    aged: bool = False


def zone_of(language: str | None, timezone: str | None) -> ZoneInfo:
    """The zone of times written without one: the source's own, or the one that its language suggests."""
    return ZoneInfo(timezone or _ZONES.get((language or "")[:2], "UTC"))


def parse_date(
    text: str, language: str | None, now: datetime, timezone: str | None = None, site: str | None = None
) -> ParsedDate | None:
    """Read one date, or None where there is none to read.

    `language` is the known language of the page (ISO 639-1, other subtags ignored) or None; `now` is aware
    and the base of «3 tuntia sitten» and of dates without a year. `site` is the language that the site is known
    to be in: templates declare another one, and what cannot be read in that is read in this.
    """
    if len(text) > MAX_LENGTH:
        return None
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    codes = list(dict.fromkeys(each[:2].lower() for each in (language, site) if each)) or [""]
    zone = zone_of(next((each for each in codes if each in _ZONES), None), timezone)
    try:
        found = _iso(clean, zone, now) or _rfc822(clean, zone, now)
        for code in codes if clean else ():
            found = found or _local(clean.lower(), code, zone, now) or _by_dateparser(clean, code, zone, now)
        found = found or _in_words(clean.lower(), "en", zone, now)
    except OverflowError:  # the year 1, which .NET writes for no date, has no UTC in zones east of it
        return None
    return found


def named(found: ParsedDate | None, source: str) -> ParsedDate | None:
    """`found` with the place it was found in."""
    return replace(found, source=source) if found else None


def _iso(text: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    match = _ISO.match(text)
    if not match:
        return None
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"] or 1), int(parts["day"] or 1))
        if parts["hour"] is None:
            precision: DatePrecision = "day" if parts["day"] else "month" if parts["month"] else "year"
            return _calendar(day, now, precision, "iso")
        hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0)
        naive = datetime(day.year, day.month, day.day, hour, minute, min(second, 59))
        precision = "second" if parts["second"] else "minute"
        if parts["zone"] is None:
            return _zoned(naive, zone, now, precision, "iso")
        return _exact(naive.replace(tzinfo=UTC) - _offset(parts["zone"]), now, precision, "iso")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta()
    minutes = int(zone[1:3]) * 60 + int(zone[3:].lstrip(":") or 0)
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)


def _rfc822(text: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    if ":" not in text or not text.isascii():
        return None
    try:
        half = _HALF.search(text)  # phpBB: Thu Nov 26, 2026 2:05 pm
        moment = parsedate_to_datetime(_HALF.sub("", text, count=1))
        moment = moment.replace(hour=_hour(moment.hour, half["half"] if half else None))
        if moment.tzinfo is None and not text.endswith("-0000"):  # which is UTC (RFC 5322 §3.3)
            return _zoned(moment, zone, now, "second", "rfc822")
        return _exact(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now, "second", "rfc822")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _hour(hour: int, half: str | None) -> int:
    """`hour` on a clock of 24 hours; `half` is the first letter of am or pm, if either was written."""
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _local(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    """Numbers in the order of Finnish, Armenian, Russian and most of Europe; names of months and days, and «ago»."""
    text = _HOUR.sub(r"\g<word> \g<hour>:00", text)
    if code == "hy":
        # What Armenian keyboards have for a full stop and a colon.
        text = re.sub(r"(?<=\d)․(?=\d)", ".", text)
        text = re.sub(r"(?<=\d)։(?=\d)", ":", text)
        text = re.sub(r"(\d{4})\s?(?:թվականի|թվական|թ)[․.]?", r"\1 ", text)
        text = re.sub(r"\bժամը\b", " ", text)
    elif code == "fi":
        text = re.sub(r"\b(?:klo|kello)\b\.?", " ", text)
    return (
        _in_words(text, code, zone, now)
        or _in_numbers(text, code, zone, now)
        or _relative(text, code, zone, now)
        or _on_weekday(" ".join(text.split()), code, zone, now)
    )


def _in_words(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    """A date with the name of its month."""
    matches = (pattern.search(text) for pattern in _WRITTEN.get(code, ()))
    return next(
        (found for each in matches if each and (found := _from_match(each, text, code, zone, now))), None
    )


def _in_numbers(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    for pattern in _NUMERIC if code != "en" else (_NUMERIC[0], *_NUMERIC[2:4]):
        match = pattern.search(text)
        found = _from_match(match, text, code, zone, now) if match else None
        if match and found:
            unsure = "/" in match.group() and code not in ("fi", "hy") and int(match["day"]) <= 12
            return replace(found, doubt=found.doubt or unsure)
    return None


def _on_weekday(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    """The last day of a name, where `text` says nothing else: today, if it is not to come and not called the last."""
    today = now.astimezone(zone).date()
    for number, pattern in enumerate(_WEEKDAY.get(code, ())):
        match = pattern.fullmatch(text)
        if match:
            back = (today.weekday() - number) % 7 or (7 if match["last"] else 0)
            found = _with_time(today - timedelta(days=back), text, zone, now, code)
            return (
                found
                if back or not found.doubt
                else _with_time(today - timedelta(days=7), text, zone, now, code)
            )
    return None


def _from_match(
    match: re.Match[str], text: str, code: str, zone: ZoneInfo, now: datetime
) -> ParsedDate | None:
    parts = match.groupdict()
    month = _MONTH[code][parts["month"]] if not parts["month"].isdigit() else int(parts["month"])
    year = int(parts.get("year") or 0) or (2000 + int(parts["short"]) if parts.get("short") else 0)
    try:
        if parts.get("day") is None:
            return _calendar(date(year, month, 1), now, "month", code or "numeric")
        day = date(year, month, int(parts["day"])) if year else _latest(month, int(parts["day"]), zone, now)
    except ValueError:
        return None
    return _with_time(day, text[: match.start()] + " " + text[match.end() :], zone, now, code or "numeric")


def _latest(month: int, day: int, zone: ZoneInfo, now: datetime) -> date:
    """The last such day that is not after tomorrow, for dates that name no year."""
    today = now.astimezone(zone).date()
    for year in range(today.year, today.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:  # 29 February
            continue
        if found <= today + timedelta(days=1):
            return found
    raise ValueError("no such day")


def _with_time(day: date, rest: str, zone: ZoneInfo, now: datetime, source: str) -> ParsedDate:
    match = _TIME.search(rest)
    if not match:
        return _calendar(day, now, "day", source)
    second = match["second"]
    naive = datetime(
        day.year,
        day.month,
        day.day,
        _hour(int(match["hour"]), match["half"]),
        int(match["minute"]),
        int(second or 0),
    )
    return _zoned(naive, zone, now, "second" if second else "minute", source)


def _relative(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    local = now.astimezone(zone)
    for word, days in _DAYS_BACK.get(code, {}).items():
        if re.search(rf"(?<!\w){word}(?!\w)", text):
            return _with_time(local.date() - timedelta(days=days), text.replace(word, " "), zone, now, code)
    if any(phrase in text for phrase in _NOW.get(code, ())):
        return replace(_exact(now, now, "minute", code), aged=True)
    match = _AGO[code].search(text) if code in _AGO else None
    found = _ago(match, local, now, code) if match else None
    return replace(found, aged=True) if found else None


def _ago(match: re.Match[str], local: datetime, now: datetime, code: str) -> ParsedDate | None:
    written = match["number"] or "1"
    number = _NUMBERS.get(written) or int(written)
    unit = next(name for name in ("second", "minute", "hour", "day", "week", "month", "year") if match[name])
    try:
        if unit in ("second", "minute"):
            return _exact(now - timedelta(seconds=number * _SECONDS[unit]), now, "minute", code)
        if unit == "month":
            months = local.year * 12 + local.month - 1 - number
            return _calendar(date(months // 12, months % 12 + 1, 1), now, "month", code)
        if unit == "year":
            return _calendar(date(local.year - number, 1, 1), now, "year", code)
        return _calendar((local - timedelta(seconds=number * _SECONDS[unit])).date(), now, "day", code)
    except (ValueError, OverflowError):
        return None


def _by_dateparser(text: str, code: str, zone: ZoneInfo, now: datetime) -> ParsedDate | None:
    """Other languages, and other forms, in the known language alone."""
    if not code or not any(letter.isdigit() for letter in text) or len(text) > 60:
        return None
    import dateparser

    base = now.astimezone(zone).replace(tzinfo=None)
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past", "REQUIRE_PARTS": ["day", "month"]}
    if code != "en":
        settings["DATE_ORDER"] = "DMY"
    words = re.sub(r"\s(?:kl|kell)\.?\s", " ", text)

    def read(*parsers: str) -> Any:
        return dateparser.parse(words, languages=[code], settings={**settings, "PARSERS": list(parsers)})

    try:
        age = read("relative-time")
        moment = age or read("timestamp", "custom-formats", "absolute-time")
    except (ValueError, TypeError, OverflowError):  # a language it does not know, or numbers out of range
        return None
    if moment is None:
        return None
    timed = re.search(r"\d[:.]\d\d(?!\d|[.]\d)", text) is not None and (moment.hour or moment.minute)
    unsure = code == "en" and re.search(r"\b\d{1,2}/\d{1,2}/\d{2,4}\b", text) is not None
    if moment.tzinfo:
        found = _exact(moment, now, "second", "dateparser")
    elif timed:
        found = _zoned(moment.replace(microsecond=0), zone, now, "minute", "dateparser")
    else:
        found = _calendar(moment.date(), now, "day", "dateparser")
    return replace(found, doubt=found.doubt or unsure, aged=age is not None)


def _zoned(
    naive: datetime, zone: ZoneInfo, now: datetime, precision: DatePrecision, source: str
) -> ParsedDate:
    """A local time as UTC; in doubt where clocks changed and it happened twice or never."""
    first, second = naive.replace(tzinfo=zone), naive.replace(tzinfo=zone, fold=1)
    found = _exact(first, now, precision, source)
    return replace(found, doubt=found.doubt or first.utcoffset() != second.utcoffset())


def _exact(moment: datetime, now: datetime, precision: DatePrecision, source: str) -> ParsedDate:
    utc = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    doubt = moment > now + timedelta(minutes=10) or utc.year < EARLIEST_YEAR
    return ParsedDate(f"{utc.isoformat()}Z", precision, source, doubt)


def _calendar(day: date, now: datetime, precision: DatePrecision, source: str) -> ParsedDate:
    # The day may have begun already where the writer lives: fourteen hours ahead of UTC at most.
    doubt = day > (now + timedelta(hours=14)).date() or day.year < EARLIEST_YEAR
    return ParsedDate(f"{day.isoformat()}T00:00:00Z", precision, source, doubt)
