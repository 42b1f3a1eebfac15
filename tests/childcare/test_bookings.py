"""The booking machine, through the commands that every front end calls."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, stays
from childcare.actors import Actor
from childcare.bookings import Booking, Move, MoveQuote, Wish
from childcare.capacity import NoPlace
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.institutions import CareForm, DayPart
from childcare.outbox import OutboxRow
from childcare.people import Child
from childcare.stays import ChildElsewhere, State, WrongState
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk, slots


class Scene:
    """A nursery with places in one toddler class, and 林岚 with her child."""

    def __init__(self, session: Session, build: Build, *, places: int = 5) -> None:
        self.session, self.build = session, build
        self.institution, self.group = build.nursery(places=places)
        self.lan, self.child = self.family()

    def family(self) -> tuple[Actor, Child]:
        family = self.build.family()
        return self.build.guardian(family).actor, self.build.child(family)

    def wish(self, start: str, end: str, child: Child | None = None, on: date = TOMORROW) -> Wish:
        during = slots(start, end)
        child_id = (child or self.child).id
        first, last = during[0] * 30, during[-1] * 30 + 30
        return Wish(child_id, self.institution.id, CareForm.HOURLY, on, first, last)

    def hold(self, start: str = "09:00", end: str = "11:00") -> Booking:
        return bookings.hold(self.session, self.lan, wish=self.wish(start, end), now=NOON)

    def book(self, start: str = "09:00", end: str = "11:00") -> Booking:
        held = self.hold(start, end)
        return bookings.confirm(self.session, self.lan, booking_id=held.id, now=NOON)

    def taken(self, on: date = TOMORROW) -> dict[int, int]:
        counts = self.build.day(self.group, on).taken
        return {slot: count for slot, count in enumerate(counts) if count}


@pytest.fixture
def scene(session: Session, build: Build) -> Scene:
    return Scene(session, build)


def ones(start: str, end: str) -> dict[int, int]:
    return dict.fromkeys(slots(start, end), 1)


def test_a_hold_takes_its_slots_and_says_price_and_deadline(scene: Scene) -> None:
    held = scene.hold("09:00", "11:00")
    assert (held.stay.state, held.price_fen) == (State.HELD, 4 * 2000)
    assert held.stay.ends_at == NOON + timedelta(minutes=10)
    assert scene.taken() == ones("09:00", "11:00")


def test_confirming_twice_is_once(scene: Scene, session: Session) -> None:
    booked = scene.book()
    again = bookings.confirm(session, scene.lan, booking_id=booked.id, now=NOON)
    assert (again.id, again.stay.state, again.version) == (booked.id, State.EXPECTED, 1)
    assert scene.taken() == ones("09:00", "11:00")


def test_the_last_place_refuses_the_next_family_and_names_the_slot(
    session: Session, build: Build
) -> None:
    scene = Scene(session, build, places=1)
    scene.hold("10:00", "11:00")
    emma, child = scene.family()
    with pytest.raises(NoPlace) as refused:
        bookings.hold(session, emma, wish=scene.wish("09:00", "12:00", child), now=NOON)
    assert refused.value.facts["start"] == "10:00"
    assert refused.value.facts["reason"] == "full"


def test_a_child_is_in_one_place_at_a_time_but_may_go_on_from_one_to_the_next(
    scene: Scene, session: Session
) -> None:
    scene.hold("09:00", "10:00")
    scene.hold("10:00", "11:00")
    with pytest.raises(ChildElsewhere):
        scene.hold("09:30", "10:30")


def test_a_fourth_live_hold_is_refused(scene: Scene) -> None:
    for hour in ("09", "10", "11"):
        scene.hold(f"{hour}:00", f"{int(hour) + 1}:00")
    with pytest.raises(bookings.TooManyHolds):
        scene.hold("13:00", "14:00")


def test_a_released_hold_frees_its_slots(scene: Scene, session: Session) -> None:
    held = scene.hold()
    bookings.release(session, scene.lan, booking_id=held.id, now=NOON)
    assert scene.taken() == {}
    with pytest.raises(WrongState):
        bookings.confirm(session, scene.lan, booking_id=held.id, now=NOON)


def test_a_hold_cannot_be_confirmed_at_its_very_end(scene: Scene, session: Session) -> None:
    held = scene.hold()
    late = NOON + timedelta(minutes=10)
    with pytest.raises(bookings.HoldExpired):
        bookings.confirm(session, scene.lan, booking_id=held.id, now=late)
    assert bookings.expire(session, booking_id=held.id, now=late)
    assert scene.taken() == {}
    assert not bookings.expire(session, booking_id=held.id, now=late)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (545, 660, "not-half-hour"),
        (660, 540, "not-after-start"),
        (420, 540, "outside-hours"),
        (540, 570, "too-short"),
    ],
)
def test_a_span_that_is_not_sold_is_malformed(
    scene: Scene, session: Session, start: int, end: int, reason: str
) -> None:
    wish = Wish(scene.child.id, scene.institution.id, CareForm.HOURLY, TOMORROW, start, end)
    with pytest.raises(Malformed) as refused:
        bookings.hold(session, scene.lan, wish=wish, now=NOON)
    assert refused.value.facts["reason"] == reason


def test_a_day_part_is_a_stay_with_one_price(scene: Scene, session: Session) -> None:
    wish = Wish(
        scene.child.id,
        scene.institution.id,
        CareForm.TEMPORARY,
        TOMORROW,
        day_part=DayPart.MORNING,
    )
    held = bookings.hold(session, scene.lan, wish=wish, now=NOON)
    assert (held.price_fen, held.day_part) == (9000, "morning")
    assert scene.taken() == ones("08:00", "12:00")


def test_what_has_started_and_what_lies_beyond_the_horizon_is_refused(
    scene: Scene, session: Session
) -> None:
    wish = scene.wish("12:00", "13:00", on=TODAY)
    with pytest.raises(bookings.TooLate):
        bookings.hold(session, scene.lan, wish=wish, now=NOON)
    wish = scene.wish("12:00", "13:00", on=TODAY + timedelta(days=31))
    with pytest.raises(bookings.TooFarAhead):
        bookings.hold(session, scene.lan, wish=wish, now=NOON)


def test_cancelling_is_free_until_a_day_before_then_half_then_all(
    scene: Scene, session: Session
) -> None:
    booked = scene.book()
    starts = booked.stay.starts_at
    fees = [
        bookings.fee_now(session, booked, now=starts - ahead).fen
        for ahead in (
            timedelta(hours=24),
            timedelta(hours=24) - timedelta(seconds=1),
            timedelta(hours=2),
            timedelta(hours=2) - timedelta(seconds=1),
            timedelta(minutes=-5),
        )
    ]
    assert fees == [0, 4000, 4000, 8000, 8000]


def test_a_fee_that_changed_since_it_was_shown_is_refused(scene: Scene, session: Session) -> None:
    booked = scene.book()
    with pytest.raises(bookings.FeeChanged) as refused:
        bookings.cancel(
            session, scene.lan, booking_id=booked.id, reason="plans", fee_fen=0, now=NOON
        )
    assert refused.value.facts["fee_fen"] == 4000
    assert scene.taken() == ones("09:00", "11:00")


def test_illness_waives_the_fee_three_times_a_quarter(scene: Scene, session: Session) -> None:
    starts = ("08:00", "09:00", "10:00", "11:00")
    fees = []
    for start in starts:
        end = f"{int(start[:2]) + 1:02d}:00"
        booked = scene.book(start, end)
        fee = bookings.fee_now(session, booked, now=NOON, reason=bookings.ILLNESS).fen
        bookings.cancel(
            session,
            scene.lan,
            booking_id=booked.id,
            reason=bookings.ILLNESS,
            fee_fen=fee,
            now=NOON,
        )
        fees.append(booked.fee_fen)
    assert fees == [0, 0, 0, 2000]
    assert scene.taken() == {}


def test_moving_within_a_day_counts_only_what_changes(session: Session, build: Build) -> None:
    scene = Scene(session, build, places=1)
    booked = scene.book("09:00", "11:00")
    moved = bookings.reschedule(
        session,
        scene.lan,
        booking_id=booked.id,
        version=1,
        move=Move(TOMORROW, 600, 720),
        now=NOON,
        shown=MoveQuote(8000, 4000),
    )
    assert (moved.version, moved.price_fen, moved.fee_fen) == (2, 8000, 4000)
    assert scene.taken() == ones("10:00", "12:00")


def test_moving_to_another_day_gives_the_old_slots_back(scene: Scene, session: Session) -> None:
    booked = scene.book("09:00", "11:00")
    after = TOMORROW + timedelta(days=1)
    move = Move(after, 540, 600)
    for _ in range(2):  # the same move again answers the same
        bookings.reschedule(
            session, scene.lan, booking_id=booked.id, version=1, move=move, now=NOON
        )
    assert scene.taken() == {}
    assert scene.taken(after) == ones("09:00", "10:00")
    assert booked.version == 2
    move = Move(after, 600, 660)
    with pytest.raises(bookings.BookingChanged):
        bookings.reschedule(
            session, scene.lan, booking_id=booked.id, version=1, move=move, now=NOON
        )


def test_a_move_to_a_full_day_leaves_everything_as_it_was(session: Session, build: Build) -> None:
    scene = Scene(session, build, places=1)
    other, child = scene.family()
    after = TOMORROW + timedelta(days=1)
    wish = scene.wish("09:00", "10:00", child, on=after)
    bookings.hold(session, other, wish=wish, now=NOON)
    booked = scene.book("09:00", "11:00")
    with pytest.raises(NoPlace):
        bookings.reschedule(
            session,
            scene.lan,
            booking_id=booked.id,
            version=1,
            move=Move(after, 540, 600),
            now=NOON,
        )
    assert scene.taken() == ones("09:00", "11:00")


def test_the_door_checks_in_once_and_an_early_check_out_frees_the_rest(
    scene: Scene, session: Session
) -> None:
    booked = scene.book("09:00", "12:00")
    desk = front_desk(scene.institution.id)
    came = booked.stay.starts_at + timedelta(minutes=5)
    for _ in range(2):
        bookings.check_in(session, desk, stay_id=booked.stay_id, now=came)
    assert booked.stay.state == State.CHECKED_IN
    left = came + timedelta(hours=1)
    bookings.check_out(session, desk, stay_id=booked.stay_id, now=left)
    assert booked.stay.state == State.COMPLETED
    assert scene.taken() == ones("09:00", "10:30")


def test_a_no_show_frees_what_is_left_and_a_late_child_takes_it_anew(
    session: Session, build: Build
) -> None:
    scene = Scene(session, build, places=1)
    booked = scene.book("09:00", "12:00")
    desk = front_desk(scene.institution.id)
    start = booked.stay.starts_at
    with pytest.raises(bookings.TooEarly):
        bookings.no_show(session, desk, stay_id=booked.stay_id, now=start + timedelta(minutes=29))
    late = start + timedelta(minutes=30)
    bookings.no_show(session, desk, stay_id=booked.stay_id, now=late)
    assert scene.taken() == ones("09:00", "09:30")
    bookings.check_in(session, desk, stay_id=booked.stay_id, now=late + timedelta(minutes=10))
    assert scene.taken() == ones("09:00", "09:30") | ones("10:00", "12:00")


def test_the_tick_marks_a_no_show_only_where_the_desk_checks_children_in(
    scene: Scene, session: Session
) -> None:
    booked = scene.book("09:00", "12:00")
    late = booked.stay.starts_at + timedelta(minutes=30)
    assert not bookings.mark_no_show(session, stay_id=booked.stay_id, now=late)
    emma, child = scene.family()
    other = bookings.hold(session, emma, wish=scene.wish("09:00", "10:00", child), now=NOON)
    bookings.confirm(session, emma, booking_id=other.id, now=NOON)
    desk = front_desk(scene.institution.id)
    bookings.check_in(session, desk, stay_id=other.stay_id, now=booked.stay.starts_at)
    assert bookings.mark_no_show(session, stay_id=booked.stay_id, now=late)
    assert booked.stay.state == State.NO_SHOW


def test_an_institution_that_cancels_takes_no_fee_and_owes_a_grant(
    scene: Scene, session: Session
) -> None:
    booked = scene.book()
    bookings.cancel_by_institution(
        session, director(scene.institution.id), booking_id=booked.id, reason="停电", now=NOON
    )
    assert (booked.stay.state, booked.fee_fen) == (State.CANCELLED, 0)
    assert booked.grant_until == NOON + timedelta(days=30)
    assert scene.taken() == {}


def test_another_family_and_another_institution_see_no_booking(
    scene: Scene, session: Session
) -> None:
    booked = scene.book()
    emma, _ = scene.family()
    for stranger in (emma, director(scene.institution.id + 1)):
        with pytest.raises(NotFound):
            bookings.booking(session, stranger, booked.id)
    with pytest.raises(Forbidden):
        bookings.cancel_by_institution(
            session, front_desk(scene.institution.id), booking_id=booked.id, reason="x", now=NOON
        )


def test_a_first_visit_is_asked_for_and_the_desk_decides(session: Session, build: Build) -> None:
    scene = Scene(session, build)
    build.fee_sheet(scene.institution, version=2, effective_from=TODAY, approves_first_visit=True)
    asked = scene.book("14:00", "16:00")
    assert asked.stay.state == State.REQUESTED
    assert asked.stay.ends_at == asked.stay.starts_at - timedelta(hours=2)
    bookings.approve(session, front_desk(scene.institution.id), booking_id=asked.id, now=NOON)
    assert asked.stay.state == State.EXPECTED
    second = scene.book("16:00", "17:00")
    assert second.stay.state == State.EXPECTED, "an approved child is known there"


def test_every_change_wrote_an_event_and_a_firm_booking_was_published(
    scene: Scene, session: Session
) -> None:
    booked = scene.book()
    from_to = [(e.from_state, e.to_state) for e in stays.events_of(session, booked.stay_id)]
    assert from_to == [(None, "held"), ("held", "expected")]
    kinds = set(session.scalars(select(OutboxRow.kind)))
    assert {"expire-hold", "booking-confirmed"} <= kinds
