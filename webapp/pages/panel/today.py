"""Today: who is expected, here, late, away or gone; the door; requests; absences.

Every act answers the board as it is afterwards, so that two desks never contradict each other. A
refusal stands in the row it is about.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Literal, Protocol, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from childcare import bookings, clock, enrolments, reports
from childcare.actors import Actor, Role
from childcare.bookings import Booking
from childcare.errors import DomainError, Malformed, NotFound
from childcare.reports import DeskDay, DeskRow, Happening
from childcare.stays import Stay
from webapp.fields import Day, Params, Reason, TextId, Time, Words
from webapp.pages import access, forms
from webapp.pages.panel import desk_words, finding
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, is_part, page, unchanged

ROOM = "/<int:institution_id>/today"
STAY = f"{ROOM}/stays/<int:stay_id>"


class Shown(Params):
    """What of a day is in sight: which children, which row is open, and the stamp it has."""

    date: Day | None = None
    show: desk_words.Shows | None = None
    stay: TextId | None = None
    stamp: str = ""

    def query(self, **changes: object) -> str:
        """The address's query that shows the same but for `changes`."""
        facts = {"date": self.date, "show": self.show, "stay": self.stay, **changes}
        return urlencode({name: str(fact) for name, fact in facts.items() if fact is not None})


class Why(Shown):
    """A reason, which the family reads."""

    reason: Reason


class How(StrEnum):
    """How much of a day a child stays away."""

    DAY = "day"
    REST = "rest"
    HOURS = "hours"


class Away(Shown):
    """An absence: whole days, the rest of today, or hours."""

    how: How
    until: Day | None = None
    start: Time | None = None
    end: Time | None = None
    reason: Words = ""


class Arrival(Shown):
    """Whom somebody at the door is: what was typed, or the row that was chosen."""

    find: Annotated[str, Field(max_length=80)] = ""
    child: TextId | None = None
    # The rows that a number typed after the words counts.
    seen: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True)
class Said:
    """What to tell about one row, or about the day (no row)."""

    stay_id: int | None
    refusal: DomainError | None = None
    earlier: Happening | None = None
    matches: int | None = None


@dataclass(frozen=True)
class Board:
    """The day with the one row that is open."""

    day: DeskDay
    today: date
    history: Sequence[Happening]


Form = TypeVar("Form", bound=Shown)
Command = Callable[[Session, Actor, Stay, Form], object]


class Step(Protocol):
    """What the desk does at the door."""

    def __call__(self, session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay: ...


STEPS: dict[str, Step] = {
    "check-in": bookings.check_in,
    "check-out": bookings.check_out,
    "no-show": bookings.no_show,
    "undo-check-in": bookings.undo_check_in,
    "undo-check-out": bookings.undo_check_out,
}
StepName = Literal["check-in", "check-out", "no-show", "undo-check-in", "undo-check-out"]


@panel.get(ROOM)
def show_today(institution_id: int) -> Response:
    """The day; where it is asked for again and nothing changed, nothing is sent."""
    shown = forms.read_query(Shown)
    if is_part() and shown.stamp and shown.stamp == _stamp(institution_id, shown):
        return unchanged()
    return _board(institution_id, shown)


def _stamp(institution_id: int, shown: Shown) -> str:
    def stamp(session: Session, actor: Actor) -> str:
        now = clock.now(session)
        on = shown.date or clock.today(now)
        return reports.day_stamp(session, actor, institution_id=institution_id, on=on, now=now)

    return access.look(stamp)


def _read(institution_id: int, shown: Shown) -> Board:
    def read(session: Session, actor: Actor) -> Board:
        now = clock.now(session)
        today = clock.today(now)
        day = reports.desk_day(
            session, actor, institution_id=institution_id, on=shown.date or today, now=now
        )
        opened = next((row for row in day.rows if row.stay.id == shown.stay), None)
        history = reports.history_of(session, opened) if opened else []
        return Board(day, today, history)

    return access.look_and_record(read)


def _board(
    institution_id: int,
    shown: Shown,
    said: Said | None = None,
    *,
    find: str = "",
    found: Collection[int] | None = None,
) -> Response:
    read = _read(institution_id, shown)
    return page(
        "panel/today.html",
        part="panel/today_board.html",
        status=_status(said),
        read=read,
        day=read.day,
        shown=shown,
        said=said,
        find=find,
        found=found,
        room=f"/panel/{institution_id}/today",
        step=timedelta(days=1),
        is_director=_is_director(institution_id),
        finding=finding,
        words=desk_words,
    )


def _is_director(institution_id: int) -> bool:
    found = access.visitor()
    return found is not None and found.actor.may(institution_id, Role.DIRECTOR)


def _status(said: Said | None) -> int:
    return said.refusal.status if said and said.refusal else HTTPStatus.OK


def _done(institution_id: int, shown: Shown, stay_id: int) -> Response:
    """Back to the day: the board itself where htmx asks, else by its address."""
    if is_part():
        return _board(institution_id, shown)
    return go(f"/panel/{institution_id}/today?{shown.query()}#stay-{stay_id}")


def _act(institution_id: int, stay_id: int, kind: type[Form], command: Command[Form]) -> Response:
    """Do something to a stay of this institution; what stands in the way is told in its row."""

    def again(refusal: DomainError) -> Response:
        return _board(institution_id, _place(), Said(stay_id, refusal))

    def action() -> Response:
        form = forms.read(kind)

        def acted(session: Session, actor: Actor) -> None:
            stay = reports.stay_here(session, actor, institution_id=institution_id, stay_id=stay_id)
            command(session, actor, stay, form)

        access.write(acted)
        return _done(institution_id, form, stay_id)

    return forms.submit(action, again)


def _place() -> Shown:
    """What was in sight when a form was sent, whatever else was wrong with it."""
    known = {name: request.form.get(name, "") for name in Shown.model_fields}
    try:
        return Shown.model_validate({name: said for name, said in known.items() if said})
    except ValidationError:
        return Shown()


@panel.post(f"{STAY}/<any({', '.join(repr(step) for step in STEPS)}):step>")
def pass_door(institution_id: int, stay_id: int, step: StepName) -> Response:
    """A child has come, left or did not come, or that was a slip; the second press shows whose
    was the first.
    """

    def again(refusal: DomainError) -> Response:
        return _board(institution_id, _place(), Said(stay_id, refusal))

    return forms.submit(lambda: _pass(institution_id, stay_id, step, forms.read(Shown)), again)


def _pass(institution_id: int, stay_id: int, step: StepName, shown: Shown) -> Response:
    def passed(session: Session, actor: Actor) -> Happening | None:
        now = clock.now(session)
        reports.stay_here(session, actor, institution_id=institution_id, stay_id=stay_id)
        stay = STEPS[step](session, actor, stay_id=stay_id, now=now)
        return reports.done_before(session, actor, stay, now=now)

    earlier = access.write(passed)
    if earlier is not None:
        return _board(institution_id, shown, Said(stay_id, earlier=earlier))
    made = _done(institution_id, shown, stay_id)
    made.headers["HX-Trigger"] = "desk-done"
    return made


@panel.post(f"{ROOM}/arrivals")
def arrive(institution_id: int) -> Response:
    """Check in whom the words typed name, if that is one child; else show who it may be."""

    def again(refusal: DomainError) -> Response:
        return _board(institution_id, _place(), Said(None, refusal))

    return forms.submit(lambda: _arrive(institution_id, forms.read(Arrival)), again)


def _arrive(institution_id: int, form: Arrival) -> Response:
    shown = Shown(date=form.date, show=form.show, stay=form.stay)
    if form.child is not None:
        return _checked_in(institution_id, shown, form.child)
    text, number = finding.choice(form.find)
    if not text:
        return _board(institution_id, shown)
    found = finding.matching(_read(institution_id, shown).day.rows, text)
    waiting = [row for row in found if row.standing in finding.WAITING]
    stay_id = _chosen(form, waiting, number)
    if stay_id is not None:
        return _checked_in(institution_id, shown, stay_id)
    ids = {row.stay.id for row in found}
    every = shown.model_copy(update={"show": None})
    return _board(institution_id, every, Said(None, matches=len(found)), find=text, found=ids)


def _chosen(form: Arrival, waiting: Sequence[DeskRow], number: int | None) -> int | None:
    if number is None:
        return waiting[0].stay.id if len(waiting) == 1 else None
    # A number means what stood on the page, though somebody else was quicker meanwhile.
    ids = [int(word) for word in form.seen.split() if word.isdecimal()]
    ids = ids or [row.stay.id for row in waiting]
    return ids[number - 1] if number <= len(ids) else None


def _checked_in(institution_id: int, shown: Shown, stay_id: int) -> Response:
    try:
        return _pass(institution_id, stay_id, "check-in", shown)
    except NotFound:
        raise
    except DomainError as refusal:
        return _board(institution_id, shown, Said(stay_id, refusal))


@panel.post(f"{STAY}/approve")
def approve(institution_id: int, stay_id: int) -> Response:
    """Accept a first visit."""

    def approved(session: Session, actor: Actor, stay: Stay, _: Shown) -> None:
        found = _booking(session, stay)
        bookings.approve(session, actor, booking_id=found.id, now=clock.now(session))

    return _act(institution_id, stay_id, Shown, approved)


@panel.post(f"{STAY}/reject")
def reject(institution_id: int, stay_id: int) -> Response:
    """Decline a first visit, with a reason the family reads."""

    def rejected(session: Session, actor: Actor, stay: Stay, form: Why) -> None:
        found = _booking(session, stay)
        bookings.reject(
            session, actor, booking_id=found.id, reason=form.reason, now=clock.now(session)
        )

    return _act(institution_id, stay_id, Why, rejected)


@panel.post(f"{STAY}/cancel")
def cancel(institution_id: int, stay_id: int) -> Response:
    """Take a booking back, by a director: the family pays nothing and reads the reason."""

    def cancelled(session: Session, actor: Actor, stay: Stay, form: Why) -> None:
        found = _booking(session, stay)
        bookings.cancel_by_institution(
            session, actor, booking_id=found.id, reason=form.reason, now=clock.now(session)
        )

    return _act(institution_id, stay_id, Why, cancelled)


def _booking(session: Session, stay: Stay) -> Booking:
    found = bookings.find_by_stay(session, stay.id)
    if found is None:
        raise NotFound
    return found


@panel.post(f"{STAY}/absence")
def declare_absence(institution_id: int, stay_id: int) -> Response:
    """An enrolled child stays away: its places are free at once."""

    def declared(session: Session, actor: Actor, stay: Stay, form: Away) -> None:
        start, end = _hours(form, stay, now=clock.now(session))
        enrolments.declare_absence(
            session,
            actor,
            child_id=stay.child_id,
            from_on=stay.on,
            to_on=form.until or stay.on,
            start=start,
            end=end,
            reason=form.reason,
            now=clock.now(session),
        )

    return _act(institution_id, stay_id, Away, declared)


def _hours(form: Away, stay: Stay, *, now: datetime) -> tuple[int | None, int | None]:
    match form.how:
        case How.DAY:
            return None, None
        case How.REST:
            return clock.first_slot_from(stay.on, now) * 30, 1440
        case How.HOURS:
            if form.start is None or form.end is None:
                raise Malformed("start" if form.start is None else "end", "required")
            return form.start, form.end


@panel.post(f"{STAY}/absences/<int:absence_id>/take-back")
def take_back(institution_id: int, stay_id: int, absence_id: int) -> Response:
    """The child comes after all, if its place is still free."""

    def taken_back(session: Session, actor: Actor, stay: Stay, _: Shown) -> None:
        found = enrolments.absence(session, actor, absence_id)
        # An absence reaches all institutions of a child; only where it is enrolled may undo it.
        if found.child_id != stay.child_id or stay.source != "enrolment":
            raise NotFound
        enrolments.take_back(session, actor, absence_id=absence_id, now=clock.now(session))

    return _act(institution_id, stay_id, Shown, taken_back)
