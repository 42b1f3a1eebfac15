"""From an absence to the next family's phone: what the workers do for those who wait."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import redis
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import enrolments, outbox, planning, waitlist
from childcare.actors import SYSTEM, Actor
from childcare.app import act, promoting
from childcare.db import reading
from childcare.institutions import CareForm, DayPart, Institution
from childcare.outbox import OutboxRow, Urgency
from childcare.people import Child, Family
from childcare.reminders import Kind
from childcare.reminders.waiting import Topic
from childcare.stays import Stay
from childcare.waitlist import Ask, Offer, OfferState, PriorityTable, Wish
from tests.build import TOMORROW, Build, FakeClock, director
from tests.fake_chat import FakeChat
from tests.workers.city import GRANDMA, LAN, City, open_rows, publish
from workers import work as rows
from workers.dispatcher import Dispatcher
from workers.equipment import Equipment
from workers.jobs import perform
from workers.queue import PRESENT, WorkQueue, now_of, queues

FANG, NEXT = 71001, 71002


class Chain:
    """A class with one place that 王芳's child has; 林岚's family waits for it, then another."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        with promoting() as session:
            build = Build(session)
            at = build.institution()
            self.institution_id, self.class_id = at.id, build.class_group(at, places=1).id
            planning.open_day(session, at.id, TOMORROW, now=self.clock.now)
            self.fang, self.fangs_child = _family(build, FANG)
            self.other, self.others_child = _family(build, NEXT)
            self.enrol(session, self.fangs_child, from_on=TOMORROW)
        self.wait(city.lan, city.child_id)
        self.clock.forward(timedelta(seconds=1))
        self.wait(self.other, self.others_child)
        city.forget_rows()

    def enrol(self, session: Session, child_id: int, *, from_on: date) -> None:
        enrolments.enrol(
            session,
            SYSTEM,
            child_id=child_id,
            institution_id=self.institution_id,
            form=CareForm.FULL_DAY,
            weekdays=[1, 2, 3, 4, 5],
            day_part=DayPart.FULL,
            from_on=from_on,
            now=self.clock.now,
        )

    def wait(self, actor: Actor, child_id: int) -> int:
        ask = Ask((child_id,), (self.institution_id,), CareForm.HOURLY, TOMORROW, 840, 1020)
        return act(lambda s: waitlist.join(s, actor, ask=ask, now=self.clock.now)[0].id)

    def stay_at_home(self) -> None:
        """王芳 says that her child stays at home tomorrow."""
        act(
            lambda s: (
                enrolments.declare_absence(
                    s,
                    self.fang,
                    child_id=self.fangs_child,
                    from_on=TOMORROW,
                    to_on=TOMORROW,
                    reason="",
                    now=self.clock.now,
                ).id
            )
        )

    def offers(self) -> Sequence[Offer]:
        with reading() as session:
            found = session.scalars(select(Offer).order_by(Offer.id)).all()
            session.expunge_all()
            return found


def _family(build: Build, chat_id: int) -> tuple[Actor, int]:
    family = build.family()
    actor = build.guardian(family, name="王芳", telegram_id=chat_id).actor
    return actor, build.child(family, name="豆豆").id


@pytest.fixture
def chain(city: City) -> Chain:
    return Chain(city)


def work_off(equipment: Equipment, *kinds: str) -> list[str]:
    """Do the open rows of these kinds; what became of them."""
    return [
        perform(equipment, each.id, each.attempts) for kind in kinds for each in open_rows(kind)
    ]


def test_an_absence_reaches_every_chat_of_the_next_family_and_no_other(
    chain: Chain, equipment: Equipment, chat: FakeChat
) -> None:
    chain.stay_at_home()
    work_off(equipment, "offer-made", Topic.OFFER)
    [offer] = chain.offers()
    assert {message.chat_id for message in chat.sent} == {LAN, GRANDMA}
    for message in chat.sent:
        assert message.buttons[:2] == [f"offer-accept:{offer.id}", f"offer-decline:{offer.id}"]


def test_an_offer_is_sent_before_two_hundred_other_messages_that_were_due(
    chain: Chain,
    equipment: Equipment,
    chat: FakeChat,
    app: Flask,
    redis_url: str,
    valkey: redis.Redis,
) -> None:
    booking_id = chain.city.book()
    dispatcher = Dispatcher(app, WorkQueue(redis_url))
    dispatcher.turn()
    chain.city.forget_rows()
    for number in range(200):
        chain.city.reminder(booking_id, key=str(number))
    valkey.zadd(PRESENT, {"one": now_of(valkey) + 1000})
    dispatcher.turn()
    _one_job(equipment, valkey)
    chain.stay_at_home()
    while not any("offer-accept" in "".join(sent.buttons) for sent in chat.sent):
        dispatcher.turn()
        assert _one_job(equipment, valkey), "the offer was never handed out"
    others = [sent for sent in chat.sent if "果果要去" in sent.text]
    # The one that was sent before the absence, and no more.
    assert len(others) == 1
    assert len(open_rows(Kind.DAY_BEFORE)) == 199


def _one_job(equipment: Equipment, valkey: redis.Redis) -> str:
    """What a worker would do next."""
    found = Queue.dequeue_any(queues(valkey), None, connection=valkey, serializer=JSONSerializer)
    return perform(equipment, *found[0].args) if found else ""


def test_a_worker_killed_in_the_middle_tells_the_family_once(
    chain: Chain, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chain.stay_at_home()
    [fact] = open_rows("offer-made")
    with promoting() as session:
        outbox.lease(session, limit=10, now=clock.now, at_least=Urgency.AT_ONCE)
    assert rows.begin(fact.id, 0) is not None  # and is killed here
    clock.forward(outbox.LEASE)
    assert [perform(equipment, fact.id, attempt) for attempt in (0, 1, 1)] == [
        "already-taken",
        "done",
        "already-taken",
    ]
    assert work_off(equipment, Topic.OFFER) == ["sent", "sent"]
    assert len(chat.texts(LAN)) == 1


def test_an_offer_that_runs_out_is_the_next_family_s_in_the_same_moment(
    chain: Chain, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chain.stay_at_home()
    [ends] = open_rows("expire-offer")
    clock.now = ends.due_at
    assert perform(equipment, ends.id, 0) == "done"
    assert [offer.state for offer in chain.offers()] == [OfferState.EXPIRED, OfferState.OPEN]
    work_off(equipment, "offer-made", "offer-expired", Topic.OFFER, Topic.OFFER_EXPIRED)
    assert [text.split("，")[0][:1] for text in chat.texts(NEXT)] == ["🎉"]
    assert [text[:1] for text in chat.texts(LAN)] == ["⌛"]
    # The offer that was for 林岚 is told to nobody any more.
    assert [each.outcome for each in _done(Topic.OFFER)].count("dropped") == 2


def _done(kind: str) -> Sequence[OutboxRow]:
    with reading() as session:
        query = select(OutboxRow).where(OutboxRow.kind == kind, OutboxRow.done_at.is_not(None))
        found = session.scalars(query.order_by(OutboxRow.id)).all()
        session.expunge_all()
        return found


def test_what_one_guardian_accepts_is_told_to_the_others(
    chain: Chain, equipment: Equipment, chat: FakeChat
) -> None:
    chain.stay_at_home()
    [offer] = chain.offers()
    act(lambda s: waitlist.accept(s, chain.city.lan, offer_id=offer.id, now=chain.clock.now).state)
    work_off(equipment, "offer-made", "booking-confirmed", Topic.OFFER, Kind.BOOKED)
    assert chat.texts(LAN) == []
    [told] = chat.texts(GRANDMA)
    assert "由林岚预约" in told


def test_who_blocked_the_bot_is_marked_and_the_rest_of_the_family_hears(
    chain: Chain, equipment: Equipment, chat: FakeChat, clock: FakeClock
) -> None:
    chat.blocked.add(LAN)
    chain.stay_at_home()
    work_off(equipment, "offer-made")
    assert sorted(work_off(equipment, Topic.OFFER)) == ["blocked", "sent"]
    assert chain.city.guardian().chat_blocked_at == clock.now
    assert len(chat.texts(GRANDMA)) == 1


def test_the_sweep_has_an_offer_ended_that_nobody_ended(
    chain: Chain, equipment: Equipment, clock: FakeClock
) -> None:
    chain.stay_at_home()
    chain.city.forget_rows()  # as if its row had been lost
    clock.now = chain.offers()[0].ends_at
    publish(clock, "sweep-waitlist", {}, key="now")
    assert work_off(equipment, "sweep-waitlist", "expire-offer") == ["done", "done"]
    assert [offer.state for offer in chain.offers()] == [OfferState.EXPIRED, OfferState.OPEN]


def test_a_day_looked_at_again_offers_nothing_twice(
    chain: Chain, equipment: Equipment, clock: FakeClock
) -> None:
    chain.stay_at_home()
    [first] = chain.offers()
    with reading() as session:
        day_id = session.get_one(Stay, first.stay_id).day_id
    publish(clock, "promote-day", {"day_id": day_id}, key="again")
    assert work_off(equipment, "promote-day") == ["done"]
    assert [offer.id for offer in chain.offers()] == [first.id]


def publish_table(chain: Chain, criterion: str) -> int:
    where, now, lines = chain.institution_id, chain.clock.now, [(criterion, 30)]
    return act(
        lambda s: (
            waitlist.publish(
                s, director(where), institution_id=where, lines=lines, reason="公示", now=now
            ).id
        )
    )


def priority_of(child_id: int) -> int:
    with reading() as session:
        return session.scalars(select(Wish.priority).where(Wish.child_id == child_id)).one()


def test_a_published_order_takes_effect_by_its_row(
    chain: Chain, equipment: Equipment, clock: FakeClock
) -> None:
    table_id = publish_table(chain, "works-here")
    assert work_off(equipment, "apply-priorities") == ["done"]
    with reading() as session:
        assert session.get_one(PriorityTable, table_id).applied_at == clock.now


def test_a_sibling_s_enrolment_moves_a_family_up(chain: Chain, equipment: Equipment) -> None:
    publish_table(chain, "sibling-enrolled")
    work_off(equipment, "apply-priorities")
    with promoting() as session:
        family = session.get_one(Family, chain.city.family_id)
        sister = Build(session).child(family, name="豆豆", months=18)
        Build(session).class_group(session.get_one(Institution, chain.institution_id))
        chain.enrol(session, sister.id, from_on=TOMORROW + timedelta(days=40))
    assert priority_of(chain.city.child_id) == 0
    work_off(equipment, "refresh-priorities")
    assert (priority_of(chain.city.child_id), priority_of(chain.others_child)) == (30, 0)


def test_a_child_that_is_older_than_was_said_leaves_the_line_of_its_class(
    chain: Chain, equipment: Equipment, clock: FakeClock
) -> None:
    with promoting() as session:
        session.get_one(Child, chain.city.child_id).born_on = TOMORROW - timedelta(days=1500)
    publish(clock, "refresh-child", {"child_id": chain.city.child_id}, key="older")
    assert work_off(equipment, "refresh-child") == ["done"]
    with reading() as session:
        waits = select(Wish.child_id).where(Wish.class_id == chain.class_id)
        assert session.scalars(waits).all() == [chain.others_child]
