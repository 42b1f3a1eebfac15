"""A refusal that no form could show: a page of its own, or a notice where htmx asked for a part."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Response, current_app, render_template, request

from childcare.errors import DomainError, NotSignedIn, TooMany
from webapp.pages import rendering

PANEL = "/panel/"
SIGN_IN = "/panel/sign-in"
# The next look comes by itself: what shows stays as it is meanwhile.
PASSING = frozenset({409, 429, 500, 503})


def draw_refusal(error: DomainError, status: int) -> Response:
    """Say to a person before a page why not; who is not signed in is led to where one can."""
    if isinstance(error, NotSignedIn):
        return rendering.leave(f"{SIGN_IN}?{urlencode({'next': rendering.whence()})}")
    if status == HTTPStatus.METHOD_NOT_ALLOWED and request.method in ("GET", "HEAD"):
        return rendering.leave(_room_of(request.path))
    if rendering.is_part():
        made = _notice(error, status)
    else:
        made = rendering.page("refusal.html", status=status, refused=error)
    if isinstance(error, TooMany):
        made.headers["Retry-After"] = str(error.facts["retry_after"])
    return made


def _room_of(form_address: str) -> str:
    """The nearest page above the address of a form: where whoever reloads it wants to be."""
    adapter = current_app.create_url_adapter(request)
    address = form_address.rpartition("/")[0]
    while adapter is not None and address.startswith(PANEL):
        if adapter.test(address, method="GET"):
            return address
        address = address.rpartition("/")[0]
    return PANEL


def _notice(error: DomainError, status: int) -> Response:
    made = rendering.answer(render_template("notice.html", refused=error), status)
    made.headers["HX-Retarget"] = "#notices"
    is_look = request.method == "GET"
    made.headers["HX-Reswap"] = "none" if is_look and status in PASSING else "innerHTML"
    return made


def is_safe(address: str) -> bool:
    """Whether an address is a page of the panel, and of no other site."""
    parts = urlsplit(address)
    is_plain = (
        address.isascii()
        and address.isprintable()
        and not any(odd in address for odd in ("\\", "..", "%2e", "%2E"))
    )
    return is_plain and not parts.scheme and not parts.netloc and parts.path.startswith("/panel/")
