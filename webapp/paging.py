"""Lists in pages: ``{"items": […], "next": cursor or null}``; a cursor is the last id, opaque."""

import base64
import binascii
from collections.abc import Sequence

from childcare.errors import Malformed
from webapp.fields import MOST

MARK = b"after:"


def cursor(last_id: int) -> str:
    return base64.urlsafe_b64encode(MARK + str(last_id).encode()).decode().rstrip("=")


def after(text: str) -> int:
    """The id a page begins after; 0 for no cursor. Raises `Malformed` for one we never gave."""
    if not text:
        return 0
    try:
        padded = text + "=" * (-len(text) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True)
        found = int(plain.removeprefix(MARK)) if plain.startswith(MARK) else 0
    except (ValueError, binascii.Error):
        raise Malformed("cursor", "not-a-cursor") from None
    if not 0 < found <= MOST or cursor(found) != text:
        raise Malformed("cursor", "not-a-cursor")
    return found


def following(ids: Sequence[int], limit: int) -> str | None:
    """The cursor of the next page where one more than `limit` was found."""
    return cursor(ids[limit - 1]) if len(ids) > limit else None
