"""Bring .venv to what a lock in requirements/ says: `python3 -I devstack/install.py dev|test`.

Run by whatever Python there is, before anything is installed: standard library alone, and the
syntax of older Pythons, so that these can say what is missing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
# The test set holds the other.
INCLUDED = {"dev": ("dev",), "test": ("test", "dev")}


class NotInstalled(Exception):
    """One sentence on what is in the way."""


def main(wanted: str) -> int:
    """Install the set `wanted` unless it is there; 1 with a sentence if that cannot be."""
    if sys.version_info < OLDEST:
        return _ask_a_newer_python(wanted)
    try:
        with lock_file(wanted).open() as lock:
            # Two makes at once must not fill the same folder.
            fcntl.flock(lock, fcntl.LOCK_EX)
            install(wanted)
    except NotInstalled as problem:
        print(f"Not installed: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Not installed: {problem.strerror}: {problem.filename}", file=sys.stderr)
        return 1
    return 0


def _ask_a_newer_python(wanted: str) -> int:
    for minor in (11, 12, 13, 14):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return subprocess.call([newer, "-I", __file__, wanted])
    found = ".".join(map(str, sys.version_info[:3]))
    print(f"Not installed: Python 3.11 or newer is needed, this is {found}.", file=sys.stderr)
    return 1


def lock_file(name: str) -> Path:
    """Where the versions and hashes of the set `name` stand."""
    return ROOT / "requirements" / f"{name}.txt"


def stamp(name: str) -> Path:
    """What says that the set `name` was installed wholly, and from which lock."""
    return VENV / f"installed-{name}.sha256"


def digest(name: str) -> str:
    """What changes when the lock of the set `name` changes."""
    return hashlib.sha256(lock_file(name).read_bytes()).hexdigest()


def is_installed(name: str) -> bool:
    """Whether the environment works and holds the set `name` as its lock has it now."""
    if not (stamp(name).exists() and stamp(name).read_text() == digest(name)):
        return False
    return runs(PYTHON)


def runs(python: Path) -> bool:
    """Whether this Python starts: the one it was made from may have been removed."""
    try:
        return subprocess.call([python, "-I", "-c", ""], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def install(name: str) -> None:
    """Make the environment and fill it. Raises NotInstalled with what to do."""
    if is_installed(name):
        return
    make_venv()
    print(f"Installing requirements/{name}.txt into .venv (once; about a minute) …", flush=True)
    begun = time.monotonic()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--require-hashes", "-r", str(lock_file(name))]
    if subprocess.call(pip, cwd=str(ROOT)):
        raise NotInstalled("pip could not install the packages (its reason stands above).")
    for included in INCLUDED[name]:
        stamp(included).write_text(digest(included))
    print(f"Installed in {time.monotonic() - begun:.0f} s.", flush=True)


def make_venv() -> None:
    """Make the environment unless it is there and works."""
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
        raise NotInstalled(f"{VENV} is not a Python environment: move it away.")
    if (
        runs(PYTHON)
        and subprocess.call([PYTHON, "-I", "-m", "pip", "--version"], stdout=subprocess.DEVNULL)
        == 0
    ):
        return
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NotInstalled(
            f"Python's venv and pip are needed (on Debian: python3-venv).\n{made.stdout.strip()}"
        )


if __name__ == "__main__":
    os.environ.pop("PYTHONHOME", None)
    sys.exit(main(sys.argv[1]))
