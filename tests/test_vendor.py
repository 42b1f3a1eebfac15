"""What browsers load was copied from its package unchanged, with its licence, and is shipped."""

import json

from devstack import vendor


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((vendor.TARGET / vendor.MANIFEST).read_text(encoding="utf-8"))
    assert manifest == vendor.checksums()
    folders = {name.partition("/")[0] for name in manifest}
    assert {f"{folder}/LICENSE.txt" for folder in folders} <= set(manifest)


def test_every_listed_package_is_vendored_as_it_is_locked() -> None:
    lock = json.loads((vendor.ROOT / "frontend/package-lock.json").read_text(encoding="utf-8"))
    for package, files in vendor.FILES.items():
        locked = lock["packages"][f"node_modules/{package}"]
        assert locked["integrity"].startswith("sha512-")
        assert "resolved" not in locked
        folder = vendor.TARGET / f"{package}-{locked['version']}"
        assert [name for name in files if not (folder / name.rpartition("/")[2]).is_file()] == []
