"""Where things are: datums, straight lines and walking minutes, places people know by name.

Positions are WGS-84 inside the product; `from_datum` and `to_datum` are its borders.
"""

from childcare.geo.datums import Datum, from_datum, to_datum
from childcare.geo.gazetteer import (
    Gazetteer,
    Mention,
    Place,
    PlaceRow,
    gazetteer,
    places_like,
    read_rows,
)
from childcare.geo.points import (
    WALKING,
    Box,
    MapLinks,
    Point,
    Walking,
    box_around,
    distance_m,
    map_links,
    reach_m,
    walk_minutes,
)

__all__ = [
    "WALKING",
    "Box",
    "Datum",
    "Gazetteer",
    "MapLinks",
    "Mention",
    "Place",
    "PlaceRow",
    "Point",
    "Walking",
    "box_around",
    "distance_m",
    "from_datum",
    "gazetteer",
    "map_links",
    "places_like",
    "reach_m",
    "read_rows",
    "to_datum",
    "walk_minutes",
]
