"""Absences of enrolled children, and enrolments."""

from datetime import date
from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field

from childcare import clock, enrolments, waitlist
from childcare.capacity import NoPlace
from childcare.enrolments import NotEnrolled
from childcare.institutions import CareForm, DayPart, NoClassForAge, NotOffered
from childcare.stays import ChildElsewhere
from childcare.waitlist import Ask, Place
from webapp.api.waitlist import JOIN_REFUSALS, joined
from webapp.calls import look, write
from webapp.fields import Body, ById, Day, Id, Time, Weekdays, Words
from webapp.operations import operation
from webapp.shapes import care as shapes
from webapp.shapes import waitlist as waitlist_shapes

api = APIBlueprint("care", __name__, url_prefix="/api/v1", abp_tags=[{"name": "long-term care"}])


class NewAbsence(Body):
    """Days from … to (both included), or `start`-`end` of each of them."""

    child_id: Id
    from_date: Day
    to_date: Day
    start: Time | None = None
    end: Time | None = None
    reason: Words = ""


class NewEnrolment(Body):
    """Long-term care on weekdays (Monday 1) from a date on."""

    child_id: Id
    institution_id: Id
    care_form: CareForm = Field(examples=["full_day"])
    weekdays: Weekdays = Field(examples=[[1, 2, 3, 4, 5]])
    day_part: DayPart = Field(examples=["full"])
    from_date: Day
    # Needed where others wait for a long-term place in that class; they read it.
    reason: Words = ""

    def place(self) -> Place:
        return Place(
            institution_id=self.institution_id,
            form=self.care_form,
            weekdays=tuple(self.weekdays),
            day_part=self.day_part,
            from_on=self.from_date,
        )


class NewApplication(Body):
    """Long-term care on weekdays (Monday 1) from a month on, given by its first day."""

    child_id: Id
    institution_id: Id
    care_form: CareForm = Field(examples=["full_day"])
    weekdays: Weekdays = Field(examples=[[1, 2, 3, 4, 5]])
    day_part: DayPart = Field(DayPart.FULL, examples=["full"])
    from_month: Day = Field(examples=["2027-01-01"])

    def ask(self) -> Ask:
        return Ask(
            child_ids=(self.child_id,),
            institution_ids=(self.institution_id,),
            form=self.care_form,
            day_part=self.day_part,
            from_month=self.from_month,
            weekdays=tuple(self.weekdays),
        )


class EnrolmentEnd(Body):
    """The last day."""

    on: Day


@operation(
    api,
    "post",
    "/absences",
    answers=shapes.AbsenceShape,
    status=HTTPStatus.CREATED,
    refusals=(NotEnrolled,),
)
def declare_absence(body: NewAbsence) -> Response:
    """Say that an enrolled child stays away; the places are free for others at once."""
    return write(
        lambda session, actor: shapes.absence(
            enrolments.declare_absence(
                session,
                actor,
                child_id=body.child_id,
                from_on=body.from_date,
                to_on=body.to_date,
                start=body.start,
                end=body.end,
                reason=body.reason,
                now=clock.now(session),
            )
        ),
        status=HTTPStatus.CREATED,
    )


@operation(api, "get", "/absences", answers=shapes.AbsenceList)
def list_absences() -> Response:
    """The family's absences that reach today or later."""
    return look(
        lambda session, actor: {
            "items": [
                shapes.absence(one)
                for one in enrolments.absences_of(
                    session, actor, from_on=clock.today(clock.now(session))
                )
            ],
            "next": None,
        }
    )


@operation(
    api,
    "delete",
    "/absences/<int:id>",
    answers=shapes.AbsenceShape,
    refusals=(NoPlace, ChildElsewhere),
)
def take_back_absence(path: ById) -> Response:
    """The child comes after all: the places are taken anew, or nothing changes."""
    return write(
        lambda session, actor: shapes.absence(
            enrolments.take_back(session, actor, absence_id=path.id, now=clock.now(session))
        )
    )


@operation(api, "get", "/enrolments", answers=shapes.EnrolmentList)
def list_enrolments() -> Response:
    """The family's enrolments."""
    return look(
        lambda session, actor: {
            "items": [
                shapes.enrolment(session, one) for one in enrolments.enrolments_of(session, actor)
            ],
            "next": None,
        }
    )


@operation(
    api,
    "post",
    "/enrolments",
    answers=waitlist_shapes.JoinedShape,
    status=HTTPStatus.CREATED,
    refusals=JOIN_REFUSALS,
)
def apply_for_enrolment(body: NewApplication) -> Response:
    """Ask for a long-term place: there is one queue, so this is a waitlist entry.

    Where there is room it is offered at once; accepting the offer enrols.
    """
    ask = body.ask()
    return write(
        lambda session, actor: joined(session, actor, ask),
        status=HTTPStatus.CREATED,
    )


@operation(
    api,
    "post",
    "/panel/enrolments",
    answers=shapes.EnrolmentShape,
    status=HTTPStatus.CREATED,
    refusals=(NoPlace, ChildElsewhere, NotOffered, NoClassForAge),
)
def enrol(body: NewEnrolment) -> Response:
    """Enrol a child that the institution knows, by a director; past others who wait by a reason."""
    return write(
        lambda session, actor: shapes.enrolment(
            session,
            waitlist.enrol(
                session,
                actor,
                child_id=body.child_id,
                place=body.place(),
                reason=body.reason,
                now=clock.now(session),
            ),
        ),
        status=HTTPStatus.CREATED,
    )


@operation(api, "post", "/enrolments/<int:id>/end", answers=shapes.EnrolmentShape)
def end_enrolment(path: ById, body: EnrolmentEnd) -> Response:
    """Set the last day, by a guardian or a director; later places are freed."""
    last_on: date = body.on
    return write(
        lambda session, actor: shapes.enrolment(
            session,
            enrolments.end(
                session, actor, enrolment_id=path.id, on=last_on, now=clock.now(session)
            ),
        )
    )
