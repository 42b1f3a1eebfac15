"""Find → hold → confirm → move → cancel, by API alone; and the desk's side of a day."""

from datetime import timedelta

from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City, back_again, confirmed, hold, new_booking, stay_of

DAY = TOMORROW.isoformat()


def test_a_parent_finds_holds_confirms_moves_and_cancels(city: City) -> None:
    lan = city.lan
    wanted = {
        "lat": 39.884,
        "lng": 116.461,
        "child_id": city.child,
        "care_form": "hourly",
        "date": DAY,
        "start": "14:00",
        "end": "16:00",
    }
    found = lan.get("/institutions", query_string=wanted).json["items"]
    nearest = next(one for one in found if one["id"] == city.nursery)
    assert (nearest["free_places"], nearest["price_fen"]) == (5, 8000)

    held = lan.post("/bookings", new_booking(city))
    assert (held.status_code, held.json["state"], held.json["price_fen"]) == (201, "held", 8000)
    assert held.json["holds_until"] == "2026-11-23T12:10:00+08:00"

    firm = lan.post(f"/bookings/{held.json['id']}/confirm").json
    assert (firm["state"], firm["start"], firm["end"]) == ("expected", "14:00", "16:00")

    wish = {"date": DAY, "start": "15:00", "end": "17:00"}
    quote = lan.get(f"/bookings/{firm['id']}/move-quote", query_string=wish).json
    moved = lan.post(
        f"/bookings/{firm['id']}/reschedule", {**wish, **quote, "version": firm["version"]}
    ).json
    assert (moved["start"], moved["version"]) == ("15:00", 2)

    fee = lan.get(f"/bookings/{firm['id']}").json["cancellation"]["fee_fen"]
    gone = lan.post(f"/bookings/{firm['id']}/cancel", {"reason": "", "fee_fen": fee}).json
    assert gone["state"] == "cancelled"
    again = lan.get("/institutions", query_string=wanted).json["items"]
    assert next(one for one in again if one["id"] == city.nursery)["free_places"] == 5


def test_a_fee_that_changed_since_it_was_shown_is_refused_with_the_new_one(
    city: City, clock: FakeClock
) -> None:
    booking_id = confirmed(city, hours=(13, 14))
    shown = city.lan.get(f"/bookings/{booking_id}").json["cancellation"]["fee_fen"]
    clock.forward(timedelta(hours=2))
    refusal = city.lan.post(f"/bookings/{booking_id}/cancel", {"fee_fen": shown})
    assert (refusal.status_code, refusal.code) == (409, "fee-changed")
    assert (shown, refusal.json["facts"]["fee_fen"]) == (0, 2000)
    assert "¥20" in refusal.json["detail"]


def test_a_full_class_is_refused_by_its_first_full_half_hour(city: City) -> None:
    shifts = {"class_id": city.toddlers, "date": DAY, "shifts": []}
    shifts["shifts"] = [{"carer": "李老师", "start": "08:00", "end": "15:00"}]
    assert city.director.call("PUT", "/panel/shifts", json=shifts).status_code == 200
    refusal = city.lan.post("/bookings", new_booking(city))
    assert (refusal.status_code, refusal.code) == (409, "no-place")
    assert refusal.json["facts"]["start"] == "15:00"
    assert "托小班" in refusal.json["detail"]


def test_pages_of_bookings_follow_each_other_without_gap_or_repeat(city: City) -> None:
    made = [confirmed(city, hours=(hour, hour + 1)) for hour in (9, 11, 13)]
    first = city.lan.get("/bookings", query_string={"limit": 2}).json
    rest = city.lan.get("/bookings", query_string={"limit": 2, "cursor": first["next"]}).json
    assert [one["id"] for one in first["items"] + rest["items"]] == made
    assert rest["next"] is None


def test_the_desk_sees_the_day_and_the_family_sees_that_it_looked(
    city: City, clock: FakeClock
) -> None:
    booking_id = confirmed(city)
    hold(city, hours=(14, 15))
    assert city.lan.get("/me/access-log").json["items"] == []

    board = city.desk.get("/panel/today", query_string={"date": DAY}).json
    [stay] = board["classes"][0]["stays"]
    assert (stay["booking_id"], stay["child"]["name"], stay["state"]) == (
        booking_id,
        "果果",
        "expected",
    )
    taken = {slot["start"]: slot["taken"] for slot in board["classes"][0]["slots"]}
    assert (taken["08:30"], taken["09:00"], taken["14:00"]) == (0, 1, 1)

    [look] = city.lan.get("/me/access-log").json["items"]
    assert (look["child_id"], look["institution_id"], look["staff_name"]) == (
        city.child,
        city.nursery,
        "Li",
    )


def test_a_child_comes_and_goes_at_the_desk(city: City, clock: FakeClock) -> None:
    stay_id = stay_of(confirmed(city))
    early = city.desk.post(f"/stays/{stay_id}/check-in")
    assert (early.status_code, early.code) == (409, "too-early")
    desk = back_again(city.desk, clock.forward(timedelta(hours=21, minutes=5)))
    come = desk.post(f"/stays/{stay_id}/check-in").json
    assert (come["state"], come["checked_in_at"]) == ("checked_in", "2026-11-24T09:05:00+08:00")
    clock.forward(timedelta(hours=2))
    assert desk.post(f"/stays/{stay_id}/check-out").json["state"] == "completed"


def test_a_closure_cancels_free_of_charge_and_lifting_it_opens_the_day_again(city: City) -> None:
    booking_id = confirmed(city)
    days = {"institution_id": city.nursery, "from_date": DAY, "to_date": DAY, "reason": "停水"}
    closure = city.director.post("/panel/closures", days).json
    ended = city.lan.get(f"/bookings/{booking_id}").json
    assert (ended["state"], ended["fee_fen"]) == ("cancelled", 0)
    assert city.lan.post("/bookings", new_booking(city)).code == "no-place"
    lifted = city.director.call("DELETE", f"/panel/closures/{closure['id']}").json
    assert lifted["lifted_at"] is not None
    assert city.lan.post("/bookings", new_booking(city)).status_code == 201
