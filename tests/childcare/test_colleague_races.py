"""Two at once: one link for two newcomers, two directors who remove each other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from childcare import accounts
from childcare.accounts import InvitationOver, LastDirector, StaffMember, StaffRole
from childcare.actors import Actor, Role
from childcare.db import reading, transaction
from childcare.errors import Forbidden
from tests.build import NOON, Build


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


def test_one_link_makes_one_account_however_many_use_it_at_once(app: Flask) -> None:
    at = nursery()
    zhou = employed("zhou", at)
    with transaction() as session:
        token = accounts.invite(session, zhou, institution_id=at, role=Role.FRONT_DESK, now=NOON)[1]
    together = Barrier(4)

    def join(number: int) -> bool:
        together.wait()
        try:
            with app.app_context(), transaction() as session:
                accounts.join_as_newcomer(
                    session,
                    token=token,
                    username=f"li{number}",
                    name="李老师",
                    password_hash="unused",
                    now=NOON,
                )
        except InvitationOver:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(join, range(4))) == [False] * 3 + [True]
    with reading() as session:
        assert session.scalar(select(func.count(StaffMember.id))) == 2


def test_two_directors_who_remove_each_other_leave_one(app: Flask) -> None:
    at = nursery()
    zhou, wu = employed("zhou", at), employed("wu", at)
    together = Barrier(2)

    def remove(by: Actor, whose: Actor) -> str:
        together.wait()
        try:
            with app.app_context(), transaction() as session:
                accounts.take_role(
                    session,
                    by,
                    institution_id=at,
                    staff_id=whose.id,
                    role=Role.DIRECTOR,
                    reason="不和",
                    now=NOON,
                )
        except (Forbidden, LastDirector) as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(remove, zhou, wu), pool.submit(remove, wu, zhou)]
    assert sorted(end.result() for end in ends) == ["done", "forbidden"]
    with reading() as session:
        left = select(func.count()).where(StaffRole.institution_id == at)
        assert session.scalar(left) == 1
