"""The recap of an activity: a draft with numbers, once, without a name."""

import datetime as dt

import pytest

from branches.models import Notice
from people.models import Role
from tests.makers import make_activity, make_grid, make_head, make_signup, make_user, patch_now, shanghai
from volunteers.actions import (
    add_walk_in,
    cancel_activity,
    check_in,
    check_out,
    draft_recap,
    finish_over,
    undo_check_in,
    undo_walk_in,
)
from volunteers.errors import ActivityRefused

pytestmark = pytest.mark.django_db
STARTS = shanghai(2026, 12, 2, 9)
AFTER = STARTS + dt.timedelta(hours=3)


@pytest.fixture
def desk():
    return make_user(Role.STAFF)


@pytest.fixture
def activity():
    """A morning of two hours with three guests in two sign-ups, a helper, and one who did not come."""
    with patch_now(shanghai(2026, 11, 25, 9)):
        shifts = [{"capacity": 9}, {"capacity": 9, "kind": "helper"}]
        made = make_activity(starts_at=STARTS, shifts=shifts, title="义剪日", grid=make_grid(6))
        made.guests, made.helpers = made.shifts.order_by("pk")
        made.rows = [make_signup(made.guests, party=["self", "parent"]), make_signup(made.guests)]
        made.helper = make_signup(made.helpers, name="赵志强")
        make_signup(made.guests)
    return made


def keep_list(activity, desk):
    for row in (*activity.rows, activity.helper):
        check_in(row, how="paper")
    check_out(activity.helper, by=desk, minutes=100)
    undo_walk_in(add_walk_in(activity.guests, seats=4, by=desk, submission_key="a"))
    add_walk_in(activity.guests, seats=2, by=desk, submission_key="b")


def test_the_draft_is_filled_with_numbers_and_nobody_is_named(activity, desk):
    with patch_now(AFTER):
        keep_list(activity, desk)
        finish_over()
        notice = draft_recap(activity, by=desk)
        assert draft_recap(activity, by=desk) == notice
    assert (notice.title, notice.is_draft, list(notice.grids.all())) == (
        "活动小结：义剪日",
        True,
        [activity.grid],
    )
    assert notice.meaning == (
        "12月2日 周三 9:00–11:00，在听涛苑物业门口，来了 5 位，1 位来帮忙，一共服务 1.5 小时。谢谢大家。"
    )
    assert Notice.objects.current(today=AFTER.date()).count() == 0
    assert Notice.objects.count() == 1


def test_not_before_the_end_and_not_without_a_list(activity, desk):
    with patch_now(STARTS + dt.timedelta(minutes=30)):
        check_in(activity.rows[0], how="tick")
        with pytest.raises(ActivityRefused, match="办完了"):
            draft_recap(activity, by=desk)
    with patch_now(AFTER):
        undo_check_in(activity.rows[0])
        with pytest.raises(ActivityRefused, match="先点名"):
            draft_recap(activity, by=desk)


def test_what_was_called_off_has_none(activity, desk):
    with patch_now(shanghai(2026, 12, 1, 9)):
        cancel_activity(activity, reason="台风")
    with patch_now(AFTER), pytest.raises(ActivityRefused, match="办完了"):
        draft_recap(activity, by=desk)


@pytest.mark.parametrize("door", ["staff", "admin"])
def test_one_button_at_both_doors(client, activity, desk, door):
    user = desk if door == "staff" else make_head(activity.grid)
    address = (
        f"/staff/activities/{activity.pk}/"
        if door == "staff"
        else f"/admin/volunteers/activity/{activity.pk}/change/"
    )
    with patch_now(AFTER):
        keep_list(activity, desk)
        client.force_login(user)
        assert "写小结" in client.get(address).content.decode()
        page = client.post(address, {"action": "recap"}, follow=True).content.decode()
        notice = Notice.objects.get()
        change = f"/admin/branches/notice/{notice.pk}/change/"
        assert f'href="{change}"' in page
        assert client.get(change).status_code == 200
    assert notice.published_by == user
