"""A family at a nursery's door, for what it hears while it waits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, planning, reminders, waitlist
from childcare.institutions import CareForm, DayPart
from childcare.outbox import OutboxRow
from childcare.people import Child, Guardian
from childcare.reminders import Outgoing, waiting
from childcare.reminders.waiting import Topic
from childcare.waitlist import Ask, Offer, Siblings, WaitlistEntry
from tests.build import NOON, TODAY, Build

# So far ahead that an offer lives for eight hours outside the night.
THURSDAY = TODAY + timedelta(days=3)
BEYOND = TODAY + timedelta(days=42)
DECEMBER = date(2026, 12, 1)
UNTIL = clock.at(TODAY, 20 * 60)


class Home:
    """林岚's family at a nursery's door; what it asks for is free, and so is offered at once."""

    def __init__(self, session: Session, build: Build) -> None:
        self.session, self.build = session, build
        self.at = build.institution(address="劲松三区 1 号")
        self.group = build.class_group(self.at)
        planning.open_day(session, self.at.id, THURSDAY, now=NOON)
        family = build.family()
        self.lan = build.guardian(family, telegram_id=70001)
        self.partner = build.guardian(family, name="陈浩", telegram_id=70004, locale="en")
        self.grandma = build.relative(family, telegram_id=70002)
        self.aunt = build.relative(family, name="小姨")
        self.family, self.child = family, build.child(family)

    def wait(
        self, on: date = THURSDAY, *children: Child, together: Siblings = Siblings.ANY
    ) -> WaitlistEntry:
        """The family joins for nine to eleven; the first child's entry."""
        ids = tuple(child.id for child in children or (self.child,))
        wished = Ask(ids, (self.at.id,), CareForm.HOURLY, on, 540, 660, together=together)
        return self._join(wished)

    def wait_for_enrolment(self) -> WaitlistEntry:
        """From December on, every weekday."""
        days, part = (1, 2, 3, 4, 5), DayPart.FULL
        ids, places, form = (self.child.id,), (self.at.id,), CareForm.FULL_DAY
        return self._join(Ask(ids, places, form, day_part=part, from_month=DECEMBER, weekdays=days))

    def _join(self, ask: Ask) -> WaitlistEntry:
        made = waitlist.join(self.session, self.lan.actor, ask=ask, now=NOON)
        waitlist.promote(self.session, now=NOON)
        return made[0]

    def offer(self) -> Offer:
        return self.session.scalars(select(Offer).order_by(Offer.id)).one()

    def offered(self) -> Offer:
        """A place for Thursday."""
        self.wait()
        return self.offer()

    def expire(self, offer: Offer) -> None:
        assert waitlist.expire(self.session, offer_id=offer.id, now=offer.ends_at)
        waitlist.promote(self.session, now=offer.ends_at)

    def rows(self, topic: Topic) -> Sequence[OutboxRow]:
        found = select(OutboxRow).where(OutboxRow.kind == topic).order_by(OutboxRow.id)
        return self.session.scalars(found).all()

    def tell(self, topic: Topic, record: Offer | WaitlistEntry, now: datetime = NOON) -> None:
        """What the fact of it has a worker write."""
        if isinstance(record, Offer):
            waiting.tell_of_offer(self.session, topic, offer_id=record.id, now=now)
            return
        where = self.at.id if topic is Topic.REMOVED else 0
        waiting.tell_of_entry(
            self.session, topic, entry_id=record.id, institution_id=where, now=now
        )

    def verdict(
        self, topic: Topic, *, to: Guardian | None = None, now: datetime = NOON
    ) -> reminders.Verdict:
        """What becomes of the message that was written for a guardian."""
        guardian = to or self.lan
        [row] = [row for row in self.rows(topic) if row.recipient_id == guardian.id]
        self.session.expire_all()
        return waiting.prepare(self.session, topic, row.payload, now=now)

    def said(self, topic: Topic, *, to: Guardian | None = None, now: datetime = NOON) -> Outgoing:
        sent = self.verdict(topic, to=to, now=now)
        assert isinstance(sent, Outgoing), sent
        return sent
