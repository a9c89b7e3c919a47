"""What strangers try at the doors that are open to everybody."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from branches.models import Topic
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.ics import Entry, calendar
from people.models import RateWindow
from services import links
from tests.makers import (
    PASSWORD,
    make_building,
    make_head,
    make_notice,
    make_order,
    make_service,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/?dazi=1/evil.example",
        "&dazi=1//evil.example",
        "ht&dazi=1tp://evil.example",
        "h?dazi=1ttps://evil.example/",
    ],
)
def test_the_type_size_switch_leads_nowhere_else(client, target):
    assert client.post("/display/", {"mode": "elder", "next": target})["Location"] == "/"


class TestLogin:
    def tried(self, client, name, password="wrong", **extra):
        return client.post("/login/", {"username": name, "password": password}, **extra).status_code

    def test_one_address_tries_sixty_names_an_hour(self, client):
        codes = [self.tried(client, f"name{number}") for number in range(62)]
        assert codes == [200] * 60 + [429] * 2

    def test_one_name_is_tried_twenty_times_an_hour_from_wherever(self, client):
        make_user(login="zhao")
        codes = [self.tried(client, "zhao", REMOTE_ADDR=f"192.0.2.{number}") for number in range(1, 23)]
        assert codes == [200] * 20 + [429] * 2

    def test_strangers_do_not_keep_the_owner_out_of_their_own_device(self, client):
        make_user(login="zhao")
        assert self.tried(client, "zhao", PASSWORD) == 302
        for number in range(1, 22):
            self.tried(Client(), "ZHAO", REMOTE_ADDR=f"192.0.2.{number}")
        assert self.tried(Client(), "zhao", PASSWORD) == 429
        client.post("/logout/")
        assert self.tried(client, "zhao", PASSWORD) == 302

    def test_a_device_is_known_to_the_account_that_used_it_alone(self, client):
        make_user(login="zhao"), make_user(login="qian")
        self.tried(client, "qian", PASSWORD)
        client.post("/logout/")
        codes = [self.tried(client, "zhao", REMOTE_ADDR=f"192.0.2.{number}") for number in range(1, 22)]
        assert codes == [200] * 20 + [429]

    def test_a_session_of_ones_own_buys_no_tries_at_the_password_of_others(self, client):
        make_user(login="zhao"), make_user(login="qian")
        assert self.tried(client, "qian", PASSWORD) == 302
        assert [self.tried(client, "zhao") for _time in range(2)] == [200, 200]
        # of qian's name, of zhao's, of the address
        assert sorted(RateWindow.objects.values_list("used", flat=True)) == [0, 2, 2]

    def test_right_passwords_use_nothing_up(self, client):
        make_user(login="zhao")
        for _time in range(25):
            assert self.tried(Client(), "zhao", PASSWORD) == 302


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("unknown", ""),
    ],
)
def test_limits_count_networks_not_the_addresses_that_one_visitor_has(rf, address, counted):
    assert client_ip(rf.get("/", REMOTE_ADDR=address)) == counted


@pytest.mark.parametrize("field", ["need", "name", "phone", "service", "wish", "building", "submission_key"])
def test_half_a_character_is_refused_by_the_api(client, field):
    body = {"service": make_service().code, "need": "水管漏水", "consent": True, field: "\ud800"}
    response = client.post("/api/v1/orders/", json.dumps(body), content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


NO_KEYS = ["9" * 24, "abc", "²", "-1", "1,abc"]


@pytest.mark.parametrize("key", NO_KEYS)
@pytest.mark.parametrize("place", ["services/serviceorder", "grids/appointment"])
def test_the_admin_refuses_what_can_be_no_key(client, place, key):
    client.force_login(make_head())
    asked = client.get(f"/admin/{place}/", {"pk__in": key}).status_code
    ticked = {"action": "export_csv", "_selected_action": [key], "index": "0"}
    assert (asked, client.post(f"/admin/{place}/", ticked).status_code) == (400, 400)


@pytest.mark.parametrize("key", NO_KEYS)
@pytest.mark.parametrize(
    ("place", "field"), [("volunteers/team", "leader"), ("volunteers/helperprofile", "skills")]
)
def test_a_form_of_the_admin_is_shown_again_whatever_was_sent_for_a_row(client, place, field, key):
    client.force_login(make_user())
    answers = [
        client.get(f"/admin/{place}/add/", {field: key}),
        client.post(f"/admin/{place}/add/", {field: key}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert list(answers[1].context["adminform"].form.errors[field]) != []


@pytest.mark.parametrize("key", NO_KEYS)
def test_the_desk_is_told_that_nobody_was_chosen(client, key):
    order = make_order()
    client.force_login(make_user())
    response = client.post(f"/staff/orders/{order.number}/", {"action": "dispatch", "to": [key]})
    assert response.status_code == 409


@pytest.mark.parametrize("address", ["/track/", "/login/", "/staff/orders/", "/admin/", "/no-such-page/"])
def test_a_stranger_writes_no_file_to_the_disk(client, settings, tmp_path, address):
    """Django writes what a form brings along to the disk before it looks for token and login."""
    make_service()
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "not-there")  # writing there would raise
    file = SimpleUploadedFile("a.bin", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert client.post(address, {"number": "1", "file": file}).status_code == 400


def what_strangers_send(kind):
    """(the address of an open form, what the n-th stranger types there, how many one network address may send)."""
    make_service("Z02")
    notice, topic = make_notice(kind="finance"), make_topic()
    building = make_building(grid=topic.grid)
    Topic.objects.filter(pk=make_topic().pk).update(
        status="deciding", outcome="装", reason="议", dissent="没有", outcome_on=timezone.localdate()
    )
    decided = Topic.objects.get(status="deciding")

    def who(n):
        return {
            "name": f"甲{n}",
            "phone": f"138{n:08d}",
            "text": f"意见{n}",
            "need": f"意见{n}",
            "submission_key": f"k{n}",
        }

    return {
        "complaint": ("/feedback/", who, 30),
        "objection": (f"/notices/{notice.pk}/", who, 10),
        "topic": ("/topics/new/", lambda n: {**who(n), "building": building.pk}, 20),
        "comment": (f"/topics/{decided.pk}/", who, 20),
        "second": (
            f"/topics/{topic.pk}/join/",
            lambda n: {"building": building.pk, "door": f"2 单元 {n}", "proof": f"138{n:08d}"},
            30,
        ),
    }[kind]


@pytest.mark.parametrize("kind", ["complaint", "objection", "topic", "comment", "second"])
def test_an_address_has_its_limit_whatever_it_writes_into_the_header(client, kind):
    """Without a proxy of ours the header X-Forwarded-For is the visitor's own invention."""
    address, typed, most = what_strangers_send(kind)
    answers = [
        client.post(address, typed(n), headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(most + 2)
    ]
    assert set(answers[:most]) <= {200, 302}
    assert answers[most:] == [429, 429]
    assert client.post(address, typed(99), REMOTE_ADDR="192.0.2.7").status_code != 429


def test_nobody_floods_the_desk_from_one_order(client):
    order = make_order()
    address = links.resident_path(order)
    codes = [client.post(address, {"action": "add", "words": "快点"}).status_code for _time in range(32)]
    assert (codes, order.events.filter(note="快点").count()) == ([302] * 30 + [429] * 2, 30)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\u2028", "\x0b"])
def test_no_sign_ends_a_line_of_a_calendar_file(end):
    moment = timezone.now()
    entry = Entry(uid="1", starts=moment, ends=moment, changed=moment, title=f"理发{end}ATTACH:x", place="")
    lines = calendar([entry]).decode().splitlines()
    assert [line for line in lines if "ATTACH" in line] == [r"SUMMARY:理发\nATTACH:x"]
