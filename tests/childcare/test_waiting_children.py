"""What becomes of waiting when a child's record changes, is exported, or goes."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import people, privacy, waitlist
from childcare.actors import Actor
from childcare.enrolments import Enrolment
from childcare.institutions import CareForm, ClassGroup, DayPart, Institution
from childcare.outbox import OutboxRow
from childcare.people import Child, Family
from childcare.privacy import StillInCare
from childcare.waitlist import (
    Ask,
    EntryState,
    Offer,
    OfferState,
    Proof,
    WaitlistEntry,
    WaitlistEvent,
)
from tests.build import NOON, TOMORROW, Build, director, front_desk


@pytest.fixture
def nursery(build: Build) -> Institution:
    """One place a day."""
    made, _ = build.nursery(places=1)
    return made


@pytest.fixture
def lan(build: Build) -> Actor:
    return build.guardian().actor


@pytest.fixture
def child(build: Build, session: Session, lan: Actor) -> Child:
    return build.child(session.get_one(Family, lan.family_id))


def wait(session: Session, child: Child, actor: Actor, nursery: Institution) -> WaitlistEntry:
    """For tomorrow's morning; what is free is offered, as every edge does."""
    ask = Ask((child.id,), (nursery.id,), CareForm.HOURLY, on=TOMORROW, start=540, end=720)
    [entry] = waitlist.join(session, actor, ask=ask, now=NOON)
    waitlist.promote(session, now=NOON)
    return entry


def apply(session: Session, child: Child, actor: Actor, nursery: Institution) -> Offer:
    """Ask for two mornings a week, which are offered at once."""
    ask = Ask(
        (child.id,),
        (nursery.id,),
        CareForm.HALF_DAY,
        day_part=DayPart.MORNING,
        from_month=date(2026, 12, 1),
        weekdays=(1, 2),
    )
    waitlist.join(session, actor, ask=ask, now=NOON)
    [given] = waitlist.promote(session, now=NOON)
    return given


def offers_of(session: Session, entry: WaitlistEntry) -> list[str]:
    return list(session.scalars(select(Offer.state).where(Offer.entry_id == entry.id)))


def second_family(session: Session, build: Build, nursery: Institution) -> WaitlistEntry:
    """Emma's child waits behind."""
    emma = build.guardian(name="Emma").actor
    mia = build.child(session.get_one(Family, emma.family_id), name="Mia")
    return wait(session, mia, emma, nursery)


def test_what_an_erased_child_was_offered_goes_to_the_next_family(
    session: Session, build: Build, lan: Actor, child: Child, nursery: Institution
) -> None:
    hers = wait(session, child, lan, nursery)
    emmas = second_family(session, build, nursery)
    assert (offers_of(session, hers), offers_of(session, emmas)) == ([OfferState.OPEN], [])
    privacy.erase_child(session, lan, child_id=child.id, now=NOON)
    waitlist.promote(session, now=NOON)
    session.expire_all()
    assert (hers.state, offers_of(session, hers)) == (EntryState.LEFT, [OfferState.WITHDRAWN])
    assert offers_of(session, emmas) == [OfferState.OPEN]


def test_an_enrolment_that_is_only_offered_does_not_keep_a_record(
    session: Session, lan: Actor, child: Child, nursery: Institution
) -> None:
    given = apply(session, child, lan, nursery)
    privacy.erase_child(session, lan, child_id=child.id, now=NOON)
    session.expire_all()
    assert session.get_one(Enrolment, given.enrolment_id).state == "refused"


def test_an_enrolment_that_was_accepted_does(
    session: Session, lan: Actor, child: Child, nursery: Institution
) -> None:
    given = apply(session, child, lan, nursery)
    waitlist.accept(session, lan, offer_id=given.id, now=NOON)
    with pytest.raises(StillInCare):
        privacy.erase_child(session, lan, child_id=child.id, now=NOON)


def test_what_staff_wrote_of_an_erased_family_is_gone_with_it(
    session: Session, lan: Actor, child: Child, nursery: Institution
) -> None:
    entry, desk = wait(session, child, lan, nursery), front_desk(nursery.id)
    where = nursery.id
    waitlist.note(
        session, desk, institution_id=where, entry_id=entry.id, text="果果妈妈来过", now=NOON
    )
    waitlist.prove(
        session,
        desk,
        institution_id=where,
        family_id=entry.family_id,
        criterion="low-income",
        note="低保证",
        now=NOON,
    )
    waitlist.remove(
        session, desk, institution_id=where, entry_id=entry.id, reason="果果已搬走", now=NOON
    )
    privacy.erase(session, lan, now=NOON)
    session.expire_all()
    assert "果果" not in str(session.scalars(select(WaitlistEvent.why)).all())
    assert entry.reason == ""
    assert session.scalars(select(Proof)).all() == []


def test_an_export_has_the_waiting_but_not_what_the_desk_noted_for_itself(
    session: Session, build: Build, lan: Actor, child: Child, nursery: Institution
) -> None:
    emmas = second_family(session, build, nursery)
    entry = wait(session, child, lan, nursery)
    desk = front_desk(nursery.id)
    note = "打过三次电话"
    waitlist.note(session, desk, institution_id=nursery.id, entry_id=entry.id, text=note, now=NOON)
    found = privacy.export(session, lan)
    assert [one["id"] for one in found["waitlist_entries"]] == [entry.id]
    assert [one["institution_id"] for one in found["waitlist_choices"]] == [nursery.id]
    assert found["waitlist_events"][0]["kind"] == "joined"
    assert {one["entry_id"] for one in found["waitlist_events"]} == {entry.id}
    assert note not in str(found)
    [given] = privacy.export(session, guardian_of(session, emmas))["offers"]
    assert (given["entry_id"], given["state"]) == (emmas.id, OfferState.OPEN)


def guardian_of(session: Session, entry: WaitlistEntry) -> Actor:
    """The guardian of an entry's family."""
    return people.guardians_of(session, entry.family_id)[0].actor


def test_whose_offer_a_family_was_passed_over_for_is_not_exported(
    session: Session, build: Build, lan: Actor, child: Child, nursery: Institution
) -> None:
    first = wait(session, child, lan, nursery)
    second = second_family(session, build, nursery)
    for entry in (first, second):
        actor = guardian_of(session, entry)
        [given] = waitlist.open_offers_of(session, actor, now=NOON)
        waitlist.decline(session, actor, offer_id=given.id, now=NOON)
        waitlist.promote(session, now=NOON)
    chief = director(nursery.id)
    class_id = session.scalars(
        select(ClassGroup.id).where(ClassGroup.institution_id == nursery.id)
    ).one()
    waitlist.offer_to(
        session, chief, entry_id=second.id, class_id=class_id, reason="家里有急事", now=NOON
    )
    events = privacy.export(session, lan)["waitlist_events"]
    [passed] = [one for one in events if one["why"] == "out-of-order"]
    assert (passed["offer_id"], passed["facts"]["reason"]) == (None, "家里有急事")


def asked_anew(session: Session) -> list[int]:
    rows = session.scalars(select(OutboxRow.payload).where(OutboxRow.kind == "refresh-child"))
    return [row["child_id"] for row in rows]


def test_another_birth_date_has_the_waiting_asked_of_other_classes(
    session: Session, lan: Actor, child: Child
) -> None:
    people.change_child(session, lan, child_id=child.id, born_on=child.born_on, name="果儿")
    assert asked_anew(session) == []
    people.change_child(session, lan, child_id=child.id, born_on=date(2024, 6, 1))
    assert asked_anew(session) == [child.id]
