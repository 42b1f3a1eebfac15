"""Whether a message may leave now: the chat service's limits, and rests when it is in trouble.

The chat service allows about 30 messages a second over all and one a second into one chat
(core.telegram.org/bots/faq). The pace is shared through Valkey. Without Valkey each process keeps
it by itself: then several processes together may be told to wait, which is obeyed at any time.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateways.pace import LocalPacer, Pace, Pacer, SharedPacer, Wait

log = structlog.get_logger()

T = TypeVar("T")

# A few failures in a row may be those messages' own; after more, everybody rests for 1 s, doubling
# to a minute, so that a server that is silent for an hour neither holds the workers nor is met by a
# storm when it is back.
FAILURES_BORNE = 2
LONGEST_REST = timedelta(minutes=1)
ANSWER_SECONDS = 1.0


class Limiter:
    """The pace of one process's messages, shared with all others while `shared` answers."""

    def __init__(self, shared: Pacer, own: Pacer) -> None:
        self._shared, self._own = shared, own
        self._is_alone = False

    def claim(self, chat_id: int) -> Wait | None:
        """Take the right to send one message into a chat now; or how long to wait."""
        return self._ask(lambda pacer: pacer.claim(chat_id))

    def claim_first(self, chat_id: int) -> Wait | None:
        """The same for what goes before everything else, such as an offer: it passes the others."""
        return self._ask(lambda pacer: pacer.claim_first(chat_id))

    def spend(self, chat_id: int) -> None:
        """Count a message that leaves at once, such as an answer to somebody who pressed."""
        self._ask(lambda pacer: pacer.spend(chat_id))

    def obey(self, chat_id: int, wait: timedelta) -> None:
        """The service said to wait: that chat does, and everybody once it said so to two."""
        if self._ask(lambda pacer: pacer.rest_chat(chat_id, wait)):
            self._ask(lambda pacer: pacer.rest(wait))

    def failed(self) -> None:
        """A message did not arrive for no reason of its own."""
        borne = self._ask(lambda pacer: pacer.count_failure()) - FAILURES_BORNE
        if borne > 0:
            rest = min(timedelta(seconds=2 ** min(borne - 1, 10)), LONGEST_REST)
            self._ask(lambda pacer: pacer.rest(rest))

    def arrived(self) -> None:
        """The service took a message."""
        self._ask(lambda pacer: pacer.forget_failures())

    def _ask(self, question: Callable[[Pacer], T]) -> T:
        try:
            answer = question(self._shared)
        except redis.RedisError as problem:
            if not self._is_alone:
                log.warning("pace-kept-alone", problem=type(problem).__name__)
            self._is_alone = True
            return question(self._own)
        self._is_alone = False
        return answer


def limiter(redis_url: str, pace: Pace | None = None) -> Limiter:
    """The limiter of this process."""
    pace = pace or Pace()
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        # Once more for a connection that Valkey closed meanwhile, then each process by itself.
        retry=Retry(NoBackoff(), 1),
    )
    return Limiter(SharedPacer(client, pace), LocalPacer(pace))
