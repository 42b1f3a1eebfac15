"""Finding care: institutions around a place, their days and hours with places, the open map."""

from childcare.search.free import (
    ClassSlots,
    DayFree,
    DaySlots,
    End,
    Part,
    SlotFree,
    Start,
    availability,
    day_parts,
    free_by_day,
    spans,
)
from childcare.search.nearby import nearby
from childcare.search.profiles import ClassProfile, MapPoint, Profile, open_map, profile
from childcare.search.query import (
    MOST_ITEMS,
    MOST_WALK_MINUTES,
    Found,
    Page,
    Places,
    Query,
    Sort,
)

__all__ = [
    "MOST_ITEMS",
    "MOST_WALK_MINUTES",
    "ClassProfile",
    "ClassSlots",
    "DayFree",
    "DaySlots",
    "End",
    "Found",
    "MapPoint",
    "Page",
    "Part",
    "Places",
    "Profile",
    "Query",
    "SlotFree",
    "Sort",
    "Start",
    "availability",
    "day_parts",
    "free_by_day",
    "nearby",
    "open_map",
    "profile",
    "spans",
]
