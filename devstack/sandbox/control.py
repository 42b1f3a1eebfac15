"""/control for scripts and tests, and /sms where the product's messages arrive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from devstack.sandbox import people, store, updates, views, visitors
from devstack.sandbox.errors import BadInput, Json
from devstack.sandbox.limits import Fault
from devstack.sandbox.server import Server, running

SMS_LENGTH = 1000


def body() -> Json:
    """The call's JSON object; BadInput if it is none."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise BadInput("A JSON object is expected.")
    return given


def integer(given: Json, name: str) -> int:
    value = given.get(name)
    if isinstance(value, bool) or not str(value).isdigit() or int(str(value)) >= 2**52:
        raise BadInput(f"{name} must be a whole number, 0 or more.")
    return int(str(value))


def number(given: Json, name: str, default: float | None, low: float) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < low:
        raise BadInput(f"{name} must be a number, {low:g} or more.")
    return float(value)


def _send(server: Server, given: Json) -> Json:
    kinds: dict[str, Callable[..., Json]] = {
        "text": visitors.say,
        "location": visitors.share_location,
        "contact": visitors.share_contact,
    }
    named = [kind for kind in kinds if kind in given]
    locale = given.get("locale", "zh")
    if len(named) != 1:
        raise BadInput("Exactly one of text, location and contact is expected.")
    if locale not in people.LANGUAGE:
        raise BadInput("locale must be zh or en.")
    if named == ["text"] and not isinstance(given["text"], str):
        raise BadInput("text must be a string.")
    with server.store.transaction() as db:
        person = people.invent(db, integer(given, "user"), locale, given.get("phone"))
        sent = kinds[named[0]](db, person, given[named[0]])
        return sent | {"cursor": store.latest(db, "changed")}


def _press(server: Server, given: Json) -> Json:
    label, data = given.get("button"), given.get("data")
    if not isinstance(label, str) and not isinstance(data, str):
        raise BadInput("button (its label) or data is expected.")
    message_id = integer(given, "message_id") if "message_id" in given else None
    wanted = visitors.Press(label, data, message_id, given.get("location"))
    with server.store.transaction() as db:
        person = people.person(db, integer(given, "user"))
        return visitors.press(db, person, wanted) | {"cursor": store.latest(db, "changed")}


def _fault(server: Server, given: Json) -> Json:
    cut, status = given.get("cut"), given.get("status")
    if cut not in {None, "before", "after"}:
        raise BadInput("cut must be before or after.")
    if status is not None and not (isinstance(status, int) and 400 <= status <= 599):
        raise BadInput("status must be from 400 to 599.")
    if not isinstance(given.get("method"), str):
        raise BadInput("method is expected; * means all.")
    retry_after = integer(given, "retry_after") if "retry_after" in given else None
    silent_s = number(given, "silent_s", 0, 0)
    if cut is None and status is None and not silent_s:
        raise BadInput("status, cut or silent_s is expected.")
    times = int(number(given, "times", 1, 1))
    fault = Fault(given["method"].lower(), status, retry_after, cut, silent_s, times)
    server.faults.order(fault)
    return {}


def _redeliver(server: Server, given: Json) -> Json:
    with server.store.transaction() as db:
        updates.redeliver(db, integer(given, "update_id"))
    return {}


def _limits(server: Server, given: Json) -> Json:
    now = server.limits.as_json()
    server.limits.set(*(number(given, name, now[name], 0.1) for name in now))
    return server.limits.as_json()


def _block(server: Server, given: Json) -> Json:
    with server.store.transaction() as db:
        visitors.block(db, people.person(db, integer(given, "user")), server.bot)
    return {}


def _unblock(server: Server, given: Json) -> Json:
    with server.store.transaction() as db:
        visitors.unblock(db, people.person(db, integer(given, "user")), server.bot)
    return {}


def _no_more_faults(server: Server) -> Json:
    server.faults.clear()
    return {}


def receive_sms(server: Server, given: Json) -> Json:
    phone, text = given.get("phone"), given.get("text")
    if not isinstance(phone, str) or not phone.strip().removeprefix("+").isdigit():
        raise BadInput("phone must be digits, with + before the country if you like.")
    if not isinstance(text, str) or not 0 < len(text) <= SMS_LENGTH:
        raise BadInput(f"text must have 1 to {SMS_LENGTH} characters.")
    with server.store.transaction() as db:
        row = db.execute(
            "INSERT INTO sms (phone, text, at) VALUES (?, ?, ?) RETURNING id",
            (phone.strip().removeprefix("+"), text, time.time()),
        ).fetchone()
        return {"id": row["id"]}


ACTIONS: dict[str, Callable[[Server, Json], Json]] = {
    "send": _send,
    "press": _press,
    "block": _block,
    "unblock": _unblock,
    "fault": _fault,
    "redeliver": _redeliver,
    "limits": _limits,
}


api = Blueprint("control", __name__)


@api.post("/control/<action>")
def act(action: str) -> tuple[Response, int]:
    if action not in ACTIONS:
        return jsonify(error=f"There is no /control/{action}."), 404
    return jsonify(ACTIONS[action](running(), body())), 200


@api.delete("/control/fault")
def no_more_faults() -> Response:
    return jsonify(_no_more_faults(running()))


@api.get("/control/limits")
def limits() -> Response:
    return jsonify(running().limits.as_json())


@api.get("/control/messages")
def messages() -> Response:
    given: dict[str, Any] = {"after": "0"} | dict(request.args.items())
    with running().store.reading() as db:
        person = people.person(db, integer(given, "user"))
        return jsonify(views.chat(db, person, integer(given, "after")))


@api.get("/control/sms")
def sms() -> Response:
    # An unescaped + arrives as a space.
    phone = request.args.get("phone", "").strip()
    if not phone:
        raise BadInput("phone is expected.")
    with running().store.reading() as db:
        return jsonify(messages=views.inbox(db, phone))


@api.get("/control/calls")
def calls() -> Response:
    given: dict[str, Any] = {"after": "0"} | dict(request.args.items())
    found = running().record.after(integer(given, "after"), request.args.get("method"))
    return jsonify(calls=found)


@api.post("/sms")
def receive() -> tuple[Response, int]:
    return jsonify(receive_sms(running(), body())), 202
