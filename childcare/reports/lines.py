"""A line of an institution's log, and which lines a reader wants.

Lines carry codes and ids; `log` resolves names, the front end finds words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from childcare import clock
from childcare.actors import Kind
from childcare.institutions import ClassGroup
from childcare.reports.who import Who

FEWEST = 50  # entries a page


NOBODY_KNOWN = Who(Kind.SYSTEM)


class Subject(StrEnum):
    """What a line is about, for finding."""

    DOOR = "door"
    BOOKINGS = "bookings"
    ABSENCES = "absences"
    WAITLIST = "waitlist"
    PLANNING = "planning"
    PEOPLE = "people"
    # Days of enrolled children, as they are opened; and who looked at a record.
    ROUTINE = "routine"
    LOOKS = "looks"


# Asked for, not shown among what people did: they would drown the rest.
EVERYTHING = frozenset(Subject) - {Subject.LOOKS, Subject.ROUTINE}


@dataclass(frozen=True)
class Cursor:
    """The last line of a page: the next begins after it."""

    at: datetime
    source: str
    id: int


@dataclass(frozen=True)
class Wanted:
    """Which lines: days, both included; about whom, by whom and about what."""

    institution_id: int
    from_on: date
    to_on: date
    subjects: frozenset[Subject] = EVERYTHING
    # Labels of actors, or kinds of actors; none means everybody.
    by: tuple[str, ...] = ()
    child_id: int | None = None
    before: Cursor | None = None
    limit: int = FEWEST


@dataclass(frozen=True)
class Entry:
    """One line, with ids to be resolved and codes to be put in words."""

    at: datetime
    source: str
    id: int
    actor: str
    action: str
    why: str = ""
    # A person's own words that are kept elsewhere: an absence's reason, an objection.
    said: str = ""
    was: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    child_id: int | None = None
    class_id: int | None = None
    on: date | None = None
    # The last day, where it is about several from `on`.
    to_on: date | None = None
    code: str = ""
    hours: clock.Period | None = None
    subject_id: int = 0
    # The label of the staff member it is about.
    about: str = ""
    # Filled when the page is put together; empty where they are nobody's business here.
    who: Who = NOBODY_KNOWN
    whom: Who | None = None
    child: str = ""
    # Its record is open here, so that its lines may be asked for.
    is_in_care: bool = False
    group: ClassGroup | None = None

    @property
    def key(self) -> tuple[datetime, str, int]:
        return (self.at, self.source, self.id)


@dataclass(frozen=True)
class LogPage:
    """Lines of a page, newest first; `next` begins the following one, None at the end."""

    entries: Sequence[Entry]
    next: Cursor | None


Source = Callable[[Session, Wanted], Sequence[Entry]]


def within(
    wanted: Wanted,
    source: str,
    at: InstrumentedAttribute[datetime],
    id_: InstrumentedAttribute[int],
) -> list[ColumnElement[bool]]:
    """A source's lines of the days wanted that come after the cursor, for its own query."""
    limits = [
        at >= clock.midnight(wanted.from_on),
        at < clock.midnight(wanted.to_on + timedelta(days=1)),
    ]
    if wanted.before is not None:
        last = wanted.before
        if source == last.source:
            limits.append(tuple_(at, id_) < tuple_(last.at, last.id))
        else:
            # Lines of one instant stand by source, so a later source's have been shown.
            limits.append(at <= last.at if source < last.source else at < last.at)
    return limits


def by(wanted: Wanted, actor: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """A source's lines of whoever is wanted."""
    if not wanted.by:
        return []
    of_kinds = [actor.startswith(f"{one}:", autoescape=True) for one in wanted.by]
    return [or_(actor.in_(wanted.by), *of_kinds)]
