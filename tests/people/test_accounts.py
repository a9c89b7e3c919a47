import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

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
