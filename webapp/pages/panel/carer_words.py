"""What the room Carers says."""

from collections.abc import Sequence

from childcare import i18n
from childcare.clock import hhmm as of_slot
from childcare.errors import DomainError, Malformed
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.institutions import ClassGroup
from childcare.reports import CarersClass, CarersDay, Change, OverRun
from childcare.schedule import Closure, Shift
from webapp.errors import Invalid
from webapp.pages.panel.desk_words import class_name
from webapp.pages.panel.happenings import person

__all__ = ["class_name"]


def hhmm(minutes: int) -> str:
    """Minutes of the day as a time field has them; the end of the day is its midnight."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def over(found: OverRun) -> str:
    """When, and by how many children too many."""
    return _(
        "{hours}: {children} too many",
        hours=f"{of_slot(found.first)}–{of_slot(found.last)}",
        children=ngettext("{count} child", "{count} children", found.over),
    )


def refused(refusal: DomainError) -> str:
    """Why not; hours that make no sense are told with the carer they are of."""
    if isinstance(refusal, Malformed) and not isinstance(refusal, Invalid):
        return _("{carer}: {why}", carer=refusal.facts["field"], why=i18n.sentence(refusal))
    return i18n.sentence(refusal)


def since(changed: Change, shifts: Sequence[Shift]) -> str:
    """Who changed the carers and when, and what they are now."""
    return _(
        "{who} changed these carers at {time}. They are now: {shifts}.",
        who=person(changed.who),
        time=i18n.moment(changed.at),
        shifts=usual(shifts),
    )


def withdrawn(offers: int) -> str:
    return ngettext(
        "{count} offer to a waiting family is withdrawn",
        "{count} offers to waiting families are withdrawn",
        offers,
    )


def saved(offers: int) -> str:
    """That the carers are, and what it did to offers."""
    if not offers:
        return _("The carers are saved.")
    return _("The carers are saved; {withdrawn}.", withdrawn=withdrawn(offers))


def usual(shifts: Sequence[Shift]) -> str:
    """The usual carers in a line."""
    mark = "、" if i18n.tongue() == "zh" else ", "
    said = (f"{shift.carer} {hhmm(shift.starts)}–{hhmm(shift.ends)}" for shift in shifts)
    return mark.join(said) or _("nobody")


def closed(closure: Closure, groups: Sequence[ClassGroup]) -> str:
    """What is closed, and when."""
    group = next((one for one in groups if one.id == closure.class_id), None)
    what = class_name(group) if group else _("The whole institution")
    days = i18n.day(closure.from_on)
    if closure.to_on != closure.from_on:
        days = f"{days} – {i18n.day(closure.to_on)}"
    return f"{what} · {days}"


def what(class_id: int | None, day: CarersDay) -> str:
    """A class by its id, or the whole institution."""
    group = next((one.group for one in day.classes if one.group.id == class_id), None)
    return class_name(group) if group else _("The whole institution")


def chosen(day: CarersDay) -> list[tuple[str, str]]:
    """What may be closed: everything, or a class."""
    classes = [(str(one.group.id), class_name(one.group)) for one in day.classes]
    return [("", _("The whole institution")), *classes]


def places(found: CarersClass) -> list[tuple[str, str, int]]:
    """The day in runs of half hours: when, carers and children of places, how many over."""
    if found.day is None:
        return []
    runs: list[tuple[int, int, tuple[int, int, int]]] = []
    slots = zip(found.carers, found.day.taken, found.day.capacity, strict=True)
    for slot, facts in enumerate(slots):
        if not any(facts):
            continue
        if runs and runs[-1][1:] == (slot, facts):
            runs[-1] = (runs[-1][0], slot + 1, facts)
        else:
            runs.append((slot, slot + 1, facts))
    return [
        (
            f"{of_slot(first)}–{of_slot(last)}",
            _(
                "{carers}, {taken} of {places}",
                carers=ngettext("{count} carer", "{count} carers", carers),
                taken=taken,
                places=most,
            ),
            max(taken - most, 0),
        )
        for first, last, (carers, taken, most) in runs
    ]
