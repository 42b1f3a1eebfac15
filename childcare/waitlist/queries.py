"""What a family sees of its waiting: position, how many are ahead, the rule, the log, plain counts.

No promises are made: nobody can know who declines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from childcare import clock
from childcare.actors import DESK, Actor
from childcare.db import one
from childcare.errors import NotFound
from childcare.stays import Stay
from childcare.waitlist import order, queue, wishes
from childcare.waitlist.models import (
    LIVE,
    Choice,
    EntryState,
    Happened,
    Offer,
    OfferState,
    PriorityTable,
    WaitlistEntry,
    WaitlistEvent,
    Wish,
)

COUNTED = timedelta(days=30)
# What an entry's log keeps to the institution.
STAFF_ONLY = (Happened.NOTED,)


@dataclass(frozen=True)
class Standing:
    """How an entry stands at one institution.

    `position` is 1 + the live entries ahead for an overlapping wish in the same class; None where
    no class takes the child any more, or it was taken off that list. `went_in_30_days` counts the
    places that went to this list.
    """

    institution_id: int
    class_id: int | None
    preference: int
    position: int | None
    priority: int
    reasons: Sequence[str]
    table: PriorityTable | None
    went_in_30_days: int
    is_removed: bool
    open_offer: Offer | None

    @property
    def ahead(self) -> int | None:
        return None if self.position is None else self.position - 1


def entry(session: Session, actor: Actor, entry_id: int) -> WaitlistEntry:
    """An entry of the actor's family, or on a list of an institution whose desk the actor serves.

    Raises `NotFound` for what is absent and for what is somebody else's.
    """
    found = one(session, select(WaitlistEntry).where(WaitlistEntry.id == entry_id))
    if actor.is_of_family(found.family_id):
        return found
    lists = session.scalars(select(Choice.institution_id).where(Choice.entry_id == entry_id)).all()
    if not any(actor.may(institution_id, *DESK) for institution_id in lists):
        raise NotFound
    return found


def entries_of(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[EntryState] = (),
    after: int = 0,
    limit: int = 20,
) -> Sequence[WaitlistEntry]:
    """The family's entries by id; `after` is the id of the last one seen (a cursor)."""
    mine = select(WaitlistEntry).where(
        WaitlistEntry.family_id == actor.own_family(), WaitlistEntry.id > after
    )
    if states:
        mine = mine.where(WaitlistEntry.state.in_(states))
    return session.scalars(mine.order_by(WaitlistEntry.id).limit(limit)).all()


def live_entries_of(session: Session, actor: Actor) -> Sequence[WaitlistEntry]:
    """What the family waits for, the soonest first, paused entries with it."""
    mine = select(WaitlistEntry).where(
        WaitlistEntry.family_id == actor.own_family(), WaitlistEntry.state.in_(LIVE)
    )
    when = func.coalesce(WaitlistEntry.on, WaitlistEntry.from_month)
    return session.scalars(mine.order_by(when, WaitlistEntry.id)).all()


def choices_of(session: Session, entry_id: int) -> Sequence[Choice]:
    """Where an entry waits, in order of preference."""
    query = select(Choice).where(Choice.entry_id == entry_id).order_by(Choice.preference)
    return session.scalars(query).all()


def standings(session: Session, found: WaitlistEntry, *, now: datetime) -> list[Standing]:
    """How an entry stands at each institution, in order of preference."""
    return [_standing(session, found, choice, now) for choice in choices_of(session, found.id)]


def _standing(session: Session, found: WaitlistEntry, choice: Choice, now: datetime) -> Standing:
    where = choice.institution_id
    table = order.table_in_force(session, where, now)
    mine = [w for w in wishes.wishes_of(session, [found.id]) if w.institution_id == where]
    places = [(position_of(session, wish), wish) for wish in mine]
    position, wish = min(places, key=lambda pair: pair[0], default=(None, None))
    points = order.points_of(table)
    reasons = order.reasons(session, mine, points, today=clock.today(now))
    offers = select(Offer).where(
        Offer.entry_id == found.id,
        Offer.institution_id == where,
        Offer.state == OfferState.OPEN,
    )
    return Standing(
        institution_id=where,
        class_id=wish.class_id if wish else None,
        preference=choice.preference,
        position=None if choice.removed_at else position,
        priority=wish.priority if wish else 0,
        reasons=reasons[wish.id] if wish else (),
        table=table,
        went_in_30_days=went_to_list(session, where, now=now),
        is_removed=choice.removed_at is not None,
        open_offer=session.scalars(offers).first(),
    )


def position_of(session: Session, wish: Wish) -> int:
    """1 + live entries of others ahead there for an overlapping wish in the same class."""
    ahead = select(func.count()).where(
        Wish.class_id == wish.class_id,
        Wish.live,
        Wish.child_id != wish.child_id,
        Wish.slots.op("&")(wish.slots) != 0,
        _same_days(session, wish),
        queue.is_ahead_of(wish),
    )
    return 1 + (session.scalar(ahead) or 0)


def _same_days(session: Session, wish: Wish) -> ColumnElement[bool]:
    if wish.on is not None:
        return queue.asks_for(session, wish.on)
    # A wish for one day takes no long-term place away.
    return Wish.weekdays.op("&")(wish.weekdays) != 0


def went_to_list(session: Session, institution_id: int, *, now: datetime) -> int:
    """How many places went to an institution's list in the last 30 days."""
    accepted = select(func.count()).where(
        Offer.institution_id == institution_id,
        Offer.state == OfferState.ACCEPTED,
        Offer.made_at > now - COUNTED,
    )
    return session.scalar(accepted) or 0


def log_of(session: Session, actor: Actor, entry_id: int) -> Sequence[WaitlistEvent]:
    """What happened to an entry, oldest first; a family's own, without the desk's notes."""
    found = entry(session, actor, entry_id)
    lines = select(WaitlistEvent).where(WaitlistEvent.entry_id == found.id)
    if actor.is_of_family(found.family_id):
        lines = lines.where(WaitlistEvent.kind.not_in(STAFF_ONLY))
    else:
        theirs = [c.institution_id for c in choices_of(session, found.id)]
        seen = [place for place in theirs if actor.may(place, *DESK)]
        lines = lines.where(
            WaitlistEvent.institution_id.is_(None) | WaitlistEvent.institution_id.in_(seen)
        )
    return session.scalars(lines.order_by(WaitlistEvent.id)).all()


def open_offers_of(session: Session, actor: Actor, *, now: datetime) -> Sequence[Offer]:
    """What the family is offered now, the first deadline first."""
    mine = select(Offer).where(
        Offer.family_id == actor.own_family(),
        Offer.state == OfferState.OPEN,
        Offer.ends_at > now,
    )
    return session.scalars(mine.order_by(Offer.ends_at, Offer.id)).all()


def span_of(session: Session, found: Offer) -> clock.Period | None:
    """The hours that an offer of a stay is for; None for an enrolment."""
    if found.stay_id is None:
        return None
    return session.get_one(Stay, found.stay_id).during
