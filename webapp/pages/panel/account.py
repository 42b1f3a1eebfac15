"""One's own account: where one is signed in, the language, the password."""

from typing import Annotated

from flask import Response
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import SessionOfMine, StaffMember
from childcare.actors import Actor
from childcare.errors import DomainError, Malformed
from childcare.i18n import Tongue
from childcare.i18n import gettext as _
from webapp import limits
from webapp.fields import Params
from webapp.limits import Rate
from webapp.pages import access, devices, forms, language, refusals
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, page

ACCOUNT = "/panel/account"
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Language(Params):
    """A language, and the page on which it was chosen."""

    language: Tongue
    next: str = ""


class NewPassword(Params):
    """The password so far, and the new one twice."""

    old_password: Password
    password: Password
    again: Password


@panel.get("/account")
def show_account() -> Response:
    """Who one is, where one is signed in, what one may change."""
    return _account()


def _account(refusal: DomainError | None = None) -> Response:
    member, sessions = access.look(_facts)
    held = [(one, devices.named(one.label)) for one in sessions]
    return page("panel/account.html", refusal=refusal, member=member, sessions=held)


def _facts(session: Session, actor: Actor) -> tuple[StaffMember, list[SessionOfMine]]:
    member = accounts.staff_member(session, actor.id)
    own, now = access.session_id(), clock.now(session)
    return member, accounts.sessions_of(session, actor, current_id=own, now=now)


@panel.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """Ends one of one's own sessions, wherever it is."""

    def ended(session: Session, actor: Actor) -> None:
        accounts.revoke(session, actor, session_id=session_id, now=clock.now(session))

    access.write(ended)
    return go(ACCOUNT, said=_("That device is signed out."))


@panel.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    """Ends every session of one's own but this one."""

    def ended(session: Session, actor: Actor) -> None:
        own = access.session_id()
        accounts.revoke_others(session, actor, keep_id=own, now=clock.now(session))

    access.write(ended)
    return go(ACCOUNT, said=_("All other devices are signed out."))


@panel.post("/account/language")
def choose_language() -> Response:
    """Keeps the language one reads, and leads back to where it was chosen."""
    form = forms.read(Language)
    access.write(lambda s, actor: accounts.choose_language(s, actor, form.language))
    made = go(form.next if refusals.is_safe(form.next) else ACCOUNT)
    language.keep(made, form.language)
    return made


@panel.post("/account/password")
def change_password() -> Response:
    """Changes one's password and signs out every other device."""
    return forms.submit(_change_password, again=_account)


def _change_password() -> Response:
    form = forms.read(NewPassword)
    if form.password != form.again:
        raise Malformed("again", "not-same")
    checked_hash = access.look(accounts.own_password_hash)
    limits.spend(Rate.STAFF, f"password of {access.own_id()}")
    if not accounts.is_password(form.old_password, checked_hash):
        raise Malformed("old_password", "wrong-password")
    new_hash = accounts.hash_password(form.password)
    access.write(
        lambda session, actor: accounts.change_password(
            session,
            actor,
            checked_hash=checked_hash,
            new_hash=new_hash,
            session_id=access.session_id(),
            now=clock.now(session),
        )
    )
    return go(ACCOUNT, said=_("Your password is changed. Other devices are signed out."))
