"""By which name a desk knows who stands, or once stood, on its lists.

A child has a name here while it waits here, for a month after the desk took it off the list, or
while it is in care here; after that its entry has a number.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare import clock, people
from childcare.actors import DESK, Actor
from childcare.errors import NotFound
from childcare.people import CareRelation, Child, Guardian
from childcare.waitlist import LIVE, Choice, WaitlistEntry

# Whoever left, lapsed or booked is found by name this long, while in care here.
FOUND_FOR = timedelta(days=400)
MOST_FOUND = 20
# A family that was taken off the list asks why: so long it has a name here.
ASKS_WHY_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Known:
    """Entries of an institution's lists by id, with what the desk may know of their families."""

    entries: Mapping[int, WaitlistEntry]
    choices: Mapping[int, Choice]
    children: Mapping[int, Child]
    guardians: Mapping[int, Sequence[Guardian]]

    def child(self, entry_id: int) -> Child | None:
        return self.children.get(self.entries[entry_id].child_id)

    def people(self, entry_id: int) -> Sequence[Guardian]:
        """Whom to phone; nobody where the record is closed."""
        if self.child(entry_id) is None:
            return ()
        return self.guardians.get(self.entries[entry_id].family_id, ())

    @property
    def families(self) -> set[int]:
        return {child.family_id for child in self.children.values()}


def require_listed(
    session: Session, actor: Actor, *, institution_id: int, entry_id: int
) -> tuple[WaitlistEntry, Choice]:
    """An entry that is, or was, on an institution's lists. Raises `NotFound`, `Forbidden`."""
    require_desk(actor, institution_id)
    found = session.execute(
        select(WaitlistEntry, Choice)
        .join(Choice, Choice.entry_id == WaitlistEntry.id)
        .where(WaitlistEntry.id == entry_id, Choice.institution_id == institution_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def require_desk(actor: Actor, institution_id: int) -> None:
    """Raises `NotFound` for strangers, `Forbidden` for staff without the role."""
    if institution_id not in actor.roles:
        raise NotFound
    actor.require(institution_id, *DESK)


def listed(session: Session, actor: Actor, *, institution_id: int, entry_id: int) -> Sequence[int]:
    """The entry of that number, if it is or was on an institution's lists."""
    require_desk(actor, institution_id)
    found = select(Choice.entry_id).where(
        Choice.entry_id == entry_id, Choice.institution_id == institution_id
    )
    return session.scalars(found).all()


def known(
    session: Session, actor: Actor, *, institution_id: int, entry_ids: Collection[int]
) -> Known:
    """What the desk may know of these entries; each child named is written to the access log."""
    rows = session.execute(
        select(WaitlistEntry, Choice)
        .join(Choice, Choice.entry_id == WaitlistEntry.id)
        .where(WaitlistEntry.id.in_(entry_ids), Choice.institution_id == institution_id)
    ).all()
    entries = {entry.id: entry for entry, _ in rows}
    choices = {choice.entry_id: choice for _, choice in rows}
    since = clock.now(session) - ASKS_WHY_FOR
    waits = {entry.child_id for entry, choice in rows if _is_named(entry, choice, since)}
    other = {entry.child_id for entry, _ in rows} - waits
    where = institution_id
    named = people.children_waiting(session, actor, institution_id=where, child_ids=waits)
    in_care = people.children_in_care(session, actor, institution_id=where, child_ids=other)
    children = {**in_care, **named}
    families = {child.family_id for child in children.values()}
    guardians = people.guardians_by_family(session, families)
    return Known(entries, choices, children, guardians)


def _is_named(entry: WaitlistEntry, choice: Choice, since: datetime) -> bool:
    if choice.removed_at is None:
        return entry.state in LIVE
    return choice.removed_at > since


@dataclass(frozen=True)
class Sought:
    """An entry that may be meant."""

    entry: WaitlistEntry
    child: Child
    guardians: Sequence[Guardian]


def find(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    matches: Callable[[Child], bool],
    now: datetime,
) -> list[Sought]:
    """The entries whose child `matches`, the newest first; only who is answered was looked at."""
    require_desk(actor, institution_id)
    in_care = select(CareRelation.child_id).where(
        CareRelation.institution_id == institution_id,
        CareRelation.until >= clock.today(now),
    )
    waits = WaitlistEntry.state.in_(LIVE) & Choice.removed_at.is_(None)
    removed = Choice.removed_at > now - ASKS_WHY_FOR
    rows = session.execute(
        select(WaitlistEntry.id, Child)
        .join(Choice, Choice.entry_id == WaitlistEntry.id)
        .join(Child, Child.id == WaitlistEntry.child_id)
        .where(
            Choice.institution_id == institution_id,
            Child.erased_at.is_(None),
            WaitlistEntry.changed_at > now - FOUND_FOR,
            or_(waits, removed, Child.id.in_(in_care)),
        )
        .order_by(WaitlistEntry.id.desc())
    )
    ids = [entry_id for entry_id, child in rows if matches(child)][:MOST_FOUND]
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    return [
        Sought(shown.entries[entry_id], child, shown.people(entry_id))
        for entry_id in ids
        if (child := shown.child(entry_id)) is not None
    ]
