"""What a browser calls itself, as its owner would: good enough to recognise a session by."""

import re

from childcare.i18n import gettext as _

# Most browsers claim to be several others; the first that fits is the truest.
BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
PROGRAM = re.compile(r"[A-Za-z][\w.+-]{0,30}")


def named(label: str) -> str:
    """``Chrome · Windows`` for a browser, the program's own name for anything else."""
    found = [
        next((name for mark, name in known if mark in label), "") for known in (BROWSERS, SYSTEMS)
    ]
    program = PROGRAM.match(label)
    plain = program[0] if program and not label.startswith("Mozilla/") else ""
    return " · ".join(filter(None, found)) or plain or _("Unknown device")
