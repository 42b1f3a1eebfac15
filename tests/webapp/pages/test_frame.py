"""The frame of every page: rooms by role, the language, refusals, files; and every room's walls."""

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from childcare.accounts import StaffRole
from childcare.actors import Role
from childcare.db import reading, transaction
from childcare.institutions import Institution
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browse, Browser
from webapp.pages import static_files

ACCOUNT = "/panel/account"


def test_the_front_door_leads_on_in_both_languages(browse: Browse) -> None:
    chinese = browse().get("/")
    assert {"/panel/sign-in", "/api/docs"} <= set(chinese.links)
    assert "登录工作台" in chinese.text
    assert "Sign in to the panel" in browse().get("/?lang=en").text


def test_a_visitors_language_is_the_chosen_one_else_the_browsers(browse: Browse) -> None:
    english = browse()
    english.headers["Accept-Language"] = "en-GB"
    assert english.get("/panel/sign-in").headers["Content-Language"] == "en"
    assert english.get("/panel/sign-in?lang=zh").headers["Content-Language"] == "zh-Hans"
    assert english.get("/panel/sign-in").headers["Content-Language"] == "zh-Hans"
    assert english.get("/panel/sign-in?lang=xx").headers["Content-Language"] == "zh-Hans"
    assert "登录" in browse().get("/panel/sign-in").text


def test_the_account_s_language_is_stronger_than_the_browser_s(browse: Browse) -> None:
    zhou = browse("director")
    zhou.headers["Accept-Language"] = "en-GB"
    assert zhou.get(ACCOUNT).headers["Content-Language"] == "zh-Hans"


def test_doors_are_shown_to_who_may_go_through(browse: Browse, city: City) -> None:
    people = f"/panel/{city.nursery}/staff"
    assert people in browse("director").get(ACCOUNT).links
    assert people not in browse("desk").get(ACCOUNT).links
    assert not [to for to in browse("finance").get(ACCOUNT).links if "staff" in to]


def test_staff_of_two_places_change_between_them_and_find_the_last_again(
    browse: Browse, city: City
) -> None:
    with transaction() as session:
        other = {"staff_id": city.director.actor.id, "institution_id": city.other_nursery}
        session.add(StaffRole(**other, role=Role.DIRECTOR))
    zhou = browse("director")
    here, there = (f"/panel/{at}/staff" for at in (city.nursery, city.other_nursery))
    assert here in zhou.get(ACCOUNT).links
    assert there in zhou.get(there).links
    assert there in zhou.get(ACCOUNT).links
    assert zhou.get("/panel/").address.startswith(f"/panel/{city.other_nursery}/")


def test_what_is_not_there_is_a_page_for_people_and_a_document_for_programs(
    browse: Browse, web: Flask
) -> None:
    for path in ("/panel/nothing", "/nothing"):
        page = browse("director").get(path)
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert browse().get("/panel/nothing", headers={"Accept": "*/*"}).html.startswith("<!doctype")
    for path in ("/api/nothing", "/api/v1/institutions/999999"):
        sent = web.test_client().get(path, headers={"Accept": "text/html"})
        assert (sent.status_code, sent.mimetype) == (404, "application/problem+json")


def test_a_part_that_is_refused_is_a_notice_and_a_look_that_fails_leaves_what_is_shown(
    browse: Browse, city: City
) -> None:
    part = {"HX-Request-Type": "partial", "HX-Request": "true"}
    refused = browse("desk").get(f"/panel/{city.nursery}/staff", headers=part)
    assert (refused.status, refused.headers["HX-Retarget"]) == (403, "#notices")
    assert "<html" not in refused.html
    assert 'role="alert"' in refused.html


def test_pages_are_nobody_elses_and_tell_no_address_to_others(browse: Browse) -> None:
    headers = browse("director").get(ACCOUNT).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_no_page_has_a_script_or_a_style_within_it(browse: Browse, city: City) -> None:
    pages = [
        browse("director").get(path) for path in ("/", ACCOUNT, f"/panel/{city.nursery}/staff")
    ]
    for page in (*pages, browse().get("/panel/sign-in")):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|js:", page.html)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page.html)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.html)


def test_a_file_is_kept_for_good_under_the_address_that_names_its_content(
    browse: Browse, web: Flask
) -> None:
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', browse().get("/").html)
    assert len(found) >= 5
    for address in found:
        assert "immutable" in browse().get(address).headers["Cache-Control"]
    bare, old = (browse().get(f"/static/css/app.css{v}") for v in ("", "?v=0123456789ab"))
    assert "immutable" not in bare.headers["Cache-Control"] + old.headers["Cache-Control"]
    with pytest.raises(FileNotFoundError), web.test_request_context():
        static_files.address("css/none.css")


def rooms(web: Flask) -> list[tuple[Rule, str]]:
    """Every address of the panel that names an institution, with every method it takes."""
    return [
        (rule, method)
        for rule in web.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if rule.endpoint.startswith("panel.") and "institution_id" in rule.arguments
    ]


def addressed(rule: Rule, city: City) -> str:
    """The rule's address at the nursery; other parts are plausible."""
    path = str(rule).replace("<int:institution_id>", str(city.nursery))
    path = re.sub(r"""<any\(["']([^"']+)["'][^>]*>""", r"\1", path)
    return re.sub(r"<[^>]+>", "1", path)


def token_of(browser: Browser) -> list[str]:
    forms = browser.get(ACCOUNT).forms
    return forms[0].fields["csrf_token"]


def test_no_room_is_there_for_another_places_director(
    browse: Browse, web: Flask, city: City
) -> None:
    wu = browse("wu")
    token, found = token_of(wu), rooms(web)
    assert len(found) >= 5
    answers = {
        (str(rule), method): wu.open(method, addressed(rule, city), data={"csrf_token": token})
        for rule, method in found
    }
    assert {key: page.status for key, page in answers.items() if page.status != 404} == {}
    with reading() as session:
        name = session.get_one(Institution, city.nursery).name
    # Her own nursery's name may be this one's with one more digit.
    says = re.compile(rf"{name}(?!\d)")
    assert not [key for key, page in answers.items() if says.search(page.text)]


@pytest.mark.parametrize("who", [None, "lan"])
def test_every_room_leads_to_the_door_who_is_not_staff(
    browse: Browse, web: Flask, city: City, who: str | None
) -> None:
    nobody = browse(who)
    token = token_of(nobody)
    for rule, method in rooms(web):
        data = {"csrf_token": token}
        sent = nobody.open(method, addressed(rule, city), data=data, follow=False)
        assert (sent.status, sent.headers.get("Location", "")[:14]) == (303, "/panel/sign-in"), rule


def test_no_form_of_any_room_works_without_its_token(
    browse: Browse, web: Flask, city: City
) -> None:
    zhou = browse("director")
    posts = [rule for rule, method in rooms(web) if method == "POST"]
    answers = {str(rule): zhou.open("POST", addressed(rule, city)).status for rule in posts}
    assert {rule: status for rule, status in answers.items() if status != 400} == {}
