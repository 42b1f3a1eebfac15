"""Finding an institution: nearest first, a profile, free places, the open map."""

from datetime import date

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import ages, clock, institutions, people, search
from childcare.actors import Actor
from childcare.actors import Kind as ActorKind
from childcare.errors import Malformed, NotSignedIn
from childcare.institutions import CareForm, DayPart, Kind
from childcare.search import Places, Query, Sort
from webapp import paging
from webapp.calls import look_openly
from webapp.fields import (
    ById,
    Day,
    Params,
    TextDegrees,
    TextId,
    TextTruth,
    TextWhole,
    Time,
    Words,
)
from webapp.operations import Who, operation
from webapp.shapes import institutions as shapes

api = APIBlueprint(
    "institutions", __name__, url_prefix="/api/v1", abp_tags=[{"name": "institutions"}]
)
MOST_DAYS = 31


class InstitutionsWanted(Params):
    """Filters. With a date and a span (or a day part) places are counted for it.

    `child_id` (its guardian's) or `age_months` leaves out what does not take that age.
    """

    lat: TextDegrees | None = Field(None, ge=-90, le=90, examples=[39.884])
    lng: TextDegrees | None = Field(None, ge=-180, le=180, examples=[116.461])
    walk_minutes: TextWhole = Field(15, ge=1, le=search.MOST_WALK_MINUTES)
    q: Words = ""
    district: Words = ""
    street: Words = ""
    kind: Kind | None = None
    inclusive: TextTruth | None = None
    min_stars: TextWhole | None = Field(None, ge=1, le=5)
    max_price_fen: TextWhole | None = Field(None, ge=0, le=10_000_000)
    care_form: CareForm | None = None
    age_months: TextWhole | None = Field(None, ge=0, le=60)
    child_id: TextId | None = None
    date: Day | None = None
    start: Time | None = None
    end: Time | None = None
    day_part: DayPart | None = None
    only_free: TextTruth = False
    sort: Sort | None = None
    limit: TextWhole = Field(20, ge=1, le=100)
    cursor: str = Field("", max_length=500)

    def asked(self, age_months: int | None) -> Query:
        return Query(
            lat=self.lat,
            lng=self.lng,
            walk_minutes=self.walk_minutes,
            q=self.q,
            district=self.district,
            street=self.street,
            kind=self.kind,
            inclusive=self.inclusive,
            min_stars=self.min_stars,
            max_price_fen=self.max_price_fen,
            form=self.care_form,
            age_months=age_months,
            on=self.date,
            start=self.start,
            end=self.end,
            day_part=self.day_part,
            places=Places.FREE if self.only_free else Places.ANY,
            sort=self.sort,
            limit=self.limit,
            cursor=self.cursor,
        )


class AvailabilityWanted(Params):
    """A form of care, for an age or a child, on `days` days from a date (today unless given)."""

    care_form: CareForm = Field(examples=["hourly"])
    age_months: TextWhole | None = Field(None, ge=0, le=60)
    child_id: TextId | None = None
    from_date: Day | None = Field(None, alias="from")
    days: TextWhole = Field(7, ge=1, le=MOST_DAYS)


class MapWanted(Params):
    """A page of the open map."""

    limit: TextWhole = Field(1000, ge=1, le=5000)
    cursor: str = Field("", max_length=200)


@operation(api, "get", "/institutions", answers=shapes.FoundPage, who=Who.ANYONE_OR_SIGNED_IN)
def find_institutions(query: InstitutionsWanted) -> Response:
    """Institutions around a place, nearest first, with price and free places."""
    return look_openly(lambda session, actor: _found(session, actor, query))


def _found(session: Session, actor: Actor, query: InstitutionsWanted) -> shapes.FoundPage:
    now = clock.now(session)
    on = query.date or clock.today(now)
    months = _months(session, actor, query.child_id, query.age_months, on)
    page = search.nearby(session, query.asked(months), now=now)
    return {"items": [shapes.found(one) for one in page.items], "next": page.next_cursor}


def _months(
    session: Session, actor: Actor, child_id: int | None, age_months: int | None, on: date
) -> int | None:
    """The age to search for. Raises `NotFound` for a child not the asker's."""
    if child_id is None:
        return age_months
    if age_months is not None:
        raise Malformed("age_months", "not-with-child")
    if actor.kind is ActorKind.NOBODY:
        raise NotSignedIn
    actor.own_family()
    born_on = people.child(session, actor, child_id).born_on
    if on < born_on:
        raise Malformed("date", "before-birth")
    return ages.months_on(born_on, on)


@operation(api, "get", "/institutions/<int:id>", answers=shapes.ProfileShape, who=Who.ANYONE)
def show_institution(path: ById) -> Response:
    """An institution's profile: hours, classes with ratios and today's carers, what it sells."""
    return look_openly(
        lambda session, _: shapes.profile(
            search.profile(session, path.id, clock.today(clock.now(session)))
        )
    )


@operation(
    api,
    "get",
    "/institutions/<int:id>/availability",
    answers=shapes.AvailabilityShape,
    who=Who.ANYONE_OR_SIGNED_IN,
)
def show_availability(path: ById, query: AvailabilityWanted) -> Response:
    """Free places by day, class and half hour."""
    return look_openly(lambda session, actor: _available(session, actor, path.id, query))


def _available(
    session: Session, actor: Actor, institution_id: int, query: AvailabilityWanted
) -> shapes.AvailabilityShape:
    now = clock.now(session)
    from_on = query.from_date or clock.today(now)
    institutions.institution(session, institution_id)
    months = _months(session, actor, query.child_id, query.age_months, from_on)
    days = search.availability(
        session,
        institution_id,
        form=query.care_form,
        months=months,
        from_on=from_on,
        days=query.days,
        now=now,
    )
    return shapes.availability(days, as_of=now)


@operation(
    api,
    "get",
    "/institutions.geojson",
    answers=shapes.OpenMap,
    media_type="application/geo+json",
    who=Who.ANYONE,
)
def show_open_map(query: MapWanted) -> Response:
    """The open map: every registered institution, for any program to use."""
    made = look_openly(lambda session, _: _map(session, query))
    made.mimetype = "application/geo+json"
    return made


def _map(session: Session, query: MapWanted) -> shapes.OpenMap:
    points = search.open_map(session, after=paging.after(query.cursor), limit=query.limit + 1)
    return {
        "type": "FeatureCollection",
        "features": [shapes.feature(point) for point in points[: query.limit]],
        "next": paging.following([point.id for point in points], query.limit),
    }
