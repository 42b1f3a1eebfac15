"""The panel: rooms for an institution's staff. A module per room registers its views on `panel`.

A view is five lines: parse (`forms.read`), transaction (`access.look`, `look_and_record`, `write`),
call, render (`rendering.page`). A room's address names the institution as `institution_id`, which
`access` checks; its template extends ``panel/frame.html``; `webapp/pages/rooms.py` lists the rooms.
"""

from webapp.pages.panel import (
    account,
    carers,
    invitations,
    log,
    priorities,
    sign_in,
    staff,
    today,
    waitlist,
    waitlist_entry,
    waitlist_export,
    waitlist_log,
)
from webapp.pages.panel.blueprint import panel

__all__ = [
    "account",
    "carers",
    "invitations",
    "log",
    "panel",
    "priorities",
    "sign_in",
    "staff",
    "today",
    "waitlist",
    "waitlist_entry",
    "waitlist_export",
    "waitlist_log",
]
