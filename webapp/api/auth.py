"""Signing in: families by phone and code, staff by name and password; linking chat and phone."""

from http import HTTPStatus
from typing import Annotated

from flask import Response, g
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import BadCredentials, CodeWrong, LinkCodeWrong, Purpose
from childcare.actors import Actor, Kind
from childcare.app import act
from childcare.db import transaction
from childcare.errors import TooMany
from childcare.people import Guardian, PhoneTaken
from webapp import auth, errors, staff_entry
from webapp.calls import answer
from webapp.fields import Body, Line
from webapp.limits import Rate
from webapp.operations import Who, operation
from webapp.shapes import people as shapes
from webapp.staff_entry import Entered

api = APIBlueprint("auth", __name__, url_prefix="/api/v1/auth", abp_tags=[{"name": "sign-in"}])
Phone = Annotated[str, StringConstraints(min_length=3, max_length=32)]
SixDigits = Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]


class CodeWanted(Body):
    """A phone in any usual spelling; without a country code it is Chinese."""

    phone: Phone = Field(examples=["138 0000 0001"])
    purpose: Purpose = Purpose.SIGN_IN


class SignIn(Body):
    """The phone and the six digits sent to it."""

    phone: Phone = Field(examples=["+8613800000001"])
    code: SixDigits = Field(examples=["123456"])


class StaffSignIn(Body):
    """A staff member's name and password."""

    username: Line = Field(examples=["zhou"])
    password: str = Field(min_length=1, max_length=200, examples=["a long password"])


class Link(Body):
    """Without `phone`: the code shown in the chat. With it: the code sent to that phone."""

    code: str = Field(min_length=6, max_length=12, pattern="^[A-Za-z0-9]+$", examples=["7KQ2MXHD"])
    phone: Phone | None = None


@operation(
    api,
    "post",
    "/codes",
    answers=shapes.CodeSent,
    status=HTTPStatus.ACCEPTED,
    who=Who.ANYONE,
    refusals=(TooMany,),
    rate=Rate.CODES,
)
def ask_code(body: CodeWanted) -> Response:
    """Have a code sent to a phone. The answer is the same whether or not the phone is known."""
    phone, where, locale = accounts.phone_number(body.phone), auth.address(), errors.tongue()
    with transaction() as session:
        accounts.ask_code(
            session,
            phone=phone,
            purpose=body.purpose,
            address=where,
            locale=locale,
            now=clock.now(session),
        )
    seconds = int(accounts.CODE_LIVES.total_seconds())
    return answer({"expires_in_seconds": seconds}, HTTPStatus.ACCEPTED)


@operation(
    api,
    "post",
    "/sessions",
    answers=shapes.SessionOpened,
    status=HTTPStatus.CREATED,
    who=Who.ANYONE,
    refusals=(CodeWrong,),
    rate=Rate.SIGN_IN,
)
def sign_in(body: SignIn) -> Response:
    """Sign in with a code; a newcomer gets an account by it."""
    phone = accounts.phone_number(body.phone)
    with transaction() as session:
        opened = accounts.sign_in(
            session,
            phone=phone,
            code=body.code,
            label=auth.client_label(),
            address=auth.address(),
            locale=errors.tongue(),
            secret=auth.settings().secret_key,
            now=clock.now(session),
        )
        made = _opened(*opened) if opened else None
    # The wrong try is counted and committed before it is refused.
    if made is None:
        raise CodeWrong
    return answer(made, HTTPStatus.CREATED)


def _opened(token: str, guardian: Guardian) -> shapes.SessionOpened:
    g.actor_label = guardian.actor.label
    return {"token": token, "guardian": shapes.name_of(guardian)}


@operation(
    api,
    "post",
    "/staff-sessions",
    answers=shapes.StaffSessionOpened,
    status=HTTPStatus.CREATED,
    who=Who.ANYONE,
    refusals=(BadCredentials,),
    rate=Rate.SIGN_IN,
)
def sign_in_staff(body: StaffSignIn) -> Response:
    """Sign in as staff of an institution."""
    return answer(
        staff_entry.enter(body.username, body.password, _staff_opened), HTTPStatus.CREATED
    )


def _staff_opened(session: Session, entered: Entered) -> shapes.StaffSessionOpened:
    token, member = entered
    actor = accounts.actor_of(session, member)
    g.actor_label = actor.label
    roles = {str(at): sorted(map(str, roles)) for at, roles in actor.roles.items()}
    return {"token": token, "staff": {"id": member.id, "name": member.name, "roles": roles}}


@operation(
    api,
    "post",
    "/link",
    answers=shapes.LinkedShape,
    refusals=(CodeWrong, LinkCodeWrong, PhoneTaken),
    once=False,
    rate=Rate.LINK,
)
def link_chat_and_phone(body: Link) -> Response:
    """Make the chat account and the account by phone one person; the session goes on with it."""
    phone = accounts.phone_number(body.phone) if body.phone else None
    made = act(lambda session: _linked(session, auth.signed_in(session).actor, body.code, phone))
    if made is None:
        raise CodeWrong
    return answer(made)


def _linked(
    session: Session, actor: Actor, code: str, phone: str | None
) -> shapes.LinkedShape | None:
    if actor.kind is Kind.STAFF:
        actor.own_family()
    secret, now = auth.settings().secret_key, clock.now(session)
    if phone is None:
        remains = accounts.join_chat(session, actor, code=code, secret=secret, now=now)
        return {"guardian": shapes.name_of(remains)}
    joined = accounts.join_phone(
        session,
        actor,
        phone=phone,
        code=code,
        address=auth.address(),
        secret=secret,
        now=now,
    )
    return {"guardian": shapes.name_of(joined)} if joined else None
