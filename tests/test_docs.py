"""What the documents say is true: commands, links, tables, settings."""

import re
from pathlib import Path

import psycopg
import pytest

from childcare.stays import FOLLOWS, State
from devstack import schema
from tests import servers

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md")])
DOMAIN = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)#\s]+)\)|(?:src)=\"([^\"]+)\"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [a or b for a, b in LINK.findall(page.read_text(encoding="utf-8"))]
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for page in PAGES
        for word in re.findall(
            r"(?:`|^)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert named <= targets


def test_the_schema_in_the_documents_is_what_the_migrations_make(database: str) -> None:
    with psycopg.connect(servers.postgres_url()) as connection:
        version = connection.info.server_version
    if version < 180000:
        pytest.skip("docs/schema.sql is written by PostgreSQL 18")
    assert schema.dump(database) == (ROOT / "docs" / "schema.sql").read_text(encoding="utf-8")


def test_the_states_of_a_stay_are_those_of_the_domain_page() -> None:
    for state in State:
        assert f"`{state}`" in DOMAIN, state
    assert set(FOLLOWS) <= set(State)


def test_the_settings_page_knows_every_setting() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    source = (ROOT / "childcare" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r"reader\.\w+\(\s*\"([A-Z_]+)\"", source)) | {"SECRET_KEY"}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_the_modules_that_keep_a_rule_exist() -> None:
    named = re.findall(r"`(childcare/[\w/]+(?:\.py)?|[a-z_]+\.py|[a-z_]+/)`", DOMAIN)
    lost = [
        name
        for name in named
        if not (ROOT / name).exists() and not (ROOT / "childcare" / name).exists()
    ]
    assert lost == []
