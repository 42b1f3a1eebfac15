"""The web chat: one page, its state, and a stream of what changes."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request, send_file

from devstack.sandbox import control, files, people, views
from devstack.sandbox.errors import Json
from devstack.sandbox.server import Server, running

HEARTBEAT_SECONDS = 10.0
# Only what a browser cannot run; everything else is downloaded.
SHOWN = {"image/png", "image/jpeg"}


page = Blueprint("page", __name__, static_folder="static", static_url_path="/static")


@page.get("/")
def index() -> Response:
    return page.send_static_file("index.html")


@page.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@page.get("/app/people")
def sample() -> Response:
    server = running()
    with server.store.reading() as db:
        return jsonify(people=views.cast(db), bot=server.bot)


@page.get("/app/chat")
def chat() -> Response:
    with running().store.reading() as db:
        person = people.person(db, control.integer(dict(request.args), "user"))
        return jsonify(views.chat(db, person, 0) | views.frame(db, person))


@page.get("/app/stream")
def stream() -> Response:
    server = running()
    last = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
    person_id = control.integer(dict(request.args), "user")
    with server.store.reading() as db:
        people.person(db, person_id)
    events = _events(server, person_id, control.integer({"after": last}, "after"))
    return Response(events, mimetype="text/event-stream")


@page.post("/app/sms-seen")
def sms_seen() -> Response:
    with running().store.transaction() as db:
        person = people.person(db, control.integer(control.body(), "user"))
        db.execute("UPDATE sms SET seen = 1 WHERE phone = ?", (_digits(person["phone"]),))
    return jsonify({})


@page.get("/files/<int:number>/<name>")
def stored(number: int, name: str) -> Response:
    with running().store.reading() as db:
        row = files.find(db, number)
    if row is None:
        return Response(status=404)
    return send_file(
        io.BytesIO(row["content"]),
        mimetype=row["mime"],
        as_attachment=row["mime"] not in SHOWN,
        download_name=row["name"],
    )


def _digits(phone: str) -> str:
    return phone.removeprefix("+")


def _events(server: Server, person_id: int, after: int) -> Iterator[str]:
    """Server-sent events: what changed in the chat, and the frame when that changed."""
    bell, known, idle_since = server.store.bell, None, time.monotonic()
    yield "retry: 1000\n\n"
    while not bell.is_stopped:
        seen = bell.rung
        event = _event(server, person_id, after)
        frame, after = {key: event[key] for key in event if key in FRAME}, event["cursor"]
        if event["messages"] or event["alerts"] or frame != known:
            known, idle_since = frame, time.monotonic()
            yield f"id: {after}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        elif time.monotonic() - idle_since >= HEARTBEAT_SECONDS:
            # Writing is the only way to learn that the browser has gone.
            idle_since = time.monotonic()
            yield ": still here\n\n"
        # A quiet moment gathers what a busy chat changes into one event.
        time.sleep(0.02)
        bell.wait(seen, 1.0 if event["typing"] else HEARTBEAT_SECONDS)


FRAME = ("person", "commands", "sms", "keyboard", "typing")


def _event(server: Server, person_id: int, after: int) -> Json:
    with server.store.reading() as db:
        person = people.person(db, person_id)
        event = views.chat(db, person, after) | views.frame(db, person)
    return event | {"typing": server.typing.get(person_id, 0) > time.monotonic()}
