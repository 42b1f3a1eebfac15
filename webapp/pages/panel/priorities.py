"""The published order of an institution's lists: its versions, and a director's next one."""

from typing import Annotated

from flask import Response
from pydantic import Field

from childcare import clock, waitlist
from childcare.errors import DomainError
from childcare.i18n import gettext as _
from childcare.reports import waiting
from childcare.waitlist import CRITERIA, MOST_POINTS, TAKES_EFFECT_AFTER, Criterion
from webapp.fields import Params, Reason, TextWhole
from webapp.pages import access, forms
from webapp.pages.panel import waitlist_words
from webapp.pages.panel.blueprint import panel
from webapp.pages.panel.waitlist import ROOM, is_director, room
from webapp.pages.rendering import go, page

Points = Annotated[TextWhole, Field(ge=1, le=MOST_POINTS)]
# What a table may ask; a grant is every table's first line, unwritten.
ASKED = tuple(one for one in CRITERIA if one is not Criterion.INSTITUTION_CANCELLED)


class NextTable(Params):
    """Points of each line; a line without points is left out."""

    sibling_enrolled: Points | None = None
    resident_of_street: Points | None = None
    works_here: Points | None = None
    single_parent: Points | None = None
    low_income: Points | None = None
    special_need: Points | None = None
    reason: Reason

    def lines(self) -> list[tuple[str, int]]:
        points = {code: getattr(self, field_of(code)) for code in ASKED}
        return [(code, given) for code, given in points.items() if given is not None]


def field_of(code: str) -> str:
    return code.replace("-", "_")


@panel.get(f"{ROOM}/priorities")
def show_priorities(institution_id: int) -> Response:
    """The table in force, the one that comes, those that were."""
    return _tables(institution_id)


def _tables(institution_id: int, *, refusal: DomainError | None = None) -> Response:
    found, now = access.look(
        lambda session, actor: (
            waiting.versions(session, actor, institution_id=institution_id),
            clock.now(session),
        )
    )
    newest = found[0].table if found else None
    points = {line["criterion"]: line["points"] for line in newest.lines} if newest else {}
    return page(
        "panel/priorities.html",
        refusal=refusal,
        found=found,
        now=now,
        asked=[(field_of(code), code, points.get(code)) for code in ASKED],
        days=TAKES_EFFECT_AFTER.days,
        room=room(institution_id),
        is_director=is_director(institution_id),
        words=waitlist_words,
        view="priorities",
    )


@panel.post(f"{ROOM}/priorities")
def publish_priorities(institution_id: int) -> Response:
    """The next version, by a director: everybody may read it before it orders."""
    return forms.submit(
        lambda: _publish(institution_id),
        again=lambda refusal: _tables(institution_id, refusal=refusal),
    )


def _publish(institution_id: int) -> Response:
    form = forms.read(NextTable)
    access.write(
        lambda session, actor: (
            waitlist.publish(
                session,
                actor,
                institution_id=institution_id,
                lines=form.lines(),
                reason=form.reason,
                now=clock.now(session),
            ).id
        )
    )
    return go(f"{room(institution_id)}/priorities", said=_("The table is published."))
