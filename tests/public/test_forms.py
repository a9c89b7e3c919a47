"""The order form at its boundaries: what is accepted, what is changed silently, and which sentence says no."""

import datetime as dt

import pytest
from django.utils import timezone

from services.forms.public import NEED_MAX, OrderForm
from tests.makers import make_building, make_community, make_grid, make_service, patch_now, shanghai
from tests.public.helpers import order_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def building():
    return make_building(grid=make_grid(6, name="听涛苑"))


def filled(home, /, *, home_visit=True, **changes):
    return OrderForm(order_values(home, **changes), service=make_service(home_visit=home_visit))


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("13800000617", "13800000617"),
        ("138 0000 0617", "13800000617"),
        ("138-0000-0617", "13800000617"),
        ("１３８００００ ０６１７", "13800000617"),
        ("+86 138 0000 0617", "13800000617"),
        ("0535-5600123", "05355600123"),
        ("（0535）5600123", "05355600123"),
        ("5600123", "05355600123"),
    ],
)
def test_phones_are_taken_as_people_write_them(building, typed, digits):
    form = filled(building, phone=typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == digits


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请写一个能打通的电话"),
        ("138 0000 061", "手机号要写满 11 位，现在是 10 位"),
        ("138 0000 06177", "手机号要写满 11 位，现在是 12 位"),
        ("不方便说", "电话里只写数字就行"),
        ("12345", "手机号要写满 11 位，现在是 5 位"),
    ],
)
def test_a_phone_that_cannot_be_dialled_is_told_how(building, typed, sentence):
    form = filled(building, phone=typed)
    assert form.errors == {"phone": [sentence]}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"need": "  "}, {"need": ["请写一下是什么事"]}),
        ({"need": "长" * (NEED_MAX + 1)}, {"need": ["写得太长了，请缩到 200 字以内，现在是 201 字"]}),
        ({"name": ""}, {"name": ["请写一下怎么称呼您"]}),
        ({"building": ""}, {"building": ["请选您家在几号楼，不知道就选最后一项"]}),
        ({"building": "999999"}, {"building": ["这栋楼不在名单里，请重新选，或选“不知道几号楼”"]}),
        ({"building": "unknown"}, {"place_text": ["请写一下大概在哪儿，我们好找"]}),
        ({"door": ""}, {"door": ["请写单元和门牌号，不然找不到您家"]}),
        ({"behalf": "on"}, {"for_name": ["请写一下是替谁点的"]}),
        ({"wish": "whenever"}, {"wish": ["请重新选一下什么时候来"]}),
        ({"wish": "2020-01-01:am"}, {"wish": ["选的时间已经过去了，请重新选一个"]}),
        ({"wish": "2099-01-01:am"}, {"wish": ["请重新选一下什么时候来"]}),
    ],
)
def test_each_mistake_has_one_sentence(building, changes, errors):
    assert filled(building, **changes).errors == errors


def test_a_building_of_another_community_is_not_on_the_list(building):
    foreign = make_building(
        grid=make_grid(1, community=make_community(code="370614001015", host="other.example"))
    )
    assert list(filled(foreign).errors) == ["building"]


def test_the_door_is_only_asked_where_somebody_comes(building):
    assert filled(building, home_visit=False, door="").is_valid()


def test_need_of_exactly_two_hundred_characters_is_taken(building):
    assert filled(building, need="长" * NEED_MAX).is_valid()


def test_an_unknown_building_keeps_the_place_in_words(building):
    form = filled(building, building="unknown", place_text="幸福食堂东边那栋", door="")
    assert form.is_valid(), form.errors
    fields = form.as_order(form.chosen_building())
    assert (fields["building"], fields["place_text"]) == (None, "幸福食堂东边那栋")


def test_a_half_day_becomes_columns(building):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    form = filled(building, wish=f"{tomorrow}:pm")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["wish"] == {"wish": "half_day", "wish_on": tomorrow, "wish_half": "pm"}


def test_half_days_on_offer_are_those_to_come():
    make_building(grid=make_grid(6))
    with patch_now(shanghai(2026, 11, 24, 9)):
        morning = [value for value, _words in OrderForm(service=make_service()).fields["wish"].choices]
    with patch_now(shanghai(2026, 11, 24, 13)):
        afternoon = [str(words) for _value, words in OrderForm(service=make_service()).fields["wish"].choices]
    assert morning == [
        "soon", "call", "2026-11-24:pm", "2026-11-25:am", "2026-11-25:pm", "2026-11-26:am", "2026-11-26:pm",
    ]  # fmt: skip
    assert afternoon == [
        "越快越好", "电话里再说", "明天上午", "明天下午", "后天上午", "后天下午",
    ]  # fmt: skip


def test_the_same_page_sent_twice_has_one_key_and_a_changed_one_another(building):
    key, same = filled(building), filled(building)
    changed = filled(building, phone="138 0000 0618")
    service = key.service
    assert key.key() == OrderForm(order_values(building), service=service).key()
    assert key.key() != OrderForm(order_values(building, phone="138 0000 0618"), service=service).key()
    assert same.key() != changed.key()
    assert len(key.key()) == 64


@pytest.mark.parametrize(
    ("hour", "half", "taken"), [(11, "am", True), (12, "am", False), (17, "pm", True), (18, "pm", False)]
)
def test_a_half_day_of_today_ends_at_noon_and_at_six(building, hour, half, taken):
    with patch_now(shanghai(2026, 11, 24, hour)):
        assert filled(building, wish=f"2026-11-24:{half}").is_valid() is taken


def test_somebody_else_is_named_only_when_ticked(building):
    form = filled(building, for_name="李大爷")
    assert form.is_valid()
    assert form.as_order(building)["for_name"] == ""
    form = filled(building, behalf="on", for_name="李大爷")
    assert form.is_valid()
    assert form.as_order(building)["for_name"] == "李大爷"


def test_errors_and_hints_are_read_out_with_their_field(building):
    form = filled(building, phone="138")
    html = str(form["phone"])
    assert 'aria-describedby="id_phone-hint id_phone-error"' in html
    assert 'aria-invalid="true"' in html
