"""One tap onto a waitlist for a stay: these hours or this part of the day, here or at all near."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.aims import PARTS, Aim, day_of, part_of
from bot.forms import OldButton
from bot.screens import full, picking, queue_words, seeking, ways, wording
from bot.screens.full import Sought
from bot.screens.seeking import SELLABLE_MONTHS
from bot.screens.wording import Rows
from childcare import clock, institutions, people, waitlist
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.i18n import _, day, sentence
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.search import Part
from childcare.waitlist import Ask, Siblings, WaitlistEntry

# For whom, as it travels: not said yet, this child, all of the family's or none, each by itself.
UNSAID, ONE, ALL, EACH = range(4)


def wait(
    session: Session,
    actor: Actor,
    child_id: int,
    institution_id: int,
    on: int,
    part: int,
    start: int,
    end: int,
    who: int,
) -> Message:
    """Wait for one stay at one institution; the same press again shows the same entry."""
    aim = Aim.read(child_id, 0, 0, 15, 0, on, part, start, end, 0)
    wish = (child_id, institution_id, on, part, start, end)
    return _wait(session, actor, aim, [institution_id], who, ("wait", *wish))


def queue(session: Session, actor: Actor, *numbers: int) -> Message:
    """Wait at the nearest that are full then, the nearest first."""
    aim, who = Aim.read(*numbers[:-1]), numbers[-1]
    child = people.child(session, actor, aim.child_id)
    spot = seeking.spot_of(session, actor, aim)
    if spot is None or not aim.has_span:
        raise OldButton
    on = day_of(aim.on)
    sought = Sought(aim, spot, child, picking.months_on(child, on), on)
    now = clock.now(session)
    places = [item.id for item in full.places_to_wait_at(session, sought, now)]
    if not places:
        text = _("There is room again. Search once more and take it.")
        again = Button(_("🔍 Search again"), aim.address)
        return Message(text, [[again], [ways.menu()]])
    return _wait(session, actor, aim, places, who, ("queue", *aim.numbers))


def _wait(
    session: Session,
    actor: Actor,
    aim: Aim,
    places: Sequence[int],
    who: int,
    button: tuple[str, *tuple[int, ...]],
) -> Message:
    if not aim.has_span:
        raise OldButton
    child = people.child(session, actor, aim.child_id)
    group = of_age(session, actor, child, day_of(aim.on))
    if who == UNSAID and len(group) > 1:
        what = f"🗓 {day(day_of(aim.on))} {seeking.hours(aim)}"
        return for_whom(what, child, group, button)
    ask = Ask(
        child_ids=chosen(child, group, who),
        institution_ids=tuple(places),
        form=seeking.form_of(aim),
        on=day_of(aim.on),
        start=None if aim.part else aim.start,
        end=None if aim.part else aim.end,
        day_part=part_of(aim.part),
        together=together(who),
    )
    return joined(session, actor, ask)


def of_age(session: Session, actor: Actor, child: Child, on: date) -> list[Child]:
    """The child, and those of the family whom classes take on that day."""
    family = people.children_of(session, actor)
    fitting = [c for c in family if picking.months_on(c, on) in SELLABLE_MONTHS]
    return [child, *(one for one in fitting if one.id != child.id)]


def chosen(child: Child, group: Sequence[Child], who: int) -> tuple[int, ...]:
    """Raises `OldButton` for what no button of ours says."""
    if who not in (UNSAID, ONE, ALL, EACH):
        raise OldButton
    return tuple(one.id for one in group) if who in (ALL, EACH) else (child.id,)


def together(who: int) -> Siblings:
    return Siblings.ALL if who == ALL else Siblings.ANY


def for_whom(
    what: str, child: Child, group: Sequence[Child], button: tuple[str, *tuple[int, ...]]
) -> Message:
    """Which children: one, all or none of them, or each by itself."""
    verb, *numbers = button
    names = " + ".join(one.name for one in group)
    rows = [
        [Button(_("👶 Only {name}", name=child.name), address(verb, *numbers, ONE))],
        [Button(_("{names}, only together", names=names), address(verb, *numbers, ALL))],
        [Button(_("{names}, each when it can", names=names), address(verb, *numbers, EACH))],
    ]
    return Message("\n".join([_("Who waits?"), what]), [*rows, [ways.menu()]])


def joined(session: Session, actor: Actor, ask: Ask) -> Message:
    """Join, and say how each entry stands."""
    now = clock.now(session)
    entries = waitlist.join(session, actor, ask=ask, now=now)
    lines = [_("⏳ On the waitlist:"), queue_words.what(entries[0])]
    for entry in entries:
        lines += _standing(session, entry, now)
    if ask.together is Siblings.ALL and len(entries) > 1:
        lines.append(_("They come together or not at all."))
    lines += ["", _("When a place comes free it is your turn in order: one tap takes it.")]
    rows = [[_to_entry(session, actor, entry)] for entry in entries]
    return Message("\n".join(lines), [*rows, [ways.waits(), ways.menu()]])


def _standing(session: Session, entry: WaitlistEntry, now: datetime) -> list[str]:
    child = session.get_one(Child, entry.child_id)
    return [
        f"👶 {child.name}",
        *(
            queue_words.place_in_line(session, one)
            for one in waitlist.standings(session, entry, now=now)
        ),
    ]


def _to_entry(session: Session, actor: Actor, entry: WaitlistEntry) -> Button:
    name = people.child(session, actor, entry.child_id).name
    return Button(_("📄 How {name} stands", name=name), address("entry", entry.id))


def refused(
    session: Session, actor: Actor, refusal: DomainError, child_id: int, *numbers: int
) -> Message:
    """Why there is no waiting; where it was asked for several, one may still wait alone."""
    child = people.child(session, actor, child_id)
    rows: Rows = []
    if numbers[-1] in (ALL, EACH):
        verb = "wait" if len(numbers) == 6 else "queue"
        only = address(verb, child_id, *numbers[:-1], ONE)
        rows = [[Button(_("👶 Only {name}", name=child.name), only)]]
    return Message(sentence(refusal), [*rows, [ways.waits()], *ways.out()])


def hours(session: Session, actor: Actor, institution_id: int, child_id: int, on: int) -> Message:
    """What is full on a day: parts of it, and starts of which some or all ends are taken."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    when = day_of(on)
    starts, parts = picking.sold(session, child, found.id, when, clock.now(session))
    rows = [[part_button(child.id, found.id, on, part)] for part in parts if not part.free]
    taken = [start for start in starts if any(not end.free for end in start.ends)]
    cells = [
        Button(
            clock.hhmm(start.start // 30),
            address("wait-from", found.id, child.id, on, start.start),
        )
        for start in taken
    ]
    back = Button(_("‹ Back"), address("inst", found.id, child.id, on))
    head = f"🏠 {wording.place_name(found)}\n🗓 {day(when)}"
    if not rows and not cells:
        return Message(f"{head}\n\n{_('Nothing is full that day: take it.')}", [[back]])
    ask = _("For which hours shall {name} wait? First: when do you bring {name}?", name=child.name)
    return Message(f"{head}\n\n{ask}", [*rows, *wording.in_rows(cells, 4), [back]])


def part_button(child_id: int, institution_id: int, on: int, part: Part) -> Button:
    label = _(
        "⏳ {part} {hours}",
        part=wording.part_name(part.day_part),
        hours=wording.span(part.start, part.end),
    )
    wish = (child_id, institution_id, on, PARTS.index(part.day_part), 0, 0, UNSAID)
    return Button(label, address("wait", *wish))


def ends(
    session: Session, actor: Actor, institution_id: int, child_id: int, on: int, start: int
) -> Message:
    """Until when, of the spans that are full."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    when = day_of(on)
    starts, _parts = picking.sold(session, child, found.id, when, clock.now(session))
    known = next((one for one in starts if one.start == start), None)
    full_ends = [end.end for end in known.ends if not end.free] if known else []
    if not full_ends:
        return hours(session, actor, institution_id, child_id, on)
    cells = [
        Button(
            clock.hhmm(end // 30),
            address("wait", child.id, found.id, on, 0, start, end, UNSAID),
        )
        for end in full_ends
    ]
    back = Button(_("‹ Back"), address("wait-day", found.id, child.id, on))
    head = f"🏠 {wording.place_name(found)}\n🗓 {day(when)} {clock.hhmm(start // 30)}–"
    return Message(f"{head}\n\n{_('Until when?')}", [*wording.in_rows(cells, 4), [back]])
