"""One line of text: echoed as it was understood, or asked about with buttons; never guessed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import PARTS, Aim, fine, minutes_now
from bot.screens import children, finding, place_form, ways, wording
from bot.screens.missed import NOON
from bot.screens.wording import Rows
from bot.understand import Question, Wish
from childcare import clock, people, schedule
from childcare.actors import Actor
from childcare.geo import Place, Point
from childcare.i18n import _, day, tongue
from childcare.institutions import DayPart
from childcare.messages import Ask, Button, Message, address
from childcare.people import Child, PlaceKind

HALF_HOUR = 30
LATEST_END = 20 * 60
DAYS_OFFERED = 6
NOBODY_YET = 0


def wish(session: Session, actor: Actor, said: Wish, child: Child | None = None) -> Message:
    """What was wished for, as places; or the one question that comes first.

    `child` is whom the line names; without it, a family of several is asked for whom.
    """
    mine = [child] if child else people.children_of(session, actor)
    spot = _spot(session, actor, said)
    if not mine:
        return children.new_child(session, actor, _aim(NOBODY_YET, said, spot))
    aim = _aim(mine[0].id, said, spot)
    if said.saved_place == "here":
        return _where_are_you(session, actor, aim)
    question = _worth_asking(said)
    if question:
        return _question(session, question, said, aim)
    if len(mine) > 1:
        return _for_whom(mine, aim)
    return _found(session, actor, said, aim)


def _spot(session: Session, actor: Actor, said: Wish) -> tuple[int, int]:
    """Where it was said to be; 0, 0 for at home."""
    if said.places:
        return fine(said.places[0].point)
    saved = {place.kind: place for place in people.places_of(session, actor)}
    place = saved.get(said.saved_place or "")
    return fine(Point(place.lat, place.lng)) if place else (0, 0)


def _aim(child_id: int, said: Wish, spot: tuple[int, int]) -> Aim:
    """All that was understood and hangs together, as a button can carry it."""
    part = DayPart(said.day_part) if said.day_part else None
    start = said.start or 0
    return Aim(
        child_id=child_id,
        lat=spot[0],
        lng=spot[1],
        minutes=min(max(said.walk_minutes or 15, 1), 60),
        on=said.on.toordinal() if said.on else 0,
        part=PARTS.index(part),
        start=0 if part else start,
        end=said.end or 0 if start and not part else 0,
    )


def _worth_asking(said: Wish) -> Question | None:
    """The question that comes first; a place alone needs no hours yet."""
    is_place_only = bool(said.places or said.saved_place) and not (
        said.on or said.start is not None or said.day_part or said.end is not None or said.length
    )
    patient = ["which-time"] if _day_only(said) else []
    if is_place_only:
        patient = ["which-day", "which-time"]
    return next((one for one in said.unclear if one.code not in patient or one.said), None)


def _day_only(said: Wish) -> bool:
    """A day without a word of hours: the day's places are a good answer."""
    return said.on is not None and not (said.start or said.end or said.length)


def _found(session: Session, actor: Actor, said: Wish, aim: Aim) -> Message:
    shown = finding.near(session, actor, aim)
    notes = "\n".join(_assumptions(said))
    if not notes:
        return shown
    return Message(f"{notes}\n\n{shown.text}", shown.buttons, asks=shown.asks)


def again(session: Session, actor: Actor, aim: Aim) -> Message:
    """Go on with what was asked for before the child was known."""
    mine = people.children_of(session, actor)
    if not mine:
        return children.new_child(session, actor, aim)
    if len(mine) > 1:
        return _for_whom(mine, aim)
    return near(session, actor, aim.but(child_id=mine[0].id))


def near(session: Session, actor: Actor, aim: Aim) -> Message:
    """The places that fit an aim, or the question without which its hours would be lost."""
    if aim.lacks_day:
        people.child(session, actor, aim.child_id)
        asked = Question("which-day", days=_days_ahead(clock.now(session), aim))
        return _question(session, asked, Wish(), aim)
    if aim.start and not aim.end:
        return until(session, actor, aim)
    return finding.near(session, actor, aim)


def _days_ahead(now: datetime, aim: Aim) -> tuple[date, ...]:
    """The next days on which the hours are still to come."""
    begun = aim.start or (NOON if PARTS[aim.part] is DayPart.MORNING else LATEST_END)
    first = clock.today(now) + timedelta(days=minutes_now(now) >= begun)
    return tuple(schedule.days(first, first + timedelta(days=DAYS_OFFERED - 1)))


def _assumptions(said: Wish) -> list[str]:
    words = {
        "morning": _("I took the hours as morning."),
        "afternoon": _("I took the hours as afternoon."),
        "a-week-later": _("That is over today, so I took next week's."),
        "day-month-order": _("I took the only date that is soon."),
        "from-now": _("I took the next half hour as the start."),
    }
    return [words[one] for one in said.assumed]


def _for_whom(mine: Sequence[Child], aim: Aim) -> Message:
    rows = [[Button(f"👶 {child.name}", aim.but(child_id=child.id).address)] for child in mine]
    return Message("\n".join([_("Who is it for?"), _echo(aim)]).strip(), [*rows, [ways.menu()]])


def _echo(aim: Aim) -> str:
    """The absolute day, weekday and hours, as far as they are known."""
    if not aim.on:
        return ""
    part = PARTS[aim.part]
    hours = f"{clock.hhmm(aim.start // 30)}–" if aim.start else ""
    if part or aim.end:
        hours = wording.part_name(part) if part else wording.span(aim.start, aim.end)
    return f"🗓 {' '.join(filter(None, [day(date.fromordinal(aim.on)), hours]))}"


def _where_are_you(session: Session, actor: Actor, aim: Aim) -> Message:
    return forms.begin(
        session,
        actor,
        place_form.NEARBY,
        aim=list(aim.numbers),
    )


def _question(session: Session, question: Question, said: Wish, aim: Aim) -> Message:
    today = clock.today(clock.now(session))
    rows = _choices(question, said, aim, today)
    asks = (Ask.LOCATION,) if question.code == "which-place" and not question.places else ()
    lines = [_words(question), _echo(aim)]
    return Message("\n".join(filter(None, lines)), [*rows, [ways.find(), ways.menu()]], asks=asks)


def _words(question: Question) -> str:
    said = question.said.strip()
    return {
        "which-day": _("Which day do you mean?"),
        "in-the-past": _("That is over already. Which day do you mean?"),
        "no-such-day": _("There is no such day. Which day do you mean?"),
        "one-day-only": _("I book one day at a time. Which day first?"),
        "which-time": _("At what time?"),
        "which-half": _("Morning or afternoon?"),
        "which-end": _("Until when?"),
        "not-half-hour": _("Care begins and ends on the hour or half hour. Which do you mean?"),
        "which-place": _("I do not know “{said}”. Where shall I look?", said=said)
        if said and not question.places
        else _("Which place do you mean?"),
        "not-understood": _(
            "I did not understand “{said}”. Please say it in other words, or press a button.",
            said=said,
        )
        if said
        else _("I did not understand that. Day, hours and place in one line are enough."),
        "too-long": _("That is too long for me. Day, hours and place in one line are enough."),
    }[question.code]


def _choices(question: Question, said: Wish, aim: Aim, today: date) -> Rows:
    match question.code:
        case "which-day" | "in-the-past" | "no-such-day" | "one-day-only":
            return _days(question, aim, today)
        case "which-place" if question.places:
            return _places(question.places, aim)
        case "which-place":
            return [[Button(_("📍 Near home"), aim.but(lat=0, lng=0).address)]]
        case "which-half":
            return wording.in_rows((_part(aim, part) for part in PARTS[2:] if part), 2)
        case "which-time":
            return _times(question, said, aim)
        case "which-end" | "not-half-hour":
            return _ends(question, said, aim)
        case "not-understood" if aim.on or aim.lat:
            return [[Button(_("🔍 Search without it"), aim.address)]]
        case _:
            return []


def _days(question: Question, aim: Aim, today: date) -> Rows:
    offered = question.days or schedule.days(today, today + timedelta(days=DAYS_OFFERED - 1))
    buttons = [Button(day(on), aim.but(on=on.toordinal()).address) for on in offered[:9]]
    return wording.in_rows(buttons, 2)


def _places(places: Sequence[Place], aim: Aim) -> Rows:
    buttons = []
    for place in places[:8]:
        lat, lng = fine(place.point)
        name = place.en if tongue() == "en" and place.en else place.zh
        buttons.append(Button(f"📍 {name}", aim.but(lat=lat, lng=lng).address))
    return wording.in_rows(buttons, 2)


def _part(aim: Aim, part: DayPart) -> Button:
    number = PARTS.index(part) if aim.on else 0
    label = wording.part_name(part)
    return Button(label, aim.but(part=number, start=0, end=0).address)


def _times(question: Question, said: Wish, aim: Aim) -> Rows:
    """The starts that may be meant, else a part of the day, else any hours there are."""
    parts = [_part(aim, part) for part in PARTS if part] if aim.on else []
    anytime = Button(_("🕐 Show all hours"), aim.but(part=0, start=0, end=0).address)
    spans = [
        Button(wording.span(start, start + said.length), _span(aim, start, start + said.length))
        for start in question.minutes
        if said.length and aim.on
    ]
    return [*wording.in_rows(spans, 2), *wording.in_rows(parts, 3), [anytime]]


def _span(aim: Aim, start: int, end: int) -> str:
    return aim.but(part=0, start=start, end=end).address


def _ends(question: Question, said: Wish, aim: Aim) -> Rows:
    """Whole spans to choose from; where nothing can be told, all hours of the day."""
    spans = [(start, end) for start, end in _spans(question, said) if 0 <= start < end <= 1440]
    anytime = Button(_("🕐 Show all hours"), aim.but(part=0, start=0, end=0).address)
    if not aim.on:
        return [[anytime]]
    buttons = [Button(wording.span(*one), _span(aim, *one)) for one in dict.fromkeys(spans)]
    return [*wording.in_rows(buttons[:8], 2), [anytime]]


def _spans(question: Question, said: Wish) -> list[tuple[int, int]]:
    start, end = said.start, said.end
    if question.about == "start" and end is not None:
        return [(minute, end) for minute in question.minutes]
    if start is None:
        return []
    if question.minutes:
        return [(start, minute) for minute in question.minutes]
    hours = range(start + 2 * HALF_HOUR, min(start + 12 * HALF_HOUR, LATEST_END) + 1, HALF_HOUR)
    return [(start, minute) for minute in hours]


def until(session: Session, actor: Actor, aim: Aim) -> Message:
    """A day and a start are known, the end is asked."""
    people.child(session, actor, aim.child_id)
    said = Wish(on=date.fromordinal(aim.on), start=aim.start)
    return _question(session, Question("which-end", about="end"), said, aim)


def at_spot(session: Session, actor: Actor, lat: float, lng: float) -> Message:
    """Somebody shared a location without being asked: what is near it."""
    mine = people.children_of(session, actor)
    where = fine(Point(lat, lng))
    if not mine:
        return children.new_child(session, actor, Aim(NOBODY_YET, *where))
    if len(mine) > 1:
        return _for_whom(mine, Aim(mine[0].id, *where))
    shown = finding.near(session, actor, Aim(mine[0].id, *where))
    has_home = any(place.kind == PlaceKind.HOME for place in people.places_of(session, actor))
    if has_home:
        return shown
    keep = Button(_("🏠 This is home"), address("home-here", *where))
    return Message(shown.text, [*shown.buttons, [keep]])
