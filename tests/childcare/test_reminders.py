"""What is said to a family about a booking, and when."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from childcare import bookings, clock, outbox, reminders, stays
from childcare.actors import SYSTEM
from childcare.bookings import Booking, Wish
from childcare.institutions import CareForm
from childcare.outbox import OutboxRow, Urgency
from childcare.people import Guardian
from childcare.reminders import DAILY_CAP, RULES, Dropped, Kind, Later, Outgoing, due_at
from childcare.stays import State, Stay
from tests.build import NOON, TODAY, Build, director

THURSDAY = date(2026, 11, 26)
WEDNESDAY = THURSDAY - timedelta(days=1)


def at(hhmm: str, on: date = THURSDAY) -> datetime:
    return clock.at(on, clock.parse_hhmm(hhmm))


def stay_of(start: str, end: str, on: date = THURSDAY) -> Stay:
    return Stay(on=on, during=Range(at(start, on), at(end, on)), state=State.EXPECTED)


def guardian_of(quiet: str = "22:00-08:00") -> Guardian:
    quiet_from, quiet_until = map(clock.parse_hhmm, quiet.split("-"))
    return Guardian(quiet_from=quiet_from, quiet_until=quiet_until)


@pytest.mark.parametrize(
    ("kind", "start", "quiet", "due"),
    [
        (Kind.DAY_BEFORE, "14:00", "22:00-08:00", at("14:00", WEDNESDAY)),
        (Kind.HOURS_BEFORE, "14:00", "22:00-08:00", at("12:00")),
        (Kind.PICK_UP, "14:00", "22:00-08:00", at("16:30")),
        # 2 h before would be 06:30 or 07:30: it goes when the quiet hours begin.
        (Kind.HOURS_BEFORE, "08:30", "22:00-08:00", at("22:00", WEDNESDAY)),
        (Kind.HOURS_BEFORE, "09:30", "22:00-08:00", at("22:00", WEDNESDAY)),
        (Kind.HOURS_BEFORE, "10:00", "22:00-08:00", at("08:00")),
        (Kind.HOURS_BEFORE, "09:30", "23:30-06:00", at("07:30")),
        (Kind.HOURS_BEFORE, "14:00", "11:00-13:00", at("11:00")),
        # The rest goes when they end.
        (Kind.DAY_BEFORE, "07:30", "22:00-08:00", at("08:00", WEDNESDAY)),
        (Kind.PICK_UP, "14:00", "16:00-16:45", at("16:45")),
        (Kind.PICK_UP, "14:00", "16:00-17:00", None),
        # Nobody asked for quiet.
        (Kind.HOURS_BEFORE, "08:30", "00:00-00:00", at("06:30")),
    ],
)
def test_a_reminder_goes_at_its_hour_but_for_quiet_hours(
    kind: Kind, start: str, quiet: str, due: datetime | None
) -> None:
    stay = stay_of(start, "17:00")
    assert due_at(kind, stay, guardian_of(quiet), since=NOON) == due


@pytest.mark.parametrize(
    ("since", "kinds"),
    [
        (at("13:59", WEDNESDAY), {Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.PICK_UP}),
        (at("14:00", WEDNESDAY), {Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.PICK_UP}),
        (at("14:01", WEDNESDAY), {Kind.HOURS_BEFORE, Kind.PICK_UP}),
        (at("12:01"), {Kind.PICK_UP}),
        (at("16:31"), set()),
    ],
)
def test_what_is_past_when_booking_is_not_written(since: datetime, kinds: set[Kind]) -> None:
    stay = stay_of("14:00", "17:00")
    ahead = (Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.PICK_UP)
    assert {kind for kind in ahead if due_at(kind, stay, guardian_of(), since=since)} == kinds


def test_a_two_hour_reminder_whose_quiet_hours_have_begun_is_dropped() -> None:
    stay = stay_of("08:30", "11:00")
    booked_late = at("22:30", WEDNESDAY)
    assert due_at(Kind.HOURS_BEFORE, stay, guardian_of(), since=booked_late) is None


@pytest.mark.parametrize(
    ("kind", "start", "due"),
    [
        (Kind.BOOKED, "14:00", at("08:00")),
        (Kind.NO_SHOW, "14:00", at("08:00")),
        (Kind.BY_INSTITUTION, "14:00", at("23:00", WEDNESDAY)),
        (Kind.CLOSED, "14:00", at("23:00", WEDNESDAY)),
        (Kind.REOPENED, "14:00", at("23:00", WEDNESDAY)),
        (Kind.STILL_PRESENT, "14:00", at("23:00", WEDNESDAY)),
        # It would come too late: the stay begins before the quiet hours end.
        (Kind.REJECTED, "07:00", at("23:00", WEDNESDAY)),
    ],
)
def test_news_at_night_waits_for_the_morning_unless_it_would_be_too_late(
    kind: Kind, start: str, due: datetime
) -> None:
    stay = stay_of(start, "17:00")
    assert due_at(kind, stay, guardian_of(), since=at("23:00", WEDNESDAY)) == due


class Home:
    """林岚, her partner and Grandma with one child, and a nursery with free places."""

    def __init__(self, session: Session, build: Build) -> None:
        self.session, self.build = session, build
        self.institution, _ = build.nursery(
            address="劲松三区 1 号", phone="010-1234", what_to_bring="水杯、换洗衣服"
        )
        family = build.family()
        self.lan = build.guardian(family, telegram_id=70001)
        self.partner = build.guardian(family, name="陈浩", telegram_id=70004, locale="en")
        self.grandma = build.relative(family, telegram_id=70002)
        self.child = build.child(family)

    def book(self, start: str = "14:00", end: str = "17:00") -> Booking:
        first, last = clock.parse_hhmm(start), clock.parse_hhmm(end)
        wish = Wish(self.child.id, self.institution.id, CareForm.HOURLY, THURSDAY, first, last)
        held = bookings.hold(self.session, self.lan.actor, wish=wish, now=NOON)
        return bookings.confirm(self.session, self.lan.actor, booking_id=held.id, now=NOON)

    def told_of(self, found: Booking, *, by: int = 0) -> Sequence[OutboxRow]:
        """The rows that the fact of a firm booking leads to."""
        reminders.booking_confirmed(
            self.session, booking_id=found.id, version=found.version, by=by, since=NOON
        )
        return self.rows()

    def rows(self) -> Sequence[OutboxRow]:
        query = select(OutboxRow).where(OutboxRow.recipient_id.is_not(None))
        return self.session.scalars(query.order_by(OutboxRow.id)).all()

    def prepare(
        self, kind: Kind, found: Booking, *, now: datetime, to: Guardian | None = None
    ) -> reminders.Verdict:
        payload = {
            "stay_id": found.stay_id,
            "version": found.version,
            "guardian_id": (to or self.lan).id,
        }
        return reminders.prepare(self.session, kind, payload, now=now)


@pytest.fixture
def home(session: Session, build: Build) -> Home:
    return Home(session, build)


def test_everyone_of_the_family_is_reminded_and_only_others_are_told_of_ones_own_act(
    home: Home,
) -> None:
    rows = home.told_of(home.book(), by=home.lan.id)
    told = {(row.recipient_id, row.kind) for row in rows}
    ahead = {Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.PICK_UP}
    family = (home.lan, home.partner, home.grandma)
    expected = {(member.id, kind) for member in family for kind in ahead}
    assert told == expected | {(member.id, Kind.BOOKED) for member in family[1:]}


def test_the_same_fact_twice_writes_each_row_once(home: Home) -> None:
    found = home.book()
    once = len(home.told_of(found))
    assert len(home.told_of(found)) == once


def test_an_approved_request_is_told_to_everyone_as_such(home: Home) -> None:
    found = home.book()
    found.approved_at = NOON
    kinds = [row.kind for row in home.told_of(found, by=0)]
    assert kinds.count(Kind.APPROVED) == 3
    assert Kind.BOOKED not in kinds


def test_a_booking_that_moved_on_writes_nothing(home: Home) -> None:
    found = home.book()
    reminders.booking_confirmed(
        home.session, booking_id=found.id, version=found.version - 1, by=0, since=NOON
    )
    assert home.rows() == []


def test_a_reminder_names_child_place_day_hours_address_and_code(home: Home) -> None:
    found = home.book()
    sent = home.prepare(Kind.DAY_BEFORE, found, now=at("14:00", WEDNESDAY))
    assert isinstance(sent, Outgoing)
    assert (sent.guardian_id, sent.chat_id) == (home.lan.id, 70001)
    text = sent.message.text
    assert text.startswith("⏰ 明天 14:00，果果要去小小松果托育园")
    assert "11月26日 周四 14:00–17:00" in text
    assert "劲松三区 1 号" in text
    assert found.code in text


def test_a_reminder_speaks_the_reader_s_language(home: Home) -> None:
    found = home.book()
    sent = home.prepare(Kind.HOURS_BEFORE, found, now=at("12:00"), to=home.partner)
    assert isinstance(sent, Outgoing)
    assert sent.message.text.startswith("⏰ Today at 14:00: 果果 goes to Little Pinecone")
    assert "Thu 26 Nov 14:00–17:00" in sent.message.text


def test_a_reminder_s_buttons_show_cancel_and_lead_there(home: Home) -> None:
    found = home.book()
    sent = home.prepare(Kind.DAY_BEFORE, found, now=at("14:00", WEDNESDAY))
    assert isinstance(sent, Outgoing)
    assert [[button.address for button in row] for row in sent.message.buttons] == [
        [f"booking:{found.id}:1", f"directions:{home.institution.id}"],
        [f"cancel-ask:{found.id}:1"],
    ]


def test_a_no_show_can_be_objected_to_from_its_message(home: Home) -> None:
    found = home.book()
    found.stay.state = State.NO_SHOW
    home.session.flush()
    sent = home.prepare(Kind.NO_SHOW, found, now=at("15:00"))
    assert isinstance(sent, Outgoing)
    assert sent.message.buttons[0][0].address == f"object:{found.id}"


def test_booked_brings_the_calendar_file_and_what_to_bring(home: Home) -> None:
    found = home.book()
    sent = home.prepare(Kind.BOOKED, found, now=NOON, to=home.grandma)
    assert isinstance(sent, Outgoing)
    assert "水杯、换洗衣服" in sent.message.text
    assert sent.message.document is not None
    assert found.code.encode() in sent.message.document.content


STATES = {
    Kind.REJECTED: State.REJECTED,
    Kind.REQUEST_EXPIRED: State.EXPIRED,
    Kind.CANCELLED: State.CANCELLED,
    Kind.BY_INSTITUTION: State.CANCELLED,
    Kind.CLOSED: State.CANCELLED,
    Kind.ABSENT: State.ABSENT,
    Kind.NO_SHOW: State.NO_SHOW,
    Kind.STILL_PRESENT: State.COMPLETED,
}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_message_says_child_and_place_in_both_languages(home: Home, kind: Kind) -> None:
    found = home.book()
    found.stay.state = STATES.get(kind, State.EXPECTED)
    found.cancel_reason = "水管坏了"
    home.session.flush()
    said = [home.prepare(kind, found, now=NOON, to=to) for to in (home.lan, home.partner)]
    zh, en = (sent.message.text for sent in said if isinstance(sent, Outgoing))
    assert "果果" in zh
    assert home.institution.name in zh
    assert "果果" in en
    assert home.institution.name_en in en
    assert zh != en


@pytest.mark.parametrize("kind", list(Kind))
def test_no_message_goes_where_its_state_is_no_longer_so(home: Home, kind: Kind) -> None:
    found = home.book()
    for state in set(State) - RULES[kind].states - {State.OFFERED}:  # never a booking's
        found.stay.state = state
        home.session.flush()
        assert home.prepare(kind, found, now=NOON) == Dropped("no-longer-true")


def test_a_cancelled_booking_reminds_nobody(home: Home) -> None:
    found = home.book()
    assert isinstance(home.prepare(Kind.DAY_BEFORE, found, now=NOON), Outgoing)
    bookings.cancel_by_institution(
        home.session, director(home.institution.id), booking_id=found.id, reason="停水", now=NOON
    )
    assert home.prepare(Kind.DAY_BEFORE, found, now=NOON) == Dropped("no-longer-true")
    told = home.prepare(Kind.BY_INSTITUTION, found, now=NOON)
    assert isinstance(told, Outgoing)
    assert "停水" in told.message.text


def test_a_moved_booking_drops_the_reminders_of_the_old_time(home: Home) -> None:
    found = home.book()
    payload = {"stay_id": found.stay_id, "version": 1, "guardian_id": home.lan.id}
    found.version = 2
    home.session.flush()
    verdict = reminders.prepare(home.session, Kind.DAY_BEFORE, payload, now=NOON)
    assert verdict == Dropped("no-longer-true")


@pytest.mark.parametrize(
    ("kind", "too_late"),
    [
        (Kind.DAY_BEFORE, "12:00"),
        (Kind.HOURS_BEFORE, "14:00"),
        (Kind.BOOKED, "14:00"),
        (Kind.PICK_UP, "17:00"),
    ],
)
def test_what_has_come_too_late_is_not_sent(home: Home, kind: Kind, too_late: str) -> None:
    found = home.book()
    just_in_time = at(too_late) - timedelta(seconds=1)
    assert isinstance(home.prepare(kind, found, now=just_in_time), Outgoing)
    assert home.prepare(kind, found, now=at(too_late)) == Dropped("no-longer-true")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"telegram_id": None}, "nobody-there"),
        ({"erased_at": NOON}, "nobody-there"),
        ({"chat_blocked_at": NOON}, "blocked"),
        ({"switches": {"24h": False}}, "switched-off"),
    ],
)
def test_who_cannot_or_does_not_want_to_hear_is_left_alone(
    home: Home, facts: dict[str, object], why: str
) -> None:
    found = home.book()
    for name, value in facts.items():
        setattr(home.lan, name, value)
    home.session.flush()
    assert home.prepare(Kind.DAY_BEFORE, found, now=NOON) == Dropped(why)


def test_a_switch_turns_off_its_own_kind_alone_and_a_cancellation_has_none(home: Home) -> None:
    found = home.book()
    home.lan.switches = dict.fromkeys((*reminders.SWITCHES, ""), False) | {"24h": True}
    home.session.flush()
    assert isinstance(home.prepare(Kind.DAY_BEFORE, found, now=NOON), Outgoing)
    assert home.prepare(Kind.HOURS_BEFORE, found, now=NOON) == Dropped("switched-off")


def test_a_family_left_since_hears_nothing_of_its_old_child(home: Home, build: Build) -> None:
    found = home.book()
    stranger = build.guardian(telegram_id=70009)
    verdict = home.prepare(Kind.DAY_BEFORE, found, now=NOON, to=stranger)
    assert verdict == Dropped("no-longer-true")


def test_a_message_held_up_into_the_night_waits_for_the_morning(home: Home) -> None:
    found = home.book()
    verdict = home.prepare(Kind.DAY_BEFORE, found, now=at("23:10", WEDNESDAY))
    assert verdict == Later(at("08:00"))


def test_what_goes_when_quiet_hours_begin_may_go_a_little_later(home: Home) -> None:
    found = home.book("08:30", "11:00")
    a_little = home.prepare(Kind.HOURS_BEFORE, found, now=at("22:05", WEDNESDAY))
    much = home.prepare(Kind.HOURS_BEFORE, found, now=at("22:30", WEDNESDAY))
    assert isinstance(a_little, Outgoing)
    assert a_little.message.text.startswith("⏰ 明天 08:30")
    assert much == Later(at("08:00"))


def test_the_cap_of_a_day_holds_what_is_not_urgent(home: Home) -> None:
    found = home.book()
    for number in range(DAILY_CAP):
        _sent(home, number)
    assert home.prepare(Kind.DAY_BEFORE, found, now=NOON) == Dropped("enough-for-today")
    assert isinstance(home.prepare(Kind.HOURS_BEFORE, found, now=NOON), Outgoing)
    tomorrow = at("09:00", TODAY + timedelta(days=1))
    assert isinstance(home.prepare(Kind.DAY_BEFORE, found, now=tomorrow), Outgoing)


def _sent(home: Home, number: int) -> None:
    outbox.publish(
        home.session,
        Kind.BOOKED,
        {},
        key=str(number),
        now=NOON,
        urgency=Urgency.NORMAL,
        recipient_id=home.lan.id,
    )
    row = home.session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1)).one()
    outbox.finish(home.session, row.id, outcome="sent", now=NOON)


def test_an_enrolled_child_s_news_needs_no_booking(home: Home) -> None:
    found = home.book()
    stay = stays.locked_one(home.session, found.stay_id)
    bookings.release_class_day(home.session, SYSTEM, stay.day_id, reason="停电", now=NOON)
    home.session.delete(found)
    home.session.flush()
    reminders.tell_of_stay(home.session, Kind.CLOSED, stay_id=stay.id, since=NOON)
    row, _, _ = (row for row in home.rows() if row.kind == Kind.CLOSED)
    verdict = reminders.prepare(home.session, Kind.CLOSED, row.payload, now=NOON)
    assert isinstance(verdict, Outgoing)
    assert verdict.message.buttons == []


def test_a_blocked_chat_is_marked_unless_the_guardian_has_another_by_then(home: Home) -> None:
    reminders.mark_blocked(home.session, home.lan.id, chat_id=1, now=NOON)
    home.session.refresh(home.lan)
    assert home.lan.chat_blocked_at is None
    reminders.mark_blocked(home.session, home.lan.id, chat_id=70001, now=NOON)
    home.session.refresh(home.lan)
    assert home.lan.chat_blocked_at == NOON
