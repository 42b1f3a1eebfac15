"""Waiting for a place by the month: from which month, what part of the day, on which weekdays."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.aims import PARTS, day_of
from bot.forms import OldButton
from bot.screens import joining, picking, queue_words, ways, wording
from bot.screens.joining import UNSAID
from bot.screens.wording import Rows
from childcare import clock, institutions, people, schedule, workdays
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.i18n import _, month, sentence
from childcare.institutions import LONG_TERM, CareForm, DayPart, NotOffered, Offering
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.waitlist import Ask

MONTHS_OFFERED = 12
WEEKDAYS = range(1, 8)
MONDAY_TO_FRIDAY = 0b0011111
EVERY_DAY = 0b1111111


def _sold(session: Session, institution_id: int, on: date) -> list[Offering]:
    try:
        offerings = institutions.offerings_on(session, institution_id, on)
    except NotOffered:
        return []
    return [one for one in offerings if one.form in LONG_TERM]


def way_in(session: Session, institution_id: int, child: Child, now: datetime) -> Rows:
    """A button, where places by the month are sold."""
    if not _sold(session, institution_id, clock.today(now)):
        return []
    wish = address("long", institution_id, child.id)
    return [[Button(_("🗓 Wait for a place by the month"), wish)]]


def months(session: Session, actor: Actor, institution_id: int, child_id: int) -> Message:
    """From which month on: those in which a class there takes the child."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    groups = institutions.classes_of(session, found.id)
    today = clock.today(clock.now(session))
    choices = [
        Button(month(first), address("long-month", found.id, child.id, first.toordinal()))
        for first in _firsts(session, today)
        if any(g.from_months <= _months(child, first, today) <= g.to_months for g in groups)
    ]
    head = f"🏠 {wording.place_name(found)}"
    back = [Button(_("‹ Back"), address("inst", found.id, child.id, 0)), ways.menu()]
    if not choices:
        text = _("No class there takes {name} in the months ahead.", name=child.name)
        return Message(f"{head}\n\n{text}", [back])
    ask = _("From which month on does {name} need a place?", name=child.name)
    return Message(f"{head}\n\n{ask}", [*wording.in_rows(choices, 3), back])


def _firsts(session: Session, today: date) -> list[date]:
    """The months in which a start is still possible: in the one that has begun, on a workday from
    tomorrow on."""
    start = today.year * 12 + today.month - 1
    firsts = [date(at // 12, at % 12 + 1, 1) for at in range(start, start + MONTHS_OFFERED)]
    rest = schedule.days(today, firsts[1])[1:-1]
    calendar = schedule.calendar(session, today, firsts[1])
    is_left = any(workdays.day(on, calendar).is_worked for on in rest)
    return firsts if is_left else firsts[1:]


def _months(child: Child, first: date, today: date) -> int:
    return picking.months_on(child, max(first, today))


def parts(
    session: Session, actor: Actor, institution_id: int, child_id: int, first: int
) -> Message:
    """Full or half days, with hours and the price of a month."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    on = _month(first)
    rows = [
        [
            Button(
                f"{wording.part_name(one.day_part or DayPart.FULL)}"
                f" {wording.span(one.starts, one.ends)}"
                f" · {wording.price_per(one.price_fen, one.unit)}",
                _to_days(found.id, child.id, first, _number(one), MONDAY_TO_FRIDAY),
            )
        ]
        for one in _sold(session, found.id, on)
    ]
    back = [Button(_("‹ Other month"), address("long", found.id, child.id)), ways.menu()]
    head = f"🏠 {wording.place_name(found)}\n🗓 {_('from {month}', month=month(on))}"
    ask = _("What part of the day?") if rows else _("Nothing by the month is sold then.")
    return Message(f"{head}\n\n{ask}", [*rows, back])


def _month(ordinal: int) -> date:
    on = day_of(ordinal)
    if on.day != 1:
        raise OldButton
    return on


def _number(offering: Offering) -> int:
    return PARTS.index(DayPart(offering.day_part or DayPart.FULL))


def _part(number: int) -> DayPart:
    part = PARTS[number] if 0 < number < len(PARTS) else None
    if part is None:
        raise OldButton
    return part


def _to_days(institution_id: int, child_id: int, first: int, part: int, mask: int) -> str:
    return address("long-days", institution_id, child_id, first, part, mask)


def _weekdays(mask: int) -> list[int]:
    """Raises `OldButton` for what is no set of weekdays."""
    if not 0 < mask <= EVERY_DAY:
        raise OldButton
    return [weekday for weekday in WEEKDAYS if mask >> (weekday - 1) & 1]


def days(
    session: Session,
    actor: Actor,
    institution_id: int,
    child_id: int,
    first: int,
    part: int,
    mask: int,
) -> Message:
    """Which weekdays: each is turned on and off; then one tap joins."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    on, part_chosen = _month(first), _part(part)
    chosen = _weekdays(mask)
    wish = (found.id, child.id, first, part)
    cells = [
        Button(
            ("✓ " if weekday in chosen else "") + queue_words.weekday_name(weekday),
            # The last weekday cannot be turned off.
            _to_days(*wish, mask ^ 1 << (weekday - 1) or mask),
        )
        for weekday in WEEKDAYS
    ]
    lines = [
        f"🏠 {wording.place_name(found)}",
        f"👶 {child.name}",
        f"🗓 {_('from {month}', month=month(on))} · {wording.part_name(part_chosen)}",
        "",
        _("On which days of the week?"),
    ]
    go = Button(
        _("⏳ Wait for {days}", days=queue_words.weekdays(chosen)),
        address("long-join", *wish, mask, UNSAID),
    )
    back = Button(_("‹ Back"), address("long-month", found.id, child.id, first))
    return Message("\n".join(lines), [*wording.in_rows(cells, 4), [go], [back, ways.menu()]])


def join(
    session: Session,
    actor: Actor,
    institution_id: int,
    child_id: int,
    first: int,
    part: int,
    mask: int,
    who: int,
) -> Message:
    """Onto the list for a place by the month; the same press again shows the same entry."""
    child = people.child(session, actor, child_id)
    on, part_chosen = _month(first), _part(part)
    today = clock.today(clock.now(session))
    group = joining.of_age(session, actor, child, max(on, today))
    weekdays = _weekdays(mask)
    if who == UNSAID and len(group) > 1:
        what = f"🗓 {_('from {month}', month=month(on))} · {queue_words.weekdays(weekdays)}"
        button = ("long-join", institution_id, child_id, first, part, mask)
        return joining.for_whom(what, child, group, button)
    ask = Ask(
        child_ids=joining.chosen(child, group, who),
        institution_ids=(institution_id,),
        form=CareForm.FULL_DAY if part_chosen is DayPart.FULL else CareForm.HALF_DAY,
        day_part=part_chosen,
        from_month=on,
        weekdays=tuple(weekdays),
        together=joining.together(who),
    )
    return joining.joined(session, actor, ask)


def refused(
    session: Session,
    actor: Actor,
    refusal: DomainError,
    institution_id: int,
    child_id: int,
    *_rest: int,
) -> Message:
    """Why not, above the months that can be waited for."""
    truth = months(session, actor, institution_id, child_id)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)
