"""What a one-time link opens: joining an institution's staff, with a new account or one's own."""

from typing import Annotated

from flask import Response, g
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, clock, i18n
from childcare.actors import Actor, Kind
from childcare.db import reading, transaction
from childcare.errors import DomainError, Malformed
from childcare.i18n import gettext as _
from webapp import auth, limits
from webapp.fields import Line, Params
from webapp.limits import Rate
from webapp.pages import access, forms
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, page

Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewAccount(Params):
    """How somebody will sign in, and what colleagues call them."""

    name: Line
    username: Line
    password: Password
    again: Password


@panel.get("/invitations/<token>")
def show_invitation(token: str) -> Response:
    """What the link invites to, and the form to accept; looking uses nothing up."""
    return _invitation(token)


def _invitation(token: str, refusal: DomainError | None = None) -> Response:
    to = access.look_openly(
        lambda session, _actor: accounts.invited(session, token, now=clock.now(session))
    )
    return page("panel/invitation.html", refusal=refusal, to=to, token_of_link=token)


@panel.post("/invitations/<token>/join")
def join(token: str) -> Response:
    """Adds the role to the account of whoever is signed in."""
    return forms.submit(lambda: _join(token), again=lambda refusal: _invitation(token, refusal))


def _join(token: str) -> Response:
    to = access.write(
        lambda session, actor: _place(
            accounts.join(session, actor, token=token, now=clock.now(session))
        )
    )
    access.remember_place(to)
    return go("/panel/", said=_("Welcome. The new role is yours."))


def _place(joined: accounts.Invited) -> int:
    return joined.institution_id


@panel.post("/invitations/<token>")
def accept(token: str) -> Response:
    """Makes an account with the link's role, and signs it in."""
    return forms.submit(lambda: _accept(token), again=lambda refusal: _invitation(token, refusal))


def _accept(token: str) -> Response:
    limits.spend(Rate.SIGN_IN)
    form = forms.read(NewAccount)
    if form.password != form.again:
        raise Malformed("again", "not-same")
    with reading() as session:
        accounts.invited(session, token, now=clock.now(session))
    # No transaction is open meanwhile: hashing takes a tenth of a second.
    password_hash = accounts.hash_password(form.password)
    with transaction() as session:
        opened, place = _joined(session, token, form, password_hash)
    answer = access.open_cookie(go("/panel/"), opened)
    access.remember_place(place)
    return answer


def _joined(session: Session, token: str, form: NewAccount, password_hash: str) -> tuple[str, int]:
    """A session of the new account, and the institution it works at."""
    now = clock.now(session)
    member = accounts.join_as_newcomer(
        session,
        token=token,
        username=form.username,
        name=form.name,
        password_hash=password_hash,
        now=now,
    )
    actor = Actor(Kind.STAFF, member.id, roles=accounts.roles_of(session, member.id))
    g.actor_label = actor.label
    accounts.choose_language(session, actor, i18n.tongue())
    opened = accounts.open_session(
        session, actor, label=auth.client_label(), address=auth.address(), now=now
    )
    return opened, next(iter(actor.roles))
