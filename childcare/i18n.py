"""Words for people, in Chinese and English.

The source text is English; ``locale/zh_Hans/*.po`` holds the Chinese, one file per front end so
that each stands beside what it serves. Error codes are the msgids of ``errors.po`` in both
languages. The files are read directly: a few hundred entries take a few milliseconds once, and no
compiled copy can be stale.

The edge (view, bot adapter, delivery) says whom it speaks to: ``with speaking("zh"): …``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.pofile import read_po

from childcare import clock
from childcare.errors import DomainError, Fact

Tongue = Literal["zh", "en"]
TONGUES: tuple[Tongue, ...] = ("zh", "en")
FOLDERS: Mapping[Tongue, str] = {"zh": "zh_Hans", "en": "en"}

_tongue: ContextVar[Tongue] = ContextVar("tongue", default="zh")


@contextmanager
def speaking(tongue: Tongue) -> Iterator[None]:
    token = _tongue.set(tongue)
    try:
        yield
    finally:
        _tongue.reset(token)


def tongue() -> Tongue:
    return _tongue.get()


def best_tongue(wanted: str | None) -> Tongue:
    """The language to answer in for an Accept-Language header or a Telegram language code.

    Every Chinese (zh, zh-TW, zh_hans, yue) is served in Chinese; nothing said means Chinese.
    """
    for part in (wanted or "").lower().replace("_", "-").split(","):
        code = part.split(";")[0].strip()
        if code.startswith(("zh", "yue")):
            return "zh"
        if code.startswith("en"):
            return "en"
    return "en" if wanted else "zh"


@cache
def catalogue(spoken: Tongue) -> Mapping[str, str | tuple[str, ...]]:
    """Every translated message of a language: msgid → text, or plural forms."""
    entries: dict[str, str | tuple[str, ...]] = {}
    folder = files("childcare") / "locale" / FOLDERS[spoken]
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not source.name.endswith(".po"):
            continue
        with source.open("rb") as text:
            for message in read_po(text, locale=FOLDERS[spoken]):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    entries[key] = cast("str | tuple[str, ...]", message.string)
    return entries


def gettext(source: str, **facts: object) -> str:
    """`source` in the language being spoken, with ``{fact}`` filled in."""
    said = catalogue(_tongue.get()).get(source, source)
    text = said if isinstance(said, str) else said[-1]
    return text.format(**facts) if facts else text


def ngettext(one: str, many: str, count: int, **facts: object) -> str:
    """The form for `count`, which is also the fact ``{count}``."""
    said = catalogue(_tongue.get()).get(one)
    forms = said if isinstance(said, tuple) else (one, many)
    text = forms[0] if count == 1 or len(forms) == 1 else forms[-1]
    return text.format(count=count, **facts)


_ = gettext


def sentence(error: DomainError) -> str:
    """What to tell a person about a refusal, in the language being spoken."""
    entries = catalogue(_tongue.get())
    # A refusal with a reason (or for a state) may have words of its own for it: no-place.full.
    variant = error.facts.get("reason") or error.facts.get("state")
    said = entries.get(f"{error.code}.{variant}") or entries.get(error.code, error.code)
    text = said if isinstance(said, str) else said[-1]
    return text.format_map(_Shown({name: _shown(name, fact) for name, fact in error.facts.items()}))


class _Shown(dict[str, str]):
    """A fact that this refusal does not carry leaves a gap rather than an error page."""

    def __missing__(self, name: str) -> str:
        return ""


def _shown(name: str, fact: Fact) -> str:
    match fact:
        case int() if name.endswith("_fen"):
            return yuan(fact)
        case datetime():
            return moment(fact)
        case date():
            return day(fact)
        case None:
            return ""
        case _:
            return str(fact)


def _locale() -> Locale:
    return Locale.parse(FOLDERS[_tongue.get()])


def day(on: date) -> str:
    """``12月3日 周四`` or ``Thu 3 Dec``."""
    pattern = "M月d日 EEE" if _tongue.get() == "zh" else "EEE d MMM"
    return format_date(on, pattern, locale=_locale())


def month(on: date) -> str:
    return format_skeleton("yMMMM", on, locale=_locale())


def hour(instant: datetime) -> str:
    return clock.local(instant).strftime("%H:%M")


def moment(instant: datetime) -> str:
    """A day and an hour, local."""
    return f"{day(clock.today(instant))} {hour(instant)}"


def hours(during: clock.Period) -> str:
    """``14:00-17:00`` with an en dash, local; midnight at the end is 24:00."""
    lower, upper = clock.bounds(during)
    end = hour(upper)
    return f"{hour(lower)}–{'24:00' if end == '00:00' else end}"


def yuan(fen: int) -> str:
    """``¥45`` or ``¥45.50``: integer fen as people write money."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{whole:,}" + (f".{rest:02d}" if rest else "")
