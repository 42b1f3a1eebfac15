"""Two nurseries and six families, in the database and in the model."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import planning
from childcare.actors import Actor
from childcare.app import act, promoting
from childcare.errors import DomainError
from childcare.institutions import CareForm, Offering
from tests.build import TODAY, Build, FakeClock
from tests.childcare.capacity_commands import Commands
from tests.childcare.capacity_model import Away, Closing, Group, Kid, Refused, Visit

EIGHT_HOURS = timedelta(hours=8)
AHEAD = 3  # days that are kept open after today
BORN = ("2025-09-10", "2025-03-31", "2025-02-10", "2024-11-25", "2024-12-31", "2024-08-31")


def utc(local: datetime) -> datetime:
    return (local - EIGHT_HOURS).replace(tzinfo=UTC)


class Town:
    """Two nurseries and six families, in the database and in the model."""

    def __init__(self, clock: FakeClock, seed: int) -> None:
        self.clock, self.random = clock, random.Random(seed)
        with promoting() as session:
            self._build(session)
        self.absences: list[tuple[Away, int]] = []
        self.closings: list[tuple[Closing, int]] = []
        self.set_time(datetime(2026, 11, 23, 7, 0))  # noqa: DTZ001 - local
        for on in (TODAY + timedelta(days=n) for n in range(AHEAD + 1)):
            self.open_day(on)

    def _build(self, session: Session) -> None:
        build = Build(session)
        pine, oak = build.institution(), build.institution()
        build.fee_sheet(oak, version=2, effective_from=TODAY, approves_first_visit=True)
        for sheet_id in set(session.scalars(select(Offering.fee_sheet_id))):
            self._sell_holidays(session, sheet_id)
        groups = [
            build.class_group(pine, places=1, carers=1),
            build.class_group(pine, places=3, ratio=1, carers=2),
            build.class_group(pine, band="mixed", places=2, ratio=2, carers=1),
            build.class_group(oak, places=1, carers=1),
            build.class_group(oak, band="older", places=2, carers=1),
        ]
        rows = zip(groups, (1, 2, 1, 1, 1), strict=True)
        known = [
            Group(g.id, g.institution_id, g.from_months, g.to_months, g.most, g.ratio, carers)
            for g, carers in rows
        ]
        families = [build.family() for _ in BORN[1:]]
        self.actors = {family.id: build.guardian(family).actor for family in families}
        kids = []
        for born, family in zip(BORN, (families[0], *families), strict=True):
            child = build.child(family, born_on=date.fromisoformat(born))
            kids.append(Kid(child.id, family.id, child.born_on))
        self.model = Commands(known, kids, strict=[oak.id])
        self.institutions = [pine.id, oak.id]

    def _sell_holidays(self, session: Session, sheet_id: int) -> None:
        hourly = select(Offering).where(
            Offering.fee_sheet_id == sheet_id, Offering.form == CareForm.HOURLY
        )
        sold = session.scalars(hourly).one()
        facts = {c.key: getattr(sold, c.key) for c in Offering.__table__.columns if c.key != "id"}
        session.add(Offering(**{**facts, "form": CareForm.HOLIDAY}))

    # Doing the same in both

    def set_time(self, local: datetime) -> None:
        self.model.now, self.clock.now = local, utc(local)

    def both(self, model: Callable[[], Any], real: Callable[[Session], Any]) -> Any:
        """Do it in both worlds, which must agree whether and why not; (the model's, ours)."""
        said = refused = done = error = None
        try:
            said = model()
        except Refused as refusal:
            refused = refusal
        try:
            done = act(lambda session: getattr(real(session), "id", None))
        except DomainError as refusal_of_ours:
            error = refusal_of_ours
        if refused is None and error is None:
            return said, done
        assert refused, (error, error and error.facts)
        assert error, refused
        assert error.code in refused.codes, (refused, error, error.facts)
        if error.code == "no-place":
            assert refused.at is not None
            on, slot = refused.at
            assert (error.facts["on"], error.facts["start"]) == (on, _hhmm(slot))
        return None

    def open_day(self, on: date) -> None:
        for institution in self.institutions:
            self._open_day_at(institution, on)

    def _open_day_at(self, institution: int, on: date) -> None:
        self.both(
            lambda: self.model.open_day(institution, on),
            lambda s: planning.open_day(s, institution, on, now=self.clock.now),
        )

    # Choices

    def any_day(self) -> date:
        return self.model.now.date() + timedelta(days=self.random.choice((0, 0, 1, 1, 2, AHEAD)))

    def any_slots(self) -> range:
        first = self.random.randrange(16, 34)
        return range(first, min(first + self.random.randrange(2, 9), 36))

    def any_kid(self) -> Kid:
        return self.random.choice(list(self.model.kids.values()))

    def any_group(self) -> Group:
        return self.random.choice(list(self.model.groups.values()))

    def any_visit(self, *states: str, is_booked: bool = True) -> Visit | None:
        """One in these states most of the time, else any of these days."""
        yesterday = self.model.now.date() - timedelta(days=1)
        near = [v for v in self.model.visits if v.on >= yesterday]
        near = [v for v in near if not (is_booked and v.enrolment)]
        wanted = [visit for visit in near if visit.state in states]
        pool = wanted if wanted and self.random.random() < 0.9 else near
        return self.random.choice(pool) if pool else None

    def actor(self, kid: Kid) -> Actor:
        return self.actors[kid.family]


def _hhmm(slot: int) -> str:
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"
