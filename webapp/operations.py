"""An operation of the API: its address, what it takes, what it may answer, all in one place.

flask-openapi collects the document from it. Reading the request is our own: the library turns
broken JSON into 422, reads JSON that is inside a JSON string, and builds a schema for each query.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import wraps
from http import HTTPStatus
from typing import Any, get_type_hints

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from childcare import i18n
from childcare.errors import DomainError, Malformed, NotSignedIn
from webapp import auth, limits
from webapp.calls import LONGEST_KEY
from webapp.errors import MEDIA_TYPE, UnsupportedMediaType, invalid
from webapp.limits import Rate
from webapp.security import BODY_LIMIT_BYTES

View = Callable[..., Response]
REF = "#/components/schemas/{model}"
COMPONENTS: dict[str, Any] = {}
JSON = "application/json"


class Who(Enum):
    """Who may call: the document's security, and whether a missing token ends it at once."""

    ANYONE = "anyone"
    ANYONE_OR_SIGNED_IN = "anyone or signed in"
    SIGNED_IN = "signed in"


SECURITY: dict[Who, list[dict[str, list[Any]]]] = {
    Who.ANYONE: [],
    Who.ANYONE_OR_SIGNED_IN: [{}, {"session": []}],
    Who.SIGNED_IN: [{"session": []}],
}


class KeyHeader(BaseModel):
    """Documents the header; `calls.write` reads it."""

    key: str = Field(
        "",
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        pattern="^[!-~]+$",
        description="The same key gives the same answer for 24 hours (successes only).",
    )


def operation(
    api: APIBlueprint,
    method: str,
    rule: str,
    *,
    answers: Any = None,
    status: HTTPStatus = HTTPStatus.OK,
    media_type: str = JSON,
    who: Who = Who.SIGNED_IN,
    refusals: Sequence[type[DomainError]] = (),
    once: bool = True,
    rate: Rate | None = None,
) -> Callable[[View], View]:
    """Register a view under `method` and `rule`; its docstring is what the document says of it.

    `answers` is the shape (a TypedDict) of a success, None for an empty one. `refusals` are the
    domain errors it may end in besides those that follow from what it takes. `once=False` is for
    the POSTs that take no idempotency key. `rate` is what the request is counted as: by session, or
    by address where anyone may ask.
    """

    def decorate(view: View) -> View:
        parsed = _parsing(view, who, rate or (Rate.SESSION if who is Who.SIGNED_IN else Rate.OPEN))
        hints = parsed.__annotations__
        takes_key = method == "post" and once and who is Who.SIGNED_IN
        if takes_key:
            hints["header"] = KeyHeader
        success = _success(answers, media_type)
        code = status if answers is not None or media_type != JSON else HTTPStatus.NO_CONTENT
        register = getattr(api, method)(
            rule,
            responses={code: success, **_problems(method, hints, who, refusals, rule)},
            security=SECURITY[who],
            operation_id=view.__name__,
        )
        registered: View = register(parsed)
        return registered

    return decorate


def _parsing(view: View, who: Who, rate: Rate) -> View:
    hints = get_type_hints(view)
    path, query, body = (
        TypeAdapter(hints[name]) if name in hints else None for name in ("path", "query", "body")
    )

    @wraps(view)
    def parsed(**parts: Any) -> Response:
        if who is Who.SIGNED_IN and auth.bearer() is None:
            raise NotSignedIn
        limits.spend(rate)
        given: dict[str, Any] = {}
        if path is not None:
            given["path"] = _checked(path, parts)
        _reject_repeats()
        if query is not None:
            given["query"] = _checked(query, request.args.to_dict())
        elif request.args:
            raise Malformed(next(iter(request.args)), "unknown-field")
        if body is not None:
            given["body"] = _read_json(body)
        return view(**given)

    parsed.__annotations__ = {name: kind for name, kind in hints.items() if name != "return"}
    # The library's mark of a view that reads its own request (`flask_openapi.validate_request`).
    vars(parsed)["__delay_validate_request__"] = True
    return parsed


def _checked(kind: TypeAdapter[Any], values: dict[str, Any]) -> Any:
    try:
        return kind.validate_python(values)
    except ValidationError as problem:
        raise invalid(problem) from None


def _reject_repeats() -> None:
    repeated = next((name for name, values in request.args.lists() if len(values) > 1), None)
    if repeated is not None:
        raise Malformed(repeated, "repeated")


def _read_json(kind: TypeAdapter[Any]) -> Any:
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    data = request.get_data(cache=True)
    if request.content_length is None and len(data) >= BODY_LIMIT_BYTES:
        # Werkzeug only cuts a body of unknown length off at the limit.
        raise RequestEntityTooLarge
    try:
        return kind.validate_json(data)
    except ValidationError as problem:
        raise invalid(problem, prefix="body") from None


def _success(shape: Any, media_type: str) -> dict[str, Any]:
    if shape is None and media_type == JSON:
        return {"description": "Done."}
    schema = {"type": "string"} if shape is None else component(shape)
    return {"description": "As asked.", "content": {media_type: {"schema": schema}}}


def component(shape: Any) -> dict[str, Any]:
    """The schema of a shape, kept once among the document's components."""
    schema = TypeAdapter(shape).json_schema(mode="serialization", ref_template=REF)
    COMPONENTS.update(schema.pop("$defs", {}))
    if "$ref" in schema:
        return schema
    COMPONENTS[shape.__name__] = schema
    return {"$ref": REF.format(model=shape.__name__)}


def _problems(
    method: str, takes: dict[str, Any], who: Who, refusals: Sequence[type[DomainError]], rule: str
) -> dict[int, dict[str, Any]]:
    """The problem documents an operation may answer, with the codes each status stands for."""
    codes: dict[int, set[str]] = {
        HTTPStatus.TOO_MANY_REQUESTS: {"too-many-requests"},
        HTTPStatus.SERVICE_UNAVAILABLE: {"unavailable"},
        HTTPStatus.UNPROCESSABLE_ENTITY: {"malformed"},
    }
    if who is not Who.ANYONE:
        codes[HTTPStatus.UNAUTHORIZED] = {"not-signed-in"}
        codes[HTTPStatus.FORBIDDEN] = {"forbidden"}
    if "<" in rule or any(_names_a_record(kind) for kind in takes.values()):
        codes[HTTPStatus.NOT_FOUND] = {"not-found"}
    if "body" in takes:
        codes[HTTPStatus.BAD_REQUEST] = {"bad-request"}
        codes[HTTPStatus.REQUEST_ENTITY_TOO_LARGE] = {"too-large"}
        codes[HTTPStatus.UNSUPPORTED_MEDIA_TYPE] = {"unsupported-media-type"}
    if method != "get":
        codes[HTTPStatus.CONFLICT] = {"busy"}
    if "header" in takes:
        codes[HTTPStatus.CONFLICT].add("idempotency-key-reused")
    for refusal in refusals:
        codes.setdefault(refusal.status, set()).add(refusal.code)
    return {status: _documented(status, codes[status]) for status in sorted(codes)}


def _names_a_record(kind: type[BaseModel]) -> bool:
    return any(name.endswith("_id") for name in kind.model_fields)


def _documented(status: int, codes: set[str]) -> dict[str, Any]:
    words = i18n.catalogue("en")
    said = [f"`{code}`: {words.get(code, '')}" for code in sorted(codes)]
    return {
        "description": " · ".join(said),
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
