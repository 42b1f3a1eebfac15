"""One institution: its days with places first, then everything about it, and where it is."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.aims import PARTS, day_of
from bot.screens import joining, long_term, picking, ways, wording
from bot.screens.picking import Pick
from childcare import clock, geo, institutions, people, search
from childcare.actors import Actor
from childcare.geo import Point
from childcare.i18n import _, day
from childcare.institutions import DayPart, Institution, Offering, QualityAssessment
from childcare.messages import Button, Message, Venue, address
from childcare.people import Child
from childcare.search import ClassProfile, Part, Profile


@dataclass(frozen=True)
class Booking:
    """Where choices lead when a new booking is made."""

    institution_id: int
    child_id: int

    def to_days(self) -> str:
        return address("inst", self.institution_id, self.child_id, 0)

    def to_day(self, on: date) -> str:
        return address("inst", self.institution_id, self.child_id, on.toordinal())

    def to_start(self, on: date, start: int) -> str:
        return address("ends", self.institution_id, self.child_id, on.toordinal(), start)

    def to_end(self, on: date, start: int, end: int) -> str:
        return self._hold(on, 0, start, end)

    def to_part(self, on: date, part: DayPart) -> str:
        return self._hold(on, PARTS.index(part), 0, 0)

    def _hold(self, on: date, part: int, start: int, end: int) -> str:
        when = (on.toordinal(), part, start, end)
        return address("hold", self.child_id, self.institution_id, *when)


@dataclass(frozen=True)
class Waiting:
    """Where choices lead when what is wished for is full."""

    institution_id: int
    child_id: int

    def to_part(self, on: date, part: Part) -> Button:
        return joining.part_button(self.child_id, self.institution_id, on.toordinal(), part)

    def to_hours(self, on: date) -> str:
        return address("wait-day", self.institution_id, self.child_id, on.toordinal())


def pick_for(child: Child, institution_id: int) -> Pick:
    return Pick(
        institution_id,
        child,
        picking.DAY_FORMS,
        Booking(institution_id, child.id),
        [[Button(_("🔍 Other places that day"), address("find")), ways.menu()]],
        waiting=Waiting(institution_id, child.id),
    )


def institution(
    session: Session, actor: Actor, institution_id: int, child_id: int, on: int
) -> Message:
    """The calendar of an institution, or the hours of one of its days."""
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    pick = pick_for(child, found.id)
    if on:
        return picking.hours(session, pick, day_of(on), _title(found))
    now = clock.now(session)
    lines = [_title(found), *_facts(session, actor, found)]
    if found.opened_at is None:
        return Message(
            "\n".join([*lines, "", _("It cannot be booked here yet. Please call.")]),
            [_about_row(found, child_id), [ways.find(), ways.menu()]],
        )
    ask = _("Which day for {name}?", name=child.name)
    text = "\n".join([*lines, "", ask, picking.legend(now)])
    return Message(
        text,
        [
            *picking.calendar(session, pick, now),
            *long_term.way_in(session, found.id, child, now),
            _about_row(found, child_id),
            [ways.find(), ways.menu()],
        ],
    )


def _title(found: Institution) -> str:
    return f"🏠 {wording.place_name(found)}"


def _facts(session: Session, actor: Actor, found: Institution) -> list[str]:
    marks = [
        wording.kind_name(found.kind),
        _("inclusive (subsidised)") if found.inclusive else "",
        "★" * found.stars if found.stars else "",
    ]
    lines = [" · ".join(filter(None, marks)), _where(session, actor, found)]
    if found.is_sample:
        lines.append(_("(made-up institution of the sample)"))
    return lines


def _where(session: Session, actor: Actor, found: Institution) -> str:
    home = next(iter(people.places_of(session, actor)), None)
    if home is None:
        return found.address
    minutes = geo.walk_minutes(Point(home.lat, home.lng), Point(found.lat, found.lng))
    walk = _("{minutes} min on foot from {place}", minutes=minutes, place=home.label)
    return f"{found.address} · {walk}" if found.address else walk


def _about_row(found: Institution, child_id: int) -> list[Button]:
    return [
        Button(_("ℹ️ About"), address("about", found.id, child_id)),
        Button(_("📍 Map"), address("directions", found.id)),
    ]


def ends(
    session: Session, actor: Actor, institution_id: int, child_id: int, on: int, start: int
) -> Message:
    child = people.child(session, actor, child_id)
    found = institutions.institution(session, institution_id)
    return picking.ends(session, pick_for(child, found.id), day_of(on), start, _title(found))


def about(session: Session, actor: Actor, institution_id: int, child_id: int) -> Message:
    """Everything a parent asks before trusting a place with a child."""
    on = clock.today(clock.now(session))
    known = search.profile(session, institution_id, on)
    found = known.institution
    lines = [
        _title(found),
        *_facts(session, actor, found),
        f"📞 {found.phone}" if found.phone else "",
        _("Registered under {number}", number=found.registration_no),
        "",
        _today(known, on),
        *map(_class_line, known.classes),
        "",
        *map(_offering_line, known.offerings),
    ]
    if found.health_adviser:
        lines.append(_("Health adviser: {name}", name=found.health_adviser))
    if found.insured_until and found.insured_until >= on:
        lines.append(_("Liability insurance is in force"))
    lines += map(_assessment_line, known.assessments[:2])
    buttons = [
        [Button(_("🗓 Days with places"), address("inst", found.id, child_id, 0))],
        [Button(_("📍 Map"), address("directions", found.id)), ways.menu()],
    ]
    return Message("\n".join(lines).strip(), buttons)


def _today(known: Profile, on: date) -> str:
    if known.hours is None:
        return _("Today ({day}) closed", day=day(on))
    hours = wording.span(known.hours.opens, known.hours.closes)
    return _("Today ({day}) open {hours}", day=day(on), hours=hours)


def _class_line(group: ClassProfile) -> str:
    return _(
        "• {name}: {first}–{last} months, up to {places} children, {ratio} to a carer,"
        " carers today: {carers}",
        name=wording.named(group.name, group.name_en),
        first=group.from_months,
        last=group.to_months,
        places=group.places,
        ratio=group.ratio,
        carers=group.carers,
    )


def _assessment_line(made: QualityAssessment) -> str:
    return _(
        "{scheme}: {score} of {most}",
        scheme=made.scheme,
        score=made.score,
        most=made.max_score,
    )


def _offering_line(offering: Offering) -> str:
    return "• " + " ".join(
        [
            wording.form_name(
                offering.form, offering.day_part if offering.unit == "stay" else None
            ),
            wording.span(offering.starts, offering.ends),
            wording.price_per(offering.price_fen, offering.unit),
        ]
    )


def pin(session: Session, actor: Actor, institution_id: int) -> Message:
    """Where it is: a pin, the address, and the way in the maps people have."""
    found = institutions.institution(session, institution_id)
    name = wording.place_name(found)
    links = geo.map_links(Point(found.lat, found.lng), found.name)
    lines = [f"📍 {name}", _where(session, actor, found)]
    if found.phone:
        lines.append(f"📞 {found.phone}")
    return Message(
        "\n".join(filter(None, lines)),
        [
            [Button(_("AMap"), url=links.amap), Button(_("Baidu Maps"), url=links.baidu)],
            [ways.mine(), ways.menu()],
        ],
        venue=Venue(found.lat, found.lng, name, found.address or name),
    )
