"""The room People: who works here, whom a director invites, whose role ends."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import Colleague, StaffInvitation
from childcare.actors import Actor, Role
from childcare.errors import DomainError
from childcare.i18n import gettext as _
from webapp import auth
from webapp.fields import Line, Params, Reason
from webapp.pages import access, forms
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, page

ROLES = (Role.FRONT_DESK, Role.FINANCE, Role.DIRECTOR)


@dataclass(frozen=True)
class NewLink:
    """A link that was just made: the page shows it this once."""

    address: str
    role: str
    intended_for: str


class Invitation(Params):
    """As what somebody is invited, and whom the director has in mind."""

    role: Role
    intended_for: Line | None = None


class RoleTaken(Params):
    """Which role ends, and why."""

    role: Role
    reason: Reason


@panel.get("/<int:institution_id>/staff")
def show_staff(institution_id: int) -> Response:
    """Who works here, and the links that are out."""
    return _staff(institution_id)


@panel.get("/<int:institution_id>/staff/invitations")
def show_invitations(institution_id: int) -> Response:
    """Where a new link was shown once: looked at again, the room itself."""
    access.look(lambda session, actor: None)
    return go(f"/panel/{institution_id}/staff")


def _staff(
    institution_id: int,
    *,
    refusal: DomainError | None = None,
    form: str = "",
    link: NewLink | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    colleagues, pending = access.look(lambda s, actor: _facts(s, actor, institution_id))
    directors = [one.id for one in colleagues if Role.DIRECTOR in one.roles]
    return page(
        "panel/staff.html",
        status=status,
        refusal=refusal,
        form=form,
        link=link,
        institution_id=institution_id,
        colleagues=colleagues,
        sole_director=directors[0] if len(directors) == 1 else None,
        pending=pending,
        roles=ROLES,
    )


def _facts(
    session: Session, actor: Actor, institution_id: int
) -> tuple[list[Colleague], list[StaffInvitation]]:
    now = clock.now(session)
    people = accounts.colleagues(session, actor, institution_id=institution_id)
    pending = accounts.pending_invitations(session, actor, institution_id=institution_id, now=now)
    return people, list(pending)


@panel.post("/<int:institution_id>/staff/invitations")
def invite_staff(institution_id: int) -> Response:
    """Makes a one-time link and shows it, this once."""
    return forms.submit(
        lambda: _invite(institution_id),
        again=lambda refusal: _staff(institution_id, refusal=refusal, form="invite"),
    )


def _invite(institution_id: int) -> Response:
    form = forms.read(Invitation)
    token = access.write(
        lambda session, actor: accounts.invite(
            session,
            actor,
            institution_id=institution_id,
            role=form.role,
            intended_for=form.intended_for or "",
            now=clock.now(session),
        )[1]
    )
    address = f"{auth.settings().public_url}/panel/invitations/{token}"
    link = NewLink(address, form.role, form.intended_for or "")
    return _staff(institution_id, link=link, status=HTTPStatus.CREATED)


@panel.post("/<int:institution_id>/staff/invitations/<int:invitation_id>/withdraw")
def withdraw_invitation(institution_id: int, invitation_id: int) -> Response:
    """Ends a link that nobody used yet."""
    access.write(
        lambda session, actor: accounts.withdraw_invitation(
            session,
            actor,
            institution_id=institution_id,
            invitation_id=invitation_id,
            now=clock.now(session),
        )
    )
    return go(f"/panel/{institution_id}/staff", said=_("The invitation is withdrawn."))


@panel.post("/<int:institution_id>/staff/<int:staff_id>/take-role")
def take_role(institution_id: int, staff_id: int) -> Response:
    """Ends a colleague's role, with a reason, and their sessions."""
    return forms.submit(
        lambda: _take_role(institution_id, staff_id),
        again=lambda refusal: _staff(institution_id, refusal=refusal, form=f"role-{staff_id}"),
    )


def _take_role(institution_id: int, staff_id: int) -> Response:
    form = forms.read(RoleTaken)
    access.write(
        lambda session, actor: accounts.take_role(
            session,
            actor,
            institution_id=institution_id,
            staff_id=staff_id,
            role=form.role,
            reason=form.reason,
            now=clock.now(session),
        )
    )
    return go(f"/panel/{institution_id}/staff", said=_("The role is removed."))
