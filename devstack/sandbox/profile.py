"""The bot's own card: who it is, its commands and descriptions."""

from __future__ import annotations

import re
import sqlite3

from devstack.sandbox import people, store
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request

MOST_COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LENGTHS = {"name": 64, "description": 512, "short_description": 120}


def get_me(_db: sqlite3.Connection, call: Call) -> Json:
    return call.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(db: sqlite3.Connection, call: Call) -> Json:
    person = people.chat(db, call.text("chat_id"))
    return people.as_chat(person) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": _no_gifts(),
    }


def _no_gifts() -> Json:
    kinds = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return dict.fromkeys((*kinds, "gifts_from_channels"), False)


def _place(call: Call) -> str:
    """Where commands or texts are kept: one list for each scope and language."""
    scope = call.document("scope") or {"type": "default"}
    language = call.text("language_code") or ""
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return f"{scope.get('type')}:{scope.get('chat_id', '')}:{language}"


def _command(one: Json) -> Json:
    command, description = str(one.get("command", "")), str(one.get("description", ""))
    command = command.removeprefix("/")
    if not COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def set_my_commands(db: sqlite3.Connection, call: Call) -> bool:
    commands = call.document("commands")
    if not isinstance(commands, list) or not all(isinstance(one, dict) for one in commands):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    store.set_setting(db, f"commands:{_place(call)}", [_command(one) for one in commands])
    return True


def get_my_commands(db: sqlite3.Connection, call: Call) -> list[Json]:
    return list(store.setting(db, f"commands:{_place(call)}", []))


def delete_my_commands(db: sqlite3.Connection, call: Call) -> bool:
    store.drop_setting(db, f"commands:{_place(call)}")
    return True


def commands_for(db: sqlite3.Connection, person: sqlite3.Row) -> list[Json]:
    """The menu a person sees: nearest scope first, in each the own language before none."""
    language = person["language_code"][:2]
    for scope in (f"chat:{person['id']}", "all_private_chats:", "default:"):
        for spoken in (language, ""):
            commands = store.setting(db, f"commands:{scope}:{spoken}")
            if commands:
                return list(commands)
    return []


def _set_text(db: sqlite3.Connection, call: Call, name: str) -> bool:
    text = call.text(name) or ""
    if len(text) > LENGTHS[name]:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    store.set_setting(db, f"{name}:{_place(call)}", text)
    return True


def _get_text(db: sqlite3.Connection, call: Call, name: str) -> Json:
    return {name: store.setting(db, f"{name}:{_place(call)}", "")}


def set_my_name(db: sqlite3.Connection, call: Call) -> bool:
    return _set_text(db, call, "name")


def get_my_name(db: sqlite3.Connection, call: Call) -> Json:
    return _get_text(db, call, "name")


def set_my_description(db: sqlite3.Connection, call: Call) -> bool:
    return _set_text(db, call, "description")


def get_my_description(db: sqlite3.Connection, call: Call) -> Json:
    return _get_text(db, call, "description")


def set_my_short_description(db: sqlite3.Connection, call: Call) -> bool:
    return _set_text(db, call, "short_description")


def get_my_short_description(db: sqlite3.Connection, call: Call) -> Json:
    return _get_text(db, call, "short_description")


def set_chat_menu_button(db: sqlite3.Connection, call: Call) -> bool:
    button = call.document("menu_button") or {"type": "default"}
    if button.get("type") not in {"commands", "default", "web_app"}:
        raise bad_request("can't parse menu button: unknown type")
    store.set_setting(db, f"menu_button:{call.text('chat_id') or ''}", button)
    return True


def get_chat_menu_button(db: sqlite3.Connection, call: Call) -> Json:
    default = store.setting(db, "menu_button:", {"type": "commands"})
    return dict(store.setting(db, f"menu_button:{call.text('chat_id') or ''}", default))
