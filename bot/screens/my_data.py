"""What the consent promises: who looked, a copy of everything, and erasing it."""

import json
from typing import cast

from sqlalchemy.orm import Session

from bot.screens import ways, wording
from childcare import accounts, clock, privacy
from childcare.actors import Actor
from childcare.i18n import _, moment
from childcare.messages import Button, Document, Message, address


def my_data(session: Session, actor: Actor) -> Message:
    return Message(
        _("🔒 What is kept of you and your children belongs to you."),
        [
            [Button(_("👀 Who looked"), address("data-looks"))],
            [Button(_("📦 Copy of everything"), address("data-copy"))],
            [Button(_("🗑 Erase everything"), address("data-erase"))],
            [Button(_("‹ Settings"), address("settings"))],
        ],
    )


def _back() -> list[Button]:
    return [Button(_("‹ My data"), address("data")), ways.menu()]


def looks(session: Session, actor: Actor) -> Message:
    """Each time an institution's staff read a child's record, newest first."""
    found = privacy.access_log(session, actor, limit=15)
    lines = [
        f"• {moment(look.at)} · {wording.named(look.institution_name, look.institution_name_en)}"
        for look in found
    ]
    text = _("Staff looked at your children's records:") if lines else _("Nobody has looked yet.")
    return Message("\n".join([text, *lines]), [_back()])


def copy(session: Session, actor: Actor) -> Message:
    """Everything kept, as a file that other programs can read."""
    content = json.dumps(
        privacy.export(session, actor), ensure_ascii=False, indent=2, default=str
    ).encode()
    return Message(
        _("Here is everything that is kept of you."),
        [_back()],
        document=Document("childcare-my-data.json", content, "application/json"),
    )


def ask_erase(session: Session, actor: Actor) -> Message:
    return Message(
        _(
            "Erase everything that is kept of you? If you are the family's last guardian, your"
            " children's facts go too. It cannot be undone."
        ),
        [[Button(_("🗑 Yes, erase it"), address("data-erased"))], _back()],
    )


def erased(session: Session, actor: Actor) -> Message:
    """Forget the person; whoever writes again begins anew."""
    privacy.erase(session, actor, now=clock.now(session))
    return Message(_("Everything is erased. /start begins anew."))


def web_code(session: Session, actor: Actor) -> Message:
    """A code to type on the website, so that both know one person."""
    secret = cast(str, session.info["secret"])
    code = accounts.issue_chat_code(session, actor, secret=secret, now=clock.now(session))
    return Message(
        _("Type this on the website within ten minutes: {code}", code=code),
        [[Button(_("‹ Settings"), address("settings")), ways.menu()]],
    )
