"""One's own account: devices, language, password."""

import pytest
from sqlalchemy import delete, select

from childcare.accounts import AccountSession, StaffMember, StaffRole
from childcare.audit import AuditRow
from childcare.db import reading, transaction
from tests.webapp.conftest import Built
from tests.webapp.pages.conftest import PASSWORD, Browse, Page, sign_in

ACCOUNT = "/panel/account"
NEW = "a longer battery staple"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36"
)


def locale_of(username: str) -> str | None:
    with reading() as session:
        return session.scalar(select(StaffMember.locale).where(StaffMember.username == username))


@pytest.mark.usefixtures("with_password")
def test_devices_are_told_as_their_owner_would_and_one_can_be_signed_out(browse: Browse) -> None:
    here, there = browse("director"), browse()
    there.headers["User-Agent"] = CHROME
    sign_in(there)
    shown = here.get(ACCOUNT)
    assert "Chrome · Windows" in shown.text
    assert shown.text.count("本机") == 1
    ends = [form for form in shown.forms if form.action.endswith("/end")]
    assert len(ends) == 1
    after = here.send(shown, ends[0])
    assert after.address == ACCOUNT
    assert "那台设备已退出登录" in after.text
    assert "Chrome" not in after.text
    assert there.get(ACCOUNT, follow=False).status == 303


@pytest.mark.usefixtures("with_password")
def test_all_other_devices_can_be_signed_out_at_once(browse: Browse) -> None:
    here, others = browse(), [browse("director"), browse()]
    sign_in(others[1])
    sign_in(here)
    here.press(here.get(ACCOUNT), "/end-others")
    assert here.get(ACCOUNT, follow=False).status == 200
    assert [one.get(ACCOUNT, follow=False).status for one in others] == [303, 303]


def test_nobody_ends_the_session_of_somebody_else(browse: Browse, built_city: Built) -> None:
    with reading() as session:
        wu = built_city.actors["wu"].id
        theirs = session.scalar(select(AccountSession.id).where(AccountSession.staff_id == wu))
    zhou = browse("director")
    form = zhou.get(ACCOUNT).form("/sign-out")
    form.action = f"{ACCOUNT}/sessions/{theirs}/end"
    assert zhou.send(zhou.get(ACCOUNT), form).status == 404
    assert browse("wu").get(ACCOUNT, follow=False).status == 200


def test_the_language_is_kept_with_the_account_and_leads_back(browse: Browse) -> None:
    zhou = browse("director")
    shown = zhou.get("/panel/account?day=1")
    menu = next(form for form in shown.forms if ("language", "en") in form.buttons)
    after = zhou.send(shown, menu, language="en")
    assert after.address == "/panel/account?day=1"
    assert "Change password" in after.text
    assert locale_of("zhou") == "en"
    assert "Change password" in browse("director").get(ACCOUNT).text
    assert "登录" not in zhou.press(after, "/sign-out").text


def test_an_unknown_language_is_refused(browse: Browse) -> None:
    zhou = browse("director")
    shown = zhou.get(ACCOUNT)
    menu = next(form for form in shown.forms if ("language", "en") in form.buttons)
    assert [zhou.send(shown, menu, language=one).status for one in ("fr", "")] == [422, 422]
    assert locale_of("zhou") == "zh"


def change(browse: Browse, old: str, new: str, again: str) -> Page:
    zhou = browse("director")
    shown = zhou.get(ACCOUNT)
    return zhou.press(shown, "/account/password", old_password=old, password=new, again=again)


@pytest.mark.usefixtures("with_password")
def test_a_new_password_signs_out_every_other_device(browse: Browse) -> None:
    other = browse()
    sign_in(other)
    after = change(browse, PASSWORD, NEW, NEW)
    assert "密码已修改" in after.text
    assert other.get(ACCOUNT, follow=False).status == 303
    assert browse("director").get(ACCOUNT, follow=False).status == 200
    assert sign_in(browse(), password=PASSWORD).status == 401
    assert sign_in(browse(), password=NEW).status == 200
    with reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "password-changed")).one()
        assert (row.subject, row.facts) == ("staff", {})


@pytest.mark.usefixtures("with_password")
def test_a_password_is_changed_only_by_who_knows_it_and_types_twice(browse: Browse) -> None:
    for old, new, again, said in (
        ("not it", NEW, NEW, "现在的密码不对"),
        (PASSWORD, NEW, f"{NEW}!", "两次输入的不一样"),
        (PASSWORD, "short", "short", "长度"),
        ("", "", "", "还没有填"),
    ):
        refused = change(browse, old, new, again)
        assert (refused.status, said in refused.text) == (422, True), said
        assert "old_password" not in refused.text
    assert sign_in(browse()).status == 200


@pytest.mark.usefixtures("with_password")
def test_somebody_without_any_role_left_is_told_so(browse: Browse) -> None:
    with transaction() as session:
        session.execute(delete(StaffRole))
    after = sign_in(browse())
    assert (after.status, after.address) == (200, ACCOUNT)
    assert "目前不在任何机构任职" in after.text
