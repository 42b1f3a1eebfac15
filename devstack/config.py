"""What the person who starts the stack may choose, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.process import StackError

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Config:
    """The choices, checked; an empty URL or token means that the stack brings its own."""

    port: int
    sandbox_port: int
    data_dir: Path
    database_url: str
    redis_url: str
    has_telegram_token: bool
    web_workers: int

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Config":
        """Read the choices. Raises StackError for the first that cannot be."""
        port = _number(env, "PORT", 8000, 65534)
        sandbox_port = _number(env, "SANDBOX_PORT", port + 1, 65535)
        if port == sandbox_port:
            raise StackError(f"PORT and SANDBOX_PORT are both {port}: choose two different ones.")
        return cls(
            port=port,
            sandbox_port=sandbox_port,
            data_dir=Path(ROOT, env.get("DATA_DIR") or ".data"),
            database_url=_secret(env, "DATABASE_URL"),
            redis_url=_secret(env, "REDIS_URL"),
            has_telegram_token=bool(_secret(env, "TELEGRAM_BOT_TOKEN")),
            web_workers=_number(env, "WEB_WORKERS", 2, 64),
        )


def _number(env: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise StackError(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text)


def _secret(env: Mapping[str, str], name: str) -> str:
    """The variable, or the content of the file that NAME_FILE names."""
    path = env.get(f"{name}_FILE")
    if not path:
        return env.get(name, "").strip()
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise StackError(f"{name}_FILE names {path}, which cannot be read.") from problem
