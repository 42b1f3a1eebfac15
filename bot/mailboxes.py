"""One chat's updates in order, all chats side by side."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable

from childcare.chat_updates import Turn, Update

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0


class Mailboxes:
    """Does updates with `do`, one of a chat at a time, the smallest id first.

    An update whose turn has not come (an earlier one waits, or another process is at it) is tried
    again after a pause, which only its own chat notices.
    """

    def __init__(self, do: Callable[[Update], Awaitable[Turn]]) -> None:
        self._do = do
        self._waiting: dict[int, dict[int, Update]] = {}
        self._order: dict[int, list[int]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_closing = False

    def put(self, update: Update) -> None:
        """Have an update done; one that waits here already is left as it is."""
        box = self._waiting.setdefault(update.chat_id, {})
        if self._is_closing or update.update_id in box:
            return
        box[update.update_id] = update
        heapq.heappush(self._order.setdefault(update.chat_id, []), update.update_id)
        if update.chat_id not in self._tasks:
            self._tasks[update.chat_id] = asyncio.create_task(self._tend(update.chat_id))

    async def _tend(self, chat_id: int) -> None:
        pause = FIRST_PAUSE_SECONDS
        box, order = self._waiting[chat_id], self._order[chat_id]
        try:
            while order and not self._is_closing:
                first = order[0]
                if await self._turn(box[first]) is Turn.LATER:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                    continue
                pause = FIRST_PAUSE_SECONDS
                order.remove(first)
                heapq.heapify(order)
                del box[first]
        finally:
            del self._tasks[chat_id], self._waiting[chat_id], self._order[chat_id]

    async def _turn(self, update: Update) -> Turn:
        try:
            return await self._do(update)
        except Exception as problem:
            log.error("update %d: %s", update.update_id, type(problem).__name__)
            return Turn.LATER

    async def settled(self) -> None:
        """Wait until nothing waits any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        """Finish what is being done and begin nothing more; what waits, waits in its row."""
        self._is_closing = True
        await self.settled()
