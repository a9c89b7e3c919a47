"""An insert that says whether the row was new."""

import pytest
from django.db import IntegrityError, transaction

from haimengyuan.lib.inserting import AT_ONCE, insert, insert_each, insert_unknown, insert_unless_known
from people.models import Person
from tests.makers import make_community, make_person

pytestmark = pytest.mark.django_db


def unsaved(**fields):
    person = Person(**({"community": make_community(), "name": "王小明", "phone": "13800000617"} | fields))
    person.set_lookups()
    return person


def test_somebody_new_is_inserted_whole_and_has_a_key(django_assert_num_queries):
    person = unsaved(reach_by="sms")
    with django_assert_num_queries(1):
        assert insert_unless_known(person)
    found = Person.objects.get(pk=person.pk)
    assert (found.name, found.phone, found.phone_hash) == ("王小明", "13800000617", person.phone_hash)
    assert (found.reach_by, found.pinyin, found.state) == ("sms", person.pinyin, "alive")
    person.name = "王大明"
    person.save()  # an update: the object knows that it is in the database
    assert Person.objects.get().name == "王大明"


def test_what_must_be_new_is_inserted_or_an_error(django_assert_num_queries):
    person, others = unsaved(reach_by="sms"), [unsaved(name=f"新来的{number}") for number in range(3)]
    with django_assert_num_queries(1):
        insert(person)
    assert Person.objects.get(pk=person.pk).phone == "13800000617"
    with django_assert_num_queries(1):
        insert_each(others)
    assert sorted(Person.objects.values_list("name", flat=True))[:3] == ["新来的0", "新来的1", "新来的2"]
    for insertion in (lambda: insert(unsaved()), lambda: insert_each([unsaved(name="王大明"), unsaved()])):
        with pytest.raises(IntegrityError), transaction.atomic():
            insertion()
    assert Person.objects.count() == 4


def test_somebody_known_stays_as_they_are():
    known = make_person("王小明", phone="13800000617", gender=1)
    person = unsaved(gender=2)
    assert not insert_unless_known(person)
    assert person.pk is None
    assert list(Person.objects.values_list("pk", "gender")) == [(known.pk, 1)]


def test_only_a_key_that_is_taken_is_no_error():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_unless_known(unsaved(state="elsewhere"))
    assert Person.objects.count() == 0


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_of_many_those_are_inserted_whose_keys_are_free(count, django_assert_num_queries):
    known = make_person("王小明", phone="13800000617", gender=1)
    rows = [unsaved(gender=2), *(unsaved(name=f"新来的{number}") for number in range(count))]
    with django_assert_num_queries(-(-len(rows) // AT_ONCE)):
        insert_unknown(row for row in rows)
    assert Person.objects.count() == count + 1
    assert Person.objects.get(name="王小明").gender == known.gender


def test_nothing_to_insert_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_unknown([])
