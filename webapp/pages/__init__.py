"""Pages for people: rendered here, whole without scripts, brought to life by htmx.

The look is in ``static/css/tokens.css`` and ``app.css``; how a view is written, in `panel`.
"""

from flask import Flask

from webapp.pages import drawing, guard, home, language, static_files
from webapp.pages.panel import panel
from webapp.pages.refusals import draw_refusal

ROOMS = (home.front, panel)

__all__ = ["ROOMS", "draw_refusal", "init_app"]


def init_app(app: Flask) -> None:
    """Prepare an application for pages; `ROOMS` are registered by its composition root."""
    language.init_app(app)
    guard.init_app(app)
    static_files.init_app(app)
    drawing.init_app(app)
