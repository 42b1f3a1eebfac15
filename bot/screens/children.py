"""The family's children: who they are, and changing what is known of them."""

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import Aim
from bot.screens import child_form, menu, ways, wording
from childcare import ages, clock, people
from childcare.actors import Actor, Kind
from childcare.i18n import _
from childcare.messages import Button, Message, address
from childcare.people import Child


def children(session: Session, actor: Actor) -> Message:
    """Every child, and the way to add one."""
    mine = people.children_of(session, actor)
    on = clock.today(clock.now(session))
    lines = [f"👶 {child.name} · {wording.age(child, on)}" for child in mine]
    buttons = [[Button(child.name, address("kid", child.id))] for child in mine]
    if actor.kind is Kind.GUARDIAN:
        buttons.append([Button(_("➕ Add a child"), address("kid-new"))])
    buttons.append([ways.find(), ways.menu()])
    if not mine:
        return Message(_no_children(actor), buttons)
    return Message("\n".join([_("Your children:"), *lines]), buttons)


def _no_children(actor: Actor) -> str:
    if actor.kind is Kind.GUARDIAN:
        return _("I do not know your child yet. A nickname and the birth date are enough.")
    return _("No child is known yet. A parent of the family can add one in their own chat.")


def child(session: Session, actor: Actor, child_id: int) -> Message:
    """One child's facts; a relative sees them and changes nothing."""
    found = people.child(session, actor, child_id)
    buttons = []
    if actor.kind is Kind.GUARDIAN:
        buttons = [
            [
                Button(_("✏️ Nickname"), address("kid-edit", found.id, 0)),
                Button(_("✏️ Birth date"), address("kid-edit", found.id, 1)),
            ],
            [
                Button(_("✏️ Allergies"), address("kid-edit", found.id, 2)),
                Button(_("✏️ Care notes"), address("kid-edit", found.id, 3)),
            ],
        ]
    buttons.append([Button(_("‹ Children"), address("kids")), ways.find()])
    return Message(facts(session, found), buttons)


def facts(session: Session, found: Child) -> str:
    on = clock.today(clock.now(session))
    lines = [
        f"👶 {found.name}",
        _("Born {day} · {age}", day=child_form.full_day(found.born_on), age=wording.age(found, on)),
    ]
    if found.weeks_early:
        lines.append(_("Born {weeks} weeks early", weeks=found.weeks_early))
    lines.append(_("Allergies: {text}", text=found.allergies or _("none known")))
    if found.care_notes:
        lines.append(_("Care notes: {text}", text=found.care_notes))
    if ages.months_on(found.born_on, max(on, found.born_on)) < 6:
        lines.append(_("Classes take children from 6 months on."))
    return "\n".join(lines)


def new_child(session: Session, actor: Actor, aim: Aim | None = None) -> Message:
    """Begin the form; consent first. `aim` is what to go on with once the child is known."""
    guardian = people.me(session, actor)
    if actor.kind is not Kind.GUARDIAN:
        return Message(_no_children(actor), ways.out())
    if guardian.consent_version is None:
        return menu.ask_consent(aim)
    known = {"aim": list(aim.numbers)} if aim else {}
    return forms.begin(session, actor, child_form.CHILD, **known)


def edit_child(session: Session, actor: Actor, child_id: int, what: int) -> Message:
    """Begin the form for one fact of a child."""
    found = people.child(session, actor, child_id)
    if actor.kind is not Kind.GUARDIAN or what not in child_form.EDITS:
        return children(session, actor)
    return forms.begin(session, actor, child_form.EDITS[what], child_id=found.id)
