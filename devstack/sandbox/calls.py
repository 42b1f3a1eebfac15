from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request

from devstack.sandbox.errors import Json, bad_request


@dataclass(frozen=True)
class Call:
    """One call of a method, however its values travelled (query, form, multipart, JSON)."""

    method: str
    bot: Json
    values: Json
    files: dict[str, FileStorage] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else str(value)

    def integer(self, name: str) -> int | None:
        value = self.values.get(name)
        if value in (None, ""):
            return None
        try:
            return int(str(value))
        except ValueError:
            raise bad_request(f"can't parse {name}: an integer is expected") from None

    def number(self, name: str) -> float:
        try:
            return float(str(self.values.get(name)))
        except ValueError:
            raise bad_request(f"wrong {name} in request") from None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"true", "1", "yes"}

    def document(self, name: str) -> Any:
        """A nested value: forms carry it as a JSON string, JSON bodies as it is."""
        value = self.values.get(name)
        if not isinstance(value, str) or value == "":
            return value or None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def list_of_text(self, name: str) -> list[str] | None:
        """None where the call does not name it, which keeps what an earlier call set."""
        if self.values.get(name) in (None, ""):
            return None
        value = self.document(name) or []
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name}: an array is expected")
        return [str(one) for one in value]


def read_call(method: str, bot: Json, request: Request) -> Call:
    values: Json = dict(request.args.items())
    if request.mimetype == "application/json":
        body = json.loads(request.get_data() or b"{}")
        if not isinstance(body, dict):
            raise bad_request("can't parse the request as a JSON object")
        values.update(body)
    else:
        values.update(request.form.items())
    return Call(method, bot, values, dict(request.files.items()))
