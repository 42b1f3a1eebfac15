"""Every refusal as an RFC 9457 problem document, in the language of whoever asked.

A person before a page gets a page instead, which `webapp.pages` draws: `init_app` is given how.
"""

import traceback
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, json, request
from pydantic import ValidationError
from sqlalchemy import exc
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from childcare import clock, i18n
from childcare.errors import Busy, DomainError, Fact, Malformed, NotFound, TooMany, Unavailable

MEDIA_TYPE = "application/problem+json"
PAGES, DRAWN = "/panel", "refusal_page"
Draw = Callable[[DomainError, int], Response]
log = structlog.get_logger("webapp")


class BadRequest(DomainError):
    """Not HTTP, or not JSON, as it should be."""

    code = "bad-request"
    status = 400


class MethodNotAllowed(DomainError):
    code = "method-not-allowed"
    status = 405


class NotAcceptable(DomainError):
    code = "not-acceptable"
    status = 406


class TooLarge(DomainError):
    """The body is larger than `limit_bytes`."""

    code = "too-large"
    status = 413


class UnsupportedMediaType(DomainError):
    code = "unsupported-media-type"
    status = 415


class Internal(DomainError):
    """A fault of ours; it is logged under the request's id."""

    code = "internal"
    status = 500


class FieldError(TypedDict):
    """One wrong input: which, why (a permanent code), and in words."""

    field: str
    code: str
    detail: str


class Problem(TypedDict):
    """RFC 9457. `code` is permanent; `facts` are what the sentence in `detail` speaks of."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    facts: dict[str, str | int | float | bool | None]
    errors: list[FieldError]


FRAMEWORK: Mapping[int, type[DomainError]] = {
    kind.status: kind
    for kind in (
        BadRequest,
        NotFound,
        MethodNotAllowed,
        NotAcceptable,
        TooLarge,
        UnsupportedMediaType,
        Unavailable,
        Internal,
    )
}
# What pydantic calls a fault → the reason that the catalogue has words for.
REASONS = {
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "finite_number": "out-of-range",
    "string_too_short": "length",
    "string_too_long": "length",
    "too_short": "length",
    "too_long": "length",
    "string_pattern_mismatch": "wrong-format",
    "enum": "not-one-of",
    "literal_error": "not-one-of",
}
BOUNDS = {
    "ge": "least",
    "gt": "least",
    "min_length": "least",
    "le": "most",
    "lt": "most",
    "max_length": "most",
}


class Invalid(Malformed):
    """Several inputs are wrong at once; the facts speak of the first."""

    def __init__(self, faults: list[Malformed]) -> None:
        first = dict(faults[0].facts)
        super().__init__(str(first.pop("field")), str(first.pop("reason")), **first)
        self.faults = faults


def invalid(problem: ValidationError, *, prefix: str = "") -> DomainError:
    """What pydantic found, as refusals of the catalogue; `BadRequest` for what is no JSON."""
    found = problem.errors(include_url=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in found):
        return BadRequest()
    return Invalid([_fault(fault, prefix) for fault in found])


def _fault(fault: Any, prefix: str) -> Malformed:
    context = fault.get("ctx", {})
    reason = str(context.get("reason") or REASONS.get(fault["type"], "wrong-type"))
    facts = {BOUNDS[name]: bound for name, bound in context.items() if name in BOUNDS}
    field = ".".join(str(part) for part in fault["loc"]) or prefix
    return Malformed(field, reason, **facts)


def tongue() -> i18n.Tongue:
    """The language asked for, else the signed-in person's own, else Chinese."""
    wanted = request.headers.get("Accept-Language")
    if wanted and wanted != "*":
        return i18n.best_tongue(wanted)
    known: i18n.Tongue = g.get("tongue", "zh")
    return known


def plain(fact: Fact) -> str | int | float | bool | None:
    """A fact as JSON carries it: instants with the local offset, days as dates."""
    match fact:
        case datetime():
            return clock.local(fact).isoformat()
        case date():
            return fact.isoformat()
        case _:
            return fact


def problem(error: DomainError, *, status: int | None = None) -> Response:
    """The answer that says why not."""
    faults = error.faults if isinstance(error, Invalid) else [error]
    with i18n.speaking(tongue()):
        document: Problem = {
            "type": f"urn:childcare:problem:{error.code}",
            "title": HTTP_STATUS_CODES.get(status or error.status, "Refused"),
            "status": status or error.status,
            "detail": i18n.sentence(error),
            "code": error.code,
            "facts": {name: plain(fact) for name, fact in error.facts.items()},
            "errors": [_field_error(fault) for fault in faults if isinstance(fault, Malformed)],
        }
    answer = Response(json.dumps(document), status=document["status"], mimetype=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Language"] = "zh-Hans" if tongue() == "zh" else "en"
    answer.headers["Vary"] = "Accept-Language"
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.facts["retry_after"])
    if isinstance(error, Busy | Unavailable):
        answer.headers["Retry-After"] = "1"
    if document["status"] == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def is_for_page() -> bool:
    """Whether a person looks at what is answered: within the panel, or where a browser says so."""
    if request.path.startswith("/api/"):
        return False
    is_browser = "text/html" in request.headers.get("Accept", "")
    return is_browser or request.path == PAGES or request.path.startswith(f"{PAGES}/")


def respond(error: DomainError, *, status: int | None = None) -> Response:
    """A refusal as whoever asked can read it."""
    if not is_for_page():
        return problem(error, status=status)
    draw: Draw = current_app.extensions[DRAWN]
    return draw(error, status or error.status)


def _field_error(fault: Malformed) -> FieldError:
    field, reason = str(fault.facts["field"]), str(fault.facts["reason"])
    return {"field": field, "code": reason, "detail": i18n.sentence(fault)}


def _framework_problem(error: HTTPException) -> Response:
    status = error.code or 500
    kind = FRAMEWORK.get(status, BadRequest if status < 500 else Internal)
    facts: dict[str, Fact] = {}
    if kind is TooLarge:
        facts["limit_bytes"] = current_app.config["MAX_CONTENT_LENGTH"]
    answer = respond(kind(**facts), status=status)
    if allowed := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _crash(error: Exception) -> Response:
    """Type and place of a fault, not its message: that may quote what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    log.error("crash", error=type(error).__qualname__, where=where)
    return respond(Internal(request_id=g.get("request_id", "")))


def _no_connection(_: Exception) -> Response:
    return respond(Unavailable())


def init_app(app: Flask, draw: Draw) -> None:
    """Answer every error; `draw` makes the page that says so to a person."""
    app.extensions[DRAWN] = draw
    app.register_error_handler(DomainError, respond)
    app.register_error_handler(HTTPException, _framework_problem)
    app.register_error_handler(exc.TimeoutError, _no_connection)
    app.register_error_handler(Exception, _crash)
