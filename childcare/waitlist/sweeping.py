"""What time does to the lists, and what a crash may have left: looked for every few minutes.

Each day and offer found is handed to a transaction of its own by an outbox row.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, DateTime, bindparam, select, text
from sqlalchemy.orm import Session

from childcare import clock, freed, outbox
from childcare.actors import SYSTEM
from childcare.capacity import HORIZON_DAYS
from childcare.db import lock
from childcare.freed import Freed
from childcare.outbox import Urgency
from childcare.people import Child
from childcare.waitlist import ending, lifetimes, promotion, wishes
from childcare.waitlist.models import (
    LIVE,
    Cause,
    EntryState,
    Offer,
    OfferState,
    PriorityTable,
    WaitlistEntry,
)

ANSWER_WITHIN = timedelta(days=7)  # to "still interested?" (default)
AT_ONCE = 200


def sweep(session: Session, *, now: datetime) -> None:
    """End what is over, ask who waits long, and have found what should have been promoted."""
    _expire(session, now)
    _apply_tables(session, now)
    for day_id in _left_over(session, now):
        promotion.publish_promotion(session, day_id, now=now)
    lapse(session, now=now)
    ask_renewals(session, now=now)


def _expire(session: Session, now: datetime) -> None:
    dead = select(Offer.id).where(Offer.state == OfferState.OPEN, Offer.ends_at <= now)
    for offer_id in session.scalars(dead.order_by(Offer.ends_at).limit(AT_ONCE)):
        key = f"{offer_id}:swept:{now.timestamp():.0f}"
        facts = {"offer_id": offer_id}
        urgency = Urgency.AT_ONCE
        outbox.publish(session, "expire-offer", facts, key=key, now=now, urgency=urgency)


def _apply_tables(session: Session, now: datetime) -> None:
    due = select(PriorityTable.id).where(
        PriorityTable.applied_at.is_(None), PriorityTable.effective_at <= now
    )
    for table_id in session.scalars(due.limit(AT_ONCE)):
        key = f"{table_id}:swept:{now.timestamp():.0f}"
        outbox.publish(session, "apply-priorities", {"table_id": table_id}, key=key, now=now)


_LEFT_OVER = text(
    """
    WITH waited AS (
      SELECT d.id, d.class_id, d."on", d.queued, d.round_id,
        (SELECT coalesce(bit_or(1::bigint << (s - 1)), 0) FROM generate_series(1, 48) AS s
          WHERE d.taken[s] < d.capacity[s]) AS free
      FROM class_day d WHERE d."on" BETWEEN :today AND :horizon AND (d.queued OR EXISTS (
        SELECT FROM waitlist_wish w WHERE w.class_id = d.class_id AND w."on" = d."on" AND w.live)))
    SELECT id FROM waited d WHERE d.queued OR EXISTS (
      SELECT FROM waitlist_wish w WHERE w.class_id = d.class_id AND w."on" = d."on" AND w.live
        AND w.slots & ~d.free = 0 AND lower(w.during) >= :soonest
        AND NOT EXISTS (SELECT FROM stay s WHERE s.child_id = w.child_id
          AND s.state = 'offered' AND s.holds && w.during)
        AND NOT EXISTS (SELECT FROM waitlist_offer o
          WHERE o.entry_id = w.entry_id AND o.state = 'open')
        AND NOT EXISTS (SELECT FROM waitlist_bar b WHERE b.round_id = d.round_id
          AND b.family_id = w.family_id AND (b.child_id IS NULL OR b.child_id = w.child_id)))
    ORDER BY d."on", d.id LIMIT :most
    """
).bindparams(
    bindparam("soonest", type_=DateTime(timezone=True)), bindparam("most", type_=BigInteger)
)


def _left_over(session: Session, now: datetime) -> list[int]:
    """Class days with a place that somebody waits for, or marked as being promoted."""
    today = clock.today(now)
    values = {
        "today": today,
        "horizon": today + timedelta(days=HORIZON_DAYS),
        "soonest": now + lifetimes.SOONEST,
        "most": AT_ONCE,
    }
    return list(session.scalars(_LEFT_OVER, values))


def lapse(session: Session, *, now: datetime) -> int:
    """End entries whose day is past, and those for which the child has grown too old; how many."""
    today = clock.today(now)
    past = select(WaitlistEntry.id).where(WaitlistEntry.state.in_(LIVE), WaitlistEntry.on < today)
    gone = list(session.scalars(past.limit(AT_ONCE)))
    grown = select(WaitlistEntry).where(
        WaitlistEntry.state.in_(LIVE), WaitlistEntry.from_month <= today
    )
    waiting = session.scalars(grown).all()
    gone += [entry.id for entry in waiting if not _asks_by_age(session, entry, now)]
    why = "past"
    to = EntryState.LAPSED
    ended = ending.withdraw_entries(session, SYSTEM, gone, to, now=now, why=why)
    for entry in ended:
        ending.tell(session, "entry-lapsed", entry, now=now)
    return len(ended)


def _asks_by_age(session: Session, entry: WaitlistEntry, now: datetime) -> bool:
    """Ask the classes that take the child by now; whether there are any left."""
    before = {wish.class_id for wish in wishes.wishes_of(session, [entry.id])}
    wishes.rewrite(session, entry, session.get_one(Child, entry.child_id), now=now)
    asked = wishes.wishes_of(session, [entry.id])
    for wish in asked:
        if wish.class_id not in before:
            freed.note(session, Freed(Cause.JOINED, class_id=wish.class_id))
    return bool(asked)


def ask_renewals(session: Session, *, now: datetime) -> int:
    """Ask whoever waited for 60 days whether they still do; pause those who do not answer."""
    due = select(WaitlistEntry.id).where(
        WaitlistEntry.state == EntryState.WAITING, WaitlistEntry.renew_at <= now
    )
    asked = 0
    for entry in lock(session, WaitlistEntry, session.scalars(due.limit(AT_ONCE)).all()):
        if entry.state != EntryState.WAITING:
            continue
        if entry.asked_at is None:
            entry.asked_at = now
            ending.tell(session, "entry-renewal", entry, now=now)
            asked += 1
        elif entry.asked_at <= now - ANSWER_WITHIN:
            to = EntryState.PAUSED
            ending.withdraw_entries(session, SYSTEM, [entry.id], to, now=now, why="not-renewed")
            ending.tell(session, "entry-paused", entry, now=now)
    session.flush()
    return asked


def look_again(session: Session, *, day_id: int | None = None, class_id: int | None = None) -> None:
    """Have a class day's places, or a class's long-term ones, offered before this commit."""
    freed.note(session, Freed(Cause.SWEEP, day_id, class_id))
