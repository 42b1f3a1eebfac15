"""What an institution offers to those who wait, and the order that it publishes."""

from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.actors import DESK, Actor, Kind
from childcare.capacity import DayNotOpened, NoPlace
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.waitlist import CRITERIA, MOST_POINTS, Criterion, PassedOver
from webapp.api.panel_waitlist import desk_of
from webapp.calls import look, write
from webapp.fields import Body, Day, Id, Params, Reason, TextId, Whole, Words
from webapp.operations import operation
from webapp.shapes import waitlist as shapes

api = APIBlueprint(
    "panel offers", __name__, url_prefix="/api/v1", abp_tags=[{"name": "staff: the waitlist"}]
)


class Where(Params):
    """The institution; needed by staff of several."""

    institution_id: TextId | None = None


class NewOffer(Body):
    """To whom. Out of order only by a director, whose `reason` everyone passed over reads.

    `class_id` is needed where the entry waits for several classes there.
    """

    entry_id: Id
    class_id: Id | None = None
    reason: Words = ""


class NextInOrder(Body):
    """A class and its day; without `date` what is free for enrolments."""

    class_id: Id
    date: Day | None = None


class PriorityWanted(Body):
    """A line of the order: the points of the highest one that applies count."""

    criterion: Criterion = Field(examples=["sibling-enrolled"])
    points: Whole = Field(ge=1, le=MOST_POINTS, examples=[50])


class NewOrder(Body):
    """The next version; `institution-cancelled` comes first by itself and is not listed."""

    lines: list[PriorityWanted] = Field(max_length=len(CRITERIA))
    reason: Reason = Field(examples=["弟弟妹妹优先"])
    institution_id: Id | None = None


@operation(api, "get", "/panel/offers", answers=shapes.OfferList)
def list_live_offers(query: Where) -> Response:
    """The institution's open offers, the first deadline first."""
    return look(lambda session, actor: _open(session, actor, query))


def _open(session: Session, actor: Actor, query: Where) -> shapes.OfferList:
    where, now = desk_of(actor, query.institution_id), clock.now(session)
    found = waitlist.open_offers_at(session, actor, institution_id=where, now=now)
    return shapes.offers(session, found)


@operation(
    api,
    "post",
    "/panel/offers",
    answers=shapes.OfferShape,
    status=HTTPStatus.CREATED,
    refusals=(PassedOver, NoPlace, DayNotOpened),
)
def offer_place(body: NewOffer) -> Response:
    """Offer a free place to one family: the first in line, or another by a director's reason."""
    return write(
        lambda session, actor: _offered(session, actor, body),
        status=HTTPStatus.CREATED,
    )


def _offered(session: Session, actor: Actor, body: NewOffer) -> shapes.OfferShape:
    class_id = body.class_id or _only_class(session, actor, body.entry_id)
    made = waitlist.offer_to(
        session,
        actor,
        entry_id=body.entry_id,
        class_id=class_id,
        reason=body.reason,
        now=clock.now(session),
    )
    return shapes.offer(session, made)


def _only_class(session: Session, actor: Actor, entry_id: int) -> int:
    """The class in which an entry stands best where the actor serves the desk.

    Raises `Malformed` where that is at several institutions, `NotFound`, `Forbidden`.
    """
    if actor.kind is not Kind.STAFF:
        raise Forbidden
    found = waitlist.entry(session, actor, entry_id)
    here = [
        standing.class_id
        for standing in waitlist.standings(session, found, now=clock.now(session))
        if standing.class_id is not None and actor.may(standing.institution_id, *DESK)
    ]
    if not here:
        raise NotFound
    if len(here) > 1:
        raise Malformed("class_id", "required")
    return here[0]


@operation(
    api,
    "post",
    "/panel/offers/next",
    answers=shapes.OfferList,
    status=HTTPStatus.CREATED,
    refusals=(DayNotOpened,),
)
def offer_to_next(body: NextInOrder) -> Response:
    """Offer what is free to whoever is next; nobody, where nobody's wish fits."""
    return write(
        lambda session, actor: shapes.offers(
            session,
            waitlist.offer_next(
                session,
                actor,
                class_id=body.class_id,
                on=body.date,
                now=clock.now(session),
            ),
        ),
        status=HTTPStatus.CREATED,
    )


@operation(api, "get", "/panel/priorities", answers=shapes.PriorityTableList)
def list_priorities(query: Where) -> Response:
    """The institution's published order, every version, the newest first."""
    return look(
        lambda session, actor: shapes.priority_tables(
            session, desk_of(actor, query.institution_id), clock.now(session)
        )
    )


@operation(
    api,
    "post",
    "/panel/priorities",
    answers=shapes.PriorityTableShape,
    status=HTTPStatus.CREATED,
)
def publish_priorities(body: NewOrder) -> Response:
    """Publish the next version, by a director; in force after seven days, the first at once."""
    return write(
        lambda session, actor: _published(session, actor, body),
        status=HTTPStatus.CREATED,
    )


def _published(session: Session, actor: Actor, body: NewOrder) -> shapes.PriorityTableShape:
    where, now = desk_of(actor, body.institution_id), clock.now(session)
    made = waitlist.publish(
        session,
        actor,
        institution_id=where,
        lines=[(line.criterion, line.points) for line in body.lines],
        reason=body.reason,
        now=now,
    )
    return shapes.priority_table(made, waitlist.table_in_force(session, where, now))
