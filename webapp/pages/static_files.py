"""Own and vendored files: an address carries the file's fingerprint, so browsers may keep it."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for

STATIC = Path(__file__).resolve().parents[1] / "static"
YEAR_SECONDS = 365 * 24 * 3600


@cache
def fingerprint(name: str) -> str:
    """Twelve signs that change with the file; empty where there is none."""
    path = STATIC / name
    if not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def address(name: str) -> str:
    """Where a file under ``static/`` is served, for templates. Raises FileNotFoundError."""
    found = fingerprint(name)
    if not found:
        raise FileNotFoundError(name)
    return url_for("static", filename=name, v=found)


def _keep(answer: Response) -> Response:
    if request.endpoint != "static" or answer.status_code != 200:
        return answer
    given, name = request.args.get("v", ""), (request.view_args or {}).get("filename", "")
    # An older or newer release may answer in the midst of an update: it is not kept.
    if given and given == fingerprint(name):
        answer.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return answer


def init_app(app: Flask) -> None:
    app.add_template_global(address, "static")
    app.after_request(_keep)
