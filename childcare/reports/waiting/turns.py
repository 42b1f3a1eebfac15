"""If a place came free: who would be asked, and why nobody before them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import capacity, waitlist
from childcare.actors import Actor
from childcare.db import one
from childcare.institutions import ClassGroup
from childcare.people import Child, Guardian
from childcare.reports.waiting.known import known, require_desk
from childcare.reports.waiting.then import Reasons, Then
from childcare.waitlist import Turn, WaitlistEntry, Wish, queue, wishes


@dataclass(frozen=True)
class Asked:
    """What is imagined: these half hours of a class on a day come free."""

    class_id: int
    on: date
    slots: Sequence[int]


@dataclass(frozen=True)
class NextInLine:
    """One of those who wait for it: would they fit, else why not (a pass reason)."""

    rank: int
    wish: Wish
    entry: WaitlistEntry
    child: Child | None
    guardians: Sequence[Guardian]
    reasons: Reasons
    why: str | None


def require_class(
    session: Session, actor: Actor, *, institution_id: int, class_id: int
) -> ClassGroup:
    """A class of this institution, for its desk. Raises `NotFound`, `Forbidden`."""
    require_desk(actor, institution_id)
    wanted = select(ClassGroup).where(
        ClassGroup.id == class_id, ClassGroup.institution_id == institution_id
    )
    return one(session, wanted)


def next_in_line(
    session: Session, actor: Actor, *, institution_id: int, asked: Asked, now: datetime
) -> tuple[ClassGroup, list[NextInLine]]:
    """Everybody whose wish touches these half hours, in order; the first that fits gets them.

    What is free already counts with them. Raises `NotFound`, `Forbidden`.
    """
    group = require_class(session, actor, institution_id=institution_id, class_id=asked.class_id)
    day = capacity.days_of(session, [group.id], asked.on).get(group.id)
    free = wishes.slots_in(queue.free_mask(day, now=now)) if day else []
    turns = waitlist.if_free(
        session,
        actor,
        class_id=group.id,
        on=asked.on,
        slots=sorted({*asked.slots, *free}),
        now=now,
    )
    mask = wishes.mask_of(asked.slots)
    return group, _named(session, actor, institution_id, mask, turns, now)


def before_enrolment(
    session: Session, actor: Actor, *, institution_id: int, wish: Wish, now: datetime
) -> list[NextInLine]:
    """Those before a wish to enrol, among everybody who wants to enrol in its class."""
    found = session.scalars(
        select(Wish)
        .where(Wish.class_id == wish.class_id, Wish.live, Wish.from_on.is_not(None))
        .where(queue.is_ahead_of(wish))
        .order_by(*queue.IN_ORDER)
    ).all()
    turns = [Turn(one, None) for one in found]
    return _named(session, actor, institution_id, wishes.WHOLE_DAY, turns, now)


def _named(
    session: Session,
    actor: Actor,
    institution_id: int,
    mask: int,
    turns: Sequence[Turn],
    now: datetime,
) -> list[NextInLine]:
    ids = {turn.wish.entry_id for turn in turns}
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    then = Then(session, institution_id, shown.entries.values())
    touching = [turn for turn in turns if turn.wish.slots & mask]
    return [
        NextInLine(
            rank=rank,
            wish=turn.wish,
            entry=shown.entries[turn.wish.entry_id],
            child=shown.child(turn.wish.entry_id),
            guardians=shown.people(turn.wish.entry_id),
            reasons=then.of(turn.wish.entry_id, now),
            why=turn.why,
        )
        for rank, turn in enumerate(touching, start=1)
    ]
