"""Dates: T24, the forms of Finnish and Armenian, precision and doubt."""

from datetime import UTC, datetime

import pytest

from store.dates import parse_date

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

READ = [
    ("fi", "18.11.2026 klo 14.05", "2026-11-18T12:05:00Z", "minute"),
    ("fi", "18.6.2026 klo 14.05", "2026-06-18T11:05:00Z", "minute"),
    ("fi", "Julkaistu 3.2.2026 klo 7.00, päivitetty 4.2.2026 klo 9.30", "2026-02-03T05:00:00Z", "minute"),
    ("fi", "18. marraskuuta 2026 kello 14.05", "2026-11-18T12:05:00Z", "minute"),
    ("fi", "tiistaina 5. toukokuuta", "2026-05-05T00:00:00Z", "day"),
    ("fi", "marraskuu 2026", "2026-11-01T00:00:00Z", "month"),
    ("fi", "24.12.", "2025-12-24T00:00:00Z", "day"),
    ("fi", "eilen klo 12.03", "2026-11-21T10:03:00Z", "minute"),
    ("fi", "12 min sitten", "2026-11-22T09:48:00Z", "minute"),
    ("fi", "3 tuntia sitten", "2026-11-22T00:00:00Z", "day"),
    ("fi", "2 kk sitten", "2026-09-01T00:00:00Z", "month"),
    ("fi", "kolme päivää sitten", "2026-11-19T00:00:00Z", "day"),  # moment.js
    ("fi", "kymmenen päivää sitten", "2026-11-12T00:00:00Z", "day"),
    ("fi", "muutama viikko sitten", "2026-11-01T00:00:00Z", "day"),
    ("fi", "2 viikkoa 3 päivää sitten", "2026-11-08T00:00:00Z", "day"),  # Drupal
    ("fi", "3pv sitten", "2026-11-19T00:00:00Z", "day"),
    ("hy", "2026 թ. նոյեմբերի 18, 14:05", "2026-11-18T10:05:00Z", "minute"),
    ("hy", "2026թ. նոյեմբերի 18-ին", "2026-11-18T00:00:00Z", "day"),
    ("hy", "2026 թվականի նոյեմբերի 18", "2026-11-18T00:00:00Z", "day"),
    ("hy", "18 նոյեմբերի, 2026", "2026-11-18T00:00:00Z", "day"),
    ("hy", "Հոկտեմբերի 3, 2026 | 12:00", "2026-10-03T08:00:00Z", "minute"),
    ("hy", "14:05, 18.11.2026", "2026-11-18T10:05:00Z", "minute"),
    ("hy", "18 նոյ 2026", "2026-11-18T00:00:00Z", "day"),
    ("hy", "երեկ 14:05", "2026-11-21T10:05:00Z", "minute"),
    ("hy", "5 րոպե առաջ", "2026-11-22T09:55:00Z", "minute"),
    ("hy", "երկու օր առաջ", "2026-11-20T00:00:00Z", "day"),
    ("hy", "մի քանի ամիս առաջ", "2026-08-01T00:00:00Z", "month"),
    ("hy", "18-ը նոյեմբերի, 2026", "2026-11-18T00:00:00Z", "day"),
    ("hy", "18․11․2026 14։05", "2026-11-18T10:05:00Z", "minute"),  # U+2024 and U+0589
    ("hy", "18 նոյեմբերի 2026թ․, 14։05", "2026-11-18T10:05:00Z", "minute"),
    ("ru", "18 ноября 2026", "2026-11-18T00:00:00Z", "day"),
    ("ru", "Опубликовано: 18 нояб. 2026 г., 14:05", "2026-11-18T14:05:00Z", "minute"),
    ("ru", "Май 2026", "2026-05-01T00:00:00Z", "month"),
    ("ru", "вчера", "2026-11-21T00:00:00Z", "day"),
    ("ru", "позавчера в 14:05", "2026-11-20T14:05:00Z", "minute"),
    ("ru", "пять дней назад", "2026-11-17T00:00:00Z", "day"),
    ("ru", "18-го ноября 2026 года", "2026-11-18T00:00:00Z", "day"),
    ("ru", "неделю назад", "2026-11-15T00:00:00Z", "day"),
    ("ru", "2 месяца 1 неделю назад", "2026-09-01T00:00:00Z", "month"),
    ("sv", "18 november 2026 kl. 14.05", "2026-11-18T12:05:00Z", "minute"),
    ("sv", "Publicerad den 18 nov. 2026", "2026-11-18T00:00:00Z", "day"),
    ("sv", "igår kl. 14.05", "2026-11-21T12:05:00Z", "minute"),
    ("sv", "för en vecka sedan", "2026-11-15T00:00:00Z", "day"),
    ("sv", "för två veckor sedan", "2026-11-08T00:00:00Z", "day"),
    ("sv", "den 18:e november 2026", "2026-11-18T00:00:00Z", "day"),
    ("sv", "Jan 12 kommentarer", None, ""),  # a man's name
    ("en", "November 18, 2026", "2026-11-18T00:00:00Z", "day"),
    ("en", "Reviewed in Finland on 18th November 2026", "2026-11-18T00:00:00Z", "day"),
    ("en", "yesterday", "2026-11-21T00:00:00Z", "day"),
    ("en", "a month ago", "2026-10-01T00:00:00Z", "month"),
    ("en", "a couple of days ago", "2026-11-20T00:00:00Z", "day"),
    ("en", "18th of November 2026", "2026-11-18T00:00:00Z", "day"),
    ("en", "5.11.26", "2026-11-05T00:00:00Z", "day"),  # not the American order, which takes strokes
    ("en", "3d ago", "2026-11-19T00:00:00Z", "day"),
    ("en", "Wed Nov 18, 2026 2:05 pm", "2026-11-18T14:05:00Z", "second"),  # phpBB
    ("en", "November 18, 2026 at 12:05 a.m.", "2026-11-18T00:05:00Z", "minute"),
    # A Sunday is today.
    ("fi", "maanantaina klo 12.15", "2026-11-16T10:15:00Z", "minute"),
    ("fi", "ma klo 12.15", "2026-11-16T10:15:00Z", "minute"),
    ("fi", "sunnuntaina", "2026-11-22T00:00:00Z", "day"),
    ("fi", "sunnuntaina klo 23.59", "2026-11-15T21:59:00Z", "minute"),
    ("fi", "viime sunnuntaina", "2026-11-15T00:00:00Z", "day"),
    ("fi", "la 21.11. klo 9", "2026-11-21T07:00:00Z", "minute"),
    ("fi", "ensi perjantaina", None, ""),
    ("fi", "la", None, ""),
    ("fi", "avoinna maanantaina klo 9–17", None, ""),
    ("hy", "երեքշաբթի", "2026-11-17T00:00:00Z", "day"),
    ("hy", "Երեքշաբթի, 14։05", "2026-11-17T10:05:00Z", "minute"),
    ("hy", "անցած ուրբաթ օրը ժամը 9-ին", "2026-11-20T05:00:00Z", "minute"),
    ("hy", "շաբաթ", None, ""),  # a week
    ("hy", "շաբաթ, 14:05", "2026-11-21T10:05:00Z", "minute"),
    ("hy", "27 Oct 2026", "2026-10-27T00:00:00Z", "day"),
    ("hy", "October 27, 2026 at 2:05 pm", "2026-10-27T10:05:00Z", "minute"),
    ("ru", "в понедельник", "2026-11-16T00:00:00Z", "day"),
    ("ru", "во вторник в 14:05", "2026-11-17T14:05:00Z", "minute"),
    ("ru", "в прошлую пятницу", "2026-11-20T00:00:00Z", "day"),
    ("sv", "i måndags", "2026-11-16T00:00:00Z", "day"),
    ("sv", "fredag kl. 14.05", "2026-11-20T12:05:00Z", "minute"),
    ("sv", "på måndag", None, ""),  # the next one
    ("en", "last Friday", "2026-11-20T00:00:00Z", "day"),
    ("en", "Monday at 2:05 PM", "2026-11-16T14:05:00Z", "minute"),
    ("en", "Black Friday", None, ""),
    (None, "2026-11-18T14:05:09+04:00", "2026-11-18T10:05:09Z", "second"),
    (None, "2026-11-18T14:05:09.123Z", "2026-11-18T14:05:09Z", "second"),
    (None, "20261118", None, ""),
    (None, "2026-11", "2026-11-01T00:00:00Z", "month"),
    (None, "2026", "2026-01-01T00:00:00Z", "year"),
    (None, "Wed, 18 Nov 2026 14:05:00 +0400", "2026-11-18T10:05:00Z", "second"),
    (None, "18 ноября 2026", None, ""),
    ("fi", "31.2.2026", None, ""),
    ("fi", "0001-01-01T00:00:00", None, ""),  # DateTime.MinValue of .NET
    ("fi", "1.1.0001 0.00.00", None, ""),
    ("hy", "01.01.0001 00:00", None, ""),
    ("fi", "huomenna ehkä", None, ""),
    ("fi", "x" * 5000, None, ""),
]


@pytest.mark.parametrize(("language", "text", "utc", "precision"), READ)
def test_t24_dates_are_utc_with_their_precision(
    language: str | None, text: str, utc: str | None, precision: str
) -> None:
    found = parse_date(text, language, NOW)
    assert (found.utc if found else None) == utc
    if found:
        assert (found.precision, found.doubt) == (precision, False)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "5.1.2027"),  # the future
        ("fi", "2027-01-05T10:00:00Z"),
        ("fi", "1.1.1970"),  # a clock that was never set
        (None, "1970-01-01T00:00:00Z"),
        ("fi", "29.3.2026 klo 3.30"),  # the hour that did not exist
        ("fi", "25.10.2026 klo 3.30"),  # the hour that happened twice
        (None, "3/4/2026"),  # March or April
        ("en", "03/04/2026"),
    ],
)
def test_t24_what_cannot_be_trusted_is_flagged_and_not_dropped(language: str | None, text: str) -> None:
    found = parse_date(text, language, NOW)
    assert found is not None
    assert found.doubt


def test_t24_the_zone_is_the_sources_own_where_it_is_given() -> None:
    naive = "2026-11-18 14:05"
    assert [found.utc for zone in (None, "Asia/Yerevan", "Europe/Helsinki")
            if (found := parse_date(naive, None, NOW, zone))] == [
        "2026-11-18T14:05:00Z", "2026-11-18T10:05:00Z", "2026-11-18T12:05:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru", "am", None])
def test_what_the_language_of_the_page_cannot_read_is_read_in_that_of_the_site(language: str | None) -> None:
    written = ("18 նոյեմբերի, 2026 | 14:05", "2026-11-18 14:05", "18.11.2026 14:05", "4 օր առաջ")
    found = [parse_date(each, language, NOW, site="hy") for each in written]
    moment = "2026-11-18T10:05:00Z"
    assert [each and each.utc for each in found] == [moment, moment, moment, "2026-11-18T00:00:00Z"]


def test_t24_the_same_now_gives_the_same_dates() -> None:
    later = datetime(2027, 11, 22, 10, 0, tzinfo=UTC)
    assert parse_date("eilen", "fi", NOW) == parse_date("eilen", "fi", NOW)
    assert parse_date("eilen", "fi", NOW) != parse_date("eilen", "fi", later)


@pytest.mark.parametrize(
    ("language", "text"),
    [("fi", "2 viikkoa sitten"), ("en", "5m ago"), ("de", "vor 2 Tagen"), ("sv", "1 v sedan")],
)
def test_a_date_told_by_its_age_is_marked_whichever_rule_reads_it(language: str, text: str) -> None:
    found = parse_date(text, language, NOW)
    assert found is not None
    assert found.aged
