"""A registry as a district office sends it: whatever its dress, the same institutions."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import geo, imports, search
from childcare.actors import SYSTEM, Actor, Kind
from childcare.errors import Forbidden
from childcare.i18n import TONGUES, speaking
from childcare.imports import Draft, Keep, RegistryFaulty
from childcare.institutions import Institution
from childcare.institutions import Kind as InstitutionKind
from childcare.search import Query
from tests.build import NOON

CHINESE = (
    "机构名称",
    "机构类型",
    "备案编号",
    "是否普惠",
    "地址",
    "区",
    "街道",
    "经度",
    "纬度",
    "坐标系",
)
HEADINGS = (*CHINESE, "联系电话", "托位数", "星级", "月收费(元)")
ENGLISH = (
    *("Name", "Kind", "Registration_Number", "inclusive", "ADDRESS", "District", "street"),
    *("Longitude", "latitude", "datum", "phone", "places", "stars", "Monthly fee in yuan"),
)
GOOD = (
    *("星星托育园", "社区嵌入式", "京朝-001", "是", "劲松路1号", "朝阳区", "劲松街道"),
    *("116.461", "39.884", "WGS-84", "010-8776 1234", "50", "4", "2,800.50"),
)


def row(**changes: str) -> list[str]:
    """The good row with cells changed by their English heading."""
    named = dict(zip((name.lower() for name in ENGLISH), GOOD, strict=True))
    assert set(changes) <= set(named), changes
    return list({**named, **changes}.values())


def file(
    rows: Sequence[Sequence[str]], *, headings: Sequence[str] = HEADINGS, by: str = ","
) -> str:
    def cell(text: str) -> str:
        needs_quotes = any(sign in text for sign in (by, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    return "\r\n".join(by.join(map(cell, line)) for line in (headings, *rows)) + "\r\n"


def read(rows: Sequence[Sequence[str]]) -> Draft:
    return imports.read(file(rows).encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("by", [",", ";", "\t"])
@pytest.mark.parametrize("headings", [HEADINGS, ENGLISH])
def test_encodings_separators_languages_and_orders_say_the_same(
    encoding: str, by: str, headings: Sequence[str]
) -> None:
    order = list(range(len(headings)))
    random.Random(len(encoding) + ord(by)).shuffle(order)
    text = file(
        [[*(GOOD[at] for at in order), "x"]],
        headings=[*(headings[at] for at in order), "备注"],
        by=by,
    )
    draft = imports.read(text.encode(encoding))
    assert (draft.problems, draft.ignored_columns) == ([], ["备注"])
    assert draft.rows == read([GOOD]).rows


def test_a_row_becomes_what_it_says() -> None:
    [found] = read([GOOD]).rows
    assert (found.registration_no, found.kind, found.inclusive) == (
        "京朝-001",
        InstitutionKind.COMMUNITY_EMBEDDED,
        True,
    )
    assert (found.places, found.stars, found.monthly_fee_fen) == (50, 4, 280050)
    assert found.point == geo.Point(39.884, 116.461)


@pytest.mark.parametrize("datum", list(geo.Datum))
def test_every_datum_leads_to_the_same_place(datum: geo.Datum) -> None:
    here = geo.Point(39.884, 116.461)
    lat, lng = here.as_drawn_in(datum)
    [found] = read([row(latitude=repr(lat), longitude=repr(lng), datum=datum.lower())]).rows
    assert geo.distance_m(found.point, here) < 0.001
    assert found.datum is datum


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "missing"),
        ({"name": "长" * 121}, "too-long"),
        ({"kind": "游乐场"}, "unknown-kind"),
        ({"registration_number": ""}, "missing"),
        ({"inclusive": "也许"}, "not-yes-or-no"),
        ({"longitude": "东经116"}, "not-a-number"),
        ({"longitude": "nan"}, "not-a-number"),
        ({"latitude": "1e2"}, "not-a-number"),
        ({"latitude": "200"}, "not-on-the-globe"),
        ({"latitude": "116.461", "longitude": "39.884"}, "swapped"),
        ({"latitude": "0", "longitude": "0"}, "outside-china"),
        ({"datum": "北京54"}, "unknown-datum"),
        ({"datum": ""}, "missing"),
        ({"phone": "打给我"}, "not-a-phone"),
        ({"places": "0"}, "not-above-zero"),
        ({"places": "-3"}, "not-above-zero"),
        ({"places": "12.5"}, "not-above-zero"),
        ({"stars": "6"}, "not-stars"),
        ({"monthly fee in yuan": "面议"}, "not-an-amount"),
        ({"monthly fee in yuan": "-1"}, "not-an-amount"),
    ],
)
def test_every_bad_cell_is_told_with_line_and_reason_and_the_good_rows_stay(
    changes: dict[str, str], code: str
) -> None:
    fine = row(registration_number="京朝-002")
    draft = read([GOOD, row(**{"registration_number": "京朝-003", **changes}), fine])
    assert [(problem.line, problem.code) for problem in draft.problems] == [(3, code)]
    assert [found.line for found in draft.rows] == [2, 4]
    for tongue in TONGUES:
        with speaking(tongue):
            said = draft.problems[0].sentence
        assert "{" not in said
        assert said != code


@pytest.mark.parametrize(
    "changes",
    [
        {"stars": ""},
        {"stars": "３星级"},
        {"monthly fee in yuan": ""},
        {"monthly fee in yuan": "¥1200元"},
        {"phone": "13800000001/010-12345678转8"},
        {"kind": "kindergarten class"},
        {"inclusive": "No"},
        {"name": "带\n换行的名字"},
        {"name": '带,逗号和“引号”的"名字'},
    ],
)
def test_what_offices_really_write_is_understood(changes: dict[str, str]) -> None:
    assert read([row(**changes)]).problems == []


def test_all_faults_of_a_row_are_told_at_once_and_duplicates_with_the_first_line() -> None:
    draft = read([GOOD, row(kind="?", places="x")])
    told = {(p.line, p.code, p.other_line) for p in draft.problems}
    assert told == {(3, "unknown-kind", 0), (3, "not-above-zero", 0), (3, "duplicate", 2)}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (file([]).encode(), "empty"),
        (file([GOOD], headings=("名", *HEADINGS[1:])).encode(), "missing-column"),
        (file([[*GOOD, "x"]], headings=(*HEADINGS, "Name")).encode(), "column-twice"),
        (b"\x00\x01\x02", "not-text"),
        (b"\xff\xff\xff\xff\xff", "not-text"),
        (file([GOOD]).encode() + b'"open', "not-csv"),
    ],
)
def test_a_file_that_is_no_registry_gets_one_reason(content: bytes, code: str) -> None:
    draft = imports.read(content)
    assert {problem.code for problem in draft.problems} == {code}
    assert not draft.rows


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_nothing_in_a_file_can_break_the_reader(content: bytes) -> None:
    draft = imports.read(content)
    assert draft.problems
    assert all(problem.sentence for problem in draft.problems)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=14, max_size=14))
def test_nothing_in_a_cell_can_break_the_reader(cells: list[str]) -> None:
    draft = read([cells])
    assert draft.problems or draft.rows


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2", "@x", "\t=1+1", "\x00=1"])
def test_what_is_echoed_is_no_formula_and_one_line(cell: str) -> None:
    said = imports.shown(cell + "\n…" + "长" * 100)
    assert said[0] == "'"
    assert "\n" not in said
    assert len(said) <= 41


def test_a_registry_creates_updates_and_doubles_nothing(session: Session) -> None:
    other = row(registration_number="京朝-002", name="月亮托育园", longitude="116.47")
    first = imports.apply(session, SYSTEM, read([GOOD, other]), now=NOON, keep=Keep.ALL_OR_NOTHING)
    again = imports.apply(session, SYSTEM, read([GOOD, other]), now=NOON, keep=Keep.ALL_OR_NOTHING)
    moved = read([row(name="太阳托育园", latitude="39.9"), other])
    third = imports.apply(session, SYSTEM, moved, now=NOON, keep=Keep.ALL_OR_NOTHING)
    counts = [(r.created, r.updated, r.unchanged, r.left_out) for r in (first, again, third)]
    assert counts == [(2, 0, 0, 0), (0, 0, 2, 0), (0, 1, 1, 0)]
    assert session.scalar(select(func.count()).select_from(Institution)) == 2
    names = [item.name for item in search.nearby(session, Query(q="taiyang"), now=NOON).items]
    assert names == ["太阳托育园"]
    assert search.nearby(session, Query(q="星星"), now=NOON).items == ()


def test_one_bad_row_keeps_everything_out_unless_told_otherwise(session: Session) -> None:
    draft = read([GOOD, row(registration_number="京朝-002", places="0")])
    with pytest.raises(RegistryFaulty) as refused:
        imports.apply(session, SYSTEM, draft, now=NOON, keep=Keep.ALL_OR_NOTHING)
    assert refused.value.facts == {"lines": 1}
    assert session.scalar(select(func.count()).select_from(Institution)) == 0
    report = imports.apply(session, SYSTEM, draft, now=NOON, keep=Keep.GOOD_ROWS)
    assert (report.created, report.left_out) == (1, 1)


def test_only_the_city_imports_a_registry(session: Session) -> None:
    mother = Actor(Kind.GUARDIAN, 1, 1)
    with pytest.raises(Forbidden):
        imports.apply(session, mother, read([GOOD]), now=NOON, keep=Keep.ALL_OR_NOTHING)


def test_a_calendar_that_a_person_wrote_is_read_or_refused_with_its_line() -> None:
    heading = "on,kind,name,name_en,runs_weekday\n"
    lines = "2027-02-05,public_holiday,除夕,Eve,\n2027-02-14,makeup_workday,班,,3\n"
    rows = imports.read_calendar((heading + lines).encode())
    assert [(str(day.on), day.kind, day.runs_weekday) for day in rows] == [
        ("2027-02-05", "public_holiday", None),
        ("2027-02-14", "makeup_workday", 3),
    ]
    for bad in ("5.2.2027,public_holiday,x,,", "2027-02-05,feast,x,,", "2027-02-05,weekend,x,,8"):
        with pytest.raises(imports.BadCalendar, match="Line 2"):
            imports.read_calendar((heading + bad + "\n").encode())
