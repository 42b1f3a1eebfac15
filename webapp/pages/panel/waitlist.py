"""The waitlist desk: every list in its order with the reason for each rank, who would be next, the
live offers, and an offer in order with one press."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.actors import Actor, Role
from childcare.errors import DomainError, Malformed
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.institutions import ClassGroup, classes_of
from childcare.people import Child
from childcare.reports import waiting
from childcare.reports.waiting import Asked, Board, NextInLine, Sought, Which
from childcare.search import names
from webapp.fields import Day, Params, TextId, Time
from webapp.pages import access, forms
from webapp.pages.panel import finding, waitlist_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, is_part, page, unchanged

ROOM = "/<int:institution_id>/waitlist"


class Shown(Params):
    """Which lists are in sight, and the stamp they have."""

    group: TextId | None = None
    day: Day | None = None
    kind: Literal[Which.LONG_TERM] | None = None
    stamp: str = ""

    @property
    def when(self) -> date | Which:
        return self.kind or self.day or Which.EACH

    def query(self, **changes: object) -> str:
        """The address's query that shows the same but for `changes`."""
        facts = {"group": self.group, "day": self.day, "kind": self.kind, **changes}
        return urlencode({name: str(fact) for name, fact in facts.items() if fact is not None})


class NextOffer(Shown):
    """The list whose free place is offered: a class and a day, or its enrolments."""

    of_group: TextId
    of_day: Day | None = None


class Imagined(Params):
    """Half hours that might come free."""

    group: TextId
    day: Day
    start: Time
    end: Time


class Name(Params):
    """Part of a child's name, its pinyin, or the number of its entry."""

    find: str = Field("", max_length=80)


@dataclass(frozen=True)
class Said:
    """What to tell about one list, or (no class) about the page."""

    group: int | None = None
    day: date | None = None
    refusal: DomainError | None = None
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """Who would be asked, if it was asked."""

    at: datetime
    groups: Sequence[ClassGroup]
    group: ClassGroup | None = None
    line: Sequence[NextInLine] = ()


def room(institution_id: int) -> str:
    return f"/panel/{institution_id}/waitlist"


def is_director(institution_id: int) -> bool:
    found = access.visitor()
    return found is not None and found.actor.may(institution_id, Role.DIRECTOR)


@panel.get(ROOM)
def show_waitlist(institution_id: int) -> Response:
    """The lists; where they are asked for again and nothing changed, nothing is sent."""
    shown = forms.read_query(Shown)
    if is_part() and shown.stamp and shown.stamp == _stamp(institution_id):
        return unchanged()
    return _board(institution_id, shown)


def _stamp(institution_id: int) -> str:
    return access.look(
        lambda session, actor: waiting.stamp(
            session, actor, institution_id=institution_id, now=clock.now(session)
        )
    )


def _read(institution_id: int, shown: Shown) -> Board:
    return access.look_and_record(
        lambda session, actor: waiting.board(
            session,
            actor,
            institution_id=institution_id,
            class_id=shown.group,
            when=shown.when,
            now=clock.now(session),
        )
    )


def _board(institution_id: int, shown: Shown, said: Said | None = None) -> Response:
    read = _read(institution_id, shown)
    return page(
        "panel/waitlist.html",
        part="panel/waitlist_board.html",
        status=said.refusal.status if said and said.refusal else HTTPStatus.OK,
        read=read,
        shown=shown,
        said=said,
        room=room(institution_id),
        today=clock.today(read.at),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="lists",
    )


@panel.post(f"{ROOM}/offers")
def offer_next(institution_id: int) -> Response:
    """What is free on one list goes to whoever is next there."""

    def again(refusal: DomainError) -> Response:
        return _board(institution_id, _place(), Said(*_list(), refusal=refusal))

    return forms.submit(lambda: _offer_next(institution_id), again)


def _offer_next(institution_id: int) -> Response:
    form = forms.read(NextOffer)

    def offered(session: Session, actor: Actor) -> list[int]:
        waiting.require_class(session, actor, institution_id=institution_id, class_id=form.of_group)
        made = waitlist.offer_next(
            session, actor, class_id=form.of_group, on=form.of_day, now=clock.now(session)
        )
        return [offer.entry_id for offer in made]

    made = len(access.write(offered))
    words = (
        ngettext("{count} family is asked now.", "{count} families are asked now.", made)
        if made
        else _("Nobody on this list fits what is free now.")
    )
    shown = Shown(group=form.group, day=form.day, kind=form.kind)
    if is_part():
        return _board(institution_id, shown, Said(form.of_group, form.of_day, words=words))
    return go(f"{room(institution_id)}?{shown.query()}", said=words)


def _place() -> Shown:
    """What was in sight when a form was sent, whatever else was wrong with it."""
    known = {name: request.form.get(name, "") for name in Shown.model_fields}
    try:
        return Shown.model_validate({name: said for name, said in known.items() if said})
    except ValidationError:
        return Shown()


def _list() -> tuple[int | None, date | None]:
    """The list a form was about, as far as it said so."""
    try:
        form = forms.read(NextOffer)
    except DomainError:
        return None, None
    return form.of_group, form.of_day


@panel.get(f"{ROOM}/if-free")
def show_if_free(institution_id: int) -> Response:
    """Who would be asked if a place came free, and why nobody before them."""
    return forms.submit(
        lambda: _if_free(institution_id, _imagined()),
        again=lambda refusal: _if_free(institution_id, None, refusal=refusal),
    )


def _imagined() -> Imagined | None:
    """What is asked for, once the form was sent."""
    if not request.args:
        return None
    wanted = forms.read_query(Imagined)
    if wanted.end <= wanted.start:
        raise Malformed("end", "not-after-start")
    return wanted


def _if_free(
    institution_id: int, wanted: Imagined | None, *, refusal: DomainError | None = None
) -> Response:
    found = access.look_and_record(
        lambda session, actor: _answer(session, actor, institution_id, wanted)
    )
    return page(
        "panel/waitlist_if_free.html",
        part="panel/waitlist_next.html",
        refusal=refusal,
        wanted=wanted,
        group=found.group,
        line=found.line,
        next=next((one for one in found.line if one.why is None), None),
        groups=found.groups,
        today=clock.today(found.at),
        room=room(institution_id),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="lists",
    )


def _answer(session: Session, actor: Actor, institution_id: int, wanted: Imagined | None) -> Answer:
    waiting.require_desk(actor, institution_id)
    groups, now = classes_of(session, institution_id), clock.now(session)
    if wanted is None:
        return Answer(now, groups)
    slots = range(wanted.start // 30, -(-wanted.end // 30))
    asked = Asked(wanted.group, wanted.day, slots)
    where = institution_id
    found = waiting.next_in_line(session, actor, institution_id=where, asked=asked, now=now)
    return Answer(now, groups, *found)


@panel.post(f"{ROOM}/find")
def find_family(institution_id: int) -> Response:
    """To the family whose child is named, or those who may be meant. Names are in no address."""
    text = forms.read(Name).find.strip()
    found, ids = access.look_and_record(
        lambda session, actor: _found(session, actor, institution_id, text)
    )
    if len(ids) == 1:
        return go(f"{room(institution_id)}/entries/{ids[0]}")
    return page(
        "panel/waitlist_found.html",
        found=found,
        find=text,
        room=room(institution_id),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="lists",
    )


def _found(
    session: Session, actor: Actor, institution_id: int, text: str
) -> tuple[Sequence[Sought], Sequence[int]]:
    typed = names.folded(text)
    number = typed.removeprefix("no.").strip()
    if number.isdecimal() and len(number) < 19:
        return (), waiting.listed(
            session, actor, institution_id=institution_id, entry_id=int(number)
        )

    def matches(child: Child) -> bool:
        spelled = finding.spelled(child.name)
        return bool(typed) and all(word in spelled for word in typed.split())

    where, now = institution_id, clock.now(session)
    found = waiting.find(session, actor, institution_id=where, matches=matches, now=now)
    return found, [one.entry.id for one in found]
