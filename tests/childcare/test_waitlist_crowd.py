"""Ten thousand wait for one class day: a promotion looks at who is first, not at everybody."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.institutions import ClassGroup
from childcare.waitlist import queue, wishes
from childcare.waitlist.promotion import open_round
from tests import servers
from tests.build import NOON, TOMORROW, Build, slots

CROWD = 10_000
HOURS = slots("09:00", "12:00")

FAMILIES = """
WITH families AS (INSERT INTO family (created_at) SELECT :now FROM generate_series(1, :n)
  RETURNING id),
children AS (INSERT INTO child (family_id, name, born_on, weeks_early, allergies, care_notes,
    created_at) SELECT id, '果果', '2025-03-01', 0, '', '', :now FROM families
  RETURNING id, family_id),
entries AS (INSERT INTO waitlist_entry (family_id, child_id, state, form, "on", start, "end",
    weekdays, joined_at, joined_by, renew_at, expiries, reason, version, changed_at)
  SELECT family_id, id, 'waiting', 'hourly', :on, 540, 720, '{}', :now, 'guardian', :now, 0, '', 1,
    :now FROM children RETURNING id, family_id, child_id)
INSERT INTO waitlist_wish (entry_id, institution_id, class_id, family_id, child_id, preference,
    "on", during, weekdays, slots, priority, joined_at, live)
SELECT id, :institution, :class, family_id, child_id, 1, :on, :during, 0, :slots, 0,
  CAST(:since AS timestamptz) + id * interval '1 ms', true FROM entries
"""


def crowd(
    session: Session,
    group: ClassGroup,
    start: int,
    end: int,
    n: int = CROWD,
    since: datetime = NOON,
) -> None:
    """`n` families wait for a class since then, for slots `start` to `end` of tomorrow."""
    lower, upper = clock.bounds(clock.span(TOMORROW, start, end))
    values = {
        "n": n,
        "now": NOON,
        "since": since,
        "on": TOMORROW,
        "institution": group.institution_id,
        "class": group.id,
        "during": f"[{lower.isoformat()},{upper.isoformat()})",
        "slots": wishes.mask_of(range(start, end)),
    }
    session.execute(text(FAMILIES.replace("'{}'", "ARRAY[]::smallint[]")), values)
    session.execute(text("ANALYZE waitlist_wish"))


def looked_at(plan: dict[str, Any]) -> list[tuple[str, float]]:
    """Every access of the queue in a plan that ran: how, and how many rows it looked at."""
    rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    is_queue = plan.get("Relation Name") == "waitlist_wish"
    below = [step for part in plan.get("Plans", ()) for step in looked_at(part)]
    return ([(plan["Node Type"], rows)] if is_queue else []) + below


def explained(session: Session, group: ClassGroup, build: Build) -> list[tuple[str, float]]:
    """How the next turn was found."""
    heard: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        heard.append((statement, values))

    day = build.day(group)
    round_id = open_round(session, group.institution_id, "test", now=NOON)
    mask = wishes.mask_of(HOURS)
    free = queue.Free(
        group.institution_id, group.id, round_id, day, mask, enrolments=False, now=NOON
    )
    connection = session.connection()
    event.listen(connection.engine, "before_cursor_execute", hear)
    try:
        assert queue.next_turn(session, free, ()) is not None
    finally:
        event.remove(connection.engine, "before_cursor_execute", hear)
    statement, values = heard[-1]
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    return looked_at(found.scalar_one()[0]["Plan"])


@pytest.fixture(scope="module")
def crowded(template: str) -> Iterator[tuple[Engine, int]]:
    """A database in which they wait, and their class; each test looks at it and leaves no trace."""
    name = f"crowd_{secrets.token_hex(6)}"
    url = servers.create_database(name, template).replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        session.info["now"] = NOON
        group = Build(session).nursery(places=1)[1]
        crowd(session, group, HOURS[0], HOURS[-1] + 1)
        found = group.id
    yield engine, found
    engine.dispose()
    servers.drop_database(name)


@pytest.fixture
def session(crowded: tuple[Engine, int]) -> Iterator[Session]:
    with crowded[0].connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.info["now"] = NOON
            yield session
        outer.rollback()


@pytest.fixture
def group(session: Session, crowded: tuple[Engine, int]) -> ClassGroup:
    return session.get_one(ClassGroup, crowded[1])


def test_the_first_of_ten_thousand_is_found_without_looking_at_the_rest(
    session: Session, build: Build, group: ClassGroup
) -> None:
    [(how, rows)] = explained(session, group, build)
    assert (how, rows) == ("Index Scan", 1)


def test_only_those_ahead_are_looked_at_where_they_do_not_fit(
    session: Session, build: Build, group: ClassGroup
) -> None:
    crowd(session, group, HOURS[0], HOURS[-1] + 5, n=20, since=NOON - timedelta(hours=1))
    [(how, rows)] = explained(session, group, build)
    assert (how, rows) == ("Index Scan", 21)


def test_an_offer_in_a_crowd_goes_to_the_first(
    session: Session, build: Build, group: ClassGroup
) -> None:
    waitlist.look_again(session, day_id=build.day(group).id)
    [offer] = waitlist.promote(session, now=NOON)
    first = session.scalar(text("SELECT min(entry_id) FROM waitlist_wish"))
    assert offer.entry_id == first
    passed = session.scalar(text("SELECT count(*) FROM waitlist_event WHERE kind = 'passed-over'"))
    assert passed == 0
