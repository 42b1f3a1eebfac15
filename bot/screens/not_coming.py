"""果果明天不来了: what it means for this child that day, an absence or a booking to cancel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.screens import asking, away, mine, ways, wording
from bot.screens.away_form import Away
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
    plans = _plans(session, actor, children, days)
    if not plans.enrolled and not plans.booked:
        # "I am ill, I need somebody from two to five": the parent, not the child.
        is_search = said.is_clear or bool(said.places or said.saved_place)
        return asking.wish(session, actor, said, child) if is_search else _nothing(days)
    if len(days) > 1 and plans.enrolled:
        return _several_days(session, plans, days)
    if len(plans.enrolled) == 1 and not plans.booked:
        return _away(session, actor, said, *plans.enrolled[0])
    if len(plans.booked) == 1 and not plans.enrolled:
        return _cancel(session, actor, said, plans.booked[0])
    return _which(session, plans)


def _days(said: Wish) -> list[date]:
    """The day, or all the days that were named."""
    if said.on:
        return [said.on]
    return sorted({on for question in said.unclear for on in question.days})


def _plans(
    session: Session, actor: Actor, children: Sequence[Child], days: Sequence[date]
) -> Plans:
    now = clock.now(session)
    ids = {child.id for child in children}
    booked = [
        one
        for one in bookings.coming(session, actor, now=now, limit=100)
        if one.child_id in ids and one.stay.state in LIVE and (not days or one.stay.on in days)
    ]
    today = clock.today(now)
    if not days:
        known = away.enrolled(session, actor, today)
        return Plans([(child, None) for child in children if child.id in known], booked)
    there = [
        (child, on)
        for child in children
        for on in days[:1]
        if any(away.days_of_care(session, actor, child, on, 1) for on in days)
    ]
    return Plans(there, booked)


def _nothing(days: Sequence[date]) -> Message:
    if days:
        said = _(", ").join(map(day, days))
        text = _("I know of no care on {days}, so there is nothing to cancel.", days=said)
    else:
        text = _("I know of no care ahead, so there is nothing to cancel.")
    return Message(text, [[ways.mine(), ways.find()], [ways.menu()]])


def _several_days(session: Session, plans: Plans, days: Sequence[date]) -> Message:
    """A range, or each day by itself: a line may mean either."""
    rows: Rows = []
    for child, _first in plans.enrolled:
        if len(days) > 1:
            whole = Away(child.id, days[0], days[-1])
            label = f"{child.name} · {day(days[0])} – {day(days[-1])}"
            rows.append([Button(label, whole.address("away-ask"))])
        rows += [
            [Button(f"{child.name} · {day(on)}", Away(child.id, on, on).address("away-ask"))]
            for on in days[:MOST]
        ]
    rows += _booking_rows(plans.booked)
    return Message(_("Which days do you mean?"), [*rows, [ways.menu()]])


def _away(session: Session, actor: Actor, said: Wish, child: Child, on: date | None) -> Message:
    if on is None:
        return away.days(session, actor, child.id)
    starts, ends = away.hours_of(session, actor, child, on)
    start, end = {
        "morning": (starts, min(away.NOON, ends)),
        "afternoon": (max(away.NOON, starts), ends),
    }.get(said.day_part or "", (said.start or 0, said.end or (ends if said.start else 0)))
    is_part = start < end and (start, end) != (starts, ends)
    it = Away(child.id, on, on, start, end) if is_part else Away(child.id, on, on)
    return away.ask(session, actor, it)


def _cancel(session: Session, actor: Actor, said: Wish, found: Booking) -> Message:
    if found.stay.state == State.HELD:
        return mine.details(session, actor, found.id)
    if said.intent == "ill":
        return mine.cancel_ill(session, actor, found.id)
    return mine.cancel(session, actor, found.id)


def _which(session: Session, plans: Plans) -> Message:
    rows = [
        [
            Button(
                _("🙋 {name} stays away", name=child.name),
                address("away-day", child.id, on.toordinal())
                if on
                else address("away-days", child.id),
            )
        ]
        for child, on in plans.enrolled
    ]
    rows += _booking_rows(plans.booked)
    return Message(_("What do you mean?"), [*rows, [ways.menu()]])


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
