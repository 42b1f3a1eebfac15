"""Clock times as people say them (下午2点半, 14:00, 9am), and which minute of the day that is."""

import re
from dataclasses import dataclass
from typing import Literal

Period = Literal["night", "am", "morning", "noon", "afternoon", "pm", "evening"]

PERIODS: dict[str, Period] = {
    "凌晨": "night",
    "半夜": "night",
    "清晨": "morning",
    "清早": "morning",
    "早晨": "morning",
    "早上": "morning",
    "上午": "morning",
    "早": "morning",
    "morning": "morning",
    "am": "am",
    "中午": "noon",
    "正午": "noon",
    "午间": "noon",
    "下午": "afternoon",
    "午后": "afternoon",
    "afternoon": "afternoon",
    "pm": "pm",
    "傍晚": "evening",
    "晚上": "evening",
    "夜里": "evening",
    "晚": "evening",
    "evening": "evening",
}
_NOON = 12 * 60
_MIDNIGHT = 24 * 60

# Hours said without a part of the day. No nursery opens at 2 in the morning, and none takes
# children at 9 in the evening; 6 may be either.
_MORNING_HOURS = range(7, 12)
_AFTERNOON_HOURS = range(1, 6)

# What follows a number that is no hour: 6-12个月, 10-15分钟, 3-5 km.
_NOT_AN_HOUR = (
    r"(?![0-9:/.%]|\s*(?:个|岁|月|分|天|人|元|块|米|公里|星|号|日|楼|周|次|位|名|km\b|m\b|months?\b"
    r"|mos?\b|years?\b|yrs?\b|mins?\b|minutes?\b|days?\b|weeks?\b|kids?\b|children\b|stars?\b"
    r"|people\b|yuan\b|h\b|hours?\b|hrs?\b|st\b|nd\b|rd\b|th\b))"
)


def pattern(name: str) -> str:
    """A regex for one clock time, its groups prefixed with `name`; a bare number is one too."""
    periods = "|".join(word for word in PERIODS if word not in ("am", "pm"))
    return (
        rf"(?:(?P<{name}_period>{periods})\s*(?:的|at\s)?\s*)?(?<![0-9.:/])"
        rf"(?P<{name}_hour>[0-9]{{1,2}})(?:"
        rf"\s*(?P<{name}_mark>点|时(?![间候段]))\s*[钟整]?"
        rf"(?:(?P<{name}_half>半)|(?P<{name}_quarter>[123])刻"
        rf"|(?P<{name}_minute>[0-9]{{1,2}})(?!\s*[个小岁月号日:0-9])分?)?"
        rf"|:(?P<{name}_minutes>[0-9]{{2}})(?![0-9:])"
        rf"|{_NOT_AN_HOUR})"
        rf"(?:\s*(?P<{name}_suffix>am\b|pm\b|o'clock\b|in the (?:morning|afternoon|evening)\b))?"
    )


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time as said: `is_exact` when it is on the 24-hour clock."""

    hour: int
    minute: int
    period: Period | None
    is_exact: bool

    @classmethod
    def of(cls, found: re.Match[str], name: str) -> "ClockTime":
        parts = {key.removeprefix(f"{name}_"): value for key, value in found.groupdict().items()}
        hour = int(parts["hour"])
        padded = bool(parts["minutes"]) and parts["hour"].startswith("0")
        return cls(hour, _minute(parts), _period(parts), padded or hour == 0 or hour > 12)

    def within(self, period: Period) -> "ClockTime":
        """The same time, said of a part of the day that stood elsewhere in the line."""
        return ClockTime(self.hour, self.minute, period, self.is_exact)

    def readings(self) -> tuple[int, ...]:
        """Every minute of the day (0-1440) it may mean, earliest first; none if it is no time."""
        if self.minute > 59 or self.hour * 60 + self.minute > _MIDNIGHT:
            return ()
        if self.period:
            hour = _hour_in(self.period, self.hour)
            return () if hour is None else (hour * 60 + self.minute,)
        minute = self.hour * 60 + self.minute
        return (minute,) if self.is_exact or self.hour == 12 else (minute, minute + _NOON)

    def likely(self, readings: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the readings at which a nursery is open."""
        if len(readings) < 2:
            return readings
        if self.hour in _MORNING_HOURS:
            return readings[:1]
        return readings[1:] if self.hour in _AFTERNOON_HOURS else readings


def _minute(parts: dict[str, str | None]) -> int:
    if parts["half"]:
        return 30
    if parts["quarter"]:
        return int(parts["quarter"]) * 15
    return int(parts["minute"] or parts["minutes"] or 0)


def _period(parts: dict[str, str | None]) -> Period | None:
    suffix = (parts["suffix"] or "").removeprefix("in the ")
    return PERIODS.get(suffix) or PERIODS.get(parts["period"] or "")


def _hour_in(period: Period, hour: int) -> int | None:
    """The hour (0-24) that an hour of a part of the day is; None if that part has none such."""
    match period:
        case "am":
            hours = {12: 0} | {said: said for said in range(1, 12)}
        case "night":
            hours = {said: said for said in range(7)} | {12: 0}
        case "morning":
            hours = {said: said for said in range(5, 13)}
        case "noon":
            hours = {said: said for said in range(11, 15)} | {1: 13, 2: 14}
        case "afternoon" | "pm":
            hours = {12: 12} | {said: said % 12 + 12 for said in [*range(1, 12), *range(13, 24)]}
        case "evening":
            hours = {said: said % 12 + 12 for said in [*range(5, 12), *range(17, 24)]} | {12: 24}
    return hours.get(hour)
