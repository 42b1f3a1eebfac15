"""A family's saved places to search from."""

from collections.abc import Sequence

from sqlalchemy import (
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from childcare.actors import Actor
from childcare.people.models import PlaceKind, SavedPlace


def places_of(session: Session, actor: Actor) -> Sequence[SavedPlace]:
    mine = select(SavedPlace).where(SavedPlace.family_id == actor.own_family())
    return session.scalars(mine.order_by(SavedPlace.id)).all()


def save_place(
    session: Session, actor: Actor, *, kind: PlaceKind, label: str, lat: float, lng: float
) -> None:
    """Set the family's home, work or grandparents' place (WGS-84)."""
    row = insert(SavedPlace).values(
        family_id=actor.own_family(), kind=kind, label=label[:80], lat=lat, lng=lng
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["family_id", "kind"],
            set_={"label": row.excluded.label, "lat": row.excluded.lat, "lng": row.excluded.lng},
        )
    )
