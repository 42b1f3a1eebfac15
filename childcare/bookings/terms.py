"""What a family wishes, judged against what an institution sells that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare import capacity, clock, institutions, pricing, schedule, workdays
from childcare.bookings.models import Booking, NeedsMainStay, TooFarAhead, TooLate
from childcare.errors import Malformed
from childcare.institutions import CareForm, DayPart, FeeSheet, NotOffered, Offering, Unit
from childcare.pricing import Price
from childcare.stays import LIVE, Stay

EXTRA_HOURS = (CareForm.EARLY, CareForm.LATE)


@dataclass(frozen=True)
class Wish:
    """One stay as asked for: `start` and `end` in minutes of the day, or a day part."""

    child_id: int
    institution_id: int
    form: CareForm
    on: date
    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None


@dataclass(frozen=True)
class Terms:
    """An offering applied to a wish: the span, its slots and the price."""

    offering: Offering
    on: date
    slots: tuple[int, ...]
    price: Price

    @property
    def during(self) -> clock.Period:
        return clock.span(self.on, self.slots[0], self.slots[-1] + 1)

    @property
    def starts_at(self) -> datetime:
        return clock.slot_start(self.on, self.slots[0])


def is_working_day(session: Session, on: date) -> bool:
    return workdays.day(on, schedule.calendar(session, on, on)).is_worked


def unit_of(form: CareForm, day_part: DayPart | None) -> Unit:
    """How a form is sold; a holiday stay either way. Raises `Malformed`, `NotOffered`."""
    match form:
        case CareForm.TEMPORARY if day_part is None:
            raise Malformed("day_part", "required")
        case CareForm.HOURLY | CareForm.EARLY | CareForm.LATE if day_part is not None:
            raise Malformed("day_part", "not-for-this-form")
        case CareForm.FULL_DAY | CareForm.HALF_DAY:
            raise NotOffered
        case _:
            return Unit.HALF_HOUR if day_part is None else Unit.STAY


def sold_as(form: CareForm, *, working_day: bool) -> CareForm:
    """On a non-working day hourly and temporary care are sold as `holiday` care, never on others.

    Raises `NotOffered`.
    """
    if form is CareForm.HOLIDAY and working_day:
        raise NotOffered
    if form in (CareForm.HOURLY, CareForm.TEMPORARY) and not working_day:
        return CareForm.HOLIDAY
    return form


def find_offering(
    offerings: Sequence[Offering], form: CareForm, unit: Unit, day_part: DayPart | None
) -> Offering:
    """Raises `NotOffered`."""
    found = next(
        (o for o in offerings if (o.form, o.unit, o.day_part) == (form, unit, day_part)), None
    )
    if found is None:
        raise NotOffered
    return found


def judge(
    session: Session, wish: Wish, *, now: datetime, accepted_sheet_id: int | None = None
) -> Terms:
    """The terms of a wish, as of `now`. Says nothing of places.

    `accepted_sheet_id`: the sheet a booking accepted, which stays good while it is in force.
    Raises `Malformed` (422) for spans that are not sold, `NotOffered`, `TooLate`, `TooFarAhead`.
    """
    terms = sold(session, wish, accepted_sheet_id=accepted_sheet_id)
    _require_timely(terms, now)
    return terms


def sold(session: Session, wish: Wish, *, accepted_sheet_id: int | None = None) -> Terms:
    """The terms of a wish whatever the hour: lead time and horizon bind bookings, not offers.

    Raises `Malformed`, `NotOffered`.
    """
    unit = unit_of(wish.form, wish.day_part)
    form = sold_as(wish.form, working_day=is_working_day(session, wish.on))
    offerings = institutions.offerings_on(session, wish.institution_id, wish.on)
    if accepted_sheet_id and _is_in_force(session, accepted_sheet_id, offerings[0], wish.on):
        accepted = select(Offering).where(Offering.fee_sheet_id == accepted_sheet_id)
        offerings = session.scalars(accepted).all()
    offering = find_offering(offerings, form, unit, wish.day_part)
    slots = _slots(wish, offering)
    return Terms(offering, wish.on, slots, pricing.price(offering, len(slots)))


def _is_in_force(session: Session, sheet_id: int, sold: Offering, on: date) -> bool:
    """A sheet is in force on a day while none effective later than it has become so by then."""
    latest = session.get_one(FeeSheet, sold.fee_sheet_id)
    sheet = session.get_one(FeeSheet, sheet_id)
    return latest.effective_from <= sheet.effective_from <= on


def _slots(wish: Wish, offering: Offering) -> tuple[int, ...]:
    if wish.day_part is not None:
        if (wish.start, wish.end) not in ((None, None), (offering.starts, offering.ends)):
            raise Malformed("start", "not-with-day-part")
        return tuple(range(offering.starts // 30, offering.ends // 30))
    if wish.start is None or wish.end is None:
        raise Malformed("start" if wish.start is None else "end", "required")
    for field, minutes in (("start", wish.start), ("end", wish.end)):
        if minutes % 30:
            raise Malformed(field, "not-half-hour")
    if wish.start >= wish.end:
        raise Malformed("end", "not-after-start")
    _require_sold(wish.start, wish.end, offering)
    return tuple(range(wish.start // 30, wish.end // 30))


def _require_sold(start: int, end: int, offering: Offering) -> None:
    if start < offering.starts or end > offering.ends:
        raise Malformed(
            "start" if start < offering.starts else "end",
            "outside-hours",
            opens=clock.hhmm(offering.starts // 30),
            closes=clock.hhmm(offering.ends // 30),
        )
    if end - start < offering.shortest:
        raise Malformed("end", "too-short", minutes=offering.shortest)
    if end - start > offering.longest:
        raise Malformed("end", "too-long", minutes=offering.longest)
    for first, last in offering.arrival_pauses:
        if first <= start < last:
            raise Malformed("start", "arrival-pause", until=clock.hhmm(last // 30))


def _require_timely(terms: Terms, now: datetime) -> None:
    closes_at = terms.starts_at - timedelta(minutes=terms.offering.lead_minutes)
    if now >= terms.starts_at or now > closes_at:
        raise TooLate(closes_at=closes_at)
    last = clock.today(now) + timedelta(
        days=min(terms.offering.horizon_days, capacity.HORIZON_DAYS)
    )
    if terms.on > last:
        raise TooFarAhead(last_on=last)


def require_main_stay(session: Session, wish: Wish, *, now: datetime, besides: int = 0) -> None:
    """Early and late hours need a live stay of the child there that day that is neither.

    `besides` is a stay that is being moved, which cannot be its own company.
    """
    if wish.form not in EXTRA_HOURS:
        return
    beside = session.scalar(
        select(Stay.id)
        .outerjoin(Booking, Booking.stay_id == Stay.id)
        .where(
            Stay.child_id == wish.child_id,
            Stay.institution_id == wish.institution_id,
            Stay.on == wish.on,
            Stay.id != besides,
            Stay.state.in_(LIVE),
            or_(Stay.ends_at.is_(None), Stay.ends_at > now),
            or_(Booking.id.is_(None), Booking.form.not_in(EXTRA_HOURS)),
        )
        .limit(1)
    )
    if beside is None:
        raise NeedsMainStay
