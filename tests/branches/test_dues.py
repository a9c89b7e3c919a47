"""Dues: assessed, asked for, received, waived, reminded of; nobody is removed and nothing of a salary is kept."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from branches.actions import (
    arrears,
    ask_for_month,
    assess,
    draft_dues_notice,
    is_large_gift,
    publication_year,
    receive,
    remind_dues,
    void,
    waive,
)
from branches.actions.disclosure import publish
from branches.actions.dues_notice import published_counts
from branches.errors import DuesRefused, NoticeRefused
from branches.models import DuesAssessment, DuesMonth, DuesPayment, Notice, PartyMember
from people.models import Role
from reminders.models import Reminder
from tests.branches.life import make_life_branch
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
D = Decimal
JANUARY = dt.date(2026, 1, 1)


@pytest.fixture(autouse=True)
def clock():
    with patch_now(shanghai(2026, 11, 24, 12)):
        yield


def payer(amount_base="4000", since=JANUARY, **fields):
    member = make_member(**fields)
    assess(member, basis="wage", base=D(amount_base), since=since)
    return member


def owing(count, *, until=dt.date(2026, 10, 1), **fields):
    """A member with so many unpaid months, the last of them `until`."""
    member = payer(**fields)
    for n in range(count):
        number = until.year * 12 + until.month - 1 - n
        month = dt.date(number // 12, number % 12 + 1, 1)
        DuesMonth.objects.create(member=member, month=month, amount=D(40))
    return member


def months_of(member, **condition):
    rows = DuesMonth.objects.filter(member=member, **condition).order_by("month")
    return [f"{month:%Y-%m}" for month in rows.values_list("month", flat=True)]


def test_the_amount_is_kept_and_the_salary_nowhere():
    member = make_member()
    made = assess(member, basis="wage", base=D("8765.43"))
    assert (made.amount, made.since) == (D("131.48"), dt.date(2026, 11, 1))
    for model in (DuesAssessment, DuesMonth, DuesPayment):
        assert "8765" not in repr(list(model.objects.values()))


@pytest.mark.parametrize(
    ("basis", "base", "amount", "expected"),
    [
        ("farmer", None, None, "0.20"),
        ("farmer", None, "1.00", "1.00"),
        ("farmer", None, "1.01", None),
        ("farmer", None, "0.19", None),
        ("wage", None, None, None),
        ("wage", "-1", None, None),
        ("pension", "5001", None, "50.01"),
    ],
)
def test_what_may_be_assessed(basis, base, amount, expected):
    values = {"basis": basis, "base": base and D(base), "amount": amount and D(amount)}
    if expected is None:
        with pytest.raises(DuesRefused):
            assess(make_member(), **values)
    else:
        assert assess(make_member(), **values).amount == D(expected)


def test_a_change_of_pay_counts_from_its_month_and_the_past_stays():
    member = owing(3)
    assess(member, basis="wage", base=D(3000), since=dt.date(2026, 10, 15))
    amounts = dict(DuesMonth.objects.filter(member=member).values_list("month", "amount"))
    assert amounts == {
        dt.date(2026, 8, 1): D(40),
        dt.date(2026, 9, 1): D(40),
        dt.date(2026, 10, 1): D(15),
    }
    assert list(member.assessments.order_by("since").values_list("since", "until")) == [
        (JANUARY, dt.date(2026, 9, 1)),
        (dt.date(2026, 10, 1), None),
    ]


def test_a_month_asks_those_who_owe_and_skips_the_exempt_paused_and_prepaid():
    owes, exempt, paused, reduced, prepaid, left, dead = (payer() for _ in range(7))
    make_member()  # nobody has assessed this one
    temporary = payer(branch=make_branch(kind="temporary"))
    month = {"since": dt.date(2026, 11, 1), "until": dt.date(2026, 12, 1), "approved_by": "街道党工委"}
    waive(exempt, kind="exempt", **month)
    waive(paused, kind="paused", **month)
    waive(reduced, kind="reduced", amount=D(5), **month)
    receive(prepaid, months=2, by=make_user())
    PartyMember.objects.filter(pk=left.pk).update(left_on=dt.date(2026, 11, 24))
    dead.person.state = "deceased"
    dead.person.save(update_fields=["state"])
    assert ask_for_month() == 2
    assert ask_for_month() == 0
    asked = dict(DuesMonth.objects.unpaid().values_list("member", "amount"))
    assert asked == {owes.pk: D(40), reduced.pk: D(5)}
    assert months_of(prepaid) == ["2026-11", "2026-12"]
    assert months_of(temporary) == []


def test_a_back_payment_closes_the_oldest_months():
    member = owing(5)
    payment = receive(member, months=2, by=make_user())
    assert months_of(member, payment=payment) == ["2026-06", "2026-07"]
    assert months_of(member, payment=None) == ["2026-08", "2026-09", "2026-10"]
    assert payment.amount == D(80)


def test_what_is_more_than_owed_is_paid_ahead_and_a_gift_stands_apart():
    member = owing(1)
    payment = receive(member, months=3, by=make_user(), way="transfer", extra=D("1000.00"))
    assert months_of(member, payment=payment) == ["2026-10", "2026-11", "2026-12"]
    assert (payment.amount, payment.extra, is_large_gift(payment)) == (D(1120), D(1000), True)
    assert not is_large_gift(receive(member, months=0, extra=D("999.99"), by=make_user()))


@pytest.mark.parametrize("months", [-1, 0, 13, 61])
def test_a_number_of_months_that_makes_no_sense_is_refused(months):
    with pytest.raises(DuesRefused):
        receive(payer(), months=months, by=make_user())


def test_nobody_pays_ahead_without_an_assessment():
    with pytest.raises(DuesRefused) as refused:
        receive(make_member(), months=1, by=make_user())
    assert str(refused.value) == "这位党员还没有核定党费，请先核定"
    assert DuesPayment.objects.count() == 0


def test_receipts_are_numbered_without_gaps_and_never_twice():
    community = payer().branch.community_id
    first = receive(payer(), months=1, by=make_user())
    with pytest.raises(DuesRefused):
        receive(make_member(), months=1, by=make_user())
    second = receive(payer(), months=1, by=make_user())
    assert [first.number, second.number] == [f"{community}-2026-00001", f"{community}-2026-00002"]


def test_a_receipt_that_is_taken_back_opens_its_months_again():
    member = owing(2)
    payment = receive(member, months=4, by=make_user())
    with pytest.raises(DuesRefused):
        void(payment, why=" ")
    void(payment, why="收错了人")
    assert months_of(member, payment=None) == ["2026-09", "2026-10", "2026-11"]
    with pytest.raises(DuesRefused):
        void(payment, why="再来一次")
    assert receive(member, months=1, by=make_user()).number != payment.number


def test_a_waiver_needs_an_approval_and_clears_what_was_asked():
    member = owing(2)
    month = {"since": dt.date(2026, 9, 1), "until": dt.date(2026, 10, 1)}
    refused = [
        {"kind": "exempt", "approved_by": " ", **month},
        {"kind": "reduced", "approved_by": "街道党工委", **month},
        {"kind": "exempt", "amount": D(3), "approved_by": "街道党工委", **month},
        {"kind": "exempt", "approved_by": "街道党工委", "since": month["until"], "until": month["since"]},
    ]
    for values in refused:
        with pytest.raises(DuesRefused):
            waive(member, **values)
    waive(member, kind="exempt", approved_by="街道党工委", **month)
    assert months_of(member) == []


@pytest.mark.parametrize(
    ("months", "rung", "told"),
    [
        (1, 1, ["member"]),
        (2, 1, ["member"]),
        (3, 3, ["leader"]),
        (4, 3, ["leader"]),
        (5, 5, ["secretary"]),
        (6, 6, ["desk", "secretary"]),
        (8, 6, ["desk", "secretary"]),
    ],
)
def test_the_ladder_tells_one_after_the_other_and_once(months, rung, told):
    branch = make_life_branch(groups=1)
    group = branch.groups.get()
    group.leader = make_member(branch=branch)
    group.save(update_fields=["leader"])
    member = owing(months, branch=branch, group=group)
    for _again in range(2):
        remind_dues()
    names = {
        f"person:{member.person_id}": "member",
        f"person:{group.leader.person_id}": "leader",
        f"person:{branch.secretary.person_id}": "secretary",
        f"desk:{branch.community_id}": "desk",
    }
    rows = list(Reminder.objects.all())
    assert sorted(names[row.address] for row in rows) == told
    assert {row.dedupe_key.split(":")[2] for row in rows} == {str(rung)}
    assert all(member.person.name not in row.text + row.subject for row in rows)
    if rung == 6:
        assert all("党章第九条" in row.text and "系统不作任何处理" in row.text for row in rows)


def test_the_running_month_is_not_late_and_software_removes_nobody():
    member = payer()
    for month in range(1, 13):
        with patch_now(shanghai(2026, month, 1, 9)):
            ask_for_month()
            remind_dues()
            assert [(m.pk, m.behind) for m in arrears()] == ([(member.pk, month - 1)] if month > 1 else [])
    before = PartyMember.objects.filter(pk=member.pk).values().get()
    with patch_now(shanghai(2028, 1, 1, 9)):
        remind_dues()
    assert PartyMember.objects.filter(pk=member.pk).values().get() == before


def test_after_a_payment_nothing_more_is_sent():
    member = owing(1)
    remind_dues()
    receive(member, months=1, by=make_user())
    assert not Reminder.objects.pending().exists()
    remind_dues()
    assert not Reminder.objects.pending().exists()


def test_what_must_never_be_is_refused_by_the_database():
    member = owing(1)
    payment = receive(member, months=1, by=make_user())
    refused = [
        lambda: DuesMonth.objects.create(member=member, month=dt.date(2026, 10, 1), amount=D(1)),
        lambda: DuesMonth.objects.create(member=member, month=dt.date(2026, 12, 2), amount=D(1)),
        lambda: DuesMonth.objects.create(member=member, month=dt.date(2026, 12, 1), amount=D(0)),
        lambda: DuesAssessment.objects.create(
            member=member, basis="wage", amount=D(3), since=dt.date(2026, 12, 1)
        ),
        lambda: DuesAssessment.objects.filter(member=member).update(amount=D("0.19")),
        lambda: DuesPayment.objects.filter(pk=payment.pk).update(amount=D(-1)),
        lambda: DuesPayment.objects.filter(pk=payment.pk).update(voided_why="x"),
        lambda: DuesPayment.objects.create(
            branch=member.branch, member=member, number=payment.number, amount=D(1), received_by=make_user()
        ),
    ]
    for make in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


# --- the treasurer's pages ---------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(make_user(Role.STAFF))
    return client


def test_three_clicks_take_the_dues_of_a_branch(desk):
    branch = make_life_branch(full=3, probationary=0)
    members = [owing(2, branch=branch), owing(1, branch=branch)]
    number = branch.branch_grids.get().grid.number
    page = desk.get(f"/staff/branches/{number}/dues/").content.decode()
    assert 'value="2"' in page
    data = {"member": [m.pk for m in members], "way": "cash"}
    data |= {f"months-{m.pk}": n for m, n in zip(members, (2, 1), strict=True)}
    response = desk.post(f"/staff/branches/{number}/dues/", data)
    receipts = desk.get(response.url).content.decode()
    assert "2026年9月、2026年10月" in receipts
    assert DuesMonth.objects.unpaid().count() == 0
    assert list(DuesPayment.objects.order_by("pk").values_list("amount", flat=True)) == [D(80), D(40)]


def test_one_refusal_leaves_nobody_with_a_receipt(desk):
    branch = make_life_branch(full=3, probationary=0)
    fine, wrong = owing(1, branch=branch), make_member(branch=branch)
    number = branch.branch_grids.get().grid.number
    data = {"member": [fine.pk, wrong.pk], "way": "cash", f"months-{fine.pk}": 1, f"months-{wrong.pk}": 1}
    response = desk.post(f"/staff/branches/{number}/dues/", data)
    assert (response.status_code, DuesPayment.objects.count()) == (409, 0)
    assert "还没有核定党费" in response.content.decode()


def test_assessing_waiving_and_taking_back_on_the_members_page(desk):
    branch = make_life_branch(full=3, probationary=0)
    member = make_member(branch=branch)
    url = f"/staff/branches/{branch.branch_grids.get().grid.number}/dues/{member.pk}/"
    assert (
        desk.post(url, {"do": "assess", "basis": "wage", "base": "", "since": "2026-11"}).status_code == 422
    )
    assert desk.post(url, {"do": "assess", "basis": "wage", "base": "4000", "since": "2026-11"}).url == url
    payment = receive(member, months=1, by=make_user())
    assert desk.post(url, {"do": "void", "payment": payment.pk, "why": "开错"}).url == url
    month = {"since": "2026-11", "until": "2027-02"}
    assert desk.post(url, {"do": "waive", "kind": "paused", "approved_by": "党委", **month}).url == url
    assert (months_of(member), member.assessments.get().amount) == ([], D(40))


def test_the_notice_has_counts_and_neither_names_nor_sums(desk):
    branch = make_life_branch(full=3, probationary=0)
    member = owing(2, branch=branch, person=make_person("欠费的人"))
    ask_for_month()
    response = desk.get("/staff/branches/dues/")
    (row,) = response.context["rows"]
    assert (row.members, row.assessed, row.paid, row.open, row.behind) == (4, 1, 0, 1, 1)
    page = response.content.decode()
    assert "欠费的人" not in page
    assert "40" not in page.partition("<table")[2].partition("</table>")[0]
    receive(member, months=3, by=make_user())
    assert desk.get("/staff/branches/dues/").context["rows"][0].paid == 1


def test_one_click_drafts_the_yearly_publication_in_counts_alone(desk):
    first = make_life_branch(full=3, probationary=0)
    second = make_life_branch(full=3, probationary=0)
    members = [owing(2, branch=first, person=make_person(f"党员{n}")) for n in "甲乙丙"]
    receive(members[0], months=2, by=make_user())
    receive(members[1], months=1, by=make_user())
    poor = payer(branch=first)
    waive(poor, kind="exempt", since=JANUARY, until=dt.date(2026, 12, 1), approved_by="党委")
    with patch_now(shanghai(2026, 12, 1, 9)):
        page = desk.get("/staff/branches/dues/").content.decode()
        assert "起草 2026 年收缴公示" in page
        response = desk.post("/staff/branches/dues/")
        draft = Notice.objects.get()
        assert response.url == f"/admin/branches/notice/{draft.pk}/change/"
        assert desk.post("/staff/branches/dues/").url == response.url  # twice is one draft
    assert draft.text.splitlines() == [
        f"{first.name}：应交党费 3 人，交齐 1 人，减免 1 人。",
        f"{second.name}：应交党费 0 人，交齐 0 人，减免 0 人。",
        "统计到 2026-12-01，只公布人数。",
    ]
    assert not any(word in draft.text + draft.meaning for word in ("党员甲", "40", "元"))
    assert desk.get(f"/notices/{draft.pk}/").status_code == 404
    assert list(desk.get("/notices/").context["notices"]) == []


@pytest.mark.parametrize(
    ("rows", "published"),
    [
        ([], []),
        ([("甲", 5, 4, 0), ("乙", 0, 0, 0)], [("甲", 5, 4, 0), ("乙", 0, 0, 0)]),
        ([("甲", 4, 3, 0)], [("甲", 4, 3, 0)]),  # a community's only branch has nobody to stand with
        ([("甲", 4, 3, 0), ("乙", 9, 9, 1)], [("甲、乙", 13, 12, 1)]),
        ([("甲", 3, 2, 0), ("乙", 9, 9, 1), ("丙", 2, 1, 1)], [("乙", 9, 9, 1), ("甲、丙", 5, 3, 1)]),
        ([("甲", 0, 0, 1), ("乙", 9, 9, 0), ("丙", 6, 5, 0)], [("乙", 9, 9, 0), ("甲、丙", 6, 5, 1)]),
    ],
)
def test_branches_of_few_are_published_together(rows, published):
    assert published_counts(rows) == published


def test_a_draft_goes_out_for_as_many_days_and_never_comes_back(desk):
    with patch_now(shanghai(2026, 12, 1, 9)):
        draft = draft_dues_notice(make_life_branch(full=3).community, 2026, by=make_user())
    with patch_now(shanghai(2026, 12, 4, 9)):
        draft.is_draft = False
        publish(draft, by=make_user())
        assert (draft.shows_on, draft.expires_on) == (dt.date(2026, 12, 4), dt.date(2026, 12, 10))
        assert desk.get(f"/notices/{draft.pk}/").status_code == 200
        draft.is_draft = True
        with pytest.raises(NoticeRefused, match="不能变回草稿"):
            publish(draft, by=make_user())


@pytest.mark.parametrize(("month", "year"), [(11, 2025), (12, 2026), (1, 2025)])
def test_the_year_that_is_published(month, year):
    assert publication_year(dt.date(2026, month, 1)) == year


def test_only_who_handles_dues_drafts(client):
    make_life_branch(full=3)
    client.force_login(make_user(Role.AUDITOR))
    assert "起草" not in client.get("/staff/branches/dues/").content.decode()
    assert client.post("/staff/branches/dues/").status_code == 403
    assert Notice.objects.count() == 0


def test_what_members_pay_is_for_posts_of_their_branch_and_not_for_heads_of_the_grid(client):
    grid = make_grid()
    member = make_member(branch=make_branch(grids=[grid]))
    secretary = make_user(Role.GRID, person=member.person)
    make_post(member=member)
    make_member(branch=make_branch(grids=[make_grid()]))
    other = make_member(branch=make_branch(grids=[make_grid()]))
    for each in (member, other):
        DuesMonth.objects.create(member=each, month=dt.date(2026, 10, 1), amount=20)
    assert [row.member for row in DuesMonth.objects.for_user(secretary)] == [member]
    assert list(DuesMonth.objects.for_user(make_head(grid))) == []
    client.force_login(secretary)
    page = client.get("/admin/branches/duesmonth/?paid=no")
    assert [row.member for row in page.context["cl"].result_list] == [member]
