import pytest
from hypothesis import given
from hypothesis import strategies as st

from haimengyuan.lib.phones import PhoneProblem, fold_digits, group_phone, normalise_phone

TYPED = [
    ("13800000617", "13800000617"),
    ("138 0000 0617", "13800000617"),
    ("138-0000-0617", "13800000617"),
    ("１３８００００６１７０", "13800006170"),
    ("+86 138 0000 0617", "13800000617"),
    ("008613800000617", "13800000617"),
    ("8613800000617", "13800000617"),
    ("0535-000 1200", "05350001200"),
    ("（0535）5600123", "05355600123"),
    ("0535－5600123", "05355600123"),
    ("5600123", "05355600123"),
    ("010 12345678", "01012345678"),
]
REFUSED = [
    ("", "请写一个能打通的电话"),
    ("   ", "请写一个能打通的电话"),
    ("138 0000 061", "手机号要写满 11 位，现在是 10 位"),
    ("138000006177", "手机号要写满 11 位，现在是 12 位"),
    ("12800000617", "这个号码打不通，请再看一遍；座机请带上区号 0535"),
    ("电话一三八", "电话里只写数字就行"),
    ("1380000061a", "电话里只写数字就行"),
    ("1234", "手机号要写满 11 位，现在是 4 位"),
]


@pytest.mark.parametrize(("typed", "digits"), TYPED)
def test_what_residents_type_is_understood(typed, digits):
    assert normalise_phone(typed) == digits


@pytest.mark.parametrize(("typed", "sentence"), REFUSED)
def test_what_cannot_be_dialled_gets_a_sentence(typed, sentence):
    with pytest.raises(PhoneProblem) as problem:
        normalise_phone(typed)
    assert str(problem.value) == sentence


@given(st.text(max_size=40))
def test_any_text_is_either_a_number_or_a_sentence(typed):
    try:
        digits = normalise_phone(typed)
    except PhoneProblem:
        return
    assert digits.isascii()
    assert digits.isdigit()
    assert normalise_phone(group_phone(digits)) == digits


def test_digits_are_folded_and_the_rest_is_dropped():
    assert fold_digits("尾号：０６１ 7。") == "0617"
