"""The browser of the tests: the system's Chromium, installed when it is missing and we may.

In CI the browser tests must run, so a missing browser is an error there; elsewhere it is a reason
to skip.
"""

import fcntl
import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
# For Playwright's `args`, beside executable_path: nothing but the page under test is fetched.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """Why there is no Chromium, in one sentence."""


def path() -> str:
    """The browser's executable; skips the test, or in CI fails it, when there is none."""
    try:
        return _found_or_installed()
    except NoBrowser as problem:
        if os.environ.get("CI", "").lower() in ("", "0", "false"):
            pytest.skip(str(problem))
        raise


@functools.cache
def _found_or_installed() -> str:
    # All pytest-xdist workers may ask at once; one installs, the others find.
    with (Path(__file__).parent / "chromium.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _executable() is None or not _has_chinese_font():
            _install()
    executable = _executable()
    if executable is None:
        raise NoBrowser("Chromium was installed but is not on PATH.")
    return executable


def _executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _has_chinese_font() -> bool:
    return any(any(folder.rglob("*CJK*")) for folder in FONT_FOLDERS if folder.exists())


def _install() -> None:
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        wanted = " and ".join(PACKAGES)
        raise NoBrowser(f"The browser tests need {wanted}, which only root can install by apt.")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    for command in ([apt, "update", "-q"], install):
        outcome = subprocess.run(  # noqa: S603  # apt-get with fixed words
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if outcome.returncode:
            raise NoBrowser(f"apt-get could not install Chromium: {outcome.stdout[-500:]}")
