"""A director who enrols a child beside the lists: there is one queue, and who waits reads why."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from childcare import people, waitlist
from childcare.enrolments import Enrolment
from childcare.errors import Malformed
from childcare.institutions import CareForm, DayPart
from tests.build import TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place, Who

AFTER = TOMORROW + timedelta(days=1)  # a Wednesday


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def enrol(lists: Lists, place: Place, who: Who, reason: str) -> Enrolment:
    until = AFTER + timedelta(days=30)
    people.admit(lists.session, child_id=who.child.id, institution_id=place.id, until=until)
    wanted = waitlist.Place(place.id, CareForm.FULL_DAY, (3,), DayPart.FULL, AFTER)
    with lists.session.begin_nested():
        return waitlist.enrol(
            lists.session,
            place.boss,
            child_id=who.child.id,
            place=wanted,
            reason=reason,
            now=lists.now,
        )


def test_a_director_enrols_past_those_who_wait_only_by_a_reason_that_they_read(
    lists: Lists,
) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    lists.full(place)  # no Tuesday for whoever wants the whole week
    entry = lists.apply(lists.family(), place, from_month=date(2026, 11, 1))
    friend = lists.family()
    with pytest.raises(Malformed) as refused:
        enrol(lists, place, friend, " ")
    assert refused.value.facts["field"] == "reason"
    assert enrol(lists, place, friend, "家里突然有急事").state == "active"
    last = waitlist.log_of(lists.session, place.boss, entry.id)[-1]
    assert (last.kind, last.why) == ("passed-over", "out-of-order")
    assert last.facts["reason"] == "家里突然有急事"


def test_where_nobody_waits_no_reason_is_asked(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    assert enrol(lists, place, lists.family(), "").state == "active"
