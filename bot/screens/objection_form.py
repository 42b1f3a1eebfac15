"""The family says that the child did come."""

from sqlalchemy.orm import Session

from bot import forms
from bot.forms import Answers, Done, Filled, Form, Read, Step
from childcare import bookings, clock
from childcare.actors import Actor
from childcare.i18n import _
from childcare.messages import Message, address


def _ask(session: Session, answers: Answers) -> Message:
    return Message(
        _("What happened? When did you arrive, who took your child in? The institution reads it."),
        [[forms.leave()]],
    )


def _read(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    return Filled(text.strip()[:1000])


def _send(session: Session, actor: Actor, answers: Answers) -> Done:
    booking_id = answers["booking_id"]
    bookings.object_to_no_show(
        session, actor, booking_id=booking_id, text=answers["text"], now=clock.now(session)
    )
    return Done(_("Thank you. The institution has your words."), address("booking", booking_id, 0))


OBJECTION = Form("objection", [Step("text", _ask, _read)], _send)
