"""Bookings as calendar files and as a feed whose address is a secret."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, bookings, calendar_file, clock
from childcare.actors import Actor
from childcare.db import reading, transaction
from childcare.i18n import speaking
from childcare.stays import State
from webapp import auth
from webapp.calls import answer, write
from webapp.fields import ById, Params
from webapp.operations import Who, operation
from webapp.shapes import people as shapes

api = APIBlueprint("calendars", __name__, url_prefix="/api/v1", abp_tags=[{"name": "calendar"}])
MEDIA_TYPE = "text/calendar"
IN_FEED = (State.REQUESTED, State.EXPECTED, State.CHECKED_IN, State.COMPLETED)
LOOKS_BACK = timedelta(days=30)
MOST_ENTRIES = 200


class BySecret(Params):
    """The secret in a feed's address."""

    secret: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{43}$")]


@operation(api, "get", "/bookings/<int:id>.ics", media_type=MEDIA_TYPE)
def show_booking_calendar(path: ById) -> Response:
    """One booking as a calendar file."""
    with reading() as session:
        who = auth.signed_in(session)
        found = bookings.booking(session, who.actor, path.id)
        who.actor.own_family()
        with speaking(who.tongue):
            file = calendar_file.document(session, found, now=clock.now(session))
    made = _calendar(file.content)
    made.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return made


@operation(api, "get", "/calendar/<secret>.ics", media_type=MEDIA_TYPE, who=Who.ANYONE)
def show_feed(path: BySecret) -> Response:
    """A family's bookings for a calendar program; whoever knows the address may read it."""
    with reading() as session:
        guardian = accounts.find_by_calendar(session, path.secret)
        with speaking(guardian.tongue):
            return _calendar(_feed(session, guardian.actor).encode())


def _feed(session: Session, actor: Actor) -> str:
    now = clock.now(session)
    found = bookings.bookings_of(
        session,
        actor,
        states=IN_FEED,
        from_on=clock.today(now) - LOOKS_BACK,
        limit=MOST_ENTRIES,
    )
    entries = [calendar_file.entry(session, one) for one in found]
    return calendar_file.text(entries, now=now)


def _calendar(content: bytes) -> Response:
    made = Response(content, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    made.headers["Cache-Control"] = "private, no-store"
    return made


@operation(
    api,
    "post",
    "/me/calendar",
    answers=shapes.CalendarShape,
    status=HTTPStatus.CREATED,
    once=False,
)
def publish_calendar() -> Response:
    """A secret address for the family's bookings; the one before stops working.

    Takes no idempotency key: the address is kept nowhere, so it cannot be answered again.
    """
    with transaction() as session:
        secret = accounts.publish_calendar(session, auth.signed_in(session).actor)
    url = f"{auth.settings().public_url}{api.url_prefix}/calendar/{secret}.ics"
    return answer({"url": url}, HTTPStatus.CREATED)


@operation(api, "delete", "/me/calendar")
def withdraw_calendar() -> Response:
    """The feed's address stops working."""
    return write(accounts.withdraw_calendar)
