"""Long-term care: a place by weekdays and day part from a date on, and the days a child is away.

An enrolment takes the slots of every opened day from its start and needs room in the plan beyond.
Its stays of days not opened yet are written when the day opens (`planning`).
"""

from datetime import timedelta

RECORD_STAYS_OPEN = timedelta(days=30)
