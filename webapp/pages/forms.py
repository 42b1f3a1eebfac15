"""What a form sends: read once, checked as a whole, refused where the person stands."""

from collections.abc import Callable
from typing import TypeVar, get_origin

from flask import Response, request
from pydantic import ValidationError

from childcare.errors import DomainError, Forbidden, NotFound, NotSignedIn
from webapp.errors import invalid
from webapp.fields import Params

CSRF_FIELD = "csrf_token"
Form = TypeVar("Form", bound=Params)


def read(kind: type[Form]) -> Form:
    """The fields of the form that was sent; one left empty is absent, but for text without need.

    Raises `Invalid` with a fault for every wrong field.
    """
    given: dict[str, object] = {}
    for name, values in request.form.lists():
        known = kind.model_fields.get(name)
        if name == CSRF_FIELD:
            continue
        if known is not None and get_origin(known.annotation) in (list, tuple, frozenset):
            given[name] = [value for value in values if value]
        elif values[-1].strip():
            given[name] = values[-1]
    return _checked(kind, given)


def read_query(kind: type[Form]) -> Form:
    """The fields of the address; one left empty is absent. Raises `Invalid`."""
    return _checked(kind, {name: said for name, said in request.args.items() if said.strip()})


def _checked(kind: type[Form], given: dict[str, object]) -> Form:
    try:
        return kind.model_validate(given)
    except ValidationError as problem:
        raise invalid(problem) from None


def submit(action: Callable[[], Response], again: Callable[[DomainError], Response]) -> Response:
    """Do what a form asks for; a refusal is answered by `again`: the form, with what stood in the
    way. Who may not be here at all gets the page that says so."""
    try:
        return action()
    except (NotSignedIn, Forbidden, NotFound):
        raise
    except DomainError as refusal:
        return again(refusal)
