"""Time as the domain uses it: the transaction's instant, local days, half-hour slots.

Rules never ask the machine for the time. `db.transaction()` asks the app's clock once and keeps
the answer in ``session.info["now"]``, so that one request is judged by one instant.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

Clock = Callable[[Session], datetime]
Period = Range[datetime]

SLOT = timedelta(minutes=30)
SLOTS_PER_DAY = 48

DEFAULT_ZONE = "Asia/Shanghai"
_zone = {"city": ZoneInfo(DEFAULT_ZONE)}


class SummerTime(ValueError):
    """The zone changes its offset during the year, which half-hour slots of a day cannot carry."""


def use_zone(name: str) -> None:
    """Set the city's zone, once at start-up. Raises `SummerTime` for a zone with summer time."""
    zone = ZoneInfo(name)
    year = datetime.now(UTC).year
    offsets = {datetime(year, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}
    if len(offsets) > 1:
        raise SummerTime(name)
    _zone["city"] = zone


def zone() -> ZoneInfo:
    return _zone["city"]


_CLOCK = text("SELECT clock_timestamp() AS now").columns(now=DateTime(timezone=True))


def database_clock(session: Session) -> datetime:
    """The production clock: the database's own, so that every process agrees."""
    return cast(datetime, session.execute(_CLOCK).scalar_one())


def now(session: Session) -> datetime:
    """The instant by which this transaction judges (aware UTC)."""
    return cast(datetime, session.info["now"])


def local(instant: datetime) -> datetime:
    return instant.astimezone(zone())


def today(instant: datetime) -> date:
    return local(instant).date()


def midnight(on: date) -> datetime:
    """The first instant of a local day, as UTC."""
    return datetime.combine(on, time.min, zone()).astimezone(UTC)


def at(on: date, minutes: int) -> datetime:
    """`minutes` after local midnight of `on`, as UTC; 1440 is the next midnight."""
    return midnight(on) + timedelta(minutes=minutes)


def slot_start(on: date, slot: int) -> datetime:
    return midnight(on) + slot * SLOT


def span(on: date, first: int, last: int) -> Period:
    """The half-open period of the slots `first` … `last` - 1 of a local day."""
    return Range(slot_start(on, first), slot_start(on, last))


def bounds(during: Period) -> tuple[datetime, datetime]:
    """Both ends of a period that is known to have them."""
    return cast(datetime, during.lower), cast(datetime, during.upper)


def minutes_of(on: date, instant: datetime) -> int:
    """Whole minutes since local midnight of `on`; may be negative or beyond 1440."""
    return int((instant - midnight(on)) // timedelta(minutes=1))


def slots_of(on: date, periods: Iterable[Period]) -> list[int]:
    """The slots (0-47) of `on` that the periods cover, in order.

    Periods that count lie on slot borders, so a slot touched is a slot covered.
    """
    found: set[int] = set()
    for during in periods:
        lower, upper = bounds(during)
        first = minutes_of(on, lower) // 30
        last = -(-minutes_of(on, upper) // 30)
        found.update(range(max(first, 0), min(last, SLOTS_PER_DAY)))
    return sorted(found)


def first_slot_from(on: date, instant: datetime) -> int:
    """The first slot of `on` that starts at or after `instant` (0-48)."""
    minutes = -((midnight(on) - instant) // timedelta(minutes=1))
    return min(max(-(-minutes // 30), 0), SLOTS_PER_DAY)


def runs(slots: Iterable[int]) -> list[tuple[int, int]]:
    """Join slots into half-open runs: [18, 19, 24] → [(18, 20), (24, 25)]."""
    joined: list[tuple[int, int]] = []
    for slot in sorted(slots):
        if joined and joined[-1][1] == slot:
            joined[-1] = (joined[-1][0], slot + 1)
        else:
            joined.append((slot, slot + 1))
    return joined


def periods(on: date, slots: Iterable[int]) -> list[Period]:
    """The fewest periods that cover exactly these slots of `on`."""
    return [span(on, first, last) for first, last in runs(slots)]


def hhmm(slot: int) -> str:
    """``"09:30"`` for slot 19; slot 48 is ``"24:00"``."""
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"


def parse_hhmm(text: str) -> int:
    """Minutes of the day for ``"HH:MM"`` (00:00-24:00). Raises ValueError for anything else."""
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
        raise ValueError(text)
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 1440:
        raise ValueError(text)
    return total


def quarter_start(instant: datetime) -> datetime:
    """Local midnight of the first day of the calendar quarter."""
    on = today(instant)
    return midnight(on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1))
