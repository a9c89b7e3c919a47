"""Lists cost the same at one row and at a hundred; everything that is read is Chinese."""

import datetime as dt
import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branches.models import PartyGroup
from grids.models import Cover, Household
from people.actions import give_consent
from people.models import Consent, PersonalDataView, Role
from services.models import UnmetWord
from tests.admin.world import address, list_address, make_common, make_side, order_in, registered
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import (
    make_appointment,
    make_branch,
    make_building,
    make_dwelling,
    make_grid,
    make_helper,
    make_household,
    make_member,
    make_order,
    make_person,
    make_post,
    make_service,
    make_topic,
    make_user,
)
from volunteers.actions import record_hours

pytestmark = pytest.mark.django_db
QUERIES_AT_MOST = 12
MANY = 60  # more than a page


def _many(side):
    """A page and more of every kind, all in one grid."""
    grid, branch = side.grid, side.rows["branches.PartyBranch"]
    service, viewer = make_service(), make_user()
    worker = side.rows["grids.Appointment"].duty
    type(worker).objects.filter(pk=worker.pk).update(max_per_grid=200)
    for number in range(MANY):
        person = make_person()
        building = make_building(grid=grid)
        make_household(person, dwelling=make_dwelling(building=building))
        make_user(person=person)
        member = make_member(branch=branch, person=person, group=side.rows["branches.PartyGroup"])
        make_post("organisation", member=member)
        make_helper(person=person, grid=grid)
        appointment = make_appointment(grid=grid, person=person, duty=worker)
        Cover.objects.create(
            appointment=appointment, person=viewer.person, since="2026-01-01", until="2099-01-01"
        )
        PartyGroup.objects.create(branch=branch, name=f"第 {number} 组")
        record_hours(person, 30, what="巡逻", source_key=f"many:{number}")
        make_order(service=service, building=building)
        give_consent(person, Consent.Purpose.HELP, text_version="1", channel="web")
        PersonalDataView.objects.create(viewer=viewer, person=person, field="phone", reason="测试")
        make_branch(grids=[make_grid(number=number + 100)], parent=branch)


def _cost(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200, url
    return len(queries)


def _costs(client, labels):
    pages = {label: list_address(registered()[label].model) for label in labels}
    costs = {label: _cost(client, url) for label, url in pages.items()}
    costs["index"] = _cost(client, "/admin/")
    return costs


@pytest.mark.parametrize("role", [Role.MANAGER, Role.GRID])
def test_lists_cost_the_same_at_one_row_and_at_a_page(client, role):
    side = make_side("东风")
    labels = list(side.rows)
    if role == Role.MANAGER:
        labels += list(make_common(side))
    client.force_login(make_user(Role.MANAGER) if role == Role.MANAGER else side.head)
    _costs(client, labels)  # content types are asked for once in a process
    few = _costs(client, labels)
    _many(side)
    assert _costs(client, labels) == few
    assert few["services.ServiceOrder"] == 5  # session, user, grids to choose from, how many, the page
    assert max(few.values()) <= QUERIES_AT_MOST


def test_an_order_costs_the_same_with_a_long_history(client):
    side = make_side("东风")
    client.force_login(side.head)
    order = order_in(side)
    _cost(client, address(order, "change"))
    few = _cost(client, address(order, "change"))
    for number in range(20):
        client.post(address(order, "do", "note"), {"text": f"第 {number} 条"})
    client.get(address(order, "change"))  # shows the messages of the notes
    assert _cost(client, address(order, "change")) == few <= QUERIES_AT_MOST


def test_a_history_costs_the_same_with_many_entries(client):
    side = make_side("东风")
    client.force_login(make_user(Role.STAFF))
    grid = side.grid
    model_admin = registered()["grids.Grid"]
    costs = []
    for entries in (1, 30):
        for _entry in range(entries):
            request = type("Request", (), {"user": make_user()})()
            model_admin.log_change(request, grid, "改了")
        _cost(client, address(grid, "history"))
        costs.append(_cost(client, address(grid, "history")))
    assert costs[0] == costs[1]
    assert LogEntry.objects.count() == 31


# Words of other languages that a Chinese page has on purpose.
ALLOWED = re.compile(r"\b(CSV|Excel|API|B\d+|C\d+|Z\d+|[0-9a-f]{8,}|plumbing|Plumbing|For older people)\b")
WORD = re.compile(r"[A-Za-z]{3,}")
SPOKEN = re.compile(r'\b(?:alt|title|aria-label|placeholder)="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
HIDDEN = re.compile(r"<(script|style|svg)\b.*?</\1>|<!--.*?-->|<option[^>]*>.*?</option>", re.DOTALL)


def _foreign_words(html):
    """Latin words that a visitor sees or hears."""
    spoken = " ".join(SPOKEN.findall(html))
    seen = unescape(TAG.sub(" ", HIDDEN.sub(" ", html)))
    return sorted(set(WORD.findall(ALLOWED.sub(" ", f"{seen} {spoken}"))))


def test_every_page_is_chinese(client):
    side = make_side("东风")
    rows = {**side.rows, **make_common(side)}
    client.force_login(make_user(Role.MANAGER))
    order = rows["services.ServiceOrder"]
    pages = ["/admin/", "/admin/password_change/", "/admin/grids/", address(order, "do", "finish")]
    pages += [address(order, "do", key) for key in ("offer", "ask", "return", "other_grid", "note")]
    for label, row in rows.items():
        model_admin = registered()[label]
        pages += [list_address(type(row)), address(row, "change"), address(row, "history")]
        if model_admin.may_add:
            pages.append(list_address(type(row), "add"))
        if model_admin.may_delete:
            pages.append(address(row, "delete"))
    found = {page: _foreign_words(client.get(page).content.decode()) for page in pages}
    own_codes = {"red", "grid", "head", "worker", "service", "agent", "web", "order", "test"}
    assert {page: w for page, w in found.items() if set(w) - own_codes} == {}


def test_empty_lists_say_so(client):
    client.force_login(make_user(Role.STAFF))
    for model in (UnmetWord, Household):
        assert "还没有资料" in client.get(list_address(model)).content.decode()


def test_every_page_leads_to_the_complaint_form(client):
    side = make_side("东风")
    client.force_login(side.head)
    for page in ("/admin/", list_address(side.grid), address(side.rows["services.ServiceOrder"], "change")):
        assert 'href="/feedback/"' in client.get(page).content.decode()


def test_grid_heads_get_no_links_to_pages_that_are_closed_to_them(client):
    side = make_side("东风")
    appointment = side.rows["grids.Appointment"]
    link = f'href="{address(appointment.person, "change")}"'
    client.force_login(make_user(Role.STAFF))
    assert link in client.get(address(appointment, "change")).content.decode()
    client.force_login(side.head)
    page = client.get(address(appointment, "change")).content.decode()
    assert link not in page
    assert str(appointment.person) in page
    assert f'href="{address(appointment.grid, "change")}"' in page


def test_the_home_page_of_a_head_names_what_the_branch_owes(client):
    branch = make_life_branch()
    other = make_life_branch()
    today = timezone.localdate()
    late = make_meeting(branch=branch, kind="heart_talk", on=today - dt.timedelta(days=2))
    held = make_meeting("held", branch=branch)
    make_meeting(branch=branch, kind="party_lecture", on=today + dt.timedelta(days=15))
    make_meeting("held", branch=other)
    topic = make_topic(grid=branch.branch_grids.get().grid, text="路灯太暗")
    client.force_login(branch.secretary)
    rows = client.get("/admin/").context["branch_rows"]
    assert [(row["url"], row["late"]) for row in rows] == [
        (address(late, "change"), True),
        (address(held, "change"), False),
        (address(topic, "change"), False),
    ]
    client.force_login(make_user(Role.STAFF))
    assert "branch_rows" not in client.get("/admin/").context
