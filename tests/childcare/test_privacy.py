"""What a family may ask of us: everything kept, who looked, to be forgotten."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import accounts, audit, bookings, enrolments, people, privacy
from childcare.accounts import AccountSession
from childcare.actors import SYSTEM, Actor
from childcare.bookings import Wish
from childcare.errors import Forbidden, Malformed, NotFound, NotSignedIn
from childcare.institutions import CareForm, DayPart
from childcare.people import Child, Family, Guardian, SavedPlace
from childcare.privacy import StillInCare
from tests.build import NOON, TOMORROW, Build, front_desk


@pytest.fixture
def lan(build: Build) -> Actor:
    return build.guardian(phone="+8613800000001", telegram_id=70001).actor


@pytest.fixture
def child(build: Build, session: Session, lan: Actor) -> Child:
    return build.child(
        session.get_one(Family, lan.family_id), allergies="花生", care_notes="午睡要抱"
    )


def book(session: Session, build: Build, lan: Actor, child: Child) -> int:
    nursery, _ = build.nursery()
    wish = Wish(child.id, nursery.id, CareForm.HOURLY, TOMORROW, 540, 720)
    held = bookings.hold(session, lan, wish=wish, now=NOON)
    bookings.confirm(session, lan, booking_id=held.id, now=NOON)
    return held.id


def test_an_export_holds_all_of_the_family_and_nothing_that_opens_an_account(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    token = accounts.open_session(session, lan, label="phone", address="", now=NOON)
    booking_id = book(session, build, lan, child)
    found = privacy.export(session, lan)
    assert found["guardian"]["phone"] == "+8613800000001"
    assert found["children"][0]["allergies"] == "花生"
    assert [one["id"] for one in found["bookings"]] == [booking_id]
    assert [one["to_state"] for one in found["stay_events"]] == ["held", "expected"]
    assert token not in str(found)
    assert accounts.token_hash(token) not in str(found)


def test_an_export_says_nothing_of_another_family(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    other = build.child(name="Mia")
    assert "Mia" not in str(privacy.export(session, lan))
    assert other.family_id != lan.family_id


def test_the_family_sees_which_desk_read_its_childs_record(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    nursery = build.institution()
    people.admit(session, child_id=child.id, institution_id=nursery.id, until=TOMORROW)
    people.child(session, front_desk(nursery.id), child.id)
    people.child(session, lan, child.id)
    [look] = privacy.access_log(session, lan)
    assert (look.child_id, look.institution_name) == (child.id, nursery.name)
    audit.record(session, SYSTEM, "read", "child", build.child().id, now=NOON)
    assert len(privacy.access_log(session, lan)) == 1


def test_erasing_a_child_leaves_no_fact_of_it(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    booking_id = book(session, build, lan, child)
    bookings.cancel(
        session, lan, booking_id=booking_id, reason="果果发烧了", fee_fen=6000, now=NOON
    )
    privacy.erase_child(session, lan, child_id=child.id, now=NOON)
    session.expire_all()
    left = session.get_one(Child, child.id)
    assert (left.name, left.allergies, left.care_notes) == ("", "", "")
    assert left.born_on == date(2025, 1, 1)
    booking = bookings.booking(session, SYSTEM, booking_id)
    assert (booking.cancel_reason, booking.price_fen) == (None, 12000)
    with pytest.raises(NotFound):
        people.child(session, lan, child.id)


def test_a_child_in_care_is_not_erased(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    book(session, build, lan, child)
    with pytest.raises(StillInCare):
        privacy.erase_child(session, lan, child_id=child.id, now=NOON)
    with pytest.raises(StillInCare):
        privacy.erase(session, lan, now=NOON)


def test_an_enrolled_childs_family_is_not_erased(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    nursery, _ = build.nursery()
    enrolments.enrol(
        session,
        SYSTEM,
        child_id=child.id,
        institution_id=nursery.id,
        form=CareForm.HALF_DAY,
        weekdays=[1],
        day_part=DayPart.MORNING,
        from_on=date(2027, 1, 4),
        now=NOON,
    )
    with pytest.raises(StillInCare):
        privacy.erase(session, lan, now=NOON)


def test_grandma_may_not_erase_a_child(session: Session, build: Build, child: Child) -> None:
    granny = build.relative(session.get_one(Family, child.family_id))
    with pytest.raises(Forbidden):
        privacy.erase_child(session, granny.actor, child_id=child.id, now=NOON)


def test_the_last_guardian_takes_the_family_along_and_is_signed_out(
    session: Session, lan: Actor, child: Child
) -> None:
    token = accounts.open_session(session, lan, label="phone", address="x", now=NOON)
    people.save_place(session, lan, kind=people.PlaceKind.HOME, label="劲松", lat=39.88, lng=116.46)
    privacy.erase(session, lan, now=NOON)
    session.expire_all()
    gone = session.get_one(Guardian, lan.id)
    assert (gone.name, gone.phone, gone.telegram_id) == ("", None, None)
    assert session.get_one(Child, child.id).erased_at == NOON
    assert session.scalars(select(SavedPlace)).all() == []
    assert session.scalars(select(AccountSession.label)).all() == [""]
    with pytest.raises(NotSignedIn):
        accounts.signed_in(session, token, now=NOON)


def test_while_another_guardian_stays_only_the_one_who_leaves_is_forgotten(
    session: Session, build: Build, lan: Actor, child: Child
) -> None:
    book(session, build, lan, child)
    partner = build.guardian(session.get_one(Family, child.family_id), name="陈爸爸").actor
    privacy.erase(session, partner, now=NOON)
    session.expire_all()
    assert session.get_one(Guardian, partner.id).name == ""
    assert session.get_one(Child, child.id).name == "果果"


def test_who_was_erased_comes_back_as_a_newcomer(session: Session, lan: Actor) -> None:
    privacy.erase(session, lan, now=NOON)
    again = people.arrive(session, telegram_id=70001, name="林岚", locale="zh", now=NOON)
    assert again.id != lan.id
    assert again.family_id != lan.family_id


def test_a_name_is_kept_without_what_nobody_can_see(session: Session, build: Build) -> None:
    lan = build.guardian().actor
    kept = people.add_child(
        session, lan, name="\u202e果\u200b果 ", born_on=date(2025, 3, 1), now=NOON
    )
    assert kept.name == "果果"
    with pytest.raises(Malformed):
        people.change_child(session, lan, child_id=kept.id, name="\u202e\u200b")
