"""What operators and browsers see: health, figures, headers, the document, the log."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from childcare.app import promoting
from tests.conftest import settings_for
from tests.webapp.conftest import City, confirmed
from webapp import create_app
from webapp.docs import document
from webapp.examples import EXAMPLES
from webapp.security import BODY_LIMIT_BYTES

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def client(web: Flask) -> FlaskClient:
    return web.test_client()


@pytest.fixture
def without_queue(city_database: str) -> Iterator[FlaskClient]:
    app = create_app(settings_for(city_database, redis_url=NOWHERE))
    yield app.test_client()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def test_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "ok")


def test_without_the_queue_it_is_ready_but_degraded(without_queue: FlaskClient) -> None:
    ready = without_queue.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "degraded")


def test_without_the_newest_migration_it_is_not_ready(web: Flask, client: FlaskClient) -> None:
    with promoting() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (503, "migrations-pending")


def test_without_the_database_it_says_so_and_stays_alive(city_database: str) -> None:
    gone = create_app(settings_for("postgresql://nobody@127.0.0.1:1/none")).test_client()
    assert gone.get("/healthz").status_code == 200
    ready = gone.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (503, "unavailable")
    search = gone.get("/api/v1/institutions?q=a")
    assert (search.status_code, search.headers["Retry-After"]) == (503, "1")


def test_figures_tell_routes_and_the_outbox_and_nobodys_name(
    client: FlaskClient, city: City
) -> None:
    confirmed(city)
    city.lan.get("/children")
    figures = client.get("/metrics").text
    assert re.search(r'route="/api/v1/children",status="200"\} [1-9]', figures)
    assert re.search(r"^childcare_outbox_waiting [1-9]", figures, re.MULTILINE)
    assert "果果" not in figures


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/children", "/api/docs", "/nothing"])
def test_every_answer_protects_the_browser(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_https_is_insisted_on_only_behind_https(city_database: str) -> None:
    believing = create_app(settings_for(city_database, trusted_proxies=1)).test_client()
    secure = believing.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" in secure.headers
    doubting = create_app(settings_for(city_database)).test_client()
    claimed = doubting.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in claimed.headers


def test_the_log_has_the_route_and_not_what_people_wrote(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    url = str(city.lan.post("/me/calendar").json["url"])
    secret = url.rpartition("/")[2].removesuffix(".ics")
    city.stranger.get(f"/calendar/{secret}.ics")
    city.stranger.post("/auth/codes", {"phone": "13800000042"})
    city.lan.get("/institutions", query_string={"q": "松果", "lat": 39.88123, "lng": 116.46})
    city.lan.post("/children", {"name": "小豆子", "born_on": "2025-05-05"})
    written = capsys.readouterr().out
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    routes = {line["route"] for line in lines if line["event"] == "request"}
    assert "/api/v1/calendar/<secret>.ics" in routes
    assert f"guardian:{city.lan.actor.id}" in {line.get("actor") for line in lines}
    for private in (secret, "13800000042", "松果", "39.88123", "小豆子", city.lan.token):
        assert private not in written


def test_a_request_keeps_the_id_it_came_with(client: FlaskClient) -> None:
    kept = client.get("/healthz", headers={"X-Request-Id": "abc-12345"})
    assert kept.headers["X-Request-Id"] == "abc-12345"
    made = client.get("/healthz", headers={"X-Request-Id": "no such id"})
    assert re.fullmatch(r"[0-9a-f]{16}", made.headers["X-Request-Id"])


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, found in methods.items():
            yield f"{method} {path}", found


def test_the_document_tells_all_of_every_operation(client: FlaskClient) -> None:
    served = client.get("/api/openapi.json").get_json()
    assert served["openapi"] == "3.1.0"
    for name, found in operations():
        assert found["summary"].endswith("."), name
        assert {"429", "503"} <= set(found["responses"]), name
        assert "security" in found, name
        for status, answer in found["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_nothing_the_document_refers_to_is_missing() -> None:
    known = document()["components"]["schemas"]
    referred = set(re.findall(r"#/components/schemas/([\w.-]+)", json.dumps(document())))
    assert referred <= set(known)


def test_the_document_has_examples_of_what_is_asked_most(client: FlaskClient) -> None:
    schemas = client.get("/api/openapi.json").get_json()["components"]["schemas"]
    for name, example in EXAMPLES.items():
        assert schemas[name]["examples"] == [json.loads(json.dumps(example))]
        assert set(example) == set(schemas[name]["properties"])


def test_the_document_has_pages_that_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    found = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(found) == 4
    for address in found:
        with client.get(f"/api/{address}") as asset:
            assert asset.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "<script>" not in page.text


def test_a_body_that_does_not_tell_its_length_is_limited_too(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/auth/codes",
        input_stream=io.BytesIO(b" " * (BODY_LIMIT_BYTES + 1)),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")


def test_a_body_of_the_limit_is_read_and_one_beyond_it_is_not(client: FlaskClient) -> None:
    for size, status in ((BODY_LIMIT_BYTES, 400), (BODY_LIMIT_BYTES + 1, 413)):
        answer = client.post(
            "/api/v1/auth/codes", data=b" " * size, content_type="application/json"
        )
        assert answer.status_code == status
