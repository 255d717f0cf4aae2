"""The report's texts in English, Finnish and Armenian, and how each language writes numbers, dates and
times."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

ReportLanguage = Literal["en", "fi", "hy"]

_FIXED = "\u00a0"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `words["key"]` is a text, an unknown key raises KeyError."""

    language: ReportLanguage
    texts: Mapping[str, str]
    languages: Mapping[str, str]
    aspects: Mapping[str, str]
    months: tuple[str, ...]

    def __getitem__(self, key: str) -> str:
        return self.texts[key]

    def number(self, value: float, decimals: int = 0) -> str:
        """`value` rounded half to even, with the language's decimal sign and thousands; a real minus
        sign."""
        text = f"{value:,.{decimals}f}"
        if text.startswith("-"):
            text = "−" + text[1:] if text.strip("-0.,") else text[1:]
        if self.language == "en":
            return text
        return text.replace(",", _FIXED).replace(".", ",")

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share (0–1) as a percentage; a share that rounds to nothing is said to be less than 1%."""
        if 0 < share < 0.005 and not decimals:
            return "<" + self._sign("1")
        return self._sign(self.number(100 * share, decimals))

    def points(self, value: float) -> str:
        """A difference with its sign, to one decimal."""
        text = self.number(value, 1)
        return text if text.startswith("−") or not text.strip("0.,") else "+" + text

    def signed(self, value: float) -> str:
        """A score that may be below nothing, as a whole number with its sign."""
        text = self.number(value)
        return text if text == "0" or text.startswith("−") else "+" + text

    def chance(self, p: float) -> str:
        """A probability; never said to be certain."""
        if p > 0.99:
            return ">" + self._sign("99")
        return "<" + self._sign("1") if p < 0.01 else self.percent(p)

    def hours(self, value: float) -> str:
        """A time span: hours, from two days on in days."""
        if value < 48:
            return self["hours"].format(self.number(value, 1))
        return self["days"].format(self.number(value / 24, 1))

    def date(self, day: str) -> str:
        """A day (`2026-11-22`, or the start of a longer time) as the language writes it."""
        try:
            moment = date.fromisoformat(day[:10])
        except ValueError:
            return day
        if self.language == "en":
            return f"{moment.day}{_FIXED}{self.months[moment.month - 1]}{_FIXED}{moment.year}"
        if self.language == "fi":
            return f"{moment.day}.{moment.month}.{moment.year}"
        return f"{moment.day:02d}.{moment.month:02d}.{moment.year}"

    def days(self, first: str, last: str) -> str:
        """The days from `first` to `last`."""
        if first == last:
            return self.date(first)
        # Spaces stand around the dash only where the dates hold some themselves.
        return f"{self.date(first)}{' – ' if self.language == 'en' else '–'}{self.date(last)}"

    def time(self, moment: str) -> str:
        """A time (`2026-11-22T03:05:00Z`, UTC) with its day."""
        hour, minute = moment[11:13], moment[14:16]
        if self.language == "fi":
            return f"{self.date(moment)} klo {int(hour)}.{minute} UTC"
        return f"{self.date(moment)} {hour}:{minute} UTC"

    def period(self, name: str) -> str:
        """A period of the index: a day, `2026-W47` or `2026-11`."""
        if "W" in name:
            year, week = name.split("-W")
            weeks = {
                "en": f"week {int(week)}/{year}",
                "fi": f"vk {int(week)}/{year}",
                "hy": f"{year}-ի {int(week)}-{'ին' if int(week) == 1 else 'րդ'} շաբաթ",
            }
            return weeks[self.language].replace(" ", _FIXED)
        if len(name) == 7:
            month = self.months[int(name[5:]) - 1]
            return f"{month}{_FIXED}{name[:4]}"
        return self.date(name)

    def language_name(self, code: str) -> str:
        """A language's name, or its code."""
        return self.languages.get(code, code)

    def aspect_name(self, key: str) -> str:
        """An aspect's name; one of the user's own is shown as it was configured."""
        return self.aspects.get(key, key)

    def _sign(self, number: str) -> str:
        return f"{number}{_FIXED}%" if self.language == "fi" else f"{number}%"


def load_words(language: ReportLanguage) -> Words:
    """The texts of `language`, from `words.toml`."""
    tables = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    texts, languages, aspects = (
        {key: each[language] for key, each in tables[name].items()}
        for name in ("texts", "languages", "aspects")
    )
    return Words(language, texts, languages, aspects, tuple(tables["months"][language].split()))
