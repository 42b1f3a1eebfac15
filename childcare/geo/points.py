"""Points on the ground, straight lines between them, and how long a parent walks."""

import math
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from childcare.geo.datums import Datum, from_datum, to_datum

EARTH_RADIUS_M = 6371008.8
"""The mean radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Point:
    """A WGS-84 position in degrees. Raises ValueError for anything that is not on the globe."""

    lat: float
    lng: float

    def __post_init__(self) -> None:
        # Written so that NaN fails too.
        if not (-90 <= self.lat <= 90 and -180 <= self.lng <= 180):
            raise ValueError(f"not a position: {self.lat}, {self.lng}")

    @classmethod
    def drawn_in(cls, datum: Datum, lat: float, lng: float) -> "Point":
        """The point that a map of `datum` draws at (lat, lng)."""
        return cls(*from_datum(lat, lng, datum))

    def as_drawn_in(self, datum: Datum) -> tuple[float, float]:
        """Latitude and longitude at which a map of `datum` draws this point."""
        return to_datum(self.lat, self.lng, datum)


@dataclass(frozen=True, slots=True)
class Walking:
    """How a straight line becomes minutes on foot: configuration, not knowledge."""

    detour: float = 1.3
    metres_per_minute: float = 80.0

    def __post_init__(self) -> None:
        if not (1 <= self.detour < math.inf and 0 < self.metres_per_minute < math.inf):
            raise ValueError("a detour is at least 1, a pace above 0 metres a minute")


WALKING = Walking()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of latitudes and longitudes, both ends included."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lng <= self.east


@dataclass(frozen=True, slots=True)
class MapLinks:
    """Addresses that open a place in AMap, in Baidu, and in whatever the phone prefers."""

    amap: str
    baidu: str
    geo: str


def distance_m(a: Point, b: Point) -> float:
    """Metres in a straight line along the ground (haversine)."""
    north = math.radians(b.lat - a.lat)
    east = math.radians(b.lng - a.lng)
    scale = math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat))
    half_chord = math.sin(north / 2) ** 2 + scale * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half_chord)))


def walk_minutes(a: Point, b: Point, walking: Walking = WALKING) -> int:
    """Whole minutes on foot, rounded up: at most n where `distance_m` is at most `reach_m(n)`."""
    exact = distance_m(a, b) * walking.detour / walking.metres_per_minute
    # Fourteen decimals of a float must not turn a walk of 15 minutes into one of 16.
    return math.ceil(round(exact, 6))


def reach_m(minutes: float, walking: Walking = WALKING) -> float:
    """The straight line in metres that `minutes` on foot cover."""
    return minutes * walking.metres_per_minute / walking.detour


def box_around(centre: Point, metres: float) -> Box:
    """The smallest box that holds every point within `metres`; all longitudes near a pole or where
    it would cross the 180th meridian."""
    angle = metres / EARTH_RADIUS_M
    # A ten-thousandth of a millimetre more, so that rounding drops nobody who is just within.
    height = math.degrees(angle) + 1e-12
    south, north = centre.lat - height, centre.lat + height
    if south > -90 and north < 90:
        ratio = math.sin(angle) / math.cos(math.radians(centre.lat))
        width = math.degrees(math.asin(min(1.0, ratio)))
        west, east = centre.lng - width - 1e-12, centre.lng + width + 1e-12
        if west >= -180 and east <= 180:
            return Box(south, west, north, east)
    return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)


def map_links(point: Point, name: str) -> MapLinks:
    """Links to the point under `name`, each in the datum its map draws."""
    gcj_lat, gcj_lng = point.as_drawn_in(Datum.GCJ02)
    bd_lat, bd_lng = point.as_drawn_in(Datum.BD09)
    amap = {"position": f"{gcj_lng:.6f},{gcj_lat:.6f}", "name": name, "src": "childcare"}
    baidu = {
        "location": f"{bd_lat:.6f},{bd_lng:.6f}",
        "title": name,
        "content": name,
        "coord_type": "bd09ll",
        "output": "html",
        "src": "childcare",
    }
    here = f"{point.lat:.6f},{point.lng:.6f}"
    return MapLinks(
        amap=f"https://uri.amap.com/marker?{urlencode(amap)}",
        baidu=f"https://api.map.baidu.com/marker?{urlencode(baidu)}",
        geo=f"geo:{here}?q={here}({quote(name, safe='')})",
    )
