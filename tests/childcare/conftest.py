"""What the races of the waitlist stand on."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.childcare.unguarded import Scene


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    """Threads that meet, and whose statements may be robbed of their safeguards."""
    with Scene(app) as made:
        yield made
