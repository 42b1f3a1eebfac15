"""A registry of institutions as a district office sends it: one CSV row for each.

`read` judges every row and touches nothing; `apply` keeps what was read, by registration number, so
that running it again changes nothing.
"""

from childcare.imports.holidays import BadCalendar, read_calendar
from childcare.imports.keeping import Keep, RegistryFaulty, Report, apply
from childcare.imports.problems import Problem, shown
from childcare.imports.reading import Draft, read
from childcare.imports.rows import RegistryRow

__all__ = [
    "BadCalendar",
    "Draft",
    "Keep",
    "Problem",
    "RegistryFaulty",
    "RegistryRow",
    "Report",
    "apply",
    "read",
    "read_calendar",
    "shown",
]
