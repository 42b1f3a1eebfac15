"""The log: everything that was done at the institution, found by day, person, kind and child.

A child is found by its name through a form, and shown by its number: names stand in no address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from childcare import clock, people, reports
from childcare.actors import DESK, Actor
from childcare.errors import DomainError, Malformed, NotFound
from childcare.reports import EVERYTHING, Cursor, LogPage, Subject, Wanted
from webapp.fields import Day, Params, TextId
from webapp.pages import access, forms
from webapp.pages.panel import finding, log_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.rendering import go, page

ROOM = "/<int:institution_id>/log"
USUAL = timedelta(days=6)
_CURSOR = re.compile(r"([0-9]{1,17})\.([a-z]{1,20})\.([0-9]{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Sought(Params):
    """Which lines: days (the last seven unless given), whose, what about, of which child."""

    from_date: Day | None = None
    to_date: Day | None = None
    by: Annotated[str, Field(pattern=r"^(staff:[0-9]{1,18}|family|system)?$")] = ""
    kind: Subject | None = None
    child: TextId | None = None
    before: Annotated[str, Field(max_length=80)] = ""

    def query(self, **changes: object) -> str:
        """The address's query that asks the same but for `changes`, from its newest line."""
        facts = {**self.model_dump(exclude={"before"}), **changes}
        return urlencode({name: str(fact) for name, fact in facts.items() if fact})


class Named(Params):
    """A child by part of its name."""

    find: Annotated[str, Field(max_length=80)] = ""


@dataclass(frozen=True)
class Read:
    """A page of lines with what may be chosen above it."""

    page: LogPage
    from_on: date
    to_on: date
    staff: Sequence[tuple[str, str]]
    child: str
    is_desk: bool


WHOSE = {"": (), "family": ("guardian", "relative"), "system": ("system",)}


@panel.get(ROOM)
def show_log(institution_id: int) -> Response:
    """A page of what was done, newest first."""
    return forms.submit(lambda: _log(institution_id, forms.read_query(Sought)), _again)


def _again(refusal: DomainError) -> Response:
    # Whose log it is matters more than what is wrong with the question.
    access.look(lambda session, actor: None)
    return page("panel/log_refused.html", refusal=refusal)


def _log(institution_id: int, sought: Sought, found: Sequence[tuple[int, str]] = ()) -> Response:
    before = _cursor(sought.before)
    read = access.look_and_record(lambda s, a: _read(s, a, institution_id, sought, before))
    return page(
        "panel/log.html",
        read=read,
        sought=sought,
        found=found,
        next=_text(read.page.next) if read.page.next else "",
        room=f"/panel/{institution_id}/log",
        words=log_words,
    )


def _read(
    session: Session, actor: Actor, institution_id: int, sought: Sought, before: Cursor | None
) -> Read:
    now = clock.now(session)
    to_on = sought.to_date or clock.today(now)
    from_on = sought.from_date or to_on - USUAL
    wanted = Wanted(
        institution_id,
        from_on,
        to_on,
        subjects=frozenset({sought.kind}) if sought.kind else EVERYTHING,
        by=WHOSE.get(sought.by, (sought.by,)),
        child_id=sought.child,
        before=before,
    )
    lines = reports.log_page(session, actor, wanted, now=now)
    staff = reports.staff_names(session, actor, institution_id=institution_id)
    child = _name(session, actor, institution_id, sought.child) if sought.child else ""
    is_desk = actor.may(institution_id, *DESK)
    return Read(lines, from_on, to_on, staff, child, is_desk)


def _name(session: Session, actor: Actor, institution_id: int, child_id: int) -> str:
    found = people.children_in_care(
        session, actor, institution_id=institution_id, child_ids=[child_id]
    )
    if child_id not in found:
        raise NotFound
    return found[child_id].name


def _text(cursor: Cursor) -> str:
    return f"{(cursor.at - EPOCH) // MICROSECOND}.{cursor.source}.{cursor.id}"


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise Malformed("before", "not-a-cursor")
    return Cursor(EPOCH + int(found[1]) * MICROSECOND, found[2], int(found[3]))


@panel.post(f"{ROOM}/children")
def find_child(institution_id: int) -> Response:
    """Lead to the lines of the child whose name this is, or show whom it may mean."""
    return forms.submit(lambda: _find(institution_id, forms.read(Named)), _again)


def _find(institution_id: int, form: Named) -> Response:
    def found(session: Session, actor: Actor) -> list[tuple[int, str]]:
        names = reports.names_in_care(
            session, actor, institution_id=institution_id, now=clock.now(session)
        )
        meant = [child for child, name in names.items() if finding.is_named(name, form.find)]
        shown = people.children_in_care(
            session, actor, institution_id=institution_id, child_ids=meant
        )
        return sorted((child.id, child.name) for child in shown.values())

    children = access.look_and_record(found)
    if len(children) == 1:
        return go(f"/panel/{institution_id}/log?child={children[0][0]}")
    return _log(institution_id, Sought(), children or [(0, "")])
