"""Pages and parts of pages.

Every page is a whole page at its own address. Where htmx asks for a part, `page` answers that part
alone, from the same facts; without scripts the same address and the same form give the whole.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import flask
from flask import Response, current_app, g, render_template, request
from markupsafe import Markup

from childcare import i18n
from childcare.errors import DomainError, Malformed
from childcare.i18n import Tongue
from webapp.errors import Invalid

LANGUAGES: Mapping[Tongue, str] = {"zh": "zh-Hans", "en": "en"}


def is_part() -> bool:
    """Whether htmx asks, to put the answer into a page that is there already."""
    return request.headers.get("HX-Request-Type") == "partial"


def page(template: str, *, part: str | None = None, status: int = 200, **facts: object) -> Response:
    """The whole page from `template`, or `part` (a template of its own) where htmx asks for it.

    A fact `refusal` (a `DomainError` or None) is what the form on the page shows; with one the
    status is the refusal's.
    """
    refusal = facts.setdefault("refusal", None)
    if isinstance(refusal, DomainError) and status == HTTPStatus.OK:
        status = refusal.status
    wanted = part if part is not None and is_part() else template
    return answer(render_template(wanted, **facts), status)


def answer(html: str, status: int = 200) -> Response:
    """An answer that is one person's: nobody keeps it, and addresses of it are told to nobody."""
    made = Response(html, status=status, mimetype="text/html")
    made.headers["Cache-Control"] = "no-store"
    made.headers["Content-Language"] = LANGUAGES[i18n.tongue()]
    made.headers["Vary"] = "Accept-Language, Cookie, HX-Request-Type"
    g.referrer_policy = "same-origin"
    return made


def unchanged() -> Response:
    """The answer to a page that shows what is true already: nothing is swapped."""
    made = answer("", HTTPStatus.NO_CONTENT)
    del made.headers["Content-Type"]
    return made


def go(address: str, *, said: str = "") -> Response:
    """Lead on to `address` after a form; `said` is told there once."""
    if said:
        flask.flash(said)
    made = current_app.response_class(status=HTTPStatus.SEE_OTHER)
    made.headers["Location"] = address
    made.headers["Cache-Control"] = "no-store"
    return made


def leave(address: str) -> Response:
    """Lead the whole browser to `address`, also out of a part that htmx asked for."""
    if not is_part():
        return go(address)
    made = answer("")
    made.headers["HX-Redirect"] = address
    return made


def fault(refusal: DomainError | None, field: str, label: str) -> str:
    """What is wrong with one field of a form, in words that call it by its `label`; else empty."""
    if not isinstance(refusal, Malformed):
        return ""
    for found in refusal.faults if isinstance(refusal, Invalid) else [refusal]:
        if found.facts["field"] == field:
            facts = dict(found.facts)
            reason = str(facts.pop("reason"))
            del facts["field"]
            return i18n.sentence(Malformed(label, reason, **facts))
    return ""


def told(refusal: DomainError) -> str:
    """A refusal in words."""
    return i18n.sentence(refusal)


def lines(text: str) -> Markup:
    """Text of several lines as it was written."""
    return Markup("<br>").join(text.splitlines())


def whence() -> str:
    """The page that somebody was on: the address itself, or the one whose form or part it is."""
    if request.method == "GET" and not is_part():
        return request.full_path.rstrip("?")
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    return f"{shown.path}?{shown.query}" if shown.query else shown.path
