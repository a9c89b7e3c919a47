"""The organiser's pages on the day: forms alone, so everything here works without a script."""

import datetime as dt

import pytest
from django.urls import reverse

from people.models import Role
from tests.makers import make_activity, make_community, make_signup, make_user, patch_now, shanghai
from volunteers.actions import mark_missed
from volunteers.actions.check_in import code_of
from volunteers.links import signup_path
from volunteers.models import HourEntry, Shift, Signup, WalkIn

pytestmark = pytest.mark.django_db
STARTS = shanghai(2026, 11, 27, 9)
DURING, AFTER = STARTS + dt.timedelta(minutes=10), STARTS + dt.timedelta(hours=3)


@pytest.fixture
def world():
    with patch_now(shanghai(2026, 11, 25, 9)):
        shifts = [{"capacity": 9}, {"capacity": 9, "kind": Shift.Kind.HELPER}]
        activity = make_activity(starts_at=STARTS, shifts=shifts)
        guests, helpers = activity.shifts.order_by("pk")
        return {
            "activity": activity,
            "guests": guests,
            "helpers": helpers,
            "came": [make_signup(guests) for _n in range(3)],
            "helped": make_signup(helpers),
        }


@pytest.fixture
def desk(client):
    user = make_user()
    client.force_login(user)
    return client


def roll(activity):
    return reverse("staff:activity_roll", args=[activity.pk])


def statuses(*rows):
    return [Signup.objects.values_list("status", flat=True).get(pk=row.pk) for row in rows]


def said(response):
    """The newest sentence of the page; earlier ones wait there too when nobody has looked in between."""
    return [str(message) for message in response.context["messages"]][-1]


def test_a_tap_per_name_an_undo_and_a_tap_sent_twice(world, desk):
    first, second, _third = world["came"]
    url = roll(world["activity"])
    with patch_now(DURING):
        for _twice in range(2):
            response = desk.post(url, {"action": "tick", "signup": first.pk}, follow=True)
            assert said(response) == f"{first.person.name} 到了。"
        assert statuses(first, second) == ["attended", "place"]
        desk.post(url, {"action": "undo", "signup": first.pk})
        assert statuses(first) == ["place"]
        refused = desk.post(url, {"action": "nonsense"}, follow=True)
        assert said(refused) == "没看懂您要做什么，请再点一次按钮"


def test_two_of_one_name_are_told_apart_by_the_number_on_the_paper(world, desk):
    second = world["came"][1]
    with patch_now(DURING):
        for address in (roll(world["activity"]), f"{roll(world['activity'])}?paper=1"):
            page = desk.get(address).content.decode()
            row = page.split(f'name="signup" value="{second.pk}"')[1].split(second.person.name)[0]
            assert "2 号" in row


def test_many_ticks_from_paper_add_and_never_take_away(world, desk):
    first, second, third = world["came"]
    url, shift = f"{roll(world['activity'])}?paper=1", world["guests"].pk
    with patch_now(AFTER):
        for keys in ([first.pk, second.pk], [first.pk, second.pk], [second.pk]):
            desk.post(url, {"action": "paper", "shift": shift, "signup": keys})
            assert statuses(first, second, third) == ["attended", "attended", "place"]
        # a box of another shift does nothing here
        response = desk.post(
            url, {"action": "paper", "shift": shift, "signup": [world["helped"].pk]}, follow=True
        )
        assert said(response) == "还没有打勾，请先勾上到了的人"
        boxes = desk.get(url).content.decode().count('type="checkbox" name="signup"')
    assert (boxes, statuses(world["helped"])) == (2, ["place"])


def test_a_walk_in_is_counted_once_for_a_page(world, desk):
    url, sent = (
        roll(world["activity"]),
        {"action": "walk_in", "shift": world["guests"].pk, "seats": "2", "key": "k"},
    )
    with patch_now(DURING):
        for _twice in range(2):
            desk.post(url, sent)
        assert list(WalkIn.objects.values_list("seats", flat=True)) == [2]
        assert "直接来的 <b" in desk.get(url).content.decode()
        desk.post(url, {"action": "undo_walk_in", "walk_in": WalkIn.objects.get().pk})
        assert "直接来的 <b" not in desk.get(url).content.decode()


def test_hours_are_recorded_from_the_list(world, desk):
    url, helped = roll(world["activity"]), world["helped"]
    with patch_now(AFTER):
        desk.post(url, {"action": "tick", "signup": helped.pk})
        page = desk.get(url).content.decode()
        assert f'name="minutes-{helped.pk}" inputmode="numeric" maxlength="4" value="120"' in page
        sent = {"action": "hours", "shift": world["helpers"].pk}
        for minutes in ("120", "120", "90", ""):
            desk.post(url, sent | {f"minutes-{helped.pk}": minutes})
        assert list(HourEntry.objects.order_by("pk").values_list("minutes", flat=True)) == [120, -30]
        refused = desk.post(url, sent | {f"minutes-{helped.pk}": "两小时"}, follow=True)
        assert said(refused) == f"{helped.person.name}：分钟请写数字"


def test_the_code_screen_goes_on_by_itself(world, desk):
    url = reverse("staff:activity_code", args=[world["activity"].pk])
    with patch_now(DURING + dt.timedelta(seconds=40)):
        response = desk.get(url)
        shown = response.content.decode()
        assert {code_of(world[name], DURING) in shown for name in ("guests", "helpers")} == {True}
        assert response.headers["Refresh"] == "20"
        assert "no-store" in response.headers["Cache-Control"]
    with patch_now(AFTER):
        assert code_of(world["guests"], AFTER) not in desk.get(url).content.decode()


def test_another_community_and_a_foreign_row_are_not_there(world, desk):
    with patch_now(DURING - dt.timedelta(days=2)):
        elsewhere = make_activity(
            starts_at=STARTS, community=make_community(code="370614001099", name="别处")
        )
        other = make_activity(starts_at=STARTS)
        foreign, near = make_signup(elsewhere.shifts.get()), make_signup(other.shifts.get())
    with patch_now(DURING):
        for name in ("staff:activity_roll", "staff:activity_code"):
            assert desk.get(reverse(name, args=[elsewhere.pk])).status_code == 404
        for row in (foreign, near):
            answer = desk.post(roll(world["activity"]), {"action": "tick", "signup": row.pk})
            assert answer.status_code == 404
        assert desk.post(roll(elsewhere), {"action": "tick", "signup": foreign.pk}).status_code == 404
    assert statuses(foreign, near) == ["place", "place"]


@pytest.mark.parametrize(("role", "get"), [(Role.GRID, 403), (Role.HELPER, 403), (Role.AUDITOR, 200)])
def test_who_may_not_keep_the_list(world, client, role, get):
    client.force_login(make_user(role))
    signup = world["came"][0]
    with patch_now(DURING):
        page = client.get(roll(world["activity"]))
        assert page.status_code == get
        assert signup.person.name not in page.content.decode()
        assert (
            client.post(roll(world["activity"]), {"action": "tick", "signup": signup.pk}).status_code == 403
        )
        assert client.get(reverse("staff:activity_code", args=[world["activity"].pk])).status_code == 403
    assert statuses(signup) == ["place"]


def test_the_list_asks_the_database_as_often_for_one_as_for_many(world, desk, django_assert_max_num_queries):
    with patch_now(DURING), django_assert_max_num_queries(12) as few:
        desk.get(roll(world["activity"]))
    with patch_now(shanghai(2026, 11, 25, 9)):
        for _n in range(5):
            make_signup(world["guests"])
            make_signup(world["helpers"])
    with patch_now(DURING), django_assert_max_num_queries(len(few)):
        desk.get(roll(world["activity"]))


def test_a_participant_checks_in_with_one_entry_by_the_link(world, client):
    signup = world["came"][0]
    url = signup_path(signup)
    with patch_now(DURING):
        assert 'value="check_in"' in client.get(url).content.decode()
        wrong = client.post(url, {"action": "check_in", "code": "12"})
        assert "签到码是四个数字" in wrong.content.decode()
        typed = code_of(world["guests"], DURING).translate(
            str.maketrans("0123456789", "０１２３４５６７８９")
        )
        done = client.post(url, {"action": "check_in", "code": f" {typed} "}, follow=True)
        assert "签到成功，今天 9:10" in done.content.decode()
        assert 'value="check_in"' not in done.content.decode()
    assert statuses(signup) == ["attended"]


def test_a_participant_without_the_link_checks_in_by_telephone_and_no_name_is_shown(world, client):
    signup, url = world["came"][0], reverse("activity_check_in", args=[world["activity"].pk])
    with patch_now(DURING):
        sent = {"code": code_of(world["guests"], DURING), "phone": signup.person.phone}
        done = client.post(url, sent, follow=True)
        assert said(done) == "签到成功，今天 9:10，1 位。欢迎！"
        assert signup.person.name not in done.content.decode()
        assert url in client.get(reverse("activity", args=[world["activity"].pk])).content.decode()
    assert statuses(signup) == ["attended"]


def test_who_was_missed_says_why_by_the_link_and_the_organiser_alone_reads_it(world, client, desk):
    missed, here = world["came"][:2]
    with patch_now(AFTER):
        desk.post(roll(world["activity"]), {"action": "tick", "signup": here.pk})
        assert mark_missed(world["guests"]) == 2
        desk.logout()
        client.post(signup_path(missed), {"action": "explain", "words": "孙子发烧"})
        client.get(signup_path(missed))
        public = client.get(reverse("activity", args=[world["activity"].pk])).content.decode()
        client.force_login(make_user())
        assert "孙子发烧" in client.get(roll(world["activity"])).content.decode()
    assert "孙子发烧" not in public
    assert "没来" not in public
