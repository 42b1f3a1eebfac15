"""What a person decides about the chat: language, quiet hours, which messages, places, phone."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import FINE, Aim
from bot.forms import OldButton
from bot.screens import menu, phone_form, place_form, ways, wording
from childcare import accounts, people, reminders
from childcare.actors import Actor
from childcare.i18n import _, speaking
from childcare.messages import Button, Message, address
from childcare.people import Guardian, PlaceKind

# Minutes of the day; equal ends mean no quiet hours.
QUIET = ((22 * 60, 8 * 60), (21 * 60, 7 * 60), (23 * 60, 7 * 60), (0, 0))
SWITCHES: Sequence[str] = reminders.SWITCHES
PLACES: Sequence[PlaceKind] = (PlaceKind.HOME, PlaceKind.WORK, PlaceKind.GRANDPARENTS)


def settings(session: Session, actor: Actor) -> Message:
    me = people.me(session, actor)
    lines = [
        _("⚙️ Settings"),
        _("Quiet hours: {hours}", hours=_quiet_said(me.quiet_from, me.quiet_until)),
        _("Phone: {phone}", phone=_masked(me.phone)),
    ]
    return Message(
        "\n".join(lines),
        [
            [_language_button(me)],
            [
                Button(_("🌙 Quiet hours"), address("quiet")),
                Button(_("🔔 Messages"), address("switches")),
            ],
            [
                Button(_("📍 Places"), address("places")),
                Button(_("📱 Phone"), address("phone")),
            ],
            [
                Button(_("🔗 Website"), address("web-code")),
                Button(_("🔒 My data"), address("data")),
            ],
            [ways.menu()],
        ],
    )


def _language_button(me: Guardian) -> Button:
    if me.tongue == "zh":
        return Button("🌐 English", address("lang", 1))
    return Button("🌐 中文", address("lang", 0))


def _masked(phone: str | None) -> str:
    return f"{phone[:-8]}****{phone[-4:]}" if phone else _("not linked")


def language(session: Session, actor: Actor, number: int, *numbers: int) -> Message:
    """Speak the other language from here on; a newcomer's wish is not lost by it."""
    me = accounts.change_profile(session, actor, locale="en" if number == 1 else "zh")
    with speaking(me.tongue):
        if menu.needs_consent(me):
            return menu.welcome(me, Aim.read(*numbers) if numbers else None)
        return menu.menu(session, actor)


def languages(session: Session, actor: Actor) -> Message:
    return Message(
        "中文 / English?", [[Button("中文", address("lang", 0)), Button("English", "lang:1")]]
    )


def _quiet_said(start: int, end: int) -> str:
    return _("none") if start == end else wording.span(start, end)


def quiet(session: Session, actor: Actor) -> Message:
    """When nothing but what cannot wait may ring."""
    me = people.me(session, actor)
    mine = (me.quiet_from, me.quiet_until)
    rows = [
        [
            Button(
                ("✓ " if hours == mine else "") + _quiet_said(*hours),
                address("quiet-set", number),
            )
        ]
        for number, hours in enumerate(QUIET)
    ]
    text = _(
        "When shall I keep quiet? Only an institution's cancellation and an offered place come"
        " through; the rest waits until the quiet hours end."
    )
    return Message(text, [*rows, [_back()]])


def _back() -> Button:
    return Button(_("‹ Settings"), address("settings"))


def set_quiet(session: Session, actor: Actor, number: int) -> Message:
    if not 0 <= number < len(QUIET):
        raise OldButton
    quiet_from, quiet_until = QUIET[number]
    accounts.change_profile(session, actor, quiet_from=quiet_from, quiet_until=quiet_until)
    return quiet(session, actor)


def _switch_name(switch: str) -> str:
    return {
        "24h": _("the day before"),
        "2h": _("two hours before"),
        "pick-up": _("pick-up soon"),
        "booked": _("booked, moved or cancelled by someone of the family"),
    }[switch]


def switches(session: Session, actor: Actor) -> Message:
    """Which messages come; pressing one turns it round."""
    on = people.me(session, actor).switches
    rows = [
        [
            Button(
                f"{'🔔' if on.get(switch, True) else '🔕'} {_switch_name(switch)}",
                address("switch", number, int(not on.get(switch, True))),
            )
        ]
        for number, switch in enumerate(SWITCHES)
    ]
    return Message(_("Which messages do you want?"), [*rows, [_back()]])


def switch(session: Session, actor: Actor, number: int, is_on: int) -> Message:
    """Set, not turned round: a double tap leaves it as the first one did."""
    if not 0 <= number < len(SWITCHES) or is_on not in (0, 1):
        raise OldButton
    accounts.change_profile(session, actor, switches={SWITCHES[number]: bool(is_on)})
    return switches(session, actor)


def _place_name(kind: PlaceKind) -> str:
    return {
        PlaceKind.HOME: _("🏠 Home"),
        PlaceKind.WORK: _("🏢 Work"),
        PlaceKind.GRANDPARENTS: _("👵 Grandparents"),
    }[kind]


def places(session: Session, actor: Actor) -> Message:
    """The places to search from."""
    saved = {place.kind: place.label for place in people.places_of(session, actor)}
    lines = [
        _("{kind}: {place}", kind=_place_name(kind), place=saved.get(kind, _("not set")))
        for kind in PLACES
    ]
    buttons = [
        Button(_place_name(kind), address("place-set", number))
        for number, kind in enumerate(PLACES)
    ]
    text = "\n".join([_("From where shall I search?"), *lines])
    return Message(text, [*wording.in_rows(buttons, 2), [ways.find(), ways.menu()]])


def set_place(session: Session, actor: Actor, number: int) -> Message:
    if not 0 <= number < len(PLACES):
        raise OldButton
    return forms.begin(session, actor, place_form.PLACE, kind=PLACES[number].value)


def keep_home(session: Session, actor: Actor, lat: int, lng: int) -> Message:
    """Make a shared location the family's home."""
    if abs(lat) > 90 * FINE or abs(lng) > 180 * FINE:
        raise OldButton
    people.save_place(
        session,
        actor,
        kind=PlaceKind.HOME,
        label=_("my location"),
        lat=lat / FINE,
        lng=lng / FINE,
    )
    return places(session, actor)


def phone(session: Session, actor: Actor) -> Message:
    """Link the phone, so that the web account and the chat are one person."""
    return forms.begin(session, actor, phone_form.PHONE)
