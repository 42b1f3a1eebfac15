"""The sample city: made by rule, the same every time, dated relative to today. Every name in it is
made up."""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import accounts, clock, planning, schedule, workdays
from childcare.actors import SYSTEM, Role
from childcare.demo import families, filling, houses, waiting
from childcare.demo.city import Make
from childcare.demo.scale import load_many
from childcare.institutions import Institution

__all__ = ["Loaded", "StaffAccount", "load", "load_many"]

SEED = 20251222
# All thirty days take half a minute, which nobody wants to wait for at a first start.
OPENED_AT_ONCE = timedelta(days=7)


@dataclass(frozen=True)
class StaffAccount:
    """Who may sign in at which sample institution; the password is known only here."""

    username: str
    name: str
    role: Role
    institution: str
    password: str


@dataclass(frozen=True)
class Loaded:
    """What was made."""

    institutions: int
    staff: tuple[StaffAccount, ...]


def load(session: Session, *, now: datetime) -> Loaded | None:
    """Make the sample city in the caller's transaction; None where it stands already.

    Today and the week after are opened here; the daily tick opens the rest of the horizon, as it
    does everywhere.
    """
    if session.scalar(select(Institution.id).where(Institution.is_sample).limit(1)):
        return None
    today = clock.today(now)
    for year in (today.year, today.year + 1):
        planning.keep_calendar(session, SYSTEM, workdays.seed(year), now=now)
    chance = random.Random(SEED)
    built = houses.build(session, chance, today=today, now=now)
    families.build_known(session, today=today, now=now)
    children = families.build_others(session, chance, today=today, now=now)
    filling.fill(session, chance, built, children, today=today, now=now)
    for house in built:
        dates = schedule.days(today, today + OPENED_AT_ONCE)
        planning.open_dates(session, house.institution.id, dates, now=now)
    model = next(house.institution for house in built if house.make is Make.MODEL)
    families.enrol_known(session, model.id, now=now)
    staff = _staff(session, model, now)
    waiting.build(session, model.id, now=now)
    return Loaded(len(built), staff)


def _staff(session: Session, at: Institution, now: datetime) -> tuple[StaffAccount, ...]:
    made = tuple(
        StaffAccount(username, name, role, at.name, secrets.token_urlsafe(12))
        for username, name, role in (
            ("zhou", "周园长", Role.DIRECTOR),
            ("front", "前台小吴", Role.FRONT_DESK),
        )
    )
    for account in made:
        accounts.create_staff(
            session,
            username=account.username,
            name=account.name,
            password_hash=accounts.hash_password(account.password),
            roles={at.id: account.role},
            now=now,
        )
    return made
