"""The family's bookings: what is coming, each in detail, cancelling with the fee shown before."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bot import forms
from bot.screens import objection_form, ways, wording
from childcare import bookings, clock, people
from childcare.actors import Actor
from childcare.bookings import Booking
from childcare.errors import DomainError
from childcare.i18n import _, moment, sentence, tongue, yuan
from childcare.institutions import Institution
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.stays import State

MOST = 8
PAST = timedelta(days=60)
REASONS = ("changed-plans", bookings.ILLNESS)


def to_booking(found: Booking) -> Button:
    return Button(_("📄 Details"), address("booking", found.id, found.version))


def mine(session: Session, actor: Actor) -> Message:
    """What is ahead, soonest first; every booking is a button."""
    coming = bookings.coming(session, actor, now=clock.now(session), limit=MOST)
    if not coming:
        return Message(
            _("Nothing is booked at the moment."),
            [[ways.find()], [ways.waits(), _past()], [ways.menu()]],
        )
    places = {found.institution_id: _place(session, found) for found in coming}
    children = {child.id: child for child in people.children_of(session, actor)}
    lines = []
    for found in coming:
        name = wording.place_name(places[found.institution_id])
        child = children.get(found.child_id)
        lines.append(
            f"• {wording.when(found)}\n   {name} · {child.name if child else ''}"
            f" · {wording.state_name(found.stay.state)}"
        )
    rows = [
        [Button(wording.when(found), address("booking", found.id, found.version))]
        for found in coming
    ]
    text = "\n".join([_("Coming up:"), *lines])
    return Message(text, [*rows, [ways.find(), _past()], [ways.menu()]])


def _place(session: Session, found: Booking) -> Institution:
    return session.get_one(Institution, found.institution_id)


def _past() -> Button:
    return Button(_("🕘 Earlier"), address("past"))


def past(session: Session, actor: Actor) -> Message:
    """What is over, newest first, as far as a parent may still want to do something about it."""
    over = (State.COMPLETED, State.NO_SHOW, State.CANCELLED, State.REJECTED)
    today = clock.today(clock.now(session))
    found = bookings.bookings_of(session, actor, states=over, from_on=today - PAST, limit=100)
    newest = sorted(found, key=lambda one: one.stay.starts_at, reverse=True)[:MOST]
    rows = [
        [
            Button(
                f"{wording.when(one)} · {wording.state_name(one.stay.state)}",
                address("booking", one.id, one.version),
            )
        ]
        for one in newest
    ]
    text = _("In the last 60 days:") if rows else _("Nothing in the last 60 days.")
    return Message(text, [*rows, [ways.mine(), ways.menu()]])


def details(session: Session, actor: Actor, booking_id: int, version: int = 0) -> Message:
    """One booking as it stands now, with what can be done."""
    found = bookings.booking(session, actor, booking_id)
    place = _place(session, found)
    child = session.get_one(Child, found.child_id)
    lines = [
        f"🏠 {wording.place_name(place)}",
        f"🗓 {wording.when(found)}",
        f"👶 {child.name} · {wording.form_name(found.form, found.day_part)}"
        f" · {yuan(found.price_fen)}",
        _("Status: {state}", state=_state(session, found)),
        *_more(found, place),
    ]
    return Message("\n".join(lines), [*_actions(found), [ways.mine(), ways.menu()]])


def _state(session: Session, found: Booking) -> str:
    is_over = found.stay.is_dead(clock.now(session))
    return wording.state_name(State.EXPIRED if is_over else found.stay.state)


def _more(found: Booking, place: Institution) -> list[str]:
    lines = []
    state = found.stay.state
    if state in (State.EXPECTED, State.CHECKED_IN):
        lines.append(_("🔑 Code {code} – show it at the door", code=found.code))
        if things := place.bring(tongue()):
            lines.append(_("🎒 Please bring: {things}", things=things))
        if place.phone:
            lines.append(f"📞 {place.phone}")
    if state in (State.HELD, State.REQUESTED) and found.stay.ends_at:
        lines.append(_("Until {time}", time=moment(found.stay.ends_at)))
    if found.fee_fen:
        lines.append(_("Fee: {price}, paid there", price=yuan(found.fee_fen)))
    if found.objected_at:
        lines.append(_("Your objection is with the institution."))
    return lines


def _actions(found: Booking) -> list[list[Button]]:
    match found.stay.state:
        case State.HELD:
            return [
                [Button(_("✅ Confirm"), address("confirm", found.id, found.version))],
                [Button(_("Let it go"), address("release", found.id, found.version))],
            ]
        case State.REQUESTED:
            return [[_cancel_button(found, _("Withdraw"))], [_way(found)]]
        case State.EXPECTED:
            return [
                [
                    Button(_("🔁 Change time"), address("move", found.id)),
                    _cancel_button(found, _("✖️ Cancel")),
                ],
                [_way(found), Button(_("📅 Calendar file"), address("ics", found.id))],
            ]
        case State.CHECKED_IN:
            return [[_way(found)]]
        case State.NO_SHOW if found.objected_at is None:
            return [[Button(_("✋ We did come"), address("object", found.id))], [_again(found)]]
        case _:
            return [[_again(found)]]


def _cancel_button(found: Booking, label: str) -> Button:
    return Button(label, address("cancel-ask", found.id, found.version))


def _way(found: Booking) -> Button:
    return Button(_("📍 Way there"), address("directions", found.institution_id))


def _again(found: Booking) -> Button:
    return Button(_("🔁 Book again"), address("inst", found.institution_id, found.child_id, 0))


def cancel(session: Session, actor: Actor, booking_id: int, version: int = 0) -> Message:
    """The fee before the decision; the fee shown travels in the button."""
    found = bookings.booking(session, actor, booking_id)
    if found.stay.state not in (State.EXPECTED, State.REQUESTED):
        return details(session, actor, booking_id)
    now = clock.now(session)
    fee = bookings.fee_now(session, found, now=now)
    lines = [_("Cancel {when}?", when=wording.when(found))]
    if fee.fen == 0:
        lines.append(_("It costs nothing."))
    else:
        lines.append(
            _(
                "It costs {fee} of {price} now, paid at the institution.",
                fee=yuan(fee.fen),
                price=yuan(found.price_fen),
            )
        )
    rows = [[Button(_cancel_label(fee.fen), _cancel_address(found, 0, fee.fen))]]
    if fee.fen and fee.illness_left:
        lines.append(
            _(
                "If your child is ill it is free, {count} more times this quarter.",
                count=fee.illness_left,
            )
        )
        ill = bookings.fee_now(session, found, now=now, reason=bookings.ILLNESS)
        rows.append([Button(_("🤒 Child is ill – free"), _cancel_address(found, 1, ill.fen))])
    return Message(
        "\n".join(lines),
        [*rows, [Button(_("‹ Keep it"), address("booking", found.id, found.version))]],
    )


def cancel_ill(session: Session, actor: Actor, booking_id: int) -> Message:
    """A line that speaks of illness leads to the cancelling that illness makes free."""
    found = bookings.booking(session, actor, booking_id)
    now = clock.now(session)
    ill = bookings.fee_now(session, found, now=now, reason=bookings.ILLNESS)
    if found.stay.state != State.EXPECTED or ill.fen:
        return cancel(session, actor, booking_id)
    lines = [_("Get well soon! Cancel {when}?", when=wording.when(found))]
    lines.append(_("It costs nothing."))
    if ill.waived_fen:
        lines.append(
            _(
                "If your child is ill it is free, {count} more times this quarter.",
                count=ill.illness_left,
            )
        )
    yes = Button(_("🤒 Child is ill – free"), _cancel_address(found, 1, ill.fen))
    keep = Button(_("‹ Keep it"), address("booking", found.id, found.version))
    return Message("\n".join(lines), [[yes], [keep]])


def _cancel_label(fen: int) -> str:
    return _("✖️ Cancel for {fee}", fee=yuan(fen)) if fen else _("✖️ Cancel, free")


def _cancel_address(found: Booking, reason: int, fen: int) -> str:
    return address("cancelled", found.id, reason, fen, found.version)


def cancelled(
    session: Session, actor: Actor, booking_id: int, reason: int, fee_fen: int, version: int
) -> Message:
    """Cancel for the fee that was shown."""
    if not 0 <= reason < len(REASONS):
        raise forms.OldButton
    found = bookings.cancel(
        session,
        actor,
        booking_id=booking_id,
        reason=REASONS[reason],
        fee_fen=fee_fen,
        now=clock.now(session),
    )
    text = _("Cancelled: {when}.", when=wording.when(found))
    fee = _("Fee: {price}, paid there", price=yuan(found.fee_fen)) if found.fee_fen else ""
    return Message("\n".join(filter(None, [text, fee])), [[_again(found)], *ways.out()])


def shown_again(
    session: Session, actor: Actor, refusal: DomainError, booking_id: int, *_r: int
) -> Message:
    """After a refusal about a booking: why, above how it stands."""
    truth = details(session, actor, booking_id)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)


def fee_again(
    session: Session, actor: Actor, refusal: DomainError, booking_id: int, *_r: int
) -> Message:
    """A changed fee is shown before it is asked for again."""
    truth = cancel(session, actor, booking_id)
    return Message(f"{sentence(refusal)}\n\n{truth.text}", truth.buttons)


def objection(session: Session, actor: Actor, booking_id: int) -> Message:
    """Ask what happened; the words go to the institution."""
    found = bookings.booking(session, actor, booking_id)
    if found.stay.state != State.NO_SHOW:
        return details(session, actor, booking_id)
    return forms.begin(session, actor, objection_form.OBJECTION, booking_id=found.id)
