"""Operators' commands: `python -m childcare --help`.

Every refusal is one sentence on stderr and exit code 1; a wrong configuration or call is 2.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import flask_migrate
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from childcare import accounts, bookings, checking, clock, demo, imports, planning, workdays
from childcare.actors import SYSTEM, Role
from childcare.app import act, create_core, promoting
from childcare.db import db, domain_error, one, reading, transaction
from childcare.errors import DomainError
from childcare.i18n import best_tongue, sentence, speaking
from childcare.institutions import Institution
from childcare.settings import Misconfigured, Settings

CONTENT = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
ROLE = click.Choice([str(role) for role in Role])


class Command(click.Command):
    """Runs within the app, and says refusals of the domain and of the database in one sentence."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            ctx.obj = Settings.from_env()
        except Misconfigured as faults:
            for fault in faults.problems:
                click.echo(fault, err=True)
            sys.exit(2)
        tongue = best_tongue(os.environ.get("LANG"))
        with speaking(tongue), create_core(ctx.obj).app_context():
            try:
                return super().invoke(ctx)
            except DomainError as refusal:
                raise click.ClickException(sentence(refusal)) from refusal
            except DBAPIError as problem:
                raise click.ClickException(_said(problem)) from problem
            finally:
                db.engine.dispose()


def _said(problem: DBAPIError) -> str:
    refused = domain_error(problem)
    if refused is not None:
        return sentence(refused)
    why = str(problem.orig).strip().splitlines()
    return f"The database refuses: {why[0] if why else 'no reason'}"


class Commands(click.Group):
    command_class = Command
    group_class = type


@click.group(cls=Commands)
def main() -> None:
    """Operators' commands of childcare. Configuration comes from the environment."""


@main.command()
def migrate() -> None:
    """Bring the database to this release; two at once do no harm."""
    flask_migrate.upgrade()
    click.echo("The database is of this release.")


@main.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Tell everything in the configuration that would not work."""
    faults = checking.problems(settings)
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo("Everything needed answers.")


@main.command()
@click.option("--scale", type=click.IntRange(min=1), metavar="N", help="N institutions to measure.")
def sample(scale: int | None) -> None:
    """Load the sample city, once."""
    with promoting() as session:
        now = clock.now(session)
        if scale:
            written = demo.load_many(session, scale, now=now)
            said = f"{written} institutions for measuring were written."
        else:
            said = _sample(demo.load(session, now=now))
    click.echo(said)


def _sample(loaded: demo.Loaded | None) -> str:
    if loaded is None:
        return "The sample city is there already."
    file = Path(os.environ.get("DATA_DIR") or ".data") / "sample-staff.txt"
    _keep_secret(file, loaded.staff)
    return f"The sample city of {loaded.institutions} institutions is there; staff: {file}"


def _keep_secret(file: Path, staff: Sequence[demo.StaffAccount]) -> None:
    """Write who may sign in, for the owner's eyes only, before the commit: no password is lost."""
    lines = [
        f"{account.username}\t{account.password}\t{account.role}\t{account.name}"
        f"\t{account.institution}\n"
        for account in staff
    ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.writelines(lines)
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}.") from problem


@main.command("import")
@click.argument("file", type=CONTENT)
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong.")
@click.option("--keep-good", is_flag=True, help="Leave out bad rows instead of everything.")
def import_registry(file: Path, *, dry_run: bool, keep_good: bool) -> None:
    """Import a registry of institutions (CSV); tell every bad row with its line and reason."""
    draft = imports.read(file.read_bytes())
    if draft.ignored_columns:
        click.echo(f"Ignored columns: {', '.join(map(imports.shown, draft.ignored_columns))}")
    for problem in draft.problems:
        click.echo(f"line {problem.line}: {problem.code}: {problem.sentence}")
    if dry_run:
        click.echo(f"{len(draft.rows)} good rows, {draft.bad_lines} bad; nothing kept (dry run).")
        sys.exit(1 if draft.problems else 0)
    keep = imports.Keep.GOOD_ROWS if keep_good else imports.Keep.ALL_OR_NOTHING
    with transaction() as session:
        report = imports.apply(session, SYSTEM, draft, now=clock.now(session), keep=keep)
    click.echo(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged,"
        f" {report.left_out} left out."
    )


@main.command("open-days")
@click.option("--at", metavar="INSTITUTION", help="Registration number or id; else all.")
def open_days(at: str | None) -> None:
    """Open every missing day up to the horizon."""
    with reading() as session:
        every = select(Institution.id).where(Institution.opened_at.is_not(None))
        ids = [_institution(session, at).id] if at else list(session.scalars(every))
    opened = sum(act(_opening(institution_id)) for institution_id in sorted(ids))
    click.echo(f"{opened} days of {len(ids)} institutions were opened.")


def _opening(institution_id: int) -> Callable[[Session], int]:
    return lambda session: planning.open_days(session, institution_id, now=clock.now(session))


def _institution(session: Session, named: str) -> Institution:
    """An institution by registration number, or by its id."""
    number = select(Institution).where(Institution.registration_no == named)
    found = session.scalars(number).one_or_none()
    if found is None and named.isdecimal() and len(named) < 19:
        found = session.get(Institution, int(named))
    if found is None:
        raise click.ClickException(f"There is no institution {named}.")
    return found


@main.group()
def staff() -> None:
    """Staff of institutions and their roles."""


@staff.command("create")
@click.argument("username")
@click.option("--name", default="", help="As colleagues call them.")
@click.option("--role", type=ROLE, required=True)
@click.option("--at", metavar="INSTITUTION", required=True, help="Registration number or id.")
def create_staff(username: str, name: str, role: str, at: str) -> None:
    """Add a staff member; the password is prompted for, or read from standard input."""
    hashed = accounts.hash_password(_password())
    with transaction() as session:
        place = _institution(session, at)
        accounts.create_staff(
            session,
            username=username,
            name=name or username,
            password_hash=hashed,
            roles={place.id: Role(role)},
            now=clock.now(session),
        )
        said = f"{username} is {role} at {place.name}."
    click.echo(said)


@staff.command("password")
@click.argument("username")
def change_password(username: str) -> None:
    """Set a staff member's password and end all their sessions."""
    with reading() as session:
        _staff(session, username)
    hashed = accounts.hash_password(_password())
    with transaction() as session:
        member = _staff(session, username)
        member.password_hash = hashed
        actor = accounts.actor_of(session, member)
        accounts.revoke_all(session, actor, now=clock.now(session))
    click.echo(f"{username} has a new password and must sign in again.")


@staff.command()
@click.argument("username")
@click.option("--role", type=ROLE, required=True)
@click.option("--at", metavar="INSTITUTION", required=True, help="Registration number or id.")
def grant(username: str, role: str, at: str) -> None:
    """Give a staff member one more role."""
    with transaction() as session:
        member, place = _staff(session, username), _institution(session, at)
        key = {"staff_id": member.id, "institution_id": place.id, "role": role}
        if session.get(accounts.StaffRole, key) is None:
            session.add(accounts.StaffRole(**key))
        said = f"{username} is {role} at {place.name}."
    click.echo(said)


@staff.command()
@click.argument("username")
@click.option("--role", type=ROLE, required=True)
@click.option("--at", metavar="INSTITUTION", required=True, help="Registration number or id.")
def withdraw(username: str, role: str, at: str) -> None:
    """Take a role from a staff member."""
    with transaction() as session:
        member, place = _staff(session, username), _institution(session, at)
        key = {"staff_id": member.id, "institution_id": place.id, "role": role}
        held = session.get(accounts.StaffRole, key)
        if held is not None:
            session.delete(held)
        said = f"{username} is not {role} at {place.name}."
    click.echo(said)


def _password() -> str:
    """Typed twice unseen, or the first line of standard input; never on the command line."""
    if sys.stdin.isatty():
        said: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return said
    return sys.stdin.readline().rstrip("\r\n")


def _staff(session: Session, username: str) -> accounts.StaffMember:
    known = accounts.credentials(session, username)
    if known is None:
        raise click.ClickException(f"There is no staff member {username}.")
    return accounts.staff_member(session, known[0])


@main.group()
def calendar() -> None:
    """Public holidays and make-up workdays."""


@calendar.command("seed")
@click.argument("year", type=click.IntRange(2007, 2100))
def seed_calendar(year: int) -> None:
    """Write a year as it was published."""
    rows = workdays.seed(year)
    with transaction() as session:
        changed = planning.keep_calendar(session, SYSTEM, rows, now=clock.now(session))
    click.echo(f"{len(changed)} days of {year} changed.")
    if workdays.is_provisional(rows):
        click.echo("Its make-up workdays are not published yet: seed it again later.")


@calendar.command("import")
@click.argument("file", type=CONTENT)
def import_calendar(file: Path) -> None:
    """Write days that a person entered (CSV: on,kind,name,name_en,runs_weekday)."""
    try:
        rows = imports.read_calendar(file.read_bytes())
    except imports.BadCalendar as problem:
        raise click.ClickException(str(problem)) from problem
    with transaction() as session:
        now = clock.now(session)
        changed = planning.keep_calendar(session, SYSTEM, rows, now=now, source="operator")
    click.echo(f"{len(changed)} days changed.")


Deed = Callable[[Session, bookings.Booking], object]


def _by_code(code: str, deed: Deed) -> None:
    """Do something with the booking of a code, and say how it stands."""

    def command(session: Session) -> str:
        query = select(bookings.Booking).where(bookings.Booking.code == code.upper())
        found = one(session, query)
        deed(session, found)
        session.refresh(found.stay)
        return found.stay.state

    click.echo(f"{code.upper()}: {act(command)}")


@main.command("check-in")
@click.argument("code")
def check_in(code: str) -> None:
    """A child has come."""
    _by_code(code, lambda s, b: bookings.check_in(s, SYSTEM, stay_id=b.stay_id, now=clock.now(s)))


@main.command("check-out")
@click.argument("code")
def check_out(code: str) -> None:
    """A child has left."""
    _by_code(code, lambda s, b: bookings.check_out(s, SYSTEM, stay_id=b.stay_id, now=clock.now(s)))


@main.command("no-show")
@click.argument("code")
def no_show(code: str) -> None:
    """A booked child did not come."""
    _by_code(code, lambda s, b: bookings.no_show(s, SYSTEM, stay_id=b.stay_id, now=clock.now(s)))


@main.command()
@click.argument("code")
def approve(code: str) -> None:
    """Accept a first visit."""
    _by_code(code, lambda s, b: bookings.approve(s, SYSTEM, booking_id=b.id, now=clock.now(s)))


@main.command()
@click.argument("code")
@click.option("--reason", required=True, help="What the family reads.")
def reject(code: str, reason: str) -> None:
    """Decline a first visit."""
    _by_code(
        code,
        lambda s, b: bookings.reject(s, SYSTEM, booking_id=b.id, reason=reason, now=clock.now(s)),
    )


if __name__ == "__main__":
    main(prog_name="python -m childcare")
