"""Accounts: phones in one spelling, staff, sessions, what is swept."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import accounts
from childcare.accounts import AccountSession, Purpose, SignInCode, UsernameTaken
from childcare.actors import Actor, Role
from childcare.errors import Malformed, NotFound, NotSignedIn, TooMany
from tests.build import NOON, Build

SECRET = "a-throw-away-key-that-signs-only-tests"


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13800000001", "+8613800000001"),
        ("138 0000 0001", "+8613800000001"),
        ("138-0000-0001", "+8613800000001"),
        ("+86 138 0000 0001", "+8613800000001"),
        ("8613800000001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("１３８００００００００１"[:11], "+8613800000000"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_a_phone_has_one_spelling(typed: str, phone: str) -> None:
    assert accounts.phone_number(typed) == phone


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "12800000001",
        "1380000000",
        "138000000012",
        "+86 10 1234 5678",
        "+0123456789",
        "138000o0001",
        "+",
        "++8613800000001",
        "1" * 40,
        "٣٨٠٠٠٠٠٠٠١١",
    ],
)
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(Malformed):
        accounts.phone_number(typed)


def staff(session: Session, username: str, **roles: Role) -> accounts.StaffMember:
    return accounts.create_staff(
        session,
        username=username,
        name="周园长",
        password_hash="unused",
        roles={int(at.removeprefix("at_")): role for at, role in roles.items()},
        now=NOON,
    )


def test_a_user_name_is_one_person_in_any_spelling(session: Session) -> None:
    zhou = staff(session, "Zhou")
    found = accounts.credentials(session, " ZHOU ")
    assert found == (zhou.id, "unused")
    with pytest.raises(UsernameTaken):
        staff(session, "ｚｈｏｕ")


def test_who_left_the_institution_is_signed_out_at_once(session: Session, build: Build) -> None:
    nursery = build.institution()
    zhou = staff(session, "zhou", **{f"at_{nursery.id}": Role.DIRECTOR})
    actor = accounts.actor_of(session, zhou)
    assert actor.may(nursery.id, Role.DIRECTOR)
    token = accounts.open_session(session, actor, label="", address="", now=NOON)
    assert accounts.signed_in(session, token, now=NOON).actor == actor
    zhou.disabled_at = NOON
    session.flush()
    with pytest.raises(NotSignedIn):
        accounts.signed_in(session, token, now=NOON)
    assert accounts.credentials(session, "zhou") is None


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_ten_to_two_hundred_characters(password: str) -> None:
    with pytest.raises(Malformed):
        accounts.hash_password(password)


def test_a_password_is_known_by_its_hash_alone() -> None:
    known = accounts.hash_password("correct horse battery")
    assert "correct" not in known
    assert accounts.is_password("correct horse battery", known)
    assert not accounts.is_password("correct horse staple!", known)
    assert not accounts.is_password("correct horse battery", None)


@pytest.fixture
def lan(build: Build) -> Actor:
    return build.guardian(phone="+8613800000001").actor


def opened(session: Session, actor: Actor, **more: str) -> str:
    return accounts.open_session(
        session, actor, label="", address=more.get("address", ""), now=NOON
    )


def test_a_familys_session_lives_ninety_days_and_no_table_holds_its_token(
    session: Session, lan: Actor
) -> None:
    token = opened(session, lan)
    assert session.scalars(select(AccountSession.token_hash)).one() != token
    last = NOON + timedelta(days=90)
    assert accounts.signed_in(session, token, now=last - timedelta(seconds=1)).actor == lan
    with pytest.raises(NotSignedIn):
        accounts.signed_in(session, token, now=last)


def test_being_seen_is_noted_every_five_minutes_and_does_not_prolong_a_familys_session(
    session: Session, lan: Actor
) -> None:
    token = opened(session, lan)
    soon, later = NOON + timedelta(minutes=4), NOON + timedelta(minutes=5)
    assert not accounts.signed_in(session, token, now=soon).is_stale
    found = accounts.signed_in(session, token, now=later)
    assert found.is_stale
    accounts.seen(session, found.session_id, now=later)
    row = session.scalars(select(AccountSession)).one()
    assert (row.last_seen_at, row.expires_at) == (later, NOON + timedelta(days=90))


def test_one_ends_only_sessions_of_ones_own(session: Session, build: Build, lan: Actor) -> None:
    token = opened(session, lan)
    session_id = accounts.signed_in(session, token, now=NOON).session_id
    with pytest.raises(NotFound):
        accounts.revoke(session, build.guardian().actor, session_id=session_id, now=NOON)
    accounts.revoke(session, lan, session_id=session_id, now=NOON)
    with pytest.raises(NotSignedIn):
        accounts.signed_in(session, token, now=NOON)
    with pytest.raises(NotFound):
        accounts.revoke(session, lan, session_id=session_id, now=NOON)


def ask(session: Session, phone: str, address: str) -> SignInCode:
    return accounts.ask_code(
        session, phone=phone, purpose=Purpose.SIGN_IN, address=address, locale="zh", now=NOON
    )


def test_one_address_may_ask_for_thirty_phones_an_hour(session: Session) -> None:
    for number in range(30):
        ask(session, f"+86138000001{number:02d}", "here")
    with pytest.raises(TooMany) as refusal:
        ask(session, "+8613800000200", "here")
    assert refusal.value.facts["retry_after"] == 3600
    ask(session, "+8613800000200", "elsewhere")


def test_a_message_that_can_no_longer_be_used_is_not_sent(session: Session) -> None:
    code = ask(session, "+8613800000001", "here")
    later = NOON + timedelta(minutes=10)
    assert accounts.sms(session, code.id, secret=SECRET, now=later) is None
    message = accounts.sms(session, code.id, secret=SECRET, now=NOON)
    assert message is not None
    assert message.phone == "+8613800000001"
    assert "托育通" in message.text


def test_old_codes_and_ended_sessions_are_swept(session: Session, lan: Actor) -> None:
    ask(session, "+8613800000001", "here")
    opened(session, lan)
    assert accounts.sweep(session, now=NOON + timedelta(hours=23)) == 0
    assert accounts.sweep(session, now=NOON + timedelta(hours=25)) == 1
    assert accounts.sweep(session, now=NOON + timedelta(days=121)) == 1
    assert session.scalar(select(func.count()).select_from(AccountSession)) == 0
