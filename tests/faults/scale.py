"""One test at two sizes: a short one in every run, a long one by ``make soak``."""

from typing import Any

import pytest

SOAK_SECONDS = 3600


def sizes(names: str, *, short: Any, soak: Any) -> pytest.MarkDecorator:
    """Parametrise a test by `names`, several values as a tuple; the long run gets an hour."""
    marks = [pytest.mark.soak, pytest.mark.timeout(SOAK_SECONDS)]
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(*_values(short), id="short"),
            pytest.param(*_values(soak), id="soak", marks=marks),
        ],
    )


def _values(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else (given,)
