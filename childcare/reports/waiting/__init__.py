"""The lists as an institution's desk answers for them: who waits and why there, what happened in
each round and why, in the order and by the table of that moment.

Every public name of the subject is here: ``from childcare.reports import waiting``.
"""

from childcare.reports.waiting.behind import Behind
from childcare.reports.waiting.board import (
    Board,
    Listed,
    OpenOffer,
    Paused,
    Which,
    board,
    stamp,
)
from childcare.reports.waiting.chapters import Chapter, Won
from childcare.reports.waiting.journal import EVERY_KIND, JournalPage, JournalWanted, journal
from childcare.reports.waiting.known import (
    Known,
    Sought,
    find,
    known,
    listed,
    require_desk,
    require_listed,
)
from childcare.reports.waiting.rounds import RoundStory, Step, StepLine, round_story
from childcare.reports.waiting.sparks import Spark
from childcare.reports.waiting.story import Story, story
from childcare.reports.waiting.tables import Version, versions
from childcare.reports.waiting.telling import Told
from childcare.reports.waiting.then import Reasons
from childcare.reports.waiting.turns import (
    Asked,
    NextInLine,
    next_in_line,
    require_class,
)

__all__ = [
    "EVERY_KIND",
    "Asked",
    "Behind",
    "Board",
    "Chapter",
    "JournalPage",
    "JournalWanted",
    "Known",
    "Listed",
    "NextInLine",
    "OpenOffer",
    "Paused",
    "Reasons",
    "RoundStory",
    "Sought",
    "Spark",
    "Step",
    "StepLine",
    "Story",
    "Told",
    "Version",
    "Which",
    "Won",
    "board",
    "find",
    "journal",
    "known",
    "listed",
    "next_in_line",
    "require_class",
    "require_desk",
    "require_listed",
    "round_story",
    "stamp",
    "story",
    "versions",
]
