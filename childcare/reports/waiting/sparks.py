"""What was done in the transaction that opened a round: everything in it bears one instant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare import clock, institutions, people
from childcare.actors import Actor
from childcare.audit import AuditRow
from childcare.institutions import ClassGroup
from childcare.people import Child
from childcare.reports.who import Who, names_of
from childcare.stays import State, Stay, StayEvent
from childcare.waitlist import Round

FREES = (
    State.CANCELLED,
    State.ABSENT,
    State.EXPIRED,
    State.REJECTED,
    State.NO_SHOW,
    State.COMPLETED,
)
FREES_PART = ("absent-in-part", "rescheduled")
# What planning and the desk write down when they free places.
FREEING = ("class_group", "closure", "dated_opening", "enrolment")


@dataclass(frozen=True)
class Spark:
    """Something done at the instant the round began: to a stay, or to the plan."""

    who: Who
    action: str
    why: str
    child: Child | None = None
    group: ClassGroup | None = None
    hours: clock.Period | None = None
    was: str | None = None


def sparks_of(session: Session, actor: Actor, found: Round, days: Collection[date]) -> list[Spark]:
    """What freed the places of a round, on these days; each child named is written down."""
    stays, rows = _freeing(session, found, days), _planning(session, found)
    where = found.institution_id
    ids = {stay.child_id for _, stay in stays}
    children = people.children_in_care(session, actor, institution_id=where, child_ids=ids)
    families = {child.family_id for child in children.values()}
    labels = {event.actor for event, _ in stays} | {row.actor for row in rows}
    who = names_of(session, labels, family_ids=families)
    groups = {group.id: group for group in institutions.classes_of(session, where)}
    of_stays = [
        Spark(
            who=who[event.actor],
            action=event.to_state,
            why=event.why,
            child=children.get(stay.child_id),
            group=groups.get(stay.class_id),
            hours=stay.during,
            was=event.from_state,
        )
        for event, stay in stays
    ]
    return of_stays + [_of_audit(row, who[row.actor], groups.get(row.subject_id)) for row in rows]


def _freeing(
    session: Session, found: Round, days: Collection[date]
) -> list[tuple[StayEvent, Stay]]:
    rows = session.execute(
        select(StayEvent, Stay)
        .join(Stay, Stay.id == StayEvent.stay_id)
        .where(
            Stay.institution_id == found.institution_id,
            Stay.on.in_(days),
            StayEvent.at == found.opened_at,
            or_(StayEvent.to_state.in_(FREES), StayEvent.why.in_(FREES_PART)),
        )
        .order_by(StayEvent.id)
    )
    return [(event, stay) for event, stay in rows]


def _planning(session: Session, found: Round) -> Sequence[AuditRow]:
    return session.scalars(
        select(AuditRow)
        .where(
            AuditRow.institution_id == found.institution_id,
            AuditRow.at == found.opened_at,
            AuditRow.subject.in_(FREEING),
        )
        .order_by(AuditRow.id)
    ).all()


def _of_audit(row: AuditRow, who: Who, group: ClassGroup | None) -> Spark:
    reason = row.facts.get("reason")
    is_class = row.subject == "class_group"
    return Spark(
        who=who,
        action=f"{row.subject}.{row.action}",
        why=reason if isinstance(reason, str) else "",
        group=group if is_class else None,
    )
