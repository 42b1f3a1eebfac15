"""Bookings by the family: hold → confirm → move or cancel."""

from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import bookings, clock
from childcare.actors import Actor
from childcare.bookings import (
    ILLNESS,
    ApprovalTooLate,
    BookingChanged,
    FeeChanged,
    HoldExpired,
    Move,
    MoveQuote,
    NeedsMainStay,
    PriceChanged,
    TooFarAhead,
    TooLate,
    TooManyHolds,
    Wish,
)
from childcare.capacity import DayNotOpened, NoPlace
from childcare.institutions import CareForm, DayPart, NoClassForAge, NotOffered
from childcare.stays import ChildElsewhere, State, WrongState
from webapp import paging
from webapp.calls import look, write
from webapp.fields import Body, ById, Day, Fen, Id, Params, Reason, TextWhole, Time, Words
from webapp.operations import operation
from webapp.shapes import bookings as shapes

api = APIBlueprint("bookings", __name__, url_prefix="/api/v1", abp_tags=[{"name": "bookings"}])
WISH_REFUSALS = (
    NotOffered,
    TooLate,
    TooFarAhead,
    NoClassForAge,
    DayNotOpened,
    NeedsMainStay,
    ChildElsewhere,
    NoPlace,
)


class NewBooking(Body):
    """A span (`start`, `end` on half hours) or a day part of one date, for one child."""

    child_id: Id
    institution_id: Id
    care_form: CareForm = Field(examples=["hourly"])
    date: Day
    start: Time | None = None
    end: Time | None = None
    day_part: DayPart | None = Field(None, examples=[None])

    def wish(self) -> Wish:
        return Wish(
            child_id=self.child_id,
            institution_id=self.institution_id,
            form=self.care_form,
            on=self.date,
            start=self.start,
            end=self.end,
            day_part=self.day_part,
        )


class Cancel(Body):
    """`illness` waives the fee three times a quarter; `fee_fen` is the fee that was shown."""

    reason: Words = Field("", examples=["illness"])
    fee_fen: Fen = Field(examples=[0])


class Reschedule(Body):
    """The new span or day part; `version` is the booking's as last seen.

    With `price_fen` and `fee_fen` (both, as quoted) a changed price or fee is refused.
    """

    version: Id
    date: Day
    start: Time | None = None
    end: Time | None = None
    day_part: DayPart | None = Field(None, examples=[None])
    price_fen: Fen | None = None
    fee_fen: Fen | None = None

    def move(self) -> Move:
        return Move(on=self.date, start=self.start, end=self.end, day_part=self.day_part)

    def shown(self) -> MoveQuote | None:
        if self.price_fen is None or self.fee_fen is None:
            return None
        return MoveQuote(price_fen=self.price_fen, fee_fen=self.fee_fen)


class MoveWanted(Params):
    """A span or day part to move to."""

    date: Day
    start: Time | None = None
    end: Time | None = None
    day_part: DayPart | None = None

    def move(self) -> Move:
        return Move(on=self.date, start=self.start, end=self.end, day_part=self.day_part)


class Objection(Body):
    """Why the no-show is wrong, in the family's words."""

    text: Reason


class BookingsWanted(Params):
    """Bookings of one state, of days from … to (both included)."""

    state: State | None = None
    from_date: Day | None = Field(None, alias="from")
    to_date: Day | None = Field(None, alias="to")
    limit: TextWhole = Field(20, ge=1, le=100)
    cursor: str = Field("", max_length=200)


@operation(
    api,
    "post",
    "/bookings",
    answers=shapes.BookingShape,
    status=HTTPStatus.CREATED,
    refusals=(*WISH_REFUSALS, TooManyHolds),
)
def hold_booking(body: NewBooking) -> Response:
    """Hold a place for ten minutes; confirm it, or release it without a fee."""
    wish = body.wish()
    return write(
        lambda session, actor: shapes.booking(
            bookings.hold(session, actor, wish=wish, now=clock.now(session))
        ),
        status=HTTPStatus.CREATED,
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/confirm",
    answers=shapes.BookingShape,
    refusals=(HoldExpired, WrongState, ApprovalTooLate),
)
def confirm_booking(path: ById) -> Response:
    """Make a held booking firm, or a request where a first visit needs approval."""
    return write(
        lambda session, actor: shapes.booking(
            bookings.confirm(session, actor, booking_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/release",
    answers=shapes.BookingShape,
    refusals=(WrongState,),
)
def release_booking(path: ById) -> Response:
    """Give a held place back, free of charge."""
    return write(
        lambda session, actor: shapes.booking(
            bookings.release(session, actor, booking_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/cancel",
    answers=shapes.BookingShape,
    refusals=(FeeChanged, WrongState),
)
def cancel_booking(path: ById, body: Cancel) -> Response:
    """Cancel for the fee that was shown; withdrawing a request is free."""
    return write(
        lambda session, actor: shapes.booking(
            bookings.cancel(
                session,
                actor,
                booking_id=path.id,
                reason=body.reason,
                fee_fen=body.fee_fen,
                now=clock.now(session),
            )
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/reschedule",
    answers=shapes.BookingShape,
    refusals=(*WISH_REFUSALS, BookingChanged, PriceChanged, FeeChanged, WrongState),
)
def reschedule_booking(path: ById, body: Reschedule) -> Response:
    """Move an expected booking to another span or day; the same move again answers the same."""
    return write(
        lambda session, actor: shapes.booking(
            bookings.reschedule(
                session,
                actor,
                booking_id=path.id,
                version=body.version,
                move=body.move(),
                shown=body.shown(),
                now=clock.now(session),
            )
        )
    )


@operation(
    api,
    "get",
    "/bookings/<int:id>/move-quote",
    answers=shapes.MoveQuoteShape,
    refusals=(*WISH_REFUSALS, WrongState),
)
def quote_move(path: ById, query: MoveWanted) -> Response:
    """What moving would cost now; changes nothing and says nothing of places."""
    return look(
        lambda session, actor: shapes.quote(
            bookings.quote_move(
                session, actor, booking_id=path.id, move=query.move(), now=clock.now(session)
            )
        )
    )


@operation(
    api,
    "post",
    "/bookings/<int:id>/objection",
    answers=shapes.BookingShape,
    refusals=(TooLate, WrongState),
)
def object_to_no_show(path: ById, body: Objection) -> Response:
    """Object to a no-show within 48 hours."""
    return write(
        lambda session, actor: shapes.booking(
            bookings.object_to_no_show(
                session, actor, booking_id=path.id, text=body.text, now=clock.now(session)
            )
        )
    )


@operation(api, "get", "/bookings", answers=shapes.BookingPage)
def list_bookings(query: BookingsWanted) -> Response:
    """The family's bookings, oldest first."""
    return look(lambda session, actor: _page(session, actor, query))


def _page(session: Session, actor: Actor, query: BookingsWanted) -> shapes.BookingPage:
    found = bookings.bookings_of(
        session,
        actor,
        states=[query.state] if query.state else (),
        from_on=query.from_date,
        to_on=query.to_date,
        after=paging.after(query.cursor),
        limit=query.limit + 1,
    )
    return {
        "items": [shapes.booking(one) for one in found[: query.limit]],
        "next": paging.following([one.id for one in found], query.limit),
    }


@operation(api, "get", "/bookings/<int:id>", answers=shapes.BookingDetail)
def show_booking(path: ById) -> Response:
    """One booking, with where it is and what cancelling would cost now."""
    return look(lambda session, actor: _detail(session, actor, path.id))


def _detail(session: Session, actor: Actor, booking_id: int) -> shapes.BookingDetail:
    found = bookings.booking(session, actor, booking_id)
    now = clock.now(session)
    fee = bookings.fee_now(session, found, now=now)
    ill = bookings.fee_now(session, found, now=now, reason=ILLNESS)
    return shapes.detail(session, found, fee, ill)
