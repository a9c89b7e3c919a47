"""The public pages of activities: no account, no script needed, nothing personal in an address."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.utils import timezone

from reminders.models import Reminder
from tests.makers import (
    days_ahead,
    make_activity,
    make_building,
    make_community,
    make_grid,
    make_shift,
    make_signup,
    make_venue,
    patch_now,
    shanghai,
)
from tests.public.helpers import make_public_community, queries_of
from tests.volunteers.test_series import make_series
from volunteers.actions import answer, cancel_activity, change_activity, check_in, pass_on_lapsed, withdraw
from volunteers.links import signup_path
from volunteers.models import Activity, Companion, Shift, Signup, SignupStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def community():
    return make_public_community()


def text_of(response):
    return response.content.decode()


def values(**changes):
    return {
        "party": ["self"],
        "name": "王淑兰",
        "phone": "138 0000 0617",
        "submission_key": "a-page-of-the-tests",
    } | changes


def on_the_first_page(client):
    """{title: when and where} of the activities that the first page names, in its order."""
    rows = re.findall(
        r'<a class="li" href="/activities/\d+/"><span class="grow"><b>([^<]+)</b><br><span class="small muted">([^<]+)<',
        text_of(client.get("/")),
    )
    return dict(rows)


def test_the_first_page_names_the_next_three_and_learns_of_every_change_at_once(client):
    assert on_the_first_page(client) == {}
    later = make_activity(title="便民大集", starts_at=days_ahead(5))
    make_activity(title="草稿", starts_at=days_ahead(1), publish=False)
    first = make_activity(title="义剪日", starts_at=days_ahead(2))
    make_activity(title="合唱", starts_at=days_ahead(3))
    make_activity(title="很久以后", starts_at=days_ahead(9))
    assert list(on_the_first_page(client)) == ["义剪日", "合唱", "便民大集"]
    change_activity(first, place_text="食堂东边")
    assert on_the_first_page(client)["义剪日"] == f"{first.when} · 食堂东边"
    change_activity(first, starts_at=days_ahead(4), ends_at=days_ahead(4, 11))
    assert list(on_the_first_page(client)) == ["合唱", "义剪日", "便民大集"]
    cancel_activity(later, reason="下雨")
    assert list(on_the_first_page(client)) == ["合唱", "义剪日", "很久以后"]


def test_the_first_page_names_each_series_once(client):
    rule = f"FREQ=WEEKLY;BYDAY={'MO TU WE TH FR SA SU'.split()[days_ahead(3).weekday()]}"
    series = make_series(rule, starts_at=days_ahead(3), on_day_off="keep", title="合唱队")
    first, *others = series.activities.order_by("starts_at")
    assert others != []
    assert list(on_the_first_page(client).items()) == [("合唱队", f"{first.when} · {first.place}")]


def test_the_list_shows_what_comes_up_and_nothing_else(client):
    make_activity(title="义剪日", place_text="听涛苑物业门口")
    make_activity(title="草稿", publish=False)
    make_activity(title="模板", publish=False, is_template=True)
    over = make_activity(title="上周的")
    Activity.objects.filter(pk=over.pk).update(starts_at=days_ahead(-7), ends_at=days_ahead(-7, 11))
    off = make_activity(title="停了的")
    cancel_activity(off, reason="下雨")
    page = text_of(client.get("/activities/"))
    titles = re.findall(r'<h3><a href="/activities/\d+/">([^<]+)', page)
    assert sorted(titles) == ["义剪日", "停了的"]
    assert "听涛苑物业门口" in page
    assert re.findall(
        r'<h3><a href="/activities/\d+/">([^<]+)', text_of(client.get("/activities/?past=1"))
    ) == ["上周的"]


def test_one_that_lasts_the_whole_day_stays_in_the_list_to_its_last_minute(client):
    minute = dt.timedelta(minutes=1)
    made = make_activity(title="守岁", minutes=24 * 60)
    said = {}
    for moment in (made.starts_at - minute, made.starts_at + minute, made.ends_at - minute, made.ends_at):
        with patch_now(moment):
            page = text_of(client.get("/activities/"))
        said[moment] = [words for words in ("守岁", "#join", "正在进行") if words in page]
    assert list(said.values()) == [["守岁", "#join"], ["守岁", "正在进行"], ["守岁", "正在进行"], []]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="another database plans by what is in its tables")
def test_the_first_page_is_read_in_its_order_and_sorts_nothing():
    plan = Activity.objects.in_community(1).public().upcoming(timezone.now())[:31].explain()
    assert ("activity_by_start" in plan, "TEMP B-TREE" in plan) == (True, False)


def test_a_series_stands_in_the_list_once_with_its_next_date_and_the_others_on_its_page(client):
    rule = f"FREQ=WEEKLY;BYDAY={'MO TU WE TH FR SA SU'.split()[days_ahead(3).weekday()]}"
    series = make_series(rule, starts_at=days_ahead(3), on_day_off="keep", title="合唱队")
    first, second, third, *_rest = series.activities.order_by("starts_at")
    make_activity(title="义剪日", starts_at=days_ahead(30))

    def links():
        return re.findall(r'<h3><a href="/activities/(\d+)/">', text_of(client.get("/activities/")))

    assert int(links()[0]) == first.pk
    assert len(links()) == 2
    cancel_activity(first, reason="下雨")  # says so, and the next one takes its place beside it
    assert [int(pk) for pk in links()[:2]] == [first.pk, second.pk]
    page = text_of(client.get(f"/activities/{second.pk}/"))
    assert f'href="/activities/{third.pk}/"' in page
    assert f'href="/activities/{first.pk}/"' not in page


def test_the_chips_narrow_the_list(client):
    grid = make_grid(61)
    building = make_building(grid=grid)
    make_activity(title="老人的", for_whom="elderly")
    make_activity(title="孩子的", for_whom="family")
    make_activity(title="清滩", kind="volunteer", grid=grid)
    make_activity(title="别的网格的", grid=make_grid(62))

    def titles(query):
        return sorted(re.findall(r'<h3><a href="[^"]+">([^<]+)', text_of(client.get(f"/activities/{query}"))))

    assert titles("?for=elderly") == ["老人的"]
    assert titles("?for=family") == ["孩子的"]
    assert titles("?for=volunteer") == ["清滩"]
    assert len(titles("?for=grid")) == 4
    client.cookies["building"] = str(building.pk)
    assert titles("?for=grid") == ["孩子的", "清滩", "老人的"]


def test_the_pages_follow_each_other_without_a_gap(client):
    for index in range(31):
        make_activity(title=f"活动{index:02d}", starts_at=days_ahead(2 + index // 2))
    first = text_of(client.get("/activities/"))
    (after,) = re.findall(r'href="\?after=([^"]+)"', first)
    second = text_of(client.get(f"/activities/?after={after}"))
    titles = re.findall(r'<h3><a href="[^"]+">([^<]+)', first + second)
    assert titles == [f"活动{index:02d}" for index in range(31)]
    assert client.get("/activities/?after=nonsense").status_code == 200
    assert client.get("/activities/?after=99999999999999_1").status_code == 200


def test_the_list_and_a_page_cost_the_same_at_one_and_at_many(client, django_assert_num_queries):
    shift, grid = make_shift(capacity=100), make_grid(61)
    client.get("/activities/")
    with django_assert_num_queries(3):
        client.get("/activities/")
    with django_assert_num_queries(1):
        client.get(f"/activities/{shift.activity_id}/")
    for _n in range(29):
        make_activity(venue=make_venue(grid=grid))
        make_signup(shift)
        shift.activity.shifts.create(starts_at=shift.starts_at, ends_at=shift.ends_at, capacity=5)
    with django_assert_num_queries(3):
        client.get("/activities/")
    with django_assert_num_queries(1):
        client.get(f"/activities/{shift.activity_id}/")


@pytest.mark.parametrize("others", [0, 30])
def test_signing_up_asks_nine_things_of_the_database_however_many_come(client, others):
    """The activity with its shifts, both limits, the person, the consent, the place, the shift as it is then, three rows."""
    shift = make_shift(capacity=100)
    for _n in range(others):
        make_signup(shift)
    address = f"/activities/{shift.activity_id}/"
    client.post(address, values(name="李秀兰"))  # some queries are written once per process
    assert queries_of(lambda: client.post(address, values(name="刘秀英"))) == 9
    assert Signup.objects.filter(shift=shift, status="place").count() == others + 2


def test_the_list_tells_the_places_of_this_moment(client):
    """Cards are drawn once for all lists, and anew as soon as anything on them changes."""
    shift = make_shift(capacity=3, title="义剪日")
    assert "已报 0 人，还有 <b>3</b> 位" in client.get("/activities/").content.decode()
    for number in range(3):
        client.post(
            f"/activities/{shift.activity_id}/", values(name=f"居民{number}", phone=f"1380000000{number}")
        )
    assert "3 位已报满" in client.get("/activities/").content.decode()
    change_activity(shift.activity, title="磨刀日")
    page = client.get("/activities/").content.decode()
    assert re.findall(r'<h3><a href="[^"]+">([^<]+)', page) == ["磨刀日"]


def test_a_family_signs_up_and_ends_on_a_page_of_its_own(client):
    shift = make_shift()
    response = client.post(
        f"/activities/{shift.activity_id}/", values(party=["self", "parent", "child", "child2"])
    )
    made = Signup.objects.get()
    assert (response.status_code, response["Location"]) == (302, signup_path(made))
    assert (made.seats, made.person.phone) == (4, "13800000617")
    assert [row.relation for row in made.party.all()] == ["self", "parent", "child", "child"]
    page = text_of(client.get(response["Location"]))
    for words in (
        "报上了",
        "我自己、父亲或母亲、孩子、还有一个孩子",
        "共 4 位",
        "138****",
        'content="noindex"',
    ):
        assert words in page
    assert "王淑兰" not in page + response["Location"]


def test_mistakes_are_said_and_nothing_is_lost(client):
    shift = make_shift()
    page = text_of(client.post(f"/activities/{shift.activity_id}/", values(phone="12", party=[])))
    assert "请选谁来" in page
    assert "手机号要写满 11 位" in page
    assert 'value="王淑兰"' in page
    assert Signup.objects.count() == 0


def test_whoever_did_not_answer_in_time_reads_so_and_not_that_they_said_no(client):
    shift = make_shift(capacity=1, starts_at=days_ahead(7))
    holder, asked = make_signup(shift), make_signup(shift)
    withdraw(holder)
    asked.refresh_from_db()
    with patch_now(asked.offered_until):
        pass_on_lapsed()
        page = text_of(client.get(signup_path(asked)))
    assert [words in page for words in ("到时没答复", "空位让给了下一位", "再报一次", "说了来不了")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_full_one_offers_the_line(client):
    shift = make_shift(capacity=1)
    make_signup(shift)
    assert "排队等候" in text_of(client.get(f"/activities/{shift.activity_id}/"))
    page = text_of(client.post(f"/activities/{shift.activity_id}/", values(), follow=True))
    assert "您排在第 <b>1</b> 位" in page


def test_the_group_is_asked_for_where_there_are_several(client):
    activity = make_activity(shifts=[{"capacity": 5}, {"capacity": 5, "kind": "helper", "name": "搬桌椅"}])
    helpers = activity.shifts.get(kind="helper")
    address = f"/activities/{activity.pk}/"
    assert "请选报哪一组" in text_of(client.post(address, values()))
    client.post(address, values(shift=str(helpers.pk)))
    assert Signup.objects.get().shift == helpers
    other = make_shift()
    assert "这一组不能报了" in text_of(client.post(address, values(shift=str(other.pk), name="别人")))


def test_somebody_known_is_not_given_the_link_of_the_other_signup(client):
    shift = make_shift()
    make_signup(shift, name="王淑兰", phone="13800000617")
    page = client.post(f"/activities/{shift.activity_id}/", values())
    assert page.status_code == 200
    assert "这次没有报成" in text_of(page)
    assert "/activities/signups/" not in text_of(page)


def test_opening_the_link_changes_nothing_and_each_button_does_what_it_says(client):
    signup = make_signup(make_shift(capacity=3))
    address = signup_path(signup)
    client.get(address)
    client.head(address)

    def post(**data):
        page = text_of(client.post(address, data, follow=True))
        signup.refresh_from_db()
        return signup.status, page

    assert signup.status == SignupStatus.PLACE
    assert post(action="coming")[0] == SignupStatus.CONFIRMED
    assert post(action="lift")[0] == SignupStatus.CONFIRMED
    assert signup.needs_lift
    assert "改好了" in post(action="party", party=["self", "other"])[1]
    assert signup.seats == 2
    assert "请选谁来" in post(action="party")[1]
    assert "没看懂" in post(action="drop")[1]
    assert post(action="not")[0] == SignupStatus.DECLINED
    assert "再报一次" in text_of(client.get(address))
    assert Shift.objects.get().taken == 0
    assert "重新报名" in post(action="coming")[1]


def test_a_called_off_one_says_so_everywhere_and_takes_nothing(client):
    signup = make_signup()
    cancel_activity(signup.shift.activity, reason="台风")
    for address in (f"/activities/{signup.shift.activity_id}/", signup_path(signup)):
        page = text_of(client.get(address))
        assert "这个活动取消了，请不要去了" in page
        assert "台风" in page
    assert "报名" not in text_of(client.get("/activities/")).split("活动列表")[1].split("不会在网上报")[0]
    page = text_of(client.post(signup_path(signup), {"action": "withdraw"}))
    assert "不用再改了" in page


def test_a_changed_link_and_another_community_show_nothing(client):
    signup = make_signup()
    assert client.get("/activities/signups/1.forged/").status_code == 410
    other = make_community(code="370614001099", host="other.example")
    foreign = make_signup(make_shift(community=other))
    type(other).objects.filter(code="370614001014").update(host="testserver")
    assert client.get(signup_path(signup)).status_code == 200
    assert client.get(signup_path(foreign)).status_code == 410
    assert client.get(f"/activities/{foreign.shift.activity_id}/").status_code == 404
    draft, template = make_activity(publish=False), make_activity(publish=False, is_template=True)
    for nothing in (foreign.shift.activity, draft, template):
        assert client.post(f"/activities/{nothing.pk}/", values()).status_code == 404
    assert Signup.objects.count() == 2


def test_a_page_that_says_why_not_shows_all_of_the_activity(client):
    shift = make_shift(capacity=3)
    signup = make_signup(shift)
    who = values(name=signup.person.name, phone=signup.person.phone)
    page = text_of(client.post(f"/activities/{shift.activity_id}/", who))
    for words in ("这次没有报成", shift.activity.what, "3 人，已报 1 人", "还有 2 位，不用注册"):
        assert words in page


def test_too_many_from_one_phone_is_said_with_the_way_out(client):
    for index in range(6):
        client.post(f"/activities/{make_shift().activity_id}/", values(name=f"家人{index}"))
    response = client.post(f"/activities/{make_shift().activity_id}/", values(name="家人7"))
    assert (response.status_code, Signup.objects.count()) == (429, 6)


def test_who_left_reads_why(client):
    signup = make_signup()
    withdraw(signup)
    assert "再报一次" in text_of(client.get(signup_path(signup)))
    assert Companion.objects.count() == 1
    assert Reminder.objects.pending().count() == 0


def test_a_called_off_one_promises_nothing_and_invites_nobody(client):
    signup = make_signup()
    answer(signup, coming=True, needs_lift=True)
    activity = signup.shift.activity
    assert "叫邻居一起来" in text_of(client.get(f"/activities/{activity.pk}/"))
    cancel_activity(activity, reason="台风")
    page = text_of(client.get(signup_path(signup)))
    assert "活动取消了" in page
    for words in ("说了一定来", "要接送"):
        assert words not in page
    page = text_of(client.get(f"/activities/{activity.pk}/"))
    for words in ("叫邻居一起来", "我们帮您报"):
        assert words not in page
    assert "存进手机日历" in page  # whoever keeps it there reads it crossed out


def test_who_is_there_is_not_asked_to_sign_up_again(client):
    signup = make_signup(make_shift(starts_at=timezone.now() + dt.timedelta(minutes=30)))
    check_in(signup, how=Signup.Arrival.TICK)
    page = text_of(client.get(signup_path(signup)))
    assert "签到成功" in page
    assert "再报一次" not in page


def test_the_question_after_a_change_says_what_is_new_to_those_who_knew_the_old(client):
    shift = make_shift(starts_at=days_ahead(7))
    before = make_signup(shift)
    assert "您来吗" not in text_of(client.get(signup_path(before)))
    change_activity(shift.activity, place_text="老年活动室")
    after = make_signup(shift)
    page = text_of(client.get(signup_path(before)))
    assert "您来吗" in page
    assert "报名以后有改动" in page
    answer(before, coming=True)
    page = text_of(client.get(signup_path(before)))
    assert "您说了来，有变化再点一下" in page
    assert "报名以后有改动" not in page
    page = text_of(client.get(signup_path(after)))
    assert "报上名了，到时候见" in page
    assert "您来吗" not in page


def test_who_comes_back_after_a_change_knows_the_new(client):
    who = {"name": "王淑兰", "phone": "13800000617"}
    shift = make_shift(starts_at=days_ahead(7))
    signup = make_signup(shift, **who)
    withdraw(signup)
    change_activity(shift.activity, place_text="老年活动室")
    assert make_signup(shift, **who) == signup
    page = text_of(client.get(signup_path(signup)))
    assert "报上名了，到时候见" in page
    assert "报名以后有改动" not in page


@pytest.mark.parametrize(("minutes", "promised"), [(61, True), (60, False), (5, False)])
def test_who_waits_in_the_last_hour_is_promised_nothing(client, minutes, promised):
    starts_at = shanghai(2026, 12, 2, 15)
    with patch_now(starts_at - dt.timedelta(days=1)):
        shift = make_shift(capacity=1, starts_at=starts_at)
        make_signup(shift)
        waiting = make_signup(shift)
    with patch_now(starts_at - dt.timedelta(minutes=minutes)):
        page = text_of(client.get(signup_path(waiting)))
    assert ("您排在第 <b>1</b> 位" in page, "直接到现场问问" in page) == (promised, not promised)


def test_what_has_been_asks_nobody_to_sign_up(client):
    activity = make_activity(starts_at=days_ahead(2))
    with patch_now(activity.ends_at):  # the tick that ends it has not come yet
        page = text_of(client.get(f"/activities/{activity.pk}/"))
    assert ("已经结束了" in page, "叫邻居一起来" in page) == (True, False)
    page = text_of(client.get("/activities/?past=1"))
    assert "点开就能报名" not in page
    assert "点开就能报名" in text_of(client.get("/activities/"))
