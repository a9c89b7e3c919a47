"""Activities for other systems: what is announced, free places, filters, pages, and nobody's name."""

import datetime as dt
import itertools

import pytest
from django.utils import timezone

from tests.makers import (
    days_ahead,
    make_activity,
    make_community,
    make_grid,
    make_signup,
    make_skill,
    make_venue,
    patch_now,
)
from volunteers.actions import cancel_activity
from volunteers.api import ActivityDetail, ActivityRow

pytestmark = pytest.mark.django_db
LIST = "/api/v1/activities/"


def titles(response):
    return [row["title"] for row in response.json()["results"]]


def local(moment):
    return timezone.localtime(moment).isoformat()


def test_the_list_shows_what_was_announced_with_free_places(client):
    venue = make_venue(name="听涛议事园", place="听涛苑 3 号楼一楼")
    made = make_activity(title="义剪日", venue=venue, place_text="", grid=venue.grid, capacity=10)
    make_signup(made.shifts.get(), party=("self",))
    make_activity(title="还没发布", publish=False)
    assert client.get(LIST).json() == {
        "next": None,
        "results": [
            {
                "id": made.pk,
                "title": "义剪日",
                "kind": "service",
                "for_whom": "all",
                "status": "published",
                "grid": venue.grid.number,
                "starts_at": local(made.starts_at),
                "ends_at": local(made.ends_at),
                "venue": "听涛议事园",
                "place": "听涛苑 3 号楼一楼",
                "free_places": 9,
            }
        ],
    }


def test_rows_and_details_hold_what_their_description_says(client):
    skill = make_skill("barber")
    made = make_activity(
        shifts=[{"capacity": 3}, {"capacity": 2, "kind": "helper", "name": "理发", "skill": skill}]
    )
    row = client.get(LIST).json()["results"][0]
    detail = client.get(f"{LIST}{made.pk}/").json()
    assert ActivityRow(row).data == row
    assert ActivityDetail(detail).data == detail
    assert {name: detail[name] for name in row} == row
    assert [(shift["kind"], shift["skill"], shift["free_places"]) for shift in detail["shifts"]] == [
        ("guest", None, 3),
        ("helper", "barber", 2),
    ]
    assert row["free_places"] == 5


def test_no_name_and_no_number_of_anybody_is_shown(client):
    made = make_activity(organiser="孙组织")
    make_signup(made.shifts.get(), name="刘报名", phone="13800007654")
    text = client.get(LIST).content.decode() + client.get(f"{LIST}{made.pk}/").content.decode()
    assert [word for word in ("孙组织", "刘报名", "7654", "signups", "organiser") if word in text] == []


def test_nothing_is_free_once_it_has_begun_or_is_called_off(client):
    begun = make_activity(title="开始了")
    off = make_activity(title="取消了", starts_at=days_ahead(5))
    cancel_activity(off, reason="下雨")
    full = make_activity(title="满了", starts_at=days_ahead(5), capacity=1)
    make_signup(full.shifts.get())
    make_activity(title="还有", starts_at=days_ahead(5))
    with patch_now(begun.starts_at + dt.timedelta(minutes=1)):
        found = {row["title"]: row["free_places"] for row in client.get(LIST).json()["results"]}
        assert found == {"开始了": 0, "取消了": 0, "满了": 0, "还有": 10}
        assert titles(client.get(f"{LIST}?has_free_places=true")) == ["还有"]
        assert titles(client.get(f"{LIST}?has_free_places=false")) == ["开始了", "取消了", "满了"]
        shifts = client.get(f"{LIST}{begun.pk}/").json()["shifts"]
        assert [shift["free_places"] for shift in shifts] == [0]
    called_off = client.get(f"{LIST}{off.pk}/").json()
    assert (called_off["status"], called_off["reason"]) == ("cancelled", "下雨")


def test_filters_narrow_and_must_all_hold(client):
    grid = make_grid(6)
    make_activity(title="六格", grid=grid, starts_at=days_ahead(3))
    make_activity(title="二格", grid=make_grid(2), starts_at=days_ahead(3))
    make_activity(title="全社区", starts_at=days_ahead(5))
    make_activity(title="过夜", starts_at=days_ahead(8, 22), minutes=240)
    day = {n: days_ahead(n).date().isoformat() for n in (3, 4, 8, 9)}
    asked = {
        "grid=6": ["六格", "全社区", "过夜"],  # where people of the grid can go
        "grid=7": ["全社区", "过夜"],
        f"from={day[4]}": ["全社区", "过夜"],
        f"from={day[9]}": ["过夜"],
        f"to={day[3]}": ["六格", "二格"],
        f"from={day[4]}&to={day[8]}": ["全社区", "过夜"],
        f"grid=6&to={day[3]}": ["六格"],
        f"grid=7&to={day[3]}": [],
        "from=0001-01-01&to=9999-12-31": ["六格", "二格", "全社区", "过夜"],
    }
    assert {query: titles(client.get(f"{LIST}?{query}")) for query in asked} == asked


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("grid=abc", "grid"), ("grid=1.5", "grid"), ("grid=0", "grid"), ("grid=99999999999999999999", "grid"),
        ("from=yesterday", "from"), ("to=2026-02-30", "to"), ("page_size=0", "page_size"), ("after=x", "after"),
        ("after=99999999999999999999", "after"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_a_problem_of_its_field(client, query, field):
    make_activity()
    response = client.get(f"{LIST}?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_pages_follow_the_key_to_the_end(client):
    made = [make_activity(title=f"第{n}个") for n in range(3)]
    first = client.get(f"{LIST}?page_size=2&has_free_places=true")
    assert titles(first) == ["第0个", "第1个"]
    assert f"after={made[1].pk}" in first.json()["next"]
    second = client.get(first.json()["next"])
    assert (titles(second), second.json()["next"]) == (["第2个"], None)
    assert titles(client.get(f"{LIST}?after=40000")) == []  # keys of activities pass those of a small column


def test_drafts_templates_and_strangers_do_not_exist(client):
    make_community(host="testserver")
    other = make_community(code="370614001099", name="别的社区", host="other.test")
    hidden = [
        make_activity(publish=False),
        make_activity(publish=False, is_template=True),
        make_activity(community=other),
    ]
    shown = make_activity(title="看得到")
    answers = [client.get(f"{LIST}{row.pk}/") for row in [*hidden, shown]]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 200]
    assert titles(client.get(LIST)) == ["看得到"]


def test_list_and_detail_cost_the_same_at_1_and_100(client, django_assert_num_queries):
    venue = make_venue()
    hours = (days_ahead(2 + n // 4, 9 + 2 * (n % 4)) for n in itertools.count())

    def make(**fields):  # one after the other, for a room is given once
        return make_activity(venue=venue, place_text="", grid=venue.grid, starts_at=next(hours), **fields)

    made = make()
    for shifts in (1, 20):
        big = make(shifts=[{"capacity": 5} for _again in range(shifts)])
        with django_assert_num_queries(3):
            assert client.get(f"{LIST}{big.pk}/").json()["free_places"] == 5 * shifts
    for _more in range(99):
        make()
    for size in (1, 100):
        with django_assert_num_queries(2):
            assert (
                len(client.get(f"{LIST}?page_size={size}&grid={made.grid.number}").json()["results"]) == size
            )
