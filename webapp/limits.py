"""How often a client may ask, counted in Valkey so that all processes agree.

When Valkey is absent each rate keeps what was decided for it: signing in falls back to counting in
this process (never open), everything else goes on without a count (`docs/api.md`).
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog
from flask import Flask, Response, current_app, g
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from childcare.errors import TooMany
from webapp import auth

log = structlog.get_logger("webapp")
# How long Valkey is left alone after it failed, so that its absence costs one wait, not one each.
REST_SECONDS = 5.0
ANSWER_SECONDS = 0.5


class Rate(StrEnum):
    """What is counted: by address, by session, or by user name and address."""

    OPEN = "open"
    SESSION = "session"
    CODES = "codes"
    SIGN_IN = "sign-in"
    STAFF = "staff-sign-in"
    LINK = "link"


PRODUCTION: Mapping[Rate, str] = {
    Rate.OPEN: "300 per minute",
    Rate.SESSION: "600 per minute",
    Rate.CODES: "10 per minute; 60 per hour",
    Rate.SIGN_IN: "20 per minute; 200 per hour",
    Rate.STAFF: "10 per 15 minutes",
    Rate.LINK: "10 per minute; 60 per hour",
}
UNLIMITED: Mapping[Rate, str] = {}
NEVER_OPEN = frozenset({Rate.CODES, Rate.SIGN_IN, Rate.STAFF, Rate.LINK})


@dataclass
class Limits:
    """The rates of one process; `rates` maps what is counted to ``"10 per minute"`` and such."""

    rates: Mapping[Rate, list[RateLimitItem]]
    shared: Storage
    rests_until: float = 0.0

    def __post_init__(self) -> None:
        self._shared = SlidingWindowCounterRateLimiter(self.shared)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())

    def spend(self, rate: Rate, *whose: str) -> None:
        """Count one request. Raises `TooMany` beyond the rate."""
        try:
            if time.monotonic() >= self.rests_until:
                self._count(self._shared, rate, whose)
                return
        except StorageError as problem:
            self.rests_until = time.monotonic() + REST_SECONDS
            log.warning("limits-kept-alone", problem=type(problem.storage_error).__name__)
        if rate in NEVER_OPEN:
            self._count(self._own, rate, whose)

    def _count(
        self, counter: SlidingWindowCounterRateLimiter, rate: Rate, whose: tuple[str, ...]
    ) -> None:
        for item in self.rates.get(rate, ()):
            if not counter.hit(item, rate, *whose):
                reset_at = counter.get_window_stats(item, rate, *whose).reset_time
                raise TooMany(max(-int(-(reset_at - time.time()) // 1), 1))

    def is_shared(self) -> bool:
        """Whether Valkey answers."""
        try:
            return self.shared.check()
        except StorageError:
            return False

    def policy(self, rate: Rate) -> str:
        """The rate as the header `RateLimit-Policy` says it: quota and window in seconds."""
        items = self.rates.get(rate, ())
        return ", ".join(f'"{rate}";q={item.amount};w={item.get_expiry()}' for item in items)


def spend(rate: Rate, *more: str) -> None:
    """Count this request by its session or, without one, by its address."""
    found: Limits = current_app.extensions["limits"]
    g.rate = rate
    found.spend(rate, *_whose(rate), *more)


def _whose(rate: Rate) -> Iterator[str]:
    token = auth.bearer() if rate in (Rate.SESSION, Rate.LINK) else None
    if token is None:
        yield auth.address()
    else:
        yield hashlib.blake2b(token.encode(), digest_size=16).hexdigest()


def _announce(answer: Response) -> Response:
    found: Limits = current_app.extensions["limits"]
    rate: Rate | None = g.get("rate")
    if rate is not None and (policy := found.policy(rate)):
        answer.headers["RateLimit-Policy"] = policy
    return answer


def init_app(app: Flask, redis_url: str, rates: Mapping[Rate, str]) -> None:
    address = redis_url.replace("unix://", "redis+unix://", 1)
    shared = storage_from_string(
        address,
        wrap_exceptions=True,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
    )
    if not isinstance(shared, Storage):
        raise TypeError(redis_url)
    parsed = {rate: parse_many(text) for rate, text in rates.items()}
    app.extensions["limits"] = Limits(parsed, shared)
    app.after_request(_announce)
