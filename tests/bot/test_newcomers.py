"""From the first message to the first list of places."""

from datetime import date

from sqlalchemy import select

from childcare.db import reading
from childcare.drafts import DraftRow
from childcare.people import Child, Guardian, SavedPlace
from tests.bot.talk import Person, Talk


def children(name: str) -> list[tuple[date, int, str]]:
    with reading() as session:
        rows = session.scalars(select(Child).where(Child.name == name))
        return [(child.born_on, child.weeks_early, child.allergies) for child in rows]


def test_a_newcomer_is_greeted_in_the_language_of_their_phone(stranger: Person) -> None:
    shown = stranger.says("/start")
    assert shown.text.startswith("Hello Sam Taylor!")
    assert "2026-11" in shown.text
    changed = stranger.presses("中文")
    assert changed.message_id == shown.message_id
    assert changed.text.startswith("Sam Taylor，您好！")


def test_from_start_to_the_first_list_of_places(stranger: Person) -> None:
    stranger.says("/start")
    stranger.presses("✅ I agree")
    stranger.says("Mia")
    stranger.says("1 March 2025")
    assert "1 year 8 months" in stranger.screen.text
    stranger.presses("3 wk")
    stranger.says("peanuts")
    assert "Where do you live?" in stranger.screen.text
    shown = stranger.says("Jinsong")
    assert children("Mia") == [(date(2025, 3, 1), 3, "peanuts")]
    assert "Saved: Jinsong." in shown.text
    assert "1. Little Pinecone" in shown.text


def test_months_are_not_taken_for_weeks(stranger: Person) -> None:
    stranger.says("/start")
    stranger.presses("✅ I agree")
    stranger.says("Mia")
    stranger.says("1 March 2025")
    assert "By how many weeks?" in stranger.says("13 months").text
    stranger.says("3 weeks early")
    stranger.says("none")
    assert [weeks for _, weeks, _ in children("Mia")] == [3]


def test_consent_is_kept_with_the_version_that_was_shown(stranger: Person) -> None:
    stranger.says("/start")
    stranger.presses("✅ I agree")
    with reading() as session:
        me = session.scalars(select(Guardian).where(Guardian.telegram_id == 3)).one()
        assert me.consent_version == "2026-11"


def test_nothing_of_a_child_is_kept_without_consent(stranger: Person) -> None:
    for data in ("kid-new", "find"):
        assert "agree" in str(stranger.sends(data, on=stranger.says("/help")).labels)
    with reading() as session:
        assert session.scalars(select(DraftRow)).all() == []


def test_consent_to_another_text_is_refused(stranger: Person) -> None:
    stranger.sends("consent:202501", on=stranger.says("/start"))
    with reading() as session:
        me = session.scalars(select(Guardian).where(Guardian.telegram_id == 3)).one()
        assert me.consent_version is None


def test_a_birth_date_with_two_readings_is_asked_about(stranger: Person) -> None:
    begin(stranger)
    stranger.says("3/4/2025")
    assert stranger.screen.text == "Which day do you mean?"
    stranger.presses("Thu 3 Apr 2025")
    stranger.presses("Born on time")
    stranger.presses("None")
    assert children("Mia") == [(date(2025, 4, 3), 0, "")]


def begin(stranger: Person) -> None:
    stranger.says("/start")
    stranger.presses("✅ I agree")
    stranger.says("Mia")


def test_an_age_is_not_a_birth_date(stranger: Person) -> None:
    begin(stranger)
    assert "Which day exactly?" in stranger.says("a year and a half").text
    assert "still to come" in stranger.says("2027-01-01").text
    assert "could not read" in stranger.says("blue").text
    assert "1 year 8 months" in stranger.says("2025-03-01").text


def test_a_restart_in_the_middle_of_a_form_forgets_nothing(talk: Talk, stranger: Person) -> None:
    begin(stranger)
    talk.restarted()
    stranger.says("2025-03-01")
    talk.restarted()
    stranger.presses("Born on time")
    talk.restarted()
    stranger.presses("None")
    assert children("Mia") == [(date(2025, 3, 1), 0, "")]


def test_a_button_of_an_earlier_question_repeats_the_present_one(stranger: Person) -> None:
    begin(stranger)
    asked = stranger.says("2025-03-01")
    stranger.presses("Born on time")
    assert "allergies" in stranger.sends("fill:2:3", on=asked).text
    stranger.presses("None")
    assert children("Mia") == [(date(2025, 3, 1), 0, "")]


def test_cancel_and_every_other_button_leave_a_form(stranger: Person) -> None:
    begin(stranger)
    assert stranger.says("/cancel").text.startswith("Left.")
    assert stranger.says("/cancel").text.startswith("There was nothing to leave.")
    stranger.sends("kid-new")
    stranger.sends("help")
    stranger.says("Mia")
    with reading() as session:
        assert session.scalars(select(DraftRow)).all() == []
        assert session.scalars(select(Child).where(Child.name == "Mia")).all() == []


def test_a_wish_in_the_middle_of_a_form_is_no_name(lan: Person) -> None:
    lan.sends("kid-new", on=lan.says("/start"))
    shown = lan.says("明天下午2点到5点 劲松附近")
    assert "11月24日 周二 14:00–17:00" in shown.text
    assert children("明天下午2点到5点 劲松附近") == []


def test_a_shared_location_becomes_home(stranger: Person) -> None:
    begin(stranger)
    stranger.says("2025-03-01")
    stranger.presses("Born on time")
    asked = stranger.presses("None")
    assert "Where do you live?" in asked.text
    shown = stranger.shares(39.8845, 116.4612)
    assert "my location" in shown.text
    with reading() as session:
        me = session.scalars(select(Guardian).where(Guardian.telegram_id == 3)).one()
        home = session.scalars(select(SavedPlace).where(SavedPlace.family_id == me.family_id)).one()
        assert (home.kind, home.lat, home.lng) == ("home", 39.8845, 116.4612)


def test_only_the_own_contact_proves_a_phone(stranger: Person) -> None:
    stranger.says("/start")
    stranger.sends("phone")
    assert "your own number" in stranger.shares_contact("8613900000009", user_id=99).text
    assert phone_of(3) is None
    assert "Linked" in stranger.shares_contact("8613900000009", user_id=3).text
    assert phone_of(3) == "+8613900000009"


def phone_of(telegram_id: int) -> str | None:
    with reading() as session:
        query = select(Guardian.phone).where(Guardian.telegram_id == telegram_id)
        return session.scalars(query).one()


def test_a_relative_sees_the_child_and_changes_nothing(grandma: Person) -> None:
    grandma.says("/start")
    shown = grandma.sends("kids")
    assert "果果" in shown.text
    assert "➕ 添加宝宝" not in shown.labels
    details = grandma.presses("果果")
    assert not [label for label in details.labels if "✏️" in label]
    grandma.sends("kid-edit:1:0")
    grandma.says("改名")
    grandma.sends("kid-new")
    grandma.says("新宝宝")
    with reading() as session:
        assert session.scalars(select(Child.name)).all() == ["果果"]


def test_a_parent_corrects_what_is_known(lan: Person) -> None:
    lan.sends("kids", on=lan.says("/start"))
    lan.presses("果果")
    lan.presses("✏️ 过敏")
    shown = lan.says("鸡蛋")
    assert "过敏：鸡蛋" in shown.text
    lan.presses("✏️ 称呼")
    assert "小果子" in lan.says("小果子").text


def test_what_the_consent_promises_can_be_had_in_the_chat(lan: Person) -> None:
    lan.sends("data", on=lan.says("/start"))
    assert "还没有人看过" in lan.presses("👀 谁看过").text
    lan.presses("‹ 我的信息")
    lan.presses("📦 导出全部")
    assert any(shown.file == "childcare-my-data.json" for shown in lan.messages)
    lan.sends("data-erase")
    lan.presses("🗑 确定删除")
    with reading() as session:
        assert session.scalars(select(Guardian).where(Guardian.telegram_id == 1)).all() == []
    assert children("果果") == []
    assert lan.says("/start").text.startswith("林岚，您好！")
