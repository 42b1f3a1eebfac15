"""The language of a page: the person's own once signed in, else the one chosen, else asked for."""

from contextlib import ExitStack
from typing import get_args

from flask import Flask, Response, g, request

from childcare import i18n
from childcare.i18n import Tongue

COOKIE = "lang"
YEAR_SECONDS = 365 * 24 * 3600


def speak(tongue: Tongue) -> None:
    """Say everything of this request in `tongue` from here on."""
    g.tongue = tongue
    speaking: ExitStack = g.speaking
    speaking.enter_context(i18n.speaking(tongue))


def chosen() -> Tongue | None:
    """What a visitor chose: ``?lang=en`` now, or earlier."""
    return _known(request.args.get("lang")) or _known(request.cookies.get(COOKIE))


def chosen_here() -> Tongue | None:
    """What was chosen on this very page: earlier choices may be somebody else's at this desk."""
    return _known(request.values.get("lang"))


def _known(said: str | None) -> Tongue | None:
    known: tuple[Tongue, ...] = get_args(Tongue)
    return next((one for one in known if one == said), None)


def keep(answer: Response, tongue: Tongue) -> None:
    """Let the browser remember a choice."""
    answer.set_cookie(
        COOKIE,
        tongue,
        max_age=YEAR_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _begin() -> None:
    if request.path.startswith("/api/"):
        return
    g.speaking = ExitStack()
    speak(chosen() or i18n.best_tongue(request.headers.get("Accept-Language")))


def _remember(answer: Response) -> Response:
    now = chosen()
    if "speaking" in g and "lang" in request.args and now and request.cookies.get(COOKIE) != now:
        keep(answer, now)
    return answer


def _end(_: BaseException | None) -> None:
    speaking: ExitStack | None = g.pop("speaking", None)
    if speaking is not None:
        speaking.close()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_remember)
    app.teardown_request(_end)
