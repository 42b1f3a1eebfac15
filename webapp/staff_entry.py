"""Staff sign in by user name and password, through the API or at the panel's door alike.

Tries are counted by address and by (user name, address): whoever hammers somebody's name from
elsewhere slows only themselves, and no count ever locks an account.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import BadCredentials, StaffMember
from childcare.db import reading, transaction
from webapp import auth, limits
from webapp.limits import Rate

Entered = tuple[str, StaffMember]
T = TypeVar("T")


def enter(username: str, password: str, then: Callable[[Session, Entered], T]) -> T:
    """Sign a staff member in; `then` answers from the token and the member, in the transaction.

    Raises `BadCredentials`, `TooMany`, `Busy`.
    """
    limits.spend(Rate.STAFF, accounts.username_of(username))
    with reading() as session:
        known = accounts.credentials(session, username)
    # No transaction is open while the password is checked: that takes a tenth of a second.
    staff_id, password_hash = known or (0, None)
    if not accounts.is_password(password, password_hash) or password_hash is None:
        raise BadCredentials
    with transaction() as session:
        entered = accounts.open_staff_session(
            session,
            staff_id=staff_id,
            checked_hash=password_hash,
            label=auth.client_label(),
            address=auth.address(),
            now=clock.now(session),
        )
        return then(session, entered)
