"""Sending: looked at without writing, sent with no transaction open, then marked.

At least once: a crash between sending and marking sends again, because the chat service has no
idempotency key.
"""

import time
from datetime import timedelta

import structlog

from childcare import clock, outbox, reminders
from childcare.db import reading, transaction
from childcare.outbox import Urgency
from childcare.reminders import Dropped, Later, Outgoing, Verdict
from gateways.failures import Blocked, Permanent, Temporary
from workers import work as rows
from workers.equipment import Equipment
from workers.handlers import DELIVERIES, Text
from workers.work import Work

log = structlog.get_logger()

# The pace of everybody's messages is waited for; handing back would only bring the row again.
PATIENCE = timedelta(milliseconds=500)
LONGEST_QUEUE = 3.0


def deliver(equipment: Equipment, work: Work) -> str:
    """Send what a row asks for, if it is still true; what became of it."""
    match _look(equipment, work):
        case Dropped(why):
            log.info("dropped", why=why)
            return rows.finish(work, "dropped")
        case Later(until):
            return rows.wait_until(work, until)
        case Text() as text:
            return _send_sms(equipment, work, text)
        case Outgoing() as outgoing:
            return _send(equipment, work, outgoing)


def _look(equipment: Equipment, work: Work) -> Verdict | Text:
    with reading() as session:
        now = clock.now(session)
        return DELIVERIES[work.kind](session, work, now, equipment.secret_key)


def _send(equipment: Equipment, work: Work, outgoing: Outgoing) -> str:
    wait = _await_turn(equipment, outgoing.chat_id, work.urgency)
    if wait:
        return rows.hand_back(work, wait)
    try:
        equipment.telegram.deliver(outgoing.chat_id, outgoing.message)
    except Blocked:
        return _mark_blocked(work, outgoing)
    except Permanent as problem:
        log.exception("refused-for-good")
        return rows.give_up(work, str(problem))
    except Temporary as problem:
        if problem.retry_after:
            equipment.limiter.obey(outgoing.chat_id, problem.retry_after)
            return rows.hand_back(work, problem.retry_after)
        equipment.limiter.failed()
        return rows.try_again(work, str(problem))
    outcome = rows.finish(work, "sent")
    equipment.limiter.arrived()
    return outcome


def _await_turn(equipment: Equipment, chat_id: int, urgency: int) -> timedelta | None:
    """Take the right to send, waiting a moment for the general pace; else when to come back."""
    limiter = equipment.limiter
    claim = limiter.claim_first if urgency >= Urgency.AT_ONCE else limiter.claim
    patient_until = time.monotonic() + LONGEST_QUEUE
    while True:
        wait = claim(chat_id)
        if wait is None:
            return None
        if wait.is_busy or wait.time > PATIENCE or time.monotonic() > patient_until:
            return wait.time
        time.sleep(wait.time.total_seconds())


def _mark_blocked(work: Work, outgoing: Outgoing) -> str:
    with transaction() as session:
        now = clock.now(session)
        reminders.mark_blocked(session, outgoing.guardian_id, chat_id=outgoing.chat_id, now=now)
        outbox.finish(session, work.id, outcome="blocked", now=now)
    return "blocked"


def _send_sms(equipment: Equipment, work: Work, text: Text) -> str:
    try:
        equipment.sms.send(text.phone, text.text)
    except Permanent as problem:
        log.exception("refused-for-good")
        return rows.give_up(work, str(problem))
    except Temporary as problem:
        if problem.retry_after:
            return rows.hand_back(work, problem.retry_after)
        return rows.try_again(work, str(problem))
    return rows.finish(work, "sent")
