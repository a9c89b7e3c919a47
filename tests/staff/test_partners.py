"""Partner units: three lists, and each line's way from entering to thanks."""

import pytest
from django.db import IntegrityError, transaction

from branches.actions.partners import add_line, step
from branches.errors import PartnerRefused
from branches.models import NEXT_PARTNER, PartnerLine, PartnerStatus, PartnerUnit
from people.models import Role
from tests.makers import make_branch, make_community, make_user

pytestmark = pytest.mark.django_db
_S = PartnerStatus


@pytest.fixture
def branch():
    return make_branch()


@pytest.fixture
def unit(branch):
    return PartnerUnit.objects.create(community=branch.community, name="卫生服务站")


@pytest.fixture
def line(branch):
    return add_line(branch.community, kind="demand", text="每月量一次血压", branch=branch)


def text_of(response):
    return response.content.decode()


def test_a_line_needs_its_own_side(branch, unit):
    for kind in ("resource", "demand"):
        with pytest.raises(PartnerRefused):
            add_line(branch.community, kind=kind, text="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerLine.objects.create(community=branch.community, kind="resource", text="x")
    add_line(branch.community, kind="project", text="一起办义诊")
    assert PartnerLine.objects.count() == 1


@pytest.mark.parametrize("old", list(_S))
@pytest.mark.parametrize("new", list(_S))
def test_exactly_the_arrows_of_the_table(line, unit, old, new):
    PartnerLine.objects.filter(pk=line.pk).update(status=old, unit=unit, signed_on="2026-01-05")
    line.refresh_from_db()
    if new in NEXT_PARTNER[old]:
        step(line, new, note="一句话")
    else:
        with pytest.raises(PartnerRefused):
            step(line, new, note="一句话")
    assert PartnerLine.objects.get().status == (new if new in NEXT_PARTNER[old] else old)


def test_the_whole_way_at_the_desk(client, line, unit):
    client.force_login(make_user(Role.STAFF))

    def press(status, **fields):
        return text_of(
            client.post("/staff/partners/", {"line": line.pk, "status": status, **fields}, follow=True)
        )

    assert "两边都有" in press("matched")
    press("matched", unit=unit.pk)
    press("signed")
    assert "请写一句" in press("done")
    press("done", note="量了 3 次，62 人")
    press("thanked", note="送了感谢信")
    line.refresh_from_db()
    assert (line.status, line.unit, line.note) == (_S.THANKED, unit, "送了感谢信")
    assert line.signed_on is not None


def test_the_desk_enters_a_line_and_reads_what_is_missing(client, branch, unit):
    client.force_login(make_user(Role.STAFF))
    assert "请选是哪个单位的资源" in text_of(
        client.post("/staff/partners/", {"kind": "resource", "text": "会议室一间"})
    )
    client.post("/staff/partners/", {"kind": "resource", "text": "会议室一间", "unit": unit.pk})
    assert PartnerLine.objects.get().unit == unit
    assert "会议室一间" in text_of(client.get("/staff/partners/"))


def test_two_at_once_the_second_is_told(line, unit):
    stale = PartnerLine.objects.get(pk=line.pk)
    step(line, _S.MATCHED, unit=unit)
    with pytest.raises(PartnerRefused, match="对上了"):
        step(stale, _S.DROPPED, note="算了")


def test_another_community_and_an_auditor_change_nothing(client, line):
    other = make_community(code="370614001015", host="other.example")
    foreign = add_line(other, kind="project", text="别处的")
    client.force_login(make_user(Role.STAFF))
    assert client.post("/staff/partners/", {"line": foreign.pk, "status": "dropped"}).status_code == 404
    assert "别处的" not in text_of(client.get("/staff/partners/"))
    client.force_login(make_user(Role.AUDITOR))
    assert client.post("/staff/partners/", {"line": line.pk, "status": "dropped"}).status_code == 403
    assert client.get("/staff/partners/").status_code == 200
