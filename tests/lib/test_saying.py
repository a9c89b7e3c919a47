"""Dates, numbers, codes and maps in the words and lines of the pages."""

import datetime as dt

import pytest

from haimengyuan.lib.gridmap import Tile, grid_map
from haimengyuan.lib.icons import ALIASES, SHAPES, shape
from haimengyuan.lib.moments import (
    group_number,
    say_dated_half_day,
    say_dated_moment,
    say_day,
    say_full_day,
    say_half_day,
    say_moment,
)
from haimengyuan.lib.qr import qr_document, qr_svg
from haimengyuan.templatetags.portal import STATUS_LOOK, icon, status_chip
from services.models import OrderStatus
from tests.makers import patch_now, shanghai


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2026, 11, 23), "昨天"),
        (dt.date(2026, 11, 24), "今天"),
        (dt.date(2026, 11, 25), "明天"),
        (dt.date(2026, 11, 26), "后天"),
        (dt.date(2026, 11, 27), "11月27日 周五"),
        (dt.date(2026, 11, 22), "11月22日 周日"),
        (dt.date(2027, 1, 1), "2027年1月1日"),
    ],
)
def test_days_are_said_like_a_neighbour(day, words):
    assert say_day(day, dt.date(2026, 11, 24)) == words


def test_moments_are_local_and_the_day_turns_at_midnight_here():
    with patch_now(shanghai(2026, 11, 24, 0, 5)):
        assert say_moment(shanghai(2026, 11, 24, 8, 42)) == "今天 8:42"
        assert say_moment(shanghai(2026, 11, 23, 23, 59)) == "昨天 23:59"
    assert say_dated_moment(dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC)) == "11月25日 周三 0:30"
    assert say_full_day(dt.date(2026, 11, 23)) == "2026年11月23日 周一"


def test_half_days_are_said_for_the_screen_and_for_messages():
    with patch_now(shanghai(2026, 11, 24, 0, 5)):
        assert say_half_day(dt.date(2026, 11, 25), "am") == "明天上午"
        assert say_half_day(dt.date(2026, 11, 27), "pm") == "11月27日 周五下午"
        assert say_dated_half_day(dt.date(2026, 11, 25), "pm") == "11月25日下午"
        assert say_dated_half_day(dt.date(2026, 11, 25), "") == "11月25日"


def test_numbers_are_grouped_for_reading_out():
    assert [group_number(number) for number in ("27064251", "123", 27064251)] == [
        "2706 4251",
        "123",
        "2706 4251",
    ]


def test_every_status_has_a_chip_with_icon_and_words():
    assert set(OrderStatus.values) <= set(STATUS_LOOK)
    for status in OrderStatus:
        html = status_chip(status.value)
        assert "<svg" in html
        assert html.endswith(f"{status.label}</span>")


def test_every_icon_is_a_drawing_and_an_unknown_one_is_a_mistake():
    for name in [*SHAPES, *ALIASES]:
        assert shape(name).startswith("<")
        assert shape(name).endswith("/>")
    with pytest.raises(KeyError):
        icon("nothing")


def test_a_code_is_drawn_the_same_inline_and_as_a_file():
    inline, document = (
        qr_svg("https://example.org/o/1", '<"第 6 网格">'),
        qr_document("https://example.org/o/1"),
    )
    path = inline.split(' d="')[1].split('"')[0]
    assert path in document
    assert "&lt;&quot;第 6 网格&quot;&gt;" in inline
    assert "xmlns" in document


def test_a_map_without_tiles_is_nothing():
    assert grid_map([]) == ""


def test_a_map_names_every_tile_and_marks_the_own_one():
    drawn = grid_map(
        [
            Tile(number=6, name="听涛苑", row=1, column=2, href="/grids/6/", here=True, note="在办 3 件"),
            Tile(number=7, name='<b>"花园', row=1, column=3, href="/grids/7/", value="3 件", heat="h2"),
        ]
    )
    assert 'aria-label="第 6 网格 听涛苑，您家在这里，在办 3 件"' in drawn
    assert drawn.count("<a ") == 2
    assert drawn.count('class="me"') == 1
    assert "<b>" not in drawn
    assert "style=" not in drawn
