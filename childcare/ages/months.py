"""Whole months of age, and the bands of class ages with their sizes and ratios."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Band:
    """Ages in whole months on the day of care; children per carer; most children in one class."""

    name: str
    from_months: int
    to_months: int
    ratio: int
    size: int

    def holds(self, months: int) -> bool:
        return self.from_months <= months <= self.to_months


# Class sizes: 托育机构设置标准(试行) of 2019, 国卫人口发〔2019〕58号, Art. 19; ratios: Art. 20.
# It gives no ratio for mixed classes: 1:5 is this product's cautious default. Home sites:
# 家庭托育点管理办法(试行) of 2023, at most five children, one carer for at most three.
BANDS: Mapping[str, Band] = MappingProxyType(
    {
        band.name: band
        for band in (
            Band("infant", 6, 11, 3, 10),
            Band("toddler", 12, 23, 5, 15),
            Band("older", 24, 35, 7, 20),
            Band("mixed", 18, 35, 5, 18),
            Band("home", 6, 35, 3, 5),
        )
    }
)


def months_on(born_on: date, on: date) -> int:
    """Whole months of age on `on`: a month is complete on the same day number, or on the month's
    last day where it is shorter. Raises ValueError for a day before birth."""
    if on < born_on:
        raise ValueError(f"{on} is before the birth on {born_on}")
    months = (on.year - born_on.year) * 12 + on.month - born_on.month
    return months if on >= _same_day(born_on, on.year, on.month) else months - 1


def turns_on(born_on: date, months: int) -> date:
    """The first day on which the child is `months` whole months old."""
    year, month = divmod(born_on.year * 12 + born_on.month - 1 + months, 12)
    return _same_day(born_on, year, month + 1)


def last_day_in(born_on: date, band: Band) -> date:
    """The last day on which the child is of the band's ages."""
    return turns_on(born_on, band.to_months + 1) - timedelta(days=1)


def born_between(months: int, on: date) -> tuple[date, date]:
    """The first and last birth date of a child that is `months` whole months old on `on`."""
    latest = turns_on(date(on.year, on.month, 1), -months)
    candidates = [latest + timedelta(days=number) for number in range(-32, 31)]
    fitting = [day for day in candidates if day <= on and months_on(day, on) == months]
    return fitting[0], fitting[-1]


def _same_day(born_on: date, year: int, month: int) -> date:
    return date(year, month, min(born_on.day, calendar.monthrange(year, month)[1]))
