"""Rescheduling: day, start, end; then price and fee; then the same booking at another time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.aims import PARTS, day_of, part_of
from bot.screens import mine, picking, ways, wording
from bot.screens.picking import Pick
from childcare import bookings, clock, institutions, people
from childcare.actors import Actor
from childcare.bookings import Booking, Move, MoveQuote
from childcare.errors import DomainError
from childcare.i18n import _, day, sentence, yuan
from childcare.institutions import CareForm, DayPart, Institution
from childcare.messages import Button, Message, address
from childcare.stays import State


@dataclass(frozen=True)
class Moving:
    """Where choices lead when a booking is moved."""

    booking_id: int
    version: int

    def to_days(self) -> str:
        return address("move", self.booking_id)

    def to_day(self, on: date) -> str:
        return address("move-day", self.booking_id, on.toordinal())

    def to_start(self, on: date, start: int) -> str:
        return address("move-start", self.booking_id, on.toordinal(), start)

    def to_end(self, on: date, start: int, end: int) -> str:
        return self._quote(on, 0, start, end)

    def to_part(self, on: date, part: DayPart) -> str:
        return self._quote(on, PARTS.index(part), 0, 0)

    def _quote(self, on: date, part: int, start: int, end: int) -> str:
        when = (on.toordinal(), part, start, end)
        return address("move-quote", self.booking_id, self.version, *when)


def _pick(session: Session, found: Booking) -> Pick:
    """A booking by the hour moves by the hour, one of a day part to a day part."""
    return Pick(
        found.institution_id,
        session.get_one(people.Child, found.child_id),
        [CareForm.TEMPORARY if found.day_part else CareForm.HOURLY],
        Moving(found.id, found.version),
        [[_keep(found)]],
        own_on=found.stay.on,
    )


def _keep(found: Booking) -> Button:
    return Button(_("‹ Keep it"), address("booking", found.id, found.version))


def _head(session: Session, found: Booking) -> str:
    where = institutions.institution(session, found.institution_id)
    now = _("Now: {when}", when=wording.when(found))
    return f"🔁 {wording.place_name(where)}\n{now}"


def _movable(session: Session, actor: Actor, booking_id: int) -> Booking | None:
    found = bookings.booking(session, actor, booking_id)
    return found if found.stay.state == State.EXPECTED else None


def days(session: Session, actor: Actor, booking_id: int) -> Message:
    """To which day."""
    found = _movable(session, actor, booking_id)
    if found is None:
        return mine.details(session, actor, booking_id)
    now = clock.now(session)
    rows = picking.calendar(session, _pick(session, found), now)
    text = "\n".join([_head(session, found), "", _("To which day?"), picking.legend(now)])
    return Message(text, [*rows, [_keep(found)]])


def hours(session: Session, actor: Actor, booking_id: int, on: int) -> Message:
    found = _movable(session, actor, booking_id)
    if found is None:
        return mine.details(session, actor, booking_id)
    return picking.hours(session, _pick(session, found), day_of(on), _head(session, found))


def ends(session: Session, actor: Actor, booking_id: int, on: int, start: int) -> Message:
    found = _movable(session, actor, booking_id)
    if found is None:
        return mine.details(session, actor, booking_id)
    return picking.ends(session, _pick(session, found), day_of(on), start, _head(session, found))


def _move(on: int, part: int, start: int, end: int) -> Move:
    if part:
        return Move(day_of(on), day_part=part_of(part))
    return Move(day_of(on), start=start, end=end)


def quote(
    session: Session,
    actor: Actor,
    booking_id: int,
    version: int,
    on: int,
    part: int,
    start: int,
    end: int,
) -> Message:
    """Price and fee before the decision; both travel in the button."""
    found = bookings.booking(session, actor, booking_id)
    now = clock.now(session)
    shown = bookings.quote_move(
        session, actor, booking_id=booking_id, move=_move(on, part, start, end), now=now
    )
    name = part_of(part)
    hours_said = wording.part_name(name) if name else wording.span(start, end)
    lines = [
        _head(session, found),
        _("New: {when}", when=f"{day(day_of(on))} {hours_said}"),
        "",
        _("Price {new} (until now {old})", new=yuan(shown.price_fen), old=yuan(found.price_fen)),
        _("Moving costs {fee}, paid there.", fee=yuan(shown.fee_fen))
        if shown.fee_fen
        else _("Moving costs nothing."),
    ]
    move = (on, part, start, end, shown.price_fen, shown.fee_fen)
    yes = Button(_("✅ Move it"), address("moved", booking_id, version, *move))
    return Message("\n".join(lines), [[yes], [_keep(found)]])


def moved(
    session: Session,
    actor: Actor,
    booking_id: int,
    version: int,
    on: int,
    part: int,
    start: int,
    end: int,
    price_fen: int,
    fee_fen: int,
) -> Message:
    """Move it for what was shown."""
    found = bookings.reschedule(
        session,
        actor,
        booking_id=booking_id,
        version=version,
        move=_move(on, part, start, end),
        shown=MoveQuote(price_fen, fee_fen),
        now=clock.now(session),
    )
    where = session.get_one(Institution, found.institution_id)
    lines = [
        _("🔁 Moved!"),
        f"🏠 {wording.place_name(where)}",
        f"🗓 {wording.when(found)}",
        f"💰 {yuan(found.price_fen)}",
        _("🔑 Code {code} – show it at the door", code=found.code),
    ]
    return Message("\n".join(lines), [[mine.to_booking(found), ways.mine()], [ways.menu()]])


def refused(
    session: Session,
    actor: Actor,
    refusal: DomainError,
    booking_id: int,
    version: int,
    on: int,
    *_rest: int,
) -> Message:
    """Why it could not be moved, above what can be had that day now."""
    truth = hours(session, actor, booking_id, on)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)
