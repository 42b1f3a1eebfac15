"""The panel's door: signing in and out, and the way from there to one's first room."""

from contextlib import suppress
from functools import partial
from typing import Annotated

from flask import Response, g, request
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.actors import Actor, Kind
from childcare.errors import DomainError, NotSignedIn
from childcare.i18n import Tongue
from webapp import limits, staff_entry
from webapp.fields import Line, Params
from webapp.limits import Rate
from webapp.pages import access, forms, language, refusals, rooms
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, page
from webapp.staff_entry import Entered

Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SignIn(Params):
    """A staff member's name and password, the page they were on their way to, and the language
    they chose at the door."""

    username: Line
    password: Password
    next: str = ""
    lang: Tongue | None = None


@panel.get("/")
def show_first_room() -> Response:
    """Leads to the first room of the institution that somebody was in last."""
    access.look(lambda session, actor: None)
    found = access.visitor()
    return go(rooms.front_door(found) if found else refusals.SIGN_IN)


@panel.get("/sign-in")
def show_sign_in() -> Response:
    """The form; whoever is signed in already goes on."""
    if access.has_cookie() and _is_signed_in():
        return go(_onward(request.args.get("next", "")))
    return _form()


def _is_signed_in() -> bool:
    try:
        access.look(lambda session, actor: None)
    except NotSignedIn:
        return False
    return True


def _form(refusal: DomainError | None = None) -> Response:
    return page(
        "panel/sign_in.html",
        refusal=refusal,
        next=request.values.get("next", ""),
        lang=language.chosen_here() or "",
    )


def _onward(address: str) -> str:
    return address if refusals.is_safe(address) else "/panel/"


@panel.post("/sign-in")
def sign_in() -> Response:
    """Opens a session and leads on to where somebody was going."""
    return forms.submit(_sign_in, again=_form)


def _sign_in() -> Response:
    limits.spend(Rate.SIGN_IN)
    form = forms.read(SignIn)
    token = staff_entry.enter(form.username, form.password, partial(_token, form.lang))
    return access.open_cookie(go(_onward(form.next)), token)


def _token(lang: Tongue | None, session: Session, entered: Entered) -> str:
    token, member = entered
    actor = Actor(Kind.STAFF, member.id)
    g.actor_label = actor.label
    if lang is not None:
        accounts.choose_language(session, actor, lang)
    return token


@panel.post("/sign-out")
def sign_out() -> Response:
    """Ends this session, here and on the server."""

    def ended(session: Session, actor: Actor) -> None:
        own = access.session_id()
        accounts.revoke(session, actor, session_id=own, now=clock.now(session))

    with suppress(NotSignedIn):  # it had ended already
        access.write(ended)
    return access.drop_cookie(go(refusals.SIGN_IN))
