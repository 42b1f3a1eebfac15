"""What a family hears while it waits: offers, and what becomes of its entries."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, planning, reminders, waitlist
from childcare.outbox import OutboxRow, Urgency
from childcare.people import PlaceKind, SavedPlace
from childcare.reminders import Dropped, Later, Outgoing, waiting
from childcare.reminders.waiting import Topic
from childcare.waitlist import Offer, OfferState, Siblings, WaitlistEntry
from tests.build import NOON, TODAY, Build, director
from tests.childcare.doorstep import BEYOND, THURSDAY, UNTIL, Home


@pytest.fixture
def home(session: Session, build: Build) -> Home:
    return Home(session, build)


def addresses(sent: Outgoing) -> list[str]:
    return [button.address for row in sent.message.buttons for button in row]


def test_everyone_of_the_family_with_a_chat_hears_of_an_offer_before_anything_else(
    home: Home,
) -> None:
    home.tell(Topic.OFFER, home.offered())
    rows = home.rows(Topic.OFFER)
    assert [row.recipient_id for row in rows] == [home.lan.id, home.partner.id, home.grandma.id]
    assert {row.urgency for row in rows} == {Urgency.AT_ONCE}


def test_an_offer_says_who_where_when_how_much_until_when_and_why(home: Home) -> None:
    home.session.add(
        SavedPlace(
            family_id=home.family.id, kind=PlaceKind.HOME, label="家", lat=39.8866, lng=116.461
        )
    )
    offer = home.offered()
    home.tell(Topic.OFFER, offer)
    sent = home.said(Topic.OFFER, now=UNTIL - timedelta(minutes=30))
    assert sent.message.text.splitlines() == [
        f"🎉 {home.at.name}有位啦，给果果留着呢！",
        "🗓 11月26日 周四 09:00–11:00",
        "📍 劲松三区 1 号",
        "🚶 从家走 5 分钟",
        "💰 ¥80",
        "⏳ 请在 20:00 前回复（还有 30 分钟）",
        "💡 按排队顺序，轮到您家了",
    ]
    accept, decline, see = addresses(sent)
    assert accept == f"offer-accept:{offer.id}"
    assert decline == f"offer-decline:{offer.id}"
    assert see == f"offer:{offer.id}"


def test_an_offer_of_a_long_term_place_says_from_when_and_how_much_a_month(home: Home) -> None:
    home.wait_for_enrolment()
    home.tell(Topic.OFFER, home.offer())
    chinese = home.said(Topic.OFFER).message.text
    english = home.said(Topic.OFFER, to=home.partner).message.text
    assert "🗓 12月1日 周二 起，周一至周五，全天" in chinese
    assert "¥3,000/月" in chinese
    assert "From Tue 1 Dec: full day, Monday to Friday" in english
    assert "¥3,000/month" in english
    # 48 hours, and three nights between.
    assert "by Thu 26 Nov 18:00 (3 days left)" in english


def test_siblings_who_come_together_are_offered_in_one_message(home: Home) -> None:
    sister = home.build.child(home.family, name="豆豆", months=18)
    home.wait(THURSDAY, home.child, sister, together=Siblings.ALL)
    for offer in home.session.scalars(select(Offer)).all():
        home.tell(Topic.OFFER, offer)
    text = home.said(Topic.OFFER).message.text
    assert "（还有 8 小时）" in text
    assert "给果果、豆豆留着" in text
    assert "¥160" in text


def test_a_director_s_choice_says_why(home: Home) -> None:
    offer = home.offered()
    offer.out_of_order_reason = "妈妈要去医院"
    home.session.flush()
    home.tell(Topic.OFFER, offer)
    assert "💡 园长优先安排：妈妈要去医院" in home.said(Topic.OFFER).message.text


def test_an_offer_goes_at_once_even_in_one_s_own_quiet_hours(home: Home) -> None:
    home.lan.quiet_from, home.lan.quiet_until = 11 * 60, 15 * 60
    offer = home.offered()
    for topic in (Topic.OFFER, Topic.OFFER_ENDING):
        home.tell(topic, offer)
        assert isinstance(home.verdict(topic), Outgoing)


def test_other_news_waits_for_the_end_of_quiet_hours_unless_that_is_too_late(home: Home) -> None:
    home.lan.quiet_from, home.lan.quiet_until = 20 * 60, 22 * 60
    offer = home.offered()
    home.expire(offer)
    home.tell(Topic.OFFER_EXPIRED, offer)
    assert home.verdict(Topic.OFFER_EXPIRED, now=UNTIL) == Later(clock.at(TODAY, 22 * 60))
    home.lan.quiet_from, home.lan.quiet_until = 8 * 60, 10 * 60
    just_before = clock.at(THURSDAY, 530)
    assert isinstance(home.verdict(Topic.OFFER_EXPIRED, now=just_before), Outgoing)


def test_a_warning_says_how_long_is_left(home: Home) -> None:
    offer = home.offered()
    home.tell(Topic.OFFER_ENDING, offer)
    sent = home.said(Topic.OFFER_ENDING, to=home.partner, now=UNTIL - timedelta(minutes=15))
    assert sent.message.text.startswith("⏰ 15 minutes left: Little Pinecone")
    assert addresses(sent)[0] == f"offer-accept:{offer.id}"


@pytest.mark.parametrize("topic", [Topic.OFFER, Topic.OFFER_ENDING])
def test_what_was_answered_or_is_over_is_offered_no_more(home: Home, topic: Topic) -> None:
    offer = home.offered()
    home.tell(topic, offer)
    assert home.verdict(topic, now=offer.ends_at) == Dropped("no-longer-true")
    waitlist.decline(home.session, home.grandma.actor, offer_id=offer.id, now=NOON)
    assert home.verdict(topic) == Dropped("no-longer-true")


def test_an_accepted_offer_needs_no_warning(home: Home) -> None:
    offer = home.offered()
    home.tell(Topic.OFFER_ENDING, offer)
    waitlist.accept(home.session, home.lan.actor, offer_id=offer.id, now=NOON)
    assert home.verdict(Topic.OFFER_ENDING, to=home.partner) == Dropped("no-longer-true")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"telegram_id": None}, "nobody-there"),
        ({"erased_at": NOON}, "nobody-there"),
        ({"chat_blocked_at": NOON}, "blocked"),
    ],
)
def test_who_cannot_be_reached_is_left_alone(
    home: Home, facts: dict[str, object], why: str
) -> None:
    home.tell(Topic.OFFER, home.offered())
    for name, value in facts.items():
        setattr(home.lan, name, value)
    home.session.flush()
    assert home.verdict(Topic.OFFER) == Dropped(why)


def test_a_family_left_since_hears_nothing_of_its_old_child(home: Home) -> None:
    home.tell(Topic.OFFER, home.offered())
    home.lan.family_id = home.build.family().id
    home.session.flush()
    assert home.verdict(Topic.OFFER) == Dropped("no-longer-true")


def lose_capacity(home: Home) -> None:
    boss = director(home.at.id)
    planning.change_shifts(
        home.session, boss, class_id=home.group.id, on=THURSDAY, shifts=[], now=NOON
    )


def close(home: Home) -> None:
    planning.close(
        home.session,
        director(home.at.id),
        institution_id=home.at.id,
        class_id=None,
        from_on=THURSDAY,
        to_on=THURSDAY,
        reason="停水",
        now=NOON,
    )


@pytest.mark.parametrize(
    ("lose", "why"), [(lose_capacity, "能照看的孩子变少了"), (close, "那天不开门")]
)
def test_a_withdrawn_offer_is_explained_and_the_place_in_line_is_kept(
    home: Home, lose: Callable[[Home], None], why: str
) -> None:
    offer = home.offered()
    lose(home)
    home.tell(Topic.OFFER_WITHDRAWN, offer)
    text = home.said(Topic.OFFER_WITHDRAWN).message.text
    assert why in text
    assert "您的排位不变" in text


def test_one_expired_offer_warns_and_the_second_in_a_row_speaks_of_the_pause_alone(
    home: Home,
) -> None:
    entry = home.wait()
    offer = home.offer()
    home.expire(offer)
    home.tell(Topic.OFFER_EXPIRED, offer)
    warned = home.said(Topic.OFFER_EXPIRED, to=home.grandma, now=offer.ends_at)
    assert "下次再错过，排队会先暂停" in warned.message.text
    assert addresses(warned) == [f"entry:{entry.id}"]
    entry.state, entry.expiries, entry.reason = "paused", 2, "unanswered"
    home.session.flush()
    assert home.verdict(Topic.OFFER_EXPIRED, now=offer.ends_at) == Dropped("no-longer-true")
    home.tell(Topic.PAUSED, entry, now=offer.ends_at)
    paused = home.said(Topic.PAUSED, now=offer.ends_at)
    assert paused.message.text.startswith("⏸ 连着两次没来得及回复，果果的排队先暂停了")
    assert addresses(paused) == [f"entry-renew:{entry.id}", f"entry-leave:{entry.id}"]


def test_a_pause_that_the_family_has_ended_is_not_told(home: Home) -> None:
    entry = home.wait(BEYOND)
    waitlist.pause(home.session, home.lan.actor, entry_id=entry.id, now=NOON)
    home.tell(Topic.PAUSED, entry)
    assert isinstance(home.verdict(Topic.PAUSED), Outgoing)
    waitlist.renew(home.session, home.lan.actor, entry_id=entry.id, now=NOON)
    assert home.verdict(Topic.PAUSED) == Dropped("no-longer-true")


def test_still_interested_is_asked_with_a_date_until_somebody_answers(home: Home) -> None:
    entry = home.wait(TODAY + timedelta(days=91))
    asked_at = NOON + timedelta(days=60)
    waitlist.sweep(home.session, now=asked_at)
    home.tell(Topic.RENEWAL, entry, now=asked_at)
    sent = home.said(Topic.RENEWAL, to=home.partner, now=asked_at)
    assert sent.message.text.startswith("🙋 Still looking for a place for 果果?")
    assert "Please tell us by Fri 29 Jan" in sent.message.text
    assert addresses(sent) == [f"entry-renew:{entry.id}", f"entry-leave:{entry.id}"]
    waitlist.renew(home.session, home.grandma.actor, entry_id=entry.id, now=asked_at)
    assert home.verdict(Topic.RENEWAL, now=asked_at) == Dropped("no-longer-true")


def test_a_removal_is_told_with_its_reason(home: Home) -> None:
    entry = home.wait(BEYOND)
    waitlist.remove(
        home.session,
        director(home.at.id),
        institution_id=home.at.id,
        entry_id=entry.id,
        reason="电话说不来了",
        now=NOON,
    )
    home.tell(Topic.REMOVED, entry)
    text = home.said(Topic.REMOVED).message.text
    assert text.startswith(f"{home.at.name}把果果移出了候补名单")
    assert "电话说不来了" in text
    assert "其他园" not in text


def test_an_entry_whose_day_is_past_is_told_and_leads_to_another_search(home: Home) -> None:
    entry = home.wait(BEYOND)
    day_after = clock.at(BEYOND + timedelta(days=1), 600)
    waitlist.sweep(home.session, now=day_after)
    home.tell(Topic.LAPSED, entry, now=day_after)
    sent = home.said(Topic.LAPSED, now=day_after)
    assert sent.message.text.startswith("😔 这次没能等到果果的位子")
    assert addresses(sent) == ["find"]


def test_an_accepted_long_term_place_is_told_to_the_others_with_who_accepted(home: Home) -> None:
    home.wait_for_enrolment()
    offer = home.offer()
    waitlist.accept(home.session, home.lan.actor, offer_id=offer.id, now=NOON)
    assert offer.enrolment_id is not None
    waiting.enrolled(home.session, enrolment_id=offer.enrolment_id, by=home.lan.id, now=NOON)
    rows = home.rows(Topic.ENROLLED)
    assert [row.recipient_id for row in rows] == [home.partner.id, home.grandma.id]
    chinese = home.said(Topic.ENROLLED, to=home.grandma).message.text
    english = home.said(Topic.ENROLLED, to=home.partner).message.text
    assert "由林岚预约" in chinese
    assert "12月1日 周二 起" in chinese
    assert english.startswith("✅ Enrolled: 果果 at Little Pinecone")
    assert "¥3,000/month" in english


def every_topic(home: Home) -> dict[Topic, Offer | WaitlistEntry]:
    """A family to which everything has happened."""
    entry = home.wait()
    offer = home.offer()
    return {topic: offer if "offer" in topic else entry for topic in Topic}


STATES: dict[Topic, dict[str, object]] = {
    Topic.OFFER_WITHDRAWN: {"state": OfferState.WITHDRAWN},
    Topic.OFFER_EXPIRED: {"state": OfferState.EXPIRED},
    Topic.PAUSED: {"state": "paused"},
    Topic.RENEWAL: {"asked_at": NOON},
    Topic.LAPSED: {"state": "lapsed"},
}


@pytest.mark.parametrize("topic", [topic for topic in Topic if topic is not Topic.ENROLLED])
def test_every_message_names_the_child_in_both_languages_and_the_same_fact_is_told_once(
    home: Home, topic: Topic
) -> None:
    record = every_topic(home)[topic]
    for name, value in STATES.get(topic, {}).items():
        setattr(record, name, value)
    if topic is Topic.REMOVED:
        waitlist.choices_of(home.session, record.id)[0].removed_at = NOON
    if topic is Topic.OFFER_EXPIRED:
        home.session.get_one(WaitlistEntry, home.offer().entry_id).expiries = 1
    home.session.flush()
    home.tell(topic, record)
    home.tell(topic, record)
    assert len(home.rows(topic)) == 3
    chinese = home.said(topic).message.text
    english = home.said(topic, to=home.partner).message.text
    assert "果果" in chinese
    assert "果果" in english
    assert not {"托", "排", "位", "园"} & set(english)


def test_a_message_that_is_not_urgent_can_be_switched_off_and_an_offer_cannot(home: Home) -> None:
    home.wait_for_enrolment()
    offer = home.offer()
    home.tell(Topic.OFFER, offer)
    home.grandma.switches = dict.fromkeys((*reminders.SWITCHES, ""), False) | {"": True}
    home.session.flush()
    assert isinstance(home.verdict(Topic.OFFER, to=home.grandma), Outgoing)
    waitlist.accept(home.session, home.lan.actor, offer_id=offer.id, now=NOON)
    assert offer.enrolment_id is not None
    waiting.enrolled(home.session, enrolment_id=offer.enrolment_id, by=home.lan.id, now=NOON)
    assert home.verdict(Topic.ENROLLED, to=home.grandma) == Dropped("switched-off")


def test_who_booked_is_named_to_the_rest_of_the_family(home: Home) -> None:
    offer = home.offered()
    waitlist.accept(home.session, home.lan.actor, offer_id=offer.id, now=NOON)
    booked = select(OutboxRow).where(OutboxRow.kind == "booking-confirmed")
    fact = home.session.scalars(booked).one()
    reminders.booking_confirmed(home.session, since=NOON, **fact.payload)
    told = select(OutboxRow).where(OutboxRow.kind == reminders.Kind.BOOKED)
    row = home.session.scalars(told.order_by(OutboxRow.id)).first()
    assert row is not None
    sent = reminders.prepare(home.session, reminders.Kind.BOOKED, row.payload, now=NOON)
    assert isinstance(sent, Outgoing)
    assert "Booked by 林岚." in sent.message.text
