"""Search finds exactly what looking at every institution would find, without looking at them."""

import json
import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from childcare import bookings, geo, planning, search
from childcare.errors import DomainError, Malformed, NotFound
from childcare.institutions import CareForm, DayPart, Institution, Kind
from childcare.search import Places, Query, Sort
from childcare.search.nearby import shape_of, values_of
from childcare.search.statement import statement
from childcare.search.terms import spell
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.little_city import CENTRE, DAYS, SATURDAY, City

NEAR: dict[str, Any] = {"lat": CENTRE.lat, "lng": CENTRE.lng}


def random_query(chance: random.Random) -> Query | None:
    """One of all sorts of queries, None for one that is refused."""

    def maybe(share: float, value: Any) -> Any:
        return value if chance.random() < share else None

    facts: dict[str, Any] = {
        "walk_minutes": chance.choice((10, 20, 40)),
        "q": maybe(0.15, chance.choice(("松", "松果", "托育", "幼儿园", "happy", "star"))) or "",
        "district": maybe(0.1, "朝阳") or "",
        "street": maybe(0.1, chance.choice(("劲松", "双井"))) or "",
        "kind": maybe(0.1, chance.choice(list(Kind))),
        "inclusive": maybe(0.15, chance.random() < 0.5),
        "min_stars": maybe(0.15, chance.randint(1, 5)),
        "max_price_fen": maybe(0.1, chance.choice((1500, 2000, 8000, 200_000))),
        "form": maybe(0.6, chance.choice(list(CareForm))),
        "age_months": maybe(0.6, chance.choice((5, 8, 12, 20, 24, 35, 36))),
        "on": maybe(0.8, chance.choice(DAYS)),
        "places": chance.choice((Places.ANY, Places.ANY, Places.FREE)),
        "sort": maybe(0.6, chance.choice(list(Sort))),
        "limit": 100,
    }
    if chance.random() < 0.85:
        facts["lat"] = CENTRE.lat + chance.uniform(-0.02, 0.02)
        facts["lng"] = CENTRE.lng + chance.uniform(-0.02, 0.02)
    match chance.randint(0, 3):
        case 0 | 1:
            facts["start"] = chance.randrange(450, 1000, 30)
            facts["end"] = facts["start"] + chance.choice((30, 60, 120, 180, 300))
        case 2:
            facts["day_part"] = chance.choice(list(DayPart))
    try:
        return Query(**facts)
    except Malformed:
        return None


def test_a_thousand_random_queries_find_what_looking_at_every_institution_finds(
    session: Session,
) -> None:
    chance = random.Random(20261123)
    city = City(session, chance).build(90)
    asked = found = 0
    while asked < 1000:
        query = random_query(chance)
        if query is None:
            continue
        try:
            page = search.nearby(session, query, now=NOON)
        except Malformed:
            continue
        wanted = city.search(query)
        assert [(i.id, i.price_fen, i.free_places) for i in page.items] == wanted, query
        asked, found = asked + 1, found + bool(wanted)
    assert found > 350, "many of the queries should have found something"


def test_pages_put_together_are_the_whole_and_nothing_twice(session: Session) -> None:
    city = City(session, random.Random(7)).build(60)
    for sort in (None, *Sort):
        facts: dict[str, Any] = {**NEAR, "on": TOMORROW, "walk_minutes": 60, "sort": sort}
        whole = city.search(Query(**facts))
        ids = paged(session, facts)
        assert ids == [row[0] for row in whole], sort
        assert len(ids) > 40


def paged(session: Session, facts: dict[str, Any]) -> list[int]:
    """What all the pages show, seven at a time."""
    ids: list[int] = []
    cursor = ""
    while True:
        page = search.nearby(session, Query(**facts, limit=7, cursor=cursor), now=NOON)
        ids += [item.id for item in page.items]
        if page.next_cursor is None:
            return ids
        cursor = page.next_cursor


def test_everything_registered_can_be_paged_through_without_a_place(session: Session) -> None:
    city = City(session, random.Random(8)).build(25)
    first = search.nearby(session, Query(limit=10), now=NOON)
    assert first.next_cursor
    second = search.nearby(session, Query(limit=100, cursor=first.next_cursor), now=NOON)
    ids = [item.id for item in (*first.items, *second.items)]
    assert ids == [house.id for house in city.houses]


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "W10", "bnVsbA", "WyJuYW1lIiwxLDAsMV0", "💥", "A" * 9]
)
def test_a_cursor_of_nothing_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(Malformed):
        search.nearby(session, Query(**NEAR, cursor=cursor), now=NOON)


def test_an_institution_a_millimetre_within_the_walk_is_found_and_beyond_it_not(
    session: Session, build: Build
) -> None:
    reach = geo.reach_m(15)
    metre = 1 / (geo.distance_m(CENTRE, geo.Point(CENTRE.lat + 1, CENTRE.lng)))
    within = build.institution(lat=CENTRE.lat + (reach - 0.001) * metre, lng=CENTRE.lng)
    beyond = build.institution(lat=CENTRE.lat + (reach + 0.01) * metre, lng=CENTRE.lng)
    found = {item.id: item for item in search.nearby(session, Query(**NEAR), now=NOON).items}
    assert found[within.id].walk_minutes == 15
    assert beyond.id not in found


def test_no_search_scans_the_institutions_of_a_city(session: Session) -> None:
    _fill(session, 20_000)
    when: dict[str, Any] = {"on": TOMORROW, "start": 540, "end": 720, "age_months": 20}
    for query in (
        Query(**NEAR),
        Query(**NEAR, **when, inclusive=True, sort=Sort.FREE),
        Query(**NEAR, on=SATURDAY, form=CareForm.TEMPORARY, max_price_fen=9000),
        Query(q="松果"),
        Query(q="songguo"),
        Query(q="双", **when),
        Query(q="zzq"),
        Query(street="劲松"),
        Query(district="丰台", street="双井", sort=Sort.STARS),
        Query(kind=Kind.PRIVATE),
        Query(limit=5, cursor=search.nearby(session, Query(limit=5), now=NOON).next_cursor or ""),
    ):
        plan = _plan(session, query)
        scans = [node for node in plan if node.get("Relation Name") == "institution"]
        assert scans
        assert not [node for node in scans if node["Node Type"] == "Seq Scan"], query


def _fill(session: Session, size: int) -> None:
    chance = random.Random(3)
    spellings = [
        (stem, spell(stem + "托育园", "", "劲松")) for stem in ("小小松果", "双井", "启明", "阳光")
    ]
    rows = []
    for number in range(size):
        stem, spelling = chance.choice(spellings) if number % 50 == 0 else spellings[3]
        rows.append(
            {
                "registration_no": f"F{number:06d}",
                "name": stem + "托育园",
                "pinyin": spelling.pinyin,
                "terms": spelling.terms if number % 50 == 0 else ["阳光|yangguang", "阳光", "yan"],
                "kind": "private",
                "district": "朝阳" if number % 50 else "丰台",
                "street": "" if number % 50 else "劲松",
                "lat": 39.6 + chance.random() * 0.6,
                "lng": 116.1 + chance.random() * 0.6,
                "datum_given": "WGS-84",
                "created_at": NOON,
            }
        )
    session.execute(insert(Institution), rows)
    # What autovacuum does in a city that is running.
    session.execute(text("SELECT gin_clean_pending_list('ix_institution_terms')"))
    session.execute(text("ANALYZE institution"))


def _plan(session: Session, query: Query) -> list[dict[str, Any]]:
    shape = shape_of(query)
    explained = text("EXPLAIN (FORMAT JSON) " + statement(shape).text)
    answer = session.execute(explained, values_of(query, shape, now=NOON)).scalar_one()
    [top] = answer if isinstance(answer, list) else json.loads(answer)
    return list(_nodes(top["Plan"]))


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    below = [node for part in plan.get("Plans", []) for node in _nodes(part)]
    return [plan, *below]


SPELLINGS = (
    *("小小松果", "松果", "松", "果托", "松果　劲松", "雙井", "3", "三号"),
    *("songguo", "SongGuo", "song guo", "ongguo", "shuang", "changning", "jinsong"),
    *("sgty", "xx", "js", "cn", "pinecone", "Little", "lele", "yueyue"),
)


@pytest.mark.parametrize("wanted", SPELLINGS)
def test_a_name_is_found_by_any_part_of_it_by_pinyin_by_initials_and_in_english(
    session: Session, build: Build, wanted: str
) -> None:
    name, name_en, street = "小小松果托育园（双井3号）长宁乐乐三号店", "Little Pinecone", "劲松"
    spelling = spell(name, name_en, street)
    facts = {"pinyin": spelling.pinyin, "terms": spelling.terms}
    made = build.institution(name=name, name_en=name_en, street=street, **facts)
    found = search.nearby(session, Query(q=wanted), now=NOON).items
    assert [item.id for item in found] == [made.id]


@pytest.mark.parametrize(
    "wanted", ["果松", "guosong", "gs", "松果 国贸", "🙂", "，", "pineapple", "%", "_"]
)
def test_a_name_is_not_found_by_what_it_does_not_hold(
    session: Session, build: Build, wanted: str
) -> None:
    spelling = spell("小小松果托育园", "Little Pinecone", "劲松")
    build.institution(name="小小松果托育园", pinyin=spelling.pinyin, terms=spelling.terms)
    assert search.nearby(session, Query(q=wanted), now=NOON).items == ()


def test_places_of_the_gazetteer_are_read_as_people_read_them() -> None:
    places = [place for place in geo.gazetteer().places if place.pinyin and place.zh.isalpha()]
    assert {p.zh: spell(p.zh).pinyin for p in places} == {p.zh: p.pinyin for p in places}


def test_free_places_are_the_best_class_never_a_sum(session: Session, build: Build) -> None:
    house = build.institution()
    for _ in range(2):
        build.class_group(house, places=3)
    build.class_group(house, places=9, band="older")
    planning.open_days(session, house.id, now=NOON)
    query = Query(**NEAR, on=TOMORROW, start=540, end=720, age_months=20)
    [found] = search.nearby(session, query, now=NOON).items
    assert (found.free_places, found.price_fen, found.price_unit) == (3, 12000, "stay")


def test_the_hours_screen_offers_exactly_what_a_booking_would_accept(
    session: Session, build: Build
) -> None:
    house, _ = build.nursery(weekdays=range(1, 7))
    build.fee_sheet(
        house, version=2, effective_from=TOMORROW, longest=570, arrival_pauses=[[720, 840]]
    )
    child = build.child()
    form = CareForm.HOURLY
    for on in (TODAY, TOMORROW, SATURDAY):
        offered = {
            (start.start, end.end): end.price_fen
            for start in search.spans(
                session, house.id, form=form, months=20, on=on, now=NOON + timedelta(minutes=7)
            )
            for end in start.ends
        }
        accepted = {}
        for start in range(420, 1141, 30):
            for end in range(start + 30, 1141, 30):
                wish = bookings.Wish(child.id, house.id, form, on, start, end)
                price = _accepted(session, wish)
                if price is not None:
                    accepted[start, end] = price
        assert offered == accepted
        assert bool(accepted) == (on != SATURDAY)


def _accepted(session: Session, wish: bookings.Wish) -> int | None:
    try:
        return bookings.judge(session, wish, now=NOON + timedelta(minutes=7)).price.fen
    except DomainError:
        return None


@pytest.mark.parametrize(
    "facts",
    [
        {"lat": 39.9},
        {**NEAR, "lat": float("nan")},
        {**NEAR, "lat": 91},
        {**NEAR, "walk_minutes": 0},
        {**NEAR, "walk_minutes": 61},
        {**NEAR, "limit": 101},
        {"q": "a\0b"},
        {"street": "\ud800"},
        {"sort": Sort.DISTANCE, "q": "a"},
        {"sort": Sort.STARS},
        {**NEAR, "on": date.min},
        {**NEAR, "on": date.max},
        {**NEAR, "start": 540, "end": 600},
        {**NEAR, "on": TOMORROW, "start": 540},
        {**NEAR, "on": TOMORROW, "start": 545, "end": 600},
        {**NEAR, "on": TOMORROW, "start": 600, "end": 600},
        {**NEAR, "on": TOMORROW, "start": 540, "end": 600, "day_part": DayPart.FULL},
        {**NEAR, "on": TOMORROW, "start": 540, "end": 600, "form": CareForm.FULL_DAY},
        {**NEAR, "on": TOMORROW, "day_part": DayPart.FULL, "form": CareForm.HOURLY},
    ],
)
def test_what_cannot_be_asked_is_refused(session: Session, facts: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        search.nearby(session, Query(**facts), now=NOON)


@pytest.mark.parametrize("form", [CareForm.HOURLY, CareForm.TEMPORARY, CareForm.FULL_DAY])
def test_the_day_calendar_shows_a_day_as_free_exactly_when_its_hours_have_a_place(
    session: Session, build: Build, form: CareForm
) -> None:
    house, group = build.nursery(places=1, weekdays=range(1, 7))
    lower = build.day(group, TOMORROW)
    lower.taken = [1 if 20 <= slot < 28 else 0 for slot in range(48)]
    lower.opened_at = NOON + timedelta(seconds=1)
    session.flush()
    facts: dict[str, Any] = {"form": form, "months": 20, "now": NOON + timedelta(hours=1)}
    days = search.free_by_day(session, house.id, from_on=TODAY, days=32, **facts)
    for day in days:
        hours = search.spans(session, house.id, on=day.on, **facts)
        parts = search.day_parts(session, house.id, on=day.on, **facts)
        free = [hour.free for hour in hours] + [part.free for part in parts]
        assert day.free == max(free, default=0), day
    assert any(day.free for day in days) == (form is not CareForm.FULL_DAY)


def test_availability_lists_the_half_hours_ahead_by_class(session: Session, build: Build) -> None:
    house, group = build.nursery(places=4)
    later = NOON + timedelta(minutes=31)  # 12:31, so 13:00 is the next slot
    facts: dict[str, Any] = {"form": CareForm.HOURLY, "from_on": TODAY, "days": 3, "now": later}
    days = search.availability(session, house.id, months=20, **facts)
    [today], [tomorrow], _ = (day.classes for day in days)
    assert (today.class_id, today.slots[0].start, today.slots[-1].end) == (group.id, 780, 1080)
    assert [slot.free for slot in tomorrow.slots] == [4] * 20
    assert all(not day.classes for day in search.availability(session, house.id, months=8, **facts))


def test_a_profile_tells_hours_carers_and_ratio_of_its_day(session: Session, build: Build) -> None:
    house, _ = build.nursery(places=5)
    open_day = search.profile(session, house.id, TOMORROW)
    [room] = open_day.classes
    assert (room.carers, room.ratio, room.places, len(open_day.offerings)) == (4, 5, 5, 6)
    closed = search.profile(session, house.id, SATURDAY)
    assert (closed.hours, closed.classes[0].carers) == (None, 0)
    with pytest.raises(NotFound):
        search.profile(session, house.id + 1_000_000, TOMORROW)


def test_the_open_map_is_paged_by_id(session: Session, build: Build) -> None:
    ids = [build.institution().id for _ in range(3)]
    first = search.open_map(session, after=ids[0] - 1, limit=2)
    rest = search.open_map(session, after=first[-1].id)
    assert [point.id for point in (*first, *rest)] == ids
