import pytest

from bot.understand import is_emergency


@pytest.mark.parametrize(
    "text",
    [
        "孩子发烧了",
        "發燒39度",
        "发 烧 了怎么办",
        "体温38.5",
        "３８．５度",
        "宝宝抽搐",
        "癲癇發作",
        "突然惊厥",
        "呼吸困难",
        "喘不上气",
        "嘴唇发紫",
        "噎住了",
        "误食了药",
        "中毒",
        "吞了一个硬币",
        "从床上摔下来",
        "烫伤",
        "流血不止",
        "叫不醒",
        "明天下午2点到5点，但是孩子有点发烧",
        "My baby has a FEVER",
        "he can't breathe",
        "he can’t breathe",
        "trouble breathing",
        "she's choking",
        "having a seizure",
        "convulsions",
        "she swallowed a coin",
        "poisoned",
        "he fell off the bed",
        "hit her head",
        "bleeding",
        "burned his hand",
        "unconscious",
    ],
)
def test_words_for_an_emergency_are_heard(text: str) -> None:
    assert is_emergency(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "明天下午2点到5点 双井附近",
        "tomorrow 9–12 near Jinsong",
        "breakfast included?",
        "a time that fits us",
        "autumn or fall",
        "呼家楼附近",
        "烧烤",
        "有热水吗",
        "怎么退款",
        "39.884, 116.461",
        "这个价格很合适",
    ],
)
def test_ordinary_lines_raise_no_alarm(text: str) -> None:
    assert not is_emergency(text)
