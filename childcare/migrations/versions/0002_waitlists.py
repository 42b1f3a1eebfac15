"""Waitlists, offers, the published order; invitations of staff

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "priority_proof",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_priority_proof_family_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_priority_proof_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_proof")),
    )
    with op.batch_alter_table("priority_proof", schema=None) as batch_op:
        batch_op.create_index(
            "uq_priority_proof_valid",
            ["institution_id", "family_id", "criterion"],
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "priority_table",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_priority_table_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_table")),
        sa.UniqueConstraint(
            "institution_id", "version", name=op.f("uq_priority_table_institution_id_version")
        ),
    )
    with op.batch_alter_table("priority_table", schema=None) as batch_op:
        batch_op.create_index(
            "ix_priority_table_in_force", ["institution_id", "effective_at"], unique=False
        )

    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("intended_for", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('director', 'front_desk', 'finance')", name=op.f("ck_staff_invitation_role")
        ),
        sa.CheckConstraint(
            "(used_at IS NULL) = (used_by_id IS NULL)",
            name=op.f("ck_staff_invitation_used_by_somebody"),
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR revoked_at IS NULL", name=op.f("ck_staff_invitation_one_end")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_staff_invitation_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["staff_member.id"], name=op.f("fk_staff_invitation_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["used_by_id"], ["staff_member.id"], name=op.f("fk_staff_invitation_used_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    with op.batch_alter_table("staff_invitation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_staff_invitation_institution_id", ["institution_id", "created_at"], unique=False
        )

    op.create_table(
        "waitlist_round",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waitlist_round_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_round")),
    )
    with op.batch_alter_table("waitlist_round", schema=None) as batch_op:
        batch_op.create_index(
            "ix_waitlist_round_institution_id", ["institution_id", "opened_at"], unique=False
        )

    op.create_table(
        "waitlist_bar",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_waitlist_bar_child_id")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_waitlist_bar_family_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["waitlist_round.id"], name=op.f("fk_waitlist_bar_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_bar")),
    )
    with op.batch_alter_table("waitlist_bar", schema=None) as batch_op:
        batch_op.create_index("ix_waitlist_bar_round_id", ["round_id", "family_id"], unique=False)

    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("start", sa.SmallInteger(), nullable=True),
        sa.Column("end", sa.SmallInteger(), nullable=True),
        sa.Column("day_part", sa.Text(), nullable=True),
        sa.Column("from_month", sa.Date(), nullable=True),
        sa.Column("weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("together_id", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Text(), nullable=False),
        sa.Column("renew_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expiries", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'paused', 'booked', 'left', 'lapsed', 'removed')",
            name=op.f("ck_waitlist_entry_state"),
        ),
        sa.CheckConstraint(
            "(from_month IS NULL) = (cardinality(weekdays) = 0)",
            name=op.f("ck_waitlist_entry_weekdays"),
        ),
        sa.CheckConstraint(
            'num_nonnulls("on", from_month) = 1', name=op.f("ck_waitlist_entry_asks_for_one")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_waitlist_entry_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_waitlist_entry_family_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
    )
    with op.batch_alter_table("waitlist_entry", schema=None) as batch_op:
        batch_op.create_index("ix_waitlist_entry_child_id", ["child_id"], unique=False)
        batch_op.create_index("ix_waitlist_entry_family_id", ["family_id", "id"], unique=False)
        batch_op.create_index(
            "ix_waitlist_entry_live_on",
            ["on"],
            unique=False,
            postgresql_where="state IN ('waiting', 'paused')",
        )
        batch_op.create_index(
            "ix_waitlist_entry_renew",
            ["renew_at"],
            unique=False,
            postgresql_where="state = 'waiting'",
        )
        batch_op.create_index("ix_waitlist_entry_together_id", ["together_id"], unique=False)

    op.create_table(
        "waitlist_wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("preference", sa.SmallInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("slots", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint('("on" IS NULL) = (during IS NULL)', name=op.f("ck_waitlist_wish_stay")),
        sa.CheckConstraint(
            'num_nonnulls("on", from_on) = 1', name=op.f("ck_waitlist_wish_asks_for_one")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_waitlist_wish_child_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name=op.f("fk_waitlist_wish_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_wish_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_waitlist_wish_family_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waitlist_wish_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_wish")),
        sa.UniqueConstraint(
            "entry_id", "class_id", name=op.f("uq_waitlist_wish_entry_id_class_id")
        ),
    )
    with op.batch_alter_table("waitlist_wish", schema=None) as batch_op:
        batch_op.create_index(
            "ix_waitlist_wish_enrolments",
            ["class_id", "from_on", sa.literal_column("priority DESC"), "joined_at", "entry_id"],
            unique=False,
            postgresql_where=sa.text("live AND from_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_waitlist_wish_institution_id",
            ["institution_id"],
            unique=False,
            postgresql_where=sa.text("live"),
        )
        batch_op.create_index(
            "ix_waitlist_wish_queue",
            ["class_id", "on", sa.literal_column("priority DESC"), "joined_at", "entry_id"],
            unique=False,
            postgresql_where=sa.text('live AND "on" IS NOT NULL'),
        )

    op.create_table(
        "waitlist_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("stay_id", sa.BigInteger(), nullable=True),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=True),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("together_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offering_id", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("table_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("out_of_order_reason", sa.Text(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_waitlist_offer_state"),
        ),
        sa.CheckConstraint("made_at < ends_at", name=op.f("ck_waitlist_offer_lifetime")),
        sa.CheckConstraint(
            "num_nonnulls(stay_id, enrolment_id) = 1", name=op.f("ck_waitlist_offer_one_place")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_waitlist_offer_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name=op.f("fk_waitlist_offer_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_waitlist_offer_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_offer_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_waitlist_offer_family_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waitlist_offer_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_waitlist_offer_offering_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["waitlist_round.id"], name=op.f("fk_waitlist_offer_round_id")
        ),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_waitlist_offer_stay_id")),
        sa.ForeignKeyConstraint(
            ["table_id"], ["priority_table.id"], name=op.f("fk_waitlist_offer_table_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_offer")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_waitlist_offer_enrolment_id")),
        sa.UniqueConstraint("stay_id", name=op.f("uq_waitlist_offer_stay_id")),
    )
    with op.batch_alter_table("waitlist_offer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_waitlist_offer_child_open",
            ["child_id"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index("ix_waitlist_offer_entry_id", ["entry_id"], unique=False)
        batch_op.create_index("ix_waitlist_offer_family_id", ["family_id", "id"], unique=False)
        batch_op.create_index(
            "ix_waitlist_offer_institution", ["institution_id", "made_at"], unique=False
        )
        batch_op.create_index(
            "ix_waitlist_offer_open",
            ["ends_at"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index("ix_waitlist_offer_round_id", ["round_id"], unique=False)

    op.create_table(
        "waitlist_choice",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("preference", sa.SmallInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "preference BETWEEN 1 AND 5", name=op.f("ck_waitlist_choice_preference")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_choice_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["booking.id"], name=op.f("fk_waitlist_choice_granted_by")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waitlist_choice_institution_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "institution_id", name=op.f("pk_waitlist_choice")),
        sa.UniqueConstraint(
            "entry_id", "preference", name=op.f("uq_waitlist_choice_entry_id_preference")
        ),
        sa.UniqueConstraint("granted_by", name=op.f("uq_waitlist_choice_granted_by")),
    )
    with op.batch_alter_table("waitlist_choice", schema=None) as batch_op:
        batch_op.create_index("ix_waitlist_choice_institution_id", ["institution_id"], unique=False)

    op.create_table(
        "waitlist_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("offer_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_event_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_waitlist_event_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["waitlist_offer.id"], name=op.f("fk_waitlist_event_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["waitlist_round.id"], name=op.f("fk_waitlist_event_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_event")),
    )
    with op.batch_alter_table("waitlist_event", schema=None) as batch_op:
        batch_op.create_index("ix_waitlist_event_entry_id", ["entry_id", "id"], unique=False)
        batch_op.create_index(
            "ix_waitlist_event_institution_id", ["institution_id", "at"], unique=False
        )
        batch_op.create_index(
            "uq_waitlist_event_pass",
            ["round_id", "entry_id", "why"],
            unique=True,
            postgresql_where=sa.text("kind = 'passed-over'"),
        )

    with op.batch_alter_table("class_day", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("queued", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("round_id", sa.BigInteger(), nullable=True))

    _checks("enrolment", "state", "state IN ('offered', 'active', 'ended', 'refused')")
    _checks("stay", "source", "source IN ('booking', 'enrolment', 'offer')")
    op.create_check_constraint(
        op.f("ck_stay_offered"), "stay", "state <> 'offered' OR source = 'offer'"
    )
    # What is only offered does not stand in the way of where the child is, also once it has ended.
    _excludes("source <> 'offer'")


def _checks(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _excludes(condition: str) -> None:
    op.drop_constraint("ex_stay_child", "stay")
    op.create_exclude_constraint(
        "ex_stay_child",
        "stay",
        ("child_id", "="),
        ("holds", "&&"),
        using="gist",
        where=sa.text(condition),
    )


def downgrade() -> None:
    _excludes("state <> 'offered'")
    op.drop_constraint(op.f("ck_stay_offered"), "stay")
    _checks("stay", "source", "source IN ('booking', 'enrolment')")
    _checks("enrolment", "state", "state IN ('active', 'ended')")
    with op.batch_alter_table("class_day", schema=None) as batch_op:
        batch_op.drop_column("round_id")
        batch_op.drop_column("queued")

    with op.batch_alter_table("waitlist_event", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waitlist_event_pass", postgresql_where=sa.text("kind = 'passed-over'")
        )
        batch_op.drop_index("ix_waitlist_event_institution_id")
        batch_op.drop_index("ix_waitlist_event_entry_id")

    op.drop_table("waitlist_event")
    with op.batch_alter_table("waitlist_choice", schema=None) as batch_op:
        batch_op.drop_index("ix_waitlist_choice_institution_id")

    op.drop_table("waitlist_choice")
    with op.batch_alter_table("waitlist_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_waitlist_offer_round_id")
        batch_op.drop_index("ix_waitlist_offer_open", postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index("ix_waitlist_offer_institution")
        batch_op.drop_index("ix_waitlist_offer_family_id")
        batch_op.drop_index("ix_waitlist_offer_entry_id")
        batch_op.drop_index(
            "ix_waitlist_offer_child_open", postgresql_where=sa.text("state = 'open'")
        )

    op.drop_table("waitlist_offer")
    with op.batch_alter_table("waitlist_wish", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_waitlist_wish_queue", postgresql_where=sa.text('live AND "on" IS NOT NULL')
        )
        batch_op.drop_index("ix_waitlist_wish_institution_id", postgresql_where=sa.text("live"))
        batch_op.drop_index(
            "ix_waitlist_wish_enrolments", postgresql_where=sa.text("live AND from_on IS NOT NULL")
        )

    op.drop_table("waitlist_wish")
    with op.batch_alter_table("waitlist_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_waitlist_entry_together_id")
        batch_op.drop_index("ix_waitlist_entry_renew", postgresql_where="state = 'waiting'")
        batch_op.drop_index(
            "ix_waitlist_entry_live_on", postgresql_where="state IN ('waiting', 'paused')"
        )
        batch_op.drop_index("ix_waitlist_entry_family_id")
        batch_op.drop_index("ix_waitlist_entry_child_id")

    op.drop_table("waitlist_entry")
    with op.batch_alter_table("waitlist_bar", schema=None) as batch_op:
        batch_op.drop_index("ix_waitlist_bar_round_id")

    op.drop_table("waitlist_bar")
    with op.batch_alter_table("waitlist_round", schema=None) as batch_op:
        batch_op.drop_index("ix_waitlist_round_institution_id")

    op.drop_table("waitlist_round")
    with op.batch_alter_table("staff_invitation", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_invitation_institution_id")

    op.drop_table("staff_invitation")
    with op.batch_alter_table("priority_table", schema=None) as batch_op:
        batch_op.drop_index("ix_priority_table_in_force")

    op.drop_table("priority_table")
    with op.batch_alter_table("priority_proof", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_priority_proof_valid", postgresql_where=sa.text("withdrawn_at IS NULL")
        )

    op.drop_table("priority_proof")
