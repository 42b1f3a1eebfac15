"""What absence is meant, as it travels in a button; and its reason in a parent's own words."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import DAY_MINUTES, day_of
from bot.forms import Again, Answers, Done, Filled, Form, OldButton, Read, Step
from bot.screens import wishing, wording
from childcare import clock, enrolments, people
from childcare.actors import Actor
from childcare.i18n import _, day
from childcare.messages import Message, address

LONGEST_REASON = 200


@dataclass(frozen=True)
class Away:
    """A child, its first and last day, and minutes of each day; 0, 0 for whole days."""

    child_id: int
    from_on: date
    to_on: date
    start: int = 0
    end: int = 0

    @classmethod
    def read(cls, *numbers: int) -> "Away":
        """Raises `OldButton` for what no button of ours says."""
        if len(numbers) != 5:
            raise OldButton
        child_id, first, last, start, end = numbers
        is_span = 0 <= start < end <= DAY_MINUTES and start % 30 == end % 30 == 0
        if first > last or not (is_span or start == end == 0):
            raise OldButton
        return cls(child_id, day_of(first), day_of(last), start, end)

    @property
    def numbers(self) -> tuple[int, ...]:
        days = (self.from_on.toordinal(), self.to_on.toordinal())
        return (self.child_id, *days, self.start, self.end)

    def address(self, verb: str, *more: int) -> str:
        return address(verb, *self.numbers, *more)


def span(it: Away) -> str:
    """The day or days, and the hours where it is a part of them."""
    first = day(it.from_on)
    said = first if it.from_on == it.to_on else f"{first} – {day(it.to_on)}"
    return f"{said} {wording.span(it.start, it.end)}" if it.end else said


def _ask(session: Session, answers: Answers) -> Message:
    return Message(_("Why? A few words; the institution reads them."), [[forms.leave()]])


def _read(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    reason = " ".join(text.split())
    if not reason or len(reason) > LONGEST_REASON or wishing.read(session, reason).is_clear:
        again = _("Please write it in a few words.")
        return Again(Message(again, [[forms.leave()]]))
    return Filled(reason)


def _declare(session: Session, actor: Actor, answers: Answers) -> Done:
    it = Away.read(*answers["away"])
    child = people.child(session, actor, it.child_id)
    enrolments.declare_absence(
        session,
        actor,
        child_id=child.id,
        from_on=it.from_on,
        to_on=it.to_on,
        start=it.start if it.end else None,
        end=it.end or None,
        reason=answers["reason"],
        now=clock.now(session),
    )
    # The same press again would show the same.
    return Done("", it.address("away-on", 0))


REASON = Form("away-reason", [Step("reason", _ask, _read)], _declare)
