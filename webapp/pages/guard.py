"""Forms of other sites are refused: by what the browser says of the request, and by a token."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from childcare.errors import DomainError
from webapp import auth, errors
from webapp.api import RESOURCES

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OWN = frozenset({"same-origin", "none"})


class FormOutdated(DomainError):
    """The form was opened before signing in or out, or cookies are off: open it again."""

    code = "form-outdated"
    status = 400


class ForeignForm(DomainError):
    """The request was sent from another site's page."""

    code = "foreign-form"
    status = 403


class _Cookies(SecureCookieSessionInterface):
    """The cookie that carries the form token goes over https alone wherever https is spoken."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def _refuse_foreign() -> None:
    """Browsers that send neither header are judged by the token alone."""
    if request.method in SAFE or request.path.startswith("/api/"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in OWN:
        raise ForeignForm
    if origin is not None and urlsplit(origin).netloc not in _own_hosts():
        raise ForeignForm


def _own_hosts() -> set[str]:
    # A proxy may name its inner address as the host; the public one is known from the settings.
    return {request.host, urlsplit(auth.settings().public_url).netloc}


def _say_outdated(_: CSRFError) -> Response:
    return errors.respond(FormOutdated())


def init_app(app: Flask) -> None:
    app.session_interface = _Cookies()
    app.config.update(
        SESSION_COOKIE_NAME="forms",
        SESSION_COOKIE_SAMESITE="Lax",
        # A desk's page stays open all day: the token lives as long as its cookie.
        WTF_CSRF_TIME_LIMIT=None,
        # It would ask for a Referer; `_refuse_foreign` asks for what browsers send for this.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_refuse_foreign)
    tokens = CSRFProtect(app)
    # The API knows no cookie: a stranger's page cannot speak for anybody there.
    for resource in RESOURCES:
        tokens.exempt(resource)
    app.register_error_handler(CSRFError, _say_outdated)
