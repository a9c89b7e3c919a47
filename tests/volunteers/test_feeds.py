"""Calendar feeds, read by two libraries that did not write them."""

import datetime as dt

import pytest
import vobject
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream

from people.models import Person
from tests.makers import (
    days_ahead,
    make_activity,
    make_community,
    make_signup,
    patch_now,
    shanghai,
)
from tests.volunteers.test_series import make_series
from volunteers.actions import cancel_activity, change_activity, change_from_here, withdraw
from volunteers.links import calendar_path, signup_path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    make_community()
    with patch_now(shanghai(2026, 11, 24, 9)):
        yield


def by_ical(text):
    """{(uid, recurrence id): (sequence, status, start)} as the library ical reads it."""
    events = IcsCalendarStream.calendar_from_ics(text).events
    return {
        (event.uid, event.recurrence_id or ""): (event.sequence or 0, str(event.status.value), event.dtstart)
        for event in events
    }


def by_vobject(text):
    """The same as vobject reads it."""
    found = {}
    for event in vobject.readOne(text).vevent_list:
        instance = getattr(event, "recurrence_id", None)
        key = instance.value.strftime("%Y%m%dT%H%M%S") if instance else ""
        found[event.uid.value, key] = (int(event.sequence.value), event.status.value, event.dtstart.value)
    return found


def fetched(client, path):
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return response.content.decode()


def read(client, path):
    """What both libraries agree on."""
    text = fetched(client, path)
    one, other = by_ical(text), by_vobject(text)
    assert one == other
    return one


def timeline(client, path):
    """The starts that a calendar would show."""
    calendar = IcsCalendarStream.calendar_from_ics(fetched(client, path))
    return [(event.dtstart, str(event.status.value)) for event in calendar.timeline]


def test_one_activity_and_its_versions(client):
    activity = make_activity(starts_at=shanghai(2026, 11, 28, 9))
    path, key = f"/activities/{activity.pk}/activity.ics", (f"activity-{activity.pk}@haimengyuan-portal", "")
    assert read(client, path) == {key: (0, "CONFIRMED", activity.starts_at)}
    later = shanghai(2026, 11, 29, 14)
    change_activity(activity, starts_at=later, ends_at=later + dt.timedelta(hours=1))
    assert read(client, path) == {key: (1, "CONFIRMED", later)}
    cancel_activity(activity, reason="台风")
    assert read(client, path) == {key: (2, "CANCELLED", later)}


def test_a_series_arrives_with_its_moved_and_its_cancelled_date(client):
    series = make_series()
    _first, second, third, fourth, *rest = series.activities.order_by("starts_at")
    moved = shanghai(2026, 12, 3, 14)
    change_activity(second, starts_at=moved, ends_at=moved + dt.timedelta(hours=2))
    cancel_activity(third, reason="台风")
    uid = f"series-{series.pk}@haimengyuan-portal"
    assert read(client, "/activities.ics") == {
        (uid, ""): (0, "CONFIRMED", shanghai(2026, 11, 25, 9)),
        (uid, "20261202T090000"): (1, "CONFIRMED", moved),
        (uid, "20261209T090000"): (1, "CANCELLED", third.starts_at),
    }
    shown = timeline(client, "/activities.ics")
    assert shown == [
        (shanghai(2026, 11, 25, 9), "CONFIRMED"),
        (moved, "CONFIRMED"),
        (shanghai(2026, 12, 9, 9), "CANCELLED"),
        *((row.starts_at, "CONFIRMED") for row in (fourth, *rest)),
    ]
    # one date alone says of which series and which date it is
    assert read(client, f"/activities/{second.pk}/activity.ics") == {
        (uid, "20261202T090000"): (1, "CONFIRMED", moved)
    }


def test_a_changed_rest_of_a_series_is_another_series_and_no_date_stands_twice(client):
    series = make_series()
    third = series.activities.order_by("starts_at")[2]
    start = shanghai(2026, 12, 9, 14)
    with patch_now(shanghai(2026, 11, 24, 10)):
        new, _asked = change_from_here(third, starts_at=start, ends_at=start + dt.timedelta(hours=1))
    assert read(client, "/activities.ics") == {
        (f"series-{series.pk}@haimengyuan-portal", ""): (1, "CONFIRMED", shanghai(2026, 11, 25, 9)),
        (f"series-{new.pk}@haimengyuan-portal", ""): (0, "CONFIRMED", start),
    }
    stamps = [line for line in fetched(client, "/activities.ics").splitlines() if line.startswith("DTSTAMP")]
    assert stamps == ["DTSTAMP:20261124T020000Z"] * 2
    starts = [moment for moment, _status in timeline(client, "/activities.ics")]
    assert [(moment.day, moment.hour) for moment in starts][:4] == [(25, 9), (2, 9), (9, 14), (16, 14)]
    assert len(starts) == len(set(starts)) == 8


def test_a_date_that_the_rule_gives_and_nobody_holds_is_left_out(client):
    series = make_series()
    series.activities.order_by("starts_at")[1].shifts.all().delete()
    series.activities.order_by("starts_at")[1].delete()
    assert shanghai(2026, 12, 2, 9) not in [moment for moment, _status in timeline(client, "/activities.ics")]


def test_drafts_templates_and_what_is_long_over_are_not_public(client):
    make_activity(title="草稿", publish=False)
    make_activity(title="模板", publish=False, is_template=True)
    old = make_activity(title="上上个月的")
    type(old).objects.filter(pk=old.pk).update(starts_at=days_ahead(-40), ends_at=days_ahead(-40, 11))
    shown = make_activity(title="看得到的")
    assert [uid for uid, _instance in read(client, "/activities.ics")] == [
        f"activity-{shown.pk}@haimengyuan-portal"
    ]
    for row in (old, shown):
        assert client.get(f"/activities/{row.pk}/activity.ics").status_code == 200


def test_a_calendar_that_knows_the_newest_is_told_so(client):
    activity = make_activity()
    first = client.get("/activities.ics")
    assert client.get("/activities.ics", headers={"if-none-match": first["ETag"]}).status_code == 304
    with patch_now(timezone.now() + dt.timedelta(minutes=1)):
        change_activity(activity, title="改了名字")
    assert client.get("/activities.ics", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_feed_costs_the_same_at_one_and_at_many(client, django_assert_num_queries):
    make_activity()
    with django_assert_num_queries(3):
        client.get("/activities.ics")
    for _n in range(30):
        make_activity()
    make_series()
    with django_assert_num_queries(3):
        newest = client.get("/activities.ics")
    with django_assert_num_queries(2):
        client.get("/activities.ics", headers={"if-none-match": newest["ETag"]})


def test_a_person_has_all_signups_and_who_left_sees_it_crossed_out(client):
    who = {"name": "王淑兰", "phone": "13800000617"}
    signup = make_signup(make_activity(capacity=1).shifts.get(), **who)
    left = make_signup(make_activity(starts_at=days_ahead(5)).shifts.get(), **who)
    withdraw(left)
    full = make_activity(capacity=1, starts_at=days_ahead(6)).shifts.get()
    make_signup(full)
    waiting = make_signup(full, **who)
    make_signup()  # somebody else's
    path = calendar_path(signup.person)
    text = fetched(client, path)
    assert read(client, path) == {
        (f"signup-{signup.pk}@haimengyuan-portal", ""): (0, "CONFIRMED", signup.shift.starts_at),
        (f"signup-{left.pk}@haimengyuan-portal", ""): (1, "CANCELLED", left.shift.starts_at),
        (f"signup-{waiting.pk}@haimengyuan-portal", ""): (0, "CONFIRMED", full.starts_at),
    }
    assert "（排队中）" in text
    assert [word for word in ("王淑兰", "13800000617", "0617") if word in text] == []
    cancel_activity(signup.shift.activity, reason="台风")
    assert read(client, path)[f"signup-{signup.pk}@haimengyuan-portal", ""][:2] == (1, "CANCELLED")


def test_a_signup_has_a_file_of_its_own(client):
    signup = make_signup()
    assert list(read(client, f"{signup_path(signup)}activity.ics")) == [
        (f"signup-{signup.pk}@haimengyuan-portal", "")
    ]


def test_a_changed_address_and_who_has_left_have_none(client):
    signup = make_signup()
    assert client.get("/activities/calendars/1.forged.ics").status_code == 410
    assert client.get("/activities/signups/1.forged/activity.ics").status_code == 410
    # the address of one purpose opens no other
    token = signup_path(signup).split("/")[3]
    assert client.get(f"/activities/calendars/{token}.ics").status_code == 410
    Person.objects.filter(pk=signup.person_id).update(state=Person.State.MOVED)
    assert client.get(calendar_path(signup.person)).status_code == 404
