"""The desk: the day's board, requests, the door."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import bookings, clock, reports
from childcare.actors import Actor, Kind
from childcare.bookings import Press, RequestEnded, TooEarly, TooLate
from childcare.capacity import NoPlace
from childcare.errors import Forbidden, Malformed
from childcare.stays import ChildElsewhere, Stay, WrongState
from webapp.calls import Json, look_and_record, write
from webapp.fields import Body, ById, Day, Params, Reason, TextId
from webapp.operations import operation
from webapp.shapes import bookings as booking_shapes
from webapp.shapes import panel as shapes

api = APIBlueprint("desk", __name__, url_prefix="/api/v1", abp_tags=[{"name": "staff: the desk"}])


class BoardWanted(Params):
    """A day (today unless given) of an institution (needed by staff of several)."""

    date: Day | None = None
    institution_id: TextId | None = Field(None)


class Why(Body):
    """The reason, which the family reads."""

    reason: Reason = Field(examples=["当天已约满"])


class Slip(Body):
    """Which press was a mistake; a later one of somebody else's is so never undone with it."""

    press: Press = Field(examples=["check-out"])


class Door(Protocol):
    """What the desk does at the door."""

    def __call__(self, session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay: ...


UNDO: Mapping[Press, Door] = {
    Press.CHECK_IN: bookings.undo_check_in,
    Press.CHECK_OUT: bookings.undo_check_out,
}


@operation(api, "get", "/panel/today", answers=shapes.Board)
def show_board(query: BoardWanted) -> Response:
    """The day of an institution: stays by class, and places by half hour.

    Every child shown is written to its family's access log.
    """
    return look_and_record(lambda session, actor: _board(session, actor, query))


def _board(session: Session, actor: Actor, query: BoardWanted) -> shapes.Board:
    on = query.date or clock.today(clock.now(session))
    institution_id = query.institution_id or only_institution(actor)
    classes = reports.day_board(session, actor, institution_id=institution_id, on=on)
    return shapes.board(institution_id, on.isoformat(), classes)


def only_institution(actor: Actor) -> int:
    """Where a staff member works. Raises `Malformed` for staff of several, `Forbidden` for none."""
    if actor.kind is not Kind.STAFF or not actor.roles:
        raise Forbidden
    if len(actor.roles) > 1:
        raise Malformed("institution_id", "required")
    return next(iter(actor.roles))


@operation(
    api,
    "post",
    "/bookings/<int:id>/approve",
    answers=booking_shapes.BookingShape,
    refusals=(RequestEnded, WrongState),
)
def approve_booking(path: ById) -> Response:
    """Accept a first visit."""
    return write(
        lambda session, actor: booking_shapes.booking(
            bookings.approve(session, actor, booking_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/reject",
    answers=booking_shapes.BookingShape,
    refusals=(RequestEnded, WrongState),
)
def reject_booking(path: ById, body: Why) -> Response:
    """Decline a first visit, with a reason."""
    return write(
        lambda session, actor: booking_shapes.booking(
            bookings.reject(
                session, actor, booking_id=path.id, reason=body.reason, now=clock.now(session)
            )
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/cancel-by-institution",
    answers=booking_shapes.BookingShape,
    refusals=(WrongState,),
)
def cancel_by_institution(path: ById, body: Why) -> Response:
    """Cancel a family's booking, by a director: the family pays nothing."""
    return write(
        lambda session, actor: booking_shapes.booking(
            bookings.cancel_by_institution(
                session, actor, booking_id=path.id, reason=body.reason, now=clock.now(session)
            )
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/reinstate-fee",
    answers=booking_shapes.BookingShape,
    refusals=(TooLate, WrongState),
)
def reinstate_fee(path: ById, body: Why) -> Response:
    """Ask a fee after all that was waived for illness, by a director within 7 days."""
    return write(
        lambda session, actor: booking_shapes.booking(
            bookings.reinstate_fee(
                session, actor, booking_id=path.id, reason=body.reason, now=clock.now(session)
            )
        )
    )


def _at_the_door(stay_id: int, does: Door) -> Callable[[Session, Actor], Json]:
    return lambda session, actor: shapes.stay(
        does(session, actor, stay_id=stay_id, now=clock.now(session))
    )


@operation(
    api,
    "post",
    "/stays/<int:id>/check-in",
    answers=shapes.StayShape,
    refusals=(TooEarly, TooLate, WrongState, NoPlace, ChildElsewhere),
)
def check_in(path: ById) -> Response:
    """A child has come; after a no-show or an absence only where there is room."""
    return write(_at_the_door(path.id, bookings.check_in))


@operation(
    api,
    "post",
    "/stays/<int:id>/check-out",
    answers=shapes.StayShape,
    refusals=(WrongState,),
)
def check_out(path: ById) -> Response:
    """A child has left; what was left of its time is free."""
    return write(_at_the_door(path.id, bookings.check_out))


@operation(
    api,
    "post",
    "/stays/<int:id>/no-show",
    answers=shapes.StayShape,
    refusals=(TooEarly, WrongState),
)
def mark_no_show(path: ById) -> Response:
    """A booked child did not come, 30 minutes after the start or later."""
    return write(_at_the_door(path.id, bookings.no_show))


@operation(
    api,
    "post",
    "/stays/<int:id>/undo",
    answers=shapes.StayShape,
    refusals=(TooLate, WrongState, NoPlace, ChildElsewhere),
)
def undo_press(path: ById, body: Slip) -> Response:
    """Take a mistaken check-in or check-out back, within ten minutes.

    After a check-out the places it freed are taken anew, if they are free still.
    """
    return write(_at_the_door(path.id, UNDO[body.press]))
