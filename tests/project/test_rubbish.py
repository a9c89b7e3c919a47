"""Rubbish at every door: whatever is sent, the answer is a page or a sentence, never a 5xx.

Each example runs in a savepoint that is rolled back, so that no limit is used up and no order is ended by the one
before it. ASVS 5.0 2.2.1.
"""

import itertools
import json
import re
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.project.routing import digests, make_world

pytestmark = pytest.mark.django_db

NASTY = [
    "",
    " ",
    "\x00",
    "刘\x00秀英",
    "\ud800",
    "a\udfffb",
    "长" * 100_000,
    "\u202e逆向\u202c",
    "👵🏽👨‍👩‍👧‍👦",
    "𠮷𪚥𰻝",
    "\ufeff\u200b",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{{7*7}}{% now 'Y' %}",
    "../../etc/passwd",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01:am",
    "9999-12-31:pm",
    "2026-02-30",
    "99999-01-01_1",
    "2026-11-24_99999999999999999999",
    str(2**31),
    str(2**63),
    str(2**63 - 1),
    str(10**40),
    "-1",
    "1e309",
    "NaN",
    "Infinity",
    "١٢٣",
    "²",
    "１３８００００００００",
    "on",
    "%",
    "%s%n",
    "\r\nSet-Cookie: a=b",
    "//evil.example/",
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
rubbish_in_json = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts.filter(lambda t: len(t) < 99), inner, max_size=3)
    ),
    max_leaves=6,
)
fuzz = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

ORDER = ["need", "wish", "name", "phone", "building", "place_text", "door", "behalf", "for_name"]
ORDER += ["submission_key", "step"]
DESK = [*ORDER, "channel", "known", "for_phone"]
DEED = ["action", "words", "seen", "visit", "minutes", "reason", "score", "outside", "number", "question"]
DESK_DEED = [*DEED, "to", "from", "field", "whom", "find", "grid", "building"]
ACTIONS = ["confirm", "reopen", "answer", "add", "cancel", "agree", "refuse", "rate", "accept", "accept_at"]
ACTIONS += [
    "decline",
    "undo",
    "done",
    "visit",
    "return",
    "dispatch",
    "place",
    "reveal",
    "find",
    "note",
    "solve",
]
ACTIONS += ["reply", "ask", "escalate", "reject", "take", "withdraw", "set_visit", "cancel_order"]

ORDER_OF_DESK = {"need": "理发", "wish": "soon", "name": "甲", "phone": "13800000617", "channel": "phone"}

# Who posts what where; the addresses are routes of the resolver.
FORMS = [
    ("", "services/<str:code>/order/", ORDER),
    ("", "feedback/", ["need", "name", "phone", "submission_key"]),
    ("", "track/", ["number", "tail"]),
    ("", "o/<str:token>/", DEED),
    ("", "display/", ["mode", "next"]),
    ("", "login/", ["username", "password", "next"]),
    ("", "me/offers/<str:token>/", DEED),
    ("helper", "me/orders/<str:number>/", DEED),
    ("helper", "me/messages/", ["action"]),
    ("helper", "me/visits/", ["action", "plan", "way", "note", "on", "minutes", "submission_key"]),
    ("grid", "admin/grids/careplan/<path:object_id>/visit/", ["visitor", "way", "note", "on", "minutes"]),
    ("grid", "admin/grids/visit/<path:object_id>/strike/", ["why"]),
    ("staff", "staff/orders/", ["q", "action"]),
    ("staff", "staff/orders/new/?service=B02", DESK),
    ("staff", "staff/orders/<str:number>/", DESK_DEED),
    ("staff", "staff/words/", ["word", "action"]),
    ("staff", "staff/reminders/", ["action", "row", "word"]),
    ("", "venues/<int:pk>/", ["starts", "minutes", "title", "name", "phone", "submission_key"]),
    ("", "venues/bookings/<str:token>/", ["which"]),
    ("", "topics/new/", ["text", "building", "name", "phone", "may_publish", "submission_key"]),
    ("", "topics/<int:pk>/join/", ["building", "door", "proof"]),
    ("", "topics/home/<str:token>/", ["choice", "score"]),
    ("", "notices/<int:pk>/", ["text", "name", "phone", "submission_key"]),
    ("staff", "staff/venues/", ["action", "booking", "reason", "day", "time", "minutes", "weeks", "title"]),
    ("staff", "staff/partners/", ["line", "kind", "title", "unit", "branch", "status", "note"]),
    ("staff", "staff/branches/<int:number>/dues/", ["member", "months-1", "way", "extra"]),
    ("grid", "admin/services/serviceorder/<path:object_id>/do/<slug:key>/", DEED),
    ("grid", "admin/services/serviceorder/<path:object_id>/reveal/", ["who", "field", "reason"]),
    ("staff", "admin/people/person/find/", ["who"]),
    (
        "grid",
        "admin/volunteers/activity/add/",
        ["title", "day", "begins", "ends", "venue", "grid", "guests", "how"],
    ),
    ("grid", "admin/volunteers/activity/<path:object_id>/change/", ["action", "shift", "capacity", "reason"]),
    ("staff", "admin/grids/building/add/", ["grid", "estate", "number", "name"]),
    ("staff", "admin/services/serviceorder/", ["action", "_selected_action", "select_across", "index"]),
]
# Every list whose buttons name a row: who presses, where, the rest of the form, and the fields that hold the key.
KEYED = [
    ("staff", "staff/orders/<str:number>/", {"action": "dispatch"}, ["to"]),
    ("staff", "staff/orders/<str:number>/", {"action": "place"}, ["building"]),
    ("staff", "staff/orders/new/?service=B02", ORDER_OF_DESK, ["building", "known"]),
    ("staff", "staff/words/", {"action": "drop"}, ["word"]),
    ("staff", "staff/reminders/", {"action": "done"}, ["row"]),
    ("staff", "staff/reminders/", {"action": "read"}, ["row"]),
    ("staff", "staff/venues/", {"action": "confirm"}, ["booking"]),
    ("staff", "staff/venues/", {"action": "reveal"}, ["booking"]),
    ("staff", "staff/partners/", {"status": "matched"}, ["line", "unit", "branch"]),
    ("staff", "staff/branches/<int:number>/dues/", {"way": "cash", "months-{}": "1"}, ["member"]),
    ("staff", "staff/branches/<int:number>/dues/", {"way": "cash", "member": "1"}, ["months-1"]),
    ("staff", "staff/branches/<int:number>/dues/<int:pk>/", {"do": "void", "why": "错了"}, ["payment"]),
    ("staff", "staff/branches/meetings/<int:pk>/", {"do": "decide"}, ["key"]),
    ("staff", "staff/branches/meetings/<int:pk>/", {}, ["do=present:{}"]),
    ("staff", "staff/branches/meetings/<int:pk>/", {}, ["do=leave:{}"]),
    ("staff", "staff/branches/meetings/<int:pk>/", {}, ["do=withdraw:{}"]),
    ("staff", "staff/topics/", {"text": "棚", "name": "甲", "phone": "13800000617"}, ["building"]),
    ("staff", "staff/topics/<int:pk>/", {}, ["verb", "verb=finish{}"]),
    ("helper", "me/visits/", {"action": "undo"}, ["visit"]),
    ("helper", "me/visits/", {"way": "door", "submission_key": "k"}, ["plan"]),
    (
        "grid",
        "admin/grids/careplan/<path:object_id>/visit/",
        {"way": "door", "submission_key": "k"},
        ["visitor"],
    ),
    ("staff", "admin/grids/visit/add/", {"way": "door", "page": "p"}, ["person", "visitor", "minutes"]),
    ("helper", "me/meetings/", {"do": "leave", "reason": "有事"}, ["meeting"]),
    ("", "services/<str:code>/order/", ORDER_OF_DESK, ["building"]),
    ("", "topics/new/", {"text": "棚", "name": "甲", "phone": "13800000617"}, ["building"]),
    ("", "topics/<int:pk>/join/", {"door": "2 单元 301", "proof": "13800000617"}, ["building", "proof"]),
    ("staff", "admin/services/serviceorder/", {"action": "export_csv"}, ["_selected_action"]),
    ("staff", "admin/grids/building/add/", {"estate": "苑", "name": "1 号楼"}, ["grid", "number"]),
    ("grid", "admin/volunteers/activity/<path:object_id>/change/", {"action": "withdraw"}, ["signup"]),
    (
        "grid",
        "admin/volunteers/activity/<path:object_id>/change/",
        {"action": "capacity"},
        ["shift", "capacity"],
    ),
    ("grid", "admin/volunteers/activity/<path:object_id>/roll/", {"action": "tick"}, ["signup"]),
    ("grid", "admin/volunteers/activity/<path:object_id>/roll/", {"action": "walk_in"}, ["shift", "seats"]),
]
NUMBERS = ["9" * 19, str(2**63), "9" * 30, "9" * 5000]
# Who asks what of which list.
LISTS = [
    ("", "services/", ["q", "category", "situation", "page", "dazi"]),
    ("", "services/<str:code>/order/", ["receipt", "safe"]),
    ("", "feedback/", ["receipt"]),
    ("", "grids/", ["building"]),
    ("", "api/v1/services/", ["q", "category", "group", "situation", "orderable", "after", "page_size"]),
    ("", "api/v1/categories/", ["after", "page_size"]),
    ("", "api/v1/grids/", ["after", "page_size"]),
    ("", "api/v1/schema/", ["format", "lang", "version"]),
    ("", "login/", ["next"]),
    ("helper", "me/hours/", ["before"]),
    ("helper", "me/messages/", ["before"]),
    ("helper", "me/visits/", ["plan"]),
    ("staff", "admin/grids/careplan/", ["due", "grid", "category__id__exact", "p"]),
    ("", "notices/", ["past", "before", "kind", "building"]),
    ("", "venues/<int:pk>/", ["day"]),
    ("staff", "staff/venues/", ["venue", "week"]),
    ("staff", "staff/calendar/", ["view", "day", "grid", "kind"]),
    ("staff", "staff/activities/", ["past", "after"]),
    ("staff", "staff/activities/new/", ["like", "day"]),
    ("staff", "staff/branches/<int:number>/dues/receipts/", ["of"]),
    ("staff", "staff/branches/<int:number>/ledger/", ["quarter"]),
    ("staff", "staff/orders/", ["status", "grid", "category", "due", "mine", "q", "like", "after", "done"]),
    ("staff", "staff/orders/new/", ["service", "q"]),
    ("staff", "staff/orders/<str:number>/", ["do", "from"]),
    ("staff", "staff/reminders/", ["status", "kind", "channel", "after", "q", "day"]),
    ("staff", "admin/services/serviceorder/", ["q", "p", "o", "status__exact", "grid__id__exact", "all"]),
    ("staff", "admin/people/person/", ["pk__in", "q", "p", "state__exact"]),
    ("staff", "admin/autocomplete/", ["app_label", "model_name", "field_name", "term", "page"]),
]
PATHS = [
    ("", "services/{}/"),
    ("", "services/{}/order/"),
    ("", "o/{}/"),
    ("", "o/{}/qr.svg"),
    ("", "me/offers/{}/"),
    ("", "grids/{}/"),
    ("", "api/v1/services/{}/"),
    ("", "api/v1/grids/{}/"),
    ("helper", "me/orders/{}/"),
    ("staff", "staff/orders/{}/"),
    ("staff", "admin/services/serviceorder/{}/change/"),
]
ORDER_KEYS = ["service", "need", "name", "phone", "for_name", "building", "door", "place_text", "wish"]
ORDER_KEYS += ["wish_on", "wish_half", "consent", "submission_key"]
GOOD_ORDER = {
    "service": "B02",
    "need": "上门理发",
    "name": "刘秀英",
    "phone": "13800000617",
    "place_text": "食堂东边",
    "wish": "half_day",
    "wish_half": "am",
    "consent": True,
    "submission_key": "1",
}


@pytest.fixture
def world():
    return make_world()


def visitor(world, role):
    client = Client(raise_request_exception=False)
    if role:
        client.force_login(world.users[role])
    return client


def address(world, route):
    path, mark, query = route.partition("?")
    return world.address(path) + mark + query


def status_of(send):
    """The status of one request whose effects are rolled back."""
    with transaction.atomic():
        status = send().status_code
        transaction.set_rollback(True)
    return status


def encoded(values):
    return urlencode(values, encoding="utf-8", errors="surrogatepass", doseq=True)


def filled(names):
    """Any of these fields with anything in them; the verb is often one that exists, to come further in."""
    values = {name: st.one_of(texts, st.lists(texts, max_size=2)) for name in names}
    if "action" in values:
        values["action"] = st.one_of(st.sampled_from(ACTIONS), texts)
    if "step" in values:
        values["step"] = st.one_of(st.sampled_from(["", "edit", "submit", "lookup"]), texts)
    return st.fixed_dictionaries({}, optional=values)


@pytest.mark.parametrize(
    ("role", "route", "names"), FORMS, ids=[f"{r or 'anybody'}:{p}" for r, p, _n in FORMS]
)
def test_no_form_ends_in_a_server_error(role, route, names, world):
    client, target = visitor(world, role), address(world, route)

    @fuzz
    @given(filled(names))
    def send(values):
        body = encoded(values)
        form = "application/x-www-form-urlencoded"
        assert status_of(lambda: client.generic("POST", target, body, content_type=form)) < 500

    send()


@pytest.mark.parametrize(
    ("role", "route", "rest", "keys"), KEYED, ids=[f"{p} {'+'.join(k)}" for _r, p, _f, k in KEYED]
)
def test_a_number_that_is_no_key_gives_a_page_and_changes_nothing(role, route, rest, keys, world):
    """SQLite overflows at such a number, PostgreSQL refuses it, Python reads no more than 4300 digits."""
    client, target, before = visitor(world, role), address(world, route), digests()
    for number, key in itertools.product(NUMBERS, keys):
        name, _mark, value = key.partition("=")
        typed = {field.format(number): words for field, words in rest.items()}
        typed[name] = (value or "{}").format(number)
        answer = client.post(target, typed)
        assert answer.status_code in {200, 302, 400, 404, 409, 422}
        assert answer.status_code == 302 or re.search("<h1[^>]*>.+</h1>", answer.content.decode())
    changed = {table for table, digest in digests().items() if before[table] != digest}
    assert changed <= {"people_ratewindow"}


@pytest.mark.parametrize(
    ("role", "route", "names"), LISTS, ids=[f"{r or 'anybody'}:{p}" for r, p, _n in LISTS]
)
def test_no_filter_ends_in_a_server_error(role, route, names, world):
    client, target = visitor(world, role), address(world, route)

    @fuzz
    @given(filled(names))
    def send(values):
        assert status_of(lambda: client.get(target, QUERY_STRING=encoded(values))) < 500

    send()


@pytest.mark.parametrize(("role", "path"), PATHS, ids=[path for _role, path in PATHS])
def test_no_address_ends_in_a_server_error(role, path, world):
    client = visitor(world, role)

    @fuzz
    @given(texts.filter(lambda text: text.strip("./") and len(text) < 9999))
    def send(text):
        target = "/" + path.format(quote(text, safe="", errors="surrogatepass"))
        assert status_of(lambda: client.get(target)) < 500

    send()


def as_json(value):
    """JSON as a careless system would send it; surrogates as escapes, NaN and all."""
    return json.dumps(value)


@pytest.mark.parametrize("path", ["/api/v1/orders/", "/api/v1/tracking/"])
def test_no_json_ends_in_a_server_error(path, world):
    client = visitor(world, "")
    names = ORDER_KEYS if "orders" in path else ["number", "tail"]
    start = GOOD_ORDER if "orders" in path else {"number": "27064251", "tail": "0617"}

    @fuzz
    @given(
        st.one_of(
            rubbish_in_json,
            st.fixed_dictionaries({}, optional={name: rubbish_in_json for name in names}).map(
                lambda wrong: start | wrong
            ),
        )
    )
    def send(value):
        body = as_json(value)
        assert status_of(lambda: client.generic("POST", path, body, content_type="application/json")) < 500

    send()


def test_no_header_and_no_cookie_ends_in_a_server_error(world):
    client = visitor(world, "")
    names = [
        "X-Forwarded-For",
        "Accept-Language",
        "Accept",
        "Referer",
        "User-Agent",
        "Idempotency-Key",
        "Origin",
    ]
    signs = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
    cookies = ["sessionid", "csrftoken", "mode", "building", "django_language", "messages"]

    @fuzz
    @given(
        st.fixed_dictionaries({}, optional={name: signs for name in names}),
        st.fixed_dictionaries({}, optional={name: signs for name in cookies}),
        st.sampled_from(["/", "/grids/", "/track/", "/api/v1/services/", "/login/", "/staff/"]),
    )
    def send(headers, cookies, path):
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        assert status_of(lambda: client.get(path, headers=headers, HTTP_COOKIE=cookie)) < 500

    send()


def test_a_null_character_is_refused_with_a_page(world):
    client = visitor(world, "")
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert client.get("/services/?q=%00").status_code == 400
    assert client.get("/services/%00/").status_code == 400
    refused = client.generic("POST", "/track/", "number=1%002&tail=1", **form)
    assert refused.status_code == 400
    assert re.search("<h1[^>]*>.+</h1>", refused.content.decode())
