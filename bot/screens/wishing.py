"""Reading one line of text: whether it is a wish, and what it wishes."""

from sqlalchemy.orm import Session

from bot.aims import minutes_now
from bot.understand import Wish, understand
from childcare import clock, geo


def read(session: Session, text: str) -> Wish:
    """What a line asks for, on this day and at this minute."""
    now = clock.now(session)
    return understand(
        text,
        today=clock.today(now),
        now_minutes=minutes_now(now),
        places=geo.gazetteer(),
    )


def is_wish(session: Session, text: str) -> bool:
    """Whether a line speaks of a day or of hours, as no name and no allergy does."""
    wish = read(session, text)
    return wish.on is not None or wish.start is not None or wish.day_part is not None
