"""From nothing to a running product, and back to nothing."""

import errno
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import partial
from types import FrameType
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
import redis

from devstack import embedded, postgres, process, programs, valkey
from devstack.config import Config
from devstack.datadir import DataDir
from devstack.process import Program, StackError
from devstack.supervisor import Supervisor, say

DATABASE = "childcare"
READY_SECONDS = 90.0
TEND_SECONDS = 0.2
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The stack's own address is never asked of a proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ProgramList(Protocol):
    """What the stack starts once its servers answer."""

    def preparations(self) -> list[Program]: ...
    def sandbox(self) -> Program: ...
    def product(self) -> list[Program]: ...


class ProgramMaker(Protocol):
    """Makes the list of programs; the tests make another than the product's."""

    def __call__(
        self, config: Config, data: DataDir, environ: Mapping[str, str]
    ) -> ProgramList: ...


def main(make_programs: ProgramMaker = programs.Programs) -> int:
    """Run the stack until told to stop; 0 after that, 1 with a sentence if it cannot run."""
    for number in STOPPERS:
        signal.signal(number, _interrupt)
    if "MAKELEVEL" in os.environ:
        # Who kills make means us.
        process.die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        config = Config.from_env(os.environ)
        data = DataDir(config.data_dir)
        with data.claimed():
            _run(config, data, make_programs)
    except KeyboardInterrupt:
        say("stopped")
        return 0
    except StackError as problem:
        say(f"Not started: {problem}")
    except OSError as problem:
        say(f"Not started: {problem.strerror or problem} ({problem.filename or 'the system'}).")
    return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in STOPPERS:
        # One wish to stop may arrive as several signals: from the terminal, make and timeout.
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(config: Config, data: DataDir, make_programs: ProgramMaker) -> None:
    supervisor = Supervisor(data)
    supervisor.sweep()
    try:
        check_port(config.port, "PORT")
        if not config.has_telegram_token:
            check_port(config.sandbox_port, "SANDBOX_PORT")
        environ = programs.surroundings(
            config, data, os.environ, _servers(config, data, supervisor)
        )
        programs.write_environment(data, environ)
        _start(config, supervisor, make_programs(config, data, environ))
        say(ready_line(config))
        while True:
            time.sleep(TEND_SECONDS)
            supervisor.tend()
            data.trim_logs()
    finally:
        data.declare_stopping()
        supervisor.stop()


def check_port(port: int, name: str) -> None:
    """Raise StackError with the reason why the port that `name` chose cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                reason = f"Port {port} is taken by another program"
            else:
                reason = f"This user may not listen on port {port}"
            raise StackError(f"{reason}: choose another with {name}=….") from problem


def _servers(config: Config, data: DataDir, supervisor: Supervisor) -> dict[str, str]:
    """Start what is not given, try what is; the addresses of what was started."""
    ports = data.read("ports.json") or {}
    urls = {}
    if config.database_url:
        _try_database(config.database_url)
    else:
        make = partial(postgres.Postgres, data.path / "postgres", log=data.log("postgres"))
        server, child = embedded.start(make, ports.get("postgres"))
        supervisor.adopt(server.program(), child, server.prepare)
        urls["DATABASE_URL"] = server.make_database(DATABASE)
        ports["postgres"] = server.port
    if config.redis_url:
        _try_redis(config.redis_url)
    else:
        make_queue = partial(valkey.Valkey, data.path / "valkey", log=data.log("valkey"))
        queue, child = embedded.start(make_queue, ports.get("valkey"))
        supervisor.adopt(queue.program(), child, queue.prepare)
        urls["REDIS_URL"] = queue.url()
        ports["valkey"] = queue.port
    data.write("ports.json", ports)
    return urls


def _try_database(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as problem:
        reason = str(problem).strip().splitlines()[-1]
        raise StackError(f"DATABASE_URL cannot be used: {reason}") from problem


def _try_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_timeout=5, retry=valkey.ONCE) as client:
            client.ping()
    except (redis.RedisError, ValueError) as problem:
        where = urlsplit(url).hostname or "the address given"
        reason = f"REDIS_URL cannot be used ({where}): {problem}"
        raise StackError(reason) from problem


def _start(config: Config, supervisor: Supervisor, chosen: ProgramList) -> None:
    for program in chosen.preparations():
        supervisor.run(program)
    awaited = {"web": f"{config.web_url}/readyz"}
    if not config.has_telegram_token:
        supervisor.start(chosen.sandbox())
        awaited["sandbox"] = f"{config.sandbox_url}/healthz"
    for program in chosen.product():
        supervisor.start(program)
    _wait_until_ready(supervisor, awaited)


def _wait_until_ready(supervisor: Supervisor, awaited: dict[str, str]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while awaited:
        supervisor.insist()
        awaited = {name: url for name, url in awaited.items() if not answers(url)}
        if awaited and time.monotonic() > deadline:
            slow = " and ".join(awaited)
            raise StackError(
                f"{slow} did not become ready in {READY_SECONDS:.0f} s (see the logs)."
            )
        time.sleep(0.05)
    supervisor.insist()


def answers(url: str) -> bool:
    """Whether `url` answers with success."""
    try:
        with DIRECT.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def ready_line(config: Config) -> str:
    """The line that says where everything is and who may sign in."""
    parts = [f"ready: web {config.web_url}", f"API {config.web_url}/api/docs"]
    if config.has_telegram_token:
        parts.append("sign in: parents in the chat of your bot")
    else:
        parts += [
            f"chat sandbox {config.sandbox_url}",
            "sign in: any sample parent in the sandbox",
        ]
    parts += [
        f"panel {config.web_url}/panel/ as zhou, password in {config.data_dir}/sample-staff.txt",
        f"operators: . {config.data_dir}/environment; .venv/bin/python -m childcare --help",
        "stop with Ctrl-C",
    ]
    return " · ".join(parts)
