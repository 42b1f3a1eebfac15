"""Words for fever, seizure, trouble breathing, injury or poisoning.

The bot reads no symptoms: such a text gets the emergency block before anything else. Once too often
does no harm, once too seldom may.
"""

import re

from bot.understand import words
from childcare import writing

_CHINESE = words.any_of(words.table("emergency")["zh"])
_ENGLISH = re.compile(rf"\b(?:{'|'.join(words.table('emergency')['en'])})\b")
# People under stress put spaces anywhere: 发 烧.
_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def is_emergency(text: str) -> bool:
    """Whether a text holds words for fever, seizure, trouble breathing, injury or poisoning."""
    folded = writing.fold(text)
    return bool(_CHINESE.search(_GAP.sub("", folded)) or _ENGLISH.search(folded))
