"""From what happened on the lists to the rows of what is to be said: one for each chat."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import outbox, people
from childcare.enrolments import Enrolment
from childcare.people import Guardian
from childcare.reminders.waiting.kinds import MANNERS, Topic
from childcare.waitlist import Offer, WaitlistEntry


def tell_of_offer(session: Session, topic: Topic, *, offer_id: int, now: datetime) -> None:
    """Tell a family about an offer; siblings who come together are one message."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.id != _speaker(session, offer):
        return
    _write(session, topic, {"offer_id": offer.id}, offer.family_id, key=str(offer.id), now=now)


def _speaker(session: Session, offer: Offer) -> int:
    """The id of the offer that speaks for all that were made with it."""
    if offer.together_id is None:
        return offer.id
    made = select(func.min(Offer.id)).where(
        Offer.together_id == offer.together_id,
        Offer.round_id == offer.round_id,
        Offer.made_at == offer.made_at,
    )
    return session.scalar(made) or offer.id


def tell_of_entry(
    session: Session, topic: Topic, *, entry_id: int, now: datetime, institution_id: int = 0
) -> None:
    """Tell a family what became of an entry, at one institution where that is named."""
    entry = session.get(WaitlistEntry, entry_id)
    if entry is None:
        return
    facts = {"entry_id": entry.id, "version": entry.version, "institution_id": institution_id}
    key = f"{entry.id}:{entry.version}:{institution_id}:{now.timestamp():.0f}"
    _write(session, topic, facts, entry.family_id, key=key, now=now)


def enrolled(session: Session, *, enrolment_id: int, by: int, now: datetime) -> None:
    """Tell a family, but for the guardian `by`, that a child has a long-term place."""
    found = session.get(Enrolment, enrolment_id)
    if found is None:
        return
    facts = {"enrolment_id": found.id, "by": by}
    _write(session, Topic.ENROLLED, facts, found.family_id, key=str(found.id), now=now)


def _write(
    session: Session,
    topic: Topic,
    facts: Mapping[str, int],
    family_id: int,
    *,
    key: str,
    now: datetime,
) -> None:
    for guardian in _with_a_chat(session, family_id):
        if guardian.id == facts.get("by"):
            continue
        outbox.publish(
            session,
            topic,
            {**facts, "guardian_id": guardian.id},
            key=f"{key}:{guardian.id}",
            now=now,
            urgency=MANNERS[topic].urgency,
            recipient_id=guardian.id,
        )


def _with_a_chat(session: Session, family_id: int) -> Iterator[Guardian]:
    family = people.guardians_of(session, family_id)
    return (guardian for guardian in family if guardian.telegram_id is not None)
