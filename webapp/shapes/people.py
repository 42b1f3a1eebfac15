"""The account, the children and the places of a family."""

from typing_extensions import TypedDict

from childcare.accounts import SessionOfMine
from childcare.people import Child, Guardian, SavedPlace
from webapp.shapes.moments import hhmm, instant, maybe_instant


class ChildShape(TypedDict):
    """A child; health facts are for those who care for it."""

    id: int
    name: str
    born_on: str
    weeks_early: int
    allergies: str
    care_notes: str
    vaccinated_on: str | None
    health_checked_on: str | None


class ChildList(TypedDict):
    """All of a family's children, so there is never a next page."""

    items: list[ChildShape]
    next: str | None


class PlaceShape(TypedDict):
    """A place to search from, WGS-84."""

    kind: str
    label: str
    lat: float
    lng: float


class GuardianShape(TypedDict):
    """The person signed in. Quiet hours are local."""

    id: int
    role: str
    name: str
    phone: str | None
    has_chat: bool
    locale: str
    quiet_from: str
    quiet_until: str
    switches: dict[str, bool]
    consent_version: str | None
    consented_at: str | None
    consent_in_force: str
    has_calendar: bool
    places: list[PlaceShape]


class GuardianName(TypedDict):
    """Who has just signed in."""

    id: int
    role: str
    name: str
    locale: str


class SessionOpened(TypedDict):
    """The token is shown once: send it as ``Authorization: Bearer``."""

    token: str
    guardian: GuardianName


class StaffName(TypedDict):
    """Who has just signed in, and what they are where (institution ids)."""

    id: int
    name: str
    roles: dict[str, list[str]]


class StaffSessionOpened(TypedDict):
    """The token is shown once and lives 12 hours after its last use."""

    token: str
    staff: StaffName


class SessionShape(TypedDict):
    """One place where the person is signed in."""

    id: int
    label: str
    created_at: str
    last_seen_at: str
    expires_at: str
    is_current: bool


class SessionList(TypedDict):
    """Own live sessions, newest first."""

    items: list[SessionShape]
    next: str | None


class CodeSent(TypedDict):
    """The same answer whether or not the phone is known."""

    expires_in_seconds: int


class CalendarShape(TypedDict):
    """The address of the feed, shown once."""

    url: str


class LinkedShape(TypedDict):
    """The account that remains; the session goes on with it."""

    guardian: GuardianName


def child(found: Child) -> ChildShape:
    return {
        "id": found.id,
        "name": found.name,
        "born_on": found.born_on.isoformat(),
        "weeks_early": found.weeks_early,
        "allergies": found.allergies,
        "care_notes": found.care_notes,
        "vaccinated_on": found.vaccinated_on.isoformat() if found.vaccinated_on else None,
        "health_checked_on": (
            found.health_checked_on.isoformat() if found.health_checked_on else None
        ),
    }


def name_of(found: Guardian) -> GuardianName:
    return {"id": found.id, "role": found.role, "name": found.name, "locale": found.locale}


def guardian(found: Guardian, places: list[SavedPlace], *, consent: str) -> GuardianShape:
    return {
        **name_of(found),
        "phone": found.phone,
        "has_chat": found.telegram_id is not None,
        "quiet_from": hhmm(found.quiet_from),
        "quiet_until": hhmm(found.quiet_until),
        "switches": found.switches,
        "consent_version": found.consent_version,
        "consented_at": maybe_instant(found.consented_at),
        "consent_in_force": consent,
        "has_calendar": found.calendar_hash is not None,
        "places": [
            {"kind": place.kind, "label": place.label, "lat": place.lat, "lng": place.lng}
            for place in places
        ],
    }


def session(found: SessionOfMine) -> SessionShape:
    return {
        "id": found.id,
        "label": found.label,
        "created_at": instant(found.created_at),
        "last_seen_at": instant(found.last_seen_at),
        "expires_at": instant(found.expires_at),
        "is_current": found.is_current,
    }
