"""Links that carry their key: each opens its own page alone, and what they open is in no cache between."""

import datetime as dt
import itertools

import pytest
from django.test import Client
from django.utils import timezone

from services.links import OFFER_LINK_LIVES, offer_token
from tests.makers import make_offer, make_person, patch_now
from tests.project.routing import digests, is_open, make_world, routes
from volunteers.links import calendar_token

pytestmark = pytest.mark.django_db

# The addresses that each kind of token opens.
OPENS = {
    "order": ("/o/{}/", "/o/{}/qr.svg"),
    "offer": ("/me/offers/{}/", "/me/offers/{}/visit.ics"),
    "booking": ("/venues/bookings/{}/",),
    "topic": ("/topics/home/{}/",),
    "signup": ("/activities/signups/{}/", "/activities/signups/{}/activity.ics"),
    "calendar": ("/activities/calendars/{}.ics",),
    "certificate": ("/certificates/{}/",),
}
NOT_THERE = {404, 410}
DEEDS = ["accept", "decline", "cancel", "confirm", "withdraw", "coming", "not", "add", "rate", "reopen"]


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def tokens(world):
    """A token of each kind."""
    doors = {
        "order": "o",
        "offer": "me/offers",
        "booking": "venues/bookings",
        "topic": "topics/home",
        "signup": "activities/signups",
        "calendar": "activities/calendars",
        "certificate": "certificates",
    }
    return {kind: world.addresses[door] for kind, door in doors.items()}


def test_the_table_knows_every_route_with_a_token():
    known = {pattern.strip("/").partition("{}")[0] for patterns in OPENS.values() for pattern in patterns}
    assert {route.partition("<str:token>")[0] for route, _view in routes() if "<str:token>" in route} == known


def test_a_token_of_one_kind_opens_nothing_of_another_and_does_nothing_there(client, tokens):
    """All of them sign the key of a row; what keeps them apart is the salt."""
    before, wrong = digests(), {}
    for mine, other in itertools.permutations(OPENS, 2):
        for pattern in OPENS[other]:
            address = pattern.format(tokens[mine])
            answers = [client.get(address), *(client.post(address, {"action": deed}) for deed in DEEDS)]
            if seen := {answer.status_code for answer in answers} - NOT_THERE - {405}:
                wrong[mine, address] = seen
    assert wrong == {}
    assert {table for table, digest in digests().items() if before[table] != digest} <= {"people_ratewindow"}


def spoilt(token):
    """The token with another key, another signature, cut, doubled, with blanks."""
    key, sign, rest = token.partition(".")
    last = "A" if token[-1] != "A" else "B"
    return [
        f"{int(key) + 1 if key.isdigit() else key + '1'}{sign}{rest}",
        f"{token[:-1]}{last}",
        token[:-2],
        f"{token}{token}",
        f"{token}.{rest}",
        f"%20{token}",
        f"{key}..{rest}",
        key,
        f".{rest}",
    ]


@pytest.mark.parametrize("kind", [kind for kind in OPENS if kind != "certificate"])
def test_a_changed_token_opens_nothing(client, tokens, kind):
    for pattern, token in itertools.product(OPENS[kind], spoilt(tokens[kind])):
        address = pattern.format(token)
        statuses = {client.get(address).status_code, client.post(address, {"action": "cancel"}).status_code}
        assert statuses - {405} <= NOT_THERE, address


def test_neighbouring_rows_have_tokens_that_tell_nothing_of_each_other(world, tokens):
    """The key stands in the token for all to read; its neighbour's signature shares nothing with it."""
    person, other = make_person(), make_person()
    signed = [calendar_token(person).partition(".")[2], calendar_token(other).partition(".")[2]]
    assert len(signed[0]) >= 43
    assert sum(mine == theirs for mine, theirs in zip(*signed, strict=True)) < 20


def test_the_question_of_an_offer_ends_after_two_days(client):
    made = make_offer()
    address = f"/me/offers/{offer_token(made)}/"
    assert client.get(address).status_code == 200
    with patch_now(timezone.now() + OFFER_LINK_LIVES + dt.timedelta(minutes=1)):
        answers = [client.get(address), client.post(address, {"action": "accept"})]
    made.refresh_from_db()
    assert ([answer.status_code for answer in answers], made.answer) == ([410, 410], "")


def test_what_is_for_one_person_is_in_no_cache_between(world):
    """Behind a login or a token: not kept by a proxy, and (without `private`) not by the browser either."""
    wrong = {}
    for role in ("manager", "grid", "helper", "none"):
        client = Client()
        client.force_login(world.users[role])
        for route, view in routes():
            if is_open(view) and "<str:token>" not in route:
                continue
            answer = client.get(world.address(route))
            kept = answer.headers.get("Cache-Control", "")
            if answer.status_code == 200 and "private" not in kept and "jsi18n" not in route:
                wrong[role, route] = kept
    assert wrong == {}


def test_what_looks_different_by_cookie_says_so_to_caches(client, world):
    """The building of a device, its type size, its language: a proxy must not show one visitor's page to another."""
    for route, view in routes():
        if is_open(view) and "<str:token>" not in route and not route.startswith(("api/", "healthz")):
            answer = client.get(world.address(route))
            safe = "private" in answer.headers.get("Cache-Control", "") or "Cookie" in answer.get("Vary", "")
            assert safe or answer.status_code != 200, route
