from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from devstack.sandbox import bot_api, control, page, settings, webhook
from devstack.sandbox.errors import BadInput
from devstack.sandbox.server import Server, opened

BODY_BYTES = 55 * 2**20
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# Where a name must be loopback: another one is a page that rebinds its own name to this machine.
HOSTS = {"127.0.0.1", "localhost", "::1"}


def create() -> Flask:
    """The application for the server process: opens the database and starts the deliveries."""
    server = opened(settings.from_env())
    webhook.start(server)
    return application(server)


def application(server: Server) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.extensions["sandbox"] = server
    app.before_request(_refuse_strangers)
    app.after_request(_headers)
    app.register_error_handler(BadInput, _bad_input)
    for blueprint in (bot_api.api, control.api, page.page):
        app.register_blueprint(blueprint)
    return app


def _bad_input(refusal: BadInput) -> tuple[Response, int]:
    return jsonify(error=str(refusal)), 422


def _headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def _refuse_strangers() -> tuple[Response, int] | None:
    """Only this machine may play, and no other site through a browser on it."""
    address = request.remote_addr
    if address is None or not ipaddress.ip_address(address).is_loopback:
        return jsonify(error="The sandbox answers only this machine."), 403
    if urlsplit(f"//{request.host}").hostname not in HOSTS:
        return jsonify(error="The sandbox has only loopback names."), 403
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return jsonify(error="Another site may not use the sandbox."), 403
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        return None
    if request.method == "GET" and request.path == "/":
        return None
    return jsonify(error="Another site may not use the sandbox."), 403
