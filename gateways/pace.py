"""The pace of messages, kept in Valkey for all processes or in one process's memory.

A place in time is given only to who may send at once: reserving one for a busy chat would stall
everybody else. A busy chat's messages are told to come back one after the other, so that a hundred
of them do not all return in the same second.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import redis

PREFIX = "childcare:pace"
SECOND = 1_000_000  # Instants and spans are counted in whole microseconds here.
# A chat's messages queue up no further ahead than this; the rest ask again.
LONGEST_LINE = 60 * SECOND
FAILURES_REMEMBERED = timedelta(minutes=5)
CHATS_REMEMBERED = 10_000


@dataclass(frozen=True)
class Pace:
    """Messages a second; `burst` more may leave at once after a pause.

    `ahead` more of those that cannot wait may leave before the pace allows; the rest then waits for
    it to catch up, so that no more leave in all. The real service's bucket is some 30 deep.
    """

    overall: float = 30.0
    per_chat: float = 1.0
    burst: int = 3
    ahead: int = 10

    @property
    def every(self) -> int:
        return int(SECOND / self.overall)

    @property
    def slack(self) -> int:
        return self.burst * self.every

    @property
    def slack_of_first(self) -> int:
        return self.slack + self.ahead * self.every

    @property
    def chat_every(self) -> int:
        return int(SECOND / self.per_chat)


@dataclass(frozen=True)
class Wait:
    """Not now: ask again after `time`. `is_busy` if it is this chat, not everybody, that waits."""

    time: timedelta
    is_busy: bool


class Pacer(Protocol):
    """Who may send now."""

    def claim(self, chat_id: int) -> Wait | None:
        """Take the right to send one message now; or how long to wait."""

    def claim_first(self, chat_id: int) -> Wait | None:
        """The same for what goes before everything else: it stands in no chat's line."""

    def spend(self, chat_id: int) -> None:
        """Count a message that leaves whatever the pace."""

    def rest(self, time: timedelta) -> None:
        """Nobody sends for a while."""

    def rest_chat(self, chat_id: int, time: timedelta) -> bool:
        """Nothing goes to one chat for a while. Whether another chat rests for the same reason."""

    def count_failure(self) -> int:
        """One more failure in a row; how many now."""

    def forget_failures(self) -> None:
        """A message arrived."""


class LocalPacer:
    """Keeps the pace of one process."""

    def __init__(self, pace: Pace, clock: Callable[[], int] = lambda: time.monotonic_ns() // 1000):
        self._pace, self._clock = pace, clock
        self._lock = threading.Lock()
        self._paced = self._resting = 0
        self._free: dict[int, int] = {}
        self._line: dict[int, int] = {}
        self._told: tuple[int, int] = (0, 0)
        self._failures = 0

    def claim(self, chat_id: int) -> Wait | None:
        with self._lock:
            return self._claimed(chat_id, self._pace.slack, self._turn)

    def claim_first(self, chat_id: int) -> Wait | None:
        with self._lock:
            return self._claimed(chat_id, self._pace.slack_of_first, lambda _, free: free)

    def _claimed(self, chat_id: int, slack: int, turn: Callable[[int, int], int]) -> Wait | None:
        now, free = self._clock(), self._free.get(chat_id, 0)
        if free > now:
            return Wait(_span(turn(chat_id, free) - now), is_busy=True)
        may_go = max(self._paced - slack, self._resting)
        if may_go > now:
            return Wait(_span(may_go - now), is_busy=False)
        self._count(chat_id, now)
        return None

    def _turn(self, chat_id: int, free: int) -> int:
        turn = max(self._line.get(chat_id, 0) + self._pace.chat_every, free)
        if turn > free + LONGEST_LINE:
            turn = free
        self._line[chat_id] = turn
        return turn

    def _count(self, chat_id: int, now: int) -> None:
        if len(self._free) > CHATS_REMEMBERED:
            self._free = {chat: free for chat, free in self._free.items() if free > now}
            self._line = {chat: turn for chat, turn in self._line.items() if turn > now}
        self._paced = max(self._paced, now) + self._pace.every
        self._free[chat_id] = max(self._free.get(chat_id, 0), now) + self._pace.chat_every

    def spend(self, chat_id: int) -> None:
        with self._lock:
            self._count(chat_id, self._clock())

    def rest(self, time: timedelta) -> None:
        with self._lock:
            self._resting = max(self._resting, self._clock() + _us(time))

    def rest_chat(self, chat_id: int, time: timedelta) -> bool:
        with self._lock:
            now = self._clock()
            told, till = self._told
            self._told = chat_id, now + _us(time)
            self._free[chat_id] = max(self._free.get(chat_id, 0), now + _us(time))
            return till > now and told != chat_id

    def count_failure(self) -> int:
        with self._lock:
            self._failures += 1
            return self._failures

    def forget_failures(self) -> None:
        with self._lock:
            self._failures = 0


def _span(us: int) -> timedelta:
    return timedelta(microseconds=us)


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


# Valkey's own clock, so that machines need not agree; numbers are written in full, which a plain
# tostring of Lua would round.
SHARED = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local function read(key) return tonumber(redis.call('GET', key) or '0') end
local function write(key, value)
  local left = math.max(value - now, 0) / 1000 + 60000
  redis.call('SET', key, string.format('%.0f', value), 'PX', string.format('%.0f', left))
end
"""
CLAIM = f"""{SHARED}
local every, slack, chat_every = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free, paced = read(KEYS[2]), read(KEYS[1])
if ARGV[5] ~= 'at once' then
  if free > now then
    if ARGV[5] == 'first' then return {{1, free - now}} end
    local turn = math.max(read(KEYS[3]) + chat_every, free)
    if turn > free + tonumber(ARGV[4]) then turn = free end
    write(KEYS[3], turn)
    return {{1, turn - now}}
  end
  local may_go = math.max(paced - slack, read(KEYS[4]))
  if may_go > now then return {{2, may_go - now}} end
end
write(KEYS[1], math.max(paced, now) + every)
write(KEYS[2], math.max(free, now) + chat_every)
return {{0, 0}}
"""
REST = f"""{SHARED}
write(KEYS[1], math.max(read(KEYS[1]), now + tonumber(ARGV[1])))
"""
REST_CHAT = f"""{SHARED}
local wait = tonumber(ARGV[1])
write(KEYS[1], math.max(read(KEYS[1]), now + wait))
local told = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[2], ARGV[2], 'PX', string.format('%.0f', math.max(wait / 1000, 1)))
return (told and told ~= ARGV[2]) and 1 or 0
"""


def _wait(claimed: tuple[int, int]) -> Wait | None:
    why, us = claimed
    return Wait(_span(us), is_busy=why == 1) if why else None


class SharedPacer:
    """Keeps the pace of all processes. Raises `redis.RedisError` when Valkey is away."""

    def __init__(self, client: redis.Redis, pace: Pace, prefix: str = PREFIX) -> None:
        self._client, self._pace, self._prefix = client, pace, prefix
        self._claim = client.register_script(CLAIM)
        self._rest = client.register_script(REST)
        self._rest_chat = client.register_script(REST_CHAT)

    def _key(self, *parts: object) -> str:
        return ":".join([self._prefix, *map(str, parts)])

    def _claimed(self, chat_id: int, how: str, slack: int) -> Any:
        chat = [self._key("chat", chat_id), self._key("line", chat_id)]
        keys = [self._key("all"), *chat, self._key("rest")]
        numbers = [self._pace.every, slack, self._pace.chat_every, LONGEST_LINE]
        return self._claim(keys=keys, args=[*numbers, how])

    def claim(self, chat_id: int) -> Wait | None:
        return _wait(self._claimed(chat_id, "if free", self._pace.slack))

    def claim_first(self, chat_id: int) -> Wait | None:
        return _wait(self._claimed(chat_id, "first", self._pace.slack_of_first))

    def spend(self, chat_id: int) -> None:
        self._claimed(chat_id, "at once", self._pace.slack)

    def rest(self, time: timedelta) -> None:
        self._rest(keys=[self._key("rest")], args=[_us(time)])

    def rest_chat(self, chat_id: int, time: timedelta) -> bool:
        keys = [self._key("chat", chat_id), self._key("told")]
        return bool(self._rest_chat(keys=keys, args=[_us(time), chat_id]))

    def count_failure(self) -> int:
        pipe = self._client.pipeline()
        pipe.incr(self._key("failures"))
        pipe.expire(self._key("failures"), FAILURES_REMEMBERED)
        return int(pipe.execute()[0])

    def forget_failures(self) -> None:
        self._client.delete(self._key("failures"))
