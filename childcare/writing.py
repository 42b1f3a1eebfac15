"""How people write: folding widths, case and traditional characters, and Chinese numerals.

Everything a parent types is folded once before it is read, so that no reader of dates, places or
names has to know of fullwidth digits, capitals or 雙井.
"""

import re
import unicodedata

# Only characters that occur in dates, times, places and calls for help: not a converter.
_TRADITIONAL = str.maketrans(
    "點號後禮個時開歲兩鐘週間從過麼還這裡裏東馬雙團國貿農學園廣營壩頭莊鎮區橋館運樓棗勁紅廟來亞奧麥風陽緊現給寶託"
    "幾燒發熱驚厥癲癇難嗆傷燙暈誤藥嚨氣溫體臨預約訂換請幫媽爺離碼電話語單會員詢曆閏臘應沒腦醫斷灘撲撞噎鎖陰舊聖誕節",
    "点号后礼个时开岁两钟周间从过么还这里里东马双团国贸农学园广营坝头庄镇区桥馆运楼枣劲红庙来亚奥麦风阳紧现给宝托"
    "几烧发热惊厥癫痫难呛伤烫晕误药咙气温体临预约订换请帮妈爷离码电话语单会员询历闰腊应没脑医断滩扑撞噎锁阴旧圣诞节",
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ODD_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─ー～〜﹣~", "-") | dict.fromkeys("“”‘’", "'"))

NUMERAL = "[零〇一二两三四五六七八九十百]"


def fold(text: str) -> str:
    """The text with one width, one case, one kind of dash and simplified characters."""
    # NFKC turns the full stop of a fullwidth time (：) and circled digits into plain ones.
    plain = unicodedata.normalize("NFKC", text.translate(_ODD_DASHES)).casefold()
    plain = plain.translate(_ODD_DASHES).translate(_TRADITIONAL)
    return re.sub(r"\s+", " ", plain).strip()


def number(numeral: str) -> int | None:
    """The value of 三, 十二, 一百零二 or, digit by digit, 二〇二五 (0-9999); None if it is none."""
    if not numeral or len(numeral) > 7:
        return None
    if all(char in _DIGITS for char in numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral)) if len(numeral) <= 4 else None
    found = re.fullmatch(
        r"(?:(?P<hundreds>[一二两三四五六七八九])百零?)?"
        r"(?:(?P<tens>[一二三四五六七八九]?)(?P<ten>十))?(?P<ones>[一二三四五六七八九]?)",
        numeral,
    )
    if found is None:
        return None
    hundreds = _DIGITS[found["hundreds"]] if found["hundreds"] else 0
    tens = (_DIGITS[found["tens"]] if found["tens"] else 1) if found["ten"] else 0
    ones = _DIGITS[found["ones"]] if found["ones"] else 0
    return hundreds * 100 + tens * 10 + ones


def arabic(text: str, units: str) -> str:
    """`text` with each Chinese numeral that stands before one of `units` (a regex) as digits.

    A numeral elsewhere is part of a name (三里屯, 十里河) and stays.
    """

    def digits(match: re.Match[str]) -> str:
        value = number(match[0])
        return match[0] if value is None else str(value)

    return re.sub(rf"{NUMERAL}+(?=\s*(?:{units}))", digits, text)
