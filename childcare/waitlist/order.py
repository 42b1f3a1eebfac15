"""Who comes first: the institution's published table, in versions, and what each family shows.

Priority high to low, then time of entry, then id. A version takes effect a while after it was
published, so that nobody is overtaken overnight.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, exists, func, literal, select, update
from sqlalchemy.orm import Session

from childcare import audit, clock, outbox
from childcare.actors import Actor, Role
from childcare.bookings import Booking
from childcare.db import lock
from childcare.enrolments import Enrolment, Segment
from childcare.errors import Malformed
from childcare.institutions import Institution
from childcare.waitlist.models import Choice, PriorityTable, Proof, Wish

TAKES_EFFECT_AFTER = timedelta(days=7)
GRANT = 1_000_000  # above all that a table may give
MOST_POINTS = 1000


class Criterion(StrEnum):
    """What a line of a table may ask. A grant is every table's first line, unwritten."""

    INSTITUTION_CANCELLED = "institution-cancelled"
    SIBLING_ENROLLED = "sibling-enrolled"
    RESIDENT = "resident-of-street"
    WORKS_HERE = "works-here"
    SINGLE_PARENT = "single-parent"
    LOW_INCOME = "low-income"
    SPECIAL_NEED = "special-need"


CRITERIA = tuple(Criterion)
# What the system finds by itself; the rest a family shows at the desk.
FOUND = (Criterion.INSTITUTION_CANCELLED, Criterion.SIBLING_ENROLLED)
TO_SHOW = tuple(criterion for criterion in CRITERIA if criterion not in FOUND)


def table_in_force(session: Session, institution_id: int, now: datetime) -> PriorityTable | None:
    """The version by which offers are made at `now`; None where none was published."""
    found = (
        select(PriorityTable)
        .where(PriorityTable.institution_id == institution_id, PriorityTable.effective_at <= now)
        .order_by(PriorityTable.version.desc())
        .limit(1)
    )
    return session.scalars(found).one_or_none()


def tables_of(session: Session, institution_id: int) -> Sequence[PriorityTable]:
    """Every version, the newest first: they are public."""
    every = select(PriorityTable).where(PriorityTable.institution_id == institution_id)
    return session.scalars(every.order_by(PriorityTable.version.desc())).all()


def publish(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    lines: Sequence[tuple[str, int]],
    reason: str,
    now: datetime,
) -> PriorityTable:
    """Publish the next version, by a director; in force after seven days, the first at once.

    The points of the highest line that applies to a family order it. Raises `Malformed`.
    """
    actor.require(institution_id, Role.DIRECTOR)
    _require_lines(lines)
    if not reason.strip():
        raise Malformed("reason", "required")
    lock(session, Institution, [institution_id])
    known = tables_of(session, institution_id)
    made = PriorityTable(
        institution_id=institution_id,
        version=known[0].version + 1 if known else 1,
        lines=[{"criterion": code, "points": points} for code, points in lines],
        reason=reason.strip()[:500],
        published_at=now,
        published_by=actor.label,
        effective_at=now + TAKES_EFFECT_AFTER if known else now,
    )
    session.add(made)
    session.flush()
    _announce(session, actor, made, now)
    return made


def _announce(session: Session, actor: Actor, made: PriorityTable, now: datetime) -> None:
    facts = {"table_id": made.id}
    outbox.publish(
        session,
        "apply-priorities",
        facts,
        key=str(made.id),
        now=now,
        due_at=made.effective_at,
        urgency=outbox.Urgency.AT_ONCE,
    )
    audit.record(
        session,
        actor,
        "published-priorities",
        "priority_table",
        made.id,
        now=now,
        institution_id=made.institution_id,
        facts={"version": made.version, "reason": made.reason},
    )


def _require_lines(lines: Sequence[tuple[str, int]]) -> None:
    codes = [code for code, _ in lines]
    allowed = set(CRITERIA) - {Criterion.INSTITUTION_CANCELLED}
    if len(set(codes)) != len(codes):
        raise Malformed("lines", "repeated")
    if not set(codes) <= allowed:
        raise Malformed("lines", "unknown-criterion")
    if any(not 1 <= points <= MOST_POINTS for _, points in lines):
        raise Malformed("lines", "points", least=1, most=MOST_POINTS)


def apply_due(session: Session, institution_id: int, *, now: datetime) -> PriorityTable | None:
    """The table in force, with the queue put into its order where that is still to be done."""
    table = table_in_force(session, institution_id, now)
    if table is not None and table.applied_at is None:
        table.applied_at = now
        session.flush()
        refresh(session, institution_id, now=now)
    return table


def refresh(
    session: Session, institution_id: int, *, now: datetime, family_id: int | None = None
) -> None:
    """Put an institution's queue (or one family in it) into the order of the table in force."""
    points = points_of(table_in_force(session, institution_id, now))
    wishes = update(Wish).where(Wish.institution_id == institution_id)
    if family_id is not None:
        wishes = wishes.where(Wish.family_id == family_id)
    best = func.greatest(_granted(), _shown(points), _sibling(points, clock.today(now)))
    changed = wishes.where(Wish.priority != best).values(priority=best)
    session.execute(changed.execution_options(synchronize_session=False))


def points_of(table: PriorityTable | None) -> dict[str, int]:
    return {line["criterion"]: line["points"] for line in table.lines} if table else {}


def _granted() -> ColumnElement[int]:
    granted = exists().where(
        Choice.entry_id == Wish.entry_id,
        Choice.institution_id == Wish.institution_id,
        Choice.granted_by.is_not(None),
    )
    return case((granted, GRANT), else_=0)


def _shown(points: Mapping[str, int]) -> ColumnElement[int]:
    """The points of the best line whose criterion the family showed at the desk."""
    known = {code: points[code] for code in TO_SHOW if code in points}
    if not known:
        return literal(0)
    best = (
        select(func.max(case(known, value=Proof.criterion, else_=0)))
        .where(
            Proof.institution_id == Wish.institution_id,
            Proof.family_id == Wish.family_id,
            Proof.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )
    return func.coalesce(best, 0)


def _sibling(points: Mapping[str, int], today: date) -> ColumnElement[int]:
    return case((_has_sibling(today), points.get(Criterion.SIBLING_ENROLLED, 0)), else_=0)


def _has_sibling(today: date) -> ColumnElement[bool]:
    """Another child of the family is enrolled there: it has days of care ahead."""
    return exists().where(
        Segment.enrolment_id == Enrolment.id,
        Segment.until_on >= today,
        Enrolment.institution_id == Wish.institution_id,
        Enrolment.family_id == Wish.family_id,
        Enrolment.child_id != Wish.child_id,
        Enrolment.state.in_(("active", "ended")),
    )


def reasons(
    session: Session, wishes: Sequence[Wish], points: Mapping[str, int], *, today: date
) -> dict[int, list[str]]:
    """Which criteria that count each wish meets, by wish id, the weightiest first."""
    ids = [wish.id for wish in wishes]
    found: dict[int, list[str]] = {wish_id: [] for wish_id in ids}
    if not ids:
        return found
    looks = select(Wish.id, _granted() > 0, _has_sibling(today)).where(Wish.id.in_(ids))
    for wish_id, granted, sibling in session.execute(looks):
        if granted:
            found[wish_id].append(Criterion.INSTITUTION_CANCELLED)
        if sibling and Criterion.SIBLING_ENROLLED in points:
            found[wish_id].append(Criterion.SIBLING_ENROLLED)
    shown = (
        select(Wish.id, Proof.criterion)
        .join(
            Proof,
            (Proof.institution_id == Wish.institution_id) & (Proof.family_id == Wish.family_id),
        )
        .where(Wish.id.in_(ids), Proof.withdrawn_at.is_(None), Proof.criterion.in_(points))
    )
    for wish_id, criterion in session.execute(shown):
        found[wish_id].append(criterion)
    weight = {**points, Criterion.INSTITUTION_CANCELLED: GRANT}
    return {key: sorted(codes, key=lambda code: -weight[code]) for key, codes in found.items()}


def use_grant(session: Session, choice: Choice, family_id: int, *, now: datetime) -> None:
    """Put a new entry first where the institution cancelled on the family in the last 30 days.

    Each cancellation is good for the next entry there, once.
    """
    used = select(Choice.granted_by).where(Choice.granted_by.is_not(None))
    grant = (
        select(Booking.id)
        .where(
            Booking.family_id == family_id,
            Booking.institution_id == choice.institution_id,
            Booking.grant_until >= now,
            Booking.id.not_in(used),
        )
        .order_by(Booking.grant_until)
        .limit(1)
    )
    choice.granted_by = session.scalar(grant)
    session.flush()
