"""A family's children. Staff see a child in their care, and the family sees that they looked."""

from datetime import date
from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, people, privacy
from childcare.actors import Actor
from childcare.people import Child, ConsentNeeded, TooManyChildren
from childcare.privacy import StillInCare
from webapp.calls import look, look_and_record, write
from webapp.fields import Body, ById, ChildName, Day, Notes, Weeks, Words
from webapp.operations import operation
from webapp.shapes import people as shapes

api = APIBlueprint("children", __name__, url_prefix="/api/v1", abp_tags=[{"name": "children"}])


class NewChild(Body):
    """A name or nickname and the birth date; `weeks_early` for a child born early."""

    name: ChildName = Field(examples=["果果"])
    born_on: Day
    weeks_early: Weeks = 0
    allergies: Words = ""
    care_notes: Notes = ""
    vaccinated_on: Day | None = None
    health_checked_on: Day | None = None


class ChildChange(Body):
    """The facts to change; what is not given stays (the defaults here are never used).

    Relatives may change none.
    """

    name: ChildName = "-"
    born_on: Day = date.min
    weeks_early: Weeks = 0
    allergies: Words = ""
    care_notes: Notes = ""
    vaccinated_on: Day | None = None
    health_checked_on: Day | None = None


@operation(api, "get", "/children", answers=shapes.ChildList)
def list_children() -> Response:
    """The family's children."""
    return look(
        lambda session, actor: {
            "items": [shapes.child(one) for one in people.children_of(session, actor)],
            "next": None,
        }
    )


@operation(
    api,
    "post",
    "/children",
    answers=shapes.ChildShape,
    status=HTTPStatus.CREATED,
    refusals=(ConsentNeeded, TooManyChildren),
)
def add_child(body: NewChild) -> Response:
    """Keep a child's facts; consent comes first."""
    return write(
        lambda session, actor: shapes.child(_added(session, actor, body)),
        status=HTTPStatus.CREATED,
    )


def _added(session: Session, actor: Actor, body: NewChild) -> Child:
    dates = body.model_dump(include={"vaccinated_on", "health_checked_on"}, exclude_none=True)
    facts = body.model_dump(exclude={"vaccinated_on", "health_checked_on"})
    made = people.add_child(session, actor, **facts, now=clock.now(session))
    if dates:
        people.change_child(session, actor, child_id=made.id, **dates)
    return made


@operation(api, "get", "/children/<int:id>", answers=shapes.ChildShape)
def show_child(path: ById) -> Response:
    """One child: the family's own, or one in the care of the staff member's institution.

    A staff member's look is written to the family's access log.
    """
    return look_and_record(
        lambda session, actor: shapes.child(people.child(session, actor, path.id))
    )


@operation(api, "patch", "/children/<int:id>", answers=shapes.ChildShape)
def change_child(path: ById, body: ChildChange) -> Response:
    """Change facts of an own child."""
    facts = body.model_dump(exclude_unset=True)
    return write(
        lambda session, actor: shapes.child(
            people.change_child(session, actor, child_id=path.id, **facts)
        )
    )


@operation(api, "delete", "/children/<int:id>", refusals=(StillInCare,))
def erase_child(path: ById) -> Response:
    """Erase a child's facts for good; refused while the child is booked or enrolled."""
    return write(
        lambda session, actor: privacy.erase_child(
            session, actor, child_id=path.id, now=clock.now(session)
        )
    )
