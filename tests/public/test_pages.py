"""The frame of every page, the catalogue, the grids, and what happens when something is wrong."""

import datetime as dt

import pytest
import time_machine
from django.template import RequestContext, Template, loader
from django.urls import reverse

from haimengyuan.views.errors import server_error
from people.models import Consent
from services.actions import bump_catalogue
from services.models import Rating, Service, UnmetHit
from tests.makers import (
    make_appointment,
    make_branch,
    make_building,
    make_community,
    make_duty,
    make_dwelling,
    make_grid,
    make_household,
    make_member,
    make_order,
    make_person,
    make_post,
    make_service,
    make_user,
    shanghai,
)
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db
PAGES = [
    "/", "/services/", "/services/?q=水电", "/services/?category=elderly", "/services/I01/", "/services/I01/order/",
    "/services/Z01/order/", "/feedback/", "/track/", "/grids/", "/grids/6/", "/venues/", "/privacy/", "/accessibility/", "/login/",
]  # fmt: skip


def text_of(response):
    return response.content.decode()


@pytest.fixture
def community():
    return make_public_community()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_frame(client, community, path):
    response = client.get(path)
    page = text_of(response)
    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert page.count("<main") == 1
    assert f'href="{reverse("services:feedback")}"' in page
    assert 'href="tel:05350001200"' in page
    assert 'class="skip" href="#main"' in page
    assert "style=" not in page
    assert "演示数据" not in page


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("name", "望海社区", "<strong>望海社区</strong>"),
        ("district", "莱山区", "<small>莱山区"),
        ("street", "望海街道", "望海街道</small>"),
        ("address", "望海路 1 号", "望海路 1 号"),
        ("desk_phone", "05351112222", 'href="tel:05351112222"'),
        ("desk_opens", dt.time(7, 5), "工作日 7:05–"),
    ],
)
def test_the_frame_that_is_kept_follows_the_community_at_once(client, community, column, value, shown):
    assert shown not in text_of(client.get("/track/"))
    setattr(community, column, value)
    community.save()
    assert shown in text_of(client.get("/track/"))


def test_the_frame_that_is_kept_follows_language_day_place_and_settings(client, community, settings):
    here = 'aria-current="page"'
    with time_machine.travel(shanghai(2026, 11, 24, 9), tick=False):
        chinese = text_of(client.get("/track/"))
    assert f'<a href="/track/" {here}>查进度' in chinese
    assert "2026年11月24日" in chinese
    with time_machine.travel(shanghai(2026, 11, 25, 9), tick=False):
        assert "2026年11月25日" in text_of(client.get("/track/"))
    assert f'<a href="/track/" {here}>' not in text_of(client.get("/feedback/"))
    settings.SITE_GOV_CODE = "3706140001"
    assert "3706140001" in text_of(client.get("/track/"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in text_of(client.get("/track/"))


def test_what_is_kept_for_everybody_can_hold_nothing_of_anybody(rf, settings, tmp_path):
    (tmp_path / "greedy.html").write_text("[{{ user }}{{ request }}{{ csrf_token }}{{ secret }}{{ frame }}]")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    page = Template('{% load portal %}{{ secret }}{% kept "greedy.html" frame %}')
    context = {"secret": "王小明", "frame": "架", "user": "李四"}
    assert page.render(RequestContext(rf.get("/"), context)) == "王小明[架]"
    several = Template('{% load portal %}{{ secret }}{% kept_each "greedy.html" frames %}')
    context["frames"] = ["架", "框"]
    assert several.render(RequestContext(rf.get("/"), context)) == "王小明[架][框]"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_when_its_data_are_invented(client, community, settings, path):
    settings.PORTAL_DEMO = True
    assert "演示数据：人名、电话和数字都是编的" in text_of(client.get(path))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_large_type(client, community, path):
    client.cookies["mode"] = "elder"
    page = text_of(client.get(path))
    assert '<html lang="zh-CN" class="elder">' in page
    assert "<span>标准版</span>" in page


def test_a_printed_code_can_ask_for_large_type(client, community):
    assert 'class="elder"' in text_of(client.get("/grids/6/?dazi=1"))
    assert 'class="elder"' in text_of(client.get("/services/"))  # and keeps it


@pytest.mark.parametrize(
    ("mode", "kept"), [("elder", "elder"), ("standard", "standard"), ("nonsense", "standard")]
)
def test_the_switch_works_without_a_script(client, community, mode, kept):
    response = client.post("/display/", {"mode": mode, "next": "/services/?q=a&page=2"})
    assert (response.status_code, response["Location"]) == (302, "/services/?q=a&page=2")
    assert client.cookies["mode"].value == kept


@pytest.mark.parametrize(
    ("wanted", "went"),
    [
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/grids/6/?dazi=1", "/grids/6/"),
        ("/grids/?dazi=1&building=3", "/grids/?building=3"),
    ],
)
def test_the_switch_leads_back_inside_only(client, community, wanted, went):
    assert client.post("/display/", {"mode": "standard", "next": wanted})["Location"] == went


@pytest.mark.parametrize("query", ["", "?mode=elder&next=/services/"])
def test_the_switch_does_nothing_on_get(client, community, query):
    response = client.get(f"/display/{query}")
    assert (response.status_code, response["Location"], dict(client.cookies)) == (302, "/", {})


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 1),
        ("/services/", 1),
        ("/services/?category=elderly&page=1", 1),
        ("/services/I01/", 1),
        ("/track/", 1),
        ("/privacy/", 1),
    ],
)
@pytest.mark.parametrize("services", [1, 100])
def test_a_warm_page_costs_one_query(client, django_assert_num_queries, path, queries, services):
    make_public_community(services=services)
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize(("path", "most"), [("/", 6), ("/services/", 4), ("/services/I01/", 4)])
@pytest.mark.parametrize("services", [1, 100])
def test_a_cold_page_costs_at_most_six(client, django_assert_max_num_queries, path, most, services):
    make_public_community(services=services)
    with django_assert_max_num_queries(most):
        client.get(path)


@pytest.mark.parametrize("buildings", [1, 100])
def test_the_grid_page_asks_as_much_for_one_building_as_for_a_hundred(
    client, django_assert_num_queries, buildings
):
    make_public_community(buildings=buildings)
    with django_assert_num_queries(8):
        assert f"{buildings} 栋楼" in text_of(client.get("/grids/6/"))


def test_a_new_version_of_the_catalogue_is_shown_at_once(client, community):
    client.get("/services/")
    Service.objects.filter(code="I01").update(name_zh="上门修灯")
    bump_catalogue(community)
    assert "上门修灯" in text_of(client.get("/services/"))


def test_groups_situations_and_pages_narrow_the_list(client, community):
    for number in range(30):
        make_service(f"X{number:02d}", name_zh=f"服务{number}", situations=["papers"])
    bump_catalogue(community)
    all_of_them = text_of(client.get("/services/"))
    second = text_of(client.get("/services/?page=2"))
    papers = text_of(client.get("/services/?situation=papers"))
    assert all_of_them.count('class="tile tile--top"') == 24
    assert second.count('class="tile tile--top"') == 7
    assert "要办证、办补贴 · 30 项" in papers
    assert "全部服务 · 31 项" in text_of(client.get("/services/?category=nonsense&page=%F0"))
    assert "第 2 页，共 2 页" in text_of(client.get("/services/?page=99"))


def test_reserved_and_closed_services_are_not_listed(client, community):
    make_service("X01", name_zh="已停的服务", is_open=False)
    bump_catalogue(community)
    page = text_of(client.get("/services/"))
    assert "已停的服务" not in page
    assert "/services/Z02/" not in page


def test_words_without_a_hit_are_counted_and_lead_on(client, community):
    page = text_of(client.get("/services/?q=遛狗"))
    assert "没有找到“遛狗”" in page
    assert reverse("services:order", args=["Z01"]) in page
    assert list(UnmetHit.objects.values_list("word", flat=True)) == ["遛狗"]


def test_words_with_a_hit_are_not_counted(client, community):
    assert "上门修水电1" in text_of(client.get("/services/?q=水电"))
    assert UnmetHit.objects.count() == 0


def test_who_looks_for_large_type_finds_the_switch(client, community):
    assert "要大字版？" in text_of(client.get("/services/?q=长辈版"))


def test_a_mere_referral_says_so_instead_of_a_button(client, community):
    make_service("X01", delivery=Service.Delivery.REFERRAL)
    page = text_of(client.get("/services/X01/"))
    assert "这一项不在网上点单" in page
    assert "/services/X01/order/" not in page


@pytest.mark.parametrize(("ratings", "shown"), [(4, False), (5, True)])
def test_ratings_are_shown_from_five_on(client, community, ratings, shown):
    service, building = Service.objects.get(code="I01"), community.grids.get().buildings.get()
    for score in [5, 5, 5, 4, 2][:ratings]:
        Rating.objects.create(order=make_order("solved", service=service, building=building), score=score)
    page = text_of(client.get("/services/I01/"))
    assert ("满意 80%" in page) is shown
    assert ("5 人评过" in page) is shown


def test_what_many_ordered_lately_stands_on_the_first_page(client, community):
    for number in range(8):
        make_service(f"X{number:02d}", name_zh=f"服务{number}")
    building = community.grids.get().buildings.get()
    for code, times in (("X07", 2), ("X06", 1)):
        for _ in range(times):
            make_order(service=Service.objects.get(code=code), building=building)
    page = text_of(client.get("/"))
    popular = page.split("大家常点的服务")[1]
    assert popular.index("服务7") < popular.index("服务6") < popular.index("上门修水电1")


def test_registration_numbers_stand_in_the_footer_only_when_there_are_some(client, community, settings):
    assert "foot__icp" not in text_of(client.get("/privacy/"))
    settings.SITE_ICP, settings.SITE_MPS = "鲁ICP备00000000号-1", "鲁公网安备 00000000000000号"
    page = text_of(client.get("/privacy/"))
    assert ">鲁ICP备00000000号-1</a>" in page
    assert ">鲁公网安备 00000000000000号</a>" in page


# --- grids ---


def agree(person):
    Consent.objects.create(
        person=person, purpose=Consent.Purpose.PUBLISH_DUTY, text_version="1", channel="书面"
    )


def test_a_name_is_shown_with_consent_and_the_duty_without(client, community):
    grid = community.grids.get()
    head = make_appointment(
        grid=grid, person=make_person("李秀兰"), duty=make_duty(), work_phone="05350001206"
    )
    silent = make_duty("member", code="patroller", name_zh="安全巡查员")
    make_appointment(grid=grid, person=make_person("赵志强"), duty=silent, work_phone="05350009999")
    agree(head.person)
    page = text_of(client.get("/grids/6/"))
    assert "李秀兰" in page
    assert "0535-000 1206" in page
    assert "安全巡查员" in page
    assert "赵志强" not in page
    assert "9999" not in page


def test_a_withdrawn_consent_hides_the_name_at_once(client, community):
    head = make_appointment(grid=community.grids.get(), person=make_person("李秀兰"))
    agree(head.person)
    assert "李秀兰" in text_of(client.get("/grids/6/"))
    Consent.objects.update(withdrawn_at="2026-01-01T00:00:00Z")
    assert "李秀兰" not in text_of(client.get("/grids/6/"))


def test_duties_that_are_not_public_stay_inside(client, community):
    duty = make_duty("member", code="secret", name_zh="内部联络员", is_public=False)
    make_appointment(grid=community.grids.get(), duty=duty)
    assert "内部联络员" not in text_of(client.get("/grids/6/"))


def test_counts_are_computed(client, community):
    grid = community.grids.get()
    branch = make_branch(grids=[grid], name="听涛苑网格党支部")
    secretary = make_member(branch=branch, person=make_person("张桂兰"))
    make_post(member=secretary)
    make_member(branch=branch)
    agree(secretary.person)
    for _ in range(3):
        make_household(make_person(), dwelling=make_dwelling(building=grid.buildings.get()))
    page = text_of(client.get("/grids/6/"))
    assert "1 栋楼 · 3 户 · 支部党员 2 名" in page
    assert "张桂兰" in page


def test_a_building_leads_to_its_grid_and_is_remembered(client, community):
    building = community.grids.get().buildings.get()
    page = text_of(client.get(f"/grids/?building={building.pk}"))
    assert "听涛苑 1 号楼 在这里" in page
    assert client.cookies["building"].value == str(building.pk)
    assert "听涛苑 1 号楼 在这里" in text_of(client.get("/grids/"))


@pytest.mark.parametrize(("over_tls", "served_so"), [(False, False), (True, False), (False, True)])
def test_what_a_device_remembers_travels_as_safely_as_the_portal_does(
    client, community, settings, over_tls, served_so
):
    settings.SESSION_COOKIE_SECURE = served_so
    building = community.grids.get().buildings.get()
    client.get(f"/grids/?building={building.pk}&dazi=1", secure=over_tls)
    kept = {name: bool(client.cookies[name]["secure"]) for name in ("building", "mode")}
    assert kept == dict.fromkeys(("building", "mode"), over_tls or served_so)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [("", "请先选您家在几号楼"), ("999999", "这栋楼不在名单里"), ("'--", "这栋楼不在名单里")],
)
def test_an_unknown_building_says_what_to_do(client, community, asked, sentence):
    page = text_of(client.get("/grids/", {"building": asked}))
    assert page.count(sentence) == 2
    assert "<title>有 1 处要改：" in page


def test_a_remembered_building_that_is_gone_is_no_mistake(client, community):
    client.cookies["building"] = "999999"
    page = text_of(client.get("/grids/"))
    assert "不在名单里" not in page


def test_the_map_and_the_list_show_the_same_grids(client, community):
    make_grid(7, community=community, name="紫荆花园", tile_row=1, tile_column=3)
    page = text_of(client.get("/grids/"))
    drawn, listed = page.split('<svg class="gmap"')[1], page.split('class="list mt4"')[1].split("</ul>")[0]
    for number in (6, 7):
        assert f'href="/grids/{number}/"' in drawn
        assert f'href="/grids/{number}/"' in listed


def test_the_door_card_has_a_code_and_the_desk(client, community):
    page = text_of(client.get("/grids/6/poster/"))
    assert "第 6 网格的二维码" in page
    assert 'href="/feedback/"' in page
    assert "0535-000 1200" in page


def test_a_card_printed_in_large_type_leads_to_large_type(client, community):
    plain = client.get("/grids/6/poster/").context["link"]
    large = client.get("/grids/6/poster/?dazi=1").context["link"]
    assert (plain, large) == ("http://testserver/grids/6/", "http://testserver/grids/6/?dazi=1")


@pytest.mark.parametrize("path", ["/grids/99/", "/grids/99/poster/"])
def test_an_unknown_grid_says_what_to_do(client, community, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "没有这个网格。请从“我的网格”里按楼号找" in text_of(response)


def test_another_community_has_its_own_door(client, community, settings):
    settings.ALLOWED_HOSTS = ["*"]
    other = make_community(
        code="370614001015", name="望海社区", host="wanghai.example", desk_phone="05350002000"
    )
    building = make_building(grid=make_grid(1, community=other, name="望海里"), estate="望海里")
    make_service("W01", community=other, name_zh="望海独有服务")
    page = text_of(client.get("/services/", headers={"Host": "wanghai.example"}))
    assert "望海独有服务" in page
    assert "上门修水电1" not in page
    assert "05350002000" in page
    assert f'value="{building.pk}"' not in text_of(client.get("/grids/"))


# --- when something is wrong ---


def test_an_installation_without_a_community_says_what_is_missing(client):
    response = client.get("/")
    assert response.status_code == 404
    assert "请管理员先导入基础资料" in text_of(response)


def test_an_unknown_page_is_explained_without_technical_words(client, community):
    page = text_of(client.get("/nothing/here/"))
    assert "没有找到这个页面" in page
    assert "tried" not in page


def test_the_page_for_a_broken_server_needs_no_database(rf, django_assert_num_queries):
    request = rf.get("/", headers={"Cookie": "mode=elder"})
    with django_assert_num_queries(0):
        response = server_error(request)
    assert response.status_code == 500
    assert 'class="elder"' in text_of(response)
    assert "系统出了点问题" in text_of(response)


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_the_last_pages_render_without_any_context(template, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = loader.get_template(template).render()
    assert "回首页" in page
    assert 'href="/feedback/"' in page


def test_a_foreign_host_gets_the_house_style(client, community, settings):
    settings.ALLOWED_HOSTS = ["haimengyuan.example"]
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "这个请求没看懂" in text_of(response)


@pytest.mark.parametrize(
    ("role", "door"), [("staff", "/staff/"), ("grid", "/admin/"), ("helper", "/me/"), ("none", "/")]
)
def test_login_leads_everybody_to_their_own_door(client, community, role, door):
    make_user(role, login="zhou")
    response = client.post("/login/", {"username": "zhou", "password": "a-password-of-the-tests"})
    assert response["Location"] == door


def test_a_wrong_password_says_what_to_do(client, community):
    page = text_of(client.post("/login/", {"username": "nobody", "password": "wrong"}))
    assert page.count("登录名或密码对不上") == 1
    assert 'value="nobody"' in page
