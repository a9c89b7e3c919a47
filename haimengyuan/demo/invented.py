"""Names and numbers that belong to nobody."""

MOBILE_PREFIX = "1420000"  # 142 is given to no operator, so a message sent by mistake reaches nobody
LANDLINE_PREFIX = "0535000"  # no local number begins with a zero
ID_AREA = "999999"  # no county has this code (domain.md §10)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

_SURNAMES = (
    "王王王王李李李张张张刘刘刘孙孙于于曲姜姜宋林迟邹宫柳徐马赵赵杨杨陈陈高郝初吕牟丛隋战梁唐韩冯邵范苏"
)
# given names that do not make somebody well known of a common surname
_OLD = (
    "建邦 志和 德坤 永福 广友 景山 宝田 明礼 长生 世昌 文斌 树林 兆祥 传家 振东 守信 月明 福海 连生 玉山".split(),
    "桂兰 秀英 玉珍 淑华 凤芝 桂芳 素梅 秀芬 玉兰 春花 翠英 月娥 淑琴 桂香 秀云 兰芳 惠芬 美荣 玉凤 瑞芳".split(),
)
_MIDDLE = (
    "海涛 国栋 建军 晓峰 立新 维东 永刚 志勤 洪波 卫东 春江 学军 大伟 少华 文涛 庆华 玉民 松涛 振华 京生".split(),
    "丽萍 晓燕 春红 海燕 玉梅 丽娜 红霞 秀丽 爱华 雪梅 春燕 文静 桂丽 海英 美玲 艳红 淑敏 慧云 云霞 丽华".split(),
)
_YOUNG = (
    "浩然 子轩 宇航 一鹏 俊逸 博文 嘉豪 天宇 泽宇 晨阳 思远 皓轩 文博 家乐 旭东 佳明 志宇 一凡 明哲 景行".split(),
    "欣怡 雨桐 诗涵 思雨 佳琪 梦瑶 若曦 子涵 一诺 晓彤 静怡 可欣 雅婷 语嫣 安琪 梓萱 书瑶 亦心 心悦 敏佳".split(),
)


def name(rng, *, female, born, surname=""):
    """A name of the fashion of that year of birth; children get the `surname` of their father."""
    fashion = _OLD if born < 1960 else _MIDDLE if born < 1988 else _YOUNG
    return (surname or rng.choice(_SURNAMES)) + rng.choice(fashion[female])


def mobile(serial):
    """The mobile number with this serial number, 0–9999."""
    return f"{MOBILE_PREFIX}{serial:04d}"


def landline(serial):
    """The landline with this serial number, 0–9999; 1200–1299 are the community's own."""
    return f"{LANDLINE_PREFIX}{serial:04d}"


def id_number(born, *, female, serial):
    """A number of the national form with a right check digit, of a county that does not exist (GB 11643-1999)."""
    body = f"{ID_AREA}{born:%Y%m%d}{serial % 50:02d}{serial % 5 * 2 + (0 if female else 1)}"
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True))
    return body + _ID_CHECKS[total % 11]
