"""Long polling by our own loop: the library's confirms updates before they are kept."""

import asyncio
import logging
from datetime import timedelta

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.app import ALLOWED_UPDATES, ChatBot

log = logging.getLogger(__name__)

POLL_SECONDS = 25
AT_ONCE = 100
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# Another process is polling: it may be our predecessor, about to end.
CONFLICT_PAUSE_SECONDS = 3.0


async def poll(chat: ChatBot) -> None:
    """Fetch and keep updates until cancelled; what goes wrong is waited out."""
    offset, pause, is_clear = 0, FIRST_PAUSE_SECONDS, False
    while True:
        try:
            if not is_clear:
                # While a webhook is set nobody may poll.
                await chat.bot.delete_webhook()
                is_clear = True
            updates = await _fetch(chat, offset)
            await chat.keep(updates)
        except InvalidToken:
            raise
        except Exception as problem:
            if not isinstance(problem, TelegramError):
                log.error("updates could not be kept: %s", type(problem).__name__)
            await asyncio.sleep(_wait(problem, pause))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            is_clear = is_clear and not isinstance(problem, Conflict)
            continue
        pause = FIRST_PAUSE_SECONDS
        if updates:
            # Asking from here on is what acknowledges them.
            offset = updates[-1].update_id + 1


async def _fetch(chat: ChatBot, offset: int) -> tuple[Update, ...]:
    return await chat.bot.get_updates(
        offset=offset or None,
        limit=AT_ONCE,
        timeout=POLL_SECONDS,
        allowed_updates=ALLOWED_UPDATES,
    )


def _wait(problem: Exception, pause: float) -> float:
    match problem:
        case RetryAfter():
            wait = problem.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            log.warning("the chat server asks to wait %.0f s", seconds)
            return seconds
        case Conflict():
            log.warning("another process is fetching this bot's updates")
            return CONFLICT_PAUSE_SECONDS
        case _:
            log.warning("no updates: %s", type(problem).__name__)
            return pause
