from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the environment says, and what the real server's limits are known to be."""

    port: int
    database: Path
    token: str
    # core.telegram.org/bots/faq: about 30 messages a second over all and one a second in a chat,
    # where short bursts pass. How long a burst is not published.
    per_second: float
    chat_per_second: float
    chat_burst: int
    query_seconds: float

    @property
    def bot_id(self) -> int:
        return int(self.token.split(":")[0])


class BadSettings(Exception):
    """Every problem found in the environment, one sentence each."""


def from_env(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raise BadSettings naming every value that cannot be used."""
    problems: list[str] = []

    def number(name: str, default: float, low: float, high: float) -> float:
        raw = environ.get(name, "")
        try:
            value = float(raw) if raw else default
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            problems.append(f"{name} must be a number from {low:g} to {high:g}, not {raw!r}.")
        return value

    token = environ.get("SANDBOX_TOKEN") or "100000:sandbox"
    if not token.split(":")[0].isdigit() or ":" not in token:
        problems.append("SANDBOX_TOKEN must look like 100000:sandbox.")
    settings = Settings(
        port=int(number("SANDBOX_PORT", 8082, 1, 65535)),
        database=Path(environ.get("DATA_DIR") or ".data") / "sandbox.db",
        token=token,
        per_second=number("SANDBOX_PER_SECOND", 30, 0.1, 1e9),
        chat_per_second=number("SANDBOX_CHAT_PER_SECOND", 1, 0.1, 1e9),
        chat_burst=int(number("SANDBOX_CHAT_BURST", 20, 1, 1e9)),
        query_seconds=number("SANDBOX_QUERY_SECONDS", 60, 1, 1e9),
    )
    if problems:
        raise BadSettings(" ".join(problems))
    return settings
