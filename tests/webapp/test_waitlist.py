"""A family waits, is offered what comes free, and answers: by API alone."""

from datetime import timedelta
from typing import Any

import pytest

from childcare import clock as city_clock
from tests.build import FakeClock
from tests.webapp.cases import DAY, MONTH, PROOF, new_entry, no_room, one_place
from tests.webapp.conftest import City, Person


def join(person: Person, body: dict[str, Any]) -> Any:
    answer = person.post("/waitlist-entries", body)
    assert answer.status_code == 201, answer.text
    return answer.json


def both_wait(city: City) -> tuple[Any, Any]:
    """林岚 asked first, Emma after her, for a morning without any place."""
    no_room(city)
    hers = join(city.lan, new_entry(city))
    return hers, join(city.emma, new_entry(city, child_id=city.other_child))


def standing(person: Person, entry: Any) -> Any:
    return person.get(f"/waitlist-entries/{entry['id']}").json["institutions"][0]


def told(person: Person, entry: Any) -> list[str]:
    return [line["kind"] for line in person.get(f"/waitlist-entries/{entry['id']}").json["log"]]


def offer_of(person: Person) -> Any:
    [found] = person.get("/offers").json["items"]
    return found


def test_who_waits_is_offered_what_comes_free_and_books_it_with_one_call(city: City) -> None:
    hers, emmas = both_wait(city)
    assert (hers["state"], hers["institutions"][0]["position"]) == ("waiting", 1)
    assert (emmas["institutions"][0]["position"], emmas["institutions"][0]["ahead"]) == (2, 1)

    one_place(city)
    given = offer_of(city.lan)
    assert city.emma.get("/offers").json["items"] == []
    assert (given["entry_id"], given["date"], given["start"]) == (hers["id"], DAY, "09:00")
    assert (given["price_fen"], given["ends_at"]) == (12000, "2026-11-23T14:00:00+08:00")

    taken = city.lan.post(f"/offers/{given['id']}/accept").json
    assert taken["state"] == "accepted"
    booked = city.lan.get(f"/bookings/{taken['booking_id']}").json
    assert (booked["state"], booked["start"], booked["end"]) == ("expected", "09:00", "12:00")
    assert city.lan.post(f"/offers/{given['id']}/accept").json == taken
    over = city.lan.get(f"/waitlist-entries/{hers['id']}").json
    assert (over["state"], over["institutions"][0]["position"]) == ("booked", None)
    assert [line["kind"] for line in over["log"]] == ["joined", "offered", "accepted"]
    assert standing(city.emma, emmas)["position"] == 1
    assert standing(city.emma, emmas)["went_in_30_days"] == 1


def test_what_is_declined_goes_to_the_next_family_at_once(city: City) -> None:
    hers, emmas = both_wait(city)
    one_place(city)
    given = offer_of(city.lan)
    assert city.lan.post(f"/offers/{given['id']}/decline").json["state"] == "declined"
    assert offer_of(city.emma)["entry_id"] == emmas["id"]
    assert standing(city.lan, hers)["position"] == 1
    assert told(city.lan, hers)[-1] == "declined"


def test_what_is_free_at_once_is_offered_in_the_same_answer(city: City) -> None:
    entry = join(city.lan, new_entry(city))
    given = entry["institutions"][0]["open_offer"]
    assert (given["state"], given) == ("open", offer_of(city.lan))


def test_an_offer_cannot_be_accepted_from_its_deadline_on(city: City, clock: FakeClock) -> None:
    both_wait(city)
    one_place(city)
    given = offer_of(city.lan)
    clock.forward(timedelta(hours=2))
    assert city_clock.local(clock.now).isoformat() == given["ends_at"]
    refusal = city.lan.post(f"/offers/{given['id']}/accept")
    assert (refusal.status_code, refusal.code) == (409, "offer-ended")
    assert refusal.json["facts"]["state"] == "expired"
    assert "14:00" in refusal.json["detail"]
    clock.forward(-timedelta(seconds=1))
    assert city.lan.post(f"/offers/{given['id']}/accept").json["state"] == "accepted"


def test_asking_for_the_same_again_is_the_same_entry(city: City) -> None:
    no_room(city)
    first = join(city.lan, new_entry(city))
    assert join(city.lan, new_entry(city)) == first
    assert len(city.lan.get("/waitlist-entries").json["items"]) == 1


def test_a_key_joins_once_even_when_the_entry_was_left_since(city: City) -> None:
    no_room(city)
    key = {"Idempotency-Key": "k1"}
    first = city.lan.post("/waitlist-entries", new_entry(city), headers=key).json
    city.lan.call("DELETE", f"/waitlist-entries/{first['id']}")
    assert city.lan.post("/waitlist-entries", new_entry(city), headers=key).json == first
    assert len(city.lan.get("/waitlist-entries").json["items"]) == 1


def test_pausing_keeps_the_place_in_line_and_leaving_gives_it_up(city: City) -> None:
    hers, emmas = both_wait(city)
    path = f"/waitlist-entries/{hers['id']}"
    assert city.lan.post(f"{path}/pause").json["state"] == "paused"
    assert standing(city.emma, emmas)["position"] == 1
    renewed = city.lan.post(f"{path}/renew").json
    assert (renewed["state"], renewed["institutions"][0]["position"]) == ("waiting", 1)
    assert renewed["joined_at"] == hers["joined_at"]

    assert city.lan.call("DELETE", path).json["state"] == "left"
    assert city.lan.call("DELETE", path).json["state"] == "left"
    refusal = city.lan.post(f"{path}/renew")
    assert (refusal.status_code, refusal.code) == (409, "wrong-state")
    assert "退出" in refusal.json["detail"]


def test_renewing_is_offered_what_stands_free_in_the_same_answer(city: City) -> None:
    no_room(city)
    entry = join(city.lan, new_entry(city))
    city.lan.post(f"/waitlist-entries/{entry['id']}/pause")
    one_place(city)
    renewed = city.lan.post(f"/waitlist-entries/{entry['id']}/renew").json
    assert renewed["institutions"][0]["open_offer"] == offer_of(city.lan)


def test_the_rule_that_orders_is_shown_with_what_counts_for_the_family(city: City) -> None:
    hers, emmas = both_wait(city)
    lines = [{"criterion": "resident-of-street", "points": 20}]
    city.director.post("/panel/priorities", {"lines": lines, "reason": "本街道优先"})
    city.desk.post(f"/panel/waitlist-entries/{emmas['id']}/proofs", PROOF)
    first, second = standing(city.emma, emmas), standing(city.lan, hers)
    assert (first["position"], second["position"]) == (1, 2)
    assert first["order_rule"] == {
        "order": ["priority", "joined_at", "id"],
        "version": 1,
        "lines": lines,
        "priority": 20,
        "reasons": ["resident-of-street"],
    }
    assert (second["order_rule"]["priority"], second["order_rule"]["reasons"]) == (0, [])


def test_a_new_version_of_the_order_is_public_before_it_is_in_force(
    city: City, clock: FakeClock
) -> None:
    for points in (20, 30):
        order = {"lines": [{**PROOF, "points": points}], "reason": "调整"}
        assert city.director.post("/panel/priorities", order).status_code == 201
    path = f"/institutions/{city.nursery}/priorities"
    shown = [(one["version"], one["is_in_force"]) for one in city.stranger.get(path).json["items"]]
    assert shown == [(2, False), (1, True)]
    clock.forward(timedelta(days=7))
    shown = [(one["version"], one["is_in_force"]) for one in city.stranger.get(path).json["items"]]
    assert shown == [(2, True), (1, False)]


def test_siblings_who_come_together_share_a_mark(city: City) -> None:
    no_room(city)
    other = city.lan.post("/children", {"name": "豆豆", "born_on": "2025-03-01"}).json["id"]
    made = join(city.lan, new_entry(city, sibling_ids=[other], together="all"))
    [sibling_id] = made["sibling_entry_ids"]
    sibling = city.lan.get(f"/waitlist-entries/{sibling_id}").json
    assert (sibling["child_id"], sibling["together_id"]) == (other, made["together_id"])
    assert made["together_id"] is not None


def test_an_application_for_long_term_care_is_offered_and_becomes_the_enrolment(
    city: City,
) -> None:
    asked = {**MONTH, "child_id": city.child, "institution_id": city.nursery}
    entry = city.lan.post("/enrolments", asked).json
    assert (entry["from_month"], entry["weekdays"]) == ("2027-01-01", [1, 2, 3])
    given = entry["institutions"][0]["open_offer"]
    assert (given["date"], given["start"], given["price_fen"]) == ("2027-01-01", "08:00", 300000)
    assert city.lan.get("/enrolments").json["items"] == []
    taken = city.lan.post(f"/offers/{given['id']}/accept").json
    [enrolment] = city.lan.get("/enrolments").json["items"]
    assert (enrolment["id"], enrolment["state"]) == (taken["enrolment_id"], "active")
    assert taken["booking_id"] is None


def test_pages_of_entries_follow_each_other(city: City) -> None:
    no_room(city)
    made = [
        join(city.lan, new_entry(city, start=start, end=end))["id"]
        for start, end in (("09:00", "10:00"), ("10:00", "11:00"), ("11:00", "12:00"))
    ]
    first = city.lan.get("/waitlist-entries", query_string={"limit": 2}).json
    rest = {"limit": 2, "cursor": first["next"]}
    second = city.lan.get("/waitlist-entries", query_string=rest).json
    assert [one["id"] for one in first["items"] + second["items"]] == made
    assert second["next"] is None
    left = city.lan.get("/waitlist-entries", query_string={"state": "left"}).json
    assert left["items"] == []


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"institution_ids": []}, "institution_ids", "length"),
        ({"institution_ids": [1, 2, 3, 4, 5, 6]}, "institution_ids", "length"),
        ({"institution_ids": [1, 1]}, "institution_ids", "one-to-five"),
        ({"date": None}, "date", "required"),
        ({"start": "09:10"}, "start", "not-half-hour"),
        ({"weekdays": [1]}, "weekdays", "not-for-this-form"),
        ({**MONTH, "date": None}, "care_form", "not-long-term"),
    ],
)
def test_what_cannot_be_waited_for_is_told_by_field(
    city: City, changes: dict[str, Any], field: str, reason: str
) -> None:
    refusal = city.lan.post("/waitlist-entries", new_entry(city, **changes))
    assert (refusal.status_code, refusal.code) == (422, "malformed")
    assert [(one["field"], one["code"]) for one in refusal.json["errors"]] == [(field, reason)]


def test_an_enrolment_begins_on_the_first_of_a_month(city: City) -> None:
    asked = {**MONTH, "child_id": city.child, "institution_id": city.nursery}
    refusal = city.lan.post("/enrolments", {**asked, "from_month": "2027-01-04"})
    assert refusal.json["errors"][0]["code"] == "not-first-of-month"
