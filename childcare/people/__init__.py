"""Families, guardians, children: who they are, and who may see which child.

`child` is the only way to a child: loading is authorising, and what is absent looks like what is
somebody else's. A staff member reaches a child through a `CareRelation` alone, and every such read
is written down for the guardian to see.
"""

from childcare.people.care import (
    ONE_LOOK,
    admit,
    admit_until,
    children_in_care,
    children_waiting,
)
from childcare.people.children import (
    add_child,
    change_child,
    checked_birth_date,
    child,
    children_of,
)
from childcare.people.guardians import (
    arrive,
    arrive_by_phone,
    consent,
    find_by_chat,
    guardians_by_family,
    guardians_of,
    link_phone,
    me,
)
from childcare.people.models import (
    CHILDREN_PER_FAMILY,
    CONSENT_VERSION,
    OLDEST_CHILD_YEARS,
    RECORD_STAYS_OPEN,
    CareRelation,
    Child,
    ConsentNeeded,
    Family,
    Guardian,
    GuardianRole,
    PhoneTaken,
    PlaceKind,
    SavedPlace,
    TooManyChildren,
)
from childcare.people.places import places_of, save_place

__all__ = [
    "CHILDREN_PER_FAMILY",
    "CONSENT_VERSION",
    "OLDEST_CHILD_YEARS",
    "ONE_LOOK",
    "RECORD_STAYS_OPEN",
    "CareRelation",
    "Child",
    "ConsentNeeded",
    "Family",
    "Guardian",
    "GuardianRole",
    "PhoneTaken",
    "PlaceKind",
    "SavedPlace",
    "TooManyChildren",
    "add_child",
    "admit",
    "admit_until",
    "arrive",
    "arrive_by_phone",
    "change_child",
    "checked_birth_date",
    "child",
    "children_in_care",
    "children_of",
    "children_waiting",
    "consent",
    "find_by_chat",
    "guardians_by_family",
    "guardians_of",
    "link_phone",
    "me",
    "places_of",
    "save_place",
]
