"""The environment is made from the lock, once, and again when the lock changes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import install


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as the installer looks at, with locks that name nothing."""
    (tmp_path / "devstack").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy(install.__file__, tmp_path / "devstack")
    for name in install.INCLUDED:
        (tmp_path / "requirements" / f"{name}.txt").write_text("# nothing\n")
    return tmp_path


def make(clone: Path, wanted: str) -> subprocess.CompletedProcess[str]:
    """What the Makefile calls."""
    return subprocess.run(
        [sys.executable, "-I", str(clone / "devstack" / "install.py"), wanted],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_installs_once_and_again_after_a_failure_or_a_change_of_the_lock(clone: Path) -> None:
    first = make(clone, "test")
    assert first.returncode == 0, first.stderr
    assert "Installing requirements/test.txt" in first.stdout
    assert (clone / ".venv" / "bin" / "python").exists()

    assert make(clone, "test").stdout == ""
    # The test set holds the other.
    assert make(clone, "dev").stdout == ""

    lock = clone / "requirements" / "dev.txt"
    lock.write_text("./absent.whl --hash=sha256:00\n")
    failed = make(clone, "dev")
    assert failed.returncode == 1
    assert "Not installed: pip could not install the packages" in failed.stderr
    assert "Traceback" not in failed.stderr

    lock.write_text("# changed\n")
    assert "Installing requirements/dev.txt" in make(clone, "dev").stdout
    assert make(clone, "test").stdout == ""


def test_a_folder_that_is_no_environment_is_left_alone(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "thesis.txt").write_text("the only copy")
    refused = make(clone, "dev")
    assert refused.returncode == 1
    assert refused.stderr.endswith(".venv is not a Python environment: move it away.\n")
    assert [file.name for file in (clone / ".venv").iterdir()] == ["thesis.txt"]


def test_every_lock_has_a_hash_for_each_package_and_no_address() -> None:
    for file in (install.ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text
        packages = [part for part in text.split("\n") if "==" in part]
        assert packages
        assert all(package.endswith("\\") for package in packages)
