"""Carers today: whose hours are which, what a change would overfill, and closing days.

The front desk sees it; only a director changes it. What a change does is counted before it is made.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask import Response, request
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from childcare import clock, planning, reports
from childcare.actors import Actor, Role
from childcare.errors import DomainError, Malformed
from childcare.i18n import gettext as _
from childcare.reports import CarersChanged, CarersDay, Consequences, Preview
from childcare.schedule import Shift
from webapp.fields import Day, Line, Params, Reason, TextId, TextWhole
from webapp.pages import access, forms
from webapp.pages.panel import carer_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, is_part, page, unchanged

ROOM = "/<int:institution_id>/carers"
CLASS = f"{ROOM}/classes/<int:class_id>"
CARERS = 20
LONGEST_CLOSURE = timedelta(days=366)


class Shown(Params):
    """The day in sight, and the stamp it has."""

    date: Day | None = None
    stamp: str = ""


class Do(StrEnum):
    """What a press of a class's form asks for; only saving changes anything."""

    PREVIEW = "preview"
    ADD = "add"
    USUAL = "usual"
    SAVE = "save"


class ShiftsTyped(Params):
    """The carers of one class on one date, as they stand in the form: three columns."""

    date: Day
    do: Do = Do.PREVIEW
    # The number of the last change that the page showed when the form was filled in.
    seen: TextWhole = 0
    carer: list[Line] = Field([], max_length=CARERS + 1)
    start: list[Line] = Field([], max_length=CARERS + 1)
    end: list[Line] = Field([], max_length=CARERS + 1)


class Closing(Params):
    """Whole days, both included; of one class or, without one, of all."""

    class_id: TextId | None = None
    from_date: Day
    to_date: Day
    reason: Reason
    sure: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a class's form as it was typed."""

    carer: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True)
class Draft:
    """What was typed for one class, and what it would do; nothing of it is saved."""

    class_id: int
    rows: Sequence[Row]
    preview: Preview | None = None
    refusal: DomainError | None = None


@dataclass(frozen=True)
class Asked:
    """A closing that waits for a second press, with what it would do."""

    closing: Closing | None = None
    counted: Consequences | None = None
    refusal: DomainError | None = None


@panel.get(ROOM)
def show_carers(institution_id: int) -> Response:
    """The carers of a day by class, and the closures to come; nothing where nothing changed."""
    shown = forms.read_query(Shown)
    if is_part() and shown.stamp and shown.stamp == _stamp(institution_id, shown.date):
        return unchanged()
    return _carers(institution_id, shown.date)


def _stamp(institution_id: int, on: date | None) -> str:
    def stamp(session: Session, actor: Actor) -> str:
        now = clock.now(session)
        on_day = on or clock.today(now)
        return reports.carers_stamp(
            session, actor, institution_id=institution_id, on=on_day, now=now
        )

    return access.look(stamp)


def _carers(
    institution_id: int, on: date | None, draft: Draft | None = None, asked: Asked | None = None
) -> Response:
    def read(session: Session, actor: Actor) -> CarersDay:
        now = clock.now(session)
        return reports.carers_day(
            session, actor, institution_id=institution_id, on=on or clock.today(now), now=now
        )

    day = access.look(read)
    refusal = draft.refusal if draft else asked.refusal if asked else None
    return page(
        "panel/carers.html",
        part="panel/carers_board.html",
        status=refusal.status if refusal else 200,
        day=day,
        draft=draft,
        asked=asked,
        rows=_rows,
        room=f"/panel/{institution_id}/carers",
        is_director=_is_director(institution_id),
        words=carer_words,
        step=timedelta(days=1),
    )


def _is_director(institution_id: int) -> bool:
    found = access.visitor()
    return found is not None and found.actor.may(institution_id, Role.DIRECTOR)


def _rows(shifts: Sequence[Shift]) -> list[Row]:
    """The rows of a form: what there is, and an empty one to add somebody."""
    return [Row(s.carer, carer_words.hhmm(s.starts), carer_words.hhmm(s.ends)) for s in shifts] + [
        Row()
    ]


@panel.post(f"{CLASS}/shifts")
def change_shifts(institution_id: int, class_id: int) -> Response:
    """Show what other carers would do to a class's day, or make it so."""
    typed = _typed()

    def again(refusal: DomainError) -> Response:
        return _drawn(institution_id, _day(), Draft(class_id, typed, refusal=refusal))

    return forms.submit(
        lambda: _change(institution_id, class_id, forms.read(ShiftsTyped), typed), again
    )


def _day() -> date | None:
    """The day in sight when a form was sent, whatever else was wrong with it."""
    try:
        return Shown.model_validate({"date": request.form.get("date")}).date
    except ValidationError:
        return None


def _typed() -> list[Row]:
    """The rows as they stand: empty fields count, so that columns stay beside each other."""
    columns = (request.form.getlist(name) for name in ("carer", "start", "end"))
    return [Row(*(field.strip() for field in row)) for row in zip(*columns, strict=False)]


def _change(institution_id: int, class_id: int, form: ShiftsTyped, typed: list[Row]) -> Response:
    match form.do:
        case Do.ADD:
            return _drawn(institution_id, form.date, Draft(class_id, [*typed, Row()]))
        case Do.USUAL:
            return _usual(institution_id, class_id, form)
        case Do.PREVIEW:
            found = _preview(institution_id, class_id, form.date, shifts_of(typed))
            return _drawn(institution_id, form.date, Draft(class_id, typed, found))
        case Do.SAVE:
            return _save(institution_id, class_id, form, shifts_of(typed))


def shifts_of(typed: Sequence[Row]) -> list[Shift]:
    """The shifts typed; a row without a name is nobody's. Raises `Malformed` for odd hours."""
    return [_shift(row) for row in typed if row.carer]


def _shift(row: Row) -> Shift:
    try:
        start, end = clock.parse_hhmm(row.start), clock.parse_hhmm(row.end)
    except ValueError:
        raise Malformed(row.carer, "not-a-time") from None
    # Midnight is how a clock writes the end of the day.
    if (end or 1440) <= start:
        raise Malformed(row.carer, "not-after-start")
    return Shift(row.carer, start, end or 1440)


def _preview(institution_id: int, class_id: int, on: date, shifts: Sequence[Shift]) -> Preview:
    def preview(session: Session, actor: Actor) -> Preview:
        reports.class_here(session, actor, institution_id=institution_id, class_id=class_id)
        now = clock.now(session)
        return reports.preview_shifts(
            session, actor, class_id=class_id, on=on, shifts=shifts, now=now
        )

    return access.look(preview)


def _usual(institution_id: int, class_id: int, form: ShiftsTyped) -> Response:
    def usual(session: Session, actor: Actor) -> Sequence[Shift]:
        now = clock.now(session)
        day = reports.carers_day(
            session, actor, institution_id=institution_id, on=form.date, now=now
        )
        return next((one.usual for one in day.classes if one.group.id == class_id), ())

    shifts = access.look(usual)
    found = _preview(institution_id, class_id, form.date, shifts)
    return _drawn(institution_id, form.date, Draft(class_id, _rows(shifts), found))


def _save(
    institution_id: int, class_id: int, form: ShiftsTyped, shifts: Sequence[Shift]
) -> Response:
    def save(session: Session, actor: Actor) -> int:
        now, where = clock.now(session), institution_id
        reports.class_here(session, actor, institution_id=where, class_id=class_id)
        planning.change_shifts(
            session, actor, class_id=class_id, on=form.date, shifts=shifts, now=now
        )
        reports.require_latest(session, class_id=class_id, on=form.date, seen=form.seen)
        return reports.offers_withdrawn(session, actor, institution_id=where, now=now)

    try:
        said = carer_words.saved(access.write(save))
    except CarersChanged:
        # The same press twice, or two people of one mind.
        if not _is_saved(institution_id, class_id, form.date, shifts):
            raise
        said = carer_words.saved(0)
    return go(f"/panel/{institution_id}/carers?date={form.date}", said=said)


def _is_saved(institution_id: int, class_id: int, on: date, shifts: Sequence[Shift]) -> bool:
    def there(session: Session, actor: Actor) -> bool:
        now = clock.now(session)
        day = reports.carers_day(session, actor, institution_id=institution_id, on=on, now=now)
        kept = next((one.shifts for one in day.classes if one.group.id == class_id), ())
        return sorted(map(astuple, kept)) == sorted(map(astuple, shifts))

    return access.look(there)


def _drawn(institution_id: int, on: date | None, draft: Draft) -> Response:
    if not is_part():
        return _carers(institution_id, on, draft)
    refusal = draft.refusal
    return page("panel/carers_preview.html", draft=draft, refusal=refusal, words=carer_words)


@panel.post(f"{ROOM}/closures")
def close(institution_id: int) -> Response:
    """Count what closing would do, and close at the second press."""

    def again(refusal: DomainError) -> Response:
        return _carers(institution_id, None, asked=Asked(refusal=refusal))

    return forms.submit(lambda: _close(institution_id, forms.read(Closing)), again)


def _close(institution_id: int, form: Closing) -> Response:
    if form.to_date < form.from_date:
        raise Malformed("to_date", "not-after-start")
    if form.to_date > form.from_date + LONGEST_CLOSURE:
        raise Malformed("to_date", "too-long")
    if not form.sure:
        counted = access.look(lambda s, a: _count(s, a, institution_id, form))
        return _carers(institution_id, None, asked=Asked(form, counted))
    access.write(lambda s, a: _closed(s, a, institution_id, form))
    return go(f"/panel/{institution_id}/carers", said=_("Closed; everybody concerned is told."))


def _count(session: Session, actor: Actor, institution_id: int, form: Closing) -> Consequences:
    return reports.closing_consequences(
        session,
        actor,
        institution_id=institution_id,
        class_id=form.class_id,
        from_on=form.from_date,
        to_on=form.to_date,
        now=clock.now(session),
    )


def _closed(session: Session, actor: Actor, institution_id: int, form: Closing) -> None:
    planning.close(
        session,
        actor,
        institution_id=institution_id,
        class_id=form.class_id,
        from_on=form.from_date,
        to_on=form.to_date,
        reason=form.reason,
        now=clock.now(session),
    )


@panel.post(f"{ROOM}/closures/<int:closure_id>/lift")
def lift(institution_id: int, closure_id: int) -> Response:
    """End a closure early: its days still ahead are open again."""

    def lifted(session: Session, actor: Actor) -> None:
        reports.closure_here(session, actor, institution_id=institution_id, closure_id=closure_id)
        planning.lift(session, actor, closure_id=closure_id, now=clock.now(session))

    def again(refusal: DomainError) -> Response:
        return _carers(institution_id, None, asked=Asked(refusal=refusal))

    def action() -> Response:
        access.write(lifted)
        said = _("The days are open again.")
        return go(f"/panel/{institution_id}/carers", said=said)

    return forms.submit(action, again)
