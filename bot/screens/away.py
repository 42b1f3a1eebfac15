"""Days an enrolled child stays away: which, what part of them, why; and coming after all."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import DAY_MINUTES, day_of
from bot.forms import OldButton
from bot.screens import away_form, presence, ways, wording
from bot.screens.away_form import Away, span
from bot.screens.missed import NOON, Missed
from bot.screens.wording import Rows
from childcare import bookings, clock, enrolments, people
from childcare.actors import Actor
from childcare.capacity import NoPlace
from childcare.enrolments import Absence
from childcare.errors import DomainError
from childcare.i18n import _, day, sentence
from childcare.messages import Button, Message, address
from childcare.people import Child

DAYS_OFFERED = 14
RANGE_OFFERED = 28
# A reason as it travels; the desk reads it in its own language where it is one of its words.
REASONS = ("", bookings.ILLNESS)


def away(session: Session, actor: Actor) -> Message:
    """Who is away; at once the days where there is one enrolled child only."""
    today = clock.today(clock.now(session))
    known = presence.enrolled(session, actor, today)
    children = [child for child in people.children_of(session, actor) if child.id in known]
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
    names = {child.id: child.name for child in children}
    declared = enrolments.absences_of(session, actor, from_on=today)
    lines = [
        _("{name} away: {days}", name=names.get(one.child_id, ""), days=span(_away(one)))
        for one in declared
    ]
    rows = [[Button(f"👶 {child.name}", address("away-days", child.id))] for child in children]
    text = "\n".join([_("Who stays away?"), *lines])
    return Message(text, [*rows, *_take_back_rows(declared), [ways.menu()]])


def days(session: Session, actor: Actor, child_id: int) -> Message:
    """Which day, and what was declared already."""
    several = Button(_("📆 Several days"), address("away-from", child_id))
    return _which_day(session, actor, child_id, Missed(), several)


def days_of_part(session: Session, actor: Actor, child_id: int, start: int, end: int) -> Message:
    """Which day, where the part of it was said before."""
    part = Missed.travelled(start, end)
    child = people.child(session, actor, child_id)
    today = clock.today(clock.now(session))
    last = today + timedelta(days=DAYS_OFFERED - 1)
    hours = presence.hours_between(session, actor, child, today, last)
    if not hours or any(part.touches(*one) for one in hours.values()):
        return _which_day(session, actor, child_id, part)
    shown = _which_day(session, actor, child_id, Missed(is_known=False))
    on, there = next(iter(hours.items()))
    return Message(f"{_is_there(child, on, there)}\n{shown.text}", shown.buttons)


def _which_day(
    session: Session, actor: Actor, child_id: int, part: Missed, *more: Button
) -> Message:
    child = people.child(session, actor, child_id)
    today = clock.today(clock.now(session))
    declared = _declared(session, actor, child, today)
    lines = [_("On which day does {name} stay away?", name=child.name)]
    lines += [_("Away: {days}", days=span(_away(one))) for one in declared]
    last = today + timedelta(days=DAYS_OFFERED - 1)
    choices = []
    for on, there in presence.hours_between(session, actor, child, today, last).items():
        if any(_is_whole(one) and one.from_on <= on <= one.to_on for one in declared):
            continue
        it = _still_missed(session, child, part, on, there)
        if it is not None:
            hours = f" {wording.span(it.start, it.end)}" if it.end else ""
            choices.append(Button(f"{_day_label(on, today)}{hours}", to_part(it, part)))
    return Message(
        "\n".join(lines),
        [
            *wording.in_rows(choices, 2),
            *([list(more)] if more else []),
            *_take_back_rows(declared),
            [ways.menu()],
        ],
    )


def of_part(session: Session, actor: Actor, child: Child, part: Missed, on: date) -> Away | None:
    """Those of the minutes said in which the child is there; None where none is still to come."""
    return _still_missed(session, child, part, on, presence.hours_of(session, actor, child, on))


def _still_missed(
    session: Session, child: Child, part: Missed, on: date, whole: tuple[int, int]
) -> Away | None:
    start, end = part.of(*whole)
    if start >= end or clock.at(on, end) <= clock.now(session):
        return None
    return Away(child.id, on, on, *(() if (start, end) == whole else (start, end)))


def of_days(
    session: Session, actor: Actor, child: Child, part: Missed, first: date, last: date
) -> Away | None:
    """The same of each day of a range: whole days only where nothing is left of any of them."""
    hours = presence.hours_between(session, actor, child, first, last).values()
    missed = [part.of(*one) for one in hours if part.touches(*one)]
    if not missed:
        return None
    is_whole = all(part.of(*one) == one for one in hours)
    starts, ends = zip(*missed, strict=True)
    return Away(child.id, first, last, *(() if is_whole else (min(starts), max(ends))))


def not_there(session: Session, actor: Actor, child: Child, part: Missed, on: date) -> Message:
    """Why a part of a day is not to be missed: the child is not there then, or it is over."""
    hours = presence.hours_of(session, actor, child, on)
    if part.touches(*hours):
        shown = _which_day(session, actor, child.id, part)
        return Message(
            f"{_('That is over already. Which day do you mean?')}\n{shown.text}", shown.buttons
        )
    shown = part_of_day(session, actor, child.id, on.toordinal())
    return Message(f"{_is_there(child, on, hours)}\n{shown.text}", shown.buttons)


def _is_there(child: Child, on: date, hours: tuple[int, int]) -> str:
    return _(
        "{name} is there {hours} on {day}.",
        name=child.name,
        hours=wording.span(*hours),
        day=day(on),
    )


def to_part(it: Away, part: Missed) -> str:
    """Where a day leads: to the question for its part, or to what is about to be declared."""
    if not part.is_known:
        return address("away-part", it.child_id, it.from_on.toordinal())
    if it.end:
        return it.address("away-ask")
    return address("away-day", it.child_id, it.from_on.toordinal())


def _declared(session: Session, actor: Actor, child: Child, today: date) -> list[Absence]:
    found = enrolments.absences_of(session, actor, from_on=today)
    return [one for one in found if one.child_id == child.id]


def _is_whole(one: Absence) -> bool:
    return one.starts is None


def _away(one: Absence) -> Away:
    return Away(one.child_id, one.from_on, one.to_on, one.starts or 0, one.ends or 0)


def _take_back_rows(declared: Sequence[Absence]) -> Rows:
    return [
        [
            Button(
                _("↩️ Comes after all: {days}", days=span(_away(one))),
                address("away-back", one.id),
            )
        ]
        for one in declared[:5]
    ]


def _day_label(on: date, today: date) -> str:
    if on == today:
        return _("Today")
    return _("Tomorrow") if on == today + timedelta(days=1) else day(on)


def one_day(session: Session, actor: Actor, child_id: int, on: int) -> Message:
    """One day: all of it, or a part."""
    when = day_of(on)
    return ask(session, actor, Away(child_id, when, when))


def ask(session: Session, actor: Actor, it: Away) -> Message:
    """What is about to be declared; the reason is the tap that declares it."""
    child = people.child(session, actor, it.child_id)
    lines = [
        _("{name} stays away: {days}?", name=child.name, days=span(it)),
        _("The place goes to the next family at once; the monthly fee stays the same."),
    ]
    rows = [
        [Button(_("✅ Away"), it.address("away-on", 0))],
        [Button(_("🤒 Away, ill"), it.address("away-on", 1))],
        [Button(_("✏️ Away, with a reason"), it.address("away-why"))],
    ]
    if it.from_on == it.to_on and not it.end:
        part = address("away-part", child.id, it.from_on.toordinal())
        rows.append([Button(_("🕐 Only part of the day"), part)])
    back = Button(_("‹ Other day"), address("away-days", child.id))
    return Message("\n".join(lines), [*rows, [back, ways.menu()]])


def asked(session: Session, actor: Actor, *numbers: int) -> Message:
    return ask(session, actor, Away.read(*numbers))


def part_of_day(session: Session, actor: Actor, child_id: int, on: int) -> Message:
    """The morning, the afternoon, coming later or leaving earlier."""
    child = people.child(session, actor, child_id)
    when = day_of(on)
    now = clock.now(session)
    starts, ends = presence.hours_of(session, actor, child, when)
    pairs = [
        [
            Button(_("Comes at {time}", time=_hhmm(at)), _ask(child, when, starts, at)),
            Button(_("Leaves at {time}", time=_hhmm(at)), _ask(child, when, at, ends)),
        ]
        for at in _between(starts, ends)
        if clock.at(when, at) > now
    ]
    rows: Rows = []
    if starts < NOON < ends and clock.at(when, NOON) > now:
        rows.append(
            [
                Button(_("Not in the morning"), _ask(child, when, starts, NOON)),
                Button(_("Not in the afternoon"), _ask(child, when, NOON, ends)),
            ]
        )
    back = Button(_("‹ Back"), address("away-day", child.id, on))
    text = _("Which part of {day} does {name} miss?", day=day(when), name=child.name)
    return Message(text, [*rows, *pairs, [back, ways.menu()]])


def _between(starts: int, ends: int) -> range:
    """Whole hours, well inside the day."""
    return range(-(-(starts + 30) // 60) * 60, ends, 60)


def _hhmm(minutes: int) -> str:
    return clock.hhmm(minutes // 30)


def _ask(child: Child, on: date, start: int, end: int) -> str:
    return Away(child.id, on, on, start, end).address("away-ask")


def first_day(session: Session, actor: Actor, child_id: int) -> Message:
    """The first of several days."""
    child = people.child(session, actor, child_id)
    today = clock.today(clock.now(session))
    choices = [
        Button(_day_label(on, today), address("away-to", child.id, on.toordinal()))
        for on in presence.days_of_care(session, actor, child, today, RANGE_OFFERED)
    ]
    back = Button(_("‹ Back"), address("away-days", child.id))
    text = _("From which day on does {name} stay away?", name=child.name)
    return Message(text, [*wording.in_rows(choices, 3), [back, ways.menu()]])


def last_day(session: Session, actor: Actor, child_id: int, first: int) -> Message:
    """The last of several days."""
    child = people.child(session, actor, child_id)
    from_on = day_of(first)
    choices = [
        Button(day(on), Away(child.id, from_on, on).address("away-ask"))
        for on in presence.days_of_care(session, actor, child, from_on, RANGE_OFFERED)
    ]
    back = Button(_("‹ Back"), address("away-from", child.id))
    text = _("{name} stays away from {day}. Until which day?", name=child.name, day=day(from_on))
    return Message(text, [*wording.in_rows(choices, 3), [back, ways.menu()]])


def declare(session: Session, actor: Actor, child_id: int, on: int, *more: int) -> Message:
    """Away, in one tap; the same press again changes nothing. Two numbers mean a whole day."""
    if not more:
        when = day_of(on)
        return _said(session, actor, Away(child_id, when, when), "")
    *numbers, reason = more
    if not 0 <= reason < len(REASONS):
        raise OldButton
    it = Away.read(child_id, on, *numbers)
    return _said(session, actor, it, REASONS[reason])


def _said(session: Session, actor: Actor, it: Away, reason: str) -> Message:
    child = people.child(session, actor, it.child_id)
    today = clock.today(clock.now(session))
    known = [one for one in _declared(session, actor, child, today) if _covers(one, it)]
    if not known and _is_over(session, actor, child, it):
        other = Button(_("🗓 Another day"), address("away-days", child.id))
        said = _("That time is over, so nothing changes: {days}.", days=span(it))
        return Message(said, [[other, ways.menu()]])
    made = known[0] if known else _new(session, actor, it, reason)
    return Message(
        _(
            "{name} stays away on {day}. The institution knows, and another family may use the"
            " place.",
            name=child.name,
            day=span(_away(made)),
        ),
        [
            *_take_back_rows([made]),
            [Button(_("🗓 Another day"), address("away-days", child.id)), ways.menu()],
        ],
    )


def _is_over(session: Session, actor: Actor, child: Child, it: Away) -> bool:
    """Whether no minute is to come in which the child would have been there."""
    end = it.end
    if not end:
        hours = presence.hours_between(session, actor, child, it.to_on, it.to_on)
        end = hours.get(it.to_on, (0, DAY_MINUTES))[1]
    return clock.at(it.to_on, end) <= clock.now(session)


def _covers(one: Absence, it: Away) -> bool:
    """Whether what is declared already says all of it."""
    if not one.from_on <= it.from_on <= it.to_on <= one.to_on:
        return False
    if one.starts is None or one.ends is None:
        return True
    return bool(it.end) and one.starts <= it.start < it.end <= one.ends


def _new(session: Session, actor: Actor, it: Away, reason: str) -> Absence:
    return enrolments.declare_absence(
        session,
        actor,
        child_id=it.child_id,
        from_on=it.from_on,
        to_on=it.to_on,
        start=it.start if it.end else None,
        end=it.end or None,
        reason=reason,
        now=clock.now(session),
    )


def why(session: Session, actor: Actor, *numbers: int) -> Message:
    """Ask for the reason in the parent's own words."""
    it = Away.read(*numbers)
    people.child(session, actor, it.child_id)
    return forms.begin(session, actor, away_form.REASON, away=list(it.numbers))


def take_back(session: Session, actor: Actor, absence_id: int) -> Message:
    """The child comes after all, if its place is still free."""
    found = enrolments.take_back(session, actor, absence_id=absence_id, now=clock.now(session))
    child = people.child(session, actor, found.child_id)
    now = clock.now(session)
    lines = [_("The place is {name}'s again: {days}.", name=child.name, days=span(_away(found)))]
    if clock.at(found.to_on, found.ends or DAY_MINUTES) <= now:
        lines = [_("That time is over, so nothing changes: {days}.", days=span(_away(found)))]
    lines += [
        _("{name} stays away: {days}.", name=child.name, days=span(_away(one)))
        for one in _declared(session, actor, child, clock.today(now))
        if one.from_on <= found.to_on and found.from_on <= one.to_on
    ]
    return Message(
        "\n".join(lines),
        [[Button(_("🗓 Another day"), address("away-days", child.id)), ways.menu()]],
    )


def not_back(session: Session, actor: Actor, refusal: DomainError, absence_id: int) -> Message:
    """The absence stands: the place has gone on, or something else is in the way."""
    found = enrolments.absence(session, actor, absence_id)
    child = people.child(session, actor, found.child_id)
    said = sentence(refusal)
    if isinstance(refusal, NoPlace):
        said = _("The place was offered to another family meanwhile. {why}", why=said)
    stands = _("{name} stays away: {days}.", name=child.name, days=span(_away(found)))
    other = Button(_("🗓 Another day"), address("away-days", child.id))
    return Message(f"{said}\n{stands}", [[other], [ways.find(), ways.menu()]])


def refused(
    session: Session, actor: Actor, refusal: DomainError, child_id: int, *_rest: int
) -> Message:
    """Why it cannot be declared, above what can be."""
    truth = days(session, actor, child_id)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)
