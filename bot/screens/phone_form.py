"""Linking a phone: the person's own contact proves it, else a code by text message."""

from typing import cast

from sqlalchemy.orm import Session

from bot import forms
from bot.forms import Again, Answers, Done, Filled, Form, Read, Step
from bot.screens import ways
from childcare import accounts, clock, people
from childcare.accounts import Purpose
from childcare.actors import Actor
from childcare.errors import DomainError, Malformed
from childcare.i18n import _, sentence, tongue
from childcare.messages import Ask, Message


def _ask_phone(session: Session, answers: Answers) -> Message:
    how = _("Share your own number with the button below, or type it and I send a code to it.")
    return Message(f"{how}\n{forms.how_to_leave()}", asks=(Ask.CONTACT,))


def _read_phone(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    try:
        phone = accounts.phone_number(text)
        accounts.ask_code(
            session,
            phone=phone,
            purpose=Purpose.LINK,
            address=_origin(actor),
            locale=tongue(),
            now=clock.now(session),
        )
    except Malformed:
        return Again(
            Message(_("That is no phone number. For example: 138 0000 0000."), [[forms.leave()]])
        )
    except DomainError as refusal:
        return Again(Message(sentence(refusal), [[forms.leave()]]))
    return Filled(phone)


def _origin(actor: Actor) -> str:
    """Where codes are asked from: this person's chat."""
    return f"chat:{actor.id}"


def _ask_code(session: Session, answers: Answers) -> Message:
    return Message(
        _("Which six digits did {phone} receive?", phone=answers["phone"]), [[forms.leave()]]
    )


def _read_code(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    if len(digits) != 6:
        return Again(_ask_code(session, answers))
    joined = accounts.join_phone(
        session,
        actor,
        phone=answers["phone"],
        code=digits,
        address=_origin(actor),
        secret=cast(str, session.info["secret"]),
        now=clock.now(session),
    )
    if joined is None:
        wrong = _("That was not the code, or it is too old. Try once more, or cancel.")
        return Again(Message(wrong, [[forms.leave()]]))
    return Filled(joined.id)


def _linked(session: Session, actor: Actor, answers: Answers) -> Done | Message:
    return linked()


def linked() -> Message:
    return Message(_("📱 Linked. The chat and the website know you as one person."), ways.out())


def own_contact(session: Session, actor: Actor, phone: str) -> Message:
    """A contact that the chat service vouches for proves the phone."""
    number = accounts.phone_number(phone)
    people.link_phone(session, actor, phone=number, now=clock.now(session))
    return linked()


PHONE = Form(
    "phone", [Step("phone", _ask_phone, _read_phone), Step("code", _ask_code, _read_code)], _linked
)
