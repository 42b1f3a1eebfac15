"""Operators' commands, as an operator meets them: one sentence, and an exit code."""

import http.server
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import create_engine, text, update
from sqlalchemy.orm import Session

from childcare import accounts, ages, bookings, checking, clock, planning
from childcare.__main__ import main
from childcare.app import promoting
from childcare.bookings import Wish
from childcare.db import reading
from childcare.errors import NotSignedIn
from childcare.institutions import CareForm, Offering
from childcare.people import Family
from childcare.schedule import DatedOpening, DatedShift, Roster
from tests import servers
from tests.build import Build
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]


def environment(url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url(),
        "SECRET_KEY": "a-throw-away-key-that-signs-only-tests",
        "LANG": "en_US.UTF-8",
    }


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Runs a command on a database of this test's own."""

    def runner(*words: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Result:
        surroundings = {**environment(database), "DATA_DIR": str(tmp_path / "data"), **(env or {})}
        return CliRunner().invoke(main, list(words), input=stdin, env=surroundings)

    return runner


@pytest.fixture
def nursery(app: Flask) -> int:
    """An institution with places, committed; its id."""
    with promoting() as session:
        made, _ = Build(session).nursery(registration_no="T-1")
        return made.id


def test_two_migrations_at_once_both_end_well_on_an_empty_database() -> None:
    name = f"m_{os.getpid()}"
    servers.drop_database(name)
    url = servers.create_database(name)
    try:
        command = [sys.executable, "-m", "childcare", "migrate"]
        env = {**os.environ, **environment(url)}
        both = [subprocess.Popen(command, cwd=ROOT, env=env) for _ in range(2)]  # noqa: S603
        assert [one.wait(timeout=60) for one in both] == [0, 0]
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        engine.dispose()
    finally:
        servers.drop_database(name)


def test_the_sample_is_loaded_once_and_only_its_owner_reads_the_passwords(
    run: Run, tmp_path: Path
) -> None:
    first = run("sample")
    assert first.exit_code == 0, first.output
    secret = tmp_path / "data" / "sample-staff.txt"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    users = [line.split("\t")[0] for line in secret.read_text().splitlines()]
    assert users == ["zhou", "front"]
    written = secret.read_text()
    second = run("sample")
    assert (second.exit_code, secret.read_text()) == (0, written)
    assert "already" in second.output


def test_institutions_for_measuring_are_written(run: Run) -> None:
    assert "50 institutions" in run("sample", "--scale", "50").output


def test_a_missing_configuration_is_told_whole(run: Run) -> None:
    told = run("check", env={"DATABASE_URL": "", "SECRET_KEY": "short", "REDIS_URL": "http://x"})
    assert told.exit_code == 2
    for name in ("DATABASE_URL", "SECRET_KEY", "REDIS_URL"):
        assert name in told.output


def test_a_database_that_does_not_answer_is_one_sentence(run: Run) -> None:
    told = run("sample", env={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert told.exit_code == 1
    assert len(told.output.strip().splitlines()) == 1


def test_help_needs_no_configuration() -> None:
    told = CliRunner().invoke(main, ["import", "--help"], env=dict.fromkeys(environment(""), ""))
    assert told.exit_code == 0


REGISTRY = (
    "机构名称,机构类型,备案编号,是否普惠,地址,区,街道,经度,纬度,坐标系,联系电话,托位数,星级,备注\n"
    "星星,社会办,A1,是,劲松路1号,朝阳区,劲松,116.46,39.88,GCJ-02,010-12345678,30,3,x\n"
)
BAD = "月亮,社会办,A2,是,劲松路2号,朝阳区,劲松,116.46,39.88,GCJ-02,010-12345678,0,=1+1,x\n"


def test_a_dry_run_tells_every_bad_row_and_keeps_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "registry.csv"
    file.write_text(REGISTRY + BAD, encoding="gb18030")
    told = run("import", str(file), "--dry-run")
    assert told.exit_code == 1
    assert "Ignored columns: 备注" in told.output
    assert "line 3: not-above-zero" in told.output
    assert "line 3: not-stars: 星级 “'=1+1”" in told.output
    assert "1 good rows, 1 bad" in told.output
    assert run("import", str(file)).exit_code == 1
    kept = run("import", str(file), "--keep-good")
    assert (kept.exit_code, "1 created" in kept.output) == (0, True)
    again = run("import", str(file), "--keep-good")
    assert "0 created, 0 updated, 1 unchanged, 1 left out" in again.output


def test_a_registry_that_is_not_there_is_a_wrong_call(run: Run, tmp_path: Path) -> None:
    assert run("import", str(tmp_path / "none.csv")).exit_code == 2


def test_staff_are_created_given_roles_and_passwords_which_end_their_sessions(
    run: Run, app: Flask, nursery: int
) -> None:
    create = ("staff", "create", "Zhou", "--role", "director", "--at", "T-1")
    assert run(*create, stdin="short\n").exit_code == 1
    assert run(*create, stdin="correct horse battery\n").exit_code == 0
    twice = run(*create, stdin="correct horse battery\n")
    assert (twice.exit_code, len(twice.output.strip().splitlines())) == (1, 1)
    granted = run("staff", "grant", "zhou", "--role", "finance", "--at", str(nursery))
    assert granted.exit_code == 0
    with promoting() as session:
        staff_id, first_hash = accounts.credentials(session, "zhou") or (0, "")
        member = accounts.staff_member(session, staff_id)
        actor = accounts.actor_of(session, member)
        now = clock.now(session)
        token = accounts.open_session(session, actor, label="t", address="127.0.0.1", now=now)
        assert {str(role) for role in actor.roles[nursery]} == {"director", "finance"}
    assert run("staff", "password", "zhou", stdin="another long password\n").exit_code == 0
    assert run("staff", "withdraw", "zhou", "--role", "finance", "--at", "T-1").exit_code == 0
    with reading() as session:
        _, second_hash = accounts.credentials(session, "zhou") or (0, "")
        assert accounts.is_password("another long password", second_hash)
        assert not accounts.is_password("correct horse battery", second_hash)
        assert first_hash != second_hash
        assert accounts.roles_of(session, staff_id)[nursery] == {"director"}
        with pytest.raises(NotSignedIn):
            accounts.signed_in(session, token, now=clock.now(session))
    assert run("staff", "password", "nobody", stdin="x\n").exit_code == 1
    assert run("staff", "grant", "zhou", "--role", "finance", "--at", "T-9").exit_code == 1


def test_a_year_of_the_calendar_is_seeded_and_a_persons_day_is_kept(
    run: Run, app: Flask, tmp_path: Path
) -> None:
    assert "provisional" not in run("calendar", "seed", "2026").output
    assert "0 days of 2026 changed" in run("calendar", "seed", "2026").output
    assert "not published yet" in run("calendar", "seed", "2099").output
    file = tmp_path / "days.csv"
    file.write_text("on,kind,name\n2026-10-01,working,照常\n", encoding="utf-8")
    assert "1 days changed" in run("calendar", "import", str(file)).output
    run("calendar", "seed", "2026")
    query = text("""SELECT kind FROM calendar_day WHERE "on" = '2026-10-01'""")
    with reading() as session:
        assert session.scalar(query) == "working"
    file.write_text("on,kind,name\n1.10.2026,working,x\n", encoding="utf-8")
    assert "Line 2" in run("calendar", "import", str(file)).output


def test_missing_days_are_opened_for_one_or_for_all(run: Run, nursery: int) -> None:
    for words in (("open-days",), ("open-days", "--at", "T-1")):
        told = run(*words)
        assert told.exit_code == 0
        assert "of 1 institutions" in told.output
    assert run("open-days", "--at", "99999999999999999999").exit_code == 1


def working_day_after(now: datetime) -> date:
    days = (clock.today(now) + timedelta(days=number) for number in range(1, 8))
    return next(on for on in days if on.isoweekday() <= 5)


def test_a_booking_is_decided_on_by_its_code(run: Run, app: Flask) -> None:
    # Commands go by the database's own clock, so this booking must lie ahead of today.
    now = datetime.now(UTC)
    on = working_day_after(now)
    app.extensions["clock"].now = now
    codes = []
    with promoting() as session:
        build = Build(session, now=now)
        at, _ = build.nursery(registration_no="T-2")
        session.execute(update(Offering).values(approves_first_visit=True))
        for name in ("安安", "一一"):
            parent = build.guardian(name=name).actor
            born_on = ages.turns_on(on, -20)
            child = build.child(session.get_one(Family, parent.family_id), born_on=born_on)
            wish = Wish(child.id, at.id, CareForm.HOURLY, on, 600, 720)
            held = bookings.hold(session, parent, wish=wish, now=now)
            bookings.confirm(session, parent, booking_id=held.id, now=now)
            codes.append(held.code)
    assert run("approve", codes[0].lower()).output == f"{codes[0]}: expected\n"
    assert run("reject", codes[1], "--reason", "班里在隔离").output == f"{codes[1]}: rejected\n"
    for refused in (("check-in", codes[0]), ("no-show", codes[0]), ("check-out", codes[0])):
        told = run(*refused)
        assert (told.exit_code, len(told.output.strip().splitlines())) == (1, 1)
    assert run("approve", codes[1]).exit_code == 1
    assert run("check-in", "NOSUCH").exit_code == 1


def test_a_child_is_received_and_leaves_by_the_code(run: Run, app: Flask) -> None:
    now = datetime.now(UTC)
    app.extensions["clock"].now = now
    with promoting() as session:
        code = _expected_today(session, now)
    assert run("check-in", code).output == f"{code}: checked_in\n"
    assert run("check-out", code).output == f"{code}: completed\n"


def _expected_today(session: Session, now: datetime) -> str:
    """The code of a booking of all of today, which is lawful only as data."""
    build = Build(session, now=now)
    at = build.institution(weekdays=(), registration_no="T-3")
    group = build.class_group(at)
    today, parent = clock.today(now), build.guardian().actor
    session.add(DatedOpening(institution_id=at.id, on=today, opens=0, closes=1440, created_at=now))
    child = build.child(
        session.get_one(Family, parent.family_id), born_on=ages.turns_on(today, -20)
    )
    session.add(Roster(class_id=group.id, on=today, changed_at=now))
    session.add(DatedShift(class_id=group.id, on=today, carer="老师", starts=0, ends=1440))
    session.execute(update(Offering).values(starts=0, ends=1440, longest=1440))
    planning.open_days(session, at.id, now=now)
    midnight = clock.midnight(today) - timedelta(minutes=1)
    wish = Wish(child.id, at.id, CareForm.HOURLY, today, 0, 1440)
    held = bookings.hold(session, parent, wish=wish, now=midnight)
    bookings.confirm(session, parent, booking_id=held.id, now=midnight)
    return held.code


class TelegramOrNot(http.server.BaseHTTPRequestHandler):
    """A chat server that knows one token."""

    def do_GET(self) -> None:
        is_known = self.path == "/bot1:good/getMe"
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"ok": is_known, "result": {"id": 1}}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def chat_server() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TelegramOrNot)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_check_tells_every_fault_at_once(database: str, chat_server: str) -> None:
    fine = settings_for(database, telegram_api_url=chat_server, telegram_bot_token="1:good")
    year = clock.today(datetime.now(UTC)).year
    assert checking.problems(fine) == [
        f"Public holidays of {year} are unknown: run `python -m childcare calendar seed {year}`."
    ]
    nothing = servers.database_url("template1")
    wrong = replace(fine, database_url=nothing, telegram_bot_token="1:bad")
    [schema, token] = checking.problems(wrong)
    assert ("migrate" in schema, "not accepted" in token) == (True, True)
    nowhere = replace(
        fine,
        database_url="postgresql://u:secret@127.0.0.1:1/x",
        redis_url="redis://:secret@127.0.0.1:1/0",
        telegram_api_url="http://127.0.0.1:1",
        telegram_bot_token="1:secret",
    )
    told = checking.problems(nowhere)
    assert [line.split(":")[0] for line in told] == [
        "DATABASE_URL",
        "REDIS_URL",
        "TELEGRAM_API_URL",
    ]
    assert "secret" not in "".join(told)
    assert "missing" in checking.problems(replace(fine, telegram_bot_token=""))[-1]


def test_the_check_succeeds_where_everything_answers(run: Run, chat_server: str) -> None:
    run("calendar", "seed", str(clock.today(datetime.now(UTC)).year))
    told = run("check", env={"TELEGRAM_API_URL": chat_server, "TELEGRAM_BOT_TOKEN": "1:good"})
    assert (told.exit_code, told.output) == (0, "Everything needed answers.\n")
