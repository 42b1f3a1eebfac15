"""The other families of the street: they take places first, and give them up again."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, clock, enrolments, waitlist
from childcare.actors import SYSTEM, Actor
from childcare.app import act, promoting
from childcare.bookings import Wish
from childcare.db import reading
from childcare.institutions import CareForm, DayPart
from childcare.people import Family
from childcare.waitlist import Ask, Offer, OfferState, WaitlistEntry
from tests.bot.conftest import World
from tests.build import TODAY, TOMORROW, Build

WEEKDAYS = [1, 2, 3, 4, 5]


@dataclass(frozen=True)
class Neighbour:
    """A family with one child, which acts without the chat."""

    actor: Actor
    child_id: int


def neighbour(name: str = "豆豆") -> Neighbour:
    with promoting() as session:
        build = Build(session)
        guardian = build.guardian(name="邻居")
        child = build.child(session.get_one(Family, guardian.family_id), name=name)
        return Neighbour(guardian.actor, child.id)


def books(who: Neighbour, institution_id: int, start: int, end: int, on: date = TOMORROW) -> int:
    """Hold and confirm hours; the booking's id."""
    wish = Wish(who.child_id, institution_id, CareForm.HOURLY, on, start, end)
    held = act(lambda s: bookings.hold(s, who.actor, wish=wish, now=clock.now(s)).id)
    act(lambda s: bookings.confirm(s, who.actor, booking_id=held, now=clock.now(s)))
    return held


def cancels(who: Neighbour, booking_id: int) -> None:
    def cancel(session: Session) -> None:
        now = clock.now(session)
        found = bookings.booking(session, who.actor, booking_id)
        fee = bookings.fee_now(session, found, now=now)
        bookings.cancel(
            session,
            who.actor,
            booking_id=booking_id,
            reason="changed-plans",
            fee_fen=fee.fen,
            now=now,
        )

    act(cancel)


def fills(world: World, start: int = 480, end: int = 1080, on: date = TOMORROW) -> "Filled":
    """Both places of the nursery are taken."""
    first, second = neighbour("糖糖"), neighbour("米粒")
    mine = books(first, world.institution_id, start, end, on)
    books(second, world.institution_id, start, end, on)
    return Filled(first, mine)


@dataclass(frozen=True)
class Filled:
    """Who can give a place up again."""

    who: Neighbour
    booking_id: int

    def gives_up(self) -> None:
        cancels(self.who, self.booking_id)


def waits(who: Neighbour, institution_id: int, start: int, end: int) -> None:
    ask = Ask((who.child_id,), (institution_id,), CareForm.HOURLY, TOMORROW, start, end)
    act(lambda s: waitlist.join(s, who.actor, ask=ask, now=clock.now(s)))


def enrols(world: World, child_id: int, weekdays: list[int] = WEEKDAYS) -> None:
    """A place by the month, whole days from today on."""
    act(
        lambda s: (
            enrolments.enrol(
                s,
                SYSTEM,
                child_id=child_id,
                institution_id=world.institution_id,
                form=CareForm.FULL_DAY,
                weekdays=weekdays,
                day_part=DayPart.FULL,
                from_on=TODAY,
                now=clock.now(s),
            ).id
        )
    )


def entries() -> list[WaitlistEntry]:
    """Every entry there is, oldest first."""
    with reading() as session:
        found = list(session.scalars(select(WaitlistEntry).order_by(WaitlistEntry.id)))
        session.expunge_all()
        return found


def offers() -> list[tuple[int, OfferState]]:
    """Id and state of every offer, oldest first."""
    with reading() as session:
        rows = session.execute(select(Offer.id, Offer.state).order_by(Offer.id))
        return [(row.id, OfferState(row.state)) for row in rows]
