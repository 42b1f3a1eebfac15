"""Three datums stand on Chinese maps: GPS, browsers and the chat send WGS-84, AMap and Tencent draw
GCJ-02, Baidu draws BD-09. They differ by up to 700 m, twice the walk to the next nursery."""

import math
from collections.abc import Callable
from enum import StrEnum

Pair = tuple[float, float]
"""Latitude and longitude in degrees."""


class Datum(StrEnum):
    WGS84 = "WGS-84"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


# Krasovsky 1940, which the published form of GCJ-02 is built on.
_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BAIDU = math.pi * 3000.0 / 180.0


def to_datum(lat: float, lng: float, datum: Datum) -> Pair:
    """A WGS-84 position as `datum` draws it."""
    match datum:
        case Datum.WGS84:
            return lat, lng
        case Datum.GCJ02:
            return _gcj_of_wgs(lat, lng)
        case Datum.BD09:
            return _bd_of_gcj(*_gcj_of_wgs(lat, lng))


def from_datum(lat: float, lng: float, datum: Datum) -> Pair:
    """The WGS-84 position of what `datum` draws at (lat, lng); exact to 1e-9°.

    The forward formulas have no closed inverse, so it is found by iteration.
    """
    match datum:
        case Datum.WGS84:
            return lat, lng
        case Datum.GCJ02:
            return _wgs_of_gcj(lat, lng)
        case Datum.BD09:
            return _wgs_of_gcj(*_inverse(_bd_of_gcj, lat, lng))


def _in_china(lat: float, lng: float) -> bool:
    # The box of the published algorithm; beyond it GCJ-02 equals WGS-84.
    return 0.8293 < lat < 55.8271 and 72.004 < lng < 137.8347


def _gcj_of_wgs(lat: float, lng: float) -> Pair:
    return _shifted(lat, lng) if _in_china(lat, lng) else (lat, lng)


def _wgs_of_gcj(lat: float, lng: float) -> Pair:
    # Judged by where the point came from: one drawn just beyond the box may stem from inside it.
    source = _inverse(_shifted, lat, lng)
    return source if _in_china(*source) else (lat, lng)


def _inverse(forward: Callable[[float, float], Pair], lat: float, lng: float) -> Pair:
    found = lat, lng
    for _ in range(20):  # the shift changes by under 1 % of a step, so four or five do
        drawn = forward(*found)
        off = drawn[0] - lat, drawn[1] - lng
        found = found[0] - off[0], found[1] - off[1]
        if max(abs(off[0]), abs(off[1])) < 1e-11:
            break
    return found


def _shifted(lat: float, lng: float) -> Pair:
    east, north = _wobble(lng - 105.0, lat - 35.0)
    radians = math.radians(lat)
    magic = 1 - _ECCENTRICITY2 * math.sin(radians) ** 2
    metres_north = _AXIS_M * (1 - _ECCENTRICITY2) / (magic * math.sqrt(magic))
    metres_east = _AXIS_M / math.sqrt(magic) * math.cos(radians)
    return lat + math.degrees(north / metres_north), lng + math.degrees(east / metres_east)


def _wobble(x: float, y: float) -> Pair:
    """Metres east and north by which GCJ-02 moves a point, x and y degrees from 105 E, 35 N."""
    root = 0.1 * math.sqrt(abs(x))
    ripple = _waves(x, (20, 6), (20, 2))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root + ripple
    east += _waves(x, (20, 1), (40, 1 / 3)) + _waves(x, (150, 1 / 12), (300, 1 / 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 2 * root + ripple
    north += _waves(y, (20, 1), (40, 1 / 3)) + _waves(y, (160, 1 / 12), (320, 1 / 30))
    return east, north


def _waves(at: float, *waves: tuple[float, float]) -> float:
    return sum(height * math.sin(at * turns * math.pi) for height, turns in waves) * 2 / 3


def _bd_of_gcj(lat: float, lng: float) -> Pair:
    radius = math.hypot(lng, lat) + 0.00002 * math.sin(lat * _BAIDU)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _BAIDU)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065
