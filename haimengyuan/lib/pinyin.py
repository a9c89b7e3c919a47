"""Pinyin of names and words, for search and for sorting (PostgreSQL and SQLite sort Chinese by code point)."""

import functools

from pypinyin import Style, lazy_pinyin

# Surnames that a dictionary of common readings gets wrong.
_SURNAMES = {
    "曾": "zeng", "仇": "qiu", "单": "shan", "解": "xie", "查": "zha", "任": "ren", "华": "hua", "区": "ou",
    "尉": "yu", "纪": "ji", "盖": "ge", "曲": "qu", "朴": "piao", "覃": "qin", "翟": "zhai", "乐": "yue", "缪": "miao",
    "宁": "ning", "燕": "yan", "秘": "bi", "员": "yun", "种": "chong", "洗": "xian", "召": "shao", "逄": "pang",
}  # fmt: skip


def pinyin(text: str) -> str:
    """量血压 → liangxueya; Latin letters and digits stay, lower-cased; ü is written v as people type it."""
    return "".join(lazy_pinyin(text, v_to_u=False, errors=_keep)).lower()


def initials(text: str) -> str:
    """量血压 → lxy."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors=_keep)).lower()


def name_pinyin(name: str) -> str:
    """Like `pinyin`, with the surname's own reading (曾 zeng, 单 shan)."""
    return _surname(name[:1])[0] + pinyin(name[1:])


def name_initials(name: str) -> str:
    """Like `initials`, with the surname's own reading."""
    return _surname(name[:1])[1] + initials(name[1:])


@functools.lru_cache(maxsize=1024)  # half of the neighbours share five of them
def _surname(sign):
    """Its reading, and the first letter of that."""
    reading = _SURNAMES.get(sign, pinyin(sign))
    return reading, _SURNAMES.get(sign, initials(sign))[:1]


def _keep(characters: str) -> str:
    return "".join(character for character in characters if character.isalnum())
