"""The day as the front desk lives it: who is late, who is here, who may collect whom, and how the
children present compare with the carers on shift.

A day of any size costs the same number of queries.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from childcare import clock, enrolments, schedule, stays
from childcare.actors import DESK, Actor
from childcare.capacity import ClassDay
from childcare.db import one
from childcare.enrolments import Absence
from childcare.institutions import ClassGroup
from childcare.people import Guardian
from childcare.reports import stamps
from childcare.reports.board import BoardClass, BoardStay, day_board
from childcare.reports.who import Happening, Who, names_of
from childcare.schedule import Timetable
from childcare.stays import State, Stay, StayEvent

LATE_AFTER = timedelta(minutes=15)
# A page left open is drawn anew this often though nobody did anything: children become late.
FRESH_FOR = timedelta(minutes=1)


class Standing(StrEnum):
    """Where a child's day stands."""

    LATE = "late"
    REQUESTED = "requested"
    EXPECTED = "expected"
    PRESENT = "present"
    NO_SHOW = "no_show"
    ABSENT = "absent"
    LEFT = "left"


_STANDINGS = {
    State.REQUESTED: Standing.REQUESTED,
    State.EXPECTED: Standing.EXPECTED,
    State.CHECKED_IN: Standing.PRESENT,
    State.NO_SHOW: Standing.NO_SHOW,
    State.ABSENT: Standing.ABSENT,
    State.COMPLETED: Standing.LEFT,
}
# The late first; who comes, is here or is asked for by the hour and the name, so that a row stays
# where it is when its child comes; what is over below.
_RANKS = {Standing.LATE: 0, Standing.NO_SHOW: 2, Standing.ABSENT: 2, Standing.LEFT: 2}


@dataclass(frozen=True)
class DeskRow:
    """One child's stay; what is personal is empty where its record is closed to the desk."""

    board: BoardStay
    standing: Standing
    pick_up: Sequence[Guardian]
    absences: Sequence[Absence]
    last: Happening | None
    is_first_visit: bool

    @property
    def stay(self) -> Stay:
        return self.board.stay

    @property
    def name(self) -> str:
        return self.board.child.name if self.board.child else ""


@dataclass(frozen=True)
class DeskSlot:
    """One half hour: places, children that count, children who are (or were) here."""

    slot: int
    capacity: int
    taken: int
    present: int

    @property
    def over(self) -> int:
        return max(self.taken - self.capacity, 0)


@dataclass(frozen=True)
class Now:
    """The ratio at this moment: `allowed` children by the carers on shift, never above places."""

    present: int
    carers: int
    allowed: int

    @property
    def over(self) -> int:
        return max(self.present - self.allowed, 0)


@dataclass(frozen=True)
class DeskClass:
    """One class on one day; `now` only on the day itself."""

    group: ClassGroup
    is_opened: bool
    rows: Sequence[DeskRow]
    slots: Sequence[DeskSlot]
    now: Now | None
    counts: Mapping[Standing, int]


@dataclass(frozen=True)
class DeskDay:
    institution_id: int
    on: date
    at: datetime
    classes: Sequence[DeskClass]
    counts: Mapping[Standing, int]
    stamp: str

    @property
    def rows(self) -> list[DeskRow]:
        return [row for each in self.classes for row in each.rows]


def desk_day(
    session: Session, actor: Actor, *, institution_id: int, on: date, now: datetime
) -> DeskDay:
    """A day at the desk: late first, then by start and name, in each class.

    Every child shown is written to its family's access log. Raises `Forbidden`, `NotFound`.
    """
    stamp = day_stamp(session, actor, institution_id=institution_id, on=on, now=now)
    board = day_board(session, actor, institution_id=institution_id, on=on)
    known = [row for each in board for row in each.stays if row.child is not None]
    rows = _Rows(session, institution_id, on, now, known)
    table = schedule.timetable(session, institution_id, [each.group.id for each in board], on, on)
    classes = [_class(each, rows, table, on, now) for each in board]
    counts = Counter(row.standing for each in classes for row in each.rows)
    return DeskDay(institution_id, on, now, classes, counts, stamp)


class _Rows:
    """What the rows of a day need beyond the board, each read once for all of them."""

    def __init__(
        self,
        session: Session,
        institution_id: int,
        on: date,
        now: datetime,
        known: Sequence[BoardStay],
    ) -> None:
        self.on, self.now = on, now
        families = {row.stay.family_id for row in known}
        enrolled = {row.stay.child_id for row in known if row.stay.source == "enrolment"}
        self.guardians = _guardians(session, families)
        self.absences = enrolments.absences_between(session, enrolled, on, on)
        self.last = _last_events(session, institution_id, on, families)
        self.visited = _visited(session, institution_id, on, {row.stay.child_id for row in known})

    def row(self, found: BoardStay) -> DeskRow:
        stay = found.stay
        is_open = found.child is not None
        is_enrolled = stay.source == "enrolment"
        return DeskRow(
            board=found,
            standing=_standing(stay, self.on, self.now),
            pick_up=self.guardians.get(stay.family_id, ()) if is_open else (),
            absences=self.absences.get(stay.child_id, ()) if is_enrolled else (),
            last=self.last.get(stay.id),
            is_first_visit=is_open and not is_enrolled and stay.child_id not in self.visited,
        )


def _standing(stay: Stay, on: date, now: datetime) -> Standing:
    is_late = clock.today(now) == on and now >= stay.starts_at + LATE_AFTER
    if stay.state == State.EXPECTED and is_late:
        return Standing.LATE
    return _STANDINGS[State(stay.state)]


def _class(board: BoardClass, rows: _Rows, table: Timetable, on: date, now: datetime) -> DeskClass:
    made = sorted(
        (rows.row(found) for found in board.stays),
        key=lambda row: (_RANKS.get(row.standing, 1), row.stay.starts_at, row.name, row.stay.id),
    )
    is_today = clock.today(now) == on
    return DeskClass(
        group=board.group,
        is_opened=board.day is not None,
        rows=made,
        slots=_slots(board.day, made, on, now),
        now=_now(board.group, made, table, on, now) if is_today else None,
        counts=Counter(row.standing for row in made),
    )


def _slots(
    day: ClassDay | None, rows: Sequence[DeskRow], on: date, now: datetime
) -> list[DeskSlot]:
    if day is None:
        return []
    present: Counter[int] = Counter()
    for row in rows:
        if row.stay.checked_in_at is not None:
            left_at = row.stay.checked_out_at or now
            first = clock.minutes_of(on, row.stay.checked_in_at) // 30
            present.update(range(first, min(clock.minutes_of(on, left_at) // 30, 47) + 1))
    pairs = enumerate(zip(day.capacity, day.taken, strict=True))
    return [
        DeskSlot(slot, capacity, taken, present[slot])
        for slot, (capacity, taken) in pairs
        if capacity or taken
    ]


def _now(
    group: ClassGroup, rows: Sequence[DeskRow], table: Timetable, on: date, now: datetime
) -> Now:
    carers = table.carers(group.id, on)[clock.minutes_of(on, now) // 30]
    present = sum(row.standing is Standing.PRESENT for row in rows)
    return Now(present, carers, min(group.most, group.ratio * carers))


def _guardians(session: Session, family_ids: Collection[int]) -> dict[int, list[Guardian]]:
    """Everybody who may collect a child, by family: guardians before relatives."""
    query = select(Guardian).where(Guardian.family_id.in_(family_ids), Guardian.erased_at.is_(None))
    found: dict[int, list[Guardian]] = {}
    for person in session.scalars(query.order_by(Guardian.role, Guardian.id)):
        found.setdefault(person.family_id, []).append(person)
    return found


def _last_events(
    session: Session, institution_id: int, on: date, family_ids: Collection[int]
) -> dict[int, Happening]:
    """The newest event of each stay of a day, by stay id."""
    rows = session.scalars(
        select(StayEvent)
        .join(Stay, Stay.id == StayEvent.stay_id)
        .where(Stay.institution_id == institution_id, Stay.on == on)
        .ext(distinct_on(StayEvent.stay_id))
        .order_by(StayEvent.stay_id, StayEvent.id.desc())
    ).all()
    who = names_of(session, {row.actor for row in rows}, family_ids=family_ids)
    return {row.stay_id: _happening(row, who) for row in rows}


def _happening(row: StayEvent, who: Mapping[str, Who]) -> Happening:
    return Happening(row.at, who[row.actor], row.from_state, row.to_state, row.why, row.facts)


def _visited(
    session: Session, institution_id: int, on: date, child_ids: Collection[int]
) -> set[int]:
    """Those of these children who were in care here on an earlier day, or are enrolled."""
    query = select(Stay.child_id).where(
        Stay.institution_id == institution_id,
        Stay.child_id.in_(child_ids),
        (Stay.source == "enrolment")
        | (Stay.on < on) & Stay.state.in_((State.COMPLETED, State.CHECKED_IN)),
    )
    return set(session.scalars(query.distinct()))


def history_of(session: Session, row: DeskRow) -> list[Happening]:
    """Everything that was done to the stay of a row, oldest first."""
    events = stays.events_of(session, row.stay.id)
    families = {row.stay.family_id} if row.board.child else set()
    who = names_of(session, {event.actor for event in events}, family_ids=families)
    return [_happening(event, who) for event in events]


def done_before(session: Session, actor: Actor, stay: Stay, *, now: datetime) -> Happening | None:
    """What somebody else, or an earlier press, had done already where a command changed nothing."""
    last = stays.events_of(session, stay.id)[-1]
    if (last.at, last.actor) == (now, actor.label):
        return None
    return _happening(last, names_of(session, {last.actor}, family_ids=()))


def stay_here(session: Session, actor: Actor, *, institution_id: int, stay_id: int) -> Stay:
    """A stay at the desk's own institution. Raises `Forbidden`, `NotFound`."""
    actor.require(institution_id, *DESK)
    query = select(Stay).where(Stay.id == stay_id, Stay.institution_id == institution_id)
    return one(session, query)


def day_stamp(
    session: Session, actor: Actor, *, institution_id: int, on: date, now: datetime
) -> str:
    """What changes when the desk's day does: one cheap query; another one every minute.

    Raises `Forbidden`.
    """
    actor.require(institution_id, *DESK)
    events = (
        select(func.count(StayEvent.id), func.max(StayEvent.id))
        .join(Stay, Stay.id == StayEvent.stay_id)
        .where(Stay.institution_id == institution_id, Stay.on == on)
        .subquery()
    )
    kept = stamps.places(institution_id, on), stamps.rosters(institution_id, on)
    row = session.execute(select(events, *kept)).one()
    minute = int(now.timestamp() // FRESH_FOR.total_seconds())
    return stamps.stamp_of(*row, on, minute)
