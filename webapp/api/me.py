"""The person signed in: settings, consent, places; export, erasure, who looked."""

from typing import Annotated, Literal

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, clock, people, privacy
from childcare.actors import Actor
from childcare.errors import Malformed
from childcare.people import CONSENT_VERSION, PlaceKind
from childcare.privacy import StillInCare
from childcare.reminders import SWITCHES
from webapp import paging
from webapp.calls import look, write
from webapp.fields import Body, Degrees, Line, Params, TextWhole, Time, Words
from webapp.operations import operation
from webapp.shapes import account as shapes
from webapp.shapes import people as people_shapes

api = APIBlueprint("me", __name__, url_prefix="/api/v1/me", abp_tags=[{"name": "me"}])
Switch = Annotated[str, StringConstraints(max_length=40)]


class Place(Body):
    """Home, work or the grandparents', WGS-84."""

    kind: PlaceKind = Field(examples=["home"])
    label: Line = Field(examples=["劲松"])
    lat: Degrees = Field(ge=-90, le=90, examples=[39.884])
    lng: Degrees = Field(ge=-180, le=180, examples=[116.461])


class Change(Body):
    """What to change; what is not given stays.

    `consent_version` records consent to the text in force. Quiet hours are local.
    """

    name: Words | None = None
    locale: Literal["zh", "en"] | None = None
    consent_version: str | None = Field(None, max_length=40, examples=[CONSENT_VERSION])
    quiet_from: Time | None = None
    quiet_until: Time | None = None
    switches: dict[Switch, bool] | None = Field(None, examples=[{"24h": False}])
    places: list[Place] = Field(default=[], max_length=len(PlaceKind))


class LogWanted(Params):
    """A page of the access log."""

    limit: TextWhole = Field(20, ge=1, le=100)
    cursor: str = Field("", max_length=200)


@operation(api, "get", "", answers=people_shapes.GuardianShape)
def show_me() -> Response:
    """The person signed in, with settings and places."""
    return look(_me)


def _me(session: Session, actor: Actor) -> people_shapes.GuardianShape:
    guardian = people.me(session, actor)
    places = list(people.places_of(session, actor))
    return people_shapes.guardian(guardian, places, consent=CONSENT_VERSION)


@operation(api, "patch", "", answers=people_shapes.GuardianShape)
def change_me(body: Change) -> Response:
    """Change language, consent, quiet hours, notification switches and saved places."""
    unknown = sorted(set(body.switches or ()) - set(SWITCHES))
    if unknown:
        raise Malformed("switches", "not-one-of")
    for field in ("quiet_from", "quiet_until"):
        if getattr(body, field) == 1440:
            raise Malformed(field, "not-a-time")
    return write(lambda session, actor: _changed(session, actor, body))


def _changed(session: Session, actor: Actor, body: Change) -> people_shapes.GuardianShape:
    settings = body.model_dump(exclude={"consent_version", "places"})
    accounts.change_profile(session, actor, **settings)
    if body.consent_version is not None:
        people.consent(session, actor, version=body.consent_version, now=clock.now(session))
    for place in body.places:
        people.save_place(
            session, actor, kind=place.kind, label=place.label, lat=place.lat, lng=place.lng
        )
    return _me(session, actor)


@operation(api, "delete", "", refusals=(StillInCare,))
def erase_me() -> Response:
    """Erase the account; with the last guardian the family's children and places go too."""
    return write(lambda session, actor: privacy.erase(session, actor, now=clock.now(session)))


@operation(api, "get", "/export", answers=shapes.Export)
def export_me() -> Response:
    """Everything kept of the person and of the family."""
    return look(privacy.export)


@operation(api, "get", "/access-log", answers=shapes.AccessLog)
def show_access_log(query: LogWanted) -> Response:
    """Which institution's staff read the children's records, newest first."""
    return look(lambda session, actor: _log(session, actor, query))


def _log(session: Session, actor: Actor, query: LogWanted) -> shapes.AccessLog:
    before = paging.after(query.cursor)
    found = privacy.access_log(session, actor, before=before, limit=query.limit + 1)
    return {
        "items": [shapes.look(one) for one in found[: query.limit]],
        "next": paging.following([one.id for one in found], query.limit),
    }
