import csv

import pytest
from django.core.management import call_command

from branches.models import PartyBranch
from grids.models import CareCategory, Duty, Grid
from haimengyuan.reference import load_reference
from haimengyuan.reference.rows import FILES, read
from people.models import Community
from services.models import CatalogueVersion, Category, Service
from tests.makers import make_order
from volunteers.models import Skill

pytestmark = pytest.mark.django_db


def totals(reports):
    return [(len(r.created), len(r.changed), len(r.kept), r.unchanged) for r in reports]


def test_the_first_run_creates_everything():
    reports = load_reference()
    assert totals(reports) == [
        (1, 0, 0, 0),
        (14, 0, 0, 0),
        (8, 0, 0, 0),
        (18, 0, 0, 0),
        (3, 0, 0, 0),
        (16, 0, 0, 0),
        (2, 0, 0, 0),
        (138, 0, 0, 0),
    ]
    community = Community.objects.get()
    assert (community.code, community.name, community.street, community.district) == (
        "370614001014", "海梦苑社区", "登州街道", "蓬莱区",
    )  # fmt: skip
    assert list(Grid.objects.values_list("code", flat=True)) == [f"370614001014{n:03d}" for n in range(1, 15)]
    assert list(Grid.objects.values_list("name", flat=True))[::13] == ["第一网格", "第十四网格"]
    assert Grid.objects.filter(is_demo=True).count() == 0


def test_the_grids_have_one_tile_each():
    load_reference()
    tiles = set(Grid.objects.values_list("tile_row", "tile_column"))
    assert len(tiles) == 14
    assert {row for row, _column in tiles} == {0, 1, 2}


def test_visits_are_due_weekly_monthly_and_quarterly():
    load_reference()
    found = CareCategory.objects.values_list("code", "every_days")
    assert list(found) == [("red", 7), ("yellow", 30), ("green", 90)]


def test_the_six_members_wait_for_confirmation():
    load_reference()
    assert [(duty.code, duty.name_zh, duty.is_confirmed) for duty in Duty.objects.six_members()] == [
        ("info_collector", "信息采集员", False),
        ("policy_communicator", "政策宣传员", False),
        ("mediator", "矛盾调解员", False),
        ("safety_patroller", "安全巡查员", False),
        ("service_agent", "民生服务员", False),
        ("emergency_responder", "应急处置员", False),
    ]
    assert Duty.objects.filter(duties_zh="").count() + Duty.objects.filter(duties_en="").count() == 0


def test_every_service_of_the_file_is_there_with_every_column():
    load_reference()
    stored = {service.code: service for service in Service.objects.prefetch_related("skills")}
    files = read("services") + read("services_reserved")
    assert sorted(stored) == sorted(row["code"] for row in files)
    for row in files:
        service = stored[row["code"]]
        assert (service.name_zh, service.name_en, service.aliases_zh, service.stopper_zh) == (
            row["name_zh"], row["name_en"], row["aliases_zh"], row["stopper_zh"],
        )  # fmt: skip
        assert "|".join(service.situations) == row["situations"]
        assert {skill.code for skill in service.skills.all()} == set(filter(None, row["skills"].split("|")))
        assert service.bookable == (row["bookable"] == "yes")
        assert service.pinyin
        assert service.initials


def test_a_lead_that_is_no_duty_stays_a_name():
    load_reference()
    duties = set(Duty.objects.values_list("code", flat=True))
    for row in read("services"):
        service = Service.objects.select_related("lead_duty").get(code=row["code"])
        expected = row["lead_role_code"] if row["lead_role_code"] in duties else None
        assert (service.lead_duty.code if service.lead_duty else None) == expected
        assert service.lead_name_zh == row["lead_role_zh"]
    assert not duties & {"volunteer_lead", "branch_secretary"}


def test_sixteen_categories_in_at_most_eight_groups():
    load_reference()
    assert Category.objects.count() == 16
    assert set(Category.objects.values_list("group", flat=True)) == set(Category.Group.values)


def test_the_reserved_services_can_be_ordered_but_are_not_listed():
    load_reference()
    assert [s.code for s in Service.objects.filter(code__in=Service.RESERVED) if s.can_be_ordered] == [
        "Z01",
        "Z02",
    ]
    assert Service.objects.listed().count() == 136


def test_a_second_run_changes_nothing():
    load_reference()
    version = CatalogueVersion.objects.get().number
    assert totals(load_reference()) == [
        (0, 0, 0, 1), (0, 0, 0, 14), (0, 0, 0, 8), (0, 0, 0, 18), (0, 0, 0, 3), (0, 0, 0, 16), (0, 0, 0, 2), (0, 0, 0, 138),
    ]  # fmt: skip
    assert CatalogueVersion.objects.get().number == version


def test_the_organisations_above_the_branches_are_there_and_keep_the_communitys_own_names():
    load_reference()
    found = list(PartyBranch.objects.order_by("pk").values_list("kind", "name", "parent__kind"))
    assert found == [("street", "登州街道党工委", None), ("committee", "海梦苑社区党委", "street")]
    PartyBranch.objects.filter(kind="committee").update(name="海梦苑社区党总支委员会")
    load_reference()
    assert PartyBranch.objects.filter(kind="committee").get().name == "海梦苑社区党总支委员会"
    assert PartyBranch.objects.count() == 2


def test_what_staff_changed_stays_and_is_reported():
    load_reference()
    Service.objects.filter(code="I04").update(aliases_zh="理发|头发|光头", is_open=False)
    Community.objects.update(desk_phone="05350001299")
    Service.objects.get(code="I04").skills.add(Skill.objects.get(code="escort"))
    reports = load_reference()
    assert (reports[0].kept, reports[-1].kept) == (
        [("370614001014", ["desk_phone"])],
        [("I04", ["aliases_zh", "skills"])],
    )
    haircut = Service.objects.get(code="I04")
    assert (haircut.aliases_zh, haircut.is_open, haircut.skills.count()) == ("理发|头发|光头", False, 2)


def test_overwrite_takes_the_file_for_the_named_rows_only():
    load_reference()
    Service.objects.filter(code__in=["I04", "B02"]).update(fee_zh="10 元")
    version = CatalogueVersion.objects.get().number
    report = load_reference(["I04"])[-1]
    assert (report.changed, report.kept) == ([("I04", ["fee_zh"])], [("B02", ["fee_zh"])])
    assert CatalogueVersion.objects.get().number == version + 1
    assert load_reference([])[-1].changed == [("B02", ["fee_zh"])]
    assert Service.objects.filter(fee_zh="10 元").count() == 0


def test_rows_that_the_files_do_not_have_are_left_alone():
    load_reference()
    community = Community.objects.get()
    own = Service.objects.create(
        community=community,
        category=Category.objects.get(code="Q"),
        code="X01",
        name_zh="换煤气罐",
        name_en="Gas",
    )
    order = make_order(service=own)
    load_reference([])
    assert Service.objects.filter(code="X01", orders=order).count() == 1


def test_pinyin_follows_a_changed_name():
    load_reference()
    Service.objects.filter(code="I04").update(name_zh="剪头发")
    load_reference()
    assert Service.objects.values_list("name_zh", "pinyin", "initials").get(code="I04") == (
        "剪头发",
        "jiantoufa",
        "jtf",
    )


def test_an_invented_grid_name_of_the_demo_is_not_overwritten():
    load_reference()
    Grid.objects.filter(number=6).update(name="听涛苑", is_demo=True)
    assert totals(load_reference([]))[1] == (0, 0, 0, 14)
    assert Grid.objects.get(number=6).name == "听涛苑"


def test_the_command_reports_row_by_row(capsys):
    call_command("load_reference")
    assert "便民服务：新建 138，改动 0，未变 0，与文件不同而保留 0\n" in capsys.readouterr().out
    Service.objects.filter(code="I04").update(fee_zh="10 元")
    call_command("load_reference")
    out = capsys.readouterr().out
    assert "便民服务：新建 0，改动 0，未变 137，与文件不同而保留 1\n  保留 I04：fee_zh\n" in out
    call_command("load_reference", overwrite=["I04"])
    assert "  改动 I04：fee_zh\n" in capsys.readouterr().out
    call_command("load_reference", verbosity=0)
    assert capsys.readouterr().out == ""


def test_every_file_is_read_and_every_text_fits_its_column():
    assert sorted(path.stem for path in FILES.iterdir()) == [
        "branches", "care_categories", "categories", "communities", "duties", "grids", "services", "services_reserved",
        "skills",
    ]  # fmt: skip
    load_reference()
    for service in Service.objects.all():
        service.full_clean(exclude=["community", "category", "lead_duty"])
    header = next(csv.reader((FILES / "services.csv").open(encoding="utf-8", newline="")))
    assert header == list(read("services_reserved")[0])
