"""A nursery and families with chats, committed, and the outbox as it stands."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select, update

from childcare import bookings, clock, outbox, people, planning
from childcare.actors import Actor
from childcare.app import act, promoting
from childcare.bookings import Wish
from childcare.db import reading
from childcare.institutions import CareForm, Institution
from childcare.outbox import OutboxRow, Urgency
from childcare.people import Child, Guardian
from childcare.reminders import Kind
from tests.build import TOMORROW, Build, FakeClock

LAN, GRANDMA = 70001, 70002


def build() -> None:
    """Write the city; a database with it serves as template for every test's own."""
    with promoting() as session:
        builder = Build(session)
        builder.nursery(places=20)
        family = builder.family()
        builder.guardian(family, telegram_id=LAN)
        builder.relative(family, telegram_id=GRANDMA)
        builder.child(family)


class City:
    """Everything is written by commits of its own, as the product's processes see it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        with reading() as session:
            lan = people.find_by_chat(session, LAN)
            assert lan is not None
            self.lan: Actor = lan.actor
            self.family_id = lan.family_id
            self.institution_id = session.scalars(select(Institution.id)).one()
            self.child_id = session.scalars(
                select(Child.id).where(Child.family_id == lan.family_id)
            ).one()

    def hold(self, start: int = 840, end: int = 1020, on: date = TOMORROW) -> int:
        """林岚 holds a place, tomorrow unless told otherwise; the booking's id."""
        wish = Wish(self.child_id, self.institution_id, CareForm.HOURLY, on, start, end)
        return act(lambda s: bookings.hold(s, self.lan, wish=wish, now=self.clock.now).id)

    def book(self, start: int = 840, end: int = 1020, on: date = TOMORROW) -> int:
        booking_id = self.hold(start, end, on)
        act(
            lambda s: (
                bookings.confirm(s, self.lan, booking_id=booking_id, now=self.clock.now).version
            )
        )
        return booking_id

    def book_whenever(self) -> int:
        """林岚 books the first open day after today by the clock; the booking's id."""
        on = clock.today(self.clock.now) + timedelta(days=1)
        while on.isoweekday() > 5:
            on += timedelta(days=1)
        with promoting() as session:
            # Of an age for the class, whenever the tests are run.
            session.get_one(Child, self.child_id).born_on = on - timedelta(days=600)
            planning.open_days(session, self.institution_id, now=self.clock.now)
        return self.book(on=on)

    def forget_rows(self) -> None:
        """Mark what building wrote as done, so that a test sees its own rows alone."""
        with promoting() as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.done_at.is_(None))
                .values(done_at=self.clock.now, outcome="built")
            )

    def reminder(
        self, booking_id: int, *, to: int = LAN, kind: Kind = Kind.DAY_BEFORE, key: str = ""
    ) -> int:
        """A message about a booking that is due now; its row's id."""
        with promoting() as session:
            found = session.get_one(bookings.Booking, booking_id)
            guardian = people.find_by_chat(session, to)
            assert guardian is not None
            facts: dict[str, object] = {
                "stay_id": found.stay_id,
                "version": found.version,
                "guardian_id": guardian.id,
            }
            return publish(self.clock, kind, facts, key=key or f"{booking_id}:{to}")

    def publish(self, kind: str, key: str = "", **facts: object) -> int:
        return publish(self.clock, kind, facts, key=key or kind)

    def guardian(self, chat_id: int = LAN) -> Guardian:
        with reading() as session:
            found = people.find_by_chat(session, chat_id)
            assert found is not None
            session.expunge(found)
            return found


def publish(
    tick: FakeClock,
    kind: str,
    facts: dict[str, object],
    *,
    key: str,
    after: timedelta = timedelta(),
    urgency: Urgency = Urgency.NORMAL,
) -> int:
    """Write one outbox row; its id."""
    with promoting() as session:
        outbox.publish(
            session,
            kind,
            facts,
            key=key,
            now=tick.now,
            due_at=tick.now + after,
            urgency=urgency,
        )
        query = select(OutboxRow.id).where(OutboxRow.dedupe_key == f"{kind}:{key}")
        return session.scalars(query).one()


def row(row_id: int) -> OutboxRow:
    """An outbox row as it stands."""
    with reading() as session:
        found = session.get_one(OutboxRow, row_id)
        session.expunge(found)
        return found


def open_rows(kind: str = "") -> Sequence[OutboxRow]:
    """The rows that are not done, oldest first."""
    query = select(OutboxRow).where(OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None))
    if kind:
        query = query.where(OutboxRow.kind == kind)
    with reading() as session:
        found = session.scalars(query.order_by(OutboxRow.id)).all()
        session.expunge_all()
        return found
