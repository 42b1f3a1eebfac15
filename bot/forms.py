"""Free-text dialogues as data: a form is a list of steps, its answers so far are a row.

Nothing is kept in the process, so a form survives a restart and may go on at another process. A
step takes what a person writes only where it fits; a button of the step carries the step's number,
so that a press from an earlier question is noticed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from childcare import clock, drafts
from childcare.actors import Actor
from childcare.drafts import Draft
from childcare.i18n import _
from childcare.messages import Button, Message, address

Answers = Mapping[str, Any]


class OldButton(Exception):
    """A button that leads nowhere any more, or never did."""


@dataclass(frozen=True)
class Filled:
    """A step's answer, in JSON's types; `more` answers other steps at the same time."""

    value: Any
    more: Answers | None = None


@dataclass(frozen=True)
class Again:
    """What was written does not fit; ask once more, in these words."""

    message: Message


Read = Filled | Again


def no_choice(session: Session, value: int, answers: Answers) -> Read:
    raise OldButton


def no_spot(session: Session, lat: float, lng: float) -> Read | None:
    return None


@dataclass(frozen=True)
class Step:
    """One question. `read` takes text, `choose` a button's number, `spot` a shared location."""

    name: str
    ask: Callable[[Session, Answers], Message]
    read: Callable[[Session, Actor, str, Answers], Read]
    choose: Callable[[Session, int, Answers], Read] = no_choice
    spot: Callable[[Session, float, float], Read | None] = no_spot


@dataclass(frozen=True)
class Done:
    """The form is finished: what to say, and the address of the screen that follows."""

    text: str
    then: str


@dataclass(frozen=True)
class Form:
    """`finish` keeps the answers. Given answers let a form begin further on."""

    name: str
    steps: Sequence[Step]
    finish: Callable[[Session, Actor, Answers], Done | Message]

    def next_step(self, answers: Answers) -> int | None:
        """The number of the first step without an answer."""
        return next((at for at, step in enumerate(self.steps) if step.name not in answers), None)


def choice(label: str, step: int, value: int) -> Button:
    """A button that answers step number `step`."""
    return Button(label, address("fill", step, value))


def leave() -> Button:
    """The button that leaves a form."""
    return Button(_("✖️ Cancel"), address("leave"))


def how_to_leave() -> str:
    """For questions that come with a share button, beside which no other can stand."""
    return _("(/cancel leaves this.)")


def begin(session: Session, actor: Actor, form: Form, **given: Any) -> Message:
    """Start a form over, with what is known already."""
    _keep(session, actor, form, given)
    return question(session, form, given)


def question(session: Session, form: Form, answers: Answers) -> Message:
    """What the form asks now."""
    at = form.next_step(answers)
    return form.steps[at or 0].ask(session, answers)


def _keep(session: Session, actor: Actor, form: Form, answers: Answers) -> None:
    drafts.keep(session, actor, form=form.name, answers=answers, now=clock.now(session))


def go_on(
    session: Session, actor: Actor, form: Form, draft: Draft, step: Step, read: Read
) -> Message | Done:
    """Take a step's answer and ask the next, or finish."""
    if isinstance(read, Again):
        return read.message
    answers = {**draft.answers, step.name: read.value, **(read.more or {})}
    if form.next_step(answers) is not None:
        _keep(session, actor, form, answers)
        return question(session, form, answers)
    drafts.drop(session, actor)
    return form.finish(session, actor, answers)


def at_step(form: Form, draft: Draft) -> tuple[int, Step]:
    """Where a draft stands."""
    at = form.next_step(draft.answers) or 0
    return at, form.steps[at]


def pressed(
    session: Session, actor: Actor, form: Form, draft: Draft, step_number: int, value: int
) -> Message | Done:
    """Take a button of a step; one of an earlier step repeats what is asked now."""
    at, step = at_step(form, draft)
    if at != step_number:
        return question(session, form, draft.answers)
    return go_on(session, actor, form, draft, step, step.choose(session, value, draft.answers))
