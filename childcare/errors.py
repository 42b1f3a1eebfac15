"""Refusals. A `DomainError` carries a permanent kebab-case code and facts, never prose.

The sentences for people stand in the catalogues (``locale/*/errors.po``, one entry a code), so the
API, the pages and the chat say the same. A class may name the database constraint it explains:
`from_constraint` turns a lost race into the sentence the loser should read.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar

Fact = str | int | float | bool | None | date | datetime


class DomainError(Exception):
    """A rule refused. `status` is the HTTP status the API answers with."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts: Mapping[str, Fact] = facts


class NotFound(DomainError):
    """Absent, or not yours: the two look the same from outside."""

    code = "not-found"
    status = 404


class Forbidden(DomainError):
    code = "forbidden"
    status = 403


class NotSignedIn(DomainError):
    code = "not-signed-in"
    status = 401


class Malformed(DomainError):
    """One input is wrong; `field` names it and `reason` is a code of its own."""

    code = "malformed"
    status = 422

    def __init__(self, field: str, reason: str, **facts: Fact) -> None:
        super().__init__(field=field, reason=reason, **facts)


class Busy(DomainError):
    """A lock was not got in time; the same request may be sent again."""

    code = "busy"


class Unavailable(DomainError):
    """The database cannot be reached; nothing was changed."""

    code = "unavailable"
    status = 503


class TooMany(DomainError):
    """A limit on how often something may be done; `retry_after` in whole seconds."""

    code = "too-many-requests"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


def every_error(kind: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """All error classes that exist in this process, for catalogues, documents and tests."""
    return [kind, *(found for sub in kind.__subclasses__() for found in every_error(sub))]


def from_constraint(name: str | None) -> DomainError | None:
    """The refusal that the constraint `name` stands for, if a class claims it."""
    claims = (kind for kind in every_error() if name in kind.constraints)
    kind = next(claims, None)
    return kind() if kind else None
