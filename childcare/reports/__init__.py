"""What an institution's staff look at: who comes today, how full the classes are, who cares for
them, what a change would do, and everything that was done.

Every public name of the subject is here: ``from childcare import reports``.
"""

from childcare.reports.board import ON_THE_BOARD, BoardClass, BoardStay, day_board
from childcare.reports.desk import (
    LATE_AFTER,
    DeskClass,
    DeskDay,
    DeskRow,
    DeskSlot,
    Now,
    Standing,
    day_stamp,
    desk_day,
    done_before,
    history_of,
    stay_here,
)
from childcare.reports.lines import (
    EVERYTHING,
    FEWEST,
    Cursor,
    Entry,
    LogPage,
    Source,
    Subject,
    Wanted,
)
from childcare.reports.log import SOURCES, log_page, names_in_care, staff_names
from childcare.reports.shifts import (
    CarersClass,
    CarersDay,
    Consequences,
    OverRun,
    Preview,
    carers_day,
    class_here,
    closing_consequences,
    closure_here,
    offers_withdrawn,
    preview_shifts,
)
from childcare.reports.who import Happening, Who

__all__ = [
    "EVERYTHING",
    "FEWEST",
    "LATE_AFTER",
    "ON_THE_BOARD",
    "SOURCES",
    "BoardClass",
    "BoardStay",
    "CarersClass",
    "CarersDay",
    "Consequences",
    "Cursor",
    "DeskClass",
    "DeskDay",
    "DeskRow",
    "DeskSlot",
    "Entry",
    "Happening",
    "LogPage",
    "Now",
    "OverRun",
    "Preview",
    "Source",
    "Standing",
    "Subject",
    "Wanted",
    "Who",
    "carers_day",
    "class_here",
    "closing_consequences",
    "closure_here",
    "day_board",
    "day_stamp",
    "desk_day",
    "done_before",
    "history_of",
    "log_page",
    "names_in_care",
    "offers_withdrawn",
    "preview_shifts",
    "staff_names",
    "stay_here",
]
