"""Families who go on booking while something is killed, and remember what they were told."""

import time
from dataclasses import dataclass, field
from datetime import date

from tests.faults import booking
from tests.faults.callers import Caller, Crowd, Numbers, Tally

CONNECTIONS, INSTITUTIONS, PLENTY = 6, 20, 30_000


def prepare(url: str, families: int) -> list[date]:
    """Room for everybody: a rush is about what is lost, not about who is refused."""
    days = booking.fill(url, institutions=INSTITUTIONS, families=families)
    booking.set_places(url, range(1, INSTITUTIONS + 1), PLENTY)
    return days


@dataclass
class Rush:
    """Every family books once, over several connections, until all have or it is stopped."""

    port: int
    on: date
    families: int
    acknowledged: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turns = Numbers(self.families)
        self._crowd = Crowd(self.port, CONNECTIONS, self._work).start()

    def _work(self, caller: Caller, _number: int) -> None:
        while family := self._turns.next():
            number = booking.book(caller, family, family % INSTITUTIONS + 1, self.on)
            self.acknowledged.append((time.monotonic(), number))

    def stop(self) -> Tally:
        """Let everyone finish what they are at; how all requests ended."""
        self._turns.close()
        return self._crowd.finish()

    @property
    def numbers(self) -> list[int]:
        """The bookings that were acknowledged as firm."""
        return [number for _, number in self.acknowledged]

    def wait_for(self, how_many: int) -> float:
        """Wait until so many more are acknowledged; seconds until the first of them."""
        had, began = len(self.acknowledged), time.monotonic()
        while len(self.acknowledged) < had + how_many:
            if time.monotonic() > began + 60 or not self._crowd.is_busy:
                self.stop()
                raise AssertionError("nobody can book any more")
            time.sleep(0.01)
        return self.acknowledged[had][0] - began
