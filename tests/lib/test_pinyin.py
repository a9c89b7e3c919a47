import pytest

from haimengyuan.lib.pinyin import initials, name_initials, name_pinyin, pinyin


@pytest.mark.parametrize(
    ("text", "letters", "first"),
    [
        ("量血压", "liangxueya", "lxy"),
        ("绿化", "lvhua", "lh"),
        ("12345 热线", "12345rexian", "12345rx"),
        ("", "", ""),
    ],
)
def test_words(text, letters, first):
    assert (pinyin(text), initials(text)) == (letters, first)


@pytest.mark.parametrize(
    ("name", "letters", "first"),
    [
        ("曾小明", "zengxiaoming", "zxm"),
        ("仇红", "qiuhong", "qh"),
        ("单丽", "shanli", "sl"),
        ("王芳", "wangfang", "wf"),
    ],
)
def test_surnames_have_their_own_reading(name, letters, first):
    assert (name_pinyin(name), name_initials(name)) == (letters, first)
