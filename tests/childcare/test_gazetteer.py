import pytest
from hypothesis import given
from hypothesis import strategies as st

from childcare import geo


def names(text: str, among: geo.Gazetteer | None = None) -> list[str]:
    return [place.zh for place in geo.places_like(text, among or geo.gazetteer())]


@pytest.mark.parametrize(
    "text",
    [
        "劲松",
        "勁松",
        "劲松附近",
        "明天下午去劲松街道办事处旁边",
        "劲松地铁站",
        "Jinsong",
        "JINSONG",
        "jin song",
        "ｊｉｎｓｏｎｇ",
        "near Jinsong, please",
        "js",
        "JS",
        "near js",
        "明天上午 js",
    ],
)
def test_jinsong_is_found_however_it_is_written(text: str) -> None:
    assert names(text) == ["劲松"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("望京西附近", "望京西"),
        ("Wangjing West", "望京西"),
        ("望京附近", "望京"),
        ("asian games village", "亚运村"),
        ("yayuncun", "亚运村"),
        ("太古里", "三里屯"),
        ("來廣營", "来广营"),
        ("chao yang gong yuan", "朝阳公园"),
        ("chaoyang park", "朝阳公园"),
        ("dfbq", "东风北桥"),
    ],
)
def test_the_longest_name_wins_and_every_kind_of_name_counts(text: str, place: str) -> None:
    assert names(text) == [place]


def test_two_places_in_one_sentence_are_both_candidates() -> None:
    assert names("双井或者劲松") == ["双井", "劲松"]


def test_initials_shared_by_two_places_name_both() -> None:
    assert names("near ft") == ["阜通", "垡头"]


@pytest.mark.parametrize(
    "text", ["", "  ", "西单", "hm, tomorrow", "gm!", "Jinsongyuan", "朝阳", "三里", "a" * 5000]
)
def test_what_names_no_place_finds_none(text: str) -> None:
    assert names(text) == []


def test_a_citys_own_streets_join_the_places_and_repeat_none() -> None:
    rows = geo.read_rows(
        "zh,en,pinyin,kind,lat,lng,street,aliases\n"
        "华威里,Huaweili,hua wei li,street,39.876,116.459,潘家园,\n"
        "劲松,Jinsong,jin song,street,39.884,116.461,劲松,\n"
        "双井,,shuang jing,street,38.0,114.5,双井,\n"
    )
    larger = geo.gazetteer().with_rows(rows)
    assert names("华威里附近", larger) == ["华威里"]
    assert names("hwl", larger) == ["华威里"]
    assert names("劲松", larger) == ["劲松"]
    assert names("双井", larger) == ["双井", "双井"]  # two towns, one name: ask
    assert names("华威里") == []


def test_a_row_with_a_position_off_the_globe_is_refused() -> None:
    with pytest.raises(ValueError, match="not a position"):
        geo.gazetteer().with_rows([{"zh": "某地", "lat": "116.4", "lng": "39.9"}])


def test_every_place_of_the_product_is_found_by_each_of_its_names_and_lies_in_the_city() -> None:
    for place in geo.gazetteer().places:
        for name in place.names():
            assert place in geo.places_like(name, geo.gazetteer())
        assert 39.8 < place.point.lat < 40.1
        assert 116.3 < place.point.lng < 116.7


@given(st.text(max_size=60))
def test_no_text_upsets_the_search_for_places(text: str) -> None:
    for mention in geo.gazetteer().mentions(text):
        assert mention.places
        assert mention.start < mention.end
