"""What happened on a list, line by line, and how it ended."""

from collections.abc import Mapping

from childcare import i18n
from childcare.i18n import gettext as _
from childcare.reports import Who
from childcare.reports.waiting import Told
from childcare.waitlist import Happened, OfferState, WaitlistEntry, WaitlistEvent
from webapp.pages.panel import happenings
from webapp.pages.panel.waitlist_words.offers import place
from webapp.pages.panel.waitlist_words.passes import passed, passed_over
from webapp.pages.panel.waitlist_words.wishes import name, wants


def person(told: Told) -> str:
    return happenings.person(told.who)


def somebody(who: Who) -> str:
    return happenings.person(who)


def reason(why: str) -> str:
    """Why something was done to a stay or the plan; empty where it says so itself."""
    return happenings.reason(why)


def what(told: Told) -> str:
    """The sentence of a line, without who it is about."""
    kind = Happened(told.event.kind)
    why = told.event.why
    match kind:
        case Happened.OFFERED:
            return _("offered {place}, to be answered by {moment}", **_place(told))
        case Happened.PASSED_OVER:
            return passed_over(told)
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
    said: Mapping[str, str] = {
        "capacity": _("Nobody got it. The offer was withdrawn: too few places."),
        "closed": _("Nobody got it. The offer was withdrawn: the class closes."),
    }
    return said.get(withdrawn, _("Nobody on the list took it."))


def _plain() -> Mapping[str, str]:
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
    said: Mapping[str, str] = {
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


COLOURS: Mapping[str, str] = {
    Happened.OFFERED: "news",
    Happened.ACCEPTED: "well",
    Happened.PASSED_OVER: "look",
    Happened.DECLINED: "",
    Happened.EXPIRED: "",
    Happened.REMOVED: "alarm",
}


def rests(entry: WaitlistEntry) -> str:
    """Why an entry rests."""
    return _by_why().get((Happened.PAUSED, entry.reason), "")
