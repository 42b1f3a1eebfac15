"""What is said to a family, and when: reminders by the clock, news when it happens, offers at once.

Rows are written from the facts of the domain and looked at again when they are due, so a reminder
of what was moved or cancelled is never sent. Messages about a stay are here; those to somebody who
waits are in `waiting`.
"""

from childcare.reminders import waiting
from childcare.reminders.kinds import RULES, SWITCHES, Kind, Quiet
from childcare.reminders.recipients import DAILY_CAP, Dropped, Later, Outgoing, Verdict
from childcare.reminders.sending import mark_blocked, prepare
from childcare.reminders.timing import GRACE, due_at
from childcare.reminders.writing import (
    booking_confirmed,
    booking_rescheduled,
    tell_of_booking,
    tell_of_stay,
)

__all__ = [
    "DAILY_CAP",
    "GRACE",
    "RULES",
    "SWITCHES",
    "Dropped",
    "Kind",
    "Later",
    "Outgoing",
    "Quiet",
    "Verdict",
    "booking_confirmed",
    "booking_rescheduled",
    "due_at",
    "mark_blocked",
    "prepare",
    "tell_of_booking",
    "tell_of_stay",
    "waiting",
]
