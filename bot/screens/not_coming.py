"""果果明天不来了: what it means for this child that day, an absence or a booking to cancel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.screens import asking, away, mine, missed, presence, ways, wording
from bot.screens.away_form import Away, span
from bot.screens.missed import Missed
from bot.screens.wording import Rows
from bot.understand import Wish
from childcare import bookings, clock, people
from childcare.actors import Actor
from childcare.bookings import Booking
from childcare.i18n import _, day
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.stays import State

LIVE = (State.HELD, State.REQUESTED, State.EXPECTED)
MOST = 8


@dataclass(frozen=True)
class Plans:
    """What a family has on the days it speaks of: enrolled care of children, and bookings."""

    enrolled: Sequence[tuple[Child, date | None]]
    booked: Sequence[Booking]


def heard(session: Session, actor: Actor, said: Wish, child: Child | None) -> Message:
    """The one thing that is meant, or which of several; nothing is changed by a typed line."""
    children = [child] if child else list(people.children_of(session, actor))
    days = _days(said)
    part = missed.read(said)
    plans = _plans(session, actor, children, days, part)
    if not plans.enrolled and not plans.booked:
        # "I am ill, I need somebody from two to five": the parent, not the child.
        is_search = said.places or said.saved_place or (said.intent == "ill" and said.is_clear)
        return asking.wish(session, actor, said, child) if is_search else _nothing(days, part)
    if len(days) > 1 and plans.enrolled:
        return _several_days(session, actor, plans, days, part)
    shown = _one_day(session, actor, said, part, plans)
    if any(question.code == "in-the-past" for question in said.unclear):
        text = f"{_('That is over already. Which day do you mean?')}\n{shown.text}"
        return Message(text, shown.buttons)
    return shown


def _one_day(session: Session, actor: Actor, said: Wish, part: Missed, plans: Plans) -> Message:
    if len(plans.enrolled) == 1 and not plans.booked:
        return _away(session, actor, part, *plans.enrolled[0])
    if len(plans.booked) == 1 and not plans.enrolled:
        return _cancel(session, actor, said, part, plans.booked[0])
    return _which(session, actor, plans, part)


def _days(said: Wish) -> list[date]:
    """The day, or all the days that were named."""
    if said.on:
        return [said.on]
    return sorted({on for question in said.unclear for on in question.days})


def _plans(
    session: Session,
    actor: Actor,
    children: Sequence[Child],
    days: Sequence[date],
    part: Missed,
) -> Plans:
    now = clock.now(session)
    ids = {child.id for child in children}
    booked = [
        one
        for one in bookings.coming(session, actor, now=now, limit=100)
        if one.child_id in ids
        and one.stay.state in LIVE
        and (not days or one.stay.on in days)
        and part.touches(*_minutes(one))
    ]
    today = clock.today(now)
    if not days:
        known = presence.enrolled(session, actor, today)
        return Plans([(child, None) for child in children if child.id in known], booked)
    there = [
        (child, on)
        for child in children
        for on in days[:1]
        if any(presence.days_of_care(session, actor, child, on, 1) for on in days)
    ]
    return Plans(there, booked)


def _minutes(one: Booking) -> tuple[int, int]:
    on = one.stay.on
    return clock.minutes_of(on, one.stay.starts_at), clock.minutes_of(on, one.stay.stops_at)


def _nothing(days: Sequence[date], part: Missed) -> Message:
    if days and part.is_part:
        said = _(", ").join(map(day, days))
        text = _("I know of no care at that time on {days}.", days=said)
    elif days:
        said = _(", ").join(map(day, days))
        text = _("I know of no care on {days}, so there is nothing to cancel.", days=said)
    else:
        text = _("I know of no care ahead, so there is nothing to cancel.")
    return Message(text, [[ways.mine(), ways.find()], [ways.menu()]])


def _several_days(
    session: Session, actor: Actor, plans: Plans, days: Sequence[date], part: Missed
) -> Message:
    """A range, or each day by itself: a line may mean either."""
    rows: Rows = []
    for child, _first in plans.enrolled:
        known = [it for on in days if (it := _of_day(session, actor, child, part, on))]
        it = away.of_days(session, actor, child, part, days[0], days[-1]) if known else None
        if it and part.is_known:
            rows.append([_choice(child, it, it.address("away-ask"))])
        rows += [[_choice(child, it, away.to_part(it, part))] for it in known[:MOST]]
    rows += _booking_rows(plans.booked)
    if not rows:
        return _none_of_them(session, actor, plans.enrolled[0][0], days, part)
    return Message(_("Which days do you mean?"), [*rows, [ways.menu()]])


def _of_day(session: Session, actor: Actor, child: Child, part: Missed, on: date) -> Away | None:
    if not presence.days_of_care(session, actor, child, on, 1):
        return None
    return away.of_part(session, actor, child, part, on)


def _none_of_them(
    session: Session, actor: Actor, child: Child, days: Sequence[date], part: Missed
) -> Message:
    there = next(on for on in days if presence.days_of_care(session, actor, child, on, 1))
    return away.not_there(session, actor, child, part, there)


def _choice(child: Child, it: Away, to: str) -> Button:
    return Button(f"{child.name} · {span(it)}", to)


def _away(session: Session, actor: Actor, part: Missed, child: Child, on: date | None) -> Message:
    if on is None:
        return _when(session, actor, child, part)
    if not part.is_known:
        return away.part_of_day(session, actor, child.id, on.toordinal())
    it = away.of_part(session, actor, child, part, on)
    if it is None:
        return away.not_there(session, actor, child, part, on)
    return away.ask(session, actor, it)


def _when(session: Session, actor: Actor, child: Child, part: Missed) -> Message:
    if part.is_part:
        return away.days_of_part(session, actor, child.id, *part.numbers)
    return away.days(session, actor, child.id)


def _cancel(session: Session, actor: Actor, said: Wish, part: Missed, found: Booking) -> Message:
    if found.stay.state == State.HELD:
        return mine.details(session, actor, found.id)
    hours = _minutes(found)
    if part.is_part and (not part.is_known or part.of(*hours) != hours):
        shown = mine.details(session, actor, found.id)
        hint = _("Only a part of it? Change its time: cancelling gives all of it back.")
        return Message(f"{hint}\n\n{shown.text}", shown.buttons)
    if said.intent == "ill":
        return mine.cancel_ill(session, actor, found.id)
    return mine.cancel(session, actor, found.id)


def _which(session: Session, actor: Actor, plans: Plans, part: Missed) -> Message:
    rows = [
        [
            Button(
                _("🙋 {name} stays away", name=child.name),
                _to_away(session, actor, part, child, on),
            )
        ]
        for child, on in plans.enrolled
    ]
    rows += _booking_rows(plans.booked)
    return Message(_("What do you mean?"), [*rows, [ways.menu()]])


def _to_away(session: Session, actor: Actor, part: Missed, child: Child, on: date | None) -> str:
    if on is not None:
        it = away.of_part(session, actor, child, part, on)
        return away.to_part(it, part) if it else address("away-part", child.id, on.toordinal())
    if part.is_part:
        return address("away-when", child.id, *part.numbers)
    return address("away-days", child.id)


def _booking_rows(booked: Sequence[Booking]) -> Rows:
    return [
        [
            Button(
                _("✖️ Cancel {when}", when=wording.when(one)),
                address("cancel-ask", one.id, one.version),
            )
        ]
        for one in booked[:MOST]
    ]
