"""A family joins the lists, pauses, renews, leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import capacity, clock, enrolments, freed, institutions, people
from childcare.actors import Actor
from childcare.bookings import TooFarAhead, TooLate
from childcare.capacity import ClassDay
from childcare.db import lock
from childcare.errors import DomainError, Malformed
from childcare.freed import Freed
from childcare.institutions import LONG_TERM, CareForm, ClassGroup, DayPart
from childcare.people import Child, Family
from childcare.stays import WrongState
from childcare.waitlist import ending, log, order, wishes
from childcare.waitlist.models import (
    LIVE,
    Cause,
    Choice,
    EntryState,
    Happened,
    WaitlistEntry,
    Wish,
)
from childcare.waitlist.queries import choices_of
from childcare.waitlist.queries import entry as load

MOST_INSTITUTIONS = 5
ENTRIES_PER_FAMILY = 20
RENEW_AFTER = timedelta(days=60)
FURTHEST = timedelta(days=2 * 366)


class Siblings(StrEnum):
    """Several children of a family: all come together or none does, or each for itself."""

    ALL = "all"
    ANY = "any"


class TooManyEntries(DomainError):
    code = "too-many-entries"


@dataclass(frozen=True)
class Ask:
    """One stay (`on`, minutes of the day or a day part), or an enrolment from a month on."""

    child_ids: tuple[int, ...]
    institution_ids: tuple[int, ...]
    form: CareForm
    on: date | None = None
    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None
    from_month: date | None = None
    weekdays: tuple[int, ...] = ()
    together: Siblings = Siblings.ANY


def join(session: Session, actor: Actor, *, ask: Ask, now: datetime) -> list[WaitlistEntry]:
    """Wait at up to five institutions, in order of preference; an entry for each child.

    Asking for what is waited for already adds the institutions that are new, and answers the same
    entry. Where a place is free it is offered before the commit. Raises `Malformed`, `NotOffered`,
    `NoClassForAge`, `TooLate`, `TooFarAhead`, `TooManyEntries`.
    """
    family_id = actor.own_family()
    children = [people.child(session, actor, child_id) for child_id in ask.child_ids]
    ask = _checked(ask, now)
    for institution_id in ask.institution_ids:
        institutions.institution(session, institution_id)
    lock(session, Family, [family_id])
    made = [_join_one(session, actor, child, ask, now) for child in children]
    if ask.together is Siblings.ALL and len(made) > 1:
        for entry in made:
            entry.together_id = made[0].id
        session.flush()
    for entry in made:
        note_waited(session, entry)
    return made


def _checked(ask: Ask, now: datetime) -> Ask:
    """The wish with its weekdays in order. What institutions sell is looked at for each."""
    places = ask.institution_ids
    if not 1 <= len(places) <= MOST_INSTITUTIONS or len(set(places)) != len(places):
        raise Malformed("institution_ids", "one-to-five")
    if not ask.child_ids or len(set(ask.child_ids)) != len(ask.child_ids):
        raise Malformed("child_ids", "required")
    if (ask.on is None) == (ask.from_month is None):
        raise Malformed("date", "required")
    return _checked_stay(ask, now) if ask.on is not None else _checked_enrolment(ask, now)


def _checked_stay(ask: Ask, now: datetime) -> Ask:
    if ask.weekdays:
        raise Malformed("weekdays", "not-for-this-form")
    today = clock.today(now)
    on = ask.on or today
    if on < today:
        raise TooLate(closes_at=clock.midnight(today))
    if on > today + FURTHEST:
        raise TooFarAhead(last_on=today + FURTHEST)
    return ask


def _checked_enrolment(ask: Ask, now: datetime) -> Ask:
    today = clock.today(now)
    month = ask.from_month or today
    if ask.form not in LONG_TERM or (ask.start, ask.end) != (None, None):
        raise Malformed("care_form", "not-long-term")
    if month.day != 1:
        raise Malformed("from_month", "not-first-of-month")
    if month < today.replace(day=1):
        raise Malformed("from_month", "in-the-past")
    if month > today + FURTHEST:
        raise TooFarAhead(last_on=today + FURTHEST)
    weekdays = tuple(enrolments.checked_weekdays(ask.weekdays))
    return Ask(**{**vars(ask), "weekdays": weekdays, "day_part": ask.day_part or DayPart.FULL})


def _join_one(
    session: Session, actor: Actor, child: Child, ask: Ask, now: datetime
) -> WaitlistEntry:
    entry = _find_same(session, child, ask)
    if entry is None:
        _require_few(session, child.family_id)
        entry = _write(session, actor, child, ask, now)
    else:
        _ask_anew(session, actor, entry, now)
    _choose(session, actor, entry, ask.institution_ids, now)
    problems = wishes.rewrite(session, entry, child, now=now)
    if problems:
        raise problems[0]
    _require_ahead(session, entry, now)
    return entry


def _find_same(session: Session, child: Child, ask: Ask) -> WaitlistEntry | None:
    same = select(WaitlistEntry).where(
        WaitlistEntry.child_id == child.id,
        WaitlistEntry.state.in_(LIVE),
        WaitlistEntry.form == ask.form,
        WaitlistEntry.on.is_not_distinct_from(ask.on),
        WaitlistEntry.start.is_not_distinct_from(ask.start),
        WaitlistEntry.end.is_not_distinct_from(ask.end),
        WaitlistEntry.day_part.is_not_distinct_from(ask.day_part),
        WaitlistEntry.from_month.is_not_distinct_from(ask.from_month),
        WaitlistEntry.weekdays == list(ask.weekdays),
    )
    found = session.scalars(same).one_or_none()
    if found is None:
        return None
    ending.lock_entry(session, found)
    return found if found.state in LIVE else None


def _ask_anew(session: Session, actor: Actor, entry: WaitlistEntry, now: datetime) -> None:
    """The family is still interested: nothing of its silence counts any more."""
    entry.renew_at, entry.asked_at, entry.expiries = now + RENEW_AFTER, None, 0
    if entry.state == EntryState.PAUSED:
        ending.set_state(session, actor, entry, EntryState.WAITING, now=now)


def _require_few(session: Session, family_id: int) -> None:
    live = select(func.count()).where(
        WaitlistEntry.family_id == family_id, WaitlistEntry.state.in_(LIVE)
    )
    if (session.scalar(live) or 0) >= ENTRIES_PER_FAMILY:
        raise TooManyEntries(most=ENTRIES_PER_FAMILY)


def _write(session: Session, actor: Actor, child: Child, ask: Ask, now: datetime) -> WaitlistEntry:
    entry = WaitlistEntry(
        family_id=child.family_id,
        child_id=child.id,
        state=EntryState.WAITING,
        form=ask.form,
        on=ask.on,
        start=ask.start,
        end=ask.end,
        day_part=ask.day_part,
        from_month=ask.from_month,
        weekdays=list(ask.weekdays),
        joined_at=now,
        joined_by=actor.label,
        renew_at=now + RENEW_AFTER,
        changed_at=now,
    )
    session.add(entry)
    session.flush()
    log.write(session, actor, entry.id, Happened.JOINED, now=now)
    return entry


def _choose(
    session: Session,
    actor: Actor,
    entry: WaitlistEntry,
    institution_ids: Sequence[int],
    now: datetime,
) -> None:
    """Add the institutions that are new, after those there are. Raises `Malformed` beyond five.

    What is added later, or again after the institution took it off, is waited for from now on.
    """
    known = {choice.institution_id: choice for choice in choices_of(session, entry.id)}
    new = [one for one in institution_ids if one not in known]
    last = max((choice.preference for choice in known.values()), default=0)
    if last + len(new) > MOST_INSTITUTIONS:
        raise Malformed("institution_ids", "one-to-five")
    for preference, where in enumerate(new, start=last + 1):
        choice = Choice(
            entry_id=entry.id, institution_id=where, preference=preference, joined_at=now
        )
        session.add(choice)
        session.flush()
        order.use_grant(session, choice, entry.family_id, now=now)
    again = [one for one in institution_ids if one in known and known[one].removed_at]
    for where in again:
        known[where].removed_at, known[where].joined_at = None, now
    session.flush()
    for where in [*(new if known else ()), *again]:
        what = Happened.JOINED
        log.write(session, actor, entry.id, what, now=now, institution_id=where)


def _require_ahead(session: Session, entry: WaitlistEntry, now: datetime) -> None:
    """Nobody waits for what has begun."""
    for wish in wishes.wishes_of(session, [entry.id]):
        if wish.during is not None and clock.bounds(wish.during)[0] <= now:
            raise TooLate(closes_at=clock.bounds(wish.during)[0])


def note_waited(session: Session, entry: WaitlistEntry) -> None:
    """Have what the entry asks for offered to whoever is first, if any of it is free."""
    for wish in wishes.wishes_of(session, [entry.id]):
        if wish.on is None:
            freed.note(session, Freed(Cause.JOINED, class_id=wish.class_id))
            continue
        day = _opened(session, wish, wish.on)
        if day is not None:
            freed.note(session, Freed(Cause.JOINED, day.id))


def _opened(session: Session, wish: Wish, on: date) -> ClassDay | None:
    """The class day, waiting for whoever is opening it at this moment."""
    day = capacity.days_of(session, [wish.class_id], on).get(wish.class_id)
    if day is not None:
        return day
    opening = select(ClassGroup.id).where(ClassGroup.id == wish.class_id)
    session.execute(opening.with_for_update(read=True))
    return capacity.days_of(session, [wish.class_id], on).get(wish.class_id)


def pause(session: Session, actor: Actor, *, entry_id: int, now: datetime) -> WaitlistEntry:
    """Wait no more for now; the entry keeps its time. An open offer is given back. Twice is once.

    Raises `WrongState` for an entry that is over.
    """
    found = _own(session, actor, entry_id)
    if found.state != EntryState.PAUSED:
        to = EntryState.PAUSED
        ending.withdraw_entries(session, actor, [found.id], to, now=now, why=ending.BY_FAMILY)
    return found


def renew(session: Session, actor: Actor, *, entry_id: int, now: datetime) -> WaitlistEntry:
    """Still interested: the entry waits on, at its old place, also after a pause.

    Raises `WrongState` for an entry that is over, and what `join` raises of a wish.
    """
    found = _own(session, actor, entry_id)
    ending.lock_entry(session, found)
    if found.state not in LIVE:
        raise WrongState(state=found.state)
    found.renew_at, found.asked_at, found.expiries = now + RENEW_AFTER, None, 0
    ending.set_state(session, actor, found, EntryState.WAITING, now=now)
    child = people.child(session, actor, found.child_id)
    problems = wishes.rewrite(session, found, child, now=now)
    if problems and not wishes.wishes_of(session, [found.id]):
        raise problems[0]
    _require_ahead(session, found, now)
    note_waited(session, found)
    return found


def leave(session: Session, actor: Actor, *, entry_id: int, now: datetime) -> WaitlistEntry:
    """Off all its lists; an open offer goes to the next family. Twice is once."""
    found = load(session, actor, entry_id)
    lock(session, Family, [actor.own_family()])
    session.refresh(found)
    if found.state == EntryState.LEFT:
        return found
    if found.state not in LIVE:
        raise WrongState(state=found.state)
    ending.withdraw_entries(
        session, actor, [found.id], EntryState.LEFT, now=now, why=ending.BY_FAMILY
    )
    return found


def _own(session: Session, actor: Actor, entry_id: int) -> WaitlistEntry:
    """A live entry of the actor's family, which is locked."""
    found = load(session, actor, entry_id)
    lock(session, Family, [actor.own_family()])
    session.refresh(found)
    if found.state not in LIVE:
        raise WrongState(state=found.state)
    return found


def leave_for_child(session: Session, actor: Actor, *, child_id: int, now: datetime) -> None:
    """Every entry of a child whose record goes. The caller holds the Family lock."""
    live = select(WaitlistEntry.id).where(
        WaitlistEntry.child_id == child_id, WaitlistEntry.state.in_(LIVE)
    )
    ids = session.scalars(live).all()
    ending.withdraw_entries(session, actor, ids, EntryState.LEFT, now=now, why="erased")


def refresh_child(session: Session, *, child_id: int, now: datetime) -> None:
    """A child's facts were changed: its wishes are asked of the classes of its age."""
    child = session.get(Child, child_id)
    if child is None or child.erased_at is not None:
        return
    lock(session, Family, [child.family_id])
    live = select(WaitlistEntry).where(
        WaitlistEntry.child_id == child_id, WaitlistEntry.state.in_(LIVE)
    )
    for entry in session.scalars(live.order_by(WaitlistEntry.id)).all():
        wishes.rewrite(session, entry, child, now=now)
        ending.withdraw_outgrown(session, entry, now=now)
        note_waited(session, entry)
