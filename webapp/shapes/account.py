"""What a family may ask of us."""

from typing import Any

from typing_extensions import TypedDict

from childcare.privacy import Look
from webapp.shapes.moments import instant


class LookShape(TypedDict):
    """A staff member read a child's record."""

    at: str
    child_id: int
    institution_id: int | None
    institution_name: str
    institution_name_en: str
    staff_name: str


class AccessLog(TypedDict):
    """Looks, newest first."""

    items: list[LookShape]
    next: str | None


class Export(TypedDict):
    """Records as they are kept; the fields of each are those of the moment."""

    guardian: dict[str, Any]
    family: list[dict[str, Any]]
    children: list[dict[str, Any]]
    places: list[dict[str, Any]]
    bookings: list[dict[str, Any]]
    stays: list[dict[str, Any]]
    stay_events: list[dict[str, Any]]
    enrolments: list[dict[str, Any]]
    absences: list[dict[str, Any]]
    waitlist_entries: list[dict[str, Any]]
    waitlist_choices: list[dict[str, Any]]
    waitlist_events: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    priority_proofs: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    acts: list[dict[str, Any]]
    looks: list[dict[str, Any]]


def look(found: Look) -> LookShape:
    return {
        "at": instant(found.at),
        "child_id": found.child_id,
        "institution_id": found.institution_id,
        "institution_name": found.institution_name,
        "institution_name_en": found.institution_name_en,
        "staff_name": found.staff_name,
    }
