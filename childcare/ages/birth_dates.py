"""Birth dates as people write them: 2025年3月1日, 25.3.1, 1 March 2025, 三月一号, 一岁半.

Nothing is guessed: what has two readings is returned with both, an age is only approximate, and
what is no date of the Gregorian calendar is refused with a reason code the chat can explain.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from childcare import writing
from childcare.ages.months import born_between, months_on, turns_on

OLDEST_MONTHS = 48
"""A child older than four years is no child for a nursery, so the year is a slip."""

LONGEST_TEXT = 200

Reason = Literal["no-date", "no-such-day", "in-the-future", "too-old", "lunar"]


@dataclass(frozen=True, slots=True)
class Understood:
    """One date. `year_assumed`: no year was written, and this is the most recent such day."""

    on: date
    year_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several dates it may mean, earliest first: ask which."""

    candidates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Approximate:
    """An age, or a date without its day: the child was born between the two dates; ask for the day.

    Months are whole months of age today.
    """

    earliest: date
    latest: date
    from_months: int
    to_months: int


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    reason: Reason


BirthDate = Understood | Ambiguous | Approximate | NotUnderstood


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a piece of text; year None = not written, day None = only the month is."""

    year: int | None
    month: int
    day: int | None


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9])"
_YEAR = r"(?P<year>[0-9]{4}|'?[0-9]{2})(?![0-9])"
_GAP = r"[\s,./-]*"
_ALONE_LEFT = r"(?<![0-9])(?<![0-9][-/.])"
_ALONE_RIGHT = r"(?![0-9])(?![-/.:][0-9])"
_NOT_AN_AGE = r"(?!\s*(?:周?岁|年|个|months?|mos?\b|years?|yrs?\b|y\b|:))"

_LUNAR = re.compile(rf"[农阴旧]历|初[{writing.NUMERAL[1:-1]}0-9]|正月|腊月|冬月|闰|lunar")
_RELATIVE_YEARS = {"今年": 0, "this year": 0, "去年": 1, "last year": 1, "前年": 2, "大前年": 3}


def _chinese(found: re.Match[str], today: date) -> Iterator[_Reading]:
    year = _full_year(found["year"])
    if found["relative"]:
        year = today.year - _RELATIVE_YEARS[found["relative"]]
    yield _Reading(year, int(found["month"]), int(found["day"]) if found["day"] else None)


def _english(found: re.Match[str], today: date) -> Iterator[_Reading]:
    parts = found.groupdict()
    day = int(parts["day"]) if parts.get("day") else None
    yield _Reading(_full_year(parts.get("year")), _MONTHS.index(parts["name"][:3]) + 1, day)


def _three_numbers(found: re.Match[str], today: date) -> Iterator[_Reading]:
    first, second, third = found.group(1, 2, 3)
    if len(third) <= 2:
        yield _Reading(_full_year(first), int(second), int(third))
    if len(first) <= 2:
        yield _Reading(_full_year(third), int(second), int(first))
        yield _Reading(_full_year(third), int(first), int(second))


def _two_numbers(found: re.Match[str], today: date) -> Iterator[_Reading]:
    first, second = int(found[1]), int(found[2])
    yield _Reading(None, first, second)
    yield _Reading(None, second, first)


def _year_and_month(found: re.Match[str], today: date) -> Iterator[_Reading]:
    yield _Reading(int(found[1]), int(found[2]), None)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Iterator[_Reading]]], ...] = (
    tuple(
        (re.compile(pattern), reader)
        for pattern, reader in (
            (
                r"(?:(?<![0-9])(?P<year>[0-9]{4}|[0-9]{2})\s*年\s*|(?P<relative>今年|去年|大前年|前年)\s*)?"
                r"(?<![0-9])(?P<month>[0-9]{1,2})\s*月份?\s*(?:(?P<day>[0-9]{1,2})(?![0-9])\s*[日号]?)?",
                _chinese,
            ),
            (rf"(?<![0-9])(?P<year>[0-9]{{4}}){_GAP}{_MONTH}{_GAP}{_DAY}", _english),
            (rf"(?<![0-9]){_DAY}{_GAP}(?:of\s+)?{_MONTH}(?:{_GAP}{_YEAR})?", _english),
            (rf"\b{_MONTH}{_GAP}{_DAY}(?:{_GAP}{_YEAR})?", _english),
            (rf"\b{_MONTH}{_GAP}(?P<year>[0-9]{{4}})(?![0-9])", _english),
            (
                rf"{_ALONE_LEFT}([0-9]{{4}}|[0-9]{{1,2}})(?:\s?[-/.]\s?|\s)([0-9]{{1,2}})"
                rf"(?:\s?[-/.]\s?|\s)([0-9]{{4}}|[0-9]{{1,2}}){_ALONE_RIGHT}{_NOT_AN_AGE}",
                _three_numbers,
            ),
            (r"(?<![0-9])((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])", _three_numbers),
            (r"(?<![0-9])([0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])", _three_numbers),
            (rf"{_ALONE_LEFT}([0-9]{{4}})[-/.]([0-9]{{1,2}}){_ALONE_RIGHT}", _year_and_month),
            (
                rf"{_ALONE_LEFT}([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_ALONE_RIGHT}{_NOT_AN_AGE}",
                _two_numbers,
            ),
        )
    )
)


def parse_birth_date(text: str, today: date) -> BirthDate:
    """What birth date a person wrote, as far as it is certain.

    Days in the future and more than four years ago are refused, and are no second reading either:
    25.3.1 can only be 1 March 2025.
    """
    plain = _plain(text[:LONGEST_TEXT])
    if _LUNAR.search(plain):
        return NotUnderstood("lunar")
    mentions = list(_mentions(plain, today))
    if not mentions:
        return _age(plain, today)
    results = [_judge(readings, today) for readings in mentions]
    certain = [result for result in results if isinstance(result, Understood | Ambiguous)]
    if not certain:
        return results[0]
    if len(certain) == 1:
        return certain[0]
    dates = sorted({on for result in certain for on in _candidates(result)})
    return certain[0] if len(dates) == 1 else Ambiguous(tuple(dates))


def _candidates(result: Understood | Ambiguous) -> tuple[date, ...]:
    return (result.on,) if isinstance(result, Understood) else result.candidates


def _plain(text: str) -> str:
    folded = writing.arabic(writing.fold(text), r"年|月|日|号|岁|周岁|个")
    # 三月一, without 日 or 号
    return re.sub(
        rf"(?<=月){writing.NUMERAL}+", lambda found: str(writing.number(found[0])), folded
    )


def _full_year(written: str | None) -> int | None:
    if not written:
        return None
    digits = written.removeprefix("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _mentions(plain: str, today: date) -> Iterator[list[_Reading]]:
    """The readings of each piece of text that looks like a date; pieces do not overlap."""
    rest = plain
    for pattern, reader in _FORMS:
        for found in list(pattern.finditer(rest)):
            readings = list(dict.fromkeys(reader(found, today)))
            if readings:
                yield readings
        rest = pattern.sub(lambda found: "\x00" * len(found[0]), rest)


def _judge(readings: list[_Reading], today: date) -> BirthDate:
    judged = [_judge_one(reading, today) for reading in readings]
    understood = {result for result in judged if isinstance(result, Understood)}
    if len(understood) == 1:
        return understood.pop()
    if understood:
        return Ambiguous(tuple(sorted(result.on for result in understood)))
    refused = [result for result in judged if isinstance(result, NotUnderstood)]
    # A real day outside the years in question says more than 31 February does.
    told = [result for result in refused if result.reason != "no-such-day"]
    return next(iter(told or refused), judged[0])


def _judge_one(reading: _Reading, today: date) -> BirthDate:
    if not 1 <= reading.month <= 12:
        return NotUnderstood("no-such-day")
    if reading.day is None:
        return _month_alone(reading, today)
    if reading.year is None:
        # Four years back, so that 29 February is found.
        years = range(today.year, today.year - 5, -1)
        days = (_day(year, reading.month, reading.day) for year in years)
        on = next((day for day in days if day and day <= today), None)
    else:
        on = _day(reading.year, reading.month, reading.day)
    if on is None:
        return NotUnderstood("no-such-day")
    return _refusal(on, today) or Understood(on, year_assumed=reading.year is None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _refusal(on: date, today: date) -> NotUnderstood | None:
    if on > today:
        return NotUnderstood("in-the-future")
    return NotUnderstood("too-old") if on < turns_on(today, -OLDEST_MONTHS) else None


def _month_alone(reading: _Reading, today: date) -> BirthDate:
    year = reading.year or (today.year if reading.month <= today.month else today.year - 1)
    earliest = _day(year, reading.month, 1)
    if earliest is None:
        return NotUnderstood("no-such-day")
    return _between(earliest, turns_on(earliest, 1) - timedelta(days=1), today)


def _between(earliest: date, latest: date, today: date) -> BirthDate:
    latest = max(earliest, min(latest, today))
    refusal = _refusal(latest, today)
    if refusal:
        return refusal
    return Approximate(earliest, latest, months_on(latest, today), months_on(earliest, today))


_ENGLISH_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5} | {
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_COUNT = rf"(?P<{{}}>[0-9]{{{{1,2}}}}|{'|'.join(_ENGLISH_NUMBERS)})"
_IN_YEARS = rf"{_COUNT.format('years')}\s*-?(?:years?|yrs?|y)\b"
_IN_MONTHS = rf"{_COUNT.format('months')}\s*-?(?:months?|mos?|m)\b"
_AGES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<half>half a year)",
        rf"\b{_COUNT.format('years')} and a half years?\b(?P<half>)",
        rf"\b{_IN_YEARS}(?:\s*-?old\b)?(?P<half>\s*and a half)?(?:[\s,]*(?:and )?{_IN_MONTHS})?",
        rf"\b{_IN_MONTHS}",
        r"(?<![0-9.])(?P<years>[0-9]{1,2})(?P<half>\.5)周?岁",
        r"(?<![0-9.])(?P<years>[0-9]{1,2})周?岁(?P<half>半)?(?:[零又多]?\s*(?P<months>[0-9]{1,2})个?月)?",
        r"(?<![0-9.])(?P<months>[0-9]{1,2})个半?月",
        r"(?P<half>半)周?岁",
        r"(?P<one>)周?岁(?P<half>半)",
    )
]


def _age(plain: str, today: date) -> BirthDate:
    for pattern in _AGES:
        found = pattern.search(plain)
        if found:
            return _aged(found, today)
    return NotUnderstood("no-date")


def _aged(found: re.Match[str], today: date) -> BirthDate:
    parts = found.groupdict()
    years = _count(parts.get("years")) + ("one" in parts)
    halves = parts.get("half") is not None
    months = years * 12 + _count(parts.get("months")) + 6 * halves
    # 两岁 is said of a child for a whole year; a number of months for one.
    whole_years = years > 0 and not halves and parts.get("months") is None
    earliest, _ = born_between(months + 11 if whole_years else months, today)
    _, latest = born_between(months, today)
    return _between(earliest, latest, today)


def _count(written: str | None) -> int:
    if not written:
        return 0
    return _ENGLISH_NUMBERS[written] if written in _ENGLISH_NUMBERS else int(written)
