"""Wanting to help without an account, and what a stranger learns of a certificate."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.makers import make_certificate, make_community, make_person, make_team, make_user
from volunteers.actions import issue_certificate, record_hours, revoke_certificate
from volunteers.models import HelperApplication, HelperProfile

pytestmark = pytest.mark.django_db


def typed(**changes):
    return {
        "name": "林小海",
        "phone": "13800006611",
        "age": "adult",
        "agree": "on",
        "submission_key": "k",
    } | changes


def text_of(response):
    return response.content.decode()


class TestJoining:
    def test_an_adult_with_a_tick(self, client):
        make_community()
        answer = client.post("/volunteers/join/", typed(), follow=True)
        assert "社区会打电话跟您确认" in text_of(answer)
        assert (HelperApplication.objects.get().is_minor, HelperProfile.objects.count()) == (False, 0)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"agree": ""}, "要您本人愿意才登记"),
            ({"age": ""}, "请选一下年龄"),
            ({"age": "child"}, "请家长带孩子到社区来登记"),
            ({"age": "teen"}, "请写家长的姓名"),
            ({"age": "teen", "guardian_name": "林建国"}, "请写家长的电话"),
            (
                {"age": "teen", "guardian_name": "林小海", "guardian_phone": "13800006611"},
                "监护人要是另一位成年人",
            ),
            ({"phone": "12"}, "电话"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_is_kept(self, client, changes, sentence):
        make_community()
        page = text_of(client.post("/volunteers/join/", typed(**changes)))
        assert (sentence in page, HelperApplication.objects.count()) == (True, 0)

    def test_a_teenager_with_a_guardian(self, client):
        make_community()
        data = typed(age="teen", guardian_name="林建国", guardian_phone="13800006622")
        assert client.post("/volunteers/join/", data).status_code == 302
        made = HelperApplication.objects.get()
        assert (made.is_minor, made.guardian.name) == (True, "林建国")

    def test_what_an_adult_left_in_hidden_fields_is_dropped(self, client):
        make_community()
        data = typed(guardian_name="谁", guardian_phone="13800006622")
        client.post("/volunteers/join/", data)
        assert HelperApplication.objects.get().guardian is None

    def test_teams_in_a_line_without_anybodys_name(self, client):
        leader = make_person("姜建国")
        make_team(name="红帆维修队", leader=leader)
        make_team(name="不公开的队", is_public=False)
        make_team(name="散了的队", is_active=False)
        make_team(
            name="别处的队", community=make_community(code="370614001015", name="别处", host="b.example")
        )
        page = text_of(client.get("/volunteers/"))
        words = ("红帆维修队", "姜建国", "不公开的队", "散了的队", "别处的队")
        assert [word for word in words if word in page] == ["红帆维修队"]


@pytest.fixture
def certificate():
    person = make_person("赵志强", phone="13800009911", id_number="370614199001010012")
    record_hours(person, 200, what="陪诊保密", source_key="a")
    return make_certificate(person)


class TestVerifying:
    def test_validity_period_hours_and_a_masked_name_and_nothing_else(self, client, certificate):
        page = text_of(client.get(f"/certificates/{certificate.token}/"))
        shown = ("这份证明有效", certificate.number, "赵*强", "3 小时", f"{certificate.since:%Y-%m-%d}")
        assert [word for word in shown if word not in page] == []
        hidden = (
            "赵志强",
            "13800009911",
            "9911",
            "370614199",
            "陪诊",
            str(certificate.issued_by.person.name),
        )
        assert [word for word in hidden if word in page.replace(certificate.number, "")] == []
        assert 'name="robots" content="noindex"' in page

    def test_a_revoked_one_says_so_without_the_reason(self, client, certificate):
        revoke_certificate(certificate, by=make_user(), why="他本人要求")
        page = text_of(client.get(f"/certificates/{certificate.token}/"))
        assert ("作废了" in page, "这份证明有效" in page, "他本人要求" in page) == (True, False, False)
        again = issue_certificate(
            certificate.person,
            since=certificate.since,
            until=certificate.until,
            by=make_user(),
            replaces=certificate,
        )
        assert again.number in text_of(client.get(f"/certificates/{certificate.token}/"))

    def test_neither_a_part_nor_another_communitys(self, client, certificate):
        other = make_community(code="370614001015", name="别处", host="b.example")
        there = make_person(community=other)
        record_hours(there, 60, what="x", source_key="x")
        theirs = make_certificate(there, by=make_user(person=make_person(community=other)))
        for token in (certificate.code, certificate.token[:-1], certificate.number, theirs.token, "x" * 24):
            assert client.get(f"/certificates/{token}/").status_code == 404

    def test_number_and_code_lead_to_the_page_and_eleven_wrong_ones_to_a_pause(self, client, certificate):
        data = {"number": certificate.number, "code": certificate.code}
        assert client.post("/certificates/", data)["Location"] == f"/certificates/{certificate.token}/"
        wrong = data | {"code": "A" * 10}
        statuses = [client.post("/certificates/", wrong).status_code for _try in range(11)]
        assert statuses == [200] * 10 + [429]
        assert client.post("/certificates/", data).status_code == 429

    def test_days_of_the_period_are_those_of_the_paper(self, certificate):
        assert certificate.until - certificate.since == dt.timedelta(days=365)
        assert certificate.until == timezone.localdate()

    @pytest.mark.parametrize("shape", ["as is", "plain", "wide"])
    def test_a_number_is_found_as_people_type_it(self, client, certificate, shape):
        wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
        number = certificate.number
        ways = {"as is": f" {number} ", "plain": number.replace("-", ""), "wide": number.translate(wide)}
        data = {"number": ways[shape], "code": certificate.code.lower()}
        assert client.post("/certificates/", data)["Location"] == f"/certificates/{certificate.token}/"
