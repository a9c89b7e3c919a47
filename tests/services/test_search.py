"""What residents type, and the service that must come first. Read from the real catalogue, without a database."""

import pytest

from haimengyuan.demo.texts import UNMET
from haimengyuan.reference.rows import read
from services.search import fold, make_terms, search

# typed, codes that must come first (several: in any order), by kind of typing
FIRST_HITS = {
    # the name or another word for it
    "理发": ["I04"], "头发": ["I04"], "剃头": ["I04"], "低保": ["A09"], "五保户": ["A10"], "狗证": ["K05"],
    "电梯坏了": ["L08"], "量血压": ["E03"], "血糖高": ["E03"], "马桶堵了": ["I02"], "暖气不热": ["I08"],
    "换灯泡": ["I01"], "水管爆了": ["N07"], "开锁": ["I07"], "准生证": ["A08"], "暂住证": ["A06"],
    "公租房": ["A12"], "残疾证": ["D01"], "轮椅": ["D03"], "送饭": ["B02"], "陪看病": ["B09"],
    "心里难受": ["B10"], "家暴": ["H07"], "骗子电话": ["L04"], "被骗了": ["L04"], "挪车": ["L09"],
    "路灯不亮": ["K06"], "打预防针": ["C08"], "失业金": ["G01"], "党费": ["P04"], "想入党": ["P05"],
    "打印": ["M05"], "取快递": ["M06"], "旧衣服": ["Q05"], "看电影": ["J06"], "跳舞": ["J03"],
    "吵架": ["H01", "H03"], "楼上太吵": ["H01", "H09"], "借轮椅": ["D03", "N05"],
    # a whole sentence around it, something between, a state instead of a matter
    "我家的马桶堵了怎么办": ["I02"], "申请低保怎么办": ["A09"], "我想理发": ["I04"], "剪个头": ["I04"],
    "理头发": ["I04"], "办个狗证": ["K05"], "灯坏了": ["I01"], "我家灯不亮了": ["I01"], "孩子作业": ["C01"],
    "手机不会用": ["M01", "A04"], "楼道灯": ["K06"], "老人摔倒": ["B07"], "查血压": ["E03"],
    # pinyin, in one word or in several, as it is typed on a phone
    "lifa": ["I04"], "li fa": ["I04"], "LiFa": ["I04"], "ｌｉｆａ": ["I04"], "liangxueya": ["E03"],
    "dibao": ["A09"], "gouzheng": ["K05"], "matong": ["I02"], "songfan": ["B02"], "lvshi": ["H04"],
    "jiaoshuifei": ["M04"], "kaisuo": ["I07"], "canjizheng": ["D01"], "peizhen": ["B09"], "xueya": ["E03", "E05"],
    # initials
    "lf": ["I04"], "lxy": ["E03"], "LXY": ["E03"], "gzf": ["A12"], "jzz": ["A06"], "cjz": ["D01"], "nqbr": ["I08"],
    "mtdl": ["I02"], "sbk": ["A05"], "dy": ["M05"],
    # slips of the finger and of the ear
    "lihfa": ["I04"], "dianit": ["L08"], "yangloa": ["A03", "A04"], "yanlao": ["A03", "A04"], "里发": ["I04"],
    "力发": ["I04"], "居住正": ["A06"], "社报卡": ["A05"], "血ya": ["E03", "E05"], "jvzhuzheng": ["A06"],
    # numbers and English
    "4050": ["G02", "G03"], "４０５０人员": ["G02"], "aed": ["E07"], "haircut": ["I04"], "dog": ["K05"],
    "treatment in another city": ["A02"],
}  # fmt: skip
IN_THREE_HITS = {
    "养老": ["A03", "A04"], "yanglao": ["A03", "A04"], "社保": ["A03", "A05"], "yibao": ["A01", "M03"],
    "扶手": ["B06", "D04"], "煤气": ["L02"], "狗": ["K05", "Q10"], "灯": ["I01", "K06"], "lh": ["A07"],
    "图书": ["J01"], "blood": ["E03"], "体检": ["E02"], "tijian": ["E02"], "df": ["P04"],
}  # fmt: skip
NOTHING = ["太极拳", "宽带", "新冠", "wifi", "l", "Ｙ", "", "   ", "？！", "qqqqqq", "飞船"]


@pytest.fixture(scope="module")
def terms():
    return {
        row["code"]: make_terms(
            row["name_zh"],
            row["aliases_zh"].split("|"),
            english=[row["name_en"], *row["aliases_en"].split("|")],
            text=row["description_zh"],
        )
        for row in read("services")
    }


@pytest.mark.parametrize(("typed", "codes"), FIRST_HITS.items())
def test_what_was_meant_comes_first(terms, typed, codes):
    assert set(search(terms, typed)[: len(codes)]) == set(codes)


@pytest.mark.parametrize(("typed", "codes"), IN_THREE_HITS.items())
def test_what_was_meant_is_among_the_first_three(terms, typed, codes):
    assert set(codes) - set(search(terms, typed)[:3]) == set()


@pytest.mark.parametrize("typed", [*NOTHING, *(word for word, _times in UNMET)])
def test_nothing_is_better_than_a_guess(terms, typed):
    assert search(terms, typed) == []


def test_every_name_and_every_other_word_finds_its_service_among_the_first_three(terms):
    lost = [
        (row["code"], word)
        for row in read("services")
        for word in [row["name_zh"], *row["aliases_zh"].split("|")]
        if row["code"] not in search(terms, word)[:3]
    ]
    assert lost == []


def test_every_english_name_finds_its_service_first(terms):
    assert [row["code"] for row in read("services") if search(terms, row["name_en"])[0] != row["code"]] == []


def test_the_pinyin_of_every_other_word_finds_its_service(terms):
    lost = []
    for code, one in terms.items():
        lost += [
            (code, ends[0]) for ends in one.sounds if len(ends[0]) > 1 and code not in search(terms, ends[0])
        ]
    assert lost == []


def test_full_width_case_spaces_and_signs_do_not_matter():
    assert fold(" Ｌｉ　Fa，！") == "lifa"
