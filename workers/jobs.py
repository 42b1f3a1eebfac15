"""The one job of the queue: do the outbox row with this id."""

import time

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from childcare import clock, outbox
from childcare.app import act
from childcare.errors import DomainError, Unavailable
from workers import equipment as tools
from workers import work as rows
from workers.deliveries import deliver
from workers.equipment import Equipment
from workers.handlers import DELIVERIES, EFFECTS
from workers.work import Work

log = structlog.get_logger()

EFFECT_ATTEMPTS = 20


def run(row_id: int, attempt: int) -> None:
    """What RQ calls. Never raises for the row's own trouble: that is written in the row."""
    perform(tools.of_this_process(), row_id, attempt)


def perform(equipment: Equipment, row_id: int, attempt: int) -> str:
    """Do a row that was handed out after `attempt` attempts; what became of it."""
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(outbox_id=row_id), equipment.app.app_context():
        try:
            work = rows.begin(row_id, attempt)
        except Unavailable:
            # The lease runs out and the row comes again.
            log.warning("database-away")
            return "unavailable"
        if work is None:
            log.info("already-taken")
            return "already-taken"
        with structlog.contextvars.bound_contextvars(kind=work.kind, attempt=work.attempt):
            outcome = _perform(equipment, work)
            log.info("done", outcome=outcome, ms=round((time.monotonic() - started) * 1000))
    return outcome


def _perform(equipment: Equipment, work: Work) -> str:
    try:
        if work.kind in DELIVERIES:
            return deliver(equipment, work)
        return _have_effect(work)
    except Exception as problem:
        return _after(work, problem)


def _have_effect(work: Work) -> str:
    # Found before the transaction: another version of the program may know a kind that we do not.
    effect = EFFECTS[work.kind]

    def command(session: Session) -> str:
        now = clock.now(session)
        # Marking first locks the row, so that a twin waits and then finds it done.
        if not outbox.finish(session, work.id, outcome="done", now=now):
            return "already-done"
        effect(session, work, now)
        return "done"

    return act(command)


def _after(work: Work, problem: Exception) -> str:
    """A row that raised is repeated; an effect that did so twenty times is left to a person."""
    name = problem.code if isinstance(problem, DomainError) else type(problem).__name__
    if isinstance(problem, DomainError):
        log.warning("refused", code=name)
    elif isinstance(problem, DBAPIError):
        # Its words carry rows of the database.
        log.error("database-error", error=name, sqlstate=getattr(problem.orig, "sqlstate", None))
    else:
        log.exception("broke", error=name)
    try:
        if work.kind in DELIVERIES or work.attempt < EFFECT_ATTEMPTS:
            return rows.try_again(work, name)
        log.error("given-up", error=name)
        return rows.give_up(work, name)
    except Unavailable:
        return "unavailable"
