"""Which day is meant: 明天, 周五, 下周三, 12月3号, 3号, tomorrow, next Tuesday, Dec 3.

A bare weekday is the next such day that is not past, today included; 本周X lies in this week from
Monday to Sunday, 下周X in the next. "Next Tuesday" while this week's is still ahead is asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.understand.line import NOT_AFTER, NOT_BEFORE, Line, is_ruled_out
from bot.understand.wish import Assumption, Code, Question

HORIZON = timedelta(days=30)
"""How far ahead a day is likelier than another; only to tell 12/3 from 3/12."""

# A day and month whose next occurrence is further off than this was meant as the past one.
_HALF_A_YEAR = timedelta(days=183)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_HAN_WEEKDAYS = {char: number for number, char in enumerate("一二三四五六日", 1)} | {"天": 7}
_WEEKEND = (6, 7)


@dataclass(frozen=True, slots=True)
class Mention:
    """The days a piece of text may mean; `weekday` if it was only a weekday."""

    said: str
    days: tuple[date, ...]
    weekday: int | None = None
    code: Code | None = None
    assumed: tuple[Assumption, ...] = ()


Reader = Callable[[re.Match[str], date, Line], Mention]


def read_weekdays(line: Line, today: date) -> list[Mention]:
    """Weekdays, to be read before numerals are: 周三三点 is not 33 o'clock."""
    return _read(_WEEKDAY_FORMS, line, today)


def read_dates(line: Line, today: date) -> list[Mention]:
    return _read(_DATE_FORMS, line, today)


def _read(
    forms: tuple[tuple[re.Pattern[str], Reader], ...], line: Line, today: date
) -> list[Mention]:
    taken = ((found, reader) for pattern, reader in forms for found in line.take(pattern))
    return [
        _judged(reader(found, today, line), today)
        for found, reader in taken
        if not is_ruled_out(found)
    ]


def _judged(mention: Mention, today: date) -> Mention:
    if mention.code or not mention.days or max(mention.days) >= today:
        return mention
    return Mention(mention.said, mention.days, mention.weekday, "in-the-past")


def settle(mentions: list[Mention], today: date) -> tuple[date | None, list[Question]]:
    """The one day all mentions agree on, or what to ask."""
    told = _without_confirmed_weekdays(mentions)
    for mention in told:
        if mention.code == "in-the-past":
            later = tuple(day + timedelta(days=7) for day in mention.days)
            ahead = tuple(day for day in later if mention.weekday and day >= today)
            return None, [Question("in-the-past", mention.said, days=ahead)]
        if mention.code:
            return None, [Question(mention.code, mention.said, days=mention.days)]
    days = sorted({day for mention in told for day in mention.days if day >= today})
    if len(days) == 1:
        return days[0], []
    if not told:
        return None, []
    return None, [Question("which-day", " ".join(m.said for m in told), days=tuple(days))]


def _without_confirmed_weekdays(mentions: list[Mention]) -> list[Mention]:
    """A weekday beside a date (12月3号周四) only confirms it; where it does not, both stay."""
    dates = {day for mention in mentions if mention.weekday is None for day in mention.days}
    confirmed = {day.isoweekday() for day in dates} if len(dates) == 1 else set()
    return [mention for mention in mentions if mention.weekday not in confirmed]


def _monday(today: date, weeks: int) -> date:
    return today - timedelta(days=today.isoweekday() - 1) + timedelta(weeks=weeks)


def _weekday(which: str, weekdays: tuple[int, ...], said: str, today: date) -> Mention:
    weeks = {"this": 0, "本": 0, "这": 0, "下": 1, "下下": 2, "上": -1, "last": -1}.get(which)
    if which in ("每", "every", "each"):
        return Mention(said, _ahead(weekdays, today), code="one-day-only")
    if which == "next":
        this_week, week_after = (
            tuple(_monday(today, weeks) + timedelta(days=day - 1) for day in weekdays)
            for weeks in (0, 1)
        )
        return Mention(said, tuple(day for day in this_week if day > today) + week_after)
    if weeks is None:
        weekday = weekdays[0] if len(weekdays) == 1 else None
        return Mention(said, _ahead(weekdays, today), weekday)
    days = tuple(_monday(today, weeks) + timedelta(days=day - 1) for day in weekdays)
    past = max(days) < today
    return Mention(said, days, weekdays[0] if past else None)


def _ahead(weekdays: tuple[int, ...], today: date) -> tuple[date, ...]:
    return tuple(today + timedelta(days=(day - today.isoweekday()) % 7) for day in weekdays)


def _chinese_weekday(found: re.Match[str], today: date, line: Line) -> Mention:
    char = found["day"]
    if char in ("末", "六日"):
        return _weekday(found["which"] or "", _WEEKEND, found[0], today)
    number = _HAN_WEEKDAYS.get(char) or int(char)
    return _weekday(found["which"] or "", (number,), found[0], today)


def _english_weekday(found: re.Match[str], today: date, line: Line) -> Mention:
    which = found["which"] or ""
    if found["day"].startswith("weekend"):
        return _weekday(which, _WEEKEND, found[0].strip(), today)
    if found["plural"]:
        which = "every"
    if found["week_before"] or found["week_after"]:
        which = "下" if "next" in found[0] else "this"
    number = _WEEKDAYS.index(found["day"][:3]) + 1
    return _weekday(which, (number,), found[0].strip(), today)


def _whole_week(found: re.Match[str], today: date, line: Line) -> Mention:
    weeks = {"下下": 2, "下": 1, "next": 1}.get(found["which"], 0)
    days = tuple(_monday(today, weeks) + timedelta(days=number) for number in range(7))
    return Mention(found[0], tuple(day for day in days if day >= today), code="which-day")


_RELATIVE = {
    "大后天": 3,
    "后天": 2,
    "day after tomorrow": 2,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "tomorrow": 1,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "today": 0,
    "昨天": -1,
    "yesterday": -1,
    "前天": -2,
}


def _relative(found: re.Match[str], today: date, line: Line) -> Mention:
    word = found["word"] or found["english"]
    return Mention(found[0], (today + timedelta(days=_RELATIVE[word]),))


def _in_days(found: re.Match[str], today: date, line: Line) -> Mention:
    number = int((found["number"] or found["number_en"]).replace("a", "1"))
    each = 7 if (found["unit"] or found["unit_en"]) in ("周", "星期", "week", "weeks") else 1
    return Mention(found[0], (today + timedelta(days=number * each),))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, today: date) -> date | None:
    """The next such day, or the last one if that is clearly nearer."""
    ahead = _day(today.year, month, day)
    if ahead is None or ahead < today:
        ahead = _day(today.year + 1, month, day)
    if ahead is not None and ahead - today <= _HALF_A_YEAR:
        return ahead
    return _day(ahead.year - 1, month, day) or ahead if ahead else None


def _of(said: str, *days: date | None) -> Mention:
    real = tuple(dict.fromkeys(day for day in days if day))
    return Mention(said, real, code=None if real else "no-such-day")


def _full_date(found: re.Match[str], today: date, line: Line) -> Mention:
    return _of(found[0], _day(int(found["year"]), int(found["month"]), int(found["day"])))


def _month_and_day(found: re.Match[str], today: date, line: Line) -> Mention:
    return _of(found[0], _nearest(int(found["month"]), int(found["day"]), today))


# Festivals of the solar calendar alone: the others move, and the chat asks for their date.
_FESTIVALS = {"元旦": (1, 1), "五一": (5, 1), "劳动": (5, 1), "六一": (6, 1), "儿童": (6, 1)} | {
    "国庆": (10, 1),
    "圣诞": (12, 25),
    "chri": (12, 25),
}


def _festival(found: re.Match[str], today: date, line: Line) -> Mention:
    name = found["festival"]
    month, day = _FESTIVALS.get(name[:2]) or _FESTIVALS[name[:4]]
    return _of(found[0], _nearest(month, day, today))


def _english_date(found: re.Match[str], today: date, line: Line) -> Mention:
    month = _MONTHS.index(found["name"][:3]) + 1
    if found["year"]:
        return _of(found[0], _day(int(found["year"]), month, int(found["day"])))
    return _of(found[0], _nearest(month, int(found["day"]), today))


def _slashed(found: re.Match[str], today: date, line: Line) -> Mention:
    first, second = int(found["first"]), int(found["second"])
    if line.is_chinese:
        return _of(found[0], _nearest(first, second, today))
    readings = _of(found[0], _nearest(first, second, today), _nearest(second, first, today))
    near = [day for day in readings.days if today <= day <= today + HORIZON]
    if len(readings.days) == 2 and len(near) == 1:
        return Mention(found[0], tuple(near), assumed=("day-month-order",))
    return readings


def _day_of_month(found: re.Match[str], today: date, line: Line) -> Mention:
    number = int(found["day"])
    which = found.groupdict().get("which") or ""
    offset = 1 if which.startswith(("下", "next")) else 0
    months = range(offset, offset + 1) if which else range(3)
    in_order = (_in_month(today, ahead, number) for ahead in months)
    return _of(found[0], next((day for day in in_order if day and (which or day >= today)), None))


def _in_month(today: date, ahead: int, day: int) -> date | None:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return _day(year, month + 1, day)


def _which_day(found: re.Match[str], today: date, line: Line) -> Mention:
    return Mention(found[0], (), code="which-day")


def _forms(*forms: tuple[str, Reader]) -> tuple[tuple[re.Pattern[str], Reader], ...]:
    return tuple(
        (re.compile(f"{NOT_BEFORE}(?:{pattern}){NOT_AFTER}"), reader) for pattern, reader in forms
    )


_MONTH_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_ENGLISH_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9:]|\s*[ap]m\b)"
_ENGLISH_YEAR = r"(?:,?\s*(?P<year>20[0-9]{2})(?![0-9:]))?"
# 5 January 2-5pm: the day stands before the month, and what follows are hours.
_NOT_HOURS = (
    r"(?!(?:(?<=[0-9]\s)|(?<=st\s)|(?<=nd\s)|(?<=rd\s)|(?<=th\s)|(?<=of\s))"
    r"[a-z]+\.?\s*[0-9]{1,2}(?::[0-9]{2})?\s*(?:-|to\b|till?\b|until\b))"
)

_WEEKDAY_FORMS = _forms(
    (
        r"(?P<which>每|下下|下|这|本|上)?个?(?:周|星期|礼拜)(?P<day>六日(?![0-9])|[一二三四五六日天末]|[1-7](?![0-9点:]))",
        _chinese_weekday,
    ),
    (
        r"(?:\bon\s+)?(?:\b(?P<which>every|each|next|this|coming|last)\s+)?"
        r"(?P<week_before>week(?:'s)?\s+(?:on\s+)?)?"
        r"\b(?P<day>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?"
        r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?|weekend)(?P<plural>s)?(?![a-z])"
        r"(?P<week_after>,?\s+(?:of\s+)?(?:next|this)\s+week)?",
        _english_weekday,
    ),
    (r"(?P<which>下下|下|这|本)个?(?:周|星期|礼拜)", _whole_week),
    (r"\b(?P<which>next|this)\s+week\b", _whole_week),
)
_DATE_FORMS = _forms(
    (
        r"(?<![0-9])(?P<year>20[0-9]{2})(?:\s*年\s*|[-/.])(?P<month>[0-9]{1,2})"
        r"(?:\s*月\s*|[-/.])(?P<day>[0-9]{1,2})(?![0-9])\s*[日号]?",
        _full_date,
    ),
    (
        r"(?P<which>下个?月|这个?月|本月)(?:的)?\s*(?P<day>[0-9]{1,2})(?![0-9])\s*[日号]?",
        _day_of_month,
    ),
    (
        r"(?<![0-9])(?P<month>[0-9]{1,2})\s*月份?\s*(?P<day>[0-9]{1,2})(?![0-9])\s*[日号]?",
        _month_and_day,
    ),
    (rf"(?:\bon\s+)?\b{_NOT_HOURS}{_MONTH_NAME}\s*{_ENGLISH_DAY}{_ENGLISH_YEAR}", _english_date),
    (
        rf"(?:\bon\s+)?(?:\bthe\s+)?(?<![0-9]){_ENGLISH_DAY}\s*(?:of\s+)?{_MONTH_NAME}{_ENGLISH_YEAR}",
        _english_date,
    ),
    (
        r"(?:\bon\s+)?(?<![0-9/.:])(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})(?![0-9/.:])",
        _slashed,
    ),
    (
        # 11.27 is a day, 9.30 may be a time.
        r"(?<![0-9/.:])(?P<first>[0-9]{1,2})\.(?!00|15|30|45)(?P<second>[0-9]{1,2})"
        r"(?![0-9/.:%]|\s*(?:岁|个|小时|钟头|公里|米|元|km|m\b|h\b|hours?|hrs?|years?|yrs?))",
        _slashed,
    ),
    (r"(?<![0-9月])(?P<day>[0-9]{1,2})\s*[号日](?![线楼院门])", _day_of_month),
    (
        r"(?:\bon\s+)?(?:\bthe\s+)?(?<![0-9])(?P<day>[0-9]{1,2})(?:st|nd|rd|th)\b"
        r"(?!\s+(?:floor|street|ring|month|birthday))(?:\s+of\s+(?P<which>next month|this month))?",
        _day_of_month,
    ),
    (
        r"(?<![0-9])(?P<number>[0-9]{1,2})\s*个?(?P<unit>天|周|星期)(?:之后|以后|后)"
        r"|\bin\s+(?P<number_en>[0-9]{1,2}|a)\s+(?P<unit_en>days?|weeks?)\b",
        _in_days,
    ),
    (
        r"(?P<word>大后天|后天|明天|明日|明儿|今天|今日|今儿|昨天|前天)"
        r"|(?:\bthe\s+)?\b(?P<english>day after tomorrow|tomorrow|today|yesterday)(?![a-z])",
        _relative,
    ),
    (
        r"(?P<festival>元旦|五一|劳动节|六一|儿童节|国庆|圣诞|\bchristmas day\b|\bchristmas\b)节?",
        _festival,
    ),
    (r"下个?月|(?<![0-9])[0-9]{1,2}月份?(?![0-9])|\bnext month\b", _which_day),
)
