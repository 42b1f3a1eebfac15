"""One outbox row in a worker's hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from childcare import clock, outbox
from childcare.db import transaction

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Work:
    """A row that was begun; `attempt` is the number of this attempt, from 1."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    attempt: int
    urgency: int


def begin(row_id: int, attempt: int) -> Work | None:
    """Take a row that was handed out after `attempt` attempts; None if it is another's now."""
    with transaction() as session:
        row = outbox.begin(session, row_id, attempt, now=clock.now(session))
        if row is None:
            return None
        dates = row.created_at, row.due_at
        return Work(row.id, row.kind, row.payload, *dates, row.attempts, row.urgency)


def finish(work: Work, outcome: str) -> str:
    with transaction() as session:
        outbox.finish(session, work.id, outcome=outcome, now=clock.now(session))
    return outcome


def hand_back(work: Work, wait: timedelta) -> str:
    """Let the row wait without counting this as an attempt."""
    with transaction() as session:
        until = clock.now(session) + wait
        outbox.postpone(session, work.id, until=until, attempts=work.attempt - 1)
    return "handed-back"


def wait_until(work: Work, until: datetime) -> str:
    """Let the row wait for an hour that suits, which is no attempt either."""
    with transaction() as session:
        outbox.postpone(session, work.id, until=until, attempts=work.attempt - 1)
    return "handed-back"


def try_again(work: Work, error: str) -> str:
    """Let the row wait 1 s, doubling with every attempt to 5 minutes."""
    wait = min(FIRST_WAIT * 2 ** min(work.attempt - 1, 30), LONGEST_WAIT)
    with transaction() as session:
        until = clock.now(session) + wait
        outbox.postpone(session, work.id, until=until, attempts=work.attempt, error=error)
    return "to-be-repeated"


def give_up(work: Work, error: str) -> str:
    """Leave the row for a person to look at."""
    with transaction() as session:
        outbox.fail(session, work.id, error=error, now=clock.now(session))
    return "failed"
