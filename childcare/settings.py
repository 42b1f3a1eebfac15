"""Configuration, read once from the environment, every problem reported together."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError

from childcare import clock


class Misconfigured(Exception):
    """The environment is wrong; `problems` has one English sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, repr=False)
class Settings:
    """What a process knows of its surroundings. Its repr shows no value: some are secret."""

    database_url: str
    redis_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    telegram_bot_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    bot_webhook_url: str = ""
    bot_webhook_secret: str = ""
    # Where the webhook is listened for; 0: at the port of its public address.
    bot_port: int = 0
    sms_gateway_url: str = ""
    trusted_proxies: int = 0
    map_tiles_url: str = ""
    time_zone: str = clock.DEFAULT_ZONE
    # Four connections a core serve best; more on one row only queue (docs/performance notes in
    # benchmarks/README.md).
    pool_size: int = 8

    def __repr__(self) -> str:
        return "Settings(…)"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check everything. Raises `Misconfigured` naming every fault at once."""
        reader = _Reader(os.environ if env is None else env)
        settings = cls(
            database_url=reader.url("DATABASE_URL", {"postgresql"}),
            redis_url=reader.url("REDIS_URL", {"redis", "rediss", "unix"}),
            secret_key=reader.secret_key(),
            public_url=reader.url("PUBLIC_URL", {"http", "https"}, cls.public_url).rstrip("/"),
            telegram_bot_token=reader.text("TELEGRAM_BOT_TOKEN"),
            telegram_api_url=reader.url(
                "TELEGRAM_API_URL", {"http", "https"}, cls.telegram_api_url
            ).rstrip("/"),
            bot_webhook_url=reader.url("BOT_WEBHOOK_URL", {"http", "https"}, ""),
            bot_webhook_secret=reader.text("BOT_WEBHOOK_SECRET"),
            bot_port=reader.number("BOT_PORT", 0, 0, 65535),
            sms_gateway_url=reader.url("SMS_GATEWAY_URL", {"http", "https"}, ""),
            trusted_proxies=reader.number("TRUSTED_PROXIES", 0, 0, 10),
            map_tiles_url=reader.text("MAP_TILES_URL"),
            time_zone=reader.zone("TIME_ZONE"),
            pool_size=reader.number("DATABASE_POOL", cls.pool_size, 1, 100),
        )
        if settings.bot_webhook_url and not settings.bot_webhook_secret:
            reader.problems.append("BOT_WEBHOOK_SECRET is required with BOT_WEBHOOK_URL.")
        if reader.problems:
            raise Misconfigured(reader.problems)
        return settings


class _Reader:
    """Reads variables, collects problems instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The variable, or the content of the file that NAME_FILE names."""
        path = self.env.get(f"{name}_FILE")
        if not path:
            return self.env.get(name, "").strip() or default
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "not a text file"
            self.problems.append(f"{name}_FILE cannot be read: {why}.")
            return default

    def url(self, name: str, schemes: set[str], default: str | None = None) -> str:
        """An address; a variable without default is required."""
        text = self.text(name, default or "")
        if not text:
            if default is None:
                self.problems.append(f"{name} is required.")
            return ""
        if not self._holds(lambda: urlsplit(text).scheme in schemes):
            self.problems.append(f"{name} must be an address of {' or '.join(sorted(schemes))}.")
        return text

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if not self._holds(lambda: least <= int(text) <= most):
            self.problems.append(f"{name} must be a whole number from {least} to {most}.")
            return default
        return int(text)

    def zone(self, name: str) -> str:
        text = self.text(name, clock.DEFAULT_ZONE)
        try:
            clock.use_zone(text)
        except clock.SummerTime:
            self.problems.append(f"{name}: zones with summer time are not supported.")
        except (ZoneInfoNotFoundError, ValueError):
            self.problems.append(f"{name} is not a time zone.")
        return text

    def secret_key(self) -> str:
        text = self.text("SECRET_KEY")
        if len(text) < 32:
            self.problems.append("SECRET_KEY (or SECRET_KEY_FILE) needs at least 32 characters.")
        return text

    @staticmethod
    def _holds(check: Callable[[], bool]) -> bool:
        try:
            return check()
        except ValueError:
            return False
