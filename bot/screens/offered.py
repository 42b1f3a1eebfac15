"""An offer as it stands now, and the family's answer: one tap, until the deadline."""

from sqlalchemy.orm import Session

from bot.screens import holding, mine, queue_words, ways, wording
from bot.screens.wording import Rows
from childcare import bookings, clock, enrolments, institutions, waitlist
from childcare.actors import Actor
from childcare.bookings import Booking
from childcare.errors import DomainError
from childcare.i18n import _, day, hours, sentence, tongue, yuan
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.stays import ChildElsewhere, State
from childcare.waitlist import EntryState, Offer, OfferState


def offer(session: Session, actor: Actor, offer_id: int) -> Message:
    """What is offered and until when; what became of it once it is over."""
    found = waitlist.offer(session, actor, offer_id)
    now = clock.now(session)
    if found.state == OfferState.ACCEPTED:
        return _accepted(session, actor, found)
    if found.state != OfferState.OPEN or found.ends_at <= now:
        return _over(session, actor, found)
    lines = [
        _("✨ A place is kept for you:"),
        "",
        *_facts(session, found),
        f"⏰ {queue_words.deadline(found.ends_at, now)}",
    ]
    if found.together_id is not None:
        lines.append(_("The brothers and sisters come together: one answer counts for all."))
    return Message("\n".join(lines), [*_answers(found), [_to_entry(found), ways.menu()]])


def _facts(session: Session, found: Offer) -> list[str]:
    child = session.get_one(Child, found.child_id)
    return [
        f"🏠 {queue_words.where(session, found.institution_id)}",
        f"🗓 {_when(session, found)}",
        f"👶 {child.name}",
        f"💰 {_price(found)}",
    ]


def _when(session: Session, found: Offer) -> str:
    during = waitlist.span_of(session, found)
    if during is not None:
        return f"{day(found.on)} {hours(during)}"
    entry = session.get_one(waitlist.WaitlistEntry, found.entry_id)
    part = wording.part_name(entry.day_part or "full")
    first = _("from {day}", day=day(found.on))
    return f"{first} · {part} · {queue_words.weekdays(entry.weekdays)}"


def _price(found: Offer) -> str:
    price = yuan(found.price_fen)
    if found.enrolment_id is not None:
        price = _("{price}/month", price=price)
    return _("{price}, paid there", price=price)


def _answers(found: Offer) -> Rows:
    return [
        [Button(_("✅ Take it"), address("offer-accept", found.id))],
        [Button(_("No, let it go to the next family"), address("offer-decline", found.id))],
    ]


def _to_entry(found: Offer) -> Button:
    return Button(_("⏳ My place in line"), address("entry", found.entry_id))


def _over(session: Session, actor: Actor, found: Offer) -> Message:
    """Ended: how, and that the wait goes on, or how it can."""
    entry = waitlist.entry(session, actor, found.entry_id)
    said = {
        OfferState.DECLINED: _("You let this place go to the next family."),
        OfferState.WITHDRAWN: _("This place had to be taken back."),
    }.get(OfferState(found.state), _("The time to answer is over, the place is with others."))
    lines = [said, "", *_facts(session, found)[:3], ""]
    rows = [[_to_entry(found), ways.menu()]]
    if entry.state == EntryState.WAITING:
        lines.append(_("You still wait, at your old place in line."))
    elif entry.state == EntryState.PAUSED:
        lines.append(_("The wait is paused. One tap, and you wait on."))
        rows.insert(0, [Button(_("▶️ Wait on"), address("entry-renew", entry.id))])
    else:
        rows.insert(0, [ways.find()])
    return Message("\n".join(lines), rows)


def accept(session: Session, actor: Actor, offer_id: int) -> Message:
    """Book it: the same screen as after any booking; a second press shows the same."""
    found = waitlist.accept(session, actor, offer_id=offer_id, now=clock.now(session))
    return _accepted(session, actor, found)


def _accepted(session: Session, actor: Actor, found: Offer) -> Message:
    if found.enrolment_id is not None:
        shown = _enrolled(session, actor, found)
    else:
        shown = _booked(session, actor, bookings.find_by_stay(session, found.stay_id or 0))
    others = _with_siblings(session, actor, found)
    if not others:
        return shown
    names = _(", ").join(session.get_one(Child, one.child_id).name for one in others)
    text = f"{shown.text}\n\n{_('Booked with it: {names}', names=names)}"
    rows = [[ways.mine()]]
    return Message(text, [*shown.buttons, *rows], document=shown.document)


def _booked(session: Session, actor: Actor, found: Booking | None) -> Message:
    if found is None:
        return mine.mine(session, actor)
    if found.stay.state == State.EXPECTED:
        return holding.booked(session, actor, found)
    # Long ago: it was cancelled or is over since.
    return mine.details(session, actor, found.id)


def _with_siblings(session: Session, actor: Actor, found: Offer) -> list[Offer]:
    """The other children's offers of the same moment, accepted with this one."""
    if found.together_id is None:
        return []
    booked = waitlist.entries_of(session, actor, states=[EntryState.BOOKED], limit=200)
    theirs = [
        one for one in booked if one.together_id == found.together_id and one.id != found.entry_id
    ]
    events = [event for one in theirs for event in waitlist.log_of(session, actor, one.id)]
    ids = {event.offer_id for event in events if event.offer_id is not None}
    offers = [waitlist.offer(session, actor, offer_id) for offer_id in sorted(ids)]
    return [one for one in offers if one.state == OfferState.ACCEPTED]


def _enrolled(session: Session, actor: Actor, found: Offer) -> Message:
    made = enrolments.enrolment(session, actor, found.enrolment_id or 0)
    where = institutions.institution(session, made.institution_id)
    child = session.get_one(Child, made.child_id)
    lines = [
        _("🎉 {name} has a place!", name=child.name),
        "",
        f"🏠 {wording.place_name(where)}",
        f"🗓 {_when(session, found)} {wording.span(made.starts, made.ends)}",
        f"💰 {_price(found)}",
    ]
    if things := where.bring(tongue()):
        lines.append(_("🎒 Please bring: {things}", things=things))
    if where.address:
        lines.append(f"📍 {where.address}")
    if where.phone:
        lines.append(f"📞 {where.phone}")
    lines += ["", _("A day at home is declared under 🙋 Child is away.")]
    way = Button(_("📍 Way there"), address("directions", where.id))
    return Message("\n".join(lines), [[way], [ways.mine(), ways.menu()]])


def decline(session: Session, actor: Actor, offer_id: int) -> Message:
    """One tap; the next family hears at once."""
    found = waitlist.decline(session, actor, offer_id=offer_id, now=clock.now(session))
    lines = [
        _("All right, the place goes to the next family. You keep your place in line."),
        "",
        *_facts(session, found)[:3],
    ]
    leave = Button(_("👋 Leave this waitlist"), address("entry-leave", found.entry_id))
    return Message("\n".join(lines), [[_to_entry(found), leave], [ways.menu()]])


def refused(session: Session, actor: Actor, refusal: DomainError, offer_id: int) -> Message:
    """Why not, above how the offer stands; what stands in its way is one tap away."""
    truth = offer(session, actor, offer_id)
    if not isinstance(refusal, ChildElsewhere):
        return truth
    found = waitlist.offer(session, actor, offer_id)
    rows = _in_the_way(session, actor, found)
    open_still = _("The offer stays open: cancel the other first, then take it.")
    text = f"{sentence(refusal)}\n{open_still}\n\n{truth.text}"
    return Message(text, [*rows, *truth.buttons])


def _in_the_way(session: Session, actor: Actor, found: Offer) -> Rows:
    """Buttons to the child's bookings at that time; else to the days it stays away."""
    during = waitlist.span_of(session, found)
    live = bookings.coming(session, actor, now=clock.now(session), limit=100)
    theirs = [one for one in live if one.child_id == found.child_id]
    if during is None:
        clashes = [one for one in theirs if one.stay.on >= found.on]
    else:
        clashes = [one for one in theirs if one.stay.during.overlaps(during)]
    if not clashes:
        away = Button(
            _("🙋 Child is away"), address("away-day", found.child_id, found.on.toordinal())
        )
        return [[away]]
    return [
        [
            Button(
                _("📄 {when} at {place}", when=wording.when(one), place=_place(session, one))[:60],
                address("booking", one.id, one.version),
            )
        ]
        for one in clashes[:4]
    ]


def _place(session: Session, found: Booking) -> str:
    return queue_words.where(session, found.institution_id)
