"""Where people find themselves: after a reload, after choosing a language, by what they may see."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from childcare.accounts import StaffMember
from childcare.db import reading
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import PASSWORD, Browse

DOOR = "/panel/sign-in"


def test_the_address_of_every_form_leads_to_its_room(
    web: Flask, browse: Browse, city: City
) -> None:
    zhou = browse("director")
    rules = [rule for rule in web.url_map.iter_rules() if rule.rule.startswith("/panel/")]
    pages = {one.rule for one in rules if "GET" in (one.methods or ())}
    forms = [one.rule for one in rules if one.rule not in pages]
    assert len(forms) > 20
    for rule in forms:
        at = rule.replace("<int:institution_id>", str(city.nursery))
        at = re.sub(r"<any\(([^,)]+)[^>]*>", lambda found: found[1].strip("'"), at)
        address = re.sub(r"<[^>]+>", "1", at)
        led = zhou.get(address, follow=False)
        assert led.status == 303, rule
        to = led.headers["Location"]
        assert address.startswith(to.rstrip("/")), (rule, to)
        assert zhou.get(to).status in (200, 404, 410), (rule, to)


@pytest.mark.usefixtures("web")
def test_who_reloads_a_refused_form_is_in_the_room_again(browse: Browse, city: City) -> None:
    zhou = browse("director")
    carers = f"/panel/{city.nursery}/carers"
    typed: dict[str, Any] = {"carer": ["李老师"], "start": ["11:00"], "end": ["09:00"]}
    form = f"classes/{city.toddlers}/shifts"
    refused = zhou.press(zhou.get(carers), form, do="save", **typed)
    assert (refused.status, refused.address) == (422, f"{carers}/{form}")
    again = zhou.get(refused.address)
    assert (again.status, again.address) == (200, carers)


def test_nobody_is_led_anywhere_by_another_method(browse: Browse, city: City) -> None:
    at = f"/panel/{city.nursery}/today/arrivals"
    assert browse("director").open("PUT", at).status in (400, 405)
    assert browse().get(at).address.startswith(DOOR)


@pytest.mark.usefixtures("with_password")
def test_the_language_chosen_at_the_door_is_the_account_s_from_then_on(browse: Browse) -> None:
    zhou = browse()
    door = zhou.get(f"{DOOR}?lang=en")
    refused = zhou.press(door, DOOR, username="zhou", password="not it at all")
    first = zhou.press(refused, DOOR, username="zhou", password=PASSWORD)
    assert first.headers["Content-Language"] == "en"
    with reading() as session:
        query = select(StaffMember.locale).where(StaffMember.username == "zhou")
        assert session.scalars(query).one() == "en"
    elsewhere = browse()
    again = elsewhere.press(elsewhere.get(DOOR), DOOR, username="zhou", password=PASSWORD)
    assert again.headers["Content-Language"] == "en"


@pytest.mark.usefixtures("with_password")
def test_a_language_somebody_else_chose_here_earlier_changes_no_account(browse: Browse) -> None:
    desk = browse()
    desk.get(f"{DOOR}?lang=en")
    first = desk.press(desk.get(DOOR), DOOR, username="zhou", password=PASSWORD)
    assert first.headers["Content-Language"] == "zh-Hans"


def test_each_role_is_led_to_every_room_it_may_see_and_to_no_other(
    browse: Browse, city: City
) -> None:
    words = ("today", "waitlist", "carers", "log", "staff")
    for who in ("director", "desk", "finance"):
        person = browse(who)
        links = person.get("/panel/").links
        assert "/panel/account" in links
        for word in words:
            room = f"/panel/{city.nursery}/{word}"
            assert (person.get(room).status == 200) == (room in links), (who, word)
    assert browse("finance").get("/panel/").address == f"/panel/{city.nursery}/log"
