"""For operators: alive, ready, figures. Outside ``/api/v1``, without personal data."""

from functools import cache

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from childcare.app import MIGRATIONS
from childcare.db import reading
from childcare.errors import DomainError
from webapp import metrics
from webapp.limits import Limits

operations = Blueprint("operations", __name__)


@operations.get("/healthz")
def healthz() -> Response:
    """The process is alive; nothing else is asked."""
    return _said({"status": "ok"}, 200)


@operations.get("/readyz")
def readyz() -> Response:
    """Ready with the database at the newest migration; without the queue ready, but degraded."""
    limits: Limits = current_app.extensions["limits"]
    state = _database()
    queue = "ok" if limits.is_shared() else "degraded"
    overall = queue if state == "ok" else "unavailable"
    said = {"status": overall, "database": state, "queue": queue}
    return _said(said, 200 if state == "ok" else 503)


def _database() -> str:
    try:
        with reading() as session:
            revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except (DomainError, SQLAlchemyError):
        return "unavailable"
    return "ok" if revision == newest_migration() else "migrations-pending"


@cache
def newest_migration() -> str | None:
    return ScriptDirectory(MIGRATIONS).get_current_head()


@operations.get("/metrics")
def show_metrics() -> Response:
    """Prometheus' text format."""
    made = Response(metrics.text(), mimetype="text/plain")
    made.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return made


def _said(body: dict[str, str], status: int) -> Response:
    made = Response(current_app.json.dumps(body), status=status, mimetype="application/json")
    made.headers["Cache-Control"] = "no-store"
    return made
