"""The contract for one stay. Its state is its stay's."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from childcare.db import Identified
from childcare.errors import DomainError
from childcare.stays import Stay


class HoldExpired(DomainError):
    """The ten minutes were over; the place may be free still, and can be held again."""

    code = "hold-expired"


class RequestEnded(DomainError):
    """The time to approve or reject had passed."""

    code = "request-ended"


class TooManyHolds(DomainError):
    code = "too-many-holds"


class ApprovalTooLate(DomainError):
    """A first visit needs approval, and there is no time left for it."""

    code = "approval-too-late"


class FeeChanged(DomainError):
    """The fee shown is no longer the fee; `fee_fen` is what it is now."""

    code = "fee-changed"


class PriceChanged(DomainError):
    """The price shown is no longer the price; `price_fen` is what it is now."""

    code = "price-changed"


class BookingChanged(DomainError):
    """The booking was changed since; `version` is what it is now."""

    code = "booking-changed"


class TooLate(DomainError):
    """The stay starts too soon, or has started; `closes_at` was the last moment."""

    code = "too-late"


class TooFarAhead(DomainError):
    code = "too-far-ahead"


class TooEarly(DomainError):
    """Not before `from_at`."""

    code = "too-early"


class NeedsMainStay(DomainError):
    """Early and late hours are sold only beside another stay of that day."""

    code = "needs-main-stay"


class Booking(Identified):
    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("price_fen >= 0", name="price_not_negative"),
        CheckConstraint("fee_fen >= 0", name="fee_not_negative"),
        UniqueConstraint("stay_id"),
        UniqueConstraint("code"),
        Index("ix_booking_family_id", "family_id", "id"),
        Index("ix_booking_child_institution", "child_id", "institution_id"),
    )

    stay_id: Mapped[int] = mapped_column(ForeignKey("stay.id"))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    fee_sheet_id: Mapped[int] = mapped_column(ForeignKey("fee_sheet.id"))
    form: Mapped[str]
    day_part: Mapped[str | None]
    price_fen: Mapped[int]
    price_parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # What the family owes for cancelling or moving late.
    fee_fen: Mapped[int] = mapped_column(default=0)
    # Shown at the door; unique, without letters that look like digits.
    code: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    booked_by: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    # A fee let go because of illness; a director may reinstate it within 7 days.
    waived_fen: Mapped[int] = mapped_column(default=0)
    objected_at: Mapped[datetime | None]
    objection: Mapped[str | None]
    # After the institution cancelled: top priority for the family's next entry there until then.
    grant_until: Mapped[datetime | None]

    stay: Mapped[Stay] = relationship(lazy="joined", innerjoin=True)
