"""What a person wants when it is not a search: the words for the bot's other screens."""

import re
from typing import cast

from bot.understand import words
from bot.understand.line import Line
from bot.understand.wish import CareForm, Intent

# What a child does not come for, wholly or in part.
NOT_COMING: frozenset[Intent | None] = frozenset({"away", "ill"})

_BY_WORD = {
    word: cast(Intent, intent)
    for intent, listed in words.table("intents").items()
    for word in listed
}
_VERBS = {
    cast(Intent, intent): words.any_of(verbs) for intent, verbs in words.table("verbs").items()
}
_FORMS = {
    cast(CareForm, form): words.any_of(names) for form, names in words.table("care_forms").items()
}

# 请半天假, 请明天上午的假: the part stands inside the verb.
_LEAVE_OF = re.compile(
    r"请(?:个|一个)?((?:[今明后]天|(?:周|星期|礼拜)[一二三四五六日天])?(?:半天|[上下]午)?)的?假"
)


def whole(line: Line) -> Intent | None:
    """The intent of a text that says nothing else."""
    spoken = re.sub(r"[^\w\s]|_", " ", line.text).split()
    return _BY_WORD.get(" ".join(spoken))


def within(line: Line) -> Intent | None:
    """The intent that a verb in a sentence tells; takes the verb out."""
    line.rewrite(_LEAVE_OF, r"\1请假")
    found = [intent for intent, pattern in _VERBS.items() if line.take(pattern)]
    return found[0] if found else None


def care_form(line: Line) -> CareForm | None:
    """The form of care the line names; takes the words out."""
    found = [form for form, pattern in _FORMS.items() if line.take(pattern)]
    return found[0] if len(found) == 1 else None
