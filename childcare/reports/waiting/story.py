"""One family's whole story on an institution's lists, from which its complaint can be answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import ages, clock, waitlist
from childcare.actors import Actor
from childcare.institutions import ClassGroup
from childcare.people import Child, Guardian
from childcare.reports.waiting.chapters import Chapter, chapters_of
from childcare.reports.waiting.known import known, require_listed
from childcare.reports.waiting.lacking import Lacking, lacking
from childcare.reports.waiting.turns import Asked, NextInLine, before_enrolment, next_in_line
from childcare.waitlist import (
    LIVE,
    Choice,
    Offer,
    Proof,
    Standing,
    WaitlistEntry,
    Wish,
    wishes,
)


@dataclass(frozen=True)
class Story:
    """An entry as one institution may know it, the newest chapter first.

    `wish` is its place in the queue there (None once it is over or rests), `ahead` those before it
    for the same hours of its day, `lacking` what of it is not free now.
    """

    entry: WaitlistEntry
    choice: Choice
    child: Child | None
    months: int | None
    guardians: Sequence[Guardian]
    wish: Wish | None
    group: ClassGroup | None
    standing: Standing | None
    ahead: Sequence[NextInLine]
    lacking: Lacking | None
    open_offer: Offer | None
    proofs: Sequence[Proof]
    chapters: Sequence[Chapter]
    at: datetime

    @property
    def must_explain(self) -> bool:
        """Whether somebody stands before it who could take what it would be given."""
        return any(one.why is None for one in self.ahead)

    @property
    def is_on_list(self) -> bool:
        return self.entry.state in LIVE and self.choice.removed_at is None


def story(
    session: Session, actor: Actor, *, institution_id: int, entry_id: int, now: datetime
) -> Story:
    """Everything about an entry. Raises `NotFound`, `Forbidden`."""
    where = institution_id
    entry, choice = require_listed(session, actor, institution_id=where, entry_id=entry_id)
    shown = known(session, actor, institution_id=where, entry_ids=[entry.id])
    child, today = shown.child(entry.id), clock.today(now)
    standing = _standing(session, entry, where, now)
    wish = _wish(session, entry, standing)
    group, ahead = _ahead(session, actor, where, wish, now)
    return Story(
        entry=entry,
        choice=choice,
        child=child,
        months=_months(child, entry, today),
        guardians=shown.people(entry.id),
        wish=wish,
        group=group,
        standing=standing,
        ahead=ahead,
        lacking=lacking(session, wish, now=now) if wish else None,
        open_offer=standing.open_offer if standing else None,
        proofs=_proofs(session, entry, where),
        chapters=chapters_of(session, actor, where, entry, now=now),
        at=now,
    )


def _proofs(session: Session, entry: WaitlistEntry, institution_id: int) -> Sequence[Proof]:
    """What the family showed there, withdrawn ones with it: they ordered while they were valid."""
    query = select(Proof).where(
        Proof.institution_id == institution_id, Proof.family_id == entry.family_id
    )
    return session.scalars(query.order_by(Proof.id)).all()


def _months(child: Child | None, entry: WaitlistEntry, today: date) -> int | None:
    day = entry.on or max(entry.from_month or today, today)
    return ages.months_on(child.born_on, day) if child else None


def _standing(
    session: Session, entry: WaitlistEntry, institution_id: int, now: datetime
) -> Standing | None:
    every = waitlist.standings(session, entry, now=now)
    return next((one for one in every if one.institution_id == institution_id), None)


def _wish(session: Session, entry: WaitlistEntry, standing: Standing | None) -> Wish | None:
    if standing is None or standing.class_id is None:
        return None
    found = select(Wish).where(
        Wish.entry_id == entry.id, Wish.class_id == standing.class_id, Wish.live
    )
    return session.scalars(found).one_or_none()


def _ahead(
    session: Session, actor: Actor, institution_id: int, wish: Wish | None, now: datetime
) -> tuple[ClassGroup | None, list[NextInLine]]:
    if wish is None:
        return None, []
    where = institution_id
    if wish.on is None:
        group = session.get_one(ClassGroup, wish.class_id)
        return group, before_enrolment(session, actor, institution_id=where, wish=wish, now=now)
    asked = Asked(wish.class_id, wish.on, wishes.slots_in(wish.slots))
    group, line = next_in_line(session, actor, institution_id=where, asked=asked, now=now)
    before = []
    for turn in line:
        if turn.entry.id == wish.entry_id:
            break
        before.append(turn)
    return group, before
