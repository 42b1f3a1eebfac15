"""Places that became free in this transaction, kept until they were offered to whoever waits.

Whatever frees or adds places notes it here; `waitlist.promote` takes the notes before the commit
(`app.act`), and `db.transaction()` refuses to commit while any are left.
"""

from dataclasses import dataclass
from typing import cast

from sqlalchemy.orm import Session

KEY = "freed"


@dataclass(frozen=True)
class Freed:
    """A class day with room, or (without `day_id`) a class whose plan has room beyond the horizon.

    `family_id` is the family that gave the place up, if one did. `round_id` is the round that goes
    on; None opens a new one.
    """

    cause: str
    day_id: int | None = None
    class_id: int | None = None
    family_id: int | None = None
    round_id: int | None = None


def note(session: Session, place: Freed) -> None:
    session.info.setdefault(KEY, []).append(place)


def take_all(session: Session) -> list[Freed]:
    """What was freed since the last call, oldest first."""
    return cast(list[Freed], session.info.pop(KEY, []))
