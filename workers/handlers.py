"""What to do for each outbox kind.

*Effects* touch the database alone and run in the transaction that marks their row done: exactly
once. *Deliveries* are looked at here without writing; `workers.deliveries` sends them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from childcare import (
    accounts,
    bookings,
    chat_updates,
    drafts,
    idempotency,
    outbox,
    planning,
    reminders,
)
from childcare.reminders import Dropped, Kind, Verdict
from childcare.reminders.waiting import Topic
from workers import ticks, waiting
from workers.work import Work

log = structlog.get_logger()

Effect = Callable[[Session, Work, datetime], None]


@dataclass(frozen=True)
class Text:
    """A text message to a phone."""

    phone: str
    text: str


Look = Callable[[Session, Work, datetime, str], Verdict | Text]


def _expire(session: Session, work: Work, now: datetime) -> None:
    bookings.expire(session, booking_id=work.payload["booking_id"], now=now)


def _mark_no_show(session: Session, work: Work, now: datetime) -> None:
    bookings.mark_no_show(session, stay_id=work.payload["stay_id"], now=now)


def _booking_confirmed(session: Session, work: Work, _now: datetime) -> None:
    ticks.plan_no_show(session, work.payload["booking_id"], now=work.created_at)
    reminders.booking_confirmed(session, since=work.created_at, **work.payload)


def _booking_rescheduled(session: Session, work: Work, _now: datetime) -> None:
    ticks.plan_no_show(session, work.payload["booking_id"], now=work.created_at)
    reminders.booking_rescheduled(session, since=work.created_at, **work.payload)


def _tell_of_booking(kind: Kind, session: Session, work: Work, _now: datetime) -> None:
    reminders.tell_of_booking(session, kind, since=work.created_at, **work.payload)


def _tell_of_stay(kind: Kind, session: Session, work: Work, _now: datetime) -> None:
    reminders.tell_of_stay(session, kind, since=work.created_at, **work.payload)


def _still_present(session: Session, work: Work, now: datetime) -> None:
    log.error("child-still-present", stay_id=work.payload["stay_id"])
    _tell_of_stay(Kind.STILL_PRESENT, session, work, now)


def _day_over(_session: Session, work: Work, _now: datetime) -> None:
    log.warning("day-over-capacity", **work.payload)


def _nothing(_session: Session, _work: Work, _now: datetime) -> None:
    """A fact that nobody waits for yet."""


def _open_days(session: Session, work: Work, now: datetime) -> None:
    ticks.begin_day(session, work.payload["institution_id"], now=now)


def _open_day(session: Session, work: Work, now: datetime) -> None:
    on = date.fromisoformat(work.payload["on"])
    planning.open_day(session, work.payload["institution_id"], on, now=now)


def _end_day(session: Session, work: Work, now: datetime) -> None:
    on = date.fromisoformat(work.payload["on"])
    ticks.end_day(session, work.payload["institution_id"], on, now=now)


def _replan_days(session: Session, work: Work, now: datetime) -> None:
    dates = [date.fromisoformat(on) for on in work.payload["days"]]
    planning.replan(session, work.payload["institution_id"], dates, now=now)


def _keep_calendar(session: Session, _work: Work, now: datetime) -> None:
    ticks.keep_calendar(session, now=now)


def _sweep(session: Session, _work: Work, now: datetime) -> None:
    for subject in (outbox, idempotency, chat_updates, drafts, accounts):
        log.info("swept", subject=subject.__name__, rows=subject.sweep(session, now=now))


EFFECTS: Mapping[str, Effect] = {
    "expire-hold": _expire,
    "expire-request": _expire,
    "mark-no-show": _mark_no_show,
    "booking-confirmed": _booking_confirmed,
    "booking-rescheduled": _booking_rescheduled,
    "booking-rejected": partial(_tell_of_booking, Kind.REJECTED),
    "request-expired": partial(_tell_of_booking, Kind.REQUEST_EXPIRED),
    "booking-cancelled": partial(_tell_of_booking, Kind.CANCELLED),
    "booking-cancelled-by-institution": partial(_tell_of_booking, Kind.BY_INSTITUTION),
    "booking-no-show": partial(_tell_of_booking, Kind.NO_SHOW),
    "stay-absent": partial(_tell_of_stay, Kind.ABSENT),
    "stay-closed": partial(_tell_of_stay, Kind.CLOSED),
    "stay-reopened": partial(_tell_of_stay, Kind.REOPENED),
    "stay-completed": _nothing,
    "child-still-present": _still_present,
    "day-over": _day_over,
    "open-days": _open_days,
    "open-day": _open_day,
    "end-day": _end_day,
    "replan-days": _replan_days,
    "keep-calendar": _keep_calendar,
    "sweep": _sweep,
    **waiting.EFFECTS,
}


def _remind(session: Session, work: Work, now: datetime, _secret: str) -> Verdict:
    return reminders.prepare(session, Kind(work.kind), work.payload, now=now)


def _tell_who_waits(session: Session, work: Work, now: datetime, _secret: str) -> Verdict:
    return reminders.waiting.prepare(session, Topic(work.kind), work.payload, now=now)


def _send_sms(session: Session, work: Work, now: datetime, secret: str) -> Text | Dropped:
    sms = accounts.sms(session, work.payload["code_id"], secret=secret, now=now)
    return Text(sms.phone, sms.text) if sms else Dropped("no-longer-true")


DELIVERIES: Mapping[str, Look] = {
    "send-sms": _send_sms,
    **dict.fromkeys(Kind, _remind),
    **dict.fromkeys(Topic, _tell_who_waits),
}
