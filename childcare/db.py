"""The database: models' base, the only commit of the project, locks, and lost races as errors."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NoReturn, TypeVar, cast

import psycopg
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from childcare import freed
from childcare.errors import Busy, DomainError, NotFound, Unavailable, from_constraint

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# How long anybody waits for a row another holds, how long one statement may run, and how long the
# locks of a program that vanished in the middle of a transaction are kept.
CONNECTION_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=3s -c statement_timeout=15s"
    " -c idle_in_transaction_session_timeout=15s"
)
# The server ends a statement before this; if it says nothing even then, the link to it is dead.
SILENCE_SECONDS = 18.0

LOCK_NOT_AVAILABLE, QUERY_CANCELED, DEADLOCK = "55P03", "57014", "40P01"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        int: BigInteger,
    }


class Identified(Base):
    """A record with an integer id, which is how `lock` orders rows."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, sort_order=-1)


db = SQLAlchemy(metadata=Base.metadata)

Record = TypeVar("Record", bound=Identified)
T = TypeVar("T")


class Connection(psycopg.Connection[Any]):
    """A connection that is given up when its server has fallen silent, instead of waited for."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Raises OperationalError, closed, after `SILENCE_SECONDS` without an answer."""
        try:
            return super().wait(gen, interval, SILENCE_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer may still come, to whoever asks next.
                self.close()
            raise


class Deadlock(Busy):
    """Two transactions waited for each other; PostgreSQL ended this one. `act` repeats it."""


class Stale(Deadlock):
    """What was read before the locks has changed since. `act` repeats it, as a deadlock."""


class NotPromoted(RuntimeError):
    """A program's fault: places were freed outside `app.act`, and nobody who waits was asked."""


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: everything inside is committed together, or nothing is.

    Needs an application context. Raises `DomainError` for refusals, including those of the
    database's own constraints.
    """
    with _unit(db.session()) as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A look at the records, read-only in PostgreSQL itself. Needs an application context."""
    session = db.session()
    with _unit(session, postgresql_readonly=True):
        yield session


@contextmanager
def _unit(session: Session, **options: bool) -> Iterator[Session]:
    """The only place that commits. A look is committed too: a rollback would make the driver
    forget the statements that it has prepared on the connection."""
    try:
        if options:
            session.connection(execution_options=options)
        session.info["now"] = current_app.extensions["clock"](session)
        yield session
        if freed.take_all(session):
            raise NotPromoted
        session.commit()
    except DBAPIError as problem:
        session.rollback()
        raise_domain_error(problem)
    except BaseException:
        session.rollback()
        raise
    finally:
        db.session.remove()


def raise_domain_error(problem: DBAPIError) -> NoReturn:
    """Turn a refusal of the database into the domain's, or raise it as it was."""
    refusal = domain_error(problem)
    if refusal is None:
        raise problem
    raise refusal from problem


def domain_error(problem: DBAPIError) -> DomainError | None:
    state = getattr(problem.orig, "sqlstate", None)
    if state == DEADLOCK:
        return Deadlock()
    if state in (LOCK_NOT_AVAILABLE, QUERY_CANCELED):
        return Busy()
    if problem.connection_invalidated or (state or "08").startswith(("08", "57P", "53")):
        return Unavailable()
    diagnosis = getattr(problem.orig, "diag", None)
    return from_constraint(getattr(diagnosis, "constraint_name", None))


def table(kind: type[Base]) -> Table:
    """A record's table, for the few hot statements that go round the ORM."""
    return cast(Table, kind.__table__)


def lock(session: Session, kind: type[Record], ids: Iterable[int]) -> list[Record]:
    """Lock rows late and in id order, and read them as they are after the lock.

    FOR NO KEY UPDATE: readers and foreign keys are not held up. Waits at most 3 s, then `Busy`.
    Ids that do not exist are left out.
    """
    wanted = sorted(set(ids))
    return list(session.scalars(_locking(kind), {"ids": wanted})) if wanted else []


@cache
def _locking(kind: type[Record]) -> Select[Record]:
    return (
        select(kind)
        .where(kind.id.in_(bindparam("ids", expanding=True)))
        .order_by(kind.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def one(session: Session, query: Select[T]) -> T:
    """The one row a query names. Raises `NotFound` when there is none."""
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def engine_options(database_url: str, pool_size: int) -> dict[str, Any]:
    def connect() -> Connection:
        return Connection.connect(database_url, options=CONNECTION_OPTIONS, connect_timeout=5)

    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 5,
        "pool_pre_ping": True,
        "creator": connect,
    }
