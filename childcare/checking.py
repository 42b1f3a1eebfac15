"""Whether a city's configuration works, every fault in one list: what `python -m childcare check`
tells before anybody depends on it."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from childcare import clock
from childcare.settings import Settings

OLDEST_POSTGRES = 15
LARGEST_SKEW = timedelta(seconds=5)
SECONDS = 5.0
EXTENSIONS = ("btree_gist",)
MIGRATIONS = Path(__file__).with_name("migrations")


def problems(settings: Settings) -> list[str]:
    """One English sentence for everything that would not work; nothing is changed anywhere."""
    return [*_database(settings), *_queue(settings.redis_url), *_bot(settings)]


def _database(settings: Settings) -> Iterator[str]:
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, connect_args={"connect_timeout": int(SECONDS)})
    try:
        with engine.connect() as connection:
            yield from _server(connection)
            yield from _schema(connection)
    except DBAPIError as problem:
        why = str(problem.orig).strip().splitlines()
        yield f"DATABASE_URL: the database does not answer ({why[0] if why else 'no reason'})."
    finally:
        engine.dispose()


def _server(connection: Connection) -> Iterator[str]:
    row = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int AS version, datctype,"
            " pg_encoding_to_char(encoding) AS encoding, clock_timestamp() AS at"
            " FROM pg_database WHERE datname = current_database()"
        )
    ).one()
    if row.version < OLDEST_POSTGRES * 10_000:
        yield f"PostgreSQL is older than {OLDEST_POSTGRES}."
    if row.encoding != "UTF8":
        yield f"The database's encoding is {row.encoding}, it must be UTF8."
    if row.datctype in ("C", "POSIX"):
        yield "The database's lc_ctype is C, which knows no Chinese letters; make it C.UTF-8."
    if abs(row.at - datetime.now(UTC)) > LARGEST_SKEW:
        yield "The clocks of this machine and of the database differ by more than 5 seconds."
    known = set(connection.scalars(text("SELECT name FROM pg_available_extensions")))
    for missing in sorted(set(EXTENSIONS) - known):
        yield f"The database server lacks the extension {missing}."


def _schema(connection: Connection) -> Iterator[str]:
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        yield "The database has no tables yet: run `python -m childcare migrate`."
        return
    now = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if now != set(ScriptDirectory(str(MIGRATIONS)).get_heads()):
        yield "The database is not of this release: run `python -m childcare migrate`."
        return
    year = clock.today(datetime.now(UTC)).year
    seeded = connection.scalar(
        text("""SELECT count(*) FROM calendar_day WHERE extract(year FROM "on") = :year"""),
        {"year": year},
    )
    if not seeded:
        command = f"python -m childcare calendar seed {year}"
        yield f"Public holidays of {year} are unknown: run `{command}`."


def _queue(url: str) -> Iterator[str]:
    try:
        answer = _ping(url)
    except (OSError, ValueError) as problem:
        yield f"REDIS_URL: the queue does not answer ({_reason(problem)})."
        return
    if not answer.startswith(b"+PONG"):
        said = answer.decode(errors="replace").splitlines()
        yield f"REDIS_URL: the queue refuses ({said[0] if said else 'it closed the connection'})."


def _ping(url: str) -> bytes:
    """The last answer to AUTH (where there is a password) and PING."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    with closing(_connected(url)) as link:
        answer = b""
        if password:
            words = ["AUTH", *([user] if user else []), password]
            answer = _ask(link, words)
        return answer if answer.startswith(b"-") else _ask(link, ["PING"])


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(SECONDS)
        link.connect(parts.path)
        return link
    host = parts.hostname or "localhost"
    link = socket.create_connection((host, parts.port or 6379), timeout=SECONDS)
    if parts.scheme == "rediss":
        return ssl.create_default_context().wrap_socket(link, server_hostname=host)
    return link


def _ask(link: socket.socket, words: list[str]) -> bytes:
    bulk = (b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
    link.sendall(b"".join((b"*%d\r\n" % len(words), *bulk)))
    return link.recv(512)


def _bot(settings: Settings) -> Iterator[str]:
    if not settings.telegram_bot_token:
        yield "TELEGRAM_BOT_TOKEN is missing: nobody can book in the chat."
        return
    try:
        status = _me(settings.telegram_api_url, settings.telegram_bot_token)
    except (OSError, ValueError, http.client.HTTPException) as problem:
        yield f"TELEGRAM_API_URL: the chat server does not answer ({_reason(problem)})."
        return
    if status in (401, 404):
        yield "TELEGRAM_BOT_TOKEN is not accepted by the chat server."
    elif status != 200:
        yield f"TELEGRAM_API_URL: the chat server answers with status {status}."


def _me(api_url: str, token: str) -> int:
    """The status of getMe; ValueError where the answer is not the Bot API's."""
    parts = urlsplit(api_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=SECONDS)) as link:
        link.request("GET", f"{parts.path}/bot{token}/getMe")
        answer = link.getresponse()
        if answer.status == 200 and not json.loads(answer.read()).get("ok"):
            raise ValueError("not a Bot API")
        return answer.status


def _reason(problem: Exception) -> str:
    # Never the address: it may hold a password or the bot's token.
    return getattr(problem, "strerror", None) or type(problem).__name__
