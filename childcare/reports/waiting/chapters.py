"""What happened to an entry, round by round, with those rounds in which others got what it asks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.actors import Actor
from childcare.reports.waiting.known import known
from childcare.reports.waiting.telling import Told, tell, tell_of
from childcare.reports.waiting.then import Reasons, Then
from childcare.stays import Stay
from childcare.waitlist import LIVE, Offer, OfferState, Round, WaitlistEntry, WaitlistEvent, Wish

MOST_EVENTS, MOST_ROUNDS = 500, 100


@dataclass(frozen=True)
class Won:
    """Who took, or is being offered, what the entry asks for too, and why they stood where."""

    told: Told
    reasons: Reasons


@dataclass(frozen=True)
class Chapter:
    """What happened in one round, or one event outside any.

    `lines` is empty where the entry was not reached: whoever was before it took the place. `own`
    is why it stood where it stood then.
    """

    at: datetime
    round: Round | None
    lines: Sequence[Told]
    went_to: Sequence[Won]
    own: Reasons


def chapters_of(
    session: Session, actor: Actor, institution_id: int, entry: WaitlistEntry, *, now: datetime
) -> list[Chapter]:
    """The newest first."""
    where = institution_id
    events = waitlist.events_at(
        session, actor, institution_id=where, entry_id=entry.id, limit=MOST_EVENTS
    )
    lines = tell(session, actor, where, events)
    ids = {line.round_id for line in lines if line.round_id}
    ids |= set(_rounds_of_others(session, where, entry, now))
    rounds = {found.id: found for found in session.scalars(select(Round).where(Round.id.in_(ids)))}
    went, then = _went_to(session, actor, where, ids, entry)
    by_round: dict[int, list[Told]] = defaultdict(list)
    for line in reversed(lines):
        by_round[line.round_id or 0].append(line)
    alone = by_round.pop(0, [])
    made = [
        Chapter(
            at=by_round[id_][-1].event.at if id_ in by_round else found.opened_at,
            round=found,
            lines=by_round.get(id_, ()),
            went_to=went.get(id_, ()),
            own=then.of(entry.id, found.opened_at),
        )
        for id_, found in rounds.items()
    ]
    made += [
        Chapter(line.event.at, None, [line], (), then.of(entry.id, line.event.at)) for line in alone
    ]
    return sorted(made, key=_order, reverse=True)


def _order(chapter: Chapter) -> tuple[datetime, int]:
    last = chapter.lines[-1].event.id if chapter.lines else 0
    return (chapter.at, last)


def _rounds_of_others(
    session: Session, institution_id: int, entry: WaitlistEntry, now: datetime
) -> Sequence[int]:
    """Rounds in which somebody was offered what this entry asked for while it waited."""
    asked = select(Wish.class_id, Wish.during).where(
        Wish.entry_id == entry.id, Wish.institution_id == institution_id
    )
    wished = session.execute(asked).all()
    until = now if entry.state in LIVE else entry.changed_at
    query = (
        select(Offer.round_id)
        .outerjoin(Stay, Stay.id == Offer.stay_id)
        .where(
            Offer.institution_id == institution_id,
            Offer.made_at >= entry.joined_at,
            Offer.made_at <= until,
            Offer.entry_id != entry.id,
            Offer.state.in_((OfferState.ACCEPTED, OfferState.OPEN)),
        )
    )
    if entry.on is not None:
        query = query.where(Offer.on == entry.on, Offer.stay_id.is_not(None))
    else:
        query = query.where(Offer.enrolment_id.is_not(None))
    if wished:
        query = query.where(Offer.class_id.in_({row.class_id for row in wished}))
        spans = [row.during for row in wished if row.during is not None]
        query = query.where(or_(Stay.id.is_(None), *(Stay.during.op("&&")(one) for one in spans)))
    return session.scalars(
        query.distinct().order_by(Offer.round_id.desc()).limit(MOST_ROUNDS)
    ).all()


def _went_to(
    session: Session,
    actor: Actor,
    institution_id: int,
    round_ids: Collection[int],
    entry: WaitlistEntry,
) -> tuple[dict[int, list[Won]], Then]:
    offered = session.scalars(
        select(WaitlistEvent)
        .join(Offer, Offer.id == WaitlistEvent.offer_id)
        .where(
            Offer.round_id.in_(round_ids),
            Offer.state.in_((OfferState.ACCEPTED, OfferState.OPEN)),
            Offer.entry_id != entry.id,
            WaitlistEvent.kind == "offered",
        )
        .order_by(WaitlistEvent.id)
    ).all()
    ids = {event.entry_id for event in offered} | {entry.id}
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    then = Then(session, institution_id, shown.entries.values())
    found: dict[int, list[Won]] = defaultdict(list)
    for told in tell_of(session, institution_id, offered, shown):
        won = Won(told, then.of(told.entry.id, told.event.at))
        found[told.round_id or 0].append(won)
    return found, then
