"""``python -m bot``: the chat front end, by long polling or, with BOT_WEBHOOK_URL, by webhook."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bot import polling, webhook
from bot.app import ChatBot, build_bot
from childcare import logs
from childcare.app import create_core
from childcare.settings import Misconfigured, Settings

log = logging.getLogger("bot")

SWEEP_SECONDS, FLUSH_SECONDS, TIDY_SECONDS = 5.0, 0.25, 3600.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


def main() -> int:
    """Run until told to stop; 1 with a sentence where the configuration is wrong."""
    logs.configure("bot")
    try:
        settings = Settings.from_env()
    except Misconfigured as problems:
        sys.stderr.write(f"{problems}\n")
        return 1
    if not settings.telegram_bot_token:
        sys.stderr.write("TELEGRAM_BOT_TOKEN is required.\n")
        return 1
    try:
        asyncio.run(run(settings))
    except InvalidToken:
        sys.stderr.write("TELEGRAM_BOT_TOKEN is refused by the chat server.\n")
        return 1
    return 0


async def run(settings: Settings) -> None:
    """The bot until SIGTERM or SIGINT: then what is being done is finished, and nothing begun."""
    core = create_core(settings, name="bot")
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    # One connection for each thread, so that nobody waits for one.
    with ThreadPoolExecutor(settings.pool_size) as executor:
        chat = ChatBot(core, build_bot(settings), executor)
        async with contextlib.AsyncExitStack() as open_things:
            await _patiently(chat.application.initialize)
            open_things.push_async_callback(chat.application.shutdown)
            chores = [_every(SWEEP_SECONDS, chat.sweep), _every(FLUSH_SECONDS, chat.flush)]
            chores += [_every(TIDY_SECONDS, chat.tidy), _source(chat, settings, open_things)]
            tasks = [asyncio.create_task(chore) for chore in chores]
            await _until(told_to_stop, tasks)
            await chat.mailboxes.close()
            await chat.flush()


async def _source(
    chat: ChatBot, settings: Settings, open_things: contextlib.AsyncExitStack
) -> None:
    await _patiently(chat.introduce)
    if not settings.bot_webhook_url:
        log.info("polling")
        await polling.poll(chat)
        return
    server = webhook.listen(chat, settings, _port(settings))
    open_things.callback(server.stop)
    await _patiently(lambda: webhook.announce(chat, settings))
    log.info("listening")
    await asyncio.Event().wait()


def _port(settings: Settings) -> int:
    """Where the webhook is listened for: BOT_PORT, else the port of its public address."""
    return settings.bot_port or urlsplit(settings.bot_webhook_url).port or 8443


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """Call the chat server until it answers; a wrong token is an error for good."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as problem:
            log.warning("the chat server does not answer: %s", type(problem).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await chore()
        except Exception as problem:
            # The database is away: the next time will do.
            log.warning("%s: %s", chore.__name__, type(problem).__name__)
        await asyncio.sleep(seconds)


async def _until(told_to_stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the word to stop, or for a task to fail for good."""
    stop = asyncio.create_task(_heard(told_to_stop))
    everything = [stop, *tasks]
    done, _pending = await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
    for task in everything:
        task.cancel()
    await asyncio.gather(*everything, return_exceptions=True)
    for task in done:
        task.result()


async def _heard(told_to_stop: asyncio.Event) -> None:
    await told_to_stop.wait()


if __name__ == "__main__":
    sys.exit(main())
