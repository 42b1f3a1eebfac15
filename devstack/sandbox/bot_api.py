"""The Bot API at /bot<token>/<method>, and the bot's downloads at /file/bot<token>/<path>."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from sqlite3 import Connection
from typing import Any

from flask import Blueprint, Response, jsonify, request

from devstack.sandbox import editing, files, people, polling, profile, sending
from devstack.sandbox.calls import Call, read_call
from devstack.sandbox.errors import ApiError, Json, bad_request, too_many
from devstack.sandbox.limits import Fault
from devstack.sandbox.server import Server, running

# What the real server shows in a chat's title; anything else is a slip of the bot.
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
TYPING_SECONDS = 5
IN_TRANSACTION: Mapping[str, Callable[[Connection, Call], Any]] = {
    "getme": profile.get_me,
    "getchat": profile.get_chat,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendlocation": sending.send_location,
    "sendvenue": sending.send_venue,
    "sendcontact": sending.send_contact,
    "getfile": files.get_file,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmyname": profile.set_my_name,
    "getmyname": profile.get_my_name,
    "setmydescription": profile.set_my_description,
    "getmydescription": profile.get_my_description,
    "setmyshortdescription": profile.set_my_short_description,
    "getmyshortdescription": profile.get_my_short_description,
    "setchatmenubutton": profile.set_chat_menu_button,
    "getchatmenubutton": profile.get_chat_menu_button,
}
# The limits speak of messages sent; edits and answers pass.
COUNTED = {name for name in IN_TRANSACTION if name.startswith("send")}


def send_chat_action(server: Server, call: Call) -> bool:
    with server.store.transaction() as db:
        person = people.chat(db, call.text("chat_id"))
        if call.text("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        server.typing[person["id"]] = time.monotonic() + TYPING_SECONDS
    return True


def answer_callback_query(server: Server, call: Call) -> bool:
    with server.store.transaction() as db:
        return editing.answer_callback_query(db, call, server.settings.query_seconds)


WITH_SERVER: Mapping[str, Callable[[Server, Call], Any]] = {
    "getupdates": polling.get_updates,
    "setwebhook": polling.set_webhook,
    "deletewebhook": polling.delete_webhook,
    "getwebhookinfo": polling.get_webhook_info,
    "sendchataction": send_chat_action,
    "answercallbackquery": answer_callback_query,
}


def perform(server: Server, call: Call) -> Any:
    """Do what the call asks; ApiError where the real server would refuse."""
    name = call.method.lower()
    if name in WITH_SERVER:
        return WITH_SERVER[name](server, call)
    if name not in IN_TRANSACTION:
        raise ApiError(404, "Not Found")
    if name in COUNTED:
        seconds = server.limits.take(call.text("chat_id") or "")
        if seconds:
            raise too_many(seconds)
    with server.store.transaction() as db:
        return IN_TRANSACTION[name](db, call)


api = Blueprint("bot_api", __name__)


@api.route("/bot<token>/<method>", methods=["GET", "POST"])
def method(token: str, method: str) -> Response:
    server = running()
    began = time.time()
    fault = server.faults.next_for(method)
    call = Call(method, server.bot, {})
    try:
        if token != server.settings.token:
            raise ApiError(401, "Unauthorized")
        call = read_call(method, server.bot, request)
        _before(fault)
        body: Json = {"ok": True, "result": perform(server, call)}
        _after(fault)
    except ApiError as refusal:
        body = refusal.body()
    answer = jsonify(body)
    answer.status_code = body.get("error_code", 200)
    server.record.add(_recorded(call, began, body))
    return answer


@api.get("/file/bot<token>/<path:path>")
def download(token: str, path: str) -> Response:
    server = running()
    with server.store.reading() as db:
        row = files.find(db, files.number_of(path))
    if token != server.settings.token or row is None:
        refusal = ApiError(404, "Not Found")
        return Response(jsonify(refusal.body()).data, refusal.code, mimetype="application/json")
    return Response(row["content"], mimetype="application/octet-stream")


def _recorded(call: Call, began: float, body: Json) -> Json:
    recorded: Json = {
        "at": began,
        "method": call.method,
        "status": body.get("error_code", 200),
        "ms": round((time.time() - began) * 1000, 2),
        "chat_id": call.text("chat_id"),
        "text": call.text("text"),
    }
    if not body["ok"]:
        recorded["description"] = body["description"]
    return recorded


def _before(fault: Fault | None) -> None:
    """What goes wrong before the method has any effect."""
    if fault is None:
        return
    if fault.status is None and fault.cut != "before":
        return
    time.sleep(fault.silent_s)
    if fault.cut == "before":
        _cut()
        raise ApiError(500, "cut before the effect")
    if fault.status == 429:
        raise too_many(fault.retry_after or 1)
    if fault.status is not None:
        raise ApiError(fault.status, f"Fault {fault.status}", retry_after=fault.retry_after)


def _after(fault: Fault | None) -> None:
    """The effect is there, but the bot hears of it late or never."""
    if fault is None:
        return
    time.sleep(fault.silent_s)
    if fault.cut == "after":
        _cut()


def _cut() -> None:
    """Close the connection without a word; the answer written later goes nowhere."""
    request.environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
