"""The tables of accounts. No code, token or password is kept: only what recognises one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from childcare.db import Base, Identified


class StaffMember(Identified):
    """A person who works at one or more institutions and signs in with a password (argon2)."""

    __tablename__ = "staff_member"
    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("locale IN ('zh', 'en')", name="locale"),
    )

    username: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffRole(Base):
    __tablename__ = "staff_role"
    __table_args__ = (
        CheckConstraint("role IN ('director', 'front_desk', 'finance')", name="role"),
        Index("ix_staff_role_institution_id", "institution_id"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class StaffInvitation(Identified):
    """A one-time link by which somebody joins an institution's staff; only its hash is kept."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("role IN ('director', 'front_desk', 'finance')", name="role"),
        CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name="one_end"),
        CheckConstraint("(used_at IS NULL) = (used_by_id IS NULL)", name="used_by_somebody"),
        Index("ix_staff_invitation_institution_id", "institution_id", "created_at"),
    )

    token_hash: Mapped[str]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    role: Mapped[str]
    # Whom the director had in mind, for the list of links that are out.
    intended_for: Mapped[str] = mapped_column(default="")
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    revoked_at: Mapped[datetime | None]


class SignInCode(Identified):
    """Six digits sent to a phone; they follow from `nonce` and the installation's secret."""

    __tablename__ = "sign_in_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign-in', 'link')", name="purpose"),
        CheckConstraint("attempts <= 5 AND attempts_elsewhere <= 5", name="attempts"),
        Index("ix_sign_in_code_phone", "phone", "created_at"),
        Index("ix_sign_in_code_address", "address", "created_at"),
        Index("ix_sign_in_code_created_at", "created_at"),
    )

    phone: Mapped[str]
    purpose: Mapped[str]
    # A keyed hash of the network address that asked.
    address: Mapped[str]
    nonce: Mapped[str]
    locale: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    attempts_elsewhere: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ChatCode(Identified):
    """A code shown in a person's chat, to be typed where the same person is signed in by phone."""

    __tablename__ = "chat_code"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        Index("ix_chat_code_guardian_id", "guardian_id"),
    )

    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountSession(Identified):
    """A token in a client's hands; exactly one of guardian and staff member owns it."""

    __tablename__ = "account_session"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("num_nonnulls(guardian_id, staff_id) = 1", name="one_owner"),
        Index("ix_account_session_guardian_id", "guardian_id"),
        Index("ix_account_session_staff_id", "staff_id"),
        Index("ix_account_session_expires_at", "expires_at"),
    )

    token_hash: Mapped[str]
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    # What the client calls itself, for the owner to recognise; and where it signed in (keyed hash).
    label: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
