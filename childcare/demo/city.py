"""Where the sample city's institutions stand and what they are: 40 over 20 neighbourhoods.

The mix is Beijing's (60 % of places in kindergarten classes and community-embedded sites); every
name is made up.
"""

from dataclasses import dataclass
from enum import StrEnum

from childcare.institutions import Kind


class Make(StrEnum):
    """A kind of institution as the sample builds it; `model` is shaped after one in Jinsong."""

    MODEL = "model"
    KINDERGARTEN = "kindergarten"
    COMMUNITY = "community"
    INCLUSIVE = "inclusive"
    MARKET = "market"
    EMPLOYER = "employer"
    HOME = "home"
    HUB = "hub"
    STATION = "station"


KINDS = {
    Make.MODEL: Kind.COMMUNITY_EMBEDDED,
    Make.KINDERGARTEN: Kind.KINDERGARTEN_CLASS,
    Make.COMMUNITY: Kind.COMMUNITY_EMBEDDED,
    Make.INCLUSIVE: Kind.PRIVATE,
    Make.MARKET: Kind.PRIVATE,
    Make.EMPLOYER: Kind.EMPLOYER,
    Make.HOME: Kind.HOME_SITE,
    Make.HUB: Kind.HUB_CENTRE,
    Make.STATION: Kind.GROWTH_STATION,
}

_K, _C, _I = Make.KINDERGARTEN, Make.COMMUNITY, Make.INCLUSIVE
NEIGHBOURHOODS: dict[str, tuple[Make, ...]] = {
    "望京": (Make.HUB, _K, _C, Make.EMPLOYER),
    "劲松": (Make.MODEL, Make.STATION, Make.HOME, _K, _I),
    "双井": (_C, _I, _K),
    "潘家园": (_C, _K, _I),
    "十里河": (_K, _C),
    "红庙": (_K, Make.MARKET),
    "六里屯": (_K, _C),
    "团结湖": (_K, Make.HOME),
    "呼家楼": (_K,),
    "三里屯": (Make.MARKET, _K),
    "麦子店": (Make.MARKET,),
    "酒仙桥": (_K, _C),
    "亚运村": (_K, _I),
    "大屯": (_K,),
    "奥运村": (_K,),
    "常营": (_K, _C),
    "管庄": (_K, _I),
    "和平街": (_C,),
    "左家庄": (_I,),
    "国贸": (Make.EMPLOYER,),
}


@dataclass(frozen=True)
class Stem:
    zh: str
    en: str


STEMS = tuple(
    Stem(*pair.split("|"))
    for pair in (
        "云朵|Cloud",
        "星星河|Star River",
        "青禾|Green Sprout",
        "晨光|Morning Light",
        "小橡果|Little Acorn",
        "蒲公英|Dandelion",
        "小石榴|Pomegranate",
        "小水滴|Water Drop",
        "暖阳|Warm Sun",
        "彩虹桥|Rainbow Bridge",
        "小蘑菇|Mushroom",
        "萤火虫|Firefly",
        "白桦|Birch",
        "小帆船|Little Sail",
        "山楂树|Hawthorn",
        "小蜗牛|Little Snail",
        "向日葵|Sunflower",
        "小海豚|Dolphin",
        "风筝|Kite",
        "木棉|Kapok",
        "小鲸鱼|Little Whale",
        "豆芽|Bean Sprout",
        "小松鼠|Squirrel",
        "青苹果|Green Apple",
        "小脚丫|Little Feet",
        "百灵|Skylark",
        "麦田|Wheat Field",
        "小刺猬|Hedgehog",
        "银杏|Ginkgo",
        "月牙|Crescent Moon",
        "小熊|Little Bear",
        "四季|Four Seasons",
        "竹蜻蜓|Bamboo Dragonfly",
        "小浣熊|Raccoon",
        "海棠|Crabapple",
        "雨点|Raindrop",
        "小鹿|Little Deer",
        "糖葫芦|Candied Hawthorn",
        "小燕子|Swallow",
        "棉花糖|Marshmallow",
    )
)

ENDINGS = {
    Make.MODEL: ("社区托育园", "Community Nursery"),
    Make.KINDERGARTEN: ("幼儿园托班", "Kindergarten Nursery Class"),
    Make.COMMUNITY: ("社区托育园", "Community Nursery"),
    Make.INCLUSIVE: ("普惠托育中心", "Nursery"),
    Make.MARKET: ("国际托育中心", "International Nursery"),
    Make.EMPLOYER: ("职工托育园", "Workplace Nursery"),
    Make.HOME: ("家庭托育点", "Home Care"),
    Make.HUB: ("托育综合服务中心", "Childcare Hub"),
    Make.STATION: ("社区成长驿站", "Growth Station"),
}


@dataclass(frozen=True)
class Room:
    """A class to build: its band, places and carers."""

    band: str
    places: int
    carers: int


# (band, places) of each make; carers follow from the ratio, save where sources name them.
ROOMS: dict[Make, tuple[Room, ...]] = {
    # 50 places and 10 carers, as published of Jinsong; the split is the product's own guess.
    Make.MODEL: (
        Room("infant", 6, 2),
        Room("toddler", 15, 3),
        Room("older", 14, 2),
        Room("older", 15, 3),
    ),
    Make.KINDERGARTEN: (Room("older", 14, 2),),
    Make.COMMUNITY: (Room("toddler", 10, 2), Room("older", 14, 2)),
    Make.INCLUSIVE: (Room("infant", 6, 2), Room("toddler", 10, 2)),
    Make.MARKET: (Room("infant", 6, 2), Room("toddler", 10, 2), Room("older", 14, 2)),
    Make.EMPLOYER: (Room("toddler", 10, 2),),
    Make.HOME: (Room("home", 5, 2),),
    Make.HUB: (Room("infant", 6, 2), Room("toddler", 15, 3), Room("mixed", 15, 3)),
    Make.STATION: (Room("mixed", 10, 2), Room("toddler", 5, 1)),
}
BAND_NAMES = {
    "infant": ("乳儿班", "Infants"),
    "toddler": ("托小班", "Toddlers"),
    "older": ("托大班", "Older class"),
    "mixed": ("混龄班", "Mixed ages"),
    "home": ("家庭班", "Home group"),
}
