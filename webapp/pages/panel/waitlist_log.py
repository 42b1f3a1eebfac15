"""The lists' log, and one freed place from cause to end."""

from datetime import timedelta

from flask import Response
from sqlalchemy.orm import Session

from childcare import clock
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.reports import waiting
from childcare.reports.waiting import EVERY_KIND, JournalPage, JournalWanted
from childcare.waitlist import Happened
from webapp.fields import Day, Params, TextId
from webapp.pages import access, forms
from webapp.pages.panel import waitlist_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.panel.waitlist import ROOM, is_director, room
from webapp.pages.rendering import page

A_LOOK_BACK = timedelta(days=30)


class Wanted(Params):
    """Days, both included; one kind; one entry; where the page begins."""

    from_date: Day | None = None
    to_date: Day | None = None
    kind: Happened | None = None
    entry: TextId | None = None
    before: TextId | None = None


def journal_wanted(session: Session, institution_id: int, form: Wanted) -> JournalWanted:
    """The lines that are asked for; the last thirty days unless told."""
    today = clock.today(clock.now(session))
    to_on = form.to_date or max(today, form.from_date or today)
    return JournalWanted(
        institution_id=institution_id,
        from_on=form.from_date or to_on - A_LOOK_BACK,
        to_on=to_on,
        kind=form.kind,
        entry_id=form.entry,
        before=form.before or 0,
    )


@panel.get(f"{ROOM}/log")
def show_waitlist_log(institution_id: int) -> Response:
    """What happened on the lists, newest first."""
    return forms.submit(
        lambda: _log(institution_id, forms.read_query(Wanted)),
        again=lambda refusal: _log(institution_id, Wanted(), refusal=refusal),
    )


def _log(institution_id: int, form: Wanted, *, refusal: DomainError | None = None) -> Response:
    def read(session: Session, actor: Actor) -> tuple[JournalWanted, JournalPage]:
        wanted = journal_wanted(session, institution_id, form)
        return wanted, waiting.journal(session, actor, wanted)

    wanted, found = access.look_and_record(read)
    return page(
        "panel/waitlist_log.html",
        refusal=refusal,
        wanted=wanted,
        found=found,
        kinds=[(kind.value, waitlist_words.kind(kind)) for kind in EVERY_KIND],
        room=room(institution_id),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="log",
    )


@panel.get(f"{ROOM}/rounds/<int:round_id>")
def show_round(institution_id: int, round_id: int) -> Response:
    """What came free, who was asked in which order, who was passed over and why, who got it."""
    read = access.look_and_record(
        lambda session, actor: waiting.round_story(
            session, actor, institution_id=institution_id, round_id=round_id
        )
    )
    return page(
        "panel/waitlist_round.html",
        read=read,
        room=room(institution_id),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="log",
    )
