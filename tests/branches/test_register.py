"""The register: standing and its effects, letters of transfer, check-ins."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions import announce, ask_for_month, assess, quorum_of, remind_dues, send_birthday_cards
from branches.actions.membership import (
    check_in,
    end_check_in,
    expire_letters,
    give_feedback,
    leave,
    move_transfer,
    open_transfer,
    set_standing,
)
from branches.actions.roll import make_roll
from branches.errors import RegisterRefused
from branches.models import (
    NEXT_STANDING,
    NEXT_TRANSFER,
    CheckIn,
    DuesMonth,
    Meeting,
    MembershipTransfer,
    PartnerUnit,
    PartyGroup,
    PartyMember,
    Post,
    Standing,
    StandingEvent,
    TransferStatus,
)
from branches.rules.standing import months_between, say_standing
from haimengyuan.lib.append_only import AppendOnlyError
from people.models import Role
from reminders.models import Reminder
from tests.branches.life import make_meeting
from tests.makers import (
    make_branch,
    make_grid,
    make_head,
    make_member,
    make_person,
    make_post,
    make_user,
    patch_now,
    shanghai,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LONG_AGO = TODAY - dt.timedelta(days=900)
DAY = dt.timedelta(days=1)


@pytest.fixture
def desk():
    return make_user(Role.STAFF)


def member_in(standing, by, **fields):
    """A member brought to a standing by the action."""
    member = make_member(entered_on=LONG_AGO, **fields)
    path = {
        Standing.NORMAL: [],
        Standing.LOST: [Standing.LOST],
        Standing.SUSPENDED: [Standing.LOST, Standing.SUSPENDED],
        Standing.REMOVED: [Standing.LOST, Standing.SUSPENDED, Standing.REMOVED],
    }
    for step in path[standing]:
        set_standing(member, step, by=by, on=TODAY - 30 * DAY, decided_by="街道党工委")
    return member


# --- standing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", Standing)
def test_exactly_the_arrows_of_the_table_of_standings(old, desk):
    for new in Standing:
        member = member_in(old, desk)
        if new in NEXT_STANDING[old]:
            set_standing(member, new, by=desk, decided_by="街道党工委")
            assert PartyMember.objects.get(pk=member.pk).standing == new
        else:
            with pytest.raises(RegisterRefused):
                set_standing(member, new, by=desk, decided_by="街道党工委")
            assert PartyMember.objects.get(pk=member.pk).standing == old


@pytest.mark.parametrize(
    ("old", "new"), [("lost", "suspended"), ("suspended", "normal"), ("suspended", "removed")]
)
def test_what_an_organisation_decides_names_it(old, new, desk):
    member = member_in(Standing(old), desk)
    with pytest.raises(RegisterRefused, match="哪个组织"):
        set_standing(member, new, by=desk)
    event = set_standing(member, new, by=desk, decided_by="街道党工委")
    assert (event.old, event.new, event.decided_by) == (old, new, "街道党工委")
    with pytest.raises(AppendOnlyError):
        event.save()


@pytest.mark.parametrize(
    ("standing", "due", "invited", "asked", "card"),
    [("normal", 3, True, True, True), ("lost", 3, False, True, False), ("suspended", 2, False, False, False)],
)
def test_who_counts_for_votes_invitations_dues_and_cards(standing, due, invited, asked, card, desk):
    branch = make_branch(grids=[make_grid()])
    for _member in range(2):
        make_member(branch=branch)
    joined = TODAY.replace(year=TODAY.year - 10) if (TODAY.month, TODAY.day) != (2, 29) else LONG_AGO
    member = member_in(Standing(standing), desk, branch=branch, joined_on=joined)
    assess(member, basis="pension", base=4000, since=TODAY)
    meeting = make_meeting(branch=branch, by=desk, on=TODAY + DAY)
    announce(meeting, by=desk)
    make_roll(meeting)
    assert quorum_of(meeting).due == due
    told = Reminder.objects.filter(address=f"person:{member.person_id}")
    assert told.filter(kind=Reminder.Kind.INVITATION).exists() == invited
    ask_for_month()
    assert DuesMonth.objects.filter(member=member).exists() == asked
    DuesMonth.objects.get_or_create(
        member=member, month=(TODAY.replace(day=1) - DAY).replace(day=1), defaults={"amount": 20}
    )
    remind_dues()
    assert told.filter(kind=Reminder.Kind.DUES).exists() == (standing == "normal")
    send_birthday_cards()
    assert told.filter(kind=Reminder.Kind.BIRTHDAY).exists() == card


def test_suspension_ends_posts_and_the_lead_of_a_group_and_removal_the_membership(desk):
    member = make_member(entered_on=LONG_AGO)
    make_post(member=member, since=LONG_AGO)
    group = PartyGroup.objects.create(branch=member.branch, name="第一党小组", leader=member)
    set_standing(member, "lost", by=desk)
    assert Post.objects.current().filter(member=member).exists()
    set_standing(member, "suspended", by=desk, decided_by="街道党工委")
    group.refresh_from_db()
    assert (Post.objects.current().filter(member=member).exists(), group.leader) == (False, None)
    set_standing(member, "removed", by=desk, decided_by="街道党工委")
    member.refresh_from_db()
    assert (member.left_on, StandingEvent.objects.filter(member=member).count()) == (TODAY, 3)


@pytest.mark.parametrize("on", [TODAY + DAY, LONG_AGO - DAY])
def test_a_standing_begins_on_a_day_that_can_be(on, desk):
    with pytest.raises(RegisterRefused, match="日期"):
        set_standing(make_member(entered_on=LONG_AGO), "lost", by=desk, on=on)


@pytest.mark.once
@pytest.mark.parametrize(
    ("standing", "since", "today", "begins"),
    [
        ("lost", (2026, 1, 10), (2026, 7, 9), ""),
        ("lost", (2026, 1, 10), (2026, 7, 10), ""),  # six months are not more than six months
        ("lost", (2026, 1, 10), (2026, 7, 11), "失去联系 6 个月"),
        ("lost", (2025, 8, 31), (2026, 2, 28), ""),
        ("lost", (2025, 8, 31), (2026, 3, 1), "失去联系 6 个月"),
        ("suspended", (2024, 7, 10), (2026, 7, 9), ""),
        ("suspended", (2024, 7, 10), (2026, 7, 10), "停止党籍满 2 年"),
        ("normal", (2020, 1, 1), (2026, 1, 1), ""),
        ("lost", None, (2026, 1, 1), ""),
    ],
)
def test_when_the_organisation_may_consider_more(standing, since, today, begins):
    said = say_standing(standing, dt.date(*since) if since else None, dt.date(*today))
    assert said[: len(begins)] == begins if begins else said == ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("since", "today", "months"),
    [((2026, 1, 31), (2026, 2, 28), 0), ((2026, 1, 31), (2026, 3, 31), 2), ((2025, 12, 1), (2026, 1, 1), 1)],
)
def test_months_are_whole_months(since, today, months):
    assert months_between(dt.date(*since), dt.date(*today)) == months


# --- letters -----------------------------------------------------------------------------------------------

PATH = {
    TransferStatus.DRAFT: [],
    TransferStatus.ISSUED: ["issued"],
    TransferStatus.IN_TRANSIT: ["issued", "in_transit"],
    TransferStatus.RECEIVED: ["issued", "in_transit", "received"],
    TransferStatus.RECEIPT: ["issued", "in_transit", "received", "receipt"],
    TransferStatus.RETURNED: ["issued", "in_transit", "returned"],
    TransferStatus.WITHDRAWN: ["withdrawn"],
    TransferStatus.EXPIRED: ["issued", "expired"],
}


def letter_in(status, by, *, member=None, **fields):
    """A letter from a branch of ours, brought to a status by the action."""
    member = member or make_member(entered_on=LONG_AGO)
    defaults = {"from_branch": member.branch, "outside": "青岛市某街道党工委"}
    letter = open_transfer(member.person, by=by, **(defaults | fields))
    for step in PATH[status]:
        issued = TODAY - 40 * DAY if status == TransferStatus.EXPIRED else TODAY
        move_transfer(letter, step, by=by, on=issued if step == "issued" else TODAY, letter="烟蓬 001")
    return letter


@pytest.mark.parametrize("old", TransferStatus)
def test_exactly_the_arrows_of_the_table_of_letters(old, desk):
    for new in TransferStatus:
        letter = letter_in(old, desk)
        if new in NEXT_TRANSFER[old] and new != TransferStatus.EXPIRED:
            move_transfer(letter, new, by=desk, letter="烟蓬 002")
            assert MembershipTransfer.objects.get(pk=letter.pk).status == new
        else:
            with pytest.raises(RegisterRefused):
                move_transfer(letter, new, by=desk, letter="烟蓬 002")
            assert MembershipTransfer.objects.get(pk=letter.pk).status == old


def test_the_old_branch_stays_responsible_until_the_letter_is_received(desk):
    old, new = make_branch(grids=[make_grid()]), make_branch(grids=[make_grid()])
    member = make_member(branch=old, entered_on=LONG_AGO, converted_on=LONG_AGO)
    make_post(member=member, since=LONG_AGO)
    letter = letter_in(TransferStatus.IN_TRANSIT, desk, member=member, to_branch=new, outside="")
    assert (member.branch.members.current().count(), new.members.current().count()) == (1, 0)
    move_transfer(letter, "received", by=desk)
    member.refresh_from_db()
    moved = new.members.current().get()
    assert (member.left_on, moved.entered_on) == (TODAY, TODAY)
    assert (moved.person, moved.kind, moved.converted_on) == (member.person, "full", LONG_AGO)
    assert not Post.objects.current().filter(member=member).exists()
    move_transfer(letter, "receipt", by=desk)
    assert list(letter.events.order_by("pk").values_list("new_status", flat=True)) == [
        "draft", "issued", "in_transit", "received", "receipt",
    ]  # fmt: skip


def test_a_letter_from_outside_is_on_its_way_and_ends_a_check_in(desk):
    branch = make_branch()
    serving = make_member(branch=branch, kind="serving", entered_on=LONG_AGO)
    facts = {"to_branch": branch, "outside": "莱山区某单位党支部", "kind": "full"}
    with pytest.raises(RegisterRefused, match="哪天开的"):
        open_transfer(serving.person, by=desk, **facts)
    letter = open_transfer(serving.person, by=desk, issued_on=TODAY - DAY, letter="莱 7", **facts)
    assert letter.status == "in_transit"
    move_transfer(letter, "received", by=desk)
    assert [m.kind for m in branch.members.current()] == ["full"]


@pytest.mark.parametrize(("after", "fits"), [(0, True), (30, True), (31, False)])
def test_a_letter_counts_through_its_last_day(after, fits, desk):
    letter = letter_in(TransferStatus.IN_TRANSIT, desk)
    with patch_now(shanghai(TODAY.year, TODAY.month, TODAY.day, 10) + after * DAY):
        if fits:
            assert expire_letters() == 0
            move_transfer(letter, "received", by=desk)
        else:
            with pytest.raises(RegisterRefused, match="有效"):
                move_transfer(letter, "received", by=desk)
            assert (expire_letters(), expire_letters()) == (1, 0)
            letter.refresh_from_db()
            assert letter.status == "expired"
            assert Reminder.objects.filter(dedupe_key__startswith="transfer:").count() == 1
            assert letter.events.get(new_status="expired").by is None


def test_two_sides_one_open_letter_and_a_member_are_needed(desk):
    member = make_member()
    other = make_branch()
    cases = [
        ({"outside": "外面"}, "从哪里来"),
        ({"from_branch": member.branch}, "从哪里来"),
        ({"from_branch": member.branch, "to_branch": other, "outside": "外面"}, "从哪里来"),
        ({"from_branch": member.branch, "to_branch": member.branch}, "同一个"),
        ({"from_branch": other, "outside": "外面"}, "不在这个支部"),
    ]
    for sides, words in cases:
        with pytest.raises(RegisterRefused, match=words):
            open_transfer(member.person, by=desk, **sides)
    letter_in(TransferStatus.DRAFT, desk, member=member)
    with pytest.raises(RegisterRefused, match="没办完"):
        letter_in(TransferStatus.DRAFT, desk, member=member)


def test_leaving_is_written_down_once_and_not_before_entering():
    member = make_member(entered_on=TODAY - DAY)
    with pytest.raises(RegisterRefused, match="早于"):
        leave(member, on=TODAY - 2 * DAY)
    leave(member, on=TODAY)
    with pytest.raises(RegisterRefused, match="已经转出"):
        leave(member, on=TODAY)


def test_what_must_never_be_in_the_register_is_refused_by_the_database(desk):
    member, letter = make_member(), letter_in(TransferStatus.DRAFT, desk)
    letters, members = (
        MembershipTransfer.objects.filter(pk=letter.pk),
        PartyMember.objects.filter(pk=member.pk),
    )
    unit = PartnerUnit.objects.create(community=member.branch.community, name="卫生服务站")
    row = check_in(member.branch.community, unit=unit)
    rows = CheckIn.objects.filter(pk=row.pk)
    refused = [
        lambda: members.update(standing="gone"),
        lambda: members.update(standing="lost"),
        lambda: members.update(standing="removed", standing_since=TODAY),
        lambda: letters.update(status="lost"),
        lambda: letters.update(status="issued"),
        lambda: letters.update(valid_days=91),
        lambda: letters.update(valid_days=0),
        lambda: letters.update(outside=""),
        lambda: letters.update(to_branch=member.branch),
        lambda: letters.update(status="received", issued_on=TODAY, received_on=TODAY - DAY),
        lambda: letters.update(received_on=TODAY),
        lambda: letters.update(status="received", issued_on=TODAY),
        lambda: StandingEvent.objects.create(
            member=member, old="lost", new="suspended", on=TODAY, by=make_user(Role.STAFF)
        ),
        lambda: rows.update(unit=None),
        lambda: rows.update(ended_on=row.on - DAY),
        lambda: rows.update(feedback="很好"),
        lambda: CheckIn.objects.create(
            community=row.community, kind="unit", unit=unit, year=2026, number=999
        ),
        lambda: CheckIn.objects.create(
            community=row.community, kind="person", member=member, year=row.year, number=row.number
        ),
    ]
    for each in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            each()


# --- check-ins ---------------------------------------------------------------------------------------------


def test_units_and_serving_members_check_in_once_with_numbers_in_a_row(desk):
    community = desk.community
    unit = PartnerUnit.objects.create(community=community, name="卫生服务站")
    serving = make_member(kind="serving")
    first = check_in(community, unit=unit, willing="量血压")
    second = check_in(community, member=serving, unit_name="蓬莱某中学")
    year = TODAY.year
    assert [(row.kind, row.code, row.unit_words) for row in (first, second)] == [
        ("unit", f"{year}-001", "卫生服务站"),
        ("person", f"{year}-002", "蓬莱某中学"),
    ]
    for again in ({"unit": unit}, {"member": serving, "unit": unit}):
        with pytest.raises(RegisterRefused, match="已经报到"):
            check_in(community, **again)
    with pytest.raises(RegisterRefused, match="在职党员"):
        check_in(community, member=make_member(), unit=unit)
    with pytest.raises(RegisterRefused, match="哪个单位"):
        check_in(community, member=make_member(kind="serving"))
    give_feedback(second, text="全年服务 12 次")
    end_check_in(second)
    with pytest.raises(RegisterRefused, match="已经结束"):
        end_check_in(second)
    assert check_in(community, member=serving, unit=unit).code == f"{year}-003"
    assert (second.feedback, second.feedback_on, second.ended_on) == ("全年服务 12 次", TODAY, TODAY)


def test_a_secretary_sees_the_letters_and_check_ins_of_the_own_branch(desk):
    mine, other = make_grid(), make_grid()
    head, branch, theirs = make_head(mine), make_branch(grids=[mine]), make_branch(grids=[other])
    out = letter_in(TransferStatus.DRAFT, desk, member=make_member(branch=branch))
    into = letter_in(
        TransferStatus.DRAFT, desk, member=make_member(branch=theirs), to_branch=branch, outside=""
    )
    letter_in(TransferStatus.DRAFT, desk, member=make_member(branch=theirs))
    own = check_in(desk.community, member=make_member(branch=branch, kind="serving"), unit_name="某中学")
    check_in(desk.community, member=make_member(branch=theirs, kind="serving"), unit_name="某中学")
    assert set(MembershipTransfer.objects.for_user(head)) == {out, into}
    assert list(CheckIn.objects.for_user(head)) == [own]
    assert MembershipTransfer.objects.for_user(desk).count() == 3
    assert Meeting.objects.for_user(head).count() == 0
    assert make_person().transfers.count() == 0
