"""The calendar file of a booking, read back by a reader of our own (RFC 5545)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from childcare import bookings, calendar_file
from childcare.bookings import Booking, Wish
from childcare.calendar_file import Entry
from childcare.i18n import speaking
from childcare.institutions import CareForm
from childcare.stays import State
from tests.build import NOON, TOMORROW, Build

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def entry(title: str = "果果 · 小小松果", notes: str = "") -> Entry:
    return Entry(
        uid="booking-1-k7wx-3mpa@childcare",
        sequence=1,
        status="CONFIRMED",
        during=Range(START, START + timedelta(hours=2)),
        title=title,
        place="小小松果, 劲松三区 1 号",
        position=(39.884, 116.461),
        notes=notes,
    )


def read(text: str) -> dict[str, str]:
    """Names and values of the file's lines: unfolded, then unescaped."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    values = {}
    for line in lines:
        name, _, value = line.partition(":")
        values[name] = re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
    return values


def test_times_are_utc_and_name_no_zone() -> None:
    text = calendar_file.text([entry()], now=NOON)
    values = read(text)
    assert values["DTSTART"] == "20261124T010000Z"
    assert values["DTEND"] == "20261124T030000Z"
    assert values["DTSTAMP"] == "20261123T040000Z"
    assert "TZID" not in text
    assert "VTIMEZONE" not in text


def test_what_means_something_to_the_format_is_escaped() -> None:
    text = calendar_file.text([entry(notes="a;b,c\\d\ne")], now=NOON)
    assert "DESCRIPTION:a\\;b\\,c\\\\d\\ne\r\n" in text


def test_a_name_cannot_smuggle_in_a_line() -> None:
    title = "果果\r\nATTENDEE:mailto:x@example.org\x00"
    text = calendar_file.text([entry(title)], now=NOON)
    assert not any(line.startswith("ATTENDEE") for line in text.split("\r\n"))
    assert "\x00" not in text


# Characters that split lines for Python but mean nothing to iCalendar would be read as a break.
WORDS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=300)


@given(title=WORDS, notes=WORDS)
def test_any_text_survives_folding_and_escaping(title: str, notes: str) -> None:
    text = calendar_file.text([entry(title, notes)], now=NOON)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    values = read(text)
    assert values["SUMMARY"] == title
    assert values["DESCRIPTION"] == notes


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_the_file(title: str) -> None:
    clean = title.encode(errors="ignore").decode()
    lines = calendar_file.text([entry(clean)], now=NOON).replace("\r\n ", "").split("\r\n")
    assert [line.split(":")[0] for line in lines].count("SUMMARY") == 1
    assert len(lines) == len(calendar_file.text([entry("x")], now=NOON).split("\r\n"))


@pytest.fixture
def booked(session: Session, build: Build) -> Booking:
    institution, _ = build.nursery(address="劲松三区 1 号", phone="010-1234")
    family = build.family()
    lan, child = build.guardian(family), build.child(family)
    wish = Wish(child.id, institution.id, CareForm.HOURLY, TOMORROW, 540, 660)
    held = bookings.hold(session, lan.actor, wish=wish, now=NOON)
    return bookings.confirm(session, lan.actor, booking_id=held.id, now=NOON)


def test_a_booking_s_entry_names_child_place_and_code(session: Session, booked: Booking) -> None:
    file = calendar_file.document(session, booked, now=NOON)
    values = read(file.content.decode())
    assert file.name == f"childcare-{booked.code}.ics"
    assert values["SUMMARY"].startswith("果果 · 小小松果托育园")
    assert values["LOCATION"].endswith(", 劲松三区 1 号")
    assert booked.code in values["DESCRIPTION"]
    assert (values["SEQUENCE"], values["STATUS"]) == ("1", "CONFIRMED")
    assert values["DTSTART"] == "20261124T010000Z"


def test_a_later_version_has_the_same_uid_and_a_higher_sequence(
    session: Session, booked: Booking
) -> None:
    first = calendar_file.entry(session, booked)
    booked.version += 1
    second = calendar_file.entry(session, booked)
    booked.stay.state = State.CANCELLED
    last = calendar_file.entry(session, booked)
    assert first.uid == second.uid == last.uid
    assert first.sequence < second.sequence < last.sequence
    assert last.status == "CANCELLED"


def test_the_entry_speaks_the_reader_s_language(session: Session, booked: Booking) -> None:
    with speaking("en"):
        said = calendar_file.entry(session, booked)
    assert said.title.startswith("果果 at Little Pinecone")
    assert said.notes.startswith("Code at the door: ")
