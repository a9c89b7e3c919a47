"""Who was there: three ways to one record, a reason for each refusal, hours once, and nobody shamed."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from people.errors import TooOften
from reminders.models import Reminder
from tests.makers import make_activity, make_signup, make_user, patch_now, shanghai
from volunteers.actions import (
    add_walk_in,
    answer,
    cancel_activity,
    check_in,
    check_in_by_code,
    check_in_by_phone,
    check_out,
    correct_hours,
    explain_absence,
    faces_of,
    mark_missed,
    say_how_it_was,
    undo_check_in,
    undo_walk_in,
    withdraw,
)
from volunteers.actions.check_in import TRIES, code_of
from volunteers.errors import HoursRefused, SignupRefused
from volunteers.links import signup_path
from volunteers.models import Activity, HourEntry, Shift, Signup, SignupStatus, WalkIn

pytestmark = pytest.mark.django_db
_S = SignupStatus
STARTS, PHONE = shanghai(2026, 11, 27, 9), "13800005501"
MINUTE = dt.timedelta(minutes=1)
DURING = STARTS + 10 * MINUTE
AFTER = STARTS + dt.timedelta(hours=3)


@pytest.fixture(autouse=True)
def two_days_before():
    with patch_now(shanghai(2026, 11, 25, 9)):
        yield


@pytest.fixture
def world():
    """An activity from nine to eleven, with guests and helpers, and one of each who signed up."""
    shifts = [{"capacity": 2}, {"capacity": 2, "kind": Shift.Kind.HELPER, "name": "搬桌椅"}]
    activity = make_activity(starts_at=STARTS, shifts=shifts, title="义剪")
    guests, helpers = activity.shifts.order_by("pk")
    return {
        "activity": activity,
        "guests": guests,
        "helpers": helpers,
        "guest": make_signup(guests, phone=PHONE),
        "helper": make_signup(helpers),
    }


def again(signup):
    return Signup.objects.with_related().get(pk=signup.pk)


def typed(signup, code):
    return check_in_by_code(again(signup), code, address="192.0.2.1")


def by_phone(activity, code, phone=PHONE):
    return check_in_by_phone(Activity.objects.get(pk=activity.pk), phone, code, address="192.0.2.1")


def wrong_for(*shifts, moment):
    """Four digits that are the code of none of these shifts in the last half hour."""
    known = {code_of(shift, moment - ago * MINUTE) for shift in shifts for ago in range(31)}
    return next(digits for n in range(10_000) if (digits := f"{n:04d}") not in known)


def test_the_code_opens_the_door_in_its_minute_and_the_next():
    shift = make_activity(starts_at=STARTS).shifts.get()
    code, others = code_of(shift, DURING), {code_of(shift, DURING + n * MINUTE) for n in range(1, 60)}
    assert (len(code), code.isdigit()) == (4, True)
    assert code == code_of(shift, DURING + dt.timedelta(seconds=59))
    assert len(others - {code}) > 55
    for later, opens in ((0, True), (1, True), (1.99, True), (2, False)):
        signup = make_signup(shift)
        with patch_now(DURING + later * MINUTE):
            if opens:
                assert typed(signup, code).status == _S.ATTENDED
            else:
                with pytest.raises(SignupRefused, match="过时"):
                    typed(signup, code)


@pytest.mark.parametrize("way", [typed, None], ids=["link", "phone"])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("early", "还太早，11月27日 周五 8:00起"),
        ("late", "已经结束了"),
        ("wrong", "签到码不对"),
        ("old", "过时了"),
        ("other shift", "另一组"),
        ("cancelled", "取消了，不用签到"),
        ("withdrawn", "这个报名取消了"),
        ("waiting", "还在排队"),
        ("offered", "空位还没有答复"),
        ("declined", "您说过来不了"),
        ("draft", "还没有发布"),
    ],
)
def test_each_refusal_says_why_and_changes_nothing(world, way, case, words):
    activity, shift, signup = world["activity"], world["guests"], world["guest"]
    moments = {"early": STARTS - 61 * MINUTE, "late": STARTS + 151 * MINUTE}
    moment = moments.get(case, DURING)
    code = code_of(shift, moment)
    if case == "wrong":
        code = wrong_for(shift, world["helpers"], moment=moment)
    elif case == "old":
        code = code_of(shift, moment - 5 * MINUTE)
    elif case == "other shift":
        code = code_of(world["helpers"], moment)
    elif case == "cancelled":
        cancel_activity(activity, reason="台风")
    elif case == "withdrawn":
        withdraw(signup)
    elif case == "waiting":
        make_signup(shift)
        signup = make_signup(shift, phone="13800005502")
    elif case == "offered":
        signup = make_signup(shift, phone="13800005502", party=["self", "spouse"])
        withdraw(world["guest"])
    elif case == "declined":
        answer(signup, coming=False)
    elif case == "draft":
        Activity.objects.filter(pk=activity.pk).update(status="draft")
    phone, before = signup.person.phone, again(signup).status
    expected = {
        "offered": _S.OFFERED,
        "declined": _S.DECLINED,
        "waiting": _S.WAITING,
        "withdrawn": _S.WITHDRAWN,
    }
    assert before == expected.get(case, _S.PLACE)
    with patch_now(moment), pytest.raises(SignupRefused, match=words):
        way(signup, code) if way else by_phone(activity, code, phone)
    assert (again(signup).status, again(signup).arrived_at) == (before, None)


def test_a_phone_is_known_only_to_who_reads_the_code(world):
    stranger, wrong = "13800009999", wrong_for(world["guests"], world["helpers"], moment=DURING)
    with patch_now(DURING):
        said = set()
        for phone in (stranger, PHONE):
            with pytest.raises(SignupRefused) as refused:
                by_phone(world["activity"], wrong, phone)
            said.add(str(refused.value))
        assert len(said) == 1
        with pytest.raises(SignupRefused, match="没有报名"):
            by_phone(world["activity"], code_of(world["guests"], DURING), stranger)
        assert by_phone(world["activity"], code_of(world["guests"], DURING)).pk == world["guest"].pk


def test_two_names_behind_one_phone_are_not_guessed(world):
    make_signup(world["guests"], phone=PHONE, name="李四")
    with patch_now(DURING), pytest.raises(SignupRefused, match="不止一位"):
        by_phone(world["activity"], code_of(world["guests"], DURING))


def test_guesses_are_counted_exactly_and_stay_counted(world):
    wrong, right = (
        wrong_for(world["guests"], world["helpers"], moment=DURING),
        code_of(world["guests"], DURING),
    )
    with patch_now(DURING):
        for act in (lambda code: typed(world["guest"], code), lambda code: by_phone(world["activity"], code)):
            for _n in range(TRIES):
                with pytest.raises(SignupRefused, match="不对"):
                    act(wrong)
            with pytest.raises(TooOften):
                act(right)


def test_doing_it_again_keeps_the_first_arrival(world):
    with patch_now(DURING):
        typed(world["guest"], code_of(world["guests"], DURING))
    with patch_now(AFTER):
        check_in(again(world["guest"]), how=Signup.Arrival.PAPER)
        typed(world["guest"], "0000")  # the page sent again long after
    found = again(world["guest"])
    assert (found.status, found.arrived_at, found.arrival) == (_S.ATTENDED, DURING, "code")
    assert Shift.objects.get(pk=found.shift_id).taken == 1


def test_paper_is_entered_afterwards_and_an_undo_leads_back(world):
    Activity.objects.filter(pk=world["activity"].pk).update(status="finished")
    with patch_now(AFTER):
        check_in(again(world["guest"]), how=Signup.Arrival.PAPER)
        for _twice in range(2):
            undo_check_in(again(world["guest"]))
        found = again(world["guest"])
        assert (found.status, found.arrived_at, found.arrival) == (_S.PLACE, None, "")
        check_in(found, how=Signup.Arrival.TICK)
        assert again(found).arrival == "tick"


def test_walk_ins_stand_beside_the_places_and_count_once(world):
    by = make_user()
    make_signup(world["guests"])
    with patch_now(DURING):
        made = [add_walk_in(world["guests"], seats=3, by=by, submission_key="k") for _twice in range(2)]
        assert made[0] == made[1]
        for seats in (0, 7):
            with pytest.raises(SignupRefused):
                add_walk_in(world["guests"], seats=seats, by=by, submission_key=f"k{seats}")
        shift = Shift.objects.get(pk=world["guests"].pk)
        assert (shift.taken, shift.capacity) == (2, 2)
        undo_walk_in(made[0])
        assert (WalkIn.objects.standing().count(), WalkIn.objects.count()) == (0, 1)
    with pytest.raises(SignupRefused, match="太早"):
        add_walk_in(world["guests"], seats=1, by=by, submission_key="early")


def ledger(signup):
    rows = HourEntry.objects.filter(person=signup.person).order_by("pk")
    return list(rows.values_list("minutes", "source_key", "served_on"))


def test_hours_are_as_planned_once_edited_by_a_correction_and_undone_by_one(world):
    by, helper, day = make_user(), world["helper"], dt.date(2026, 11, 27)
    key = f"activity:{helper.pk}"
    with patch_now(AFTER):
        check_in(again(helper), how=Signup.Arrival.TICK)
        entry = check_out(again(helper), by=by)
        assert entry.what == "义剪：搬桌椅"
        check_out(again(helper), by=by)
        assert ledger(helper) == [(120, key, day)]
        check_out(again(helper), by=by, minutes=90)
        check_out(again(helper), by=by)  # without minutes what stands stays
        assert ledger(helper) == [(120, key, day), (-30, f"fix:{entry.pk}:1", day)]
        undo_check_in(again(helper))
        assert HourEntry.objects.filter(person=helper.person).total_minutes() == 0
        assert len(ledger(helper)) == 3
        check_in(again(helper), how=Signup.Arrival.TICK)
        check_out(again(helper), by=by)
    assert HourEntry.objects.filter(person=helper.person).total_minutes() == 120


def test_who_gets_no_hours(world):
    by, own = make_user(), make_user(person=world["helper"].person)
    child = make_signup(world["helpers"], party=["child"])
    with patch_now(DURING):
        with pytest.raises(SignupRefused, match="先签到"):
            check_out(again(world["helper"]), by=by)
        for signup in (world["guest"], world["helper"], child):
            check_in(again(signup), how=Signup.Arrival.TICK)
        refused = [
            (world["guest"], by, "来帮忙的"),
            (world["helper"], own, "别的同事"),
            (child, by, "本人没有来"),
        ]
        for signup, user, words in refused:
            with pytest.raises(SignupRefused, match=words):
                check_out(again(signup), by=user)
        for minutes in (0, 1441):
            with pytest.raises(HoursRefused):
                check_out(again(world["helper"]), by=by, minutes=minutes)
    early = STARTS - 30 * MINUTE
    with patch_now(early), pytest.raises(SignupRefused, match="还没有开始"):
        check_out(again(world["helper"]), by=by)
    assert not HourEntry.objects.exists()


def test_a_correction_by_the_desk_stands_when_the_list_is_sent_again_without_minutes(world):
    with patch_now(AFTER):
        check_in(again(world["helper"]), how=Signup.Arrival.TICK)
        entry = check_out(again(world["helper"]), by=make_user())
        correct_hours(entry, to=60, why="提前走了")
        check_out(again(world["helper"]), by=make_user())
    assert HourEntry.objects.total_minutes() == 60


def test_who_was_missed_is_asked_in_private_and_may_say_why(world):
    guest, late = world["guest"], make_signup(world["guests"])
    with patch_now(DURING), pytest.raises(SignupRefused, match="还没有结束"):
        mark_missed(world["guests"])
    with patch_now(AFTER):
        with pytest.raises(SignupRefused, match="还没有记过"):
            mark_missed(world["guests"])
        check_in(again(late), how=Signup.Arrival.PAPER)
        assert [mark_missed(world["guests"]) for _twice in range(2)] == [1, 0]
        told = Reminder.objects.filter(dedupe_key__contains=":missed:")
        assert [row.person_id for row in told] == [
            guest.person_id
        ]  # neither the desk nor a call list hears of it
        with pytest.raises(SignupRefused):
            explain_absence(again(guest), " ")
        with pytest.raises(SignupRefused):
            explain_absence(again(late), "来了")
        explain_absence(again(guest), "孙子发烧")
        assert again(guest).absence_words == "孙子发烧"
        check_in(again(guest), how=Signup.Arrival.PAPER)  # they were there after all
    assert again(guest).status == _S.ATTENDED


@pytest.mark.parametrize(
    "values",
    [
        {"status": "attended"},
        {"arrived_at": DURING, "arrival": "tick"},
        {"status": "attended", "arrived_at": DURING, "arrival": "gps"},
        {"face": 5},
        {"status": "attended", "arrived_at": DURING, "arrival": "tick", "face": 1},
    ],
)
def test_the_database_ties_arrival_and_status_together(world, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Signup.objects.filter(pk=world["guest"].pk).update(**values)


def test_how_it_was_is_said_by_who_came_and_counted_from_three_on(world):
    guest, face = world["guest"], Signup.Face
    others = [make_signup(world["guests"], name=name) for name in ("第二位", "第三位")]
    with patch_now(DURING):
        for signup in (guest, *others[:1]):
            check_in(again(signup), how=Signup.Arrival.TICK)
        with pytest.raises(SignupRefused, match="办完了"):
            say_how_it_was(again(guest), face.GLAD)
    with patch_now(AFTER):
        with pytest.raises(SignupRefused, match="办完了"):
            say_how_it_was(again(others[1]), face.GLAD)
        for unknown in (None, 0, 1, 4, 6):
            with pytest.raises(SignupRefused, match="点一个脸"):
                say_how_it_was(again(guest), unknown)
        check_in(again(world["helper"]), how=Signup.Arrival.PAPER)
        for signup, chosen in ((guest, face.SORRY), (guest, face.GLAD), (others[0], face.GLAD)):
            say_how_it_was(again(signup), chosen)
        assert faces_of(world["activity"]) == []
        say_how_it_was(again(world["helper"]), face.SO_SO)
        assert faces_of(world["activity"]) == [(face.GLAD, 2), (face.SO_SO, 1), (face.SORRY, 0)]
        undo_check_in(again(guest))
        assert again(guest).face is None
        assert faces_of(world["activity"]) == []


def test_one_tap_on_the_receipt_says_how_it_was(world, client):
    path = signup_path(world["guest"])
    with patch_now(DURING):
        check_in(again(world["guest"]), how=Signup.Arrival.CODE)
        assert 'name="face"' not in client.get(path).content.decode()
    with patch_now(AFTER):
        assert client.get(path).content.decode().count('name="face"') == 3
        for rubbish in ("", "4", "a", "5" * 30):
            page = client.post(path, {"action": "face", "face": rubbish})
            assert "请点一个脸" in page.content.decode()
        assert client.post(path, {"action": "face", "face": "5"}, follow=True).status_code == 200
        assert again(world["guest"]).face == Signup.Face.GLAD
        page = client.get(path).content.decode()
        assert "您说的是：挺好" in page
        assert f"{world['guest'].ticket} 号" in page


def test_who_was_there_after_all_and_is_missed_again_by_a_better_list_is_asked_again(world):
    guest = world["guest"]
    other = make_signup(world["guests"])

    def asked():
        rows = Reminder.objects.filter(
            dedupe_key__contains=f":missed:{guest.pk}:", address__startswith="person:"
        )
        return list(rows.order_by("pk").values_list("status", flat=True))

    with patch_now(AFTER):
        check_in(again(other), how=Signup.Arrival.TICK)
        assert mark_missed(world["guests"]) == 1
        assert mark_missed(world["guests"]) == 0
        assert asked() == ["pending"]
    with patch_now(AFTER + MINUTE):
        undo_check_in(again(guest))
        assert asked() == ["cancelled"]
        assert mark_missed(world["guests"]) == 1
        assert asked() == ["cancelled", "pending"]
