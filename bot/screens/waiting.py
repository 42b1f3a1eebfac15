"""What the family waits for: each entry's place in line, its log, and pause, renew, leave."""

from datetime import date

from sqlalchemy.orm import Session

from bot.screens import queue_words, story, ways
from bot.screens.wording import Rows
from childcare import clock, people, waitlist
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.i18n import _, day, sentence
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.waitlist import EntryState, Offer, Standing, WaitlistEntry

MOST = 12
NOON, MIDNIGHT = 12 * 60, 24 * 60
MOST_LINES = 15
MOST_PAST = 8
OVER = (EntryState.BOOKED, EntryState.LEFT, EntryState.LAPSED, EntryState.REMOVED)


def waits(session: Session, actor: Actor) -> Message:
    """Open offers first, then every live entry, the soonest first."""
    now = clock.now(session)
    offers = waitlist.open_offers_of(session, actor, now=now)
    entries = waitlist.live_entries_of(session, actor)[:MOST]
    names = _names(session, actor)
    rows = [[_to_offer(session, one)] for one in offers]
    past = Button(_("🕘 Earlier"), address("waits-past"))
    if not entries:
        text = _(
            "You are on no waitlist. Where something is full, one tap puts you on it, and you hear"
            " from me when it is your turn."
        )
        return Message(text, [*rows, [ways.find()], [past, ways.menu()]])
    lines = [_("What you wait for:")]
    for entry in entries:
        lines.append(f"• {queue_words.wish(entry)} · {names.get(entry.child_id, '')}")
        lines += [f"   {line}" for line in _short(session, entry)]
    rows += [
        [
            Button(
                f"{names.get(entry.child_id, '')} · {queue_words.wish(entry)}",
                address("entry", entry.id),
            )
        ]
        for entry in entries
    ]
    return Message("\n".join(lines), [*rows, [past, ways.menu()]])


def _names(session: Session, actor: Actor) -> dict[int, str]:
    return {child.id: child.name for child in people.children_of(session, actor)}


def _short(session: Session, entry: WaitlistEntry) -> list[str]:
    if entry.state == EntryState.PAUSED:
        return [_("⏸ paused")]
    now = clock.now(session)
    standings = waitlist.standings(session, entry, now=now)
    return [queue_words.place_in_line(session, standing) for standing in standings]


def _to_offer(session: Session, found: Offer) -> Button:
    now = clock.now(session)
    label = _(
        "✨ A place at {place}, {until}",
        place=queue_words.where(session, found.institution_id),
        until=queue_words.until(found.ends_at, now),
    )
    return Button(label[:60], address("offer", found.id))


def past(session: Session, actor: Actor) -> Message:
    """Waits that are over, the newest first; their logs can still be read."""
    found = waitlist.entries_of(session, actor, states=OVER, limit=200)
    names = _names(session, actor)
    rows = [
        [
            Button(
                f"{names.get(one.child_id, '')} · {queue_words.wish(one)}"
                f" · {queue_words.state_name(one.state)}"[:60],
                address("entry", one.id),
            )
        ]
        for one in list(reversed(found))[:MOST_PAST]
    ]
    text = _("Waits that are over:") if rows else _("No wait is over yet.")
    return Message(text, [*rows, [ways.waits(), ways.menu()]])


def entry(session: Session, actor: Actor, entry_id: int) -> Message:
    """One entry as it stands now: where, which in line, by which rule."""
    found = waitlist.entry(session, actor, entry_id)
    now = clock.now(session)
    standings = waitlist.standings(session, found, now=now)
    child = session.get_one(Child, found.child_id)
    lines = [
        f"⏳ {queue_words.wish(found)}",
        f"👶 {child.name} · {queue_words.state_name(found.state)}",
    ]
    if found.together_id is not None:
        lines.append(_("All the children come together or not at all."))
    if found.state in waitlist.LIVE:
        lines += [one for standing in standings for one in _standing(session, found, standing)]
    if found.state == EntryState.WAITING and _is_asked_about(found):
        on = day(clock.today(found.renew_at))
        lines += ["", _("On {day} I ask whether you still wait.", day=on)]
    offers = [one.open_offer for one in standings if one.open_offer]
    live = [offer for offer in offers if offer.ends_at > now]
    rows = [[_to_offer(session, one)] for one in live]
    return Message("\n".join(lines), [*rows, *_actions(found), *_looks(found)])


def _is_asked_about(found: WaitlistEntry) -> bool:
    """Whether the wait is long enough to be asked whether it goes on."""
    return found.on is None or clock.today(found.renew_at) < found.on


def _standing(session: Session, found: WaitlistEntry, standing: Standing) -> list[str]:
    lines = ["", queue_words.place_in_line(session, standing)]
    if found.state == EntryState.PAUSED:
        lines = ["", f"🏠 {queue_words.where(session, standing.institution_id)}"]
    if standing.is_removed:
        return lines
    return [*lines, f"   {queue_words.rule(standing)}", f"   {queue_words.counts(standing)}"]


def _actions(found: WaitlistEntry) -> Rows:
    leave = Button(_("👋 Leave"), address("entry-leave", found.id))
    if found.state == EntryState.PAUSED:
        resume = Button(_("▶️ Wait on"), address("entry-renew", found.id))
        return [[resume, leave]]
    if found.state != EntryState.WAITING:
        return []
    pause = Button(_("⏸ Pause"), address("entry-pause", found.id))
    if found.asked_at is None:
        return [[pause, leave]]
    still = Button(_("💚 Still interested"), address("entry-renew", found.id))
    return [[still], [pause, leave]]


def _looks(found: WaitlistEntry) -> Rows:
    rows: Rows = [
        [
            Button(_("📜 What happened"), address("entry-log", found.id)),
            Button(_("⚖️ The order"), address("entry-order", found.id)),
        ]
    ]
    return [*rows, [ways.waits(), ways.menu()]]


def log(session: Session, actor: Actor, entry_id: int) -> Message:
    """What happened to an entry, the newest first."""
    events = waitlist.log_of(session, actor, entry_id)
    lines = [story.line(session, event) for event in reversed(events[-MOST_LINES:])]
    text = "\n".join([_("📜 What happened, the newest first:"), *lines])
    return Message(text[:4000], [[_back(entry_id), ways.menu()]])


def _back(entry_id: int) -> Button:
    return Button(_("‹ Back"), address("entry", entry_id))


def order(session: Session, actor: Actor, entry_id: int) -> Message:
    """The published order of each institution the entry waits at, and what is to replace it."""
    found = waitlist.entry(session, actor, entry_id)
    lines = [_("⚖️ Who comes first:")]
    for choice in waitlist.choices_of(session, found.id):
        lines += ["", f"🏠 {queue_words.where(session, choice.institution_id)}"]
        lines += _published(session, choice.institution_id)
    lines += ["", _("A new order takes effect seven days after it was published.")]
    return Message("\n".join(lines)[:4000], [[_back(entry_id), ways.menu()]])


def _published(session: Session, institution_id: int) -> list[str]:
    now = clock.now(session)
    table = waitlist.table_in_force(session, institution_id, now)
    if table is None:
        lines = [_("No priorities are published: who came first.")]
    else:
        since = day(clock.today(table.effective_at))
        lines = [_("Version {version}, since {day}:", version=table.version, day=since)]
        lines += queue_words.table_lines(table)
    coming = [one for one in waitlist.tables_of(session, institution_id) if one.effective_at > now]
    for following in reversed(coming):
        on = day(clock.today(following.effective_at))
        lines += [_("From {day}, version {version}:", day=on, version=following.version)]
        lines += queue_words.table_lines(following)
    return lines


def pause(session: Session, actor: Actor, entry_id: int, sure: int = 0) -> Message:
    """Wait no more for now; where a place is being kept, that is said first."""
    now = clock.now(session)
    kept = _kept(session, actor, entry_id)
    if kept and not sure:
        lines = [
            _("A place is being kept for you, {until}.", until=_until(session, kept)),
            _("If you pause, it goes to the next family. Pause?"),
        ]
        yes = Button(_("⏸ Yes, pause"), address("entry-pause", entry_id, 1))
        return Message("\n".join(lines), [[yes], [_to_offer(session, kept)], [_back(entry_id)]])
    waitlist.pause(session, actor, entry_id=entry_id, now=now)
    truth = entry(session, actor, entry_id)
    said = _("⏸ Paused. You keep your turn, and get no offers until you wait on.")
    return Message(f"{said}\n\n{truth.text}", truth.buttons)


def _kept(session: Session, actor: Actor, entry_id: int) -> Offer | None:
    offers = waitlist.open_offers_of(session, actor, now=clock.now(session))
    return next((one for one in offers if one.entry_id == entry_id), None)


def _until(session: Session, kept: Offer) -> str:
    return queue_words.deadline(kept.ends_at, clock.now(session))


def renew(session: Session, actor: Actor, entry_id: int) -> Message:
    """Still interested, or waiting on after a pause."""
    found = waitlist.renew(session, actor, entry_id=entry_id, now=clock.now(session))
    truth = entry(session, actor, found.id)
    said = _("💚 You wait on, at your old place in line.")
    return Message(f"{said}\n\n{truth.text}", truth.buttons)


def leave(session: Session, actor: Actor, entry_id: int) -> Message:
    """Asks once."""
    found = waitlist.entry(session, actor, entry_id)
    if found.state not in waitlist.LIVE:
        return entry(session, actor, entry_id)
    lines = [
        _("Leave this waitlist? Your place in line is lost, it cannot be had back."),
        f"⏳ {queue_words.wish(found)}",
    ]
    yes = Button(_("👋 Yes, leave"), address("entry-left", found.id))
    keep = Button(_("‹ Wait on"), address("entry", found.id))
    return Message("\n".join(lines), [[yes], [keep]])


def left(session: Session, actor: Actor, entry_id: int) -> Message:
    found = waitlist.leave(session, actor, entry_id=entry_id, now=clock.now(session))
    text = _("You left the waitlist: {what}.", what=queue_words.wish(found))
    return Message(text, [[ways.waits()], *ways.out()])


def refused(
    session: Session, actor: Actor, refusal: DomainError, entry_id: int, *_r: int
) -> Message:
    """Why not, above how the entry stands."""
    truth = entry(session, actor, entry_id)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)


def overlapping(
    session: Session, actor: Actor, *, child_id: int, starts: int, ends: int, on: date
) -> list[WaitlistEntry]:
    """The child's live entries for a day whose hours touch `starts`-`ends` (minutes)."""
    return [
        one
        for one in waitlist.live_entries_of(session, actor)
        if one.child_id == child_id and one.on == on and _touches(one, starts, ends)
    ]


def _touches(found: WaitlistEntry, starts: int, ends: int) -> bool:
    match found.day_part:
        case "morning":
            first, last = 0, NOON
        case "afternoon":
            first, last = NOON, MIDNIGHT
        case _:
            first, last = found.start or 0, found.end or MIDNIGHT
    return first < ends and starts < last
