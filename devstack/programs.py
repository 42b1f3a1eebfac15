"""The programs of the product, as `make run` and the Procfile start them."""

import os
import shlex
import sys
from collections.abc import Mapping

from devstack.config import ROOT, Config
from devstack.datadir import DataDir, new_bot_token
from devstack.process import Program
from devstack.supervisor import APP, SANDBOX

# What make tells its children would reach every program below.
MAKES_OWN = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKE_TERMERR", "MAKE_TERMOUT")
WEB_OPTIONS = ("--config", "webapp/server.py")
PREPARATIONS = {"migrate": ["-m", "childcare", "migrate"], "sample": ["-m", "childcare", "sample"]}
BACKGROUND = {
    "worker": ["-m", "workers"],
    "dispatcher": ["-m", "workers.dispatcher"],
    "bot": ["-m", "bot"],
}


class Programs:
    """What to start for `config`, with the surroundings in `environ`."""

    def __init__(self, config: Config, data: DataDir, environ: Mapping[str, str]) -> None:
        self.config = config
        self.data = data
        self.environ = environ

    def preparations(self) -> list[Program]:
        """What must have ended well before anything else starts."""
        return [self._python(name, words) for name, words in PREPARATIONS.items()]

    def sandbox(self) -> Program:
        """The chat to talk to the bot in without Telegram."""
        return self._python("sandbox", ["-m", "devstack.sandbox"], SANDBOX)

    def product(self) -> list[Program]:
        """The processes a city runs."""
        web = [
            *("-m", "gunicorn", *WEB_OPTIONS, "--workers", str(self.config.web_workers)),
            *("--bind", f"127.0.0.1:{self.config.port}", "webapp:create_app()"),
        ]
        return [
            self._python("web", web),
            *(self._python(name, words) for name, words in BACKGROUND.items()),
        ]

    def _python(self, name: str, words: list[str], layer: int = APP) -> Program:
        return Program(
            name=name,
            command=[sys.executable, *words],
            cwd=ROOT,
            log=self.data.log(name),
            environ=self.environ,
            layer=layer,
        )


def surroundings(
    config: Config, data: DataDir, given: Mapping[str, str], urls: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the programs: what was given, completed by what the stack brings."""
    environ = {name: value for name, value in given.items() if name not in MAKES_OWN}
    environ |= urls
    environ |= {
        "PORT": str(config.port),
        "SANDBOX_PORT": str(config.sandbox_port),
        "DATA_DIR": str(config.data_dir),
        "PYTHONUNBUFFERED": "1",
    }
    environ.setdefault("PUBLIC_URL", config.web_url)
    if not (given.get("SECRET_KEY") or given.get("SECRET_KEY_FILE")):
        environ["SECRET_KEY_FILE"] = str(data.secret("secret_key", lambda: os.urandom(32).hex()))
    if not config.has_telegram_token:
        environ |= _sandbox(config, data, given)
    return environ


def _sandbox(config: Config, data: DataDir, given: Mapping[str, str]) -> dict[str, str]:
    token = data.secret("sandbox_token", new_bot_token).read_text()
    environ = {
        "SANDBOX_TOKEN": token,
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": config.sandbox_url,
    }
    if not (given.get("SMS_GATEWAY_URL") or given.get("SMS_GATEWAY_URL_FILE")):
        environ["SMS_GATEWAY_URL"] = f"{config.sandbox_url}/sms"
    return environ


def write_environment(data: DataDir, environ: Mapping[str, str]) -> None:
    """Leave what the programs are told in a file for a shell, readable by us alone."""
    told = {name: value for name, value in environ.items() if os.environ.get(name) != value}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(told.items())]
    (data.path / "environment").unlink(missing_ok=True)
    data.secret("environment", lambda: "\n".join(lines) + "\n")
