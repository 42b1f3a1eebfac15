"""What befalls two nurseries with lists: each step at random, in the model and in earnest."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.institutions import CareForm, DayPart
from childcare.waitlist import Ask, Offer, Siblings
from tests.build import FakeClock
from tests.childcare.capacity_model import Kid, Visit
from tests.childcare.capacity_steps import MORNING, Days
from tests.childcare.waitlist_commands import Families
from tests.childcare.waitlist_lines import Entry, Given

# How often what is done, in a hundred or so.
WEIGHTS = {
    "hold": 12,
    "confirm": 10,
    "release": 2,
    "cancel": 8,
    "expire": 2,
    "reschedule": 5,
    "reject": 1,
    "check_in": 2,
    "check_out": 2,
    "mark_no_show": 2,
    "declare_absence": 5,
    "take_back": 2,
    "enrol": 3,
    "end": 1,
    "change_shifts": 6,
    "close": 1,
    "lift": 2,
    "join": 22,
    "pause": 3,
    "renew": 5,
    "go": 2,
    "accept": 7,
    "decline": 6,
    "expire_offer": 9,
    "sweep": 3,
    "pass_time": 14,
}
TAKES_AWAY = ("reject", "end", "close")


class Lists(Days):
    """A town in which families wait. Effects of the outbox run when a step says so, if ever."""

    model: Families

    def __init__(self, clock: FakeClock, seed: int) -> None:
        self._doing = ""
        super().__init__(clock, seed)

    def _build(self, session: Session) -> None:
        super()._build(session)
        plain = self.model
        self.model = Families(list(plain.groups.values()), list(plain.kids.values()), plain.strict)

    def step(self) -> str:
        [self._doing] = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        getattr(self, self._doing)()
        return self._doing

    def both(self, model: Callable[[], Any], real: Callable[[Session], Any]) -> Any:
        takes_away = self._doing in TAKES_AWAY
        return super().both(lambda: self.model.transact(model, takes_away=takes_away), real)

    def any_visit(self, *states: str, is_booked: bool = True) -> Visit | None:
        """None that is or was only offered."""
        real = self.model.visits
        only = {
            id(offer.visit)
            for offer in self.model.offers
            # A day part moves to another day part, which is not done here.
            if offer.state != "accepted" or (offer.entry.is_part and self._doing == "reschedule")
        }
        self.model.visits = [visit for visit in real if id(visit) not in only]
        try:
            return super().any_visit(*states, is_booked=is_booked)
        finally:
            self.model.visits = real

    def open_day(self, on: date) -> None:
        self._doing = "open_day"
        super().open_day(on)

    # Waiting

    def join(self) -> None:
        kids = [self.any_kid()]
        twins = [kid for kid in self.model.kids.values() if kid.family == kids[0].family]
        if len(twins) > 1 and self.random.random() < 0.6:
            kids = twins
        at = self.random.sample(self.institutions, self.random.choice((1, 1, 2)))
        on = self.model.now.date() + timedelta(days=self.random.choice((0, 0, 1, 1, 2, 3, 4)))
        is_part = self.random.random() < 0.2
        slots = MORNING if is_part else self.any_slots()
        together = self.random.choice(list(Siblings))
        ask = Ask(
            tuple(kid.id for kid in kids),
            tuple(at),
            CareForm.TEMPORARY if is_part else CareForm.HOURLY,
            on=on,
            start=None if is_part else slots[0] * 30,
            end=None if is_part else slots[-1] * 30 + 30,
            day_part=DayPart.MORNING if is_part else None,
            together=together,
        )
        self._join(kids, ask, slots)

    def _join(self, kids: list[Kid], ask: Ask, slots: range) -> None:
        refs: list[int] = []
        actor, now = self.actor(kids[0]), self.clock.now

        def ours(session: Session) -> None:
            made = waitlist.join(session, actor, ask=ask, now=now)
            refs[:] = [entry.id for entry in made]

        assert ask.on is not None
        on, is_part = ask.on, ask.day_part is not None
        made = self.both(
            lambda: self.model.join(
                kids,
                ask.institution_ids,
                on,
                slots,
                is_part=is_part,
                all_or_none=ask.together is Siblings.ALL,
            ),
            ours,
        )
        for entry, ref in zip(made[0] if made else (), refs, strict=True):
            entry.ref = ref

    def any_entry(self, *states: str) -> Entry | None:
        near = self.model.entries[-30:]
        wanted = [entry for entry in near if entry.state in states]
        pool = wanted if wanted and self.random.random() < 0.9 else near
        return self.random.choice(pool) if pool else None

    def _entry(self, name: str, *states: str, ours: str = "") -> None:
        entry = self.any_entry(*states)
        if entry:
            actor, now = self.actor(entry.kid), self.clock.now
            command = getattr(waitlist, ours or name)
            self.both(
                lambda: getattr(self.model, name)(entry),
                lambda s: command(s, actor, entry_id=entry.ref, now=now),
            )

    def pause(self) -> None:
        self._entry("pause", "waiting")

    def renew(self) -> None:
        self._entry("renew", "paused", "waiting")

    def go(self) -> None:
        self._entry("go", "waiting", "paused", ours="leave")

    def any_offer(self) -> Given | None:
        """An open one most of the time; any that ever was else, for presses that come late."""
        wanted = [offer for offer in self.model.offers if offer.state == "open"]
        pool = wanted if wanted and self.random.random() < 0.85 else self.model.offers[-20:]
        return self.random.choice(pool) if pool else None

    def _ref(self, session: Session, offer: Given) -> int:
        where = (Offer.entry_id == offer.entry.ref, Offer.stay_id == offer.visit.ref)
        return session.scalars(select(Offer.id).where(*where)).one()

    def _answer(self, name: str) -> None:
        offer = self.any_offer()
        if offer:
            actor, now = self.actor(offer.visit.kid), self.clock.now
            command = getattr(waitlist, name)
            self.both(
                lambda: getattr(self.model, name)(offer),
                lambda s: command(s, actor, offer_id=self._ref(s, offer), now=now),
            )

    def accept(self) -> None:
        self._answer("accept")

    def decline(self) -> None:
        self._answer("decline")

    def expire_offer(self) -> None:
        """An effect of the outbox: late, early or twice, and for offers that are long over."""
        offer = self.any_offer()
        if offer and self.random.random() < 0.5:
            late = [o for o in self.model.offers if o.state == "open"]
            offer = min(late, key=lambda o: o.ends_at, default=offer)
            if self.random.random() < 0.7 and offer.ends_at > self.model.now:
                self._wait_until_over(offer)
        for _ in range(self.random.choice((1, 1, 2)) if offer else 0):
            self._expire(offer)

    def _wait_until_over(self, offer: Given | None) -> None:
        if offer and offer.ends_at.date() == self.model.now.date():
            self.set_time(offer.ends_at)

    def _expire(self, offer: Given | None) -> None:
        if offer:
            now = self.clock.now
            self.both(
                lambda: self.model.expire_offer(offer),
                lambda s: waitlist.expire(s, offer_id=self._ref(s, offer), now=now),
            )

    def sweep(self) -> None:
        now = self.clock.now
        self.both(self.model.lapse, lambda s: waitlist.sweep(s, now=now))
