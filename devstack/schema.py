"""Write the schema that the migrations make: `python -m devstack.schema docs/schema.sql`.

DATABASE_URL names a migrated database; without it a server is started for the purpose.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from devstack import embedded, postgres, process
from devstack.config import ROOT
from devstack.process import StackError

# Lines that differ from run to run or from release to release: the versions, the random key of
# \restrict, and the settings of the dumping session; and the frames round the headings.
SESSION = (
    "statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout"
    "|client_encoding|standard_conforming_strings|check_function_bodies|xmloption"
    "|client_min_messages|row_security|default_tablespace|default_table_access_method"
)
PASSING = re.compile(
    rf"^(-- Dumped |-- PostgreSQL database dump|\\(un)?restrict |SET ({SESSION}) = |--$"
    r"|SELECT pg_catalog\.set_config\('search_path')"
)


def dump(url: str) -> str:
    """The schema of the migrated database at `url` as SQL, always the same for the same schema."""
    parts = urlsplit(url)
    environ = {**os.environ, "PGPASSWORD": parts.password or "", "LC_ALL": "C.UTF-8"}
    without_password = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@"))
    outcome = subprocess.run(
        [
            *(postgres.wheel() / "bin" / "pg_dump", "--schema-only", "--no-owner"),
            *("--no-privileges", "--no-comments", f"--dbname={urlunsplit(without_password)}"),
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise StackError(f"The schema could not be read: {outcome.stderr.strip()}")
    kept = "\n".join(line for line in outcome.stdout.splitlines() if not PASSING.match(line))
    statements = re.sub(r"\n{3,}", "\n\n", kept).strip()
    return f"-- Written by `make schema` from the migrations.\n\n{statements}\n"


def migrated_and_dumped() -> str:
    """The schema that the migrations make on an empty server."""
    folder = Path(tempfile.mkdtemp(prefix="childcare-schema-"))
    # PostgreSQL's own user has to walk in when we are root.
    folder.chmod(0o711)
    server, child = embedded.start(
        lambda port: postgres.Postgres(
            folder / "postgres", port, log=folder / "log", settings=postgres.FORGETFUL
        )
    )
    try:
        environ = {
            **os.environ,
            "DATABASE_URL": server.url(),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "only-for-reading-the-settings-" + "x" * 32,
        }
        migrate = [sys.executable, "-m", "childcare", "migrate"]
        if subprocess.call(migrate, cwd=ROOT, env=environ):
            raise StackError("The migrations failed (the reason stands above).")
        return dump(server.url())
    finally:
        process.stop(child, server.program().stop_signal, 10)
        shutil.rmtree(folder)


def main(target: Path) -> int:
    """Write the schema to `target`; 1 with a sentence if it cannot be had."""
    try:
        given = os.environ.get("DATABASE_URL")
        text = dump(given) if given else migrated_and_dumped()
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    except StackError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
