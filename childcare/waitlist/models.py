"""The tables of waiting: entries and what they ask of whom, offers, rounds, the published order."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from childcare.db import Base, Identified


class EntryState(StrEnum):
    WAITING = "waiting"
    PAUSED = "paused"
    BOOKED = "booked"
    LEFT = "left"
    LAPSED = "lapsed"
    REMOVED = "removed"


LIVE = (EntryState.WAITING, EntryState.PAUSED)


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Cause(StrEnum):
    """What opened a round; a stay's new state otherwise (`cancelled`, `absent`, …)."""

    MOVED = "rescheduled"
    PART = "absent-in-part"
    CAPACITY = "capacity"
    OPENED = "opened"
    ENDED = "enrolment-ended"
    JOINED = "joined"
    AGAIN = "free-again"
    DESK = "desk"
    SWEEP = "sweep"


class Happened(StrEnum):
    """What an entry's log can say."""

    JOINED = "joined"
    PAUSED = "paused"
    RENEWED = "renewed"
    LEFT = "left"
    LAPSED = "lapsed"
    REMOVED = "removed"
    OFFERED = "offered"
    PASSED_OVER = "passed-over"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"


def _one_of(kind: type[StrEnum], column: str = "state") -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in kind)})"


class WaitlistEntry(Identified):
    """A child waits for one stay (`on`), or for an enrolment (`from_month` on).

    Minutes of the day, or a day part; an enrolment by ISO weekdays. Entries with the same
    `together_id` are siblings who come all or not at all.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint(_one_of(EntryState), name="state"),
        CheckConstraint('num_nonnulls("on", from_month) = 1', name="asks_for_one"),
        CheckConstraint("(from_month IS NULL) = (cardinality(weekdays) = 0)", name="weekdays"),
        Index("ix_waitlist_entry_family_id", "family_id", "id"),
        Index("ix_waitlist_entry_child_id", "child_id"),
        Index("ix_waitlist_entry_together_id", "together_id"),
        Index("ix_waitlist_entry_live_on", "on", postgresql_where="state IN ('waiting', 'paused')"),
        Index("ix_waitlist_entry_renew", "renew_at", postgresql_where="state = 'waiting'"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    state: Mapped[str] = mapped_column(default=EntryState.WAITING)
    form: Mapped[str]
    on: Mapped[date | None]
    start: Mapped[int | None] = mapped_column(SmallInteger)
    end: Mapped[int | None] = mapped_column(SmallInteger)
    day_part: Mapped[str | None]
    from_month: Mapped[date | None]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=list)
    together_id: Mapped[int | None]
    # The time of entry, which orders; pausing and renewing leave it as it is.
    joined_at: Mapped[datetime]
    joined_by: Mapped[str]
    # When the family is asked whether it still waits.
    renew_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    # Offers in a row that ran out unanswered.
    expiries: Mapped[int] = mapped_column(SmallInteger, default=0)
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class Choice(Base):
    """One of up to five institutions an entry waits at, in order of `preference` (1 first)."""

    __tablename__ = "waitlist_choice"
    __table_args__ = (
        CheckConstraint("preference BETWEEN 1 AND 5", name="preference"),
        UniqueConstraint("entry_id", "preference"),
        Index("ix_waitlist_choice_institution_id", "institution_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    preference: Mapped[int] = mapped_column(SmallInteger)
    # Since when it waits there, which orders: an institution added later is joined later.
    joined_at: Mapped[datetime]
    # Comes first after this institution cancelled on the family: the booking that says so.
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    removed_at: Mapped[datetime | None]


class Wish(Identified):
    """An entry as one class sees it: the queue. Written from entry and choice by `wishes`.

    `slots` is a bit mask of the day's half hours, bit 0 at midnight; `weekdays` one of ISO
    weekdays, bit 0 Monday (0 for a stay).
    """

    __tablename__ = "waitlist_wish"
    __table_args__ = (
        UniqueConstraint("entry_id", "class_id"),
        CheckConstraint('("on" IS NULL) = (during IS NULL)', name="stay"),
        CheckConstraint('num_nonnulls("on", from_on) = 1', name="asks_for_one"),
        Index(
            "ix_waitlist_wish_queue",
            "class_id",
            "on",
            desc("priority"),
            "joined_at",
            "entry_id",
            postgresql_where=text('live AND "on" IS NOT NULL'),
        ),
        Index(
            "ix_waitlist_wish_enrolments",
            "class_id",
            "from_on",
            desc("priority"),
            "joined_at",
            "entry_id",
            postgresql_where=text("live AND from_on IS NOT NULL"),
        ),
        Index("ix_waitlist_wish_institution_id", "institution_id", postgresql_where=text("live")),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    preference: Mapped[int] = mapped_column(SmallInteger)
    on: Mapped[date | None]
    during: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE)
    from_on: Mapped[date | None]
    weekdays: Mapped[int] = mapped_column(SmallInteger, default=0)
    slots: Mapped[int]
    # As the published table in force says of this family, 0 without any; a grant is above all.
    priority: Mapped[int] = mapped_column(default=0)
    joined_at: Mapped[datetime]
    # Waiting, and not removed from this institution's list.
    live: Mapped[bool] = mapped_column(default=True)


class PriorityTable(Identified):
    """A version of an institution's published order: `lines` of criterion and points."""

    __tablename__ = "priority_table"
    __table_args__ = (
        UniqueConstraint("institution_id", "version"),
        Index("ix_priority_table_in_force", "institution_id", "effective_at"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    version: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    effective_at: Mapped[datetime]
    # When the waiting entries were put in its order.
    applied_at: Mapped[datetime | None]


class Proof(Identified):
    """A family showed an institution's desk that it meets a criterion of the table."""

    __tablename__ = "priority_proof"
    __table_args__ = (
        Index(
            "uq_priority_proof_valid",
            "institution_id",
            "family_id",
            "criterion",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    criterion: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class Round(Identified):
    """One freeing of places: who gave up, declined or let expire within it is passed over in it."""

    __tablename__ = "waitlist_round"
    __table_args__ = (Index("ix_waitlist_round_institution_id", "institution_id", "opened_at"),)

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    cause: Mapped[str]
    opened_at: Mapped[datetime]


class Bar(Identified):
    """Passed over for the rest of a round: a whole family that freed it, or one child."""

    __tablename__ = "waitlist_bar"
    __table_args__ = (Index("ix_waitlist_bar_round_id", "round_id", "family_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("waitlist_round.id"))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id"))
    # `freed-it`, `declined` or `let-expire`.
    why: Mapped[str]


class Offer(Identified):
    """A place kept for one entry until `ends_at`: of a stay, or of an enrolment."""

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        CheckConstraint(_one_of(OfferState), name="state"),
        CheckConstraint("num_nonnulls(stay_id, enrolment_id) = 1", name="one_place"),
        CheckConstraint("made_at < ends_at", name="lifetime"),
        UniqueConstraint("stay_id"),
        UniqueConstraint("enrolment_id"),
        Index("ix_waitlist_offer_entry_id", "entry_id"),
        Index("ix_waitlist_offer_family_id", "family_id", "id"),
        Index("ix_waitlist_offer_open", "ends_at", postgresql_where=text("state = 'open'")),
        Index("ix_waitlist_offer_child_open", "child_id", postgresql_where=text("state = 'open'")),
        # Stays exclude one another only as far as days are opened.
        Index(
            "uq_waitlist_offer_long_term",
            "child_id",
            unique=True,
            postgresql_where=text("state = 'open' AND enrolment_id IS NOT NULL"),
        ),
        Index("ix_waitlist_offer_institution", "institution_id", "made_at"),
        Index("ix_waitlist_offer_round_id", "round_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    stay_id: Mapped[int | None] = mapped_column(ForeignKey("stay.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("waitlist_round.id"))
    together_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default=OfferState.OPEN)
    # The day of care, or the first one; care begins at `starts_at`.
    on: Mapped[date]
    starts_at: Mapped[datetime]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    price_fen: Mapped[int]
    priority: Mapped[int]
    # The published table that ordered it; None where the institution published none.
    table_id: Mapped[int | None] = mapped_column(ForeignKey("priority_table.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    out_of_order_reason: Mapped[str | None]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class WaitlistEvent(Base):
    """One line of an entry's log: who, what, when, why. Append-only."""

    __tablename__ = "waitlist_event"
    __table_args__ = (
        Index("ix_waitlist_event_entry_id", "entry_id", "id"),
        Index("ix_waitlist_event_institution_id", "institution_id", "at"),
        Index(
            "uq_waitlist_event_pass",
            "round_id",
            "entry_id",
            "why",
            unique=True,
            postgresql_where=text("kind = 'passed-over'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("waitlist_round.id"))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("waitlist_offer.id"))
    why: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
