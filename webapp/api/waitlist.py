"""Waiting for a place: joining lists, where one stands, answering offers."""

from http import HTTPStatus

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, institutions, waitlist
from childcare.actors import Actor
from childcare.bookings import TooFarAhead, TooLate
from childcare.institutions import CareForm, DayPart, NoClassForAge, NotOffered
from childcare.people import CHILDREN_PER_FAMILY
from childcare.stays import ChildElsewhere, WrongState
from childcare.waitlist import (
    MOST_INSTITUTIONS,
    Ask,
    EntryState,
    OfferEnded,
    Siblings,
    TooManyEntries,
)
from webapp import paging
from webapp.calls import look, look_openly, write
from webapp.fields import Body, ById, Day, Id, Params, TextWhole, Time, Weekday
from webapp.operations import Who, operation
from webapp.shapes import waitlist as shapes

api = APIBlueprint("waitlist", __name__, url_prefix="/api/v1", abp_tags=[{"name": "waitlist"}])
JOIN_REFUSALS = (NotOffered, NoClassForAge, TooLate, TooFarAhead, TooManyEntries)
ENTRIES_A_PAGE = 20  # each is shown with its standings and log


class NewEntry(Body):
    """A stay on a `date` (a span or a day part), or an enrolment from a month on.

    `institution_ids` are in order of preference. With `sibling_ids` each child gets an entry:
    `all` come together or none does, `any` waits for itself.
    """

    child_id: Id
    sibling_ids: list[Id] = Field(default=[], max_length=CHILDREN_PER_FAMILY, examples=[[]])
    together: Siblings = Siblings.ANY
    institution_ids: list[Id] = Field(min_length=1, max_length=MOST_INSTITUTIONS, examples=[[7]])
    care_form: CareForm = Field(examples=["hourly"])
    date: Day | None = None
    start: Time | None = None
    end: Time | None = None
    day_part: DayPart | None = Field(None, examples=[None])
    from_month: Day | None = Field(None, examples=[None])
    weekdays: list[Weekday] = Field(default=[], max_length=7, examples=[[]])

    def ask(self) -> Ask:
        return Ask(
            child_ids=(self.child_id, *self.sibling_ids),
            institution_ids=tuple(self.institution_ids),
            form=self.care_form,
            on=self.date,
            start=self.start,
            end=self.end,
            day_part=self.day_part,
            from_month=self.from_month,
            weekdays=tuple(self.weekdays),
            together=self.together,
        )


class EntriesWanted(Params):
    """A state; a page of entries, oldest first."""

    state: EntryState | None = None
    limit: TextWhole = Field(ENTRIES_A_PAGE, ge=1, le=ENTRIES_A_PAGE)
    cursor: str = Field("", max_length=200)


@operation(
    api,
    "post",
    "/waitlist-entries",
    answers=shapes.JoinedShape,
    status=HTTPStatus.CREATED,
    refusals=JOIN_REFUSALS,
)
def join_waitlist(body: NewEntry) -> Response:
    """Wait for a place; what is free at once is offered at once.

    Asking again for the same adds the institutions that are new and answers the same entry.
    """
    ask = body.ask()
    return write(
        lambda session, actor: joined(session, actor, ask),
        status=HTTPStatus.CREATED,
    )


def joined(session: Session, actor: Actor, ask: Ask) -> shapes.JoinedShape:
    """Join, and show what is offered at once."""
    now = clock.now(session)
    made = waitlist.join(session, actor, ask=ask, now=now)
    waitlist.promote(session, now=now)
    return shapes.joined(session, actor, made, now)


@operation(api, "get", "/waitlist-entries", answers=shapes.EntryPage)
def list_waitlist_entries(query: EntriesWanted) -> Response:
    """What the family waits for and waited for, with where each stands and its log."""
    return look(lambda session, actor: _page(session, actor, query))


def _page(session: Session, actor: Actor, query: EntriesWanted) -> shapes.EntryPage:
    found = waitlist.entries_of(
        session,
        actor,
        states=[query.state] if query.state else (),
        after=paging.after(query.cursor),
        limit=query.limit + 1,
    )
    now = clock.now(session)
    return {
        "items": [shapes.entry(session, actor, one, now) for one in found[: query.limit]],
        "next": paging.following([one.id for one in found], query.limit),
    }


@operation(api, "get", "/waitlist-entries/<int:id>", answers=shapes.EntryShape)
def show_waitlist_entry(path: ById) -> Response:
    """One entry: its position, how many are ahead, the rule that orders them, what happened."""
    return look(lambda session, actor: _entry(session, actor, path.id))


def _entry(session: Session, actor: Actor, entry_id: int) -> shapes.EntryShape:
    """A family's own: what other institutions are asked is not for a desk."""
    actor.own_family()
    found = waitlist.entry(session, actor, entry_id)
    return shapes.entry(session, actor, found, clock.now(session))


@operation(
    api,
    "post",
    "/waitlist-entries/<int:id>/pause",
    answers=shapes.EntryShape,
    refusals=(WrongState,),
)
def pause_waitlist_entry(path: ById) -> Response:
    """Wait no more for now; the entry keeps its time. An open offer goes to the next family."""
    return write(lambda session, actor: _paused(session, actor, path.id))


def _paused(session: Session, actor: Actor, entry_id: int) -> shapes.EntryShape:
    now = clock.now(session)
    found = waitlist.pause(session, actor, entry_id=entry_id, now=now)
    return shapes.entry(session, actor, found, now)


@operation(
    api,
    "post",
    "/waitlist-entries/<int:id>/renew",
    answers=shapes.EntryShape,
    refusals=(WrongState, NotOffered, NoClassForAge, TooLate),
)
def renew_waitlist_entry(path: ById) -> Response:
    """Still interested: the entry waits on at its old place, also after a pause."""
    return write(lambda session, actor: _renewed(session, actor, path.id))


def _renewed(session: Session, actor: Actor, entry_id: int) -> shapes.EntryShape:
    now = clock.now(session)
    found = waitlist.renew(session, actor, entry_id=entry_id, now=now)
    waitlist.promote(session, now=now)
    return shapes.entry(session, actor, found, now)


@operation(
    api,
    "delete",
    "/waitlist-entries/<int:id>",
    answers=shapes.EntryShape,
    refusals=(WrongState,),
)
def leave_waitlist(path: ById) -> Response:
    """Off all its lists; an open offer goes to the next family."""
    return write(lambda session, actor: _left(session, actor, path.id))


def _left(session: Session, actor: Actor, entry_id: int) -> shapes.EntryShape:
    now = clock.now(session)
    found = waitlist.leave(session, actor, entry_id=entry_id, now=now)
    return shapes.entry(session, actor, found, now)


@operation(api, "get", "/offers", answers=shapes.OfferList)
def list_offers() -> Response:
    """What the family is offered now, the first deadline first."""
    return look(
        lambda session, actor: shapes.offers(
            session, waitlist.open_offers_of(session, actor, now=clock.now(session))
        )
    )


@operation(api, "get", "/offers/<int:id>", answers=shapes.OfferShape)
def show_offer(path: ById) -> Response:
    """One offer, open or over."""
    return look(
        lambda session, actor: shapes.offer(session, waitlist.offer(session, actor, path.id))
    )


@operation(
    api,
    "post",
    "/offers/<int:id>/accept",
    answers=shapes.OfferShape,
    refusals=(OfferEnded, ChildElsewhere),
)
def accept_offer(path: ById) -> Response:
    """Book what was offered; the child's other entries for that time leave their lists."""
    return write(
        lambda session, actor: shapes.offer(
            session, waitlist.accept(session, actor, offer_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "post",
    "/offers/<int:id>/decline",
    answers=shapes.OfferShape,
    refusals=(OfferEnded,),
)
def decline_offer(path: ById) -> Response:
    """Let the next family have it; the entry waits on."""
    return write(
        lambda session, actor: shapes.offer(
            session, waitlist.decline(session, actor, offer_id=path.id, now=clock.now(session))
        )
    )


@operation(
    api,
    "get",
    "/institutions/<int:id>/priorities",
    answers=shapes.PriorityTableList,
    who=Who.ANYONE,
)
def show_published_order(path: ById) -> Response:
    """By what an institution orders its waitlist: every version, the newest first."""
    return look_openly(lambda session, _: _published(session, path.id))


def _published(session: Session, institution_id: int) -> shapes.PriorityTableList:
    institutions.institution(session, institution_id)
    return shapes.priority_tables(session, institution_id, clock.now(session))
