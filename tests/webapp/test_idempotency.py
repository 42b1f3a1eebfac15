"""The same request twice has one effect and the same answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from childcare.bookings import Booking
from childcare.db import reading
from tests.build import FakeClock
from tests.webapp.conftest import City, new_booking

KEY = {"Idempotency-Key": "a1b2c3"}


def bookings_made() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Booking)) or 0


def test_the_same_key_answers_the_same_and_books_once(city: City) -> None:
    first = city.lan.post("/bookings", new_booking(city), headers=KEY)
    second = city.lan.post("/bookings", new_booking(city), headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert bookings_made() == 1


def test_without_a_key_the_second_is_a_new_request(city: City) -> None:
    city.lan.post("/bookings", new_booking(city))
    assert city.lan.post("/bookings", new_booking(city)).code == "child-elsewhere"


def test_twins_at_the_same_moment_book_once(city: City) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _: city.lan.post("/bookings", new_booking(city), headers=KEY), range(6))
        )
    assert {one.status_code for one in answers} == {201}
    assert len({one.json["id"] for one in answers}) == 1
    assert bookings_made() == 1


def test_another_body_under_a_used_key_is_refused(city: City) -> None:
    city.lan.post("/bookings", new_booking(city), headers=KEY)
    other = city.lan.post("/bookings", new_booking(city, end="17:00"), headers=KEY)
    assert (other.status_code, other.code) == (409, "idempotency-key-reused")


def test_a_key_belongs_to_one_person(city: City) -> None:
    city.lan.post("/bookings", new_booking(city), headers=KEY)
    emmas = new_booking(city, child_id=city.other_child)
    assert city.emma.post("/bookings", emmas, headers=KEY).status_code == 201


def test_a_refusal_is_not_remembered(city: City) -> None:
    taken = city.lan.post("/bookings", new_booking(city)).json
    assert city.lan.post("/bookings", new_booking(city), headers=KEY).status_code == 409
    city.lan.post(f"/bookings/{taken['id']}/release")
    assert city.lan.post("/bookings", new_booking(city), headers=KEY).status_code == 201


def test_after_a_day_a_key_is_new_again(city: City, clock: FakeClock) -> None:
    held = city.lan.post("/bookings", new_booking(city), headers=KEY).json
    city.lan.post(f"/bookings/{held['id']}/release")
    clock.forward(timedelta(hours=25))
    later = new_booking(city, date="2026-11-26")
    assert city.lan.post("/bookings", later, headers=KEY).status_code == 201


def test_a_key_that_is_no_key_is_malformed(city: City) -> None:
    for key in ("", "x" * 201, "two words", "caf\u00e9"):
        refusal = city.lan.post("/bookings", new_booking(city), headers={"Idempotency-Key": key})
        assert (refusal.status_code, refusal.json["errors"][0]["field"]) == (
            422,
            "Idempotency-Key",
        )
