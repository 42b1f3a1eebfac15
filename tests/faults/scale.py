"""One test at two sizes: a short one in every run, a long one by ``make soak``."""

from typing import Any

import pytest

SOAK_SECONDS = 3600


def sizes(name: str, *, short: Any, soak: Any) -> pytest.MarkDecorator:
    """Parametrise a test by `name`; the long run is marked and given an hour."""
    marks = [pytest.mark.soak, pytest.mark.timeout(SOAK_SECONDS)]
    return pytest.mark.parametrize(
        name, [pytest.param(short, id="short"), pytest.param(soak, id="soak", marks=marks)]
    )
