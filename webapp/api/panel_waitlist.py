"""The waitlist desk: the lists in their order and why, notes, proofs, removal, the log.

An institution that is not the staff member's own looks absent.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.actors import DESK, Actor
from childcare.errors import Malformed, NotFound
from childcare.reports import Who
from childcare.reports.who import names_of
from childcare.waitlist import (
    Criterion,
    Happened,
    Line,
    WaitlistEvent,
)
from webapp import paging
from webapp.api.desk import only_institution
from webapp.calls import look, look_and_record, write
from webapp.fields import (
    Body,
    ById,
    Day,
    Id,
    Params,
    Reason,
    TextId,
    TextWhole,
    Time,
    Words,
)
from webapp.operations import operation
from webapp.shapes import panel_waitlist as shapes

api = APIBlueprint(
    "panel waitlist", __name__, url_prefix="/api/v1", abp_tags=[{"name": "staff: the waitlist"}]
)


class ListWanted(Params):
    """A class; a `date` that is asked for; a page."""

    institution_id: TextId | None = None
    class_id: TextId | None = None
    date: Day | None = None
    limit: TextWhole = Field(100, ge=1, le=100)
    cursor: str = Field("", max_length=200)


class PlaceThatFrees(Params):
    """Half hours of a class's day that might come free."""

    class_id: TextId
    date: Day
    start: Time
    end: Time

    def slots(self) -> range:
        """Raises `Malformed`."""
        for field in ("start", "end"):
            if getattr(self, field) % 30:
                raise Malformed(field, "not-half-hour")
        if self.end <= self.start:
            raise Malformed("end", "not-after-start")
        return range(self.start // 30, self.end // 30)


class LogWanted(Params):
    """One entry's lines, one kind, days from … to (both included); a page, newest first."""

    institution_id: TextId | None = None
    entry_id: TextId | None = None
    kind: Happened | None = None
    from_date: Day | None = Field(None, alias="from")
    to_date: Day | None = Field(None, alias="to")
    limit: TextWhole = Field(50, ge=1, le=100)
    cursor: str = Field("", max_length=200)


class NewNote(Body):
    """What the desk wants to remember of an entry; the family does not see it."""

    text: Reason = Field(examples=["周三下午打过电话"])
    institution_id: Id | None = None


class Removal(Body):
    """Why, in words that the family reads."""

    reason: Reason = Field(examples=["已搬到外区"])
    institution_id: Id | None = None


class NewProof(Body):
    """What a family showed, and on which paper."""

    criterion: Criterion = Field(examples=["resident-of-street"])
    note: Words = Field("", examples=["居住证"])
    institution_id: Id | None = None


class ProofEnded(Body):
    """What is no longer true of the family."""

    criterion: Criterion = Field(examples=["resident-of-street"])
    institution_id: Id | None = None


def desk_of(actor: Actor, institution_id: int | None) -> int:
    """Where a staff member serves the desk. Raises `NotFound`, `Forbidden`, `Malformed`."""
    where = institution_id or only_institution(actor)
    if where not in actor.roles:
        raise NotFound
    actor.require(where, *DESK)
    return where


@operation(api, "get", "/panel/waitlist", answers=shapes.WaitingPage)
def show_waitlist(query: ListWanted) -> Response:
    """Who waits, by class, day and order, with the reason for each rank.

    Every child on the list is written to its family's access log.
    """
    return look_and_record(lambda session, actor: _list(session, actor, query))


def _list(session: Session, actor: Actor, query: ListWanted) -> shapes.WaitingPage:
    where = desk_of(actor, query.institution_id)
    found = waitlist.lines(
        session,
        actor,
        institution_id=where,
        now=clock.now(session),
        class_id=query.class_id,
        on=query.date,
    )
    # The order has no key of its own to go on from: a cursor counts the lines already seen.
    seen = paging.after(query.cursor)
    page = found[seen : seen + query.limit]
    further = paging.cursor(seen + query.limit) if len(found) > seen + query.limit else None
    return {"items": _drawn(session, where, page), "next": further}


def _drawn(session: Session, where: int, found: Sequence[Line]) -> list[shapes.WaitingShape]:
    shown = waitlist.proofs_of(session, where, {line.wish.family_id for line in found})
    names = _names(session, [note for line in found for note in line.notes])
    return [
        shapes.waiting(session, line, shown.get(line.wish.family_id, ()), names) for line in found
    ]


def _names(session: Session, found: Sequence[WaitlistEvent]) -> Mapping[str, Who]:
    return names_of(session, [event.actor for event in found], family_ids=())


@operation(api, "get", "/panel/waitlist/if-free", answers=shapes.TurnList)
def show_who_is_next(query: PlaceThatFrees) -> Response:
    """Who would be offered a place that comes free, and why not those before them."""
    slots = query.slots()
    return look_and_record(lambda session, actor: _turns(session, actor, query, slots))


def _turns(session: Session, actor: Actor, query: PlaceThatFrees, slots: range) -> shapes.TurnList:
    now = clock.now(session)
    turns = waitlist.if_free(
        session, actor, class_id=query.class_id, on=query.date, slots=slots, now=now
    )
    if not turns:
        return {"items": [], "next": None}
    where = turns[0].wish.institution_id
    found = waitlist.lines(
        session, actor, institution_id=where, class_id=query.class_id, on=query.date, now=now
    )
    wishes = [line.wish.id for line in found]
    lines = dict(zip(wishes, _drawn(session, where, found), strict=True))
    return {"items": [shapes.turn(one, lines[one.wish.id]) for one in turns], "next": None}


@operation(api, "get", "/panel/waitlist/log", answers=shapes.ListEventPage)
def show_waitlist_log(query: LogWanted) -> Response:
    """What happened on the lists: who, what, when, why."""
    return look(lambda session, actor: _log(session, actor, query))


def _log(session: Session, actor: Actor, query: LogWanted) -> shapes.ListEventPage:
    day_after = query.to_date + timedelta(days=1) if query.to_date else None
    found = waitlist.events_at(
        session,
        actor,
        institution_id=desk_of(actor, query.institution_id),
        entry_id=query.entry_id,
        kinds=[query.kind] if query.kind else (),
        from_at=clock.midnight(query.from_date) if query.from_date else None,
        to_at=clock.midnight(day_after) if day_after else None,
        before=paging.after(query.cursor),
        limit=query.limit + 1,
    )
    names = _names(session, found)
    return {
        "items": [shapes.event(one, names) for one in found[: query.limit]],
        "next": paging.following([one.id for one in found], query.limit),
    }


@operation(api, "post", "/panel/waitlist-entries/<int:id>/notes")
def note_waitlist_entry(path: ById, body: NewNote) -> Response:
    """Keep a note about an entry among the institution's staff."""
    return write(
        lambda session, actor: waitlist.note(
            session,
            actor,
            institution_id=desk_of(actor, body.institution_id),
            entry_id=path.id,
            text=body.text,
            now=clock.now(session),
        )
    )


@operation(api, "post", "/panel/waitlist-entries/<int:id>/remove")
def remove_waitlist_entry(path: ById, body: Removal) -> Response:
    """Take an entry off the institution's list; it waits on elsewhere. The family reads why."""
    return write(lambda session, actor: _removed(session, actor, path.id, body))


def _removed(session: Session, actor: Actor, entry_id: int, body: Removal) -> None:
    waitlist.remove(
        session,
        actor,
        institution_id=desk_of(actor, body.institution_id),
        entry_id=entry_id,
        reason=body.reason,
        now=clock.now(session),
    )


@operation(api, "post", "/panel/waitlist-entries/<int:id>/proofs", answers=shapes.ProofShape)
def prove_criterion(path: ById, body: NewProof) -> Response:
    """The family of an entry showed the desk that it meets a criterion."""
    return write(lambda session, actor: _proved(session, actor, path.id, body))


def _proved(session: Session, actor: Actor, entry_id: int, body: NewProof) -> shapes.ProofShape:
    where = desk_of(actor, body.institution_id)
    made = waitlist.prove(
        session,
        actor,
        institution_id=where,
        family_id=waitlist.entry(session, actor, entry_id).family_id,
        criterion=body.criterion,
        note=body.note,
        now=clock.now(session),
    )
    return shapes.proof(made)


@operation(api, "post", "/panel/waitlist-entries/<int:id>/proofs/withdraw")
def withdraw_proof(path: ById, body: ProofEnded) -> Response:
    """What a family showed is no longer true."""
    return write(lambda session, actor: _unproved(session, actor, path.id, body))


def _unproved(session: Session, actor: Actor, entry_id: int, body: ProofEnded) -> None:
    waitlist.unprove(
        session,
        actor,
        institution_id=desk_of(actor, body.institution_id),
        family_id=waitlist.entry(session, actor, entry_id).family_id,
        criterion=body.criterion,
        now=clock.now(session),
    )
