"""What families do with their waiting, in the slow model's words."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from tests.childcare.capacity_model import Kid, Refused, begin
from tests.childcare.waitlist_lines import LIVE, Entry, Freed, Given, Wished
from tests.childcare.waitlist_model import Waiting

MOST_ENTRIES = 20


class Families(Waiting):
    def join(
        self,
        kids: Sequence[Kid],
        institutions: Sequence[int],
        on: date,
        slots: Sequence[int],
        *,
        is_part: bool,
        all_or_none: bool,
    ) -> list[Entry]:
        self._require_joinable(kids, institutions, on, slots, is_part=is_part)
        made = [self._join_one(kid, institutions, on, slots, is_part=is_part) for kid in kids]
        if all_or_none and len(made) > 1:
            for entry in made:
                entry.together = made[0].number
        for entry in made:
            self._look_for(entry)
        return made

    def _require_joinable(
        self,
        kids: Sequence[Kid],
        institutions: Sequence[int],
        on: date,
        slots: Sequence[int],
        *,
        is_part: bool,
    ) -> None:
        refusals = []
        if begin(on, slots[0]) <= self.now:
            refusals.append("too-late")
        if is_part and on.weekday() >= 5:
            refusals.append("not-offered")
        if any(not self.fitting(kid, at, on) for kid in kids for at in institutions):
            refusals.append("no-class-for-age")
        mine = [e for e in self.entries if e.kid.family == kids[0].family and e.state in LIVE]
        new = [kid for kid in kids if not self._same(kid, on, slots, is_part=is_part)]
        if len(mine) + len(new) > MOST_ENTRIES:
            refusals.append("too-many-entries")
        if refusals:
            raise Refused(*refusals)

    def _same(self, kid: Kid, on: date, slots: Sequence[int], *, is_part: bool) -> Entry | None:
        for entry in self.entries:
            wants = (entry.kid, entry.on, entry.slots, entry.is_part)
            if entry.state in LIVE and wants == (kid, on, tuple(slots), is_part):
                return entry
        return None

    def _join_one(
        self,
        kid: Kid,
        institutions: Sequence[int],
        on: date,
        slots: Sequence[int],
        *,
        is_part: bool,
    ) -> Entry:
        entry = self._same(kid, on, slots, is_part=is_part)
        if entry is None:
            entry = Entry(len(self.entries), kid, on, tuple(slots), is_part)
            self.entries.append(entry)
        entry.state, entry.expiries = "waiting", 0
        for at in institutions:
            if at in entry.institutions():
                continue
            preference = len(entry.institutions()) + 1
            fitting = self.fitting(kid, at, on)
            entry.wishes += [Wished(entry, group, preference, self.now) for group in fitting]
            self._use_grant(entry, at)
        return entry

    def _use_grant(self, entry: Entry, at: int) -> None:
        mine = [g for g in self.grants if g[:2] == (entry.kid.family, at) and g[2] >= self.now]
        if mine:
            self.grants.remove(min(mine, key=lambda grant: grant[2]))
            entry.granted.add(at)

    def _look_for(self, entry: Entry) -> None:
        days = [(wish.group.id, entry.on) for wish in entry.wishes]
        self.freed += [Freed(day, is_again=True) for day in days if day in self.opened]

    def pause(self, entry: Entry) -> None:
        self._require_live(entry)
        if entry.state == "waiting":
            self._step_back(entry, "paused")

    def renew(self, entry: Entry) -> None:
        self._require_live(entry)
        if begin(entry.on, entry.slots[0]) <= self.now:
            raise Refused("too-late")
        entry.state, entry.expiries = "waiting", 0
        self._look_for(entry)

    def go(self, entry: Entry) -> None:
        if entry.state != "left":
            self._require_live(entry)
            self._step_back(entry, "left")

    def _require_live(self, entry: Entry) -> None:
        if entry.state not in LIVE:
            raise Refused("wrong-state")

    def _step_back(self, entry: Entry, state: str) -> None:
        """What it was offered is let go, for the rest of the round."""
        for offer in self.offers:
            if offer.entry is entry and offer.state == "open":
                self.bar(offer, "declined")
        self._off(entry, state)

    def _off(self, entry: Entry, state: str) -> None:
        entry.state = state
        self.withdraw([o for o in self.offers if o.entry is entry and o.state == "open"])

    def lapse(self) -> None:
        past = [e for e in self.entries if e.state in LIVE and e.on < self.now.date()]
        for entry in past:
            entry.state = "lapsed"
        for entry in past:
            self._off(entry, "lapsed")

    def accept(self, offer: Given) -> None:
        if offer.state == "accepted":
            return
        self._require_open(offer)
        both = self._with_siblings([offer])
        for one in both:
            self.attempt(partial(self._require_here, one), {one.day()}, one.visit.kid)
        # What was dead may have been this very offer's rival.
        self._require_open(offer)
        for one in both:
            one.state, one.visit.state, one.visit.dies_at = "accepted", "expected", None
            one.entry.state, one.entry.expiries = "booked", 0
        rivals = [e for e in self.entries if any(self._is_rival(e, one) for one in both)]
        for entry in rivals:
            entry.state = "left"
        self.withdraw([o for o in self.offers if o.entry in rivals and o.state == "open"])

    def _require_here(self, offer: Given) -> None:
        if self.elsewhere(offer.visit.kid, offer.visit.on, offer.visit.held):
            raise Refused("child-elsewhere")

    def _is_rival(self, entry: Entry, accepted: Given) -> bool:
        is_then = entry.on == accepted.visit.on and set(entry.slots) & set(accepted.visit.agreed)
        is_same = entry.kid == accepted.visit.kid and entry is not accepted.entry
        return bool(is_same and is_then and entry.state in LIVE)

    def _require_open(self, offer: Given) -> None:
        if offer.state != "open" or offer.ends_at <= self.now:
            raise Refused("offer-ended")

    def decline(self, offer: Given) -> None:
        if offer.state == "declined":
            return
        self._require_open(offer)
        for one in self._with_siblings([offer]):
            one.entry.expiries = 0
            self.end_offer(one, "declined", "cancelled", bars="declined")

    def expire_offer(self, offer: Given) -> None:
        if offer.state == "open" and offer.ends_at <= self.now:
            dead = [o for o in self._with_siblings([offer]) if o.ends_at <= self.now]
            self._expire_all(dead)
