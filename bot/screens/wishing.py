"""Reading one line of text: whether it is a wish, what it wishes, and for which child."""

import re

from sqlalchemy.orm import Session

from bot.aims import minutes_now
from bot.understand import Wish, understand
from childcare import clock, geo, people
from childcare.actors import Actor
from childcare.people import Child


def read(session: Session, text: str) -> Wish:
    """What a line asks for, on this day and at this minute."""
    now = clock.now(session)
    return understand(
        text,
        today=clock.today(now),
        now_minutes=minutes_now(now),
        places=geo.gazetteer(),
    )


def read_line(session: Session, actor: Actor, text: str) -> tuple[Wish, Child | None]:
    """What a line asks for without the family's names, and the child if just one is named."""
    named = []
    for child in people.children_of(session, actor):
        spoken = rf"(?:[给帮替为]|\bfor\s+|\bbook\s+)?{_whole(child.name)}(?:的|'s\b)?"
        rest = re.sub(spoken, " ", text, flags=re.IGNORECASE)
        if rest != text:
            named.append(child)
            text = rest
    return read(session, text.strip(" ,，、")), named[0] if len(named) == 1 else None


def _whole(name: str) -> str:
    """A name as a pattern: a Latin one only as a whole word."""
    return rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name)


def is_wish(session: Session, text: str) -> bool:
    """Whether a line speaks of a day or of hours, as no name and no allergy does."""
    wish = read(session, text)
    return wish.on is not None or wish.start is not None or wish.day_part is not None
