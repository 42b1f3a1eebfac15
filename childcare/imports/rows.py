"""The columns of a registry and what a cell of each may hold."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from childcare import writing
from childcare.geo import Datum, Point
from childcare.imports.problems import Unreadable
from childcare.institutions import Kind

_KINDS = {
    "幼儿园托班": Kind.KINDERGARTEN_CLASS,
    "社区嵌入式": Kind.COMMUNITY_EMBEDDED,
    "社会办": Kind.PRIVATE,
    "用人单位办托": Kind.EMPLOYER,
    "家庭托育点": Kind.HOME_SITE,
    "托育综合服务中心": Kind.HUB_CENTRE,
    "社区成长驿站": Kind.GROWTH_STATION,
} | {str(kind): kind for kind in Kind}
_YES = {"是", "普惠", "有", "yes", "y", "true", "1"}
_NO = {"否", "非普惠", "无", "no", "n", "false", "0"}
_DATUMS = {str(datum).replace("-", "").casefold(): datum for datum in Datum}
_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,18})?")
_AMOUNT = re.compile(r"\d{1,7}(\.\d{1,2})?")
_STARS = re.compile(r"([1-5])\s*(?:星级?|stars?)?")
# Country code, area code, extension; several numbers of one institution.
_PHONE = re.compile(r"\+?[\d(][\d ()-]{5,22}\d(?:\s*(?:转|ext\.?)\s*\d{1,6})?")
# The box of the published GCJ-02 algorithm.
_CHINA = (0.8293, 55.8271, 72.004, 137.8347)


@dataclass(frozen=True)
class RegistryRow:
    """One institution as the registry states it; position in WGS-84, `datum` as given."""

    line: int
    registration_no: str
    name: str
    kind: Kind
    inclusive: bool
    address: str
    district: str
    street: str
    point: Point
    datum: Datum
    phone: str
    places: int
    stars: int | None
    monthly_fee_fen: int | None


@dataclass(frozen=True)
class Column:
    """A column: its field, the Chinese heading that names it, other headings, how to read a cell.

    `read` raises `Unreadable`; an optional column may be absent and its cells empty.
    """

    field: str
    heading: str
    others: tuple[str, ...]
    read: Callable[[str], object]
    is_optional: bool = False


def key(heading: str) -> str:
    """A heading as it is compared: spaces, underscores, case and kinds of brackets are nothing."""
    return re.sub(r"[\s_]+", "", writing.fold(heading))


def _text(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        plain = " ".join("".join(char if char.isprintable() else " " for char in cell).split())
        if len(plain) > longest:
            raise Unreadable("too-long")
        return plain

    return read


def _registration_no(cell: str) -> str:
    return re.sub(r"\s+", "", _text(64)(writing.fold(cell).upper()))


def _kind(cell: str) -> Kind:
    found = _KINDS.get(writing.fold(cell).replace(" ", "_"))
    if found is None:
        raise Unreadable("unknown-kind")
    return found


def _yes_or_no(cell: str) -> bool:
    said = writing.fold(cell)
    if said not in _YES | _NO:
        raise Unreadable("not-yes-or-no")
    return said in _YES


def _number(cell: str) -> float:
    said = writing.fold(cell)
    if not _NUMBER.fullmatch(said):
        raise Unreadable("not-a-number")
    return float(said)


def _longitude(cell: str) -> float:
    degrees = _number(cell)
    if not -180 <= degrees <= 180:
        raise Unreadable("not-on-the-globe")
    return degrees


def _latitude(cell: str) -> float:
    degrees = _number(cell)
    if not -180 <= degrees <= 180:
        raise Unreadable("not-on-the-globe")
    return degrees


def _datum(cell: str) -> Datum:
    found = _DATUMS.get(re.sub(r"[\s_-]+", "", writing.fold(cell)))
    if found is None:
        raise Unreadable("unknown-datum")
    return found


def _phone(cell: str) -> str:
    plain = _text(80)(writing.fold(cell))
    numbers = re.split(r"\s*[/、;,]\s*", plain)
    if not all(_PHONE.fullmatch(number) for number in numbers):
        raise Unreadable("not-a-phone")
    return plain


def _places(cell: str) -> int:
    said = writing.fold(cell)
    if not re.fullmatch(r"\d{1,4}", said) or int(said) == 0:
        raise Unreadable("not-above-zero")
    return int(said)


def _stars(cell: str) -> int:
    found = _STARS.fullmatch(writing.fold(cell))
    if found is None:
        raise Unreadable("not-stars")
    return int(found[1])


def _fen(cell: str) -> int:
    said = re.sub(r"^[¥￥]|元$", "", writing.fold(cell)).replace(",", "").strip()
    if not _AMOUNT.fullmatch(said):
        raise Unreadable("not-an-amount")
    return int(Decimal(said) * 100)


COLUMNS = (
    Column("name", "机构名称", ("name", "institution name", "名称"), _text(120)),
    Column("kind", "机构类型", ("kind", "type", "类型"), _kind),
    Column(
        "registration_no",
        "备案编号",
        ("registration number", "registration no", "registration no.", "备案号"),
        _registration_no,
    ),
    Column("inclusive", "是否普惠", ("inclusive", "普惠"), _yes_or_no),
    Column("address", "地址", ("address",), _text(200)),
    Column("district", "区", ("district", "区县", "行政区"), _text(60)),
    Column("street", "街道", ("street", "subdistrict", "街道(乡镇)", "街乡"), _text(60)),
    Column("lng", "经度", ("longitude", "lng", "lon"), _longitude),
    Column("lat", "纬度", ("latitude", "lat"), _latitude),
    Column("datum", "坐标系", ("datum", "coordinate system"), _datum),
    Column("phone", "联系电话", ("phone", "telephone", "电话"), _phone),
    Column("places", "托位数", ("places", "托位"), _places),
    Column("stars", "星级", ("stars", "star rating"), _stars, is_optional=True),
    Column(
        "monthly_fee_fen",
        "月收费(元)",
        ("monthly fee in yuan", "monthly fee (yuan)", "monthly fee", "月收费"),
        _fen,
        is_optional=True,
    ),
)


def point(lat: float, lng: float, datum: Datum) -> Point:
    """The position a map of `datum` draws there. Raises `Unreadable` for places not in China."""
    south, north, west, east = _CHINA
    if not (south < lat < north and west < lng < east):
        is_swapped = south < lng < north and west < lat < east
        raise Unreadable("swapped" if is_swapped else "outside-china")
    return Point.drawn_in(datum, lat, lng)
