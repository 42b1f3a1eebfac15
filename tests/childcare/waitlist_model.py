"""Waiting as a slow and obvious model: who is in line, looked at one by one, for each free place.

It stands on the capacity model and knows the rules of docs/domain.md ("Waitlist") and nothing of
the code, of SQL, locks or masks. After every command `promote` hands out what became free; what
became free is found by comparing before and after.
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from tests.childcare.capacity_commands import Commands
from tests.childcare.capacity_model import Closing, Group, Kid, Refused, Visit, begin
from tests.childcare.waitlist_lines import (
    LIVE,
    SOONEST,
    Day,
    Entry,
    Freed,
    Given,
    Round,
    Serving,
    Unfit,
    Wished,
    ends_at,
)


class Waiting(Commands):
    def __init__(self, groups: Sequence[Group], kids: Sequence[Kid], strict: Iterable[int]) -> None:
        super().__init__(groups, kids, strict)
        self.entries: list[Entry] = []
        self.offers: list[Given] = []
        self.rounds: list[Round] = []
        self.round_of: dict[Day, Round | None] = {}
        self.grants: list[tuple[int, int, datetime]] = []  # family, institution, until
        self.passes: set[tuple[int, int, str]] = set()  # entry, round, why
        self.freed: list[Freed] = []
        self._held: list[tuple[Visit, Day, set[int]]] = []
        self._places: dict[Day, list[int]] = {}

    # One transaction: what it does, what that frees, and who gets it

    def transact(self, command: Callable[[], object], *, takes_away: bool = False) -> object:
        """`takes_away`: it is not the family that gives its place up."""
        self._look()
        try:
            answer = command()
        except Refused:
            self.freed.clear()
            raise
        self._notice(takes_away=takes_away)
        self.promote()
        return answer

    def _look(self) -> None:
        self._held = [(v, (v.group, v.on), set(v.held)) for v in self.visits]
        self._places = {day: self._capacity(day) for day in self.opened}

    def _capacity(self, day: Day) -> list[int]:
        return self.capacity(self.groups[day[0]], day[1])

    def _notice(self, *, takes_away: bool = False) -> None:
        offered = {id(offer.visit) for offer in self.offers if offer.state != "accepted"}
        found = []
        for visit, day, held in self._held:
            is_less = (visit.group, visit.on) != day or held - visit.held
            if is_less and id(visit) not in offered:
                is_taken = takes_away and visit.state in ("cancelled", "rejected")
                found.append(Freed(day, None if is_taken else visit.kid.family))
        for day in sorted(self.opened):
            was = self._places.get(day, [0] * 48)
            if any(new > old for new, old in zip(self._capacity(day), was, strict=True)):
                found.append(Freed(day))
        self.freed = found + self.freed

    def attempt(
        self, command: Callable[[], None], days: set[tuple[int, date]], kid: Kid | None
    ) -> None:
        before = copy.deepcopy(self.visits), copy.deepcopy(self.enrolled)
        try:
            command()
        except Refused as refusal:
            self._restore(before)
            if not refusal.codes & {"no-place", "child-elsewhere"} or not self._end_dead(days, kid):
                raise
            self.promote()
            self._look()
            self._again(command)

    def _end_dead(self, days: set[Day], kid: Kid | None) -> bool:
        """Another transaction: dead holds, requests and offers of these days and of this child."""
        self._look()
        dead = [v for v in self.visits if self.is_dead(v)]
        dead = [v for v in dead if (v.group, v.on) in days or v.kid == kid]
        for visit in dead:
            self.leave(visit, "expired")
        over = [o for o in self.offers if o.state == "open" and o.ends_at <= self.now]
        over = [o for o in over if o.day() in days or o.visit.kid == kid]
        self._expire_all(over)
        self._notice()
        return bool(dead or over)

    # Places that came free

    def promote(self) -> None:
        while self.freed:
            places, self.freed = self.freed, []
            steps = self._steps(places)
            for step in steps:
                if not step.is_served:
                    self._serve(step, steps)

    def _steps(self, places: list[Freed]) -> list[Serving]:
        opened: dict[int, Round] = {}
        steps: dict[Day, Serving] = {}
        for place in sorted(places, key=lambda p: p.is_again):
            day = place.day
            if day not in self.opened or day[1] < self.now.date():
                continue
            if not self._line(day):
                if not place.is_again and place.round is None:
                    self.round_of[day] = None
                continue
            if day in steps and place.is_again:
                continue
            current = self._round(place, opened)
            step = steps.setdefault(day, Serving(day, current))
            step.round = self._joined(step.round, current)
        return list(steps.values())

    def _round(self, place: Freed, opened: dict[int, Round]) -> Round:
        if place.round:
            return place.round
        last = self.round_of.get(place.day)
        if place.is_again and last:
            return last
        institution = self.groups[place.day[0]].institution
        if institution not in opened:
            opened[institution] = Round(len(self.rounds))
            self.rounds.append(opened[institution])
        if place.family is not None:
            opened[institution].bars.append((place.family, None, "freed-it"))
        return opened[institution]

    def _joined(self, one: Round, other: Round) -> Round:
        if one is other:
            return one
        older, newer = sorted((one, other), key=lambda each: each.number)
        newer.bars += older.bars
        return newer

    def _line(self, day: Day) -> list[Wished]:
        """Who waits for a day of a class, in order."""
        waiting = [entry for entry in self.entries if entry.state == "waiting"]
        wishes = [w for entry in waiting for w in entry.wishes if (w.group.id, entry.on) == day]
        return sorted(wishes, key=lambda wish: wish.key)

    def _free_slots(self, day: Day) -> set[int]:
        free = self.free(self.groups[day[0]], day[1])
        return {slot for slot in self.left(day[1], range(48)) if free[slot]}

    def _serve(self, step: Serving, steps: list[Serving]) -> None:
        step.is_served = True
        passed: list[Wished] = []
        tried: list[Wished] = []
        before, last = self._free_slots(step.day), None
        while turn := self._next(step, tried):
            better = {w.group.id for w in turn.entry.wishes if w.preference < turn.preference}
            preferred = [
                s
                for s in steps
                if not s.is_served and s.day[0] in better and s.day[1] == turn.entry.on
            ]
            if preferred:
                self._serve(preferred[0], steps)
                continue
            try:
                self._give(turn, step.round)
                last, tried = turn, []
                passed = [wish for wish in passed if wish is not turn]
            except Unfit:
                tried.append(turn)
                passed += [turn] if turn not in passed else []
        for wish in passed:
            self.passes.add((wish.entry.number, step.round.number, "siblings"))
        self._write_passes(step, before, last, passed)
        self.round_of[step.day] = step.round

    def _next(self, step: Serving, tried: list[Wished]) -> Wished | None:
        free = self._free_slots(step.day)
        for wish in self._line(step.day):
            is_barred = step.round.why_barred(wish.entry.kid) is not None
            fits = set(wish.entry.slots) <= free and self._is_in_time(wish.entry)
            if fits and not is_barred and wish not in tried and not self._has_offer(wish.entry):
                return wish
        return None

    def _is_in_time(self, entry: Entry) -> bool:
        return begin(entry.on, entry.slots[0]) >= self.now + SOONEST

    def _has_offer(self, entry: Entry) -> bool:
        """One live offer for a stay, and never two of a child at the same time."""
        for offer in self.offers:
            if offer.state == "open" and offer.entry is entry:
                return True
            is_then = offer.visit.on == entry.on and offer.visit.held & set(entry.slots)
            if offer.state == "open" and offer.visit.kid == entry.kid and is_then:
                return True
        return False

    def _give(self, turn: Wished, current: Round) -> None:
        """Offer it, and to siblings who come all or not at all: each a place at the same house."""
        given = [self._offered(turn, current)]
        for entry in self._siblings(turn.entry):
            at = turn.group.institution
            wishes = [w for w in entry.wishes if w.group.institution == at]
            may = [w for w in wishes if self._can_have(w) and self._is_in_turn(w, turn, current)]
            fitting = may if entry.state == "waiting" else []
            if not fitting:
                # As if it had never been tried.
                del self.visits[-len(given) :], self.offers[-len(given) :]
                raise Unfit
            given.append(self._offered(fitting[0], current))

    def _siblings(self, entry: Entry) -> list[Entry]:
        if entry.together is None:
            return []
        others = [e for e in self.entries if e.together == entry.together and e is not entry]
        return [e for e in others if e.state in LIVE]

    def _can_have(self, wish: Wished) -> bool:
        day = (wish.group.id, wish.entry.on)
        is_free = day in self.opened and set(wish.entry.slots) <= self._free_slots(day)
        return is_free and not self._has_offer(wish.entry)

    def _is_in_turn(self, wish: Wished, turn: Wished, current: Round) -> bool:
        """Coming together overtakes nobody."""
        day = (wish.group.id, wish.entry.on)
        group = [turn.entry, *self._siblings(turn.entry)]
        return not any(
            other.key < wish.key
            and other.entry not in group
            and set(other.entry.slots) <= self._free_slots(day)
            and self._is_in_time(other.entry)
            and current.why_barred(other.entry.kid) is None
            and not self._has_offer(other.entry)
            for other in self._line(day)
        )

    def _offered(self, wish: Wished, current: Round) -> Given:
        entry, group = wish.entry, wish.group
        until = ends_at(self.now, begin(entry.on, entry.slots[0]))
        assert until is not None
        held = set(entry.slots)
        visit = Visit(
            entry.kid, group.institution, group.id, entry.on, "offered", entry.slots, held
        )
        self.visits.append(visit)
        offer = Given(wish, visit, current, self.now, until)
        self.offers.append(offer)
        return offer

    def _write_passes(
        self, step: Serving, before: set[int], last: Wished | None, tried: list[Wished]
    ) -> None:
        after = self._free_slots(step.day)
        for wish in self._line(step.day):
            slots, entry = set(wish.entry.slots), wish.entry
            is_ahead = last is not None and wish.key < last.key and slots & before
            was_offered = any(o.entry is entry and o.round is step.round for o in self.offers)
            if wish in tried or was_offered or not (slots & after or is_ahead):
                continue
            why = step.round.why_barred(entry.kid)
            late = None if self._is_in_time(entry) else "too-late"
            busy = "has-offer" if self._has_offer(entry) else "hours"
            self.passes.add((entry.number, step.round.number, why or late or busy))

    # What the capacity model does, with offers about

    def elsewhere(
        self, kid: Kid, on: date, slots: Iterable[int], besides: Visit | None = None
    ) -> bool:
        """What is only offered stands in nobody's way."""
        offered = {id(offer.visit) for offer in self.offers if offer.state != "accepted"}
        real = self.visits
        self.visits = [visit for visit in real if id(visit) not in offered]
        try:
            return super().elsewhere(kid, on, slots, besides)
        finally:
            self.visits = real

    def replan(self, institution: int, days: Iterable[date]) -> None:
        wanted = list(days)
        known = len(self.visits)
        super().replan(institution, wanted)
        written = {(visit.group, visit.on) for visit in self.visits[known:]}
        for group in self.of(institution):
            for on in wanted:
                day = (group.id, on)
                is_new = day in self.opened and self._capacity(day) != self._places.get(day)
                if on >= self.now.date() and (is_new or day in written):
                    self._withdraw_over(day)

    def _withdraw_over(self, day: Day) -> None:
        """The newest first, while one covers a slot that is over."""
        while True:
            places, taken = self._capacity(day), self.taken(*day)
            over = {slot for slot in range(48) if taken[slot] > places[slot]}
            there = [o for o in self.offers if o.state == "open" and o.day() == day]
            covering = [offer for offer in there if offer.visit.held & over]
            if not covering:
                return
            self.withdraw([covering[-1]])

    def close(self, institution: int, group: int | None, from_on: date, to_on: date) -> Closing:
        booked = [v for v in self.visits if not v.enrolment and not self._is_offer(v)]
        was = {id(visit): visit.state for visit in booked}
        closing = super().close(institution, group, from_on, to_on)
        gone = [v for v in booked if v.state == "cancelled" and was[id(v)] != "cancelled"]
        until = self.now + timedelta(days=30)
        self.grants += [(v.kid.family, v.institution, until) for v in gone]
        for offer in self.offers:
            is_there = offer.visit.institution == institution and group in (None, offer.visit.group)
            if offer.state == "open" and is_there and from_on <= offer.visit.on <= to_on:
                self.withdraw([offer])
        return closing

    def _is_offer(self, visit: Visit) -> bool:
        return any(o.visit is visit and o.state != "accepted" for o in self.offers)

    # How offers end

    def withdraw(self, offers: Iterable[Given]) -> None:
        for offer in self._with_siblings(offers):
            self.end_offer(offer, "withdrawn", "cancelled")

    def _with_siblings(self, offers: Iterable[Given]) -> list[Given]:
        wanted = list(offers)
        return [
            offer
            for offer in self.offers
            if offer.state == "open" and any(self._is_with(offer, one) for one in wanted)
        ]

    def _is_with(self, offer: Given, other: Given) -> bool:
        if offer is other:
            return True
        is_same = offer.round is other.round and offer.made_at == other.made_at
        return is_same and None is not offer.entry.together == other.entry.together

    def _expire_all(self, offers: Iterable[Given]) -> None:
        for offer in self._with_siblings(offers):
            self.end_offer(offer, "expired", "expired", bars="let-expire")
            entry = offer.entry
            entry.expiries += 1
            if entry.state == "waiting" and entry.expiries >= 2:
                entry.state = "paused"

    def end_offer(self, offer: Given, state: str, stay: str, *, bars: str | None = None) -> None:
        offer.state = state
        if bars:
            self.bar(offer, bars)
        had = set(offer.visit.held)
        self.leave(offer.visit, stay)
        if had - offer.visit.held:
            self.freed.append(Freed(offer.day(), round=offer.round))
        self._look_again(offer)

    def bar(self, offer: Given, why: str) -> None:
        """There, and for the same hours in the house's other rooms."""
        at = offer.visit.institution
        days = [
            (w.group.id, offer.entry.on) for w in offer.entry.wishes if w.group.institution == at
        ]
        rounds = [offer.round, *(self.round_of.get(day) for day in days)]
        for each in {found.number: found for found in rounds if found}.values():
            each.bars.append((offer.visit.kid.family, offer.visit.kid, why))

    def _look_again(self, offer: Given) -> None:
        """What the child was passed over for while it had this offer."""
        waiting = [e for e in self.entries if e.state == "waiting" and e.kid == offer.visit.kid]
        wishes = [w for e in waiting for w in e.wishes if e.on == offer.visit.on]
        for wish in sorted(wishes, key=lambda w: w.preference):
            day = (wish.group.id, wish.entry.on)
            if day in self.opened and day != offer.day():
                self.freed.append(Freed(day, is_again=True))
