import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection

from haimengyuan.lib.crypto import decrypt, encrypt, lookup_hash
from people.models import Person
from tests.makers import make_person


def test_a_key_put_in_front_still_reads_what_the_old_one_wrote(settings):
    old = encrypt("13800000617")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert decrypt(old) == "13800000617"
    assert decrypt(encrypt("13800000617")) == "13800000617"


def test_a_wrong_key_raises_and_never_passes_for_a_text(settings):
    token = encrypt("13800000617")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        decrypt(token)


def test_a_hash_is_of_its_purpose_and_its_key(settings):
    one = lookup_hash("13800000617", purpose="person.phone")
    assert len(one) == 64
    assert lookup_hash("13800000617", purpose="user.login") != one
    settings.HASH_KEY = "another"
    assert lookup_hash("13800000617", purpose="person.phone") != one


@pytest.mark.django_db
def test_phone_id_number_and_email_are_not_in_the_database():
    person = make_person(phone="13800009876", id_number="999999199001010019", email="a@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_person WHERE id = %s", [person.pk])
        row = " ".join(str(value) for value in cursor.fetchone())
    assert [value for value in ("13800009876", "999999199001010019", "a@example.org") if value in row] == []
    person.refresh_from_db()
    assert (person.phone, person.id_number, person.email) == (
        "13800009876",
        "999999199001010019",
        "a@example.org",
    )
    assert list(Person.objects.with_phone("13800009876")) == [person]


@pytest.mark.django_db
def test_an_encrypted_column_cannot_be_searched():
    with pytest.raises(TypeError):
        Person.objects.filter(phone__contains="1380").count()
