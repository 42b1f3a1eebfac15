"""Whatever frees or adds places promotes in its own transaction while anybody waits.

`app.act` calls `promote` before the commit, so that a freed place with a waiting family is never
seen by a third party in between. Places go in order (`order`) to the first whose wish fits; whoever
freed, declined or let expire in the round is passed over, and so is a wish that does not fit; both
keep their place, and the pass is logged with its reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from childcare import capacity, clock, freed, outbox
from childcare.capacity import HORIZON_DAYS, ClassDay
from childcare.freed import Freed
from childcare.outbox import Urgency
from childcare.waitlist import offering, order, passes, queue
from childcare.waitlist.models import Bar, Cause, Offer, Round, Wish
from childcare.waitlist.offering import PassedOver, Terms
from childcare.waitlist.queue import Free

MOST_AT_ONCE = 20
# These open no round of their own: the place was offered before, or stood on sale.
GOES_ON = frozenset({Cause.JOINED, Cause.AGAIN, Cause.SWEEP})


@dataclass
class Step:
    """One class day (or, without a day, one class's plan) to be served in one round."""

    institution_id: int
    class_id: int
    round_id: int
    day: ClassDay | None
    enrolments: bool
    is_served: bool = False


@dataclass
class Promotion:
    """The steps of one promotion, and what was offered in it."""

    session: Session
    now: datetime
    steps: list[Step]
    made: list[Offer] = field(default_factory=list)

    def serve_all(self) -> None:
        for step in self.steps:
            if not step.is_served:
                self.serve(step)

    def serve(self, step: Step) -> None:
        """Offer what is free of a step until no wish fits, or it is enough for one transaction."""
        step.is_served = True
        table = order.apply_due(self.session, step.institution_id, now=self.now)
        terms = Terms(step.round_id, self.now, table.id if table else None)
        passed: dict[Wish, PassedOver] = {}
        tried: set[int] = set()
        last: Wish | None = None
        offers = 0
        # As it was locked, unless an offer before has taken of it.
        before = after = self._read_again(step) if self.made else self._free(step)
        while turn := self._next(after, tried):
            if offers == MOST_AT_ONCE:
                self._queue(step, last, before, passed)
                return
            try:
                day = step.day if turn.on is not None else None
                self.made += offering.make(self.session, turn, day, terms)
                offers, last = offers + 1, turn
                passed.pop(turn, None)
                # Who waited for a sibling's turn may be in turn now.
                tried -= {wish.id for wish, why in passed.items() if why.reason == "siblings"}
            except PassedOver as problem:
                passed[turn] = problem
                tried.add(turn.id)
            after = self._read_again(step)
        passes.write(self.session, before, after, last, passed)
        self._mark(step, queued=False)

    def _next(self, free: Free, tried: Collection[int]) -> Wish | None:
        """Whose turn it is, once what they prefer and stands free as well has been served."""
        while turn := queue.next_turn(self.session, free, tried):
            preferred = self._preferred(turn)
            if preferred is None:
                return turn
            self.serve(preferred)
        return None

    def _preferred(self, turn: Wish) -> Step | None:
        waiting = [step for step in self.steps if not step.is_served and step.day is not None]
        if not waiting or turn.on is None:
            return None
        better = select(Wish.class_id).where(
            Wish.entry_id == turn.entry_id, Wish.live, Wish.preference < turn.preference
        )
        classes = set(self.session.scalars(better))
        return next(
            (s for s in waiting if s.day and s.class_id in classes and s.day.on == turn.on), None
        )

    def _free(self, step: Step) -> Free:
        """What is free of a step, whose day was just read."""
        mask = queue.free_mask(step.day, now=self.now) if step.day else 0
        where = (step.institution_id, step.class_id, step.round_id, step.day)
        return Free(*where, mask=mask, enrolments=step.enrolments, now=self.now)

    def _read_again(self, step: Step) -> Free:
        if step.day is not None:
            self.session.refresh(step.day)
        return self._free(step)

    def _queue(
        self, step: Step, last: Wish | None, before: Free, passed: Mapping[Wish, PassedOver]
    ) -> None:
        """Let the next transaction go on; until then only those who wait may take there."""
        passes.write(self.session, before, before.without_room(), last, passed)
        self._mark(step, queued=True)
        if step.day is not None:
            publish_promotion(self.session, step.day.id, now=self.now)
        else:
            _publish_plan(self.session, step.class_id, now=self.now)

    def _mark(self, step: Step, *, queued: bool) -> None:
        if step.day is None:
            return
        step.day.queued, step.day.round_id = queued, step.round_id
        self.session.flush()


def publish_promotion(session: Session, day_id: int, *, now: datetime) -> None:
    """Have a class day's places offered in a transaction of its own."""
    facts = {"day_id": day_id}
    key = f"{day_id}:{now.timestamp():.6f}"
    outbox.publish(session, "promote-day", facts, key=key, now=now, urgency=Urgency.AT_ONCE)


def _publish_plan(session: Session, class_id: int, *, now: datetime) -> None:
    """Have the rest of a class's long-term places offered in a transaction of its own."""
    facts = {"class_id": class_id}
    key = f"{class_id}:{now.timestamp():.6f}"
    outbox.publish(session, "promote-plan", facts, key=key, now=now, urgency=Urgency.AT_ONCE)


def promote(session: Session, *, now: datetime) -> list[Offer]:
    """Offer everything that this transaction freed; which offers were made.

    Called once before each commit (`app.act`). Where nobody waits it is one look.
    """
    made: list[Offer] = []
    while places := freed.take_all(session):
        promotion = Promotion(session, now, _steps(session, places, now))
        promotion.serve_all()
        made += promotion.made
    return made


_WAITED_FOR = text(
    """
    SELECT * FROM (
      SELECT d.id, d.class_id, d.institution_id, d.round_id, d.queued OR EXISTS (
          SELECT FROM waitlist_wish w
          WHERE w.class_id = d.class_id AND w."on" = d."on" AND w.live) AS stays,
        EXISTS (SELECT FROM waitlist_wish w
          WHERE w.class_id = d.class_id AND w.from_on <= :horizon AND w.live) AS enrolments
      FROM class_day d WHERE d.id = ANY(:days) AND d."on" >= :today
      UNION ALL
      SELECT NULL, g.id, g.institution_id, NULL, false, EXISTS (SELECT FROM waitlist_wish w
          WHERE w.class_id = g.id AND w.from_on IS NOT NULL AND w.live)
      FROM class_group g WHERE g.id = ANY(:classes)) AS places
    WHERE stays OR enrolments OR round_id IS NOT NULL
    """
)


def _steps(session: Session, places: Sequence[Freed], now: datetime) -> list[Step]:
    """What is waited for, locked, each in its round, as far as a family prefers it first."""
    values = {
        "days": sorted({place.day_id for place in places if place.day_id}),
        "classes": sorted({place.class_id for place in places if place.class_id}),
        "today": clock.today(now),
        "horizon": clock.today(now) + timedelta(days=HORIZON_DAYS),
    }
    found = session.execute(_WAITED_FOR, values).all()
    rows = [row for row in found if row.stays or row.enrolments]
    _forget_rounds(session, places, {row.id for row in found} - {row.id for row in rows})
    if not rows:
        return []
    days = capacity.lock_days(session, [row.id for row in rows if row.id])
    where = {row.class_id: row.institution_id for row in rows}
    enrolments = {row.class_id for row in rows if row.enrolments}
    rounds = _Rounds(session, now)
    steps: dict[tuple[int | None, int], Step] = {}
    for place in sorted(places, key=_goes_on):
        if place.day_id not in days and place.class_id not in where:
            continue
        day = days.get(place.day_id) if place.day_id else None
        class_id = day.class_id if day else place.class_id or 0
        key = (day.id if day else None, class_id)
        if key in steps and _goes_on(place):
            continue
        round_id = rounds.of(place, day, where[class_id])
        made = Step(where[class_id], class_id, round_id, day, class_id in enrolments)
        step = steps.setdefault(key, made)
        step.round_id = rounds.joined(step.round_id, round_id)
    return list(steps.values())


def _forget_rounds(session: Session, places: Sequence[Freed], unwaited: Collection[int]) -> None:
    """What came free while nobody waited was offered to nobody: no round goes on there."""
    anew = {p.day_id for p in places if p.round_id is None and not _goes_on(p)}
    gone = anew & set(unwaited)
    if gone:
        session.execute(update(ClassDay).where(ClassDay.id.in_(gone)).values(round_id=None))


def _goes_on(place: Freed) -> bool:
    return place.round_id is None and place.cause in GOES_ON


class _Rounds:
    """The rounds of one transaction: what it freed anew is one round an institution."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._opened: dict[int, int] = {}

    def of(self, place: Freed, day: ClassDay | None, institution_id: int) -> int:
        if place.round_id is not None:
            return place.round_id
        if _goes_on(place):
            last = day.round_id if day is not None else self._last_of_plan(place.class_id)
            if last is not None:
                return last
        opened = self._opened.get(institution_id)
        if opened is None:
            opened = open_round(self._session, institution_id, place.cause, now=self._now)
            self._opened[institution_id] = opened
        if place.family_id is not None:
            bar(self._session, opened, place.family_id, None, "freed-it")
        return opened

    def _last_of_plan(self, class_id: int | None) -> int | None:
        """The round in which a class's long-term places were last offered."""
        last = (
            select(Offer.round_id)
            .where(Offer.class_id == class_id, Offer.enrolment_id.is_not(None))
            .order_by(Offer.id.desc())
        )
        return self._session.scalar(last.limit(1))

    def joined(self, one: int, other: int) -> int:
        """The newer of two rounds that meet in one place; who is barred in either is in it."""
        if one == other:
            return one
        older, newer = sorted((one, other))
        for old in self._session.scalars(select(Bar).where(Bar.round_id == older)).all():
            bar(self._session, newer, old.family_id, old.child_id, old.why)
        return newer


def open_round(session: Session, institution_id: int, cause: str, *, now: datetime) -> int:
    opened = Round(institution_id=institution_id, cause=cause, opened_at=now)
    session.add(opened)
    session.flush()
    return opened.id


def bar(session: Session, round_id: int, family_id: int, child_id: int | None, why: str) -> None:
    """Pass over a family, or one child of it, for the rest of a round."""
    session.add(Bar(round_id=round_id, family_id=family_id, child_id=child_id, why=why))
    session.flush()
