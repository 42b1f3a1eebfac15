"""Buttons that many screens end with: the next steps out of wherever a parent stands."""

from bot.screens.wording import Rows
from childcare.i18n import _
from childcare.messages import Button, Message, address


def menu() -> Button:
    return Button(_("☰ Menu"), address("menu"))


def find() -> Button:
    return Button(_("🔍 Find a place"), address("find"))


def mine() -> Button:
    return Button(_("📋 My bookings"), address("mine"))


def waits() -> Button:
    return Button(_("⏳ My waiting"), address("waits"))


def out() -> Rows:
    return [[find(), mine()], [menu()]]


def old_button() -> Message:
    """For an address nobody understands any more."""
    return Message(_("This button is from an older message and no longer works."), out())


def apology() -> Message:
    """For what failed again and again on our side."""
    return Message(
        _("Something went wrong on our side, and nothing was changed. Please try again later."),
        out(),
    )
