"""One freed place from cause to end: what freed it, who was asked in which order, who was passed
over and why, who got it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare.actors import Actor
from childcare.db import one
from childcare.reports.waiting.behind import Behind, behind
from childcare.reports.waiting.known import known, require_desk
from childcare.reports.waiting.sparks import Spark, sparks_of
from childcare.reports.waiting.telling import Told, tell_of
from childcare.reports.waiting.then import Reasons, Then, key_of
from childcare.waitlist import (
    Offer,
    OfferState,
    PriorityTable,
    Round,
    WaitlistEvent,
)


@dataclass(frozen=True)
class StepLine:
    """What happened to one family in a step, and why it stood where it stood.

    `number` counts those who were asked or passed over in the round, in the order of then.
    """

    told: Told
    reasons: Reasons
    number: int


@dataclass(frozen=True)
class Step:
    """What happened at one instant, those in order first to last."""

    at: datetime
    lines: Sequence[StepLine]


@dataclass(frozen=True)
class RoundStory:
    """A round as it is told; `behind` are those who waited for it too and were not reached."""

    round: Round
    sparks: Sequence[Spark]
    table: PriorityTable | None
    steps: Sequence[Step]
    offers: Sequence[Told]
    days: Sequence[date]
    behind: Sequence[Behind]

    @property
    def taken(self) -> list[Told]:
        return [told for told in self.offers if told.offer and _is(told, OfferState.ACCEPTED)]

    @property
    def open(self) -> list[Told]:
        return [told for told in self.offers if told.offer and _is(told, OfferState.OPEN)]

    @property
    def withdrawn(self) -> str | None:
        """Why the last offer that ended was withdrawn; empty if another ending came after such a
        one, None where nothing was withdrawn."""
        if not any(_is(told, OfferState.WITHDRAWN) for told in self.offers):
            return None
        lines = [line.told.event for step in self.steps for line in step.lines]
        last = max((event for event in lines if event.kind in ENDS), key=lambda event: event.id)
        return last.why if last.kind == "withdrawn" else ""

    @property
    def asked(self) -> int:
        """How many were asked or passed over."""
        return max((line.number for step in self.steps for line in step.lines), default=0)

    @property
    def free(self) -> list[tuple[str, str]]:
        """What was free at first, as far as anybody was passed over for it."""
        said = [line.told.free for step in self.steps for line in step.lines if line.told.free]
        return list(said[0]) if said else []


def _is(told: Told, state: OfferState) -> bool:
    return told.offer is not None and told.offer.state == state


def round_story(
    session: Session, actor: Actor, *, institution_id: int, round_id: int
) -> RoundStory:
    """A round of this institution. Raises `NotFound`, `Forbidden`."""
    require_desk(actor, institution_id)
    found = one(
        session,
        select(Round).where(Round.id == round_id, Round.institution_id == institution_id),
    )
    offers = select(Offer.id).where(Offer.round_id == round_id)
    events = session.scalars(
        select(WaitlistEvent)
        .where(
            or_(WaitlistEvent.round_id == round_id, WaitlistEvent.offer_id.in_(offers)),
            WaitlistEvent.institution_id == institution_id,
        )
        .order_by(WaitlistEvent.id)
    ).all()
    ids = {event.entry_id for event in events}
    shown = known(session, actor, institution_id=institution_id, entry_ids=ids)
    told = tell_of(session, institution_id, events, shown)
    then = Then(session, institution_id, shown.entries.values())
    offered = [line for line in told if line.event.kind == "offered"]
    days = sorted({line.on for line in told if line.on is not None})
    return RoundStory(
        round=found,
        sparks=sparks_of(session, actor, found, days),
        table=then.table(found.opened_at),
        steps=_steps(told, then),
        offers=offered,
        days=days,
        behind=behind(
            session,
            actor,
            institution_id,
            [line.offer for line in offered if line.offer],
            ids,
            found.opened_at,
        ),
    )


def _steps(told: Sequence[Told], then: Then) -> list[Step]:
    reasons = {one.event.id: then.of(one.entry.id, one.event.at) for one in told}
    in_line = {
        one.entry.id: key_of(one.entry, reasons[one.event.id])
        for one in told
        if one.event.kind not in ENDS
    }
    numbers = {id_: n for n, id_ in enumerate(sorted(in_line, key=in_line.__getitem__), start=1)}
    lines = [
        StepLine(one, reasons[one.event.id], numbers.get(one.entry.id, len(numbers)))
        for one in told
    ]
    return [
        # What ended first, then those who were asked for it.
        Step(at, sorted(found, key=lambda line: (line.told.event.kind not in ENDS, line.number)))
        for at, found in groupby(lines, key=lambda line: line.told.event.at)
    ]


ENDS = frozenset({"declined", "expired", "withdrawn", "accepted"})
