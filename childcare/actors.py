"""Who asks. The edge makes an `Actor` from a session, a chat or a job; the domain judges by it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from childcare.errors import Forbidden


class Kind(StrEnum):
    GUARDIAN = "guardian"
    RELATIVE = "relative"
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"
    NOBODY = "nobody"


class Role(StrEnum):
    """What a staff member is at one institution."""

    DIRECTOR = "director"
    FRONT_DESK = "front_desk"
    FINANCE = "finance"


@dataclass(frozen=True)
class Actor:
    """A person or the system. `roles` maps institution ids to the staff member's roles there."""

    kind: Kind
    id: int = 0
    family_id: int | None = None
    roles: dict[int, frozenset[Role]] = field(default_factory=dict)

    FAMILY: ClassVar[frozenset[Kind]] = frozenset({Kind.GUARDIAN, Kind.RELATIVE})

    @property
    def label(self) -> str:
        """How events and the audit name the actor: kind and id, no name."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    def is_of_family(self, family_id: int) -> bool:
        return self.kind in self.FAMILY and self.family_id == family_id

    def may(self, institution_id: int, *wanted: Role) -> bool:
        return self.kind is Kind.SYSTEM or bool(
            self.roles.get(institution_id, frozenset()) & frozenset(wanted)
        )

    def own_family(self) -> int:
        """The family this actor acts for. Raises `Forbidden` for anyone without one."""
        if self.kind not in self.FAMILY or self.family_id is None:
            raise Forbidden
        return self.family_id

    def require(self, institution_id: int, *wanted: Role) -> None:
        """Raises `Forbidden` unless the actor has one of these roles there, or is the system."""
        if not self.may(institution_id, *wanted):
            raise Forbidden


SYSTEM = Actor(Kind.SYSTEM)
NOBODY = Actor(Kind.NOBODY)
DESK = (Role.DIRECTOR, Role.FRONT_DESK)
