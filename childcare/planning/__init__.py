"""What moves capacity and touches stays: opening days, shifts, closures, the calendar.

`schedule` knows the hours and carers, `capacity` counts; here they meet.
"""

from childcare.planning.changes import (
    OpenedByDate,
    change_shifts,
    close,
    keep_calendar,
    lift,
    open_on,
    replan,
)
from childcare.planning.opening import missing_days, open_dates, open_day, open_days

__all__ = [
    "OpenedByDate",
    "change_shifts",
    "close",
    "keep_calendar",
    "lift",
    "missing_days",
    "open_dates",
    "open_day",
    "open_days",
    "open_on",
    "replan",
]
