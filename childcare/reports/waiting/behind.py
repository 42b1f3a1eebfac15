"""Who else waited for what came free in a round, and was not reached: they stood behind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from childcare.actors import Actor
from childcare.people import Child
from childcare.reports.waiting.known import known
from childcare.reports.waiting.then import Reasons, Then, key_of
from childcare.stays import Stay
from childcare.waitlist import LIVE, Happened, Offer, WaitlistEntry, WaitlistEvent, Wish

MOST = 100


@dataclass(frozen=True)
class Behind:
    """One who waited for it too, behind whoever was asked."""

    entry: WaitlistEntry
    child: Child | None
    reasons: Reasons


def behind(
    session: Session,
    actor: Actor,
    institution_id: int,
    offers: Sequence[Offer],
    asked: Collection[int],
    at: datetime,
) -> list[Behind]:
    """Those who waited at that moment for the hours that were offered, in the order of then."""
    ids = _waiting(session, offers, asked, at)
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    then = Then(session, institution_id, shown.entries.values())
    found = [Behind(e, shown.child(e.id), then.of(e.id, at)) for e in shown.entries.values()]
    return sorted(found, key=lambda one: key_of(one.entry, one.reasons))


def _waiting(
    session: Session, offers: Sequence[Offer], asked: Collection[int], at: datetime
) -> list[int]:
    spans = session.execute(
        select(Stay.class_id, Stay.during).where(Stay.id.in_({one.stay_id for one in offers}))
    ).all()
    long_term = {one.class_id for one in offers if one.enrolment_id is not None}
    for_it = [
        *((Wish.class_id == row.class_id) & Wish.during.op("&&")(row.during) for row in spans),
        *((Wish.class_id == one) & Wish.from_on.is_not(None) for one in long_term),
    ]
    if not for_it:
        return []
    query = (
        select(Wish.entry_id)
        .join(WaitlistEntry, WaitlistEntry.id == Wish.entry_id)
        .where(
            or_(*for_it),
            WaitlistEntry.joined_at <= at,
            or_(WaitlistEntry.state.in_(LIVE), WaitlistEntry.changed_at > at),
            WaitlistEntry.id.not_in(asked),
        )
    )
    ids = session.scalars(query.distinct().limit(MOST)).all()
    rested = _rested(session, ids, at)
    return [entry_id for entry_id in ids if entry_id not in rested]


def _rested(session: Session, entry_ids: Collection[int], at: datetime) -> set[int]:
    """Those of these entries that were paused at that moment."""
    turns = (
        select(WaitlistEvent.entry_id, WaitlistEvent.kind)
        .where(
            WaitlistEvent.entry_id.in_(entry_ids),
            WaitlistEvent.at <= at,
            WaitlistEvent.kind.in_((Happened.PAUSED, Happened.RENEWED)),
        )
        .ext(distinct_on(WaitlistEvent.entry_id))
        .order_by(WaitlistEvent.entry_id, WaitlistEvent.id.desc())
    )
    return {row.entry_id for row in session.execute(turns) if row.kind == Happened.PAUSED}
