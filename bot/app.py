"""The bot's side of Telegram: updates in, answers out. With `bot.polling` all that knows of it."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from typing import Any, TypeVar

import telegram
from flask import Flask
from telegram import Bot, BotCommand, CallbackQuery
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, ApplicationBuilder, TypeHandler

from bot import answers, effects
from bot.answers import Answer
from bot.effects import Outcome, Work
from bot.heard import Card, Heard, Membership, Press, Said, Spot, Unreadable, Words
from bot.mailboxes import Mailboxes
from childcare import chat_updates, clock, drafts, people
from childcare.chat_updates import Turn, Update
from childcare.db import transaction
from childcare.i18n import TONGUES, _, speaking
from childcare.messages import Message
from childcare.settings import Settings
from gateways import telegram as gateway
from gateways.failures import Blocked, Temporary

log = logging.getLogger(__name__)

T = TypeVar("T")

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
SENDINGS = 4
FIRST_PAUSE_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0
CONNECTIONS = 32
POLL_ANSWER_SECONDS = 40.0


def read(update: telegram.Update) -> Work:
    """What an update says, in the bot's own terms; only private chats are answered."""
    user, chat = update.effective_user, update.effective_chat
    query = update.callback_query
    said = _said(update)
    if user is None or said is None or (chat is not None and chat.type != chat.PRIVATE):
        return Work(update.update_id, None)
    heard = Heard(user.id, user.full_name, user.language_code or "", said)
    return Work(update.update_id, heard, query.message.message_id if query and query.message else 0)


def _said(update: telegram.Update) -> Said | None:
    if update.callback_query:
        return Press(update.callback_query.data or "")
    if update.my_chat_member:
        status = update.my_chat_member.new_chat_member.status
        return Membership(is_blocked=status in ("kicked", "left"))
    message = update.message
    if message is None:
        return None
    if message.text:
        return Words(message.text)
    if message.location:
        return Spot(message.location.latitude, message.location.longitude)
    if message.contact:
        sender = message.from_user
        is_own = sender is not None and message.contact.user_id == sender.id
        return Card(message.contact.phone_number, is_own)
    return Unreadable()


def chat_of(update: telegram.Update) -> int:
    """The chat an update belongs to, which is its order; 0 for what belongs to none."""
    whose = update.effective_chat or update.effective_user
    return whose.id if whose else 0


def build_bot(settings: Settings) -> Bot:
    """A bot of the server that the settings name; its polls may wait longer than its calls."""
    url = settings.telegram_api_url
    return gateway.make_bot(
        settings.telegram_bot_token,
        url,
        gateway.request(url, connections=CONNECTIONS),
        gateway.request(url, read_timeout=POLL_ANSWER_SECONDS),
    )


class ChatBot:
    """Stores updates, has them done in `executor`, and tells the answers."""

    def __init__(self, core: Flask, bot: Bot, executor: Executor) -> None:
        self.core = core
        self.bot = bot
        self.application: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder().bot(bot).updater(None).build()
        )
        self.application.add_handler(TypeHandler(telegram.Update, self._on_update))
        self.mailboxes = Mailboxes(self._do)
        self._executor = executor
        self._outcomes: dict[int, Outcome] = {}
        self._told: list[int] = []

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def keep(self, updates: Iterable[telegram.Update]) -> None:
        """Store updates, then have them done. Once this returns they may be acknowledged."""
        rows = [Update(one.update_id, chat_of(one), one.to_dict()) for one in updates]
        new = set(await self.in_thread(lambda: self._store(rows)))
        for row in rows:
            if row.update_id in new:
                self.mailboxes.put(row)

    def _store(self, rows: list[Update]) -> list[int]:
        with self.core.app_context(), transaction() as session:
            return chat_updates.store(session, rows, now=clock.now(session))

    async def _do(self, row: Update) -> Turn:
        update = telegram.Update.de_json(dict(row.payload), self.bot)
        await self.application.process_update(update)
        outcome = self._outcomes.pop(row.update_id, effects.LATER)
        return outcome.turn

    async def _on_update(self, update: telegram.Update, context: object) -> None:
        """Do one update if its turn has come, and tell what it answers."""
        work = read(update)
        outcome = await self.in_thread(lambda: effects.perform(self.core, work))
        self._outcomes[update.update_id] = outcome
        if outcome.turn is not Turn.MINE:
            return
        chores = []
        if update.callback_query:
            chores.append(self._let_go(update.callback_query))
        if outcome.answer.messages:
            chores.append(self._tell(work.update_id, chat_of(update), outcome.answer))
        await asyncio.gather(*chores)

    async def _let_go(self, query: CallbackQuery) -> None:
        """Stop the button from turning; one that is too old has stopped by itself."""
        try:
            await query.answer()
        except TelegramError as problem:
            log.info("a press could not be answered: %s", type(problem).__name__)

    async def _tell(self, update_id: int, chat_id: int, answer: Answer) -> None:
        """Tell an answer; what cannot be told now stays in its row and is told later."""
        for attempt in range(SENDINGS):
            try:
                await self._say(chat_id, answer)
                break
            except TelegramError as problem:
                failure = gateway.failure(problem)
                if isinstance(failure, Blocked):
                    await self.in_thread(lambda: self._mark_blocked(chat_id))
                    break
                if not isinstance(failure, Temporary):
                    log.error("update %d: the answer was refused: %s", update_id, problem.message)
                    break
                if attempt == SENDINGS - 1:
                    return
                await asyncio.sleep(_pause(failure, attempt))
        self._told.append(update_id)

    def _mark_blocked(self, chat_id: int) -> None:
        with self.core.app_context(), transaction() as session:
            guardian = people.find_by_chat(session, chat_id)
            if guardian and guardian.chat_blocked_at is None:
                guardian.chat_blocked_at = clock.now(session)

    async def _say(self, chat_id: int, answer: Answer) -> None:
        with speaking(answer.tongue):
            for message in answer.messages:
                is_edited = answer.in_place and answer.pressed and not message.asks
                if is_edited and await self._edited(chat_id, answer.pressed, message):
                    continue
                await gateway.send(self.bot, chat_id, message)

    async def _edited(self, chat_id: int, message_id: int, message: Message) -> bool:
        """Put a message where another stands; False where that cannot be changed any more."""
        parts = gateway.to_telegram(message)
        try:
            await self.bot.edit_message_text(
                message.text, chat_id=chat_id, message_id=message_id, reply_markup=parts.inline
            )
        except BadRequest as problem:
            return "message is not modified" in problem.message.lower()
        if parts.document:
            await self.bot.send_document(chat_id, parts.document)
        return True

    async def sweep(self) -> None:
        """Take up what a killed process left: updates not done, answers not told."""
        await self.flush()
        rows, owed = await self.in_thread(self._left_behind)
        for row in rows:
            self.mailboxes.put(row)
        for update, answer in owed:
            await self._tell(update.update_id, update.chat_id, answers.from_row(answer))
        await self.flush()

    def _left_behind(self) -> tuple[list[Update], list[tuple[Update, Mapping[str, Any]]]]:
        with self.core.app_context(), transaction() as session:
            now = clock.now(session)
            return (
                chat_updates.waiting(session, received_before=now),
                chat_updates.take_unanswered(session, now=now),
            )

    async def flush(self) -> None:
        """Mark in one statement what was told since the last time."""
        told, self._told = self._told, []
        if told:
            await self.in_thread(lambda: self._mark_told(told))

    def _mark_told(self, told: list[int]) -> None:
        with self.core.app_context(), transaction() as session:
            chat_updates.answered(session, told)

    async def tidy(self) -> None:
        """Remove what is done long ago, and forms nobody came back to."""
        await self.in_thread(self._tidy)

    def _tidy(self) -> None:
        with self.core.app_context(), transaction() as session:
            now = clock.now(session)
            chat_updates.sweep(session, now=now)
            drafts.sweep(session, now=now)

    async def introduce(self) -> None:
        """Set the commands that the chat service offers, in both languages."""
        for tongue in TONGUES:
            with speaking(tongue):
                commands = [BotCommand(name, text) for name, text in _commands()]
            code = None if tongue == "en" else tongue
            await self.bot.set_my_commands(commands, language_code=code)


def _pause(failure: Temporary, attempt: int) -> float:
    if failure.retry_after:
        return min(failure.retry_after.total_seconds(), LONGEST_WAIT_SECONDS)
    return FIRST_PAUSE_SECONDS * float(2**attempt)


def _commands() -> list[tuple[str, str]]:
    return [
        ("find", _("Find a place")),
        ("mine", _("My bookings")),
        ("waiting", _("My waiting")),
        ("away", _("Child is away")),
        ("children", _("My children")),
        ("places", _("Home and other places")),
        ("settings", _("Settings")),
        ("language", _("Language")),
        ("help", _("Help")),
        ("cancel", _("Leave what I am filling in")),
    ]
