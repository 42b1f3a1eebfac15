"""One JSON line for each request: an id, the route's template, never what a person wrote.

Paths hold secrets (calendar feeds), queries hold homes; both stay out.
"""

import logging
import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

from webapp import metrics

log = structlog.get_logger("webapp")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure() -> None:
    """Write JSON to standard output, unless the process has decided otherwise."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
    )


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    g.began_at = time.perf_counter()


def _end(answer: Response) -> Response:
    took = time.perf_counter() - g.get("began_at", time.perf_counter())
    route = request.url_rule.rule if request.url_rule else "-"
    answer.headers["X-Request-Id"] = g.get("request_id", "")
    metrics.count(request.method, route, answer.status_code, took)
    log.info(
        "request",
        request_id=g.get("request_id", ""),
        method=request.method,
        route=route,
        status=answer.status_code,
        ms=round(took * 1000, 1),
        actor=g.get("actor_label", "nobody"),
    )
    return answer


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
