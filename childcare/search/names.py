"""Names as people look for them: any characters of 小小松果, songguo, sg, or part of the English.

`Institution.terms` holds what the GIN index finds: one- and two-character grams of Chinese, three-
letter grams of pinyin and English, initials. Its first element is every spelling in one text, by
which what the index found is checked again. Writing them needs pypinyin (`search.terms`), reading
does not.
"""

import re

from childcare import writing

_TOKEN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


def folded(text: str) -> str:
    """The text as it is compared: one width, one case, simplified; ü as keyboards write it."""
    return writing.fold(text).replace("ü", "v")


def tokens(text: str) -> list[str]:
    """The runs of Chinese and of Latin letters in a text; a name must hold every one."""
    return list(dict.fromkeys(_TOKEN.findall(folded(text))))


def grams(token: str) -> list[str]:
    """What the terms of every name holding `token` contain; one or two letters are initials."""
    size = 2 if token[0] >= "\u3400" else 3
    if len(token) <= size:
        return [token]
    return [token[at : at + size] for at in range(len(token) - size + 1)]
