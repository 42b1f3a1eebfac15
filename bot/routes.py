"""Which button leads to which screen: the verb of an address and the numbers it carries."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.aims import AIM_SIZE, Aim
from bot.forms import OldButton
from bot.screens import (
    asking,
    away,
    away_form,
    child_form,
    children,
    finding,
    holding,
    institution,
    joining,
    long_term,
    menu,
    mine,
    moving,
    my_data,
    objection_form,
    offered,
    phone_form,
    place_form,
    settings,
    waiting,
    ways,
)
from childcare import clock, people
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.i18n import sentence
from childcare.messages import Message, read_address

Screen = Callable[..., Message]
NUMBER = re.compile(r"-?\d{1,15}", re.ASCII)


def consent(session: Session, actor: Actor, number: int, *numbers: int) -> Message:
    """Record the consent to the text that was shown, and go on to the child and to what was asked
    for before."""
    version = f"{number // 100:04d}-{number % 100:02d}"
    people.consent(session, actor, version=version, now=clock.now(session))
    if numbers:
        return asking.again(session, actor, Aim.read(*numbers))
    if people.children_of(session, actor):
        return menu.menu(session, actor)
    return children.new_child(session, actor)


def near(session: Session, actor: Actor, *numbers: int) -> Message:
    return asking.near(session, actor, Aim.read(*numbers))


def on_day(session: Session, actor: Actor, *numbers: int) -> Message:
    return finding.days(session, actor, Aim.read(*numbers))


def full_ones(session: Session, actor: Actor, *numbers: int) -> Message:
    return finding.full_ones(session, actor, Aim.read(*numbers))


def plain_refusal(session: Session, actor: Actor, refusal: DomainError, *_numbers: int) -> Message:
    return Message(sentence(refusal), ways.out())


@dataclass(frozen=True)
class Route:
    """A screen, how many numbers it takes, and what is shown when the domain refuses.

    `in_place`: the pressed message becomes the screen, else the screen comes below it.
    """

    screen: Screen
    takes: frozenset[int]
    in_place: bool = True
    refused: Screen = plain_refusal


def _route(screen: Screen, *takes: int, **more: Any) -> Route:
    return Route(screen, frozenset(takes or {0}), **more)


ROUTES: Mapping[str, Route] = {
    "menu": _route(menu.menu, in_place=False),
    "help": _route(menu.help_text, in_place=False),
    "lang": _route(settings.language, 1, 1 + AIM_SIZE),
    "consent": _route(consent, 1, 1 + AIM_SIZE),
    "find": _route(finding.find, in_place=False),
    "near": _route(near, AIM_SIZE),
    "full": _route(full_ones, AIM_SIZE),
    "on-day": _route(on_day, AIM_SIZE),
    "elsewhere": _route(finding.elsewhere, 1, in_place=False),
    "home-here": _route(settings.keep_home, 2),
    "inst": _route(institution.institution, 3),
    "ends": _route(institution.ends, 4),
    "about": _route(institution.about, 2),
    "directions": _route(institution.pin, 1, in_place=False),
    "hold": _route(holding.hold, 6, refused=holding.refused),
    "confirm": _route(holding.confirm, 2, refused=holding.again),
    "release": _route(holding.release, 2, refused=mine.shown_again),
    "wait": _route(joining.wait, 7, refused=joining.refused),
    "queue": _route(joining.queue, AIM_SIZE + 1, refused=joining.refused),
    "wait-day": _route(joining.hours, 3),
    "wait-from": _route(joining.ends, 4),
    "long": _route(long_term.months, 2),
    "long-month": _route(long_term.parts, 3),
    "long-days": _route(long_term.days, 5),
    "long-join": _route(long_term.join, 6, refused=long_term.refused),
    "waits": _route(waiting.waits, in_place=False),
    "waits-past": _route(waiting.past),
    "entry": _route(waiting.entry, 1),
    "entry-log": _route(waiting.log, 1),
    "entry-order": _route(waiting.order, 1),
    "entry-pause": _route(waiting.pause, 1, 2, refused=waiting.refused),
    "entry-renew": _route(waiting.renew, 1, refused=waiting.refused),
    "entry-leave": _route(waiting.leave, 1),
    "entry-left": _route(waiting.left, 1, refused=waiting.refused),
    "offer": _route(offered.offer, 1),
    "offer-accept": _route(offered.accept, 1, refused=offered.refused),
    "offer-decline": _route(offered.decline, 1, refused=offered.refused),
    "mine": _route(mine.mine, in_place=False),
    "past": _route(mine.past),
    "booking": _route(mine.details, 1, 2),
    "ics": _route(holding.calendar, 1, in_place=False),
    "cancel-ask": _route(mine.cancel, 1, 2),
    "cancelled": _route(mine.cancelled, 4, refused=mine.fee_again),
    "object": _route(mine.objection, 1, in_place=False),
    "move": _route(moving.days, 1),
    "move-day": _route(moving.hours, 2),
    "move-start": _route(moving.ends, 3),
    "move-quote": _route(moving.quote, 6, refused=moving.refused),
    "moved": _route(moving.moved, 8, refused=mine.shown_again),
    "kids": _route(children.children),
    "kid": _route(children.child, 1),
    "kid-new": _route(children.new_child, in_place=False),
    "kid-edit": _route(children.edit_child, 2, in_place=False),
    "away": _route(away.away),
    "away-days": _route(away.days, 1),
    "away-when": _route(away.days_of_part, 3),
    "away-day": _route(away.one_day, 2),
    "away-part": _route(away.part_of_day, 2),
    "away-from": _route(away.first_day, 1),
    "away-to": _route(away.last_day, 2),
    "away-ask": _route(away.asked, 5),
    "away-why": _route(away.why, 5, in_place=False),
    "away-on": _route(away.declare, 2, 6, refused=away.refused),
    "away-back": _route(away.take_back, 1, refused=away.not_back),
    "settings": _route(settings.settings),
    "quiet": _route(settings.quiet),
    "quiet-set": _route(settings.set_quiet, 1),
    "switches": _route(settings.switches),
    "switch": _route(settings.switch, 2),
    "places": _route(settings.places),
    "place-set": _route(settings.set_place, 1, in_place=False),
    "web-code": _route(my_data.web_code),
    "data": _route(my_data.my_data),
    "data-looks": _route(my_data.looks),
    "data-copy": _route(my_data.copy, in_place=False),
    "data-erase": _route(my_data.ask_erase),
    "data-erased": _route(my_data.erased),
    "phone": _route(settings.phone, in_place=False),
}

FORMS = {
    form.name: form
    for form in (
        child_form.CHILD,
        *child_form.EDITS.values(),
        place_form.PLACE,
        place_form.ANYWHERE,
        place_form.NEARBY,
        phone_form.PHONE,
        objection_form.OBJECTION,
        away_form.REASON,
    )
}


def read(data: str) -> tuple[str, list[int]]:
    """The verb and the numbers of an address. Raises `OldButton` for anything else."""
    verb, args = read_address(data)
    if not all(NUMBER.fullmatch(arg) for arg in args):
        raise OldButton
    return verb, [int(arg) for arg in args]


def route(verb: str, numbers: list[int]) -> Route:
    """Raises `OldButton` for a verb nobody knows, or with too few or too many numbers."""
    found = ROUTES.get(verb)
    if found is None or len(numbers) not in found.takes:
        raise OldButton
    return found


def show(session: Session, actor: Actor, data: str) -> Message:
    """The screen behind an address."""
    verb, numbers = read(data)
    return route(verb, numbers).screen(session, actor, *numbers)
