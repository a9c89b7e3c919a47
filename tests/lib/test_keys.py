import pytest

from haimengyuan.lib.keys import row_key, row_keys


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("12", 12),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        (" 1", None),
        ("1a", None),
        ("９", None),
        ("²", None),
    ],
)
def test_a_key_is_a_short_text_of_plain_digits(typed, key):
    assert row_key(typed) == key


def test_what_can_be_no_key_is_dropped():
    assert row_keys(["2", "x", "", "1"]) == [2, 1]
