"""Builders and named people: the smallest true records that a test needs."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from childcare import capacity, clock, people, planning
from childcare.actors import Actor, Kind, Role
from childcare.ages import BANDS
from childcare.capacity import ClassDay
from childcare.institutions import ClassGroup, FeeSheet, Institution, Offering
from childcare.people import Child, Family, Guardian
from childcare.schedule import WeeklyHours, WeeklyShift

# Monday, 12:00 in Shanghai. The week after has no public holiday.
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)

_numbers = itertools.count(1)


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it."""

    now: datetime = NOON

    def __call__(self, session: Session) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


@dataclass
class Build:
    """Writes records into a session; every method answers what it wrote, flushed."""

    session: Session
    now: datetime = field(default=NOON)

    def _keep(self, record: Any) -> Any:
        self.session.add(record)
        self.session.flush()
        return record

    def family(self) -> Family:
        family: Family = self._keep(Family(created_at=self.now))
        return family

    def guardian(self, family: Family | None = None, **facts: Any) -> Guardian:
        """A guardian who consented; 林岚 unless told otherwise."""
        family = family or self.family()
        facts = {
            "name": "林岚",
            "consent_version": people.CONSENT_VERSION,
            "consented_at": self.now,
            "created_at": self.now,
            **facts,
        }
        guardian: Guardian = self._keep(Guardian(family_id=family.id, **facts))
        return guardian

    def relative(self, family: Family, **facts: Any) -> Guardian:
        """外婆: may see, book and pick up, not more."""
        return self.guardian(family, **{"name": "外婆", "role": "relative", **facts})

    def child(self, family: Family | None = None, *, months: int = 20, **facts: Any) -> Child:
        """A child of so many months on `TODAY`, of a new family with a guardian unless given."""
        if family is None:
            guardian = self.guardian()
            family = self.session.get_one(Family, guardian.family_id)
        years, rest = divmod(TODAY.year * 12 + TODAY.month - 1 - months, 12)
        facts = {
            "name": "果果",
            "born_on": date(years, rest + 1, 10),
            "created_at": self.now,
            **facts,
        }
        child: Child = self._keep(Child(family_id=family.id, **facts))
        return child

    def institution(self, **facts: Any) -> Institution:
        """A community nursery in Jinsong, open Monday to Friday 08:00-18:00, that sells care."""
        number = next(_numbers)
        weekdays = facts.pop("weekdays", range(1, 6))
        facts = {
            "registration_no": f"T{number:06d}",
            "name": f"小小松果托育园{number}",
            "name_en": f"Little Pinecone {number}",
            "kind": "community_embedded",
            "inclusive": True,
            "lat": 39.884,
            "lng": 116.461,
            "opened_at": self.now,
            "created_at": self.now,
            **facts,
        }
        made: Institution = self._keep(Institution(**facts))
        for weekday in weekdays:
            self._keep(WeeklyHours(institution_id=made.id, weekday=weekday, opens=480, closes=1080))
        self.fee_sheet(made)
        return made

    def fee_sheet(self, institution: Institution, **facts: Any) -> FeeSheet:
        """A sheet with hourly, temporary and long-term care; `facts` change every offering."""
        version = facts.pop("version", 1)
        from_on = facts.pop("effective_from", date(2026, 1, 1))
        sheet: FeeSheet = self._keep(
            FeeSheet(
                institution_id=institution.id,
                version=version,
                effective_from=from_on,
                created_at=self.now,
            )
        )
        for form, unit, part, starts, ends, price_fen in (
            ("hourly", "half_hour", None, 480, 1080, 2000),
            ("temporary", "stay", "full", 480, 1050, 20000),
            ("temporary", "stay", "morning", 480, 720, 9000),
            ("temporary", "stay", "afternoon", 840, 1050, 9000),
            ("full_day", "month", "full", 480, 1050, 300000),
            ("half_day", "month", "morning", 480, 720, 160000),
        ):
            length = {"shortest": 60, "longest": 600} if part is None else {}
            self._keep(
                Offering(
                    **{
                        "fee_sheet_id": sheet.id,
                        "institution_id": institution.id,
                        "form": form,
                        "unit": unit,
                        "day_part": part,
                        "starts": starts,
                        "ends": ends,
                        "price_fen": price_fen,
                        "shortest": ends - starts,
                        "longest": ends - starts,
                        **length,
                        **facts,
                    }
                )
            )
        return sheet

    def class_group(
        self,
        institution: Institution,
        *,
        band: str = "toddler",
        places: int = 5,
        carers: int = 4,
        **facts: Any,
    ) -> ClassGroup:
        """A class whose carers are there Monday to Friday 08:00-18:00."""
        ages = BANDS[band]
        facts = {
            "name": "托小班",
            "name_en": "Toddlers",
            "from_months": ages.from_months,
            "to_months": ages.to_months,
            "ratio": ages.ratio,
            **facts,
        }
        group: ClassGroup = self._keep(
            ClassGroup(institution_id=institution.id, band=band, places=places, **facts)
        )
        for weekday in range(1, 6):
            for carer in range(carers):
                self._keep(
                    WeeklyShift(
                        class_id=group.id,
                        weekday=weekday,
                        carer=f"老师{carer + 1}",
                        starts=480,
                        ends=1080,
                    )
                )
        return group

    def nursery(self, *, places: int = 5, **facts: Any) -> tuple[Institution, ClassGroup]:
        """An institution with one toddler class, its days opened to the horizon."""
        made = self.institution(**facts)
        group = self.class_group(made, places=places)
        planning.open_days(self.session, made.id, now=self.now)
        return made, group

    def day(self, group: ClassGroup, on: date = TOMORROW) -> ClassDay:
        """The opened class day as it stands in the database."""
        return capacity.days_of(self.session, [group.id], on)[group.id]


def director(institution_id: int) -> Actor:
    """Director Zhou of one institution."""
    return Actor(Kind.STAFF, 9001, roles={institution_id: frozenset({Role.DIRECTOR})})


def front_desk(institution_id: int) -> Actor:
    return Actor(Kind.STAFF, 9002, roles={institution_id: frozenset({Role.FRONT_DESK})})


def slots(start: str, end: str) -> Sequence[int]:
    """``slots("09:00", "10:30")`` → 18, 19, 20."""
    return range(clock.parse_hhmm(start) // 30, clock.parse_hhmm(end) // 30)
