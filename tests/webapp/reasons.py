"""The reasons that the code gives for malformed input, read from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("childcare", "webapp", "bot")


def reasons() -> set[str]:
    """The second argument of every `Malformed(…)`, and the first of every `wrong(…)`."""
    return {
        reason
        for package in PACKAGES
        for source in (ROOT / package).rglob("*.py")
        for reason in _of(ast.parse(source.read_text(encoding="utf-8")))
    }


def _of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = node.args[1:2] if node.func.id == "Malformed" else node.args[:1]
        if node.func.id in ("Malformed", "wrong"):
            for part in (part for one in given for part in ast.walk(one)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value
