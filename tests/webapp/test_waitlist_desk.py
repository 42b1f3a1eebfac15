"""The institution's lists by API: in order, with reasons; what is out of order is told why."""

from typing import Any

from tests.webapp.cases import DAY, PROOF, new_entry, no_room, one_place
from tests.webapp.conftest import City
from tests.webapp.test_waitlist import both_wait, join, offer_of


def both_could_have_it(city: City) -> tuple[int, int]:
    """Both families declined tomorrow's one place, and wait on: only the desk may ask again."""
    hers, emmas = both_wait(city)
    one_place(city)
    for person in (city.lan, city.emma):
        person.post(f"/offers/{offer_of(person)['id']}/decline")
    return int(hers["id"]), int(emmas["id"])


def log_of(city: City, **wanted: Any) -> list[dict[str, Any]]:
    page: dict[str, Any] = city.desk.get("/panel/waitlist/log", query_string=wanted).json
    return list(page["items"])


def test_the_list_stands_in_its_order_with_whom_to_call(city: City) -> None:
    hers, emmas = both_wait(city)
    path = f"/panel/waitlist-entries/{emmas['id']}/notes"
    assert city.desk.post(path, {"text": "周三打过电话"}).status_code == 204
    first, second = city.desk.get("/panel/waitlist").json["items"]
    assert [(one["rank"], one["entry_id"]) for one in (first, second)] == [
        (1, hers["id"]),
        (2, emmas["id"]),
    ]
    assert (first["child"]["name"], first["child"]["months"]) == ("果果", 20)
    assert first["contacts"][0] == {
        "name": "林岚",
        "role": "guardian",
        "phone": "+8613800000001",
    }
    [note] = second["notes"]
    assert (note["text"], note["by"]) == ("周三打过电话", {"kind": "staff", "name": "Li"})
    [look] = city.lan.get("/me/access-log").json["items"]
    assert (look["child_id"], look["staff_name"]) == (city.child, "Li")
    log = city.emma.get(f"/waitlist-entries/{emmas['id']}").text
    assert "打过电话" not in log


def test_pages_of_the_list_follow_each_other(city: City) -> None:
    hers, emmas = both_wait(city)
    first = city.desk.get("/panel/waitlist", query_string={"limit": 1}).json
    rest = {"limit": 1, "cursor": first["next"]}
    second = city.desk.get("/panel/waitlist", query_string=rest).json
    seen = [one["entry_id"] for one in first["items"] + second["items"]]
    assert (seen, second["next"]) == ([hers["id"], emmas["id"]], None)


def test_the_list_can_be_narrowed_to_a_class_and_a_day(city: City) -> None:
    both_wait(city)
    for wanted, found in (
        ({"class_id": city.toddlers, "date": DAY}, 2),
        ({"class_id": city.toddlers + 1}, 0),
        ({"date": "2026-11-25"}, 0),
    ):
        page = city.desk.get("/panel/waitlist", query_string=wanted).json
        assert len(page["items"]) == found, wanted


def test_the_desk_sees_who_would_be_next_and_why_not_those_before(city: City) -> None:
    no_room(city)
    long = join(city.lan, new_entry(city, end="16:00"))
    short = join(city.emma, new_entry(city, child_id=city.other_child))
    wanted = {"class_id": city.toddlers, "date": DAY, "start": "08:00", "end": "12:00"}
    turns = city.desk.get("/panel/waitlist/if-free", query_string=wanted).json["items"]
    assert [(one["waiting"]["entry_id"], one["fits"], one["why"]) for one in turns] == [
        (long["id"], False, "hours"),
        (short["id"], True, None),
    ]
    afternoon = {**wanted, "start": "13:00", "end": "16:00"}
    [turn] = city.desk.get("/panel/waitlist/if-free", query_string=afternoon).json["items"]
    assert turn["waiting"]["entry_id"] == long["id"]
    for wrong in ({"start": "08:10"}, {"end": "08:00"}):
        refusal = city.desk.get("/panel/waitlist/if-free", query_string={**wanted, **wrong})
        assert refusal.status_code == 422


def test_the_next_in_order_is_offered_by_the_desk(city: City) -> None:
    hers, _emmas = both_could_have_it(city)
    made = city.desk.post("/panel/offers/next", {"class_id": city.toddlers, "date": DAY})
    assert made.status_code == 201
    assert [one["entry_id"] for one in made.json["items"]] == [hers]
    assert city.desk.get("/panel/offers").json["items"] == made.json["items"]
    again = city.desk.post("/panel/offers/next", {"class_id": city.toddlers, "date": DAY})
    assert again.json["items"] == []


def test_out_of_order_needs_a_directors_reason_which_the_passed_family_reads(city: City) -> None:
    hers, emmas = both_could_have_it(city)
    wanted = {"entry_id": emmas, "reason": "家里有急事"}
    assert city.desk.post("/panel/offers", wanted).status_code == 403
    unsaid = city.director.post("/panel/offers", {"entry_id": emmas})
    assert (unsaid.status_code, unsaid.json["errors"][0]["field"]) == (422, "reason")
    made = city.director.post("/panel/offers", wanted)
    assert (made.status_code, made.json["out_of_order_reason"]) == (201, "家里有急事")

    passed = city.lan.get(f"/waitlist-entries/{hers}").json["log"][-1]
    assert (passed["kind"], passed["why"]) == ("passed-over", "out-of-order")
    assert (passed["facts"]["reason"], passed["offer_id"]) == ("家里有急事", None)
    [line] = log_of(city, entry_id=hers, kind="passed-over")
    assert (line["offer_id"], line["who"]) == (
        made.json["id"],
        {"kind": "staff", "name": "Zhou"},
    )


def test_what_nobody_has_free_is_not_offered(city: City) -> None:
    hers, emmas = both_could_have_it(city)
    assert city.desk.post("/panel/offers", {"entry_id": hers}).status_code == 201
    again = city.desk.post("/panel/offers", {"entry_id": hers})
    assert (again.code, again.json["facts"]["reason"]) == ("passed-over", "has-offer")
    full = city.director.post("/panel/offers", {"entry_id": emmas, "reason": "急"})
    assert (full.status_code, full.code) == (409, "no-place")


def test_the_family_reads_why_it_was_taken_off_a_list(city: City) -> None:
    hers, _emmas = both_wait(city)
    path = f"/panel/waitlist-entries/{hers['id']}/remove"
    for _ in range(2):
        assert city.desk.post(path, {"reason": "已搬到外区"}).status_code == 204
    entry = city.lan.get(f"/waitlist-entries/{hers['id']}").json
    assert (entry["state"], entry["institutions"][0]["is_removed"]) == ("removed", True)
    last = entry["log"][-1]
    assert (last["kind"], last["by"], last["why"]) == ("removed", "institution", "已搬到外区")
    assert len(log_of(city, kind="removed")) == 1


def test_a_proof_counts_until_it_is_withdrawn(city: City) -> None:
    _hers, emmas = both_wait(city)
    order = {"lines": [{**PROOF, "points": 20}], "reason": "本街道优先"}
    city.director.post("/panel/priorities", order)
    path = f"/panel/waitlist-entries/{emmas['id']}/proofs"
    assert city.desk.post(path, {**PROOF, "note": "居住证"}).json["note"] == "居住证"
    first = city.desk.get("/panel/waitlist").json["items"][0]
    assert (first["entry_id"], first["shown"], first["reasons"]) == (
        emmas["id"],
        ["resident-of-street"],
        ["resident-of-street"],
    )
    assert city.desk.post(f"{path}/withdraw", PROOF).status_code == 204
    assert city.desk.get("/panel/waitlist").json["items"][1]["entry_id"] == emmas["id"]
    found = city.desk.post(path, {"criterion": "sibling-enrolled"})
    assert found.json["errors"][0]["code"] == "unknown-criterion"


def test_the_log_is_read_backwards_in_pages_and_by_day(city: City) -> None:
    both_could_have_it(city)
    whole = log_of(city)
    assert [line["kind"] for line in whole][-2:] == ["joined", "joined"]
    first = city.desk.get("/panel/waitlist/log", query_string={"limit": 2}).json
    rest = city.desk.get("/panel/waitlist/log", query_string={"cursor": first["next"]}).json
    assert first["items"] + rest["items"] == whole
    assert log_of(city, **{"from": "2026-11-23", "to": "2026-11-23"}) == whole
    assert log_of(city, **{"from": "2026-11-24"}) == []


def test_a_version_of_the_order_names_each_criterion_once(city: City) -> None:
    line = {"criterion": "low-income", "points": 10}
    cancelled = {"criterion": "institution-cancelled", "points": 10}
    for lines, why in (([line, line], "repeated"), ([cancelled], "unknown-criterion")):
        refusal = city.director.post("/panel/priorities", {"lines": lines, "reason": "试"})
        assert (refusal.status_code, refusal.json["errors"][0]["code"]) == (422, why)
    assert city.director.get("/panel/priorities").json["items"] == []
