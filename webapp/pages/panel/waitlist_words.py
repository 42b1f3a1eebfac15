"""What the desk of the lists says: wishes, reasons for a rank, what happened and why, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.institutions import CareForm, ClassGroup, DayPart
from childcare.people import Child
from childcare.reports import Who
from childcare.reports.waiting import Reasons, Spark, Told
from childcare.waitlist import (
    Cause,
    Criterion,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    WaitlistEvent,
    Wish,
)
from webapp.pages.panel import happenings

Words = Mapping[str, str]


def criterion(code: str) -> str:
    """A line of the published table, as the public reads it."""
    said: Words = {
        Criterion.INSTITUTION_CANCELLED: _("Lost a booking here because we cancelled"),
        Criterion.SIBLING_ENROLLED: _("A brother or sister is enrolled here"),
        Criterion.RESIDENT: _("Lives in this street"),
        Criterion.WORKS_HERE: _("A parent works here"),
        Criterion.SINGLE_PARENT: _("Single parent"),
        Criterion.LOW_INCOME: _("Low income"),
        Criterion.SPECIAL_NEED: _("Special need of the child"),
    }
    return said[code]


def class_name(group: ClassGroup | None) -> str:
    if group is None:
        return ""
    return (group.name_en if i18n.tongue() == "en" else "") or group.name


def name(child: Child | None, entry: WaitlistEntry) -> str:
    """A child by name while the desk may know it, later by the number of its entry."""
    return child.name if child else _("No. {number}", number=entry.id)


def age(months: int | None) -> str:
    return "" if months is None else ngettext("{count} month", "{count} months", months)


def part(code: str | None) -> str:
    said: Words = {
        DayPart.FULL: _("whole day"),
        DayPart.MORNING: _("morning"),
        DayPart.AFTERNOON: _("afternoon"),
    }
    return said.get(code or "", "")


def asks(entry: WaitlistEntry, wish: Wish | None = None) -> str:
    """What an entry asks for, without the day of a stay."""
    if entry.from_month is not None:
        form = (
            _("Long term, whole days")
            if entry.form == CareForm.FULL_DAY
            else _("Long term, half days ({part})", part=part(entry.day_part))
        )
        since = _("from {month}", month=i18n.month(entry.from_month))
        return _("{form}, {weekdays}, {since}", form=form, weekdays=week(entry), since=since)
    if entry.start is not None and entry.end is not None:
        return f"{clock.hhmm(entry.start // 30)}–{clock.hhmm(entry.end // 30)}"
    hours = i18n.hours(wish.during) if wish is not None and wish.during is not None else ""
    return f"{part(entry.day_part).capitalize()} {hours}".strip()


def wants(entry: WaitlistEntry, wish: Wish | None = None) -> str:
    """As `asks`, with the day."""
    day = i18n.day(entry.on) if entry.on is not None else ""
    return f"{day} {asks(entry, wish)}".strip()


def week(entry: WaitlistEntry) -> str:
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    days = sorted(entry.weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("{first} to {last}", first=names[days[0] - 1], last=names[days[-1] - 1])
    return _(", ").join(names[day - 1] for day in days)


def joined(since: datetime) -> str:
    return _("waits since {moment}", moment=i18n.moment(since))


def why_there(reasons: Reasons) -> str:
    """Which criteria counted, for a sentence."""
    if not reasons.codes:
        return _("no line of the table applies: ordered by time of entry")
    said = _(", ").join(criterion(code) for code in reasons.codes)
    return _("counts first: {criteria}", criteria=said)


def until(offer: Offer, at: datetime) -> str:
    """A deadline; the day only where it is not that of `at`."""
    is_today = clock.today(offer.ends_at) == clock.today(at)
    moment = i18n.hour(offer.ends_at) if is_today else i18n.moment(offer.ends_at)
    return _("until {moment}", moment=moment)


def left(offer: Offer, at: datetime) -> str:
    """How long an offer still lives."""
    rest = offer.ends_at - at
    if rest < timedelta(minutes=1):
        return _("less than a minute left")
    if rest < timedelta(hours=1):
        minutes = int(rest.total_seconds() // 60)
        return ngettext("{count} minute left", "{count} minutes left", minutes)
    if rest > timedelta(days=2):
        return ngettext("{count} day left", "{count} days left", rest.days)
    hours = int(rest.total_seconds() // 3600)
    return ngettext("{count} hour left", "{count} hours left", hours)


def is_short(offer: Offer, at: datetime) -> bool:
    """Whether somebody may want to phone."""
    return offer.ends_at - at < timedelta(minutes=30)


def runs(slots: Sequence[int]) -> str:
    """Half hours as people say them."""
    found = [f"{clock.hhmm(first)}–{clock.hhmm(last)}" for first, last in clock.runs(slots)]
    return _(", ").join(found)


def free(told: Told) -> str:
    """What was free when somebody was passed over."""
    return spans(told.free)


def passed(why: str) -> str:
    """Why a place did not go to somebody in line."""
    said: Words = {
        "hours": _("what was free does not cover the hours they ask for"),
        "has-offer": _("the child has another offer for that time"),
        "freed-it": _("this family gave this very place up"),
        "declined": _("they had declined it in this round"),
        "let-expire": _("they had let it run out in this round"),
        "not-sold": _("what they ask for is not sold any more"),
        "siblings": _("not all of the siblings would fit"),
        "days": _("long term: some day of theirs was full"),
        "out-of-order": _("a director chose another family"),
        "too-late": _("it would begin too soon to be offered"),
        "age": _("the child is not of the class's age that day"),
    }
    return said.get(why, why)


def would_pass(why: str | None) -> str:
    """Why somebody would be passed over if a place came free."""
    said: Words = {
        "hours": _("would be passed over: they ask for more than this"),
        "has-offer": _("would be passed over: the child has another offer for that time"),
        "days": _("would be passed over: long term needs room on every day of theirs"),
    }
    return said.get(why or "", _("would be passed over"))


def person(told: Told) -> str:
    return happenings.person(told.who)


def somebody(who: Who) -> str:
    return happenings.person(who)


def reason(why: str) -> str:
    """Why something was done to a stay or the plan; empty where it says so itself."""
    return happenings.reason(why)


def spans(hours: Sequence[tuple[str, str]]) -> str:
    return _(", ").join(f"{first}–{last}" for first, last in hours)


def what(told: Told) -> str:
    """The sentence of a line, without who it is about."""
    kind = Happened(told.event.kind)
    why = told.event.why
    match kind:
        case Happened.OFFERED:
            return _("offered {place}, to be answered by {moment}", **_place(told))
        case Happened.PASSED_OVER:
            return _passed(told)
        case Happened.REMOVED:
            return _("taken off the list: {reason}", reason=why)
        case Happened.NOTED:
            return _("note: {words}", words=why)
        case Happened.JOINED:
            return _("joined the list: {wish}", wish=wants(told.entry))
        case _:
            return _by_why().get((kind, why)) or _plain()[kind]


def _place(told: Told) -> dict[str, str]:
    offer = told.offer
    moment = i18n.moment(offer.ends_at) if offer else ""
    return {"place": place(told), "moment": moment}


def place(told: Told) -> str:
    """What was offered: class, day, hours; an enrolment by its first day."""
    day = i18n.day(told.on) if told.on else ""
    hours = i18n.hours(told.hours) if told.hours else _("on, long term")
    return " ".join(word for word in (class_name(told.group), day, hours) if word)


def _passed(told: Told) -> str:
    said = _("passed over: {why}", why=passed(told.event.why))
    facts = told.event.facts
    if told.event.why == "out-of-order":
        return _("{said} – “{reason}”", said=said, reason=facts.get("reason") or "")
    if told.event.why == "hours" and told.free and not _covers(told):
        return _("{said} (free was {hours})", said=said, hours=free(told))
    return said


def _covers(told: Told) -> bool:
    """Whether what was free at first would have done; other offers took of it before the turn."""
    entry = told.entry
    if entry.start is None or entry.end is None:
        return True
    wanted = (clock.hhmm(entry.start // 30), clock.hhmm(entry.end // 30))
    return any(first <= wanted[0] and wanted[1] <= last for first, last in told.free)


def last(event: WaitlistEvent) -> str:
    """What last came of a place, for a row of the list."""
    if event.kind == Happened.PASSED_OVER:
        return _("passed over: {why}", why=passed(event.why))
    return _by_why().get((Happened(event.kind), event.why)) or _plain()[event.kind]


def went(told: Told) -> str:
    """Who got it, or is being asked."""
    facts = {"child": name(told.child, told.entry), "place": place(told)}
    if told.offer is not None and told.offer.state == OfferState.ACCEPTED:
        return _("It went to {child}: {place}.", **facts)
    return _("It is offered to {child}: {place}.", **facts)


def nobody(withdrawn: str | None) -> str:
    """How a round ended that nobody got the place of: `withdrawn` is why its last offer was."""
    if withdrawn is None:
        return _("Nobody on the list took it: it is on sale.")
    said: Words = {
        "capacity": _("Nobody got it. The offer was withdrawn: too few places."),
        "closed": _("Nobody got it. The offer was withdrawn: the class closes."),
    }
    return said.get(withdrawn, _("Nobody on the list took it."))


def _plain() -> Words:
    return {
        Happened.PAUSED: _("waits no more for now"),
        Happened.RENEWED: _("waits on"),
        Happened.LEFT: _("left this list"),
        Happened.LAPSED: _("the wish is past"),
        Happened.ACCEPTED: _("took the place"),
        Happened.DECLINED: _("declined the offer"),
        Happened.EXPIRED: _("let the offer run out"),
        Happened.WITHDRAWN: _("the offer was withdrawn"),
    }


def _by_why() -> Mapping[tuple[Happened, str], str]:
    return {
        (Happened.PAUSED, "by-family"): _("paused by the family"),
        (Happened.PAUSED, "unanswered"): _("paused: two offers in a row were not answered"),
        (Happened.PAUSED, "not-renewed"): _("paused: “still interested?” was not answered"),
        (Happened.LEFT, "booked"): _("left the list: took a place elsewhere for that time"),
        (Happened.LEFT, "erased"): _("left the list: the record was erased"),
        (Happened.WITHDRAWN, "capacity"): _("the offer was withdrawn: fewer places"),
        (Happened.WITHDRAWN, "closed"): _("the offer was withdrawn: the class closes"),
        (Happened.WITHDRAWN, "booked"): _("the offer was given back: took another place"),
        (Happened.WITHDRAWN, "by-family"): _("the family gave the offer back"),
    }


def kind(code: str) -> str:
    """A kind of line, for choosing."""
    said: Words = {
        Happened.JOINED: _("Joined"),
        Happened.PAUSED: _("Paused"),
        Happened.RENEWED: _("Renewed"),
        Happened.LEFT: _("Left"),
        Happened.LAPSED: _("Past"),
        Happened.REMOVED: _("Removed"),
        Happened.OFFERED: _("Offered"),
        Happened.PASSED_OVER: _("Passed over"),
        Happened.ACCEPTED: _("Accepted"),
        Happened.DECLINED: _("Declined"),
        Happened.EXPIRED: _("Ran out"),
        Happened.WITHDRAWN: _("Withdrawn"),
        Happened.NOTED: _("Remark"),
    }
    return said[code]


COLOURS: Words = {
    Happened.OFFERED: "news",
    Happened.ACCEPTED: "well",
    Happened.PASSED_OVER: "look",
    Happened.DECLINED: "",
    Happened.EXPIRED: "",
    Happened.REMOVED: "alarm",
}


def offer_state(code: str) -> str:
    said: Words = {
        OfferState.OPEN: _("not answered yet"),
        OfferState.ACCEPTED: _("accepted"),
        OfferState.DECLINED: _("declined"),
        OfferState.EXPIRED: _("ran out"),
        OfferState.WITHDRAWN: _("withdrawn"),
    }
    return said[code]


def entry_state(entry: WaitlistEntry) -> str:
    said: Words = {
        "waiting": _("Waiting"),
        "paused": _("Paused"),
        "booked": _("Has a place"),
        "left": _("Left"),
        "lapsed": _("Past"),
        "removed": _("Removed"),
    }
    return said[entry.state]


def rests(entry: WaitlistEntry) -> str:
    """Why an entry rests."""
    return _by_why().get((Happened.PAUSED, entry.reason), "")


def cause(code: str) -> str:
    """What opened a round."""
    said: Words = {
        "cancelled": _("A booking was cancelled"),
        "absent": _("A child stays away"),
        "expired": _("A kept place was not confirmed in time"),
        "rejected": _("A first visit was declined"),
        "no_show": _("A child did not come"),
        "completed": _("A child went home early"),
        Cause.MOVED: _("A booking moved to another time"),
        Cause.PART: _("A child stays away for part of the day"),
        Cause.CAPACITY: _("The class has more places"),
        Cause.OPENED: _("The day was opened"),
        Cause.ENDED: _("An enrolment ends"),
        Cause.JOINED: _("A family joined while a place was free"),
        Cause.AGAIN: _("A family is free again for what it waits for"),
        Cause.DESK: _("The desk offered what was free"),
        Cause.SWEEP: _("A free place was found by the regular check"),
    }
    return said.get(code, _("A place came free"))


def spark(found: Spark) -> str:
    """What was done at the instant a round began."""
    if found.hours is not None:
        said = happenings.deed(found.was, found.action, found.why)
        day = i18n.moment(clock.bounds(found.hours)[0])
        hours = f"{day}–{i18n.hours(found.hours).partition('–')[2]}"
        who = found.child.name if found.child else _("a child whose record is closed")
        return _("{child}, {hours}: {what}", child=who, hours=hours, what=said)
    known: Words = {
        "class_group.offered-next": _("offered free places in order, by hand"),
        "class_group.changed-shifts": _("changed the carers' shifts"),
        "closure.lifted": _("lifted a closure"),
        "dated_opening.opened": _("opened a day"),
    }
    return known.get(found.action, _("changed the plan"))
