"""Alembic's entry: migrates the database of the current app, one migrator at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# Importing the subjects makes their tables known to the metadata.
from childcare import (
    accounts,
    chat_updates,
    drafts,
    enrolments,
    idempotency,
    planning,
)
from childcare.db import Base, db

SUBJECTS = (accounts, chat_updates, drafts, enrolments, idempotency, planning)
# Two releases started at once must not migrate at once; any number of our own will do.
ADVISORY_LOCK = 7_051_019


def run() -> None:
    """Apply the revisions in one transaction each, giving up rather than queueing behind a lock."""
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


run()
