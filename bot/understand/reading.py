"""Reading one line: each reader takes out what it understands, then the pieces are put together."""

from dataclasses import replace
from datetime import date, timedelta

from bot.understand import days, intents, leftovers, spellings, spots, times
from bot.understand.days import Mention
from bot.understand.line import Line
from bot.understand.spots import Spot
from bot.understand.times import Hours
from bot.understand.wish import Assumption, Intent, Question, Wish
from childcare.geo import Gazetteer

LONGEST_TEXT = 300
"""Characters of a line; whoever writes more is asked to say it shorter."""

# When a part of the day is over, in minutes: then it is asked for in vain today.
_PART_ENDS = {"morning": 12 * 60, "afternoon": 18 * 60, "full": 18 * 60}


_ABOUT_DAYS = frozenset({"which-day", "in-the-past", "no-such-day", "one-day-only"})


def understand(text: str, *, today: date, now_minutes: int, places: Gazetteer) -> Wish:
    """What one line asks for on local day `today` at `now_minutes` after midnight.

    Never raises. The day, if any, is not in the past; what is said of times is on half hours.
    """
    if len(text) > LONGEST_TEXT:
        return Wish(unclear=(Question("too-long"),))
    line = Line(text)
    intent = intents.whole(line)
    if intent:
        return Wish(intent=intent)
    named = spots.take_names(line, places)
    intent = intents.within(line)
    form = intents.care_form(line)
    mentions, hours = _when(line, today)
    if intent in intents.NOT_COMING:
        hours = times.doubted(hours, line)
    saved = spots.take_saved(line)
    named = named or spots.take_initials(line, places)
    spot = spots.settle(line, named, saved)
    wish = Wish(
        places=spot.places,
        saved_place=spot.saved,
        walk_minutes=hours.walk_minutes,
        care_form=form,
        intent=intent,
        rest=leftovers.of(line.text),
    )
    return _put_together(wish, mentions, hours, spot, today, now_minutes)


def _when(line: Line, today: date) -> tuple[list[Mention], Hours]:
    spellings.before_weekdays(line)
    mentions = days.read_weekdays(line, today)
    spellings.after_weekdays(line)
    mentions += days.read_dates(line, today)
    return mentions, times.read(line)


def _put_together(
    wish: Wish, mentions: list[Mention], hours: Hours, spot: Spot, today: date, now: int
) -> Wish:
    on, asked = days.settle(mentions, today)
    assumed = [word for mention in mentions for word in mention.assumed]
    hours = _starting_now(hours, now)
    if hours.from_now and on is None and not asked:
        on = today
    if on == today and _is_over_for(wish.intent, hours, now):
        on, asked, assumed = _later(mentions, today, assumed)
    timed = replace(
        wish,
        on=on,
        start=hours.start,
        end=hours.end,
        day_part=hours.day_part,
        length=hours.length,
        assumed=tuple(dict.fromkeys((*assumed, *hours.assumed))),
    )
    questions = (*asked, *hours.questions, *spot.questions)
    return replace(timed, unclear=_questions(timed, questions, hours, today, now))


def _starting_now(hours: Hours, now: int) -> Hours:
    """ "Until five" from now on, by the next half hour."""
    if not hours.from_now or hours.start is not None or hours.day_part:
        return hours
    start = -(-now // times.HALF_HOUR) * times.HALF_HOUR
    end = hours.end
    if hours.length and not hours.length % times.HALF_HOUR:
        end = start + hours.length
    if end is None or not start < end <= times.DAY:
        ask = Question("which-time", minutes=(start,) if start < times.DAY else ())
        return replace(hours, questions=hours.questions or (ask,))
    return replace(
        hours, start=start, end=end, length=None, questions=(), assumed=(*hours.assumed, "from-now")
    )


def _is_over(hours: Hours, now: int) -> bool:
    if hours.day_part:
        return now >= _PART_ENDS[hours.day_part]
    if hours.start is not None:
        return hours.start < now
    return hours.end is not None and hours.end <= now


def _is_over_for(intent: Intent | None, hours: Hours, now: int) -> bool:
    """A child may still stay away for the rest of what has begun; a booking cannot begin then."""
    if intent not in intents.NOT_COMING or hours.day_part or hours.start is None:
        return _is_over(hours, now)
    return hours.end is not None and hours.end <= now


def _later(
    mentions: list[Mention], today: date, assumed: list[Assumption]
) -> tuple[date | None, list[Question], list[Assumption]]:
    """A bare weekday that is over today means the next; any other past time is asked about."""
    next_week = today + timedelta(days=7)
    if all(mention.weekday for mention in mentions):
        return next_week, [], [*assumed, "a-week-later"]
    said = " ".join(mention.said for mention in mentions)
    tomorrow = today + timedelta(days=1)
    return None, [Question("in-the-past", said, days=(tomorrow,))], assumed


def _questions(
    wish: Wish, asked: tuple[Question, ...], hours: Hours, today: date, now: int
) -> tuple[Question, ...]:
    if wish.intent in ("cancel", "mine", "waits"):
        return ()
    if wish.intent in ("reschedule", *intents.NOT_COMING):
        return asked
    if _is_empty(wish, hours) and not asked:
        return (Question("not-understood", wish.rest),)
    missing = [*asked, *_missing(wish, asked, hours, today, now)]
    if wish.rest and (_asks_for_reading(wish) or any(char.isdigit() for char in wish.rest)):
        missing.append(Question("not-understood", wish.rest))
    return tuple(sorted(missing, key=_turn))


def _turn(question: Question) -> int:
    """Day, hours, place, then the rest: the order in which a person is asked."""
    if question.code in _ABOUT_DAYS:
        return 0
    if question.code == "which-place":
        return 2
    return 3 if question.code == "not-understood" else 1


def _is_empty(wish: Wish, hours: Hours) -> bool:
    placed = wish.places or wish.saved_place or wish.care_form or wish.walk_minutes
    return wish.on is None and hours.is_silent and not placed


def _asks_for_reading(wish: Wish) -> bool:
    """Words left over where no place was understood may be one."""
    return not wish.places and not wish.saved_place


def _missing(
    wish: Wish, asked: tuple[Question, ...], hours: Hours, today: date, now: int
) -> list[Question]:
    codes = {question.code for question in asked}
    missing: list[Question] = []
    if wish.on is None and not codes & _ABOUT_DAYS:
        first = 1 if _is_over(hours, now) else 0
        soon = tuple(today + timedelta(days=number) for number in range(first, first + 2))
        missing.append(Question("which-day", days=soon))
    if hours.questions or hours.day_part:
        return missing
    if hours.start is None:
        missing.append(Question("which-time"))
    elif hours.end is None:
        missing.append(Question("which-end", about="end"))
    return missing
