"""Figures for Prometheus: requests by route, status and time; how the outbox is doing.

With several processes set PROMETHEUS_MULTIPROC_DIR (`webapp/server.py` does), so that any of them
answers for all. What the database knows is read from it at the moment of asking.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from childcare import clock, outbox
from childcare.db import reading

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_own = CollectorRegistry()
_requests = Histogram(
    "childcare_request_seconds",
    "Requests by route, method and status.",
    ("method", "route", "status"),
    buckets=BUCKETS,
    registry=_own,
)
_join: Callable[[CollectorRegistry], object] = MultiProcessCollector


def count(method: str, route: str, status: int, seconds: float) -> None:
    known = method if method in METHODS else "OTHER"
    _requests.labels(known, route, str(status)).observe(seconds)


def text() -> bytes:
    """All figures in Prometheus' text format. Raises `Unavailable` without the database."""
    if values.ValueClass is not values.MutexValue:
        registry = CollectorRegistry()
        _join(registry)
    else:
        registry = _own
    return generate_latest(registry) + generate_latest(_outbox())


def _outbox() -> CollectorRegistry:
    registry = CollectorRegistry()
    with reading() as session:
        found = outbox.figures(session, now=clock.now(session))
    lag = found.lag.total_seconds()
    for name, words, value in (
        ("childcare_outbox_waiting", "Rows not done yet.", found.waiting),
        ("childcare_outbox_due", "Rows that are due and not done.", found.due),
        ("childcare_outbox_lag_seconds", "How late the oldest due row is.", lag),
        ("childcare_outbox_failed", "Rows given up, for a person to look at.", found.failed),
    ):
        Gauge(name, words, registry=registry).set(value)
    return registry
