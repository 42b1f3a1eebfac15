"""getUpdates and the webhook's settings: the two ways in which a bot hears, never both."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from devstack.sandbox import store, updates
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import ApiError, Json, bad_request
from devstack.sandbox.server import Server

# The real server holds a poll for 50 seconds at most, whatever the bot asks for.
LONGEST_POLL_SECONDS = 50
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


def get_updates(server: Server, call: Call) -> list[Json]:
    limit = min(max(call.integer("limit") or updates.MOST_AT_ONCE, 1), updates.MOST_AT_ONCE)
    seconds = min(max(call.integer("timeout") or 0, 0), LONGEST_POLL_SECONDS)
    with server.store.transaction() as db:
        if store.setting(db, "webhook"):
            raise ApiError(409, WEBHOOK_ACTIVE)
        _allow(db, call)
        updates.confirm_before(db, call.integer("offset") or 0)
    turn = server.polls.enter()
    server.store.bell.ring()
    return _wait_for_updates(server, turn, limit, time.monotonic() + seconds)


def _wait_for_updates(server: Server, turn: int, limit: int, until: float) -> list[Json]:
    bell = server.store.bell
    while True:
        seen = bell.rung
        server.polls.check(turn)
        with server.store.reading() as db:
            found = updates.due(db, limit)
            updates.given_again(db, found)
        left = until - time.monotonic()
        if found or left <= 0 or bell.is_stopped:
            return [json.loads(row["body"]) for row in found]
        bell.wait(seen, left)


def _allow(db: Any, call: Call) -> None:
    kinds = call.list_of_text("allowed_updates")
    if kinds is not None:
        store.set_setting(db, "allowed_updates", kinds)


def set_webhook(server: Server, call: Call) -> bool:
    url = (call.text("url") or "").strip()
    if not url:
        return delete_webhook(server, call)
    secret = call.text("secret_token") or ""
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    if not _is_loopback(url):
        raise bad_request("bad webhook: the sandbox calls only http:// on a loopback address")
    with server.store.transaction() as db:
        _allow(db, call)
        if call.flag("drop_pending_updates"):
            updates.confirm_all(db)
        store.set_setting(db, "webhook", {"url": url, "secret": secret})
    server.polls.end("setWebhook request")
    server.store.bell.ring()
    return True


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def delete_webhook(server: Server, call: Call) -> bool:
    with server.store.transaction() as db:
        if call.flag("drop_pending_updates"):
            updates.confirm_all(db)
        store.drop_setting(db, "webhook")
    return True


def get_webhook_info(server: Server, _call: Call) -> Json:
    with server.store.reading() as db:
        hook = store.setting(db, "webhook") or {}
        allowed = store.setting(db, "allowed_updates")
        info = {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": updates.pending_count(db),
        }
    if hook:
        info |= {"max_connections": 1, "ip_address": "127.0.0.1"}
    if allowed:
        info["allowed_updates"] = allowed
    return info | {key: hook[key] for key in hook if key.startswith("last_error")}
