"""What the desk sees: the day's stays and places, and what a director changed."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from childcare.capacity import ClassDay
from childcare.reports import BoardClass, BoardStay
from childcare.schedule import Closure, DatedOpening
from childcare.stays import State, Stay
from webapp.shapes.moments import hhmm, instant, local_span, maybe_instant


class BoardChild(TypedDict):
    """What care needs to know of a child; showing it is written to the family's access log."""

    id: int
    name: str
    months: int
    allergies: str
    care_notes: str


class BoardStayShape(TypedDict):
    """One stay of the day. `booking_id` is None for an enrolled child."""

    id: int
    state: State
    child: BoardChild | None
    booking_id: int | None
    code: str | None
    care_form: str | None
    start: str
    end: str
    decide_until: str | None
    checked_in_at: str | None
    checked_out_at: str | None
    reason: str


class CapacitySlot(TypedDict):
    """One half hour: `over` children more than there is capacity for."""

    start: str
    end: str
    capacity: int
    taken: int
    over: int


class BoardClassShape(TypedDict):
    """One class: its slots that are open or taken, and its stays."""

    id: int
    name: str
    name_en: str
    places: int
    is_opened: bool
    slots: list[CapacitySlot]
    stays: list[BoardStayShape]


class Board(TypedDict):
    """One institution's day."""

    institution_id: int
    date: str
    classes: list[BoardClassShape]


class StayShape(TypedDict):
    """A stay after the desk changed it."""

    id: int
    state: State
    child_id: int
    class_id: int
    date: str
    start: str
    end: str
    checked_in_at: str | None
    checked_out_at: str | None


class ShiftsChanged(TypedDict):
    """The class's day as it is now; no slots where the date is not opened yet."""

    class_id: int
    date: str
    slots: list[CapacitySlot]


class ClosureShape(TypedDict):
    """Days on which an institution, or one class of it, takes nobody."""

    id: int
    institution_id: int
    class_id: int | None
    from_date: str
    to_date: str
    reason: str
    lifted_at: str | None


class OpeningShape(TypedDict):
    """A date on which the institution is open by its own decision."""

    id: int
    institution_id: int
    date: str
    start: str
    end: str
    reason: str


def slots(day: ClassDay | None) -> list[CapacitySlot]:
    if day is None:
        return []
    over = day.over
    return [
        {
            "start": hhmm(slot * 30),
            "end": hhmm(slot * 30 + 30),
            "capacity": capacity,
            "taken": taken,
            "over": over.get(slot, 0),
        }
        for slot, (capacity, taken) in enumerate(zip(day.capacity, day.taken, strict=True))
        if capacity or taken
    ]


def board(institution_id: int, on: str, classes: Sequence[BoardClass]) -> Board:
    return {
        "institution_id": institution_id,
        "date": on,
        "classes": [
            {
                "id": one.group.id,
                "name": one.group.name,
                "name_en": one.group.name_en or one.group.name,
                "places": one.group.most,
                "is_opened": one.day is not None,
                "slots": slots(one.day),
                "stays": [_board_stay(row) for row in one.stays],
            }
            for one in classes
        ],
    }


def _board_stay(row: BoardStay) -> BoardStayShape:
    start, end = local_span(row.stay.during)
    requested = row.stay.state == State.REQUESTED
    return {
        "id": row.stay.id,
        "state": State(row.stay.state),
        "child": _child(row),
        "booking_id": row.booking.id if row.booking else None,
        "code": row.booking.code if row.booking else None,
        "care_form": row.booking.form if row.booking else None,
        "start": start,
        "end": end,
        "decide_until": maybe_instant(row.stay.ends_at) if requested else None,
        "checked_in_at": maybe_instant(row.stay.checked_in_at),
        "checked_out_at": maybe_instant(row.stay.checked_out_at),
        "reason": row.stay.reason,
    }


def _child(row: BoardStay) -> BoardChild | None:
    if row.child is None or row.months is None:
        return None
    return {
        "id": row.child.id,
        "name": row.child.name,
        "months": row.months,
        "allergies": row.child.allergies,
        "care_notes": row.child.care_notes,
    }


def stay(found: Stay) -> StayShape:
    start, end = local_span(found.during)
    return {
        "id": found.id,
        "state": State(found.state),
        "child_id": found.child_id,
        "class_id": found.class_id,
        "date": found.on.isoformat(),
        "start": start,
        "end": end,
        "checked_in_at": maybe_instant(found.checked_in_at),
        "checked_out_at": maybe_instant(found.checked_out_at),
    }


def closure(found: Closure) -> ClosureShape:
    return {
        "id": found.id,
        "institution_id": found.institution_id,
        "class_id": found.class_id,
        "from_date": found.from_on.isoformat(),
        "to_date": found.to_on.isoformat(),
        "reason": found.reason,
        "lifted_at": instant(found.lifted_at) if found.lifted_at else None,
    }


def opening(found: DatedOpening) -> OpeningShape:
    return {
        "id": found.id,
        "institution_id": found.institution_id,
        "date": found.on.isoformat(),
        "start": hhmm(found.opens),
        "end": hhmm(found.closes),
        "reason": found.reason,
    }
