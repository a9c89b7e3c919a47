"""Places, the line for them, and the messages that go with both."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from people.actions import give_consent, withdraw_consent
from people.errors import TooOften
from people.models import Consent, Person, RateWindow
from reminders.models import Reminder
from tests.makers import (
    days_ahead,
    make_activity,
    make_person,
    make_shift,
    make_signup,
    make_user,
    patch_now,
    shanghai,
)
from volunteers.actions import (
    answer,
    cancel_activity,
    change_activity,
    change_party,
    pass_on_lapsed,
    set_capacity,
    sign_up,
    withdraw,
    write_to,
)
from volunteers.actions.waiting import answer_until, move
from volunteers.errors import ActivityRefused, AlreadySignedUp, SignupClash, SignupRefused
from volunteers.models import (
    COMING,
    HOLDING,
    NEXT_SIGNUP,
    ActivityMessage,
    Companion,
    Shift,
    Signup,
    SignupStatus,
)

pytestmark = pytest.mark.django_db
_S = SignupStatus
MISSING_ARROWS = [(old, new) for old in _S for new in _S if new not in NEXT_SIGNUP[old]]


@pytest.fixture(autouse=True)
def wednesday_morning():
    with patch_now(shanghai(2026, 11, 25, 9)):
        yield


def taken(shift):
    return Shift.objects.values_list("taken", flat=True).get(pk=shift.pk)


NO_REASON = "这次没有报成。报过名的，请点开报名时的链接来改；没报过的，请打值班电话，我们帮您报"


def status_of(*signups):
    return [Signup.objects.values_list("status", flat=True).get(pk=signup.pk) for signup in signups]


def told(signup, what=""):
    """(what, address, status) of the reminders about that sign-up."""
    keys = Reminder.objects.filter(dedupe_key__startswith=f"activity:{signup.shift.activity_id}:{what}")
    rows = keys.filter(person=signup.person).order_by("pk").values_list("dedupe_key", "address", "status")
    return [(key.split(":")[2], address.split(":")[0], status) for key, address, status in rows]


def test_a_family_takes_as_many_places_as_it_brings_people():
    shift = make_shift(capacity=3)
    signup = make_signup(shift, party=["self", "parent", "child"])
    assert (signup.status, signup.seats, taken(shift)) == (_S.PLACE, 3, 3)
    assert [row.relation for row in signup.party.all()] == ["self", "parent", "child"]
    assert status_of(make_signup(shift)) == [_S.WAITING]


@pytest.mark.parametrize("party", [[], ["self", "self"], ["child"] * 7])
def test_a_party_that_cannot_be_is_refused(party):
    with pytest.raises(SignupRefused):
        make_signup(make_shift(), party=party)
    assert Signup.objects.count() == 0


def test_somebody_new_is_told_by_text_or_by_call_and_agrees_to_it():
    mobile = make_signup(name="王淑兰", phone="13800000617").person
    landline = make_signup(name="李秀兰", phone="05350001206").person
    assert (mobile.reach_by, mobile.prefers_phone_call) == ("sms", False)
    assert (landline.reach_by, landline.prefers_phone_call) == ("", True)
    assert set(Consent.objects.values_list("person", "purpose")) == {
        (mobile.pk, "activity"),
        (landline.pk, "activity"),
    }


def test_somebody_known_keeps_the_wish_of_the_register():
    known = make_person("王淑兰", phone="13800000617")
    signup = make_signup(name="王淑兰", phone="13800000617")
    known.refresh_from_db()
    assert (signup.person, known.reach_by) == (known, "")
    # who has no way outside the web is on the call list for what needs an answer
    assert told(signup) == [
        ("taken", "person", "pending"),
        ("eve", "person", "pending"),
        ("eve", "call", "pending"),
    ]


def test_the_same_page_sent_twice_is_one_signup_and_another_page_gives_no_link():
    shift = make_shift()
    who = {"name": "王淑兰", "phone": "13800000617", "party": ["self"]}
    first = sign_up(shift, submission_key="a", **who)
    assert sign_up(shift, submission_key="a", **who) == first
    assert sign_up(shift, submission_key="a", address="192.0.2.1", **who) == first
    assert set(RateWindow.objects.values_list("used", flat=True)) == {0}  # what is nothing new costs nothing
    with pytest.raises(AlreadySignedUp):
        sign_up(shift, submission_key="b", **who)
    assert (Signup.objects.count(), taken(shift)) == (1, 1)


def test_a_phone_and_an_address_have_their_limits_exactly():
    phone = "13800000617"
    for index in range(6):
        make_signup(name=f"家人{index}", phone=phone, address="192.0.2.1")
    with pytest.raises(TooOften):
        make_signup(name="家人7", phone=phone, address="192.0.2.1")
    for _again in range(24):
        make_signup(address="192.0.2.1")
    with pytest.raises(TooOften):
        make_signup(address="192.0.2.1")
    assert Signup.objects.count() == 30


def test_a_stranger_reads_one_sentence_whatever_holds_somebody_back():
    """On the list already, elsewhere at that hour, no consent any more: neighbours know name and number."""
    listed, elsewhere, without = (make_person() for _n in range(3))
    give_consent(without, Consent.Purpose.ACTIVITY, channel="web")
    withdraw_consent(without, Consent.Purpose.ACTIVITY)
    shift = make_shift()
    make_signup(shift, name=listed.name, phone=listed.phone)
    make_signup(make_shift(starts_at=shift.starts_at), name=elsewhere.name, phone=elsewhere.phone)
    said = []
    for person in (listed, elsewhere, without):
        with pytest.raises(SignupRefused) as refused:
            make_signup(shift, name=person.name, phone=person.phone)
        said.append(str(refused.value))
    assert said == [NO_REASON] * 3
    made = make_signup(shift, name=without.name, phone=without.phone, entered_by=make_user())
    assert made.status == _S.PLACE  # the desk has it from them


def test_asking_about_somebody_costs_what_signing_up_costs_exactly():
    who = {"name": "王淑兰", "phone": "13800000617"}
    shift = make_shift()
    sign_up(shift, submission_key="mine", party=["self"], address="192.0.2.9", **who)
    for _again in range(5):
        with pytest.raises(AlreadySignedUp):
            make_signup(shift, address="192.0.2.1", **who)
    with pytest.raises(TooOften):
        make_signup(shift, address="192.0.2.1", **who)
    # the page sent twice is no question: it spends nothing and is answered also now
    assert (
        sign_up(shift, submission_key="mine", party=["self"], address="192.0.2.1", **who).person.name
        == "王淑兰"
    )
    assert sorted(RateWindow.objects.values_list("used", flat=True)) == [1, 5, 6]


def test_the_key_of_another_page_leads_to_no_signup_of_somebody_else():
    shift = make_shift()
    make_signup(shift, name="王淑兰", phone="13800000617", submission_key="k")
    other = make_signup(shift, name="李秀兰", phone="13800000618", submission_key="k")
    assert other.person.name == "李秀兰"


def test_what_is_a_draft_over_or_called_off_takes_nobody():
    draft = make_shift(publish=False)
    cancelled = make_shift()
    cancel_activity(cancelled.activity, reason="下雨")
    begun = make_shift(starts_at=days_ahead(0, 10))
    for shift in (draft, cancelled):
        with pytest.raises(SignupRefused):
            make_signup(shift)
    with patch_now(begun.starts_at), pytest.raises(SignupRefused):
        make_signup(begun)
    assert Signup.objects.count() == 0
    assert list(Shift.objects.values_list("taken", "tickets")) == [(0, 0)] * 3


def test_a_freed_place_goes_to_the_first_in_line_who_has_twelve_hours():
    shift = make_shift(capacity=1, starts_at=days_ahead(7))
    holder, first, second = (make_signup(shift) for _n in range(3))
    withdraw(holder)
    assert status_of(holder, first, second) == [_S.WITHDRAWN, _S.OFFERED, _S.WAITING]
    first.refresh_from_db()
    assert (first.offered_until, taken(shift)) == (shanghai(2026, 11, 25, 21), 1)
    assert told(first, "offered") == [("offered", "person", "pending")]
    answer(first, coming=True)
    assert (status_of(first), taken(shift)) == ([_S.PLACE], 1)
    assert [what for what, *_rest in told(first, "eve")] == ["eve"]


def test_silence_passes_the_place_on_and_a_no_does_so_at_once():
    shift = make_shift(capacity=1, starts_at=days_ahead(7))
    holder, first, second, third = (make_signup(shift) for _n in range(4))
    withdraw(holder)
    with patch_now(shanghai(2026, 11, 25, 20, 59)):
        assert pass_on_lapsed() == 0
    with patch_now(shanghai(2026, 11, 25, 21)):
        assert pass_on_lapsed() == 1
        assert pass_on_lapsed() == 0
    assert status_of(first, second) == [_S.DECLINED, _S.OFFERED]
    second.refresh_from_db()
    assert second.offered_until == shanghai(2026, 11, 26, 20)  # the night does not count
    answer(second, coming=False)
    assert (status_of(second, third), taken(shift)) == ([_S.DECLINED, _S.OFFERED], 1)
    assert [what for what, *_rest in told(first)] == ["waiting", "offered", "lapsed"]
    first.refresh_from_db()
    assert (first.get_status_display(), second.get_status_display()) == ("到时没答复", "说了来不了")


@pytest.mark.parametrize(
    ("now", "start", "until"),
    [
        ((25, 9), (30, 9), (25, 21)),
        ((25, 9, 1), (30, 9), (26, 8, 1)),
        ((25, 22), (30, 9), (26, 20)),
        ((25, 3), (30, 9), (25, 20)),
        ((25, 20), (26, 9), (26, 8)),  # at most until an hour before the start
        ((25, 9), (25, 10, 1), (25, 9, 1)),
        ((25, 9), (25, 10), None),
    ],
)
def test_how_long_an_offer_is_kept(now, start, until):
    moments = [moment and shanghai(2026, 11, *moment) for moment in (now, start, until)]
    assert answer_until(moments[0], moments[1]) == moments[2]


def test_the_first_in_line_whose_party_fits_is_asked():
    shift = make_shift(capacity=2, starts_at=days_ahead(7))
    one, other = make_signup(shift), make_signup(shift)
    family, single = make_signup(shift, party=["self", "child"]), make_signup(shift)
    withdraw(one)
    assert status_of(family, single) == [_S.WAITING, _S.OFFERED]
    withdraw(other)
    assert status_of(family) == [_S.WAITING]
    withdraw(single)
    assert (status_of(family), taken(shift)) == ([_S.OFFERED], 2)


def test_a_smaller_party_in_line_may_fit_at_once():
    shift = make_shift(capacity=2)
    make_signup(shift)
    family = make_signup(shift, party=["self", "spouse"])
    change_party(family, ["self"])
    assert (status_of(family), taken(shift)) == ([_S.OFFERED], 2)


def test_more_people_need_free_places_and_fewer_give_them_to_the_line():
    shift = make_shift(capacity=3, starts_at=days_ahead(7))
    signup = make_signup(shift, party=["self", "child"])
    change_party(signup, ["self", "child", "parent"])
    with pytest.raises(SignupRefused, match="只剩 0 位"):
        change_party(signup, ["self", "child", "parent", "other"])
    waiting = make_signup(shift)
    change_party(signup, ["child"])
    assert (status_of(signup, waiting), taken(shift)) == ([_S.PLACE, _S.OFFERED], 2)
    assert [row.relation for row in signup.party.all()] == ["child"]


def test_more_places_let_the_line_move_up_and_fewer_than_taken_are_refused():
    shift = make_shift(capacity=2, starts_at=days_ahead(7))
    for _n in range(2):
        make_signup(shift)
    waiting = [make_signup(shift) for _n in range(3)]
    set_capacity(shift, 4)
    assert (status_of(*waiting), taken(shift)) == ([_S.OFFERED, _S.OFFERED, _S.WAITING], 4)
    with pytest.raises(ActivityRefused, match="已经占了 4 位"):
        set_capacity(shift, 3)
    set_capacity(shift, 4)
    assert Shift.objects.get(pk=shift.pk).capacity == 4


def test_who_left_may_come_back_at_the_end_of_the_line():
    shift = make_shift(capacity=1, starts_at=days_ahead(7))
    who = {"name": "王淑兰", "phone": "13800000617"}
    first = make_signup(shift, **who)
    other = make_signup(shift)
    withdraw(first)
    answer(other, coming=True)
    again = make_signup(shift, **who)
    assert (again.pk, again.status, again.ticket) == (first.pk, _S.WAITING, 3)
    withdraw(other)
    again.refresh_from_db()
    assert again.status == _S.OFFERED


def test_saying_the_same_twice_is_harmless_and_what_is_over_cannot_be_answered():
    signup = make_signup()
    for _again in range(2):
        answer(signup, coming=True)
    answer(signup, coming=True, needs_lift=True)
    signup.refresh_from_db()
    assert (signup.status, signup.needs_lift) == (_S.CONFIRMED, True)
    for _again in range(2):
        answer(signup, coming=False)
    assert (status_of(signup), taken(signup.shift)) == ([_S.DECLINED], 0)
    for again in (lambda: answer(signup, coming=True), lambda: withdraw(signup)):
        with pytest.raises(SignupRefused):
            again()


def test_a_lift_is_told_to_the_desk():
    signup = make_signup()
    answer(signup, coming=True, needs_lift=True)
    (row,) = Reminder.objects.filter(address__startswith="desk:")
    assert (row.subject, row.link) == (
        f"要接送：{signup.shift.activity}",
        f"/staff/activities/{signup.shift.activity_id}/",
    )


def test_the_desk_is_told_of_a_lift_once_and_not_of_one_that_is_not_wanted_any_more():
    signup = make_signup()
    desk = Reminder.objects.filter(address__startswith="desk:").order_by("pk")

    def told():
        return list(desk.values_list("status", flat=True))

    def say(minute, **what):
        with patch_now(shanghai(2026, 11, 24, 13, minute)):
            answer(signup, **what)
        return told()

    lift = {"coming": True, "needs_lift": True}
    assert say(1, **lift) == say(2, **lift) == ["pending"]
    assert say(3, coming=True) == ["cancelled"]
    assert say(4, **lift) == ["cancelled", "pending"]
    change_activity(signup.shift.activity, place_text="老年活动室")
    assert say(5, **lift) == ["cancelled", "pending", "pending"]  # now to another place
    assert say(6, coming=False) == ["cancelled"] * 3


def test_what_staff_wrote_is_said_also_to_who_answers_in_that_very_moment():
    signup = make_signup()
    write_to(signup.shift.activity, text="集合点改到东门", by=make_user(), submission_key="a")
    rows = Reminder.objects.filter(dedupe_key__contains=":message:")
    answer(signup, coming=True)
    assert [row.status for row in rows] == ["pending"]
    withdraw(signup)
    assert [row.status for row in rows.all()] == ["cancelled"]


def test_the_question_comes_24_hours_before_and_not_to_who_signs_up_later():
    signup = make_signup()
    row = Reminder.objects.get(dedupe_key__contains=":eve:")
    assert (row.due_at, row.expires_at) == (shanghai(2026, 11, 26, 9), signup.shift.starts_at)
    assert row.link.startswith("/activities/signups/")
    with patch_now(shanghai(2026, 11, 26, 9)):
        late = make_signup(signup.shift)
    assert [what for what, *_rest in told(late)] == ["taken"]


def test_a_no_silences_what_was_still_to_be_said():
    signup = make_signup()
    withdraw(signup)
    assert told(signup) == [("taken", "person", "cancelled"), ("eve", "person", "cancelled")]


def test_two_places_at_the_same_hour_are_refused_and_the_desk_may_override():
    who = {"name": "王淑兰", "phone": "13800000617"}
    signup = make_signup(**who)
    inside = make_shift(starts_at=signup.shift.starts_at + dt.timedelta(minutes=90))
    after = make_shift(starts_at=signup.shift.ends_at)
    with pytest.raises(SignupClash) as told_to_whoever:
        make_signup(inside, **who)
    assert str(told_to_whoever.value) == NO_REASON
    make_signup(after, **who)
    make_signup(inside, **who, party=["child"])  # the child goes elsewhere
    other = make_shift(starts_at=signup.shift.starts_at)
    desk = make_user()
    with pytest.raises(SignupClash, match=signup.shift.activity.title):
        make_signup(other, **who, entered_by=desk)
    made = make_signup(other, **who, entered_by=desk, override=True)
    assert (made.entered_by, made.channel) == (desk, "desk")


def test_what_was_left_or_called_off_clashes_with_nothing():
    who = {"name": "王淑兰", "phone": "13800000617"}
    left, off = make_signup(**who), None
    withdraw(left)
    off = make_signup(make_shift(), **who)
    cancel_activity(off.shift.activity, reason="下雨")
    assert make_signup(make_shift(), **who).status == _S.PLACE


def test_another_time_asks_everybody_again_and_puts_the_question_off():
    activity = make_activity(capacity=1)
    shift = activity.shifts.get()
    coming, waiting = make_signup(shift), make_signup(shift)
    answer(coming, coming=True)
    later = activity.starts_at + dt.timedelta(days=2)
    assert change_activity(activity, starts_at=later, ends_at=later + dt.timedelta(hours=1)) == 1
    shift.refresh_from_db()
    assert (shift.starts_at, shift.ends_at, activity.sequence) == (later, activity.ends_at, 1)
    assert status_of(coming, waiting) == [_S.PLACE, _S.WAITING]
    assert told(coming) == [
        ("taken", "person", "cancelled"),
        ("eve", "person", "cancelled"),
        ("changed", "person", "pending"),
        ("eve", "person", "pending"),
    ]
    words = Reminder.objects.get(dedupe_key__contains=":changed:", person=coming.person).text
    assert words == "现在是11月29日 周日 9:00–10:00，听涛苑物业门口。还来吗？请点开说一声。"
    assert "还来吗" not in Reminder.objects.get(dedupe_key__contains=":changed:", person=waiting.person).text


def test_other_words_ask_nobody():
    activity = make_activity()
    signup = make_signup(activity.shifts.get())
    assert change_activity(activity, what="也给老人修脚") is None
    assert activity.sequence == 0
    assert change_activity(activity, title="义剪和修脚") is None
    assert activity.sequence == 1  # calendars show the title
    assert [what for what, *_rest in told(signup)] == ["taken", "eve"]


def test_calling_off_tells_everybody_once_and_nothing_else_is_said():
    activity = make_activity(capacity=1)
    shift = activity.shifts.get()
    coming, waiting, left = make_signup(shift), make_signup(shift), make_signup(shift)
    withdraw(left)
    with pytest.raises(ActivityRefused):
        cancel_activity(activity, reason=" ")
    cancel_activity(activity, reason="台风")
    with pytest.raises(ActivityRefused):
        cancel_activity(activity, reason="台风")
    pending = Reminder.objects.pending()
    assert {(row.person_id, row.text) for row in pending} == {
        (signup.person_id, f"{shift.when}的活动取消了：台风。请不要去了。") for signup in (coming, waiting)
    }
    assert pending.count() == 2
    with patch_now(activity.starts_at):
        assert pass_on_lapsed() == 0
    with pytest.raises(SignupRefused):
        withdraw(coming)


def test_one_box_writes_to_all_to_a_role_or_to_the_line_once():
    activity = make_activity(shifts=[{"capacity": 1}, {"capacity": 5, "kind": "helper", "name": "搬桌椅"}])
    guests, helpers = activity.shifts.order_by("pk")
    coming, waiting, helper = make_signup(guests), make_signup(guests), make_signup(helpers)
    desk = make_user()
    values = {"text": "带把伞，100% 有雨", "by": desk}
    To = ActivityMessage.To
    for to, shift, readers in (
        (To.ALL, None, {coming, waiting, helper}),
        (To.COMING, None, {coming, helper}),
        (To.WAITING, None, {waiting}),
        (To.ALL, helpers, {helper}),
    ):
        for _again in range(2):
            message = write_to(activity, to=to, shift=shift, submission_key=f"{to}{shift}", **values)
        rows = Reminder.objects.filter(
            dedupe_key__endswith=f":{message.pk}", dedupe_key__contains=":message:"
        )
        assert {row.person_id for row in rows} == {reader.person_id for reader in readers}
        assert rows.first().text == "带把伞，100% 有雨"
        assert message.count == len(readers)
    withdraw(waiting)
    with pytest.raises(ActivityRefused):
        write_to(activity, to=To.WAITING, submission_key="z", **values)


def test_the_same_words_from_a_page_fetched_anew_are_not_sent_twice():
    signup = make_signup()
    activity, desk = signup.shift.activity, make_user()
    first = write_to(activity, text="带伞", by=desk, submission_key="a")
    assert write_to(activity, text="带伞 ", by=desk, submission_key="b") == first
    assert write_to(activity, text="带伞", by=make_user(), submission_key="c") != first
    assert write_to(activity, text="带雨衣", by=desk, submission_key="d") != first
    with patch_now(timezone.now() + dt.timedelta(minutes=11)):
        assert write_to(activity, text="带伞", by=desk, submission_key="e") != first
    assert ActivityMessage.objects.count() == 4
    assert signup.person.reminders.filter(dedupe_key__contains=":message:").count() == 4


def test_the_same_words_again_reach_who_has_signed_up_since_and_them_alone():
    first = make_signup()
    activity, desk = first.shift.activity, make_user()
    sent = write_to(activity, text="带伞", by=desk, submission_key="a")
    second = make_signup(first.shift)
    again = write_to(activity, text="带伞", by=desk, submission_key="b")
    assert (again, again.count) == (sent, 2)
    rows = Reminder.objects.filter(dedupe_key__contains=":message:", address__startswith="person:")
    assert sorted(rows.values_list("person", flat=True)) == [first.person_id, second.person_id]
    sent.refresh_from_db()
    assert sent.count == 2


def test_who_withdraws_the_consent_gives_back_what_is_to_come():
    who = {"name": "王淑兰", "phone": "13800000617"}
    shift = make_shift(capacity=1, starts_at=days_ahead(7))
    past = make_signup(make_shift(starts_at=days_ahead(0, 10)), **who)
    mine, waiting = make_signup(shift, **who), make_signup(shift)
    with patch_now(shanghai(2026, 11, 25, 11)):
        assert withdraw_consent(mine.person, Consent.Purpose.ACTIVITY)
    assert status_of(past, mine, waiting) == [_S.PLACE, _S.WITHDRAWN, _S.OFFERED]
    assert mine.person.reminders.filter(status="pending", dedupe_key__contains=":eve:").count() == 0


@pytest.mark.parametrize(("old", "new"), MISSING_ARROWS)
def test_every_missing_arrow_is_refused(old, new):
    signup = make_signup()
    arrival = {"arrived_at": timezone.now(), "arrival": "tick"} if old == _S.ATTENDED else {}
    Signup.objects.filter(pk=signup.pk).update(status=old, offered_until=timezone.now(), **arrival)
    signup.refresh_from_db()
    with pytest.raises(SignupRefused):
        move(signup, new)
    assert status_of(signup) == [old]


def test_the_database_refuses_what_must_never_be():
    signup = make_signup(make_shift(capacity=1))
    wrong = [
        lambda: Shift.objects.filter(pk=signup.shift_id).update(taken=2),
        lambda: Shift.objects.filter(pk=signup.shift_id).update(capacity=0),
        lambda: Signup.objects.create(shift=signup.shift, person=signup.person, ticket=9, status="place"),
        lambda: Signup.objects.create(shift=signup.shift, person=make_person(), ticket=1, status="place"),
        lambda: Signup.objects.filter(pk=signup.pk).update(status="offered", offered_until=None),
        lambda: Signup.objects.filter(pk=signup.pk).update(status="maybe"),
        lambda: Companion.objects.create(signup=signup, relation="self"),
    ]
    for act in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_the_groups_of_statuses_are_what_they_say():
    assert set(COMING) < set(HOLDING)
    assert set(_S) - set(HOLDING) == {_S.WAITING, _S.WITHDRAWN, _S.DECLINED}


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_who_has_left_is_no_longer_asked(state):
    signup = make_signup()
    Person.objects.filter(pk=signup.person_id).update(state=state)
    assert Reminder.objects.undeliverable().count() == 2
