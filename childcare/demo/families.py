"""The sample's families: those of the chat sandbox, and others who hold most of the places."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from childcare import ages, clock, enrolments, geo, people
from childcare.actors import SYSTEM
from childcare.demo.city import NEIGHBOURHOODS
from childcare.institutions import CareForm, DayPart
from childcare.people import CONSENT_VERSION, Child, Family, Guardian, PlaceKind, SavedPlace

FAMILIES, CHILDREN = 120, 140
# Every third grandparent or so has an account (sample-city facts: 30 %); preterm children, 3 %.
WITH_GRANDPARENT, PRETERM = 0.3, 0.03
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "静",
    "伟",
    "丽",
    "强",
    "敏",
    "磊",
    "洋",
    "艳",
    "勇",
    "娟",
    "涛",
    "超",
    "雪",
    "鹏",
    "婷",
    "晨",
)
NICKNAMES = (
    *("小米", "豆豆", "乐乐", "果果", "安安", "糖糖", "朵朵", "球球", "一一", "小鱼", "暖暖"),
    *("可可", "晨晨", "多多", "圆圆", "小满", "丁丁", "团团", "小树", "星星", "悠悠", "阳阳"),
)


@dataclass(frozen=True)
class Home:
    """A known family: where it lives, and its children with their months of age today."""

    neighbourhood: str
    label: str
    children: tuple[tuple[str, int], ...]


# By the Telegram id of parents.json; who is not here joins the family of `JOINS`.
EMMA = 70003
KNOWN = {
    70001: Home("劲松", "劲松", (("果果", 20),)),
    EMMA: Home("双井", "Shuangjing", (("Oliver", 30), ("Mia", 14))),
    70004: Home("望京", "望京", (("小石头", 9),)),
}
JOINS = {70002: 70001}


@dataclass(frozen=True)
class SampleChild:
    """A child who may be enrolled."""

    id: int
    family_id: int
    born_on: date


def parents() -> list[dict[str, Any]]:
    """The sandbox's sample parents; newcomers among them have no account."""
    text = resources.files("childcare.demo").joinpath("parents.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return [parent for parent in found if parent["known"]]


def born(today: date, months: int, *, day: int = 12) -> date:
    """A birth date that makes a child so many whole months old today, and for days to come."""
    first, last = ages.born_between(months, today)
    return min(first + timedelta(days=day), last)


def build_known(session: Session, *, today: date, now: datetime) -> None:
    """The families of the sandbox: consent given, home known, free to book."""
    known = {parent["telegram_id"]: parent for parent in parents()}
    for telegram_id, home in KNOWN.items():
        members = [
            known[telegram_id],
            *(known[j] for j, to in JOINS.items() if to == telegram_id),
        ]
        family_id = _families(session, 1, now)[0]
        session.execute(insert(Guardian), [_member(family_id, parent, now) for parent in members])
        if telegram_id == 70001:
            partner = {"name": "周明", "role": "guardian", "locale": "zh", "phone": None}
            session.execute(insert(Guardian), [_member(family_id, partner, now)])
        session.execute(
            insert(Child),
            [
                {
                    "family_id": family_id,
                    "name": name,
                    "born_on": born(today, months),
                    "created_at": now,
                }
                for name, months in home.children
            ],
        )
        _live_in(session, {family_id: (home.neighbourhood, home.label)})


def enrol_known(session: Session, institution_id: int, *, now: datetime) -> None:
    """Emma's younger one goes to a nursery every morning, so that she has a place to give up."""
    emma = people.find_by_chat(session, EMMA)
    if emma is None:
        return
    yesterday = clock.today(now) - timedelta(days=1)
    young = select(Child).where(Child.family_id == emma.family_id).order_by(Child.born_on.desc())
    enrolments.enrol(
        session,
        SYSTEM,
        child_id=session.scalars(young.limit(1)).one().id,
        institution_id=institution_id,
        form=CareForm.HALF_DAY,
        weekdays=range(1, 6),
        day_part=DayPart.MORNING,
        from_on=clock.today(now),
        now=clock.at(yesterday, 10 * 60 + 20),
    )


def _member(family_id: int, parent: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "family_id": family_id,
        "role": parent["role"],
        "name": parent["name"],
        "phone": parent["phone"],
        "telegram_id": parent.get("telegram_id"),
        "locale": parent["locale"],
        "consent_version": CONSENT_VERSION,
        "consented_at": now,
        "created_at": now,
    }


def _families(session: Session, count: int, now: datetime) -> Sequence[int]:
    made = insert(Family).returning(Family.id, sort_by_parameter_order=True)
    return session.scalars(made, [{"created_at": now}] * count).all()


def _live_in(session: Session, homes: Mapping[int, tuple[str, str]]) -> None:
    points = {place.zh: place.point for place in geo.gazetteer().places}
    rows = [
        {
            "family_id": family_id,
            "kind": PlaceKind.HOME,
            "label": label,
            "lat": points[neighbourhood].lat,
            "lng": points[neighbourhood].lng,
        }
        for family_id, (neighbourhood, label) in homes.items()
    ]
    session.execute(insert(SavedPlace), rows)


def build_others(
    session: Session, chance: random.Random, *, today: date, now: datetime
) -> list[SampleChild]:
    """The other families with accounts: two guardians each, every third with a grandparent."""
    count = FAMILIES - len(KNOWN)
    known_children = sum(len(home.children) for home in KNOWN.values())
    family_ids = _families(session, count, now)
    guardians = [
        row for number, id_ in enumerate(family_ids) for row in _household(chance, number, id_, now)
    ]
    session.execute(insert(Guardian), guardians)
    neighbourhoods = list(NEIGHBOURHOODS)
    homes = {id_: chance.choice(neighbourhoods) for id_ in family_ids}
    _live_in(session, {id_: (home, home) for id_, home in homes.items()})
    # The first families have two children, the rest one; births spread over 36 months.
    siblings = CHILDREN - known_children - count
    owners = [*family_ids, *family_ids[:siblings]]
    births = [number * 36 // len(owners) for number in range(len(owners))]
    chance.shuffle(births)
    return add_children(session, chance, owners, births, today=today, now=now)


def _household(
    chance: random.Random, number: int, family_id: int, now: datetime
) -> Iterator[dict[str, Any]]:
    roles = ["guardian", "guardian"]
    if chance.random() < WITH_GRANDPARENT:
        roles.append("relative")
    for place, role in enumerate(roles):
        person = {
            "role": role,
            "name": chance.choice(SURNAMES) + chance.choice(GIVEN),
            "phone": f"+86139{number:05d}{place:03d}",
            "locale": "zh",
        }
        yield _member(family_id, person, now)


def add_children(
    session: Session,
    chance: random.Random,
    family_ids: Sequence[int],
    months: Sequence[int],
    *,
    today: date,
    now: datetime,
) -> list[SampleChild]:
    """A child of so many months for each of the families."""
    rows: list[dict[str, Any]] = [
        {
            "family_id": family_id,
            "name": chance.choice(NICKNAMES),
            "born_on": born(today, age, day=chance.randint(1, 27)),
            "weeks_early": chance.randint(2, 8) if chance.random() < PRETERM else 0,
            "created_at": now,
        }
        for family_id, age in zip(family_ids, months, strict=True)
    ]
    made = insert(Child).returning(Child.id, sort_by_parameter_order=True)
    ids = session.scalars(made, rows).all()
    return [
        SampleChild(id_, row["family_id"], row["born_on"])
        for id_, row in zip(ids, rows, strict=True)
    ]


def build_listed(
    session: Session,
    chance: random.Random,
    months: Sequence[int],
    *,
    today: date,
    now: datetime,
) -> list[SampleChild]:
    """Children who only stand on an institution's own list: consent on paper, no account yet."""
    family_ids = _families(session, len(months), now)
    session.execute(
        insert(Guardian),
        [
            _member(
                family_id,
                {
                    "role": "guardian",
                    "name": chance.choice(SURNAMES) + chance.choice(GIVEN),
                    "phone": None,
                    "locale": "zh",
                },
                now,
            )
            for family_id in family_ids
        ],
    )
    return add_children(session, chance, family_ids, months, today=today, now=now)
