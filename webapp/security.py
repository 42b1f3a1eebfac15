"""What every answer tells the browser, how large a request may be, and whom to believe about it."""

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

BODY_LIMIT_BYTES = 64 * 1024
SITE_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
# Swagger's own styles are set from script, its icons are data addresses.
DOCS_POLICY = f"{SITE_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Addresses of calendar feeds are secrets.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _protect(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if policy := g.get("referrer_policy"):
        answer.headers["Referrer-Policy"] = policy
    answer.headers["Content-Security-Policy"] = g.get("content_policy", SITE_POLICY)
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return answer


def init_app(app: Flask, *, trusted_proxies: int) -> None:
    """Set limits and headers; `trusted_proxies` in front are believed about address and scheme."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    app.after_request(_protect)
    if trusted_proxies:
        # vars(): a method of the app cannot be assigned to otherwise without a type's exemption.
        believing = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)
        vars(app)["wsgi_app"] = believing
