from django.db.models import F

from people.actions import give_consent
from people.models import Consent
from services.api.catalogue import ServiceDetail, ServiceRow
from services.models import CatalogueVersion, Service
from tests.makers import (
    make_appointment,
    make_building,
    make_category,
    make_community,
    make_dwelling,
    make_grid,
    make_household,
    make_person,
    make_service,
)


def codes(response):
    return [row["code"] for row in response.json()["results"]]


def make_catalogue():
    make_service(
        "B01",
        name_zh="上门理发",
        name_en="Haircut at home",
        aliases_zh="剪头发|理发",
        home_visit=True,
        situations=["elderly"],
        channels=["home", "phone"],
    )
    make_service("B02", name_zh="陪诊", situations=["unwell"], bookable=False)
    papers = make_category("A", name_zh="代办", group="papers")
    make_service("A01", category=papers, name_zh="办社保卡", delivery=Service.Delivery.REFERRAL)
    make_service("A02", category=papers, name_zh="停掉的", is_open=False)
    make_service("Z01", name_zh="说说您的事")


def test_the_list_shows_open_services_by_code_and_no_reserved_ones(client, db):
    make_catalogue()
    response = client.get("/api/v1/services/")
    assert response.json() == {"next": None, "results": response.json()["results"]}
    assert codes(response) == ["A01", "B01", "B02"]
    assert response.json()["results"][1] == {
        "code": "B01",
        "name_zh": "上门理发",
        "name_en": "Haircut at home",
        "description_zh": "",
        "description_en": "",
        "category": "B",
        "group": "elderly",
        "situations": ["elderly"],
        "delivery": "direct",
        "orderable": True,
        "channels": ["home", "phone"],
        "home_visit": True,
        "time_limit_workdays": 1,
        "fee_zh": "",
        "fee_en": "",
    }


def test_rows_and_details_hold_what_their_description_says(client, db):
    make_catalogue()
    row = client.get("/api/v1/services/").json()["results"][1]
    detail = client.get("/api/v1/services/B01/").json()
    assert set(row) == set(ServiceRow().fields)
    assert set(detail) == set(ServiceDetail().fields)
    assert ServiceRow(row).data == row
    assert ServiceDetail(detail).data == detail
    assert detail["aliases_zh"] == ["剪头发", "理发"]


def test_filters_narrow_and_must_all_hold(client, db):
    make_catalogue()
    asked = {
        "category=A": ["A01"],
        "group=elderly": ["B01", "B02"],
        "home_visit=true": ["B01"],
        "orderable=true": ["B01"],
        "orderable=false": ["A01", "B02"],
        "delivery=referral": ["A01"],
        "situation=unwell": ["B02"],
        "q=lf": ["B01"],
        "q=头发": ["B01"],
        "category=B&q=lifa&home_visit=true": ["B01"],
        "category=A&q=lifa": [],
    }
    assert {query: codes(client.get(f"/api/v1/services/?{query}")) for query in asked} == asked


def test_a_filter_that_cannot_be_is_a_problem_of_its_field(client, db):
    make_catalogue()
    for query, field in {"group=police": "group", "q=" + "长" * 41: "q", "page_size=0": "page_size"}.items():
        response = client.get(f"/api/v1/services/?{query}")
        assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
        assert [error["field"] for error in response.json()["errors"]] == [field]


def test_pages_follow_the_key_to_the_end(client, db):
    make_catalogue()
    first = client.get("/api/v1/services/?page_size=2")
    assert codes(first) == ["A01", "B01"]
    assert first.json()["next"] == "/api/v1/services/?after=B01&page_size=2"
    second = client.get(first.json()["next"])
    assert (codes(second), second.json()["next"]) == (["B02"], None)


def test_the_kept_list_follows_the_version_of_the_catalogue(client, db, django_assert_num_queries):
    make_catalogue()
    version = CatalogueVersion.objects.get_or_create(community=make_community())[0]
    client.get("/api/v1/services/")
    with django_assert_num_queries(1):
        assert codes(client.get("/api/v1/services/")) == ["A01", "B01", "B02"]
    make_service("C01")
    CatalogueVersion.objects.filter(pk=version.pk).update(number=F("number") + 1)
    assert codes(client.get("/api/v1/services/")) == ["A01", "B01", "B02", "C01"]


def test_the_kept_list_is_the_same_answer_and_refuses_what_the_first_one_refuses(client, db):
    make_catalogue()
    first, kept = client.get("/api/v1/services/"), client.get("/api/v1/services/")
    assert (first.content, first.headers["Content-Type"]) == (kept.content, kept.headers["Content-Type"])
    assert client.get("/api/v1/services/", headers={"Accept": "text/csv"}).status_code == 406
    assert client.post("/api/v1/services/").status_code == 405
    assert client.head("/api/v1/services/").status_code == 200


def test_the_list_costs_the_same_queries_at_3_and_100_services(client, db, django_assert_num_queries):
    make_catalogue()
    for _round in range(2):
        with django_assert_num_queries(2):
            client.get("/api/v1/services/?page_size=150")
        for _service in range(100):
            make_service()


def test_one_service_is_found_by_its_code_and_a_closed_or_unknown_one_is_not(client, db):
    make_catalogue()
    assert client.get("/api/v1/services/Z01/").json()["name_zh"] == "说说您的事"
    assert [client.get(f"/api/v1/services/{code}/").status_code for code in ("A02", "X99")] == [404, 404]


def test_services_of_another_community_stay_there(client, db):
    make_catalogue()
    other = make_community(code="370614001015", host="other.example", name="别的社区")
    make_service("O01", community=other)
    assert codes(client.get("/api/v1/services/")) == ["A01", "B01", "B02"]
    assert client.get("/api/v1/services/O01/").status_code == 404


def test_categories_count_what_they_list(client, db):
    make_catalogue()
    rows = client.get("/api/v1/categories/").json()["results"]
    assert [(row["code"], row["group"], row["services"]) for row in rows] == [
        ("A", "papers", 1),
        ("B", "elderly", 2),
    ]


def test_grids_count_households_that_live_there_now(client, db):
    building = make_building(grid=make_grid(3))
    make_household(make_person(), dwelling=make_dwelling(building=building))
    gone = make_household(make_person(), dwelling=make_dwelling(building=building))
    gone.until = gone.since
    gone.save(update_fields=["until"])
    (row,) = client.get("/api/v1/grids/").json()["results"]
    assert (row["number"], row["buildings"], row["households"]) == (3, 1, 1)
    detail = client.get("/api/v1/grids/3/").json()
    assert detail["building_list"] == [{"id": building.pk, "estate": building.estate, "name": building.name}]
    assert client.get("/api/v1/grids/4/").status_code == 404


def test_a_grid_head_is_named_only_with_consent(client, db):
    silent, named = make_grid(1), make_grid(2)
    make_appointment(grid=silent, person=make_person("沉默"), work_phone="05350009999")
    agreed = make_person("愿意")
    make_appointment(grid=named, person=agreed, work_phone="05350008888")
    give_consent(agreed, Consent.Purpose.PUBLISH_DUTY, text_version="1", channel="paper")
    heads = [row["head"] for row in client.get("/api/v1/grids/").json()["results"]]
    assert heads == [
        {"name": "", "phone": make_community().desk_phone},
        {"name": "愿意", "phone": "05350008888"},
    ]
    assert client.get("/api/v1/grids/1/").json()["head"]["name"] == ""


def test_the_list_of_grids_costs_the_same_at_1_and_14(client, db, django_assert_num_queries):
    for numbers in (range(1, 2), range(2, 15)):
        for number in numbers:
            make_appointment(grid=make_grid(number))
        with django_assert_num_queries(3):
            client.get("/api/v1/grids/")


def test_the_root_says_where_everything_is(client, db):
    assert client.get("/api/v1/").json() == {
        name: f"/api/v1/{name}/"
        for name in ("services", "categories", "grids", "activities", "orders", "tracking", "schema")
    }
