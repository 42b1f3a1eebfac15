"""One family's whole story on the lists, and what the desk may do for it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response
from sqlalchemy.orm import Session

from childcare import clock, i18n, waitlist
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.i18n import gettext as _
from childcare.reports import waiting
from childcare.waitlist import TO_SHOW, Criterion, PriorityTable
from webapp.fields import Params, Reason, TextId, Words
from webapp.pages import access, forms
from webapp.pages.panel import waitlist_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.panel.waitlist import ROOM, is_director, room
from webapp.pages.rendering import go, page

ENTRY = f"{ROOM}/entries/<int:entry_id>"


class Chosen(Params):
    """A class with a place for the family; why, where others stand before it."""

    group: TextId
    reason: Words = ""


class Why(Params):
    """A reason, which the family reads."""

    reason: Reason


class Note(Params):
    """A note for colleagues."""

    text: Reason


class Shown(Params):
    """What a family showed at the desk."""

    criterion: Criterion
    note: Words = ""


class NoLonger(Params):
    """What is no longer true."""

    criterion: Criterion


Form = TypeVar("Form", bound=Params)


@panel.get(ENTRY)
def show_entry(institution_id: int, entry_id: int) -> Response:
    """The whole story: where it stands, what it was offered, why it was passed over."""
    return _story(institution_id, entry_id)


def _story(
    institution_id: int, entry_id: int, *, refusal: DomainError | None = None, form: str = ""
) -> Response:
    read = access.look_and_record(
        lambda session, actor: waiting.story(
            session,
            actor,
            institution_id=institution_id,
            entry_id=entry_id,
            now=clock.now(session),
        )
    )
    return page(
        "panel/waitlist_entry.html",
        read=read,
        refusal=refusal,
        form=form,
        room=room(institution_id),
        address=f"{room(institution_id)}/entries/{entry_id}",
        is_director=is_director(institution_id),
        to_show=[(code, waitlist_words.criterion(code)) for code in TO_SHOW],
        words=waitlist_words,
        view="lists",
    )


def _act(
    institution_id: int,
    entry_id: int,
    kind: type[Form],
    command: Callable[[Session, Actor, Form], str],
    form: str,
) -> Response:
    """Do something for an entry of this institution; a refusal stands at its form."""

    def action() -> Response:
        read = forms.read(kind)

        def acted(session: Session, actor: Actor) -> str:
            where = institution_id
            waiting.require_listed(session, actor, institution_id=where, entry_id=entry_id)
            return command(session, actor, read)

        said = access.write(acted)
        return go(f"{room(institution_id)}/entries/{entry_id}", said=said)

    return forms.submit(
        action, lambda refusal: _story(institution_id, entry_id, refusal=refusal, form=form)
    )


@panel.post(f"{ENTRY}/offer")
def offer_to(institution_id: int, entry_id: int) -> Response:
    """A free place to this family: in order, or out of order by a director's written reason."""

    def offered(session: Session, actor: Actor, form: Chosen) -> str:
        where = institution_id
        waiting.require_class(session, actor, institution_id=where, class_id=form.group)
        waitlist.offer_to(
            session,
            actor,
            entry_id=entry_id,
            class_id=form.group,
            reason=form.reason,
            now=clock.now(session),
        )
        return _("The place is offered to this family.")

    return _act(institution_id, entry_id, Chosen, offered, "offer")


@panel.post(f"{ENTRY}/notes")
def note_entry(institution_id: int, entry_id: int) -> Response:
    """A note that only colleagues read."""

    def noted(session: Session, actor: Actor, form: Note) -> str:
        waitlist.note(
            session,
            actor,
            institution_id=institution_id,
            entry_id=entry_id,
            text=form.text,
            now=clock.now(session),
        )
        return _("The note is kept.")

    return _act(institution_id, entry_id, Note, noted, "note")


@panel.post(f"{ENTRY}/removal")
def remove_entry(institution_id: int, entry_id: int) -> Response:
    """Off this institution's list, with a reason the family reads."""

    def removed(session: Session, actor: Actor, form: Why) -> str:
        waitlist.remove(
            session,
            actor,
            institution_id=institution_id,
            entry_id=entry_id,
            reason=form.reason,
            now=clock.now(session),
        )
        return _("The family is off the list and reads why.")

    return _act(institution_id, entry_id, Why, removed, "removal")


@panel.post(f"{ENTRY}/proofs")
def prove_entry(institution_id: int, entry_id: int) -> Response:
    """What the family showed counts in its order from now on."""

    def proved(session: Session, actor: Actor, form: Shown) -> str:
        waitlist.prove(
            session,
            actor,
            institution_id=institution_id,
            family_id=_family(session, actor, institution_id, entry_id),
            criterion=form.criterion,
            note=form.note,
            now=clock.now(session),
        )
        return _kept(session, institution_id, form.criterion)

    return _act(institution_id, entry_id, Shown, proved, "proof")


def _kept(session: Session, institution_id: int, criterion: str) -> str:
    """From when on a proof counts: from the first version that asks for it."""
    now = clock.now(session)
    table = waitlist.table_in_force(session, institution_id, now)
    if _asks_for(table, criterion):
        return _("Kept: the order is as it says from now on.")
    later = (one for one in waitlist.tables_of(session, institution_id) if one.effective_at > now)
    asking = [one for one in later if _asks_for(one, criterion)]
    if not asking:
        return _("Kept. No version of the table asks for it, so the order stays.")
    first = min(asking, key=lambda one: one.effective_at)
    moment = i18n.moment(first.effective_at)
    return _(
        "Kept. It counts with version {number} of the table, from {moment}.",
        number=first.version,
        moment=moment,
    )


def _asks_for(table: PriorityTable | None, criterion: str) -> bool:
    return table is not None and criterion in {line["criterion"] for line in table.lines}


@panel.post(f"{ENTRY}/proofs/withdraw")
def unprove_entry(institution_id: int, entry_id: int) -> Response:
    """What the family showed is no longer true."""

    def unproved(session: Session, actor: Actor, form: NoLonger) -> str:
        waitlist.unprove(
            session,
            actor,
            institution_id=institution_id,
            family_id=_family(session, actor, institution_id, entry_id),
            criterion=form.criterion,
            now=clock.now(session),
        )
        table = waitlist.table_in_force(session, institution_id, clock.now(session))
        if _asks_for(table, form.criterion):
            return _("Withdrawn: the order is without it from now on.")
        return _("Withdrawn. The table in force does not ask for it, so the order stays.")

    return _act(institution_id, entry_id, NoLonger, unproved, "proof")


def _family(session: Session, actor: Actor, institution_id: int, entry_id: int) -> int:
    where = institution_id
    entry, _choice = waiting.require_listed(session, actor, institution_id=where, entry_id=entry_id)
    return entry.family_id
