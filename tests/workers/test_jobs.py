"""One outbox row in a worker's hands: done once, or known to be tried again."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from childcare import bookings, clock, outbox
from childcare.app import act, promoting
from childcare.bookings import Booking
from childcare.db import reading
from childcare.reminders import Kind
from childcare.stays import State, StayEvent
from gateways.limiter import Limiter
from gateways.pace import LocalPacer, Pace
from tests.build import FakeClock, director
from tests.fake_chat import Answer, FakeChat
from tests.workers.city import GRANDMA, LAN, City, open_rows, publish, row
from workers import work as rows
from workers.deliveries import deliver
from workers.equipment import Equipment
from workers.jobs import EFFECT_ATTEMPTS, perform
from workers.work import Work


def state_of(booking_id: int) -> str:
    with reading() as session:
        return session.get_one(Booking, booking_id).stay.state


def events() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(StayEvent)) or 0


def test_a_hold_ends_by_its_row_and_the_row_is_done(city: City, equipment: Equipment) -> None:
    booking_id = city.hold()
    city.clock.forward(timedelta(minutes=10))
    [waiting] = open_rows("expire-hold")
    assert perform(equipment, waiting.id, 0) == "done"
    assert state_of(booking_id) == State.EXPIRED
    assert row(waiting.id).outcome == "done"


def test_an_effect_handed_out_twice_happens_once(city: City, equipment: Equipment) -> None:
    city.hold()
    city.clock.forward(timedelta(minutes=10))
    [waiting] = open_rows("expire-hold")
    before = events()
    assert [perform(equipment, waiting.id, 0) for _ in range(2)] == ["done", "already-taken"]
    assert events() == before + 1


def at_once(*calls: Callable[[], str]) -> list[str]:
    """Run calls in threads that start together; their answers, sorted."""
    together, answers = threading.Barrier(len(calls)), []

    def one(call: Callable[[], str]) -> None:
        together.wait()
        answers.append(call())

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def own_hands(equipment: Equipment, chat: FakeChat) -> Equipment:
    """The equipment of another worker on the same database and chat."""
    telegram = type(equipment.telegram)("100000:fake", chat.url)
    return Equipment(
        equipment.app, telegram, equipment.sms, equipment.limiter, equipment.secret_key
    )


def test_two_workers_with_one_row_send_one_message(
    city: City, equipment: Equipment, chat: FakeChat
) -> None:
    row_id = city.reminder(city.book())
    other = own_hands(equipment, chat)
    chat.seconds = 0.1
    answers = at_once(lambda: perform(equipment, row_id, 0), lambda: perform(other, row_id, 0))
    other.telegram.close()
    assert answers == ["already-taken", "sent"]
    assert len(chat.texts(LAN)) == 1


def test_without_the_compare_and_set_two_workers_would_send_two(
    city: City, equipment: Equipment, chat: FakeChat, app: Flask
) -> None:
    row_id = city.reminder(city.book())
    found = row(row_id)
    dates = found.created_at, found.due_at
    unguarded = Work(row_id, found.kind, found.payload, *dates, 1, found.urgency)
    other = own_hands(equipment, chat)
    chat.seconds = 0.1

    def send(tools: Equipment) -> str:
        with app.app_context():
            return deliver(tools, unguarded)

    at_once(lambda: send(equipment), lambda: send(other))
    other.telegram.close()
    assert len(chat.texts(LAN)) == 2


def test_a_killed_worker_s_row_returns_when_its_lease_is_over(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    assert leased(10) == [(due, 0)]
    assert rows.begin(due, 0) is not None  # and is killed here
    assert leased(10) == []
    clock.forward(outbox.LEASE)
    assert leased(10) == [(due, 1)]
    assert perform(equipment, due, 0) == "already-taken"
    assert perform(equipment, due, 1) == "sent"
    assert len(chat.texts(LAN)) == 1


def leased(limit: int) -> list[tuple[int, int]]:
    """What a dispatcher would hand out now."""
    with promoting() as session:
        return list(outbox.lease(session, limit=limit, now=clock.now(session)))


@pytest.fixture
def due(city: City) -> int:
    """The row of a reminder to 林岚 that is due, alone in the outbox."""
    booking_id = city.book()
    city.forget_rows()
    return city.reminder(booking_id)


def test_a_reminder_of_what_was_cancelled_is_dropped(
    city: City, equipment: Equipment, chat: FakeChat
) -> None:
    booking_id = city.book()
    row_id = city.reminder(booking_id)
    boss = director(city.institution_id)
    act(
        lambda s: (
            bookings.cancel_by_institution(
                s, boss, booking_id=booking_id, reason="停水", now=city.clock.now
            ).id
        )
    )
    assert perform(equipment, row_id, 0) == "dropped"
    assert chat.sent == []


def test_a_wait_that_the_server_asks_for_is_obeyed_and_is_no_attempt(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chat.will(Answer(429, retry_after=30))
    assert perform(equipment, due, 0) == "handed-back"
    waiting = row(due)
    assert waiting.leased_until == clock.now + timedelta(seconds=30)
    assert (waiting.due_at, waiting.attempts) == (clock.now, 0)
    clock.forward(timedelta(seconds=29))
    assert leased(10) == []
    clock.forward(timedelta(seconds=1))
    assert leased(10) == [(due, 0)]


def test_other_chats_are_served_while_one_is_told_to_wait(
    city: City, equipment: Equipment, chat: FakeChat, due: int
) -> None:
    chat.will(Answer(429, retry_after=30))
    perform(equipment, due, 0)
    other = city.reminder(_booking_of(due), to=GRANDMA)
    assert perform(equipment, other, 0) == "sent"


def _booking_of(row_id: int) -> int:
    stay_id = row(row_id).payload["stay_id"]
    with reading() as session:
        found = bookings.find_by_stay(session, stay_id)
        assert found is not None
        return found.id


@pytest.mark.parametrize("trouble", [Answer(500), Answer(502), Answer(cut="before")])
def test_a_temporary_failure_is_repeated_a_second_later(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock, trouble: Answer
) -> None:
    chat.will(trouble)
    assert perform(equipment, due, 0) == "to-be-repeated"
    assert row(due).leased_until == clock.now + timedelta(seconds=1)
    clock.forward(timedelta(seconds=1))
    assert leased(1) == [(due, 1)]
    assert perform(equipment, due, 1) == "sent"


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 1), (1, 2), (2, 4), (7, 128), (9, 300), (500, 300)]
)
def test_repeated_failures_are_repeated_later_and_later(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock, attempts: int, seconds: int
) -> None:
    _lease_again(due, attempts=attempts)
    chat.will(Answer(500))
    perform(equipment, due, attempts)
    assert row(due).leased_until == clock.now + timedelta(seconds=seconds)


def _lease_again(row_id: int, *, attempts: int) -> None:
    """Bring a row to where it was attempted so often, and is handed out again."""
    with promoting() as session:
        found = session.get_one(outbox.OutboxRow, row_id)
        found.is_waiting, found.leased_until, found.attempts = False, None, attempts


def test_an_answer_that_was_lost_costs_at_most_one_message_more(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chat.will(Answer(cut="after"))
    assert perform(equipment, due, 0) == "to-be-repeated"
    clock.forward(timedelta(seconds=1))
    assert leased(1) == [(due, 1)]
    assert perform(equipment, due, 1) == "sent"
    assert len(chat.texts(LAN)) == 2


def test_a_row_that_waits_cannot_be_begun_by_a_late_job(
    due: int, equipment: Equipment, chat: FakeChat
) -> None:
    chat.will(Answer(429, retry_after=30))
    perform(equipment, due, 0)
    assert perform(equipment, due, 0) == "already-taken"
    assert chat.sent == []


def test_who_blocked_the_bot_is_marked_and_hears_no_more(
    city: City, due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chat.blocked.add(LAN)
    assert perform(equipment, due, 0) == "blocked"
    assert city.guardian().chat_blocked_at == clock.now
    chat.blocked.clear()
    again = city.reminder(_booking_of(due), kind=Kind.PICK_UP)
    assert perform(equipment, again, 0) == "dropped"


def test_what_can_never_succeed_is_left_to_a_person(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chat.will(Answer(400, "Bad Request: BUTTON_DATA_INVALID"))
    assert perform(equipment, due, 0) == "failed"
    assert row(due).failed_at == clock.now
    assert leased(10) == []


def test_a_busy_chat_s_row_is_handed_back_and_is_no_attempt(
    city: City, due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    own = LocalPacer(Pace(overall=1000, per_chat=0.01))
    slow = Equipment(
        equipment.app,
        equipment.telegram,
        equipment.sms,
        Limiter(own, own),
        equipment.secret_key,
    )
    own.claim(LAN)
    assert perform(slow, due, 0) == "handed-back"
    found = row(due)
    assert (found.attempts, found.due_at, found.is_waiting) == (0, clock.now, True)
    assert perform(slow, city.reminder(_booking_of(due), to=GRANDMA), 0) == "sent"


def test_the_night_is_waited_for_without_an_attempt(
    due: int, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    night = clock.forward(timedelta(hours=11))
    assert perform(equipment, due, 0) == "handed-back"
    found = row(due)
    assert found.leased_until == night + timedelta(hours=9)
    assert found.attempts == 0
    assert chat.sent == []


def test_an_effect_that_keeps_failing_is_given_up_after_twenty_attempts(
    city: City, equipment: Equipment, clock: FakeClock
) -> None:
    row_id = city.publish("open-day", institution_id=city.institution_id, on="no date")
    _lease_again(row_id, attempts=EFFECT_ATTEMPTS - 2)
    assert perform(equipment, row_id, EFFECT_ATTEMPTS - 2) == "to-be-repeated"
    _lease_again(row_id, attempts=EFFECT_ATTEMPTS - 1)
    assert perform(equipment, row_id, EFFECT_ATTEMPTS - 1) == "failed"
    assert (row(row_id).failed_at, row(row_id).last_error) == (clock.now, "ValueError")


def test_a_kind_of_a_newer_version_is_tried_again(city: City, equipment: Equipment) -> None:
    row_id = city.publish("not-known-yet")
    assert perform(equipment, row_id, 0) == "to-be-repeated"


def test_an_effect_that_breaks_leaves_nothing_behind(city: City, equipment: Equipment) -> None:
    before = len(open_rows())
    row_id = city.publish("replan-days", institution_id=city.institution_id, days=["2026-13-99"])
    perform(equipment, row_id, 0)
    assert row(row_id).done_at is None
    assert len(open_rows()) == before + 1


def test_confirming_leads_to_the_family_being_told(
    city: City, equipment: Equipment, chat: FakeChat
) -> None:
    city.book()
    [fact] = open_rows("booking-confirmed")
    assert perform(equipment, fact.id, 0) == "done"
    for told in open_rows(Kind.BOOKED):
        perform(equipment, told.id, 0)
    assert chat.texts(LAN) == []
    assert [text.splitlines()[0][:5] for text in chat.texts(GRANDMA)] == ["✅ 约好了"]
    assert len(open_rows("mark-no-show")) == 1


def test_a_log_line_says_which_row_and_nobody_s_name(
    due: int, equipment: Equipment, capsys: pytest.CaptureFixture[str]
) -> None:
    perform(equipment, due, 0)
    said = capsys.readouterr().out
    assert str(due) in said
    assert "果果" not in said
    assert "林岚" not in said


def test_a_far_away_row_is_not_touched(city: City, clock: FakeClock) -> None:
    city.forget_rows()
    publish(clock, Kind.DAY_BEFORE, {}, key="later", after=timedelta(seconds=1))
    assert leased(10) == []
