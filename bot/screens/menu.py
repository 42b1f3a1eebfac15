"""Where everything begins: welcome, consent, menu, help, and the emergency block."""

from sqlalchemy.orm import Session

from bot.aims import Aim
from bot.screens import queue_words, ways, wording
from childcare import bookings, clock, institutions, people, waitlist
from childcare.actors import Actor, Kind
from childcare.i18n import _, tongue
from childcare.messages import Button, Message, address
from childcare.people import CONSENT_VERSION, Guardian

# "2026-11" as the integer that travels in a button.
CONSENT_NUMBER = int(CONSENT_VERSION.replace("-", ""))


def start(session: Session, actor: Actor) -> Message:
    """The welcome with the consent for somebody new, the menu for everybody else."""
    guardian = people.me(session, actor)
    if needs_consent(guardian):
        return welcome(guardian)
    return menu(session, actor)


def needs_consent(guardian: Guardian) -> bool:
    """A relative keeps no child's facts, so only guardians are asked."""
    return guardian.consent_version is None and guardian.role == Kind.GUARDIAN


def welcome(guardian: Guardian, aim: Aim | None = None) -> Message:
    """Who we are and what is agreed to; `aim` is what was asked for before, not to be lost."""
    hello = _(
        "Hello {name}! I find childcare near you that has room for your child, book it by the hour"
        " or by the day, and remind you in time.",
        name=guardian.name,
    )
    return Message(f"{hello}\n\n{_consent(aim)}", _consent_buttons(aim))


def _consent(aim: Aim | None) -> str:
    if aim is None:
        return consent_text()
    later = _("I will look for that in a moment. One thing first:")
    return f"{later}\n\n{consent_text()}"


def _consent_buttons(aim: Aim | None) -> list[list[Button]]:
    numbers = aim.numbers if aim else ()
    agree = address("consent", CONSENT_NUMBER, *numbers)
    return [[Button(_("✅ I agree, let's begin"), agree)], [_other_language(*numbers)]]


def consent_text() -> str:
    """The text people agree to; whoever changes a word of it changes `people.CONSENT_VERSION`."""
    return _(
        "Before I keep anything about your child (text of {version}):\n"
        "• I keep a nickname, the birth date and, if you tell me, allergies – only to find and book"
        " care.\n"
        "• An institution sees what it needs for a child it cares for, nothing else. Each time its"
        " staff look, it is written down and you can see it.\n"
        "• You can have a copy of everything, or have it erased, at any time.\n"
        "• No money passes through me: you pay at the institution.",
        version=CONSENT_VERSION,
    )


def ask_consent(aim: Aim | None = None) -> Message:
    """For whoever wants something for which a child must be known first; `aim` travels along."""
    return Message(_consent(aim), _consent_buttons(aim))


def _other_language(*numbers: int) -> Button:
    if tongue() == "zh":
        return Button("English", address("lang", 1, *numbers))
    return Button("中文", address("lang", 0, *numbers))


def menu(session: Session, actor: Actor) -> Message:
    """What can be done, and what comes next."""
    now = clock.now(session)
    coming = bookings.coming(session, actor, now=now, limit=1)
    text = _("What can I do for you?")
    if coming:
        where = institutions.institution(session, coming[0].institution_id)
        line = _(
            "Next: {when}, {where}", when=wording.when(coming[0]), where=wording.place_name(where)
        )
        text = f"{line}\n\n{text}"
    kept = waitlist.open_offers_of(session, actor, now=now)
    offers = [
        [
            Button(
                _(
                    "✨ A place for you, {until}",
                    until=queue_words.deadline(one.ends_at, now),
                ),
                address("offer", one.id),
            )
        ]
        for one in kept
    ]
    return Message(
        text,
        [
            *offers,
            [ways.find()],
            [ways.mine(), ways.waits()],
            [Button(_("🙋 Child is away"), address("away"))],
            [Button(_("👶 Children"), address("kids")), Button(_("📍 Places"), address("places"))],
            [Button(_("⚙️ Settings"), address("settings")), Button(_("❓ Help"), address("help"))],
        ],
    )


def help_text(session: Session, actor: Actor) -> Message:
    return Message(
        _(
            "Press 🔍 and choose – or just write one line, for example:\n"
            "• tomorrow 2–5 pm near Shuangjing\n"
            "• Friday morning Jinsong\n\n"
            "Booking: choose a place, day and hours. When you see the price, the place is held for"
            " ten minutes. You pay at the institution.\n"
            "Changing and cancelling: 📋 My bookings. The fee is always shown first.\n"
            "All full? One tap puts you on the waitlist: ⏳ My waiting.\n"
            "Staying at home? 🙋 Child is away, or write “Mia is ill tomorrow”.\n\n"
            "In an emergency call 120. I cannot judge symptoms."
        ),
        ways.out(),
    )


def not_understood(session: Session, actor: Actor) -> Message:
    """The short help for what nobody could make sense of, with the next steps."""
    return Message(
        _(
            "I did not understand that. Write day, hours and place in one line, for example"
            " “tomorrow 2–5 pm near Shuangjing”, or press a button."
        ),
        ways.out(),
    )


def emergency() -> Message:
    """Comes before anything else; says what to do and never what it might be."""
    return Message(
        _(
            "🚨 If your child may be in danger:\n"
            "1. Call 120 now, or go to the nearest children's emergency room.\n"
            "2. Stay with your child, and do what 120 tells you on the phone.\n"
            "3. At an institution: tell the carers at once.\n\n"
            "I am a program and cannot judge symptoms. Do not wait for me."
        )
    )
