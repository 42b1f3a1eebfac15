"""Every operation, as everybody: only those who are meant to get through do."""

from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from childcare.bookings import Booking
from childcare.db import Identified, reading
from childcare.enrolments import Absence, Enrolment
from childcare.people import Child
from childcare.schedule import Closure, DatedOpening
from childcare.stays import Stay
from childcare.waitlist import Offer, PriorityTable, Proof, WaitlistEntry, WaitlistEvent, Wish
from tests.webapp.cases import ALL, CASES, SECRETS, Case
from tests.webapp.conftest import Answer, City, Person
from webapp.docs import document

REFUSED = {401, 403, 404}
GONE = {404}  # the second who may delete finds nothing left
UNTOUCHED: tuple[type[Identified] | type[WaitlistEvent], ...] = (
    Booking,
    Stay,
    Child,
    Absence,
    Enrolment,
    Closure,
    DatedOpening,
    WaitlistEntry,
    Wish,
    Offer,
    Proof,
    PriorityTable,
    WaitlistEvent,
)


class Operation(NamedTuple):
    name: str
    method: str
    path: str
    is_secured: bool


def operations() -> list[Operation]:
    return [
        Operation(
            found["operationId"],
            method.upper(),
            path,
            bool(found["security"]) and {} not in found["security"],
        )
        for path, methods in document()["paths"].items()
        for method, found in methods.items()
    ]


def test_every_operation_has_a_case_and_every_case_an_operation() -> None:
    assert sorted(CASES) == sorted(one.name for one in operations())


def send(person: Person, one: Operation, case: Case, named: Any, body: Any) -> Answer:
    path = one.path.removeprefix("/api/v1").replace("{id}", str(named))
    path = path.replace("{secret}", str(named))
    return person.call(one.method, path, json=body, query_string=case.query)


def contents() -> list[Any]:
    """Everything that a refused call may not have changed."""
    with reading() as session:
        return [
            session.execute(select(kind.__table__).order_by(kind.id)).all() for kind in UNTOUCHED
        ]


@pytest.mark.parametrize("one", operations(), ids=lambda one: one.name)
def test_only_those_who_may_get_through(city: City, one: Operation) -> None:
    case = CASES[one.name]
    named = case.id(city) if case.id else None
    body = case.body(city) if case.body else None
    before = contents()
    for who in (who for who in ALL if who not in case.may):
        refusal = send(city.people[who], one, case, named, body)
        if one.is_secured:
            expected = {401} if who == "stranger" else {403, 404, 422}
            assert refusal.status_code in expected, (who, refusal.text)
        assert refusal.content_type == "application/problem+json"
        assert not [word for word in SECRETS if word in refusal.text], who
    assert contents() == before
    for who in case.may:
        answer = send(city.people[who], one, case, named, body)
        gone = GONE if one.method == "DELETE" and who != case.may[0] else set()
        assert answer.status_code not in (REFUSED | {400, 422, 500}) - gone, (who, answer.text)
        if who == "emma" and one.is_secured:
            assert not [word for word in SECRETS if word in answer.text]
