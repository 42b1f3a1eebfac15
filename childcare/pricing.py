"""What a stay costs, and what cancelling it costs. Integer fen; percentages round down."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from childcare.institutions import Offering, Unit


@dataclass(frozen=True)
class Part:
    """One line of a price: `units` of something at `unit_fen` each."""

    what: str
    units: int
    unit_fen: int
    fen: int


@dataclass(frozen=True)
class Price:
    parts: tuple[Part, ...]

    @property
    def fen(self) -> int:
        return sum(part.fen for part in self.parts)

    def as_rows(self) -> list[dict[str, Any]]:
        return [asdict(part) for part in self.parts]


def price(offering: Offering, half_hours: int) -> Price:
    """The price of one stay of `half_hours` slots under an offering."""
    units = half_hours if offering.unit == Unit.HALF_HOUR else 1
    part = Part(offering.form, units, offering.price_fen, units * offering.price_fen)
    return Price((part,))


def percent_of(fen: int, percent: int) -> int:
    return fen * percent // 100


def share_of(fen: int, part: int, whole: int) -> int:
    """`part` of `whole` of a sum, rounded down; nothing of nothing."""
    return fen * part // whole if whole else 0


def cancellation_fee(
    price_fen: int, tiers: Sequence[Sequence[int]], *, starts_at: datetime, now: datetime
) -> int:
    """What cancelling now costs, in fen.

    `tiers` are (minutes before start, percent): the first whose moment is still ahead applies, and
    the last one also after the start. A tier ends at its very minute: 24 h before is still free.
    """
    ahead = starts_at - now
    for minutes, percent in tiers:
        if ahead >= timedelta(minutes=minutes):
            return percent_of(price_fen, percent)
    return percent_of(price_fen, tiers[-1][1]) if tiers else 0


def free_until(tiers: Sequence[Sequence[int]], *, starts_at: datetime) -> datetime:
    """Until when cancelling is free; the start itself if it always is."""
    free = [minutes for minutes, percent in tiers if percent == 0]
    return (
        starts_at - timedelta(minutes=min(free))
        if free
        else datetime.min.replace(tzinfo=starts_at.tzinfo)
    )
