"""Two grids of one community with a row of every kind in each, and the addresses of the admin."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from branches.actions import ensure_rules, shift_term
from branches.actions.membership import check_in, open_transfer
from branches.actions.partners import add_line
from branches.models import BranchGrid, DuesMonth, DuesPayment, PartnerUnit, PartyGroup, VotingRules
from grids.models import Cover
from people.actions import give_consent, reveal
from people.models import Consent
from reminders.models import CalendarOverride
from services.models import OrderStatus, UnmetWord
from tests.branches.life import make_meeting
from tests.makers import (
    make_activity,
    make_appointment,
    make_booking,
    make_branch,
    make_building,
    make_care_category,
    make_category,
    make_duty,
    make_dwelling,
    make_grid,
    make_head,
    make_helper,
    make_household,
    make_member,
    make_notice,
    make_objection,
    make_order,
    make_person,
    make_plan,
    make_post,
    make_service,
    make_skill,
    make_team,
    make_topic,
    make_user,
    make_venue,
    make_visit,
)
from volunteers.actions import record_hours
from volunteers.models import StarRule, TimeBank


@dataclass
class Side:
    """One grid, its head, and the rows that belong to it: model label → row."""

    grid: object
    head: object
    rows: dict


def make_side(name):
    """A grid with a row of every registered model that lies in a grid, all of it recognisable by `name`."""
    grid = make_grid(name=f"{name}网格")
    head = make_head(grid)
    building = make_building(grid=grid, estate=f"{name}苑")
    dwelling = make_dwelling(building=building)
    person = make_person(f"{name}小明")
    household = make_household(person, dwelling=dwelling)
    branch = make_branch(grids=[grid], name=f"{name}支部")
    head.person.name = f"{name}大力"  # the head is the secretary too: dues are for those who hold a post
    head.person.save()
    member = make_member(branch=branch, person=head.person)
    helper = make_helper(person=member.person, grid=grid, skills=[make_skill()], free=[(0, "am")])
    appointment = make_appointment(grid=grid, person=make_person(f"{name}建国"), duty=make_duty("worker"))
    cover = Cover.objects.create(
        appointment=appointment,
        person=make_person(f"{name}代班"),
        since=timezone.localdate(),
        until=timezone.localdate(),
    )
    venue = make_venue(grid=grid, name=f"{name}议事园")
    notice = make_notice(grids=[grid], kind="finance", title=f"{name}账目")
    rows = [
        grid,
        venue,
        notice,
        add_line(branch.community, kind="demand", text=f"{name}缺量血压的人", branch=branch),
        make_objection(notice, text=f"{name}账对不上"),
        make_topic(grid=grid, name=f"{name}提事", text=f"{name}装充电棚"),
        make_booking(venue, name=f"{name}订场", title=f"{name}排练"),
        building,
        dwelling,
        household,
        appointment,
        cover,
        branch,
        BranchGrid.objects.get(grid=grid),
        PartyGroup.objects.create(branch=branch, name=f"{name}小组"),
        member,
        *_term_of(member),
        *_dues_of(member),
        open_transfer(member.person, by=make_user(), from_branch=branch, outside=f"{name}党委"),
        check_in(
            branch.community,
            member=make_serving(branch, f"在职{name}"),
            unit_name=f"{name}中学",
        ),
        make_meeting(branch=branch, title=f"{name}主题"),
        helper,
        make_activity(grid=grid, title=f"{name}义剪", organiser=f"{name}支部"),
        make_team(grid=grid, name=f"{name}维修队"),
        record_hours(member.person, 30, what=f"{name}巡逻", source_key=f"test:{name}"),
        make_plan(person, visitor=member.person),
        make_visit(person, visitor=make_person(f"{name}志愿"), by=make_user(), note=f"{name}想换灯泡"),
        make_order(building=building, name=f"{name}小红", need=f"{name}家水管漏水"),
    ]
    return Side(grid=grid, head=head, rows={row._meta.label: row for row in rows})


def make_serving(branch, name):
    """Somebody who reports to `branch` without belonging to it any more: no second member row in the lists."""
    today = timezone.localdate()
    return make_member(branch=branch, person=make_person(name), kind="serving", left_on=today)


def _term_of(member):
    """The post of `member`, and a late re-election in their branch."""
    today = timezone.localdate()
    post = make_post(member=member, ends_on=today)
    why = {"reason": "换届统一安排在明年", "approved_by": "街道党工委", "by": make_user()}
    return [post, shift_term(member.branch, until=today + dt.timedelta(days=200), **why)]


def _dues_of(member):
    payment = DuesPayment.objects.create(
        branch=member.branch, member=member, number=f"2026-{member.pk}", amount=20, received_by=make_user()
    )
    month = timezone.localdate().replace(day=1)
    return [payment, DuesMonth.objects.create(member=member, month=month, amount=20, payment=payment)]


def make_common(side):
    """A row of every model that grid heads have no part in."""
    person = side.rows["grids.Household"].residencies.get().person
    give_consent(person, Consent.Purpose.HELP, text_version="1", channel="web")
    consent = Consent.objects.get(person=person, purpose=Consent.Purpose.HELP)
    reveal(person, "phone", viewer=make_user(), reason="测试")
    now = timezone.now()
    word = UnmetWord.objects.create(
        community=person.community, word="修鞋", times=1, first_at=now, last_at=now
    )
    rows = [
        PartnerUnit.objects.create(community=person.community, name="卫生服务站"),
        person.community,
        person,
        side.head,
        consent,
        person.data_views.get(),
        ensure_rules(person.community)[0],
        VotingRules.objects.get_or_create(community=person.community)[0],
        make_duty(),
        make_skill(),
        StarRule.objects.create(community=person.community, stars=1, hours=100),
        TimeBank.objects.create(community=person.community),
        make_care_category(),
        make_category(),
        make_service(),
        word,
        CalendarOverride.objects.create(day=timezone.localdate(), is_workday=True, name="调休"),
    ]
    return {row._meta.label: row for row in rows}


def registered():
    """All model admins of the site, by model label."""
    return {model._meta.label: model_admin for model, model_admin in admin.site._registry.items()}


def address(row, page, *args):
    """The address of an object page: change, history, delete, reveal, do."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[row.pk, *args])


def list_address(model, page="changelist"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def order_in(side, status=OrderStatus.SUBMITTED):
    return make_order(status, building=side.rows["grids.Building"])
