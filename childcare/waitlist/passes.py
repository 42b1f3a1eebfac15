"""Writing down who was passed over when places went on, and why: once a round and reason."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    SmallInteger,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from childcare import clock, schedule
from childcare.db import table
from childcare.waitlist import lifetimes
from childcare.waitlist.models import Bar, Happened, Offer, WaitlistEvent, Wish
from childcare.waitlist.offering import Gone, PassedOver
from childcare.waitlist.queue import KEY, Free, bars, has_offer_then, key_of
from childcare.waitlist.wishes import slots_in


def write(
    session: Session,
    before: Free,
    after: Free,
    last: Wish | None,
    tried: Mapping[Wish, PassedOver],
) -> None:
    """Write who was passed over, once a round and reason, with what was free and their priority.

    Those ahead of `last`, the last one offered, whose wish touches what was free before; and all
    whose wish touches what is free after, for which nobody was found.
    """
    for wish, problem in tried.items():
        if not isinstance(problem, Gone):
            _write_one(session, before, wish, problem)
    left_out = [wish.id for wish in tried]
    if last is not None:
        _write_ahead_of(session, before, key_of(last), left_out)
    if after.mask:
        _write_ahead_of(session, after, EVERYBODY, left_out)


def _write_ahead_of(
    session: Session, free: Free, last: tuple[int, datetime, int], left_out: Sequence[int]
) -> None:
    if free.day is None:
        return
    priority, joined_at, entry_id = last
    values = {
        "of_class": free.class_id,
        "of_round": free.round_id,
        "where": free.institution_id,
        "now": free.now,
        "told": _facts(free),
        "tried": left_out,
        "mask": free.mask,
        "last_priority": priority,
        "last_joined_at": joined_at,
        "last_entry_id": entry_id,
        "day": free.day.on,
        "soonest": free.now + lifetimes.SOONEST,
    }
    session.execute(_LOG_STAYS, values)
    if free.enrolments and (runs := schedule.runs_weekday(session, free.day.on)):
        session.execute(_LOG_ENROLMENTS, {**values, "comes": 1 << (runs - 1)})


def _write_one(session: Session, free: Free, wish: Wish, problem: PassedOver) -> None:
    facts = {**_facts(free), **{name: str(fact) for name, fact in problem.facts.items()}}
    row = upsert(WaitlistEvent).values(
        entry_id=wish.entry_id,
        institution_id=free.institution_id,
        at=free.now,
        actor="system",
        kind=Happened.PASSED_OVER,
        round_id=free.round_id,
        why=problem.reason,
        facts=facts,
    )
    session.execute(row.on_conflict_do_nothing())


def _facts(free: Free) -> dict[str, Any]:
    runs = [[clock.hhmm(a), clock.hhmm(b)] for a, b in clock.runs(slots_in(free.mask))]
    on = {"on": free.day.on.isoformat()} if free.day else {}
    return {"class_id": free.class_id, "free": runs, **on}


# Comes after everybody: all are ahead of it.
EVERYBODY = (2**40, datetime(9999, 1, 1, tzinfo=UTC), 0)


def _passes(*asks_then: ColumnElement[bool], otherwise: ColumnElement[str]) -> Insert:
    offered = exists().where(
        Offer.entry_id == Wish.entry_id, Offer.round_id == bindparam("of_round")
    )
    barred = select(func.min(Bar.why)).where(bars("of_round")).scalar_subquery()
    ahead = (
        tuple_(
            bindparam("last_priority", type_=BigInteger),
            bindparam("last_joined_at", type_=DateTime(timezone=True)),
            bindparam("last_entry_id", type_=BigInteger),
        )
        > KEY
    )
    passed = select(
        Wish.entry_id,
        bindparam("where", type_=BigInteger),
        bindparam("now", type_=DateTime(timezone=True)),
        literal("system"),
        literal(Happened.PASSED_OVER.value),
        bindparam("of_round", type_=BigInteger),
        func.coalesce(barred, otherwise),
        bindparam("told", type_=JSONB).concat(func.jsonb_build_object("priority", Wish.priority)),
    ).where(
        Wish.class_id == bindparam("of_class"),
        Wish.live,
        Wish.slots.op("&")(bindparam("mask", type_=BigInteger)) != 0,
        ahead,
        ~offered,
        Wish.id.not_in(bindparam("tried", expanding=True)),
        *asks_then,
    )
    columns = ["entry_id", "institution_id", "at", "actor", "kind", "round_id", "why", "facts"]
    return upsert(table(WaitlistEvent)).from_select(columns, passed).on_conflict_do_nothing()


_LOG_STAYS = _passes(
    Wish.on == bindparam("day"),
    otherwise=case(
        (func.lower(Wish.during) < bindparam("soonest"), "too-late"),
        (has_offer_then(), "has-offer"),
        else_="hours",
    ),
)
_LOG_ENROLMENTS = _passes(
    Wish.from_on <= bindparam("day"),
    Wish.weekdays.op("&")(bindparam("comes", type_=SmallInteger)) != 0,
    otherwise=literal("days"),
)
