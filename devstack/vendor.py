"""Copy what the pages need in the browser from ``frontend/node_modules`` into the package.

``make vendor`` runs it after ``npm ci``; the result is committed, so that nobody needs Node to run
or to test, and the tests compare it with its manifest.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "frontend" / "node_modules"
TARGET = ROOT / "webapp" / "static" / "vendor"
MANIFEST = "manifest.json"
# Package → its files that browsers load. The licence always comes along.
FILES: Mapping[str, Sequence[str]] = {"htmx.org": ("dist/htmx.min.js",)}


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy(source: Path = SOURCE, target: Path = TARGET) -> dict[str, str]:
    """Replace `target` by the listed files; answers their checksums by name."""
    shutil.rmtree(target, ignore_errors=True)
    for package, files in FILES.items():
        known = json.loads((source / package / "package.json").read_text(encoding="utf-8"))
        folder = target / f"{package}-{known['version']}"
        folder.mkdir(parents=True)
        for name in files:
            shutil.copyfile(source / package / name, folder / Path(name).name)
        shutil.copyfile(source / package / "LICENSE", folder / "LICENSE.txt")
    sums = checksums(target)
    (target / MANIFEST).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
    return sums


def checksums(target: Path = TARGET) -> dict[str, str]:
    """The checksum of every file there is but the manifest, by its name."""
    return {
        path.relative_to(target).as_posix(): checksum(path)
        for path in sorted(target.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def main() -> int:
    if not SOURCE.is_dir():
        print("frontend/node_modules is missing: run npm ci there first.", file=sys.stderr)
        return 1
    for name in copy():
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
