"""The API fuzzed from its own document: no 500, every answer as documented, no invalid row."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import CheckFunction, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests import servers
from tests.build import FakeClock
from tests.webapp.cases import CASES, offered
from tests.webapp.conftest import Built, confirmed, enrolled, make_app, people_of
from tests.webapp.test_walk import Operation, operations

# Who signs out or is erased is of no use afterwards.
GOES = {"sign_out": "granny", "erase_me": "partner"}
# A true request may still be refused: half hours, birth dates, phones and the like are rules that
# no schema states.
UNSTATED: list[CheckFunction] = [positive_data_acceptance]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def bounded(examples: int, *, derandomize: bool) -> settings:
    return settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def fuzzed(built_city: Built) -> Iterator[schemathesis.BaseSchema]:
    """The document as the application serves it, on a clone of the city."""
    name = f"f_{secrets.token_hex(6)}"
    app = make_app(servers.create_database(name, built_city.database), FakeClock())
    with app.app_context():
        city = people_of(built_city, app)
        confirmed(city, hours=(14, 15))
        enrolled(city)
        offered(city)
    yield schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    servers.drop_database(name)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("one", operations(), ids=lambda one: one.name)
def test_any_request_is_answered_as_documented(
    fuzzed: schemathesis.BaseSchema, built_city: Built, one: Operation, mode: GenerationMode
) -> None:
    fuzz(fuzzed, built_city, one, mode, bounded(8, derandomize=True))


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("one", operations(), ids=lambda one: one.name)
def test_any_of_very_many_requests_is_answered_as_documented(
    fuzzed: schemathesis.BaseSchema, built_city: Built, one: Operation, mode: GenerationMode
) -> None:
    fuzz(fuzzed, built_city, one, mode, bounded(150, derandomize=False))


def fuzz(
    fuzzed: schemathesis.BaseSchema,
    built_city: Built,
    one: Operation,
    mode: GenerationMode,
    within: settings,
) -> None:
    who = GOES.get(one.name) or next(iter(CASES[one.name].may), "stranger")
    token = built_city.tokens.get(who)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    operation = fuzzed[one.path][one.method]

    @within
    @given(case=operation.as_strategy(generation_mode=mode), is_real=booleans())
    def send(case: schemathesis.Case[Any], is_real: bool) -> None:
        if is_real and mode is GenerationMode.POSITIVE and "{id}" in one.path:
            case.path_parameters = {"id": 1}
        answer = case.call(headers=headers)
        case.validate_response(answer, excluded_checks=UNSTATED, headers=headers)

    send()
