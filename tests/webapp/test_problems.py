"""Refusals: one form, the asker's language, the framework's own errors included."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from childcare import accounts, calendar_file, demo, i18n, imports, privacy, reminders, reports
from childcare.errors import DomainError, every_error
from childcare.i18n import TONGUES
from tests import servers
from tests.webapp.conftest import Built, City, answer_of, new_booking
from tests.webapp.reasons import reasons
from webapp import errors

JSON = "application/json"
# Everything that may define an error is loaded here.
LOADED = (accounts, calendar_file, demo, imports, privacy, reminders, reports, errors)


@pytest.fixture(scope="module")
def city_database(built_city: Built) -> Iterator[str]:
    """One clone for all: what is refused writes nothing."""
    name = f"t_{secrets.token_hex(6)}"
    yield servers.create_database(name, built_city.database)
    servers.drop_database(name)


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/nothing-here", {}, 404, "not-found"),
        ("GET", "/api/v1/bookings/99999999999999999999999", {}, 401, "not-signed-in"),
        ("GET", "/api/v1/institutions/999999", {}, 404, "not-found"),
        ("GET", "/api/v1/institutions/99999999999999999999999", {}, 422, "malformed"),
        ("DELETE", "/api/v1/bookings", {}, 405, "method-not-allowed"),
        ("POST", "/healthz", {}, 405, "method-not-allowed"),
        ("POST", "/api/v1/auth/codes", {"data": b"{", "content_type": JSON}, 400, "bad-request"),
        ("POST", "/api/v1/auth/codes", {"data": b"", "content_type": JSON}, 400, "bad-request"),
        ("POST", "/api/v1/auth/codes", {"data": b"\xff", "content_type": JSON}, 400, "bad-request"),
        (
            "POST",
            "/api/v1/auth/codes",
            {"data": b'{"phone": "\\ud800"}', "content_type": JSON},
            400,
            "bad-request",
        ),
        (
            "POST",
            "/api/v1/auth/codes",
            {"data": b"[" * 60_000, "content_type": JSON},
            400,
            "bad-request",
        ),
        (
            "POST",
            "/api/v1/auth/codes",
            {"data": b" " * 70_000, "content_type": JSON},
            413,
            "too-large",
        ),
        (
            "POST",
            "/api/v1/auth/codes",
            {"data": "phone=1", "content_type": "application/x-www-form-urlencoded"},
            415,
            "unsupported-media-type",
        ),
        ("POST", "/api/v1/auth/codes", {"json": '{"phone": "1"}'}, 422, "malformed"),
        ("POST", "/api/v1/auth/codes", {"json": None}, 415, "unsupported-media-type"),
        ("GET", "/api/v1/institutions?date=9999-12-31", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions?date=1700000000", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions?lat=1&lat=2&lng=1", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions?limit=1_0", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions?lat=nan&lng=1", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions?q=%00", {}, 422, "malformed"),
        ("GET", "/api/v1/institutions.geojson?cursor=YWZ0ZXI6LTE", {}, 422, "malformed"),
    ],
)
def test_every_refusal_is_a_problem_document(
    web: Flask, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    answer = answer_of(web.test_client().open(path, method=method, **more))
    assert (answer.status_code, answer.content_type) == (status, errors.MEDIA_TYPE)
    assert set(answer.json) == set(errors.Problem.__annotations__)
    assert (answer.json["code"], answer.json["status"]) == (code, status)


def test_a_wrong_method_is_told_the_right_ones(web: Flask) -> None:
    allowed = web.test_client().delete("/api/v1/bookings").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_all_wrong_fields_are_told_at_once(city: City) -> None:
    body = new_booking(city, child_id=True, date="2026-02-30", start="9:00", extra=1)
    refusal = city.lan.post("/bookings", body)
    told = {(one["field"], one["code"]) for one in refusal.json["errors"]}
    assert told == {
        ("child_id", "wrong-type"),
        ("date", "not-a-date"),
        ("start", "not-a-time"),
        ("extra", "unknown-field"),
    }


@pytest.mark.parametrize("value", [True, "3", 1.5, 2**70, -1, 0, None, [1], {}])
def test_what_is_no_id_is_malformed(city: City, value: object) -> None:
    refusal = city.lan.post("/bookings", new_booking(city, child_id=value))
    assert (refusal.status_code, refusal.json["errors"][0]["field"]) == (422, "child_id")


def test_text_that_the_database_cannot_keep_is_malformed(city: City) -> None:
    for name in ("a\0b", "  "):
        body = {"name": name, "born_on": "2025-01-01"}
        assert city.lan.post("/children", body).status_code == 422
    odd = json.dumps({"name": "果\u200b果🌰", "born_on": "2025-01-01"})
    kept = city.lan.call("POST", "/children", data=odd, content_type=JSON)
    assert kept.json["name"] == "果果🌰", "what nobody can see is no part of a name"


def test_words_come_in_the_language_asked_for_else_in_the_guardians(city: City) -> None:
    missing = "/bookings/999999"
    assert city.lan.get(missing).json["detail"].startswith("没有找到")
    assert city.emma.get(missing).json["detail"].startswith("Not found")
    english = city.lan.get(missing, headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert english.json["detail"].startswith("Not found")
    assert english.headers["Content-Language"] == "en"


@pytest.mark.parametrize("spoken", TONGUES)
@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_words(kind: type[DomainError], spoken: i18n.Tongue) -> None:
    assert kind.code in i18n.catalogue(spoken)


def test_both_languages_have_words_for_the_same_reasons() -> None:
    chinese, english = (
        {name for name in i18n.catalogue(spoken) if name.partition(".")[0] in codes()}
        for spoken in TONGUES
    )
    assert chinese == english


def codes() -> set[str]:
    return {kind.code for kind in every_error()}


def test_every_reason_in_the_code_has_words() -> None:
    known = i18n.catalogue("zh")
    assert "not-half-hour" in reasons()
    assert not [one for one in reasons() if f"malformed.{one}" not in known]
