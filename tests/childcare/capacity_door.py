"""The door, in the slow model's words: who came, left or did not come, and what was a slip."""

from datetime import date, timedelta

from tests.childcare.capacity_model import PRESENT_OR_COMING, Model, Refused, Visit

HALF_AN_HOUR = timedelta(minutes=30)
TEN_MINUTES = timedelta(minutes=10)


class Door(Model):
    """Who is expected here may come, leave, or be said not to have come."""

    def check_in(self, visit: Visit) -> None:
        if visit.state == "checked_in":
            return
        if self.now.date() < visit.on:
            raise Refused("too-early")
        if self.now >= visit.ends():
            raise Refused("too-late")
        if visit.state in ("no_show", "absent"):
            slots = self.left(visit.on, visit.agreed)
            days = {(visit.group, visit.on)}
            self.attempt(lambda: self.retake(visit, slots), days, visit.kid)
        elif visit.state != "expected":
            raise Refused("wrong-state")
        visit.state, visit.came = "checked_in", True
        visit.came_at, visit.left_at, visit.undone = self.now, None, False

    def check_out(self, visit: Visit) -> None:
        if visit.state == "completed":
            return
        if visit.state != "checked_in":
            raise Refused("wrong-state")
        self.leave(visit, "completed")
        visit.left_at = self.now

    def undo_check_in(self, visit: Visit) -> None:
        if visit.state == "expected" and visit.undone:
            return
        if visit.state != "checked_in" or visit.came_at is None:
            raise Refused("wrong-state")
        if self.now > visit.came_at + TEN_MINUTES:
            raise Refused("too-late")
        visit.state, visit.came, visit.came_at, visit.undone = "expected", False, None, True

    def undo_check_out(self, visit: Visit) -> None:
        if visit.state == "checked_in" and visit.undone:
            return
        if visit.state != "completed" or visit.left_at is None:
            raise Refused("wrong-state")
        if self.now > visit.left_at + TEN_MINUTES:
            raise Refused("too-late")
        slots = self.left(visit.on, visit.gave)
        self.attempt(lambda: self.retake(visit, slots), {(visit.group, visit.on)}, visit.kid)
        visit.state, visit.left_at, visit.undone = "checked_in", None, True

    def no_show(self, visit: Visit) -> None:
        if visit.state == "no_show":
            return
        if self.now < visit.begins() + HALF_AN_HOUR:
            raise Refused("too-early")
        if visit.enrolment or visit.state != "expected":
            raise Refused("wrong-state")
        self.leave(visit, "no_show")

    def mark_no_show(self, visit: Visit) -> None:
        is_due = self.now >= visit.begins() + HALF_AN_HOUR and visit.state == "expected"
        if is_due and not visit.enrolment and self._desk_works(visit.institution, visit.on):
            self.leave(visit, "no_show")

    def _desk_works(self, institution: int, on: date) -> bool:
        return any(v.came for v in self.visits if (v.institution, v.on) == (institution, on))

    def end_of_day(self, institution: int, on: date) -> None:
        works = self._desk_works(institution, on)
        for visit in self.visits:
            is_here = (visit.institution, visit.on) == (institution, on)
            if not is_here or visit.state not in PRESENT_OR_COMING or visit.ends() > self.now:
                continue
            if visit.state == "checked_in" or not works:
                self.leave(visit, "completed")
            else:
                self.leave(visit, "absent" if visit.enrolment else "no_show")
