"""The room People, and what an invitation's link opens."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from childcare.accounts import StaffInvitation, StaffMember, StaffRole
from childcare.actors import Role
from childcare.audit import AuditRow
from childcare.db import reading
from tests.build import FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import PASSWORD, Browse, Page, sign_in


def room(city: City) -> str:
    return f"/panel/{city.nursery}/staff"


def link_of(page: Page) -> str:
    """The link that a page shows, without its host."""
    found = page.html.partition('id="link" value="')[2].partition('"')[0]
    assert found.startswith("http://127.0.0.1:8000/panel/invitations/")
    return found.removeprefix("http://127.0.0.1:8000")


def invited(browse: Browse, city: City, role: str = "front_desk") -> str:
    zhou = browse("director")
    return link_of(zhou.press(zhou.get(room(city)), "/invitations", role=role))


def roles_at(institution_id: int) -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(
            select(StaffMember.username, StaffRole.role)
            .join(StaffRole, StaffRole.staff_id == StaffMember.id)
            .where(StaffRole.institution_id == institution_id)
            .order_by(StaffMember.username, StaffRole.role)
        )
        return [(row.username, row.role) for row in rows]


def fill(**changed: str) -> dict[str, Any]:
    facts = {"name": "李老师", "username": "newcomer", "password": PASSWORD, "again": PASSWORD}
    return facts | changed


def test_a_director_sees_who_works_here_and_nobody_elsewhere(browse: Browse, city: City) -> None:
    shown = browse("director").get(room(city))
    assert all(name in shown.text for name in ("Zhou", "Li", "Qian"))
    assert "Wu" not in shown.text


def test_a_link_is_shown_once_and_waits_in_the_list(browse: Browse, city: City) -> None:
    zhou = browse("director")
    made = zhou.press(
        zhou.get(room(city)), "/invitations", role="finance", intended_for="<b>钱老师</b>"
    )
    assert made.status == 201
    token = link_of(made).rpartition("/")[2]
    assert "<b>钱老师" not in made.html
    again = zhou.get(made.address)
    assert (again.address, token in again.html) == (room(city), False)
    assert "<b>钱老师</b>" in again.text
    with reading() as session:
        kept = session.scalars(select(StaffInvitation)).one()
        assert (kept.role, token in kept.token_hash) == ("finance", False)


def test_a_newcomer_makes_an_account_and_stands_in_the_panel(browse: Browse, city: City) -> None:
    link, newcomer = invited(browse, city), browse()
    form = newcomer.get(link)
    assert "Zhou邀请您担任" in form.text
    after = newcomer.press(form, link, **fill())
    assert (after.status, "李老师" in after.text) == (200, True)
    assert ("newcomer", "front_desk") in roles_at(city.nursery)
    assert sign_in(browse(), "newcomer").status == 200
    for who in (browse(), newcomer):
        assert who.get(link).status == 410
    assert browse().get(link).status == 410


def test_looking_at_a_link_changes_nothing(browse: Browse, city: City) -> None:
    link = invited(browse, city)
    before = roles_at(city.nursery)
    for who in (None, "wu", "director", "lan"):
        assert browse(who).get(link).status == 200
    assert roles_at(city.nursery) == before
    with reading() as session:
        assert session.scalars(select(StaffInvitation.used_at)).all() == [None]


MISTAKES: tuple[tuple[dict[str, str], int, str], ...] = (
    ({"username": "ZHOU"}, 409, "用户名"),
    ({"again": "another phrase"}, 422, "两次输入的不一样"),
    ({"password": "short", "again": "short"}, 422, "10"),
    ({"name": " "}, 422, "还没有填"),
    ({"username": "x" * 70}, 422, "60"),
)


def test_a_mistake_is_told_at_the_form_and_leaves_the_link_good(browse: Browse, city: City) -> None:
    link, newcomer = invited(browse, city), browse()
    for changed, status, said in MISTAKES:
        refused = newcomer.press(newcomer.get(link), link, **fill(**changed))
        assert (refused.status, said in refused.text) == (status, True), changed
        assert PASSWORD not in refused.html
    assert newcomer.press(refused, link, **fill()).status == 200


@pytest.mark.usefixtures("with_password")
def test_somebody_with_an_account_signs_in_and_adds_the_role(browse: Browse, city: City) -> None:
    link, wu = invited(browse, city), browse()
    door = next(address for address in wu.get(link).links if "sign-in" in address)
    asked = wu.press(wu.get(door), "/sign-in", username="wu", password=PASSWORD)
    assert asked.address == link
    after = wu.press(asked, "/join")
    assert (after.status, "新职务已生效" in after.text) == (200, True)
    assert ("wu", "front_desk") in roles_at(city.nursery)
    assert any(to.startswith(f"/panel/{city.other_nursery}/") for to in after.links)


def test_a_director_who_opens_their_own_link_does_not_spend_it(browse: Browse, city: City) -> None:
    link, zhou = invited(browse, city, "director"), browse("director")
    refused = zhou.press(zhou.get(link), "/join")
    assert (refused.status, refused.form("/join").method) == (409, "POST")
    newcomer = browse()
    assert newcomer.press(newcomer.get(link), link, **fill()).status == 200


def test_a_link_that_is_withdrawn_or_old_says_so(
    browse: Browse, city: City, clock: FakeClock
) -> None:
    withdrawn, old = invited(browse, city), invited(browse, city)
    zhou = browse("director")
    shown = zhou.get(room(city))
    ends = [form for form in shown.forms if form.action.endswith("/withdraw")]
    after = zhou.send(shown, ends[-1])
    assert "邀请已撤回" in after.text
    form = browse().get(old)
    assert browse().get(withdrawn).status == 410
    clock.forward(timedelta(days=7))
    assert browse().get(old).status == 410
    late = browse().press(form, old, **fill())
    assert late.status in (400, 410)
    assert "newcomer" not in dict(roles_at(city.nursery))
    assert browse().get("/panel/invitations/made-up").status == 410


def test_a_role_is_taken_with_a_reason_and_at_once(browse: Browse, city: City) -> None:
    zhou, li = browse("director"), browse("desk")
    take = f"/{city.desk.actor.id}/take-role"
    without = zhou.press(zhou.get(room(city)), take, reason=" ")
    assert (without.status, "还没有填" in without.text) == (422, True)
    after = zhou.press(without, take, reason="离职")
    assert "职务已取消" in after.text
    assert "li" not in dict(roles_at(city.nursery))
    assert li.get("/panel/account", follow=False).status == 303
    with reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "staff-role-taken")).one()
        assert row.facts == {"role": Role.FRONT_DESK, "reason": "离职"}


def test_the_last_director_is_told_why_they_stay(browse: Browse, city: City) -> None:
    zhou = browse("director")
    take = f"/{city.director.actor.id}/take-role"
    page = zhou.get(room(city))
    assert "唯一的园长" in page.text
    assert not [form for form in page.forms if form.action.endswith(take)]
    typed = {"role": "director", "reason": "退休", "csrf_token": page.forms[0].fields["csrf_token"]}
    refused = zhou.open("POST", f"{room(city)}{take}", data=typed)
    assert (refused.status, "至少要有一位园长" in refused.text) == (409, True)
    assert ("zhou", "director") in roles_at(city.nursery)


@pytest.mark.parametrize(("who", "status"), [("desk", 403), ("finance", 403), ("wu", 404)])
def test_only_the_directors_of_the_place_enter(
    browse: Browse, city: City, who: str, status: int
) -> None:
    zhou = browse("director")
    zhou.press(zhou.get(room(city)), "/invitations", role="finance")
    forms = [form for form in zhou.get(room(city)).forms if form.action.startswith(room(city))]
    assert len(forms) == 4
    other = browse(who)
    own = other.get("/panel/account")
    token = own.form("/sign-out").fields["csrf_token"]
    before = roles_at(city.nursery)
    assert other.get(room(city)).status == status
    for form in forms:
        form.fields["csrf_token"] = token
        assert other.send(own, form, reason="nein").status == status, form.action
    assert roles_at(city.nursery) == before
    with reading() as session:
        assert session.scalars(select(StaffInvitation.revoked_at)).all() == [None]
