import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from childcare import geo
from childcare.geo import Datum, Point

Pair = tuple[float, float]

JINSONG = Point(39.884, 116.461)
SHUANGJING = Point(39.893, 116.462)

# Vectors published with gcoord (github.com/hujiulong/gcoord, MIT), cut to 8 decimals.
# Its BD-09 inverse is a closed approximation that is itself off by up to 5e-7 degrees.
FORWARD = [
    (Datum.BD09, (39.914266, 116.403988), (39.92196580126834, 116.41661560068297)),
    (Datum.GCJ02, (45, 123), (45.00197815, 123.00607541)),
]
INVERSE = [
    (Datum.GCJ02, (45, 123), (44.99804071, 122.99395597)),
    (Datum.BD09, (45, 123), (44.99171540, 122.98762210)),
]
# From gcoord's test/fixtures/china-cities.json, which a map service geocoded to about 4 decimals.
CITIES = [
    ((37.0700925, 114.498916), (37.0705911, 114.5048503), (37.0766797, 114.5113116)),  # 邢台
    ((23.3567569, 116.6775114), (23.3540964, 116.6819735), (23.3598884, 116.6885014)),  # 汕头
    ((41.8032629, 123.4253306), (41.8057023, 123.4314787), (41.8114013, 123.438095)),  # 沈阳
    ((31.4784436, 92.0499619), (31.4762063, 92.0512438), (31.4824421, 92.0576832)),  # 那曲
]

in_china = st.tuples(st.floats(0.84, 55.82), st.floats(72.01, 137.83))
on_earth = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
around_beijing = st.builds(Point, st.floats(39.6, 40.2), st.floats(116.1, 116.8))


@pytest.mark.parametrize(("datum", "wgs", "drawn"), FORWARD)
def test_a_position_is_drawn_where_gcoord_draws_it(datum: Datum, wgs: Pair, drawn: Pair) -> None:
    assert geo.to_datum(*wgs, datum) == pytest.approx(drawn, abs=1e-8)


@pytest.mark.parametrize(("datum", "drawn", "wgs"), INVERSE)
def test_a_drawn_position_comes_back_where_gcoord_finds_it(
    datum: Datum, drawn: Pair, wgs: Pair
) -> None:
    assert geo.from_datum(*drawn, datum) == pytest.approx(wgs, abs=1e-6)


@pytest.mark.parametrize(("wgs", "gcj", "bd"), CITIES)
def test_cities_lie_where_the_map_services_say(wgs: Pair, gcj: Pair, bd: Pair) -> None:
    assert geo.to_datum(*wgs, Datum.GCJ02) == pytest.approx(gcj, abs=1e-4)
    assert geo.to_datum(*wgs, Datum.BD09) == pytest.approx(bd, abs=1e-4)
    assert geo.from_datum(*gcj, Datum.GCJ02) == pytest.approx(wgs, abs=1e-4)
    assert geo.from_datum(*bd, Datum.BD09) == pytest.approx(wgs, abs=1e-4)


@pytest.mark.parametrize("datum", Datum)
@given(position=in_china)
def test_going_to_a_datum_and_back_ends_where_it_began(datum: Datum, position: Pair) -> None:
    drawn = geo.to_datum(*position, datum)
    assert geo.from_datum(*drawn, datum) == pytest.approx(position, abs=1e-8)


def test_outside_china_gcj_02_is_wgs_84() -> None:
    paris = (48.8566, 2.3522)
    assert geo.to_datum(*paris, Datum.GCJ02) == paris
    assert geo.from_datum(*paris, Datum.GCJ02) == paris


@pytest.mark.parametrize(
    ("lat", "lng"), [(91, 0), (-90.1, 0), (0, 181), (math.nan, 0), (0, math.inf)]
)
def test_a_point_off_the_globe_is_refused(lat: float, lng: float) -> None:
    with pytest.raises(ValueError, match="not a position"):
        Point(lat, lng)


def test_a_point_given_in_baidus_datum_is_kept_as_wgs_84() -> None:
    lat, lng = JINSONG.as_drawn_in(Datum.BD09)
    again = Point.drawn_in(Datum.BD09, lat, lng)
    assert geo.distance_m(again, JINSONG) < 0.01
    assert 400 < geo.distance_m(Point(lat, lng), JINSONG) < 2000


def test_a_degree_of_latitude_is_about_111_kilometres() -> None:
    assert geo.distance_m(Point(39, 116), Point(40, 116)) == pytest.approx(111_195, abs=1)


def test_a_degree_of_longitude_shrinks_with_the_cosine_of_latitude() -> None:
    assert geo.distance_m(Point(60, 10), Point(60, 10.01)) == pytest.approx(556, abs=1)


@given(on_earth, on_earth)
def test_a_distance_is_the_same_both_ways_and_never_beyond_the_antipode(a: Point, b: Point) -> None:
    there = geo.distance_m(a, b)
    assert there == pytest.approx(geo.distance_m(b, a))
    assert 0 <= there <= math.pi * 6371009
    assert geo.distance_m(a, a) == 0


def test_from_jinsong_to_shuangjing_is_seventeen_minutes_on_foot() -> None:
    # 1004 m in a straight line, 1305 m on foot at 80 m a minute: 16.3 minutes.
    assert geo.distance_m(JINSONG, SHUANGJING) == pytest.approx(1004, abs=1)
    assert geo.walk_minutes(JINSONG, SHUANGJING) == 17


def test_a_city_may_set_another_detour_and_pace() -> None:
    brisk = geo.Walking(detour=1.0, metres_per_minute=100)
    assert geo.walk_minutes(JINSONG, SHUANGJING, brisk) == 11
    assert geo.reach_m(15, brisk) == 1500
    with pytest.raises(ValueError, match="pace"):
        geo.Walking(metres_per_minute=0)


def test_fifteen_minutes_reach_923_metres() -> None:
    assert geo.reach_m(15) == pytest.approx(923.08, abs=0.01)


@given(around_beijing, around_beijing, st.integers(1, 60))
def test_walking_at_most_n_minutes_is_lying_within_reach_of_n_minutes(
    a: Point, b: Point, minutes: int
) -> None:
    off = geo.distance_m(a, b) - geo.reach_m(minutes)
    if abs(off) > 0.001:
        assert (geo.walk_minutes(a, b) <= minutes) == (off < 0)


def test_who_lives_at_the_door_walks_no_minute() -> None:
    assert geo.walk_minutes(JINSONG, JINSONG) == 0


@given(on_earth, on_earth, st.floats(0, 5_000_000))
def test_a_box_loses_nobody_who_lies_within_its_metres(
    centre: Point, other: Point, metres: float
) -> None:
    if geo.distance_m(centre, other) <= metres:
        assert geo.box_around(centre, metres).holds(other)


@given(around_beijing, around_beijing)
def test_a_box_is_no_larger_than_it_need_be(centre: Point, other: Point) -> None:
    box = geo.box_around(centre, 1000)
    if box.holds(other):
        assert geo.distance_m(centre, other) < 1000 * 1.4143


def test_map_links_point_to_the_place_in_the_datum_of_each_map() -> None:
    links = geo.map_links(Point(39.914266, 116.403988), "小松果 托育园&")
    assert links.amap.startswith("https://uri.amap.com/marker?position=116.410232%2C39.915670")
    assert "location=39.921966%2C116.416616" in links.baidu
    assert "coord_type=bd09ll" in links.baidu
    assert links.geo.startswith("geo:39.914266,116.403988?q=39.914266,116.403988(")
    assert "%26" in links.amap
    assert "&)" not in links.geo
