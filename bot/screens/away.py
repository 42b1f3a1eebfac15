"""Days an enrolled child stays away: declared with one tap, taken back with another."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.aims import day_of
from bot.screens import ways, wording
from bot.screens.wording import Rows
from childcare import clock, enrolments, people, schedule
from childcare.actors import Actor
from childcare.enrolments import Absence
from childcare.i18n import _, day
from childcare.messages import Button, Message, address
from childcare.people import Child

DAYS_OFFERED = 14


def away(session: Session, actor: Actor) -> Message:
    """Who is away; at once the days where there is one enrolled child only."""
    today = clock.today(clock.now(session))
    enrolled = {
        one.child_id
        for one in enrolments.enrolments_of(session, actor)
        if one.ends_on is None or one.ends_on >= today
    }
    children = [child for child in people.children_of(session, actor) if child.id in enrolled]
    if not children:
        return Message(
            _(
                "This is for children with a place by the month. A single booking is cancelled"
                " under 📋 My bookings."
            ),
            ways.out(),
        )
    if len(children) == 1:
        return days(session, actor, children[0].id)
    rows = [[Button(f"👶 {child.name}", address("away-days", child.id))] for child in children]
    return Message(_("Who stays away?"), [*rows, [ways.menu()]])


def days(session: Session, actor: Actor, child_id: int) -> Message:
    """Which day, and what was declared already."""
    child = people.child(session, actor, child_id)
    today = clock.today(clock.now(session))
    declared = _declared(session, actor, child, today)
    lines = [_("On which day does {name} stay away?", name=child.name)]
    lines += [_("Away: {days}", days=_span(one)) for one in declared]
    choices = [
        Button(_day_label(on, today), address("away-on", child.id, on.toordinal()))
        for on in schedule.days(today, today + timedelta(days=DAYS_OFFERED - 1))
        if not any(one.from_on <= on <= one.to_on for one in declared)
    ]
    return Message(
        "\n".join(lines),
        [*wording.in_rows(choices, 3), *_take_back_rows(declared), [ways.menu()]],
    )


def _declared(session: Session, actor: Actor, child: Child, today: date) -> list[Absence]:
    found = enrolments.absences_of(session, actor, from_on=today)
    return [one for one in found if one.child_id == child.id]


def _take_back_rows(declared: list[Absence]) -> Rows:
    return [
        [Button(_("↩️ Comes after all: {days}", days=_span(one)), address("away-back", one.id))]
        for one in declared[:5]
    ]


def _day_label(on: date, today: date) -> str:
    if on == today:
        return _("Today")
    return _("Tomorrow") if on == today + timedelta(days=1) else day(on)


def _span(one: Absence) -> str:
    first = day(one.from_on)
    days_said = first if one.from_on == one.to_on else f"{first} – {day(one.to_on)}"
    if one.starts is None or one.ends is None:
        return days_said
    return f"{days_said} {wording.span(one.starts, one.ends)}"


def declare(session: Session, actor: Actor, child_id: int, on: int) -> Message:
    """Away for a whole day; the same press again changes nothing."""
    child = people.child(session, actor, child_id)
    when = day_of(on)
    now = clock.now(session)
    known = [
        one
        for one in _declared(session, actor, child, clock.today(now))
        if one.from_on <= when <= one.to_on
    ]
    made = known[0] if known else _new(session, actor, child, when)
    return Message(
        _(
            "{name} stays away on {day}. The institution knows, and another family may use the"
            " place.",
            name=child.name,
            day=_span(made),
        ),
        [
            *_take_back_rows([made]),
            [Button(_("🗓 Another day"), address("away-days", child.id)), ways.menu()],
        ],
    )


def _new(session: Session, actor: Actor, child: Child, when: date) -> Absence:
    return enrolments.declare_absence(
        session,
        actor,
        child_id=child.id,
        from_on=when,
        to_on=when,
        reason="",
        now=clock.now(session),
    )


def take_back(session: Session, actor: Actor, absence_id: int) -> Message:
    """The child comes after all, if its place is still free."""
    found = enrolments.take_back(session, actor, absence_id=absence_id, now=clock.now(session))
    child = people.child(session, actor, found.child_id)
    return Message(
        _("{name} is expected again: {days}.", name=child.name, days=_span(found)),
        [[Button(_("🗓 Another day"), address("away-days", child.id)), ways.menu()]],
    )
