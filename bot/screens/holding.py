"""The exact price, at which moment the place is held; then confirm or let go."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.aims import PARTS, day_of, part_of
from bot.screens import institution, mine, queue_words, waiting, ways, wording
from bot.screens.wording import Rows
from childcare import bookings, calendar_file, clock, institutions, people
from childcare.actors import Actor
from childcare.bookings import Booking, TooFarAhead, Wish
from childcare.capacity import DayNotOpened, NoPlace
from childcare.errors import DomainError
from childcare.i18n import _, hour, moment, ngettext, sentence, tongue, yuan
from childcare.institutions import CareForm, ClassGroup, Offering
from childcare.messages import Button, Message, address
from childcare.stays import State

# What may be different another day, or once somebody else gives way.
WAITED_FOR = (NoPlace, TooFarAhead, DayNotOpened)


def hold(
    session: Session,
    actor: Actor,
    child_id: int,
    institution_id: int,
    on: int,
    part: int,
    start: int,
    end: int,
) -> Message:
    """Show the price and hold the place from now; the same press again shows the same hold."""
    wish = Wish(
        child_id=child_id,
        institution_id=institution_id,
        form=CareForm.TEMPORARY if part else CareForm.HOURLY,
        on=day_of(on),
        start=None if part else start,
        end=None if part else end,
        day_part=part_of(part),
    )
    now = clock.now(session)
    known = next((b for b in bookings.coming(session, actor, now=now) if _is(b, wish)), None)
    if known and known.stay.state != State.HELD:
        return mine.details(session, actor, known.id)
    return price(session, known or bookings.hold(session, actor, wish=wish, now=now))


def _is(found: Booking, wish: Wish) -> bool:
    """Whether a live booking is what is wished for."""
    same = (found.child_id, found.institution_id, found.stay.on) == (
        wish.child_id,
        wish.institution_id,
        wish.on,
    )
    if not same or wish.day_part:
        return same and found.day_part == wish.day_part
    starts_at, stops_at = clock.bounds(found.stay.during)
    minutes = tuple(clock.minutes_of(wish.on, at) for at in (starts_at, stops_at))
    return found.day_part is None and minutes == (wish.start, wish.end)


def price(session: Session, found: Booking) -> Message:
    """What is held, what it costs and until when."""
    now = clock.now(session)
    where = institutions.institution(session, found.institution_id)
    group = session.get_one(ClassGroup, found.stay.class_id)
    child = session.get_one(people.Child, found.child_id)
    until = found.stay.ends_at or now
    minutes = max(int((until - now).total_seconds() + 59) // 60, 0)
    lines = [
        _("⏳ Held for you until {time}", time=hour(until))
        + ngettext(" ({count} minute)", " ({count} minutes)", minutes),
        "",
        f"🏠 {wording.place_name(where)} · {wording.named(group.name, group.name_en)}",
        f"🗓 {wording.when(found)}",
        f"👶 {child.name}",
        f"💰 {price_line(found)}",
        "",
        cancelling(session, found),
    ]
    if session.get_one(Offering, found.offering_id).approves_first_visit:
        lines.append(_("A first visit has to be accepted by the institution."))
    return Message(
        "\n".join(lines),
        [
            [Button(_("✅ Confirm"), address("confirm", found.id, found.version))],
            [Button(_("Let it go"), address("release", found.id, found.version))],
        ],
    )


def price_line(found: Booking) -> str:
    """``¥90 = 6 × ¥15 per half hour, paid there``."""
    parts = [
        _("{count} half hours × {price}", count=part["units"], price=yuan(part["unit_fen"]))
        for part in found.price_parts
        if part["units"] > 1
    ]
    sum_of = f" = {' + '.join(parts)}" if parts else ""
    return _("{price}, paid there", price=f"{yuan(found.price_fen)}{sum_of}")


def cancelling(session: Session, found: Booking) -> str:
    now = clock.now(session)
    free_until = bookings.fee_now(session, found, now=now).free_until
    if free_until > now:
        return _("Cancelling is free until {time}.", time=moment(free_until))
    return _("Cancelling costs a fee from now on; it is shown before you cancel.")


def refused(
    session: Session,
    actor: Actor,
    refusal: DomainError,
    child_id: int,
    inst: int,
    on: int,
    *span: int,
) -> Message:
    """Why there is no hold, above what can be had on that day now; or one waits for just that."""
    truth = institution.institution(session, actor, inst, child_id, on)
    rows: Rows = []
    if isinstance(refusal, WAITED_FOR):
        this = address("wait", child_id, inst, on, *span, 0)
        rows = [[Button(_("⏳ Wait for these hours"), this)]]
    return Message(f"{sentence(refusal)}\n\n{truth.text}", [*rows, *truth.buttons])


def confirm(session: Session, actor: Actor, booking_id: int, version: int) -> Message:
    """Make it firm: the code, the calendar file, what to bring; or the request and its deadline."""
    found = bookings.confirm(session, actor, booking_id=booking_id, now=clock.now(session))
    if found.stay.state == State.REQUESTED:
        return _requested(session, found)
    return booked(session, actor, found)


def _requested(session: Session, found: Booking) -> Message:
    where = institutions.institution(session, found.institution_id)
    lines = [
        _(
            "📨 Sent to {place}. It is your first visit, so they answer first.",
            place=wording.place_name(where),
        ),
        f"🗓 {wording.when(found)}",
    ]
    if found.stay.ends_at:
        lines.append(
            _("They answer by {time}; I tell you at once.", time=moment(found.stay.ends_at))
        )
    return Message("\n".join(lines), [[mine.to_booking(found), ways.menu()]])


def booked(session: Session, actor: Actor, found: Booking) -> Message:
    """A firm booking: the code, what to bring, the calendar file; what is still waited for."""
    where = institutions.institution(session, found.institution_id)
    child = session.get_one(people.Child, found.child_id)
    lines = [
        _("🎉 Booked!"),
        "",
        f"🏠 {wording.place_name(where)}",
        f"🗓 {wording.when(found)}",
        f"👶 {child.name} · {price_line(found)}",
        _("🔑 Code {code} – show it at the door", code=found.code),
    ]
    if things := where.bring(tongue()):
        lines.append(_("🎒 Please bring: {things}", things=things))
    if where.address:
        lines.append(f"📍 {where.address}")
    if found.stay.starts_at - clock.now(session) > timedelta(days=1):
        lines += ["", _("You will hear from me a day before and two hours before.")]
    asked, rows = _still_waiting(session, actor, found)
    return Message(
        "\n".join([*lines, *asked]),
        [
            *rows,
            [Button(_("📍 Way there"), address("directions", where.id)), mine.to_booking(found)],
            [ways.mine(), ways.menu()],
        ],
        document=calendar_file.document(session, found, now=clock.now(session)),
    )


def _still_waiting(session: Session, actor: Actor, found: Booking) -> tuple[list[str], Rows]:
    """A booking leaves the waits for that time standing; whether to leave them is asked."""
    on = found.stay.on
    starts, ends = (clock.minutes_of(on, at) for at in clock.bounds(found.stay.during))
    entries = waiting.overlapping(
        session, actor, child_id=found.child_id, starts=starts, ends=ends, on=on
    )
    if not entries:
        return [], []
    lines = [_("You still wait for that time. Leave the waitlist?")]
    lines += [f"⏳ {queue_words.wish(entry)}" for entry in entries]
    rows = [
        [
            Button(
                _("👋 Leave: {what}", what=queue_words.wish(entry)),
                address("entry-left", entry.id),
            )
        ]
        for entry in entries
    ]
    return ["", *lines], rows


def calendar(session: Session, actor: Actor, booking_id: int) -> Message:
    """The calendar file of a booking, once more."""
    found = bookings.booking(session, actor, booking_id)
    return Message(
        _("Open the file to put it into your calendar."),
        [[mine.to_booking(found)]],
        document=calendar_file.document(session, found, now=clock.now(session)),
    )


def again(
    session: Session, actor: Actor, refusal: DomainError, booking_id: int, *_r: int
) -> Message:
    """A hold that ran out can be taken again with one tap, if the place is still free."""
    found = bookings.booking(session, actor, booking_id)
    if found.stay.state in (State.EXPECTED, State.REQUESTED, State.CHECKED_IN):
        return mine.details(session, actor, booking_id)
    return Message(
        f"{sentence(refusal)}\n🗓 {wording.when(found)}",
        [
            [Button(_("🔁 Take it again"), _same(found))],
            [Button(_("🗓 Other time"), address("inst", found.institution_id, found.child_id, 0))],
            [ways.find(), ways.menu()],
        ],
    )


def _same(found: Booking) -> str:
    on: date = found.stay.on
    part = [str(known) if known else None for known in PARTS].index(found.day_part)
    start, end = (clock.minutes_of(on, at) for at in clock.bounds(found.stay.during))
    when = (on.toordinal(), part, 0 if part else start, 0 if part else end)
    return address("hold", found.child_id, found.institution_id, *when)


def release(session: Session, actor: Actor, booking_id: int, version: int) -> Message:
    found = bookings.release(session, actor, booking_id=booking_id, now=clock.now(session))
    return Message(
        _("Let go, nothing to pay: {when}.", when=wording.when(found)),
        [
            [Button(_("🗓 Other time"), address("inst", found.institution_id, found.child_id, 0))],
            [ways.find(), ways.menu()],
        ],
    )
