"""Signing in by phone and code, as staff, and out again; who can be kept out, and who cannot."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from childcare import accounts
from childcare.accounts import AccountSession, SignInCode
from childcare.actors import NOBODY, Role
from childcare.app import promoting
from childcare.db import reading
from childcare.outbox import OutboxRow
from tests.build import NOON, FakeClock
from tests.webapp.conftest import Answer, City, Person, answer_of

KNOWN, NEW = "+8613800000001", "+8613800000009"
SECRET = "a-throw-away-key-that-signs-only-tests"


def ask(web: Flask, phone: str, *, address: str = "10.0.0.1", **more: Any) -> Answer:
    client = web.test_client()
    body = {"phone": phone, **more}
    sent = client.post("/api/v1/auth/codes", json=body, environ_overrides={"REMOTE_ADDR": address})
    return answer_of(sent)


def enter(web: Flask, phone: str, code: str, *, address: str = "10.0.0.1") -> Answer:
    sent = web.test_client().post(
        "/api/v1/auth/sessions",
        json={"phone": phone, "code": code},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer_of(sent)


def sent_code(web: Flask, clock: FakeClock) -> str:
    """The newest code, as its message says it."""
    with web.app_context(), reading() as session:
        newest = session.scalar(select(func.max(SignInCode.id))) or 0
        message = accounts.sms(session, newest, secret=SECRET, now=clock.now)
    assert message is not None
    return "".join(sign for sign in message.text if sign.isdigit())[:6]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_known_phone_signs_in_to_its_own_account(
    web: Flask, city: City, clock: FakeClock
) -> None:
    assert ask(web, "138 0000 0001").status_code == 202
    opened = enter(web, KNOWN, sent_code(web, clock))
    assert (opened.status_code, opened.json["guardian"]["id"]) == (201, city.lan.actor.id)
    me = Person(web.test_client(), city.lan.actor, opened.json["token"]).get("/me")
    assert me.json["phone"] == KNOWN


def test_a_newcomer_gets_an_account_in_the_language_asked_for(web: Flask, clock: FakeClock) -> None:
    ask(web, NEW)
    sent = web.test_client().post(
        "/api/v1/auth/sessions",
        json={"phone": NEW, "code": sent_code(web, clock)},
        headers={"Accept-Language": "en-GB"},
        environ_overrides={"REMOTE_ADDR": "10.0.0.1"},
    )
    assert sent.get_json()["guardian"]["locale"] == "en"


def test_asking_says_the_same_for_known_and_unknown_phones(web: Flask) -> None:
    known, unknown = ask(web, KNOWN), ask(web, NEW)
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)


def test_neither_the_tables_nor_the_outbox_hold_the_code(web: Flask, clock: FakeClock) -> None:
    ask(web, KNOWN)
    code = sent_code(web, clock)
    with reading() as session:
        row = session.scalars(select(SignInCode)).one()
        job = session.scalars(select(OutboxRow).where(OutboxRow.kind == "send-sms")).one()
        kept = " ".join(str(getattr(row, column.key)) for column in row.__mapper__.column_attrs)
        assert code not in kept
        assert job.payload == {"code_id": row.id}


def test_the_fifth_wrong_try_ends_a_code(web: Flask, clock: FakeClock) -> None:
    ask(web, KNOWN)
    code = sent_code(web, clock)
    for _ in range(5):
        assert enter(web, KNOWN, wrong(code)).code == "code-wrong"
    assert enter(web, KNOWN, code).code == "code-wrong"


def test_somebody_elsewhere_cannot_use_up_the_tries_of_who_asked(
    web: Flask, clock: FakeClock
) -> None:
    ask(web, KNOWN)
    code = sent_code(web, clock)
    for _ in range(20):
        assert enter(web, KNOWN, wrong(code), address="10.9.9.9").code == "code-wrong"
    assert enter(web, KNOWN, code, address="10.9.9.9").code == "code-wrong"
    assert enter(web, KNOWN, code).status_code == 201


def test_a_phone_that_moved_to_another_network_still_gets_in(web: Flask, clock: FakeClock) -> None:
    ask(web, KNOWN)
    assert enter(web, KNOWN, sent_code(web, clock), address="10.7.7.7").status_code == 201


def test_a_code_lives_ten_minutes_and_works_once(web: Flask, clock: FakeClock) -> None:
    ask(web, KNOWN)
    code = sent_code(web, clock)
    assert enter(web, KNOWN, code).status_code == 201
    assert enter(web, KNOWN, code).code == "code-wrong"
    clock.forward(timedelta(minutes=1))
    ask(web, KNOWN)
    late = sent_code(web, clock)
    clock.forward(timedelta(minutes=10))
    assert enter(web, KNOWN, late).code == "code-wrong"


def test_one_code_opens_one_session_however_many_enter_it_at_once(
    web: Flask, clock: FakeClock
) -> None:
    ask(web, NEW)
    code = sent_code(web, clock)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: enter(web, NEW, code), range(8)))
    assert sorted(one.status_code for one in answers) == [201] + [422] * 7
    with reading() as session:
        newest = session.scalar(select(func.count()).where(AccountSession.label != "test"))
    assert newest == 1


def test_codes_for_one_phone_are_limited_by_address_and_not_for_others(web: Flask) -> None:
    asked = [ask(web, KNOWN, address="10.9.9.9").status_code for _ in range(3)]
    assert asked == [202, 429, 429]
    refusal = ask(web, KNOWN, address="10.9.9.9")
    assert int(refusal.headers["Retry-After"]) == refusal.json["facts"]["retry_after"] == 30
    assert ask(web, KNOWN, address="10.0.0.1").status_code == 202


def test_a_flooded_phone_can_still_ask_from_where_it_signed_in_before(
    web: Flask, clock: FakeClock
) -> None:
    ask(web, KNOWN, address="10.0.0.1")
    enter(web, KNOWN, sent_code(web, clock), address="10.0.0.1")
    clock.forward(timedelta(hours=2))
    flood = [ask(web, KNOWN, address=f"10.8.8.{n}").status_code for n in range(25)]
    assert flood == [202] * 20 + [429] * 5
    assert ask(web, KNOWN, address="10.0.0.1").status_code == 202


@pytest.mark.parametrize("phone", ["12345", "+8612", "hello", "+86 138 0000 000", "😀" * 4])
def test_what_is_no_phone_is_refused_in_words(web: Flask, phone: str) -> None:
    refusal = ask(web, phone)
    assert (refusal.status_code, refusal.json["errors"][0]["code"]) == (422, "not-a-phone")


def staff_member(password: str) -> None:
    with promoting() as session:
        accounts.create_staff(
            session,
            username="Director.Zhou",
            name="周园长",
            password_hash=accounts.hash_password(password),
            roles={1: Role.DIRECTOR},
            now=NOON,
        )


def sign_in_staff(web: Flask, username: str, password: str) -> Answer:
    body = {"username": username, "password": password}
    return answer_of(web.test_client().post("/api/v1/auth/staff-sessions", json=body))


def test_staff_sign_in_by_name_and_password(web: Flask, city: City, clock: FakeClock) -> None:
    staff_member("correct horse battery")
    opened = sign_in_staff(web, "director.zhou", "correct horse battery")
    assert opened.json["staff"]["roles"] == {"1": ["director"]}
    zhou = Person(web.test_client(), city.director.actor, opened.json["token"])
    assert zhou.get("/panel/today").status_code == 200
    clock.forward(timedelta(hours=11))
    assert zhou.get("/panel/today").status_code == 200
    clock.forward(timedelta(hours=11))
    assert zhou.get("/panel/today").status_code == 200
    clock.forward(timedelta(hours=12))
    assert zhou.get("/panel/today").status_code == 401


def test_a_wrong_password_and_an_unknown_name_look_the_same(web: Flask) -> None:
    staff_member("correct horse battery")
    wrong_password = sign_in_staff(web, "director.zhou", "wrong")
    unknown = sign_in_staff(web, "nobody", "wrong")
    assert wrong_password.json == unknown.json
    assert wrong_password.code == "bad-credentials"


def test_a_session_can_be_seen_and_ended_from_another(web: Flask, clock: FakeClock) -> None:
    ask(web, NEW)
    phone = enter(web, NEW, sent_code(web, clock)).json
    clock.forward(timedelta(minutes=1))
    ask(web, NEW)
    tablet = enter(web, NEW, sent_code(web, clock)).json
    people = [Person(web.test_client(), NOBODY, one["token"]) for one in (phone, tablet)]
    seen = people[1].get("/auth/sessions").json["items"]
    other = next(one for one in seen if not one["is_current"])
    assert people[1].call("DELETE", f"/auth/sessions/{other['id']}").status_code == 204
    assert people[0].get("/me").status_code == 401
    assert people[1].call("DELETE", "/auth/session").status_code == 204
    assert people[1].get("/me").status_code == 401


def test_nobody_can_end_the_session_of_another_person(city: City) -> None:
    lans = city.lan.get("/auth/sessions").json["items"][0]["id"]
    assert city.emma.call("DELETE", f"/auth/sessions/{lans}").status_code == 404
    assert city.director.call("DELETE", f"/auth/sessions/{lans}").status_code == 404
    assert city.lan.get("/me").status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer nonsense", "Basic bGFuOngx", "Bearer ünï", f"Bearer {'x' * 500}"]
)
def test_a_token_that_is_none_is_401_everywhere(web: Flask, header: str) -> None:
    for path in ("/me", "/institutions"):
        answer = web.test_client().get(f"/api/v1{path}", headers={"Authorization": header})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
