"""Keeping a registry that was read: by registration number, so that nothing is doubled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import audit
from childcare.actors import Actor, Kind
from childcare.errors import DomainError, Forbidden
from childcare.imports.reading import Draft
from childcare.imports.rows import RegistryRow
from childcare.institutions import Institution
from childcare.search.terms import spell

# Two registries at once would meet in the unique registration numbers; the second waits instead.
_LOCK = "childcare.imports"


class Keep(StrEnum):
    """Whether one bad row keeps everything out, or only itself."""

    ALL_OR_NOTHING = "all-or-nothing"
    GOOD_ROWS = "good-rows"


class RegistryFaulty(DomainError):
    """Nothing was kept, because some rows are bad; `lines` says how many."""

    code = "registry-faulty"
    status = 422


@dataclass(frozen=True)
class Report:
    """How many institutions a registry created, updated, left as they were, and how many rows were
    left out."""

    created: int
    updated: int
    unchanged: int
    left_out: int


def apply(session: Session, actor: Actor, draft: Draft, *, now: datetime, keep: Keep) -> Report:
    """Create or update the institutions of a draft, by the city or the system.

    Institutions the registry does not name are left alone; so are classes, hours and fees.
    Raises `RegistryFaulty` where all or nothing is wanted and a row is bad.
    """
    if actor.kind not in (Kind.SYSTEM, Kind.SUPERVISOR):
        raise Forbidden
    if draft.problems and (keep is Keep.ALL_OR_NOTHING or not draft.rows):
        raise RegistryFaulty(lines=draft.bad_lines)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_LOCK))))
    known = _known(session, draft.rows)
    new = [row for row in draft.rows if row.registration_no not in known]
    session.add_all(
        Institution(
            registration_no=row.registration_no, created_at=now, **_facts(row), **_spelt(row)
        )
        for row in new
    )
    updated = sum(
        _update(known[row.registration_no], row)
        for row in draft.rows
        if row.registration_no in known
    )
    session.flush()
    report = Report(
        created=len(new),
        updated=updated,
        unchanged=len(draft.rows) - len(new) - updated,
        left_out=draft.bad_lines,
    )
    facts = {"created": report.created, "updated": report.updated, "left_out": report.left_out}
    audit.record(session, actor, "imported-registry", "registry", 0, now=now, facts=facts)
    return report


def _known(session: Session, rows: Sequence[RegistryRow]) -> dict[str, Institution]:
    numbers = [row.registration_no for row in rows]
    found = session.scalars(select(Institution).where(Institution.registration_no.in_(numbers)))
    return {institution.registration_no: institution for institution in found}


def _facts(row: RegistryRow) -> dict[str, object]:
    return {
        "name": row.name,
        "kind": str(row.kind),
        "inclusive": row.inclusive,
        "address": row.address,
        "district": row.district,
        "street": row.street,
        "lat": row.point.lat,
        "lng": row.point.lng,
        "datum_given": str(row.datum),
        "phone": row.phone,
        "registered_places": row.places,
        "stars": row.stars,
        "monthly_fee_fen": row.monthly_fee_fen,
    }


def _spelt(row: RegistryRow, name_en: str = "") -> dict[str, object]:
    spelling = spell(row.name, name_en, row.street)
    return {"pinyin": spelling.pinyin, "terms": spelling.terms}


def _update(known: Institution, row: RegistryRow) -> bool:
    """Write what differs; whether anything did."""
    differing = {
        name: value
        for name, value in (_facts(row) | _spelt(row, known.name_en)).items()
        if getattr(known, name) != value
    }
    for name, value in differing.items():
        setattr(known, name, value)
    return bool(differing)
