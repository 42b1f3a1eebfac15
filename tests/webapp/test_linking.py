"""The chat account and the account by phone become one person."""

from flask import Flask
from sqlalchemy import select

from childcare import accounts, people
from childcare.accounts import SignInCode
from childcare.actors import Actor
from childcare.app import promoting
from childcare.db import reading
from childcare.people import Guardian
from tests.build import NOON, FakeClock
from tests.webapp.conftest import City, Person

SECRET = "a-throw-away-key-that-signs-only-tests"


def in_chat(telegram_id: int) -> Actor:
    with promoting() as session:
        who = people.arrive(session, telegram_id=telegram_id, name="阿妈", locale="zh", now=NOON)
        return who.actor


def by_phone(web: Flask, phone: str) -> Person:
    with promoting() as session:
        guardian = people.arrive_by_phone(session, phone=phone, locale="zh", now=NOON)
        token = accounts.open_session(session, guardian.actor, label="", address="", now=NOON)
        return Person(web.test_client(), guardian.actor, token)


def code_in_chat(actor: Actor) -> str:
    with promoting() as session:
        return accounts.issue_chat_code(session, actor, secret=SECRET, now=NOON)


def test_a_code_from_the_chat_makes_both_one_person(web: Flask, city: City) -> None:
    newcomer = by_phone(web, "+8613800000009")
    chat = in_chat(70009)
    linked = newcomer.post("/auth/link", {"code": code_in_chat(chat).lower()})
    assert linked.status_code == 200
    me = newcomer.get("/me").json
    assert (me["phone"], me["has_chat"]) == ("+8613800000009", True)
    with reading() as session:
        remaining = people.find_by_chat(session, 70009)
        assert remaining is not None
        assert remaining.id == me["id"]


def test_the_family_with_children_is_the_one_that_remains(web: Flask, city: City) -> None:
    newcomer = by_phone(web, "+8613800000009")
    with promoting() as session:
        session.get_one(Guardian, city.partner.actor.id).telegram_id = 70010
    code = code_in_chat(city.partner.actor)
    linked = newcomer.post("/auth/link", {"code": code})
    assert linked.json["guardian"]["id"] == city.partner.actor.id
    assert newcomer.get("/children").json["items"][0]["name"] == "果果"


def test_two_families_with_children_are_never_merged(city: City) -> None:
    with promoting() as session:
        session.get_one(Guardian, city.partner.actor.id).telegram_id = 70010
    refusal = city.emma.post("/auth/link", {"code": code_in_chat(city.partner.actor)})
    assert (refusal.status_code, refusal.code) == (409, "phone-taken")
    assert [one["name"] for one in city.emma.get("/children").json["items"]] == ["Mia"]


def test_a_chat_code_works_once_and_a_newer_one_replaces_it(web: Flask, city: City) -> None:
    newcomer, chat = by_phone(web, "+8613800000009"), in_chat(70009)
    old = code_in_chat(chat)
    new = code_in_chat(chat)
    assert newcomer.post("/auth/link", {"code": old}).code == "link-code-wrong"
    assert newcomer.post("/auth/link", {"code": new}).status_code == 200
    assert newcomer.post("/auth/link", {"code": new}).code == "link-code-wrong"


def test_a_code_sent_to_a_phone_attaches_it(web: Flask, city: City, clock: FakeClock) -> None:
    phone = "+8613800000077"
    city.granny.post("/auth/codes", {"phone": phone, "purpose": "link"})
    with reading() as session:
        row = session.scalars(select(SignInCode).where(SignInCode.phone == phone)).one()
        message = accounts.sms(session, row.id, secret=SECRET, now=NOON)
    assert message is not None
    code = "".join(sign for sign in message.text if sign.isdigit())[:6]
    # A code for linking signs nobody in.
    assert city.stranger.post("/auth/sessions", {"phone": phone, "code": code}).status_code == 422
    linked = city.granny.post("/auth/link", {"phone": phone, "code": code})
    assert linked.json["guardian"]["id"] == city.granny.actor.id
    assert city.granny.get("/me").json["phone"] == phone
