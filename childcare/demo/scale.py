"""As many institutions as it takes to measure search and booking, written by the server itself.

They are spread over an area as large as Beijing's plain, some six to the square kilometre where
there are 100,000, with classes, fees and class days. They have no shifts, so their days keep the
capacity given here only until somebody plans them anew: a city for measuring, not for running.
"""

from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from childcare import clock, geo
from childcare.demo.city import ENDINGS, KINDS, STEMS
from childcare.search.terms import spell

MARK = "SCALE-"
DAYS = 4
SOUTH_WEST, NORTH_EAST = geo.Point(39.4, 115.7), geo.Point(40.6, 117.2)


def load_many(session: Session, count: int, *, now: datetime) -> int:
    """Write institutions until there are `count` of this making; how many were written.

    Class days are written for today and the three days after.
    """
    standing = session.execute(
        text("SELECT count(*) FROM institution WHERE registration_no LIKE :mark || '%'"),
        {"mark": MARK},
    ).scalar_one()
    if standing >= count:
        return 0
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(
        text(
            "CREATE TEMPORARY TABLE scale_name (number int PRIMARY KEY, name text,"
            " name_en text, pinyin text, terms text[], street text, kind text)"
            " ON COMMIT DROP"
        )
    )
    session.execute(
        text(
            "INSERT INTO scale_name VALUES (:number, :name, :name_en, :pinyin,"
            " CAST(:terms AS text[]), :street, :kind)"
        ),
        _names(),
    )
    facts = _facts(standing, count, now)
    script = resources.files("childcare.demo").joinpath("scale.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            session.execute(text(statement), facts)
    return count - int(standing)


def _facts(standing: int, count: int, now: datetime) -> dict[str, Any]:
    today = clock.today(now)
    return {
        "mark": MARK,
        "first": standing + 1,
        "last": count,
        "now": now,
        "today": today,
        "last_day": today + timedelta(days=DAYS - 1),
        "year": today.replace(month=1, day=1),
        "south": SOUTH_WEST.lat,
        "west": SOUTH_WEST.lng,
        "height": NORTH_EAST.lat - SOUTH_WEST.lat,
        "width": NORTH_EAST.lng - SOUTH_WEST.lng,
    }


def _names() -> list[dict[str, Any]]:
    """Every stem with every ending in every street of the gazetteer would be too many: some."""
    streets = sorted({place.street for place in geo.gazetteer().places if place.street})
    makes = list(ENDINGS)
    rows = []
    for number, stem in enumerate(STEMS * len(makes)):
        make, street = makes[number % len(makes)], streets[number % len(streets)]
        name = f"{street}{stem.zh}{ENDINGS[make][0]}"
        name_en = f"{stem.en} {ENDINGS[make][1]}"
        spelling = spell(name, name_en, street)
        rows.append(
            {
                "number": number,
                "name": name,
                "name_en": name_en,
                "pinyin": spelling.pinyin,
                "terms": spelling.terms,
                "street": street,
                "kind": str(KINDS[make]),
            }
        )
    return rows
