"""How old a child is on a day, which class ages there are, and birth dates as people write them.

Age is whole months on the day of care, never on the day of booking.
"""

from childcare.ages.birth_dates import (
    Ambiguous,
    Approximate,
    BirthDate,
    NotUnderstood,
    Understood,
    parse_birth_date,
)
from childcare.ages.months import BANDS, Band, born_between, last_day_in, months_on, turns_on

__all__ = [
    "BANDS",
    "Ambiguous",
    "Approximate",
    "Band",
    "BirthDate",
    "NotUnderstood",
    "Understood",
    "born_between",
    "last_day_in",
    "months_on",
    "parse_birth_date",
    "turns_on",
]
