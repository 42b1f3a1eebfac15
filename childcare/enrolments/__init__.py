"""Long-term care: a place by weekdays and day part from a date on, and the days a child is away.

An enrolment takes the slots of every opened day from its start and needs room in the plan beyond.
Its stays of days not opened yet are written when the day opens (`planning`). Every public name of
the subject is here: ``from childcare import enrolments``.
"""

from childcare.enrolments.absences import (
    Absence,
    NotEnrolled,
    absence,
    absences_between,
    absences_of,
    away_slots,
    declare_absence,
    take_back,
)
from childcare.enrolments.commands import checked_weekdays, end, enrol, sold
from childcare.enrolments.fees import first_month_fee, last_month_fee, month_fee
from childcare.enrolments.models import Enrolment, Segment
from childcare.enrolments.offers import (
    Application,
    accept_offered,
    offer,
    refuse_offered,
    stays_offered,
)
from childcare.enrolments.queries import (
    due_between,
    enrolled_between,
    enrolment,
    enrolments_of,
)

__all__ = [
    "Absence",
    "Application",
    "Enrolment",
    "NotEnrolled",
    "Segment",
    "absence",
    "absences_between",
    "absences_of",
    "accept_offered",
    "away_slots",
    "checked_weekdays",
    "declare_absence",
    "due_between",
    "end",
    "enrol",
    "enrolled_between",
    "enrolment",
    "enrolments_of",
    "first_month_fee",
    "last_month_fee",
    "month_fee",
    "offer",
    "refuse_offered",
    "sold",
    "stays_offered",
    "take_back",
]
