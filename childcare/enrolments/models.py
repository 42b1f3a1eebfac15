"""The contract for long-term care, and which class it is lived in as the child grows."""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from childcare.clock import SLOTS_PER_DAY
from childcare.db import Identified


class Enrolment(Identified):
    """A place on some weekdays (ISO, Monday 1) for part of the day, minutes since midnight."""

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint("state IN ('offered', 'active', 'ended', 'refused')", name="state"),
        CheckConstraint("cardinality(weekdays) > 0", name="weekdays"),
        CheckConstraint("ends_on IS NULL OR from_on <= ends_on", name="order"),
        CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", name="hours"),
        Index("ix_enrolment_family_id", "family_id"),
        Index("ix_enrolment_child_id", "child_id"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    form: Mapped[str]
    day_part: Mapped[str]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    starts: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    price_fen: Mapped[int]
    from_on: Mapped[date]
    ends_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]

    def slots(self) -> list[int]:
        """The slots of the day it takes, 0-47."""
        return [slot for slot in range(SLOTS_PER_DAY) if self.starts <= slot * 30 < self.ends]


class Segment(Identified):
    """The class an enrolment is lived in from one date to another, both included.

    A child may finish the calendar month in which it leaves a band; after that it needs a place of
    its own in the next class, else the plan ends here.
    """

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("from_on <= until_on", name="order"),
        Index("ix_segment_class_days", "class_id", "from_on", "until_on"),
        Index("ix_segment_enrolment_id", "enrolment_id"),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
