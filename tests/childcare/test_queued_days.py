"""A day whose places are being offered to more families than one transaction serves."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from childcare import bookings, capacity, search
from childcare.bookings import Wish
from childcare.capacity import ClassDay, NoPlace
from childcare.institutions import CareForm, ClassGroup, Institution
from childcare.people import Guardian
from childcare.search import Query
from tests.build import NOON, TOMORROW, Build, slots

NINE, TEN = slots("09:00", "10:00")[0] * 30, slots("09:00", "10:00")[-1] * 30 + 30


@pytest.fixture
def queued(session: Session, build: Build) -> tuple[Institution, ClassGroup]:
    made, group = build.nursery(places=5)
    session.execute(update(ClassDay).where(ClassDay.id == build.day(group).id).values(queued=True))
    return made, group


def test_nobody_books_past_those_who_are_being_asked(
    session: Session, build: Build, queued: tuple[Institution, ClassGroup]
) -> None:
    child = build.child()
    parent = session.query(Guardian).filter_by(family_id=child.family_id).one().actor
    wish = Wish(child.id, queued[0].id, CareForm.HOURLY, TOMORROW, NINE, TEN)
    with pytest.raises(NoPlace) as refused:
        bookings.hold(session, parent, wish=wish, now=NOON)
    assert refused.value.facts["reason"] == "queued"


def test_a_queued_day_shows_no_place_on_sale(
    session: Session, build: Build, queued: tuple[Institution, ClassGroup]
) -> None:
    day = build.day(queued[1])
    wanted = slots("09:00", "10:00")
    assert (day.free(wanted), day.room(wanted)) == (0, 5)
    asked = Query(
        lat=queued[0].lat,
        lng=queued[0].lng,
        form=CareForm.HOURLY,
        age_months=20,
        on=TOMORROW,
        start=NINE,
        end=TEN,
    )
    places = {
        found.id: found.free_places for found in search.nearby(session, asked, now=NOON).items
    }
    assert places[queued[0].id] == 0


def test_who_waits_takes_there_all_the_same(
    session: Session, build: Build, queued: tuple[Institution, ClassGroup]
) -> None:
    day = build.day(queued[1])
    wanted = slots("09:00", "10:00")
    assert not capacity.take(session, day.id, wanted)
    assert capacity.take_for_offer(session, day.id, wanted)
