"""How something outside can fail, in the two ways that matter to whoever sends."""

from datetime import timedelta


class Failure(Exception):
    """It did not arrive, or nobody knows whether it did."""


class Permanent(Failure):
    """Sending the same again will never succeed."""


class Blocked(Permanent):
    """The person blocked the bot, or the chat is gone."""


class Temporary(Failure):
    """Later it may succeed; after `retry_after` where the other side said so."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
