import pytest
from django import forms
from django.utils.datastructures import MultiValueDict

from haimengyuan.lib.forms import KeyedForm
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


class Meal(KeyedForm):
    dish = forms.CharField()
    guests = forms.MultipleChoiceField(choices=[(each, each) for each in "abc"])


def test_the_key_of_a_page_covers_every_ticked_box_and_the_fields_of_a_prefix():
    def key(*guests, dish="面", page="p"):
        typed = {"m-submission_key": [page], "m-dish": [dish], "m-guests": list(guests)}
        return Meal(MultiValueDict(typed), prefix="m").key()

    assert key("a", "b") == key("a", "b")
    others = [key("b"), key("c", "b"), key("a", "b", dish="饭"), key("a", "b", page="q")]
    assert len({key("a", "b"), *others}) == 5
