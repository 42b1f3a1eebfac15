"""The HTTP front end: pages, the JSON API, its document, and what operators ask of it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from childcare import clock as clocks
from childcare.app import create_core
from childcare.clock import Clock
from childcare.settings import Settings
from webapp import docs, errors, health, limits, logs, pages, security
from webapp.api import RESOURCES
from webapp.limits import Rate


def create_app(
    settings: Settings | None = None,
    *,
    tick: Clock = clocks.database_clock,
    rates: Mapping[Rate, str] = limits.PRODUCTION,
) -> Flask:
    """The web application. Reads the environment unless given settings.

    `tick` answers what time it is within a transaction; `rates` are the limits on how often a
    client may ask. Raises `Misconfigured`.
    """
    known = settings or Settings.from_env()
    logs.configure()
    # A statement's values are people's words: they stay out of what an error says.
    app = create_core(known, tick=tick, engine={"hide_parameters": True}, name="webapp")
    app.json = _Json(app)
    # flask-openapi's blueprints ask their app for this; the tests validate answers instead.
    vars(app)["validate_response"] = False
    logs.init_app(app)
    security.init_app(app, trusted_proxies=known.trusted_proxies)
    limits.init_app(app, known.redis_url, rates)
    errors.init_app(app, pages.draw_refusal)
    pages.init_app(app)
    for blueprint in (*RESOURCES, docs.pages, health.operations, *pages.ROOMS):
        app.register_blueprint(blueprint)
    return app


class _Json(DefaultJSONProvider):
    """Text as it is, instants as RFC 3339."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    @staticmethod
    def default(value: Any) -> Any:
        match value:
            case datetime():
                return clocks.local(value).isoformat()
            case date():
                return value.isoformat()
            case Enum():
                return value.value
        return str(value)
