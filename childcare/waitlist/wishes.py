"""What an entry asks of each class: the rows of the queue, and the masks they are matched by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from childcare import ages, bookings, clock, enrolments, institutions
from childcare.bookings import Terms
from childcare.clock import SLOTS_PER_DAY
from childcare.errors import DomainError
from childcare.institutions import CareForm, DayPart, Offering
from childcare.people import Child
from childcare.waitlist import order
from childcare.waitlist.models import Choice, EntryState, WaitlistEntry, Wish

REWRITTEN = ("preference", "during", "from_on", "weekdays", "slots", "joined_at", "live")
WHOLE_DAY = (1 << SLOTS_PER_DAY) - 1


def mask_of(slots: Iterable[int]) -> int:
    """A bit for each slot, bit 0 at midnight."""
    return sum(1 << slot for slot in set(slots))


def slots_in(mask: int) -> list[int]:
    return [slot for slot in range(SLOTS_PER_DAY) if mask >> slot & 1]


def weekday_mask(weekdays: Iterable[int]) -> int:
    """A bit for each ISO weekday, bit 0 Monday."""
    return sum(1 << (weekday - 1) for weekday in set(weekdays))


@dataclass(frozen=True)
class Sold:
    """What an institution sells of an entry's wish: its slots and what it costs."""

    offering: Offering
    slots: tuple[int, ...]
    price_fen: int
    on: date


def sold(session: Session, entry: WaitlistEntry, institution_id: int, *, today: date) -> Sold:
    """An entry's wish as one institution sells it now; an enrolment from its first day on.

    Raises `NotOffered`, `Malformed`.
    """
    if entry.on is not None:
        terms = _terms(session, entry, institution_id, entry.on)
        return Sold(terms.offering, terms.slots, terms.price.fen, entry.on)
    from_on = first_day(entry, today=today)
    form, part = CareForm(entry.form), DayPart(entry.day_part or DayPart.FULL)
    offering = enrolments.sold(session, institution_id, form, part, from_on)
    slots = tuple(range(offering.starts // 30, offering.ends // 30))
    return Sold(offering, slots, offering.price_fen, from_on)


def _terms(session: Session, entry: WaitlistEntry, institution_id: int, on: date) -> Terms:
    wish = bookings.Wish(
        child_id=entry.child_id,
        institution_id=institution_id,
        form=CareForm(entry.form),
        on=on,
        start=entry.start,
        end=entry.end,
        day_part=DayPart(entry.day_part) if entry.day_part else None,
    )
    return bookings.sold(session, wish)


def first_day(entry: WaitlistEntry, *, today: date) -> date:
    """The day an enrolment would begin: the first of its month, or the next day once that began."""
    month = entry.from_month or today
    return month if month > today else date.fromordinal(today.toordinal() + 1)


def rewrite(
    session: Session, entry: WaitlistEntry, child: Child, *, now: datetime
) -> list[DomainError]:
    """Write an entry's rows of the queue anew, in order: one a class that may take the child.

    Where it asks an institution for what is not sold or has no class for its age, there is no row:
    why, for each such institution.
    """
    choices = session.scalars(
        select(Choice)
        .where(Choice.entry_id == entry.id, Choice.removed_at.is_(None))
        .order_by(Choice.preference)
    ).all()
    rows: list[dict[str, object]] = []
    problems: list[DomainError] = []
    for choice in choices:
        try:
            rows += _rows(session, entry, child, choice, clock.today(now))
        except DomainError as problem:
            problems.append(problem)
    kept = [row["class_id"] for row in rows]
    gone = delete(Wish).where(Wish.entry_id == entry.id, Wish.class_id.not_in(kept))
    session.execute(gone)
    if rows:
        row = insert(Wish).values(rows)
        changed = {name: row.excluded[name] for name in REWRITTEN}
        session.execute(
            row.on_conflict_do_update(index_elements=["entry_id", "class_id"], set_=changed)
        )
    for choice in choices:
        order.refresh(session, choice.institution_id, now=now, family_id=entry.family_id)
    return problems


def _rows(
    session: Session, entry: WaitlistEntry, child: Child, choice: Choice, today: date
) -> list[dict[str, object]]:
    wanted = sold(session, entry, choice.institution_id, today=today)
    months = ages.months_on(child.born_on, wanted.on)
    groups = institutions.classes_for(session, choice.institution_id, months=months)
    is_stay = entry.on is not None
    facts: dict[str, object] = {
        "entry_id": entry.id,
        "institution_id": choice.institution_id,
        "family_id": entry.family_id,
        "child_id": entry.child_id,
        "preference": choice.preference,
        "on": entry.on,
        "during": clock.span(wanted.on, wanted.slots[0], wanted.slots[-1] + 1) if is_stay else None,
        "from_on": None if is_stay else entry.from_month,
        "weekdays": weekday_mask(entry.weekdays),
        "slots": mask_of(wanted.slots),
        "joined_at": choice.joined_at,
        "live": entry.state == EntryState.WAITING,
    }
    return [{**facts, "class_id": group.id} for group in groups]


def wishes_of(session: Session, entry_ids: Sequence[int]) -> Sequence[Wish]:
    """The rows of some entries by entry, preference and class, as they are now."""
    query = (
        select(Wish)
        .where(Wish.entry_id.in_(entry_ids))
        .order_by(Wish.entry_id, Wish.preference, Wish.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()
