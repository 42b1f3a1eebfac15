"""The guide names what exists, and all of it."""

import re
from pathlib import Path

from childcare import i18n
from webapp.docs import document
from webapp.limits import PRODUCTION

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s]*)`")


def test_the_guide_lists_every_call_and_no_other() -> None:
    table = GUIDE.partition("## Calls")[2].partition("## For operators")[0]
    told = {(method, f"/api/v1{path}") for method, path in CALL.findall(table)}
    served = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert told == served


def test_the_guide_lists_every_rate() -> None:
    for rate in PRODUCTION:
        assert re.search(rf"^\| {rate}\b", GUIDE, re.MULTILINE), rate


def test_the_guides_example_speaks_as_the_catalogue_does() -> None:
    full = i18n.catalogue("zh")["no-place.full"]
    assert isinstance(full, str)
    example = full.format(on="12月1日 周二", start="15:00", end="15:30", class_name="托小班")
    assert example in GUIDE
