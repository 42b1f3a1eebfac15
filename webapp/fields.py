"""What a field of a request may be, stricter than Python would have it.

A boolean is no number, a date is a date and not a timestamp, and text is what PostgreSQL can store.
Bodies are JSON and keep its types; queries are text and are read from it.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from childcare import clock

MOST = 2**63 - 1  # PostgreSQL's bigint
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


class Body(BaseModel):
    """A JSON object; an unknown field is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Params(BaseModel):
    """A query or the parts of a path, all text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def wrong(reason: str) -> PydanticCustomError:
    """A fault with a reason that the catalogue has words for (``malformed.<reason>``)."""
    return PydanticCustomError("wrong", "{reason}", {"reason": reason})


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("wrong-type")
    if isinstance(value, float) and not value.is_integer():
        raise wrong("wrong-type")
    return int(value)


def _whole_text(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise wrong("wrong-type")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("wrong-type")
    return float(value)


def _number_text(value: Any) -> float:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise wrong("wrong-type")
    return float(value)


def _truth_text(value: Any) -> bool:
    if value not in ("true", "false"):
        raise wrong("wrong-type")
    return bool(value == "true")


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise wrong("not-a-date")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise wrong("not-a-date") from None


def _minutes(value: Any) -> int:
    try:
        return clock.parse_hhmm(value)
    except (ValueError, AttributeError):
        raise wrong("not-a-time") from None


def _storable(value: str) -> str:
    if "\0" in value:
        raise wrong("not-text")
    return value


def _said(value: str) -> str:
    if not value:
        raise wrong("required")
    return _storable(value)


HHMM = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_DATE_SCHEMA = {"type": "string", "format": "date", "examples": ["2026-12-01"]}
_TIME_SCHEMA = {"type": "string", "pattern": HHMM, "examples": ["14:00"]}

Whole = Annotated[int, BeforeValidator(_whole)]
Id = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST, examples=[1])]
Fen = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10_000_000, examples=[2400])]
Degrees = Annotated[float, BeforeValidator(_number)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema(_DATE_SCHEMA)]
Time = Annotated[int, BeforeValidator(_minutes), WithJsonSchema(_TIME_SCHEMA)]

TextId = Annotated[int, BeforeValidator(_whole_text), Field(ge=1, le=MOST)]
TextWhole = Annotated[int, BeforeValidator(_whole_text)]
TextDegrees = Annotated[float, BeforeValidator(_number_text)]
TextTruth = Annotated[bool, BeforeValidator(_truth_text)]


_TEXT = (AfterValidator(_storable), Field(json_schema_extra={"pattern": "^[^\\u0000]*$"}))
_SAID = (
    AfterValidator(_said),
    Field(min_length=1, json_schema_extra={"pattern": "^[^\\u0000]*\\S[^\\u0000]*$"}),
)
Line = Annotated[str, StringConstraints(min_length=1, max_length=80), *_TEXT]
Words = Annotated[str, StringConstraints(max_length=500), *_TEXT]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), *_SAID]
Notes = Annotated[str, StringConstraints(max_length=1000), *_TEXT]

ChildName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), *_SAID]
Weeks = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=18, examples=[0])]
Weekday = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=7)]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7)]


class ById(Params):
    """The id in a path."""

    id: TextId
