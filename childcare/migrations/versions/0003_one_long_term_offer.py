"""At most one open offer of a long-term place a child

Revision: 0003, after 0002. Fails, changing nothing, while a child has two: wait for their deadlines
(48 hours at most) or end one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_waitlist_offer_long_term",
        "waitlist_offer",
        ["child_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open' AND enrolment_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_waitlist_offer_long_term",
        table_name="waitlist_offer",
        postgresql_where=sa.text("state = 'open' AND enrolment_id IS NOT NULL"),
    )
