"""The forms about a child: the first one, and one for each fact that may be changed."""

import re
from datetime import date

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import Aim, day_of
from bot.forms import Again, Answers, Done, Filled, Form, Read, Step
from bot.screens import wishing, wording
from childcare import ages, clock, people
from childcare.actors import Actor
from childcare.i18n import _, day
from childcare.messages import Message, address
from childcare.writing import fold

LONGEST_NAME = 20
MOST_WEEKS_EARLY = 18
WEEKS_OFFERED = (2, 3, 4, 6, 8, 10)
NAME, BORN_ON, EARLY, ALLERGIES = range(4)


def full_day(on: date) -> str:
    """A birth date needs its year."""
    return _("{day} {year}", day=day(on), year=on.year)


def _ask_name(session: Session, answers: Answers) -> Message:
    return Message(_("What shall I call your child? A nickname is enough."), [[forms.leave()]])


def _read_name(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    name = " ".join(text.split())
    if 1 <= len(name) <= LONGEST_NAME and not wishing.is_wish(session, name):
        return Filled(name)
    return Again(
        Message(
            _("Please write just a name, at most {most} characters.", most=LONGEST_NAME),
            [[forms.leave()]],
        )
    )


def _ask_birth(session: Session, answers: Answers) -> Message:
    name = answers.get("name", "")
    text = _("When was {name} born? For example 2025-03-01.", name=name)
    if not name:
        text = _("When was your child born? For example 2025-03-01.")
    return Message(text, [[forms.leave()]])


def _read_birth(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    return _judge_birth(session, text, answers)


def _judge_birth(session: Session, text: str, answers: Answers) -> Read:
    match ages.parse_birth_date(text, clock.today(clock.now(session))):
        case ages.Understood(on):
            return Filled(on.isoformat())
        case ages.Ambiguous(candidates):
            step = BORN_ON if "child_id" not in answers else 0
            choices = [forms.choice(full_day(on), step, on.toordinal()) for on in candidates]
            rows = [[choice] for choice in choices[:6]]
            return Again(Message(_("Which day do you mean?"), [*rows, [forms.leave()]]))
        case ages.Approximate(earliest, latest):
            ask = _(
                "That is about {earliest} to {latest}. Which day exactly? Classes go by the day.",
                earliest=full_day(earliest),
                latest=full_day(latest),
            )
            return Again(Message(ask, [[forms.leave()]]))
        case ages.NotUnderstood(reason):
            return Again(Message(_why_no_birth_date(reason), [[forms.leave()]]))


def _why_no_birth_date(reason: ages.birth_dates.Reason) -> str:
    return {
        "no-date": _("I could not read a date in that. Please write it like 2025-03-01."),
        "no-such-day": _("There is no such day. Please write it like 2025-03-01."),
        "in-the-future": _("That day is still to come. Please check the year."),
        "too-old": _("I look for places for children up to three. Please check the year."),
        "lunar": _("Please give the date of the solar calendar, as on the birth certificate."),
    }[reason]


def _choose_birth(session: Session, value: int, answers: Answers) -> Read:
    return _judge_birth(session, day_of(value).isoformat(), answers)


# A bare number, or one of weeks: 13 months are no weeks.
WEEKS = re.compile(
    r"(?:早产|提前|early)?\s*(\d{1,2})\s*(?:周|个?星期|礼拜|wks?|weeks?)?(?:\s*early)?了?"
)


def _ask_early(session: Session, answers: Answers) -> Message:
    on = date.fromisoformat(answers["born_on"])
    child = people.Child(born_on=on)
    text = _(
        "{name}, born {day}: {age}.\n\nWas {name} born early? By how many weeks?",
        name=answers["name"],
        day=full_day(on),
        age=wording.age(child, clock.today(clock.now(session))),
    )
    weeks = [forms.choice(_("{weeks} wk", weeks=n), EARLY, n) for n in WEEKS_OFFERED]
    on_time = forms.choice(_("Born on time"), EARLY, 0)
    skip = forms.choice(_("Skip"), EARLY, 0)
    return Message(text, [[on_time, skip], *wording.in_rows(weeks, 3)])


def _read_early(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    weeks = WEEKS.fullmatch(fold(text))
    if weeks and int(weeks[1]) <= MOST_WEEKS_EARLY:
        return Filled(int(weeks[1]))
    return Again(_ask_early(session, answers))


def _choose_early(session: Session, value: int, answers: Answers) -> Read:
    if not 0 <= value <= MOST_WEEKS_EARLY:
        raise forms.OldButton
    return Filled(value)


def _ask_allergies(session: Session, answers: Answers) -> Message:
    step = ALLERGIES if "child_id" not in answers else 0
    return Message(
        _("Any allergies the carers must know of? Write them in a few words."),
        [[forms.choice(_("None"), step, 0)]],
    )


def _ask_notes(session: Session, answers: Answers) -> Message:
    return Message(
        _("What should the carers know – sleep, food, comforter? Write it in a few words."),
        [[forms.choice(_("Nothing"), 0, 0)]],
    )


def _read_note(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    if wishing.is_wish(session, text):
        return Again(Message(_("Please write it in a few words."), [[forms.leave()]]))
    return Filled(text.strip()[:500])


def _choose_none(session: Session, value: int, answers: Answers) -> Read:
    return Filled("")


STEPS = {
    "name": Step("name", _ask_name, _read_name),
    "born_on": Step("born_on", _ask_birth, _read_birth, _choose_birth),
    "weeks_early": Step("weeks_early", _ask_early, _read_early, _choose_early),
    "allergies": Step("allergies", _ask_allergies, _read_note, _choose_none),
    "care_notes": Step("care_notes", _ask_notes, _read_note, _choose_none),
}


def _add(session: Session, actor: Actor, answers: Answers) -> Done:
    child = people.add_child(
        session,
        actor,
        name=answers["name"],
        born_on=date.fromisoformat(answers["born_on"]),
        weeks_early=answers["weeks_early"],
        allergies=answers["allergies"],
        now=clock.now(session),
    )
    then = address("find")
    if "aim" in answers:
        then = Aim.read(*answers["aim"]).but(child_id=child.id).address
    return Done(_("Nice to meet you, {name}!", name=child.name), then)


def _change(session: Session, actor: Actor, answers: Answers) -> Done:
    facts = {name: answers[name] for name in STEPS if name in answers}
    if "born_on" in facts:
        facts["born_on"] = date.fromisoformat(facts["born_on"])
    people.change_child(session, actor, child_id=answers["child_id"], **facts)
    return Done(_("Saved."), address("kid", answers["child_id"]))


CHILD = Form(
    "child",
    [STEPS[name] for name in ("name", "born_on", "weeks_early", "allergies")],
    _add,
)
# The number that travels in a button → the form for one fact.
EDITS = {
    number: Form(f"child-{name}", [STEPS[name]], _change)
    for number, name in enumerate(("name", "born_on", "allergies", "care_notes"))
}
