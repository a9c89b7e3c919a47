"""Every admin page and object route, tried by the head of another grid: what is not theirs is not there."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import get_resolver, reverse

from people.models import Role
from services.admin.verbs import VERBS
from tests.admin.world import address, list_address, make_common, make_side, order_in, registered
from tests.makers import make_community, make_grid, make_user

pytestmark = pytest.mark.django_db

OBJECT_PAGES = ("change", "history", "delete")
FIELDS = ("phone", "name")
IN_GRIDS = frozenset(
    {
        "grids.Grid",
        "grids.Building",
        "grids.Dwelling",
        "grids.Household",
        "grids.Appointment",
        "grids.Cover",
        "grids.Venue",
        "grids.Booking",
        "grids.CarePlan",
        "grids.Visit",
        "branches.Topic",
        "branches.PartnerLine",
        "branches.Notice",
        "branches.NoticeObjection",
        "branches.PartyBranch",
        "branches.BranchGrid",
        "branches.PartyGroup",
        "branches.PartyMember",
        "branches.Post",
        "branches.TermShift",
        "branches.Meeting",
        "branches.DuesMonth",
        "branches.DuesPayment",
        "branches.MembershipTransfer",
        "branches.CheckIn",
        "volunteers.Activity",
        "volunteers.HelperProfile",
        "volunteers.HourEntry",
        "volunteers.Team",
        "services.ServiceOrder",
    }
)


# What grid heads keep themselves, within their own grids.
KEPT_BY_HEADS = {
    "volunteers.Activity",
    "grids.Venue",
    "grids.Booking",
    "branches.Topic",
    "branches.Notice",
    "branches.NoticeObjection",
}


@pytest.fixture
def mine():
    return make_side("东风")


@pytest.fixture
def theirs(mine):
    return make_side("西山")


def found(response):
    """The keys of the rows on a list page."""
    return {row.pk for row in response.context["cl"].result_list}


def words(response):
    return response.content.decode()


def test_the_sweep_knows_every_registered_page():
    mine = make_side("东风")
    assert {**mine.rows, **make_common(mine)}.keys() == registered().keys()
    assert mine.rows.keys() == IN_GRIDS


def test_lists_hold_the_own_grid_only(client, mine, theirs):
    client.force_login(mine.head)
    for label, row in theirs.rows.items():
        own = mine.rows[label]
        response = client.get(list_address(type(row)))
        assert response.status_code == 200, label
        assert own.pk in found(response), label
        assert row.pk not in found(response), label
        assert "西山" not in words(response), label


def test_object_pages_of_another_grid_are_not_there(client, mine, theirs):
    client.force_login(mine.head)
    for label, row in theirs.rows.items():
        for page in OBJECT_PAGES:
            for method in (client.get, client.post):
                assert method(address(row, page)).status_code == 404, (label, page)


def test_foreign_and_missing_answer_with_the_same_bytes(client, mine, theirs):
    client.force_login(mine.head)
    for label, row in theirs.rows.items():
        for page in OBJECT_PAGES:
            asked = address(row, page)
            never = asked.replace(f"/{row.pk}/", "/999999/")
            missing = client.get(never)
            assert missing.status_code == 404, (label, page)
            # the page names the address that was asked for, and nothing else of it
            assert words(client.get(asked)).replace(asked, never) == words(missing), (label, page)


def test_verbs_and_reveal_of_a_foreign_order_are_not_there(client, mine, theirs):
    client.force_login(mine.head)
    order = theirs.rows["services.ServiceOrder"]
    for key in VERBS:
        for method in (client.get, client.post):
            assert method(address(order, "do", key)).status_code == 404, key
    for field in FIELDS:
        data = {"who": "contact", "field": field, "reason": "好奇"}
        assert client.post(address(order, "reveal"), data).status_code == 404
    order.refresh_from_db()
    assert order.status == "submitted"
    assert order.contact.data_views.count() == 0


def test_common_rows_and_the_register_are_closed_to_grid_heads(client, mine):
    common = make_common(mine)
    client.force_login(mine.head)
    for label, row in common.items():
        assert client.get(list_address(type(row))).status_code == 404, label
        for page in OBJECT_PAGES:
            assert client.get(address(row, page)).status_code == 404, (label, page)
    person = common["people.Person"]
    data = {"who": "self", "field": "phone", "reason": "好奇"}
    assert client.post(address(person, "reveal"), data).status_code == 404


def test_grid_heads_add_change_and_delete_nothing_of_the_registers(client, mine):
    client.force_login(mine.head)
    for label, row in mine.rows.items():
        if label in KEPT_BY_HEADS:
            continue
        assert client.get(list_address(type(row), "add")).status_code == 404, label
        assert client.post(list_address(type(row), "add"), {}).status_code == 404, label
        assert client.post(address(row, "change"), {}).status_code == 404, label
        assert client.get(address(row, "delete")).status_code == 404, label
        assert client.post(address(row, "delete"), {"post": "yes"}).status_code == 404, label


def test_filters_offer_the_own_grid_only(client, mine, theirs):
    client.force_login(mine.head)
    for label, row in mine.rows.items():
        response = client.get(list_address(type(row)))
        shown = " ".join(
            str(choice["display"])
            for spec in response.context["cl"].filter_specs
            for choice in spec.choices(response.context["cl"])
        )
        assert "西山" not in shown, label


def test_a_filter_by_a_foreign_row_answers_like_one_by_a_missing_row(client, mine, theirs):
    client.force_login(mine.head)
    for label in ("services.ServiceOrder", "grids.Building", "volunteers.HelperProfile"):
        asked = list_address(mine.rows[label])
        foreign, missing = (client.get(asked, {"grid__id__exact": key}) for key in (theirs.grid.pk, 999999))
        assert found(foreign) == found(missing), label
        assert found(foreign) <= set(
            type(mine.rows[label]).objects.for_user(mine.head).values_list("pk", flat=True)
        )


def test_keys_in_an_address_reach_no_foreign_row(client, mine, theirs):
    client.force_login(mine.head)
    own, foreign = mine.rows["grids.Household"], theirs.rows["grids.Household"]
    assert found(client.get(list_address(own), {"pk__in": f"{own.pk},{foreign.pk}"})) == {own.pk}


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("services.ServiceOrder", "contact__phone_hash=abc"),
        ("services.ServiceOrder", "contact__name__startswith=西"),
        ("services.ServiceOrder", "submission_key__startswith=a"),
        ("services.ServiceOrder", "grid__appointments__person__name=王"),
        ("grids.Household", "residencies__person__id_number_hash=abc"),
        ("branches.PartyMember", "person__pinyin__startswith=w"),
        ("grids.CarePlan", "person__name__startswith=西"),
        ("grids.Visit", "visitor__pinyin__startswith=w"),
        ("grids.Visit", "submission_key__startswith=a"),
        ("branches.PartyMember", "branch__name__startswith=西"),
    ],
)
def test_no_look_up_may_guess_hidden_values(client, mine, label, query):
    client.force_login(mine.head)
    assert client.get(f"{list_address(mine.rows[label])}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["_to_field=phone_hash", "_to_field=submission_key"])
@pytest.mark.parametrize("label", ["services.ServiceOrder", "grids.Grid"])
def test_rows_are_fetched_by_key_alone(client, mine, label, query):
    client.force_login(mine.head)
    assert client.get(f"{list_address(mine.rows[label])}?{query}").status_code == 400


def test_popup_lists_are_scoped_too(client, mine, theirs):
    client.force_login(mine.head)
    response = client.get(list_address(mine.rows["grids.Building"]), {"_popup": "1"})
    assert found(response) == {mine.rows["grids.Building"].pk} | {b.pk for b in mine.grid.buildings.all()}


def test_search_finds_the_own_grid_only(client, mine, theirs):
    client.force_login(mine.head)
    order = theirs.rows["services.ServiceOrder"]
    for typed in (order.number, order.spoken_number, "西山"):
        response = client.get(list_address(order), {"q": typed})
        assert found(response) == set(), typed
    own = mine.rows["services.ServiceOrder"]
    assert found(client.get(list_address(own), {"q": own.spoken_number})) == {own.pk}


def test_finding_people_stays_in_the_own_grid(client, mine, theirs):
    client.force_login(mine.head)
    for label in ("branches.PartyMember", "volunteers.HelperProfile", "grids.Household", "grids.CarePlan"):
        address_ = list_address(mine.rows[label], "find")
        foreign = client.post(address_, {"who": "西山"})
        assert foreign.headers["Location"] == list_address(mine.rows[label]), label
        own = client.post(address_, {"who": "东风"})
        assert own.headers["Location"].endswith(f"?pk__in={mine.rows[label].pk}"), label
        assert "东风" not in own.headers["Location"]


AUTOCOMPLETES = [
    ("services", "serviceorder", "contact"),
    ("services", "serviceorder", "building"),
    ("services", "serviceorder", "dwelling"),
    ("services", "serviceorder", "grid"),
    ("services", "serviceorder", "entered_by"),
    ("grids", "dwelling", "building"),
    ("grids", "household", "dwelling"),
    ("grids", "residency", "person"),
    ("grids", "appointment", "person"),
    ("grids", "cover", "appointment"),
    ("grids", "careplan", "person"),
    ("grids", "visit", "visitor"),
    ("branches", "partymember", "person"),
    ("branches", "partymember", "group"),
    ("branches", "post", "member"),
    ("volunteers", "helperprofile", "skills"),
    ("people", "user", "person"),
]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("app", "model", "field"), AUTOCOMPLETES)
def test_autocomplete_offers_the_own_grid_or_nothing(client, mine, theirs, app, model, field, method):
    client.force_login(mine.head)
    asked = {"app_label": app, "model_name": model, "field_name": field, "term": "西山"}
    response = getattr(client, method)(reverse("admin:autocomplete"), asked)
    if response.status_code == 404:  # the register, or a page without a search
        return
    assert response.status_code == 200
    assert response.json()["results"] == []


def test_autocomplete_finds_what_is_there_for_the_staff(client, mine, theirs):
    client.force_login(make_user(Role.STAFF))
    asked = {"app_label": "grids", "model_name": "residency", "field_name": "person", "term": "西山小明"}
    results = client.post(reverse("admin:autocomplete"), asked).json()["results"]
    (person,) = [r.person for r in theirs.rows["grids.Household"].residencies.all()]
    assert results == [{"id": str(person.pk), "text": f"西**明 {person.masked_phone}"}]


def test_actions_touch_the_own_grid_only(client, mine, theirs):
    client.force_login(mine.head)
    foreign, own = theirs.rows["services.ServiceOrder"], mine.rows["services.ServiceOrder"]
    selected = {"action": "take_selected", "_selected_action": [foreign.pk, own.pk]}
    client.post(list_address(own), selected)
    foreign.refresh_from_db()
    own.refresh_from_db()
    assert (foreign.status, own.status) == ("submitted", "accepted")


@pytest.mark.parametrize("action", ["export_csv", "export_xlsx"])
def test_exports_hold_the_own_grid_only(client, mine, theirs, action):
    client.force_login(mine.head)
    for label, model_admin in registered().items():
        if label not in IN_GRIDS or action not in model_admin.actions:
            continue
        rows = [theirs.rows[label].pk, mine.rows[label].pk]
        response = client.post(list_address(mine.rows[label]), {"action": action, "_selected_action": rows})
        assert response.status_code == 200, label
        assert LogEntry.objects.latest("pk").change_message == "导出了 1 行", label
        if action == "export_csv":
            text = response.getvalue().decode()
            assert "西山" not in text, label
            assert len(text.strip().splitlines()) == 3, label  # who and when, heads, one row


def test_history_shows_the_own_rows_only(client, mine, theirs):
    staff = make_user(Role.STAFF)
    client.force_login(staff)
    for side in (mine, theirs):
        building = side.rows["grids.Building"]
        data = {"grid": side.grid.pk, "estate": building.estate, "name": "9 号楼", "number": 9}
        assert client.post(address(building, "change"), data).status_code == 302
    client.force_login(mine.head)
    own = client.get(address(mine.rows["grids.Building"], "history"))
    assert "楼名" in words(own)
    assert client.get(address(theirs.rows["grids.Building"], "history")).status_code == 404


def test_choices_of_forms_hold_the_own_community_only(client, mine):
    other = make_community(code="370614001015", name="隔壁社区", host="other.example")
    make_grid(community=other, name="隔壁网格")
    client.force_login(make_user(Role.STAFF))
    for label, model_admin in registered().items():
        if model_admin.may_add and model_admin.may_add != ("manage_users",):
            page = client.get(list_address(model_admin.model, "add"))
            assert page.status_code == 200, label
            assert "隔壁" not in words(page), label


def test_an_ended_appointment_ends_what_its_holder_sees(client, mine):
    client.force_login(mine.head)
    order = order_in(mine)
    assert client.get(address(order, "change")).status_code == 200
    mine.head.person.appointments.update(since="2026-01-01", ended_on="2026-01-02")
    assert client.get(address(order, "change")).status_code == 404
    assert client.get(list_address(order)).context["cl"].result_count == 0


def test_nobody_but_those_of_the_table_enters(client, mine):
    for role in (Role.HELPER, Role.NONE):
        client.force_login(make_user(role))
        assert client.get("/admin/", follow=True).status_code == 403
    client.logout()
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/login/?next=/admin/"


def test_routes_that_tell_what_exists_are_not_there(client, mine):
    names = {pattern.name for pattern in _patterns(get_resolver().url_patterns)}
    assert "view_on_site" not in names
    client.force_login(mine.head)
    for path in ("auth/group/", "r/1/1/", "people/", "axes/accessattempt/"):
        assert client.get(f"/admin/{path}").status_code == 404, path


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


@pytest.mark.parametrize("path", ["", "orders/", "orders/new/", "grids/", "reminders/"])
def test_the_staff_door_is_closed_to_grid_heads(client, mine, path):
    client.force_login(mine.head)
    assert client.get(f"/staff/{path}").status_code in {403, 404}
