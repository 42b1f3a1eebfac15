"""Where a staff member works, as the frame of every page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare.accounts.models import StaffMember
from childcare.actors import Actor, Role
from childcare.i18n import Tongue
from childcare.institutions import Institution


@dataclass(frozen=True)
class Workplace:
    """An institution and what a staff member is there."""

    id: int
    name: str
    name_en: str
    roles: frozenset[Role]

    def called(self, tongue: Tongue) -> str:
        return (self.name_en if tongue == "en" else "") or self.name


def workplaces_of(session: Session, actor: Actor) -> tuple[str, Sequence[Workplace]]:
    """A staff member's own name, and the institutions they work at in a steady order."""
    name = session.scalar(select(StaffMember.name).where(StaffMember.id == actor.id)) or ""
    rows = session.execute(
        select(Institution.id, Institution.name, Institution.name_en)
        .where(Institution.id.in_(actor.roles))
        .order_by(Institution.id)
    ).all()
    return name, [Workplace(row.id, row.name, row.name_en, actor.roles[row.id]) for row in rows]
