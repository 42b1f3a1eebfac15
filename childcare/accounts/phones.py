"""Phone numbers in one spelling, so that one phone is one person."""

import re
import unicodedata

from childcare.errors import Malformed

COUNTRY = "86"
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
INTERNATIONAL = re.compile(r"[1-9]\d{7,14}")
SEPARATORS = str.maketrans("", "", " -()\u00a0\u2010\u2011\u2013")
LONGEST = 32


def phone_number(text: str, *, field: str = "phone") -> str:
    """E.164 (``+8613800000001``) for what a person types or a chat service sends.

    Without a country code it is a Chinese mobile number. Raises `Malformed` for anything else.
    """
    if len(text) > LONGEST:
        raise Malformed(field, "not-a-phone")
    digits = unicodedata.normalize("NFKC", text).strip().translate(SEPARATORS)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise Malformed(field, "not-a-phone")
    has_country = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+").removeprefix("00")
    national = digits.removeprefix(COUNTRY)
    if (has_country is False or digits != national) and CHINESE_MOBILE.fullmatch(national):
        return f"+{COUNTRY}{national}"
    if not has_country or digits != national or not INTERNATIONAL.fullmatch(digits):
        raise Malformed(field, "not-a-phone")
    return f"+{digits}"
