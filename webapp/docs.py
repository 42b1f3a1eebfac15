"""The OpenAPI 3.1 document and its pages, from files of installed packages alone."""

from functools import cache
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, current_app, g, send_from_directory
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from webapp.api import RESOURCES
from webapp.errors import Problem
from webapp.examples import EXAMPLES
from webapp.operations import COMPONENTS, component
from webapp.security import DOCS_POLICY

pages = Blueprint("docs", __name__, url_prefix="/api")
ASSETS = str(files("flask_openapi_swagger") / "templates" / "swagger")
VERSION = "1.0.0"
SESSION = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of `POST /auth/sessions` (families) or `/auth/staff-sessions`.",
}
INTRODUCTION = """\
Childcare places of one city: find, book, move, cancel. Instants are RFC 3339 with offset; `date` is
the local day (Asia/Shanghai), `start` and `end` are local `HH:MM`; money is integer fen. Refusals
are RFC 9457 problem documents with a permanent `code`. Lists: `{"items": [...], "next": cursor}`.
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Childcare API</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="docs/assets/images/swagger.svg">
<link rel="stylesheet" href="docs/assets/css/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/assets/js/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script></body></html>
"""
START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis], tryItOutEnabled: true});
"""


@cache
def document() -> dict[str, Any]:
    """The document, made once from the operations themselves."""
    builder = OpenAPI(
        __name__,
        info=Info(
            title="Childcare",
            version=VERSION,
            description=INTRODUCTION,
        ),
        security_schemes={"session": SESSION},
        doc_ui=False,
    )
    builder.openapi_version = "3.1.0"
    for resource in RESOURCES:
        builder.register_api(resource)
    component(Problem)
    made: dict[str, Any] = builder.api_doc
    made["components"]["schemas"].pop(builder.validation_error_model.__name__, None)
    made["components"]["schemas"].update(COMPONENTS)
    for name, example in EXAMPLES.items():
        made["components"]["schemas"][name]["examples"] = [example]
    for path in made["paths"].values():
        for operation in path.values():
            _tidy(operation)
    return made


def _tidy(operation: dict[str, Any]) -> None:
    """A parameter that is left out is absent, not null; one that is given has one type."""
    operation.setdefault("security", [])
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [one for one in schema.pop("anyOf", ()) if one != {"type": "null"}]
        if len(kinds) == 1:
            schema.update(kinds[0])
        if schema.get("default", "") in (None, ""):
            schema.pop("default", None)


@pages.get("/openapi.json")
def show_document() -> Response:
    made = Response(current_app.json.dumps(document()), mimetype="application/json")
    made.headers["Cache-Control"] = "public, max-age=300"
    return made


@pages.get("/docs")
def show_page() -> Response:
    g.content_policy = DOCS_POLICY
    return Response(PAGE, mimetype="text/html")


@pages.get("/docs/start.js")
def show_start() -> Response:
    return Response(START, mimetype="text/javascript")


@pages.get("/docs/assets/<path:name>")
def show_asset(name: str) -> Response:
    return send_from_directory(ASSETS, name, max_age=86400)
