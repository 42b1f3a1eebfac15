"""One update, once: its effect, its end and its answer in one transaction."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask
from sqlalchemy.orm import Session

from bot import answers, dialogue
from bot.answers import NOTHING, Answer
from bot.heard import Heard
from bot.screens import ways
from childcare import chat_updates, clock
from childcare.app import act
from childcare.chat_updates import Turn
from childcare.db import transaction
from childcare.errors import DomainError, Unavailable
from childcare.i18n import best_tongue, speaking

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
Reply = Callable[[Session, Heard], Answer]


@dataclass(frozen=True)
class Outcome:
    """Whether the update is done, and what is to be told now."""

    turn: Turn
    answer: Answer = NOTHING


LATER = Outcome(Turn.LATER)


@dataclass(frozen=True)
class Work:
    """An update to be done; `heard` is None for what nobody answers, `pressed` the number of the
    message whose button was pressed."""

    update_id: int
    heard: Heard | None
    pressed: int = 0


def perform(core: Flask, work: Work) -> Outcome:
    """Do an update if its turn has come; for a thread of its own. Never raises.

    What the domain refuses is answered with its sentence. What fails otherwise is tried again, and
    after `MOST_ATTEMPTS` put aside with an apology, so that it never blocks its chat.
    """
    with core.app_context():
        try:
            return _performed(core, work)
        except Unavailable:
            return LATER
        except Exception as problem:
            _report(work, problem)
        try:
            return _failed(work)
        except Exception as problem:
            _report(work, problem)
            return LATER


def _report(work: Work, problem: Exception) -> None:
    """Say where it happened and not what was said: an error's words may hold a parent's."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    log.error("update %d failed: %s\n%s", work.update_id, type(problem).__name__, where)


def _performed(core: Flask, work: Work) -> Outcome:
    def command(session: Session) -> Outcome:
        session.info["secret"] = core.extensions["settings"].secret_key
        return _once(session, work, dialogue.answer)

    try:
        return act(command)
    except Unavailable:
        raise
    except DomainError as refusal:
        reason = refusal

    def refused(session: Session, heard: Heard) -> Answer:
        return dialogue.refused(session, heard, reason)

    with transaction() as session:
        return _once(session, work, refused)


def _once(session: Session, work: Work, reply: Reply) -> Outcome:
    turn = chat_updates.claim(session, work.update_id)
    if turn is not Turn.MINE:
        return Outcome(turn)
    answer = reply(session, work.heard) if work.heard else NOTHING
    return _finish(session, work, "done", answer)


def _finish(session: Session, work: Work, outcome: str, answer: Answer) -> Outcome:
    told = replace(answer, pressed=work.pressed)
    row = answers.as_row(told) if told.messages else None
    now = clock.now(session)
    chat_updates.finish(session, work.update_id, outcome=outcome, answer=row, now=now)
    return Outcome(Turn.MINE, told)


def _failed(work: Work) -> Outcome:
    with transaction() as session:
        if chat_updates.count_failure(session, work.update_id) < MOST_ATTEMPTS:
            return LATER
    with transaction() as session:
        turn = chat_updates.claim(session, work.update_id)
        if turn is not Turn.MINE:
            return Outcome(turn)
        return _finish(session, work, "put-aside", _apology(work.heard))


def _apology(heard: Heard | None) -> Answer:
    if heard is None:
        return NOTHING
    tongue = best_tongue(heard.language)
    with speaking(tongue):
        return Answer((ways.apology(),), tongue=tongue)
