"""Lines of the lists' log with everything that their sentences speak of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, institutions
from childcare.actors import Actor
from childcare.institutions import ClassGroup
from childcare.people import Child
from childcare.reports.waiting.known import Known, known
from childcare.reports.who import Who, names_of
from childcare.stays import Stay
from childcare.waitlist import Offer, WaitlistEntry, WaitlistEvent


@dataclass(frozen=True)
class Told:
    """One line: what happened to whose entry, by whom, about which offer of what.

    `child` is None where its record is closed to the desk.
    """

    event: WaitlistEvent
    who: Who
    entry: WaitlistEntry
    child: Child | None
    offer: Offer | None
    group: ClassGroup | None
    hours: clock.Period | None

    @property
    def on(self) -> date | None:
        """The day (or first day) it is about, where it is about one."""
        said = self.event.facts.get("on")
        if self.offer is not None:
            return self.offer.on
        return date.fromisoformat(said) if isinstance(said, str) else None

    @property
    def round_id(self) -> int | None:
        return self.event.round_id or (self.offer.round_id if self.offer else None)

    @property
    def free(self) -> Sequence[tuple[str, str]]:
        """What was free then, as hours of the day."""
        said = self.event.facts.get("free", [])
        return [(first, last) for first, last in said]


def tell(
    session: Session, actor: Actor, institution_id: int, events: Sequence[WaitlistEvent]
) -> list[Told]:
    """The lines with what they speak of; each child named is written to the access log."""
    ids = {event.entry_id for event in events}
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    return tell_of(session, institution_id, events, shown)


def tell_of(
    session: Session, institution_id: int, events: Sequence[WaitlistEvent], shown: Known
) -> list[Told]:
    """As `tell`, of entries that are known already."""
    offers = offers_by_id(session, {event.offer_id for event in events if event.offer_id})
    hours = hours_of(session, offers.values())
    groups = {group.id: group for group in institutions.classes_of(session, institution_id)}
    who = names_of(session, {event.actor for event in events}, family_ids=shown.families)
    return [
        Told(
            event=event,
            who=who[event.actor],
            entry=shown.entries[event.entry_id],
            child=shown.child(event.entry_id),
            offer=(offer := offers.get(event.offer_id or 0)),
            group=groups.get(offer.class_id if offer else event.facts.get("class_id", 0)),
            hours=hours.get(offer.stay_id or 0) if offer else None,
        )
        for event in events
    ]


def offers_by_id(session: Session, offer_ids: Collection[int]) -> Mapping[int, Offer]:
    found = session.scalars(select(Offer).where(Offer.id.in_(offer_ids)))
    return {offer.id: offer for offer in found}


def hours_of(session: Session, offers: Collection[Offer]) -> Mapping[int, clock.Period]:
    """The hours of offered stays, by stay id."""
    ids = {offer.stay_id for offer in offers if offer.stay_id}
    rows = session.execute(select(Stay.id, Stay.during).where(Stay.id.in_(ids)))
    return {row.id: row.during for row in rows}
