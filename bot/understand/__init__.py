"""One line of a parent's text, in Chinese or English, to a wish: 明天下午2点到5点 双井附近.

Understood or asked, never guessed. No database, no clock: the caller says what day it is.
"""

from bot.understand.emergency import is_emergency
from bot.understand.intents import NOT_COMING
from bot.understand.reading import LONGEST_TEXT, understand
from bot.understand.wish import (
    Assumption,
    CareForm,
    Code,
    DayPart,
    Intent,
    Question,
    SavedPlace,
    Wish,
)

__all__ = [
    "LONGEST_TEXT",
    "NOT_COMING",
    "Assumption",
    "CareForm",
    "Code",
    "DayPart",
    "Intent",
    "Question",
    "SavedPlace",
    "Wish",
    "is_emergency",
    "understand",
]
