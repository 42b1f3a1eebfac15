"""What a director changes: carers, closures, openings."""

from datetime import timedelta
from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, planning
from childcare.actors import Actor
from childcare.errors import Malformed
from childcare.planning import OpenedByDate
from childcare.schedule import Closure, Shift
from webapp.calls import write
from webapp.fields import Body, ById, Day, Id, Line, Reason, Time
from webapp.operations import operation
from webapp.shapes import panel as shapes

api = APIBlueprint(
    "planning", __name__, url_prefix="/api/v1", abp_tags=[{"name": "staff: planning"}]
)
LONGEST_CLOSURE = timedelta(days=366)
CARERS = 20


class ShiftWanted(Body):
    """One carer's hours; a carer counts in the half hours wholly covered."""

    carer: Line = Field(examples=["李老师"])
    start: Time
    end: Time


class ShiftsWanted(Body):
    """All carers of one class on one date, in place of the weekly pattern; none means nobody."""

    class_id: Id
    date: Day
    shifts: list[ShiftWanted] = Field(max_length=CARERS)

    def parsed(self) -> list[Shift]:
        """Raises `Malformed` for a shift that ends before it starts."""
        wrong = next((n for n, one in enumerate(self.shifts) if one.end <= one.start), None)
        if wrong is not None:
            raise Malformed(f"shifts.{wrong}.end", "not-after-start")
        return [Shift(one.carer, one.start, one.end) for one in self.shifts]


class NewClosure(Body):
    """Whole days, both ends included; without `class_id` the whole institution."""

    institution_id: Id
    class_id: Id | None = None
    from_date: Day
    to_date: Day
    reason: Reason = Field(examples=["停水"])


class NewOpening(Body):
    """A date on which the institution is open, whatever holiday or closure says."""

    institution_id: Id
    date: Day
    start: Time
    end: Time
    reason: Reason = Field(examples=["春节值守"])


@operation(api, "put", "/panel/shifts", answers=shapes.ShiftsChanged)
def change_shifts(body: ShiftsWanted) -> Response:
    """Set the carers of a class on a date; who is over capacity then is shown, never moved."""
    shifts = body.parsed()
    return write(
        lambda session, actor: {
            "class_id": body.class_id,
            "date": body.date.isoformat(),
            "slots": shapes.slots(
                planning.change_shifts(
                    session,
                    actor,
                    class_id=body.class_id,
                    on=body.date,
                    shifts=shifts,
                    now=clock.now(session),
                )
            ),
        }
    )


@operation(
    api,
    "post",
    "/panel/closures",
    answers=shapes.ClosureShape,
    status=HTTPStatus.CREATED,
    refusals=(OpenedByDate,),
)
def close_days(body: NewClosure) -> Response:
    """Close: bookings are cancelled free of charge, enrolled children released, all are told."""
    if body.to_date > body.from_date + LONGEST_CLOSURE:
        raise Malformed("to_date", "too-long")
    return write(
        lambda session, actor: shapes.closure(_closed(session, actor, body)),
        status=HTTPStatus.CREATED,
    )


def _closed(session: Session, actor: Actor, body: NewClosure) -> Closure:
    return planning.close(
        session,
        actor,
        institution_id=body.institution_id,
        class_id=body.class_id,
        from_on=body.from_date,
        to_on=body.to_date,
        reason=body.reason,
        now=clock.now(session),
    )


@operation(api, "delete", "/panel/closures/<int:id>", answers=shapes.ClosureShape)
def lift_closure(path: ById) -> Response:
    """End a closure: its days still ahead are opened again."""
    return write(
        lambda session, actor: shapes.closure(
            planning.lift(session, actor, closure_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "post",
    "/panel/openings",
    answers=shapes.OpeningShape,
    status=HTTPStatus.CREATED,
)
def open_day(body: NewOpening) -> Response:
    """Open a date by decision."""
    return write(
        lambda session, actor: shapes.opening(
            planning.open_on(
                session,
                actor,
                institution_id=body.institution_id,
                on=body.date,
                opens=body.start,
                closes=body.end,
                reason=body.reason,
                now=clock.now(session),
            )
        ),
        status=HTTPStatus.CREATED,
    )
