"""For every operation: a true example of it, and who is meant to get through.

A new operation without a case fails `test_walk`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from childcare import accounts, bookings, people, planning, stays, waitlist
from childcare.actors import SYSTEM
from childcare.app import promoting
from childcare.bookings import ILLNESS, Booking
from childcare.db import reading
from childcare.institutions import CareForm, ClassGroup, Offering
from childcare.people import CONSENT_VERSION
from childcare.schedule import Shift
from childcare.stays import State
from childcare.waitlist import Offer
from tests.build import NOON, TODAY, TOMORROW
from tests.webapp.conftest import City, confirmed, enrolled, hold, new_booking, stay_of

ALL = ("stranger", "lan", "partner", "granny", "emma", "desk", "director", "finance", "wu")
SIGNED_IN = ALL[1:]
OWN = ("lan", "partner", "granny", "emma")
GUARDIANS = ("lan", "partner")
FAMILY = (*GUARDIANS, "granny")
DESK = ("desk", "director")
DIRECTOR = ("director",)
NOBODY: tuple[str, ...] = ()
DAY = TOMORROW.isoformat()
Make = Callable[[City], Any]


@dataclass(frozen=True)
class Case:
    """`may` lists who gets through; `id` is what the path names; the rest is what is sent."""

    may: tuple[str, ...]
    id: Make | None = None
    body: Make | None = None
    query: Mapping[str, Any] | None = None


def _absent(city: City) -> dict[str, Any]:
    enrolled(city)
    return {"child_id": city.child, "from_date": DAY, "to_date": DAY, "reason": "感冒"}


def _absence(city: City) -> int:
    return int(city.lan.post("/absences", _absent(city)).json["id"])


def _absence_elsewhere(city: City) -> int:
    """吴园长 knows the child, but it is not enrolled there."""
    with promoting() as session:
        people.admit(
            session, child_id=city.child, institution_id=city.other_nursery, until=TOMORROW
        )
    return _absence(city)


def _present(city: City) -> int:
    """Checked in just now, by mistake."""
    stay_id = stay_of(confirmed(city))
    with promoting() as session:
        stay = stays.locked_one(session, stay_id)
        stay.checked_in_at = NOON
        stays.become(session, SYSTEM, stay, State.CHECKED_IN, now=NOON)
    return stay_id


def _closure(city: City) -> int:
    with promoting() as session:
        closure = planning.close(
            session,
            SYSTEM,
            institution_id=city.nursery,
            class_id=None,
            from_on=TOMORROW,
            to_on=TOMORROW,
            reason="停水",
            now=NOON,
        )
        return closure.id


def _requested(city: City) -> int:
    """A first visit that waits for approval."""
    with promoting() as session:
        approves = update(Offering).where(Offering.institution_id == city.nursery)
        session.execute(approves.values(approves_first_visit=True))
    return confirmed(city)


def _waived(city: City) -> int:
    """Cancelled for illness when it would have cost something."""
    booking_id = confirmed(city)
    with promoting() as session:
        kept = update(Booking).where(Booking.id == booking_id)
        found = bookings.booking(session, SYSTEM, booking_id)
        bookings.cancel(
            session, city.lan.actor, booking_id=found.id, reason=ILLNESS, fee_fen=0, now=NOON
        )
        session.execute(kept.values(waived_fen=1000))
    return booking_id


def _no_show(city: City) -> int:
    booking_id = confirmed(city)
    with promoting() as session:
        stay = stays.locked_one(session, stay_of_in(session, booking_id))
        stays.leave(session, SYSTEM, stay, State.NO_SHOW, now=NOON)
    return booking_id


def stay_of_in(session: Any, booking_id: int) -> int:
    return bookings.booking(session, SYSTEM, booking_id).stay_id


def _known_child(city: City) -> dict[str, Any]:
    """果果 has been here before, so the director may enrol her."""
    confirmed(city, hours=(15, 16))
    return {
        "child_id": city.child,
        "institution_id": city.nursery,
        "care_form": "half_day",
        "weekdays": [1, 2, 3],
        "day_part": "morning",
        "from_date": DAY,
    }


def _session_of_lan(city: City) -> int:
    return int(city.lan.get("/auth/sessions").json["items"][0]["id"])


def _feed(city: City) -> str:
    with promoting() as session:
        return accounts.publish_calendar(session, city.lan.actor)


def _known_to_desk(city: City) -> int:
    confirmed(city)
    return int(city.child)


def new_entry(city: City, **changes: Any) -> dict[str, Any]:
    """果果 waits for tomorrow's morning."""
    return {
        "child_id": city.child,
        "institution_ids": [city.nursery],
        "care_form": "hourly",
        "date": DAY,
        "start": "09:00",
        "end": "12:00",
        **changes,
    }


def no_room(city: City) -> None:
    """No carer tomorrow, so nobody who waits is offered anything."""
    _carers(city, ())


def one_place(city: City) -> None:
    """A carer comes tomorrow after all, and the class has one place."""
    with promoting() as session:
        one = update(ClassGroup).where(ClassGroup.id == city.toddlers)
        session.execute(one.values(places=1))
    _carers(city, [Shift("李老师", 480, 1080)])


def _carers(city: City, shifts: Sequence[Shift]) -> None:
    with promoting() as session:
        planning.change_shifts(
            session, SYSTEM, class_id=city.toddlers, on=TOMORROW, shifts=shifts, now=NOON
        )


def waits(city: City, *, who: str = "lan") -> int:
    """An entry for tomorrow's morning, of a family without any offer."""
    no_room(city)
    return join(city, who=who)


def join(city: City, *, who: str = "lan") -> int:
    ask = waitlist.Ask(
        child_ids=(city.child if who != "emma" else city.other_child,),
        institution_ids=(city.nursery,),
        form=CareForm.HOURLY,
        on=TOMORROW,
        start=540,
        end=720,
    )
    with promoting() as session:
        return waitlist.join(session, city.people[who].actor, ask=ask, now=NOON)[0].id


def offered(city: City) -> int:
    """An open offer of tomorrow's morning: there is room at once."""
    entry_id = join(city)
    with reading() as session:
        return session.scalars(select(Offer.id).where(Offer.entry_id == entry_id)).one()


def _declined(city: City) -> dict[str, Any]:
    """An entry that said no to what is free still: only the desk may ask it again."""
    offer_id = offered(city)
    with promoting() as session:
        declined = waitlist.decline(session, city.lan.actor, offer_id=offer_id, now=NOON)
        return {"entry_id": declined.entry_id}


def _next(city: City) -> dict[str, Any]:
    _declined(city)
    return {"class_id": city.toddlers, "date": DAY}


MOVE = {"date": DAY, "start": "13:00", "end": "15:00"}
CASES: dict[str, Case] = {
    "ask_code": Case(ALL, body=lambda _: {"phone": "13800000009"}),
    "sign_in": Case(NOBODY, body=lambda _: {"phone": "13800000009", "code": "000000"}),
    "sign_in_staff": Case(NOBODY, body=lambda _: {"username": "zhou", "password": "wrong"}),
    "link_chat_and_phone": Case(NOBODY, body=lambda _: {"code": "AAAAAAAA"}),
    "sign_out": Case(SIGNED_IN),
    "list_sessions": Case(SIGNED_IN),
    "revoke_session": Case(("lan",), id=_session_of_lan),
    "find_institutions": Case(ALL, query={"lat": 39.88, "lng": 116.46}),
    "show_institution": Case(ALL, id=lambda city: city.nursery),
    "show_availability": Case(ALL, id=lambda city: city.nursery, query={"care_form": "hourly"}),
    "show_open_map": Case(ALL),
    "list_children": Case(OWN),
    "add_child": Case(
        ("lan", "partner", "emma"), body=lambda _: {"name": "豆豆", "born_on": "2025-06-01"}
    ),
    "show_child": Case((*FAMILY, *DESK), id=_known_to_desk),
    "change_child": Case(
        GUARDIANS, id=lambda city: city.child, body=lambda _: {"allergies": "花生"}
    ),
    "erase_child": Case(GUARDIANS, id=lambda city: city.child),
    "hold_booking": Case(FAMILY, body=new_booking),
    "confirm_booking": Case(FAMILY, id=hold),
    "release_booking": Case(FAMILY, id=hold),
    "cancel_booking": Case(FAMILY, id=confirmed, body=lambda _: {"fee_fen": 3000}),
    "reschedule_booking": Case(FAMILY, id=confirmed, body=lambda _: {**MOVE, "version": 1}),
    "quote_move": Case((*FAMILY, *DESK), id=confirmed, query=MOVE),
    "object_to_no_show": Case(FAMILY, id=_no_show, body=lambda _: {"text": "我们到了"}),
    "list_bookings": Case(OWN),
    "show_booking": Case((*FAMILY, *DESK), id=confirmed),
    "show_booking_calendar": Case(FAMILY, id=confirmed),
    "show_feed": Case(ALL, id=_feed),
    "publish_calendar": Case(OWN),
    "withdraw_calendar": Case(OWN),
    "declare_absence": Case((*FAMILY, *DESK), body=_absent),
    "list_absences": Case(OWN),
    "take_back_absence": Case((*FAMILY, *DESK), id=_absence_elsewhere),
    "list_enrolments": Case(OWN),
    "enrol": Case(DIRECTOR, body=_known_child),
    "end_enrolment": Case((*GUARDIANS, "director"), id=enrolled, body=lambda _: {"on": DAY}),
    "show_me": Case(OWN),
    "change_me": Case(OWN, body=lambda _: {"consent_version": CONSENT_VERSION, "locale": "en"}),
    "erase_me": Case(OWN),
    "export_me": Case(OWN),
    "show_access_log": Case(OWN),
    "show_board": Case(DESK, query={"date": DAY, "institution_id": 1}),
    "approve_booking": Case(DESK, id=_requested),
    "reject_booking": Case(DESK, id=_requested, body=lambda _: {"reason": "已满"}),
    "cancel_by_institution": Case(DIRECTOR, id=confirmed, body=lambda _: {"reason": "停水"}),
    "reinstate_fee": Case(DIRECTOR, id=_waived, body=lambda _: {"reason": "没有证明"}),
    "check_in": Case(DESK, id=lambda city: stay_of(confirmed(city))),
    "check_out": Case(DESK, id=lambda city: stay_of(confirmed(city))),
    "mark_no_show": Case(DESK, id=lambda city: stay_of(confirmed(city))),
    "undo_press": Case(DESK, id=_present, body=lambda _: {"press": "check-in"}),
    "change_shifts": Case(
        DIRECTOR, body=lambda city: {"class_id": city.toddlers, "date": DAY, "shifts": []}
    ),
    "close_days": Case(
        DIRECTOR,
        body=lambda city: {
            "institution_id": city.nursery,
            "from_date": DAY,
            "to_date": DAY,
            "reason": "停水",
        },
    ),
    "lift_closure": Case(DIRECTOR, id=_closure),
    "open_day": Case(
        DIRECTOR,
        body=lambda city: {
            "institution_id": city.nursery,
            "date": "2026-11-28",
            "start": "08:00",
            "end": "18:00",
            "reason": "周末开放",
        },
    ),
}
ORDER = {"lines": [{"criterion": "sibling-enrolled", "points": 50}], "reason": "弟弟妹妹优先"}
PROOF = {"criterion": "resident-of-street"}
MONTH = {"from_month": "2027-01-01", "weekdays": [1, 2, 3], "care_form": "full_day"}
CASES |= {
    "join_waitlist": Case(FAMILY, body=new_entry),
    "list_waitlist_entries": Case(OWN),
    "show_waitlist_entry": Case(FAMILY, id=waits),
    "pause_waitlist_entry": Case(FAMILY, id=waits),
    "renew_waitlist_entry": Case(FAMILY, id=waits),
    "leave_waitlist": Case(FAMILY, id=waits),
    "apply_for_enrolment": Case(
        FAMILY,
        body=lambda city: {
            **MONTH,
            "day_part": "full",
            "child_id": city.child,
            "institution_id": city.nursery,
        },
    ),
    "list_offers": Case(OWN),
    "show_offer": Case(FAMILY, id=offered),
    "accept_offer": Case(FAMILY, id=offered),
    "decline_offer": Case(FAMILY, id=offered),
    "show_published_order": Case(ALL, id=lambda city: city.nursery),
    "show_waitlist": Case(DESK, id=waits, query={"institution_id": 1}),
    "show_who_is_next": Case(
        DESK, id=waits, query={"class_id": 1, "date": DAY, "start": "09:00", "end": "12:00"}
    ),
    "show_waitlist_log": Case(DESK, id=waits, query={"institution_id": 1}),
    "list_live_offers": Case(DESK, id=offered, query={"institution_id": 1}),
    "offer_place": Case(DESK, body=_declined),
    "offer_to_next": Case(DESK, body=_next),
    "note_waitlist_entry": Case(DESK, id=waits, body=lambda _: {"text": "打过电话"}),
    "remove_waitlist_entry": Case(DESK, id=waits, body=lambda _: {"reason": "已搬走"}),
    "prove_criterion": Case(DESK, id=waits, body=lambda _: PROOF),
    "withdraw_proof": Case(DESK, id=waits, body=lambda _: PROOF),
    "list_priorities": Case(DESK, query={"institution_id": 1}),
    "publish_priorities": Case(
        DIRECTOR, body=lambda city: {**ORDER, "institution_id": city.nursery}
    ),
}
# Of whom the answer may not speak: what only the family and its nursery know.
SECRETS = ("果果", "林岚", "陈爸爸", "+8613800000001")
TODAYS = TODAY.isoformat()
