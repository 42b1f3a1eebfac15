"""What is answered to what was heard: presses to screens, text to forms, wishes and commands."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from bot import forms, routes
from bot.answers import NOTHING, Answer
from bot.forms import Again, Done, Form, OldButton, Read
from bot.heard import Card, Heard, Membership, Press, Said, Spot, Unreadable, Words
from bot.routes import FORMS
from bot.screens import (
    asking,
    away,
    children,
    finding,
    menu,
    mine,
    not_coming,
    phone_form,
    settings,
    waiting,
    ways,
    wishing,
)
from bot.understand import NOT_COMING, Intent, Wish, is_emergency
from childcare import clock, drafts, people
from childcare.actors import Actor
from childcare.drafts import Draft
from childcare.errors import DomainError
from childcare.i18n import _, best_tongue, sentence, speaking
from childcare.messages import Message
from childcare.people import Child, Guardian

Screen = Callable[[Session, Actor], Message]

LONGEST_TEXT = 2000
COMMANDS: Mapping[str, Screen] = {
    "start": menu.start,
    "menu": menu.menu,
    "find": finding.find,
    "mine": mine.mine,
    "waiting": waiting.waits,
    "away": away.away,
    "children": children.children,
    "places": settings.places,
    "settings": settings.settings,
    "language": settings.languages,
    "help": menu.help_text,
}
INTENTS: Mapping[Intent, Screen] = {
    "start": menu.start,
    "find": finding.find,
    "mine": mine.mine,
    "cancel": mine.mine,
    "reschedule": mine.mine,
    "waits": waiting.waits,
    "help": menu.help_text,
    "language": settings.languages,
    "children": children.children,
    "home": settings.places,
    "settings": settings.settings,
    "greeting": menu.start,
    "thanks": menu.menu,
}


def visitor(session: Session, heard: Heard) -> Guardian:
    """Who speaks, known from the first message on."""
    guardian = people.arrive(
        session,
        telegram_id=heard.telegram_id,
        name=heard.name,
        locale=best_tongue(heard.language),
        now=clock.now(session),
    )
    if isinstance(heard.said, Membership):
        guardian.chat_blocked_at = clock.now(session) if heard.said.is_blocked else None
    elif guardian.chat_blocked_at is not None:
        guardian.chat_blocked_at = None
    return guardian


def answer(session: Session, heard: Heard) -> Answer:
    """Do what was asked and say what is to be told, if anything."""
    guardian = visitor(session, heard)
    with speaking(guardian.tongue):
        match heard.said:
            case Membership():
                told = NOTHING
            case Press(data):
                told = _pressed(session, guardian.actor, data)
            case _:
                told = Answer(tuple(_said(session, guardian.actor, heard.said)))
    # The person may just have chosen another language.
    return replace(told, tongue=guardian.tongue)


def refused(session: Session, heard: Heard, refusal: DomainError) -> Answer:
    """Say why not, above what is true now and what can be done instead."""
    guardian = visitor(session, heard)
    with speaking(guardian.tongue):
        told = Answer((Message(sentence(refusal), ways.out()),))
        if isinstance(heard.said, Press):
            told = _press_refused(session, guardian.actor, heard.said.data, refusal)
        return replace(told, tongue=guardian.tongue)


def _press_refused(session: Session, actor: Actor, data: str, refusal: DomainError) -> Answer:
    verb, numbers = routes.read(data)
    if verb not in routes.ROUTES:
        return Answer((Message(sentence(refusal), ways.out()),))
    found = routes.route(verb, numbers)
    try:
        shown = found.refused(session, actor, refusal, *numbers)
    except DomainError:
        # What the button is about is not there (any more), or not theirs.
        shown = routes.plain_refusal(session, actor, refusal)
    return Answer((shown,), in_place=found.in_place)


def _pressed(session: Session, actor: Actor, data: str) -> Answer:
    try:
        verb, numbers = routes.read(data)
        if verb == "nothing":
            return NOTHING
        if verb == "fill" and len(numbers) == 2:
            return Answer((_filled(session, actor, *numbers),))
        drafts.drop(session, actor)
        if verb == "leave":
            return Answer((menu.menu(session, actor),), in_place=True)
        found = routes.route(verb, numbers)
        return Answer((found.screen(session, actor, *numbers),), in_place=found.in_place)
    except OldButton:
        return Answer((ways.old_button(),))


def _filled(session: Session, actor: Actor, step: int, value: int) -> Message:
    draft = drafts.find_draft(session, actor)
    form = FORMS.get(draft.form) if draft else None
    if draft is None or form is None:
        raise OldButton
    return _after(session, actor, forms.pressed(session, actor, form, draft, step, value))


def _after(session: Session, actor: Actor, outcome: Message | Done) -> Message:
    """What a finished form said, above the screen that follows it."""
    if isinstance(outcome, Message):
        return outcome
    shown = routes.show(session, actor, outcome.then)
    text = "\n\n".join(filter(None, [outcome.text, shown.text]))
    return Message(text, shown.buttons, asks=shown.asks)


def _said(session: Session, actor: Actor, said: Said) -> list[Message]:
    match said:
        case Words(text):
            return _words(session, actor, text.strip()[:LONGEST_TEXT])
        case Spot(lat, lng):
            return [_spot(session, actor, lat, lng)]
        case Card(phone, True):
            drafts.drop(session, actor)
            return [phone_form.own_contact(session, actor, phone)]
        case Card():
            return [Message(_("Please share your own number, with the button below."), ways.out())]
        case Unreadable() | _:
            return [Message(_("I read text, locations and buttons only."), ways.out())]


def _words(session: Session, actor: Actor, text: str) -> list[Message]:
    first = [menu.emergency()] if is_emergency(text) else []
    if text.startswith("/"):
        return [*first, _command(session, actor, text)]
    draft = drafts.find_draft(session, actor)
    form = FORMS.get(draft.form) if draft else None
    if draft and form:
        _at, step = forms.at_step(form, draft)
        read = step.read(session, actor, text, draft.answers)
        # Whoever calls for help is not asked the same question again.
        if first and isinstance(read, Again):
            return first
        return [*first, _typed(session, actor, form, draft, read, text)]
    said, child = wishing.read_line(session, actor, text)
    if first and not (said.is_clear or said.intent in NOT_COMING):
        return first
    return [*first, _wish(session, actor, said, text, child)]


def _command(session: Session, actor: Actor, text: str) -> Message:
    name = text[1:].split(maxsplit=1)[0].split("@")[0].lower() if len(text) > 1 else ""
    was_filling = drafts.drop(session, actor)
    if name == "cancel":
        shown = menu.menu(session, actor)
        word = _("Left.") if was_filling else _("There was nothing to leave.")
        return Message(f"{word}\n\n{shown.text}", shown.buttons)
    return COMMANDS.get(name, menu.not_understood)(session, actor)


def _typed(
    session: Session, actor: Actor, form: Form, draft: Draft, read: Read, text: str
) -> Message:
    """A form takes what fits; a wish that does not fit is granted, and the form is left."""
    _at, step = forms.at_step(form, draft)
    if isinstance(read, Again):
        said = wishing.read(session, text)
        if said.is_clear:
            drafts.drop(session, actor)
            return _wish(session, actor, said, text)
    return _after(session, actor, forms.go_on(session, actor, form, draft, step, read))


def _wish(
    session: Session, actor: Actor, said: Wish, text: str, child: Child | None = None
) -> Message:
    has_more = said.on or said.places or said.day_part or said.start is not None
    if said.intent in NOT_COMING:
        return not_coming.heard(session, actor, said, child)
    if said.intent and not (said.intent == "find" and has_more):
        return INTENTS[said.intent](session, actor)
    nothing = not (has_more or said.saved_place or said.care_form or said.length or said.end)
    unknown_place = any(question.code == "which-place" for question in said.unclear)
    if nothing and not _asks_about_day(said):
        known = finding.named(session, actor, text.strip())
        if known is not None or not unknown_place:
            return known or menu.not_understood(session, actor)
    return asking.wish(session, actor, said, child)


def _asks_about_day(said: Wish) -> bool:
    about_days = {"which-day", "in-the-past", "no-such-day", "one-day-only"}
    return any(question.code in about_days and question.said for question in said.unclear)


def _spot(session: Session, actor: Actor, lat: float, lng: float) -> Message:
    draft = drafts.find_draft(session, actor)
    form = FORMS.get(draft.form) if draft else None
    if draft and form:
        _at, step = forms.at_step(form, draft)
        read = step.spot(session, lat, lng)
        if read is not None:
            return _after(session, actor, forms.go_on(session, actor, form, draft, step, read))
        drafts.drop(session, actor)
    return asking.at_spot(session, actor, lat, lng)
