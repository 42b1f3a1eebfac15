"""What people may do, in the slow model's words: each either changes its stays or is `Refused`."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from tests.childcare.capacity_door import Door
from tests.childcare.capacity_model import (
    DEAD_OR_ALIVE,
    PRESENT_OR_COMING,
    Away,
    Closing,
    Enrolled,
    Group,
    Kid,
    Refused,
    Visit,
    begin,
    birthday,
    days_between,
    end_of_month,
)

TEN_MINUTES = timedelta(minutes=10)
DAY = timedelta(days=1)


class Commands(Door):
    # One-off care

    def hold(self, kid: Kid, institution: int, on: date, slots: Sequence[int]) -> Visit:
        self._sellable(kid, institution, on, slots)
        mine = [v for v in self.visits if v.kid.family == kid.family and v.state == "held"]
        if sum(not self.is_dead(visit) for visit in mine) >= 3:
            raise Refused("too-many-holds")
        made: list[Visit] = []

        def take() -> None:
            made[:] = [self._take(kid, institution, on, slots)]
            self.visits.extend(made)

        self.attempt(take, self._days(kid, institution, on), kid)
        return made[0]

    def _days(self, kid: Kid, institution: int, on: date) -> set[tuple[int, date]]:
        return {(group.id, on) for group in self.fitting(kid, institution, on)}

    def _sellable(self, kid: Kid, institution: int, on: date, slots: Sequence[int]) -> None:
        if begin(on, slots[0]) <= self.now:
            raise Refused("too-late")
        if not self.fitting(kid, institution, on):
            raise Refused("no-class-for-age")

    def _take(self, kid: Kid, institution: int, on: date, slots: Sequence[int]) -> Visit:
        ranked = self.ranked(kid, institution, on, slots)
        fitting = [group for group in ranked if not self.first_full(group, on, slots)]
        refusals = ["child-elsewhere"] if self.elsewhere(kid, on, slots) else []
        if not fitting:
            refusals.append("no-place")
        if refusals:
            raise Refused(*refusals, at=self.first_full(ranked[0], on, slots))
        dies_at = min(self.now + TEN_MINUTES, begin(on, slots[0]))
        held = set(slots)
        return Visit(kid, institution, fitting[0].id, on, "held", tuple(slots), held, dies_at)

    def confirm(self, visit: Visit) -> None:
        if visit.state in ("expected", "requested"):
            return
        if visit.state == "expired" or self.is_dead(visit):
            raise Refused("hold-expired")
        if visit.state != "held":
            raise Refused("wrong-state")
        if visit.institution in self.strict and not self._is_known(visit):
            if visit.begins() - self.now < timedelta(hours=3):
                raise Refused("approval-too-late")
            visit.state = "requested"
            visit.dies_at = min(self.now + DAY, visit.begins() - timedelta(hours=2))
            return
        visit.state, visit.dies_at = "expected", None

    def _is_known(self, visit: Visit) -> bool:
        there = [
            v for v in self.visits if v.kid == visit.kid and v.institution == visit.institution
        ]
        return any(v.approved or v.state == "completed" or v.enrolment for v in there)

    def release(self, visit: Visit) -> None:
        if visit.state in ("cancelled", "expired"):
            return
        if visit.state != "held":
            raise Refused("wrong-state")
        self.leave(visit, "cancelled")

    def cancel(self, visit: Visit) -> None:
        if visit.state == "cancelled":
            return
        if visit.state not in ("expected", "requested"):
            raise Refused("wrong-state")
        self.leave(visit, "cancelled")

    def approve(self, visit: Visit) -> None:
        if visit.state == "expected" and visit.approved:
            return
        self._decidable(visit)
        visit.state, visit.dies_at, visit.approved = "expected", None, True

    def reject(self, visit: Visit) -> None:
        self._decidable(visit)
        self.leave(visit, "rejected")

    def _decidable(self, visit: Visit) -> None:
        if visit.state == "expired" or (visit.state == "requested" and self.is_dead(visit)):
            raise Refused("request-ended")
        if visit.state != "requested":
            raise Refused("wrong-state")

    def expire(self, visit: Visit) -> None:
        if self.is_dead(visit):
            self.leave(visit, "expired")

    def reschedule(self, visit: Visit, on: date, slots: Sequence[int]) -> None:
        if visit.state != "expected":
            raise Refused("wrong-state")
        if visit.begins() <= self.now:
            raise Refused("too-late")
        self._sellable(visit.kid, visit.institution, on, slots)
        days = self._days(visit.kid, visit.institution, on)
        self.attempt(lambda: self._move(visit, on, slots), days, visit.kid)

    def _move(self, visit: Visit, on: date, slots: Sequence[int]) -> None:
        ranked = self.ranked(visit.kid, visit.institution, on, slots)

        def full(group: Group) -> tuple[date, int] | None:
            is_own = (group.id, on) == (visit.group, visit.on)
            return self.first_full(group, on, set(slots) - (visit.held if is_own else set()))

        # Its own class day first: that is one statement, and the child stays with its carers.
        ordered = sorted(ranked, key=lambda g: (g.id, on) != (visit.group, visit.on))
        fitting = [group for group in ordered if not full(group)]
        refusals = []
        if self.elsewhere(visit.kid, on, slots, besides=visit):
            refusals.append("child-elsewhere")
        if not fitting:
            refusals.append("no-place")
        if refusals:
            raise Refused(*refusals, at=full(ranked[0]))
        visit.group, visit.on = fitting[0].id, on
        visit.agreed, visit.held = tuple(slots), set(slots)

    # Long-term care

    def enrol(
        self,
        kid: Kid,
        institution: int,
        weekdays: Sequence[int],
        slots: Sequence[int],
        from_on: date,
    ) -> Enrolled:
        made: list[Enrolled] = []

        def place() -> None:
            entry = Enrolled(0, kid, institution, tuple(weekdays), tuple(slots), from_on)
            made[:] = [entry]
            self._segments(entry)
            self._stays(entry)
            self.enrolled.append(entry)

        days = {(g, on) for g, on in self.opened if self.groups[g].institution == institution}
        self.attempt(place, {day for day in days if day[1] >= from_on}, kid)
        return made[0]

    def _segments(self, entry: Enrolled) -> None:
        cursor = entry.from_on
        while True:
            groups = self.fitting(entry.kid, entry.institution, cursor)
            problems = []
            for group in groups:
                leaves = birthday(entry.kid.born, group.oldest + 1) - DAY
                until = end_of_month(leaves)
                full = self._first_full_day(entry, group, cursor, until)
                if full is None:
                    entry.segments.append((group.id, cursor, until))
                    cursor = until + DAY
                    break
                problems.append(full)
            else:
                break
        if entry.segments:
            return
        if not groups:
            raise Refused("no-class-for-age")
        raise Refused("no-place", at=problems[0])

    def _first_full_day(
        self, entry: Enrolled, group: Group, on: date, until: date
    ) -> tuple[date, int] | None:
        last_opened = max((day for g, day in self.opened if g == group.id), default=date.min)
        while on <= until:
            full = None
            if on > last_opened:
                full = self._planned_full(entry, group, on)
            elif self._comes(entry, group, on):
                full = self.first_full(group, on, self.left(on, entry.slots))
            if full:
                return full
            on += DAY
        return None

    def _comes(self, entry: Enrolled, group: Group, on: date) -> bool:
        return self.weekday(on) in entry.weekdays and self.hours(group, on) is not None

    def _planned_full(self, entry: Enrolled, group: Group, on: date) -> tuple[date, int] | None:
        """Beyond the opened days only weekdays count: the plan knows no holidays yet."""
        if on.isoweekday() not in entry.weekdays:
            return None
        there = [
            other
            for other in self.enrolled
            if on.isoweekday() in other.weekdays
            and any(g == group.id and a <= on <= b for g, a, b in other.segments)
        ]
        for slot in entry.slots:
            if sum(slot in other.slots for other in there) >= group.most:
                return on, slot
        return None

    def _stays(self, entry: Enrolled) -> None:
        for group_id, since, until in entry.segments:
            group = self.groups[group_id]
            for on in sorted(day for g, day in self.opened if g == group_id):
                slots = self.left(on, entry.slots)
                if not since <= on <= until or not slots or not self._comes(entry, group, on):
                    continue
                if self.elsewhere(entry.kid, on, slots):
                    raise Refused("child-elsewhere")
                visit = Visit(
                    entry.kid, entry.institution, group_id, on, "expected", tuple(slots), set(slots)
                )
                visit.enrolment = -1
                self.visits.append(visit)

    def end(self, entry: Enrolled, on: date) -> None:
        if entry.ends_on is not None and entry.ends_on <= on:
            return
        for visit in self.visits:
            is_later = visit.enrolment == entry.id and visit.on > on
            if is_later and visit.state in ("expected", "absent"):
                self.leave(visit, "cancelled")
        cut = [(g, a, min(b, on)) for g, a, b in entry.segments if a <= on]
        entry.segments, entry.ends_on = cut, max(on, entry.from_on)

    def declare_absence(self, kid: Kid, from_on: date, to_on: date, slots: Sequence[int]) -> Away:
        mine = [entry for entry in self.enrolled if entry.kid == kid]
        if not any(
            entry.from_on <= to_on and (entry.ends_on is None or entry.ends_on >= from_on)
            for entry in mine
        ):
            raise Refused("not-enrolled")
        away = Away(kid, from_on, to_on, tuple(slots))
        self.absences.append(away)
        for visit in self._concerned(away, PRESENT_OR_COMING):
            left = set(self.left(visit.on, visit.held))
            freed = {slot for slot in left if away.covers(visit.on, slot)}
            visit.held -= freed
            if visit.state == "expected" and left and left == freed:
                visit.state, visit.undone = "absent", False
        return away

    def _concerned(self, away: Away, states: Sequence[str]) -> list[Visit]:
        found = [
            visit
            for visit in self.visits
            if visit.kid == away.kid and visit.enrolment and visit.state in states
            if away.from_on <= visit.on <= away.to_on
        ]
        return sorted(found, key=lambda visit: visit.on)

    def take_back(self, away: Away) -> None:
        if away.withdrawn:
            return
        concerned = self._concerned(away, (*PRESENT_OR_COMING, "absent"))
        away.withdrawn = True

        def come() -> None:
            for visit in concerned:
                self._come(visit, away)

        try:
            self.attempt(come, {(visit.group, visit.on) for visit in concerned}, away.kid)
        except Refused:
            away.withdrawn = False
            raise

    def _come(self, visit: Visit, away: Away) -> None:
        back = {
            slot
            for slot in self.left(visit.on, visit.agreed)
            if slot in away.slots and not self.is_away(visit.kid, visit.on, slot)
        } - visit.held
        if back:
            self.retake(visit, back)
            visit.state = "expected" if visit.state == "absent" else visit.state

    # The institution and the city

    def change_shifts(self, group: Group, on: date, shifts: Sequence[tuple[int, int]]) -> None:
        self.rosters[group.id, on] = list(shifts)
        self.replan(group.institution, [on])

    def close(self, institution: int, group: int | None, from_on: date, to_on: date) -> Closing:
        inside = [key for key in self.openings if key[0] == institution]
        inside = [key for key in inside if from_on <= key[1] <= to_on]
        if inside and group is not None:
            raise Refused("opened-by-date")
        for key in inside:
            del self.openings[key]
        closing = Closing(institution, group, from_on, to_on)
        self.closings.append(closing)
        for visit in self.visits:
            is_meant = visit.institution == institution and group in (None, visit.group)
            if is_meant and from_on <= visit.on <= to_on:
                self._send_home(visit)
        return closing

    def _send_home(self, visit: Visit) -> None:
        if self.is_dead(visit):
            self.leave(visit, "expired")
        elif visit.enrolment and visit.state in ("expected", "absent"):
            self.leave(visit, "cancelled")
            visit.closed = True
        elif not visit.enrolment and visit.state in (*DEAD_OR_ALIVE, "expected"):
            self.leave(visit, "cancelled")

    def lift(self, closing: Closing) -> None:
        days = days_between(max(closing.from_on, self.now.date()), closing.to_on)
        self.end_dead_of_enrolled(closing.institution, days)
        if not closing.lifted:
            closing.lifted = True
            self.replan(closing.institution, days)

    def open_on(self, institution: int, on: date, opens: int, closes: int) -> None:
        self.openings[institution, on] = (opens, closes)
        self.replan(institution, [on])

    def keep_calendar(self, on: date, runs: int | None, institutions: Iterable[int]) -> None:
        self.holidays[on] = runs
        for institution in institutions:
            self.replan(institution, [on])
