"""The lists and their log as files, for a director; that they were taken is in the audit."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Response
from sqlalchemy.orm import Session

from childcare import audit, clock, i18n
from childcare.actors import Actor, Role
from childcare.i18n import gettext as _
from childcare.people import Guardian
from childcare.reports import waiting
from childcare.reports.waiting import Board, Listed, Told
from childcare.waitlist import Line
from webapp.pages import access, forms
from webapp.pages.panel import waitlist_words as words
from webapp.pages.panel.blueprint import panel
from webapp.pages.panel.waitlist import ROOM
from webapp.pages.panel.waitlist_log import Wanted, journal_wanted
from webapp.pages.sheets import Format, Row, phone, sheet

FORMATS = '<any("csv", "xlsx"):kind>'
MOST_LINES = 20_000


@panel.get(f"{ROOM}/lists.{FORMATS}")
def export_lists(institution_id: int, kind: str) -> Response:
    """Everybody who waits, by list and rank, then those who rest."""

    def read(session: Session, actor: Actor) -> Board:
        now = clock.now(session)
        _taken(session, actor, institution_id, "exported-waitlist", now)
        return waiting.board(session, actor, institution_id=institution_id, now=now)

    read_board = access.look_and_record(read)
    name = f"waitlist-{clock.today(read_board.at)}"
    return sheet(name, _list_heading(), _list_rows(read_board), Format(kind))


@panel.get(f"{ROOM}/log.{FORMATS}")
def export_log(institution_id: int, kind: str) -> Response:
    """The log of the lists, newest first, of the days asked for."""
    form = forms.read_query(Wanted)

    def read(session: Session, actor: Actor) -> list[Told]:
        _taken(session, actor, institution_id, "exported-waitlist-log", clock.now(session))
        wanted = journal_wanted(session, institution_id, form)
        everything = replace(wanted, before=0, limit=MOST_LINES)
        return list(waiting.journal(session, actor, everything).lines)

    lines = access.look_and_record(read)
    return sheet("waitlist-log", _log_heading(), map(_log_row, lines), Format(kind))


def _taken(session: Session, actor: Actor, institution_id: int, action: str, now: datetime) -> None:
    waiting.require_desk(actor, institution_id)
    actor.require(institution_id, Role.DIRECTOR)
    where = institution_id
    audit.record(session, actor, action, "institution", where, now=now, institution_id=where)


def _list_heading() -> Row:
    return (
        _("Class"),
        _("Day"),
        _("Rank"),
        _("Child"),
        _("Age in months"),
        _("Asks for"),
        _("Preference"),
        _("Counts first"),
        _("Waits since"),
        _("Parents"),
        _("Phone"),
        _("Offer until"),
        _("Notes"),
        _("Entry no."),
    )


def _list_rows(read: Board) -> Iterator[Row]:
    for one in read.lists:
        for line in one.lines:
            yield _list_row(one, line)
    for rest in read.paused:
        yield (
            "",
            i18n.day(rest.entry.on) if rest.entry.on else _("Long term"),
            words.entry_state(rest.entry),
            words.name(rest.child, rest.entry),
            "" if rest.months is None else str(rest.months),
            words.asks(rest.entry),
            str(rest.choice.preference),
            "",
            _moment(rest.choice.joined_at),
            _names(rest.guardians),
            _phones(rest.guardians),
            "",
            "",
            str(rest.entry.id),
        )


def _list_row(one: Listed, line: Line) -> Row:
    return (
        words.class_name(one.group),
        i18n.day(one.on) if one.on else _("Long term"),
        str(line.rank),
        words.name(line.child, line.entry),
        "" if line.months is None else str(line.months),
        words.asks(line.entry, line.wish),
        str(line.wish.preference),
        "; ".join(words.criterion(code) for code in line.reasons),
        _moment(line.wish.joined_at),
        _names(line.guardians),
        _phones(line.guardians),
        _moment(line.open_offer.ends_at) if line.open_offer else "",
        "; ".join(note.why for note in line.notes),
        str(line.entry.id),
    )


def _moment(instant: datetime) -> str:
    return clock.local(instant).strftime("%Y-%m-%d %H:%M")


def _names(guardians: Sequence[Guardian]) -> str:
    return "; ".join(one.name for one in guardians if one.name)


def _phones(guardians: Sequence[Guardian]) -> str:
    return "; ".join(phone(one.phone) for one in guardians if one.phone)


def _log_heading() -> Row:
    return (
        _("When"),
        _("Who"),
        _("Child"),
        _("What happened"),
        _("Class"),
        _("Day"),
        _("Round"),
        _("Entry no."),
    )


def _log_row(told: Told) -> Row:
    return (
        _moment(told.event.at),
        words.person(told),
        words.name(told.child, told.entry),
        words.what(told),
        words.class_name(told.group),
        told.on.isoformat() if told.on else "",
        str(told.round_id or ""),
        str(told.entry.id),
    )
