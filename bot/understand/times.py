"""Which hours are meant: 下午2点到5点, 9点两小时, 上午半天, 9am-12pm, 2 to 5, all day.

Whatever is backwards, empty or off the half hour becomes a question; nothing is rounded.
"""

import re
from dataclasses import dataclass, field, replace

from bot.understand import clock_words, words
from bot.understand.clock_words import PERIODS, ClockTime, Period
from bot.understand.line import NOT_AFTER, NOT_BEFORE, TAKEN, Line, is_ruled_out
from bot.understand.wish import Assumption, DayPart, Question

HALF_HOUR = 30
DAY = 24 * 60

# Fewer minutes than this are a walk, not a stay: 双井15分钟.
_SHORTEST_STAY = 30


@dataclass(frozen=True, slots=True)
class Hours:
    """What a line says about the time of day."""

    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None
    length: int | None = None
    walk_minutes: int | None = None
    from_now: bool = False
    questions: tuple[Question, ...] = ()
    assumed: tuple[Assumption, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether the line said nothing of the time of day."""
        return self == Hours(walk_minutes=self.walk_minutes)


@dataclass(slots=True)
class _Said:
    """The pieces of time found in a line, not yet put together."""

    spans: list[tuple[str, ClockTime, ClockTime]] = field(default_factory=list)
    starts: list[tuple[str, ClockTime]] = field(default_factory=list)
    ends: list[tuple[str, ClockTime]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    walks: list[int] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    now: bool = False


_A, _B = clock_words.pattern("a"), clock_words.pattern("b")
_FROM = r"(?:从|自|\bfrom\s+|\bbetween\s+|@\s*)?"
_TO = rf"\s*(?:一直到|直到|到|至|-|\bto\b|\btill?\b|\buntil\b|\bthrough\b|→|➡)\s*(?:{TAKEN}\s*)?"
_DROP = r"\bdrop(?:ping)?[ -]?off\s+(?:at\s+)?"
_PICK = r"\bpick(?:ing)?[ -]?up\s+(?:at\s+)?"
_SPANS = [
    re.compile(rf"\bbetween\s+{_A}\s*\band\b\s*{_B}"),
    re.compile(rf"{_FROM}{_A}{_TO}{_B}"),
    re.compile(rf"{_A}\s*(?:送到|送去|送|入园)[\s,.;、]*{_B}\s*(?:来接|去接|接走|接|离园)"),
    re.compile(rf"{_DROP}{_A}[\s,;]*(?:and\s+)?{_PICK}{_B}"),
]
_END = re.compile(
    rf"(?:到|至|\buntil\s+|\btill?\s+|\bbefore\s+){_B}\s*(?:之前|以前|前)?|{_A}\s*(?:来接|去接|接走|之前|以前|前)"
)
_START = re.compile(
    rf"(?P<at>从|\bfrom\s+|\bat\s+|\bafter\s+|@\s*)?{_A}\s*(?:开始|以后|之后|后|起|送到|送)?"
)
_MINUTE = r"\s*-?\s*(?:分钟|minutes?\b|mins?\b)\s*"
_WALK = re.compile(
    r"(?:步行|走路|走|\bwalk(?:ing)?\s+|\bwithin\s+(?:an?\s+)?)(?:不超过|最多)?\s*"
    rf"(?P<before>[0-9]{{1,2}}){_MINUTE}(?:walk\b|以内|之内|内|以下|路程)?"
    rf"|(?P<after>[0-9]{{1,2}}){_MINUTE}"
    r"(?:以内|之内|内|路程|的路|步行|walk\b|on foot\b|away\b)"
)
_HOURS = re.compile(
    r"(?<![0-9.])(?:\bfor\s+)?(?P<number>[0-9]{1,2}(?:\.5)?|半|\bhalf an|\ban?(?![a-z]))"
    r"\s*-?\s*个?(?P<half>半)?\s*"
    r"(?:小时|钟头|hours?\b|hrs?\b|h\b)(?P<and_half>半|\s+and a half\b)?"
    rf"(?:\s*(?:and\s+)?(?P<minutes>[0-9]{{1,2}}){_MINUTE})?"
)
_MINUTES = re.compile(
    rf"(?<![0-9.])(?<!\bin )(?:\bfor\s+)?(?P<minutes>[0-9]{{1,3}}){_MINUTE}(?![之以]?后)"
)
_NOW = re.compile(r"现在|马上|立刻|这会儿|\bright now\b|\bnow\b|\basap\b")

_FULL = re.compile(
    r"一整天|整天|全天|(?<![0-9])1天(?!后|之后|以后)|全日(?!托)|白天"
    r"|\b(?:all|full|whole|entire)[ -]day\b"
)
_HALF = re.compile(r"半天|半日(?!托)|\bhalf[ -](?:a[ -])?day\b")
_PART = re.compile(
    rf"{NOT_BEFORE}(?:\bin the\s+)?(?P<part>"
    + "|".join(word for word in PERIODS if word not in ("早", "晚", "am", "pm"))
    + rf"|\b[ap]m\b|\bnight\b)s?{NOT_AFTER}"
)
_UNREAD = words.any_of(words.table("unread_time")["any"])
_DAY_PARTS: dict[Period, DayPart] = {
    "morning": "morning",
    "am": "morning",
    "afternoon": "afternoon",
    "pm": "afternoon",
}


def read(line: Line) -> Hours:
    """What the line says about the time of day; takes out what it understands."""
    said = _Said()
    said.now = bool(line.take(_NOW))
    for pattern in _SPANS:
        said.spans += [
            (_words_of(found), ClockTime.of(found, "a"), ClockTime.of(found, "b"))
            for found in line.take(pattern)
        ]
    said.walks = [int(found["before"] or found["after"]) for found in line.take(_WALK)]
    said.lengths = [_length(found) for found in line.take(_HOURS)]
    for found in line.take(_MINUTES):
        minutes = int(found["minutes"])
        (said.walks if minutes < _SHORTEST_STAY else said.lengths).append(minutes)
    said.ends = [
        (_words_of(found), ClockTime.of(found, "b" if found["b_hour"] else "a"))
        for found in line.take(_END)
    ]
    said.starts = [
        (_words_of(found), ClockTime.of(found, "a")) for found in line.take(_START, _is_marked)
    ]
    return _put_together(said, _day_part(line, said))


def doubted(hours: Hours, line: Line) -> Hours:
    """The hours as a question where what is left of the line still speaks of time: 午睡后."""
    left = _UNREAD.search(line.text)
    if left is None or hours.questions:
        return hours
    return replace(hours, questions=(Question("which-time", left[0]),))


def _words_of(found: re.Match[str]) -> str:
    return " ".join(found[0].replace(TAKEN, " ").split())


def _is_marked(found: re.Match[str]) -> bool:
    """A bare number is an hour only beside a word for time."""
    marks = ("at", "a_mark", "a_minutes", "a_suffix", "a_period")
    return any(found[mark] for mark in marks)


_FRACTIONS = {"半": 0.5, "half an": 0.5, "a": 1.0, "an": 1.0}


def _length(found: re.Match[str]) -> int:
    number = found["number"].strip()
    hours = _FRACTIONS.get(number) or float(number)
    hours += 0.5 if found["half"] or found["and_half"] else 0
    return int(hours * 60) + int(found["minutes"] or 0)


def _day_part(line: Line, said: _Said) -> DayPart | Question | None:
    full, half = bool(line.take(_FULL)), bool(line.take(_HALF))
    found_parts = line.take(_PART)
    said.parts = [found["part"] for found in found_parts if not is_ruled_out(found)]
    parts = {_DAY_PARTS.get(PERIODS.get(word, "evening")) for word in said.parts}
    if full:
        return Question("which-time", " ".join(said.parts)) if half or parts else "full"
    if len(parts) > 1 or None in parts:
        return Question("which-time", " ".join(said.parts))
    if parts:
        return parts.pop()
    if found_parts:
        return Question("which-time")
    return Question("which-half") if half else None


def _put_together(said: _Said, part: DayPart | Question | None) -> Hours:
    walk = said.walks[0] if said.walks else None
    hours = Hours(walk_minutes=walk, from_now=said.now)
    times = len(said.spans) + len(said.starts)
    if times > 1 or len(said.ends) > 1 or len(said.lengths) > 1 or (said.spans and said.ends):
        return replace(hours, questions=(Question("which-time", _words(said)),))
    period = PERIODS.get(said.parts[0]) if len(said.parts) == 1 else None
    if said.spans:
        return _span(hours, *said.spans[0], period)
    length = said.lengths[0] if said.lengths else None
    if said.starts:
        start = said.starts[0]
        if said.ends:
            words = f"{start[0]} {said.ends[0][0]}"
            return _span(hours, words, start[1], said.ends[0][1], period)
        return _from(hours, *start, length, period)
    if said.ends:
        return _until(hours, *said.ends[0], length, period)
    if length is not None:
        return replace(hours, length=length, questions=(Question("which-time", _words(said)),))
    if isinstance(part, Question):
        return replace(hours, questions=(part,))
    return replace(hours, day_part=part)


def _words(said: _Said) -> str:
    spans = [words for words, _, _ in said.spans]
    return " ".join([*spans, *(words for words, _ in [*said.starts, *said.ends]), *said.parts])


def _span(
    hours: Hours, said: str, first: ClockTime, last: ClockTime, elsewhere: Period | None
) -> Hours:
    if elsewhere and first.period is None:
        first = first.within(elsewhere)
    ends = last.readings()
    starts = first.readings()
    if last.period == "pm" and first.period is None and first.hour % 12 < last.hour % 12:
        starts = starts[-1:]  # 7-8pm: one "pm" for both
    likely = tuple(start for start in first.likely(starts) if ends and start < ends[-1])
    if not likely:
        return replace(hours, questions=(_backwards(said, first, ends),))
    if len(likely) > 1:
        return replace(hours, questions=(Question("which-time", said, minutes=likely),))
    start = likely[0]
    end = next(end for end in ends if end > start)
    needed_a_guess = first.period is None and len(first.readings()) > 1
    told = replace(hours, assumed=_assumed(start) if needed_a_guess and not last.period else ())
    return _on_half_hours(told, said, start, end)


def _backwards(said: str, first: ClockTime, ends: tuple[int, ...]) -> Question:
    starts = first.likely(first.readings())
    if not starts or not ends:
        return Question("which-time", said)
    later = tuple(end + DAY // 2 for end in ends if starts[0] < end + DAY // 2 < DAY)
    return Question("which-end", said, "end", minutes=later[:1])


def _assumed(start: int) -> tuple[Assumption, ...]:
    return ("morning",) if start < DAY // 2 else ("afternoon",)


def _one(
    said: str, time: ClockTime, elsewhere: Period | None
) -> tuple[int, tuple[Assumption, ...]] | Question:
    if elsewhere and time.period is None:
        time = time.within(elsewhere)
    readings = time.readings()
    likely = time.likely(readings)
    if len(likely) != 1:
        return Question("which-time", said, minutes=likely)
    return likely[0], _assumed(likely[0]) if len(readings) > 1 else ()


def _from(
    hours: Hours, said: str, time: ClockTime, length: int | None, elsewhere: Period | None
) -> Hours:
    start = _one(said, time, elsewhere)
    if isinstance(start, Question):
        return replace(hours, length=length, questions=(start,))
    told = replace(hours, assumed=start[1])
    if length is None:
        return _on_half_hours(told, said, start[0], None)
    end = start[0] + length
    if not length or end > DAY:
        told = _on_half_hours(told, said, start[0], None)
        return replace(told, questions=(Question("which-end", said, "end"),))
    return _on_half_hours(told, said, start[0], end)


def _until(
    hours: Hours, said: str, time: ClockTime, length: int | None, elsewhere: Period | None
) -> Hours:
    end = _one(said, time, elsewhere)
    if isinstance(end, Question):
        return replace(hours, length=length, questions=(end,))
    told = replace(hours, assumed=end[1])
    if length and length < end[0]:
        return _on_half_hours(told, said, end[0] - length, end[0])
    return _on_half_hours(told, said, None, end[0])


def _on_half_hours(hours: Hours, said: str, start: int | None, end: int | None) -> Hours:
    """The span where both ends lie on half hours; for each that does not, the two nearest."""
    questions: list[Question] = []
    if start is not None and start % HALF_HOUR:
        questions.append(Question("not-half-hour", said, "start", minutes=_nearest(start)))
        start = None
    if end is not None and end % HALF_HOUR:
        questions.append(Question("not-half-hour", said, "end", minutes=_nearest(end)))
        end = None
    return replace(hours, start=start, end=end, questions=tuple(questions))


def _nearest(minute: int) -> tuple[int, ...]:
    before = minute // HALF_HOUR * HALF_HOUR
    return before, before + HALF_HOUR
