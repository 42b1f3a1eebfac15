"""How often one may ask; and what holds when Valkey is gone."""

import secrets
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.build import FakeClock
from tests.conftest import settings_for
from tests.webapp.conftest import Answer, Built, City, answer_of, people_of
from webapp import create_app
from webapp.limits import PRODUCTION, Rate

NOWHERE = "redis://127.0.0.1:1/0"
FEW = {
    **PRODUCTION,
    Rate.OPEN: "3 per minute",
    Rate.SESSION: "4 per minute",
    Rate.STAFF: "3 per minute",
}


@pytest.fixture
def limited(city_database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_app(settings_for(city_database), tick=clock, rates=FEW)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def alone(city_database: str, clock: FakeClock) -> Iterator[Flask]:
    """As `limited`, and Valkey is absent."""
    app = create_app(settings_for(city_database, redis_url=NOWHERE), tick=clock, rates=FEW)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def address() -> str:
    """Counts live in the run's Valkey longer than a test: everybody has an address of their own."""
    return ".".join(str(1 + secrets.randbelow(250)) for _ in range(4))


def search(app: Flask, address: str) -> Answer:
    sent = app.test_client().get(
        "/api/v1/institutions?q=a", environ_overrides={"REMOTE_ADDR": address}
    )
    return answer_of(sent)


def guess(app: Flask, address: str, username: str = "zhou") -> Answer:
    sent = app.test_client().post(
        "/api/v1/auth/staff-sessions",
        json={"username": username, "password": "a guess"},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer_of(sent)


def test_beyond_the_rate_one_is_asked_to_wait(limited: Flask, address: str) -> None:
    assert [search(limited, address).status_code for _ in range(3)] == [200] * 3
    refusal = search(limited, address)
    assert (refusal.status_code, refusal.code) == (429, "too-many-requests")
    assert 1 <= int(refusal.headers["Retry-After"]) <= 60
    assert refusal.headers["RateLimit-Policy"] == '"open";q=3;w=60'


def test_one_address_does_not_use_up_anothers_rate(limited: Flask, address: str) -> None:
    while search(limited, address).status_code == 200:
        pass
    assert search(limited, f"2001:db8:{secrets.token_hex(2)}::1").status_code == 200


def test_all_addresses_of_one_ipv6_customer_count_as_one(limited: Flask) -> None:
    network = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    answers = [search(limited, f"{network}::{n}").status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]


def test_a_session_has_a_rate_of_its_own_wherever_it_is(
    limited: Flask, built_city: Built, clock: FakeClock
) -> None:
    city: City = people_of(built_city, limited)
    assert [city.emma.get("/children").status_code for _ in range(5)] == [200] * 4 + [429]
    assert city.granny.get("/children").status_code == 200


def test_guesses_at_one_password_are_slowed_and_the_others_desk_is_not(
    limited: Flask, address: str
) -> None:
    name = secrets.token_hex(4)
    guesses = [guess(limited, address, name).status_code for _ in range(4)]
    assert guesses == [401] * 3 + [429]
    assert guess(limited, address, f"{name}-colleague").status_code == 401


def test_without_valkey_signing_in_stays_limited_and_searching_stays_open(
    alone: Flask, address: str
) -> None:
    assert [search(alone, address).status_code for _ in range(8)] == [200] * 8
    assert [guess(alone, address).status_code for _ in range(4)] == [401] * 3 + [429]
