"""Two at once: one link for two newcomers, two directors who remove each other.

The second always begins while the first has done its part and not committed: without the guard
that a test is about, it goes through.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from childcare import accounts
from childcare.accounts import StaffMember, StaffRole
from childcare.actors import Actor, Role
from childcare.db import reading, transaction
from childcare.errors import DomainError
from tests.build import NOON, Build

Command = Callable[[Session], Any]
PATIENCE_SECONDS = 10
WAITS_FOR_ME = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() ="
    " ANY (pg_blocking_pids(pid))"
)


def alone(app: Flask, command: Command) -> str:
    """How a command ended that ran in a transaction of its own."""
    try:
        with app.app_context(), transaction() as session:
            command(session)
    except DomainError as refusal:
        return refusal.code
    return "done"


def in_the_midst(app: Flask, first: Command, second: Command) -> str:
    """How the second ended: it began before the first was committed, and ended or waited then."""
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            first(session)
            later = pool.submit(alone, app, second)
            until = time.monotonic() + PATIENCE_SECONDS
            while not later.done() and not session.scalar(WAITS_FOR_ME):
                assert time.monotonic() < until, "the second neither waits nor ends"
                time.sleep(0.005)
        return later.result()


def employed(username: str, at: int) -> Actor:
    with transaction() as session:
        member = accounts.create_staff(
            session,
            username=username,
            name=username,
            password_hash="unused",
            roles={at: Role.DIRECTOR},
            now=NOON,
        )
        return accounts.actor_of(session, member)


def nursery() -> int:
    with transaction() as session:
        return Build(session).institution().id


def test_one_link_makes_one_account(app: Flask) -> None:
    at = nursery()
    zhou = employed("zhou", at)
    with transaction() as session:
        _, token = accounts.invite(session, zhou, institution_id=at, role=Role.FRONT_DESK, now=NOON)

    def joining(username: str) -> Command:
        return lambda session: accounts.join_as_newcomer(
            session, token=token, username=username, name="李", password_hash="unused", now=NOON
        )

    assert in_the_midst(app, joining("li"), joining("wang")) == "invitation-over"
    with reading() as session:
        assert session.scalar(select(func.count(StaffMember.id))) == 2


def test_two_directors_who_remove_each_other_leave_one(app: Flask) -> None:
    at = nursery()
    zhou, wu = employed("zhou", at), employed("wu", at)

    def removing(by: Actor, whose: Actor) -> Command:
        return lambda session: accounts.take_role(
            session,
            by,
            institution_id=at,
            staff_id=whose.id,
            role=Role.DIRECTOR,
            reason="不和",
            now=NOON,
        )

    assert in_the_midst(app, removing(zhou, wu), removing(wu, zhou)) == "forbidden"
    with reading() as session:
        left = select(StaffRole.staff_id).where(StaffRole.institution_id == at)
        assert session.scalars(left).all() == [zhou.id]


def test_a_password_changed_while_somebody_signs_in_opens_nothing(app: Flask) -> None:
    zhou = employed("zhou", nursery())

    def changing(session: Session) -> None:
        accounts.change_password(
            session, zhou, checked_hash="unused", new_hash="new", session_id=0, now=NOON
        )

    def entering(session: Session) -> None:
        accounts.open_staff_session(
            session, staff_id=zhou.id, checked_hash="unused", label="", address="", now=NOON
        )

    assert in_the_midst(app, changing, entering) == "bad-credentials"
