"""The first tables

Revision: 0001, after
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Whatever the code does: no statement raises `taken` above `capacity`. Opening a day is the one
# exception, and shows itself by a new `opened_at`.
GUARD = """
CREATE FUNCTION refuse_oversold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..48 LOOP
    IF NEW.taken[i] > OLD.taken[i] AND NEW.taken[i] > NEW.capacity[i] THEN
      RAISE EXCEPTION 'slot % is full', i
        USING ERRCODE = '23514', CONSTRAINT = 'ck_class_day_not_oversold';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER ck_class_day_not_oversold BEFORE UPDATE ON class_day FOR EACH ROW
  WHEN (OLD.opened_at = NEW.opened_at) EXECUTE FUNCTION refuse_oversold();
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_institution", ["institution_id", "at"], unique=False)
        batch_op.create_index("ix_audit_subject", ["subject", "subject_id", "at"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("runs_weekday", sa.SmallInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('working', 'weekend', 'public_holiday', 'makeup_workday')",
            name=op.f("ck_calendar_day_kind"),
        ),
        sa.CheckConstraint(
            "runs_weekday BETWEEN 1 AND 7", name=op.f("ck_calendar_day_runs_weekday")
        ),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "chat_update",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column(
            "answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_chat_update")),
    )
    with op.batch_alter_table("chat_update", schema=None) as batch_op:
        batch_op.create_index(
            "ix_chat_update_answer_due_at",
            ["answer_due_at"],
            unique=False,
            postgresql_where="answer_due_at IS NOT NULL",
        )
        batch_op.create_index("ix_chat_update_done_at", ["done_at"], unique=False)
        batch_op.create_index(
            "ix_chat_update_waiting",
            ["chat_id", "update_id"],
            unique=False,
            postgresql_where="done_at IS NULL",
        )

    op.create_table(
        "family",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
    )
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_created_at", ["created_at"], unique=False)

    op.create_table(
        "institution",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("registration_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("terms", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=False),
        sa.Column("datum_given", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=True),
        sa.Column("credit_grade", sa.Text(), nullable=False),
        sa.Column("health_adviser", sa.Text(), nullable=False),
        sa.Column("insured_until", sa.Date(), nullable=True),
        sa.Column("hub_id", sa.BigInteger(), nullable=True),
        sa.Column("what_to_bring", sa.Text(), nullable=False),
        sa.Column("what_to_bring_en", sa.Text(), server_default="", nullable=False),
        sa.Column("registered_places", sa.BigInteger(), nullable=True),
        sa.Column("monthly_fee_fen", sa.BigInteger(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180",
            name=op.f("ck_institution_position"),
        ),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_institution_stars")),
        sa.ForeignKeyConstraint(["hub_id"], ["institution.id"], name=op.f("fk_institution_hub_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("registration_no", name=op.f("uq_institution_registration_no")),
    )
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.create_index("ix_institution_position", ["lat", "lng"], unique=False)
        batch_op.create_index("ix_institution_street", ["district", "street"], unique=False)
        batch_op.create_index(
            "ix_institution_terms", ["terms"], unique=False, postgresql_using="gin"
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_waiting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_done", ["done_at"], unique=False, postgresql_where="done_at IS NOT NULL"
        )
        batch_op.create_index(
            "ix_outbox_due",
            ["urgency", "due_at"],
            unique=False,
            postgresql_where="done_at IS NULL AND failed_at IS NULL",
        )
        batch_op.create_index(
            "ix_outbox_leased",
            ["leased_until"],
            unique=False,
            postgresql_where="leased_until IS NOT NULL AND done_at IS NULL AND failed_at IS NULL",
        )
        batch_op.create_index(
            "ix_outbox_recipient",
            ["recipient_id", "done_at"],
            unique=False,
            postgresql_where="recipient_id IS NOT NULL",
        )

    op.create_table(
        "sign_in_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("attempts_elsewhere", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('sign-in', 'link')", name=op.f("ck_sign_in_code_purpose")),
        sa.CheckConstraint(
            "attempts <= 5 AND attempts_elsewhere <= 5", name=op.f("ck_sign_in_code_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
    )
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_code_address", ["address", "created_at"], unique=False)
        batch_op.create_index("ix_sign_in_code_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_sign_in_code_phone", ["phone", "created_at"], unique=False)

    op.create_table(
        "staff_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("locale IN ('zh', 'en')", name=op.f("ck_staff_member_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_member_username")),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("weeks_early", sa.SmallInteger(), nullable=False),
        sa.Column("allergies", sa.Text(), nullable=False),
        sa.Column("care_notes", sa.Text(), nullable=False),
        sa.Column("vaccinated_on", sa.Date(), nullable=True),
        sa.Column("health_checked_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("weeks_early BETWEEN 0 AND 18", name=op.f("ck_child_weeks_early")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_child_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
    )
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.create_index("ix_child_family_id", ["family_id"], unique=False)

    op.create_table(
        "class_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("from_months", sa.SmallInteger(), nullable=False),
        sa.Column("to_months", sa.SmallInteger(), nullable=False),
        sa.Column("ratio", sa.SmallInteger(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "band IN ('infant', 'toddler', 'older', 'mixed', 'home')",
            name=op.f("ck_class_group_band_known"),
        ),
        sa.CheckConstraint("0 < ratio", name=op.f("ck_class_group_ratio_positive")),
        sa.CheckConstraint("places BETWEEN 0 AND 20", name=op.f("ck_class_group_places")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_class_group_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_group")),
    )
    with op.batch_alter_table("class_group", schema=None) as batch_op:
        batch_op.create_index("ix_class_group_institution_id", ["institution_id"], unique=False)

    op.create_table(
        "dated_opening",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("opens", sa.SmallInteger(), nullable=False),
        sa.Column("closes", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "0 <= opens AND opens < closes AND closes <= 1440", name=op.f("ck_dated_opening_in_day")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_dated_opening_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_opening")),
        sa.UniqueConstraint(
            "institution_id", "on", name=op.f("uq_dated_opening_institution_id_on")
        ),
    )
    op.create_table(
        "fee_sheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("cancellation_tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_fee_sheet_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_sheet")),
        sa.UniqueConstraint(
            "institution_id", "version", name=op.f("uq_fee_sheet_institution_id_version")
        ),
    )
    op.create_table(
        "guardian",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("chat_blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=False),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=False),
        sa.Column("switches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("consent_version", sa.Text(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calendar_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("locale IN ('zh', 'en')", name=op.f("ck_guardian_locale")),
        sa.CheckConstraint("role IN ('guardian', 'relative')", name=op.f("ck_guardian_role")),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439",
            name=op.f("ck_guardian_quiet_hours"),
        ),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_guardian_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("calendar_hash", name=op.f("uq_guardian_calendar_hash")),
        sa.UniqueConstraint("phone", name=op.f("uq_guardian_phone")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_guardian_telegram_id")),
    )
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.create_index("ix_guardian_family_id", ["family_id"], unique=False)

    op.create_table(
        "quality_assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("max_score", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_quality_assessment_institution_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_assessment")),
    )
    with op.batch_alter_table("quality_assessment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_assessment_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "saved_place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180",
            name=op.f("ck_saved_place_position"),
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.id"], name=op.f("fk_saved_place_family_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_place")),
        sa.UniqueConstraint("family_id", "kind", name=op.f("uq_saved_place_family_id_kind")),
    )
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('director', 'front_desk', 'finance')", name=op.f("ck_staff_role_role")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_staff_role_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_role_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "institution_id", "role", name=op.f("pk_staff_role")),
    )
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.create_index("ix_staff_role_institution_id", ["institution_id"], unique=False)

    op.create_table(
        "weekly_hours",
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.SmallInteger(), nullable=False),
        sa.Column("closes", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= opens AND opens < closes AND closes <= 1440", name=op.f("ck_weekly_hours_in_day")
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_weekly_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_weekly_hours_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "weekday", name=op.f("pk_weekly_hours")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("starts", sa.SmallInteger(), nullable=True),
        sa.Column("ends", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(starts IS NULL) = (ends IS NULL) AND 0 <= starts AND starts < ends AND ends <= 1440",
            name=op.f("ck_absence_hours"),
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_absence_order")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_absence_child_id")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_absence_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(
            "ix_absence_child_days", ["child_id", "from_on", "to_on"], unique=False
        )
        batch_op.create_index("ix_absence_family_id", ["family_id"], unique=False)

    op.create_table(
        "account_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(guardian_id, staff_id) = 1", name=op.f("ck_account_session_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_account_session_guardian_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_account_session_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_session_token_hash")),
    )
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.create_index("ix_account_session_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_account_session_guardian_id", ["guardian_id"], unique=False)
        batch_op.create_index("ix_account_session_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "care_relation",
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_care_relation_child_id")),
        sa.PrimaryKeyConstraint("child_id", "institution_id", name=op.f("pk_care_relation")),
    )
    op.create_table(
        "chat_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_chat_code_guardian_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_chat_code_code_hash")),
    )
    with op.batch_alter_table("chat_code", schema=None) as batch_op:
        batch_op.create_index("ix_chat_code_guardian_id", ["guardian_id"], unique=False)

    op.create_table(
        "class_day",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("capacity", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("taken", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "array_dims(capacity) IS NOT DISTINCT FROM '[1:48]' AND array_position(capacity, NULL) IS NULL AND 0 <= ALL (capacity)",
            name=op.f("ck_class_day_capacity"),
        ),
        sa.CheckConstraint(
            "array_dims(taken) IS NOT DISTINCT FROM '[1:48]' AND array_position(taken, NULL) IS NULL AND 0 <= ALL (taken)",
            name=op.f("ck_class_day_taken"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name=op.f("fk_class_day_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_class_day_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_day")),
        sa.UniqueConstraint("class_id", "on", name=op.f("uq_class_day_class_id_on")),
        postgresql_with={"fillfactor": 50},
    )
    with op.batch_alter_table("class_day", schema=None) as batch_op:
        batch_op.create_index("ix_class_day_institution_on", ["institution_id", "on"], unique=False)

    op.create_table(
        "closure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_closure_order")),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_closure_class_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_closure_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    with op.batch_alter_table("closure", schema=None) as batch_op:
        batch_op.create_index(
            "ix_closure_institution_days", ["institution_id", "from_on", "to_on"], unique=False
        )

    op.create_table(
        "dated_shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("carer", sa.Text(), nullable=False),
        sa.Column("starts", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440", name=op.f("ck_dated_shift_in_day")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name=op.f("fk_dated_shift_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_shift")),
    )
    with op.batch_alter_table("dated_shift", schema=None) as batch_op:
        batch_op.create_index("ix_dated_shift_class_day", ["class_id", "on"], unique=False)

    op.create_table(
        "draft",
        sa.Column("guardian_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_draft_guardian_id")
        ),
        sa.PrimaryKeyConstraint("guardian_id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index("ix_draft_changed_at", ["changed_at"], unique=False)

    op.create_table(
        "offering",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fee_sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("day_part", sa.Text(), nullable=True),
        sa.Column("starts", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("shortest", sa.SmallInteger(), nullable=False),
        sa.Column("longest", sa.SmallInteger(), nullable=False),
        sa.Column("arrival_pauses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lead_minutes", sa.BigInteger(), nullable=False),
        sa.Column("horizon_days", sa.BigInteger(), nullable=False),
        sa.Column("approves_first_visit", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(unit = 'half_hour') = (day_part IS NULL)", name=op.f("ck_offering_day_part")
        ),
        sa.CheckConstraint(
            "0 < shortest AND shortest <= longest", name=op.f("ck_offering_lengths")
        ),
        sa.CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440 AND starts % 30 = 0 AND ends % 30 = 0",
            name=op.f("ck_offering_hours"),
        ),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_offering_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["fee_sheet_id"], ["fee_sheet.id"], name=op.f("fk_offering_fee_sheet_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_offering_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering")),
        sa.UniqueConstraint(
            "fee_sheet_id",
            "form",
            "unit",
            "day_part",
            name=op.f("uq_offering_fee_sheet_id_form_unit_day_part"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    with op.batch_alter_table("offering", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_offering_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "roster",
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_roster_class_id")),
        sa.PrimaryKeyConstraint("class_id", "on", name=op.f("pk_roster")),
    )
    op.create_table(
        "weekly_shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("carer", sa.Text(), nullable=False),
        sa.Column("starts", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440", name=op.f("ck_weekly_shift_in_day")
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_weekly_shift_weekday")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name=op.f("fk_weekly_shift_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_shift")),
    )
    with op.batch_alter_table("weekly_shift", schema=None) as batch_op:
        batch_op.create_index("ix_weekly_shift_class_id", ["class_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("day_part", sa.Text(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("starts", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("offering_id", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_enrolment_state")),
        sa.CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440", name=op.f("ck_enrolment_hours")
        ),
        sa.CheckConstraint("cardinality(weekdays) > 0", name=op.f("ck_enrolment_weekdays")),
        sa.CheckConstraint(
            "ends_on IS NULL OR from_on <= ends_on", name=op.f("ck_enrolment_order")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_enrolment_child_id")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_enrolment_family_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_enrolment_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_enrolment_offering_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("ix_enrolment_child_id", ["child_id"], unique=False)
        batch_op.create_index("ix_enrolment_family_id", ["family_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_enrolment_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "stay",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("holds", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("child_id"), "="),
            (sa.column("holds"), "&&"),
            where=sa.text("state <> 'offered'"),
            using="gist",
            name="ex_stay_child",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("child_id"), "="),
            (sa.column("holds"), "&&"),
            where=sa.text("state = 'offered'"),
            using="gist",
            name="ex_stay_offer",
        ),
        sa.CheckConstraint("source IN ('booking', 'enrolment')", name=op.f("ck_stay_source")),
        sa.CheckConstraint(
            "state IN ('offered', 'held', 'requested', 'expected', 'checked_in', 'completed', 'absent', 'cancelled', 'rejected', 'expired', 'no_show')",
            name=op.f("ck_stay_state"),
        ),
        sa.CheckConstraint("holds <@ during", name=op.f("ck_stay_holds_within")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_stay_child_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_stay_class_id")),
        sa.ForeignKeyConstraint(["day_id"], ["class_day.id"], name=op.f("fk_stay_day_id")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_stay_family_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_stay_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.create_index("ix_stay_day_id", ["day_id"], unique=False)
        batch_op.create_index(
            "ix_stay_enrolment",
            ["enrolment_id", "on"],
            unique=False,
            postgresql_where="enrolment_id IS NOT NULL",
        )
        batch_op.create_index("ix_stay_family_id", ["family_id", "on"], unique=False)
        batch_op.create_index("ix_stay_institution_on", ["institution_id", "on"], unique=False)

    op.create_table(
        "booking",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stay_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("offering_id", sa.BigInteger(), nullable=False),
        sa.Column("fee_sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("day_part", sa.Text(), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("price_parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("booked_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("grant_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_booking_fee_not_negative")),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_booking_price_not_negative")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_booking_child_id")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_booking_family_id")),
        sa.ForeignKeyConstraint(
            ["fee_sheet_id"], ["fee_sheet.id"], name=op.f("fk_booking_fee_sheet_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_booking_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_booking_offering_id")
        ),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_booking_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("code", name=op.f("uq_booking_code")),
        sa.UniqueConstraint("stay_id", name=op.f("uq_booking_stay_id")),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index(
            "ix_booking_child_institution", ["child_id", "institution_id"], unique=False
        )
        batch_op.create_index("ix_booking_family_id", ["family_id", "id"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_segment_order")),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_segment_class_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_segment_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_segment_class_days", ["class_id", "from_on", "until_on"], unique=False
        )
        batch_op.create_index("ix_segment_enrolment_id", ["enrolment_id"], unique=False)

    op.create_table(
        "stay_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stay_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_stay_event_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay_event")),
    )
    with op.batch_alter_table("stay_event", schema=None) as batch_op:
        batch_op.create_index("ix_stay_event_stay_id", ["stay_id", "id"], unique=False)

    op.execute(GUARD)


def downgrade() -> None:
    with op.batch_alter_table("stay_event", schema=None) as batch_op:
        batch_op.drop_index("ix_stay_event_stay_id")

    op.drop_table("stay_event")
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.drop_index("ix_segment_enrolment_id")
        batch_op.drop_index("ix_segment_class_days")

    op.drop_table("segment")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index("ix_booking_family_id")
        batch_op.drop_index("ix_booking_child_institution")

    op.drop_table("booking")
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.drop_index("ix_stay_institution_on")
        batch_op.drop_index("ix_stay_family_id")
        batch_op.drop_index("ix_stay_enrolment", postgresql_where="enrolment_id IS NOT NULL")
        batch_op.drop_index("ix_stay_day_id")

    op.drop_table("stay")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_institution_id"))
        batch_op.drop_index("ix_enrolment_family_id")
        batch_op.drop_index("ix_enrolment_child_id")

    op.drop_table("enrolment")
    with op.batch_alter_table("weekly_shift", schema=None) as batch_op:
        batch_op.drop_index("ix_weekly_shift_class_id")

    op.drop_table("weekly_shift")
    op.drop_table("roster")
    with op.batch_alter_table("offering", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offering_institution_id"))

    op.drop_table("offering")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index("ix_draft_changed_at")

    op.drop_table("draft")
    with op.batch_alter_table("dated_shift", schema=None) as batch_op:
        batch_op.drop_index("ix_dated_shift_class_day")

    op.drop_table("dated_shift")
    with op.batch_alter_table("closure", schema=None) as batch_op:
        batch_op.drop_index("ix_closure_institution_days")

    op.drop_table("closure")
    with op.batch_alter_table("class_day", schema=None) as batch_op:
        batch_op.drop_index("ix_class_day_institution_on")

    op.drop_table("class_day")
    with op.batch_alter_table("chat_code", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_code_guardian_id")

    op.drop_table("chat_code")
    op.drop_table("care_relation")
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.drop_index("ix_account_session_staff_id")
        batch_op.drop_index("ix_account_session_guardian_id")
        batch_op.drop_index("ix_account_session_expires_at")

    op.drop_table("account_session")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index("ix_absence_family_id")
        batch_op.drop_index("ix_absence_child_days")

    op.drop_table("absence")
    op.drop_table("weekly_hours")
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_role_institution_id")

    op.drop_table("staff_role")
    op.drop_table("saved_place")
    with op.batch_alter_table("quality_assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quality_assessment_institution_id"))

    op.drop_table("quality_assessment")
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.drop_index("ix_guardian_family_id")

    op.drop_table("guardian")
    op.drop_table("fee_sheet")
    op.drop_table("dated_opening")
    with op.batch_alter_table("class_group", schema=None) as batch_op:
        batch_op.drop_index("ix_class_group_institution_id")

    op.drop_table("class_group")
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.drop_index("ix_child_family_id")

    op.drop_table("child")
    op.drop_table("staff_member")
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_code_phone")
        batch_op.drop_index("ix_sign_in_code_created_at")
        batch_op.drop_index("ix_sign_in_code_address")

    op.drop_table("sign_in_code")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_recipient", postgresql_where="recipient_id IS NOT NULL")
        batch_op.drop_index(
            "ix_outbox_leased",
            postgresql_where="leased_until IS NOT NULL AND done_at IS NULL AND failed_at IS NULL",
        )
        batch_op.drop_index(
            "ix_outbox_due", postgresql_where="done_at IS NULL AND failed_at IS NULL"
        )
        batch_op.drop_index("ix_outbox_done", postgresql_where="done_at IS NOT NULL")

    op.drop_table("outbox")
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_index("ix_institution_terms", postgresql_using="gin")
        batch_op.drop_index("ix_institution_street")
        batch_op.drop_index("ix_institution_position")

    op.drop_table("institution")
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_created_at")

    op.drop_table("idempotency")
    op.drop_table("family")
    with op.batch_alter_table("chat_update", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_update_waiting", postgresql_where="done_at IS NULL")
        batch_op.drop_index("ix_chat_update_done_at")
        batch_op.drop_index(
            "ix_chat_update_answer_due_at", postgresql_where="answer_due_at IS NOT NULL"
        )

    op.drop_table("chat_update")
    op.drop_table("calendar_day")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject")
        batch_op.drop_index("ix_audit_institution")

    op.drop_table("audit")
    op.execute("DROP FUNCTION refuse_oversold()")
