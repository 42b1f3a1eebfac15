"""Everything that happened on an institution's lists, a page at a time; and as lines of its log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.actors import Actor
from childcare.errors import Malformed
from childcare.reports.lines import Entry, Wanted, by, within
from childcare.reports.waiting.known import require_desk, require_listed
from childcare.reports.waiting.telling import Told, tell
from childcare.waitlist import Choice, Happened, WaitlistEntry, WaitlistEvent

EVERY_KIND: tuple[Happened, ...] = tuple(Happened)
A_PAGE = 50
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class JournalWanted:
    """Which lines: days, both included; of one entry, of one kind; before an event's id."""

    institution_id: int
    from_on: date
    to_on: date
    kind: Happened | None = None
    entry_id: int | None = None
    before: int = 0
    limit: int = A_PAGE


@dataclass(frozen=True)
class JournalPage:
    """Lines, newest first; `next` is where the following page begins, 0 at the end."""

    lines: Sequence[Told]
    next: int


def journal(session: Session, actor: Actor, wanted: JournalWanted) -> JournalPage:
    """A page of the lists' log. Raises `NotFound`, `Forbidden`, `Malformed`."""
    where = wanted.institution_id
    require_desk(actor, where)
    if wanted.to_on < wanted.from_on:
        raise Malformed("to_date", "not-after-start")
    if wanted.to_on - wanted.from_on > LONGEST:
        raise Malformed("to_date", "too-long")
    if wanted.entry_id is not None:
        require_listed(session, actor, institution_id=where, entry_id=wanted.entry_id)
    found = waitlist.events_at(
        session,
        actor,
        institution_id=where,
        entry_id=wanted.entry_id,
        kinds=[wanted.kind] if wanted.kind else (),
        from_at=clock.midnight(wanted.from_on),
        to_at=clock.midnight(wanted.to_on + timedelta(days=1)),
        before=wanted.before,
        limit=wanted.limit + 1,
    )
    shown = found[: wanted.limit]
    following = shown[-1].id if len(found) > len(shown) else 0
    return JournalPage(tell(session, actor, where, shown), following)


def waitlist_entries(session: Session, wanted: Wanted) -> Sequence[Entry]:
    """What happened on the lists, as lines of the institution's log (`reports.log.SOURCES`)."""
    if not any(subject.value == SUBJECT for subject in wanted.subjects):
        return []
    listed = select(Choice.entry_id).where(Choice.institution_id == wanted.institution_id)
    query = (
        select(WaitlistEvent, WaitlistEntry)
        .join(WaitlistEntry, WaitlistEntry.id == WaitlistEvent.entry_id)
        .where(
            or_(
                WaitlistEvent.institution_id == wanted.institution_id,
                and_(WaitlistEvent.institution_id.is_(None), WaitlistEvent.entry_id.in_(listed)),
            ),
            *([] if wanted.child_id is None else [WaitlistEntry.child_id == wanted.child_id]),
            *within(wanted, SUBJECT, WaitlistEvent.at, WaitlistEvent.id),
            *by(wanted, WaitlistEvent.actor),
        )
    )
    newest = query.order_by(WaitlistEvent.at.desc(), WaitlistEvent.id.desc())
    return [_of_list(*row) for row in session.execute(newest.limit(wanted.limit + 1))]


SUBJECT = "waitlist"


def _why(event: WaitlistEvent) -> str:
    return event.why or str(event.facts.get("reason") or "")


def _of_list(event: WaitlistEvent, entry: WaitlistEntry) -> Entry:
    said, group = event.facts.get("on"), event.facts.get("class_id")
    return Entry(
        at=event.at,
        source=SUBJECT,
        id=event.id,
        actor=event.actor,
        action=f"waitlist.{event.kind}",
        # What colleagues noted about a family is read at its own desk alone.
        why="" if event.kind == Happened.NOTED else _why(event),
        facts=event.facts,
        child_id=entry.child_id,
        class_id=group if isinstance(group, int) else None,
        on=date.fromisoformat(said) if isinstance(said, str) else entry.on,
        subject_id=event.entry_id,
    )
