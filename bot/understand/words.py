"""The word lists of `words.toml`, read once."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import cast

_TABLES = cast(
    Mapping[str, Mapping[str, Sequence[str]]],
    tomllib.loads(resources.files("bot.understand").joinpath("words.toml").read_text("utf-8")),
)


def table(name: str) -> Mapping[str, Sequence[str]]:
    """The lists of one table, in the order of the file."""
    return _TABLES[name]


def any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(expressions))
