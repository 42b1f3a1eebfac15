"""The budgets of docs/architecture.md, enforced: what keeps every file readable in one sitting."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("childcare", "webapp", "bot", "workers", "gateways", "devstack")
EVERYWHERE = (*PACKAGES, "tests", "benchmarks")
BANNED = {"utils", "helpers", "common", "misc", "base", "manager", "service", "handler"}
LAWFUL_NAMES = {"Base", "BaseRequest"}
FILE_LINES, FUNCTION_LINES = 400, 40


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts
    )


FILES = python_files(*EVERYWHERE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_short_and_its_functions_fit_a_screen(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES
    long = {
        found.name: found.end_lineno - found.lineno + 1
        for found in functions(parsed(path))
        if found.end_lineno and found.end_lineno - found.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_stand_at_the_top(path: Path) -> None:
    hidden = [
        node.lineno
        for found in functions(parsed(path))
        for node in ast.walk(found)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == [], "an import inside a function hides a cycle"


def test_there_is_one_commit_in_the_project() -> None:
    commits = [
        f"{named(path)}:{node.lineno}"
        for path in python_files(*PACKAGES)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        # The sandbox keeps its chats in SQLite, and a migration is Alembic's own transaction.
        and "sandbox" not in path.parts
        and "migrations" not in path.parts
    ]
    assert [at.split(":")[0] for at in commits] == ["childcare/db.py"]


def test_no_file_and_no_class_has_a_name_that_says_nothing() -> None:
    files = {
        named(path)
        for path in FILES
        if path.stem in BANNED or path.stem.rstrip("s") in BANNED - {"base"}
    }
    assert files <= {"workers/handlers.py", "tests/workers/test_handlers.py"}
    classes = [
        f"{named(path)}:{node.name}"
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and node.name not in LAWFUL_NAMES
        if re.search(rf"({'|'.join(word.title() for word in BANNED)})s?$", node.name)
    ]
    assert classes == []


def test_silenced_warnings_are_rare() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    lines = sum(len(text.splitlines()) for text in texts)
    silenced = sum(len(re.findall(r"# (?:noqa|type: ignore)", text)) for text in texts)
    assert silenced <= lines / 1000


def test_the_repository_speaks_of_the_project_alone() -> None:
    """No machine's path, no registry's host: a clone works wherever it lies."""
    hosts = "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs"))
    marks = re.compile(rf"{hosts}|/ho" + r"me/\w+|\.\./sha" + "red")
    wanted = {".py", ".toml", ".md", ".txt", ".in", ".html", ".js", ".css", ".po", ".sql", ".yml"}
    found = [
        named(path)
        for folder in (*EVERYWHERE, "docs", "requirements")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in wanted and marks.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
