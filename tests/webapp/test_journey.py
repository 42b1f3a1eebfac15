"""Find → hold → confirm → move → cancel, by API alone."""

from tests.build import TOMORROW
from tests.webapp.conftest import City, Person, new_booking


def test_a_parent_finds_holds_confirms_moves_and_cancels(city: City) -> None:
    lan: Person = city.lan
    where = {"lat": 39.884, "lng": 116.461, "child_id": city.child, "care_form": "hourly"}
    when = {"date": TOMORROW.isoformat(), "start": "14:00", "end": "16:00"}
    found = lan.get("/institutions", query_string={**where, **when}).json["items"]
    nearest = next(one for one in found if one["id"] == city.nursery)
    assert (nearest["free_places"], nearest["price_fen"]) == (5, 8000)

    held = lan.post("/bookings", new_booking(city))
    assert held.status_code == 201
    assert (held.json["state"], held.json["price_fen"]) == ("held", 8000)
    assert held.json["holds_until"] == "2026-11-23T12:10:00+08:00"

    firm = lan.post(f"/bookings/{held.json['id']}/confirm").json
    assert (firm["state"], firm["start"], firm["end"]) == ("expected", "14:00", "16:00")

    wish = {"date": TOMORROW.isoformat(), "start": "15:00", "end": "17:00"}
    quote = lan.get(f"/bookings/{firm['id']}/move-quote", query_string=wish).json
    moved = lan.post(
        f"/bookings/{firm['id']}/reschedule", {**wish, **quote, "version": firm["version"]}
    )
    assert (moved.json["start"], moved.json["version"]) == ("15:00", 2)

    detail = lan.get(f"/bookings/{firm['id']}").json
    fee = detail["cancellation"]["fee_fen"]
    gone = lan.post(f"/bookings/{firm['id']}/cancel", {"reason": "illness", "fee_fen": fee})
    assert gone.json["state"] == "cancelled"
    assert (
        lan.get("/institutions", query_string={**where, **when}).json["items"][0]["free_places"]
        == 5
    )
