"""The clock turned into rows: days that open and end, the calendar, the sweeps.

The dispatcher writes what a date asks for as soon as the date begins, and again every few minutes
for institutions that joined since; a key with the date makes that exactly once with several
dispatchers, and a machine that was off catches up.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Text as SqlText
from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from childcare import bookings, clock, institutions, outbox, planning, schedule, workdays
from childcare.actors import SYSTEM
from childcare.bookings.door import NO_SHOW_AFTER
from childcare.outbox import Urgency
from childcare.stays import State, Stay

AGAIN = timedelta(minutes=5)
# How far back a machine that was off looks for days that nobody ended.
LOOK_BACK = timedelta(days=31)
EXPECTED = (State.EXPECTED, State.CHECKED_IN)

OPEN_DAYS = text(
    "INSERT INTO outbox (kind, payload, urgency, dedupe_key, created_at, due_at)"
    " SELECT 'open-days', jsonb_build_object('institution_id', id, 'on', :on),"
    " :urgency, 'open-days:' || id || ':' || :on, :now, :midnight"
    " FROM institution WHERE opened_at <= :now"
    " ON CONFLICT (dedupe_key) DO NOTHING"
).bindparams(bindparam("on", type_=SqlText))


class Ticks:
    """Writes the rows of each date, once the date has begun."""

    def __init__(self) -> None:
        self._written: tuple[date, datetime] | None = None

    def write(self, session: Session, *, now: datetime) -> None:
        on = clock.today(now)
        if self._written and self._written[0] == on and now < self._written[1] + AGAIN:
            return
        write_day(session, on, now=now)
        write_sweep(session, now=now)
        self._written = on, now


def write_day(session: Session, on: date, *, now: datetime) -> None:
    """Write what a date asks for: an `open-days` row an institution, the calendar, the sweep."""
    midnight = clock.midnight(on)
    facts = {"on": on.isoformat(), "urgency": int(Urgency.BULK), "now": now, "midnight": midnight}
    session.execute(OPEN_DAYS, facts)
    for kind in ("keep-calendar", "sweep"):
        outbox.publish(
            session, kind, {}, key=str(on), now=now, due_at=midnight, urgency=Urgency.BULK
        )


def write_sweep(session: Session, *, now: datetime) -> None:
    """Have the waiting lists looked through: every five minutes, and when the machine is back."""
    began = now.timestamp() // AGAIN.total_seconds()
    # Not behind a thousand reminders: somebody may wait for what a crash left free.
    urgency = Urgency.URGENT
    outbox.publish(session, "sweep-waitlist", {}, key=f"{began:.0f}", now=now, urgency=urgency)


def begin_day(session: Session, institution_id: int, *, now: datetime) -> None:
    """Open an institution's missing days, and plan the end of today and of days nobody ended.

    Each missing day is opened in a transaction of its own.
    """
    for on in planning.missing_days(session, institution_id, now=now):
        facts = {"institution_id": institution_id, "on": on.isoformat()}
        key = f"{institution_id}:{on}"
        outbox.publish(session, "open-day", facts, key=key, now=now, urgency=Urgency.BULK)
    today = clock.today(now)
    closes_at = _closing(session, institution_id, today)
    if closes_at:
        _plan_end(session, institution_id, today, closes_at, now=now, key="at-closing")
    for on in _not_ended(session, institution_id, today):
        _plan_end(session, institution_id, on, now, now=now, key=f"caught-up:{today}")


def _not_ended(session: Session, institution_id: int, today: date) -> list[date]:
    left = (
        select(Stay.on)
        .where(Stay.institution_id == institution_id, Stay.state.in_(EXPECTED))
        .where(Stay.on < today, Stay.on >= today - LOOK_BACK)
    )
    return list(session.scalars(left.distinct().order_by(Stay.on)))


def _plan_end(
    session: Session, institution_id: int, on: date, at: datetime, *, now: datetime, key: str
) -> None:
    facts = {"institution_id": institution_id, "on": on.isoformat()}
    whole_key = f"{institution_id}:{on}:{key}"
    outbox.publish(session, "end-day", facts, key=whole_key, now=now, due_at=at)


def _closing(session: Session, institution_id: int, on: date) -> datetime | None:
    """When the last class closes on a date, None if none opens."""
    ids = [group.id for group in institutions.classes_of(session, institution_id)]
    table = schedule.timetable(session, institution_id, ids, on, on)
    open_hours = [hours for group_id in ids if (hours := table.hours(group_id, on))]
    return clock.at(on, max(hours.closes for hours in open_hours)) if open_hours else None


def end_day(session: Session, institution_id: int, on: date, *, now: datetime) -> None:
    """End a day, or plan its end anew where its hours were made longer meanwhile."""
    closes_at = _closing(session, institution_id, on)
    if closes_at and closes_at > now:
        key = f"at-{clock.minutes_of(on, closes_at)}"
        _plan_end(session, institution_id, on, closes_at, now=now, key=key)
        return
    bookings.end_of_day(session, institution_id=institution_id, on=on, now=now)


def plan_no_show(session: Session, booking_id: int, *, now: datetime) -> None:
    """Have a look at the door a while after a booked stay's start."""
    found = session.get(bookings.Booking, booking_id)
    if found is None:
        return
    outbox.publish(
        session,
        "mark-no-show",
        {"stay_id": found.stay_id},
        key=f"{found.stay_id}:{found.version}",
        now=now,
        due_at=found.stay.starts_at + NO_SHOW_AFTER,
    )


def keep_calendar(session: Session, *, now: datetime) -> None:
    """Bring the public holidays of this year and the next up to date."""
    year = clock.today(now).year
    rows = [*workdays.seed(year), *workdays.seed(year + 1)]
    planning.keep_calendar(session, SYSTEM, rows, now=now)
