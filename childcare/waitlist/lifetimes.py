"""How long an offer lives, when its family hears of it, and when it is reminded.

Bands of the lead time at creation, half-open (default): 7 days or more 24 h; 2-7 days 8 h; 12-48 h
2 h; 3-12 h 30 min; less 15 min; an enrolment 48 h. The clock stands still from 22:00 to 08:00,
except where care begins within 12 hours.
"""

from datetime import datetime, timedelta

from childcare import clock

NIGHT_FROM, NIGHT_UNTIL = 22 * 60, 8 * 60  # minutes of the day
BANDS = (
    (timedelta(days=7), timedelta(hours=24)),
    (timedelta(days=2), timedelta(hours=8)),
    (timedelta(hours=12), timedelta(hours=2)),
    (timedelta(hours=3), timedelta(minutes=30)),
    (timedelta(0), timedelta(minutes=15)),
)
ENROLMENT_LIVES = timedelta(hours=48)
BY_THE_WALL = timedelta(hours=12)
ENDS_BEFORE_START = timedelta(minutes=15)
LIVES_AT_LEAST = timedelta(minutes=5)
# The soonest that anything can be offered for.
SOONEST = ENDS_BEFORE_START + LIVES_AT_LEAST
LONGEST_WARNING = timedelta(hours=2)


def stay_ends_at(now: datetime, starts_at: datetime) -> datetime | None:
    """When an offer of a stay made now would end; None where it would live under five minutes."""
    lead = starts_at - now
    lives = next((lives for at_least, lives in BANDS if lead >= at_least), None)
    return None if lives is None else _within(now, starts_at, lives)


def enrolment_ends_at(now: datetime, starts_at: datetime) -> datetime | None:
    return _within(now, starts_at, ENROLMENT_LIVES)


def _within(now: datetime, starts_at: datetime, lives: timedelta) -> datetime | None:
    runs_by_day = starts_at - now >= BY_THE_WALL
    ends_at = after_awake(now, lives) if runs_by_day else now + lives
    ends_at = min(ends_at, starts_at - ENDS_BEFORE_START)
    return ends_at if ends_at - now >= LIVES_AT_LEAST else None


def after_awake(instant: datetime, lives: timedelta) -> datetime:
    """The instant when `lives` of time outside the night have passed."""
    at, left = morning(instant), lives
    while True:
        night = clock.at(clock.today(at), NIGHT_FROM)
        if at + left <= night:
            return at + left
        left -= night - at
        at = clock.at(clock.today(night) + timedelta(days=1), NIGHT_UNTIL)


def morning(instant: datetime) -> datetime:
    """The instant itself by day, else the next 08:00."""
    on = clock.today(instant)
    minutes = clock.minutes_of(on, instant)
    if minutes < NIGHT_UNTIL:
        return clock.at(on, NIGHT_UNTIL)
    if minutes >= NIGHT_FROM:
        return clock.at(on + timedelta(days=1), NIGHT_UNTIL)
    return instant


def heard_at(now: datetime, starts_at: datetime) -> datetime:
    """When the family may hear of an offer: at once, but in the morning where the clock rests."""
    return morning(now) if starts_at - now >= BY_THE_WALL else now


def warned_at(heard: datetime, ends_at: datetime) -> datetime:
    """When the family is reminded: a quarter of the time it had before the end, at most 2 h."""
    return ends_at - min((ends_at - heard) / 4, LONGEST_WARNING)
