import json
import smtplib
import subprocess
import sys
import threading

import apprise
import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from reminders import channels
from reminders.channels import sms
from reminders.channels.sms import ConsoleGateway, FileGateway
from reminders.errors import Unavailable, Undeliverable
from reminders.models import Reminder
from tests.makers import make_community, make_person, make_reminder

PHONE = "13800000617"


@pytest.fixture
def outbox(settings, tmp_path):
    settings.VAR_DIR, settings.SMS_BACKEND = tmp_path, "file"
    return tmp_path / "outbox" / "sms.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.django_db
def test_a_text_message_has_signature_subject_and_an_address_that_works(outbox, settings):
    settings.PUBLIC_BASE_URL = "https://portal.example"
    person = make_person(phone=PHONE)
    reminder = make_reminder(
        person=person,
        address=f"sms:{person.pk}",
        dedupe_key="order:5:9:resident",
        channel="sms",
        subject="上门时间",
        text="约在明天上午。",
        link="/o/token/",
    )
    for _time in range(2):
        channels.send(reminder)
    (line,) = lines(outbox)
    assert line.pop("at").endswith("+08:00")
    assert line == {
        "key": f"sms:{person.pk}/order:5:9:resident",
        "phone": PHONE,
        "text": "【海梦苑社区】上门时间：约在明天上午。 https://portal.example/o/token/",
    }
    assert outbox.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["", "05350001200"])
def test_no_text_to_a_landline(outbox, phone):
    reminder = make_reminder(person=make_person(phone=phone), channel="sms")
    with pytest.raises(Undeliverable) as refused:
        channels.send(reminder)
    assert str(refused.value) == "没有能收短信的手机号"
    assert not outbox.exists()


def test_the_file_keeps_a_key_once_over_threads(tmp_path):
    gateways = [FileGateway(str(tmp_path / "sms.jsonl")) for _gateway in range(2)]

    def write(gateway):
        for number in range(50):
            gateway.send(key=f"k{number}", phone=PHONE, text="短信")

    threads = [threading.Thread(target=write, args=[gateway]) for gateway in gateways * 2]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(line["key"] for line in lines(tmp_path / "sms.jsonl")) == sorted(
        f"k{number}" for number in range(50)
    )


WRITE_IN_A_PROCESS = """
import sys, django
django.setup()
from reminders.channels.sms import FileGateway
gateway = FileGateway(sys.argv[1])
for number in range(100):
    gateway.send(key=f"k{number}", phone="13800000617", text="短信")
"""


def test_the_file_keeps_a_key_once_over_processes(tmp_path):
    path = tmp_path / "sms.jsonl"
    command = [sys.executable, "-c", WRITE_IN_A_PROCESS, str(path)]
    writers = [subprocess.Popen(command) for _writer in range(2)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert [line["key"] for line in lines(path)] == [f"k{number}" for number in range(100)]


def test_the_file_mends_the_half_line_of_a_killed_writer(tmp_path):
    path = tmp_path / "sms.jsonl"
    gateway = FileGateway(str(path))
    gateway.send(key="whole", phone=PHONE, text="一")
    with path.open("a") as file:
        file.write('{"key": "half", "phone": "138')
    for key in ("whole", "half", "half"):
        gateway.send(key=key, phone=PHONE, text="二")
    assert [line["key"] for line in lines(path)] == ["whole", "half"]


def test_the_file_may_be_taken_away(tmp_path):
    path = tmp_path / "sms.jsonl"
    gateway = FileGateway(str(path))
    gateway.send(key="a", phone=PHONE, text="一")
    path.rename(tmp_path / "old.jsonl")
    gateway.send(key="b", phone=PHONE, text="二")
    assert [line["key"] for line in lines(path)] == ["b"]


def test_a_file_that_cannot_be_written_is_tried_again_later(tmp_path):
    (tmp_path / "outbox").write_text("not a folder")
    with pytest.raises(Unavailable):
        FileGateway(str(tmp_path / "outbox" / "sms.jsonl")).send(key="a", phone=PHONE, text="一")


def test_the_console_masks_the_phone_and_drops_a_repeated_key(capsys):
    gateway = ConsoleGateway()
    for key in ("a", "a", "b"):
        gateway.send(key=key, phone=PHONE, text=f"【海梦苑社区】{key}")
    assert capsys.readouterr().out == "短信 138**** 【海梦苑社区】a\n短信 138**** 【海梦苑社区】b\n"


def test_gateways_are_chosen_by_name(settings):
    settings.SMS_BACKEND = "console"
    assert type(sms.gateway()) is ConsoleGateway
    settings.SMS_BACKEND = "reminders.channels.sms.ConsoleGateway"
    assert type(sms.gateway()) is ConsoleGateway
    settings.SMS_BACKEND = "smoke-signals"
    with pytest.raises(ImproperlyConfigured):
        sms.gateway()


@pytest.mark.django_db
def test_mail_carries_the_same_message_id_each_time(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    person = make_person(email="zhao@example.org")
    reminder = make_reminder(person=person, address=f"email:{person.pk}", channel="email", subject="上门时间")
    for _time in range(2):
        channels.send(reminder)
    first, second = mail.outbox
    assert (first.to, first.subject) == (["zhao@example.org"], "【海梦苑社区】上门时间")
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert "zhao" not in first.extra_headers["Message-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (smtplib.SMTPServerDisconnected("gone"), Unavailable),
        (TimeoutError("slow"), Unavailable),
        (smtplib.SMTPRecipientsRefused({"zhao@example.org": (550, b"no")}), Undeliverable),
    ],
)
def test_mail_errors_say_whether_to_try_again(monkeypatch, error, expected):
    def refuse(self):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    reminder = make_reminder(person=make_person(email="zhao@example.org"), channel="email")
    with pytest.raises(expected):
        channels.send(reminder)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_break_in_a_subject_is_no_header_and_stops_no_mail(settings, end):
    """A subject quotes what a resident wrote: the head and the secretary are told of it all the same."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    person = make_person(email="zhao@example.org")
    subject = f"居民提了一件事：装充电棚{end}Bcc: all@example.org"
    channels.send(
        make_reminder(person=person, address=f"email:{person.pk}", channel="email", subject=subject)
    )
    (sent,) = mail.outbox
    community = person.community.name
    assert sent.subject == f"【{community}】居民提了一件事：装充电棚 Bcc: all@example.org"
    assert sent.recipients() == ["zhao@example.org"]


@pytest.mark.django_db
def test_without_a_mail_address_nothing_can_arrive():
    with pytest.raises(Undeliverable):
        channels.send(make_reminder(channel="email"))


@pytest.mark.django_db
def test_robots_speak_through_apprise(settings, monkeypatch):
    said, answers = [], [True, False]

    def notify(self, title, body):
        said.append((self.urls(), title, body))
        return answers.pop(0)

    monkeypatch.setattr(apprise.Apprise, "notify", notify)
    settings.APPRISE_URLS = {"grid-6": "wecombot://0123456789abcdef0123456789abcdef0123"}
    reminder = Reminder(
        community=make_community(), address="robot:grid-6", channel="robot", subject="新点单", text="有新单"
    )
    channels.send(reminder)
    with pytest.raises(Unavailable):
        channels.send(reminder)
    assert [(title, body) for _urls, title, body in said] == [("【海梦苑社区】新点单", "有新单")] * 2
    assert said[0][0][0].startswith("wecombot://")
    with pytest.raises(Undeliverable) as refused:
        channels.send(Reminder(community=make_community(), address="robot:grid-7", channel="robot"))
    assert str(refused.value) == "没有设置这个群机器人"


@pytest.mark.parametrize(
    "url",
    [
        "wecombot://0123456789abcdef0123456789abcdef0123",
        "dingtalk://0123456789abcdef",
        "feishu://0123456789abcdef",
    ],
)
def test_the_addresses_of_the_three_robots_are_understood(url):
    assert apprise.Apprise().add(url) is True
