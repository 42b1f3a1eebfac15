"""Instants, days and hours as the API writes them."""

from datetime import datetime

from childcare import clock


def instant(at: datetime) -> str:
    """RFC 3339 with the city's offset."""
    return clock.local(at).isoformat(timespec="seconds")


def maybe_instant(at: datetime | None) -> str | None:
    return instant(at) if at else None


def hhmm(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def maybe_hhmm(minutes: int | None) -> str | None:
    return None if minutes is None else hhmm(minutes)


def local_span(during: clock.Period) -> tuple[str, str]:
    """Start and end of a stay as local hours; the end of a day is 24:00."""
    lower, upper = clock.bounds(during)
    end = clock.local(upper).strftime("%H:%M")
    return clock.local(lower).strftime("%H:%M"), "24:00" if end == "00:00" else end
