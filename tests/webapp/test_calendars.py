"""Bookings in calendar programs."""

from childcare.db import reading
from childcare.people import Guardian
from tests.webapp.conftest import City, confirmed


def feed_of(city: City) -> str:
    url = str(city.lan.post("/me/calendar").json["url"])
    return url.partition("/api/v1")[2]


def test_one_booking_is_a_calendar_file(city: City) -> None:
    booking_id = confirmed(city)
    file = city.lan.get(f"/bookings/{booking_id}.ics")
    assert file.content_type == "text/calendar; charset=utf-8"
    assert "DTSTART:20261124T010000Z" in file.text
    assert "果果" not in file.headers["Content-Disposition"]


def test_the_feed_needs_its_secret_alone_and_lists_what_is_booked(city: City) -> None:
    confirmed(city)
    feed = city.stranger.get(feed_of(city))
    assert feed.status_code == 200
    assert feed.text.count("BEGIN:VEVENT") == 1


def test_a_feed_withdrawn_or_replaced_is_gone(city: City) -> None:
    first = feed_of(city)
    second = feed_of(city)
    assert city.stranger.get(first).status_code == 404
    assert city.stranger.get(second).status_code == 200
    assert city.lan.get("/me").json["has_calendar"] is True
    assert city.lan.call("DELETE", "/me/calendar").status_code == 204
    assert city.stranger.get(second).status_code == 404


def test_the_secret_is_kept_nowhere(city: City) -> None:
    secret = feed_of(city).removeprefix("/calendar/").removesuffix(".ics")
    with reading() as session:
        kept = session.get_one(Guardian, city.lan.actor.id).calendar_hash
        assert kept is not None
        assert secret not in kept
