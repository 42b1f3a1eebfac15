"""What is looked for and what is found."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from childcare.errors import Malformed
from childcare.geo import Point
from childcare.institutions import LONG_TERM, CareForm, DayPart, Kind

MOST_WALK_MINUTES = 60
MOST_ITEMS = 100
# Beyond these a date is a slip of the hand, and near year 1 and 9999 arithmetic ends.
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


def require_day(on: date) -> None:
    """Raises `Malformed` for a date nobody can mean."""
    if not EARLIEST <= on <= LATEST:
        raise Malformed("date", "out-of-range", least=str(EARLIEST), most=str(LATEST))


class Sort(StrEnum):
    DISTANCE = "distance"
    PRICE = "price"
    STARS = "stars"
    FREE = "free"
    NAME = "name"


class Places(StrEnum):
    """Whether institutions with nothing free are listed (with 0) or left out."""

    ANY = "any"
    FREE = "free"


@dataclass(frozen=True)
class Query:
    """Filters of a search; `start`, `end` in minutes of the day, `age_months` on the day of care.

    A span is `start` and `end`, or a `day_part`, on a day. Without a sort: nearest first, or by
    name where no position is given. Raises `Malformed` for what cannot be asked.
    """

    lat: float | None = None
    lng: float | None = None
    walk_minutes: int = 15
    q: str = ""
    district: str = ""
    street: str = ""
    kind: Kind | None = None
    inclusive: bool | None = None
    min_stars: int | None = None
    max_price_fen: int | None = None
    form: CareForm | None = None
    age_months: int | None = None
    on: date | None = None
    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None
    places: Places = Places.ANY
    sort: Sort | None = None
    limit: int = 20
    cursor: str = ""

    def __post_init__(self) -> None:
        self._check_place()
        self._check_span()
        for field in ("q", "district", "street"):
            if not is_storable(getattr(self, field)):
                raise Malformed(field, "not-text")
        if not 1 <= self.limit <= MOST_ITEMS:
            raise Malformed("limit", "out-of-range", least=1, most=MOST_ITEMS)
        is_placeless = self.sort is Sort.DISTANCE and self.lat is None
        if is_placeless or (self.sort is not None and not self.is_anchored):
            raise Malformed("sort", "needs-place")

    def _check_place(self) -> None:
        if (self.lat is None) != (self.lng is None):
            raise Malformed("lat" if self.lat is None else "lng", "required")
        if self.lat is not None and self.lng is not None:
            try:
                Point(self.lat, self.lng)
            except ValueError:
                raise Malformed("lat", "not-a-position") from None
        if not 1 <= self.walk_minutes <= MOST_WALK_MINUTES:
            raise Malformed("walk_minutes", "out-of-range", least=1, most=MOST_WALK_MINUTES)

    def _check_span(self) -> None:
        if self.on is not None:
            require_day(self.on)
        if (self.start is None) != (self.end is None):
            raise Malformed("start" if self.start is None else "end", "required")
        if self.has_span and self.on is None and self.form not in LONG_TERM:
            raise Malformed("date", "required")
        if self.start is not None and self.end is not None:
            self._check_hours(self.start, self.end)

    def _check_hours(self, start: int, end: int) -> None:
        if self.form in LONG_TERM:
            raise Malformed("start", "not-for-this-form")
        if self.day_part is not None:
            raise Malformed("start", "not-with-day-part")
        for field, minutes in (("start", start), ("end", end)):
            if minutes % 30 or not 0 <= minutes <= 1440:
                raise Malformed(field, "not-half-hour")
        if start >= end:
            raise Malformed("end", "not-after-start")

    @property
    def has_span(self) -> bool:
        return self.start is not None or self.day_part is not None

    @property
    def is_anchored(self) -> bool:
        """Whether something narrows the search, so that not every institution must be looked at."""
        return self.lat is not None or bool(self.q or self.district or self.street)


@dataclass(frozen=True)
class Found:
    """One institution found. Money in fen; what depends on a day, a position or a price not given
    is None. `price_unit` is what `price_fen` buys: `stay` for a wished span or day part, else
    `half_hour`, `stay` or `month`."""

    id: int
    name: str
    name_en: str
    kind: Kind
    inclusive: bool
    street: str
    address: str
    position: Point
    stars: int | None
    distance_m: int | None
    walk_minutes: int | None
    price_fen: int | None
    net_price_fen: int | None
    price_unit: str | None
    monthly_fee_fen: int | None
    free_places: int | None
    as_of: datetime


@dataclass(frozen=True)
class Page:
    items: tuple[Found, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the sort key, metres, id of its last item, and the sort it belongs to."""

    sort: str
    key: float | str
    metres: float
    id: int

    def text(self) -> str:
        row = json.dumps([self.sort, self.key, self.metres, self.id])
        return base64.urlsafe_b64encode(row.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str) -> "Cursor":
        """Raises `Malformed` for a text that is no cursor of this sort."""
        try:
            padded = text + "=" * (-len(text) % 4)
            given, key, metres, last = json.loads(base64.b64decode(padded, altchars=b"-_"))
            found = cls(str(given), key, float(metres), int(last))
        except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
            raise Malformed("cursor", "not-a-cursor") from None
        is_text = isinstance(key, str)
        if given != sort or is_text != (sort == Sort.NAME) or not _fits(found):
            raise Malformed("cursor", "not-a-cursor")
        return found


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can take a text: no NUL, nothing that is not Unicode."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _fits(cursor: Cursor) -> bool:
    """Whether the database can compare with it."""
    is_number = isinstance(cursor.key, int | float) and not isinstance(cursor.key, bool)
    is_text = isinstance(cursor.key, str) and is_storable(cursor.key)
    return (is_number or is_text) and 0 <= cursor.id < 2**63
