"""Joining an institution's staff by a one-time link, and leaving it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import accounts
from childcare.accounts import (
    HasRoleAlready,
    InvitationOver,
    LastDirector,
    StaffInvitation,
    StaffMember,
    StaffRole,
    TooManyInvitations,
    UsernameTaken,
    invitations,
)
from childcare.actors import NOBODY, Actor, Role
from childcare.audit import AuditRow
from childcare.errors import Forbidden, Malformed, NotFound, NotSignedIn
from tests.build import NOON, Build

WEEK = timedelta(days=7)


@pytest.fixture
def nursery(build: Build) -> int:
    return build.institution().id


@pytest.fixture
def zhou(session: Session, nursery: int) -> Actor:
    """The director of the nursery."""
    return employed(session, "zhou", nursery, Role.DIRECTOR)


def employed(session: Session, username: str, at: int, role: Role) -> Actor:
    member = accounts.create_staff(
        session,
        username=username,
        name=username.title(),
        password_hash="unused",
        roles={at: role},
        now=NOON,
    )
    return accounts.actor_of(session, member)


def made(session: Session, by: Actor, at: int, role: Role = Role.FRONT_DESK) -> str:
    """The token of a new link."""
    return accounts.invite(session, by, institution_id=at, role=role, now=NOON)[1]


def joined(session: Session, token: str, username: str = "li") -> StaffMember:
    return accounts.join_as_newcomer(
        session, token=token, username=username, name="李老师", password_hash="unused", now=NOON
    )


def withdraw(session: Session, by: Actor, at: int, link: StaffInvitation) -> None:
    accounts.withdraw_invitation(session, by, institution_id=at, invitation_id=link.id, now=NOON)


def told(session: Session) -> list[tuple[str, str]]:
    """Who did what, in order."""
    rows = session.execute(select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id))
    return [(row.actor, row.action) for row in rows]


def test_a_newcomer_gets_the_role_of_the_link_and_it_is_written_down(
    session: Session, nursery: int, zhou: Actor
) -> None:
    li = joined(session, made(session, zhou, nursery))
    assert accounts.roles_of(session, li.id) == {nursery: frozenset({Role.FRONT_DESK})}
    assert told(session) == [(zhou.label, "staff-invited"), (f"staff:{li.id}", "staff-joined")]


def test_no_table_holds_what_the_link_says(session: Session, nursery: int, zhou: Actor) -> None:
    token = made(session, zhou, nursery)
    kept = session.scalars(select(StaffInvitation)).one()
    facts = session.scalars(select(AuditRow.facts)).all()
    assert token not in f"{vars(kept)} {facts}"


def test_a_link_works_once(session: Session, nursery: int, zhou: Actor) -> None:
    token = made(session, zhou, nursery)
    joined(session, token)
    with pytest.raises(InvitationOver):
        joined(session, token, "wang")


def test_looking_at_a_link_uses_nothing_up(session: Session, nursery: int, zhou: Actor) -> None:
    token = made(session, zhou, nursery)
    found = [accounts.invited(session, token, now=NOON) for _ in range(2)]
    assert [(to.role, to.invited_by) for to in found] == [(Role.FRONT_DESK, "Zhou")] * 2
    joined(session, token)


def test_a_link_ends_after_a_week(session: Session, nursery: int, zhou: Actor) -> None:
    token = made(session, zhou, nursery)
    accounts.invited(session, token, now=NOON + WEEK - timedelta(seconds=1))
    with pytest.raises(InvitationOver):
        accounts.invited(session, token, now=NOON + WEEK)


def test_a_link_ends_when_it_is_withdrawn(session: Session, nursery: int, zhou: Actor) -> None:
    link, token = accounts.invite(
        session, zhou, institution_id=nursery, role=Role.FINANCE, now=NOON
    )
    withdraw(session, zhou, nursery, link)
    with pytest.raises(InvitationOver):
        joined(session, token)
    with pytest.raises(NotFound):
        withdraw(session, zhou, nursery, link)
    pending = accounts.pending_invitations(session, zhou, institution_id=nursery, now=NOON)
    assert pending == []


def test_a_director_who_left_has_left_no_link_behind(
    session: Session, nursery: int, zhou: Actor
) -> None:
    wu = employed(session, "wu", nursery, Role.DIRECTOR)
    token = made(session, wu, nursery, Role.DIRECTOR)
    take(session, zhou, nursery, wu, Role.DIRECTOR)
    with pytest.raises(InvitationOver):
        joined(session, token)


def test_somebody_with_an_account_adds_the_role_to_it(
    session: Session, build: Build, nursery: int, zhou: Actor
) -> None:
    elsewhere = build.institution().id
    wu = employed(session, "wu", elsewhere, Role.DIRECTOR)
    accounts.join(session, wu, token=made(session, zhou, nursery), now=NOON)
    assert accounts.roles_of(session, wu.id) == {
        elsewhere: frozenset({Role.DIRECTOR}),
        nursery: frozenset({Role.FRONT_DESK}),
    }


def test_who_has_the_role_already_does_not_use_the_link_up(
    session: Session, nursery: int, zhou: Actor
) -> None:
    token = made(session, zhou, nursery, Role.DIRECTOR)
    with pytest.raises(HasRoleAlready):
        accounts.join(session, zhou, token=token, now=NOON)
    joined(session, token)


def test_a_parents_account_cannot_become_staff_by_a_link(
    session: Session, build: Build, nursery: int, zhou: Actor
) -> None:
    token = made(session, zhou, nursery)
    for who in (build.guardian().actor, NOBODY):
        with pytest.raises(Forbidden):
            accounts.join(session, who, token=token, now=NOON)


def test_a_taken_user_name_leaves_the_link_good(
    session: Session, nursery: int, zhou: Actor
) -> None:
    token = made(session, zhou, nursery)
    with pytest.raises(UsernameTaken):
        joined(session, token, "ZHOU")
    joined(session, token)


def test_only_a_director_of_the_place_invites_withdraws_looks_and_removes(
    session: Session, build: Build, nursery: int, zhou: Actor
) -> None:
    link, _ = accounts.invite(session, zhou, institution_id=nursery, role=Role.FINANCE, now=NOON)
    elsewhere = build.institution().id
    wu = employed(session, "wu", elsewhere, Role.DIRECTOR)
    li = employed(session, "li", nursery, Role.FRONT_DESK)
    for who in (wu, li, build.guardian().actor, NOBODY):
        with pytest.raises(Forbidden):
            made(session, who, nursery)
        with pytest.raises(Forbidden):
            accounts.colleagues(session, who, institution_id=nursery)
        with pytest.raises(Forbidden):
            accounts.pending_invitations(session, who, institution_id=nursery, now=NOON)
        with pytest.raises(Forbidden):
            withdraw(session, who, nursery, link)
        with pytest.raises(Forbidden):
            take(session, who, nursery, zhou, Role.DIRECTOR)
    with pytest.raises(NotFound):
        withdraw(session, wu, elsewhere, link)


def test_so_many_links_and_no_more_are_out_at_once(
    session: Session, nursery: int, zhou: Actor
) -> None:
    for _ in range(invitations.MOST_AT_ONCE):
        made(session, zhou, nursery)
    with pytest.raises(TooManyInvitations):
        made(session, zhou, nursery)


def take(session: Session, by: Actor, at: int, whose: Actor, role: Role, why: str = "离职") -> None:
    accounts.take_role(
        session, by, institution_id=at, staff_id=whose.id, role=role, reason=why, now=NOON
    )


def test_who_loses_a_role_is_signed_out_and_the_log_says_why(
    session: Session, nursery: int, zhou: Actor
) -> None:
    li = employed(session, "li", nursery, Role.FRONT_DESK)
    token = accounts.open_session(session, li, label="", address="", now=NOON)
    take(session, zhou, nursery, li, Role.FRONT_DESK)
    with pytest.raises(NotSignedIn):
        accounts.signed_in(session, token, now=NOON)
    assert accounts.roles_of(session, li.id) == {}
    row = session.scalars(select(AuditRow).where(AuditRow.action == "staff-role-taken")).one()
    assert (row.actor, row.subject_id, row.institution_id) == (zhou.label, li.id, nursery)
    assert row.facts == {"role": "front_desk", "reason": "离职"}


def test_the_last_director_stays(session: Session, nursery: int, zhou: Actor) -> None:
    with pytest.raises(LastDirector):
        take(session, zhou, nursery, zhou, Role.DIRECTOR)
    disabled = employed(session, "wu", nursery, Role.DIRECTOR)
    accounts.staff_member(session, disabled.id).disabled_at = NOON
    session.flush()
    with pytest.raises(LastDirector):
        take(session, zhou, nursery, zhou, Role.DIRECTOR)
    employed(session, "chen", nursery, Role.DIRECTOR)
    take(session, zhou, nursery, zhou, Role.DIRECTOR)


def test_a_role_is_not_taken_without_a_reason_nor_where_there_is_none(
    session: Session, nursery: int, zhou: Actor
) -> None:
    li = employed(session, "li", nursery, Role.FRONT_DESK)
    with pytest.raises(Malformed):
        take(session, zhou, nursery, li, Role.FRONT_DESK, why="  ")
    with pytest.raises(NotFound):
        take(session, zhou, nursery, li, Role.FINANCE)
    assert session.get(StaffRole, (li.id, nursery, Role.FRONT_DESK)) is not None


def test_colleagues_are_told_with_their_roles_directors_first(
    session: Session, nursery: int, zhou: Actor
) -> None:
    li = employed(session, "a-li", nursery, Role.FRONT_DESK)
    session.add(StaffRole(staff_id=li.id, institution_id=nursery, role=Role.FINANCE))
    accounts.open_session(session, li, label="", address="", now=NOON)
    found = accounts.colleagues(session, zhou, institution_id=nursery)
    assert [(one.username, one.roles, one.last_seen_at) for one in found] == [
        ("zhou", [Role.DIRECTOR], None),
        ("a-li", [Role.FRONT_DESK, Role.FINANCE], NOON),
    ]
