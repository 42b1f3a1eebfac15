"""The database is what the migrations make of it, and that is what the models say."""

import contextlib
import io

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from childcare.app import MIGRATIONS, promoting

EXCLUDES = {
    "ex_stay_child": "EXCLUDE USING gist (child_id WITH =, holds WITH &&)"
    " WHERE ((source <> 'offer'::text))",
    "ex_stay_offer": "EXCLUDE USING gist (child_id WITH =, holds WITH &&)"
    " WHERE ((state = 'offered'::text))",
}
ARRAYS = {
    f"ck_class_day_{name}": f"CHECK (((NOT (array_dims({name}) IS DISTINCT FROM '[1:48]'::text))"
    f" AND (array_position({name}, NULL::smallint) IS NULL) AND (0 <= ALL ({name}))))"
    for name in ("capacity", "taken")
}
GUARD = (
    "CREATE TRIGGER ck_class_day_not_oversold BEFORE UPDATE ON public.class_day"
    " FOR EACH ROW WHEN ((old.opened_at = new.opened_at)) EXECUTE FUNCTION refuse_oversold()"
)


def scripts() -> ScriptDirectory:
    return ScriptDirectory(MIGRATIONS)


def column(statement: str) -> list[str]:
    with promoting() as session:
        return list(session.scalars(text(statement)))


def tables() -> list[str]:
    return column("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")


def test_the_revisions_are_one_line_with_one_head() -> None:
    [head] = scripts().get_heads()
    line = [revision.revision for revision in scripts().walk_revisions("base", head)]
    assert len(line) == len(list(scripts().walk_revisions()))


def test_a_migrated_database_equals_the_models(app: Flask) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        flask_migrate.check()


def test_a_column_that_no_migration_made_is_noticed(app: Flask) -> None:
    with promoting() as session:
        session.execute(text("ALTER TABLE stay DROP COLUMN reason"))
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit):
        flask_migrate.check()


def test_a_database_can_be_taken_down_and_built_again(app: Flask) -> None:
    before = tables()
    flask_migrate.downgrade(revision="base")
    assert tables() == ["alembic_version"]
    assert column("SELECT proname FROM pg_proc WHERE proname = 'refuse_oversold'") == []
    flask_migrate.upgrade()
    assert tables() == before
    with contextlib.redirect_stdout(io.StringIO()):
        flask_migrate.check()


@pytest.mark.parametrize("name", [*EXCLUDES, *ARRAYS])
def test_the_constraint_stands_in_the_database_as_it_is_written(app: Flask, name: str) -> None:
    ours = f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{name}'"  # noqa: S608 - our own names
    assert column(ours) == [{**EXCLUDES, **ARRAYS}[name]]


def test_the_trigger_stands_before_every_update_of_a_class_day(app: Flask) -> None:
    ours = (
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'ck_class_day_not_oversold'"
    )
    assert column(ours) == [GUARD]
