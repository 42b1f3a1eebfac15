"""The rooms of the panel and who may enter which: what the frame of every page leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, request

from childcare.accounts import Workplace
from childcare.actors import Role
from childcare.i18n import gettext as _
from webapp.pages import access

EVERYBODY = frozenset(Role)
DESK = frozenset({Role.DIRECTOR, Role.FRONT_DESK})
ACCOUNT = "/panel/account"
DIRECTORS = frozenset({Role.DIRECTOR})


@dataclass(frozen=True)
class Room:
    """One room: its word in the address, its name, who may enter."""

    word: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Door:
    """The way to a room of one institution."""

    address: str
    name: str
    is_here: bool


@dataclass(frozen=True)
class Frame:
    """What stands round a page: where one is, where else one may go."""

    visitor: access.Visitor | None
    place: Workplace | None
    doors: Sequence[Door]


def _rooms() -> tuple[Room, ...]:
    return (
        Room("today", _("Today"), DESK),
        Room("waitlist", _("Waitlist"), DESK),
        Room("carers", _("Carers"), DESK),
        Room("log", _("Log"), EVERYBODY),
        Room("staff", _("People"), DIRECTORS),
    )


def rule(word: str) -> str:
    """The rule under which a room is registered."""
    return f"/panel/<int:institution_id>/{word}"


def open_to(place: Workplace) -> list[Room]:
    """The rooms there are for somebody with these roles there."""
    built = {found.rule for found in current_app.url_map.iter_rules()}
    return [room for room in _rooms() if room.roles & place.roles and rule(room.word) in built]


def address(place_id: int, word: str) -> str:
    return f"/panel/{place_id}/{word}"


def front_door(visitor: access.Visitor) -> str:
    """Where somebody goes after signing in: the first room of the institution they were in last."""
    places = {place.id: place for place in visitor.workplaces}
    if not places:
        return ACCOUNT
    return first_room(places.get(access.last_place() or 0, visitor.workplaces[0]))


def first_room(place: Workplace) -> str:
    """The address of the first room that somebody may enter there."""
    found = open_to(place)
    return address(place.id, found[0].word) if found else ACCOUNT


def frame() -> Frame:
    """The frame of the page being drawn."""
    visitor = access.visitor()
    if visitor is None or not visitor.workplaces:
        return Frame(visitor, None, ())
    named = (request.view_args or {}).get("institution_id") or access.last_place() or 0
    places = {place.id: place for place in visitor.workplaces}
    place = places.get(named, visitor.workplaces[0])
    doors = [_door(place, room) for room in open_to(place)]
    return Frame(visitor, place, doors)


def _door(place: Workplace, room: Room) -> Door:
    to = address(place.id, room.word)
    is_here = request.path == to or request.path.startswith(f"{to}/")
    return Door(to, room.name, is_here)
