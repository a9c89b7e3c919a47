"""What every request goes through: headers, language, the address of the visitor, the lock-out, the log."""

import logging
import sys

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate, get_user_model
from django.http import HttpResponse
from django.utils import translation

from haimengyuan.lib.client import client_ip
from haimengyuan.lib.redaction import RedactingFormatter, redact
from haimengyuan.middleware import chosen_language
from people.models import Person


def test_every_answer_carries_the_policy(client, db):
    headers = client.get("/healthz").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("cookie", "language"), [("en", "en"), ("", "zh-hans"), ("xx", "zh-hans"), ("../etc", "zh-hans")]
)
def test_the_language_is_the_one_that_was_chosen_and_never_the_browsers(rf, settings, cookie, language):
    request = rf.get("/", headers={"Accept-Language": "fr,en"})
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    answer = chosen_language(lambda request: HttpResponse(translation.get_language()))(request)
    assert (answer.text, answer["Content-Language"]) == (language, language)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "9.9.9.9", "10.0.0.1"),  # nobody of ours wrote it
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "9.9.9.9, 1.1.1.1", "1.1.1.1"),  # the left part is the visitor's invention
        (2, "9.9.9.9, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),  # did not come through both
        (1, "", "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(rf, settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == expected


def sign_in(rf, address, password):
    request = rf.post("/login/", {"username": "desk-one"}, REMOTE_ADDR=address)
    return authenticate(request, username="desk-one", password=password), request


def test_five_failures_lock_one_name_at_one_address_only(rf, db):
    user = get_user_model().objects.create_user("desk-one", "right-horse-battery")
    for _ in range(5):
        assert sign_in(rf, "10.0.0.1", "wrong")[0] is None
    refused, request = sign_in(rf, "10.0.0.1", "right-horse-battery")
    assert (refused, request.axes_locked_out) == (None, True)
    # a stranger who types the owner's name does not lock the owner out elsewhere
    assert sign_in(rf, "10.0.0.2", "right-horse-battery")[0] == user


def test_a_login_that_succeeds_clears_the_failures_before_it(client, db):
    get_user_model().objects.create_user("desk-one", "right-horse-battery")
    for password in [*["wrong"] * 4, "right-horse-battery", *["wrong"] * 4]:
        assert client.post("/login/", {"username": "desk-one", "password": password}).status_code in {
            200,
            302,
        }
    assert AccessAttempt.objects.get().failures_since_start == 4


def test_the_lock_out_remembers_no_name(rf, db):
    sign_in(rf, "10.0.0.1", "wrong")
    attempt = AccessAttempt.objects.get()
    assert attempt.username == get_user_model().hash_login("DESK-ONE")
    assert "desk-one" not in f"{attempt.username}{attempt.get_data}{attempt.post_data}"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("call 13800138000 now", "call [number removed] now"),
        ("id 99999919491231002X", "id [number removed]"),
        ("id 999999194912310021.", "id [number removed]."),
        ("order 2706 4251 of grid 6", "order 2706 4251 of grid 6"),
        ("Not Found: /o/abc:def:ghi/", "Not Found: /o/[token removed]/"),
        ("GET /me/offers/abc:def/?x=1 200", "GET /me/offers/[token removed]/?[query removed] 200"),
        ("Not Found: /venues/bookings/abc:def:ghi/", "Not Found: /venues/bookings/[token removed]/"),
        ("Not Found: /topics/home/abc:def/", "Not Found: /topics/home/[token removed]/"),
        (
            "Not Found: /activities/signups/abc:def/activity.ics",
            "Not Found: /activities/signups/[token removed]/activity.ics",
        ),
        ("Not Found: /activities/calendars/abc:def.ics", "Not Found: /activities/calendars/[token removed]"),
        ("Not Found: /certificates/ABCDEF/", "Not Found: /certificates/[token removed]/"),
        ("Not Found: /services/\\u5f20\\u4e09/", "Not Found: /services/[words removed]"),
        ("GET /services/?q=张三 200", "GET /services/?[query removed] 200"),
        ("DETAIL:  Failing row contains (1, 张三).\nnext", "DETAIL: [removed]\nnext"),
    ],
)
def test_what_the_log_leaves_out(line, kept):
    assert redact(line) == kept


TYPED = "王淑兰\n西街三号"  # by name, because a traceback shows lines of the source


def _traceback_of(raise_it):
    """What the log says of an error."""
    try:
        raise_it()
    except Exception:  # noqa: BLE001 (any error may come)
        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), sys.exc_info())
    return RedactingFormatter("%(message)s").format(record)


def test_a_traceback_is_redacted_too():
    def number():
        raise RuntimeError("13800138000")

    assert _traceback_of(number).endswith("RuntimeError: [number removed]")


@pytest.mark.parametrize(
    "raise_it",
    [
        lambda: int(TYPED),
        lambda: {}[TYPED],
        lambda: f"{TYPED}\ud800".encode(),
        lambda: Person._meta.pk.get_prep_value(TYPED),
        lambda: Person._meta.get_field("gender").clean(TYPED, None),
    ],
)
def test_an_error_does_not_quote_what_somebody_typed(raise_it):
    """Python quotes the value in the error, Django raises another one with it: both stand in one traceback."""
    text = _traceback_of(raise_it)
    assert ("王淑兰" in text, "西街" in text, "[words removed]" in text) == (False, False, True)


def test_every_logger_ends_at_the_redacting_handler(settings):
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"redacting"}
    assert [n for n, logger in settings.LOGGING["loggers"].items() if logger.get("handlers")] == []
