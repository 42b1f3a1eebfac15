"""Other spellings of the same, said the way the readers of days and hours know them."""

import re

from bot.understand.line import Line
from childcare import writing

_NUMBER_WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"} | {
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
}
_WORD = "|".join(_NUMBER_WORDS)
_UNITS = "点|时(?![间候])|号|日|月|年|分|刻|个|小时|钟头|周|星期|天|岁"

_BEFORE_WEEKDAYS = [
    (re.compile(pattern), into)
    for pattern, into in (
        (r"([今明])([早晚])(?!上)", r"\1天\2上"),
        (r"\btonight\b", "today evening"),
        (r"\bthis (?=morning|afternoon|evening)", "today "),
        (r"(?<![周期拜月])一(?:整个|个)?(?=[上下]午)", ""),
        (r"\b(?:tmrw|tmr|tomorow|tommorow|tommorrow|2moro)\b", "tomorrow"),
    )
]
# 下周一到周三, 下周一上午、周三下午: all lie in the week that was named once.
_SAME_WEEK = re.compile(
    r"(下下|下|这|本)个?(?:周|星期|礼拜)([一二三四五六日天])"
    r"((?:的?(?:[上下]午|早上|晚上|[全半整]天)|[\s,\x00])*[到至和跟与及、-]?\s*)"
    r"(?:(?:周|星期|礼拜)|(?<=[到至和、-]))([一二三四五六日天])(?![点时月号0-9十])"
)
_WORDS_FOR_HOURS = [
    re.compile(pattern)
    for pattern in (
        rf"\b(?P<word>{_WORD})(?=\s*(?:am|pm|o'clock|hours?|hrs?|to|till?|until|thirty|-)\b)",
        rf"\b(?:at|from|past|until|till|after|between) (?P<word>{_WORD})\b",
        rf"(?<=[0-9]) (?:to|and|till|until) (?P<word>{_WORD})\b",
    )
]
_HOURS = [
    (re.compile(pattern), into)
    for pattern, into in (
        (r"(?<=[0-9])\s?([ap])\.?\s?m\b\.?", r"\1m"),
        (r"\b([ap])\.m\b\.?", r"\1m"),
        (r"(?<![0-9.])([0-9]{1,2})\.([0-5][0-9])(?=[ap]m)", r"\1:\2"),
        (
            r"(?<![0-9.])([0-9]{1,2})\.(00|30)(\s*(?:-|到|至|to)\s*)([0-9]{1,2})\.(00|30)(?![0-9.])",
            r"\1:\2\3\4:\5",
        ),
        (r"(?<![0-9:])([0-9]{1,2}) thirty\b", r"\1:30"),
        (r"\bhalf past ([0-9]{1,2})(?![0-9:])", r"\1:30"),
        (r"\bquarter past ([0-9]{1,2})(?![0-9:])", r"\1:15"),
        (r"\b(?:noon|midday)\b|(?<=到)中午(?!\s*[0-9])", "12:00pm"),
        (
            r"(?<![0-9])([01][0-9]|2[0-3])([0-5][0-9])\s*-\s*([01][0-9]|2[0-3])([0-5][0-9])(?![0-9])",
            r"\1:\2-\3:\4",
        ),
        (r"俩(?=小时|钟头)", "2个"),
    )
]
# 三点到五, 十点十五到: a numeral that no unit follows.
_BARE_NUMERAL = re.compile(
    rf"(?<=[点到至-]){writing.NUMERAL}+(?![\u3400-\u9fff])|(?<=点){writing.NUMERAL}+(?=[到至])"
)


def before_weekdays(line: Line) -> None:
    """What has to be said plainly before weekdays are read."""
    for pattern, into in _BEFORE_WEEKDAYS:
        line.rewrite(pattern, into)
    before = ""
    while before != line.text:
        before = line.text
        line.rewrite(_SAME_WEEK, r"\1周\2\3\1周\4")


def after_weekdays(line: Line) -> None:
    """Numerals and words for hours, once no 周三 can be taken for a number."""
    line.text = writing.arabic(line.text, _UNITS)
    line.rewrite(_BARE_NUMERAL, _in_digits)
    for pattern in _WORDS_FOR_HOURS:
        line.rewrite(pattern, _in_figures)
    for pattern, into in _HOURS:
        line.rewrite(pattern, into)


def _in_digits(found: re.Match[str]) -> str:
    value = writing.number(found[0])
    return found[0] if value is None else str(value)


def _in_figures(found: re.Match[str]) -> str:
    return found[0].replace(found["word"], _NUMBER_WORDS[found["word"]])
