"""What the waiting lists ask of the workers: what ends, what is offered again, who is told."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from childcare import reminders, waitlist
from childcare.reminders.waiting import Topic
from workers.work import Work


def _expire_offer(session: Session, work: Work, now: datetime) -> None:
    waitlist.expire(session, offer_id=work.payload["offer_id"], now=now)


def _promote(session: Session, work: Work, _now: datetime) -> None:
    waitlist.look_again(session, **work.payload)


def _sweep(session: Session, _work: Work, now: datetime) -> None:
    waitlist.sweep(session, now=now)


def _apply_priorities(session: Session, work: Work, now: datetime) -> None:
    table = session.get_one(waitlist.PriorityTable, work.payload["table_id"])
    waitlist.apply_due(session, table.institution_id, now=now)


def _refresh_priorities(session: Session, work: Work, now: datetime) -> None:
    where, family_id = work.payload["institution_id"], work.payload.get("family_id")
    waitlist.refresh(session, where, now=now, family_id=family_id)


def _refresh_child(session: Session, work: Work, now: datetime) -> None:
    waitlist.refresh_child(session, child_id=work.payload["child_id"], now=now)


def _tell_of_offer(topic: Topic, session: Session, work: Work, now: datetime) -> None:
    reminders.waiting.tell_of_offer(session, topic, now=now, **work.payload)


def _tell_of_entry(topic: Topic, session: Session, work: Work, now: datetime) -> None:
    where = work.payload.get("institution_id", 0)
    entry_id = work.payload["entry_id"]
    reminders.waiting.tell_of_entry(
        session, topic, entry_id=entry_id, institution_id=where, now=now
    )


def _enrolled(session: Session, work: Work, now: datetime) -> None:
    reminders.waiting.enrolled(session, now=now, **work.payload)


EFFECTS: Mapping[str, Callable[[Session, Work, datetime], None]] = {
    "expire-offer": _expire_offer,
    "promote-day": _promote,
    "promote-plan": _promote,
    "sweep-waitlist": _sweep,
    "apply-priorities": _apply_priorities,
    "refresh-priorities": _refresh_priorities,
    "refresh-child": _refresh_child,
    "offer-made": partial(_tell_of_offer, Topic.OFFER),
    "offer-ending": partial(_tell_of_offer, Topic.OFFER_ENDING),
    "offer-withdrawn": partial(_tell_of_offer, Topic.OFFER_WITHDRAWN),
    "offer-expired": partial(_tell_of_offer, Topic.OFFER_EXPIRED),
    "entry-paused": partial(_tell_of_entry, Topic.PAUSED),
    "entry-renewal": partial(_tell_of_entry, Topic.RENEWAL),
    "entry-removed": partial(_tell_of_entry, Topic.REMOVED),
    "entry-lapsed": partial(_tell_of_entry, Topic.LAPSED),
    "enrolled": _enrolled,
}
