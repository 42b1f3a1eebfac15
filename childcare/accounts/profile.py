"""What a guardian decides about the account itself."""

from sqlalchemy.orm import Session

from childcare import people
from childcare.actors import Actor
from childcare.i18n import Tongue
from childcare.people import Guardian


def change_profile(
    session: Session,
    actor: Actor,
    *,
    name: str | None = None,
    locale: Tongue | None = None,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
    switches: dict[str, bool] | None = None,
) -> Guardian:
    """Change what is given (None: left as it is); quiet hours in minutes of the day."""
    guardian = people.me(session, actor)
    given = {
        "name": name,
        "locale": locale,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "switches": None if switches is None else {**guardian.switches, **switches},
    }
    for fact, value in given.items():
        if value is not None:
            setattr(guardian, fact, value)
    session.flush()
    return guardian
