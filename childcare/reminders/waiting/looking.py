"""Is what a message says still true? And what is to be known to say it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.enrolments import Enrolment
from childcare.geo import Point, walk_minutes
from childcare.i18n import speaking
from childcare.institutions import Institution
from childcare.messages import Message
from childcare.outbox import Urgency
from childcare.people import Child, Guardian, PlaceKind, SavedPlace
from childcare.reminders.kinds import Quiet
from childcare.reminders.recipients import (
    Dropped,
    Later,
    Outgoing,
    Verdict,
    is_enough,
    recipient,
)
from childcare.reminders.timing import hush
from childcare.reminders.waiting import entry_words, offer_words
from childcare.reminders.waiting.entry_words import Waited
from childcare.reminders.waiting.kinds import MANNERS, Topic
from childcare.reminders.waiting.offer_words import Offered, Place
from childcare.waitlist import (
    LIVE,
    Choice,
    EntryState,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    WaitlistEvent,
)

Payload = Mapping[str, Any]
# How long it is of use to hear what became of waiting that has no day.
NEWS_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class News:
    """Something true for a family until an instant, and how it is worded."""

    family_id: int
    until: datetime
    worded: Callable[[], Message]


def prepare(session: Session, topic: Topic, payload: Payload, *, now: datetime) -> Verdict:
    """Decide what becomes of a message to somebody who waits. Reads only."""
    found = recipient(session, payload["guardian_id"])
    if isinstance(found, Dropped):
        return found
    guardian = found.guardian
    news = LOOKS[topic](session, topic, payload, now)
    if news is None or news.family_id != guardian.family_id or now >= news.until:
        return Dropped("no-longer-true")
    manner = MANNERS[topic]
    if not guardian.switches.get(manner.switch, True):
        return Dropped("switched-off")
    resumes = _resumes_at(manner.quiet, guardian, news, now)
    if resumes:
        return Later(resumes)
    if manner.urgency < Urgency.URGENT and is_enough(session, guardian, now):
        return Dropped("enough-for-today")
    with speaking(guardian.tongue):
        return Outgoing(guardian.id, found.chat_id, news.worded())


def _resumes_at(quiet: Quiet, guardian: Guardian, news: News, now: datetime) -> datetime | None:
    """When quiet hours let it go; None if it may go now, which it may where later is too late."""
    night = None if quiet is Quiet.GOES_AT_ONCE else hush(guardian, now)
    return night.ends_at if night and night.ends_at < news.until else None


def _open_offer(session: Session, topic: Topic, payload: Payload, now: datetime) -> News | None:
    offer = session.get(Offer, payload["offer_id"])
    if offer is None or offer.state != OfferState.OPEN:
        return None
    said = offer_words.SAID[topic]
    return _of_offer(session, offer, offer.ends_at, partial(said, now=now))


def _withdrawn(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    offer = session.get(Offer, payload["offer_id"])
    if offer is None or offer.state != OfferState.WITHDRAWN:
        return None
    if session.get_one(WaitlistEntry, offer.entry_id).state not in LIVE:
        return None
    why = session.scalars(
        select(WaitlistEvent.why).where(
            WaitlistEvent.entry_id == offer.entry_id,
            WaitlistEvent.offer_id == offer.id,
            WaitlistEvent.kind == Happened.WITHDRAWN,
        )
    ).first()
    said = partial(offer_words.withdrawn, why=why or "")
    return _of_offer(session, offer, offer.starts_at, said)


def _expired(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    offer = session.get(Offer, payload["offer_id"])
    if offer is None or offer.state != OfferState.EXPIRED:
        return None
    entry = session.get_one(WaitlistEntry, offer.entry_id)
    # The second in a row paused the entry, which has a message of its own.
    if entry.state != EntryState.WAITING or not entry.expiries:
        return None
    return _of_offer(session, offer, offer.starts_at, offer_words.expired)


def _of_offer(
    session: Session, offer: Offer, until: datetime, said: Callable[[Offered], Message]
) -> News | None:
    together = _together(session, offer)
    children = [session.get_one(Child, each.child_id) for each in together]
    if any(child.erased_at for child in children):
        return None
    institution = session.get_one(Institution, offer.institution_id)
    facts = Offered(
        offer=offer,
        names=[child.name for child in children],
        place=Place(institution, _walk(session, offer.family_id, institution)),
        price_fen=sum(each.price_fen for each in together),
        during=waitlist.span_of(session, offer),
        enrolment=session.get(Enrolment, offer.enrolment_id) if offer.enrolment_id else None,
    )
    return News(offer.family_id, until, partial(said, facts))


def _together(session: Session, offer: Offer) -> Sequence[Offer]:
    """An offer, and those to siblings that share its fate."""
    if offer.together_id is None:
        return [offer]
    made = select(Offer).where(
        Offer.together_id == offer.together_id,
        Offer.round_id == offer.round_id,
        Offer.made_at == offer.made_at,
        Offer.state == offer.state,
    )
    return session.scalars(made.order_by(Offer.id)).all()


def _walk(session: Session, family_id: int, institution: Institution) -> int | None:
    """Minutes on foot from the family's home, where that is known."""
    saved = select(SavedPlace).where(
        SavedPlace.family_id == family_id, SavedPlace.kind == PlaceKind.HOME
    )
    home = session.scalars(saved).one_or_none()
    if home is None:
        return None
    return walk_minutes(Point(home.lat, home.lng), Point(institution.lat, institution.lng))


def _unchanged(session: Session, payload: Payload, *states: EntryState) -> WaitlistEntry | None:
    """An entry that stands as it did when its message was written."""
    entry = session.get(WaitlistEntry, payload["entry_id"])
    if entry is None or entry.version != payload["version"] or entry.state not in states:
        return None
    return entry


def _of_entry(
    session: Session, entry: WaitlistEntry, said: Callable[[Waited], Message]
) -> News | None:
    child = session.get_one(Child, entry.child_id)
    if child.erased_at:
        return None
    listed = (
        select(Institution)
        .join(Choice, Choice.institution_id == Institution.id)
        .where(Choice.entry_id == entry.id, Choice.removed_at.is_(None))
        .order_by(Choice.preference)
    )
    waited = Waited(entry, child.name, session.scalars(listed).all())
    return News(entry.family_id, _useful_until(entry), partial(said, waited))


def _useful_until(entry: WaitlistEntry) -> datetime:
    if entry.on is None or entry.state == EntryState.LAPSED:
        return max(entry.changed_at, entry.asked_at or entry.changed_at) + NEWS_LASTS
    return clock.midnight(entry.on + timedelta(days=1))


def _paused(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    entry = _unchanged(session, payload, EntryState.PAUSED)
    return _of_entry(session, entry, entry_words.paused) if entry else None


def _renewal(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    entry = _unchanged(session, payload, EntryState.WAITING)
    is_asked = entry is not None and entry.asked_at is not None
    return _of_entry(session, entry, entry_words.renewal) if entry and is_asked else None


def _lapsed(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    entry = _unchanged(session, payload, EntryState.LAPSED)
    return _of_entry(session, entry, entry_words.lapsed) if entry else None


def _removed(session: Session, _topic: Topic, payload: Payload, _now: datetime) -> News | None:
    where = payload["institution_id"]
    choice = session.get(Choice, (payload["entry_id"], where))
    if choice is None or choice.removed_at is None:
        return None
    reasons = select(WaitlistEvent.why).where(
        WaitlistEvent.entry_id == choice.entry_id,
        WaitlistEvent.institution_id == where,
        WaitlistEvent.kind == Happened.REMOVED,
    )
    reason = session.scalars(reasons.order_by(WaitlistEvent.id.desc())).first()
    by = session.get_one(Institution, where)
    said = partial(entry_words.removed, by=by, reason=reason or "")
    return _of_entry(session, session.get_one(WaitlistEntry, choice.entry_id), said)


def _enrolled(session: Session, _topic: Topic, payload: Payload, now: datetime) -> News | None:
    made = session.get(Enrolment, payload["enrolment_id"])
    if made is None or made.state != "active":
        return None
    child = session.get_one(Child, made.child_id)
    if child.erased_at:
        return None
    by = session.get(Guardian, payload["by"])
    institution = session.get_one(Institution, made.institution_id)
    name = by.name if by and not by.erased_at else ""
    said = partial(offer_words.enrolled, made, child.name, institution, by=name)
    return News(made.family_id, now + NEWS_LASTS, said)


LOOKS: Mapping[Topic, Callable[[Session, Topic, Payload, datetime], News | None]] = {
    Topic.OFFER: _open_offer,
    Topic.OFFER_ENDING: _open_offer,
    Topic.OFFER_WITHDRAWN: _withdrawn,
    Topic.OFFER_EXPIRED: _expired,
    Topic.PAUSED: _paused,
    Topic.RENEWAL: _renewal,
    Topic.REMOVED: _removed,
    Topic.LAPSED: _lapsed,
    Topic.ENROLLED: _enrolled,
}
