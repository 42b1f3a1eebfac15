"""Delivers updates to the bot's webhook, one at a time and in order, until each is taken."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from devstack.sandbox import bot_api, store, updates
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import ApiError, Json
from devstack.sandbox.server import Server

ANSWER_SECONDS = 60
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
IDLE_SECONDS = 3600.0


def start(server: Server) -> threading.Thread:
    thread = threading.Thread(target=_deliver_for_ever, args=(server,), daemon=True)
    thread.start()
    return thread


def _deliver_for_ever(server: Server) -> None:
    bell, pause = server.store.bell, FIRST_PAUSE_SECONDS
    while not bell.is_stopped:
        seen = bell.rung
        with server.store.reading() as db:
            hook = store.setting(db, "webhook")
            rows = updates.due(db, 1) if hook else []
        if not rows:
            bell.wait(seen, IDLE_SECONDS)
            continue
        problem = _deliver(server, hook, rows[0]["update_id"], rows[0]["body"])
        if problem is None:
            pause = FIRST_PAUSE_SECONDS
            continue
        _note(server, hook, problem)
        _rest(server, hook, pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _deliver(server: Server, hook: Json, update_id: int, body: str) -> str | None:
    """Post one update; None when the bot took it, else what the real server would note."""
    parts = urlsplit(hook["url"])
    headers = {"Content-Type": "application/json"}
    if hook["secret"]:
        headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret"]
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body.encode(), headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, HTTPException) as error:
        return f"Connection failed: {type(error).__name__}"
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        return f"Wrong response from the webhook: {answer.status} {answer.reason}"
    with server.store.transaction() as db:
        updates.confirm(db, update_id)
    _perform_answer(server, content)
    return None


def _perform_answer(server: Server, content: bytes) -> None:
    """A bot may answer with a method to call; whether it worked it never hears."""
    try:
        values = json.loads(content)
    except ValueError:
        return
    if isinstance(values, dict) and "method" in values:
        call = Call(str(values.pop("method")), server.bot, values)
        try:
            bot_api.perform(server, call)
            status = 200
        except ApiError as refusal:
            status = refusal.code
        server.record.add({"at": time.time(), "method": call.method, "status": status})


def _note(server: Server, hook: Json, problem: str) -> None:
    noted = hook | {"last_error_date": int(time.time()), "last_error_message": problem}
    with server.store.transaction() as db:
        if (store.setting(db, "webhook") or {}).get("url") == hook["url"]:
            store.set_setting(db, "webhook", noted)


def _rest(server: Server, hook: Json, seconds: float) -> None:
    """Wait out the pause, unless the webhook is changed meanwhile."""
    bell, until = server.store.bell, time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not bell.is_stopped:
        seen = bell.rung
        with server.store.reading() as db:
            now = store.setting(db, "webhook") or {}
        if (now.get("url"), now.get("secret")) != (hook["url"], hook["secret"]):
            return
        bell.wait(seen, left)
