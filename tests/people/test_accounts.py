import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.test import Client

from people.models import MAY, Role, User
from tests.makers import PASSWORD, make_user

pytestmark = pytest.mark.django_db

STAFF_SIDE = {Role.MANAGER, Role.STAFF, Role.AUDITOR}


def test_the_login_is_found_as_typed_and_kept_only_as_a_hash():
    user = make_user(login="Zhao.Min")
    assert User.objects.get_by_natural_key(" zhao.min ") == user
    assert "zhao" not in user.login_hash
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(login="ZHAO.MIN")


def test_a_password_opens_the_account_and_a_wrong_one_does_not(rf):
    make_user(login="zhao")
    request = rf.post("/login/")
    assert authenticate(request, username="zhao", password=PASSWORD).is_authenticated
    assert authenticate(request, username="zhao", password="wrong") is None


@pytest.mark.parametrize("role", Role)
def test_the_admin_is_derived_from_the_table(role):
    user = make_user(role)
    assert user.is_staff == (role in MAY["enter_admin"])
    assert user.may("enter_staff_door") == (role in STAFF_SIDE)


def test_a_misspelt_verb_does_not_say_no():
    with pytest.raises(KeyError):
        make_user().may("dispach_orders")


def test_a_closed_account_may_nothing():
    user = make_user(Role.MANAGER, is_active=False)
    assert [verb for verb in MAY if user.may(verb)] == []


def test_a_superuser_made_on_the_command_line_may_everything():
    user = User.objects.create_superuser(login_hash="root-of-tests", password=PASSWORD)
    assert [verb for verb in MAY if not user.may(verb)] == []
    assert User.objects.get_by_natural_key("root-of-tests") == user


def test_an_unknown_role_is_refused_by_the_database():
    user = make_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(role="king")


def opens(session_key, page="/staff/"):
    """The status that a browser with this session gets."""
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session_key
    return browser.get(page).status_code


def test_a_session_is_another_one_after_the_login_and_none_after_the_log_out(client):
    """Whoever planted a session before somebody signed in, or copied one, holds nothing afterwards."""
    make_user(Role.STAFF, login="wang")
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    client.post("/login/", {"username": "wang", "password": PASSWORD})
    mine = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert (mine != planted.session_key, opens(planted.session_key), opens(mine)) == (True, 302, 200)
    client.post("/logout/")
    assert opens(mine) == 302


@pytest.mark.parametrize(
    ("change", "status"),
    [({"role": Role.NONE}, 403), ({"role": Role.HELPER}, 403), ({"is_active": False}, 302), ({}, 200)],
)
def test_an_open_session_ends_with_what_opened_it(client, change, status):
    user = make_user(Role.STAFF)
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(**change, login_hash=user.login_hash)
    assert client.get("/staff/").status_code == status


def test_a_new_password_ends_the_sessions_of_the_old_one(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    assert client.get("/staff/").status_code == 200
    user.set_password("another-right-horse")
    user.save(update_fields=["password"])
    assert client.get("/staff/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "http:///x"],
)
def test_the_login_leads_nowhere_else(client, target):
    make_user(Role.STAFF, login="wang")
    sent = {"username": "wang", "password": PASSWORD, "next": target}
    assert client.post(f"/login/?next={target}", sent)["Location"] == "/staff/"
