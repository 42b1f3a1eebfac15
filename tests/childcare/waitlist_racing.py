"""People who wait and answer at once, for threads that really commit; and a look for unfairness."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, planning, waitlist
from childcare.actors import SYSTEM
from childcare.capacity import ClassDay
from childcare.db import reading
from childcare.institutions import CareForm
from childcare.stays import State, Stay
from childcare.waitlist import Ask, Bar, Offer, OfferState, WaitlistEntry, Wish
from childcare.waitlist.wishes import slots_in
from tests.build import NOON, TOMORROW, director, slots
from tests.childcare.racing import Command, Nursery, done, faults, unsound


def joining(
    nursery: Nursery,
    who: int,
    start: str = "09:00",
    end: str = "11:00",
    *,
    also: Sequence[Nursery] = (),
    on: date = TOMORROW,
    now: datetime = NOON,
) -> Command:
    """One of the nursery's families waits there, then at the others; answers the entry."""
    actor, child = nursery.parents[who]
    places = (nursery.institution.id, *(other.institution.id for other in also))
    wanted = slots(start, end)
    first, last = wanted[0] * 30, wanted[-1] * 30 + 30
    ask = Ask((child.id,), places, CareForm.HOURLY, on=on, start=first, end=last)
    return lambda s: waitlist.join(s, actor, ask=ask, now=now)[0]


def waiting(nursery: Nursery, who: int, *also: Nursery, seconds: int = 0) -> int:
    """A family that waits; the id of its entry."""
    return done(joining(nursery, who, also=also, now=NOON + timedelta(seconds=seconds)))


def accepting(nursery: Nursery, who: int, offer_id: int, now: datetime = NOON) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: waitlist.accept(s, actor, offer_id=offer_id, now=now)


def declining(nursery: Nursery, who: int, offer_id: int, now: datetime = NOON) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: waitlist.decline(s, actor, offer_id=offer_id, now=now)


def leaving(nursery: Nursery, who: int, entry_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: waitlist.leave(s, actor, entry_id=entry_id, now=NOON)


def renewing(nursery: Nursery, who: int, entry_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: waitlist.renew(s, actor, entry_id=entry_id, now=NOON)


def pausing(nursery: Nursery, who: int, entry_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: waitlist.pause(s, actor, entry_id=entry_id, now=NOON)


def expiring(offer_id: int, now: datetime) -> Command:
    return lambda s: waitlist.expire(s, offer_id=offer_id, now=now)


def removing(nursery: Nursery, entry_id: int) -> Command:
    where = nursery.institution.id
    return lambda s: waitlist.remove(
        s, director(where), institution_id=where, entry_id=entry_id, reason="重复", now=NOON
    )


def sweeping(nursery: Nursery) -> Command:
    """What the sweep has done for the nursery's first day."""

    def look(session: Session) -> None:
        days = select(ClassDay.id).where(ClassDay.class_id == nursery.group.id)
        day_id = session.scalars(days.order_by(ClassDay.on)).first()
        assert day_id is not None
        waitlist.look_again(session, day_id=day_id)

    return look


def opening(nursery: Nursery, on: date) -> Command:
    return lambda s: planning.open_day(s, nursery.institution.id, on, now=NOON)


def closing(nursery: Nursery, on: date = TOMORROW) -> Command:
    return lambda s: planning.close(
        s,
        SYSTEM,
        institution_id=nursery.institution.id,
        class_id=None,
        from_on=on,
        to_on=on,
        reason="停水",
        now=NOON,
    )


def offers_of(entry_id: int) -> list[tuple[int, str]]:
    """The ids and states of an entry's offers, in order."""
    query = select(Offer.id, Offer.state).where(Offer.entry_id == entry_id).order_by(Offer.id)
    with reading() as session:
        return [(row.id, row.state) for row in session.execute(query)]


def deadline_of(offer_id: int) -> datetime:
    with reading() as session:
        return session.get_one(Offer, offer_id).ends_at


def open_offer(entry_id: int) -> int:
    [found] = [offer_id for offer_id, state in offers_of(entry_id) if state == OfferState.OPEN]
    return found


def state_of(entry_id: int) -> str:
    with reading() as session:
        return session.get_one(WaitlistEntry, entry_id).state


def states_of(entry_id: int) -> list[str]:
    return [state for _, state in offers_of(entry_id)]


def unfair(now: datetime = NOON) -> set[str]:
    """What is wrong: counts, a child with two offers at a time, a place that stands idle."""
    return unsound() | faults(twice_offered=bool(twice_offered()), idle=bool(idle(now)))


def require_fair(now: datetime = NOON) -> None:
    """Nothing is oversold, no child has two offers at a time, no place stands idle."""
    assert unfair(now) == set()


def twice_offered() -> list[tuple[int, date, int]]:
    """Child, date and slot of two live offers."""
    with reading() as session:
        kept = session.scalars(select(Stay).where(Stay.state == State.OFFERED)).all()
        times = Counter((stay.child_id, stay.on, slot) for stay in kept for slot in stay.slots())
    return sorted(time for time, count in times.items() if count > 1)


def idle(now: datetime) -> list[tuple[int, date, int]]:
    """Class, date and entry of wishes that fit what is free, of nobody barred or asked already."""
    with reading() as session:
        every = session.scalars(select(ClassDay)).all()
        days = {(day.class_id, day.on): day for day in every if not day.queued}
        barred = {(bar.round_id, bar.family_id) for bar in session.scalars(select(Bar))}
        kept = session.scalars(select(Stay).where(Stay.state == State.OFFERED)).all()
        asked = {(stay.child_id, stay.on, slot) for stay in kept for slot in stay.slots()}
        wishes = session.scalars(select(Wish).where(Wish.live, Wish.on.is_not(None))).all()
        found = []
        for wish in wishes:
            day = days.get((wish.class_id, wish.on)) if wish.on else None
            wanted = slots_in(wish.slots)
            if day is None or clock.slot_start(day.on, wanted[0]) < now + timedelta(minutes=20):
                continue
            is_free = all(day.taken[slot] < day.capacity[slot] for slot in wanted)
            is_asked = any((wish.child_id, day.on, slot) in asked for slot in wanted)
            if is_free and not is_asked and (day.round_id, wish.family_id) not in barred:
                found.append((wish.class_id, day.on, wish.entry_id))
    return found
