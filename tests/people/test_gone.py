"""Who has moved away or died has no way in any more, whatever session or link is still open."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from people.models import Person, RateWindow, Role
from people.tasks import forget_old
from services import links
from services.actions import accept
from tests.makers import PASSWORD, make_head, make_offer, make_order, make_person, make_user, patch_now

pytestmark = pytest.mark.django_db
GONE = [Person.State.MOVED, Person.State.DECEASED]


def leave(person, state):
    Person.objects.filter(pk=person.pk).update(state=state)


@pytest.mark.parametrize("state", GONE)
def test_an_open_session_of_a_grid_head_ends(client, state):
    order = make_order()
    head = make_head(order.grid)
    client.force_login(head)
    page = f"/admin/services/serviceorder/{order.pk}/change/"
    assert client.get(page).status_code == 200
    leave(head.person, state)
    assert client.get(page).status_code == 302


@pytest.mark.parametrize(
    ("role", "state", "opens"),
    [
        (Role.STAFF, Person.State.MOVED, True),
        (Role.STAFF, Person.State.DECEASED, False),
        (Role.HELPER, Person.State.MOVED, False),
        (Role.HELPER, Person.State.ALIVE, True),
    ],
)
def test_the_password_opens_for_whom_it_should(client, role, state, opens):
    user = make_user(role, login="zhao")
    leave(user.person, state)
    answer = client.post("/login/", {"username": "zhao", "password": PASSWORD})
    assert (answer.status_code == 302) == opens


@pytest.mark.parametrize("state", GONE)
def test_a_link_shows_no_resident_to_a_helper_who_is_gone(client, state):
    order = make_order(name="姜小明", phone="13800009876")
    made = make_offer(order, person=make_person())
    accept(made)
    address = links.offer_path(made)
    assert "138 0000 9876" in client.get(address).content.decode()
    leave(made.person, state)
    page = client.get(address).content.decode()
    assert [word for word in ("姜小明", "9876", "301") if word in page.replace(address, "")] == []
    assert client.post(address, {"action": "done", "words": "好了"}).status_code == 409


def test_old_windows_and_sessions_are_forgotten(client):
    now = timezone.now()
    with patch_now(now - dt.timedelta(days=9)):
        client.force_login(make_user())
        client.post("/track/", {"number": "27064183", "tail": "1234"})
    client.post("/track/", {"number": "27064183", "tail": "1234"})
    client.cookies.clear()
    client.force_login(make_user())
    before = RateWindow.objects.count(), Session.objects.count()
    forget_old()
    assert (*before, RateWindow.objects.count(), Session.objects.count()) == (2, 2, 1, 1)
